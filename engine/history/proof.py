"""The proof that nothing was changed: one pass over a stretch of the chains, whatever their length.

Events, heads and seals are read side by side in the order of the chains and
forgotten as soon as they were compared, so that a history of any size takes the
same memory.  A stretch is looked at in one snapshot of the database and knows
nothing of the others: processes can share them out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, Text, cast, column, func, select, table, type_coerce, union_all
from sqlalchemy.types import NullType, Uuid

from engine.database import open_database
from engine.errors import Sentence
from engine.history.checkpoints import Seal, SealEntry, digest
from engine.history.events import Event, PersonalDatum, hashed, references, salted

ROWS = 2_000
"""How many rows are read at once."""
STRETCH = 50_000
"""About how many events one stretch holds; a longer chain is a stretch of its own."""
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Broken:
    """One place where the history does not agree with itself."""

    chain_id: UUID | None
    seq: int | None
    what: Sentence


@dataclass(frozen=True)
class Stretch:
    """The chains from one id to another, both included, and how many events they say they have."""

    first: UUID
    last: UUID
    events: int = 0


ALL = Stretch(FIRST, LAST)


def snapshot(engine: Engine) -> Connection:
    """A connection whose statements all see the same moment."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ").connect()
    return engine.execution_options(sqlite_begin="DEFERRED").connect()


def stretches(connection: Connection, owners: Sequence[str]) -> Iterator[Stretch]:
    """The whole history in stretches; *owners* are the names of the tables whose rows have chains."""
    first, events = FIRST, 0
    for key, length, _ in _rows(connection, _heads(owners, ALL)):
        events += length
        last = UUID(key)
        if events >= STRETCH:
            yield Stretch(first, last, events)
            first, events = UUID(int=last.int + 1), 0
    yield Stretch(first, LAST, events)


def check_apart(url: str, owners: Sequence[str], stretch: Stretch) -> list[Broken]:
    """`check` for a process that is given nothing but the database's address."""
    engine = open_database(url).engine
    try:
        with snapshot(engine) as connection:
            return list(check(connection, owners, stretch))
    finally:
        engine.dispose()


def check(connection: Connection, owners: Sequence[str], stretch: Stretch) -> Iterator[Broken]:
    """Yield every place in *stretch* where an event, a head, a sealed head or a personal value was changed."""
    heads = _Feed(_rows(connection, _heads(owners, stretch)))
    fixed = _Feed(_rows(connection, _fixed(stretch)))
    concealed: list[tuple[str, int, str, str]] = []
    chain, seq, head, sound = "", 0, "", False
    known: list[Any] = []
    sealed: dict[int, str] = {}
    for rows in _parts(connection, _events(connection, stretch)):
        for key, number, at, kind, actor, for_id, verb, subject_kind, subject, said, stored in rows:
            if key != chain:
                yield from _end(chain, seq, head, known, sealed, sound)
                yield from _gone(heads, fixed, key)
                chain, seq, head, sound = key, 0, "", True
                known, sealed = heads.of(key), {length: fix for _, length, fix in fixed.of(key)}
                dashed = _dashed(key)
            mark = stored.hex() if isinstance(stored, bytes) else str(stored)
            if sound:
                raw = said.encode() if isinstance(said, str) else said
                if number != seq + 1:
                    sound = False
                    yield Broken(UUID(chain), seq + 1, Sentence(
                        f"Ereignis {seq + 1} fehlt; es folgt {number}.",
                        f"Event {seq + 1} is missing; {number} follows.",
                    ))
                elif hashed(head, dashed, number, _moment(at), kind, _dashed(actor), _dashed(for_id), verb,
                            subject_kind, _dashed(subject), raw).hexdigest() != mark:
                    sound = False
                    yield Broken(UUID(chain), number, Sentence(
                        f"Ereignis {number} („{verb}“) wurde nachträglich geändert.",
                        f"Event {number} (“{verb}”) was changed afterwards.",
                    ))
                elif b'"digest"' in raw:
                    concealed += [(chain, number, ref, mixed) for ref, mixed in references(orjson.loads(raw))]
            if sealed and sealed.pop(number, mark) != mark and sound:
                yield Broken(UUID(chain), number, Sentence(
                    f"Ereignis {number} stimmt nicht mit dem Siegel überein.",
                    f"Event {number} is not what was sealed.",
                ))
            seq, head = number, mark
        yield from _personal(connection, concealed)
        concealed.clear()
    yield from _end(chain, seq, head, known, sealed, sound)
    yield from _gone(heads, fixed, None)


def check_seals(connection: Connection) -> Iterator[Broken]:
    """Yield the first seal that was changed or is missing; those behind it hang in the air."""
    head, number = "", 0
    for row in connection.execute(select(Seal.number, Seal.at, Seal.hash).order_by(Seal.number)).all():
        entries = select(SealEntry.chain_id, SealEntry.length, SealEntry.head).where(SealEntry.number == row.number)
        found = connection.execute(entries.order_by(SealEntry.chain_id))
        if row.number != number + 1 or row.hash != digest(row.number, row.at, found, head):
            yield Broken(None, row.number, Sentence(
                f"Das Siegel {row.number} wurde geändert oder eines davor entfernt.",
                f"Seal {row.number} was changed, or one before it removed.",
            ))
            return
        head, number = row.hash, row.number
    if (lost := connection.scalar(select(func.min(SealEntry.number)).where(SealEntry.number > number))) is not None:
        yield Broken(None, lost, Sentence(f"Das Siegel {lost} fehlt; was es festhielt, ist noch da.",
                                          f"Seal {lost} is missing; what it fixed is still there."))


class _Feed:
    """Rows in the order of the chains, handed out chain by chain."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, chain: str) -> list[Any]:
        """The rows of *chain*; those before it were taken already."""
        found = []
        while self._next is not None and self._next[0] == chain:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def first(self, before: str | None) -> str | None:
        """The next chain there is a row of, if it comes before the chain *before* (None: behind all)."""
        if self._next is None or (before is not None and self._next[0] >= before):
            return None
        key: str = self._next[0]
        return key


def _end(chain: str, seq: int, head: str, known: list[Any], sealed: dict[int, str], sound: bool) -> Iterator[Broken]:
    if not chain:
        return
    if sound and not known:
        yield Broken(UUID(chain), None, Sentence("Zur Kette gibt es keinen Vorgang mehr.",
                                                 "The chain's instance is gone."))
    elif sound and tuple(known[0][1:]) != (seq, head):
        yield Broken(UUID(chain), seq, Sentence(
            f"Die Kette endet mit Ereignis {seq}, der Vorgang nennt {known[0][1]}.",
            f"The chain ends with event {seq}, its instance says {known[0][1]}.",
        ))
    for missing in sealed:
        yield Broken(UUID(chain), missing, Sentence(
            f"Das besiegelte Ereignis {missing} fehlt.", f"The sealed event {missing} is missing."
        ))


def _gone(heads: _Feed, fixed: _Feed, before: str | None) -> Iterator[Broken]:
    """The chains of which not a single event is left, up to the chain *before*."""
    while (key := min(filter(None, (heads.first(before), fixed.first(before))), default=None)) is not None:
        if any(length for _, length, _ in [*heads.of(key), *fixed.of(key)]):
            yield Broken(UUID(key), 1, Sentence("Alle Ereignisse der Kette fehlen.",
                                                "All events of the chain are missing."))


def _personal(connection: Connection, concealed: list[tuple[str, int, str, str]]) -> Iterator[Broken]:
    for start in range(0, len(concealed), ROWS):
        part = [(chain, seq, key, said) for chain, seq, ref, said in concealed[start:start + ROWS]
                if (key := _key(ref)) is not None]
        data = {row.id: row for row in connection.execute(
            select(PersonalDatum.id, PersonalDatum.salt, PersonalDatum.value)
            .where(PersonalDatum.id.in_({key for _, _, key, _ in part}), PersonalDatum.value.is_not(None))
        )} if part else {}
        for chain, seq, key, said in part:
            if key in data and salted(data[key].salt, data[key].value) != said:
                yield Broken(UUID(chain), seq, Sentence(
                    f"Eine persönliche Angabe zu Ereignis {seq} wurde geändert.",
                    f"A personal value of event {seq} was changed.",
                ))


# What is read, as text: turning each id and moment into an object of its own would cost more than the hash.

def _events(connection: Connection, stretch: Stretch) -> Any:
    at: Any = type_coerce(Event.at, NullType())
    if connection.dialect.name == "postgresql":
        at = func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI:SS.US", type_=Text)
    ids = [cast(key, Text) for key in (Event.chain_id, Event.actor_id, Event.for_id, Event.subject_id)]
    return select(
        ids[0], Event.seq, at, Event.actor_kind, ids[1], ids[2], Event.verb, Event.subject_kind, ids[3],
        type_coerce(Event.particulars, NullType()), type_coerce(Event.hash, NullType()),
    ).where(Event.chain_id.between(stretch.first, stretch.last)).order_by(Event.chain_id, Event.seq)


def _heads(owners: Sequence[str], stretch: Stretch) -> Any:
    key = column("id", Uuid())
    found = union_all(*(
        select(key, column("chain_length"), column("chain_head")).select_from(table(owner))
        .where(key.between(stretch.first, stretch.last)) for owner in owners
    )).subquery()
    return select(cast(found.c.id, Text), found.c.chain_length, found.c.chain_head).order_by(found.c.id)


def _fixed(stretch: Stretch) -> Any:
    return select(cast(SealEntry.chain_id, Text), SealEntry.length, SealEntry.head).where(
        SealEntry.chain_id.between(stretch.first, stretch.last)).order_by(SealEntry.chain_id, SealEntry.length)


def _parts(connection: Connection, query: Any) -> Iterator[Sequence[Any]]:
    return connection.execute(query.execution_options(yield_per=ROWS)).partitions()


def _rows(connection: Connection, query: Any) -> Iterator[Any]:
    return iter(connection.execute(query.execution_options(yield_per=ROWS)))


def _moment(at: str) -> str:
    """A moment as it was hashed, from how both databases write it."""
    return f"{at[:10]}T{at[11:].removesuffix('.000000')}+00:00"


def _dashed(key: str | None) -> str | None:
    """An id as it was hashed; SQLite keeps it without dashes."""
    if key is None or len(key) != 32:
        return key
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


def _key(ref: Any) -> UUID | None:
    try:
        return UUID(ref)
    except (ValueError, AttributeError, TypeError):
        return None
