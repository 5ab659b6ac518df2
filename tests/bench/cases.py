"""What is measured, each case on a fresh database of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import wiring
from engine.identity import bodies, people
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.settings import Settings
from engine.wiring import open_house
from engine.work import Actor
from tests.bench import fill, models
from tests.bench.meter import Counter, Result, figures, measure

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 30


class Bank:
    """A house to measure on: one body, one person in it, the two processes deployed."""

    def __init__(self, url: str, db: str, folder: Path) -> None:
        self.db = db
        self.folder = folder
        self.house = open_house(Settings(database_url=url, var_dir=str(folder), secret_key="only for measuring"))
        with self.house.work() as work:
            body = bodies.add_body(work, models.BODY, "Messbank")
            person = people.add(work, "ada", "Ada", "ada@example.org")
            work.session.flush()
            bodies.seat(work, person, body)
            work.session.flush()
            wiring.deploy(work, {**models.files("zwei", 2, scripts=False), **models.files("zehn", 10, scripts=True)})
            self.person, self.session_key = person.id, person.session_key

    @property
    def engine(self) -> Any:
        """What statements and commits are counted on."""
        return self.house.database.engine

    def start(self, process: str, number: int = 0) -> UUID:
        """Start an instance; returns its id."""
        with self.house.work(Actor("person", self.person)) as work:
            return instances.start(work, process, {"summe": 0}, business_key=f"2026-{number:05}", title="Eine Bank").id

    def open_task(self, instance: UUID) -> UUID:
        """The id of the one open task of an instance."""
        with self.house.look() as work:
            return work.session.scalars(select(Task.id).where(
                Task.instance_id == instance, Task.closed_at.is_(None))).one()

    def complete(self, task: UUID, step: int) -> None:
        """Complete a task as its form asks, with a durable commit."""
        with self.house.work(Actor("person", self.person)) as work:
            instances.complete_task(work, task, {f"ok_{step}": "true", f"why_{step}": "Passt zum Ort und zum Plan."})

    def client(self) -> Any:
        """A browser's stand-in, signed in, that asks the application without a network."""
        from web.app import create_app

        client = create_app(self.house).test_client()
        with client.session_transaction() as session:
            session.update(person=str(self.person), key=self.session_key, seen=datetime.now(UTC).isoformat())
        return client

    def close(self) -> None:
        """Give the database back."""
        self.house.database.engine.dispose()


def complete(bank: Bank, process: str, steps: int, repeats: int) -> Result:
    """Complete tasks, all steps of one instance after the other; looking the task up is not measured."""
    waiting: dict[int, tuple[UUID, int]] = {}
    for turn in range(repeats // steps + 2):
        instance = bank.start(process, turn)
        for step in range(1, steps + 1):
            waiting[turn * steps + step - 1] = (instance, step)
    times: list[float] = []
    counter = Counter()
    for number in range(len(waiting)):
        instance, step = waiting[number]
        task = bank.open_task(instance)
        with counter.on(bank.engine):
            begun = time.perf_counter()
            bank.complete(task, step)
            times.append(time.perf_counter() - begun)
    done, counted = times[steps:], len(times)
    return Result(f"complete-{steps}", bank.db, *figures(done), statements=round(counter.statements / counted, 1),
                  commits=round(counter.commits / counted, 2), repeats=len(done))


def start(bank: Bank, repeats: int) -> Result:
    """Start an instance of the two-task process."""
    return measure("start", bank.db, lambda number: bank.start("zwei", number) and None, repeats, bank.engine)


def page(bank: Bank, case: str, address: str, repeats: int, expected: str = "") -> Result:
    """Ask for a page, from the request's first line to the answer's last byte, without a network."""
    client = bank.client()

    def ask(number: int) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"
        assert expected in answer.text, f"{address}: {expected} is not on the page"

    return measure(case, bank.db, ask, repeats, bank.engine)


def inbox(bank: Bank, count: int, repeats: int) -> Result:
    """The first page of the bodies' tasks with *count* of them open."""
    fill.tasks(bank.house, bank.start("zwei"), count - 1)
    return page(bank, f"inbox-{count}", "/aufgaben?ansicht=gremien", repeats, "2026-0")


def ideas(bank: Bank, count: int, repeats: int) -> list[Result]:
    """The first page of the idea store with *count* ideas, and a search in it."""
    fill.ideas(bank.house, count)
    return [
        page(bank, f"ideas-{count}", "/ideen", repeats, "2026-0"),
        page(bank, f"ideas-{count}-search", "/ideen?suche=streuobst", repeats, "Streuobst"),
    ]


def ready(url: str, db: str, repeats: int) -> list[Result]:
    """From `reifegrad serve` to the first answered page, with the schema made; and the memory it then holds."""
    times, resident = [], []
    for _turn in range(repeats + 1):
        with _serving(url) as (process, seconds, address):
            times.append(seconds)
            for _ in range(50):
                urllib.request.urlopen(address, timeout=10).read()
            resident.append(_megabytes(process.pid))
    first, *rest = times
    median, p95, _per_second = figures(rest)
    return [
        Result("ready", db, median, p95, None, None, None, repeats, {"first_start_ms": round(first * 1000)}),
        Result("memory", db, None, None, None, None, None, repeats,
               {"megabytes": round(sorted(resident)[len(resident) // 2], 1)}),
    ]


@contextmanager
def _serving(url: str) -> Iterator[tuple["subprocess.Popen[bytes]", float, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "serve"], cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "DATABASE_URL": url, "PORT": str(port), "REIFEGRAD_VAR_DIR": folder},
        )
        try:
            while not _answers(address):
                if process.poll() is not None or time.perf_counter() - begun > SECONDS_TO_START:
                    raise RuntimeError("reifegrad serve does not answer")
                time.sleep(0.005)
            yield process, time.perf_counter() - begun, address
        finally:
            process.terminate()
            process.wait(15)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


Case = Callable[[Bank], list[Result]]


def cases(repeats: int) -> dict[str, Case]:
    """Each case by its name; *repeats* is how often the quick acts are measured."""
    return {
        "complete-2": lambda bank: [complete(bank, "zwei", 2, repeats)],
        "complete-10": lambda bank: [complete(bank, "zehn", 10, repeats)],
        "start": lambda bank: [start(bank, repeats)],
        "inbox-1000": lambda bank: [inbox(bank, 1_000, max(5, repeats // 5))],
        "inbox-100000": lambda bank: [inbox(bank, 100_000, max(5, repeats // 5))],
        "ideas-5000": lambda bank: ideas(bank, 5_000, max(5, repeats // 5)),
    }
