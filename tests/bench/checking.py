"""How long it takes to say what is wrong with a diagram: read, held against the schema and all rules, made runnable."""

import time
from collections.abc import Iterator

from engine.definitions.library import Library, named
from engine.wiring import HANDLERS
from tests.bench import models
from tests.bench.bank import Bank
from tests.bench.meter import Result, figures

TASKS = 67
"""With a script and a gateway behind each but the last, a start and two ends: just over 200 elements."""


def checked(bank: Bank, repeats: int) -> Iterator[Result]:
    """A file of 200 elements with its forms, each time another one: whatever is kept of the last does not help."""
    times = []
    for number in range(repeats + 1):
        placed, found = named(models.files(f"gross_{bank.db}_{number}", TASKS, scripts=True), {})
        begun = time.perf_counter()
        found += Library(placed).check(models.BODIES, HANDLERS.keys())
        times.append(time.perf_counter() - begun)
        wrong = [one for one in found if one.rule != "missing-diagram-part"]
        assert not wrong, wrong[0].message.en
    median, p95, per_second = figures(times[1:])  # the schema is read with the first
    yield Result("check-200", bank.db, median, p95, per_second, repeats=repeats)
