"""Bytes of diagrams and tables -> a checked, immutable, cached specification.

SpiffWorkflow's parser does the reading, told by tags.py which of our elements
stand for which tag; what it would read wrongly is rewritten before (rewrites.py)
into what means the same.  What it refuses is said in German and English with
element and line; what it would drop without a word is refused here.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.errors import Invalid, Sentence
from engine.spiff import compensation
from engine.spiff.carried import check_carried
from engine.spiff.decisions import Decision, read_decisions
from engine.spiff.details import is_true
from engine.spiff.picture import (
    BPMN,
    Refusal,
    check_is_bpmn,
    is_event_process,
    picture,
    read_xml,
    refused,
    starts_on_event,
)
from engine.spiff.rewrites import drawn, rewritten, speak_as_drawn
from engine.spiff.tags import Parser, check_expression

STUMBLED = "unsound-diagram"
"""The rule that a diagram goes against which even the parser cannot take; others have named the reason by then."""
_CACHED = 64
_REFUSALS = (
    ("Multiple outgoing flows", "Von hier darf nur ein Fluss ausgehen; für Verzweigungen gibt es Gateways"),
    ("outgoing sequence flow without condition", "dem Fluss fehlt die Bedingung, und er ist nicht der Standardfluss"),
    ("No start event found", "das Startereignis fehlt"),
    ("Exactly one start event is required", "ein Teilprozess braucht genau ein Startereignis"),
    ("Must contain an End event", "ein Teilprozess braucht ein Endereignis"),
    ("must have an operator", "der Dienstaufgabe fehlt die Operation"),
    ("must specify a cardinality", "der Mehrfachausführung fehlt die Anzahl oder die Liste"),
    ("must specify exactly one of cardinality", "die Mehrfachausführung hat Anzahl und Liste, erlaubt ist eines davon"),
    ("loopMaximum or loopCondition", "der Schleife fehlt die Bedingung oder die Höchstzahl"),
    ("is not executable", "der Prozess ist nicht als ausführbar gekennzeichnet"),
    ("was not found", "der Prozess fehlt"),
    ("Duplicate process ID", "diese Kennung gibt es zweimal"),
    ("Duplicate task spec name", "diese Kennung gibt es zweimal"),
    ("No \"calledElement\"", "der Aufrufaktivität fehlt der aufgerufene Prozess"),
    ("no support implemented", "diese Art von Element wird nicht unterstützt"),
    ("we found two items", "der Fluss führt zu einem Element, das es nicht gibt"),
    ("Unsupported Catch Event", "diese Art von Ereignis wird hier nicht unterstützt"),
    ("is not supported here", "diese Art von Ereignis wird hier nicht unterstützt"),
    ("event-based gateway can wait",
     "nach einem ereignisbasierten Gateway dürfen nur Nachrichten, Signale, Bedingungen und Timer stehen"),
    ("is missing or has no name", "die Nachricht fehlt oder hat keinen Namen"),
    ("the timer has no time", "dem Timer fehlt die Zeitangabe"),
    ("the signal is missing", "das Signal fehlt oder hat keinen Namen"),
    ("the error is missing", "der genannte Fehler fehlt"),
    ("the escalation is missing", "die genannte Eskalation fehlt"),
    ("the condition is missing", "die Bedingung fehlt"),
    ("compensation leads nowhere", "von der Kompensation führt keine Assoziation zu einer Aktivität"),
    ("the called process", "der aufgerufene Prozess fehlt"),
    ("the decision table", "die Entscheidungstabelle fehlt"),
    ("Cannot resolve data", "Datenobjekte und Datenspeicher werden nicht unterstützt"),
)
"""What SpiffWorkflow's parser says, and the same in German."""


@dataclass(frozen=True)
class Bundle:
    """The files of one deployment. `hash` is the key under which the specification is kept in memory."""

    hash: str
    process_id: str
    diagrams: tuple[bytes, ...] = field(repr=False)
    decisions: tuple[bytes, ...] = field(repr=False, default=())


@dataclass(frozen=True, eq=False)
class Specification:
    """A bundle that can be run. Never changes; any number of instances and threads share it."""

    hash: str
    process_id: str
    main: Any = field(repr=False)
    called: dict[str, Any] = field(repr=False)
    """sub-processes and called processes by id"""
    decisions: dict[str, Decision] = field(repr=False)
    """every decision of its files by id, required ones too"""
    lines: dict[tuple[str, str], int] = field(repr=False)
    """(process or sub-process, element) -> line in its file"""
    homes: dict[str, str] = field(repr=False)
    """process or sub-process -> the process in whose diagram it is drawn"""
    conditional: bool = False
    """whether any event waits for a condition"""


_cache: OrderedDict[str, Specification] = OrderedDict()
_lock = threading.Lock()


def specification(bundle: Bundle) -> Specification:
    """The specification of *bundle*, parsed once per process.

    Invalid, with element and line in `findings`, if it cannot be run.
    """
    with _lock:
        known = _cache.get(bundle.hash)
        if known is not None:
            _cache.move_to_end(bundle.hash)
            return known
    parsed = _parse(bundle)
    with _lock:
        _cache[bundle.hash] = parsed
        while len(_cache) > _CACHED:
            _cache.popitem(last=False)
    return parsed


def _parse(bundle: Bundle) -> Specification:
    decisions = {decision.id: decision for source in bundle.decisions for decision in read_decisions(source)}
    parser = Parser(decisions)
    roots = [read_xml(source, "") for source in bundle.diagrams]
    for root in roots:
        check_is_bpmn(root, "")
    _leave_out_drawn(roots, bundle.process_id)
    for root in roots:
        _check_supported(root)
    try:
        trees = [rewritten(root) for root in roots]
        for tree in trees:
            parser.add_bpmn_xml(tree)
        main = parser.get_spec(bundle.process_id)
        called = parser.get_subprocess_specs(bundle.process_id)
        specs = {bundle.process_id: main, **called}
        check_carried(trees, specs)
    except Invalid:
        raise
    except ValidationException as error:
        raise _refusal(error, roots) from error
    except RecursionError as error:
        raise refused("Das Diagramm ist zu groß, um gelesen zu werden.", "The diagram is too large to be read.",
                      "") from error
    except Exception as error:  # SpiffWorkflow's parser stumbles over much that no rule lets through
        raise _stumbled(error) from error
    for spec in specs.values():
        speak_as_drawn(spec, trees)
        for task_spec in spec.task_specs.values():
            if isinstance(task_spec, LoopTask):
                # SpiffWorkflow does this when an instance gets there, on a specification that others may be reading
                spec.task_specs[task_spec.task_spec].completed_event.connect(task_spec.merge_child)
    compensation.inherit(specs)
    lines, homes = _places(roots)
    conditional = any(root.find(f".//{{{BPMN}}}conditionalEventDefinition") is not None for root in roots)
    return Specification(bundle.hash, bundle.process_id, main, called, decisions, lines, homes, conditional)


def _leave_out_drawn(roots: list[Any], process_id: str) -> None:
    """Take out the processes that are only drawn: not executable, and called by nobody."""
    called = {item.get("calledElement") for root in roots for item in root.iter(f"{{{BPMN}}}callActivity")}
    for root in roots:
        for process in root.findall(f"{{{BPMN}}}process"):
            if not is_true(process, "isExecutable") and process.get("id") not in {process_id, *called}:
                root.remove(process)


def _places(roots: list[Any]) -> tuple[dict[tuple[str, str], int], dict[str, str]]:
    lines: dict[tuple[str, str], int] = {}
    homes: dict[str, str] = {}
    for root in roots:
        diagram = picture(root, "")
        homes.update((process.id, process.id) for process in diagram.processes)
        homes.update((node.id, node.process) for node in diagram.nodes if node.kind in ("subProcess", "transaction"))
        lines.update(((node.parent or node.process, node.id), node.line) for node in diagram.nodes)
    return lines, homes


def _refusal(error: Any, roots: list[Any]) -> Invalid:
    element = drawn(error.id) if error.id else None
    node = next((found for root in roots for found in root.iter() if element and found.get("id") == element), None)
    text = str(error.args[0]) if error.args else str(error)
    german = next((de for sign, de in _REFUSALS if sign in text), f"die Ausführung lehnt es ab ({text})")
    return refused(
        "{where} kann nicht ausgeführt werden: {german}{at}.", "{place} cannot be run: {text}{line_at}.", "", node,
        element=element, where=f"„{element}“" if element else "Das Diagramm", german=german, text=text.strip(". "),
        place=f"“{element}”" if element else "The diagram",
        at=f" (Zeile {node.sourceline})" if node is not None else "",
        line_at=f" (line {node.sourceline})" if node is not None else "",
    )


def _stumbled(error: Exception) -> Invalid:
    text = f"{type(error).__name__}: {error}"
    message = Sentence(f"Das Diagramm ist in sich nicht stimmig und kann nicht gelesen werden ({text}).",
                       f"The diagram is not sound in itself and cannot be read ({text}).")
    return Invalid(message.de, message.en, findings=[Refusal("", None, None, message, STUMBLED)])


def _check_supported(root: Any) -> None:
    """Refuse what the engine would run wrongly without saying so."""
    for node in root.iter(f"{{{BPMN}}}*"):
        kind = etree.QName(node).localname
        if kind == "sequenceFlow":
            _check_flow(node)
        elif kind == "complexGateway":
            raise refused("Komplexe Gateways werden nicht unterstützt (Zeile {line}).",
                          "Complex gateways are not supported (line {line}).", "", node)
        elif kind == "adHocSubProcess":
            raise refused("Ad-hoc-Teilprozesse werden nicht unterstützt („{element}“, Zeile {line}).",
                          "Ad-hoc sub-processes are not supported (“{element}”, line {line}).", "", node)
        elif is_event_process(node) and not starts_on_event(node):
            raise refused("Der Ereignis-Teilprozess „{element}“ braucht ein Startereignis, das auf etwas wartet "
                          "(Zeile {line}).",
                          "The event sub-process “{element}” needs one start event that waits for something "
                          "(line {line}).", "", node)


def _check_flow(flow: Any) -> None:
    condition = flow.find(f"{{{BPMN}}}conditionExpression")
    if condition is not None and (condition.text or "").strip():
        check_expression(condition.text, flow)
