"""No step runs for ever: it is stopped after so many elements or seconds, and the error says where it went round."""

import doctest
from typing import Any

import pytest

from engine import spiff
from engine.errors import ProcessFailed
from engine.spiff import bounds
from tests.engine.spiff.models import (
    NOON,
    Run,
    deployed,
    end_event,
    gateway,
    many,
    process,
    script,
    service,
    start_event,
    sub_process,
    user,
)


def circling() -> spiff.Specification:
    return deployed(process("p", start_event(), user("t"), gateway("g"), script("s", "x = x + 1"),
                            gateway("h", default="h_end"), end_event(),
                            flows="start > t > g > s > h; h > g if x > 0; h > end"))


def test_the_error_names_every_element_of_the_loop_and_no_other() -> None:
    run = Run(circling()).start({"x": 0})
    with pytest.raises(ProcessFailed) as failed:
        spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, run.call, max_steps=50)
    said = failed.value
    for name in ("„G“", "„S“", "„H“"):
        assert name in said.de
    assert "„T“" not in said.de and "50 Schritten" in said.de
    assert said.cause.startswith("more than 50 steps without waiting, round and round: ")
    assert sorted(said.cause.rsplit(": ")[-1].split(" > ")) == ["g", "h", "s"]


def test_a_loop_through_a_sub_process_is_named_too() -> None:
    inner = sub_process("u", start_event("us"), script("innen", "x = x + 1"), end_event("uf"),
                        flows="us > innen > uf")
    run = Run(deployed(process("p", start_event(), user("t"), gateway("g"), inner, gateway("h", default="h_end"),
                               end_event(), flows="start > t > g > u > h; h > g if x > 0; h > end")))
    run.start({"x": 0})
    with pytest.raises(ProcessFailed) as failed:
        spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, run.call, max_steps=60)
    assert "„INNEN“" in failed.value.de and "„U“" in failed.value.de


def test_many_instances_are_no_loop_but_count() -> None:
    run = Run(deployed(process("p", start_event(), user("t"), script("s", "y = 1"), end_event(),
                               flows="start > t > s > end").replace(
        b"</bpmn:scriptTask>", many(cardinality="100").encode() + b"</bpmn:scriptTask>")))
    run.start()
    with pytest.raises(ProcessFailed, match="50 steps"):
        spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, run.call, max_steps=50)


class Ticks:
    """A clock for the seconds of a step; each look at it may cost time."""

    def __init__(self, cost: float = 0.0) -> None:
        self.now, self.cost = 100.0, cost

    def __call__(self) -> float:
        self.now += self.cost
        return self.now


def slow(seconds: float, ticks: Ticks) -> Any:
    def call(asked: spiff.ServiceCall) -> dict[str, Any]:
        ticks.now += seconds
        return {}

    return call


def calling() -> spiff.Specification:
    return deployed(process("p", start_event(), user("t"), service("eins", "x/y"), service("zwei", "x/y"), end_event(),
                            flows="start > t > eins > zwei > end"))


def test_a_step_that_takes_too_long_is_stopped_after_the_element_that_went_over() -> None:
    run, ticks = Run(calling()).start(), Ticks()
    with pytest.raises(ProcessFailed) as failed:
        spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, slow(6, ticks), max_seconds=10,
                       ticks=ticks)
    assert (failed.value.element, failed.value.cause) == ("zwei", "the step took longer than 10 seconds")
    assert "länger als 10 Sekunden" in failed.value.de and failed.value.line


def test_a_step_within_its_time_ends() -> None:
    run, ticks = Run(calling()).start(), Ticks()
    step = spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, slow(5, ticks), max_seconds=10,
                          ticks=ticks)
    assert step.ended == "end"


def test_a_start_has_the_same_time_limit() -> None:
    spec = deployed(process("p", start_event(), script("s", "x = 1"), end_event(), flows="start > s > end"))
    with pytest.raises(ProcessFailed, match="longer than 1 seconds"):
        spiff.start(spec, {}, NOON, lambda asked: {}, max_seconds=1, ticks=Ticks(cost=0.9))


def test_a_loop_within_its_number_of_steps_is_stopped_by_its_time() -> None:
    run = Run(circling()).start({"x": 0})
    with pytest.raises(ProcessFailed, match="longer than 3 seconds"):
        spiff.complete(run.spec, run.step.state, run.task("t").key, {}, NOON, run.call, max_steps=10_000,
                       max_seconds=3, ticks=Ticks(cost=0.1))


@pytest.mark.parametrize(("path", "around"), [
    ([], []), (["a"], []), (["a", "b"], []), (["a", "a"], ["a"]), (["a", "b", "a"], ["b", "a"]),
    (["s", "a", "b", "c", "b"], ["c", "b"]),
])
def test_the_loop_of_a_path(path: list[str], around: list[str]) -> None:
    assert bounds.loop(path) == around
    assert doctest.testmod(bounds).failed == 0
