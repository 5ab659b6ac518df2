"""Work for a while and kill at random: `python -m tests.soak [--minutes 1] [--db sqlite|postgresql]`.

Two processes start instances and complete tasks on one database. Every now
and then one of them is killed without warning and started anew. At the end
nothing may be half done: every chain verifies, and an instance has one open
task if it runs and none if it has ended.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from engine.errors import Conflict, Gone, Unavailable
from engine.history import seal
from engine.identity import people
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.settings import Settings
from engine.wiring import House, open_house
from engine.work import Actor
from tests import postgres
from tests.bench import cases

ROOT = Path(__file__).parent.parent
PROCESSES = 2
FEWEST_KILLS = 3


@dataclass(frozen=True)
class Outcome:
    """What a soak left behind."""

    kills: int
    completed: int
    ended: int
    running: int
    broken: list[str]


def soak(url: str, folder: Path, seconds: float, seed: int = 7) -> Outcome:
    """Let processes work on the empty database at *url* for *seconds*, kill them at random, see what is left."""
    bank = cases.Bank(url, "", folder)
    chance = random.Random(seed)
    workers = [_begin(url, folder) for _ in range(PROCESSES)]
    kills, end = 0, time.monotonic() + seconds
    try:
        while time.monotonic() < end or kills < FEWEST_KILLS:
            unlucky = chance.randrange(PROCESSES)
            assert workers[unlucky].stdout is not None
            workers[unlucky].stdout.readline()  # it is at work: its first acts are done
            time.sleep(chance.uniform(0.1, 1.5))
            workers[unlucky].send_signal(signal.SIGKILL)
            kills += 1 if workers[unlucky].wait() == -signal.SIGKILL else 0
            workers[unlucky].stdout.close()
            workers[unlucky] = _begin(url, folder)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            if worker.stdout is not None:
                worker.stdout.close()
    outcome = _look(bank.house, kills)
    bank.close()
    return outcome


def _begin(url: str, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "tests.soak", "--work", url, "--var", str(folder)], cwd=ROOT,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def _look(house: House, kills: int) -> Outcome:
    broken: list[str] = []
    with house.look() as work:
        open_ones = dict(work.session.execute(
            select(Task.instance_id, func.count()).where(Task.closed_at.is_(None)).group_by(Task.instance_id)).all())
        running = ended = 0
        for key, status in work.session.execute(select(Instance.id, Instance.status)):
            waiting = open_ones.get(key, 0)
            running, ended = running + (status == "running"), ended + (status == "ended")
            if waiting != (1 if status == "running" else 0):
                broken.append(f"{key} is {status} and has {waiting} open tasks")
        broken += [f"{one.chain_id} {one.seq}: {one.what.en}" for one in seal.verify(work)]
        completed = work.session.scalar(select(func.count()).where(Task.closed_as == "completed")) or 0
    return Outcome(kills, completed, ended, running, broken)


def _work(url: str, var: str) -> None:
    # Both workers want the same tasks, so they also meet each other's completions.
    house = open_house(Settings(database_url=url, var_dir=var, secret_key="only for soaking"))
    with house.look() as work:
        ada = people.by_login(work, "ada")
        assert ada is not None
        actor = Actor("person", ada.id)
    number, parent, told = os.getpid(), os.getppid(), False
    while os.getppid() == parent:  # else whoever should kill this process is gone
        number += 1
        try:
            with house.look() as work:
                waiting = work.session.execute(
                    select(Task.id, Task.element).where(Task.closed_at.is_(None)).limit(5)).all()
            if len(waiting) < 5:
                with house.work(actor) as work:
                    instances.start(work, "zehn", {"summe": 0}, business_key=str(number), title="Dauerlauf")
            for task, element in waiting:
                step = element[1:]
                with house.work(actor) as work:
                    typed = {f"ok_{step}": "true" if random.random() > 0.03 else "false", f"why_{step}": "weil"}
                    instances.complete_task(work, task, typed)
            if waiting and not told:
                print("at work", flush=True)
                told = True
        except (Conflict, Gone, Unavailable):
            continue


def main() -> int:
    """Soak one kind of database or both; 1 if anything was half done."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long, for each database")
    parser.add_argument("--db", choices=("sqlite", "postgresql"), help="only this database")
    parser.add_argument("--work", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--var", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        _work(arguments.work, arguments.var)
        return 0
    bad = False
    for kind in [arguments.db] if arguments.db else ["sqlite", "postgresql"]:
        with ExitStack() as closing:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="reifegrad-soak-")))
            url = f"sqlite:///{folder}/soak.db"
            if kind == "postgresql":
                if postgres.binaries() is None:
                    print(postgres.INSTALL)
                    continue
                server = closing.enter_context(postgres.Server(durable=True))
                url = server.url(server.create())
            outcome = soak(url, folder, arguments.minutes * 60)
            print(f"{kind}: {outcome.completed} tasks completed, {outcome.ended} instances ended, "
                  f"{outcome.running} running, {outcome.kills} kills, {len(outcome.broken)} things half done",
                  *outcome.broken, sep="\n  ")
            bad = bad or bool(outcome.broken)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
