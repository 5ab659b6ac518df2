"""Who meets whom on one instance, and what comes of it: each race in both orders, on both databases.

`in_turn(work, first, second)` lets the second begin while the first has acted
and not yet committed; there is no third order.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from engine import notices, wiring, worker
from engine.errors import Conflict, Gone
from engine.history import seal
from engine.history.events import Event
from engine.history.seal import Seal
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.work import Actor
from tests.engine.spiff.models import (
    boundary,
    end_event,
    gateway,
    lanes,
    process,
    start_event,
    timer_definition,
    user,
)
from tests.engine.test_notices import Server
from tests.soak.service import free_port
from tests.together import at_once, in_turn

MANY = 20
WHY = "Doppelt angelegt."
DEADLINE = process(
    "frist", lanes(panel="start tun spaet ende abgelaufen"), start_event(), user("tun"),
    boundary("spaet", "tun", timer_definition('"P1D"')), end_event("ende"), end_event("abgelaufen"),
    flows="start > tun > ende; spaet > abgelaufen",
)
_BRANCHES = [f"t{number}" for number in range(MANY)]
PARALLEL = process(
    "zwanzig", lanes(panel=f"start auf zu ende {' '.join(_BRANCHES)}"), start_event(), gateway("auf", "parallel"),
    *(user(name) for name in _BRANCHES), gateway("zu", "parallel"), end_event("ende"),
    flows="; ".join(["start > auf", "zu > ende", *(f"auf > {name} > zu" for name in _BRANCHES)]),
)
CHANGED = DEADLINE.replace(b'id="tun" name="TUN"', b'id="tun" name="Anders"')


class Races:
    """The office with two more processes, and short words for acts."""

    def __init__(self, office: Any, owner: UUID) -> None:
        self.office, self.house, self.owner = office, office.house, owner
        with self.work() as work:
            wiring.deploy(work, {"bpmn/frist.bpmn": DEADLINE, "bpmn/zwanzig.bpmn": PARALLEL})

    def work(self, person: UUID | None = None) -> Any:
        """A piece of work at the clock's moment: of a person, or of the engine."""
        return self.house.work(*([Actor("person", person)] if person else []), now=self.office.clock.now)

    def does(self, act: Callable[[Any], Any], person: UUID | None = None) -> Callable[[], Any]:
        """The act in a piece of work of its own."""
        def done() -> Any:
            with self.work(person) as work:
                return act(work)

        return done

    def start(self, process_id: str = "frist") -> UUID:
        """Start an instance; returns its id."""
        with self.work() as work:
            started: UUID = instances.start(work, process_id, {}, title="Eine Bank").id
        return started

    def fires(self) -> int:
        """The worker wakes what is due."""
        return worker.fire_timers(self.house, self.office.clock.now)

    def completes(self, element: str = "tun") -> Callable[[Any], Any]:
        """The act of completing the open task of an element."""
        task = self.office.task(element)
        return lambda work: instances.complete_task(work, task, {})

    def cancels(self, instance: UUID) -> Callable[[Any], Any]:
        """The act of cancelling."""
        return lambda work: instances.cancel(work, instance, WHY)

    def ended(self, instance: UUID) -> tuple[str, str | None]:
        """Status and outcome of an instance."""
        with self.house.look() as work:
            row = work.get(Instance, instance)
            return row.status, row.outcome

    def told(self, verb: str) -> int:
        """How often something happened."""
        with self.house.look() as work:
            return work.session.scalar(select(func.count()).select_from(Event).where(Event.verb == verb)) or 0

    def whole(self) -> bool:
        """Whether every chain verifies."""
        with self.house.look() as work:
            return list(seal.verify(work)) == []


@pytest.fixture
def races(office: Any, person_in: Any) -> Races:
    """The office, with a process owner."""
    return Races(office, person_in(office.house, "olga", "prozessverantwortung"))


def test_twenty_people_on_twenty_parallel_tasks_are_all_done_and_the_instance_ends_once(
    races: Races, person_in: Any
) -> None:
    people = [person_in(races.house, f"person{number}", "panel") for number in range(MANY)]
    instance = races.start("zwanzig")
    acts = [races.does(races.completes(name), person) for name, person in zip(_BRANCHES, people, strict=True)]
    results = at_once(*acts)
    assert [type(result) for result in results] == [Task] * MANY, results
    assert races.ended(instance) == ("ended", "ende")
    assert (races.told("task.completed"), races.told("instance.ended")) == (MANY, 1)
    assert races.whole()


def test_a_timer_that_comes_during_a_completion_has_nothing_left_to_fire(races: Races) -> None:
    instance = races.start()
    races.office.clock.advance(days=1)
    done, fired = in_turn(races.work(), races.completes(), races.fires)
    assert isinstance(done, Task) and fired == 0
    assert races.fires() == 0 and races.told("timer.fired") == 0
    assert races.ended(instance) == ("ended", "ende") and races.whole()


def test_who_completes_while_the_timer_fires_hears_that_the_task_is_gone(races: Races) -> None:
    instance = races.start()
    races.office.clock.advance(days=1)
    completes = races.completes()
    _, late = in_turn(races.work(), lambda work: instances.wake(work, instance), races.does(completes))
    assert isinstance(late, Gone) and "entfallen" in late.de
    assert races.told("task.completed") == 0
    assert races.ended(instance) == ("ended", "abgelaufen") and races.whole()


def test_a_timer_and_a_completion_at_once_leave_one_of_both(races: Races) -> None:
    for _ in range(5):
        instance = races.start()
        races.office.clock.advance(days=1)
        done, _fired = at_once(races.does(races.completes()), races.fires)
        races.fires()
        expected = "ende" if isinstance(done, Task) else "abgelaufen"
        assert isinstance(done, Task | Gone), done
        assert races.ended(instance) == ("ended", expected)
    assert races.told("task.completed") + races.told("timer.fired") == 5 and races.whole()


def test_who_completes_during_a_cancellation_hears_that_the_task_is_gone(races: Races) -> None:
    instance = races.start()
    completes = races.completes()
    _, late = in_turn(races.work(races.owner), races.cancels(instance), races.does(completes))
    assert isinstance(late, Gone)
    assert races.ended(instance) == ("cancelled", None)
    assert races.told("task.completed") == 0 and races.whole()


def test_who_cancels_what_is_being_completed_for_good_hears_that_it_has_ended(races: Races) -> None:
    instance = races.start()
    done, late = in_turn(races.work(), races.completes(), races.does(races.cancels(instance), races.owner))
    assert isinstance(done, Task) and isinstance(late, Gone)
    assert races.ended(instance) == ("ended", "ende")
    assert races.told("instance.cancelled") == 0 and races.whole()


def test_who_opens_a_task_while_it_is_completed_sees_it_whole_as_it_was(races: Races) -> None:
    with races.work() as work:
        instances.start(work, "frist", {"wer": "Ada"})
    completes = races.completes()
    key = races.office.task("tun")
    with races.house.look() as work:
        task = work.get(Task, key)
        races.does(completes)()
        assert task.is_open and instances.data_of(work, task) == {"wer": "Ada"}
        assert work.get(Instance, task.instance_id).status == "running"
    with races.house.look() as work:
        task = work.get(Task, key)
        assert not task.is_open and instances.data_of(work, task) == {}


def test_a_message_that_arrives_during_a_cancellation_is_refused_and_no_fault(races: Races) -> None:
    office = races.office
    instance = office.start()
    office.complete("assess", score=4)
    arrives = races.does(lambda work: instances.deliver(work, "mehr", "i-1", {}))
    _, late = in_turn(races.work(races.owner), races.cancels(instance), arrives)
    assert isinstance(late, Conflict) and "nicht (mehr) wartet" in late.de
    assert races.ended(instance) == ("cancelled", None) and races.whole()


def test_a_message_on_its_way_meets_a_cancellation_and_starts_nothing_in_it(races: Races) -> None:
    office = races.office
    instance = office.start()
    office.complete("assess", score=4)
    with races.work() as work:
        instances.messages.send(work, instance, "mehr", "i-1", {})
    _, passed = in_turn(races.work(races.owner), races.cancels(instance),
                        lambda: worker.deliver_messages(races.house, office.clock.now))
    assert not isinstance(passed, Exception), passed
    assert races.ended(instance) == ("cancelled", None)
    assert races.told("message.received") == 0 and races.told("incident.raised") == 0 and races.whole()


def test_a_timer_that_comes_due_while_its_instance_is_suspended_waits_for_it(races: Races) -> None:
    instance = races.start()
    races.office.clock.advance(days=1)
    _, fired = in_turn(races.work(races.owner), lambda work: instances.suspend(work, instance, WHY), races.fires)
    assert fired == 0 and races.fires() == 0
    races.does(lambda work: instances.resume(work, instance, WHY), races.owner)()
    assert races.fires() == 1
    assert races.ended(instance) == ("ended", "abgelaufen") and races.whole()


def test_who_suspends_while_the_last_timer_fires_hears_that_it_has_ended(races: Races) -> None:
    instance = races.start()
    races.office.clock.advance(days=1)
    _, late = in_turn(races.work(), lambda work: instances.wake(work, instance),
                      races.does(lambda work: instances.suspend(work, instance, WHY), races.owner))
    assert isinstance(late, Gone)
    assert races.ended(instance) == ("ended", "abgelaufen") and races.told("instance.suspended") == 0


def test_an_instance_started_during_a_deployment_has_one_version_whole(races: Races) -> None:
    def deploys(work: Any) -> Any:
        return wiring.deploy(work, {"bpmn/frist.bpmn": CHANGED})

    deployed, started = in_turn(races.work(), deploys, races.start)
    assert [one.version for one in deployed] == [2]
    versions = {1: "TUN", 2: "Anders"}
    for instance, allowed in ((started, {1, 2}), (races.start(), {2})):
        with races.house.look() as work:
            version = work.get(Instance, instance).version
            [name] = work.session.scalars(select(Task.name).where(Task.instance_id == instance))
        assert version in allowed and name == versions[version]


def test_a_deployment_during_a_start_leaves_the_started_one_as_it_is(races: Races) -> None:
    started, deployed = in_turn(
        races.work(), lambda work: instances.start(work, "frist", {}),
        races.does(lambda work: wiring.deploy(work, {"bpmn/frist.bpmn": CHANGED})))
    assert started.version == 1 and [one.version for one in deployed] == [2]
    races.does(races.completes())()
    assert races.ended(started.id) == ("ended", "ende") and races.whole()


def test_two_deployments_at_once_make_two_versions_or_one_is_told(races: Races) -> None:
    other = DEADLINE.replace(b'id="tun" name="TUN"', b'id="tun" name="Noch anders"')
    results = at_once(*(races.does(lambda work, text=text: wiring.deploy(work, {"bpmn/frist.bpmn": text}))
                        for text in (CHANGED, other)))
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sorted(one.version for made in results for one in made) == [2, 3]


def test_a_seal_set_during_a_completion_and_one_set_before_both_hold(races: Races) -> None:
    races.start()
    first, second = in_turn(races.work(), races.completes(), lambda: worker.seal_chains(races.house))
    assert isinstance(first, Task) and not isinstance(second, Exception), second
    races.start()
    sealed, done = in_turn(races.work(), seal.seal, races.does(races.completes()))
    assert not isinstance(sealed, Exception) and isinstance(done, Task), (sealed, done)
    worker.seal_chains(races.house)
    assert races.whole()


def test_two_workers_that_seal_at_once_make_one_row_of_seals(races: Races) -> None:
    for _ in range(4):
        races.start()
        results = at_once(*[lambda: worker.seal_chains(races.house)] * 2)
        assert not [result for result in results if isinstance(result, Exception)], results
    with races.house.look() as work:
        numbers = list(work.session.scalars(select(Seal.number).order_by(Seal.number)))
    assert numbers == list(range(1, len(numbers) + 1)) and races.whole()


def test_two_workers_on_the_same_mails_send_each_once(races: Races) -> None:
    with races.work() as work:
        for number in range(MANY):
            notices.queue(work, f"person{number}@example.org", "status_changed", number="1", status="Neu")
    post = Server()
    post.busy = False
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings = replace(races.house.settings, smtp_host="127.0.0.1", smtp_starttls=False,
                           smtp_port=controller.port)
        mailing = replace(races.house, settings=settings)
        results = at_once(*[lambda: worker.send_notices(mailing, races.office.clock.now)] * 2)
    finally:
        controller.stop()
    assert not [result for result in results if isinstance(result, Exception)], results
    assert sorted(mail.rcpt_tos[0] for mail in post.mails) == sorted(f"person{n}@example.org" for n in range(MANY))
