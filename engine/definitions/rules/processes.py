"""Rules about a file as a whole: its processes, its ids, its beginnings and ends, its drawing."""

import re
from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node

MOST_ELEMENTS = 1000
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_NO_PROCESS = {
    "choreography": Sentence("eine Choreographie", "a choreography"),
    "globalChoreographyTask": Sentence("eine Choreographie", "a choreography"),
    "conversation": Sentence("Konversationen", "conversations"),
}


@rule("not-executable", "Setzen Sie beim Prozess isExecutable=\"true\".", "Set isExecutable=\"true\" on the process.",
      whole=True)
def not_executable(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Only processes marked as executable can be started; a missing mark means different things to different tools.

    Beside one that is executable, another may well be there for the reader alone.
    """
    if not diagram.processes:
        there = next((_NO_PROCESS[one.kind] for one in diagram.extras if one.kind in _NO_PROCESS), None)
        yield Complaint(
            "", None, f"Die Datei enthält keinen Prozess{f', nur {there.de}' if there else ''}.",
            f"The file holds no process{f', only {there.en}' if there else ''}.", "",
            Sentence("Zeichnen Sie, was jede Seite tut, als Prozess mit isExecutable=\"true\"; Nachrichten verbinden "
                     "die Prozesse.",
                     "Draw what each side does as a process with isExecutable=\"true\"; messages connect the "
                     "processes."))
    runs = any(process.executable for process in diagram.processes)
    for process in diagram.processes:
        if process.executable or not any(node.process == process.id for node in diagram.nodes):
            continue
        said = f" (isExecutable=\"{process.said}\")" if process.said not in (None, "false") else ""
        yield Complaint(process.id, process.line,
                        f"Der Prozess „{process.name}“ ist nicht als ausführbar gekennzeichnet{said}.",
                        f"The process “{process.name}” is not marked as executable{said}.", process.id,
                        _ONLY_DRAWN if runs else None, "warning" if runs else None)


_ONLY_DRAWN = Sentence("Er wird nur gezeigt. Soll er laufen, setzen Sie isExecutable=\"true\".",
                       "It is only shown. If it is to run, set isExecutable=\"true\".")


@rule("too-large",
      f"Höchstens {MOST_ELEMENTS} Elemente; lagern Sie Teile in eigene Prozesse aus und rufen Sie sie auf.",
      f"At most {MOST_ELEMENTS} elements; move parts into processes of their own and call them.", whole=True)
def too_large(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """The engine reads a diagram recursively, and nobody could read it at all."""
    if len(diagram.nodes) > MOST_ELEMENTS:
        yield Complaint("", None, f"Das Diagramm hat {len(diagram.nodes)} Elemente.",
                        f"The diagram has {len(diagram.nodes)} elements.")


@rule("duplicate-id", "Jede Kennung darf nur einmal vorkommen.", "Each id may occur only once.", whole=True)
def duplicate_id(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Of two elements with one id the engine keeps the second."""
    every = [(one.id, one.line) for one in diagram.processes]
    every += [(one.id, one.line) for one in diagram.nodes] + [(one.id, one.line) for one in diagram.flows if one.id]
    told: set[str] = set()
    for ident, line in every:
        if ident in told:
            yield Complaint(ident, line, f"Die Kennung „{ident}“ ist schon vergeben.",
                            f"The id “{ident}” is already taken.")
        told.add(ident)


@rule("reserved-id",
      "Erlaubt sind Buchstaben ohne Umlaute, Ziffern, _ und -; die Engine braucht Start, End und Root selbst.",
      "Allowed are ASCII letters, digits, _ and -; the engine needs Start, End and Root for itself.")
def reserved_id(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """The engine makes elements of its own, named Start, End, Root and with a dot behind an id."""
    every = [(one.id, one.line) for one in diagram.processes] + [(one.id, one.line) for one in diagram.nodes]
    for ident, line in every:
        if ident in ("Start", "End", "Root") or not _ID.fullmatch(ident):
            yield Complaint(ident, line, f"Die Kennung „{ident}“ kann nicht verwendet werden.",
                            f"The id “{ident}” cannot be used.")


@rule("missing-start-event", "Jeder Prozess und jeder Teilprozess beginnt mit einem Startereignis.",
      "Each process and sub-process begins with a start event.")
def missing_start_event(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Without a start event nothing begins; a sub-process needs exactly one.

    A process may also begin with a receive task or an event-based gateway
    that says so (instantiate).
    """
    for scope, line, nodes in rules.scopes(diagram):
        starts = [node for node in nodes if node.kind == "startEvent"]
        begins = starts or any(_begins(diagram, node) for node in nodes)
        if not begins and (nodes or diagram.node(scope) is not None) and not _is_ad_hoc(diagram, scope):
            yield Complaint(scope, line, f"In „{scope}“ fehlt ein Startereignis.", f"“{scope}” has no start event.")
        elif len(starts) > 1 and starts[0].parent:
            yield Complaint(scope, line, f"Der Teilprozess „{scope}“ hat mehrere Startereignisse.",
                            f"The sub-process “{scope}” has several start events.")


@rule("missing-end-event", "Führen Sie jeden Weg zu einem benannten Endereignis.",
      "Lead each way to a named end event.")
def missing_end_event(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A process without an end event never completes."""
    for scope, line, nodes in rules.scopes(diagram):
        if nodes and not _is_ad_hoc(diagram, scope) and not any(node.kind == "endEvent" for node in nodes):
            yield Complaint(scope, line, f"In „{scope}“ fehlt ein Endereignis; er würde nie fertig.",
                            f"“{scope}” has no end event; it would never finish.")


@rule("unreachable-element", "Verbinden Sie das Element mit dem übrigen Ablauf oder löschen Sie es.",
      "Connect the element with the rest or delete it.")
def unreachable_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What no way leads to is never done, and nobody would notice."""
    handlers: dict[str, list[str]] = {}
    for one in diagram.associations:
        handlers.setdefault(one.source, []).append(one.target)
        handlers.setdefault(one.target, []).append(one.source)
    for _, _, nodes in rules.scopes(diagram):
        begins = [node for node in nodes if node.kind == "startEvent" or node.triggered or _begins(diagram, node)]
        if not any(not node.triggered for node in begins):
            continue
        own = {node.id: node for node in nodes}
        # a link that nothing leads to is the business of the rule about links
        begins += [node for node in nodes if node.kind == "intermediateCatchEvent" and rules.has(node, "link")]
        reached, ahead = set[str](), [node.id for node in begins]
        while ahead:
            at = own.get(ahead.pop())
            if at is None or at.id in reached:
                continue
            reached.add(at.id)
            ahead += [flow.target for flow in diagram.leaving(at.id)] + [one.id for one in diagram.attached(at.id)]
            if at.kind == "boundaryEvent" and rules.has(at, "compensate"):
                ahead += handlers.get(at.id, [])
        for node in nodes:
            if node.id not in reached and not node.details.for_compensation:
                yield rules.about(node, "ist von keinem Startereignis aus zu erreichen",
                                  "cannot be reached from any start event")


@rule("misplaced-element",
      "Zeichnen Sie es dort, wo es hingehört: Elemente und Pfeile in einen Prozess oder Teilprozess, "
      "Ereignisdefinitionen in ein Ereignis, Wiederholungen in eine Aktivität.",
      "Draw it where it belongs: elements and flows in a process or sub-process, event definitions in an event, loops "
      "in an activity.")
def misplaced_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What stands inside something else in the file is read by nobody."""
    for one in diagram.misplaced:
        yield Complaint(one.id, one.line, f"„{one.id}“ ({one.kind}) steht in der Datei, wo es nicht stehen kann.",
                        f"“{one.id}” ({one.kind}) stands in the file where it cannot stand.", one.process)


@rule("missing-id", "Geben Sie ihr eine Kennung (id) und nennen Sie diese in den Ereignissen, die sie meinen.",
      "Give it an id, and name that in the events that mean it.")
def missing_id(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A message, signal, error or escalation without an id cannot be referred to, and the engine stumbles over it."""
    nameless = diagram.named.get("")
    if nameless is not None:
        what = _NAMELESS[nameless.kind]
        yield Complaint("", nameless.line, f"{what.de} „{nameless.name}“ fehlt die Kennung.",
                        f"The {what.en} “{nameless.name}” has no id.")


_NAMELESS = {
    "message": Sentence("Der Nachricht", "message"), "signal": Sentence("Dem Signal", "signal"),
    "error": Sentence("Dem Fehler", "error"), "escalation": Sentence("Der Eskalation", "escalation"),
}


@rule("several-starts",
      "Lassen Sie eines davon weg, oder sagen Sie von jedem, womit es beginnt: mit einer Nachricht, einer Zeit oder "
      "einem Signal.",
      "Leave one of them out, or say of each what it begins with: a message, a time or a signal.")
def several_starts(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Whoever starts a process by hand cannot say which of several start events is meant (10.5.2)."""
    for process in diagram.processes:
        starts = [node for node in diagram.nodes if node.process == process.id and node.parent is None
                  and node.kind == "startEvent" and not node.details.definitions and not node.details.lost]
        for node in starts[1:]:
            yield rules.about(node, f"beginnt den Prozess ohne Ereignis, wie schon „{rules.named(starts[0])}“",
                              f"begins the process without an event, as “{rules.named(starts[0])}” does")


def _is_ad_hoc(diagram: Diagram, scope: str) -> bool:
    node = diagram.node(scope)
    return node is not None and node.kind == "adHocSubProcess"


def _begins(diagram: Diagram, node: Node) -> bool:
    return node.details.instantiates and node.parent is None and not diagram.entering(node.id)


@rule("dead-element", "Führen Sie den Weg weiter, am besten zu einem benannten Endereignis.",
      "Lead the way on, best to a named end event.", severity="warning")
def dead_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Where a process has end events, a way that stops without one was forgotten (BPMN 2.0.2, 10.5.3)."""
    for _, _, nodes in rules.scopes(diagram):
        if not any(node.kind == "endEvent" for node in nodes):
            continue
        for node in nodes:
            apart = node.kind in ("endEvent", "boundaryEvent", "startEvent") or node.triggered
            apart = apart or rules.has(node, "link") or node.details.for_compensation
            if not apart and not diagram.leaving(node.id):
                yield rules.about(node, "ist das Ende eines Weges, aber kein Endereignis",
                                  "is the end of a way, but no end event", None,
                                  "error" if node.kind in rules.GATEWAYS else None)
            elif node.kind == "startEvent" and not diagram.leaving(node.id):
                yield rules.about(node, "führt nirgendwohin", "leads nowhere", None, "error")


@rule("missing-diagram-part", "Der Ablauf läuft, ist aber nicht zu sehen. Zeichnen Sie das Element im Editor neu ein.",
      "It runs but cannot be seen. Draw the element again in the editor.", severity="warning", whole=True)
def missing_diagram_part(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What is not drawn cannot be seen on the picture."""
    drawn = {shape.element for shape in diagram.shapes} | {edge.element for edge in diagram.edges}
    if not drawn and diagram.nodes:
        yield Complaint("", None, "Die Datei enthält keine Zeichnung.", "The file holds no drawing.")
        return
    every = [(one.id, one.name, one.line) for one in diagram.nodes]
    for ident, name, line in every + [(one.id, one.name, one.line) for one in diagram.flows if one.id]:
        if ident not in drawn:
            yield Complaint(ident, line, f"„{name or ident}“ ist nicht gezeichnet.", f"“{name or ident}” is not drawn.")


RULES = (
    not_executable, too_large, duplicate_id, reserved_id, missing_id, misplaced_element, missing_start_event,
    several_starts, missing_end_event, unreachable_element, dead_element, missing_diagram_part,
)
