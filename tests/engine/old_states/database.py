"""The database a release left behind: one instance of each model on its way, as SQL of either kind."""

import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select

from engine import wiring
from engine.identity import bodies
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from tests.engine.old_states import models
from tests.engine.spiff.models import NOON

FILES = {"sqlite": "database.sqlite.sql", "postgresql": "database.postgresql.sql"}


class Trip:
    """One instance in a house, with its own clock; the same acts as in way.py, through the runtime's verbs."""

    def __init__(self, house: Any, name: str) -> None:
        self.house, self.name, self.now = house, name, NOON
        self.id: UUID | None = None

    def start(self, data: Mapping[str, Any]) -> None:
        """Start it; it is about an idea of its own."""
        with self.house.work(now=self.now) as work:
            self.id = instances.start(work, self.name, {"idee_id": self.name, **data}, business_key=self.name,
                                      title=self.name).id

    def take_up(self, now: datetime) -> None:
        """Find it again in a database of an earlier release, at this moment."""
        self.now = now
        with self.house.look() as work:
            self.id = work.session.scalars(select(Instance.id).where(Instance.business_key == self.name)).one()

    def do(self, act: list[Any]) -> None:
        """Let one act happen; see models.Act."""
        verb, *what = act
        {"complete": self._complete, "wait": self._wait, "hear": self._hear}[verb](*what)

    def stands(self) -> tuple[list[str], str | None]:
        """The elements with open tasks, and the end if it has ended."""
        with self.house.look() as work:
            return sorted(task.element for task in self._open(work)), work.get(Instance, self.id).outcome

    def _open(self, work: Any) -> list[Task]:
        return list(work.session.scalars(select(Task).where(
            Task.instance_id == self.id, Task.closed_at.is_(None)).order_by(Task.opened_at, Task.id)))

    def _complete(self, element: str, typed: dict[str, Any], of: dict[str, Any]) -> None:
        with self.house.work(now=self.now) as work:
            task = next(task for task in self._open(work) if task.element == element
                        and (not of or of.items() <= instances.data_of(work, task).items()))
            instances.complete_task(work, task.id, typed)

    def _wait(self, hours: float) -> None:
        target = self.now + timedelta(hours=hours)
        while True:
            with self.house.look() as work:
                due = work.session.scalars(select(Timer.due_at).where(
                    Timer.instance_id == self.id, Timer.due_at <= target)).all()
            if not due:
                break
            self.now = max(self.now, min(due))
            with self.house.work(now=self.now) as work:
                instances.wake(work, self.id)
        self.now = target

    def _hear(self, message: str, payload: dict[str, Any]) -> None:
        with self.house.work(now=self.now) as work:
            instances.deliver(work, message, self.name, payload)


def fill(house: Any) -> None:
    """Bring one instance of each model to the middle of its way, in an empty house."""
    with house.work(now=NOON) as work:
        bodies.add_body(work, models.BODY, "Stelle")
        work.session.flush()
        wiring.deploy(work, {path: text for model in models.models() for path, text in model.files.items()})
    for model in models.models():
        trip = Trip(house, model.name)
        trip.start(model.data)
        for act in model.acts[:middle(model.acts)]:
            trip.do(act)


def middle(acts: list[Any]) -> int:
    """How many acts have happened in the database's instance."""
    return len(acts) // 2


def load(folder: Path, url: str) -> None:
    """Fill the empty database at *url* with what the release of *folder* left behind."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    text = (folder / FILES[kind]).read_text()
    if kind == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript(text)
        connection.close()
        return
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as postgresql:
        postgresql.execute(text.encode())


def sqlite_text(path: Path) -> str:
    """The SQLite file at *path* as SQL."""
    connection = sqlite3.connect(path)
    text = "\n".join(connection.iterdump()) + "\n"
    connection.close()
    return text


def postgresql_text(dumped: str) -> str:
    """What pg_dump wrote, without what only psql or only its own version understands."""
    only = re.compile(r"\\(un)?restrict |SET transaction_timeout ")
    return "".join(line for line in dumped.splitlines(keepends=True) if not only.match(line))
