"""Recusals (§ 16 LKO): who may not take part in an item, declared by themselves or found by the body.

Taking part in spite of a conflict of interest makes a resolution void, and so
does being kept out without one.  So nobody is left out by a mere suspicion: a
member declares it, or the body finds it without the member.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import agendas, meetings
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.identity.bodies import BERLIN
from engine.work import Work


class Recusal(Table):
    """One person is (or is held not to be) excluded from one item."""

    __tablename__ = "recusal"
    __table_args__ = (UniqueConstraint("item_id", "person_id"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey(AgendaItem.id))
    person_id: Mapped[UUID]
    reason: Mapped[str]
    declared_at: Mapped[datetime]
    declared_by: Mapped[UUID | None]
    found: Mapped[str] = mapped_column(String(16))
    """declared: by the person; excluded or not_excluded: found by the body, where it was in doubt"""
    found_at: Mapped[datetime | None]


def declare(work: Work, item_id: UUID, reason: str, *, person_id: UUID | None = None) -> Recusal:
    """Declare that a member has a conflict of interest in an item: the actor, or (*person_id*) noted by the office.

    Invalid without a reason; Conflict once the item has its result.
    """
    item, meeting, instance = agendas.locked(work, item_id)
    if person_id is None:
        for_id = meetings.require_member(work, meeting)
        person_id = work.actor.id
    else:
        for_id = meetings.require_office(work)
    agendas.require_open(item)
    if not reason.strip() or person_id is None:
        raise Invalid(
            "Bitte sehen Sie sich die markierten Angaben noch einmal an.",
            "Please look at the marked fields again.",
            fields={"reason": [Sentence("Bitte nennen Sie den Grund der Befangenheit (§ 16 Abs. 1 LKO).",
                                        "Please give the reason of the conflict of interest (§ 16 Abs. 1 LKO).")]})
    row = of_person(work, item, person_id)
    if row is None:
        row = work.add(Recusal(item_id=item.id, person_id=person_id, reason=reason.strip(), declared_at=work.now,
                               declared_by=work.actor.id, found="declared", found_at=None))
    row.reason, row.found, row.declared_at = reason.strip(), "declared", work.now
    events.record(work, "recusal.declared", row, instance, for_id=for_id, person=person_id, title=item.title)
    work.session.flush()
    return row


def find(work: Work, item_id: UUID, person_id: UUID, *, excluded: bool, reason: str) -> Recusal:
    """Write down what the body found about a member in doubt, deciding without them (§ 16 Abs. 5 LKO)."""
    for_id = meetings.require_office(work)
    item, _, instance = agendas.locked(work, item_id)
    agendas.require_open(item)
    row = of_person(work, item, person_id)
    if row is None:
        row = work.add(Recusal(item_id=item.id, person_id=person_id, reason=reason.strip(), declared_at=work.now,
                               declared_by=work.actor.id, found="declared", found_at=None))
    row.found, row.found_at = "excluded" if excluded else "not_excluded", work.now
    events.record(work, "recusal.found", row, instance, for_id=for_id, person=person_id, title=item.title,
                  excluded=excluded, reason=reason.strip())
    work.session.flush()
    return row


def concerning(
    work: Work, persons: Collection[UUID], body_id: UUID | None, begins: date, ends: date | None
) -> list[tuple[UUID, AgendaItem, Meeting]]:
    """Open items from which one of *persons* is excluded, in meetings of that time; of one body, or of all."""
    query = select(Recusal.person_id, AgendaItem, Meeting).join(AgendaItem, AgendaItem.id == Recusal.item_id).join(
        Meeting, Meeting.id == AgendaItem.meeting_id).where(
            Recusal.person_id.in_(persons), Recusal.found != "not_excluded", AgendaItem.result.is_(None),
            Meeting.starts_at >= datetime.combine(begins, time(), BERLIN))
    if body_id is not None:
        query = query.where(Meeting.body_id == body_id)
    if ends is not None:
        query = query.where(Meeting.starts_at < datetime.combine(ends + timedelta(days=1), time(), BERLIN))
    return [(person, item, meeting) for person, item, meeting in work.session.execute(
        query.order_by(Meeting.starts_at, AgendaItem.id))]


def of_person(work: Work, item: AgendaItem, person_id: UUID) -> Recusal | None:
    """The recusal of one person in one item, or None."""
    return work.session.scalar(select(Recusal).where(Recusal.item_id == item.id, Recusal.person_id == person_id))


def of_item(work: Work, item: AgendaItem) -> list[Recusal]:
    """What was declared and found about an item, in the order it came."""
    query = select(Recusal).where(Recusal.item_id == item.id)
    return list(work.session.scalars(query.order_by(Recusal.declared_at, Recusal.id)))


def excluded(work: Work, item: AgendaItem) -> set[UUID]:
    """The people who may not take part in the item."""
    return {row.person_id for row in of_item(work, item) if row.found != "not_excluded"}


def of_meeting(work: Work, meeting: Meeting) -> dict[UUID, list[Recusal]]:
    """The recusals of a meeting by item."""
    query = select(Recusal).join(AgendaItem, AgendaItem.id == Recusal.item_id).where(
        AgendaItem.meeting_id == meeting.id)
    found: dict[UUID, list[Recusal]] = {}
    for row in work.session.scalars(query.order_by(Recusal.declared_at)):
        found.setdefault(row.item_id, []).append(row)
    return found


def deny(work: Work, item_id: UUID) -> AgendaItem:
    """Say that one has no conflict of interest in an item, which opens its proposal and papers; Conflict if one has."""
    item, meeting, instance = agendas.locked(work, item_id)
    for_id = meetings.require_member(work, meeting)
    if work.actor.id is not None and work.actor.id in excluded(work, item):
        raise Conflict(
            "Zu diesem Punkt sind Sie als befangen eingetragen (§ 16 LKO). Ist das falsch, wenden Sie sich bitte an "
            "den Sitzungsdienst; das Gremium kann darüber entscheiden.",
            "You are entered as having a conflict of interest in this item (§ 16 LKO). If that is wrong, please turn "
            "to the council's office; the body can decide on it.",
        )
    events.record(work, "recusal.denied", item, instance, for_id=for_id, title=item.title)
    return item


def denied(work: Work, meeting: Meeting) -> set[UUID]:
    """The items of a meeting of which the actor has said to have no conflict of interest."""
    query = select(events.Event.subject_id).where(
        events.Event.chain_id == meeting.instance_id, events.Event.verb == "recusal.denied",
        events.Event.actor_id == work.actor.id)
    return set(work.session.scalars(query))
