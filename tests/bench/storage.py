"""What a finished instance leaves in the database: rows, histories and indexes."""

from collections.abc import Iterator

from sqlalchemy import text

from tests.bench import fill
from tests.bench.bank import Bank
from tests.bench.meter import Result

BATCH = 40
"""How many instances run at once."""


def stored(bank: Bank, batches: int) -> Iterator[Result]:
    """By how much the database grows with a ten-task instance, from its start to its end.

    The database is swept after each batch, as it does by itself, so that the room of overwritten rows is used again.
    The first batch, which makes the pages that all others share, is not counted.
    """
    before = 0
    for batch in range(batches + 1):
        started = [bank.start("zehn", batch * BATCH + number) for number in range(BATCH)]
        for step in range(1, 11):
            for instance in started:
                bank.complete(bank.open_task(instance), step)
        fill.analyse(bank.house)
        if batch == 0:
            before = _bytes(bank)
    grown = (_bytes(bank) - before) / (batches * BATCH)
    yield Result("stored-10", bank.db, repeats=batches * BATCH, more={"kilobytes": round(grown / 1000, 1)})


def _bytes(bank: Bank) -> int:
    with bank.house.look() as work:
        say = work.session.execute
        if bank.db == "postgresql":
            return int(say(text("SELECT pg_database_size(current_database())")).scalar_one())
        used = say(text("PRAGMA page_count")).scalar_one() - say(text("PRAGMA freelist_count")).scalar_one()
        return int(used * say(text("PRAGMA page_size")).scalar_one())
