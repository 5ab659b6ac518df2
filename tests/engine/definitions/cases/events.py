"""Events, errors and compensation."""

from tests.engine.definitions.cases import ERROR, WAIT, Case, definition, node, row, script, service, spoilt, sub
from tests.engine.definitions.cases.flows import UNDONE
from tests.engine.definitions.conftest import END, START, drawing, flow, line

PLAIN = row(("s", service()))
SIGNAL = '<bpmn:signal id="sig" name="alarm"/>'
MESSAGE = '<bpmn:message id="m" name="antwort"/>'
CAUGHT = row(("c", node("intermediateCatchEvent", "c", WAIT)))
LATE = row(("s", service()), before=SIGNAL,
           more=node("boundaryEvent", "x", WAIT, attachedToRef="s") + flow("x", "end"))
FAILED = row(("s", service()), before=ERROR, more=node(
    "boundaryEvent", "x", definition("error", errorRef="e1"), attachedToRef="s") + flow("x", "end"))
BESIDE = row(("s", service()), before=SIGNAL, more=sub(
    "esp", node("startEvent", "a", WAIT), node("endEvent", "b"), line("a", "b"), triggeredByEvent="true"))
CANCELLED = row(("u", sub("u", node("startEvent", "a"), node("endEvent", "b", definition("cancel")), line("a", "b"),
                          kind="transaction")),
                more=node("boundaryEvent", "x", definition("cancel"), attachedToRef="u") + flow("x", "end"))
LINKED = drawing(START + node("intermediateThrowEvent", "t", definition("link", name="l"))
                 + node("intermediateCatchEvent", "c", definition("link", name="l")) + END + line("start", "t")
                 + line("c", "end"))
THROWN = row(("u", sub("u", node("startEvent", "a"), node("endEvent", "b", definition("error", errorRef="e1")),
                       line("a", "b"))), before=ERROR,
             more=node("boundaryEvent", "x", definition("error", errorRef="e1"), attachedToRef="u") + flow("x", "end"))
OWN = row(("s", service()), before=ERROR, more=sub(
    "esp", node("startEvent", "a", definition("error", errorRef="e1")), node("endEvent", "b"), line("a", "b"),
    triggeredByEvent="true") + node("endEvent", "z", definition("error", errorRef="e1")) + flow("s", "z", "x")
)
THROWS = spoilt(UNDONE, END, node("endEvent", "end", definition("compensate", activityRef="s")))
TOLD = definition("signal", signalRef="sig")
KEYED = (
    '<bpmn:message id="m1" name="eins"/><bpmn:message id="m2" name="zwei"/><bpmn:correlationProperty id="cp" name="nr">'
    '<bpmn:correlationPropertyRetrievalExpression messageRef="m1"><bpmn:messagePath>nr</bpmn:messagePath>'
    '</bpmn:correlationPropertyRetrievalExpression><bpmn:correlationPropertyRetrievalExpression messageRef="m2">'
    '<bpmn:messagePath>nr</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>'
    '<bpmn:correlationProperty id="cp2" name="jahr"><bpmn:correlationPropertyRetrievalExpression messageRef="m1">'
    '<bpmn:messagePath>jahr</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>'
    '<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="p"/><bpmn:correlationKey id="k" name="fall">'
    '<bpmn:correlationPropertyRef>cp</bpmn:correlationPropertyRef>{}</bpmn:correlationKey></bpmn:collaboration>')


def single(kind, inside):
    """Start, one event e, end; for an end event without the end."""
    element = node(kind, "e", inside)
    return drawing(START + element + line("start", "e"), before=MESSAGE + ERROR + SIGNAL) if kind == "endEvent" else \
        row(("e", element), before=MESSAGE + ERROR + SIGNAL)


CASES = [
    *[Case("event-position", "e", single(kind, inside), good) for kind, inside, good in (
        ("intermediateCatchEvent", definition("error", errorRef="e1"), CAUGHT),
        ("intermediateCatchEvent", definition("terminate"), CAUGHT),
        ("intermediateCatchEvent", "", CAUGHT),
        ("intermediateThrowEvent", definition("error", errorRef="e1"), single("intermediateThrowEvent", "")),
        ("intermediateThrowEvent", WAIT, single("intermediateThrowEvent", definition("signal", signalRef="sig"))),
        ("endEvent", WAIT, single("endEvent", definition("signal", signalRef="sig"))),
        ("endEvent", definition("link", name="l"), single("endEvent", definition("terminate"))),
    )],
    Case("event-position", "start", spoilt(PLAIN, START, node("startEvent", "start", definition("error"))), PLAIN),
    Case("event-position", "start", spoilt(PLAIN, START, node("startEvent", "start", definition(
        "conditional", "<bpmn:condition>x</bpmn:condition>"))),
         spoilt(PLAIN, START, node("startEvent", "start", WAIT))),
    Case("event-position", "a", spoilt(CANCELLED, '<bpmn:startEvent id="a">', f'<bpmn:startEvent id="a">{WAIT}'),
         CANCELLED),
    Case("event-position", "x", spoilt(LATE, WAIT, definition("terminate")), LATE),
    Case("event-position", "x", spoilt(LATE, WAIT, ""), LATE),
    Case("always-interrupts", "x", spoilt(FAILED, 'id="x"', 'id="x" cancelActivity="false"'), FAILED),
    Case("always-interrupts", "a", spoilt(OWN, 'id="a"', 'id="a" isInterrupting="false"'), OWN),
    Case("cancel-outside-transaction", "x", spoilt(LATE, WAIT, definition("cancel")), CANCELLED),
    Case("cancel-outside-transaction", "b", spoilt(CANCELLED, "bpmn:transaction", "bpmn:subProcess"), CANCELLED),
    Case("cancel-outside-transaction", "b", spoilt(CANCELLED, definition("cancel") + "</bpmn:boundaryEvent>",
                                                   WAIT + "</bpmn:boundaryEvent>"), CANCELLED),
    Case("boundary-position", "x", spoilt(LATE, 'attachedToRef="s"', 'attachedToRef="start"'), LATE),
    Case("boundary-position", "x", spoilt(BESIDE, "</bpmn:process>", node("boundaryEvent", "x", WAIT,
                                                                          attachedToRef="esp") + flow("x", "end")
                                          + "</bpmn:process>"), BESIDE),
    Case("boundary-position", "x", spoilt(CANCELLED, 'attachedToRef="u"', 'attachedToRef="i"').replace(
        b'<bpmn:endEvent id="b"', service("i").encode() + b'<bpmn:endEvent id="b"'), CANCELLED),
    Case("boundary-flows", "x", spoilt(LATE, flow("x", "end"), ""), LATE),
    Case("boundary-flows", "x", spoilt(LATE, flow("x", "end"), flow("x", "end") + flow("start", "x")), LATE),
    Case("boundary-flows", "x", spoilt(UNDONE, flow("s", "end"), flow("s", "end") + flow("x", "end")), UNDONE),
    Case("event-process-start", "a", spoilt(BESIDE, WAIT, ""), BESIDE),
    Case("instantiate-misplaced", "r", row(("r", node("receiveTask", "r", messageRef="m", instantiate="true")),
                                           before=MESSAGE),
         row(("r", node("receiveTask", "r", messageRef="m")), before=MESSAGE)),
    Case("instantiate-misplaced", "r", drawing(
        node("receiveTask", "r", messageRef="m", instantiate="true") + node("boundaryEvent", "x", WAIT,
                                                                            attachedToRef="r") + END
        + line("r", "end") + flow("x", "end"), before=MESSAGE),
         drawing(node("receiveTask", "r", messageRef="m", instantiate="true") + END + line("r", "end"),
                 before=MESSAGE)),
    Case("several-definitions", "x", spoilt(spoilt(LATE, WAIT, WAIT + TOLD), 'id="x"',
                                            'id="x" parallelMultiple="true"'), spoilt(LATE, WAIT, WAIT + TOLD)),
    Case("several-definitions", "x", spoilt(LATE, WAIT, WAIT + definition("compensate")), LATE),
    Case("several-definitions", "a", spoilt(BESIDE, WAIT, WAIT + TOLD), BESIDE),
    Case("several-definitions", "e", single("endEvent", definition("terminate") + definition("error", errorRef="e1")),
         single("endEvent", TOLD + definition("error", errorRef="e1"))),
    Case("missing-condition", "e", single("intermediateCatchEvent", definition("conditional")),
         single("intermediateCatchEvent", definition("conditional", "<bpmn:condition>x &gt; 1</bpmn:condition>"))),
    Case("link-pair", "t", spoilt(LINKED, '"t"><bpmn:linkEventDefinition name="l"',
                                  '"t"><bpmn:linkEventDefinition name="k"'), LINKED),
    Case("link-pair", "c", spoilt(LINKED, '"t"><bpmn:linkEventDefinition name="l"',
                                  '"t"><bpmn:linkEventDefinition name="k"'), LINKED),
    Case("link-pair", "c2", spoilt(LINKED, END, END + node("intermediateCatchEvent", "c2", definition(
        "link", name="l")) + flow("c2", "end")), LINKED),
    Case("link-pair", "t", spoilt(LINKED, flow("start", "t"), flow("start", "t") + flow("t", "end")), LINKED),
    Case("link-pair", "c", spoilt(LINKED, flow("start", "t"), flow("start", "t") + flow("start", "c")), LINKED),
    Case("link-pair", "c", spoilt(LINKED, '"c"><bpmn:linkEventDefinition name="l">',
                                  f'"c">{WAIT}<bpmn:linkEventDefinition name="l">'), LINKED),
    Case("error-without-code", "b", spoilt(THROWN, ' errorCode="GELD"', ""), THROWN, "warning"),
    Case("error-without-code", "e", single("intermediateThrowEvent", definition("escalation")), THROWN, "warning"),
    Case("error-not-caught", "b", spoilt(THROWN, node(
        "boundaryEvent", "x", definition("error", errorRef="e1"), attachedToRef="u"), node(
        "boundaryEvent", "x", definition("escalation"), attachedToRef="u")), THROWN, "warning"),
    Case("error-not-caught", "z", spoilt(OWN, '"a"><bpmn:errorEventDefinition errorRef="e1"',
                                         '"a"><bpmn:errorEventDefinition errorRef="e2"').replace(
        b"<bpmn:process", b'<bpmn:error id="e2" errorCode="ANDERER"/><bpmn:process'), OWN, "warning"),
    Case("compensation-handler", "x", spoilt(UNDONE, '<bpmn:association id="as"', '<bpmn:association id="as" name=""')
         .replace(b'sourceRef="x"', b'sourceRef="s"'), UNDONE),
    Case("compensation-handler", "x", spoilt(UNDONE, END, END + node(
        "boundaryEvent", "y", definition("compensate"), attachedToRef="s")
        + '<bpmn:association id="as2" sourceRef="y" targetRef="undo"/>'), UNDONE),
    Case("compensation-handler", "undo", spoilt(UNDONE, ' isForCompensation="true"', ""), UNDONE),
    Case("compensation-handler", "undo2", spoilt(UNDONE, END, END + script("undo2", isForCompensation="true")), UNDONE),
    Case("compensation-beyond", "end", spoilt(THROWS, 'activityRef="s"', 'waitForCompletion="false"'), THROWS),
    Case("compensation-beyond", "x", spoilt(UNDONE, "</bpmn:serviceTask>", "<bpmn:multiInstanceLoopCharacteristics>"
                                            "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
                                            "</bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>"), UNDONE),
    Case("compensation-beyond", "undo", spoilt(UNDONE, END, END + node("boundaryEvent", "y", WAIT, attachedToRef="undo")
                                               + flow("y", "end")), UNDONE),
    Case("nothing-to-compensate", "end", spoilt(THROWS, 'activityRef="s"', 'activityRef="undo"'), THROWS),
    Case("correlation-incomplete", "cp2", row(("s", service()), before=KEYED.format(
        "<bpmn:correlationPropertyRef>cp2</bpmn:correlationPropertyRef>")), row(("s", service()),
                                                                               before=KEYED.format(""))),
    Case("correlation-incomplete", "cp3", row(("s", service()), before=KEYED.format(
        "<bpmn:correlationPropertyRef>cp3</bpmn:correlationPropertyRef>") + '<bpmn:correlationProperty id="cp3"/>'),
         row(("s", service()), before=KEYED.format(""))),
    Case("correlation-incomplete", "k", row(("s", service()), before=KEYED.format(
        "<bpmn:correlationPropertyRef>nichts</bpmn:correlationPropertyRef>")), row(("s", service()),
                                                                                  before=KEYED.format(""))),
    Case("correlation-incomplete", "cp", row(("s", service()), before=KEYED.format("").replace(
        'messageRef="m2"', 'messageRef="m3"')), row(("s", service()), before=KEYED.format(""))),
    *[Case("undefined-reference", "e", single(kind, inside), PLAIN) for kind, inside in (
        ("intermediateCatchEvent", definition("message", messageRef="nichts")),
        ("intermediateCatchEvent", definition("signal", signalRef="m")),
        ("intermediateCatchEvent", "<bpmn:eventDefinitionRef>nichts</bpmn:eventDefinitionRef>"),
        ("intermediateThrowEvent", definition("compensate", activityRef="nichts")),
        ("intermediateThrowEvent", definition("escalation", escalationRef="nichts")),
        ("endEvent", definition("error", errorRef="nichts")),
    )],
]
