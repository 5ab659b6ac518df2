"""Whether everything that is drawn has arrived in the specification.

SpiffWorkflow's parser drops what it does not know, mostly without a word, and
what it knows changes with its releases.  So what it was given is compared with
what it made of it, element by element.  What is missing is "not carried over":
the file is refused, and every loss is named with its element and line.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lxml import etree
from SpiffWorkflow.bpmn.specs.event_definitions import simple

from engine.errors import Invalid, Sentence
from engine.spiff import catching, elements, events, tags
from engine.spiff.picture import (
    BPMN,
    FLOW_NODES,
    Refusal,
    event_definitions,
    is_compensation,
    is_event_process,
    lanes_by_node,
)
from engine.spiff.tree import drawn

NOT_CARRIED = "not-carried-over"
"""The rule that such findings stand under."""
_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"

_CLASSES: dict[str, Any] = {etree.QName(tag).localname: kind
                            for tag, (_, kind) in tags.Parser.OVERRIDE_PARSER_CLASSES.items()}
DEFINITIONS: dict[str, tuple[type, ...]] = {
    "message": (events.Message,),
    "timer": (events.Timer, events.RepeatingTimer),
    "signal": (events.Signal,),
    "error": (events.Error,),
    "escalation": (events.Escalation,),
    "conditional": (events.Condition,),
    "cancel": (events.Cancel,),
    "compensate": (events.Compensation,),
    "terminate": (simple.TerminateEventDefinition,),
}
"""Which class stands for which event definition; a kind that is not here can never arrive."""

_SUB_PROCESSES = frozenset({"subProcess", "transaction"})
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})


class Lost(NamedTuple):
    """One thing that is drawn and not there: the element that draws it, and what it is."""

    node: Any
    de: str
    en: str


def check_carried(roots: Sequence[Any], specs: Mapping[str, Any]) -> None:
    """Refuse what is drawn in the processes of *specs* and has not arrived there.

    *roots* are the trees that the parser was given.  Invalid, with a Refusal
    for each loss in `findings`.
    """
    found = [_refusal(lost) for root in roots for lost in _root(root, specs)]
    if found:
        raise Invalid(found[0].message.de, found[0].message.en, findings=found)


def _refusal(lost: Lost) -> Refusal:
    name = lost.node.get("id", "")
    element, line = (drawn(name) if _kind(lost.node) in FLOW_NODES else name) or None, _line(lost.node)
    named = lost.node.get("name") or element or etree.QName(lost.node).localname
    message = Sentence(
        f"„{named}“ (Zeile {line}): {lost.de} wurde nicht übernommen; so liefe der Prozess anders, als er gezeichnet "
        "ist. Bitte zeichnen Sie es anders.",
        f"“{named}” (line {line}): {lost.en} was not carried over; the process would run other than it is drawn. "
        "Please draw it differently.",
    )
    return Refusal("", element, line, message, NOT_CARRIED)


def _line(node: Any) -> int | None:
    """The line an element stands in; where it was not drawn itself, that of the one around it."""
    while node is not None:
        if node.sourceline:
            return int(node.sourceline)
        node = node.getparent()
    return None


def _root(root: Any, specs: Mapping[str, Any]) -> Iterator[Lost]:
    lanes = lanes_by_node(root)
    for process in root.iterfind(_b("process")):
        if process.get("id") in specs:
            yield from _scope(process, specs, lanes, None)


def _scope(scope: Any, specs: Mapping[str, Any], lanes: Mapping[str, str], lane: str | None) -> Iterator[Lost]:
    """What is lost of a process or sub-process, and of those inside it."""
    spec = specs[scope.get("id")]
    leaving: dict[str, list[Any]] = {}
    for flow in scope.iterfind(_b("sequenceFlow")):
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for node in scope:
        kind = _kind(node)
        if kind == "dataObject" and node.get("id") not in spec.data_objects:
            yield Lost(node, "das Datenobjekt", "the data object")
        if kind not in FLOW_NODES:
            continue
        name, own = node.get("id", ""), lanes.get(node.get("id", "")) or lane
        there = spec.task_specs.get(name)
        if there is None:
            if drawn(name) == name or drawn(name) in spec.task_specs:  # else it was made for one that is named
                yield Lost(node, "das Element, vielleicht weil von keinem Startereignis ein Weg dorthin führt,",
                           "the element, perhaps because no way leads there from any start event,")
            leaving.pop(name, None)
            continue
        yield from _node(node, kind, there, specs, spec, own)
        yield from _flows(node, kind, there, leaving.pop(name, []))
        if kind in _SUB_PROCESSES:
            if name in specs:
                yield from _scope(node, specs, lanes, own)
            else:
                yield Lost(node, "was in dem Teilprozess steht,", "what stands in the sub-process")
    for flow in (one for left in leaving.values() for one in left):
        yield Lost(flow, "der Pfeil, der bei keinem Element beginnt,", "the flow, which begins at no element,")
    for node in scope.iterfind(_b("ioSpecification")):
        if spec.io_specification is None:
            yield Lost(node, "die Angabe der Ein- und Ausgaben", "the list of inputs and outputs")


# -- one element -------------------------------------------------------------------------------------------------------

def _node(
    node: Any, kind: str, there: Any, specs: Mapping[str, Any], spec: Any, lane: str | None,
) -> Iterator[Lost]:
    inner = there
    if _repeated(node) is not None:
        yield from _repetition(node, there)
        inner = spec.task_specs.get(getattr(there, "task_spec", ""), there)
    wanted = _CLASSES.get(kind)
    if kind == "boundaryEvent" and is_compensation(node):
        yield from _compensation(node, there, spec)
        return
    if wanted is None or not isinstance(inner, wanted):
        yield Lost(node, f"die Art des Elements ({kind})", f"the kind of the element ({kind})")
        return
    if lane is not None and inner.lane != lane:
        yield Lost(node, f"die Bahn „{lane}“", f"the lane “{lane}”")
    if kind == "boundaryEvent":
        beside = spec.task_specs.get(f"{node.get('attachedToRef')}.BoundaryEventSplit")
        if beside is None or there.name not in beside._outputs:
            yield Lost(node, "die Bindung an die Aktivität", "the attachment to its activity")
        if there.cancel_activity != _true(node, "cancelActivity", "true"):
            yield Lost(node, "ob das Ereignis unterbricht,", "whether the event interrupts")
    yield from _definitions(node, kind, there, specs)
    yield from _content(node, kind, inner)
    for tag, arrived in (("dataInputAssociation", there.data_input_associations),
                         ("dataOutputAssociation", there.data_output_associations)):
        if len(node.findall(_b(tag))) > len(arrived):
            yield Lost(node, "eine Verbindung zu einem Datenobjekt", "an association with a data object")
    if node.find(_b("ioSpecification")) is not None and there.io_specification is None:
        yield Lost(node, "die Angabe der Ein- und Ausgaben", "the list of inputs and outputs")


def _compensation(node: Any, there: Any, spec: Any) -> Iterator[Lost]:
    """The event at the edge of an activity that leads to what undoes it."""
    activity = spec.task_specs.get(node.get("attachedToRef"))
    if not there.undoes or activity is None or activity.undone_by != there.name:
        yield Lost(node, "die Bindung an die Aktivität", "the attachment to its activity")
    handlers = {one.get("targetRef") for one in node.getroottree().getroot().iter(_b("association"))
                if one.get("sourceRef") == node.get("id")}
    if not handlers & set(there._outputs):
        yield Lost(node, "was die Aktivität rückgängig macht,", "what undoes the activity")


def _content(node: Any, kind: str, there: Any) -> Iterator[Lost]:
    """What a script, a call or a service task is about."""
    drawn: str | None
    if kind == "scriptTask":
        drawn, arrived, de, en = node.findtext(_b("script")), there.script, "das Skript", "the script"
    elif kind == "callActivity":
        drawn, arrived = node.get("calledElement"), there.spec
        de, en = "der aufgerufene Prozess", "the called process"
    elif kind in _SUB_PROCESSES:
        drawn, arrived, de, en = node.get("id"), there.spec, "der Inhalt", "the content"
    elif kind == "serviceTask":
        operator = node.find(f"{_b('extensionElements')}/{{{_SPIFF}}}serviceTaskOperator")
        drawn, arrived = operator.get("id") if operator is not None else None, there.operation_name
        de, en = "der aufgerufene Dienst", "the called operation"
    elif kind == "businessRuleTask":
        drawn = node.findtext(f"{_b('extensionElements')}/{{{_SPIFF}}}calledDecisionId")
        arrived, de, en = there.decision, "die Entscheidung", "the decision"
    else:
        return
    if _said(drawn) != _said(arrived):
        yield Lost(node, de, en)


def _definitions(node: Any, kind: str, there: Any, specs: Mapping[str, Any]) -> Iterator[Lost]:
    """The event definitions of an event, or the message of a task that sends or receives one."""
    drawn = [_kind(definition).removesuffix("EventDefinition") for definition in event_definitions(node)]
    drawn += ["eventDefinitionRef"] * len(node.findall(_b("eventDefinitionRef")))
    if kind in ("sendTask", "receiveTask") and node.get("messageRef"):
        drawn = ["message"]
    if not drawn:
        return
    arrived = getattr(there, "event_definition", None)
    if kind == "startEvent" and is_event_process(node.getparent()):
        # it is waited for beside the sub-process, and has come when that starts
        outer = specs[node.getparent().getparent().get("id")]
        waits = outer.task_specs.get(f"{node.getparent().get('id')}.{there.name}")
        arrived = getattr(waits, "event_definition", arrived)
        if there.interrupting != _true(node, "isInterrupting", "true"):
            yield Lost(node, "ob das Ereignis unterbricht,", "whether the event interrupts")
    every = list(getattr(arrived, "event_definitions", [arrived]))
    for gateway in (one for one in there.inputs if isinstance(one, catching.EventBasedGateway)):
        every += gateway.event_definition.event_definitions  # the gateway waits in its place
    for name in drawn:
        fits = next((one for one in every if isinstance(one, DEFINITIONS.get(name, ()))), None)
        if fits is None:
            yield Lost(node, f"die Ereignisdefinition ({name})", f"the event definition ({name})")
        else:
            every.remove(fits)


# -- flows -------------------------------------------------------------------------------------------------------------

def _flows(node: Any, kind: str, there: Any, leaving: Sequence[Any]) -> Iterator[Lost]:
    """The flows out of one element, its default and their conditions, in their order."""
    arrived = Counter(output.removesuffix(".BoundaryEventSplit") for output in there._outputs)
    conditions = [(_said(condition.args[0]), target.removesuffix(".BoundaryEventSplit"))
                  for condition, target in getattr(there, "cond_task_specs", []) if condition is not None]
    default = node.get("default") if kind in _CHOOSING else None
    for flow in leaving:
        target = flow.get("targetRef", "")
        if not arrived[target]:
            yield Lost(flow, "der Pfeil", "the flow")
            continue
        arrived[target] -= 1
        text = _said(flow.findtext(_b("conditionExpression")))
        if default and flow.get("id") == default:
            if not _is_default(there, target):
                yield Lost(node, f"der Standardfluss „{default}“", f"the default flow “{default}”")
        elif text and (text, target) not in conditions:
            yield Lost(flow, f"die Bedingung „{text}“", f"the condition “{text}”")
        elif text:
            conditions.remove((text, target))
    definition = getattr(there, "event_definition", None)
    if kind == "eventBasedGateway" and len(getattr(definition, "event_definitions", [])) < len(leaving):
        yield Lost(node, "eines der Ereignisse, auf die das Gateway wartet,", "one of the events the gateway waits for")


def _is_default(there: Any, target: str) -> bool:
    others = [name for condition, name in there.cond_task_specs if condition is None]
    return target in (name.removesuffix(".BoundaryEventSplit") for name in others)


# -- repetition --------------------------------------------------------------------------------------------------------

def _repeated(node: Any) -> Any:
    found = node.find(_b("multiInstanceLoopCharacteristics"))
    return found if found is not None else node.find(_b("standardLoopCharacteristics"))


def _repetition(node: Any, there: Any) -> Iterator[Lost]:
    how = _repeated(node)
    if _kind(how) == "standardLoopCharacteristics":
        wanted: Any = elements.StandardLoopTask
    elif _true(how, "isSequential"):
        wanted = elements.SequentialMultiInstanceTask
    else:
        wanted = elements.ParallelMultiInstanceTask
    if not isinstance(there, wanted):
        yield Lost(node, "die Wiederholung", "the repetition")
        return
    if wanted is elements.StandardLoopTask:
        most = how.get("loopMaximum")
        pairs = [(how.findtext(_b("loopCondition")), there.condition), (_true(how, "testBefore"), there.test_before),
                 (int(most) if most is not None else None, there.maximum)]
    else:
        pairs = [(how.findtext(_b(name)), text) for name, text in (
            ("loopCardinality", there.cardinality), ("completionCondition", there.condition),
            ("loopDataInputRef", _reference(there.data_input)), ("loopDataOutputRef", _reference(there.data_output)))]
        for name, item in (("inputDataItem", there.input_item), ("outputDataItem", there.output_item)):
            drawn = how.find(_b(name))
            pairs.append((drawn.get("id") if drawn is not None else None, _reference(item)))
    if any(_said(drawn) != _said(arrived) for drawn, arrived in pairs):
        yield Lost(node, "eine Angabe zur Wiederholung", "a detail of the repetition")


def _reference(data: Any) -> str | None:
    return data.bpmn_id if data is not None else None


def _said(text: Any) -> str:
    return str(text if text is not None else "").strip()


def _true(node: Any, attribute: str, default: str = "false") -> bool:
    """Whether an attribute says yes, in any of XML Schema's spellings."""
    return node.get(attribute, default).strip() in ("true", "1")


def _kind(node: Any) -> str:
    name = etree.QName(node) if isinstance(node.tag, str) else None
    return name.localname if name is not None and name.namespace == BPMN else ""


def _b(name: str) -> str:
    return f"{{{BPMN}}}{name}"
