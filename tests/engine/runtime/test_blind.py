"""Answers of blind tasks stay hidden from others while one of the same kind is open."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from engine.database import new_id
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.work import Actor


@pytest.fixture
def done(office: Any, person_in: Any) -> dict[str, Any]:
    """Ada has completed her blind task; another of the same kind is open."""
    people = {name: person_in(office.house, name, body) for name, body in
              {"ada": "panel", "ben": "panel", "rita": "revision"}.items()}
    office.start()
    task = office.task("assess")
    with office.house.work() as work:
        mapper = Task.__mapper__.column_attrs
        other = {one.key: getattr(work.get(Task, task), one.key) for one in mapper}
        work.session.execute(update(Task).values(blind=True))
        office.clock.advance(minutes=1)
    office.complete("assess", people["ada"], score=4, phone="0261 1")
    with office.house.work() as work:
        other |= {"id": new_id(), "key": "other", "blind": True, "closed_at": None}
        work.session.execute(insert(Task), [other])
    return {**people, "task": task, "other": other["id"]}


def seen(office: Any, person: UUID, task: UUID) -> tuple[Any, bool]:
    """The answers as a person is told them, and whether the story tells of them."""
    with office.house.look(Actor("person", person), office.clock.now) as work:
        row = work.get(Task, task)
        entries, _ = instances.story(work, row)
        return instances.answers_told(work, row), any("answers" in entry.particulars for entry in entries)


def test_nobody_but_their_author_and_the_auditors_reads_them_meanwhile(office: Any, done: dict[str, Any]) -> None:
    told = ({"score": 4, "why": None, "phone": "0261 1"}, True)
    assert seen(office, done["ben"], done["task"]) == (None, False)
    assert seen(office, done["ada"], done["task"]) == seen(office, done["rita"], done["task"]) == told


def test_they_are_told_when_the_last_one_is_closed(office: Any, done: dict[str, Any]) -> None:
    with office.house.work() as work:
        work.session.execute(update(Task).where(Task.id == done["other"]).values(closed_at=office.clock.now))
    assert seen(office, done["ben"], done["task"]) == ({"score": 4, "why": None, "phone": "0261 1"}, True)
