"""What cannot be run is refused before it runs, with the element and its line."""

import threading

import pytest

from engine import spiff
from engine.errors import Invalid
from engine.spiff import parse
from tests.engine.spiff.models import (
    Run,
    boundary,
    call,
    catch,
    deployed,
    element,
    end_event,
    event_process,
    extensions,
    gateway,
    names_the_place,
    process,
    props,
    rule,
    script,
    service,
    start_event,
    sub_process,
    timer_definition,
    user,
)

GOOD = process("p", start_event(), user("t"), end_event(), flows="start > t > end")
LINK = '<bpmn:linkEventDefinition name="x"/>'


def around(*inside: str, flows: str = "start > x > end") -> bytes:
    return process("p", start_event(), *inside, end_event(), flows=flows)


REFUSED = {
    "a condition that is no expression": (
        around(gateway("x", default="x_end"), end_event("e"), flows="start > x > end; x > e if a >"), "x_e"),
    "a script that is none": (around(script("x", "a = = 1")), "x"),
    "a parameter that is no expression": (around(service("x", "a/b", p="1 +")), "x"),
    "a timer that is no expression": (around(catch("x", timer_definition("P14D days"))), "x"),
    "an assignee that is no expression": (around(user("x", assignee="the boss")), "x"),
    "a correlation that is no expression": (
        around(catch("x", props(correlation="a b") + '<bpmn:messageEventDefinition messageRef="m_a"/>')), "x"),
    "an element nobody reaches": (around(user("x"), user("allein")), "allein"),
    "a way without a condition": (around(gateway("x"), end_event("e"), flows="start > x > end; x > e if a"), "x_end"),
    "a missing called process": (around(call("x", "fehlt")), "x"),
    "a missing table": (around(rule("x", "fehlt")), "x"),
    "a service task without an operation": (around(element("serviceTask", "x")), "x"),
    "a message without a name": (
        around(catch("x", '<bpmn:messageEventDefinition messageRef="fehlt"/>')), "x"),
    "a timer without a time": (around(catch("x", "<bpmn:timerEventDefinition/>")), "x"),
    "a link that leads nowhere": (around(element("intermediateThrowEvent", "x", LINK), flows="start > x"), "x"),
    "a signal without a name": (process("p", start_event(), end_event("x", "<bpmn:signalEventDefinition/>"),
                                        flows="start > x"), "x"),
    "a timer at the end": (process("p", start_event(), end_event("x", timer_definition('"P1D"')), flows="start > x"),
                           "x"),
    "an error that is not there": (
        process("p", start_event(), end_event("x", '<bpmn:errorEventDefinition errorRef="fehlt"/>'), flows="start > x"),
        "x"),
    "two definitions in one start that needs both": (
        process("p", element("startEvent", "x", timer_definition('"P1D"') + "<bpmn:signalEventDefinition/>",
                             parallelMultiple="true"), end_event(), flows="x > end"), "x"),
    "a complex gateway": (around(element("complexGateway", "x")), "x"),
    "an event sub-process that nothing starts": (
        around(user("x"), event_process("u", "", end_event("ue"), flows="u_start > ue")), "u"),
    "a sub-process with two starts": (
        around(sub_process("x", start_event("us"), start_event("ut"), end_event("ue"), flows="us > ue; ut > ue")), "x"),
    "no start": (process("p", user("t"), end_event(), flows="t > end"), "p"),
    "a process that is not executable": (GOOD.replace(b'isExecutable="true"', b'isExecutable="false"'), "p"),
    "several instances of nothing": (
        around(element("userTask", "x", "<bpmn:multiInstanceLoopCharacteristics/>")), "x"),
    "a task behind an event-based gateway": (
        around(gateway("x", "eventBased"), user("t"), flows="start > x > t > end"), "x"),
    "a compensation that leads nowhere": (
        around(user("x"), boundary("b", "x", "<bpmn:compensateEventDefinition/>"), end_event("e"),
               flows="start > x > end; b > e"), "b"),
    "a flow to nowhere": (around(user("x"), flows="start > x > nirgends"), "x"),
    "a decision that is not named": (
        around(element("businessRuleTask", "x", extensions())), "x"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what: str) -> None:
    source, where = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        parse._parse(spiff.Bundle("x", "p", (source,)))
    names_the_place(refused.value, source, where)


def test_a_process_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid):
        parse._parse(spiff.Bundle("x", "q", (GOOD,)))


def test_a_specification_is_parsed_once_and_shared_by_threads() -> None:
    bundle = spiff.Bundle("once", "p", (GOOD,))
    first = spiff.specification(bundle)
    assert spiff.specification(spiff.Bundle("once", "p", ())) is first
    found: list[spiff.Specification] = []
    threads = [threading.Thread(target=lambda: found.append(spiff.specification(bundle))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one is first for one in found)


def test_old_specifications_make_room() -> None:
    for number in range(parse._CACHED + 5):
        spiff.specification(spiff.Bundle(f"room {number}", "p", (GOOD,)))
    assert len(parse._cache) == parse._CACHED and "room 0" not in parse._cache


def test_a_specification_that_is_run_stays_as_it_was() -> None:
    spec = deployed(around(element("userTask", "x", (
        '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics>"))))

    def shape() -> list[object]:
        return [(name, list(task._inputs), list(task._outputs), task.completed_event.n_subscribers())
                for name, task in spec.main.task_specs.items()]

    before = shape()
    Run(spec).start().complete("x").complete("x")
    assert shape() == before


@pytest.mark.parametrize("coding", ["iso-8859-1", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(coding: str) -> None:
    text = GOOD.decode().replace('name="T"', 'name="Prüfen"')
    name = coding.removesuffix("-sig")
    run = Run(deployed(text.replace('encoding="UTF-8"', f'encoding="{name}"').encode(coding), process_id="p")).start()
    assert run.task("t").name == "Prüfen"


def test_a_comment_inside_an_expression_does_not_cut_it_off() -> None:
    source = around(gateway("x", default="x_end"), end_event("e"), flows="start > x > end; x > e if a > 1").replace(
        b"a &gt; 1", b"a <!-- Betrag --> &gt; 1")
    assert Run(deployed(source)).start({"a": 2}).step.ended == "e"
