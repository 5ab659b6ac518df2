"""How much more several processes do than one, all on one PostgreSQL.

Each process opens a house of its own and holds nothing that another needs.  Three kinds are counted: processes that
complete tasks, web servers that are asked to over loopback, workers that fire timers.  The database and whoever asks
run on the same machine, so its cores are the limit, not the database's locks.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.identity import people
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.settings import Settings
from engine.wiring import House, open_house
from engine.work import Actor
from tests.bench import models
from tests.bench.bank import Bank
from tests.bench.meter import Result
from tests.bench.servers import ROOT, serving
from tests.bench.serving import Browser, together
from tests.bench.table import number, written
from tests.bench.working import Waiting

PROCESSES = (1, 2, 4)
SECONDS = 5.0
CONNECTIONS = 8
"""On how many connections at once the web servers are asked, however many they are."""
SUPPLY = 60
"""How many ten-task instances are ready for each second of each process."""


def growing(bank: Bank, scale: float) -> Iterator[Result]:
    """Completions a second with 1, 2 and 4 processes, through as many web servers, and timers with as many workers."""
    for kind, count in itertools.product((completing, through_the_web, firing), PROCESSES if scale == 1 else (1, 2)):
        yield Result(f"growing-{kind.__name__.replace('_', '-')}-{count}", bank.db, per_second=kind(bank, count, scale),
                     more={"processes": count})


def completing(bank: Bank, processes: int, scale: float) -> float:
    """So many processes complete tasks for a few seconds; how many a second together."""
    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="reifegrad-bench-"))
        workers = [closing.enter_context(subprocess.Popen(
            [sys.executable, "-m", "tests.bench.growing", bank.url, folder, str(max(0.3, SECONDS * scale))], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)) for _ in range(processes)]
        for worker in workers:
            assert _out(worker).readline() == "ready\n", "a process did not come up"
        for worker in workers:
            assert worker.stdin is not None
            print("go", file=worker.stdin, flush=True)
        done = [json.loads(_out(worker).readline()) for worker in workers]
    return round(sum(count / seconds for count, seconds in done), 1)


def through_the_web(bank: Bank, servers: int, scale: float) -> float:
    """So many web servers, asked to complete tasks on as many connections as ever; how many a second together."""
    repeats = max(3, round(100 * scale))
    waiting = [bank.open_task(bank.start("zwei", turn)) for turn in range(CONNECTIONS * (repeats + 2))]
    with ExitStack() as closing:
        served = [closing.enter_context(serving(bank.url)) for _ in range(servers)]
        browsers = [Browser(served[turn % servers]) for turn in range(CONNECTIONS)]
        times, took = together(browsers, lambda person: person.complete(waiting.pop()), repeats)
    return round(len(times) / took, 1)


def firing(bank: Bank, workers: int, scale: float) -> float:
    """So many workers fire timers that fall due at once; how many a second together."""
    return Waiting(bank).drained(workers, max(20, round(3_000 * scale)))


def table(results: list[Result]) -> str:
    """One row a kind of process, one column a number of them, with how many times one process's figure that is."""
    found = {result.case: result.per_second for result in results}
    rows = []
    titles = ((completing, "processes that complete tasks"), (through_the_web, "web servers, asked over HTTP"),
              (firing, "workers that fire timers"))
    for kind, title in titles:
        figures = [found.get(f"growing-{kind.__name__.replace('_', '-')}-{count}") for count in PROCESSES]
        cells = [f"{number(figure)} a second" + (f" ({figure / figures[0]:.2f} ×)" if place and figures[0] else "")
                 if figure is not None else "" for place, figure in enumerate(figures)]
        rows.append([title, *cells])
    return written(("", *(f"{count} process{'es' if count > 1 else ''}" for count in PROCESSES)), rows)


def main() -> int:
    """Be one of the processes: prepare instances, wait for the word, complete their tasks until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growing", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder")
    parser.add_argument("seconds", type=float)
    arguments = parser.parse_args()
    house = open_house(Settings(database_url=arguments.url, var_dir=arguments.folder, secret_key="only for measuring"))
    with house.look() as work:
        ada = people.by_login(work, "ada")
        assert ada is not None
        actor = Actor("person", ada.id)
    supply = [_start(house, actor) for _ in range(max(2, round(SUPPLY * arguments.seconds)))]
    walk = _walk(house, actor, supply)
    _complete(house, actor, *next(walk))  # to warm up
    print("ready", flush=True)
    sys.stdin.readline()
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < arguments.seconds:
        _complete(house, actor, *next(walk))
        done += 1
    print(json.dumps([done, time.perf_counter() - begun]), flush=True)
    return 0


def _start(house: House, actor: Actor) -> UUID:
    with house.work(actor) as work:
        return instances.start(work, "zehn", {"summe": 0}, business_key="2026-1", title="Eine Bank").id


def _walk(house: House, actor: Actor, supply: list[UUID]) -> Iterator[tuple[UUID, int]]:
    while True:
        instance = supply.pop() if supply else _start(house, actor)
        for step in range(1, 11):
            with house.look() as work:
                yield work.session.scalars(select(Task.id).where(
                    Task.instance_id == instance, Task.closed_at.is_(None))).one(), step


def _complete(house: House, actor: Actor, task: UUID, step: int) -> None:
    with house.work(actor) as work:
        instances.complete_task(work, task, models.answers(step))


def _out(worker: "subprocess.Popen[str]") -> Any:
    return worker.stdout


if __name__ == "__main__":
    sys.exit(main())
