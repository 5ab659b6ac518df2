"""Break things for a while: `python -m tests.soak [--minutes 1] [--db sqlite|postgresql] [--part kills]`.

Real processes serve people who hand in ideas and complete tasks. Meanwhile
processes are killed, connections cut, PostgreSQL crashes, its standby is
promoted, the disk fills up. At the end nothing may be lost, doubled or half
done: see `truth.py`. Prints seed, faults, acts and findings; 1 if there are
any findings.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import postgres
from tests.soak import faults
from tests.soak.disk import NoMount, small_disk
from tests.soak.faults import Outcome

KILLS = 100
"""How many processes are killed at least, on all databases together."""
ROUNDS = {"cuts": 100, "crashes": 5, "promotion": 3, "disk": 3}
SQLITE_DISK, POSTGRES_DISK = 16, 64
"""Megabytes of the disk that fills up."""

Part = Callable[[str, Path, int, float, int], Outcome]


def kills(db: str, folder: Path, seed: int, seconds: float, fewest: int) -> Outcome:
    """Web servers and workers are killed."""
    if db == "sqlite":
        return faults.kills(f"sqlite:///{folder}/soak.db", folder, seed, fewest, seconds)
    with postgres.Server(durable=True) as server:
        return faults.kills(server.url(server.create()), folder, seed, fewest, seconds)


def cuts(db: str, folder: Path, seed: int, seconds: float, fewest: int) -> Outcome:
    """Connections are cut."""
    with postgres.Server(durable=True, slow=True) as server:
        return faults.cuts(server, server.create(), folder, seed, fewest, seconds)


def crashes(db: str, folder: Path, seed: int, seconds: float, fewest: int) -> Outcome:
    """PostgreSQL crashes and is started again."""
    with postgres.Server(durable=True, slow=True) as server:
        return faults.crashes(server, server.create(), folder, seed, fewest, seconds)


def promotion(db: str, folder: Path, seed: int, seconds: float, fewest: int) -> Outcome:
    """A standby takes the place of its primary."""
    with postgres.Server(durable=True, slow=True) as primary:
        return faults.promotion(primary, primary.create(), folder, seed)


def disk(db: str, folder: Path, seed: int, seconds: float, fewest: int) -> Outcome:
    """The disk under the database fills up."""
    if db == "sqlite":
        with small_disk(SQLITE_DISK) as place:
            return faults.full_disk(f"sqlite:///{place}/soak.db", place, folder, seed)
    with small_disk(POSTGRES_DISK) as place:
        (place / "data").mkdir()
        with postgres.Server(durable=True, data=place / "data", tight=True) as server:
            return faults.full_disk(server.url(server.create()), place, folder, seed, server.mend)


PARTS: dict[str, tuple[Part, tuple[str, ...]]] = {
    "kills": (kills, ("sqlite", "postgresql")),
    "cuts": (cuts, ("postgresql",)),
    "crashes": (crashes, ("postgresql",)),
    "promotion": (promotion, ("postgresql",)),
    "disk": (disk, ("sqlite", "postgresql")),
}
ONCE = {"promotion", "disk"}
"""Parts whose scene ends with the fault: they are played several times."""


def play(name: str, db: str, seed: int, seconds: float, fewest: int) -> Outcome:
    """One part on one kind of database, on fresh databases, in a folder that is gone afterwards."""
    part, _ = PARTS[name]
    total, end = Outcome(), time.monotonic() + seconds
    while True:
        with tempfile.TemporaryDirectory(prefix="reifegrad-soak-") as folder:
            total.add(part(db, Path(folder), seed + total.faults, seconds, fewest))
        if name not in ONCE or total.findings or (total.faults >= fewest and time.monotonic() > end):
            return total


def main() -> int:
    """Soak one kind of database or both; 1 if anything was lost, doubled or half done."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long at least, for each part and database")
    parser.add_argument("--db", choices=("sqlite", "postgresql"), help="only this database")
    parser.add_argument("--part", choices=tuple(PARTS), action="append", help="only this part; may be repeated")
    parser.add_argument("--kills", type=int, default=KILLS, help="how many processes are killed at least, in all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    arguments = parser.parse_args()
    databases = [arguments.db] if arguments.db else ["sqlite", "postgresql"]
    if postgres.binaries() is None and "postgresql" in databases:
        print(postgres.INSTALL)
        databases.remove("postgresql")
    print(f"seed {arguments.seed}", flush=True)
    bad = False
    for name in arguments.part or PARTS:
        for db in [one for one in PARTS[name][1] if one in databases]:
            fewest = -(-arguments.kills // len(databases)) if name == "kills" else ROUNDS[name]
            begun = time.monotonic()
            try:
                outcome = play(name, db, arguments.seed, arguments.minutes * 60, fewest)
            except NoMount as error:
                print(f"{name} on {db}: left out, {error}", flush=True)
                continue
            print(f"{name} on {db}: {outcome.faults} faults, {outcome.acknowledged} acts acknowledged, answers "
                  f"{outcome.answers}, {len(outcome.findings)} findings in {time.monotonic() - begun:.0f} s",
                  *outcome.findings, sep="\n  ", flush=True)
            bad = bad or bool(outcome.findings)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
