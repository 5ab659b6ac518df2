"""Anybody: read what ideas there are and what became of them, hand one in."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import papers, publications
from engine.definitions import forms
from engine.errors import Invalid, Sentence
from engine.ideas import contests, letters, resolutions, statuses
from engine.ideas import ideas as store
from engine.ideas.ideas import Idea
from engine.ideas.statuses import IdeaStatus
from engine.identity import bodies, permissions
from engine.work import Work
from web import auth
from web.language import current, label, say
from web.printing import printed
from web.schemas import IDEA
from web.typed import filters, typed
from web.typed import number as page_number

area = Blueprint("public", __name__)

SORTS = {"neu": "new", "bewegt": "moved", "alt": "old", "titel": "title"}
NEWEST = 4
EXPORT_ROWS = 10_000
FEED_ROWS = 30
PAUSED = frozenset({"rueckfrage", "zurueckgestellt"})
KINDS_OF = {"rueckfrage": "waiting", "zurueckgestellt": "waiting", "beschlossen": "good",
            "geaendert_beschlossen": "good", "umgesetzt": "good"}
HONEYPOT = "webseite"
"""A field people never see; who fills it in is a machine."""


@area.get("/")
def start() -> ResponseReturnValue:
    """What this is, in three steps, with figures and the newest ideas."""
    with auth.look() as work:
        newest = store.listing(work, sort="new", size=NEWEST)
        figures, running = store.figures(work), contests.running(work)
    return render_template("public/start.html", newest=newest, figures=figures, contests=running, **_names())


@area.get("/ideen")
def ideas() -> ResponseReturnValue:
    """The idea store: search, filter, sort, page by page; everything stands in the address."""
    chosen = _chosen()
    with auth.look() as work:
        page = store.listing(work, number=page_number(request.args.get("seite")), **chosen)
    return render_template("public/ideas.html", page_rows=page, chosen=chosen, query=filters("seite"),
                           choices=_choices(), **_names())


@area.get("/ideen.csv")
def ideas_csv() -> ResponseReturnValue:
    """The filtered idea store as a table for spreadsheets (UTF-8 with a byte order mark, semicolons)."""
    with auth.look() as work:
        rows = store.listing(work, size=EXPORT_ROWS, **_chosen()).rows
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Nummer"), _("Titel"), _("Thema"), _("Gemeinde oder Stadt"), _("Eingereicht am"), _("Stand"),
                     _("Stand seit")])
    names = _names()
    for idea in rows:
        writer.writerow([
            idea.number, _cell(idea.title), label(names["themes"].get(idea.theme)),
            label(names["municipalities"].get(idea.municipality)), idea.handed_in_at.date().isoformat(),
            label(names["statuses"].get(idea.status)), idea.status_at.date().isoformat(),
        ])
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv",
                    headers={"Content-Disposition": "attachment; filename=ideenspeicher.csv"})


@area.get("/ideen/atom.xml")
def feed() -> ResponseReturnValue:
    """The ideas that moved last, for feed readers."""
    with auth.look() as work:
        rows = store.listing(work, sort="moved", size=FEED_ROWS).rows
        base_url = work.settings.base_url.rstrip("/")
        page = render_template("public/feed.xml", ideas=rows, base_url=base_url, now=work.now, **_names())
    return Response(page, mimetype="application/atom+xml")


@area.get("/ideen/neu")
def new_idea() -> ResponseReturnValue:
    """The form to hand an idea in."""
    return idea_form(url_for("public.hand_in"))


@area.post("/ideen")
def hand_in() -> ResponseReturnValue:
    """Hand an idea in; the receipt stands at an address only its author knows."""
    values = typed(IDEA)
    try:
        said = read_idea(values)
        with auth.work() as work:
            _idea, token = store.hand_in(work, **said)
    except Invalid as error:
        return idea_form(url_for("public.hand_in"), values, error), 422
    return redirect(url_for("private.receipt", token=token), 303)


def idea_form(action: str, values: dict[str, Any] | None = None, error: Invalid | None = None,
              contest: Any = None) -> str:
    """The form to hand an idea in, with what was typed and what is wrong with it; *contest*: the one it is for."""
    return render_template("public/new_idea.html", components=IDEA.components, values=values or {}, error=error,
                           errors=error.fields if error is not None else {}, honeypot=HONEYPOT, action=action,
                           contest=contest)


def read_idea(values: dict[str, Any]) -> dict[str, Any]:
    """What somebody handed in, for the engine's verb; Invalid names each wrong field, and what machines fill in."""
    said = forms.read(IDEA, values).values
    if request.form.get(HONEYPOT):
        raise Invalid(
            "Ein Feld, das leer bleiben muss, war ausgefüllt. Bitte senden Sie das Formular noch einmal ab.",
            "A field that has to stay empty was filled in. Please send the form once more.")
    return {
        "title": said["title"], "text": said["text"], "theme": said["theme"], "municipality": said["municipality"],
        "connection": said["connection"], "mail": said.get("mail") or None, "under_16": bool(said.get("under_16")),
        "consent": bool(said.get("consent")), "business_secret": bool(said.get("business_secret")),
        "language": current(),
    }


@area.get("/ideen/<number>")
def idea(number: str) -> ResponseReturnValue:
    """One idea: its three steps as a picture and in words, what happened, what comes next."""
    with auth.look() as work:
        found = store.by_number(work, number)
        page = about(work, found) | {
            "merged_here": store.merged_here(work, found),
            "letter": permissions.may(work, "read instances") and letters.latest(work, found) is not None}
    return render_template("public/idea.html", **page)


@area.get("/ideen/<number>/brief.pdf")
@auth.needs("read instances")
def letter(number: str) -> ResponseReturnValue:
    """The letter on the latest decision, for the office to send by post."""
    with auth.look() as work:
        found = store.with_number(work, number) or store.by_number(work, number)
        return printed(letters.document(work, found), f"brief-{number}")


def about(work: Work, idea: Idea) -> dict[str, Any]:
    """What both the public and the author's page say of an idea."""
    names = body_names(work)
    return {
        "idea": idea, "story": _story(statuses.history(work, idea.id), names),
        "whereabouts": store.whereabouts(work, idea), "way": _way(idea.status),
        "on_agendas": [(item, number, meeting, Sentence(body.name, body.name_en)) for item, number, meeting, body in
                       publications.coming_of_idea(work, idea.id)],
        "papers": {paper.number: paper for paper in papers.of_subject(work, idea.id)},
        "resolutions": resolutions.of_idea(work, idea.id), "results": resolutions.RESULTS,
        "advisers": {body.key for body in bodies.listing(work) if body.kind == "advisory"},
        "merged_into": store.merged_into(work, idea), "body_names": names, "now": work.now, **_names(),
    }


def body_names(work: Work) -> dict[str, Sentence]:
    """What readers call each body, by its key."""
    return {body.key: Sentence(body.name, body.name_en) for body in bodies.listing(work)}


def _way(status: str) -> str:
    """How parts/steps.html draws the step an idea is in."""
    if status == "umgesetzt":
        return "done"
    if status in statuses.FINAL:
        return "stopped"
    return "paused" if status in PAUSED else "running"


def _story(history: list[IdeaStatus], names: dict[str, Sentence]) -> list[dict[str, Any]]:
    """The public history as parts/timeline.html takes it, the latest first."""
    return [
        {
            "at": row.at, "title": statuses.STATUSES[row.status], "who": say(names.get(row.body or "")),
            "kind": KINDS_OF.get(row.status, "bad" if row.status in statuses.FINAL else "done"), "as_whom": None,
            "step": row.step, "code": row.reason_code, "reason": row.reason, "until": row.until, "status": row.status,
        }
        for row in reversed(history)
    ]


def _chosen() -> dict[str, Any]:
    args = request.args
    return {
        "search": args.get("suche", "").strip() or None,
        "theme": args.get("thema") if args.get("thema") in store.THEMES else None,
        "municipality": args.get("gemeinde") if args.get("gemeinde") in store.MUNICIPALITIES else None,
        "status": args.get("stand") if args.get("stand") in store.STATUSES else None,
        "sort": SORTS.get(args.get("sortierung", ""), "new"),
    }


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, in the reader's language."""
    offered = {"themes": store.THEMES, "municipalities": store.MUNICIPALITIES,
               "statuses": {key: name for key, name in store.STATUSES.items() if key not in statuses.HIDDEN},
               "sorts": {key: store.SORTS[sort] for key, sort in SORTS.items()}}
    return {name: [(key, say(text)) for key, text in table.items()] for name, table in offered.items()}


def _names() -> dict[str, Any]:
    return {"themes": store.THEMES, "municipalities": store.MUNICIPALITIES, "statuses": store.STATUSES,
            "reasons": store.REASONS, "step_names": statuses.STEPS}


def _cell(text: str) -> str:
    # A spreadsheet would run a cell that begins like a formula.
    return "'" + text if text[:1] in "=+-@\t\r" else text
