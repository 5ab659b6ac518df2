"""The one place where an error becomes a status and a page that says whose turn it is."""

import traceback
from contextlib import suppress

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from engine.errors import (
    Conflict,
    EngineError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    ProcessFailed,
    Sentence,
    Unavailable,
    Unsure,
)
from engine.runtime import retries
from web.auth import NEVER_KEPT, Stale, house
from web.language import chosen

STATUS: dict[type[EngineError], int] = {
    NotFound: 404, Forbidden: 403, Conflict: 409, Gone: 410, Invalid: 422, ProcessFailed: 500, Unavailable: 503,
}
RETRY_SECONDS = 30

SENTENCES: dict[int, Sentence] = {
    400: Sentence("Diese Anfrage war nicht zu verstehen. Bitte gehen Sie zurück und versuchen Sie es noch einmal.",
                  "This request could not be understood. Please go back and try again."),
    404: Sentence("Unter dieser Adresse gibt es keine Seite. Bitte prüfen Sie die Adresse, "
                  "oder suchen Sie im Ideenspeicher.",
                  "There is no page at this address. Please check the address, or search the idea store."),
    405: Sentence("Diese Adresse nimmt nur abgesendete Formulare an. Bitte öffnen Sie die Seite, "
                  "auf der das Formular steht.",
                  "This address only takes forms that are sent. Please open the page the form stands on."),
    413: Sentence("Das war zu groß. Bitte kürzen Sie den Text oder wählen Sie kleinere Dateien.",
                  "That was too large. Please shorten the text or choose smaller files."),
    500: Sentence("Da ist bei uns etwas schiefgegangen. Es wurde nichts gespeichert; der Fehler ist vermerkt.",
                  "Something went wrong on our side. Nothing was stored; the error has been noted."),
}

log = structlog.get_logger("web")


def register(app: Flask) -> None:
    """Answer every error in the same shape: a friendly page, or JSON for machines; never a traceback."""
    app.register_error_handler(Stale, resend)
    app.register_error_handler(EngineError, engine_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unforeseen)


def status_of(error: EngineError) -> int:
    """The HTTP status that answers *error*."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def engine_error(error: EngineError) -> ResponseReturnValue:
    """The engine refused, and says why."""
    status = status_of(error)
    if status >= 500:
        log.error("engine_error", error=str(error), kind=type(error).__name__, element=getattr(error, "element", None))
    if isinstance(error, ProcessFailed):
        with suppress(EngineError), house().work() as work:
            retries.noted(work, error)
    return answer(status, Sentence(error.de, error.en), error)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Something about the request itself."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return answer(status, SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]))


def unforeseen(error: Exception) -> ResponseReturnValue:
    """An error of ours: noted with all its details in the log, shown to the reader without any."""
    log.error("unforeseen_error", kind=type(error).__name__, trace="".join(traceback.format_exception(error)))
    return answer(500, SENTENCES[500])


def resend(error: Stale) -> ResponseReturnValue:
    """A form whose page cannot be shown again as it was: show what it holds, to be sent once more."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "gehalten")]
    return render_template("errors/resend.html", error=error, kept=kept, address=_address()), 422


def answer(status: int, sentence: Sentence, error: EngineError | None = None) -> ResponseReturnValue:
    """The page for *status*, in the reader's language, with what helps to go on."""
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    if request.path == "/healthz" or _wants_json():
        body = {"status": status, "error": sentence.within(chosen())}
        if isinstance(error, Invalid):
            body["fields"] = {
                name: [said.within(chosen()) for said in sentences] for name, sentences in error.fields.items()
            }
        return jsonify(body), status, headers
    if status >= 500:
        g.me = None  # what went wrong may be the database: this page asks nothing of it
    unsure = isinstance(error, Unsure)
    title = _("Nicht sicher, ob gespeichert") if unsure else _heading(status)
    keeps = status == 503 or isinstance(error, ProcessFailed)
    return render_template("errors/error.html", status=status, title=title, sentence=sentence, error=error,
                           unsure=unsure, kept=_typed() if keeps else [], address=_address()), status, headers


def _typed() -> list[tuple[str, str]]:
    """What was typed, to be sent once more; nothing where files or a password were part of it."""
    if request.method != "POST" or request.files or (NEVER_KEPT - {"csrf_token"}) & request.form.keys():
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER_KEPT]


def _address() -> str:
    return request.full_path.rstrip("?")


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _heading(status: int) -> str:
    headings: dict[int, str] = {
        403: _("Das dürfen Sie hier nicht"), 404: _("Nicht gefunden"), 405: _("So geht es hier nicht"),
        409: _("Inzwischen hat sich etwas geändert"), 410: _("Das ist schon beendet"), 413: _("Zu groß"),
        422: _("Bitte prüfen Sie Ihre Angaben"), 503: _("Gerade nicht erreichbar"),
    }
    other = _("Das hat nicht geklappt") if status < 500 else _("Ein Fehler bei uns")
    return headings.get(status, str(other))
