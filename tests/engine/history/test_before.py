"""A history written before events became smaller is as provable afterwards, and what was changed stays found."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Connection, text

from engine import migrations
from engine.database import open_database
from engine.history import seal
from engine.history.events import HOUSE
from engine.settings import Settings
from engine.wiring import House
from engine.work import ENGINE

SUBJECT = UUID("0198c0de-0000-7000-8000-000000000001")


def to_step(connection: Connection, step: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, step)


def written(connection: Connection, key: Any) -> str:
    """An id as the database of this kind stores it."""
    return UUID(str(key)).hex if connection.dialect.name == "sqlite" else str(key)


def append(connection: Connection, number: int, before: str, particulars: dict[str, Any]) -> str:
    """An event as the first release wrote it; returns its hash."""
    at = datetime(2026, 3, 2, 8, number, tzinfo=UTC) + timedelta(microseconds=number // 2)
    content = [before, str(HOUSE), number, at.isoformat(), "engine", None, None, "body.added", "body", str(SUBJECT),
               particulars]
    made = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    connection.execute(text(
        "INSERT INTO event (chain_id, seq, at, actor_kind, verb, subject_kind, subject_id, particulars, hash) "
        "VALUES (:chain, :seq, :at, 'engine', 'body.added', 'body', :subject, :particulars, :hash)"
    ), {"chain": written(connection, HOUSE), "seq": number, "subject": written(connection, SUBJECT), "hash": made,
        "at": f"{at:%Y-%m-%d %H:%M:%S.%f}" + ("" if connection.dialect.name == "sqlite" else "+00:00"),
        "particulars": json.dumps(particulars, indent=1)})
    return made


@pytest.fixture
def old(empty_database_url: str) -> Any:
    """A database of the first release with three events in the chain of the house and a seal over them."""
    database = open_database(empty_database_url)
    with database.writing.kw["bind"].begin() as connection:
        to_step(connection, "0001")
        head = ""
        for number in (1, 2, 3):
            head = append(connection, number, head, {"name": "Ältestenrat", "b": number, "a": {"z": 1.5, "y": None}})
        connection.execute(
            text("INSERT INTO chain (id, chain_length, chain_head, sealed_length) VALUES (:i, 3, :h, 3)"),
            {"i": written(connection, HOUSE), "h": head})
        at = datetime(2026, 3, 3, tzinfo=UTC)
        entries = [[str(HOUSE), 3, head]]
        hashed = hashlib.sha256(orjson.dumps(["", 1, at.isoformat(), entries])).hexdigest()
        connection.execute(text("INSERT INTO seal (id, number, at, entries, hash) VALUES (:i, 1, :at, :e, :h)"), {
            "i": written(connection, SUBJECT), "e": json.dumps(entries), "h": hashed,
            "at": "2026-03-03 00:00:00.000000" + ("" if connection.dialect.name == "sqlite" else "+00:00")})
    yield database
    database.engine.dispose()


def broken(database: Any) -> list[str]:
    migrations.upgrade(database.writing.kw["bind"])
    with House(Settings(), database).look(ENGINE) as work:
        return [one.what.en for one in seal.verify(work)]


def change(database: Any, statement: str) -> None:
    with database.writing.kw["bind"].begin() as connection:
        connection.execute(text(statement))


def test_it_verifies_with_the_hashes_and_the_seal_it_had(old: Any) -> None:
    with old.engine.connect() as connection:
        before = connection.scalars(text("SELECT hash FROM event ORDER BY seq")).all()
    assert broken(old) == []
    with old.engine.connect() as connection:
        after = connection.scalars(text("SELECT hash FROM event ORDER BY seq")).all()
        assert [bytes(one).hex() for one in after] == before
        assert connection.execute(text("SELECT number, chains FROM seal")).all() == [(1, 1)]


def test_what_was_changed_before_is_found_afterwards(old: Any) -> None:
    change(old, """UPDATE event SET particulars = '{"name": "Kreistag"}' WHERE seq = 2""")
    assert broken(old) == ["Event 2 (“body.added”) was changed afterwards."]


def test_a_seal_that_was_changed_before_is_found_afterwards(old: Any) -> None:
    change(old, "UPDATE seal SET entries = '[]'")
    assert broken(old) == ["Seal 1 was changed, or one before it removed."]


def test_what_grows_afterwards_is_sealed_anew(old: Any) -> None:
    from engine.identity import bodies

    assert broken(old) == []
    house = House(Settings(), old)
    with house.work() as work:
        assert seal.seal(work) is None
    with house.work() as work:
        bodies.add_body(work, "panel", "Panel")
    with house.work() as work:
        made = seal.seal(work)
        assert made is not None and (made.number, made.chains) == (2, 1)
    assert broken(old) == []
