"""A diagram as a table: what it says, for whoever does not look at the drawing."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.definitions.rules import PEOPLE, SUB_PROCESSES, body_of
from engine.errors import Sentence
from engine.spiff import Diagram, Node

KINDS: Mapping[str, Sentence] = {
    "startEvent": Sentence("Beginn", "Start"),
    "endEvent": Sentence("Ende", "End"),
    "intermediateCatchEvent": Sentence("Warten auf Ereignis", "Wait for event"),
    "intermediateThrowEvent": Sentence("Ereignis auslösen", "Throw event"),
    "boundaryEvent": Sentence("Ereignis während der Aufgabe", "Event during the task"),
    "task": Sentence("Aufgabe", "Task"),
    "userTask": Sentence("Aufgabe mit Formular", "Task with form"),
    "manualTask": Sentence("Aufgabe", "Task"),
    "scriptTask": Sentence("Berechnung", "Script"),
    "serviceTask": Sentence("Automatischer Schritt", "Automatic step"),
    "sendTask": Sentence("Nachricht senden", "Send message"),
    "receiveTask": Sentence("Nachricht abwarten", "Wait for message"),
    "businessRuleTask": Sentence("Entscheidungstabelle", "Decision table"),
    "subProcess": Sentence("Teilprozess", "Sub-process"),
    "transaction": Sentence("Transaktion", "Transaction"),
    "callActivity": Sentence("Anderer Prozess", "Other process"),
    "exclusiveGateway": Sentence("Entweder-oder", "Either or"),
    "parallelGateway": Sentence("Gleichzeitig", "At the same time"),
    "inclusiveGateway": Sentence("Eines oder mehrere", "One or more"),
    "eventBasedGateway": Sentence("Was zuerst eintritt", "Whatever comes first"),
}
EVENT_PROCESS = Sentence("Ereignis-Teilprozess", "Event sub-process")


@dataclass(frozen=True)
class Way:
    """Where it goes on: the next element, and when that way is taken ("" always)."""

    element: str
    name: str
    when: str
    otherwise: bool
    """whether this way is taken if no other condition holds"""


@dataclass(frozen=True)
class Row:
    """One element of a diagram in words."""

    id: str
    name: str
    kind: str
    kind_name: Sentence
    who: str
    """name of the lane; for a task whose body the process works out, nothing"""
    body: str
    """key of the body a task waits for, as far as it is fixed"""
    form: str
    """key of the form as process/form"""
    called: str
    timers: tuple[str, ...]
    """the times of a timer event or of the timers attached to it, and the deadline of a task"""
    next: tuple[Way, ...]
    inside: str
    """the sub-process it stands in"""
    documentation: str


def steps(diagram: Diagram) -> list[Row]:
    """The rows of the table of steps, in the order in which the ways of the diagram pass them."""
    lanes = {lane.id: lane.name for lane in diagram.lanes}
    return [_row(diagram, node, lanes) for node in _in_order(diagram)]


def _row(diagram: Diagram, node: Node, lanes: Mapping[str, str]) -> Row:
    people = node.kind in PEOPLE
    form = node.properties.get("form", "") if people else ""
    body = body_of(node) if people else ""
    said = EVENT_PROCESS if node.triggered else KINDS.get(node.kind, Sentence(node.kind, node.kind))
    return Row(
        id=node.id, name=node.name or node.id, kind=node.kind, kind_name=said,
        who="" if body is None else lanes.get(node.lane or "", ""), body=body or "",
        form=f"{node.process}/{form}" if form else "", called=node.called or "", timers=tuple(_timers(diagram, node)),
        next=tuple(_ways(diagram, node)), inside=node.parent or "", documentation=node.documentation,
    )


def _timers(diagram: Diagram, node: Node) -> list[str]:
    attached = [one for one in diagram.nodes if one.attached_to == node.id]
    found = [one.timer.strip("\"'") for one in (node, *attached) if one.timer]
    due, days = node.properties.get("due"), node.properties.get("due_working_days")
    return [*([due] if due else []), *([f"{days} AT"] if days else []), *found]


def _ways(diagram: Diagram, node: Node) -> list[Way]:
    ways = []
    for flow in diagram.leaving(node.id):
        target = diagram.node(flow.target)
        if target is not None:
            ways.append(Way(target.id, target.name or target.id, flow.name or flow.condition or "",
                            flow.id == node.default))
    return ways


def _in_order(diagram: Diagram) -> list[Node]:
    placed: dict[str, Node] = {}
    for process in diagram.processes:
        _place(diagram, [one for one in diagram.nodes if one.process == process.id and not one.parent], placed)
    return list(placed.values())


def _place(diagram: Diagram, nodes: list[Node], placed: dict[str, Node]) -> None:
    own = {node.id: node for node in nodes}
    starts = [node.id for node in nodes if node.kind == "startEvent"]
    ahead = [*(node.id for node in reversed(nodes)), *reversed(starts)]
    while ahead:
        node = own.get(ahead.pop())
        if node is None or node.id in placed or (node.kind == "boundaryEvent" and node.attached_to not in placed):
            continue
        placed[node.id] = node
        if node.kind in SUB_PROCESSES:
            _place(diagram, [one for one in diagram.nodes if one.parent == node.id], placed)
        ahead += [flow.target for flow in reversed(diagram.leaving(node.id))]
        ahead += [one.id for one in nodes if one.attached_to == node.id]
