"""What we ask of a diagram before it may be deployed: one rule, one function.

Rules look at plain values (`engine.spiff.Diagram`), never at XML.  A rule
yields complaints; its id, how grave it is and what to do stand above it.  To
add one, write the function and list it in RULES.
"""

import re
from collections.abc import Collection, Iterator

from engine.definitions import foreign, rules
from engine.definitions.findings import Finding, ordered
from engine.definitions.rules import PEOPLE, Complaint, Known, Rule, body_of, rule, task_bodies
from engine.errors import Sentence
from engine.spiff import MISSED, Diagram, Node

__all__ = ["PEOPLE", "RULES", "Known", "Rule", "body_of", "check", "task_bodies"]

MOST_ELEMENTS = 1000

_GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway",
                       "complexGateway"})
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_BARE_TIME = re.compile(r"P[0-9TYMWDHS]*\d[YMWDHS][0-9TYMWDHS]*|R\d*/.*|\d{4}-\d{2}-\d{2}.*", re.ASCII)


@rule("not-executable", "Setzen Sie beim Prozess isExecutable=\"true\".", "Set isExecutable=\"true\" on the process.")
def not_executable(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Only processes marked as executable can be started; a missing mark means different things to different tools."""
    if not diagram.processes:
        yield Complaint("", None, "Die Datei enthält keinen Prozess.", "The file holds no process.")
    for process in diagram.processes:
        if not process.executable and any(node.process == process.id for node in diagram.nodes):
            yield Complaint(process.id, process.line,
                            f"Der Prozess „{process.name}“ ist nicht als ausführbar gekennzeichnet.",
                            f"The process “{process.name}” is not marked as executable.", process.id)


@rule("too-large",
      f"Höchstens {MOST_ELEMENTS} Elemente; lagern Sie Teile in eigene Prozesse aus und rufen Sie sie auf.",
      f"At most {MOST_ELEMENTS} elements; move parts into processes of their own and call them.")
def too_large(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """The engine reads a diagram recursively, and nobody could read it at all."""
    if len(diagram.nodes) > MOST_ELEMENTS:
        yield Complaint("", None, f"Das Diagramm hat {len(diagram.nodes)} Elemente.",
                        f"The diagram has {len(diagram.nodes)} elements.")


@rule("duplicate-id", "Jede Kennung darf nur einmal vorkommen.", "Each id may occur only once.")
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
    """Without a start event nothing begins; a sub-process needs exactly one."""
    for scope, line, nodes in rules.scopes(diagram):
        starts = [node for node in nodes if _begins(node)]
        if nodes and not starts:
            yield Complaint(scope, line, f"In „{scope}“ fehlt ein Startereignis.", f"“{scope}” has no start event.")
        elif len(starts) > 1 and starts[0].parent:
            yield Complaint(scope, line, f"Der Teilprozess „{scope}“ hat mehrere Startereignisse.",
                            f"The sub-process “{scope}” has several start events.")


@rule("missing-end-event", "Führen Sie jeden Weg zu einem benannten Endereignis.",
      "Lead each way to a named end event.")
def missing_end_event(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A process without an end event never completes."""
    for scope, line, nodes in rules.scopes(diagram):
        if nodes and not any(node.kind == "endEvent" for node in nodes):
            yield Complaint(scope, line, f"In „{scope}“ fehlt ein Endereignis; er würde nie fertig.",
                            f"“{scope}” has no end event; it would never finish.")


@rule("unreachable-element", "Verbinden Sie das Element mit dem übrigen Ablauf oder löschen Sie es.",
      "Connect the element with the rest or delete it.")
def unreachable_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What no way leads to is never done, and nobody would notice."""
    for _, _, nodes in rules.scopes(diagram):
        if not any(_begins(node) for node in nodes):
            continue
        attached: dict[str | None, list[str]] = {}
        for node in nodes:
            attached.setdefault(node.attached_to, []).append(node.id)
        linked = {node.id: other.id for node in nodes for other in nodes if _link(node) and _link(node) == _link(other)
                  and (node.kind, other.kind) == ("intermediateThrowEvent", "intermediateCatchEvent")}
        reached, ahead = set[str](), [node.id for node in nodes if _begins(node) or node.triggered]
        while ahead:
            at = ahead.pop()
            if at in reached:
                continue
            reached.add(at)
            ahead += [flow.target for flow in diagram.leaving(at)] + attached.get(at, [])
            ahead += [linked[at]] if at in linked else []
        for node in nodes:
            if node.id not in reached:
                yield rules.about(node, "ist von keinem Startereignis aus zu erreichen",
                                  "cannot be reached from any start event")


def _begins(node: Node) -> bool:
    return node.kind == "startEvent" or node.details.instantiates


def _link(node: Node) -> str | None:
    return next((one.text for one in node.details.definitions if one.kind == "link"), None)


@rule("gateway-without-default",
      "Kennzeichnen Sie einen Pfeil als Standardfluss und geben Sie allen anderen eine Bedingung.",
      "Mark one flow as the default and give all others a condition.")
def gateway_without_default(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A branch whose conditions may all fail stops the instance; one without a condition is always taken."""
    for node in diagram.nodes:
        leaving = diagram.leaving(node.id)
        if node.kind not in _GATEWAYS and leaving and not node.default and all(flow.condition for flow in leaving):
            yield rules.about(node, "hat nur Pfeile mit Bedingung und keinen Standardfluss; trifft keine Bedingung zu, "
                              "bliebe der Vorgang stehen", "has only flows with a condition and no default flow; if no "
                              "condition holds, the instance would stop")
        if node.kind not in ("exclusiveGateway", "inclusiveGateway") or len(leaving) < 2:
            continue
        if not node.default:
            yield rules.about(node, "hat keinen Standardfluss; trifft keine Bedingung zu, bliebe der Vorgang stehen",
                              "has no default flow; if no condition holds, the instance would stop")
        for flow in leaving:
            if flow.id != node.default and not flow.condition:
                yield Complaint(flow.id, flow.line,
                                f"Dem Pfeil „{flow.name or flow.id}“ hinter „{rules.named(node)}“ fehlt die Bedingung.",
                                f"The flow “{flow.name or flow.id}” behind “{rules.named(node)}” has no condition.",
                                flow.process)


@rule("undefined-reference", "Die Datei nennt eine Kennung, die es in ihr nicht gibt.",
      "The file names an id that it does not hold.")
def undefined_reference(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Flows, boundary events, defaults, messages and lanes name elements that exist."""
    nodes = {node.id: node for node in diagram.nodes}
    for flow in diagram.flows:
        for end, de, en in ((flow.source, "beginnt", "begins"), (flow.target, "endet", "ends")):
            if end not in nodes:
                yield Complaint(flow.id, flow.line, f"Der Pfeil „{flow.id}“ {de} bei „{end}“, das es nicht gibt.",
                                f"The flow “{flow.id}” {en} at “{end}”, which does not exist.", flow.process)
    for node in diagram.nodes:
        if node.kind == "boundaryEvent" and node.attached_to not in nodes:
            yield rules.about(node, f"haftet an „{node.attached_to or ''}“, das es nicht gibt",
                              f"is attached to “{node.attached_to or ''}”, which does not exist")
        if node.default and node.default not in {flow.id for flow in diagram.leaving(node.id)}:
            yield rules.about(node, f"hat den Standardfluss „{node.default}“, der dort nicht beginnt",
                              f"has the default flow “{node.default}”, which does not begin there")
        speaks = node.event == "message" or node.kind in ("sendTask", "receiveTask")
        if speaks and not diagram.messages.get(node.message or ""):
            yield rules.about(node, "nennt keine Nachricht, die in der Datei mit Namen steht",
                              "names no message that the file holds with a name")
    for lane in diagram.lanes:
        for ident in lane.nodes:
            if ident not in nodes:
                yield Complaint(lane.id, None, f"Die Bahn „{lane.name}“ enthält „{ident}“, das es nicht gibt.",
                                f"The lane “{lane.name}” holds “{ident}”, which does not exist.", lane.process)


@rule("undefined-call", "Laden Sie die fehlende Datei mit hoch oder berichtigen Sie den Namen.",
      "Upload the missing file as well, or correct the name.")
def undefined_call(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Called processes, decision tables and operations exist; the engine would notice only on the way."""
    own = {process.id for process in diagram.processes}
    wanted = {
        "callActivity": ("einen Prozess", "a process", None if known.processes is None else own | {*known.processes}),
        "businessRuleTask": ("eine Entscheidungstabelle", "a decision table", known.decisions),
        "serviceTask": ("einen Dienst", "an operation", known.operations),
    }
    for node in diagram.nodes:
        if node.kind not in wanted:
            continue
        de, en, there = wanted[node.kind]
        if not node.called:
            yield rules.about(node, f"muss {de} aufrufen, nennt aber nichts", f"must call {en} but names none")
        elif there is not None and node.called not in there:
            yield rules.about(node, f"ruft {de} namens „{node.called}“ auf, die Angabe führt ins Leere",
                              f"calls {en} named “{node.called}”, which does not exist")


@rule("unknown-form", "Laden Sie das Formular nach forms/<Prozess>/<Formular>.json oder berichtigen Sie den Namen.",
      "Upload the form to forms/<process>/<form>.json or correct the name.")
def unknown_form(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A form that a task names is there."""
    for node in rules.people(diagram):
        key = f"{node.process}/{node.properties.get('form', '')}"
        if node.properties.get("form") and known.forms is not None and key not in known.forms:
            yield rules.about(node, f"braucht das Formular „{key}“, das es nicht gibt",
                              f"needs the form “{key}”, which does not exist")


@rule("task-without-form",
      "Nennen Sie in der Eigenschaft „form“ ein Formular, oder machen Sie eine manuelle Aufgabe daraus.",
      "Name a form in the property “form”, or make it a manual task.", severity="warning")
def task_without_form(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A user task usually asks something."""
    for node in diagram.nodes:
        if node.kind == "userTask" and not node.properties.get("form"):
            yield rules.about(node, "hat kein Formular", "has no form")


@rule("unknown-body",
      "Die Kennung einer Bahn ist der Schlüssel eines Gremiums oder einer Stelle; dort liegt die Aufgabe.",
      "The id of a lane is the key of a body; that is where the task waits.")
def unknown_body(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Every task waits for a body that exists, or one the process works out."""
    for node in rules.people(diagram):
        body = body_of(node)
        if body == "":
            yield rules.about(node, "liegt in keiner Bahn; niemand könnte die Aufgabe erledigen",
                              "stands in no lane; nobody could do the task")
        elif body is not None and known.bodies is not None and body not in known.bodies:
            yield rules.about(node, f"liegt bei „{body}“; ein Gremium oder eine Stelle dieses Namens gibt es nicht",
                              f"waits for “{body}”; there is no such body")


@rule("unsupported-element",
      "Bitte modellieren Sie den Ablauf mit anderen Elementen; die Engine würde es falsch ausführen.",
      "Please model this with other elements; the engine would run it wrongly.")
def unsupported_element(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What the engine runs wrongly or not at all is not taken."""
    for node in diagram.nodes:
        said = _unsupported(node, diagram)
        if said:
            yield rules.about(node, f"ist {said.de}, was nicht unterstützt wird",
                              f"is {said.en}, which is not supported")
    for extra in diagram.extras:
        yield Complaint(extra.id, extra.line, f"„{extra.id}“ ({extra.kind}) wird nicht unterstützt.",
                        f"“{extra.id}” ({extra.kind}) is not supported.")


def _unsupported(node: Node, diagram: Diagram) -> Sentence | None:
    if node.kind == "complexGateway":
        return Sentence("ein komplexes Gateway", "a complex gateway")
    if node.kind == "adHocSubProcess":
        return Sentence("ein Ad-hoc-Teilprozess", "an ad-hoc sub-process")
    begins = [inner.event for inner in diagram.nodes if inner.parent == node.id and inner.kind == "startEvent"]
    if node.triggered and (len(begins) != 1 or begins[0] in (None, "compensate")):
        return Sentence("ein Ereignis-Teilprozess, der mit keinem Ereignis oder mit einer Kompensation beginnt",
                        "an event sub-process that starts with no event or with a compensation")
    return None


@rule("timer-unreadable",
      "Eine feste Zeit steht in Anführungszeichen: \"P14D\", \"P10WD\" (Arbeitstage), \"R3/P7D\" oder "
      "\"2026-05-01T12:00:00+02:00\".",
      "A fixed time stands in quotes: \"P14D\", \"P10WD\" (working days), \"R3/P7D\" or "
      "\"2026-05-01T12:00:00+02:00\".")
def timer_unreadable(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A time is an expression; one that is fixed can be read now."""
    for node in diagram.nodes:
        if node.event != "timer":
            continue
        text = node.timer or ""
        fixed = rules.constant(text)
        if not text:
            yield rules.about(node, "wartet auf eine Zeit, nennt sie aber nicht",
                              "waits for a time but does not say which")
        elif _BARE_TIME.fullmatch(text) or (fixed is not None and rules.bad_time(fixed)):
            yield rules.about(node, f"hat die Zeit {text}, die nicht gelesen werden kann",
                              f"has the time {text}, which cannot be read")
        elif node.repeats and isinstance(fixed, str) and not fixed.strip().startswith("R"):
            yield rules.about(node, f"hat die Zeit {text}, die keine Wiederholung ist",
                              f"has the time {text}, which is not a repetition")


@rule("timer-comes-once",
      "Nur ein nicht unterbrechendes Ereignis am Rand einer Aktivität oder am Beginn eines Ereignis-Teilprozesses "
      "wiederholt seinen Timer.",
      "Only a non-interrupting event at the edge of an activity or at the start of an event sub-process repeats its "
      "timer.", severity="warning")
def timer_comes_once(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A repetition that will not be repeated is not what its author meant."""
    for node in diagram.nodes:
        fixed = rules.constant(node.timer or "")
        if node.cycle and not node.repeats and not (isinstance(fixed, str) and fixed.startswith("R1/")):
            yield rules.about(node, "ist als Wiederholung gezeichnet, kommt aber nur einmal",
                              "is drawn as a repetition, but comes only once")


@rule("bad-property",
      "due und follow_up sind Dauern wie P14D oder P10WD, due_working_days eine ganze Zahl, priority 1 bis 100; missed "
      "ist each oder once und gehört an einen Timer, der sich wiederholt.",
      "due and follow_up are durations such as P14D or P10WD, due_working_days a whole number, priority 1 to 100; "
      "missed is each or once and belongs to a timer that repeats.")
def bad_property(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Deadlines and priorities of tasks can be read, and what a timer does about times that were missed."""
    for node in diagram.nodes:
        said = node.properties.get("missed")
        if said is not None and not (said in MISSED and node.repeats):
            yield rules.about(node, f"hat bei „missed“ den Wert „{said}“", f"has the value “{said}” for “missed”")
    for node in rules.people(diagram):
        for name, value in node.properties.items():
            if name in ("due", "follow_up"):
                wrong = not value.startswith("P") or rules.bad_time(value)
            elif name in ("due_working_days", "priority"):
                wrong = not re.fullmatch(r"[1-9]\d{0,2}", value) or (name == "priority" and int(value) > 100)
            else:
                continue
            if wrong:
                yield rules.about(node, f"hat bei „{name}“ den Wert „{value}“", f"has the value “{value}” for “{name}”")


@rule("bad-expression", "Texte stehen in Anführungszeichen, verglichen wird mit ==.",
      "Text stands in quotes, == compares.")
def bad_expression(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Conditions and expressions can be understood."""
    for flow in diagram.flows:
        if flow.condition and rules.bad_expression(flow.condition):
            yield Complaint(flow.id, flow.line, f"Die Bedingung „{flow.condition}“ ist nicht zu verstehen.",
                            f"The condition “{flow.condition}” cannot be understood.", flow.process)
    for node in diagram.nodes:
        named = [("body", node.properties.get("body")), ("assignee", node.properties.get("assignee")),
                 ("timer", node.timer)]
        for name, text in named:
            if text and not (name == "timer" and _BARE_TIME.fullmatch(text)) and rules.bad_expression(text):
                yield rules.about(node, f"hat bei „{name}“ den Ausdruck „{text}“, der nicht zu verstehen ist",
                                  f"has the expression “{text}” for “{name}”, which cannot be understood")


@rule("missing-diagram-part", "Der Ablauf läuft, ist aber nicht zu sehen. Zeichnen Sie das Element im Editor neu ein.",
      "It runs but cannot be seen. Draw the element again in the editor.", severity="warning")
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


RULES: tuple[Rule, ...] = (
    not_executable, too_large, duplicate_id, reserved_id, missing_start_event, missing_end_event,
    unreachable_element, gateway_without_default, undefined_reference, undefined_call, unknown_form,
    task_without_form, unknown_body, unsupported_element, timer_unreadable, timer_comes_once, bad_property,
    bad_expression, missing_diagram_part, *foreign.RULES,
)


def check(
    diagram: Diagram, forms: Collection[str] | None = None, bodies: Collection[str] | None = None,
    processes: Collection[str] | None = None, decisions: Collection[str] | None = None,
    operations: Collection[str] | None = None,
) -> list[Finding]:
    """Everything the rules have to say about *diagram*, in the order of its lines.

    The sets hold what it may refer to (forms as process/form); None: not asked.
    """
    known = Known(forms, bodies, processes, decisions, operations)
    return ordered(
        Finding(diagram.file, said.process or rules.process_of(diagram, said.element), said.element, said.line, rule.id,
                rule.severity, Sentence(said.de, said.en), rule.hint)
        for rule in RULES for said in rule.look(diagram, known)
    )
