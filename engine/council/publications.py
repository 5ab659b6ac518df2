"""What the public may read of the bodies: coming meetings, public items, resolutions with wording and votes.

Only meetings that are public at all, and of them only public items (§ 28 Abs. 1
LKO); of the others no more than how many there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import extract, func, or_, select

from engine.council import agendas, ballots
from engine.council.agendas import AgendaItem
from engine.council.ballots import Ballot
from engine.council.meetings import Meeting
from engine.errors import NotFound
from engine.identity.bodies import BERLIN, Body
from engine.work import Page, Work

SHOWN = ("terminiert", "eingeladen", "laeuft", "durchgefuehrt", "abgesagt")
DECIDED = ("beschlossen", "geaendert_beschlossen", "abgelehnt")


@dataclass(frozen=True)
class PublicItem:
    """A public item with its number, and once it is decided its votes."""

    item: AgendaItem
    number: str
    ballot: Ballot | None


@dataclass(frozen=True)
class Resolved:
    """A resolution with the meeting and body that passed or rejected it."""

    item: AgendaItem
    meeting: Meeting
    body: Body
    ballot: Ballot | None


def coming(work: Work, size: int = 50) -> list[tuple[Meeting, Body]]:
    """The public meetings to come, the next first."""
    query = _public().where(Meeting.starts_at >= work.now, Meeting.state.in_(("terminiert", "eingeladen", "abgesagt")))
    rows = work.session.execute(query.order_by(Meeting.starts_at, Meeting.id).limit(size))
    return [(meeting, body) for meeting, body in rows]


def past(work: Work, number: int = 1, size: int = 25) -> Page:
    """The public meetings that were held, the latest first, as a page of (meeting, body)."""
    query = _public().where(Meeting.state.in_(("laeuft", "durchgefuehrt")))
    total = work.session.scalar(query.with_only_columns(func.count(Meeting.id))) or 0
    rows = work.session.execute(
        query.order_by(Meeting.starts_at.desc(), Meeting.id).offset((number - 1) * size).limit(size))
    return Page([(meeting, body) for meeting, body in rows], total, number, size)


def show(work: Work, meeting_id: UUID) -> tuple[Meeting, Body]:
    """A public meeting; NotFound for all others, so that nobody learns that they exist."""
    found = work.session.execute(
        _public().where(Meeting.id == meeting_id, Meeting.state.in_(SHOWN))).one_or_none()
    if found is None:
        raise NotFound("Eine öffentliche Sitzung gibt es unter dieser Adresse nicht. Bitte prüfen Sie die Adresse.",
                       "There is no public meeting under this address. Please check the address.")
    return found[0], found[1]


def agenda(work: Work, meeting: Meeting) -> tuple[list[PublicItem], int]:
    """The public items of a public meeting, once members were invited, and how many items are not public.

    Before the invitation the agenda is not final; then only what processes have registered is told.
    """
    items = agendas.of(work, meeting)
    numbers = agendas.numbers(items)
    final = meeting.invited_at is not None
    shown = [item for item in items if item.public and item.result != "abgesetzt"
             and (final or item.role != "formalie")]
    held = meeting.state == "durchgefuehrt"
    return [PublicItem(item, numbers[item.id], ballots.decisive(work, item) if held and item.result else None)
            for item in shown], sum(not item.public for item in items)


def resolutions(
    work: Work, *, body: str = "", year: int | None = None, search: str = "", number: int = 1, size: int = 25
) -> Page:
    """What public bodies have decided in public, the latest first, as a page of `Resolved`."""
    query = (
        select(AgendaItem, Meeting, Body).join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(Body, Body.id == Meeting.body_id)
        .where(Meeting.public, Meeting.state == "durchgefuehrt", AgendaItem.public, AgendaItem.result.in_(DECIDED))
    )
    if body:
        query = query.where(Body.key == body)
    if year is not None:
        query = query.where(extract("year", Meeting.starts_at) == year)
    if search:
        pattern = f"%{search.casefold()}%"
        query = query.where(or_(func.lower(AgendaItem.title).like(pattern),
                                func.lower(AgendaItem.wording).like(pattern), AgendaItem.business_key.like(pattern)))
    total = work.session.scalar(query.with_only_columns(func.count(AgendaItem.id))) or 0
    rows = work.session.execute(query.order_by(Meeting.starts_at.desc(), AgendaItem.position, AgendaItem.id)
                                .offset((number - 1) * size).limit(size))
    return Page([Resolved(item, meeting, group, ballots.decisive(work, item)) for item, meeting, group in rows],
                total, number, size)


def coming_of_idea(work: Work, idea_id: UUID) -> list[tuple[AgendaItem, str, Meeting, Body]]:
    """Where an idea stands on a coming agenda: item, its number, meeting, body; of bodies that advise, too."""
    found = []
    for item, meeting in agendas.of_subject(work, idea_id):
        if item.result is None and meeting.state in ("terminiert", "eingeladen", "laeuft"):
            number = agendas.numbers(agendas.of(work, meeting))[item.id] if meeting.invited_at else ""
            found.append((item, number, meeting, work.get(Body, meeting.body_id)))
    return found


def bodies_that_decided(work: Work) -> list[Body]:
    """The bodies whose resolutions are public, by name."""
    query = select(Body).join(Meeting, Meeting.body_id == Body.id).where(
        Meeting.public, Meeting.state == "durchgefuehrt")
    return list(work.session.scalars(query.distinct().order_by(Body.name)))


def years(work: Work) -> list[int]:
    """The years in which public meetings were held, the latest first."""
    moments: list[datetime] = list(work.session.scalars(
        select(Meeting.starts_at).where(Meeting.public, Meeting.state == "durchgefuehrt")))
    return sorted({moment.astimezone(BERLIN).year for moment in moments}, reverse=True)


def _public() -> Any:
    return select(Meeting, Body).join(Body, Body.id == Meeting.body_id).where(Meeting.public)
