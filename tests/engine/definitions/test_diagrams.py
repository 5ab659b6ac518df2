"""Each rule has a good diagram that it leaves alone and a bad one in which it names the element."""


import pytest

from engine.definitions import diagrams
from engine.spiff import read_diagram
from tests.engine.definitions.conftest import (
    END,
    START,
    calling,
    deciding,
    drawing,
    flow,
    lane,
    line,
    simple,
    table,
    task,
)

KNOWN = {"forms": {"p/f"}, "bodies": {"kreistag"}, "processes": {"q"}, "decisions": {"d_x"},
         "operations": {"idea/hide"}}
GATEWAY = '<bpmn:exclusiveGateway id="g" default="g_end"/>'
TIMER = '<bpmn:intermediateCatchEvent id="w"><bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration>' \
        '</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>'
REMINDED = (
    lane("kreistag", "t") + START + task(due="P10WD") + END + line("start", "t", "end") + '<bpmn:endEvent id="late"/>'
    '<bpmn:boundaryEvent id="x" attachedToRef="t" cancelActivity="false"><bpmn:extensionElements><s:properties>'
    '<s:property name="missed" value="{1}"/></s:properties></bpmn:extensionElements><bpmn:timerEventDefinition>'
    '<bpmn:timeCycle>{0}</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>' + flow("x", "late"))
OPERATION = '<bpmn:serviceTask id="s"><bpmn:extensionElements><s:serviceTaskOperator id="{}"/>' \
            '</bpmn:extensionElements></bpmn:serviceTask>'
MESSAGE = '<bpmn:message id="m" name="antwort"/>'


def between(*middle, **how):
    """Start, the elements given as (id, xml) in a row, end."""
    return drawing(START + "".join(xml for _, xml in middle) + END + line("start", *(one for one, _ in middle),
                                                                          "end"), **how)


def event(kind, definition, ident="e"):
    return f'<bpmn:{kind} id="{ident}"><bpmn:{definition}/></bpmn:{kind}>'


GOOD = {
    "a task in a lane": simple(),
    "a branch with a default": drawing(START + GATEWAY + '<bpmn:endEvent id="z"/>' + END + line("start", "g", "end")
                                       + flow("g", "z", "punkte &gt; 3")),
    "fixed and worked out times": between(("w", TIMER.format('"P14D"')),
                                          ("v", TIMER.format("frist").replace('"w"', '"v"'))),
    "a call": calling("p", "q"), "a decision": deciding("p",
                                                        "d_x"), "a service": between(("s",
                                                                                      OPERATION.format("idea/hide"))),
    "a message": between(("e", '<bpmn:receiveTask id="e" messageRef="m"/>'), before=MESSAGE),
    "a sub-process": between(("sub",
                              f'<bpmn:subProcess id="sub"><bpmn:startEvent id="a"/><bpmn:endEvent id="b"/>'
                               f'{flow("a", "b")}</bpmn:subProcess>')),
    "a boundary timer": drawing(
        lane("kreistag", "t") + START + task() + END + line("start", "t", "end") + '<bpmn:endEvent id="late"/>'
        '<bpmn:boundaryEvent id="x" attachedToRef="t"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration>"P1M"</bpmn:timeDuration>'
        '</bpmn:timerEventDefinition></bpmn:boundaryEvent>' + flow("x", "late")),
    "working days": between(("w", TIMER.format('"P10WD"'))),
    "executable by number": drawing(START + END + line("start", "end"), executable="1"),
    "a split without a gateway": drawing(START + OPERATION.format("idea/hide") + END + '<bpmn:endEvent id="z"/>'
                                         + line("start", "s", "end") + flow("s", "z")),
    "links": drawing(START + END + '<bpmn:intermediateThrowEvent id="l"><bpmn:linkEventDefinition name="x"/>'
                     '</bpmn:intermediateThrowEvent><bpmn:intermediateCatchEvent id="f"><bpmn:linkEventDefinition '
                     'name="x"/></bpmn:intermediateCatchEvent>' + line("start", "l") + line("f", "end")),
    "a receive task that begins": drawing('<bpmn:receiveTask id="r" instantiate="true" messageRef="m"/>' + END
                                          + line("r", "end"), before=MESSAGE),
    "data that are only drawn": drawing(START + END + line("start", "end") + '<bpmn:dataStoreReference id="ds"/>'),
    "a reminder": drawing(REMINDED.format('"R/P5WD"', "once")),
    "a worked out body": between(("t",
                                  task(body="stelle", due="P3D", follow_up="P1W", priority="60",
                                       due_working_days="5"))),
    "a fixed body": between(("t", task(body='"kreistag"'))),
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD.keys())
def test_a_good_diagram_is_left_alone(rules_of, source):
    assert rules_of(source, **KNOWN) == set()


BAD = [
    ("not-executable", "p", drawing(START + END + line("start", "end"), executable="false")),
    ("too-large", "", drawing("".join(f'<bpmn:task id="t{place}"/>' for place in range(1001)), shapes=False)),
    ("duplicate-id", "end", drawing(START + END + END + line("start", "end"))),
    ("reserved-id", "End", drawing(START + '<bpmn:endEvent id="End"/>' + line("start", "End"))),
    ("reserved-id", "t.EndJoin", drawing(START + '<bpmn:endEvent id="t.EndJoin"/>' + line("start", "t.EndJoin"))),
    ("missing-start-event", "p", drawing(END)),
    ("missing-end-event", "p",
     drawing(START + '<bpmn:manualTask id="t"/>' + lane("kreistag", "t") + line("start", "t"))),
    ("missing-end-event", "sub",
     between(("sub", '<bpmn:subProcess id="sub"><bpmn:startEvent id="a"/></bpmn:subProcess>'))),
    ("unreachable-element", "z",
     drawing(START + END + '<bpmn:scriptTask id="z"/>' + line("start", "end") + flow("z", "end"))),
    ("lone-conditional-flow", "s",
     drawing(START + OPERATION.format("idea/hide") + END + flow("start", "s") + flow("s", "end", "x &gt; 1"))),
    ("gateway-without-default", "g", drawing(START + '<bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="z"/>' + END
                                             + flow("start", "g") + flow("g", "end", "a") + flow("g", "z", "b"))),
    ("gateway-without-default", "g_z",
     drawing(START + GATEWAY + '<bpmn:endEvent id="z"/>' + END + line("start", "g", "end")
                                               + flow("g", "z"))),
    ("undefined-reference", "start_nowhere", drawing(START + END + line("start", "end") + flow("start", "nowhere"))),
    ("undefined-reference", "nowhere_end", drawing(START + END + line("start", "end") + flow("nowhere", "end"))),
    ("undefined-reference", "x",
     drawing(START + END + line("start", "end") + '<bpmn:boundaryEvent id="x" attachedToRef="y"/>')),
    ("undefined-reference", "g",
     drawing(START + '<bpmn:exclusiveGateway id="g" default="other"/>' + END + line("start", "g", "end"))),
    ("undefined-reference", "e", between(("e", '<bpmn:receiveTask id="e" messageRef="other"/>'), before=MESSAGE)),
    ("undefined-reference", "kreistag", drawing(lane("kreistag", "nobody") + START + END + line("start", "end"))),
    ("undefined-call", "c", calling("p", "elsewhere")), ("undefined-call", "rule", deciding("p", "d_elsewhere")),
    ("undefined-call", "s", between(("s", OPERATION.format("idea/explode")))),
    ("undefined-call", "s", between(("s", '<bpmn:serviceTask id="s"/>'))),
    ("unknown-form", "t", simple(form="elsewhere")), ("task-without-form", "t", simple(form="")),
    ("unknown-body", "t", simple(body="parlament")), ("unknown-body", "t", between(("t", task()))),
    ("unknown-body", "t", between(("t", task(body='"parlament"')))),
    ("unsupported-element", "g", between(("g", '<bpmn:complexGateway id="g"/>'))),
    ("unsupported-element", "u", between(("u", '<bpmn:adHocSubProcess id="u"/>'))),
    ("event-process-start", "a", between(("u", '<bpmn:subProcess id="u" triggeredByEvent="true"><bpmn:startEvent '
                                          'id="a"/></bpmn:subProcess>'))),
    ("unsupported-element", "ds", drawing(
        START + END + line("start", "end") + '<bpmn:dataStoreReference id="ds"/>'
        "<bpmn:scriptTask id='s'><bpmn:dataInputAssociation><bpmn:sourceRef>ds</bpmn:sourceRef>"
        "</bpmn:dataInputAssociation></bpmn:scriptTask>")),
    ("timer-unreadable", "w", between(("w", TIMER.format("P14D")))), ("timer-unreadable", "w",
                                                                      between(("w", TIMER.format('"14 Tage"')))),
    ("timer-unreadable", "w", between(("w", TIMER.format("R3/P7D")))), ("timer-unreadable", "w",
                                                                        between(("w", TIMER.format('"P"')))),
    ("timer-unreadable", "w", between(("w", TIMER.format("")))),
    ("timer-unreadable", "w", between(("w", TIMER.format('"0 0 * * *"')))),
    ("timer-unreadable", "w", between(("w", TIMER.format("P10WD")))),
    ("timer-unreadable", "w", between(("w", TIMER.format('"P10WDT1H"')))),
    ("timer-unreadable", "w", between(("w", TIMER.format("14")))),
    ("timer-unreadable", "x", drawing(REMINDED.format('"P7D"', "each"))),
    ("timer-unreadable", "x", drawing(REMINDED.format('"R/PT0.5S"', "each"))),
    ("timer-comes-once", "x", drawing(REMINDED.format('"R3/P7D"', "each").replace('cancelActivity="false"', ""))),
    ("bad-property", "x", drawing(REMINDED.format('"R3/P7D"', "twice"))),
    ("bad-property", "x", drawing(REMINDED.format('"P7D"', "once").replace("timeCycle", "timeDuration"))),
    ("bad-property", "t", simple(due="14 Tage")), ("bad-property", "t", simple(priority="101")),
    ("bad-property", "t", simple(due_working_days="bald")),
    ("bad-expression", "g_z", drawing(START + GATEWAY + '<bpmn:endEvent id="z"/>' + END + line("start", "g", "end")
                                      + flow("g", "z", "punkte = 3"))),
    ("bad-expression", "t", simple(assignee="lotse[")),
    ("foreign-extension", "t",
     drawing(START + '<bpmn:userTask id="t" c:formKey="f"/>' + END + line("start", "t", "end")).replace(
         b' id="d"', b' id="d" xmlns:c="http://camunda.org/schema/1.0/bpmn"')),
    ("foreign-expression", "g_z",
     drawing(START + GATEWAY + '<bpmn:endEvent id="z"/>' + END + line("start", "g", "end")
             + flow("g", "z", "${punkte == 3}"))),
    ("missing-diagram-part", "", drawing(START + END + line("start", "end"), shapes=False)),
    ("missing-diagram-part", "end",
     drawing(START + END + line("start", "end")).replace(b'BPMNShape bpmnElement="end"', b'BPMNShape bpmnElement="x"')),
]


@pytest.mark.parametrize(("rule", "element", "source"), BAD,
                         ids=[f"{rule}-{element}-{n}" for n, (rule, element, _) in enumerate(BAD)])
def test_a_bad_diagram_is_met_by_its_rule(rules_of, rule, element, source):
    assert (rule, element) in rules_of(source, **KNOWN)


def test_what_is_not_known_is_not_asked(rules_of):
    assert rules_of(simple(form="x", body="y")) == rules_of(calling("p", "x")) == rules_of(deciding("p", "x")) == set()


def test_a_finding_names_file_process_line_and_element():
    source = simple(body="parlament").replace(b"<bpmn:userTask", b"\n\n<bpmn:userTask")
    (one,) = diagrams.check(read_diagram(source, "bpmn/p.bpmn"), **KNOWN)
    assert (one.file, one.process, one.element, one.line, one.severity) == ("bpmn/p.bpmn", "p", "t", 3, "error")
    assert "parlament" in one.message.de and "parlament" in one.message.en


def test_only_warnings_let_a_diagram_pass():
    severity = {one.id: one.severity for one in diagrams.RULES}
    assert {name for name, value in severity.items() if value == "warning"} == {
        "dead-element", "default-with-condition", "error-not-caught", "error-without-code", "flow-without-id",
        "foreign-expression", "foreign-extension", "gateway-direction", "message-flow-inside-pool",
        "missing-diagram-part", "overlapping-conditions", "schema", "task-without-form", "timer-comes-once",
        "undefined-pool", "unknown-name", "useless-gateway"}


def test_the_body_of_each_task_is_known_as_far_as_it_is_fixed():
    bodies = {"lane": simple(), "fixed": between(("t", task(body='"cdo"'))),
              "open": between(("t", task(body="stelle"))),
              "none": between(("t", task()))}
    found = {name: diagrams.task_bodies(read_diagram(source)) for name, source in bodies.items()}
    assert found == {"lane": {"t": "kreistag"}, "fixed": {"t": "cdo"}, "open": {"t": None}, "none": {"t": ""}}


def test_a_table_is_no_diagram():
    from engine.errors import Invalid

    with pytest.raises(Invalid):
        read_diagram(table())


def test_a_diagram_as_large_as_may_be_uploaded_is_judged():
    names = [f"t{place}" for place in range(15_000)]
    tasks = "".join(f'<bpmn:subProcess id="{name}"/>' for name in names)
    source = drawing(START + tasks + END + line("start", *names, "end"), shapes=False)
    assert diagrams.check(read_diagram(source))
