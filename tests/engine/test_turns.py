"""On SQLite many threads write one after the other, in the order they came, and none is refused for waiting."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select, text

from engine import database
from engine.errors import Unavailable
from engine.identity import people
from engine.identity.people import Person
from engine.wiring import open_house
from tests.soak.service import until
from tests.together import SECONDS, at_once

pytestmark = pytest.mark.databases("sqlite")
WRITERS, TIMES = 20, 10


def add(house: Any, name: str) -> None:
    with house.work() as work:
        people.add(work, name, name, f"{name}@example.org")


def known(house: Any) -> int:
    with house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Person)) or 0


def test_twenty_threads_that_write_at_once_are_all_served(house: Any) -> None:
    def write(number: int) -> None:
        for turn in range(TIMES):
            add(house, f"p{number}-{turn}")

    results = at_once(*(lambda number=number: write(number) for number in range(WRITERS)))
    assert results == [None] * WRITERS
    assert known(house) == WRITERS * TIMES


def test_who_came_first_writes_first(house: Any) -> None:
    order: list[int] = []
    queue: Any = database.Turns()

    def write(number: int) -> None:
        assert queue._take()
        order.append(number)
        queue.end(None, Record())

    class Record:
        info = property(lambda self: {"turn": True})

    assert queue._take()
    waiting = []
    for number in range(5):
        waiting.append(threading.Thread(target=write, args=(number,)))
        waiting[-1].start()
        until(lambda number=number: len(queue._waiting) == number + 1, "the thread waits")
    queue.end(None, Record())
    for thread in waiting:
        thread.join(SECONDS)
    assert order == [0, 1, 2, 3, 4]


def test_whoever_waits_too_long_is_refused_and_does_not_block_the_others(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.work() as work:
        people.add(work, "ada", "Ada", "ada@example.org")
        work.session.flush()
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
        with pytest.raises(Unavailable) as refused:
            add(house, "ben")
        assert "database is locked" in refused.value.de
    add(house, "eva")
    assert known(house) == 2


def test_an_act_that_fails_gives_its_turn_back(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.5)
    impatient = open_house(house.settings, create=False)
    with pytest.raises(ZeroDivisionError), impatient.work() as work:
        people.add(work, "ada", "Ada", "ada@example.org")
        work.session.flush()
        raise ZeroDivisionError
    with impatient.work() as work:
        work.session.execute(text("SELECT 1"))
        work.session.invalidate()
    add(impatient, "eva")
    assert known(impatient) == 1
    impatient.database.engine.dispose()
