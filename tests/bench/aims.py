"""What the figures aim at, and by how much they miss it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.meter import Result

Others = Mapping[str, Result]
"""The results on the same database by their labels."""


@dataclass(frozen=True)
class Aim:
    """One figure of one case, and where it should lie."""

    case: str
    """The label of the result it is about."""
    says: str
    value: Callable[[Result, Others], float | None]
    limit: float
    at_least: bool = False
    db: str = ""
    """Only on this kind of database."""

    def judge(self, result: Result, others: Others) -> dict[str, Any] | None:
        """Whether *result* keeps it; None where a figure is missing."""
        value = self.value(result, others)
        if value is None:
            return None
        off = (self.limit - value if self.at_least else value - self.limit) / self.limit if self.limit else value
        return {"aim": self.says, "value": round(value, 3), "met": off <= 0, "missed_by": round(max(0.0, off), 3)}


def _median(result: Result, others: Others) -> float | None:
    return result.median_ms


def _ratio(result: Result, others: Others) -> float | None:
    return result.ratio


def _per_second(result: Result, others: Others) -> float | None:
    return result.per_second


def _more(name: str) -> Callable[[Result, Others], float | None]:
    return lambda result, others: result.more.get(name)


def _times(label: str, figure: str = "median_ms") -> Callable[[Result, Others], float | None]:
    """How many times the figure of the case *label* this one is."""
    def value(result: Result, others: Others) -> float | None:
        mine, theirs = getattr(result, figure), getattr(others.get(label), figure, None)
        return mine / theirs if mine and theirs else None

    return value


AIMS = (
    Aim("complete-2", "≤ 4 ms", _median, 4, db="postgresql"),
    Aim("complete-2", "≤ 2 × floor", _ratio, 2),
    Aim("complete-10", "≤ 4 ms", _median, 4, db="postgresql"),
    Aim("complete-10", "≤ 2 × floor", _ratio, 2),
    Aim("complete-2", "≤ 10 statements", lambda result, others: result.statements, 10),
    Aim("loop, pass 10,000", "≤ 1.1 × pass 1", _times("loop, pass 1"), 1.1),
    Aim("four", "all ≤ 50 ms", _more("longest_ms"), 50),
    Aim("four", "none refused", _more("refused"), 0),
    Aim("timers-1", "≥ 400 a second", _per_second, 400, at_least=True),
    Aim("timers-2", "≥ 1.7 × one worker", _times("timers-1", "per_second"), 1.7, at_least=True),
    Aim("timer-late", "≤ 1 s", _more("longest_ms"), 1000),
    Aim("idle-100000", "≤ 1.1 × none", _times("idle-0"), 1.1),
    Aim("inbox-1000000", "≤ 1.5 × inbox-1000", _times("inbox-1000"), 1.5),
    Aim("verify-1000000", "≥ 100,000 a second", _per_second, 100_000, at_least=True),
    Aim("check-200", "≤ 300 ms", _median, 300),
    Aim("stored-10", "≤ 35 kB", _more("kilobytes"), 35),
    Aim("ready", "≤ 2 s", _median, 2000),
)


def judged(results: list[Result]) -> list[Result]:
    """The results, each with what became of its aims."""
    found = []
    for result in results:
        others = {other.label: other for other in results if other.db == result.db}
        said = [aim.judge(result, others) for aim in AIMS if aim.case == result.label and aim.db in ("", result.db)]
        kept = [one for one in said if one is not None]
        found.append(replace(result, more={**result.more, "aims": kept}) if kept else result)
    return found


def told(result: Result) -> str:
    """The aims of a result in words, for the table."""
    return "; ".join(
        f"{one['aim']}: " + ("met" if one["met"] else f"**missed by {one['missed_by']:.0%}**")
        for one in result.more.get("aims", []))
