"""An inbox of any length: pages, counts and searches read what they show, and say where they stop."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, insert, inspect, select

from engine.database import new_id
from engine.runtime import inbox
from engine.runtime.instances import Instance
from engine.runtime.tasks import NEVER, Task
from engine.work import Actor

COUNT = 120


@pytest.fixture
def ada(office: Any, person_in: Any) -> Actor:
    """Somebody with seats in two bodies, for whom 120 tasks of three processes wait."""
    person: UUID = person_in(office.house, "ada", "panel", "office")
    office.start()
    with office.house.work(now=office.clock.now) as work:
        owner, task = work.session.scalars(select(Instance)).one(), work.session.scalars(select(Task)).one()
        work.session.refresh(owner, ["state", "waits"])
        like, model = row_of(owner), row_of(task)
        owners, rows = [], []
        for number in range(COUNT):
            opened = office.clock.now - timedelta(minutes=number * 7 % COUNT)
            due = opened + timedelta(hours=number * 11 % 50 - 20) if number % 3 else None
            key = new_id()
            owners.append({**like, "id": key, "business_key": f"2026-{number:05}", "title": f"Bank {number % 10}"})
            rows.append({
                **model, "id": new_id(), "instance_id": key, "key": str(number),
                "body": ("panel", "office")[number % 2],
                "process_id": ("a", "b", "c")[number % 5 % 3], "priority": 30 + number * 13 % 4 * 10,
                "opened_at": opened, "due_at": due, "sort_at": due or NEVER,
                "business_key": f"2026-{number:05}", "title": f"Bank {number % 10}",
            })
        work.session.delete(task)
        work.session.flush()
        work.session.execute(insert(Instance), owners)
        work.session.execute(insert(Task), rows)
    return Actor("person", person)


def row_of(thing: Any) -> dict[str, Any]:
    return {one.key: getattr(thing, one.key) for one in inspect(type(thing)).column_attrs}


def pages(office: Any, actor: Actor, **asked: Any) -> list[Task]:
    """All pages of the inbox, one after the other, each asked for by itself."""
    found: list[Any] = []
    number = 0
    while True:
        number += 1
        with office.house.look(actor, office.clock.now) as work:
            page = inbox.page(work, "bodies", number=number, size=7, **asked)
        found += page.rows
        if number >= page.pages:
            assert len(found) == page.total and not page.more
            return found


WAYS: dict[str, Any] = {
    "due": lambda task: (task.sort_at, task.id),
    "priority": lambda task: (-task.priority, task.sort_at, task.id),
    "new": lambda task: (-task.opened_at.timestamp(), -task.id.int),
}


@pytest.mark.parametrize("sort", WAYS)
@pytest.mark.parametrize("asked", [
    {}, {"process": "b"}, {"body": "office"}, {"process": "c", "body": "panel"}, {"due": "overdue"}, {"due": "week"},
    {"search": "bank 7"}, {"due": "overdue", "process": "a", "search": "BANK 3"},
], ids=lambda asked: "-".join(f"{key}={value}" for key, value in asked.items()) or "all")
def test_its_pages_are_what_sorting_everything_would_give(
    office: Any, ada: Actor, sort: str, asked: dict[str, str]
) -> None:
    with office.house.look(ada, office.clock.now) as work:
        everything = list(work.session.scalars(select(Task)))
    until = {"overdue": office.clock.now, "week": office.clock.now + timedelta(days=7)}.get(asked.get("due", ""))
    wanted = sorted((task for task in everything if task.process_id == asked.get("process", task.process_id)
                     and task.body == asked.get("body", task.body) and (until is None or task.sort_at < until)
                     and asked.get("search", "").lower() in task.title.lower()), key=WAYS[sort])
    assert wanted
    assert [task.id for task in pages(office, ada, sort=sort, **asked)] == [task.id for task in wanted]


def test_counting_stops_and_says_so(office: Any, ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST", 20)
    with office.house.look(ada, office.clock.now) as work:
        assert inbox.counts(work) == {"mine": 0, "bodies": 21, "overdue": 21}
        page = inbox.page(work, "bodies", size=7)
        assert (page.total, page.more, page.pages) == (20, True, 3)
        assert inbox.page(work, "bodies", size=7, number=99).number == 3, "nobody pages beyond what is counted"
        few = inbox.page(work, "bodies", size=7, process="c", body="panel", due="overdue")
        assert (few.total, few.more) == (len(few.rows) if few.pages == 1 else few.total, False)
        assert inbox.page(work, "bodies", search="bank").more and inbox.page(work, "bodies", due="week").more


def test_a_search_looks_at_the_first_tasks_and_finds_a_whole_number_everywhere(
    office: Any, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "SEARCHED", 30)
    with office.house.look(ada, office.clock.now) as work:
        first = {task.id for task in inbox.page(work, "bodies", size=30).rows}
        page = inbox.page(work, "bodies", search="bank 7", size=50)
        assert page.looked_at == 30 and {task.id for task in page.rows} <= first
        for number in (0, 57, 119):
            [task] = inbox.page(work, "bodies", search=f"2026-{number:05}").rows
            assert task.business_key == f"2026-{number:05}"
        assert inbox.page(work, "bodies", search="2026-00057", body="panel").rows == []
        assert inbox.page(work, "bodies", process="c", body="panel", search="bank").looked_at is None


def test_a_number_of_somebody_elses_body_is_not_found(office: Any, ada: Actor, person_in: Any) -> None:
    with office.house.look(Actor("person", person_in(office.house, "ben", "panel")), office.clock.now) as work:
        assert inbox.page(work, "bodies", search="2026-00057").rows == []
        assert len(inbox.page(work, "bodies", search="2026-00056").rows) == 1


def test_what_it_can_be_filtered_by_is_what_waits(office: Any, ada: Actor) -> None:
    with office.house.look(ada, office.clock.now) as work:
        assert inbox.filters(work) == {"processes": ["a", "b", "c"], "bodies": ["office", "panel"]}


def test_a_person_without_a_seat_has_an_empty_one(office: Any, ada: Actor, person_in: Any) -> None:
    with office.house.look(Actor("person", person_in(office.house, "eva")), office.clock.now) as work:
        for view in inbox.VIEWS:
            page = inbox.page(work, view, search="bank")
            assert (page.rows, page.total, page.more, inbox.page(work, view).rows) == ([], 0, False, [])


def test_very_many_bodies_and_processes_are_sorted_instead_of_merged(
    office: Any, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = [task.id for task in pages(office, ada)]
    monkeypatch.setattr(inbox, "BRANCHES", 2)
    assert [task.id for task in pages(office, ada)] == merged


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("asked", [
    {"view": view, **how} for view, how in [
        ("bodies", {}), ("bodies", {"sort": "priority"}), ("bodies", {"sort": "new"}), ("bodies", {"due": "overdue"}),
        ("bodies", {"process": "a"}), ("bodies", {"number": 9}), ("mine", {}), ("done", {}),
    ]
], ids=str)
def test_no_page_reads_or_sorts_all_tasks(office: Any, ada: Actor, asked: dict[str, Any]) -> None:
    seen: list[tuple[str, Any]] = []

    def executed(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "task" in statement:
            seen.append((statement, parameters))

    engine = office.house.database.engine
    event.listen(engine, "before_cursor_execute", executed)
    with office.house.look(ada, office.clock.now) as work:
        inbox.page(work, **asked)
    event.remove(engine, "before_cursor_execute", executed)
    assert seen
    with engine.connect() as connection:
        for statement, parameters in seen:
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [line for line in plan if line.startswith("SCAN task")], "\n".join(plan)
            if asked["view"] == "bodies":
                assert not [line for line in plan if "TEMP B-TREE FOR RIGHT" in line], "\n".join(plan)
