"""Messages between instances, and between people without an account and instances.

A message that an instance sends is a row until a worker delivered it; an
instance that waits for one is a row, too.  A message reaches one receiver: the
instance that waits longest for its name and correlation, or else a new
instance of the process that such a message starts.  A signal goes to everybody
who waits for its name when it is thrown, and to each process that starts on
it: one row for each, so that none hinders another.  Messages of one lane, that
is under one correlation, arrive in the order they were sent; one that was
given up and is retried by a person arrives when it does.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, Table
from engine.work import Work

_HELD = text("held_for IS NOT NULL")


class Message(Table):
    """A message on its way."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_held", "held_for", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("ix_message_lane", "correlation", "name"),
    )

    kind: Mapped[str] = mapped_column(String(16), server_default="message")
    """message, signal for the instance whose id is the correlation, or start of the process whose id that is"""
    name: Mapped[str] = mapped_column(String(128))
    correlation: Mapped[str | None] = mapped_column(String(256))
    payload: Mapped[dict[str, Any]]
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"))
    sender: Mapped[Any] = relationship("Instance", lazy="raise")
    """Tells the database's session to write the instance first; nothing reads it."""
    created_at: Mapped[datetime]
    try_at: Mapped[datetime | None] = mapped_column(index=True)
    """When to try next; None: given up, an incident says why."""
    tries: Mapped[int]
    held_for: Mapped[UUID | None] = mapped_column()
    """The instance that rests and will get it when it goes on; try_at is None meanwhile"""

    @property
    def lane(self) -> tuple[str | None, str]:
        """What it shares with the messages it must not overtake."""
        return lane(self.name, self.correlation)


class Subscription(Base):
    """One instance waits for one message or signal."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_name", "name", "correlation"),)

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    instance: Mapped[Any] = relationship("Instance", lazy="raise")
    """Tells the database's session to write the instance first; nothing reads it."""
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), server_default="message")
    """message or signal"""
    element: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    correlation: Mapped[str | None] = mapped_column(String(256))
    since: Mapped[datetime]


def lane(name: str, correlation: str | None) -> tuple[str | None, str]:
    """In what order messages arrive is kept among those of one lane: under one correlation, or else of one name."""
    return correlation, name if correlation is None else ""


def send(
    work: Work, sender_id: UUID, name: str, correlation: str | None, payload: dict[str, Any],
    held_for: UUID | None = None, kind: str = "message",
) -> Message:
    """Put a message on its way; a worker delivers it after the commit, or after `release` if it is held."""
    return work.add(Message(
        kind=kind, name=name, correlation=correlation, payload=payload, sender_id=sender_id, created_at=work.now,
        try_at=None if held_for else work.now, tries=0, held_for=held_for,
    ))


def broadcast(work: Work, sender_id: UUID, name: str, payload: dict[str, Any], starts: Iterable[str]) -> None:
    """Put a signal on its way to each other instance that waits for it now, and to the processes *starts* it starts.

    Source: BPMN 2.0.2, 10.5.1.
    """
    waiting = select(Subscription.instance_id).where(
        Subscription.name == name, Subscription.kind == "signal", Subscription.instance_id != sender_id,
    ).distinct()
    for receiver_id in sorted(work.session.scalars(waiting)):
        send(work, sender_id, name, str(receiver_id), payload, kind="signal")
    for process_id in starts:
        send(work, sender_id, name, process_id, payload, kind="start")


def waits_for_signal(work: Work, instance_id: UUID, name: str) -> bool:
    """Whether the instance (still) waits for the signal."""
    query = select(Subscription.key).where(
        Subscription.instance_id == instance_id, Subscription.name == name, Subscription.kind == "signal")
    return work.session.scalar(query.limit(1)) is not None


def recipient(work: Work, message: Message) -> UUID | None:
    """The instance that a message on its way goes to, or None if none waits for it or it starts one."""
    if message.kind == "message":
        return receiver(work, message.name, message.correlation)
    return UUID(message.correlation) if message.kind == "signal" else None


def hold(work: Work, instance_id: UUID, name: str, correlation: str | None, payload: dict[str, Any]) -> None:
    """Keep a message for an instance that rests; the same one sent twice is kept once."""
    query = select(Message).where(Message.held_for == instance_id, Message.name == name)
    if not any((row.correlation, row.payload) == (correlation, payload) for row in work.session.scalars(query)):
        send(work, instance_id, name, correlation, payload, held_for=instance_id)


def release(work: Work, instance_id: UUID) -> None:
    """Send the messages that were held for an instance on their way again."""
    query = update(Message).where(Message.held_for == instance_id).values(held_for=None, try_at=work.now)
    work.session.execute(query, execution_options={"synchronize_session": False})


def change(
    work: Work, instance_id: UUID, gone: Collection[str], come: Mapping[str, tuple[str, str, str | None, str]]
) -> None:
    """Remove the subscriptions under the keys *gone* and add *come*: key -> (element, name, correlation, kind)."""
    if gone:
        work.session.execute(
            delete(Subscription).where(Subscription.instance_id == instance_id, Subscription.key.in_(gone))
        )
    for key, (element, name, correlation, kind) in come.items():
        work.session.add(Subscription(
            instance_id=instance_id, key=key, kind=kind, element=element, name=name, correlation=correlation,
            since=work.now,
        ))


def keep(work: Work, instance_id: UUID, awaited: Mapping[str, tuple[str, str | None]]) -> list[str]:
    """Remove the subscriptions of an instance that do not say what *awaited* says: key -> (name, correlation).

    Returns the keys of those that are left.
    """
    left = []
    for row in work.session.scalars(select(Subscription).where(Subscription.instance_id == instance_id)).all():
        if awaited.get(row.key) == (row.name, row.correlation):
            left.append(row.key)
        else:
            work.session.delete(row)
    work.session.flush()
    return sorted(left)


def receiver(work: Work, name: str, correlation: str | None) -> UUID | None:
    """The instance that has waited longest for this message, or None."""
    query = select(Subscription.instance_id).where(
        Subscription.name == name, Subscription.correlation == correlation, Subscription.kind == "message")
    return work.session.scalar(query.order_by(Subscription.since, Subscription.instance_id).limit(1))


def awaited(work: Work, correlation: str) -> set[str]:
    """The names of the messages that somebody waits for under this correlation."""
    return set(work.session.scalars(select(Subscription.name).where(Subscription.correlation == correlation)))
