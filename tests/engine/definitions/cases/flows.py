"""Processes and their flows."""

from tests.engine.definitions.cases import Case, choice, definition, node, row, script, service, spoilt, sub
from tests.engine.definitions.conftest import END, START, drawing, flow, lane, line, simple

PLAIN = row(("s", service()))
INNER = sub("u", node("startEvent", "a"), service("i"), node("endEvent", "b"), line("a", "i", "b"))
NESTED = row(("u", INNER), ("s", service()))
EVENT_PROCESS = sub(
    "esp", node("startEvent", "a", definition("timer", '<bpmn:timeDuration>"P1D"</bpmn:timeDuration>')),
    node("endEvent", "b"), line("a", "b"), triggeredByEvent="true")
UNDONE = row(("s", service()), more=(
    node("boundaryEvent", "x", definition("compensate"), attachedToRef="s")
    + script("undo", isForCompensation="true")
    + '<bpmn:association id="as" associationDirection="One" sourceRef="x" targetRef="undo"/>'))

CASES = [
    Case("not-executable", "p", spoilt(PLAIN, 'isExecutable="true"', 'isExecutable="yes"'), PLAIN),
    Case("not-executable", "q", spoilt(PLAIN, "<bpmn:process ", '<bpmn:process id="q" isExecutable="false">'
                                       '<bpmn:task id="drawn"/></bpmn:process><bpmn:process '), PLAIN, "warning"),
    Case("not-executable", "", spoilt(drawing(""), '<bpmn:process id="p" name="Prozess p" isExecutable="true">'
                                      "</bpmn:process>", '<bpmn:choreography id="c"/>'), PLAIN),
    Case("too-large", "", drawing("".join(f'<bpmn:task id="t{place}"/>' for place in range(1001)), shapes=False),
         PLAIN),
    Case("duplicate-id", "end", drawing(START + END + END + line("start", "end")), PLAIN),
    Case("reserved-id", "s.out", row(("s.out", service("s.out"))), PLAIN),
    Case("missing-start-event", "p", drawing(service() + END + line("s", "end")), PLAIN),
    Case("missing-start-event", "u", spoilt(NESTED, '<bpmn:endEvent id="b">', '<bpmn:startEvent id="a2"/>'
                                            '<bpmn:endEvent id="b">'), NESTED),
    Case("missing-start-event", "p", drawing(node("receiveTask", "r", messageRef="m") + END + line("r", "end"),
                                             before='<bpmn:message id="m" name="los"/>'),
         drawing(node("receiveTask", "r", messageRef="m", instantiate="true") + END + line("r", "end"),
                 before='<bpmn:message id="m" name="los"/>')),
    Case("missing-start-event", "u", row(("u", node("subProcess", "u"))), NESTED),
    Case("missing-id", "", row(("s", service()), before='<bpmn:message name="antrag"/>'),
         row(("s", service()), before='<bpmn:message id="m" name="antrag"/>')),
    Case("misplaced-element", "start_s", spoilt(spoilt(PLAIN, flow("start", "s"), ""), START,
                                                f'<bpmn:startEvent id="start">{flow("start", "s")}</bpmn:startEvent>'),
         PLAIN),
    Case("misplaced-element", "s", spoilt(PLAIN, "</bpmn:serviceTask>", "<bpmn:eventDefinitionRef>x"
                                          "</bpmn:eventDefinitionRef></bpmn:serviceTask>"), PLAIN),
    Case("misplaced-element", "s", spoilt(PLAIN, "</bpmn:serviceTask>", definition("terminate")
                                          + "</bpmn:serviceTask>"), PLAIN),
    Case("misplaced-element", "end", spoilt(PLAIN, END, node("endEvent", "end", "<bpmn:standardLoopCharacteristics/>")),
         PLAIN),
    Case("misplaced-element", "i", spoilt(PLAIN, "</bpmn:serviceTask>", service("i") + "</bpmn:serviceTask>"), PLAIN),
    Case("misplaced-element", "m", spoilt(PLAIN, "</bpmn:serviceTask>", '<bpmn:message id="m"/></bpmn:serviceTask>'),
         PLAIN),
    Case("several-starts", "start2", drawing(START + node("startEvent", "start2") + service() + END
                                             + line("start", "s", "end") + flow("start2", "s")), PLAIN),
    Case("missing-end-event", "p", drawing(START + service() + line("start", "s")), PLAIN),
    Case("unreachable-element", "z", row(("s", service()), more=service("z") + flow("z", "end")), PLAIN),
    Case("unreachable-element", "undo", spoilt(UNDONE, ' isForCompensation="true"', "").replace(
        b'targetRef="undo"', b'targetRef="s"'), UNDONE),
    Case("dead-element", "z", row(("s", service()), more=service("z") + flow("s", "z")), PLAIN, "warning"),
    Case("dead-element", "z", row(("s", service()), more=node("exclusiveGateway", "z") + flow("s", "z")), PLAIN),
    Case("missing-diagram-part", "s", spoilt(PLAIN, 'BPMNShape bpmnElement="s"', 'BPMNShape bpmnElement="x"'), PLAIN,
         "warning"),
    Case("flow-without-id", "start", drawing(START + END + flow("start", "end", ident="")), PLAIN, "warning"),
    Case("flow-into-start", "s_start", row(("s", service()), more=flow("s", "start")), PLAIN),
    Case("flow-out-of-end", "end_s", row(("s", service()), more=flow("end", "s")), PLAIN),
    Case("flow-across-border", "i_s", spoilt(NESTED, flow("u", "s"), flow("u", "s") + flow("i", "s")), NESTED),
    Case("flow-across-border", "a_i", spoilt(spoilt(NESTED, flow("a", "i"), ""), flow("u", "s"), flow("a", "i")
                                             + flow("u", "s")), NESTED),
    Case("flow-at-event-process", "s_esp", row(("s", service()), more=EVENT_PROCESS + flow("s", "esp")),
         row(("s", service()), more=EVENT_PROCESS)),
    Case("flow-at-compensation", "undo_end", spoilt(UNDONE, flow("start", "s"), flow("start", "s")
                                                    + flow("undo", "end")), UNDONE),
    Case("lone-conditional-flow", "s", drawing(START + service() + END + flow("start", "s") + flow("s", "end", "ok")),
         drawing(START + service() + END + node("endEvent", "z") + flow("start", "s") + flow("s", "end", "ok")
                 + flow("s", "z", "not ok"))),
    Case("lone-conditional-flow", "g", choice("ok"), choice("ok", "not ok")),
    Case("condition-ignored", "g_z1", choice("ok", "", kind="parallelGateway"), choice("", "", kind="parallelGateway")),
    Case("condition-ignored", "start_s", drawing(START + service() + END + flow("start", "s", "ok") + flow("s", "end")),
         PLAIN),
    Case("default-with-condition", "g_z2", choice("a &gt; 1", "a &lt; 1", default="g_z2"),
         choice("a &gt; 1", "", default="g_z2"), "warning"),
    Case("undefined-pool", "pool", row(("s", service()), before='<bpmn:collaboration id="c"><bpmn:participant id="pool"'
                                       ' processRef="nichts"/></bpmn:collaboration>'),
         row(("s", service()), before='<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="p"/>'
             '</bpmn:collaboration>'), "warning"),
    Case("undefined-pool", "mf", row(("s", service()), before='<bpmn:collaboration id="c"><bpmn:messageFlow id="mf" '
                                     'sourceRef="s" targetRef="nichts"/></bpmn:collaboration>'), PLAIN, "warning"),
    Case("message-flow-inside-pool", "mf",
         row(("s", service()), before='<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="p"/>'
             '<bpmn:messageFlow id="mf" sourceRef="start" targetRef="s"/></bpmn:collaboration>'),
         row(("s", service()), before='<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="p"/>'
             '<bpmn:participant id="other"/><bpmn:messageFlow id="mf" sourceRef="other" targetRef="start"/>'
             '</bpmn:collaboration>'), "warning"),
    Case("undefined-reference", "start_nichts", row(("s", service()), more=flow("start", "nichts")), PLAIN),
    Case("undefined-reference", "kreistag", drawing(lane("kreistag", "nobody") + START + END + line("start", "end")),
         simple()),
    Case("undefined-reference", "dr",
         row(("s", service()), more='<bpmn:dataObjectReference id="dr" dataObjectRef="x"/>'),
         row(("s", service()), more='<bpmn:dataObject id="x"/><bpmn:dataObjectReference id="dr" dataObjectRef="x"/>'),
         "warning"),
    Case("schema", "s", spoilt(PLAIN, 'serviceTask id="s"', 'serviceTask id="s" farbe="rot"'), PLAIN, "warning"),
    Case("schema", "s", spoilt(PLAIN, 'serviceTask id="s"', 'serviceTask id="s" isForCompensation="ja"'), PLAIN),
    Case("schema", "p", spoilt(PLAIN, "</bpmn:process>", "<bpmn:fest/></bpmn:process>"), PLAIN, "warning"),
]
