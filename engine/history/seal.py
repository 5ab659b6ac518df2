"""Seals: checkpoints over all chains, and the proof that nothing was changed.

A chain proves its own order; whoever can write the database could still
rewrite a whole chain.  A seal therefore fixes the heads of all chains that
grew since the last one, chained to it.  Its hash, printed or mailed, kept
outside this database, is what an auditor compares with years later.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Sentence
from engine.history.events import Chained, Event, PersonalDatum, digest_of, salted
from engine.work import Work

BATCH = 2000


class Seal(Table):
    """The heads of all chains that grew since the seal before it."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime]
    entries: Mapped[list[Any]]
    """[chain id, length, head] of each chain"""
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class Broken:
    """One place where the history does not agree with itself."""

    chain_id: UUID | None
    seq: int | None
    what: Sentence


def seal(work: Work) -> Seal | None:
    """Seal every chain that grew since the last seal; None if none did."""
    last = work.session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1).with_for_update())
    entries: list[list[Any]] = []
    for owner in _owners():
        query = select(owner).where(owner.chain_length > owner.sealed_length).order_by(owner.id).with_for_update()
        for row in work.session.scalars(query):
            entries.append([str(row.id), row.chain_length, row.chain_head])
            row.sealed_length = row.chain_length
    if not entries:
        return None
    number = last.number + 1 if last else 1
    digest = _digest(number, work.now, entries, last.hash if last else "")
    return work.add(Seal(number=number, at=work.now, entries=entries, hash=digest))


def seals(work: Work, limit: int = 50) -> list[Seal]:
    """The latest seals, newest first."""
    return list(work.session.scalars(select(Seal).order_by(Seal.number.desc()).limit(limit)))


def verify(work: Work, chain_id: UUID | None = None) -> Iterator[Broken]:
    """Yield every place where the history was changed; nothing, if it is whole.

    With *chain_id* only that chain is read. Without it all chains, all seals
    and all personal values are.
    """
    heads = _heads(work, chain_id)
    sealed = _sealed(work)
    yield from _chains(work, chain_id, heads, sealed)
    if chain_id is None:
        yield from _seals(work)
        yield from _personal(work)


def _chains(
    work: Work, only: UUID | None, heads: dict[UUID, tuple[int, str]], sealed: dict[UUID, dict[int, str]]
) -> Iterator[Broken]:
    query = select(Event).order_by(Event.chain_id, Event.seq).execution_options(yield_per=BATCH)
    if only is not None:
        query = query.where(Event.chain_id == only)
    chain, seq, head, sound = None, 0, "", True
    for event in work.session.scalars(query):
        if event.chain_id != chain:
            yield from _end(chain, seq, head, heads, sealed, sound)
            chain, seq, head, sound = event.chain_id, 0, "", True
        if sound and event.seq != seq + 1:
            yield Broken(chain, seq + 1, Sentence(
                f"Ereignis {seq + 1} fehlt; es folgt {event.seq}.", f"Event {seq + 1} is missing; {event.seq} follows."
            ))
            sound = False
        elif sound and digest_of(event, head) != event.hash:
            yield Broken(chain, event.seq, Sentence(
                f"Ereignis {event.seq} („{event.verb}“) wurde nachträglich geändert.",
                f"Event {event.seq} (“{event.verb}”) was changed afterwards.",
            ))
            sound = False
        fixed = sealed.get(event.chain_id, {}).pop(event.seq, None)
        if sound and fixed is not None and fixed != event.hash:
            yield Broken(chain, event.seq, Sentence(
                f"Ereignis {event.seq} stimmt nicht mit dem Siegel überein.",
                f"Event {event.seq} is not what was sealed.",
            ))
        seq, head = event.seq, event.hash
        work.session.expunge(event)
    yield from _end(chain, seq, head, heads, sealed, sound)
    for left, (length, _) in heads.items():
        if length:
            yield Broken(left, 1, Sentence("Alle Ereignisse der Kette fehlen.", "All events of the chain are missing."))


def _end(
    chain: UUID | None, seq: int, head: str,
    heads: dict[UUID, tuple[int, str]], sealed: dict[UUID, dict[int, str]], sound: bool,
) -> Iterator[Broken]:
    if chain is None:
        return
    known = heads.pop(chain, None)
    if sound and known is None:
        yield Broken(chain, None, Sentence("Zur Kette gibt es keinen Vorgang mehr.", "The chain's instance is gone."))
    elif sound and known is not None and known != (seq, head):
        yield Broken(chain, seq, Sentence(
            f"Die Kette endet mit Ereignis {seq}, der Vorgang nennt {known[0]}.",
            f"The chain ends with event {seq}, its instance says {known[0]}.",
        ))
    for missing in sealed.pop(chain, {}):
        yield Broken(chain, missing, Sentence(
            f"Das besiegelte Ereignis {missing} fehlt.", f"The sealed event {missing} is missing."
        ))


def _seals(work: Work) -> Iterator[Broken]:
    head, number = "", 0
    for row in work.session.scalars(select(Seal).order_by(Seal.number)):
        if row.number != number + 1 or row.hash != _digest(row.number, row.at, row.entries, head):
            yield Broken(None, row.number, Sentence(
                f"Das Siegel {row.number} wurde geändert oder eines davor entfernt.",
                f"Seal {row.number} was changed, or one before it removed.",
            ))
            return
        head, number = row.hash, row.number


def _personal(work: Work) -> Iterator[Broken]:
    data = {str(row.id): row for row in work.session.scalars(select(PersonalDatum))}
    if not data:
        return
    for event in work.session.scalars(select(Event).execution_options(yield_per=BATCH)):
        for ref, digest in references(event.particulars):
            datum = data.get(ref)
            if datum is not None and datum.value is not None and salted(datum.salt, datum.value) != digest:
                yield Broken(event.chain_id, event.seq, Sentence(
                    f"Eine persönliche Angabe zu Ereignis {event.seq} wurde geändert.",
                    f"A personal value of event {event.seq} was changed.",
                ))
        work.session.expunge(event)


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


def _owners() -> list[Any]:
    return [table for table in Chained.__subclasses__() if hasattr(table, "__table__")]


def _heads(work: Work, only: UUID | None) -> dict[UUID, tuple[int, str]]:
    heads: dict[UUID, tuple[int, str]] = {}
    for owner in _owners():
        query = select(owner.id, owner.chain_length, owner.chain_head)
        for key, length, head in work.session.execute(query if only is None else query.where(owner.id == only)):
            heads[key] = (length, head)
    return heads


def _sealed(work: Work) -> dict[UUID, dict[int, str]]:
    sealed: dict[UUID, dict[int, str]] = {}
    for entries in work.session.scalars(select(Seal.entries)):
        for key, length, head in entries:
            sealed.setdefault(UUID(key), {})[length] = head
    return sealed


def _digest(number: int, at: datetime, entries: list[Any], before: str) -> str:
    content = [before, number, at.astimezone(UTC).isoformat(), entries]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
