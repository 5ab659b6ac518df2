"""Instances are suspended, resumed and cancelled by those in charge, with a reason, and nothing is lost over it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from engine.errors import Conflict, Forbidden, Gone, Invalid, NotFound, ProcessFailed
from engine.history import seal
from engine.runtime import incidents, instances, messages, retries, tasks, timers
from engine.runtime.instances import Instance
from engine.runtime.messages import Message, Subscription
from engine.runtime.timers import Timer
from engine.work import ENGINE, Actor

WHY = "Die Rechtslage wird geklärt."


@pytest.fixture
def owner(office: Any, person_in: Any) -> UUID:
    """A process owner."""
    person: UUID = person_in(office.house, "olga", "prozessverantwortung")
    return person


@pytest.fixture
def steer(office: Any, owner: UUID) -> Callable[..., Any]:
    """steer(verb, instance, ...): the process owner acts at the clock's moment."""

    def act(verb: Callable[..., Any], *what: Any, actor: Actor | None = None) -> Any:
        with office.house.work(actor or Actor("person", owner), office.clock.now) as work:
            return verb(work, *what)

    return act


def whole(office: Any) -> bool:
    with office.house.look() as work:
        return list(seal.verify(work)) == []


def count(office: Any, table: Any) -> int:
    with office.house.look() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_nobody_completes_or_claims_a_task_of_a_suspended_instance(office: Any, steer: Any, person_in: Any) -> None:
    ada = person_in(office.house, "ada", "panel")
    instance = office.start()
    office.clock.at("2026-03-02 14:05")
    steer(instances.suspend, instance, WHY)
    task, before = office.task("assess"), office.verbs(instance)
    for act in (lambda work: instances.complete_task(work, task, {"score": 4}),
                lambda work: instances.claim(work, task)):
        with pytest.raises(Conflict) as told, office.house.work(Actor("person", ada), office.clock.now) as work:
            act(work)
        assert told.value.de == (
            "Dieser Vorgang ruht. Olga hat ihn am 02.03.2026 um 14:05 Uhr angehalten: Die Rechtslage wird geklärt. "
            "Sie müssen nichts tun; alles bleibt, wie es ist, bis er fortgesetzt wird.")
    assert office.verbs(instance) == before and office.waits_at() == ["assess"]


def test_a_draft_can_be_kept_while_the_instance_rests(office: Any, steer: Any, person_in: Any) -> None:
    ada = person_in(office.house, "ada", "panel")
    steer(instances.suspend, office.start(), WHY)
    with office.house.work(Actor("person", ada), office.clock.now) as work:
        assert tasks.save_draft(work, office.task("assess"), {"why": "halb"}).draft == {"why": "halb"}


def test_after_resuming_a_task_is_completed_as_before(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.suspend, instance, WHY)
    assert office.instances()["pruefung"] == ("suspended", None)
    resumed = steer(instances.resume, instance, "Geklärt.")
    assert (resumed.halted_at, resumed.halted_by, resumed.halted_why) == (None, None, None)
    office.complete("assess", score=1)
    assert office.instances()["pruefung"] == ("ended", "rejected")
    assert [verb for verb in office.verbs(instance) if verb.startswith("instance.")][1:4] == [
        "instance.moved", "instance.suspended", "instance.resumed"]
    assert whole(office)


def test_a_timer_missed_meanwhile_fires_after_resuming(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.suspend, instance, WHY)
    office.clock.advance(days=20)
    with office.house.look(now=office.clock.now) as work:
        assert timers.due(work, instance) == [], "no worker looks at it meanwhile"
    office.run_due()
    assert office.waits_at() == ["assess"]
    steer(instances.resume, instance, "Weiter.")
    office.run_due()
    assert office.waits_at() == ["assess", "chase"]


def test_a_timer_that_is_not_due_keeps_its_moment(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.suspend, instance, WHY)
    office.clock.advance(days=3)
    steer(instances.resume, instance, "Weiter.")
    with office.house.look() as work:
        [timer] = timers.of_instance(work, instance)
    assert timer.try_at == timer.due_at and (timer.due_at - office.clock.now).days == 11


def test_a_timer_given_up_stays_given_up_through_a_rest(office: Any, steer: Any) -> None:
    instance = office.start()
    with office.house.work(now=office.clock.now) as work:
        [timer] = timers.of_instance(work, instance)
        timer.tries, timer.try_at = 3, tasks.NEVER
    steer(instances.suspend, instance, WHY)
    steer(instances.resume, instance, "Weiter.")
    with office.house.look() as work:
        assert timers.of_instance(work, instance)[0].try_at == tasks.NEVER


def test_a_message_from_outside_waits_and_is_delivered_after_resuming(office: Any, steer: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    steer(instances.suspend, instance, WHY)
    for _ in range(2):  # sent once more in doubt, it counts once
        with office.house.work(now=office.clock.now) as work:
            instances.deliver(work, "mehr", "i-1", {"extra": 1})
    office.clock.advance(days=1)
    office.run_due()
    assert office.told == [] and count(office, Message) == 1
    steer(instances.resume, instance, "Weiter.")
    office.run_due()
    assert office.told == [{"score": 4}] and office.instances()["pruefung"] == ("ended", "accepted")
    with office.house.look() as work:
        assert incidents.listing(work).total == 0
    assert whole(office)


def test_a_message_on_its_way_waits_and_is_delivered_after_resuming(office: Any, steer: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    steer(instances.suspend, instance, WHY)
    with office.house.work(now=office.clock.now) as work:
        messages.send(work, instance, "mehr", "i-1", {})
    for _ in range(5):
        office.clock.advance(hours=1)
        office.run_due()
    with office.house.look() as work:
        [held] = work.session.scalars(select(Message))
        assert (held.held_for, held.try_at, held.tries) == (instance, None, 0)
        assert incidents.listing(work).total == 0
    steer(instances.resume, instance, "Weiter.")
    office.run_due()
    assert office.instances()["pruefung"] == ("ended", "accepted") and office.told


def test_cancelling_leaves_nothing_that_could_still_happen(office: Any, steer: Any, person_in: Any) -> None:
    clerk = person_in(office.house, "clerk", "office")
    instance = office.start()
    office.clock.advance(days=14)
    office.run_due()
    chase = office.task("chase")
    cancelled = steer(instances.cancel, instance, "Doppelt angelegt.")
    assert (cancelled.status, cancelled.outcome, cancelled.ended_at) == ("cancelled", None, office.clock.now)
    assert office.waits_at() == [] and count(office, Timer) == count(office, Subscription) == 0
    with pytest.raises(Gone), office.house.work(Actor("person", clerk), office.clock.now) as work:
        instances.complete_task(work, chase, {})
    office.clock.advance(days=400)
    assert office.run_due() == 0
    with office.house.look() as work:
        entries = instances.history(work, work.get(Instance, instance))
    assert [entry.verb for entry in entries][-3:] == ["instance.cancelled", "task.cancelled", "task.cancelled"]
    assert entries[-3].said.de == "Vorgang abgebrochen: Doppelt angelegt."
    assert whole(office)


def test_a_message_for_a_cancelled_instance_finds_nobody(office: Any, steer: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    steer(instances.cancel, instance, "Doppelt angelegt.")
    with pytest.raises(Conflict), office.house.work(now=office.clock.now) as work:
        instances.deliver(work, "mehr", "i-1", {})


def test_a_suspended_instance_can_be_cancelled(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.suspend, instance, WHY)
    assert steer(instances.cancel, instance, "Doppelt angelegt.").halted_at is None


def test_cancelling_settles_the_incidents_of_its_steps(office: Any, steer: Any) -> None:
    instance = office.start()
    with office.house.work(now=office.clock.now) as work:
        retries.failed(work, instance, "task", str(office.task("assess")), ProcessFailed("de", "en", element="tell"))
    steer(instances.cancel, instance, "Doppelt angelegt.")
    with office.house.look() as work:
        assert incidents.listing(work).total == 0


@pytest.mark.parametrize("verb", [instances.suspend, instances.resume, instances.cancel])
def test_steering_is_for_process_owners_and_administrators(office: Any, steer: Any, person_in: Any, verb: Any) -> None:
    ada, instance = person_in(office.house, "ada", "panel"), office.start()
    with pytest.raises(Forbidden):
        steer(verb, instance, WHY, actor=Actor("person", ada))
    if verb is not instances.resume:
        steer(verb, instance, WHY, actor=ENGINE)


@pytest.mark.parametrize("verb", [instances.suspend, instances.resume, instances.cancel])
def test_steering_needs_a_reason_and_an_instance(office: Any, steer: Any, verb: Any) -> None:
    instance = office.start()
    for reason in ("", "  x  ", "x" * 501):
        with pytest.raises(Invalid) as wrong:
            steer(verb, instance, reason)
        assert set(wrong.value.fields) == {"reason"}
    with pytest.raises(NotFound):
        steer(verb, uuid4(), WHY)
    assert office.instances()["pruefung"] == ("running", None)


@pytest.mark.parametrize("verb", [instances.suspend, instances.resume, instances.cancel])
def test_an_ended_instance_is_beyond_steering(office: Any, steer: Any, verb: Any) -> None:
    instance = office.start()
    office.complete("assess", score=0)
    with pytest.raises(Gone):
        steer(verb, instance, WHY)


def test_suspending_twice_says_who_was_first(office: Any, steer: Any) -> None:
    instance = office.start()
    with pytest.raises(Conflict):
        steer(instances.resume, instance, WHY)
    steer(instances.suspend, instance, WHY)
    with pytest.raises(Conflict, match="Olga"):
        steer(instances.suspend, instance, "Noch ein Grund.")


def keys(office: Any, instance: UUID) -> dict[str, str]:
    with office.house.look() as work:
        return {place.element: place.key for place in instances.places(work, instance)}


def test_a_moved_instance_goes_on_elsewhere_and_says_why(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.move, instance, keys(office, instance)["assess"], "wait", "Bewertung liegt schriftlich vor.")
    assert office.waits_at() == [] and count(office, Timer) == 0
    with office.house.look() as work:
        assert messages.awaited(work, "i-1") == {"mehr"}
        entries = instances.history(work, work.get(Instance, instance))
    assert [entry.verb for entry in entries][-2:] == ["instance.redirected", "task.cancelled"]
    assert entries[-2].said.de == "Vorgang von „Bewerten“ nach „Mehr“ versetzt: Bewertung liegt schriftlich vor."
    assert whole(office)


def test_a_place_may_be_named_by_its_element(office: Any, steer: Any) -> None:
    instance = office.start()
    assert steer(instances.move, instance, "assess", "rejected", WHY).outcome == "rejected"


def test_a_suspended_instance_can_be_moved_and_goes_on_resting(office: Any, steer: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    steer(instances.suspend, instance, WHY)
    steer(instances.move, instance, "wait", "assess", "Noch einmal bewerten.")
    office.clock.advance(days=30)
    office.run_due()
    assert office.waits_at() == ["assess"]
    steer(instances.resume, instance, "Weiter.")
    office.run_due()
    assert office.waits_at() == ["assess", "chase"]


def test_moving_on_settles_the_incident_of_what_is_left(office: Any, steer: Any) -> None:
    instance = office.start()
    with office.house.work(now=office.clock.now) as work:
        retries.failed(work, instance, "task", str(office.task("assess")), ProcessFailed("de", "en", element="tell"))
    steer(instances.move, instance, "assess", "wait", WHY)
    with office.house.look() as work:
        assert incidents.listing(work).total == 0


def test_moving_is_refused_with_a_sentence_and_changes_nothing(office: Any, steer: Any, person_in: Any) -> None:
    instance = office.start()
    before = office.verbs(instance)
    for target in ("late", "start", "gibt-es-nicht", ""):
        with pytest.raises(Invalid) as wrong:
            steer(instances.move, instance, "assess", target, WHY)
        assert set(wrong.value.fields) == {"to"}
    with pytest.raises(Conflict):
        steer(instances.move, instance, "wait", "assess", WHY)
    with pytest.raises(Invalid):
        steer(instances.move, instance, "assess", "wait", "")
    with pytest.raises(NotFound):
        steer(instances.move, uuid4(), "assess", "wait", WHY)
    with pytest.raises(Forbidden):
        steer(instances.move, instance, "assess", "wait", WHY,
              actor=Actor("person", person_in(office.house, "ada", "panel")))
    assert office.verbs(instance) == before and office.waits_at() == ["assess"]


def test_an_ended_instance_stands_nowhere(office: Any, steer: Any) -> None:
    instance = office.start()
    steer(instances.cancel, instance, WHY)
    assert keys(office, instance) == {}
    with pytest.raises(Gone):
        steer(instances.move, instance, "assess", "wait", WHY)
