"""Rules about compensation: who undoes what (BPMN 2.0.2, 10.7)."""

from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node


@rule("compensation-handler",
      "Ziehen Sie vom Randereignis eine Assoziation zu einer Aktivität, die rückgängig macht, und kennzeichnen Sie "
      "diese mit isForCompensation=\"true\".",
      "Draw an association from the boundary event to one activity that undoes, and mark that with "
      "isForCompensation=\"true\".")
def compensation_handler(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A boundary event for compensation is associated with one activity that is for compensation (10.7.1)."""
    handlers = set[str]()
    for node in diagram.nodes:
        if node.kind != "boundaryEvent" or not rules.has(node, "compensate"):
            continue
        found = handlers_of(diagram, node)
        handlers |= {one.id for one in found}
        if len(found) != 1:
            yield rules.about(
                node, "ist durch keine Assoziation mit einer Aktivität verbunden" if not found else
                f"ist mit {len(found)} Aktivitäten verbunden, möglich ist eine",
                "is not associated with an activity" if not found else
                f"is associated with {len(found)} activities, one is possible")
        beside = diagram.attached(node.attached_to or "")
        first = next((one for one in beside if rules.has(one, "compensate")), node)
        if first is not node:
            yield rules.about(node, f"haftet an derselben Aktivität wie „{rules.named(first)}“; nur eines kann sie "
                              "rückgängig machen", f"is attached to the same activity as “{rules.named(first)}”; only "
                              "one can undo it", Sentence("Löschen Sie eines der beiden Randereignisse; mehrere "
                              "Schritte zeichnen Sie als Teilprozess.", "Delete one of the two boundary events; draw "
                              "several steps as a sub-process."))
        for one in found:
            if not one.details.for_compensation:
                yield rules.about(
                    one, f"gehört zu „{rules.named(node)}“, ist aber nicht als Kompensation gekennzeichnet",
                    f"belongs to “{rules.named(node)}”, but is not marked as compensation",
                    Sentence("Setzen Sie isForCompensation=\"true\".", "Set isForCompensation=\"true\"."))
    for node in diagram.nodes:
        if node.details.for_compensation and node.id not in handlers:
            yield rules.about(node, "dient der Kompensation, aber kein Randereignis führt zu ihm",
                              "is for compensation, but no boundary event leads to it")


@rule("compensation-beyond",
      "Lassen Sie die Kompensation auf ihr Ende warten und setzen Sie sie an eine Aktivität, die einmal geschieht; was "
      "dabei schiefgehen kann, gehört in einen Teilprozess, der sie ausführt.",
      "Let the compensation be waited for, and put it on an activity that is done once; what may go wrong in it "
      "belongs in a sub-process that does it.")
def compensation_beyond(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Which of several times is to be undone, what comes of a failure, and not to wait: that is not supported."""
    for node in diagram.nodes:
        if any(one.kind == "compensate" and not one.waits for one in node.details.definitions):
            yield rules.about(node, "wartet nicht auf das Ende der Kompensation (waitForCompletion=\"false\")",
                              "does not wait for the compensation to end (waitForCompletion=\"false\")")
        host = diagram.node(node.attached_to or "")
        if host is not None and rules.has(node, "compensate") and _repeated(diagram, host):
            yield rules.about(node, f"soll „{rules.named(host)}“ rückgängig machen, das mehrfach ausgeführt wird",
                              f"is to undo “{rules.named(host)}”, which is done several times")
        if node.details.for_compensation and (diagram.attached(node.id) or node.details.loop is not None):
            yield rules.about(node, "dient der Kompensation und hat ein Ereignis am Rand oder wird mehrfach ausgeführt",
                              "is for compensation and has an event at its edge or is done several times")


def _repeated(diagram: Diagram, activity: Node) -> bool:
    return any(one.details.loop is not None for one in (activity, *rules.around(diagram, activity)))


@rule("nothing-to-compensate",
      "Setzen Sie an den Rand der genannten Aktivität ein Kompensationsereignis, oder nennen Sie eine, die eines hat.",
      "Put a compensation event on the edge of the activity it names, or name one that has one.")
def nothing_to_compensate(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What is to be undone can be undone (10.7.2)."""
    for node in diagram.nodes:
        for one in node.details.definitions:
            named = diagram.node(one.ref or "")
            if one.kind != "compensate" or node.kind not in ("intermediateThrowEvent", "endEvent") or named is None:
                continue
            if not _can_be_undone(diagram, named):
                yield rules.about(node, f"soll „{rules.named(named)}“ rückgängig machen, wofür nichts gezeichnet ist",
                                  f"is to undo “{rules.named(named)}”, for which nothing is drawn")


def handlers_of(diagram: Diagram, event: Node) -> list[Node]:
    """The activities that a boundary event is associated with."""
    ends = [one.target for one in diagram.associations if one.source == event.id]
    ends += [one.source for one in diagram.associations if one.target == event.id]
    found = (diagram.node(end) for end in dict.fromkeys(ends))
    return [node for node in found if node is not None and node.kind in rules.ACTIVITIES]


def _can_be_undone(diagram: Diagram, activity: Node) -> bool:
    """By an event at its edge or, of a sub-process, by what is drawn in it."""
    inside = rules.within(diagram, activity)
    return any(rules.has(event, "compensate") for one in (activity, *inside) for event in diagram.attached(one.id)) \
        or any(node.kind == "startEvent" and rules.has(node, "compensate") for node in inside)


RULES = (compensation_handler, compensation_beyond, nothing_to_compensate)
