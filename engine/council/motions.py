"""Motions of a meeting: what the body decides about its agenda and its members, and what follows from it at once.

Each holds its vote with the majority that the law asks for; what was moved
happens only if it passed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.council import agendas, ballots, meetings, recusals
from engine.council.ballots import Ballot, Count
from engine.council.meetings import Meeting
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.work import Work


def urgency(work: Work, meeting_id: UUID, *, count: Count | None = None, way: str = "offen", text: str = "") -> Ballot:
    """Let the body find that the meeting is urgent, by majority, before it enters the agenda (§ 34 Abs. 3 GemO).

    Conflict once it has voted on a matter.
    """
    meeting, _ = meetings.locked(work, meeting_id)
    if any(ballot.motion == "sache" for ballot in ballots.of_meeting(work, meeting)):
        raise Conflict("Die Dringlichkeit stellt das Gremium fest, bevor es in die Tagesordnung eintritt (§ 34 Abs. 3 "
                       "Satz 3 GemO entsprechend). Es hat schon über einen Punkt abgestimmt.",
                       "The body finds the urgency before it enters the agenda (as § 34 Abs. 3 Satz 3 GemO). It has "
                       "voted on an item already.")
    ballot = ballots.hold(work, meeting_id, None, motion="dringlichkeit", way=way, count=count, text=text)
    if ballot.passed:
        meeting.notice_found = "dringlich_festgestellt"
    return ballot


def add_item(
    work: Work, meeting_id: UUID, *, title: str, why: str, count: Count | None = None, way: str = "offen",
    **said: Any,
) -> Ballot:
    """Let the body put an urgent item on its agenda, with two thirds of those present (§ 34 Abs. 7 GemO).

    *said*: what else `agendas.add` takes. Invalid without the reason of the urgency.
    """
    _require({"title": title, "why": why})
    ballot = ballots.hold(work, meeting_id, None, motion="aufnahme", way=way, count=count,
                          text=f"{title.strip()}: {why.strip()}")
    if ballot.passed:
        agendas.add(work, meeting_id, title=title, later=True, **said)
    return ballot


def take_off(work: Work, item_id: UUID, *, why: str, count: Count | None = None, way: str = "offen",
             version: int | None = None) -> Ballot:
    """Let the body take an item off its agenda, with two thirds of those present (§ 34 Abs. 7 GemO)."""
    ballot = _about(work, item_id, "absetzung", why, count, way, version)
    if ballot.passed:
        agendas.take_off(work, item_id, reason=why, by_body=True)
    return ballot


def reorder(work: Work, item_id: UUID, *, place: int, count: Count | None = None, way: str = "offen",
            version: int | None = None) -> Ballot:
    """Let the body give an item another place, by majority."""
    item, _, _ = agendas.locked(work, item_id)
    ballot = _about(work, item_id, "reihenfolge", f"{item.title}: {place}", count, way, version)
    if ballot.passed:
        agendas.move_to(work, item_id, place)
    return ballot


def secret(work: Work, item_id: UUID, *, count: Count | None = None, way: str = "offen",
           version: int | None = None) -> Ballot:
    """Let the body decide that it votes on an item in secret: two thirds of the statutory number (§ 33 LKO)."""
    return _about(work, item_id, "geheim", "", count, way, version)


def close_doors(work: Work, item_id: UUID, *, why: str, count: Count | None = None, way: str = "offen",
                version: int | None = None) -> Ballot:
    """Let the body treat an item in non-public session, with two thirds of those present (§ 28 Abs. 1 LKO)."""
    _require({"why": why})
    ballot = _about(work, item_id, "nichtoeffentlich", why, count, way, version)
    if ballot.passed:
        item, _, instance = agendas.locked(work, item_id)
        item.public, item.public_reason = False, why.strip()
        events.record(work, "agenda_item.changed", item, instance, title=item.title, public=False, reason=why.strip())
    return ballot


def doubt(work: Work, item_id: UUID, person_id: UUID, *, why: str, count: Count | None = None, way: str = "offen",
          version: int | None = None) -> Ballot:
    """Let the body decide in doubt whether a member is excluded, without them and in non-public session (§ 16 LKO).

    A member is kept out by this record only, since a wrong exclusion makes a
    resolution void like a wrong participation.
    """
    _require({"why": why, "person": str(person_id or "")})
    ballot = _about(work, item_id, "befangenheit", why, count, way, version, about=person_id)
    recusals.find(work, item_id, person_id, excluded=ballot.passed, reason=why)
    return ballot


def of_agenda(work: Work, meeting: Meeting) -> list[Ballot]:
    """The votes of a meeting on everything but its items' matters, in their order."""
    return [ballot for ballot in ballots.of_meeting(work, meeting) if ballot.motion != "sache"]


def _about(
    work: Work, item_id: UUID, motion: str, text: str, count: Count | None, way: str, version: int | None,
    about: UUID | None = None,
) -> Ballot:
    _, meeting, _ = agendas.locked(work, item_id)
    return ballots.hold(work, meeting.id, item_id, motion=motion, way=way, count=count, text=text, version=version,
                        about=about)


def _require(said: Mapping[str, str]) -> None:
    missing = {"title": Sentence("Bitte nennen Sie den Gegenstand.", "Please name the matter."),
               "why": Sentence("Bitte nennen Sie den Grund; er kommt in die Niederschrift.",
                               "Please give the reason; it goes into the minutes."),
               "person": Sentence("Bitte wählen Sie ein Mitglied.", "Please choose a member.")}
    fields = {name: [missing[name]] for name, value in said.items() if not value.strip()}
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
