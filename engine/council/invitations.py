"""Invitations: who was invited when and how, who has received it, who comes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Sentence
from engine.identity.people import Person

ANSWERS: dict[str, Sentence] = {
    "kommt": Sentence("Ich komme", "I come"),
    "kommt_nicht": Sentence("Ich komme nicht", "I do not come"),
    "vertretung": Sentence("Meine Vertretung kommt", "My deputy comes"),
}


class Invitation(Table):
    """One member's invitation to one meeting; what is sent anew (moved, changed) renews it."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    sequence: Mapped[int]
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    """When it counts as received: by mail the moment it is sent, by hand what the office notes"""
    waived: Mapped[bool]
    """The member waived the form or period"""
    answer: Mapped[str | None] = mapped_column(String(16))
    deputy_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
