"""Each rule about diagrams names the element in its bad diagram, and leaves the good one beside it alone."""

import pytest

from engine.definitions import diagrams
from engine.definitions.findings import errors
from engine.spiff import read_diagram
from tests.engine.definitions.cases import KNOWN, Case, activities, events, flows, gateways, lengths, names

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
