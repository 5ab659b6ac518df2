"""The shipped files themselves: they keep the rules, help people, and are drawn so that one can read them."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from engine import spiff
from engine.definitions import diagrams, forms, library
from engine.spiff import Diagram, Node
from engine.wiring import HANDLERS
from tests.processes import answers
from tests.vocabulary import ROOT, Process

PATHS = sorted((ROOT / "bpmn").glob("*.bpmn"))
PEOPLE = ("userTask", "manualTask")
REFUSALS = ("ablehnen", "abgelehnt", "zurueck", "missbrauch", "nicht_zustaendig", "parken", "abbrechen", "bleibt")


@lru_cache
def drawn(path: Path) -> Diagram:
    return spiff.read_diagram(path.read_bytes(), path.name)


def tasks(path: Path) -> Iterator[Node]:
    return (node for node in drawn(path).nodes if node.kind in PEOPLE)


def shipped_forms() -> dict[str, forms.Form]:
    found = sorted((ROOT / "forms").glob("*/*.json"))
    return {f"{path.parent.name}/{path.stem}": forms.parse(path.read_bytes(), path.name) for path in found}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_it_keeps_every_rule(path: Path) -> None:
    found = diagrams.check(
        drawn(path), forms=shipped_forms(), processes={one.stem for one in PATHS}, operations=HANDLERS,
        decisions={one.stem for one in (ROOT / "bpmn/decisions").glob("*.dmn")},
    )
    assert [f"{one.element}: {one.message.de}" for one in found] == []


def test_together_they_leave_nothing_to_say() -> None:
    """With their forms, tables and each other at hand, so that every name is looked for."""
    files = {file.relative_to(ROOT).as_posix(): file.read_bytes() for pattern in ("bpmn/**/*.*mn", "forms/*/*.json")
             for file in ROOT.glob(pattern)}
    placed, found = library.named(files, {})
    found += library.Library(placed).check(None, HANDLERS.keys())
    assert [f"{one.file} {one.element}: {one.message.de}" for one in found] == []


def test_its_process_and_its_tasks_explain_themselves_in_german(path: Path) -> None:
    assert len(drawn(path).processes[0].documentation) > 60
    for node in tasks(path):
        assert len(node.documentation) > 60, node.id


def test_every_task_has_a_form_and_a_deadline(path: Path) -> None:
    for node in tasks(path):
        assert f"{path.stem}/{node.properties['form']}" in shipped_forms(), node.id
        assert {"due", "due_working_days"} & node.properties.keys(), node.id


def test_every_element_is_drawn_on_its_lane(path: Path) -> None:
    diagram = drawn(path)
    shapes = {shape.element: shape for shape in diagram.shapes}
    assert {edge.element for edge in diagram.edges} == {flow.id for flow in (*diagram.flows, *diagram.associations)}
    for node in diagram.nodes:
        shape, lane = shapes[node.id], shapes[str(node.lane)]
        assert lane.x < shape.x and shape.x + shape.width < lane.x + lane.width, node.id
        assert lane.y < shape.y + shape.height / 2 < lane.y + lane.height, node.id


def around(diagram: Diagram, element: str) -> set[str]:
    """The sub-processes an element is drawn in."""
    parents = {node.id: node.parent for node in diagram.nodes}
    found: set[str] = set()
    while (parent := parents.get(element)) in parents:
        found.add(str(parent))
        element = str(parent)
    return found


def test_no_two_elements_lie_on_each_other(path: Path) -> None:
    diagram = drawn(path)
    kinds = {node.id: node.kind for node in diagram.nodes}
    inside = {node.id: around(diagram, node.id) for node in diagram.nodes}
    shapes = [shape for shape in diagram.shapes if kinds.get(shape.element) not in (None, "boundaryEvent")]
    for place, one in enumerate(shapes):
        for other in shapes[place + 1:]:
            if one.element in inside[other.element] or other.element in inside[one.element]:
                continue
            apart = (one.x + one.width <= other.x or other.x + other.width <= one.x
                     or one.y + one.height <= other.y or other.y + other.height <= one.y)
            assert apart, f"{one.element} and {other.element}"


def test_its_lines_go_straight_and_through_nothing(path: Path) -> None:
    diagram = drawn(path)
    flows = {flow.id: flow for flow in (*diagram.flows, *diagram.associations)}
    nodes = {node.id: node for node in diagram.nodes}
    for edge in diagram.edges:
        flow = flows[edge.element]
        begins = nodes.get(flow.source)
        own = {flow.source, flow.target, begins.attached_to if begins else "", *around(diagram, flow.source)}
        for (x1, y1), (x2, y2) in zip(edge.points, edge.points[1:], strict=False):
            assert x1 == x2 or y1 == y2, f"{edge.element} goes askew"
            for shape in diagram.shapes:
                if shape.element not in nodes or shape.element in own:
                    continue
                crosses = (min(x1, x2) < shape.x + shape.width and shape.x < max(x1, x2)
                           and shape.y < y1 < shape.y + shape.height) if y1 == y2 else (
                           min(y1, y2) < shape.y + shape.height and shape.y < max(y1, y2)
                           and shape.x < x1 < shape.x + shape.width)
                assert not crosses or nodes[shape.element].kind == "boundaryEvent", f"{edge.element}: {shape.element}"


@pytest.mark.parametrize(("process", "message", "first"), [
    ("p1_idee_qualifizieren", "idee_eingereicht", "t1_formal"),
    ("p2_massnahme_entwickeln", "idee_qualifiziert", "t2_zuordnen"),
    ("p3_entscheiden", "massnahme_entworfen", "t3_vorlage"),
    ("p4_umsetzung", "massnahme_beschlossen", "t4_start"),
])
def test_a_step_begins_even_if_the_one_before_told_only_the_idea(process: str, message: str, first: str) -> None:
    begun = Process(process, message)
    begun.waits_at(first)
    key = str(begun.task(first).properties["form"])
    assert forms.defaults(shipped_forms()[f"{process}/{key}"], begun.task(first).data)


def test_a_meagre_draft_can_be_resolved_and_carried_out() -> None:
    process = Process("p3_entscheiden", "massnahme_entworfen")
    process.complete("t3_vorlage", answers.paper())
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign())
    for body, result in (("lenkungsgruppe", "empfohlen"), ("kreisausschuss", "empfohlen"), ("kreistag", "beschlossen")):
        process.decides(body, result)
    process.ends_at("end_beschlossen")
    Process("p4_umsetzung", "massnahme_beschlossen", **process.told("massnahme_beschlossen")).waits_at("t4_start")


def test_its_named_ends_have_ids_that_say_so(path: Path) -> None:
    for node in drawn(path).nodes:
        if node.kind == "endEvent":
            assert node.id.startswith("end_") and node.name, node.id


def test_every_shipped_form_is_asked_by_a_task() -> None:
    asked = {f"{path.stem}/{node.properties['form']}" for path in PATHS for node in tasks(path)}
    assert asked == shipped_forms().keys()


@pytest.mark.parametrize("name", sorted(shipped_forms()))
def test_a_refusal_needs_its_reason(name: str) -> None:
    """Whoever chooses an outcome that disappoints someone must say why, and gets it asked."""
    form = shipped_forms()[name]
    key = name.partition("/")[2]
    for outcome in (choice.value for one in forms.inputs(form) if one.key == key for choice in one.choices):
        if outcome not in REFUSALS:
            continue
        shown = forms.visible(form, {key: str(outcome)})
        reasons = [one for one in forms.inputs(form) if one.key in shown and one.required
                   and one.type == "textarea"]
        assert reasons, f"{outcome} in {name}"


def test_money_is_exact_to_the_cent() -> None:
    amounts = [one for form in shipped_forms().values() for one in forms.inputs(form) if one.suffix == "€"]
    assert amounts and all(one.digits == 2 for one in amounts)
