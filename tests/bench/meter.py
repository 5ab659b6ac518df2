"""Times of single acts, how many statements and commits each took, and the floor under them."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from tests.bench.floor import WRITES, Floor

NOT_COUNTED = ("BEGIN", "PRAGMA")
SECONDS, FEWEST = 8.0, 5
"""After how long a slow case is measured no further, if it was measured so often."""


@dataclass(frozen=True)
class Result:
    """What one case came to on one database; None where a figure has no meaning."""

    case: str
    db: str
    median_ms: float | None = None
    p95_ms: float | None = None
    per_second: float | None = None
    floor_ms: float | None = None
    ratio: float | None = None
    statements: float | None = None
    commits: float | None = None
    repeats: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The case as the table names it."""
        return f"{self.case}, pass {self.more['pass']:,}" if "pass" in self.more else self.case

    def plain(self) -> dict[str, Any]:
        """As one flat JSON object."""
        flat = asdict(self)
        return {**{key: value for key, value in flat.items() if key != "more"}, **self.more}


class Counter:
    """How many statements (without BEGIN) an engine has sent, and how many commits of something written."""

    def __init__(self) -> None:
        self.statements = 0
        self.commits = 0
        self._writing: set[int] = set()  # connections

    @contextmanager
    def on(self, engine: Engine) -> Iterator["Counter"]:
        """Count on *engine*, and on the engines with other options made from it."""
        def sent(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(NOT_COUNTED):
                self.statements += 1
            if statement.startswith(WRITES):
                self._writing.add(id(connection.connection.driver_connection))

        def committed(connection: Any) -> None:
            driver = id(connection.connection.driver_connection)
            self.commits += driver in self._writing
            self._writing.discard(driver)

        event.listen(engine, "before_cursor_execute", sent)
        event.listen(engine, "commit", committed)
        try:
            yield self
        finally:
            event.remove(engine, "before_cursor_execute", sent)
            event.remove(engine, "commit", committed)


@dataclass
class Times:
    """The times of one kind of act, and of its floor, as they are taken."""

    engine: Engine
    floor: Floor | None
    real: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    counter: Counter = field(default_factory=Counter)

    def act(self, act: Callable[[], Any]) -> None:
        """Do *act* and note how long it took and what it asked of the database."""
        with self.counter.on(self.engine):
            begun = time.perf_counter()
            act()
            self.real.append(time.perf_counter() - begun)

    def under(self, act: Callable[[], Any]) -> None:
        """Do what *act* does through the bare driver and note how long that took."""
        if self.floor is not None:
            self.bare.append(self.floor.of(act))

    def forget(self) -> None:
        """Leave out what was taken so far: it was to warm up."""
        self.real.clear()
        self.bare.clear()
        self.counter.statements = self.counter.commits = 0

    def result(self, case: str, db: str, **more: Any) -> Result:
        """What the times came to."""
        median, p95, per_second = figures(self.real)
        return Result(
            case, db, median, p95, per_second, **under(median, self.bare),
            statements=round(self.counter.statements / len(self.real), 1),
            commits=round(self.counter.commits / len(self.real), 2), repeats=len(self.real), more=more,
        )


def measure(
    case: str, bank: Any, act: Callable[[Any], Any], things: Iterator[Any], repeats: int,
    bare: Iterator[Any] | None = None, *, warm_up: int = 5, **more: Any,
) -> Result:
    """Do `act(thing)` *warm_up* times unmeasured, then *repeats* times in turn with its floor; say how long it took.

    Taking the next thing is not measured. *bare* are the things of the floor; without it they are *things*, too.
    """
    times = Times(bank.engine, bank.floor)
    others = things if bare is None else bare
    begun = time.monotonic()
    for number in range(warm_up + repeats):
        if number == warm_up:
            times.forget()
            begun = time.monotonic()
        if number >= warm_up + FEWEST and time.monotonic() - begun > SECONDS:
            break
        thing = next(things)
        times.act(lambda thing=thing: act(thing))
        thing = next(others)
        times.under(lambda thing=thing: act(thing))
    return times.result(case, bank.db, **more)


def figures(times: list[float]) -> tuple[float, float, float]:
    """Median and 95th percentile in milliseconds, and how many a second one after the other."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return (round(statistics.median(times) * 1000, 2), round(p95 * 1000, 2),
            round(len(times) / sum(times), 1))


def under(median_ms: float, bare: list[float]) -> dict[str, float | None]:
    """The floor's median and how many times as long the act takes."""
    if not bare:
        return {"floor_ms": None, "ratio": None}
    floor = statistics.median(bare) * 1000
    return {"floor_ms": round(floor, 3), "ratio": round(median_ms / floor, 2)}
