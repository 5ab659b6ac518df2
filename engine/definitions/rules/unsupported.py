"""The rule about what we do not run at all: each with what to draw instead."""

from collections.abc import Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram

_DATA = Sentence(
    "Was ein Schritt erfährt, steht allen folgenden unter seinem Namen zur Verfügung, ohne Datenobjekt. Zum Umrechnen "
    "dient eine Skriptaufgabe, zum Zeigen eine Textanmerkung.",
    "What a step learns is there for all that follow, by its name and without a data object. Use a script task to work "
    "something out, a text annotation to show it.")
_STORE = Sentence(
    "Lesen und schreiben Sie Bestände mit einer Dienstaufgabe.", "Read and write stores with a service task.")
_NODES: Mapping[str, tuple[Sentence, Sentence]] = {
    "complexGateway": (
        Sentence("ein komplexes Gateway", "a complex gateway"),
        Sentence("Nehmen Sie ein exklusives, inklusives oder paralleles Gateway; „zwei von drei“ zeichnen Sie als "
                 "Mehrfachausführung mit einer Abbruchbedingung (completionCondition).",
                 "Use an exclusive, inclusive or parallel gateway; draw “two of three” as multiple instances with a "
                 "completion condition.")),
    "adHocSubProcess": (
        Sentence("ein Ad-hoc-Teilprozess", "an ad-hoc sub-process"),
        Sentence("Nehmen Sie einen Teilprozess, in dem ein inklusives Gateway die Aufgaben auswählt, oder eine "
                 "Schleife, in der eine Aufgabe fragt, was als Nächstes kommt.",
                 "Use a sub-process in which an inclusive gateway chooses the tasks, or a loop in which a task asks "
                 "what comes next.")),
}
_EXTRAS: Mapping[str, Sentence] = {
    "ioSpecification": Sentence(
        "Löschen Sie sie: Jeder Schritt sieht alle Angaben des Vorgangs, und was er angibt, sehen die folgenden. Was "
        "ein aufgerufener Prozess bekommt und zurückgibt, sagt die ioSpecification dieses Prozesses.",
        "Delete it: every step sees all process data, and those that follow see what it gives. What a called process "
        "gets and hands back is said by the ioSpecification of that process."),
    "dataObject": _DATA, "dataObjectReference": _DATA, "dataStore": _STORE, "dataStoreReference": _STORE,
    "choreography": Sentence("Zeichnen Sie, was jede Seite tut, als Prozess; Nachrichten verbinden die Prozesse.",
                             "Draw what each side does as a process; messages connect the processes."),
}


@rule("unsupported-element",
      "Bitte modellieren Sie den Ablauf mit anderen Elementen; die Engine würde es falsch ausführen.",
      "Please model this with other elements; the engine would run it wrongly.")
def unsupported_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What the engine runs wrongly or not at all is not taken."""
    for node in diagram.nodes:
        if node.kind in _NODES:
            said, instead = _NODES[node.kind]
            yield rules.about(node, f"ist {said.de}, was nicht unterstützt wird",
                              f"is {said.en}, which is not supported", instead)
        if node.triggered and any(rules.has(inner, "compensate") and inner.kind == "startEvent"
                                  for inner in diagram.inside(node.id)):
            yield rules.about(
                node, "ist ein Ereignis-Teilprozess zur Kompensation, was nicht unterstützt wird",
                "is an event sub-process for compensation, which is not supported",
                Sentence("Setzen Sie an den Rand jeder Aktivität, die rückgängig zu machen ist, ein "
                         "Kompensationsereignis mit einer Aktivität.",
                         "Put a compensation event with an activity on the edge of each activity that can be "
                         "undone."))
        if node.triggered and node.details.loop is not None:
            yield rules.about(
                node, "ist ein Ereignis-Teilprozess, der mehrfach ausgeführt werden soll, was nicht unterstützt wird",
                "is an event sub-process that is to be done several times, which is not supported",
                Sentence("Zeichnen Sie in ihm einen Teilprozess, der mehrfach ausgeführt wird.",
                         "Draw a sub-process inside it that is done several times."))
    for extra in diagram.extras:
        element = extra.owner if extra.kind == "ioSpecification" else extra.id
        yield Complaint(element, extra.line, f"„{element}“ ({extra.kind}) wird nicht unterstützt.",
                        f"“{element}” ({extra.kind}) is not supported.", extra.process, _EXTRAS.get(extra.kind))


RULES = (unsupported_element,)
