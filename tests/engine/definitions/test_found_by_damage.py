"""What damaged files have brought to light, each by its name."""

import time

import pytest

from engine import spiff
from engine.definitions.findings import errors
from engine.errors import Invalid, ProcessFailed
from engine.spiff import bounds, parse
from tests.engine.definitions import walks
from tests.engine.spiff.models import (
    Run,
    boundary,
    call,
    catch,
    deployed,
    element,
    end_event,
    event_process,
    gateway,
    many,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)


def rules_of(*sources: bytes) -> set[tuple[str, str]]:
    _, found = walks.judged({f"{place}.bpmn": source for place, source in enumerate(sources)})
    return {(one.rule, one.element) for one in errors(found)}


def refusal(source: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        parse._parse(spiff.Bundle("x", "p", (source,)))
    return refused.value


# -- the end ---------------------------------------------------------------------------------------------------------

def test_a_process_is_over_where_its_last_token_ends_at_a_task() -> None:
    """BPMN 2.0.2, 13.2.2: where nothing goes on the token is used up. It waited for ever."""
    spec = deployed(process("p", start_event(), gateway("g", default="g_t"), user("t"), end_event(),
                            flows="start > g > t; g > end if x == 1"))
    run = Run(spec).start({"x": 0})
    assert run.complete("t").step.ended == "t" and run.path == ["start", "g", "t"]
    assert Run(spec).start({"x": 1}).step.ended == "end"


def test_so_is_a_sub_process() -> None:
    spec = deployed(process(
        "p", start_event(), sub_process("u", start_event("us"), gateway("g", "parallel"), script("s", "x = 1"),
                                        user("t"), end_event("ue"), flows="us > g > s; g > t; g > ue"),
        end_event(), flows="start > u > end"))
    run = Run(spec).start()
    assert run.step.ended is None and run.complete("t").step.ended == "end" and run.data == {"x": 1}


def test_so_is_a_way_that_begins_at_an_edge() -> None:
    spec = deployed(process("p", start_event(), user("t"), boundary("z", "t", timer_definition('"P1D"')), user("spaet"),
                            end_event(), flows="start > t > end; z > spaet"))
    run = Run(spec).start().wake(days=1)
    assert run.open == ["spaet"] and run.complete("spaet").step.ended == "spaet"


# -- too much --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("count", ["10 ** 9", "10 ** 15", str(bounds.MOST_INSTANCES + 1)])
def test_more_instances_at_once_than_anybody_can_want_fail(count: str) -> None:
    """A list of so many numbers was made first, and took all the memory there was."""
    spec = deployed(process("p", start_event(), element("userTask", "t", many(cardinality=count)), end_event(),
                            flows="start > t > end"))
    with pytest.raises(ProcessFailed, match="too many") as failed:
        Run(spec).start()
    assert failed.value.element == "t" and failed.value.line == 5


def test_as_many_one_after_the_other_do_not() -> None:
    spec = deployed(process("p", start_event(), element("userTask", "t", many(cardinality="10 ** 9", sequential=True)),
                            end_event(), flows="start > t > end"))
    assert Run(spec).start().complete("t").open == ["t"]


def test_processes_that_call_each_other_twice_are_judged_at_once() -> None:
    """Each call was looked into anew, twice as often with each process."""
    sources = [process(f"p{place}", start_event(), call("a", f"p{(place + 1) % 30}"), call("b", f"p{(place + 1) % 30}"),
                       script("s", f"x{place} = 1"), end_event(), flows="start > a > b > s > end")
               for place in range(30)]
    before = time.perf_counter()
    rules_of(*sources)
    assert time.perf_counter() - before < 3


# -- what fits nowhere -----------------------------------------------------------------------------------------------

def test_an_event_process_cannot_be_repeated() -> None:
    """The parser stumbled over it."""
    source = process("p", start_event(), user("t"), end_event(), event_process(
        "u", timer_definition('"P1D"'), end_event("ue"), flows="u_start > ue"), flows="start > t > end")
    source = source.replace(b'<bpmn:startEvent id="u_start"', many(cardinality="2").encode()
                            + b'<bpmn:startEvent id="u_start"')
    assert ("unsupported-element", "u") in rules_of(source)
    assert refusal(source).findings[0].rule == "unsound-diagram"


def test_a_flow_from_nowhere_to_an_event_of_several_definitions() -> None:
    two = message_definition("a") + message_definition("b")
    source = process("p", start_event(), catch("x", two), end_event(), flows="start > x > end; weg > x")
    assert ("undefined-reference", "weg_x") in rules_of(source)
    assert [one.element for one in refusal(source).findings] == ["weg_x"]


def test_one_event_process_drawn_twice() -> None:
    twice = event_process("u", timer_definition('"P1D"'), end_event("ue"), flows="u_start > ue")
    source = process("p", start_event(), user("t"), end_event(), twice, twice, flows="start > t > end")
    assert ("duplicate-id", "u") in rules_of(source)
    assert refusal(source).findings[0].message.en


def test_an_event_definition_in_a_task_is_not_carried_over() -> None:
    source = process("p", start_event(), element("userTask", "t", timer_definition('"P1D"')), end_event(),
                     flows="start > t > end")
    (one,) = refusal(source).findings
    assert (one.rule, one.element, one.line) == ("not-carried-over", "t", 5)


def test_an_element_in_two_processes() -> None:
    """What is attached to the one was looked for around the other."""
    late = boundary("z", "t", timer_definition('"P1D"'))
    parts = [process(name, start_event(), user("t"), end_event(), part, flows="start > t > end; z > end" if part else
                     "start > t > end") for name, part in (("p", ""), ("q", late))]
    second = parts[1].split(b"<bpmn:process", 1)[1].rpartition(b"</bpmn:definitions>")[0]
    source = parts[0].replace(b"</bpmn:definitions>", b"<bpmn:process" + second + b"</bpmn:definitions>")
    assert ("duplicate-id", "t") in rules_of(source)


def test_two_files_may_give_their_messages_the_same_ids() -> None:
    """The message of the file read last was waited for in both."""
    outer = process("p", start_event(), catch("c", message_definition("a")), call("r", "q"), end_event(),
                    flows="start > c > r > end").replace(b"m_a", b"m")
    inner = process("q", start_event("qs"), catch("qc", message_definition("b")), end_event("qe"),
                    flows="qs > qc > qe").replace(b"m_b", b"m")
    run = Run(deployed(outer, inner)).start()
    assert [one.name for one in run.step.subscriptions] == ["a"]
    assert [one.name for one in run.deliver("a").step.subscriptions] == ["b"]


@pytest.mark.parametrize("kind", ["message", "signal", "error", "escalation", "correlationProperty", "collaboration"])
def test_what_nobody_can_refer_to_is_in_nobodys_way(kind: str) -> None:
    source = process("p", start_event(), end_event(), flows="start > end").replace(
        b"<bpmn:process", f'<bpmn:{kind} name="x"/><bpmn:process'.encode())
    assert Run(deployed(source)).start().step.ended == "end"


def test_a_flow_of_another_language_is_no_flow() -> None:
    """It was followed, though no picture shows it."""
    source = process("p", start_event(), gateway("g", "parallel"), user("t"), user("u"), end_event(),
                     flows="start > g > t > end; g > u > end").replace(
        b'<bpmn:sequenceFlow id="g_u" ', b'<x:sequenceFlow xmlns:x="urn:x" id="g_u" ').replace(
        b'targetRef="u"></bpmn:sequenceFlow>', b'targetRef="u"></x:sequenceFlow>')
    assert ("unreachable-element", "u") in rules_of(source)
    assert [one.element for one in refusal(source).findings] == ["u"]
