"""Members of the bodies: what meetings are coming, whether I come, where I have a conflict of interest."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import (
    agendas,
    attendance,
    ballots,
    invitations,
    meetings,
    minutes,
    papers,
    recusals,
    standing_orders,
)
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.errors import Conflict, Invalid
from engine.identity import permissions
from engine.identity.bodies import MEETING, Body
from engine.work import Work
from web import auth, errors

area = Blueprint("members", __name__, url_prefix="/meine-sitzungen")
area.before_request(auth.required)

COMING, HELD = 40, 12
"""How many meetings of each kind a member's list shows."""
STATES = ("terminiert", "eingeladen", "laeuft", "abgesagt")


@area.get("")
def index() -> ResponseReturnValue:
    """The meetings of the bodies in which I sit or stand in, and what waits for my answer."""
    with auth.look() as work:
        coming, held = [], []
        for body in _bodies(work):
            coming += [(row, body, _own(work, row)) for row in meetings.listing(
                work, body=body, since=work.now, states=STATES, size=COMING).rows]
            held += [(row, body) for row in meetings.listing(
                work, body=body, until=work.now, states=("durchgefuehrt",), latest_first=True, size=HELD).rows]
        held = sorted(held, key=lambda found: found[0].starts_at, reverse=True)[:HELD]
        minuted = minutes.all_published(work, [meeting for meeting, _body in held])
    coming.sort(key=lambda found: found[0].starts_at)
    return render_template("members/index.html", coming=coming[:COMING], held=held, minuted=minuted,
                           states=meetings.STATES, answers=invitations.ANSWERS)


@area.get("/<uuid:meeting_id>")
def show(meeting_id: UUID) -> ResponseReturnValue:
    """One meeting: my answer, the agenda, and each item's proposal once I have said that I am not biased."""
    return _page(meeting_id)


@area.post("/<uuid:meeting_id>/antwort")
def answer(meeting_id: UUID) -> ResponseReturnValue:
    """Say whether I come, for myself or for the member I stand in for."""
    deputy = request.form.get("deputy", type=UUID)
    try:
        with auth.work() as work:
            invitations.answer(work, meeting_id, request.form.get("answer", ""), deputy_id=deputy)
    except (Invalid, Conflict) as error:
        return _page(meeting_id, error), errors.status_of(error)
    flash(_("Ihre Antwort ist angekommen."), "success")
    return redirect(url_for("members.show", meeting_id=meeting_id), 303)


@area.post("/punkte/<uuid:item_id>/befangenheit")
def recuse(item_id: UUID) -> ResponseReturnValue:
    """Declare a conflict of interest in an item before its papers open."""
    with auth.look() as work:
        meeting_id = work.get(AgendaItem, item_id).meeting_id
    try:
        with auth.work() as work:
            recusals.declare(work, item_id, request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _page(meeting_id, error, item_id), errors.status_of(error)
    flash(_("Ihre Befangenheit ist festgehalten. Bei diesem Punkt wirken Sie nicht mit."), "success")
    return redirect(url_for("members.show", meeting_id=meeting_id) + f"#punkt-{item_id}", 303)


@area.post("/punkte/<uuid:item_id>/vorlage")
def read(item_id: UUID) -> ResponseReturnValue:
    """Say that I am not biased, which opens the item's papers."""
    with auth.work() as work:
        meeting_id = recusals.deny(work, item_id).meeting_id
    return redirect(url_for("members.show", meeting_id=meeting_id) + f"#punkt-{item_id}", 303)


def _page(meeting_id: UUID, error: Invalid | Conflict | None = None, wrong: UUID | None = None) -> str:
    with auth.look() as work:
        meeting = meetings.show(work, meeting_id)
        for_id = meetings.require_member(work, meeting)
        body = work.get(Body, meeting.body_id)
        items = agendas.of(work, meeting)
        own = _own(work, meeting)
        me = work.actor.id
        mine = {row.item_id: row for rows in recusals.of_meeting(work, meeting).values() for row in rows
                if row.person_id == me and row.found != "not_excluded"}
        member = own.person_id if own is not None else for_id or me
        shown = {
            "meeting": meeting, "body": body, "items": items, "numbers": agendas.numbers(items), "own": own,
            "mine": mine, "denied": recusals.denied(work, meeting),
            "deputies": attendance.deputies_of(work, meeting).get(member, []) if member is not None else [],
            "papers": papers.of_items(work, {item.paper_number for item in items}),
            "minutes": minutes.published(work, meeting),
            "to_sign": meeting.state == "durchgefuehrt" and me in (meeting.chair_id, meeting.recorder_id),
            "may_send": standing_orders.of(work, body).deputies,
            "votes": {item.id: ballots.decisive(work, item) for item in items if item.result},
        }
    return render_template(
        "members/show.html", **shown, states=meetings.STATES, answers=invitations.ANSWERS, results=agendas.RESULTS,
        roles=agendas.ROLES, error=error, wrong=wrong, errors=error.fields if isinstance(error, Invalid) else {},
    )


def _bodies(work: Work) -> list[Body]:
    return [body for body in (meetings.body_of(work, key) for key in permissions.rights(work))
            if body.kind in MEETING]


def _own(work: Work, meeting: Meeting) -> Any:
    """My invitation, or that of the member I stand in for; None without one."""
    for_id = permissions.rights(work).get(work.get(Body, meeting.body_id).key)
    person_id = for_id or work.actor.id
    return invitations.own(work, meeting, person_id) if person_id is not None else None
