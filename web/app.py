"""The Flask application, put together."""

import time

import structlog
from flask import Flask, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from engine.council.agendas import MAJORITIES, ROLES
from engine.council.calendars import ORDINALS, WEEKDAYS
from engine.council.circulars import CHOICES as CIRCULAR_CHOICES
from engine.ideas.ideas import CONNECTIONS, MUNICIPALITIES, REASONS, STATUSES, THEMES
from engine.identity.bodies import FUNCTIONS, KINDS
from engine.wiring import House
from web import (
    account,
    administration,
    audit,
    auth,
    calendars,
    circulars,
    contests,
    council,
    errors,
    evening,
    headers,
    help,
    inbox,
    incidents,
    language,
    meetings,
    members,
    minutes,
    papers,
    private,
    public,
    responsibilities,
    standing_orders,
    steering,
    strategy,
    studio,
)

FORM_BYTES = 2 * 1024 * 1024
"""Longest text of a form that is read; files count apart."""
CARRIES_FILES = {"studio.deploy"}
"""Forms that hold files as text."""
UPLOADED_FILES = 10
"""How many files of the largest size one upload may hold."""

log = structlog.get_logger("web")


def create_app(house: House) -> Flask:
    """Build the application on an open house."""
    settings = house.settings
    app = Flask(__name__, static_folder="static")
    app.secret_key = settings.key()
    app.config.update(
        HOUSE=house,
        SESSION_COOKIE_NAME="reifegrad",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.upload_megabytes * UPLOADED_FILES * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["zip"] = zip
    app.before_request(_start_clock)
    app.after_request(_note)
    headers.register(app)
    language.register(app, THEMES, MUNICIPALITIES, CONNECTIONS, STATUSES, REASONS, KINDS, FUNCTIONS,
                      CIRCULAR_CHOICES, ROLES, MAJORITIES, ORDINALS, WEEKDAYS)
    auth.register(app)
    errors.register(app)
    for area in (public, private, inbox, audit, incidents, steering, studio, administration, account, help, circulars,
                 council, evening, standing_orders, meetings, calendars, members, minutes, papers, responsibilities,
                 contests, strategy):
        app.register_blueprint(area.area)
    app.add_url_rule("/healthz", "healthz", healthz)
    return app


def healthz() -> ResponseReturnValue:
    """Whether the service and its database answer; for load balancers and watchdogs."""
    with auth.house().look() as work:
        work.session.connection()
    return jsonify(status="ok")


def _start_clock() -> None:
    g.started = time.perf_counter()
    if request.mimetype != "multipart/form-data" and request.endpoint not in CARRIES_FILES:
        request.max_content_length = FORM_BYTES


def _note(answer: Response) -> Response:
    """Write one line a request: what and how long, never who nor which idea."""
    if request.endpoint != "static":
        log.info(
            "request", method=request.method, endpoint=request.endpoint or "-", status=answer.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        )
    return answer
