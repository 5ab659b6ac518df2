"""A process that is cut down to what can still matter, stored and restored after every step, goes on as one kept whole.

Hypothesis draws seeds; a seed makes a diagram and a way through it (blocks.py)
and is printed where the two differ.  `make test` draws some hundred,
`--hypothesis-profile=nightly` some thousand.
"""

import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import spiff
from engine.spiff.values import load
from tests.engine.spiff.blocks import Model, Walk
from tests.engine.spiff.models import (
    Run,
    boundary,
    deployed,
    element,
    end_event,
    gateway,
    many,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)

STEPS = 40
LOOP = deployed(process(
    "p", start_event(), gateway("x"), user("t"), gateway("g", "parallel"), script("a", "n = n + 1"),
    sub_process("u", start_event("us"), user("b"), end_event("ue"), flows="us > b > ue"),
    gateway("j", "parallel"), gateway("y", default="y_end"), end_event(),
    flows="start > x > t > g > a > j > y; g > u > j; y > x if weiter; y > end"))


@given(seed=st.integers(0, 2**32 - 1))
@example(seed=114)  # several instances in turn, inside a split
def test_stored_after_every_step_or_kept_whole_it_is_the_same_process(seed: int) -> None:
    dice = random.Random(seed)
    sources, data = Model(dice).build()
    walk = Walk(deployed(*sources), data, dice)
    for _ in range(STEPS):
        assert walk.stored_view() == walk.plain_view(), f"seed {seed}, now {walk.stored.now}, after {walk.stored.path}"
        if walk.over:
            break
        step = walk.stored.step
        assert step.open_tasks or step.timers or step.subscriptions, f"seed {seed}: nobody is waited for"
        walk.go_on()


def tasks_in(state: bytes) -> int:
    """How many tasks a state holds, those of sub-processes included."""
    stored = load(state)
    return len(stored["main"]) + sum(len(written) for _, written in stored["subs"])


def test_the_thousandth_pass_of_a_loop_is_stored_like_the_first() -> None:
    run, sizes = Run(LOOP).start({"n": 0, "weiter": True}), []
    for _ in range(1000):
        run.complete("t").complete("b")
        sizes.append((tasks_in(run.step.state), len(run.step.state)))
    assert sizes[0][0] == sizes[-1][0]
    assert sizes[-1][1] - sizes[0][1] < 20  # the numbers of the tasks have more digits
    assert run.data["n"] == 1000


@pytest.mark.parametrize("what_follows", [user("nachsehen"), script("nachsehen", "n = n + 1")])
def test_reminders_beside_a_task_leave_nothing_behind(what_follows: str) -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("z", "t", timer_definition('"R/P1D"', "timeCycle"), False),
        end_event("e"), what_follows, end_event(), flows="start > t > end; z > nachsehen > e"))
    run, sizes = Run(spec).start({"n": 0}), []
    for _ in range(100):
        run.wake(days=1)
        if "nachsehen" in run.open:
            run.complete("nachsehen")
        sizes.append(tasks_in(run.step.state))
    assert len(set(sizes)) == 1
    assert run.complete("t").step.ended == "end"


def test_a_thousand_instances_one_after_the_other_are_stored_as_the_one_that_runs() -> None:
    spec = deployed(process(
        "p", start_event(), element("userTask", "m", many("leute", "wer", sequential=True)), end_event(),
        flows="start > m > end"))
    run = Run(spec).start({"leute": list(range(1000))})
    first = tasks_in(run.step.state)
    for _ in range(900):
        run.complete("m")
    assert tasks_in(run.step.state) == first


def test_an_activity_repeated_a_thousand_times_is_stored_like_one() -> None:
    spec = deployed(process("p", start_event(), element(
        "userTask", "w", '<bpmn:standardLoopCharacteristics loopMaximum="1001"/>'), end_event(),
        flows="start > w > end"))
    run = Run(spec).start()
    first = tasks_in(run.step.state)
    for _ in range(1000):
        run.complete("w")
    assert tasks_in(run.step.state) == first
    assert run.complete("w").step.ended == "end"


def test_one_of_two_branches_may_go_round_for_ever_while_the_other_waits() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), user("wartet"), gateway("x"), user("t"),
        gateway("y", default="y_j"),
        gateway("j", "parallel"), user("danach"), end_event(),
        flows="start > g > wartet > j > danach > end; g > x > t > y; y > x if weiter; y > j"))
    run = Run(spec).start({"n": 0, "weiter": True, "alt": 1})
    sizes = [tasks_in(run.complete("t", n=place).step.state) for place in range(300)]
    assert len(set(sizes)) == 1
    run.complete("wartet", alt=2).complete("t", weiter=False)
    assert run.task("danach").data == {"n": 299, "weiter": False, "alt": 2}


def test_what_has_ended_keeps_no_tasks() -> None:
    run = Run(LOOP).start({"n": 0, "weiter": False}).complete("t").complete("b")
    assert run.step.ended == "end" and tasks_in(run.step.state) == 0


def test_a_step_does_not_touch_the_specification() -> None:
    """Threads share it; what one instance does to it, all others would see."""
    def told(spec: Any) -> Any:
        return {name: (type(one), {key: repr(value) for key, value in vars(one).items() if "event" not in key})
                for process in (spec.main, *spec.called.values()) for name, one in process.task_specs.items()}

    dice = random.Random(4)
    for _ in range(20):
        sources, data = Model(dice).build()
        spec = deployed(*sources)
        before = told(spec)
        walk = Walk(spec, data, dice)
        for _ in range(STEPS):
            if walk.over:
                break
            walk.go_on()
        assert told(spec) == before


def test_data_that_did_not_change_are_not_copied() -> None:
    big = {"tief": [{"x": place} for place in range(100)]}
    run = Run(LOOP).start({"n": 0, "weiter": True, "gross": big}).complete("t")
    assert run.step.state.count(b'"x":99') == 1
    task = run.task("b")
    assert spiff.task_data(LOOP, run.step.state, task.key)["gross"] == big
