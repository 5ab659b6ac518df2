"""What happened: one row per act, written with the act, chained by hashes, never changed.

Each instance has a chain of its own; what belongs to no instance (deployments,
people, bodies) stands in the chain of the house.  An event's hash covers its
content and the hash before it, so that changing, removing or inserting one
breaks every later hash.  Personal data never stands in an event: it holds a
salted digest, and the value lies in `PersonalDatum`, where it can be erased
while the chain still verifies.

What is hashed is one JSON array whose last item is the very text that stands in
the row, so that verifying neither reads nor writes JSON.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Dialect, LargeBinary, String, Text, TypeDecorator, insert, select
from sqlalchemy import event as listening
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import Base, BigInt, Table, new_id
from engine.work import Work

HOUSE = UUID(int=0)
"""The id of the chain of everything that belongs to no instance."""


class Digest(TypeDecorator[str]):
    """A SHA-256: 64 hex digits to whoever reads it, 32 bytes in the database."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).hex()


class Canonical(TypeDecorator[dict[str, Any]]):
    """JSON as text in its one canonical spelling; a text that is bound counts as spelled so already."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | str | None, dialect: Dialect) -> str | None:
        return value if value is None or isinstance(value, str) else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else orjson.loads(value)


class Chained:
    """What a row carries that has a chain: how long it is, its last hash, and whether it grew since it was sealed."""

    chain_length: Mapped[int] = mapped_column(BigInt)
    chain_head: Mapped[str] = mapped_column(String(64))
    unsealed: Mapped[bool]


UNWRITTEN = "unwritten events"
"""Under which key a session keeps what was recorded since its last flush."""
NEW_CHAIN: dict[str, Any] = {"chain_length": 0, "chain_head": "", "unsealed": False}
"""The values of a chain in which nothing has happened yet."""


class Chain(Chained, Table):
    """The chain of the house; locked by whoever appends to it."""

    __tablename__ = "chain"


class Event(Base):
    """Somebody did something to something at some moment."""

    __tablename__ = "event"

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
    particulars: Mapped[dict[str, Any]] = mapped_column(Canonical)
    hash: Mapped[str] = mapped_column(Digest)


_INSERT = insert(Event.__table__)  # type: ignore[arg-type]  # a mapped class's table is a Table


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
) -> None:
    """Append one event to *chain* (an instance; None: the house) in the transaction of *work*.

    The caller holds the lock of the chain's row. *particulars* are JSON values,
    dates and decimals; personal values go through `conceal` first. All events
    of an act are written by one statement, when the session is flushed.
    """
    owner = chain if chain is not None else _house(work)
    seq, at, kind, said = owner.chain_length + 1, work.now.astimezone(UTC), type(subject).__name__.lower(), canonical(
        particulars)
    actor = work.actor
    digest = hashed(
        owner.chain_head, owner.id, seq, at, actor.kind, actor.id, for_id, verb, kind, subject.id, said.encode()
    ).hexdigest()
    owner.chain_length, owner.chain_head, owner.unsealed = seq, digest, True
    work.session.info.setdefault(UNWRITTEN, []).append({
        "chain_id": owner.id, "seq": seq, "at": at, "actor_kind": actor.kind, "actor_id": actor.id, "for_id": for_id,
        "verb": verb, "subject_kind": kind, "subject_id": subject.id, "particulars": said, "hash": digest,
    })


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


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Every concealed value inside *value*, as (ref, digest)."""
    if isinstance(value, dict):
        if value.keys() == {"ref", "digest"}:
            yield value["ref"], value["digest"]
        else:
            for item in value.values():
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def canonical(value: Any) -> str:
    """*value* as JSON in its one spelling: sorted keys, no blanks; dates, decimals and ids as text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()


def hashed(before: str, *content: Any) -> "hashlib._Hash":
    """SHA-256 over one JSON array: the hash *before*, then *content*, whose last item is JSON already (bytes)."""
    head = orjson.dumps([before, *content[:-1]])
    return hashlib.sha256(head[:-1] + b"," + content[-1] + b"]")


def digest_of(event: Event, before: str) -> str:
    """The hash that *event* has behind the hash *before*, in hex."""
    return hashed(
        before, event.chain_id, event.seq, event.at.astimezone(UTC), event.actor_kind, event.actor_id, event.for_id,
        event.verb, event.subject_kind, event.subject_id, canonical(event.particulars).encode(),
    ).hexdigest()


@listening.listens_for(Session, "after_flush")
def _write(session: Session, context: Any) -> None:
    # Recording changes the chain's row, so whatever is recorded is followed by a flush before the commit.
    if rows := session.info.pop(UNWRITTEN, None):
        session.connection().execute(_INSERT, rows)


@listening.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: Any) -> None:
    session.info.pop(UNWRITTEN, None)


def _house(work: Work) -> Chain:
    for row in work.session.identity_map.values():
        if isinstance(row, Chain):  # locked by an earlier event of this work
            return row
    for row in work.session.new:
        if isinstance(row, Chain):
            return row
    chain = work.session.scalar(select(Chain).where(Chain.id == HOUSE).with_for_update())
    return chain if chain is not None else work.add(Chain(id=HOUSE, **NEW_CHAIN))
