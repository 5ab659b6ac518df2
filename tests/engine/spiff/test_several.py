"""An event of several kinds waits for any of them, or for all, or throws all; in the path it is once."""

from collections.abc import Callable

import pytest

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from engine.spiff.picture import read_xml
from engine.spiff.rewrites import rewritten
from tests.engine.spiff.blocks import goes_on_restored
from tests.engine.spiff.models import (
    Run,
    boundary,
    catch,
    deployed,
    element,
    end_event,
    gateway,
    message_definition,
    names_the_place,
    process,
    script,
    start_event,
    timer_definition,
    user,
)

TWO = message_definition("a") + timer_definition('"P1D"')
BOTH = {"parallelMultiple": "true"}


def around(*inside: str, flows: str) -> bytes:
    return process("p", start_event(), *inside, end_event(), flows=flows)


def told(run: Run) -> list[str]:
    return [wait.element for wait in (*run.step.timers, *run.step.subscriptions)]


FIRST = around(catch("c", TWO), user("t"), flows="start > c > t > end")
ALL = around(element("intermediateCatchEvent", "c", TWO, **BOTH), user("t"), flows="start > c > t > end")
BEHIND = around(gateway("g", "eventBased"), catch("c", TWO), catch("d", message_definition("b")), gateway("m"),
                user("t"), flows="start > g > c > m > t > end; g > d > m")
STARTS = process("p", start_event("s", message_definition("a") + message_definition("b")), user("t"), end_event(),
                 flows="s > t > end")
EDGE = around(user("t"), boundary("z", "t", TWO), user("late"), gateway("m"),
              flows="start > t > m > end; z > late > m")
BESIDE = around(user("t"), boundary("z", "t", TWO, interrupting=False), script("n", "n = n + 1"), end_event("e"),
                flows="start > t > end; z > n > e")
THROWN = around(element("intermediateThrowEvent", "w", message_definition("a") + message_definition("b")), user("t"),
                flows="start > w > t > end")
ENDED = process("p", start_event(), user("t"), end_event("e", message_definition("a") + message_definition("b")),
                flows="start > t > e")

WALKED = {
    "first": FIRST, "all": ALL, "behind a gateway": BEHIND, "at an edge": EDGE, "beside": BESIDE, "thrown": THROWN,
    "ended": ENDED,
}


@pytest.mark.parametrize("what", WALKED)
@pytest.mark.parametrize("seed", range(4))
def test_stored_after_every_step_it_goes_on_as_one_that_never_was(what: str, seed: int) -> None:
    path = goes_on_restored(deployed(WALKED[what]), seed)
    assert not [name for name in path if "." in name]


@pytest.mark.parametrize(("source", "act"), [
    (FIRST, lambda run: run.deliver("a", "i", y=1)), (FIRST, lambda run: run.wake(days=1)),
    (BEHIND, lambda run: run.deliver("a", "i", y=1)), (BEHIND, lambda run: run.wake(days=1)),
])
def test_an_event_of_several_kinds_waits_for_the_first_of_them(source: bytes, act: Callable[[Run], Run]) -> None:
    """10.5.4 (Multiple)"""
    run = Run(deployed(source)).start({"idee_id": "i"})
    assert [name for name in told(run) if name != "d"] == ["c", "c"]
    assert len({wait.key for wait in (*run.step.timers, *run.step.subscriptions)}) == len(told(run))
    act(run)
    assert run.open == ["t"] and not told(run)
    assert run.path.count("c") == 1 and run.path[0] == "start"


def test_an_event_of_several_kinds_behind_a_gateway_leaves_the_others_their_chance() -> None:
    run = Run(deployed(BEHIND)).start({"idee_id": "i"}).deliver("b", "i")
    assert run.path == ["start", "g", "d", "m"] and run.open == ["t"]


@pytest.mark.parametrize("first", ["a", "day"])
def test_an_event_that_needs_all_of_several_waits_for_the_last(first: str) -> None:
    """10.5.4 (Parallel Multiple)"""
    acts = {"a": lambda run: run.deliver("a", "i", y=1), "day": lambda run: run.wake(days=1)}
    run = Run(deployed(ALL)).start({"idee_id": "i"})
    assert told(run) == ["c", "c"]
    acts.pop(first)(run)
    assert told(run) == ["c"] and not run.open and run.path == ["start"]
    (last,) = acts.values()
    last(run)
    assert run.open == ["t"] and run.path == ["start", "c"] and run.data["y"] == 1


@pytest.mark.parametrize("message", ["a", "b"])
def test_a_start_event_of_several_begins_with_any_of_them(message: str) -> None:
    """10.5.2 (Multiple)"""
    run = Run(deployed(STARTS)).start(message=spiff.Arrival(message, None, {"y": 1}))
    assert run.path == ["s"] and run.open == ["t"] and run.data["y"] == 1 and not told(run)


def test_an_event_of_several_at_an_edge_interrupts_with_the_first_that_comes() -> None:
    """10.5.4 (Multiple)"""
    run = Run(deployed(EDGE)).start({"idee_id": "i"})
    assert told(run) == ["z", "z"]
    assert run.deliver("a", "i").open == ["late"] and not told(run)
    assert run.complete("late").path == ["start", "z", "late", "m", "end"]
    assert Run(deployed(EDGE)).start({"idee_id": "i"}).complete("t").path == ["start", "t", "m", "end"]


def test_an_event_of_several_beside_an_activity_comes_whenever_one_of_them_does() -> None:
    run = Run(deployed(BESIDE)).start({"idee_id": "i", "n": 0}).deliver("a", "i").wake(days=1).deliver("a", "i")
    assert run.path == ["start", *["z", "n", "e"] * 3] and run.open == ["t"]
    assert run.complete("t").step.ended == "end"


def test_an_event_of_several_throws_all_of_them() -> None:
    """10.5.4 (Multiple)"""
    run = Run(deployed(THROWN)).start()
    assert [(sent.element, sent.name) for sent in run.step.sent] == [("w", "a"), ("w", "b")]
    assert run.path == ["start", "w"]


def test_an_end_event_of_several_throws_all_of_them_and_ends() -> None:
    """10.5.3 (Multiple)"""
    run = Run(deployed(ENDED)).start().complete("t")
    assert [(sent.element, sent.name) for sent in run.step.sent] == [("e", "a"), ("e", "b")]
    assert run.path == ["start", "t", "e"] and run.step.ended == "e"


def test_what_ends_everything_is_thrown_last() -> None:
    source = process("p", start_event(), gateway("g", "parallel"), user("t"), user("w"), end_event(), end_event(
        "e", "<bpmn:terminateEventDefinition/>" + message_definition("a")), flows="start > g > t > e; g > w > end")
    run = Run(deployed(source)).start().complete("t")
    assert [sent.name for sent in run.step.sent] == ["a"] and run.step.ended == "e" and not run.open


def test_a_failing_expression_of_a_made_event_is_told_of_the_drawn_one() -> None:
    source = around(catch("c", message_definition("a") + timer_definition("nichts")), user("t"),
                    flows="start > c > t > end")
    with pytest.raises(ProcessFailed) as failed:
        Run(deployed(source)).start()
    assert failed.value.element == "c" and failed.value.line


def test_a_wrong_expression_of_a_made_event_is_told_of_the_drawn_one() -> None:
    source = around(catch("c", message_definition("a") + timer_definition("P1D days")), user("t"),
                    flows="start > c > t > end")
    with pytest.raises(Invalid) as refused:
        deployed(source)
    (finding,) = refused.value.findings
    assert finding.element == "c" and b'id="c"' in source.splitlines()[finding.line - 1]


def test_a_token_moved_to_an_event_of_several_waits_for_all_of_them_again() -> None:
    spec = deployed(FIRST)
    run = Run(spec).start({"idee_id": "i"}).wake(days=1)
    (place,) = spiff.places(spec, run.step.state)
    assert "c" in dict(place.targets)
    run._took(spiff.move(spec, run.step.state, place.key, "c", run.now, run.call))
    assert told(run) == ["c", "c"] and not run.open
    (place,) = spiff.places(spec, run.step.state)
    assert (place.element, place.name) == ("c", "C")


def test_a_waiting_event_of_several_goes_on_in_another_version() -> None:
    new = deployed(FIRST.replace(b'name="T"', b'name="Neu"'), process_id="p")
    run = Run(deployed(FIRST)).start({"idee_id": "i"})
    outlook = spiff.outlook(run.spec, new, run.step.state, run.now, run.call)
    assert [(stand.element, stand.problem) for stand in outlook.stands] == [("c", None)]
    assert outlook.gone == outlook.come == ()
    run._took(spiff.migrate(run.spec, new, run.step.state, run.now, run.call))
    run.spec = new
    assert told(run) == ["c", "c"] and run.wake(days=1).open == ["t"]


def test_an_event_of_several_that_waits_for_one_thing_in_another_version_is_told_by_its_name() -> None:
    new = deployed(around(catch("c", timer_definition('"P1D"')), user("t"), flows="start > c > t > end"))
    run = Run(deployed(FIRST)).start({"idee_id": "i"})
    (stand,) = spiff.outlook(run.spec, new, run.step.state, run.now, run.call).stands
    assert stand.element == "c" and stand.name == "C" and stand.problem and "anderer Art" in stand.problem.de


REFUSED: dict[str, tuple[bytes, str]] = {
    "a start that needs all": (process("p", element("startEvent", "x", TWO, **BOTH), end_event(), flows="x > end"),
                               "x"),
    "an edge that needs all": (
        around(user("t"), element("boundaryEvent", "x", TWO, attachedToRef="t", **BOTH), end_event("e"),
               flows="start > t > end; x > e"), "x"),
    "an edge that waits for compensation, too": (
        around(user("t"), boundary("x", "t", timer_definition('"P1D"') + "<bpmn:compensateEventDefinition/>"),
               end_event("e"), flows="start > t > end; x > e"), "x"),
    "two ends at once": (around(end_event("x", "<bpmn:terminateEventDefinition/><bpmn:errorEventDefinition/>"),
                                flows="start > x"), "x"),
    "an event sub-process with several": (
        around(user("t"), element("subProcess", "u", element("startEvent", "x", TWO) + end_event("ue") + (
            '<bpmn:sequenceFlow id="f" sourceRef="x" targetRef="ue"/>'), triggeredByEvent="true"),
            flows="start > t > end"), "x"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_right_is_refused(what: str) -> None:
    source, where = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        rewritten(read_xml(source, ""))
    names_the_place(refused.value, source, where)
