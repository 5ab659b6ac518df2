"""How fast it is: `python -m tests.bench [--only PREFIX,…] [--db sqlite|postgresql] [--json FILE] [--readme]`.

Every commit is durable: SQLite with synchronous=FULL, PostgreSQL with fsync on. The JSON file is

    {"machine": text, "results": [row, …]}

and each row has, with null where a figure has no meaning,

    case, db       which case on "sqlite" or "postgresql"
    median_ms, p95_ms   the time of one act
    per_second     how many acts a second, one after the other (or at once, where the case says so)
    floor_ms       the median of the same statements and values sent through the bare driver; see floor.py
    ratio          how many times the floor the act takes
    statements, commits   what one act asks of the database; a commit of what only looked is none
    repeats        how many acts were measured
    aims           [{"aim", "value", "met", "missed_by"}], where the case has any; missed_by is a share of the limit

and what only some cases have: pass (loop; died_at and error if the instance did not come so far), refused and
longest_ms (four, timer-late), workers (timers), events (verify), connections (web), processes (growing, verify),
megabytes (memory), kilobytes (stored).
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import structlog

from tests import postgres
from tests.bench import aims, growing
from tests.bench.bank import Bank
from tests.bench.cases import Case, cases
from tests.bench.meter import Result
from tests.bench.table import load, machine, put, table

KINDS = ("sqlite", "postgresql")


def main() -> int:
    """Measure what the command line asks for; print a table and, if asked, write JSON and the README."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PREFIX,…", help="only the cases that begin so")
    parser.add_argument("--db", choices=KINDS, action="append", help="only this database")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--repeats", type=int, default=300, help="how often a quick act is measured")
    parser.add_argument("--readme", action="store_true", help="write the tables into the README")
    parser.add_argument("--scale", type=float, default=1, help=argparse.SUPPRESS)  # shrinks all counts: a trial
    arguments = parser.parse_args()
    prefixes = tuple(filter(None, arguments.only.split(","))) or ("",)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    where = machine()
    print(where, file=sys.stderr)
    measured: list[Result] = []
    chosen = {name: case for name, case in cases(arguments.repeats, arguments.scale).items()
              if name.startswith(prefixes)}
    for kind in arguments.db or KINDS:
        if kind == "postgresql" and "growing".startswith(prefixes):
            chosen = {**chosen, "growing": lambda bank: growing.growing(bank, arguments.scale)}
        measured += results(kind, chosen)
    judged = aims.judged(measured)
    where += f" when it began, {load()} when it ended"
    grown = [result for result in judged if result.case.startswith("growing")]
    figures = [result for result in judged if result not in grown]
    print(table(figures))
    if grown:
        print(f"\n{growing.table(grown)}")
    if arguments.json:
        said = {"machine": where, "results": [result.plain() for result in judged]}
        arguments.json.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    if arguments.readme:
        if figures:
            put("bench", f"{where}.\n\n{table(figures)}")
        if grown:
            put("growing", f"{where}.\n\n{growing.table(grown)}")
    return 0


def results(kind: str, chosen: dict[str, Case]) -> Iterator[Result]:
    """The results on one kind of database, one case after the other, each told as it comes."""
    with ExitStack() as closing:
        if kind == "postgresql":
            if postgres.binaries() is None:
                print(postgres.INSTALL, file=sys.stderr)
                return
            server = closing.enter_context(postgres.Server(durable=True))
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="reifegrad-bench-")))

        def opened(name: str, template: str = "") -> Bank:
            if kind == "sqlite":
                if template:
                    shutil.copy(folder / f"{template}.db", folder / f"{name}.db")
                return Bank(f"sqlite:///{folder / name}.db", kind, folder)
            server.say(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"')
            return Bank(server.url(name), kind, folder)

        opened("template").close()
        for place, (name, case) in enumerate(chosen.items(), 1):
            begun = time.monotonic()
            print(f"{kind} {place}/{len(chosen)} {name}", file=sys.stderr, flush=True)
            bank = opened(name, "template")
            for result in case(bank):
                told = {key: value for key, value in result.plain().items() if value is not None}
                print(f"  {time.monotonic() - begun:6.1f} s  " + "  ".join(f"{key} {told[key]}" for key in told),
                      file=sys.stderr, flush=True)
                yield result
            bank.close()
            if kind == "postgresql":
                server.drop(name)
            else:
                for file in folder.glob(f"{name}.db*"):
                    file.unlink()


if __name__ == "__main__":
    sys.exit(main())
