"""A process as a picture: everything that is drawn, readable, and marked without relying on colour."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.spiff import Diagram, Edge, Flow, Node, ProcessInfo, Shape, read_diagram
from web import picture_text
from web.picture import draw, way

BPMN = sorted((Path(__file__).parents[2] / "bpmn").glob("*.bpmn"))
SVG = "{http://www.w3.org/2000/svg}"


def node(key: str, kind: str = "userTask", **more: object) -> Node:
    plain = Node(
        id=key,
        kind=kind,
        name=key.title(),
        process="p",
        parent=None,
        lane=None,
        line=1,
        properties={},
        documentation="",
        event=None,
        message=None,
        timer=None,
        attached_to=None,
        interrupting=True,
        called=None,
        default=None,
        multi=None,
        triggered=False,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # named fields of Node


def flow(source: str, target: str) -> Flow:
    return Flow(f"{source}_{target}", source, target, "", None, "p", 1)


def diagram(*nodes: Node, flows: tuple[Flow, ...] = (), shapes: tuple[Shape, ...] | None = None) -> Diagram:
    """The nodes in a row, each in its usual size, unless *shapes* says otherwise."""
    drawn = tuple(shape(one, 150.0 * place) for place, one in enumerate(nodes)) if shapes is None else shapes
    edges = tuple(Edge(one.id, "sequenceFlow", one.name, ((100.0, 40.0), (150.0, 40.0)), None) for one in flows)
    return Diagram(
        file="p.bpmn",
        processes=(ProcessInfo("p", "Probe", True, 1, ""),),
        nodes=nodes,
        flows=flows,
        lanes=(),
        messages={},
        shapes=drawn,
        edges=edges,
        extras=(),
    )


def shape(one: Node, x: float = 0.0) -> Shape:
    small = one.kind.endswith(("Event", "Gateway"))
    return Shape(
        one.id, one.kind, one.name, x, 0.0, 36.0 if small else 100.0, 36.0 if small else 80.0, True, True, None
    )


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def group(svg: str, element: str) -> ElementTree.Element:
    return next(one for one in parsed(svg).iter(f"{SVG}g") if one.get("data-element") == element)


def text_of(one: ElementTree.Element) -> str:
    return " ".join(part.text or "" for part in one.iter(f"{SVG}tspan"))


@pytest.mark.parametrize("file", BPMN, ids=lambda file: file.stem)
def test_every_element_of_every_process_is_in_its_picture(file: Path) -> None:
    found = read_diagram(file.read_bytes(), file.name)
    drawn = {one.get("data-element") for one in parsed(draw(found)).iter(f"{SVG}g")}
    assert {one.id for one in found.nodes} | {one.id for one in found.flows} <= drawn


@pytest.mark.parametrize("file", BPMN, ids=lambda file: file.stem)
def test_every_name_can_be_read_in_full(file: Path) -> None:
    found = read_diagram(file.read_bytes(), file.name)
    shown = text_of(parsed(draw(found)))
    assert "…" not in shown
    assert [one.name for one in found.nodes if one.name and one.name.split()[0][:3] not in shown] == []


def test_nothing_is_drawn_outside_the_picture() -> None:
    svg = parsed(draw(diagram(node("anfang", "startEvent", name="Ein sehr langer Name unter einem kleinen Ereignis"))))
    left, top, width, height = map(float, svg.get("viewBox", "").split())
    for one in svg.iter(f"{SVG}tspan"):
        x, y = float(one.get("x", "")), float(one.get("y", ""))
        half = picture_text.width(one.text or "", 11) / 2
        assert left <= x - half and x + half <= left + width and top <= y <= top + height


def test_passed_and_active_elements_differ_by_more_than_colour() -> None:
    svg = draw(diagram(node("eins"), node("zwei"), node("drei")), passed=["eins"], active=["zwei"])
    assert group(svg, "eins").get("class") == "passed" and group(svg, "eins").find(f"{SVG}g[@class='tick']") is not None
    assert (
        group(svg, "zwei").get("class") == "active" and group(svg, "zwei").find(f"{SVG}rect[@class='halo']") is not None
    )
    assert group(svg, "drei").get("class") is None


def test_the_description_tells_people_who_do_not_see_it_where_things_stand() -> None:
    svg = parsed(draw(diagram(node("eins"), node("zwei")), passed=["eins"], active=["zwei"], language="en"))
    told = svg.findtext(f"{SVG}desc", "")
    assert "Already passed: Eins." in told and "Being worked on: Zwei." in told
    assert svg.findtext(f"{SVG}title") == "Probe" and svg.get("role") == "img"


def test_a_boundary_event_that_does_not_interrupt_is_dashed_and_one_that_does_is_not() -> None:
    calm = node("calm", "boundaryEvent", event="timer", attached_to="eins", interrupting=False)
    hard = replace(calm, id="hard", interrupting=True)
    svg = draw(diagram(node("eins"), calm, hard))
    assert "dashed" in ElementTree.tostring(group(svg, "calm"), "unicode")
    assert "dashed" not in ElementTree.tostring(group(svg, "hard"), "unicode")


@pytest.mark.parametrize("multi", ["parallel", "sequential", "loop"])
def test_an_activity_done_many_times_shows_how(multi: str) -> None:
    plain, many = draw(diagram(node("eins"))), draw(diagram(node("eins", multi=multi)))
    assert len(list(group(many, "eins").iter())) > len(list(group(plain, "eins").iter()))


def test_a_call_activity_has_a_thick_frame_and_a_plus() -> None:
    drawn = group(draw(diagram(node("ruf", "callActivity"))), "ruf")
    assert drawn[0].get("class") == "box thick" and len(drawn.findall(f"{SVG}g")) == 1


def test_the_default_flow_carries_its_slash() -> None:
    way_out = flow("wahl", "ziel")
    bare = draw(diagram(node("wahl", "exclusiveGateway"), node("ziel"), flows=(way_out,)))
    slashed = draw(diagram(node("wahl", "exclusiveGateway", default=way_out.id), node("ziel"), flows=(way_out,)))
    assert len(group(slashed, way_out.id)) == len(group(bare, way_out.id)) + 1


def test_an_unknown_kind_is_drawn_as_a_box_with_its_name_and_never_left_out() -> None:
    odd = Shape("odd", "choreographyTask", "Tanz", 0, 0, 100, 80, True, True, None)
    assert "Tanz" in text_of(group(draw(diagram(shapes=(odd,))), "odd"))


def test_a_process_without_a_drawing_says_so() -> None:
    assert "keine Zeichnung" in draw(diagram(node("eins"), shapes=()))


def test_names_cannot_break_out_of_the_picture() -> None:
    evil = node("eins", name='</text><script>alert("x")</script>\x0b&')
    svg = draw(diagram(evil), title='"><script>', passed=['" onload="x'])
    assert not list(parsed(svg).iter(f"{SVG}script")) and "<script" not in svg


def test_the_same_diagram_is_drawn_the_same_every_time() -> None:
    found = diagram(node("eins"), node("zwei"))
    assert draw(found, passed=["eins", "zwei"]) == draw(found, passed=["eins", "zwei"])


# Which flows were taken

WAHL = (node("wahl", "exclusiveGateway"), node("links"), node("rechts"), node("treffen"))
WEGE = (
    flow("wahl", "links"),
    flow("wahl", "rechts"),
    flow("links", "treffen"),
    flow("rechts", "treffen"),
    flow("wahl", "treffen"),
)


def test_only_the_branch_that_was_taken_is_marked() -> None:
    taken = way(diagram(*WAHL, flows=WEGE), ["wahl", "links", "treffen"])
    assert set(taken) == {"wahl", "links", "treffen", "wahl_links", "links_treffen"}


def test_a_short_cut_is_marked_when_it_was_taken() -> None:
    assert "wahl_treffen" in way(diagram(*WAHL, flows=WEGE), ["wahl", "treffen"])


def test_the_flow_to_the_element_being_worked_on_is_marked() -> None:
    assert "wahl_links" in way(diagram(*WAHL, flows=WEGE), ["wahl"], ["links"])


def test_a_task_left_by_its_timer_was_not_left_by_its_own_way() -> None:
    timer = node("frist", "boundaryEvent", event="timer", attached_to="eins")
    flows = (flow("eins", "ende"), flow("frist", "ende"))
    taken = way(diagram(node("eins"), timer, node("ende", "endEvent"), flows=flows), ["eins", "frist", "ende"])
    assert "frist_ende" in taken and "eins_ende" not in taken


# Text


def test_a_long_word_is_hyphenated_and_stays_within_its_box() -> None:
    lines = picture_text.wrap("Öffentlichkeitsbeteiligung", 80, 12)
    assert len(lines) > 1 and "".join(line.rstrip("-") for line in lines) == "Öffentlichkeitsbeteiligung"
    assert all(picture_text.width(line, 12) <= 80 for line in lines)


def test_text_shrinks_before_it_is_cut() -> None:
    sentence = "Die Vorlage mit allen Stellungnahmen der beteiligten Stellen zusammenfassen"
    block = picture_text.fit(sentence, 88, 60)
    assert block.size < 12 and block.height <= 60 and "…" not in " ".join(block.lines)


def test_text_that_does_not_fit_at_all_ends_in_an_ellipsis() -> None:
    block = picture_text.fit("viel " * 200, 88, 60)
    assert block.lines[-1].endswith("…") and block.height <= 60
