"""Rules about errors and escalations: what is thrown has a code, and somebody around catches it."""

from collections.abc import Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Definition, Diagram, Node

_WHAT: Mapping[str, Sentence] = {
    "error": Sentence("den Fehler", "the error"), "escalation": Sentence("die Eskalation", "the escalation"),
}
_THROWS = frozenset({"endEvent", "intermediateThrowEvent"})


@rule("error-without-code",
      "Legen Sie einen Fehler oder eine Eskalation mit einem Code an und wählen Sie sie im Ereignis aus.",
      "Add an error or an escalation with a code and choose it in the event.", severity="warning")
def error_without_code(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Without a code only those can catch it that catch anything (10.5.5)."""
    for node, one in _thrown(diagram):
        if not _code(diagram, one):
            yield rules.about(node, f"löst {_WHAT[one.kind].de} aus, aber ohne Code" if one.ref else
                              f"löst {_WHAT[one.kind].de} aus, nennt aber nicht welche"
                              f"{'n' if one.kind == 'error' else ''}",
                              f"throws {_WHAT[one.kind].en}, but without a code" if one.ref else
                              f"throws {_WHAT[one.kind].en}, but does not say which")


@rule("error-not-caught",
      "Setzen Sie an den Rand des Teilprozesses oder der Aufrufaktivität ein Ereignis, das ihn auffängt, oder zeichnen "
      "Sie einen Ereignis-Teilprozess.",
      "Put an event that catches it on the edge of the sub-process or the call activity, or draw an event "
      "sub-process.", severity="warning")
def error_not_caught(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An error or an escalation that nobody around catches ends the process, or is lost (10.5.6).

    Around it are its sub-processes, their event sub-processes, and the call
    activities that call its process, as far as their diagrams are at hand.
    """
    for node, one in _thrown(diagram):
        if not _caught(diagram, node, one.kind, _code(diagram, one), known, set()):
            yield rules.about(node, f"löst {_WHAT[one.kind].de} „{_code(diagram, one) or '?'}“ aus, "
                              f"{'den' if one.kind == 'error' else 'die'} niemand auffängt",
                              f"throws {_WHAT[one.kind].en} “{_code(diagram, one) or '?'}”, which nobody catches")


def _thrown(diagram: Diagram) -> Iterator[tuple[Node, Definition]]:
    return ((node, one) for node in diagram.nodes if node.kind in _THROWS
            for one in node.details.definitions if one.kind in _WHAT)


def _code(diagram: Diagram, one: Definition) -> str:
    named = diagram.named.get(one.ref or "")
    return named.code if named is not None else ""


def _caught(diagram: Diagram, node: Node, kind: str, code: str, known: Known, seen: set[str]) -> bool:
    places = [*rules.around(diagram, node)]
    beside = [[one for one in diagram.nodes if one.process == node.process and one.parent is None]]
    beside += [diagram.inside(place.id) for place in places]
    for nodes in beside:
        for process in nodes:
            starts = diagram.inside(process.id) if process.triggered and process not in places else []
            if any(start.kind == "startEvent" and _fits(diagram, start, kind, code) for start in starts):
                return True
    if any(_fits(diagram, event, kind, code) for place in places for event in diagram.attached(place.id)):
        return True
    return any(_caught_by_caller(other, node.process, kind, code, known, seen) for other in _callers(diagram, known))


def _callers(diagram: Diagram, known: Known) -> list[Diagram]:
    others = [one for one in known.processes.values() if isinstance(one, Diagram)] \
        if isinstance(known.processes, Mapping) else []
    return [diagram, *(one for one in {id(other): other for other in others}.values() if one.file != diagram.file)]


def _caught_by_caller(diagram: Diagram, process: str, kind: str, code: str, known: Known, seen: set[str]) -> bool:
    for node in diagram.nodes:
        key = f"{diagram.file}#{node.id}"
        if node.kind != "callActivity" or node.called != process or key in seen:
            continue
        seen.add(key)
        if any(_fits(diagram, event, kind, code) for event in diagram.attached(node.id)) \
                or _caught(diagram, node, kind, code, known, seen):
            return True
    return False


def _fits(diagram: Diagram, event: Node, kind: str, code: str) -> bool:
    return any(one.kind == kind and (not one.ref or _code(diagram, one) in ("", code))
               for one in event.details.definitions)


RULES = (error_without_code, error_not_caught)
