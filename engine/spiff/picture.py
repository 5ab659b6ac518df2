"""The plain picture of a diagram: its elements, flows, lanes and drawing, as values.

Rules, tables of steps and drawings are made from this, never from XML.  The
same reader feeds the engine, so that what was checked is what runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from engine.errors import Invalid, Sentence
from engine.spiff import details, drawing, schema
from engine.spiff.details import BPMN
from engine.spiff.diagram import Diagram, Extra, Flow, Lane, Node, ProcessInfo
from engine.spiff.dialects import Foreign, foreign
from engine.spiff.drawing import Edge, Shape

__all__ = [
    "BPMN", "DMN_NAMESPACES", "FLOW_NODES", "Diagram", "Edge", "Extra", "Flow", "Foreign", "Lane", "Node",
    "ProcessInfo", "Refusal", "Shape", "check_is_bpmn", "documentation", "event_definitions", "is_event_process",
    "lanes_by_node", "picture", "properties", "read_diagram", "read_xml", "refused", "starts_on_event",
]

DMN_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",  # DMN 1.1
    "http://www.omg.org/spec/DMN/20180521/MODEL/",  # 1.2
    "https://www.omg.org/spec/DMN/20191111/MODEL/",  # 1.3
    "https://www.omg.org/spec/DMN/20211108/MODEL/",  # 1.4
    "https://www.omg.org/spec/DMN/20230324/MODEL/",  # 1.5
)
_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_LARGEST = 5 * 2**20

FLOW_NODES = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "task", "userTask",
    "manualTask", "scriptTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask", "subProcess",
    "transaction", "adHocSubProcess", "callActivity", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "eventBasedGateway", "complexGateway",
})
_EXTRAS = frozenset({
    "dataStore", "dataStoreReference", "dataObject", "dataObjectReference", "choreography", "ioSpecification",
})


_ROOT = frozenset({"definitions"})
_SCOPES = frozenset({"process", "subProcess", "transaction", "adHocSubProcess", "choreography", "subChoreography"})
_EVENTS = frozenset(kind for kind in FLOW_NODES if kind.endswith("Event")) | _ROOT
_ACTIVITIES = frozenset(kind for kind in FLOW_NODES if not kind.endswith(("Event", "Gateway")))


@dataclass(frozen=True)
class Refusal:
    """Why a file cannot be used, and where: what `Invalid.findings` holds."""

    file: str
    element: str | None
    line: int | None
    message: Sentence
    rule: str = ""
    """the rule it goes against, where the door has one of its own"""


def read_diagram(source: bytes, file: str = "") -> Diagram:
    """Read a BPMN file; *file* is its name in messages.

    Invalid, with one Refusal in `findings`, if it is larger than 5 MB, not
    well-formed, has a DOCTYPE or is not BPMN.  What the engine cannot run is
    read all the same: to judge that is the business of rules.
    """
    root = read_xml(source, file)
    check_is_bpmn(root, file)
    return replace(picture(root, file), deviations=schema.deviations(root))


def check_is_bpmn(root: Any, file: str) -> None:
    """Refuse the root of anything but a BPMN file, and say what it is as far as that can be seen."""
    kind = etree.QName(root)
    if root.tag == _b("definitions"):
        return
    if kind.namespace in DMN_NAMESPACES:
        raise refused("Die Datei enthält eine Entscheidung (DMN), kein Diagramm. Ihr Name muss auf .dmn enden.",
                      "The file holds a decision (DMN), no diagram. Its name has to end in .dmn.", file, root)
    raise refused("Die Datei ist kein BPMN-Diagramm; sie beginnt mit „{root}“.",
                  "The file is not a BPMN diagram; it begins with “{root}”.", file, root, root=kind.localname)


def read_xml(source: bytes, file: str) -> Any:
    """The root element of an XML file; no entities, no network, no DOCTYPE, at most 5 MB."""
    if len(source) > _LARGEST:
        raise refused("Die Datei ist größer als 5 MB.", "The file is larger than 5 MB.", file)
    begin = source[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").strip().lower()
    if not begin:
        raise refused("Die Datei ist leer.", "The file is empty.", file)
    if begin.startswith((b"<!doctype html", b"<html")):
        raise refused("Die Datei ist eine Webseite, kein Diagramm; vielleicht wurde eine Anmeldeseite gespeichert.",
                      "The file is a web page, no diagram; perhaps a sign-in page was saved.", file, line=1)
    if b"<!doctype" in begin:
        raise refused("Die Datei enthält eine DOCTYPE-Angabe. Bitte entfernen Sie sie.",
                      "The file has a DOCTYPE declaration. Please remove it.", file, line=1)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise refused("Die Datei ist kein lesbares XML (Zeile {line}): {text}",
                      "The file is not readable XML (line {line}): {text}", file, line=error.lineno or 1,
                      text=error.msg or "?") from error
    except ValueError as error:
        raise refused("Die Datei ist kein lesbares XML: {text}", "The file is not readable XML: {text}", file,
                      text=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise refused("Die Datei enthält eine DOCTYPE-Angabe. Bitte entfernen Sie sie.",
                      "The file has a DOCTYPE declaration. Please remove it.", file, line=1)
    return root


def is_xml(source: bytes) -> bool:
    """Whether *source* is XML that `read_xml` takes, whatever it says."""
    try:
        read_xml(source, "")
    except Invalid:
        return False
    return True


def refused(
    de: str, en: str, file: str, node: Any = None, *, element: str | None = None, line: int | None = None,
    **values: Any,
) -> Invalid:
    """An Invalid about one place in a file."""
    if node is not None:
        element, line = element or node.get("id"), line if line is not None else node.sourceline
    values = {"line": line, "element": element, **values}
    message = Sentence(de.format(**values), en.format(**values))
    return Invalid(message.de, message.en, findings=[Refusal(file, element, line, message)])


def picture(root: Any, file: str) -> Diagram:
    """The Diagram of a parsed definitions element."""
    lanes = tuple(_lanes(root))
    lane_of = {node: lane.id for lane in lanes for node in lane.nodes}
    processes: list[ProcessInfo] = []
    nodes: list[Node] = []
    flows: list[Flow] = []
    shared = details.shared_definitions(root)
    for process in root.findall(_b("process")):
        name = process.get("id", "")
        processes.append(ProcessInfo(
            name, process.get("name") or name, details.is_true(process, "isExecutable"), process.sourceline,
            documentation(process), process.get("isExecutable"), properties(process),
        ))
        nodes.extend(_nodes(process, name, None, lane_of, shared))
        flows.extend(_flow(flow, name) for flow in process.iter(_b("sequenceFlow")))
    kinds = {item.get("id"): (etree.QName(item).localname, item.get("name") or "")
             for item in root.iter(f"{{{BPMN}}}*") if item.get("id")}
    messages = {item.get("id", ""): item.get("name") or "" for item in root.findall(_b("message"))}
    return Diagram(
        file, tuple(processes), tuple(nodes), tuple(flows), lanes, messages,
        tuple(drawing.shapes(root, kinds, FLOW_NODES)), tuple(drawing.edges(root, kinds)), tuple(_extras(root)),
        tuple(foreign(root)), named=details.named(root), associations=tuple(details.associations(root)),
        participants=tuple(details.participants(root)), keys=tuple(details.correlation_keys(root)),
        correlations=tuple(details.correlation_properties(root)), subscriptions=tuple(details.subscriptions(root)),
        misplaced=tuple(_misplaced(root)), lost=tuple(details.lost_data(root)),
    )


def documentation(node: Any) -> str:
    """The text of an element's documentation, or ""."""
    found = node.find(_b("documentation"))
    return (found.text or "").strip() if found is not None else ""


def lanes_by_node(root: Any) -> dict[str, str]:
    """Which lane (its id) each node stands in; the innermost where lanes are nested."""
    return {node: lane.id for lane in _lanes(root) for node in lane.nodes}


def properties(node: Any) -> dict[str, str]:
    """An element's extension properties."""
    path = f"{_b('extensionElements')}/{{{_SPIFF}}}properties/{{{_SPIFF}}}property"
    return {item.get("name", ""): item.get("value", "") for item in node.findall(path)}


def is_event_process(node: Any) -> bool:
    """Whether the element is an event sub-process."""
    return details.is_true(node, "triggeredByEvent")


def starts_on_event(node: Any) -> bool:
    """Whether a sub-process has one start event, and that waits for something."""
    starts = node.findall(f"{{{BPMN}}}startEvent")
    return len(starts) == 1 and len(event_definitions(starts[0])) == 1


def is_compensation(node: Any) -> bool:
    """Whether the event is one of compensation."""
    return node.find(f"{{{BPMN}}}compensateEventDefinition") is not None


def event_definitions(node: Any) -> list[Any]:
    """The event definitions of a node: those that stand in it, and those of the file that it refers to."""
    found = [details.referred_definition(child) if child.tag == _b("eventDefinitionRef") else child for child in node
             if isinstance(child.tag, str) and child.tag.endswith(("EventDefinition", "eventDefinitionRef"))]
    return [definition for definition in found if definition is not None]


def _lanes(root: Any) -> Iterator[Lane]:
    for process in root.findall(_b("process")):
        for lane in process.iter(_b("lane")):
            nodes = tuple((ref.text or "").strip() for ref in lane.findall(_b("flowNodeRef")))
            yield Lane(lane.get("id", ""), lane.get("name") or lane.get("id", ""), process.get("id", ""), nodes)


def _nodes(
    scope: Any, process: str, parent: str | None, lane_of: dict[str, str], shared: dict[str, Any],
) -> Iterator[Node]:
    for item in scope:
        kind = etree.QName(item).localname if isinstance(item.tag, str) else ""
        if kind not in FLOW_NODES or etree.QName(item).namespace != BPMN:
            continue
        name = item.get("id", "")
        definition = next(iter(event_definitions(item)), None)
        yield Node(
            id=name, kind=kind, name=item.get("name") or "", process=process, parent=parent,
            lane=lane_of.get(name) or lane_of.get(parent or ""), line=item.sourceline,
            properties=properties(item), documentation=documentation(item),
            event=etree.QName(definition).localname.removesuffix("EventDefinition") if definition is not None else None,
            message=item.get("messageRef") or (definition.get("messageRef") if definition is not None else None),
            timer=_timer(definition), attached_to=item.get("attachedToRef"),
            interrupting=all(details.is_true(item, said, True) for said in ("cancelActivity", "isInterrupting")),
            called=_called(item), default=item.get("default"), multi=_multi(item),
            triggered=is_event_process(item),
            cycle=definition is not None and definition.find(_b("timeCycle")) is not None,
            details=details.details(item, shared),
        )
        if kind in ("subProcess", "transaction", "adHocSubProcess"):
            inherited = lane_of.get(name) or lane_of.get(parent or "")
            if inherited:
                lane_of[name] = inherited
            yield from _nodes(item, process, name, lane_of, shared)


def _extras(root: Any) -> Iterator[Extra]:
    idle = details.idle_data(root)
    for item in root.iter(*(_b(kind) for kind in sorted(_EXTRAS))):
        owner, kind = item.getparent(), etree.QName(item).localname
        if item in idle or (kind == "ioSpecification" and owner.tag == _b("process")):
            continue
        home = next(item.iterancestors(_b("process")), None)
        yield Extra(item.get("id") or owner.get("id", ""), kind, item.sourceline, owner.get("id", ""),
                    home.get("id", "") if home is not None else "")


def _misplaced(root: Any) -> Iterator[Extra]:
    for item in root.iter(f"{{{BPMN}}}*"):
        kind, owner = etree.QName(item).localname, item.getparent()
        homes = _homes(kind)
        if homes is None or owner is None or etree.QName(owner).localname in homes:
            continue
        home = next(item.iterancestors(_b("process")), None)
        yield Extra(item.get("id") or owner.get("id", ""), kind, item.sourceline, owner.get("id", ""),
                    home.get("id", "") if home is not None else "")


def _homes(kind: str) -> frozenset[str] | None:
    """In which elements one of this kind may stand; None where it does not matter here."""
    if kind in FLOW_NODES or kind == "sequenceFlow":
        return _SCOPES
    if kind.endswith(("EventDefinition", "eventDefinitionRef")):
        return _EVENTS
    if kind in ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
        return _ACTIVITIES
    return _ROOT if kind in ("message", "signal", "error", "escalation", "correlationProperty") else None


def _flow(flow: Any, process: str) -> Flow:
    condition = flow.find(_b("conditionExpression"))
    text = (condition.text or "").strip() if condition is not None else ""
    around = flow.getparent()
    parent = around.get("id", "") if around.tag != _b("process") else None
    return Flow(flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", ""), flow.get("name") or "",
                text or None, process, flow.sourceline, parent)


def _timer(definition: Any) -> str | None:
    if definition is None or not definition.tag.endswith("timerEventDefinition"):
        return None
    return next(((child.text or "").strip() for child in definition if isinstance(child.tag, str)
                 and etree.QName(child).localname in ("timeDate", "timeDuration", "timeCycle")), None)


def _called(node: Any) -> str | None:
    if node.get("calledElement"):
        return str(node.get("calledElement"))
    extensions = node.find(_b("extensionElements"))
    if extensions is None:
        return None
    operator = extensions.find(f"{{{_SPIFF}}}serviceTaskOperator")
    if operator is not None:
        return operator.get("id") or None
    return (extensions.findtext(f"{{{_SPIFF}}}calledDecisionId") or "").strip() or None


def _multi(node: Any) -> str | None:
    if node.find(_b("standardLoopCharacteristics")) is not None:
        return "loop"
    many = node.find(_b("multiInstanceLoopCharacteristics"))
    if many is None:
        return None
    return "sequential" if details.is_true(many, "isSequential") else "parallel"


def _b(name: str) -> str:
    return f"{{{BPMN}}}{name}"
