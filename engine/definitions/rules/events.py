"""Rules about events: which may stand where, what they interrupt, what is attached to what (BPMN 2.0.2, 10.5)."""

from collections.abc import Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node

KINDS: Mapping[str, Sentence] = {
    "message": Sentence("eine Nachricht", "a message"), "timer": Sentence("eine Zeit", "a time"),
    "signal": Sentence("ein Signal", "a signal"), "error": Sentence("einen Fehler", "an error"),
    "escalation": Sentence("eine Eskalation", "an escalation"),
    "conditional": Sentence("eine Bedingung", "a condition"), "link": Sentence("einen Link", "a link"),
    "compensate": Sentence("eine Kompensation", "a compensation"), "cancel": Sentence("einen Abbruch", "a cancel"),
    "terminate": Sentence("eine Terminierung", "a terminate"),
}
"""What an event has, in the accusative."""
_ALLOWED: Mapping[str, frozenset[str]] = {
    "start": frozenset({"message", "timer", "signal"}),
    "event process": frozenset({"message", "timer", "conditional", "signal", "error", "escalation", "compensate"}),
    "sub-process": frozenset(),
    "catch": frozenset({"message", "timer", "conditional", "signal", "link"}),
    "throw": frozenset({"message", "signal", "escalation", "compensate", "link"}),
    "boundary": frozenset({"message", "timer", "conditional", "signal", "error", "escalation", "compensate",
                           "cancel"}),
    "end": frozenset({"message", "signal", "error", "escalation", "compensate", "cancel", "terminate"}),
}
"""Which event definitions may stand where (10.5.5, table of event types); "start" is the start of a process.

The standard also lets a process begin with a condition.  There are no data yet
that it could be about, and nobody would look at it.
"""
_PLACES: Mapping[str, Sentence] = {
    "start": Sentence("Startereignis eines Prozesses", "start event of a process"),
    "event process": Sentence("Startereignis eines Ereignis-Teilprozesses", "start event of an event sub-process"),
    "sub-process": Sentence("Startereignis eines Teilprozesses", "start event of a sub-process"),
    "catch": Sentence("auffangendes Zwischenereignis", "intermediate catch event"),
    "throw": Sentence("auslösendes Zwischenereignis", "intermediate throw event"),
    "boundary": Sentence("Randereignis", "boundary event"), "end": Sentence("Endereignis", "end event"),
}
_INSTEAD: Mapping[tuple[str, str], Sentence] = {
    ("catch", "error"): Sentence("Fehler werden am Rand einer Aktivität oder vom Start eines Ereignis-Teilprozesses "
                                 "aufgefangen.",
                                 "Errors are caught at the edge of an activity or by the start of an event "
                                 "sub-process."),
    ("throw", "error"): Sentence("Einen Fehler löst nur ein Endereignis aus; soll es weitergehen, nehmen Sie eine "
                                 "Eskalation.",
                                 "Only an end event throws an error; if it is to go on, use an escalation."),
    ("throw", "terminate"): Sentence("Alles zu beenden vermag nur ein Endereignis.",
                                     "Only an end event can end everything."),
    ("start", "conditional"): Sentence(
        "Beginnen Sie mit einer Zeit oder einer Nachricht und warten Sie danach auf die Bedingung.",
        "Begin with a time or a message, and wait for the condition afterwards."),
    ("start", "error"): Sentence("Ein Prozess beginnt ohne Ereignis, mit einer Nachricht, einer Zeit, einem Signal "
                                 "oder einer Bedingung.",
                                 "A process begins with no event, a message, a time, a signal or a condition."),
}


def place_of(diagram: Diagram, node: Node) -> str | None:
    """Where an event stands, as a key of the table of allowed definitions; None for what is no event."""
    if node.kind == "startEvent":
        outer = diagram.node(node.parent) if node.parent else None
        return "start" if outer is None else "event process" if outer.triggered else "sub-process"
    return {"intermediateCatchEvent": "catch", "intermediateThrowEvent": "throw", "boundaryEvent": "boundary",
            "endEvent": "end"}.get(node.kind)


@rule("event-position",
      "Nehmen Sie ein Ereignis, das dort stehen darf: Zwischenereignisse fangen Nachricht, Zeit, Signal, Bedingung und "
      "Link auf, Fehler und Abbruch fängt ein Randereignis.",
      "Use an event that may stand there: intermediate events catch a message, a time, a signal, a condition or a "
      "link; an error or a cancel is caught by a boundary event.")
def event_position(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Each kind of event may have certain definitions only, and what waits must have one (10.5.5)."""
    for node in diagram.nodes:
        place = place_of(diagram, node)
        if place is None:
            continue
        for one in node.details.definitions:
            if one.kind not in _ALLOWED[place]:
                said = KINDS.get(one.kind, Sentence(one.kind, one.kind))
                yield rules.about(node, f"hat als {_PLACES[place].de} {said.de}, was dort nicht möglich ist",
                                  f"has {said.en} as {_PLACES[place].en}, which is not possible there",
                                  _INSTEAD.get((place, one.kind)))
        if place in ("catch", "boundary") and not node.details.definitions and not node.details.lost:
            yield rules.about(node, f"ist ein {_PLACES[place].de}, wartet aber auf nichts",
                              f"is an {_PLACES[place].en}, but waits for nothing" if place == "catch" else
                              f"is a {_PLACES[place].en}, but waits for nothing", _WAIT_FOR)


_WAIT_FOR = Sentence("Legen Sie fest, worauf es wartet, zum Beispiel eine Nachricht oder eine Zeit; sonst löschen Sie "
                     "es.", "Say what it waits for, a message or a time for example; otherwise delete it.")


@rule("always-interrupts",
      "Löschen Sie cancelActivity=\"false\" oder isInterrupting=\"false\"; soll die Aktivität weitergehen, nehmen Sie "
      "eine Eskalation.",
      "Delete cancelActivity=\"false\" or isInterrupting=\"false\"; if the activity is to go on, use an escalation.")
def always_interrupts(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An error and a cancel end what they happen in; a compensation comes when it is over (10.5.4, 10.5.6)."""
    for node in diagram.nodes:
        place = place_of(diagram, node)
        ends = {"boundary": ("error", "cancel"), "event process": ("error", "compensate")}.get(place or "", ())
        if not node.interrupting and rules.has(node, *ends):
            yield rules.about(node, "soll nicht unterbrechen, was bei dieser Art von Ereignis nicht möglich ist",
                              "is not to interrupt, which this kind of event cannot do")


@rule("cancel-outside-transaction",
      "Setzen Sie das Abbruchende unmittelbar in eine Transaktion und an deren Rand ein Ereignis, das den Abbruch "
      "auffängt; oder nehmen Sie einen Fehler oder eine Eskalation.",
      "Put the cancel end event directly into a transaction and on its edge an event that catches the cancel; or use "
      "an error or an escalation.")
def cancel_outside_transaction(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Only a transaction is cancelled: by an end inside it, caught at its edge (10.5.3, 10.5.4)."""
    for node in diagram.nodes:
        if not rules.has(node, "cancel"):
            continue
        host = diagram.node(node.attached_to or "")
        if node.kind == "boundaryEvent" and host is not None and host.kind != "transaction":
            yield rules.about(node, f"fängt einen Abbruch von „{rules.named(host)}“ auf, das keine Transaktion ist",
                              f"catches a cancel of “{rules.named(host)}”, which is no transaction")
        elif node.kind == "endEvent":
            within = diagram.node(node.parent or "")
            if within is None or within.kind != "transaction":
                yield rules.about(node, "bricht eine Transaktion ab, steht aber nicht unmittelbar in einer",
                                  "cancels a transaction, but does not stand directly in one")
            elif not any(rules.has(one, "cancel") for one in diagram.attached(within.id)):
                yield rules.about(node, f"bricht „{rules.named(within)}“ ab, an deren Rand nichts den Abbruch auffängt",
                                  f"cancels “{rules.named(within)}”, at whose edge nothing catches the cancel")


@rule("boundary-position",
      "Setzen Sie das Ereignis auf den Rand einer Aufgabe, eines Teilprozesses oder einer Aufrufaktivität derselben "
      "Ebene.",
      "Put the event on the edge of a task, a sub-process or a call activity of the same level.")
def boundary_position(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A boundary event is attached to an activity, and to one beside it (10.5.4)."""
    for node in diagram.nodes:
        host = diagram.node(node.attached_to or "") if node.kind == "boundaryEvent" else None
        if host is None:
            continue
        if host.kind not in rules.ACTIVITIES:
            yield rules.about(node, f"haftet an „{rules.named(host)}“, das keine Aktivität ist",
                              f"is attached to “{rules.named(host)}”, which is no activity")
        elif host.triggered:
            yield rules.about(node, f"haftet an dem Ereignis-Teilprozess „{rules.named(host)}“",
                              f"is attached to the event sub-process “{rules.named(host)}”",
                              Sentence("Setzen Sie es in den Ereignis-Teilprozess an eine Aktivität.",
                                       "Put it on an activity inside the event sub-process."))
        elif (host.process, host.parent) != (node.process, node.parent):
            yield rules.about(node, f"haftet an „{rules.named(host)}“, steht in der Datei aber nicht neben ihm",
                              f"is attached to “{rules.named(host)}”, but does not stand beside it in the file")


@rule("boundary-flows",
      "Zu einem Randereignis führt kein Pfeil, und von ihm führt einer dorthin, wo es dann weitergeht.",
      "No flow leads to a boundary event, and one leads from it to where it goes on then.")
def boundary_flows(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A boundary event has no flow in and at least one out; one for compensation has none at all (10.5.4)."""
    for node in diagram.nodes:
        if node.kind != "boundaryEvent":
            continue
        leaving = diagram.leaving(node.id)
        if diagram.entering(node.id):
            yield rules.about(node, "ist ein Randereignis, aber ein Pfeil führt zu ihm",
                              "is a boundary event, but a flow leads to it")
        if rules.has(node, "compensate"):
            if leaving:
                yield rules.about(node, "löst eine Kompensation aus, aber ein Pfeil geht von ihm aus",
                                  "is for compensation, but a flow leaves it",
                                  Sentence("Löschen Sie den Pfeil und verbinden Sie das Ereignis durch eine "
                                           "Assoziation mit der Aktivität, die rückgängig macht.",
                                           "Delete the flow and connect the event with the activity that undoes by an "
                                           "association."))
        elif not leaving:
            yield rules.about(node, "ist ein Randereignis, von dem aus es nicht weitergeht",
                              "is a boundary event from which it does not go on")


@rule("event-process-start",
      "Geben Sie dem Ereignis-Teilprozess ein einziges Startereignis, das auf etwas wartet, zum Beispiel auf eine "
      "Nachricht, eine Zeit oder einen Fehler.",
      "Give the event sub-process a single start event that waits for something, a message, a time or an error for "
      "example.")
def event_process_start(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An event sub-process has one start event, and that waits for something (10.3.5)."""
    for node in diagram.nodes:
        starts = [inner for inner in diagram.inside(node.id) if inner.kind == "startEvent"] if node.triggered else []
        if len(starts) == 1 and not starts[0].details.definitions:
            yield rules.about(starts[0], f"beginnt den Ereignis-Teilprozess „{rules.named(node)}“, wartet aber auf "
                              "nichts", f"begins the event sub-process “{rules.named(node)}”, but waits for nothing")


@rule("several-definitions",
      "Zeichnen Sie für jede Ereignisdefinition ein eigenes Ereignis: ein Randereignis, ein Startereignis oder einen "
      "Ereignis-Teilprozess. Soll auf alle gewartet werden, warten Sie dahinter auf die übrigen.",
      "Draw an event of its own for each event definition: a boundary event, a start event or an event sub-process. If "
      "all are to be waited for, wait behind it for the others.")
def several_definitions(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An event may have several definitions (10.5), except where we cannot take one event for another."""
    for node in diagram.nodes:
        place, kinds = place_of(diagram, node), [one.kind for one in node.details.definitions]
        if place is None or len(kinds) < 2:
            continue
        said = None
        if place in ("throw", "end"):
            if sum(kind in ("error", "cancel", "terminate") for kind in kinds) > 1:
                said = Sentence("von denen nur eine den Ablauf beenden kann", "of which only one can end it")
        elif "compensate" in kinds:
            said = Sentence("eine Kompensation wartet aber nicht neben anderen",
                            "but compensation does not wait beside others")
        elif place != "catch" and node.details.parallel_multiple:
            said = Sentence("auf die alle zugleich gewartet werden soll (parallelMultiple); das geht nur in einem "
                            "Zwischenereignis", "all of which it is to wait for (parallelMultiple); only an "
                            "intermediate event can do so")
        elif place == "event process":
            said = Sentence("möglich ist am Beginn eines Ereignis-Teilprozesses nur eine",
                            "but only one is possible at the start of an event sub-process")
        if said is not None:
            yield rules.about(node, f"hat mehrere Ereignisdefinitionen, {said.de}",
                              f"has several event definitions, {said.en}")


@rule("instantiate-misplaced",
      "Löschen Sie instantiate=\"true\", oder lassen Sie den Prozess dort beginnen: ohne Pfeil dorthin und in keinem "
      "Teilprozess.",
      "Delete instantiate=\"true\", or let the process begin there: without a flow that leads to it, and in no "
      "sub-process.")
def instantiate_misplaced(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What begins a process stands at its beginning (10.3.3, 10.6.6)."""
    for node in diagram.nodes:
        if not node.details.instantiates:
            continue
        if diagram.entering(node.id) or node.parent:
            yield rules.about(node, "soll den Prozess beginnen (instantiate), steht aber nicht an seinem Anfang",
                              "is to begin the process (instantiate), but does not stand at its beginning")
        behind = [diagram.node(flow.target) for flow in diagram.leaving(node.id)]
        receives = [node] if node.kind == "receiveTask" else [one for one in behind if one is not None]
        for one in receives:
            if diagram.attached(one.id) or one.details.loop is not None:
                yield rules.about(
                    one, "soll den Prozess beginnen (instantiate) und wird wiederholt oder hat ein Ereignis am Rand",
                    "is to begin the process (instantiate) and is repeated or has an event at its edge",
                    Sentence("Beginnen Sie mit einem Startereignis für die Nachricht.",
                             "Begin with a start event for the message."))


@rule("missing-condition", "Schreiben Sie die Bedingung in das Ereignis, zum Beispiel betrag > 1000.",
      "Write the condition into the event, betrag > 1000 for example.")
def missing_condition(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A conditional event says what it waits for (10.5.5)."""
    for node in diagram.nodes:
        if any(one.kind == "conditional" and not one.text for one in node.details.definitions):
            yield rules.about(node, "wartet auf eine Bedingung, nennt sie aber nicht",
                              "waits for a condition but does not say which")


@rule("link-pair",
      "Geben Sie dem auslösenden und dem auffangenden Link denselben Namen, auf derselben Ebene; oder verbinden Sie "
      "die Stellen durch einen Pfeil.",
      "Give the throwing and the catching link the same name, on the same level; or connect the places by a flow.")
def link_pair(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A link leads from any number of throw events to one catch event of the same name and level (10.5.5)."""
    for _, _, nodes in rules.scopes(diagram):
        thrown: dict[str, list[Node]] = {}
        caught: dict[str, list[Node]] = {}
        for node in nodes:
            if rules.has(node, "link") and len(node.details.definitions) > 1:
                yield rules.about(node, "hat neben dem Link noch andere Ereignisdefinitionen",
                                  "has other event definitions beside the link")
            for one in node.details.definitions:
                if one.kind == "link":
                    side = thrown if node.kind in ("intermediateThrowEvent", "endEvent") else caught
                    side.setdefault(one.text or "", []).append(node)
        for name, ends in thrown.items():
            for node in ends if name not in caught or not name else ():
                yield rules.about(node, f"führt als Link „{name}“ nirgendwohin", f"leads nowhere as the link “{name}”")
            for node in ends:
                if diagram.leaving(node.id):
                    yield rules.about(node, f"springt zum Link „{name}“, aber ein Pfeil geht von ihm aus",
                                      f"jumps to the link “{name}”, but a flow leaves it", _AS_A_FLOW)
        for name, ends in caught.items():
            if name not in thrown or not name:
                yield rules.about(ends[0], f"fängt den Link „{name}“ auf, den niemand auslöst",
                                  f"catches the link “{name}”, which nothing throws")
            for node in ends if name else ():
                if diagram.entering(node.id):
                    yield rules.about(node, f"fängt den Link „{name}“ auf, aber ein Pfeil führt zu ihm",
                                      f"catches the link “{name}”, but a flow leads to it", _AS_A_FLOW)
            for node in ends[1:]:
                yield rules.about(node, f"fängt wie „{rules.named(ends[0])}“ den Link „{name}“ auf",
                                  f"catches the link “{name}” just as “{rules.named(ends[0])}” does")


_AS_A_FLOW = Sentence(
    "Ein Link steht für den Pfeil: vom auslösenden geht keiner mehr aus, zum auffangenden führt keiner.",
    "A link stands for the flow: none leaves the throwing one any more, and none leads to the catching one.")

RULES = (
    event_position, always_interrupts, cancel_outside_transaction, boundary_position, boundary_flows,
    event_process_start, several_definitions, instantiate_misplaced, missing_condition, link_pair,
)
