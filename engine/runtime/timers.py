"""Moments at which an instance has to be woken."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, inspect, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.util import identity_key

from engine.database import NEVER, Base
from engine.work import Work

TRIES = 3
"""How often a timer or a message is tried before it is given up."""


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
    """When to try next: due_at, or later after a failure; the end of time: given up, or its instance is suspended."""
    tries: Mapped[int]


def change(work: Work, instance_id: UUID, gone: Collection[str], come: Mapping[str, tuple[str, datetime]]) -> None:
    """Remove the timers under the keys *gone* and add *come*: key -> (element, due moment).

    Rows that this work has read are changed with the rest of what it writes,
    many at once; only others cost a statement here.
    """
    known = {key: row for key in gone if (row := _read(work, instance_id, key)) is not None}
    unread = [key for key in gone if key not in known]
    if unread:
        work.session.execute(delete(Timer).where(Timer.instance_id == instance_id, Timer.key.in_(unread)))
    for key, (element, due_at) in come.items():
        row = known.pop(key, None)
        if row is not None:
            row.due_at, row.try_at, row.tries = due_at, due_at, 0
            continue
        work.session.add(
            Timer(instance_id=instance_id, key=key, element=element, due_at=due_at, try_at=due_at, tries=0)
        )
    for row in known.values():
        work.session.delete(row)


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


def _read(work: Work, instance_id: UUID, key: str) -> Timer | None:
    row = work.session.identity_map.get(identity_key(Timer, (instance_id, key)))
    return row if isinstance(row, Timer) and not inspect(row).deleted else None
