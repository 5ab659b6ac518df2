"""What people read: the inbox, the idea store, a long history; and the proof that nothing was changed."""

import itertools
import os
import time
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import text

from engine.history import seal
from tests.bench import fill
from tests.bench.bank import Bank
from tests.bench.floor import bare
from tests.bench.meter import Result, measure

INBOXES = (1_000, 100_000, 1_000_000)
VERIFIED = 1_000_000
CHAIN = 60
"""Events of a chain that is verified: about those of a finished ten-task instance."""


def page(bank: Bank, case: str, address: str, repeats: int, expected: str = "", *, audits: bool = False) -> Result:
    """Ask for a page, from the request's first line to the answer's last byte, without a network."""
    client = bank.client(audits=audits)

    def ask(number: int) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"
        assert expected in answer.text, f"{address}: {expected} is not on the page"

    return measure(case, bank, ask, itertools.count(), repeats)


def inbox(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """The first page of the bodies' tasks with more and more of them open, all in the five bodies of who asks."""
    model, filled = bank.start("zwei"), 1
    for count in INBOXES:
        wanted = max(filled + 10, round(count * scale))
        fill.tasks(bank.house, model, filled, wanted - 1)
        filled = wanted
        yield page(bank, f"inbox-{count}", "/aufgaben?ansicht=gremien", repeats, "2026-0")


def ideas(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """The first page of the idea store, and a search in it."""
    fill.ideas(bank.house, max(30, round(5_000 * scale)))
    yield page(bank, "ideas-5000", "/ideen", repeats, "2026-0")
    yield page(bank, "ideas-5000-search", "/ideen?suche=streuobst", repeats, "Streuobst")


def history(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """The page of an instance with 10,000 events, as an auditor opens it."""
    [instance] = fill.chains(bank.house, finished(bank), 1, max(100, round(10_000 * scale)))
    yield page(bank, "history-10000", f"/revision/vorgaenge/{instance}", repeats, "Eine Bank", audits=True)


def verify(bank: Bank, scale: float) -> Iterator[Result]:
    """Prove a million events as `reifegrad verify` does; the floor reads the same rows and looks at none."""
    count = max(CHAIN, round(VERIFIED * scale)) // CHAIN
    fill.chains(bank.house, finished(bank), count, CHAIN)
    total = bank.count("event")
    begun = time.perf_counter()
    with bank.house.look() as work:
        broken = list(seal.verify(work, processes=os.cpu_count() or 1))
    took = time.perf_counter() - begun
    assert not broken, f"{len(broken)} places, the first: {broken[0]}"
    floor = _read_all(bank)
    yield Result("verify-1000000", bank.db, round(took * 1000), None, round(total / took), round(floor * 1000),
                 round(took / floor, 2), repeats=1, more={"events": total, "processes": os.cpu_count() or 1})


def finished(bank: Bank) -> UUID:
    """An instance of the ten-task process that has ended."""
    walk = bank.walk("zehn", 10)
    for _ in range(10):
        task, step = next(walk)
        bank.complete(task, step)
    with bank.house.look() as work:
        ended: UUID = work.session.execute(
            text("SELECT id FROM instance WHERE status = 'ended' ORDER BY id DESC LIMIT 1")).scalar_one()
    return UUID(str(ended))


def _read_all(bank: Bank) -> float:
    connection = bare(bank.url)
    begun = time.perf_counter()
    if bank.db == "sqlite":
        cursor = connection.cursor()
    else:
        cursor = connection.cursor(name="all")
        cursor.itersize = 2_000
    cursor.execute("SELECT * FROM event ORDER BY chain_id, seq")
    for _row in cursor:
        pass
    took = time.perf_counter() - begun
    connection.close()
    return took
