"""Who is asking; signing in and out; and forms whose text outlives a session.

Nothing a person typed is lost when a session has ended: the form that was sent
is kept, signed, inside the sign-in page, and comes back as it was after
signing in.  It is never acted on by itself: `work()` refuses to write for a
request that did not come from a page of ours just now, and whoever renders the
form again for wrong answers does so here too.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict

from engine.errors import EngineError, Forbidden, Invalid, Sentence
from engine.identity import bodies, people, permissions
from engine.identity.people import Person
from engine.wiring import House
from engine.work import CITIZEN, Actor, Work
from web.language import local

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

KEPT_SECONDS = 24 * 3600
TOUCH_SECONDS = 60
"""How old the note of the last visit may grow before the cookie is written anew."""
NEVER_KEPT = {"csrf_token", "kennwort", "passwort", "passwort_neu", "gehalten"}

area = Blueprint("auth", __name__)
csrf = CSRFProtect()

OLD_PAGE = Sentence(
    "Diese Seite war zu lange offen, oder Ihr Browser hat das Sitzungs-Cookie nicht mitgeschickt. Es wurde noch "
    "nichts gespeichert. Ihre Eingaben stehen unverändert im Formular: Bitte senden Sie es noch einmal ab.",
    "This page was open for too long, or your browser did not send the session cookie. Nothing has been stored yet. "
    "What you typed still stands in the form: please send it once more.",
)
BACK_AGAIN = Sentence(
    "Sie sind wieder angemeldet. Ihre Eingaben stehen unverändert im Formular, gespeichert ist davon noch nichts: "
    "Bitte senden Sie es noch einmal ab. Dateien müssten Sie neu auswählen.",
    "You are signed in again. What you typed still stands in the form, and none of it is stored yet: please send it "
    "once more. Files would have to be chosen again.",
)
ELSEWHERE = Sentence(
    "Dieses Formular wurde von einer fremden Seite aus abgeschickt. Zu Ihrer Sicherheit haben wir es nicht angenommen.",
    "This form was sent from a foreign site. For your safety we did not accept it.",
)
WRONG = Sentence(
    "Anmeldename oder Passwort stimmen nicht. Nach fünf Fehlversuchen ist die Anmeldung fünf Minuten gesperrt.",
    "The login or the password is wrong. After five failed attempts signing in is blocked for five minutes.",
)


class Stale(Invalid):
    """The request did not come from a page of ours just now; its sender has to send it again."""


def register(app: Flask) -> None:
    """Let *app* know who is asking."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # `begin` checks, and keeps what was typed
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session lasts
        WTF_CSRF_SSL_STRICT=False,  # private pages send no referrer; the token alone decides
    )
    csrf.init_app(app)
    app.before_request(begin)
    app.register_blueprint(area)
    app.context_processor(_context)


def begin() -> ResponseReturnValue | None:
    """Before each request: is it genuine, and does it bring back a form that outlived its session?"""
    if request.method != "POST":
        return None
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden(ELSEWHERE.de, ELSEWHERE.en)
    try:
        csrf.protect()
    except CSRFError:
        g.stale = OLD_PAGE
    if "gehalten" in request.form and request.endpoint != "auth.enter":
        return _resume()
    return None


def house() -> House:
    """The house this application serves."""
    here: House = current_app.config["HOUSE"]
    return here


def work() -> Work:
    """Open a piece of work that writes, for whoever sent this request; Stale if it is not genuine."""
    require_genuine()
    return house().work(actor=actor())


def require_genuine() -> None:
    """Stale unless the request came from a page of ours just now; for acts that write nothing through `work()`."""
    stale: Sentence | None = g.get("stale")
    if stale is not None:
        raise Stale(stale.de, stale.en)


def look() -> Work:
    """Open a piece of work that only reads, for whoever sent this request."""
    return house().look(actor=actor())


def actor() -> Actor:
    """Who acts: the person signed in, else a citizen."""
    person = me()
    return Actor("person", person.id) if person is not None else CITIZEN


def me() -> Person | None:
    """The person signed in with this request, asked of the database once; None after too long a pause."""
    if "me" not in g:
        g.me = _signed_in_person()
    person: Person | None = g.me
    return person


def _signed_in_person() -> Person | None:
    key = session.get("person")
    if not key:
        return None
    with house().look(CITIZEN) as work:
        seen = datetime.fromisoformat(session.get("seen", "1970-01-01T00:00:00+00:00"))
        if (work.now - seen).total_seconds() > work.settings.session_minutes * 60:
            return None
        person = people.signed_in(work, UUID(key), session.get("key", ""))
    if person is not None and (work.now - seen).total_seconds() > TOUCH_SECONDS:
        session["seen"] = work.now.isoformat()
    return person


def required() -> ResponseReturnValue | None:
    """Before each request of an area for people who signed in: lead others to the sign-in page, and keep their text."""
    if me() is not None:
        return None
    if request.method == "POST":
        return _sign_in_page(held=_hold(), expired=True), 401, {"WWW-Authenticate": "Cookie"}
    return redirect(url_for("auth.sign_in", weiter=request.full_path.rstrip("?")), 303)


def needs(right: str) -> Callable[[View[P]], View[P]]:
    """A view for people with *right* (see engine.identity.permissions) only; others read why not."""

    def around(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            with look() as work:
                permissions.require(work, right)
            return view(*args, **kwargs)

        return checked

    return around


def may(right: str) -> bool:
    """Whether the person who asks has *right*; for what to offer, never instead of the engine's own check."""
    with look() as work:
        return permissions.may(work, right)


@area.get("/anmelden")
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if me() is not None:
        return redirect(local(request.args.get("weiter")) or url_for("inbox.index"), 303)
    return _sign_in_page()


@area.post("/anmelden")
def enter() -> ResponseReturnValue:
    """Sign in and go where the person was heading."""
    error = _try_sign_in()
    if error is not None:
        return _sign_in_page(error), 422 if isinstance(error, Invalid) else 403
    return redirect(local(request.form.get("weiter")) or url_for("inbox.index"), 303)


@area.post("/abmelden")
def sign_out() -> ResponseReturnValue:
    """End the session on this device."""
    require_genuine()
    session.clear()
    g.me = None
    flash(_("Sie sind abgemeldet."), "success")
    return redirect(url_for("public.start"), 303)


def _try_sign_in() -> EngineError | None:
    try:
        with work() as writing:
            person = people.sign_in(writing, request.form.get("login", ""), request.form.get("kennwort", ""))
            now = writing.now
    except Stale as error:
        return error
    if person is None:
        return Forbidden(WRONG.de, WRONG.en)
    session.clear()
    session.update(person=str(person.id), key=person.session_key, seen=now.isoformat())
    session.permanent = False
    g.me = person
    return None


def _sign_in_page(error: EngineError | None = None, held: str | None = None, expired: bool = False) -> str:
    onward = local(request.args.get("weiter") or request.form.get("weiter"))
    return render_template(
        "auth/sign_in.html", error=error, held=held, expired=expired, onward=onward,
        login=request.form.get("login", "") if error is not None else "",
    )


def _keeper() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="form that outlived its session")


def _hold() -> str:
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER_KEPT]
    held = _keeper().dumps([request.path, fields])
    return held if isinstance(held, str) else held.decode()


def _resume() -> ResponseReturnValue | None:
    held = request.form["gehalten"]
    try:
        path, fields = _keeper().loads(held, max_age=KEPT_SECONDS)
    except BadData:
        path, fields = None, []
    if path != request.path:
        g.stale = OLD_PAGE
        return None
    error = _try_sign_in()
    if error is not None:
        return _sign_in_page(error, held=held), 422 if isinstance(error, Invalid) else 403
    request.form = ImmutableMultiDict([(name, value) for name, value in fields])
    g.stale = BACK_AGAIN
    return None


def _context() -> dict[str, Any]:
    """What every page shows of the reader; a page about a database that is gone shows it without."""
    try:
        person = me()
        rights: set[str] = set()
        if person is not None:
            with look() as reading:
                rights = {right for right in permissions.RIGHTS if permissions.may(reading, right)}
                if bodies.meet(reading, permissions.rights(reading)):
                    rights.add("meet")
    except EngineError:
        person, rights = None, set()
    return {
        "me": person, "rights": rights, "areas": _areas(person, rights),
        "footer_links": _footer(), "settings": house().settings, "home": url_for("public.start"),
        "messages": get_flashed_messages(with_categories=True),
    }


def _areas(person: Person | None, rights: set[str]) -> list[tuple[str, str, bool]]:
    here = request.blueprint or ""
    offered = [(_("Ideenspeicher"), "public.ideas", request.endpoint in ("public.ideas", "public.idea"))]
    offered.append((_("Sitzungen"), "meetings.index", here == "meetings"))
    if person is None:
        handing_in = request.endpoint in ("public.new_idea", "public.hand_in")
        offered.append((_("Idee einreichen"), "public.new_idea", handing_in))
    else:
        offered.append((_("Aufgaben"), "inbox.index", here == "inbox"))
        offered.append((_("Prozesse"), "studio.index", here == "studio"))
        if "meet" in rights:
            offered.append((_("Meine Sitzungen"), "members.index", request.path.startswith("/meine-sitzungen")))
        if "council" in rights:
            offered.append((_("Sitzungsdienst"), "council.index", request.path.startswith("/sitzungsdienst")))
        if "audit" in rights:
            offered.append((_("Revision"), "audit.index", here == "audit"))
        if "administer" in rights:
            offered.append((_("Verwaltung"), "administration.index",
                            here in ("administration", "standing_orders")))
    offered.append((_("Hilfe"), "help.index", request.endpoint in ("help.index", "help.page")))
    return [(name, url_for(endpoint), current) for name, endpoint, current in offered]


def _footer() -> list[tuple[str, str]]:
    return [
        (_("Leichte Sprache"), url_for("help.plain")), (_("Gebärdensprache"), url_for("help.sign")),
        (_("Barrierefreiheit"), url_for("help.access")), (_("Datenschutz"), url_for("help.privacy")),
        (_("Impressum"), url_for("help.imprint")),
    ]
