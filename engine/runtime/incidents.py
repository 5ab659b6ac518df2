"""What went wrong while nobody was watching, until somebody mended it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.work import Page, Work


class Incident(Table):
    """A step of an instance failed for good; a person has to look."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "resolved_at", "raised_at"),)

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """timer, message or task: what is tried again when the incident is retried"""
    key: Mapped[str] = mapped_column(String(64))
    """The timer's key, the message's or the task's id"""
    element: Mapped[str | None] = mapped_column(String(128))
    line: Mapped[int | None]
    error: Mapped[str]
    data: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]


def same(work: Work, instance_id: UUID, kind: str, key: str) -> Incident | None:
    """The open incident about the same thing, or None."""
    return work.session.scalar(select(Incident).where(
        Incident.instance_id == instance_id, Incident.kind == kind, Incident.key == key,
        Incident.resolved_at.is_(None),
    ))


def listing(work: Work, *, open_only: bool = True, number: int = 1, size: int = 25) -> Page:
    """Incidents, the latest first."""
    query = select(Incident)
    if open_only:
        query = query.where(Incident.resolved_at.is_(None))
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = work.session.scalars(query.order_by(Incident.raised_at.desc()).offset((number - 1) * size).limit(size))
    return Page(list(rows), total, number, size)


def of_instance(work: Work, instance_id: UUID) -> list[Incident]:
    """The incidents of one instance, the latest first."""
    query = select(Incident).where(Incident.instance_id == instance_id).order_by(Incident.raised_at.desc())
    return list(work.session.scalars(query))
