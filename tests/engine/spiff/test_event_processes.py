"""An event sub-process waits beside everything else in its process (BPMN 2.0.2, 10.3.5 and 13.5.4)."""

from datetime import timedelta
from typing import Any

import pytest

from engine import spiff
from tests.engine.spiff.models import (
    Run,
    deployed,
    end_event,
    event_process,
    gateway,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)


def around(*beside: str, **more: Any) -> spiff.Specification:
    """A process with two tasks in a row, and what stands beside them."""
    return deployed(process("p", start_event(), user("a"), user("b"), end_event(), *beside,
                            flows="start > a > b > end"))


def answering(begins: str, interrupting: bool) -> str:
    return event_process("u", begins, user("c"), end_event("ue"), flows="u_start > c > ue", interrupting=interrupting)


def test_an_interrupting_message_ends_everything_else_and_keeps_what_was_known() -> None:
    run = Run(around(answering(message_definition("stopp"), True))).start({"idee_id": "i", "x": 1})
    assert run.open == ["a"]
    run.complete("a", x=2).deliver("stopp", "i", grund="Rückzug")
    assert run.open == ["c"]
    assert run.task("c").data == {"idee_id": "i", "x": 2, "grund": "Rückzug"}
    assert run.complete("c").step.ended == "ue"
    assert run.path == ["start", "a", "u_start", "c", "ue", "u"]


def test_once_interrupted_it_does_not_wait_any_more() -> None:
    run = Run(around(answering(message_definition("stopp"), True))).start({"idee_id": "i"}).deliver("stopp", "i")
    assert run.step.subscriptions == () and run.step.timers == ()


def test_a_message_that_does_not_interrupt_comes_any_number_of_times() -> None:
    run = Run(around(answering(message_definition("frage"), False))).start({"idee_id": "i"})
    run.deliver("frage", "i", nr=1).deliver("frage", "i", nr=2)
    assert sorted(run.open) == ["a", "c", "c"]
    run.complete("c").complete("a").complete("b")
    assert run.step.ended is None and run.open == ["c"]
    assert run.complete("c").step.ended is not None


def test_one_that_does_not_interrupt_knows_what_is_known_then_and_gives_back_what_it_changes() -> None:
    run = Run(around(answering(message_definition("frage"), False))).start({"idee_id": "i", "x": 1, "y": 1})
    run.complete("a", x=2).deliver("frage", "i", nr=1)
    assert run.task("c").data == {"idee_id": "i", "x": 2, "y": 1, "nr": 1}
    run.complete("b", x=3).complete("c", y=2)
    assert run.step.ended is not None and run.data == {"idee_id": "i", "x": 3, "y": 2, "nr": 1}


def test_an_end_without_the_event_is_an_end() -> None:
    run = Run(around(answering(message_definition("stopp"), True))).start({"idee_id": "i"}).complete("a").complete("b")
    assert run.step.ended == "end" and run.step.subscriptions == ()


def test_a_timer_comes_a_duration_after_its_process_began() -> None:
    run = Run(around(answering(timer_definition('"P7D"'), True))).start()
    assert run.due("u_start") == run.now + timedelta(days=7)
    assert run.wake(days=7).open == ["c"]


def test_a_timer_that_repeats_starts_it_each_time() -> None:
    spec = around(event_process("u", timer_definition('"R3/P1D"', "timeCycle"), script("s", "n = 1"), end_event("ue"),
                                flows="u_start > s > ue", interrupting=False))
    run = Run(spec).start({"n": 0})
    for _ in range(5):
        run.wake(days=1)
    assert run.path.count("s") == 3 and run.open == ["a"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_inside_a_sub_process_it_concerns_that_alone(interrupting: bool) -> None:
    inner = sub_process("s", start_event("ss"), user("innen"), end_event("se"),
                        answering(message_definition("stopp"), interrupting), flows="ss > innen > se")
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), inner, user("aussen"),
                            gateway("j", "parallel"), user("danach"), end_event(),
                            flows="start > g > s > j > danach > end; g > aussen > j"))
    run = Run(spec).start({"idee_id": "i"})
    assert sorted(run.open) == ["aussen", "innen"] and [wait.element for wait in run.step.subscriptions] == ["u_start"]
    run.deliver("stopp", "i")
    assert sorted(run.open) == (["aussen", "c"] if interrupting else ["aussen", "c", "innen"])
    run.complete("c")
    if not interrupting:
        run.complete("innen")
    assert run.open == ["aussen"]
    assert run.complete("aussen").open == ["danach"]


def test_running_sub_processes_and_several_instances_are_taken_away_with_the_rest() -> None:
    inner = sub_process("s", start_event("ss"), user("innen"), end_event("se"), flows="ss > innen > se")
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), inner, user("aussen"),
                            gateway("j", "parallel"), end_event(), answering(message_definition("stopp"), True),
                            flows="start > g > s > j > end; g > aussen > j"))
    run = Run(spec).start({"idee_id": "i"}).deliver("stopp", "i")
    assert run.open == ["c"]
    assert run.complete("c").step.ended == "ue"
