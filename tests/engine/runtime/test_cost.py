"""An act costs the same few statements and one commit, whatever the database holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from engine.runtime import inbox, instances
from engine.work import Actor

MOST = 10


@contextmanager
def counted(house: Any) -> Iterator[dict[str, Any]]:
    """What the database is asked inside the block: {"statements": [...], "commits": n}."""
    seen: dict[str, Any] = {"statements": [], "commits": 0}

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen["statements"].append(statement.split("\n")[0][:100])

    def committed(connection: Any) -> None:
        seen["commits"] += 1

    event.listen(house.database.engine, "before_cursor_execute", executed)
    event.listen(house.database.engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(house.database.engine, "before_cursor_execute", executed)
        event.remove(house.database.engine, "commit", committed)


@pytest.fixture
def ada(office: Any, person_in: Any) -> UUID:
    """A member of the panel, with the caches warm."""
    person: UUID = person_in(office.house, "ada", "panel")
    office.start()
    office.complete("assess", person, score=4)
    return person


def test_a_completion_takes_at_most_ten_statements_and_one_commit(office: Any, ada: UUID) -> None:
    office.start()
    task = office.task("assess")
    with counted(office.house) as seen, office.house.work(Actor("person", ada), office.clock.now) as work:
        instances.complete_task(work, task, {"score": 4})
    assert len(seen["statements"]) <= MOST, "\n".join(seen["statements"])
    assert seen["commits"] == 1


def test_a_completion_costs_no_more_among_many_others(office: Any, ada: UUID) -> None:
    def cost() -> int:
        office.start()
        with office.house.look() as work:
            task = max(inbox.page(work.__class__(work.session, Actor("person", ada), office.clock.now), "bodies",
                                   size=200).rows, key=lambda row: row.id).id
        with counted(office.house) as seen, office.house.work(Actor("person", ada), office.clock.now) as work:
            instances.complete_task(work, task, {"score": 4})
        return len(seen["statements"])

    first = cost()
    for _ in range(20):
        office.start()
    assert cost() == first


def test_a_start_takes_at_most_ten_statements(office: Any, ada: UUID) -> None:
    with counted(office.house) as seen:
        office.start()
    assert len(seen["statements"]) <= MOST, "\n".join(seen["statements"])
    assert seen["commits"] == 1


def test_a_page_of_the_inbox_takes_four_statements(office: Any, ada: UUID) -> None:
    for _ in range(5):
        office.start()
    with counted(office.house) as seen, office.house.look(Actor("person", ada), office.clock.now) as work:
        assert len(inbox.page(work, "bodies").rows) == 5
    assert len(seen["statements"]) == 4, "\n".join(seen["statements"])
