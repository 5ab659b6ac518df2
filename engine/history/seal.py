"""Seals: checkpoints over all chains, and the proof that nothing was changed.

A chain proves its own order; whoever can write the database could still
rewrite a whole chain.  A seal therefore fixes the heads of all chains that
grew since the last one, chained to it.  Its hash, printed or mailed, kept
outside this database, is what an auditor compares with years later.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from engine.history import proof
from engine.history.checkpoints import Seal, SealEntry, digest
from engine.history.events import HOUSE, Chain, Chained
from engine.history.proof import Broken, Stretch
from engine.work import Work

CHAINS = 10_000
"""How many chains one seal fixes at most: it holds their rows until it is written."""
AT_ONCE = 1_000
"""How many ids one statement names."""
ENOUGH = 200_000
"""From how many events on it pays to start other processes."""

Watch = Callable[[int, int], None]


def seal(work: Work) -> Seal | None:
    """Seal chains that grew since the last seal, about CHAINS of them at most; None if none did.

    Call it until it returns None, each time in a transaction of its own: seals
    are chained, so that the last one's hash covers all. A chain that somebody
    is appending to at this moment is left to the next call.
    """
    work.session.scalar(select(Chain.id).where(Chain.id == HOUSE).with_for_update())  # one seal after the other
    grown = [row for owner in _owners() for row in _grown(work, owner)]
    if not grown:
        return None
    last = work.session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))
    number = last.number + 1 if last else 1
    work.session.execute(insert(SealEntry), [
        {"chain_id": key, "length": length, "head": head, "number": number} for key, length, head in grown
    ])
    made = digest(number, work.now, grown, last.hash if last else "")
    return work.add(Seal(number=number, at=work.now, chains=len(grown), hash=made))


def seals(work: Work, limit: int = 50) -> list[Seal]:
    """The latest seals, newest first."""
    return list(work.session.scalars(select(Seal).order_by(Seal.number.desc()).limit(limit)))


def length(work: Work) -> int:
    """How many events there are in all chains, as their owners say."""
    return sum(int(work.session.scalar(select(func.sum(owner.chain_length))) or 0) for owner in _owners())


def verify(
    work: Work, chain_id: UUID | None = None, *, processes: int = 1, watch: Watch | None = None
) -> Iterator[Broken]:
    """Yield every place where the history was changed; nothing, if it is whole.

    With *chain_id* only that chain is read. Without it all chains, all seals
    and all personal values are: by several *processes* where there is enough to
    read, and `watch(events done, events in all)` is told how it goes. What
    *work* itself has not committed does not count.
    """
    owners = [owner.__tablename__ for owner in _owners()]
    engine = work.session.get_bind().engine
    with proof.snapshot(engine) as connection:
        if chain_id is not None:
            yield from proof.check(connection, owners, Stretch(chain_id, chain_id))
            return
        parts = list(proof.stretches(connection, owners))
        yield from proof.check_seals(connection)
    done, total = 0, sum(part.events for part in parts)
    apart = processes > 1 and total >= ENOUGH
    for part, found in (_apart if apart else _here)(engine, owners, parts, processes):
        yield from found
        done += part.events
        if watch is not None:
            watch(done, total)


def _here(
    engine: Any, owners: list[str], parts: list[Stretch], processes: int
) -> Iterator[tuple[Stretch, Iterator[Broken]]]:
    for part in parts:
        with proof.snapshot(engine) as connection:
            yield part, proof.check(connection, owners, part)


def _apart(
    engine: Any, owners: list[str], parts: list[Stretch], processes: int
) -> Iterator[tuple[Stretch, list[Broken]]]:
    # Fresh processes, not copies of this one, which may hold connections and threads of its own.
    url = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(proof.check_apart, url, owners, part) for part in parts]
        try:
            for part, one in zip(parts, running, strict=True):
                yield part, one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _grown(work: Work, owner: Any) -> list[tuple[UUID, int, str]]:
    """Chains of one table that grew, as (id, length, head): locked, and no longer marked."""
    query = select(owner.id, owner.chain_length, owner.chain_head).where(owner.unsealed).order_by(owner.id)
    rows = [tuple(row) for row in work.session.execute(query.limit(CHAINS).with_for_update(skip_locked=True))]
    for start in range(0, len(rows), AT_ONCE):
        keys = [row[0] for row in rows[start:start + AT_ONCE]]
        work.session.execute(update(owner).where(owner.id.in_(keys)).values(unsealed=False))
    return rows


def _owners() -> list[Any]:
    return [table for table in Chained.__subclasses__() if hasattr(table, "__table__")]
