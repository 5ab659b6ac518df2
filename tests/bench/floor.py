"""The floor under a figure: the same statements with the same values, sent through the bare driver.

An act is done for real up to its commit: what it asks of the database is noted, then the commit is refused, so that
nothing of it stays.  The very statements and values are sent again over a connection of the driver's own (psycopg,
sqlite3), without SQLAlchemy and without the engine, in pipeline mode where the engine used it, and committed as
durably.  The rows are thus the same to the byte, and afterwards the database is as if the act had been done: real acts
and floors can take turns in one instance.  When the schema or the engine's queries change, the floor changes with them;
nothing about them is written down here.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson
import psycopg
from psycopg.pq import PipelineStatus
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import Engine, event, make_url

from engine.database import to_json

NOT_SENT_AGAIN = ("BEGIN", "PRAGMA")
WRITES = ("INSERT", "UPDATE", "DELETE")


class NotKept(BaseException):
    """The act came to its commit, which is refused; no error, and nobody's to catch but the recorder's."""


@dataclass
class Sent:
    """What an act asked of the database."""

    statements: list[tuple[str, Any, bool, bool]] = field(default_factory=list)
    """statement, values, whether the values are those of many rows, whether it was sent in pipeline mode"""
    writes: bool = False


class Floor:
    """Records acts of one house and does them again without it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._spare = engine.connect()
        self.connection = bare(str(engine.url.render_as_string(hide_password=False)))

    def of(self, act: Callable[[], Any]) -> float:
        """Seconds that what *act* asks of the database takes without the engine; the act is done by it."""
        return self.replay(self.record(act))

    def record(self, act: Callable[[], Any]) -> Sent:
        """What *act* asks of the database up to the first commit of something written; nothing of it stays."""
        sent = Sent()

        def asked(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
            if not statement.startswith(NOT_SENT_AGAIN):
                sent.statements.append((statement, values, many, _in_pipeline(connection)))
                sent.writes = sent.writes or statement.startswith(WRITES)

        def refused(connection: Any) -> None:
            if sent.writes:
                connection.connection.rollback()  # SQLAlchemy takes a commit that was begun for done
                raise NotKept

        event.listen(self._engine, "before_cursor_execute", asked)
        event.listen(self._engine, "commit", refused)
        try:
            with self._on_the_spare():
                act()
        except NotKept:
            pass
        finally:
            event.remove(self._engine, "before_cursor_execute", asked)
            event.remove(self._engine, "commit", refused)
        return sent

    def replay(self, sent: Sent) -> float:
        """Ask the same again over the bare connection, commit what writes; return the seconds it took."""
        begun = time.perf_counter()
        if isinstance(self.connection, sqlite3.Connection):
            self.connection.execute("BEGIN IMMEDIATE" if sent.writes else "BEGIN")
        for piped, statements in groupby(sent.statements, lambda one: one[3]):
            with self.connection.pipeline() if piped else nullcontext():
                self._ask([one[:3] for one in statements], read=not piped)
        self.connection.commit()  # of what only looked, too: psycopg would forget its prepared statements otherwise
        return time.perf_counter() - begun

    @contextmanager
    def _on_the_spare(self) -> Iterator[None]:
        # What is refused is rolled back, and psycopg forgets a connection's prepared statements with that. So that the
        # acts that are timed find theirs, recording has a connection of its own: all others are taken meanwhile.
        others = [self._engine.connect() for _ in range(self._engine.pool.checkedin())]
        self._spare.close()
        try:
            yield
        finally:
            self._spare = self._engine.connect()
            for other in others:
                other.close()

    def _ask(self, statements: list[tuple[str, Any, bool]], *, read: bool) -> None:
        for statement, values, many in statements:
            cursor = self.connection.cursor()
            (cursor.executemany if many else cursor.execute)(statement, values)
            if read and cursor.description:
                cursor.fetchall()

    def close(self) -> None:
        """End both connections."""
        self._spare.close()
        self.connection.close()


def _in_pipeline(connection: Any) -> bool:
    driver = connection.connection.driver_connection
    return isinstance(driver, psycopg.Connection) and driver.info.pipeline_status == PipelineStatus.ON


def bare(url: str) -> Any:
    """A connection of the driver's own to the database at *url*, with the durability of the engine's."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(where.database), isolation_level=None, check_same_thread=False, timeout=60)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        return connection
    server = psycopg.connect(host=str(where.query["host"]), user=where.username, dbname=where.database)
    set_json_dumps(to_json, server)
    set_json_loads(orjson.loads, server)
    return server
