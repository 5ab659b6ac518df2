"""People and workers act at the same moment, and each act happens once or not at all."""

from typing import Any

from sqlalchemy import func, select

from engine.errors import Conflict
from engine.history import seal
from engine.history.events import Event
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.work import Actor
from tests.together import at_once


def events(office: Any, verb: str) -> int:
    with office.house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Event).where(Event.verb == verb)) or 0


def whole(office: Any) -> bool:
    with office.house.look() as work:
        return list(seal.verify(work)) == []


def test_of_two_people_on_one_task_one_wins_and_the_other_hears_who(office: Any, person_in: Any) -> None:
    people = [person_in(office.house, name, "panel") for name in ("ada", "ben")]
    for _ in range(5):
        office.start()
        task = office.task("assess")

        def complete(person: Any, task: Any = task) -> Any:
            with office.house.work(Actor("person", person), office.clock.now) as work:
                return instances.complete_task(work, task, {"score": 1})

        results = at_once(*(lambda person=person: complete(person) for person in people))
        assert [type(result) for result in results].count(Task) == 1
        [late] = [result for result in results if isinstance(result, Exception)]
        assert isinstance(late, Conflict) and ("Ada" in late.de or "Ben" in late.de)
    assert events(office, "task.completed") == 5
    assert whole(office)


def test_two_workers_fire_a_timer_once(office: Any) -> None:
    for _ in range(6):
        office.start()
    office.clock.advance(days=15)
    at_once(office.run_due, office.run_due)
    office.run_due()
    assert events(office, "timer.fired") == 6
    with office.house.look() as work:
        chases = work.session.scalar(select(func.count()).select_from(Task).where(Task.element == "chase"))
    assert chases == 6
    assert whole(office)


def test_two_workers_deliver_a_message_once(office: Any) -> None:
    for _ in range(4):
        office.start()
        office.complete("assess", score=4)
        with office.house.work(now=office.clock.now) as work:
            instances.deliver(work, "mehr", "i-1", {})
    at_once(office.run_due, office.run_due)
    office.run_due()
    with office.house.look() as work:
        started = work.session.scalar(
            select(func.count()).select_from(Instance).where(Instance.process_id == "nachlauf"))
    assert started == 4
    assert whole(office)


def test_a_timer_against_a_completion_leaves_one_outcome(office: Any) -> None:
    for _ in range(5):
        office.start()
        office.clock.advance(days=14)
        task = office.task("assess")

        def complete(task: Any = task) -> Any:
            with office.house.work(now=office.clock.now) as work:
                return instances.complete_task(work, task, {"score": 0})

        at_once(complete, office.run_due)
        office.run_due()
        assert office.waits_at() == []  # rejected ends the instance, with or without the reminder's task
    assert events(office, "task.completed") == 5
    assert whole(office)
