"""Each rule about diagrams names the element in its bad diagram, and leaves the good one beside it alone."""

import pytest

from engine.definitions import diagrams
from engine.definitions.findings import errors
from engine.definitions.library import Library, named
from engine.spiff import read_diagram
from tests.bench import models
from tests.engine.definitions.cases import (
    KNOWN,
    Case,
    activities,
    events,
    flows,
    gateways,
    lengths,
    names,
    script,
    spoilt,
)
from tests.engine.definitions.conftest import END, START, calling, drawing, line

CASES = [*flows.CASES, *gateways.CASES, *events.CASES, *activities.CASES, *names.CASES, *lengths.CASES]
each = pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{place}" for place, case in enumerate(CASES)])


def found(source, **known):
    return diagrams.check(read_diagram(source, "p.bpmn"), **{**KNOWN, **known})


@each
def test_a_bad_diagram_is_met_by_its_rule(case: Case) -> None:
    met = [one for one in found(case.bad, **case.known) if (one.rule, one.element) == (case.rule, case.element)]
    assert met, [(one.rule, one.element) for one in found(case.bad)]
    assert {one.severity for one in met} == {case.severity}
    assert all(one.message.de and one.message.en and one.hint.de and one.hint.en for one in met)
    assert all(one.line for one in met if one.element and one.element != "kreistag")


@each
def test_the_good_diagram_beside_it_is_sound(case: Case) -> None:
    said = found(case.good, **case.known)
    assert case.rule not in {one.rule for one in said}
    assert [(one.rule, one.element, one.message.en) for one in errors(said)] == []


def test_every_rule_has_a_good_and_a_bad_diagram() -> None:
    assert {case.rule for case in CASES} == {one.id for one in diagrams.RULES}
    assert all(case.good != case.bad for case in CASES)


def test_every_rule_has_an_id_of_its_own_and_says_what_to_do() -> None:
    assert len({one.id for one in diagrams.RULES}) == len(diagrams.RULES)
    assert all(one.hint.de and one.hint.en for one in diagrams.RULES)


def test_a_called_process_has_to_be_one_that_runs() -> None:
    called = drawing(START + END + line("start", "end"), "q", executable="false")
    known = {"processes": {"q": read_diagram(called, "q.bpmn")}}
    assert [(one.rule, one.element) for one in errors(found(calling("p", "q"), **known))] == [("undefined-call", "c")]


DRAWN = {
    "a gateway we do not run": '<bpmn:complexGateway id="cg"/>',
    "people who choose": '<bpmn:adHocSubProcess id="ah"/>',
    "a link to nowhere": '<bpmn:intermediateThrowEvent id="l"><bpmn:linkEventDefinition name="x"/>'
                         "</bpmn:intermediateThrowEvent>",
    "a condition in words": '<bpmn:startEvent id="qs"/><bpmn:sequenceFlow id="f" sourceRef="qs" targetRef="nix">'
                            "<bpmn:conditionExpression>wenn es passt</bpmn:conditionExpression></bpmn:sequenceFlow>",
    "an id of its own kind": '<bpmn:task id="a.b"/>',
    "a call of nothing": '<bpmn:callActivity id="ca"/>',
    "an event that is not there": '<bpmn:startEvent id="s2"><bpmn:eventDefinitionRef>nix</bpmn:eventDefinitionRef>'
                                  "</bpmn:startEvent>",
    "data": '<bpmn:task id="t"><bpmn:dataInputAssociation id="a"><bpmn:sourceRef>data</bpmn:sourceRef><bpmn:targetRef>x'
            '</bpmn:targetRef></bpmn:dataInputAssociation></bpmn:task><bpmn:dataObject id="data"/>',
}


@pytest.mark.parametrize("inside", DRAWN.values(), ids=DRAWN.keys())
def test_a_process_beside_it_that_is_only_drawn_may_say_what_it_likes(inside: str) -> None:
    """And it does not keep the other from running."""
    source = spoilt(flows.PLAIN, "<bpmn:process ", f'<bpmn:process id="q" isExecutable="false">{inside}</bpmn:process>'
                    "<bpmn:process ")
    placed, _ = named({"p.bpmn": source}, {})
    said = Library(placed).check(None, None)
    assert errors(said) == []
    assert [one.severity for one in said if one.rule == "not-executable"] == ["warning"]


def test_a_diagram_of_two_hundred_elements_is_checked_and_made_runnable() -> None:
    placed, found = named(models.files("gross", 67, scripts=True), {})
    library = Library(placed)
    assert len(library.diagrams["bpmn/gross.bpmn"].nodes) > 200
    assert {one.rule for one in [*found, *library.check(models.BODIES, None)]} == {"missing-diagram-part"}


@pytest.mark.parametrize(("cron", "instead"), [
    ('"0 8 * * MON"', "R/2026-03-02T08:00:00/P1W"), ('"0 0 8 * * ?"', "R/2026-03-02T08:00:00/P1D"),
    ('"30 6 1 * *"', "R/2026-03-02T06:30:00/P1M"), ('"0 0 1 1 *"', "R/2026-03-02T00:00:00/P1Y"),
    ('"*/15 * * * *"', "R/PT15M"), ('"* * * * *"', "R/PT1M"), ('"0 */2 * * *"', "R/PT2H"), ('"@daily"', "R/P1D"),
    ("0 0/5 * * * ?", "R/PT5M"),
])
def test_for_a_time_as_cron_writes_it_the_hint_says_what_to_write(cron: str, instead: str) -> None:
    said = [one for one in found(activities.timed(cron)) if one.rule == "timer-unreadable"]
    assert len(said) == 1 and f'"{instead}"' in said[0].hint.de and f'"{instead}"' in said[0].hint.en
    assert not errors(found(activities.timed(f'"{instead}"')))


def test_the_line_of_a_mistake_in_a_script_is_the_line_in_the_file() -> None:
    source = drawing(START + "\n" + script("s", "a = 1\nb = (\n") + END + line("start", "s", "end"))
    (said,) = [one for one in found(source) if one.rule == "bad-expression"]
    assert said.line is not None and source.splitlines()[said.line - 1] == b"b = ("


def test_a_file_that_is_too_large_is_told_nothing_else() -> None:
    source = drawing("".join(f'<bpmn:endEvent id="e{place}"/>' for place in range(1001)), shapes=False)
    assert {one.rule for one in found(source)} == {"too-large"}
