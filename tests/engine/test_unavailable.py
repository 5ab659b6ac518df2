"""A database that is locked, full or gone gives a sentence, and nothing is half written."""

import sqlite3
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select, text

from engine import database
from engine.errors import Unavailable, Unsure
from engine.history import seal
from engine.history.events import Event
from engine.identity import people
from engine.identity.people import Person
from engine.settings import Settings
from engine.wiring import open_house


def add(house: Any, name: str) -> None:
    with house.work() as work:
        people.add(work, name, name, f"{name}@example.org")


def counts(house: Any) -> tuple[int, int]:
    with house.look() as work:
        people_known, happened = (work.session.scalar(select(func.count()).select_from(table)) or 0
                                  for table in (Person, Event))
    return people_known, happened


@pytest.mark.databases("sqlite")
def test_a_locked_database_is_unavailable_for_writing_and_open_for_reading(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    busy = open_house(house.settings, create=False)
    path = house.settings.database_url.removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as locked:
        add(busy, "ada")
    assert "database is locked" in locked.value.de
    assert counts(busy) == (0, 0)
    holder.execute("ROLLBACK")
    add(busy, "ada")
    assert counts(busy) == (1, 1)
    holder.close()
    busy.database.engine.dispose()


@pytest.mark.databases("sqlite")
def test_a_full_disk_is_unavailable_and_leaves_nothing_half_done(house: Any) -> None:
    add(house, "ada")
    with pytest.raises(Unavailable), house.work() as work:
        pages = work.session.scalar(text("PRAGMA page_count"))
        work.session.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        for number in range(2000):
            people.add(work, f"name{number}", "x" * 100, "x@example.org")
            work.session.flush()
    house.database.engine.dispose()  # the limit belonged to the connection
    assert counts(house) == (1, 1)
    with house.look() as work:
        assert list(seal.verify(work)) == []


@pytest.mark.databases("postgresql")
def test_a_database_that_is_gone_is_unavailable_and_comes_back(house: Any) -> None:
    add(house, "ada")
    with house.work() as work:
        people.add(work, "ben", "Ben", "ben@example.org")
        work.session.flush()
        pid = work.session.scalar(text("SELECT pg_backend_pid()"))
        with house.work() as killer:
            killer.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(Unavailable), database.unavailable():
            work.session.scalar(select(Person.id))
        work.session.rollback()
    assert counts(house) == (1, 1)
    add(house, "eva")
    assert counts(house) == (2, 2)


@pytest.mark.databases("postgresql")
def test_a_commit_whose_answer_is_lost_is_neither_stored_nor_refused(house: Any) -> None:
    with pytest.raises(Unsure) as unsure, house.work() as work:
        people.add(work, "ben", "Ben", "ben@example.org")
        work.session.flush()
        with house.work() as killer:
            killer.session.execute(text("SELECT pg_terminate_backend(:pid)"),
                                   {"pid": work.session.scalar(text("SELECT pg_backend_pid()"))})
    assert "Bitte sehen Sie in einer Minute nach" in unsure.value.de
    add(house, "eva")
    assert counts(house) == (1, 1)


@pytest.mark.databases("postgresql")
def test_who_has_read_what_they_asked_for_does_not_hear_that_the_connection_broke(house: Any) -> None:
    add(house, "ada")
    with house.look() as work:
        assert work.session.scalar(select(Person.name)) == "ada"
        with house.work() as killer:
            killer.session.execute(text("SELECT pg_terminate_backend(:pid)"),
                                   {"pid": work.session.scalar(text("SELECT pg_backend_pid()"))})
    add(house, "eva")
    assert counts(house) == (2, 2)


@pytest.mark.databases("postgresql")
def test_a_database_that_only_reads_is_unavailable(house: Any) -> None:
    with pytest.raises(Unavailable) as refused, house.work() as work:
        work.session.execute(text("SET TRANSACTION READ ONLY"))
        people.add(work, "ben", "Ben", "ben@example.org")
    assert not isinstance(refused.value, Unsure) and "read-only" in refused.value.de
    assert counts(house) == (0, 0)


def test_nobody_waits_for_ever_for_a_connection(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    small = open_house(house.settings, create=False)
    most = 30
    with ExitStack() as held:
        for _ in range(most):
            held.enter_context(small.look()).session.connection()
        with pytest.raises(Unavailable):
            counts(small)
    assert counts(small) == (0, 0)
    small.database.engine.dispose()


def test_nobody_at_the_other_end_is_unavailable(tmp_path: Any) -> None:
    house = open_house(Settings(database_url="postgresql+psycopg://nobody@127.0.0.1:1/none", var_dir=str(tmp_path)),
                       create=False)
    with pytest.raises(Unavailable):
        add(house, "ada")
