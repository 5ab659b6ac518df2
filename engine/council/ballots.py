"""Ballots: votes on an item or a motion, their numbers and what they decide by which rule."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Sentence
from engine.work import Work

WAYS: dict[str, Sentence] = {
    "offen": Sentence("offen", "open"),
    "namentlich": Sentence("namentlich", "by name"),
    "geheim": Sentence("geheim", "secret"),
    "ohne_gegenrede": Sentence("ohne förmliche Abstimmung", "without a formal vote"),
}
MOTIONS: dict[str, Sentence] = {
    "sache": Sentence("zur Sache", "on the matter"),
    "dringlichkeit": Sentence("Feststellung der Dringlichkeit", "finding of urgency"),
    "aufnahme": Sentence("Aufnahme in die Tagesordnung", "adding to the agenda"),
    "absetzung": Sentence("Absetzung von der Tagesordnung", "taking off the agenda"),
    "reihenfolge": Sentence("Änderung der Reihenfolge", "change of the order"),
    "geheim": Sentence("geheime Abstimmung", "secret vote"),
    "nichtoeffentlich": Sentence("Ausschluss der Öffentlichkeit", "exclusion of the public"),
    "befangenheit": Sentence("Ausschließung eines Mitglieds", "exclusion of a member"),
    "einwendung": Sentence("Einwendung gegen die Niederschrift", "objection to the minutes"),
}


class Ballot(Table):
    """One vote with its numbers; a secret one holds nothing but them."""

    __tablename__ = "ballot"
    __table_args__ = (Index("ix_ballot_meeting", "meeting_id"), Index("ix_ballot_item", "item_id"))

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey(AgendaItem.id))
    motion: Mapped[str] = mapped_column(String(32))
    way: Mapped[str] = mapped_column(String(16))
    majority: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]
    """The wording that was voted on"""
    present: Mapped[int]
    excluded: Mapped[int]
    eligible: Mapped[int]
    yes: Mapped[int]
    no: Mapped[int]
    abstained: Mapped[int]
    invalid: Mapped[int]
    passed: Mapped[bool]
    quorum: Mapped[dict[str, Any]]
    """The ruling on the quorum at that moment: holds, rule, paragraph"""
    ruling: Mapped[dict[str, Any]]
    """The ruling on the majority: rule and paragraph"""
    held_at: Mapped[datetime]
    replaced_by_id: Mapped[UUID | None]
    """The ballot that corrects this one; nothing is overwritten"""


class Vote(Table):
    """How one person voted by name."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("ballot_id", "person_id"),)

    ballot_id: Mapped[UUID] = mapped_column(ForeignKey(Ballot.id))
    person_id: Mapped[UUID]
    for_id: Mapped[UUID | None]
    choice: Mapped[str] = mapped_column(String(16))
    """ja, nein or enthaltung"""


def decisive(work: Work, item: AgendaItem) -> Ballot | None:
    """The last ballot on the matter of an item that was not corrected, or None."""
    query = select(Ballot).where(Ballot.item_id == item.id, Ballot.motion == "sache", Ballot.replaced_by_id.is_(None))
    return work.session.scalar(query.order_by(Ballot.held_at.desc(), Ballot.id.desc()).limit(1))
