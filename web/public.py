"""Anybody: read what ideas there are and what became of them, hand one in."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import forms
from engine.errors import Invalid
from engine.ideas import ideas as store
from web import auth
from web.language import label
from web.schemas import IDEA
from web.typed import filters, number, typed

area = Blueprint("public", __name__)

SORTS = ("new", "moved", "old", "title")
NEWEST = 4
EXPORT_ROWS = 10_000
HONEYPOT = "webseite"
"""A field people never see; who fills it in is a machine."""


@area.get("/")
def start() -> ResponseReturnValue:
    """What this is, in three steps, with figures and the newest ideas."""
    with auth.look() as work:
        newest = store.listing(work, sort="new", size=NEWEST)
        decided = store.listing(work, status="beschlossen", size=1).total + store.listing(
            work, status="geaendert_beschlossen", size=1).total
        done = store.listing(work, status="umsetzung", size=1).total + store.listing(work, status="umgesetzt", size=1).total
    figures = {"ideas": newest.total, "decided": decided, "done": done}
    return render_template("public/start.html", newest=newest.rows, figures=figures, **_names())


@area.get("/ideen")
def ideas() -> ResponseReturnValue:
    """The idea store: search, filter, sort, page by page; everything stands in the address."""
    chosen = _chosen()
    with auth.look() as work:
        page = store.listing(work, page=number(request.args.get("seite")), **chosen)
    return render_template("public/ideas.html", page=page, chosen=chosen, query=filters("seite"), **_names())


@area.get("/ideen.csv")
def ideas_csv() -> ResponseReturnValue:
    """The filtered idea store as a table for spreadsheets (UTF-8 with a byte order mark, semicolons)."""
    with auth.look() as work:
        rows = store.listing(work, page=1, size=EXPORT_ROWS, **_chosen()).rows
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
        rows = store.listing(work, sort="moved", size=30).rows
    return Response(render_template("public/feed.xml", ideas=rows, **_names()), mimetype="application/atom+xml")


@area.get("/ideen/neu")
def new_idea() -> ResponseReturnValue:
    """The form to hand an idea in."""
    return render_template("public/new_idea.html", form=IDEA, values={}, errors={}, honeypot=HONEYPOT)


@area.post("/ideen")
def hand_in() -> ResponseReturnValue:
    """Hand an idea in; the receipt stands at an address only its author knows."""
    values = typed(IDEA)
    try:
        answers = forms.read(IDEA, values)
        if request.form.get(HONEYPOT):
            raise Invalid(
                "Ein Feld, das leer bleiben muss, war ausgefüllt. Bitte senden Sie das Formular noch einmal ab.",
                "A field that has to stay empty was filled in. Please send the form once more.")
        with auth.work() as work:
            _idea, token = store.hand_in(work, **_handed_in({**answers.values, **answers.personal}))
    except Invalid as error:
        return render_template("public/new_idea.html", form=IDEA, values=values, error=error, errors=error.fields,
                               honeypot=HONEYPOT), 422
    return redirect(url_for("private.receipt", token=token), 303)


@area.get("/ideen/<number>")
def idea(number: str) -> ResponseReturnValue:
    """One idea: its three steps as a picture and in words, what happened, what comes next."""
    with auth.look() as work:
        found = store.by_number(work, number)
        page = {
            "idea": found, "history": store.history(work, found), "whereabouts": store.whereabouts(work, found),
            "decisions": store.decisions(work, found), "merged_into": store.merged_into(work, found),
        }
    return render_template("public/idea.html", **page, **_names())


def _handed_in(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": values["title"], "text": values["text"], "theme": values["theme"],
        "municipality": values["municipality"], "connection": values["connection"], "mail": values.get("mail") or None,
        "under_16": bool(values.get("under_16")), "consent": bool(values.get("consent")),
        "business_secret": bool(values.get("business_secret")),
    }


def _chosen() -> dict[str, Any]:
    args = request.args
    return {
        "search": args.get("suche", "").strip() or None,
        "theme": args.get("thema") if args.get("thema") in store.THEMES else None,
        "municipality": args.get("gemeinde") if args.get("gemeinde") in store.MUNICIPALITIES else None,
        "status": args.get("stand") if args.get("stand") in store.STATUSES else None,
        "sort": args.get("sortierung") if args.get("sortierung") in SORTS else "new",
    }


def _names() -> dict[str, Any]:
    return {"themes": store.THEMES, "municipalities": store.MUNICIPALITIES, "statuses": store.STATUSES,
            "reasons": store.REASONS}


def _cell(text: str) -> str:
    # A spreadsheet would run a cell that begins like a formula.
    return "'" + text if text[:1] in "=+-@\t\r" else text
