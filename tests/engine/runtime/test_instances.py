"""An instance goes where its diagram says, all of a step or nothing of it, and its history says so."""

from typing import Any

import pytest
from sqlalchemy import select, update

from engine.errors import Conflict, Forbidden, Gone, Invalid, ProcessFailed
from engine.history import seal
from engine.history.events import Event, PersonalDatum
from engine.runtime import incidents, instances, messages, retries, tasks, timers
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.work import Actor


def test_a_step_opens_the_next_task_for_the_body_of_its_lane(office: Any) -> None:
    office.start()
    with office.house.look() as work:
        [task] = work.session.scalars(select(Task))
    assert (task.element, task.name, task.body, task.priority) == ("assess", "Bewerten", "panel", 70)
    assert (task.due_at - office.clock.now).days == 7
    assert (task.business_key, task.title) == ("2026-00001", "Eine Bank")


def test_answers_decide_the_way(office: Any) -> None:
    office.start()
    office.complete("assess", score=2)
    assert office.instances() == {"pruefung": ("ended", "rejected")}
    assert office.waits_at() == []


def test_an_instance_waits_for_its_message_and_only_for_its_own(office: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    with office.house.look() as work:
        assert messages.awaited(work, "i-1") == {"mehr"}
    with pytest.raises(Conflict), office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-2", {})
    with office.house.work(now=office.clock.now) as work:
        assert instances.deliver(work, "mehr", "i-1", {"extra": 1}).id == instance
    assert office.told == [{"score": 4}]
    with pytest.raises(Conflict), office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-1", {})


def test_a_message_end_starts_the_process_that_waits_for_it(office: Any) -> None:
    office.start()
    office.complete("assess", score=4)
    with office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-1", {})
    assert "nachlauf" not in office.instances()
    office.run_due()
    assert office.instances() == {"pruefung": ("ended", "accepted"), "nachlauf": ("running", None)}
    assert office.waits_at() == ["file"]
    with office.house.look() as work:
        [follow] = work.session.scalars(select(Instance).where(Instance.process_id == "nachlauf"))
        assert (follow.business_key, follow.title) == ("2026-00001", "Eine Bank")


def test_a_timer_fires_at_its_moment_and_not_before(office: Any) -> None:
    office.start()
    office.clock.advance(days=13, hours=23)
    assert office.run_due() >= 0 and office.waits_at() == ["assess"]
    office.clock.advance(hours=1)
    office.run_due()
    assert office.waits_at() == ["assess", "chase"]
    with office.house.look() as work:
        assert not timers.due(work, work.session.scalar(select(Instance.id)))


def test_the_timers_of_an_ended_instance_are_gone(office: Any) -> None:
    office.start()
    office.complete("assess", score=1)
    office.clock.advance(days=30)
    with office.house.look() as work:
        assert work.session.scalar(select(timers.Timer)) is None
    office.run_due()
    assert office.waits_at() == []


def test_completing_twice_says_who_was_first_and_when(office: Any, person_in: Any) -> None:
    ada, ben = person_in(office.house, "ada", "panel"), person_in(office.house, "ben", "panel")
    office.start()
    task = office.task("assess")
    office.clock.at("2026-03-02 14:05")
    office.complete("assess", ada, score=4)
    with pytest.raises(Conflict) as late, office.house.work(Actor("person", ben), office.clock.now) as work:
        instances.complete_task(work, task, {"score": 1})
    assert late.value.de == "Die Aufgabe „Bewerten“ hat Ada bereits am 02.03.2026 um 14:05 Uhr erledigt."


def test_a_task_of_an_ended_instance_is_gone(office: Any, person_in: Any) -> None:
    office_clerk = person_in(office.house, "clerk", "office")
    office.start()
    office.clock.advance(days=14)
    office.run_due()
    chase = office.task("chase")
    office.complete("assess", score=0)
    with pytest.raises(Gone), office.house.work(Actor("person", office_clerk), office.clock.now) as work:
        instances.complete_task(work, chase, {})


def test_without_a_seat_nobody_completes(office: Any, person_in: Any) -> None:
    stranger = person_in(office.house, "stranger", "office")
    office.start()
    with pytest.raises(Forbidden):
        office.complete("assess", stranger, score=4)
    assert office.waits_at() == ["assess"]


def test_wrong_answers_are_named_and_change_nothing(office: Any) -> None:
    instance = office.start()
    before = office.verbs(instance)
    with pytest.raises(Invalid) as refused:
        office.complete("assess", score="9")
    assert set(refused.value.fields) == {"score"}
    assert office.verbs(instance) == before


def test_history_tells_everything_in_order_and_verifies(office: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4, why="Weil.")
    with office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-1", {})
    assert office.verbs(instance) == [
        "instance.started", "instance.moved", "task.opened",
        "task.completed", "instance.moved",
        "message.received", "service.called", "instance.moved", "message.sent", "instance.ended",
    ]
    with office.house.look() as work:
        assert instances.passed(work, work.get(Instance, instance))[-3:] == ["wait", "tell", "accepted"]
        assert list(seal.verify(work)) == []


def test_personal_answers_stay_out_of_data_and_history(office: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4, phone="0261 108-0")
    with office.house.look() as work:
        stored = list(work.session.scalars(select(Event.particulars).where(Event.chain_id == instance)))
        assert "0261" not in str(stored)
        state = work.session.scalar(select(Instance.state).where(Instance.id == instance))
        assert b"0261" not in state
        assert work.session.scalar(select(PersonalDatum.value).where(PersonalDatum.name == "phone")) == "0261 108-0"
        history = instances.history(work, work.get(Instance, instance))
        completed = [one for one in history if one.verb == "task.completed"]
        assert completed[0].particulars["answers"]["phone"] == "0261 108-0"


def test_a_failing_service_task_leaves_nothing_half_done(office: Any) -> None:
    instance = office.start()
    office.complete("assess", score=5)
    before = office.verbs(instance)
    with pytest.raises(ProcessFailed) as failed, office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-1", {})
    assert (failed.value.element, "the line is busy" in failed.value.cause) == ("tell", True)
    assert office.verbs(instance) == before
    with office.house.look() as work:
        assert messages.awaited(work, "i-1") == {"mehr"}


def test_a_message_that_cannot_be_delivered_becomes_an_incident_after_three_tries(office: Any, person_in: Any) -> None:
    owner = person_in(office.house, "owner", "prozessverantwortung")
    office.start()
    office.complete("assess", score=4)
    with office.house.work(now=office.clock.now) as work:
        work.session.execute(update(messages.Subscription).values(name="mehr"))
        instances.deliver(work, "mehr", "i-1", {})
        work.session.flush()
        work.session.execute(update(messages.Message).values(name="unbekannt"))
    for _ in range(3):
        with office.house.look() as work:
            assert incidents.listing(work).total == 0
        office.run_due()
        office.clock.advance(hours=1)
    with office.house.look() as work:
        [incident] = incidents.listing(work).rows
    assert "unbekannt" in incident.error
    with office.house.work(Actor("person", owner), office.clock.now) as work:
        work.session.execute(update(messages.Message).values(name="fertig"))
        retries.retry(work, incident.id)
    office.run_due()
    assert office.instances()["nachlauf"] == ("running", None)
    with office.house.look() as work:
        assert incidents.listing(work).total == 0 and list(seal.verify(work)) == []


def test_a_running_instance_stays_on_its_deployment(office: Any) -> None:
    from engine import wiring
    from tests.engine.runtime.conftest import REVIEW

    instance = office.start()
    with office.house.work(now=office.clock.now) as work:
        [made] = wiring.deploy(work, {"bpmn/pruefung.bpmn": REVIEW.replace("Bewerten", "Neu bewerten").encode()})
        assert made.version == 2
    second = office.start()
    with office.house.look() as work:
        assert work.get(Instance, instance).version == 1 and work.get(Instance, second).version == 2
        names = {row.instance_id: row.name for row in work.session.scalars(select(Task))}
    assert names == {instance: "Bewerten", second: "Neu bewerten"}


def test_a_draft_is_kept_and_vanishes_with_completion(office: Any, person_in: Any) -> None:
    ada = person_in(office.house, "ada", "panel")
    office.start()
    task = office.task("assess")
    with office.house.work(Actor("person", ada), office.clock.now) as work:
        tasks.save_draft(work, task, {"score": "vier", "why": "noch offen"})
    with office.house.look() as work:
        assert work.get(Task, task).draft == {"score": "vier", "why": "noch offen"}
    office.complete("assess", ada, score=4)
    with office.house.look() as work:
        assert work.get(Task, task).draft is None


def test_instances_are_listed_latest_first_filtered_and_counted(office: Any, person_in: Any) -> None:
    auditor = person_in(office.house, "auditor", "revision")
    for _ in range(3):
        office.start()
        office.clock.advance(hours=1)
    with office.house.look() as work:
        [latest] = instances.listing(work, size=1).rows
    with office.house.look(Actor("person", auditor), office.clock.now) as work:
        assert instances.listing(work, size=2).total == 3
        assert instances.listing(work, process="nachlauf").total == 0
        assert instances.listing(work, status="running", search="BANK").total == 3
        assert latest.started_at == max(row.started_at for row in instances.listing(work).rows)
    stranger = person_in(office.house, "stranger", "panel")
    with office.house.look(Actor("person", stranger), office.clock.now) as work, pytest.raises(Forbidden):
        instances.listing(work)
