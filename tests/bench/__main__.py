"""How fast it is: `python -m tests.bench [--only PREFIX,…] [--db sqlite|postgresql] [--json FILE] [--readme]`.

Every commit is durable: SQLite with synchronous=FULL, PostgreSQL with fsync on.
"""

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import structlog

from tests import postgres
from tests.bench import cases
from tests.bench.meter import Result

README = Path(__file__).parent.parent.parent / "README.md"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
KINDS = ("sqlite", "postgresql")
COLUMNS = ("case", "db", "median_ms", "p95_ms", "per_second", "statements", "commits", "megabytes")


def main() -> int:
    """Measure what the command line asks for; print a table and, if asked, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", metavar="PREFIX,…", help="only the cases that begin so")
    parser.add_argument("--db", choices=KINDS, action="append", help="only this database")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--repeats", type=int, default=300, help="how often a quick act is measured")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    arguments = parser.parse_args()
    prefixes = tuple(filter(None, arguments.only.split(","))) or ("",)
    results: list[Result] = []
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(machine(), file=sys.stderr)
    for kind in arguments.db or KINDS:
        for result in measured(kind, prefixes, arguments.repeats):
            results.append(result)
            print("  " + "  ".join(f"{key} {value}" for key, value in result.plain().items() if value is not None),
                  file=sys.stderr, flush=True)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps({"results": [result.plain() for result in results]}, indent=2) + "\n")
    if arguments.readme:
        before, rest = README.read_text().split(BEGIN)
        after = rest.split(END)[1]
        README.write_text(f"{before}{BEGIN}\n{machine()}.\n\n{table(results)}\n{END}{after}")
    return 0


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    return (f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, "
            f"{platform.system()} {platform.machine()}, load {os.getloadavg()[1]:.1f}")


def measured(kind: str, prefixes: tuple[str, ...], repeats: int) -> Iterator[Result]:
    """The results on one kind of database, one case after the other."""
    with ExitStack() as closing:
        if kind == "postgresql":
            if postgres.binaries() is None:
                print(postgres.INSTALL, file=sys.stderr)
                return
            server = closing.enter_context(postgres.Server(durable=True))
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="reifegrad-bench-")))

        def fresh(name: str) -> str:
            return f"sqlite:///{folder / name}.db" if kind == "sqlite" else server.url(server.create())

        for name, case in cases.cases(repeats).items():
            if name.startswith(prefixes):
                bank = cases.Bank(fresh(name), kind, folder)
                yield from case(bank)
                bank.close()
        if "ready".startswith(prefixes) or "memory".startswith(prefixes):
            yield from cases.ready(fresh("ready"), kind, 5)


def table(results: list[Result]) -> str:
    """The results as a Markdown table, as it stands in the README."""
    rows = [[str(plain[column]) if plain.get(column) is not None else "" for column in COLUMNS]
            for plain in (result.plain() for result in results)]
    titles = ["case", "database", "median ms", "95 % ms", "per second", "statements", "commits", "MB"]
    return "\n".join("| " + " | ".join(row) + " |" for row in [titles, ["---"] * len(titles), *rows])


if __name__ == "__main__":
    sys.exit(main())
