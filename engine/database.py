"""The tables' common base and the one way to open the database."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from select import POLLIN, poll
from typing import Any, ClassVar
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    String,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, InternalError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from uuid_utils.compat import uuid7

from engine.errors import Unavailable, Unsure

BUSY_SECONDS = 10
"""How long an act waits for others that write (SQLite), for a free connection, and for a server to answer."""
UNANSWERED_MS = 15_000
"""After how long a server that no longer acknowledges what is sent to it counts as gone."""
CONNECTING: dict[str, Any] = {
    "connect_timeout": BUSY_SECONDS, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": UNANSWERED_MS,
}
"""What libpq is told where the URL says nothing else: a machine that vanished must not hold anybody for minutes."""


def new_id() -> UUID:
    """A fresh row id; ids made later sort later (RFC 9562, UUID version 7), which keeps indexes compact."""
    return uuid7()


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of time: a moment that does not come, and sorts behind all that do."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, refused without a zone, read back aware on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""A counter that outgrows 32 bits; SQLite's own integers are wide enough."""


class Base(DeclarativeBase):
    """Base of every table, with or without an id of its own."""

    type_annotation_map: ClassVar = {
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
        datetime: UtcDateTime,
    }


class Table(Base):
    """Base of every table whose rows have an id; the id is known as soon as the row is made."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", new_id())
        super().__init__(**values)


class Counter(Base):
    """The last number given out in a series."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int]


def next_of(session: Session, series: str) -> int:
    """The next number of a series, from 1; two acts never get the same."""
    value: int = session.execute(text(
        "INSERT INTO counter (name, value) VALUES (:name, 1) "
        "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
    ), {"name": series}).scalar_one()
    return value


def to_json(value: Any) -> str:
    """*value* as JSON text; dates and decimals become text, as they stand in forms."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


@dataclass(frozen=True)
class Database:
    """An open database.

    Sessions that write take SQLite's write lock at once. Sessions that read take none, and see one moment from their
    first question to their last: a task that is open has its instance's state.
    """

    engine: Engine
    writing: sessionmaker[Session]
    reading: sessionmaker[Session]

    @property
    def dialect(self) -> str:
        """"sqlite" or "postgresql"."""
        return self.engine.dialect.name


class Turns:
    """Who writes to a SQLite file next: the threads of this process queue up, first come, first served.

    SQLite lets waiting writers ask again at ever longer intervals, so that one of many may starve until its time is
    up. Writers of other processes are still waited for in SQLite's way.
    """

    def __init__(self) -> None:
        self._guard, self._taken, self._waiting = threading.Lock(), False, deque[threading.Lock]()

    def begin(self, connection: Any) -> None:
        """Begin a transaction; one that writes waits for its turn and takes the write lock at once."""
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        if mode == "IMMEDIATE":
            if not self._take():
                raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))
            connection.info["turn"] = True
        connection.exec_driver_sql(f"BEGIN {mode}")

    def end(self, connection: Any, record: Any) -> None:
        """The transaction is over, the connection is back in the pool: the next in the queue may write."""
        if record.info.pop("turn", False):
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._taken = False

    def _take(self) -> bool:
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=BUSY_SECONDS):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came in the last moment


def open_database(url: str) -> Database:
    """Open the database at *url* (SQLite in WAL mode with full durability, or PostgreSQL through psycopg).

    Nothing is connected yet; the folder of a SQLite file is made. On SQLite a writing session begins with BEGIN
    IMMEDIATE, so that what it read cannot change before it writes. A PostgreSQL that was restarted, or whose standby
    was promoted (a URL may name several hosts and target_session_attrs=read-write), is found again by itself: a
    connection that its server has ended is not used again.
    """
    address = make_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {
        "connect_args": {name: value for name, value in CONNECTING.items() if name not in address.query},
    }
    if sqlite and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, json_serializer=to_json, json_deserializer=orjson.loads, pool_size=10, max_overflow=20,
        pool_timeout=BUSY_SECONDS, **options
    )
    if sqlite:
        turns = Turns()
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", turns.begin)
        event.listen(engine, "checkin", turns.end)
    else:
        event.listen(engine, "checkout", _refuse_ended)
        # Rows are locked before they are changed, so nobody asks how many rows a change has met; see `at_once`.
        engine.dialect.supports_sane_rowcount = False
        engine.dialect.supports_sane_multi_rowcount = False
    writing = engine.execution_options(sqlite_begin="IMMEDIATE")
    reading = engine if sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
    return Database(
        engine,
        sessionmaker(writing, expire_on_commit=False),
        sessionmaker(reading, expire_on_commit=False),
    )


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions by its own rules
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()


def _refuse_ended(connection: Any, record: Any, proxy: Any) -> None:
    # A server that ends a connection says so or closes it; either can be read from it while it rests in the pool.
    # Looking costs nothing, where asking the server each time would cost a round trip.
    if record.fresh:
        return
    waiting = poll()
    if not connection.closed:
        waiting.register(connection.pgconn.socket, POLLIN)
    if connection.closed or waiting.poll(0):
        raise InvalidatePoolError()  # the others in the pool have most likely gone the same way


@contextmanager
def at_once(session: Session) -> Iterator[None]:
    """Send what is written inside without waiting for the answer to each statement.

    PostgreSQL's pipeline mode: all that an act writes costs one round trip. An
    error comes up at the end, as the same exception that it would have been.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:  # told by the driver itself, too late for SQLAlchemy to translate it
        gone = connection.dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]  # of psycopg, no cursor
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, connection_invalidated=gone, dialect=connection.dialect,
        ) from error


@contextmanager
def unavailable(committing: bool = False) -> Iterator[None]:
    """Turn a database that is locked, full, read-only or gone into Unavailable.

    While *committing*, a connection that breaks leaves open whether the commit took place: that is Unsure.
    """
    try:
        yield
    except (DBAPIError, NoConnectionLeft) as error:
        if committing and isinstance(error, DBAPIError) and error.connection_invalidated:
            raise _unsure(error) from error
        if isinstance(error, OperationalError | NoConnectionLeft) or error.connection_invalidated \
                or _read_only(error):
            raise _unavailable(error) from error
        raise


def _read_only(error: DBAPIError) -> bool:
    # A standby, or a server that is being switched over: psycopg counts this among the internal errors.
    return isinstance(error, InternalError) and getattr(error.orig, "sqlstate", None) == "25006"


def _cause(error: DBAPIError | NoConnectionLeft) -> str:
    said = str(getattr(error, "orig", None) or error)
    return said.splitlines()[0] if said else type(error).__name__


def _unavailable(error: DBAPIError | NoConnectionLeft) -> Unavailable:
    return Unavailable(
        "Die Datenbank ist gerade nicht erreichbar oder überlastet. Es wurde nichts gespeichert. "
        "Bitte versuchen Sie es in einer Minute noch einmal. ({cause})",
        "The database cannot be reached or is overloaded. Nothing was stored. Please try again in a minute. ({cause})",
        cause=_cause(error),
    )


def _unsure(error: DBAPIError) -> Unsure:
    return Unsure(
        "Die Verbindung zur Datenbank brach ab, während gespeichert wurde. Vermutlich ist nichts gespeichert, sicher "
        "ist das nicht: Bitte sehen Sie in einer Minute nach, bevor Sie es noch einmal versuchen. ({cause})",
        "The connection to the database broke while it was storing. Probably nothing was stored, but that is not "
        "certain: please look in a minute before you try again. ({cause})",
        cause=_cause(error),
    )
