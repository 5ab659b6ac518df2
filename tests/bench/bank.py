"""A house to measure on, and the acts of the people in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from engine import wiring
from engine.identity import bodies, people, permissions
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.settings import Settings
from engine.wiring import open_house
from engine.work import Actor, Work
from tests.bench import models
from tests.bench.floor import Floor

PASSWORD = "nur zum Messen"


class Bank:
    """Five bodies, Ada who sits in all of them, Ute who audits, the measured processes deployed.

    A database that has them already, a copy of another one's, is taken as it is.
    """

    def __init__(self, url: str, db: str, folder: Path) -> None:
        self.url = url
        self.db = db
        self.folder = folder
        self.house = open_house(Settings(database_url=url, var_dir=str(folder), secret_key="only for measuring"))
        with self.house.work() as work:
            if people.by_login(work, "ada") is None:
                _found(work)
            ada, ute = people.by_login(work, "ada"), people.by_login(work, "ute")
            assert ada is not None and ute is not None
            self.person, self.session_key = ada.id, ada.session_key
            self.auditor, self.auditor_key = ute.id, ute.session_key

    @property
    def engine(self) -> Any:
        """What statements and commits are counted on."""
        return self.house.database.engine

    @cached_property
    def floor(self) -> Floor:
        """Does acts of this house again through the bare driver."""
        return Floor(self.engine)

    def start(self, process: str, number: int = 0, now: datetime | None = None, **data: Any) -> UUID:
        """Start an instance; returns its id."""
        with self.house.work(Actor("person", self.person), now) as work:
            return instances.start(work, process, {"summe": 0, **data}, business_key=f"2026-{number:05}",
                                   title="Eine Bank").id

    def open_tasks(self, instance: UUID) -> list[UUID]:
        """The ids of the open tasks of an instance, the oldest first."""
        with self.house.look() as work:
            return list(work.session.scalars(select(Task.id).where(
                Task.instance_id == instance, Task.closed_at.is_(None)).order_by(Task.id)))

    def open_task(self, instance: UUID) -> UUID:
        """The id of the one open task of an instance."""
        [task] = self.open_tasks(instance)
        return task

    def count(self, table: str, where: str = "true") -> int:
        """How many rows of *table* there are for the SQL condition *where*."""
        return int(self.scalar(f"SELECT count(*) FROM {table} WHERE {where}"))

    def scalar(self, query: str) -> Any:
        """What an SQL query for one value gives."""
        with self.house.look() as work:
            return work.session.execute(text(query)).scalar_one()

    def complete(self, task: UUID, step: int, *, go_on: bool = True) -> None:
        """Complete a task as its form asks, with a durable commit."""
        with self.house.work(Actor("person", self.person)) as work:
            instances.complete_task(work, task, models.answers(step, go_on))

    def walk(self, process: str, steps: int, **data: Any) -> Iterator[tuple[UUID, int]]:
        """One task after the other with its step, all steps of an instance, then those of a new one."""
        number = 0
        while True:
            instance, number = self.start(process, number, **data), number + 1
            for step in range(1, steps + 1):
                yield self.open_task(instance), step

    def client(self, *, audits: bool = False) -> Any:
        """A browser's stand-in, signed in, that asks the application without a network."""
        from web.app import create_app

        client = create_app(self.house).test_client()
        with client.session_transaction() as session:
            person, key = (self.auditor, self.auditor_key) if audits else (self.person, self.session_key)
            session.update(person=str(person), key=key, seen=datetime.now(UTC).isoformat())
        return client

    def close(self) -> None:
        """Give the database back."""
        if "floor" in self.__dict__:
            self.floor.close()
        self.house.database.engine.dispose()


def _found(work: Work) -> None:
    ada = people.add(work, "ada", "Ada", "ada@example.org", PASSWORD)
    ute = people.add(work, "ute", "Ute", "ute@example.org")
    work.session.flush()
    for key in (*models.BODIES, permissions.AUDITORS):
        body = bodies.add_body(work, key, f"Messbank {key}")
        work.session.flush()
        bodies.seat(work, ute if key == permissions.AUDITORS else ada, body)
        work.session.flush()
    wiring.deploy(work, models.everything())
