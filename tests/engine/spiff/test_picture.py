"""A diagram is read into plain values; what is not one is refused."""

import pytest

from engine import spiff
from engine.errors import Invalid
from tests.engine.spiff.models import (
    boundary,
    call,
    element,
    end_event,
    gateway,
    lanes,
    many,
    message_definition,
    process,
    rule,
    service,
    start_event,
    sub_process,
    terminate,
    timer_definition,
    user,
)

DRAWING = b"""<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI">
<bpmndi:BPMNPlane bpmnElement="p">
<bpmndi:BPMNShape id="s1" bpmnElement="t"><dc:Bounds x="100" y="80.5" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="s2" bpmnElement="u" isExpanded="false"><dc:Bounds x="1" y="2" width="3" height="4"/>
<bpmndi:BPMNLabel><dc:Bounds x="5" y="6" width="7" height="8"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="s3" bpmnElement="nobody"><dc:Bounds x="1" y="2" width="3" height="4"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="e1" bpmnElement="start_t"><di:waypoint x="1" y="2"/><di:waypoint x="3" y="4"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"""

SOURCE = process(
    "p", lanes(cdo="t u", lotse="s"), start_event("start", message_definition("los")),
    user("t", "<bpmn:documentation> Bitte prüfen. </bpmn:documentation>", form="eins"),
    boundary("b", "t", timer_definition('"P7D"'), interrupting=False),
    sub_process("u", start_event("us"), user("innen"), end_event("ue"), flows="us > innen > ue"),
    service("s", "idea/ask"), rule("r", "d_ko"), call("c", "unter", many("liste", sequential=True)),
    gateway("g", default="g_end"), terminate(), end_event("e"),
    flows="start > t > u > s > r > c > g > end; g > e if x > 3; b > e",
).replace(b"</bpmn:definitions>", DRAWING)


def test_every_element_is_found_with_its_line_lane_and_meaning() -> None:
    diagram = spiff.read_diagram(SOURCE, "p.bpmn")
    lines = SOURCE.splitlines()
    for node in diagram.nodes:
        assert f'id="{node.id}"'.encode() in lines[node.line - 1]
    assert [node.id for node in diagram.nodes] == [
        "start", "t", "b", "u", "us", "innen", "ue", "s", "r", "c", "g", "end", "e"]

    def node(name: str) -> spiff.Node:
        found = diagram.node(name)
        assert found is not None
        return found

    task = node("t")
    assert (task.kind, task.name, task.process, task.parent, task.lane) == ("userTask", "T", "p", None, "cdo")
    assert task.properties == {"form": "eins"} and task.documentation == "Bitte prüfen."
    assert (node("start").event, node("start").message) == ("message", "m_los")
    late = node("b")
    assert (late.event, late.timer, late.attached_to, late.interrupting) == ("timer", '"P7D"', "t", False)
    assert (node("innen").parent, node("innen").lane, node("us").process) == ("u", "cdo", "p")
    assert [node(name).called for name in "src"] == ["idea/ask", "d_ko", "unter"]
    assert (node("c").multi, task.multi, node("end").event, node("g").default) == (
        "sequential", None, "terminate", "g_end")
    assert diagram.node("nobody") is None and diagram.file == "p.bpmn" and diagram.messages == {"m_los": "los"}


def test_flows_lanes_and_processes_are_found() -> None:
    diagram = spiff.read_diagram(SOURCE)
    (info,) = diagram.processes
    assert (info.id, info.name, info.executable) == ("p", "P", True)
    assert [(lane.id, lane.name, lane.nodes) for lane in diagram.lanes] == [
        ("cdo", "CDO", ("t", "u")), ("lotse", "LOTSE", ("s",))]
    flows = {flow.id: flow for flow in diagram.flows}
    assert (flows["g_e"].source, flows["g_e"].target, flows["g_e"].condition) == ("g", "e", "x > 3")
    assert flows["start_t"].condition is None and "us_innen" in flows


def test_the_drawing_is_found() -> None:
    diagram = spiff.read_diagram(SOURCE)
    assert diagram.shapes == (
        spiff.Shape("t", "userTask", "T", 100, 80.5, 100, 80, True, True, None),
        spiff.Shape("u", "subProcess", "U", 1, 2, 3, 4, False, True, (5, 6, 7, 8)))
    assert diagram.edges == (spiff.Edge("start_t", "sequenceFlow", "", ((1, 2), (3, 4)), None),)


def test_what_the_engine_cannot_run_is_read_all_the_same() -> None:
    source = process("p", element("complexGateway", "x"), element("adHocSubProcess", "a", user("t")))
    assert [(node.id, node.kind, node.parent) for node in spiff.read_diagram(source).nodes] == [
        ("x", "complexGateway", None), ("a", "adHocSubProcess", None), ("t", "userTask", "a")]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>"""


@pytest.mark.parametrize("source", [
    b"", b"   ", b"no xml", b"<a>", b"<a/>", b"\x00\x01\x02", b"<definitions/>", BOMB,
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    b'<?xml version="1.0" encoding="no-such-code"?><a/>', SOURCE + b"x", SOURCE[:-40],
    b"<a>" * 100_000, b" " * (5 * 2**20 + 1),
])
def test_what_is_no_diagram_is_refused_with_a_sentence(source: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        spiff.read_diagram(source, "datei.bpmn")
    (finding,) = refused.value.findings
    assert finding.file == "datei.bpmn" and finding.message.de and finding.message.en


def test_a_file_on_this_server_is_never_read_into_a_diagram() -> None:
    source = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
              b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="&a;"/>'
              b"</definitions>")
    with pytest.raises(Invalid):
        spiff.read_diagram(source)


def test_what_an_element_says_of_itself_is_found() -> None:
    source = process(
        "p", start_event(), service("s", "idea/ask", result="antwort", wer="lotse"),
        element("scriptTask", "x", "<bpmn:script>a = 1</bpmn:script>", scriptFormat="python", isForCompensation="true"),
        user("t", many("liste", "einer", until="fertig"), body='"cdo"', due="P1D"),
        boundary("b", "t", '<bpmn:eventDefinitionRef>spaet</bpmn:eventDefinitionRef>'
                           '<bpmn:eventDefinitionRef>fehlt</bpmn:eventDefinitionRef>'),
        end_event("end", '<bpmn:errorEventDefinition id="d_e" errorRef="e1"/>'), flows="start > s > t > end",
    ).replace(b"<bpmn:process", b'<bpmn:error id="e1" name="Kein Geld" errorCode="GELD"/><bpmn:timerEventDefinition '
              b'id="spaet"><bpmn:timeCycle>"R/P1D"</bpmn:timeCycle></bpmn:timerEventDefinition><bpmn:process')
    diagram = spiff.read_diagram(source)
    said = {node.id: node.details for node in diagram.nodes}
    assert said["s"].result == "antwort" and [(one.role, one.text) for one in said["s"].expressions] == [
        ("parameter", "lotse")]
    assert (said["x"].script_format, said["x"].for_compensation, said["x"].expressions[0].script) == (
        "python", True, True)
    loop = said["t"].loop
    assert loop is not None and (loop.kind, loop.collection, loop.item, loop.condition, loop.behavior) == (
        "parallel", "liste", "einer", "fertig", "All")
    assert [one.role for one in said["t"].expressions] == ["completionCondition", "body"]
    (timer,) = said["b"].definitions
    assert (timer.kind, timer.text, timer.tag, timer.shared, said["b"].lost) == (
        "timer", '"R/P1D"', "timeCycle", True, ("fehlt",))
    assert said["end"].definitions[0].ref == "e1" and diagram.named["e1"].code == "GELD"
    assert [node.id for node in diagram.attached("t")] == ["b"] and diagram.entering("t")[0].source == "s"


def test_where_a_file_departs_from_the_schema_is_told_once_with_element_and_line() -> None:
    assert spiff.read_diagram(process("p", start_event(), end_event(), flows="start > end")).deviations == ()
    source = process("p", element("startEvent", "s", farbe="rot"), element("exclusiveGateway", "g",
                                                                           gatewayDirection="Up"),
                     '<bpmn:sequenceFlow id="f" sourceRef="s"/>\n<bpmn:fest/>\n')
    found = {one.subject: one for one in spiff.read_diagram(source).deviations}
    assert {one.kind: (one.element, one.tag, one.subject) for one in found.values()} == {
        "unknown-attribute": ("s", "startEvent", "farbe"), "bad-value": ("g", "exclusiveGateway", "gatewayDirection"),
        "missing-attribute": ("f", "sequenceFlow", "targetRef"), "misplaced": ("p", "fest", "")}
    assert b'farbe="rot"' in source.splitlines()[found["farbe"].line - 1] and "farbe" in found["farbe"].text
