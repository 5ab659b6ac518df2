"""What happened: one row per act, written with the act, chained by hashes, never changed.

Each instance has a chain of its own; what belongs to no instance (deployments,
people, bodies) stands in the chain of the house.  An event's hash covers its
content and the hash before it, so that changing, removing or inserting one
breaks every later hash.  Personal data never stands in an event: it holds a
salted digest, and the value lies in `PersonalDatum`, where it can be erased
while the chain still verifies.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, BigInt, Table, new_id
from engine.work import Work

HOUSE = UUID(int=0)
"""The id of the chain of everything that belongs to no instance."""


class Chained:
    """What a row carries that has a chain: how long it is, its last hash, and how much of it is sealed."""

    chain_length: Mapped[int] = mapped_column(BigInt)
    chain_head: Mapped[str] = mapped_column(String(64))
    sealed_length: Mapped[int] = mapped_column(BigInt)


NEW_CHAIN: dict[str, Any] = {"chain_length": 0, "chain_head": "", "sealed_length": 0}
"""The values of a chain in which nothing has happened yet."""


class Chain(Chained, Table):
    """The chain of the house; locked by whoever appends to it."""

    __tablename__ = "chain"


class Event(Base):
    """Somebody did something to something at some moment."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_id"),)

    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[UUID | None]
    for_id: Mapped[UUID | None]
    """The person represented, where a deputy acted."""
    verb: Mapped[str] = mapped_column(String(64))
    """noun.past_tense, for instance task.completed"""
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[UUID]
    particulars: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))


class PersonalDatum(Table):
    """One personal value that an event refers to; erasing sets the value to None and keeps salt and digest."""

    __tablename__ = "personal_datum"

    subject_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(128))
    salt: Mapped[str] = mapped_column(String(32))
    value: Mapped[str | None]
    erased_at: Mapped[datetime | None]


def record(
    work: Work,
    verb: str,
    subject: Table,
    chain: Any = None,
    *,
    for_id: UUID | None = None,
    **particulars: Any,
) -> Event:
    """Append one event to *chain* (an instance; None: the house) in the transaction of *work*.

    The caller holds the lock of the chain's row. *particulars* are JSON values,
    dates and decimals; personal values go through `conceal` first.
    """
    owner = chain if chain is not None else _house(work)
    event = Event(
        chain_id=owner.id,
        seq=owner.chain_length + 1,
        at=work.now.astimezone(UTC),
        actor_kind=work.actor.kind,
        actor_id=work.actor.id,
        for_id=for_id,
        verb=verb,
        subject_kind=type(subject).__name__.lower(),
        subject_id=subject.id,
        particulars=orjson.loads(orjson.dumps(particulars, default=str)),
    )
    event.hash = digest_of(event, owner.chain_head)
    owner.chain_length = event.seq
    owner.chain_head = event.hash
    work.session.add(event)
    return event


def conceal(work: Work, subject: Table, name: str, value: Any) -> dict[str, str]:
    """Store a personal value beside the history and return what an event may say of it: a salted digest."""
    datum = PersonalDatum(
        id=new_id(), subject_id=subject.id, name=name, salt=secrets.token_hex(16), value=str(value), erased_at=None
    )
    work.session.add(datum)
    return {"ref": str(datum.id), "digest": salted(datum.salt, str(value))}


def is_concealed(work: Work, said: Any, value: Any) -> bool:
    """Whether what an event says of a personal value (what `conceal` returned) is about *value*."""
    datum = work.session.get(PersonalDatum, UUID(said["ref"])) if isinstance(said, dict) and "ref" in said else None
    return datum is not None and datum.value is not None and salted(datum.salt, str(value)) == said["digest"]


def erase(work: Work, subject_id: UUID) -> int:
    """Erase every personal value kept for *subject_id*; return how many there were. The chains stay valid."""
    data = work.session.scalars(
        select(PersonalDatum).where(PersonalDatum.subject_id == subject_id, PersonalDatum.value.is_not(None))
    ).all()
    for datum in data:
        datum.value, datum.erased_at = None, work.now
    return len(data)


def salted(salt: str, value: str) -> str:
    """The digest of *value* under *salt*: SHA-256, in hex."""
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()


def digest_of(event: Event, before: str) -> str:
    """The hash of *event* behind the hash *before*: SHA-256 over both as canonical JSON (sorted keys), in hex."""
    content = [
        before, str(event.chain_id), event.seq, event.at.astimezone(UTC).isoformat(), event.actor_kind,
        _text(event.actor_id), _text(event.for_id), event.verb, event.subject_kind, str(event.subject_id),
        event.particulars,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)


def _house(work: Work) -> Chain:
    for row in work.session.identity_map.values():
        if isinstance(row, Chain):  # locked by an earlier event of this work
            return row
    for row in work.session.new:
        if isinstance(row, Chain):
            return row
    chain = work.session.scalar(select(Chain).where(Chain.id == HOUSE).with_for_update())
    return chain if chain is not None else work.add(Chain(id=HOUSE, **NEW_CHAIN))
