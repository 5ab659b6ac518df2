"""Recusals (§ 16 LKO): who may not take part in an item, declared or found by the body."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.council.agendas import AgendaItem
from engine.database import Table


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
