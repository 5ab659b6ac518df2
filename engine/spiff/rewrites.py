"""What is drawn -> what SpiffWorkflow runs as the standard says: rewrites of the tree before it is parsed.

Each rewrite is a function listed in REWRITES; its docstring says what is
drawn, what it becomes and why that is the same.  What it takes as well but
cannot do right it refuses.

Drawn elements keep their ids.  A made one has the id of a drawn one, a dot and
more (tree.py); it is passed without a word: `speak_as_drawn` takes its id out
of the path, and whatever names it (`drawn`) names the drawn one.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from engine.spiff.details import idle_data, is_true, referred_definition
from engine.spiff.picture import BPMN, FLOW_NODES, event_definitions, is_event_process, refused
from engine.spiff.several import several_definitions
from engine.spiff.tree import (
    SAYS,
    arriving,
    becomes,
    condition,
    connect,
    drawn,
    flows,
    kind_of,
    leaving,
    make,
    nodes,
    scopes,
    tag,
)

__all__ = ["REWRITES", "drawn", "entry", "rewritten", "speak_as_drawn"]

_BOOLEANS = (
    "isExecutable", "triggeredByEvent", "cancelActivity", "isInterrupting", "instantiate", "parallelMultiple",
    "isSequential", "testBefore", "isForCompensation", "waitForCompletion", "cancelRemainingInstances",
)


def rewritten(root: Any) -> Any:
    """A copy of the definitions element *root* with everything rewritten; Invalid where that cannot be."""
    for node in root.iter(*map(tag, sorted(FLOW_NODES))):
        if "." in node.get("id", ""):
            raise refused("In der Kennung „{element}“ darf kein Punkt stehen (Zeile {line}).",
                          "The id “{element}” must not hold a dot (line {line}).", "", node)
    tree = deepcopy(root)
    for rewrite in REWRITES:
        rewrite(tree)
    return tree


def speak_as_drawn(spec: Any, roots: list[Any]) -> None:
    """Let what was made for a parsed process or sub-process keep quiet, or say the drawn id that it stands for."""
    says = {node.get("id"): node.get(SAYS) for root in roots for node in root.iter(f"{{{BPMN}}}*") if node.get(SAYS)}
    for name, node in spec.task_specs.items():
        if "." in name and getattr(node, "bpmn_id", None) == name:
            node.bpmn_id = says.get(name)


def entry(specs: dict[str, Any], element: str) -> str:
    """Which of a process's elements a token comes to first that is sent to the drawn one *element*."""
    made = (f"{element}.{suffix}" for suffix in ("first", "all", "1"))
    return next((name for name in made if name in specs), element)


def only_bpmn(root: Any) -> None:
    """Elements of other namespaces are left out, but for what stands in extensionElements.

    BPMN 2.0.2, 8.3.3 gives extensions their place there; elsewhere a flow of
    another language is no flow. SpiffWorkflow goes by the ends of some names.
    """
    for item in [*root.iter(f"{{{BPMN}}}*")]:
        if item.tag != tag("extensionElements"):
            for child in [child for child in item if not kind_of(child)]:
                item.remove(child)


def plain_booleans(root: Any) -> None:
    """`isExecutable="1"`, or `" true "`, becomes "true".

    The schema's type is xsd:boolean, which has four spellings (XML Schema 2,
    3.2.2) and collapses space; SpiffWorkflow compares with "true".
    """
    for node in root.iter(f"{{{BPMN}}}*"):
        for name in _BOOLEANS:
            if name in node.attrib:
                text = node.get(name).strip()
                node.set(name, {"1": "true", "0": "false"}.get(text, text))


def flow_ids(root: Any) -> None:
    """A sequence flow without an id gets one: `a.b`, then `a.b.2`.

    The schema does not ask for it (8.3.1: ids are optional); SpiffWorkflow
    would drop the flow without a word.
    """
    taken: dict[str, int] = {}
    for flow in root.iter(tag("sequenceFlow")):
        if not flow.get("id"):
            name = f"{flow.get('sourceRef', '')}.{flow.get('targetRef', '')}"
            taken[name] = taken.get(name, 0) + 1
            flow.set("id", name if taken[name] == 1 else f"{name}.{taken[name]}")


def referred_definitions(root: Any) -> None:
    """An eventDefinitionRef becomes the definition that it names (10.5.1: the two ways to say what triggers an event).

    Other events may use the same one: each gets its own copy.
    """
    for reference in [*root.iter(tag("eventDefinitionRef"))]:
        node, found = reference.getparent(), referred_definition(reference)
        if found is None:
            raise refused(
                "Das Ereignis „{element}“ nennt die Ereignisdefinition „{name}“, die es nicht gibt (Zeile {line}).",
                "The event “{element}” names the event definition “{name}”, which does not exist (line {line}).", "",
                node, name=(reference.text or "").strip())
        own = deepcopy(found)
        own.attrib.pop("id", None)
        own.tail = reference.tail
        for one in own.iter():
            one.sourceline = node.sourceline
        node.replace(reference, own)


def links(root: Any) -> None:
    """A pair of link events becomes a sequence flow between two events that pass on.

    BPMN 2.0.2, 10.5.1 (Link): a pair stands for a flow between two places of one
    process level.  Several may throw to one that catches; only one may catch.
    """
    for scope in scopes(root):
        thrown, caught = _link_events(scope, "intermediateThrowEvent"), _link_events(scope, "intermediateCatchEvent")
        targets: dict[str, str] = {}
        for name, node in caught:
            if name in targets:
                raise refused("Zum Link „{name}“ gibt es mehr als ein fangendes Ereignis: „{element}“ (Zeile {line}).",
                              "The link “{name}” has more than one catching event: “{element}” (line {line}).", "",
                              node, name=name)
            if name not in [one for one, _ in thrown]:
                raise refused("Zum Link „{name}“ von „{element}“ fehlt das auslösende Ereignis (Zeile {line}).",
                              "The link “{name}” of “{element}” has no throwing event (line {line}).", "", node,
                              name=name)
            targets[name] = node.get("id")
        for name, node in thrown:
            if name not in targets:
                raise refused("Zum Link „{name}“ von „{element}“ fehlt das fangende Ereignis (Zeile {line}).",
                              "The link “{name}” of “{element}” has no catching event (line {line}).", "", node,
                              name=name)
            connect(node.get("id"), targets[name], node)
        for _, node in (*thrown, *caught):
            becomes(node, "intermediateThrowEvent")


def _link_events(scope: Any, kind: str) -> list[tuple[str, Any]]:
    found = []
    for node in nodes(scope):
        definitions = event_definitions(node)
        link = next((one for one in definitions if kind_of(one) == "linkEventDefinition"), None)
        if link is None or kind_of(node) != kind:
            continue
        throws = kind == "intermediateThrowEvent"
        if len(definitions) > 1:
            raise refused("Ein Link kann nicht mit anderen Ereignisdefinitionen zusammen stehen („{element}“, Zeile "
                          "{line}).", "A link cannot stand together with other event definitions (“{element}”, line "
                          "{line}).", "", node)
        if not link.get("name"):
            raise refused("Dem Link von „{element}“ fehlt der Name (Zeile {line}).",
                          "The link of “{element}” has no name (line {line}).", "", node)
        if leaving(node) if throws else arriving(node):
            raise refused(
                "Ein Link-Ereignis ersetzt den Pfeil: {warum} („{element}“, Zeile {line}).",
                "A link event stands for the flow: {why} (“{element}”, line {line}).", "", node,
                warum="vom auslösenden geht keiner mehr aus" if throws else "zum fangenden führt keiner mehr",
                why="none leaves the throwing one" if throws else "none leads to the catching one")
        found.append((link.get("name"), node))
    return found


def instantiating_tasks(root: Any) -> None:
    """A receive task that instantiates becomes a start event that waits for its message.

    BPMN 2.0.2, 10.3.3 (Receive Task): it has no incoming flow, and the process
    begins with its message, as with a start event (10.5.2).
    """
    for task in [*root.iter(tag("receiveTask"))]:
        if not is_true(task, "instantiate"):
            continue
        _check_instantiates(task, task)
        message = task.get("messageRef", "")
        becomes(task, "startEvent")
        definition = task.makeelement(tag("messageEventDefinition"), {"messageRef": message})
        definition.sourceline = task.sourceline
        task.append(definition)


def _check_instantiates(node: Any, *receives: Any) -> None:
    attached = {one.get("attachedToRef") for one in nodes(node.getparent())}
    if kind_of(node.getparent()) != "process":
        de, en = "das kann nur ein Element des Prozesses selbst", "only an element of the process itself can do so"
    elif arriving(node):
        de, en = "dann darf kein Pfeil zu ihm führen", "then no flow may lead to it"
    elif any(one.get("id") in attached or _is_repeated(one) for one in receives):
        de, en = ("was die Nachricht empfängt, darf dann nicht wiederholt werden und kein angeheftetes Ereignis haben",
                  "what receives the message must then not be repeated nor have an attached event")
    else:
        return
    raise refused("„{element}“ soll den Prozess beginnen (instantiate); {warum} (Zeile {line}).",
                  "“{element}” is to start the process (instantiate); {why} (line {line}).", "", node, warum=de,
                  why=en)


def _is_repeated(node: Any) -> bool:
    return any(kind_of(one).endswith("LoopCharacteristics") for one in node)


def instantiating_gateways(root: Any) -> None:
    """An event-based gateway that instantiates becomes one start event for each of its events.

    BPMN 2.0.2, 10.6.6: without incoming flow, whichever of its events comes
    first begins the process.  The start events `c.begins` are made; behind each, the
    gateway and the event are passed, as they would have been.  One that waits
    for all of its events (eventGatewayType "Parallel") is refused: messages
    that belong to one process would have to find each other before it begins.
    """
    for gateway in [*root.iter(tag("eventBasedGateway"))]:
        if not is_true(gateway, "instantiate"):
            continue
        inside = {node.get("id"): node for node in nodes(gateway.getparent())}
        events = [inside.get(flow.get("targetRef")) for flow in leaving(gateway)]
        _check_instantiates(gateway, *(event for event in events if event is not None))
        if gateway.get("eventGatewayType") == "Parallel":
            raise refused("„{element}“ soll erst beginnen, wenn alle seine Ereignisse eingetreten sind; das wird nicht "
                          "unterstützt (Zeile {line}).", "“{element}” is to begin only when all of its events have "
                          "happened; this is not supported (line {line}).", "", gateway)
        passed = gateway.get("id")
        for number, (flow, event) in enumerate(zip(leaving(gateway), events, strict=True), 1):
            if event is None or len(arriving(event)) > 1:
                raise refused("„{element}“ soll den Prozess beginnen; jedes Ereignis dahinter darf nur diesen einen "
                              "eingehenden Pfeil haben (Zeile {line}).", "“{element}” is to start the process; each "
                              "event behind it must have just this one incoming flow (line {line}).", "", gateway)
            if number > 1:
                passed = make("intermediateThrowEvent", str(number), gateway, **{SAYS: gateway.get("id")}).get("id")
                flow.set("sourceRef", passed)
            _begins(event, passed)
        becomes(gateway, "intermediateThrowEvent")


def _begins(event: Any, passed: str) -> None:
    start = make("startEvent", "begins", event)
    if kind_of(event) == "receiveTask":
        start.append(start.makeelement(tag("messageEventDefinition"), {"messageRef": event.get("messageRef", "")}))
    for child in [child for child in event if kind_of(child) in ("extensionElements", *_definition_kinds(event))]:
        start.append(deepcopy(child))
    for one in start.iter():
        one.sourceline = event.sourceline
    connect(start.get("id"), passed, event)
    becomes(event, "intermediateThrowEvent")


def _definition_kinds(event: Any) -> list[str]:
    return [kind_of(one) for one in event_definitions(event)]


def implicit_splits(root: Any) -> None:
    """Several flows out of an activity or event, or one with a condition, go through a made gateway `t.out`.

    BPMN 2.0.2, 8.3.13 and 13.3.1: without conditions each flow gets a token, as
    behind a parallel gateway.  With them, each flow whose condition holds does,
    as behind an inclusive gateway; a flow without one always does; the
    activity's default does if no other gets one.
    """
    ahead: dict[str, list[Any]] = {}
    for flow in root.iter(tag("sequenceFlow")):
        ahead.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for node in [node for scope in scopes(root) for node in nodes(scope)]:
        kind = kind_of(node)
        if kind.endswith("Gateway") or kind == "endEvent":
            continue
        ways, default = ahead.get(node.get("id"), []), node.get("default")
        has_default = len(ways) > 1 and default in [flow.get("id") for flow in ways]
        conditional = any(condition(flow) for flow in ways if flow.get("id") != default)
        if len(ways) < 2 and not conditional:
            continue
        gateway = make("inclusiveGateway" if conditional or has_default else "parallelGateway", "out", node)
        node.attrib.pop("default", None)
        if has_default:
            gateway.set("default", default)
        for flow in ways:
            flow.set("sourceRef", gateway.get("id"))
            if conditional or has_default:
                _always(flow, default)
        connect(node.get("id"), gateway.get("id"), node)


def _always(flow: Any, default: str | None) -> None:
    if condition(flow) or flow.get("id") == default:
        return
    expression = flow.find(tag("conditionExpression"))
    if expression is None:
        expression = flow.makeelement(tag("conditionExpression"))
        flow.append(expression)
    expression.text = "True"


def twin_flows(root: Any) -> None:
    """Of several flows between the same two elements, each but the first leads through a made event `b.via`.

    Each is a way of its own (8.3.13) and may carry a token; SpiffWorkflow knows
    a way by the element that it leads to.
    """
    for scope in scopes(root):
        inside = {node.get("id"): node for node in nodes(scope)}
        known: set[tuple[str, str]] = set()
        made: dict[str, int] = {}
        for flow in flows(scope):
            source, target = inside.get(flow.get("sourceRef")), inside.get(flow.get("targetRef"))
            if source is None or target is None or kind_of(source) == "eventBasedGateway":
                continue
            ends = (source.get("id"), target.get("id"))
            if ends in known:
                number = made[ends[1]] = made.get(ends[1], 0) + 1
                between = make("intermediateThrowEvent", "via" if number == 1 else f"via.{number}", target)
                flow.set("targetRef", between.get("id"))
                connect(between.get("id"), ends[1], flow)
            known.add(ends)


def drawings_of_data(root: Any) -> None:
    """Data objects and data stores that no data association reads or writes are left out.

    Only associations move data (10.4.2); without one they say what a process is
    about, and SpiffWorkflow would look for a program that stands for the store.
    """
    for item in idle_data(root):
        item.getparent().remove(item)


def dead_ends(root: Any) -> None:
    """An element that nothing leaves, and that is no end event, leads to a made end event `t.end`.

    BPMN 2.0.2, 13.2.2 and 13.3.1: where no flow goes on the token is used up, and
    what is around it is over with its last token; SpiffWorkflow would wait for ever.
    """
    for scope in scopes(root):
        if kind_of(scope) == "adHocSubProcess":
            continue
        going_on = {flow.get("sourceRef") for flow in flows(scope)}
        for node in nodes(scope):
            apart = kind_of(node) == "endEvent" or is_event_process(node) or is_true(node, "isForCompensation")
            if apart or node.get("id") in going_on or node.find(tag("compensateEventDefinition")) is not None \
                    or kind_of(node) == "eventBasedGateway":
                continue
            end = make("endEvent", "end", node)
            connect(node.get("id"), end.get("id"), node)


REWRITES: tuple[Callable[[Any], None], ...] = (
    only_bpmn, plain_booleans, drawings_of_data, flow_ids, referred_definitions, links, instantiating_tasks,
    instantiating_gateways, implicit_splits, several_definitions, twin_flows, dead_ends,
)
"""In this order: a later one may be given what an earlier one has made."""
