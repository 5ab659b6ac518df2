"""Everybody finds their own tasks and those of their bodies, and nobody else's."""

from datetime import date, timedelta
from typing import Any

import pytest

from engine.errors import Conflict
from engine.identity import bodies
from engine.identity.people import Person
from engine.runtime import inbox, instances
from engine.work import Actor


@pytest.fixture
def people(office: Any, person_in: Any) -> dict[str, Any]:
    return {name: person_in(office.house, name, *seats) for name, seats in {
        "ada": ["panel"], "ben": ["panel"], "clerk": ["office"], "nobody": [],
    }.items()}


def test_a_group_task_stands_in_the_inbox_of_the_body(office: Any, people: dict[str, Any]) -> None:
    office.start()
    assert {name: office.inbox(person) for name, person in people.items()} == {
        "ada": ["assess"], "ben": ["assess"], "clerk": [], "nobody": []}


def test_a_claimed_task_is_mine_and_no_longer_the_groups(office: Any, people: dict[str, Any]) -> None:
    office.start()
    with office.house.work(Actor("person", people["ada"]), office.clock.now) as work:
        instances.claim(work, office.task("assess"))
    assert office.inbox(people["ada"], "mine") == ["assess"]
    assert office.inbox(people["ben"]) == office.inbox(people["ada"]) == []
    with pytest.raises(Conflict) as late, office.house.work(Actor("person", people["ben"]), office.clock.now) as work:
        instances.claim(work, office.task("assess"))
    assert "Ada" in late.value.de


def test_a_released_task_goes_back_to_the_group(office: Any, people: dict[str, Any]) -> None:
    office.start()
    task = office.task("assess")
    for verb in (instances.claim, instances.release):
        with office.house.work(Actor("person", people["ada"]), office.clock.now) as work:
            verb(work, task)
    assert office.inbox(people["ben"]) == ["assess"]


def test_a_deputy_sees_and_does_the_tasks_of_the_represented(office: Any, people: dict[str, Any]) -> None:
    office.start()
    with office.house.work(Actor("person", people["ada"]), office.clock.now) as work:
        instances.claim(work, office.task("assess"))
    with office.house.work(now=office.clock.now) as work:
        bodies.appoint_deputy(work, work.get(Person, people["ada"]), work.get(Person, people["nobody"]),
                              valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31))
    assert office.inbox(people["nobody"], "mine") == ["assess"]
    office.complete("assess", people["nobody"], score=1)
    with office.house.look() as work:
        [instance] = instances.listing(work).rows
        [entry] = [one for one in instances.history(work, instance) if one.verb == "task.completed"]
    assert (entry.actor.de, entry.acting_for) == ("Nobody", "Ada")
    assert office.inbox(people["nobody"], "done") == ["assess"]


def test_tasks_are_sorted_by_due_moment_and_filtered(office: Any, people: dict[str, Any]) -> None:
    office.start()
    office.clock.advance(days=3)
    office.start()
    with office.house.look(Actor("person", people["ada"]), office.clock.now) as work:
        dues = [task.due_at for task in inbox.page(work, "bodies").rows]
    assert dues == sorted(dues) and len(dues) == 2
    assert office.inbox(people["ada"], due="week") == ["assess"]
    office.clock.advance(days=5)
    assert office.inbox(people["ada"], due="overdue") == ["assess"]
    assert office.inbox(people["ada"], search="bank") == ["assess", "assess"]
    assert office.inbox(people["ada"], search="2026-9") == []
    with office.house.look(Actor("person", people["ada"]), office.clock.now) as work:
        assert inbox.counts(work) == {"mine": 0, "bodies": 2, "overdue": 1}
        assert inbox.filters(work) == {"processes": ["pruefung"], "bodies": ["panel"]}


def test_a_page_holds_its_size_and_says_how_many_there_are(office: Any, people: dict[str, Any]) -> None:
    for _ in range(5):
        office.start()
    with office.house.look(Actor("person", people["ada"]), office.clock.now) as work:
        first, last = (inbox.page(work, "bodies", number=number, size=2) for number in (1, 3))
    assert (len(first.rows), first.total, first.pages, len(last.rows)) == (2, 5, 3, 1)


def test_new_tasks_are_announced_once_in_one_mail_a_person(office: Any, people: dict[str, Any]) -> None:
    from tests.mails import outbox

    office.start()
    office.start()
    office.run_due()
    mails = outbox(office.house)
    assert sorted(mail["To"] for mail in mails) == ["ada@example.org", "ben@example.org"]
    assert all(mail["Subject"] == "2 neue Aufgaben in Reifegrad" for mail in mails)
    office.clock.advance(hours=1)
    office.run_due()
    assert len(outbox(office.house)) == 2


def test_the_clock_of_the_act_decides_what_is_overdue(office: Any, people: dict[str, Any]) -> None:
    office.start()
    with office.house.look(Actor("person", people["ada"]), office.clock.now) as work:
        [task] = inbox.page(work, "bodies").rows
    assert not task.overdue(office.clock.now)
    assert task.overdue(office.clock.now + timedelta(days=8))
