"""The figures as people read them: Markdown tables, in the terminal and between marks in the README."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.bench.aims import told
from tests.bench.meter import Result

README = Path(__file__).parent.parent.parent / "README.md"
TITLES = ("case", "database", "median ms", "95 % ms", "per second", "× floor", "statements", "commits", "size", "aim")


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    return (f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, "
            f"{platform.system()} {platform.machine()}, load {load()}")


def load() -> str:
    """How many processes wanted a core in the last five minutes; more than there are cores slow each other down."""
    return f"{os.getloadavg()[1]:.1f}"


def table(results: Sequence[Result]) -> str:
    """The results, one case after the other, its databases below each other."""
    order = list(dict.fromkeys(result.label for result in results))
    return written(TITLES, [_row(result) for result in sorted(results, key=lambda one: order.index(one.label))])


def written(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [titles, ["---"] * len(titles), *rows])


def put(mark: str, text: str, readme: Path = README) -> None:
    """Write *text* between the README's marks `<!-- mark -->` and `<!-- /mark -->`."""
    before, rest = readme.read_text().split(f"<!-- {mark} -->")
    after = rest.split(f"<!-- /{mark} -->")[1]
    readme.write_text(f"{before}<!-- {mark} -->\n{text}\n<!-- /{mark} -->{after}")


def number(value: float | None) -> str:
    """A figure with as many digits as say something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _row(result: Result) -> list[str]:
    more = result.more
    units = (("megabytes", "MB"), ("kilobytes", "kB"))
    size = next((f"{more[name]} {unit}" for name, unit in units if name in more), "")
    said = told(result) if "died_at" not in more else f"**died on pass {more['died_at'] + 1}**"
    return [result.label, result.db, number(result.median_ms), number(result.p95_ms), number(result.per_second),
            number(result.ratio), _count(result.statements), _count(result.commits), size, said]


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
