"""Process data can be put right between two steps, in every branch that still holds the wrong value."""

from datetime import date
from typing import Any

import pytest

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from tests.engine.spiff.models import (
    Run,
    boundary,
    catch,
    deployed,
    end_event,
    gateway,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)

DIVIDE = deployed(process(
    "p", start_event(), user("t"), boundary("b", "t", timer_definition('"P1D"'), interrupting=False),
    script("s", "ergebnis = 12 // teiler"), end_event("e"), end_event(), flows="start > t > end; b > s > e"))


def mended(run: Run, key: str, **changes: Any) -> Run:
    """The run with its state mended."""
    state = spiff.mend(run.spec, run.step.state, key, changes)
    run.step = run.step.__class__(**{**run.step.__dict__, "state": state})
    return run


def test_a_mended_value_is_what_the_next_try_sees() -> None:
    run = Run(DIVIDE).start({"teiler": 0, "thema": "Bank"})
    key = run.step.timers[0].key
    with pytest.raises(ProcessFailed) as failed:
        run.wake(days=1)
    assert failed.value.data == {"teiler": 0, "thema": "Bank"}
    assert spiff.seen(run.spec, run.step.state, key) == {"teiler": 0, "thema": "Bank"}
    mended(run, key, teiler=4)
    assert spiff.seen(run.spec, run.step.state, key) == {"teiler": 4, "thema": "Bank"}
    assert run.wake().step.data["ergebnis"] == 3
    run.complete("t")
    assert run.step.data["teiler"] == 4, "the task beside the timer had the same wrong value"


def test_a_value_that_is_missing_can_be_added() -> None:
    run = Run(DIVIDE).start()
    mended(run, run.step.timers[0].key, teiler=6, seit=date(2026, 5, 4))
    assert run.wake(days=1).step.data["ergebnis"] == 2 and run.step.data["seit"] == date(2026, 5, 4)


def test_branches_with_the_wrong_value_are_mended_and_those_with_another_keep_theirs() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), script("eigen", "n = 7"), user("a"), user("b"), user("c"),
        gateway("j", "parallel"), user("danach"), end_event(),
        flows="start > g > eigen > a > j > danach > end; g > b > j; g > c > j"))
    run = Run(spec).start({"n": 0})
    key = next(task.key for task in run.step.open_tasks if task.element == "b")
    mended(run, key, n=5)
    seen = {task.element: spiff.seen(spec, run.step.state, task.key)["n"] for task in run.step.open_tasks}
    assert seen == {"a": 7, "b": 5, "c": 5}
    run.complete("b").complete("c").complete("a")
    assert run.open == ["danach"]
    assert spiff.task_data(spec, run.step.state, run.step.open_tasks[0].key)["n"] == 7, "the branch that set it itself"


def test_a_value_is_mended_inside_a_sub_process_and_outside() -> None:
    inner = sub_process("u", start_event("us"), catch("m", message_definition("ruf")), script("s", "y = 12 // n"),
                        end_event("ue"), flows="us > m > s > ue")
    spec = deployed(process("p", start_event(), inner, user("t"), end_event(), flows="start > u > t > end"))
    run = Run(spec).start({"n": 0, "idee_id": "i"})
    mended(run, run.step.subscriptions[0].key, n=4)
    run.deliver("ruf", "i")
    assert run.open == ["t"]
    assert spiff.task_data(spec, run.step.state, run.step.open_tasks[0].key) == {"n": 4, "y": 3, "idee_id": "i"}


def test_what_is_gone_and_a_state_that_cannot_be_read_have_no_data() -> None:
    run = Run(DIVIDE).start({"teiler": 1})
    assert spiff.seen(run.spec, run.step.state, "99999") == {}
    assert spiff.seen(run.spec, b"no state", "1") == {}


def test_what_a_process_cannot_take_in_is_refused() -> None:
    run = Run(DIVIDE).start({"teiler": 1})
    with pytest.raises(Invalid):
        spiff.mend(run.spec, run.step.state, run.step.timers[0].key, {"teiler": 2**70})
