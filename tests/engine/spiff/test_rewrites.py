"""What SpiffWorkflow cannot run as drawn is rewritten into what it can, and nobody sees it but by what it does."""

from collections.abc import Callable

import pytest

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from engine.spiff.picture import read_xml
from engine.spiff.rewrites import REWRITES, drawn, rewritten
from engine.spiff.tree import tag
from tests.engine.spiff.blocks import goes_on_restored
from tests.engine.spiff.models import (
    Run,
    boundary,
    catch,
    deployed,
    element,
    end_event,
    gateway,
    many,
    message_definition,
    names_the_place,
    process,
    service,
    start_event,
    sub_process,
    timer_definition,
    user,
)


def link(kind: str, name: str, of: str = "x") -> str:
    return element(f"intermediate{kind}Event", name, f'<bpmn:linkEventDefinition name="{of}"/>')


def receives(name: str, message: str = "a", inside: str = "", **more: str) -> str:
    return element("receiveTask", name, inside, messageRef=f"m_{message}", **more)


def around(*inside: str, flows: str) -> bytes:
    return process("p", start_event(), *inside, end_event(), flows=flows)


NAMELESS = around(user("t"), flows="start > t > end").replace(b'id="start_t" ', b"").replace(b'id="t_end" ', b"")
SPLIT = around(user("t"), user("a"), user("b"), gateway("j", "parallel"),
               flows="start > t > a > j > end; t > b > j")
CHOICE = around(element("userTask", "t", default="t_c"), user("a"), user("b"), user("c"), gateway("j", "inclusive"),
                flows="start > t; t > a if x > 1; t > b if x > 2; t > c; a > j > end; b > j; c > j")
ALWAYS = around(user("t"), user("a"), user("b"), gateway("j", "inclusive"),
                flows="start > t > a > j > end; t > b if x > 1; b > j")
ONE = around(user("t"), flows="start > t; t > end if x > 1")
START_SPLIT = around(user("a"), user("b"), gateway("j", "parallel"), flows="start > a > j > end; start > b > j")
CAUGHT_SPLIT = around(catch("c", message_definition("a")), user("a"), user("b"), gateway("j", "parallel"),
                      flows="start > c > a > j > end; c > b > j")
EDGE_SPLIT = around(user("t"), boundary("z", "t", timer_definition('"P1D"')), user("a"), user("b"),
                    gateway("j", "parallel"), gateway("m"),
                    flows="start > t > m > end; z > a > j > m; z > b > j")
BOTH_SPLIT = around(user("t"), boundary("z", "t", timer_definition('"P1D"'), interrupting=False), user("a"), user("b"),
                    end_event("e"), gateway("j", "parallel"), flows="start > t > a > j > end; t > b > j; z > e")
LINKED = around(gateway("g", default="g_l1"), link("Throw", "l1"), link("Throw", "l2"), link("Catch", "f"), user("t"),
                flows="start > g > l1; g > l2 if x > 1; f > t > end")
LOOPED = around(link("Catch", "f"), gateway("m"), user("t"), gateway("g", default="g_end"), link("Throw", "l"),
                flows="start > m > t > g > end; f > m; g > l if x > 1")
RECEIVED = process("p", receives("r", instantiate="true"), user("t"), end_event(), flows="r > t > end")
EITHER = process("p", element("eventBasedGateway", "g", instantiate="true"), receives("r"),
                 catch("c", message_definition("b")), user("t"), end_event(), flows="g > r > t > end; g > c > t")
REFERRED = around(catch("c", "<bpmn:eventDefinitionRef>td</bpmn:eventDefinitionRef>"), user("t"),
                  flows="start > c > t > end").replace(
    b"<bpmn:process", b'<bpmn:timerEventDefinition id="td"><bpmn:timeDuration>"P1D"</bpmn:timeDuration>'
    b"</bpmn:timerEventDefinition><bpmn:process", 1)
TWINS = around(gateway("g", "parallel"), user("t"), gateway("j", "parallel"),
               flows="start > g > j > t > end").replace(
    b'<bpmn:sequenceFlow id="g_j"', b'<bpmn:sequenceFlow id="g_j2" sourceRef="g" targetRef="j"/><bpmn:sequenceFlow '
    b'id="g_j"')
MANY = around(element("userTask", "t", many("leute", "wer")), user("a"), user("b"), gateway("j", "parallel"),
              flows="start > t > a > j > end; t > b > j")
INSIDE = around(sub_process("u", start_event("us"), user("t"), end_event("ue"), end_event("uf"),
                            flows="us > t > ue; t > uf"), flows="start > u > end")

WALKED = {
    "flows without ids": NAMELESS, "a split": SPLIT, "a choice": CHOICE, "one that is always taken": ALWAYS,
    "a split behind the start": START_SPLIT, "a split behind an event": CAUGHT_SPLIT, "at the edge": EDGE_SPLIT,
    "a split of what has an event at its edge": BOTH_SPLIT, "links": LINKED, "a link back": LOOPED,
    "referred": REFERRED, "twins": TWINS, "many": MANY, "inside": INSIDE,
}


@pytest.mark.parametrize("what", WALKED)
@pytest.mark.parametrize("seed", range(4))
def test_stored_after_every_step_it_goes_on_as_one_that_never_was(what: str, seed: int) -> None:
    path = goes_on_restored(deployed(WALKED[what]), seed)
    assert not [name for name in path if "." in name]


# -- flows -------------------------------------------------------------------------------------------------------------


def test_a_flow_without_an_id_is_a_flow() -> None:
    run = Run(deployed(NAMELESS)).start().complete("t")
    assert run.path == ["start", "t", "end"] and run.step.ended == "end"


def test_several_flows_out_of_a_task_all_get_a_token() -> None:
    """8.3.13, 13.3.1"""
    run = Run(deployed(SPLIT)).start().complete("t")
    assert run.open == ["a", "b"]
    run.complete("b")
    assert run.open == ["a"]
    assert run.complete("a").path == ["start", "t", "b", "a", "j", "end"]


@pytest.mark.parametrize(("x", "taken"), [(1, ["c"]), (2, ["a"]), (3, ["a", "b"])])
def test_a_task_sends_tokens_where_conditions_hold_and_to_its_default_where_none_does(x: int, taken: list[str]) -> None:
    run = Run(deployed(CHOICE)).start().complete("t", x=x)
    assert run.open == taken
    for name in taken:
        run.complete(name)
    assert run.path == ["start", "t", *taken, "j", "end"]


@pytest.mark.parametrize(("x", "taken"), [(1, ["a"]), (2, ["a", "b"])])
def test_a_flow_without_a_condition_is_taken_beside_those_that_have_one(x: int, taken: list[str]) -> None:
    assert Run(deployed(ALWAYS)).start().complete("t", x=x).open == taken


def test_a_condition_on_the_only_flow_of_a_task_is_heeded() -> None:
    assert Run(deployed(ONE)).start().complete("t", x=2).step.ended == "end"
    with pytest.raises(ProcessFailed) as failed:
        Run(deployed(ONE)).start().complete("t", x=1)
    assert failed.value.element == "t" and failed.value.line
    assert "„T“" in failed.value.de


@pytest.mark.parametrize(("source", "act"), [
    (START_SPLIT, lambda run: run), (CAUGHT_SPLIT, lambda run: run.deliver("a", "i")),
    (EDGE_SPLIT, lambda run: run.wake(days=1)), (MANY, lambda run: run.complete("t").complete("t")),
    (BOTH_SPLIT, lambda run: run.complete("t")),
], ids=["start", "catch", "edge", "many", "with an edge"])
def test_events_and_repeated_activities_split_as_tasks_do(source: bytes, act: Callable[[Run], Run]) -> None:
    run = act(Run(deployed(source)).start({"idee_id": "i", "leute": ["a", "b"]}))
    assert run.open == ["a", "b"] and not run.step.timers
    run.complete("a")
    assert run.open == ["b"]
    assert run.complete("b").step.ended == "end"


def test_two_flows_between_the_same_two_elements_are_two_ways() -> None:
    run = Run(deployed(TWINS)).start()
    assert run.open == ["t"] and run.path == ["start", "g", "j"]


# -- links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "thrown"), [(1, "l1"), (2, "l2")])
def test_a_link_leads_from_any_that_throws_to_the_one_that_catches(x: int, thrown: str) -> None:
    """10.5.1 (Link)"""
    run = Run(deployed(LINKED)).start({"x": x})
    assert run.open == ["t"]
    assert run.complete("t").path == ["start", "g", thrown, "f", "t", "end"]


def test_a_link_may_lead_back() -> None:
    run = Run(deployed(LOOPED)).start().complete("t", x=2)
    assert run.open == ["t"] and run.path == ["start", "m", "t", "g", "l", "f", "m"]
    assert run.complete("t", x=1).step.ended == "end"


# -- events ------------------------------------------------------------------------------------------------------------


def test_a_definition_of_the_file_is_what_an_event_that_refers_to_it_waits_for() -> None:
    """10.5.1: eventDefinitionRefs"""
    run = Run(deployed(REFERRED)).start()
    assert [wait.element for wait in run.step.timers] == ["c"]
    assert run.wake(days=1).open == ["t"]


def test_a_receive_task_that_instantiates_begins_the_process() -> None:
    """10.3.3 (Receive Task)"""
    run = Run(deployed(RECEIVED)).start(message=spiff.Arrival("a", None, {"y": 1}))
    assert run.open == ["t"] and run.path == ["r"] and run.data["y"] == 1


@pytest.mark.parametrize(("message", "event"), [("a", "r"), ("b", "c")])
def test_an_event_based_gateway_that_instantiates_begins_with_any_of_its_messages(message: str, event: str) -> None:
    """10.6.6"""
    run = Run(deployed(EITHER)).start(message=spiff.Arrival(message, None, {"y": 1}))
    assert run.path == ["g", event] and run.open == ["t"] and run.data["y"] == 1
    assert not run.step.subscriptions


# -- what is said in other words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["1", " true "])
def test_a_boolean_may_be_a_number(yes: str) -> None:
    source = around(user("t"), boundary("z", "t", timer_definition('"P1D"'), interrupting=False), end_event("e"),
                    flows="start > t > end; z > e")
    source = source.replace(b'isExecutable="true"', f'isExecutable="{yes}"'.encode())
    source = source.replace(b'cancelActivity="false"', b'cancelActivity="0"')
    diagram = spiff.read_diagram(source)
    assert diagram.processes[0].executable and not next(one for one in diagram.nodes if one.id == "z").interrupting
    run = Run(deployed(source)).start().wake(days=1)
    assert run.open == ["t"] and run.path == ["start", "z", "e"]


def test_data_that_are_only_drawn_change_nothing() -> None:
    data = ('<bpmn:dataObject id="o"/><bpmn:dataObjectReference id="r" dataObjectRef="o"/>'
            '<bpmn:dataStoreReference id="sr" dataStoreRef="ds"/>')
    source = around(user("t"), data, flows="start > t > end").replace(
        b"<bpmn:process", b'<bpmn:dataStore id="ds" name="Akten"/><bpmn:process', 1)
    assert spiff.read_diagram(source).extras == ()
    assert Run(deployed(source)).start().complete("t").step.ended == "end"


def test_data_that_are_read_are_not_only_drawn() -> None:
    data = ('<bpmn:dataObject id="o"/><bpmn:dataObject id="other"/>'
            '<bpmn:dataObjectReference id="r" dataObjectRef="o"/>')
    reads = "<bpmn:dataInputAssociation><bpmn:sourceRef>r</bpmn:sourceRef></bpmn:dataInputAssociation>"
    source = around(element("userTask", "t", reads), data, flows="start > t > end")
    assert [extra.id for extra in spiff.read_diagram(source).extras] == ["o", "r"]


def test_a_parameter_may_be_called_like_an_element() -> None:
    source = around(user("t"), service("s", "x", t="1"), flows="start > s > t > end")
    assert Run(deployed(source)).start().open == ["t"]


# -- what nobody sees --------------------------------------------------------------------------------------------------


def test_nothing_made_can_be_moved_to_and_what_is_drawn_can() -> None:
    for source in (SPLIT, CHOICE, LOOPED, REFERRED):
        spec = deployed(source)
        run = Run(spec).start({"idee_id": "i"})
        for place in spiff.places(spec, run.step.state):
            assert "." not in place.element
            assert not [name for name, _ in place.targets if "." in name]


def test_the_drawing_stays_as_it_was() -> None:
    root = read_xml(CHOICE, "")
    before = [(one.tag, dict(one.attrib)) for one in root.iter()]
    rewritten(root)
    assert [(one.tag, dict(one.attrib)) for one in root.iter()] == before


def test_every_made_element_has_a_drawn_one_and_a_line() -> None:
    for source in WALKED.values():
        root = read_xml(source, "")
        ids = {one.get("id") for one in root.iter() if one.get("id")}
        for one in rewritten(root).iter(*map(tag, ("intermediateThrowEvent", "parallelGateway", "startEvent",
                                                   "inclusiveGateway", "eventBasedGateway", "boundaryEvent"))):
            assert drawn(one.get("id")) in ids and one.sourceline


def test_every_rewrite_says_why_it_is_the_same() -> None:
    for rewrite in REWRITES:
        assert rewrite.__doc__ and len(rewrite.__doc__.splitlines()) > 2, rewrite.__name__


# -- what cannot be done right -----------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[bytes, str]] = {
    "a dot in an id": (around(user("t.1"), flows="start > t.1 > end"), "t.1"),
    "a link that leads nowhere": (around(link("Throw", "x"), end_event("e"), flows="start > x"), "x"),
    "a link from nowhere": (around(link("Catch", "x"), end_event("e"), flows="start > end; x > e"), "x"),
    "two ends of a link": (around(link("Throw", "l"), link("Catch", "x"), link("Catch", "y"), flows="start > l; "
                                  "x > end; y > end"), "y"),
    "a link without a name": (around(link("Throw", "x", ""), flows="start > x"), "x"),
    "a link with a flow": (around(link("Throw", "x"), link("Catch", "f"), flows="start > x > end; f > end"), "x"),
    "a link to within": (around(link("Throw", "x"), sub_process("u", start_event("us"), link("Catch", "f"),
                                end_event("ue"), flows="us > ue; f > ue"), flows="start > u > x"), "x"),
    "a definition that is not there": (
        around(catch("x", "<bpmn:eventDefinitionRef>td</bpmn:eventDefinitionRef>"), flows="start > x > end"), "x"),
    "a receive task that instantiates on the way": (
        around(receives("x", instantiate="true"), flows="start > x > end"), "x"),
    "one that is repeated": (process("p", receives("x", inside=many("l", "w"), instantiate="true"), end_event(),
                                     flows="x > end"), "x"),
    "one within": (around(sub_process("u", receives("x", instantiate="true"), end_event("ue"), flows="x > ue"),
                          flows="start > u > end"), "x"),
    "a gateway that needs all messages to begin": (EITHER.replace(
        b'name="G"', b'name="G" eventGatewayType="Parallel"'), "g"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_refuses(what: str) -> None:
    source, where = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        rewritten(read_xml(source, ""))
    names_the_place(refused.value, source, where)

