"""A step that goes too far ends as an incident that says where; what was typed and what waits stays."""

from dataclasses import replace
from typing import Any

import pytest

from engine import worker
from engine.errors import ProcessFailed
from engine.runtime import incidents, instances, messages
from engine.work import ENGINE


def bounded(office: Any, **limits: Any) -> Any:
    return replace(office.house, settings=replace(office.house.settings, **limits))


def run_until_given_up(office: Any, house: Any) -> None:
    for _ in range(4):
        worker.run_due(house, office.clock.now)
        office.clock.advance(hours=1)


@pytest.mark.parametrize(("limits", "said"), [
    ({"step_limit": 0}, "more than 0 steps without waiting, round and round: late"),
    ({"step_seconds": 0.0}, "the step took longer than 0 seconds"),
])
def test_a_timer_whose_step_goes_too_far_becomes_an_incident(office: Any, limits: Any, said: str) -> None:
    office.start()
    office.clock.advance(days=14)
    run_until_given_up(office, bounded(office, **limits))
    with office.house.look() as work:
        [incident] = incidents.listing(work).rows
    assert (incident.kind, incident.element, incident.error) == ("timer", "late", said)
    assert office.waits_at() == ["assess"]


def test_a_message_whose_step_goes_too_far_becomes_an_incident(office: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    with office.house.work(now=office.clock.now) as work:
        messages.send(work, instance, "mehr", "i-1", {})
    run_until_given_up(office, bounded(office, step_seconds=0.0))
    with office.house.look() as work:
        [incident] = incidents.listing(work).rows
        assert messages.awaited(work, "i-1") == {"mehr"}
    assert (incident.kind, incident.element) == ("message", "wait")


def test_a_completion_that_goes_too_far_changes_nothing(office: Any) -> None:
    instance = office.start()
    before, task = office.verbs(instance), office.task("assess")
    with pytest.raises(ProcessFailed) as failed, bounded(office, step_limit=1).work(ENGINE, office.clock.now) as work:
        instances.complete_task(work, task, {"score": 1})
    assert failed.value.element == "good" and "Nach 1 Schritten" in failed.value.de
    assert office.verbs(instance) == before and office.waits_at() == ["assess"]


def test_a_start_that_goes_too_far_leaves_no_instance(office: Any) -> None:
    with pytest.raises(ProcessFailed), bounded(office, step_limit=0).work(ENGINE, office.clock.now) as work:
        instances.start(work, "pruefung", {"idee_id": "i-1"})
    assert office.instances() == {}
