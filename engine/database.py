"""The tables' common base and the one way to open the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from uuid_utils.compat import uuid7

from engine.errors import Unavailable

BUSY_SECONDS = 10


def new_id() -> UUID:
    """A fresh row id; ids made later sort later (RFC 9562, UUID version 7), which keeps indexes compact."""
    return uuid7()


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


def to_json(value: Any) -> str:
    """*value* as JSON text; dates and decimals become text, as they stand in forms."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


@dataclass(frozen=True)
class Database:
    """An open database: sessions that write take the write lock at once, sessions that read do not."""

    engine: Engine
    writing: sessionmaker[Session]
    reading: sessionmaker[Session]

    @property
    def dialect(self) -> str:
        """"sqlite" or "postgresql"."""
        return self.engine.dialect.name


def open_database(url: str) -> Database:
    """Open the database at *url* (SQLite in WAL mode with full durability, or PostgreSQL through psycopg).

    Nothing is connected yet; the folder of a SQLite file is made. On SQLite a writing session begins with BEGIN
    IMMEDIATE, so that what it read cannot change before it writes.
    """
    sqlite = make_url(url).get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {"pool_pre_ping": True}
    if sqlite and (file := make_url(url).database):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, json_serializer=to_json, json_deserializer=orjson.loads, pool_size=10, max_overflow=20, **options
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    writing = engine.execution_options(sqlite_begin="IMMEDIATE")
    return Database(
        engine,
        sessionmaker(writing, expire_on_commit=False),
        sessionmaker(engine, expire_on_commit=False),
    )


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions by its own rules
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn a database that is locked, full, read-only or gone into Unavailable."""
    try:
        yield
    except OperationalError as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unavailable(error) from error
        raise


def _unavailable(error: DBAPIError) -> Unavailable:
    return Unavailable(
        "Die Datenbank ist gerade nicht erreichbar oder überlastet. Es wurde nichts gespeichert. "
        "Bitte versuchen Sie es in einer Minute noch einmal. ({cause})",
        "The database cannot be reached or is overloaded. Nothing was stored. Please try again in a minute. ({cause})",
        cause=str(error.orig).splitlines()[0] if error.orig else "",
    )
