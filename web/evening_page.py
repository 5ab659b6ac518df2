"""What the sheet of the evening shows: gathered here, drawn by templates/evening/."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import render_template

from engine.council import agendas, attendance, ballots, invitations, meetings, motions, recusals, sessions
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.council.standing_orders import of as orders_of
from engine.errors import EngineError, Invalid, Sentence
from engine.identity import bodies, people
from engine.identity.bodies import Body
from engine.runtime.instances import Instance
from engine.work import Work
from web import auth

FIELDS: Mapping[str, Mapping[str, str]] = {
    "attendance": {"at": "zeit"},
    "opening": {},
    "agenda": {"title": "a_title", "why": "a_why", "count": "a_ja"},
    "recusal": {"person": "b_person", "reason": "b_reason"},
    "motion": {"why": "m_why", "person": "m_person", "motion": "m_motion", "count": "m_ja"},
    "vote": {"count": "ja", "named": "way", "chair_for": "tie"},
    "result": {"result": "e_result", "referred_to": "e_body"},
    "correction": {"count": "k_ja", "chair_for": "k_tie"},
    "closing": {},
}
"""Form -> what the engine calls a field -> what the form calls it."""
MOTIONS = ("absetzung", "reihenfolge", "geheim", "nichtoeffentlich", "befangenheit")
"""The motions about one item."""
GENERAL = "Bitte sehen Sie sich"
"""How the sentences begin that say no more than that a field is wrong."""
WITHOUT_VOTE = ("zur_kenntnis", "vertagt", "zurueck", "verwiesen")
"""The results that need no vote on the matter."""


def page(
    meeting_id: UUID, item_id: UUID | None, *, form: str = "", typed: Mapping[str, str] | None = None,
    error: EngineError | None = None,
) -> str:
    """The sheet; *form* is the one that was refused, with what was *typed* into it."""
    with auth.look() as work:
        meeting = meetings.show(work, meeting_id)
        body = work.get(Body, meeting.body_id)
        items = agendas.of(work, meeting)
        item = _chosen(items, item_id)
        places = attendance.places(work, meeting)
        shown = {
            "meeting": meeting, "body": body, "orders": orders_of(work, body), "items": items, "item": item,
            "numbers": agendas.numbers(items), "places": places, "deputies": attendance.deputies_of(work, meeting),
            "stays": attendance.stays(work, meeting), "answers": _answers(work, meeting),
            "late": invitations.late(work, meeting), "usual_chair": sessions.usual_chair(work, meeting),
            "recorders": bodies.members(work, "sitzungsdienst"), "me_id": work.actor.id,
            "votes": {one.id: ballots.decisive(work, one) for one in items},
            "excluded": recusals.of_meeting(work, meeting), "agenda_votes": motions.of_agenda(work, meeting),
            "agenda_standing": ballots.standing(work, meeting, None),
            "other_bodies": [one for one in bodies.listing(work) if one.kind in ("organ", "advisory")
                             and one.id != body.id],
            "stand": work.get(Instance, meeting.instance_id).chain_length if meeting.instance_id else 0,
            **_open_item(work, meeting, item), "now": work.now,
        }
        shown["names"] = people.names(work, _people(shown))
    fields: dict[str, list[Sentence]] = {}
    if isinstance(error, Invalid):
        fields = {FIELDS.get(form, {}).get(name, name): said for name, said in error.fields.items()}
    if error is not None and fields and not error.de.startswith(GENERAL):
        fields[""] = [Sentence(error.de, error.en)]
    return render_template(
        "evening/sheet.html", **shown, form=form, typed=typed or {}, error=error, errors=fields, new_entry=uuid4,
        states=meetings.STATES, roles=agendas.ROLES, results=agendas.RESULTS, ways=ballots.WAYS,
        choices=ballots.CHOICES, motion_names=ballots.MOTIONS, motion_keys=MOTIONS, majorities=agendas.MAJORITIES,
        notice=sessions.NOTICE, without_vote=WITHOUT_VOTE, said=invitations.ANSWERS, sentence=Sentence,
    )


def _chosen(items: Sequence[AgendaItem], item_id: UUID | None) -> AgendaItem | None:
    """The item that is asked for, else the next one without a result, formalities only where nothing else is left."""
    asked = next((item for item in items if item.id == item_id), None)
    return asked or next((item for item in items if item.result is None and item.role != "formalie"), None)


def _open_item(work: Work, meeting: Meeting, item: AgendaItem | None) -> dict[str, Any]:
    if item is None:
        return {"standing": None, "ballot": None, "named": [], "secret": False}
    ballot = ballots.decisive(work, item)
    return {
        "standing": ballots.standing(work, meeting, item), "ballot": ballot,
        "named": ballots.votes_of(work, ballot) if ballot is not None else [],
        "secret": any(one.motion == "geheim" and one.item_id == item.id and one.passed
                      for one in motions.of_agenda(work, meeting)),
    }


def _answers(work: Work, meeting: Meeting) -> dict[UUID, invitations.Invitation]:
    return {person.id: row for row, person in invitations.of(work, meeting)}


def _people(shown: Mapping[str, Any]) -> set[UUID]:
    meeting: Meeting = shown["meeting"]
    found = {meeting.chair_id, meeting.recorder_id}
    found |= {stay.person_id for stay in shown["stays"]} | {stay.for_id for stay in shown["stays"]}
    found |= {row.person_id for rows in shown["excluded"].values() for row in rows}
    found |= {vote.person_id for vote in shown["named"]} | {vote.for_id for vote in shown["named"]}
    found |= {ballot.about_id for ballot in shown["agenda_votes"]}
    found |= {row.deputy_id for row in shown["answers"].values()}
    return {one for one in found if one is not None}
