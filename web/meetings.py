"""Anybody: when the bodies meet, what is on their public agendas, and what they decided."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from engine.council import agendas, minutes, papers, publications
from engine.council.meetings import STATES, Meeting
from engine.documents.contents import Document
from engine.errors import NotFound
from engine.ideas import ideas as store
from engine.identity.bodies import Body
from engine.work import Work
from web import auth
from web.printing import printed
from web.typed import filters, number

area = Blueprint("meetings", __name__)


@area.get("/sitzungen")
def index() -> ResponseReturnValue:
    """The public meetings to come, and those that were held."""
    with auth.look() as work:
        past = publications.past(work, number(request.args.get("seite")))
        shown = {"coming": publications.coming(work), "past": past,
                 "minuted": minutes.all_published(work, [meeting for meeting, _body in past.rows])}
    return render_template("meetings/index.html", **shown, states=STATES)


@area.get("/sitzungen/<uuid:meeting_id>")
def show(meeting_id: UUID) -> ResponseReturnValue:
    """One public meeting with its public items, and their results once it was held."""
    with auth.look() as work:
        meeting, body = publications.show(work, meeting_id)
        items, closed = publications.agenda(work, meeting)
        shown = {"meeting": meeting, "body": body, "items": items, "closed": closed,
                 "ideas": _ideas(work, [one.item for one in items]),
                 "minutes": minutes.published(work, meeting),
                 "papers": papers.published(work, {one.item.paper_number for one in items})}
    return render_template("meetings/show.html", **shown, states=STATES, results=agendas.RESULTS, roles=agendas.ROLES)


@area.get("/sitzungen/<uuid:meeting_id>/niederschrift")
def public_minutes(meeting_id: UUID) -> ResponseReturnValue:
    """The public part of minutes that were sent."""
    with auth.look() as work:
        meeting, body = publications.show(work, meeting_id)
        shown = {"meeting": meeting, "body": body, "document": _published(work, meeting)}
    return render_template("minutes/public.html", **shown)


@area.get("/sitzungen/<uuid:meeting_id>/niederschrift.pdf")
def public_minutes_pdf(meeting_id: UUID) -> ResponseReturnValue:
    """The public part as a file."""
    with auth.look() as work:
        meeting, _body = publications.show(work, meeting_id)
        return minutes_file(work, meeting, _published(work, meeting))


def minutes_file(work: Work, meeting: Meeting, document: Document) -> Response:
    """A meeting's minutes as a PDF file, with a name by which it is found again."""
    return printed(document, f"niederschrift-{work.get(Body, meeting.body_id).key}-{meeting.day.isoformat()}")


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


def _published(work: Work, meeting: Meeting) -> Document:
    row = minutes.published(work, meeting)
    if row is None:
        raise NotFound("Die Niederschrift dieser Sitzung ist noch nicht veröffentlicht. Sie erscheint, sobald sie "
                       "unterschrieben und an die Mitglieder verschickt ist.",
                       "The minutes of this meeting have not been published yet. They appear when they have been "
                       "signed and sent to the members.")
    return minutes.document(work, meeting, public=True, version=row.version)


def _ideas(work: Work, items: list[agendas.AgendaItem]) -> dict[UUID, Any]:
    """The public ideas that items are about."""
    found = {}
    for item in items:
        idea = store.about(work, item.subject_id) if item.subject_id is not None else None
        if idea is not None and idea.public:
            found[item.id] = idea
    return found
