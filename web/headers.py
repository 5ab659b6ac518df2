"""What every answer tells the browser: load nothing from elsewhere, keep nothing private."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, request, session, url_for
from werkzeug.wrappers import Response

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""For SVG drawings, which carry styles of their own and must never run anything."""

PRIVATE = ("private.",)
YEAR = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Let *app* send the headers, and know the addresses of its static files with their versions."""
    app.after_request(dress)
    app.context_processor(lambda: {"static_url": static_url})


def dress(answer: Response) -> Response:
    """Add what is not there yet."""
    endpoint = request.endpoint or ""
    say = answer.headers.setdefault
    say("Content-Security-Policy", PAGE_POLICY)
    say("X-Content-Type-Options", "nosniff")
    say("X-Frame-Options", "DENY")
    say("Cross-Origin-Opener-Policy", "same-origin")
    say("Cross-Origin-Resource-Policy", "same-origin")
    say("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    say("Referrer-Policy", "no-referrer" if endpoint.startswith(PRIVATE) else "same-origin")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        say("Strict-Transport-Security", f"max-age={YEAR}")
    if endpoint == "static":
        versioned = "v" in request.args and answer.status_code == 200
        answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if versioned else "no-cache"
    elif session.get("person") or endpoint.startswith(PRIVATE) or request.method == "POST" or answer.status_code >= 400:
        answer.headers["Cache-Control"] = "no-store"
    else:
        say("Cache-Control", "private, no-cache")
    if endpoint.startswith(PRIVATE):
        say("X-Robots-Tag", "noindex")
    return answer


def static_url(name: str) -> str:
    """The address of a static file with a version that changes with its content, so it may be kept for a year."""
    path = Path(current_app.static_folder or "") / name
    try:
        return url_for("static", filename=name, v=_version(str(path), path.stat().st_mtime_ns))
    except OSError:
        return url_for("static", filename=name)


@lru_cache(maxsize=512)
def _version(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
