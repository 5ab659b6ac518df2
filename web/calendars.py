"""A person's own calendar for their calendar program, under a secret address."""

from flask import Blueprint, Response

from engine.council import calendar_files
from web import auth

area = Blueprint("calendars", __name__)


@area.get("/kalender/<token>.ics")
def feed(token: str) -> Response:
    """The meetings of the bodies in which the owner of the address sits; no cookie is asked for."""
    with auth.house().look() as work:
        file = calendar_files.feed(work, token)
    return Response(file, mimetype="text/calendar", headers={"Content-Disposition": "inline; filename=sitzungen.ics"})
