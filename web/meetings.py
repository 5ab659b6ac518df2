"""Anybody: when the bodies meet, what is on their public agendas, and what they decided."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.council import agendas, publications
from engine.council.meetings import STATES
from engine.ideas import ideas as store
from engine.work import Work
from web import auth
from web.typed import filters, number

area = Blueprint("meetings", __name__)


@area.get("/sitzungen")
def index() -> ResponseReturnValue:
    """The public meetings to come, and those that were held."""
    with auth.look() as work:
        past = publications.past(work, number(request.args.get("seite")))
        shown = {"coming": publications.coming(work), "past": past}
    return render_template("meetings/index.html", **shown, states=STATES)


@area.get("/sitzungen/<uuid:meeting_id>")
def show(meeting_id: UUID) -> ResponseReturnValue:
    """One public meeting with its public items, and their results once it was held."""
    with auth.look() as work:
        meeting, body = publications.show(work, meeting_id)
        items, closed = publications.agenda(work, meeting)
        shown = {"meeting": meeting, "body": body, "items": items, "closed": closed,
                 "ideas": _ideas(work, [one.item for one in items])}
    return render_template("meetings/show.html", **shown, states=STATES, results=agendas.RESULTS, roles=agendas.ROLES)


@area.get("/beschluesse")
def resolutions() -> ResponseReturnValue:
    """What public bodies decided, with wording and votes; search by body, year and word."""
    body, search = request.args.get("gremium", ""), request.args.get("suche", "").strip()
    year = number(request.args.get("jahr"), 0) or None
    with auth.look() as work:
        page = publications.resolutions(work, body=body, year=year, search=search,
                                        number=number(request.args.get("seite")))
        shown = {"page_rows": page, "groups": publications.bodies_that_decided(work),
                 "years": publications.years(work), "ideas": _ideas(work, [one.item for one in page.rows])}
    return render_template("meetings/resolutions.html", **shown, chosen={"body": body, "search": search},
                           year=year, results=agendas.RESULTS,
                           query=filters("seite"))


def _ideas(work: Work, items: list[agendas.AgendaItem]) -> dict[UUID, Any]:
    """The public ideas that items are about."""
    found = {}
    for item in items:
        idea = store.about(work, item.subject_id) if item.subject_id is not None else None
        if idea is not None and idea.public:
            found[item.id] = idea
    return found
