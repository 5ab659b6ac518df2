"""Moments at which an instance has to be woken."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base
from engine.work import Work

NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Timer(Base):
    """One instance waits for one moment."""

    __tablename__ = "timer"

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    instance: Mapped[Any] = relationship("Instance", lazy="raise")
    """Tells the database's session to write the instance first; nothing reads it."""
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The engine's id of what waits; stays the same as long as it waits."""
    element: Mapped[str] = mapped_column(String(128))
    due_at: Mapped[datetime]
    try_at: Mapped[datetime] = mapped_column(index=True)
    """When to try next: due_at, or later after a failure."""
    tries: Mapped[int]


def change(work: Work, instance_id: UUID, gone: Collection[str], come: Mapping[str, tuple[str, datetime]]) -> None:
    """Remove the timers under the keys *gone* and add *come*: key -> (element, due moment)."""
    if gone:
        work.session.execute(delete(Timer).where(Timer.instance_id == instance_id, Timer.key.in_(gone)))
    for key, (element, due_at) in come.items():
        work.session.add(
            Timer(instance_id=instance_id, key=key, element=element, due_at=due_at, try_at=due_at, tries=0)
        )


def park(work: Work, instance_id: UUID) -> None:
    """Let no timer of an instance come due until `unpark`."""
    _try_at(work, update(Timer).where(Timer.instance_id == instance_id).values(try_at=NEVER))


def unpark(work: Work, instance_id: UUID, given_up: int) -> None:
    """Let the timers of an instance come due again, except those that failed *given_up* times: they are incidents."""
    query = update(Timer).where(Timer.instance_id == instance_id, Timer.tries < given_up)
    _try_at(work, query.values(try_at=Timer.due_at))


def due(work: Work, instance_id: UUID) -> list[Timer]:
    """The timers of one instance whose moment has come, earliest first."""
    query = select(Timer).where(Timer.instance_id == instance_id, Timer.try_at <= work.now)
    return list(work.session.scalars(query.order_by(Timer.due_at)))


def of_instance(work: Work, instance_id: UUID) -> list[Timer]:
    """All timers of one instance, earliest first."""
    return list(work.session.scalars(select(Timer).where(Timer.instance_id == instance_id).order_by(Timer.due_at)))


def _try_at(work: Work, query: Any) -> None:
    work.session.execute(query, execution_options={"synchronize_session": False})
