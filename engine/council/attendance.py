"""Attendance: who is in the room from when to when, for themselves or for a member they stand in for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.council.meetings import Meeting
from engine.database import Table


class Presence(Table):
    """One stay of one person in one meeting; who leaves and comes back has two."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_meeting", "meeting_id", "person_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    person_id: Mapped[UUID]
    for_id: Mapped[UUID | None]
    """The member represented; None: a member's own seat"""
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
