"""Times of single acts, and how many statements and commits each took."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine, event

NOT_COUNTED = ("BEGIN", "PRAGMA")


@dataclass(frozen=True)
class Result:
    """What one case came to on one database; None where a figure has no meaning."""

    case: str
    db: str
    median_ms: float | None
    p95_ms: float | None
    per_second: float | None
    statements: float | None
    commits: float | None
    repeats: int
    more: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As one flat JSON object."""
        flat = asdict(self)
        return {**{key: value for key, value in flat.items() if key != "more"}, **self.more}


class Counter:
    """How many statements (without BEGIN) and commits an engine has sent."""

    def __init__(self) -> None:
        self.statements = 0
        self.commits = 0

    @contextmanager
    def on(self, engine: Engine) -> Iterator["Counter"]:
        """Count on *engine*, and on the engines with other options made from it."""
        def sent(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(NOT_COUNTED):
                self.statements += 1

        def committed(connection: Any) -> None:
            self.commits += 1

        event.listen(engine, "before_cursor_execute", sent)
        event.listen(engine, "commit", committed)
        try:
            yield self
        finally:
            event.remove(engine, "before_cursor_execute", sent)
            event.remove(engine, "commit", committed)


def measure(
    case: str, db: str, act: Callable[[int], None], repeats: int, engine: Engine | None = None, *, warm_up: int = 5
) -> Result:
    """Do `act(number)` *warm_up* times unmeasured, then *repeats* times, and say how long each took."""
    for number in range(warm_up):
        act(number)
    times: list[float] = []
    counter = Counter()

    def run() -> None:
        for number in range(warm_up, warm_up + repeats):
            begun = time.perf_counter()
            act(number)
            times.append(time.perf_counter() - begun)

    if engine is None:
        run()
    else:
        with counter.on(engine):
            run()
    return Result(
        case, db, *figures(times),
        statements=round(counter.statements / repeats, 1) if engine is not None else None,
        commits=round(counter.commits / repeats, 2) if engine is not None else None, repeats=repeats,
    )


def figures(times: list[float]) -> tuple[float, float, float]:
    """Median and 95th percentile in milliseconds, and how many a second one after the other."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return (round(statistics.median(times) * 1000, 2), round(p95 * 1000, 2),
            round(len(times) / sum(times), 1))
