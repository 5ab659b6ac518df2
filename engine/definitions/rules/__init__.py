"""The frame that rules about diagrams stand in, and what they ask of a diagram time and again.

One file a noun: what it is that a rule is about.  diagrams.py lists them all.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from engine.definitions.findings import NO_HINT, Severity
from engine.errors import Invalid, Sentence
from engine.spiff import Diagram, Flow, Node, clock, scripts

PEOPLE = frozenset({"userTask", "manualTask", "task"})
"""The kinds of elements that wait for a person."""
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = PEOPLE | SUB_PROCESSES | {"scriptTask", "serviceTask", "sendTask", "receiveTask", "businessRuleTask",
                                       "callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway",
                      "complexGateway"})
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})
"""Gateways that look at conditions."""
_SOME_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    """What a diagram may refer to outside itself; None where that is not known and not asked.

    A mapping says more than a set of names: what each of them is.
    """

    forms: Collection[str] | Mapping[str, Any] | None = None
    """as process/form; perhaps with the Form of each"""
    bodies: Collection[str] | None = None
    processes: Collection[str] | Mapping[str, Diagram] | None = None
    """perhaps with the Diagram each is drawn in"""
    decisions: Collection[str] | Mapping[str, Collection[str]] | None = None
    """perhaps with the names each gives"""
    operations: Collection[str] | None = None


class Complaint(NamedTuple):
    """What a rule has to say about one element."""

    element: str
    line: int | None
    de: str
    en: str
    process: str = ""
    hint: Sentence | None = None
    """what to do, where the rule's own hint would not help"""
    severity: Severity | None = None
    """how grave it is, where it is not as grave as the rule says"""


@dataclass(frozen=True)
class Rule:
    """One thing asked of every diagram."""

    id: str
    severity: Severity
    hint: Sentence
    look: Callable[[Diagram, Known], Iterator[Complaint]]
    whole: bool = False
    """whether it is about the whole file, not only about the processes in it that run"""


def rule(
    id: str, hint_de: str = "", hint_en: str = "", severity: Severity = "error", *, whole: bool = False
) -> Callable[[Callable[[Diagram, Known], Iterator[Complaint]]], Rule]:
    """Make a rule of the function below."""
    hint = Sentence(hint_de, hint_en) if hint_de else NO_HINT
    return lambda look: Rule(id, severity, hint, look, whole)


def running(diagram: Diagram) -> Diagram:
    """The diagram without the processes that are only drawn, not run; as it is if none of them runs."""
    run = {process.id for process in diagram.processes if process.executable}
    if not run or len(run) == len(diagram.processes):
        return diagram
    nodes = tuple(node for node in diagram.nodes if node.process in run)
    return replace(
        diagram, processes=tuple(one for one in diagram.processes if one.id in run), nodes=nodes,
        flows=tuple(flow for flow in diagram.flows if flow.process in run),
        lanes=tuple(lane for lane in diagram.lanes if lane.process in run),
        extras=tuple(extra for extra in diagram.extras if extra.process in run | {""}),
        misplaced=tuple(extra for extra in diagram.misplaced if extra.process in run | {""}),
    )


def body_of(node: Node) -> str | None:
    """The key of the body a task waits for: from its property `body` if it is fixed, else its lane's id.

    "" if it stands in no lane, None if the process works it out.
    """
    text = node.properties.get("body")
    if text:
        fixed = constant(text)
        return fixed if isinstance(fixed, str) else None
    return node.lane or ""


def bodies_named(node: Node) -> tuple[str, ...]:
    """The keys in the property `bodies`: those of which the process chooses one; () without the property."""
    return tuple(filter(None, (key.strip() for key in node.properties.get("bodies", "").split(","))))


def task_bodies(diagram: Diagram) -> dict[str, str | None]:
    """For each element that waits for a person the key of its body; see `body_of`."""
    return {node.id: body_of(node) for node in people(diagram)}


def scopes(diagram: Diagram) -> Iterator[tuple[str, int, list[Node]]]:
    """Every process and sub-process: its id, its line and the nodes that stand directly in it."""
    inside: dict[tuple[str, str | None], list[Node]] = {}
    for node in diagram.nodes:
        inside.setdefault((node.process, node.parent), []).append(node)
    for process in diagram.processes:
        yield process.id, process.line, inside.get((process.id, None), [])
    for node in diagram.nodes:
        if node.kind in SUB_PROCESSES:
            yield node.id, node.line, inside.get((node.process, node.id), [])


def people(diagram: Diagram) -> Iterable[Node]:
    """The elements of *diagram* that wait for a person."""
    return (node for node in diagram.nodes if node.kind in PEOPLE)


def named(node: Node) -> str:
    """What to call an element in a sentence: its name, or its id where it has none."""
    return node.name or node.id


def about(
    node: Node, de: str, en: str, hint: Sentence | None = None, severity: Severity | None = None,
    line: int | None = None,
) -> Complaint:
    """A complaint about one element; *de* and *en* go on after its name and end without a full stop."""
    return Complaint(node.id, line or node.line, f"„{named(node)}“ {de}.", f"“{named(node)}” {en}.", node.process,
                     hint, severity)


def about_flow(flow: Flow, de: str, en: str, hint: Sentence | None = None) -> Complaint:
    """A complaint about a flow; *de* and *en* go on after its name and end without a full stop."""
    name = flow.name or flow.id
    place = Sentence(f"„{name}“ ", f" “{name}”") if name else Sentence("", "")
    return Complaint(flow.id or flow.source, flow.line, f"Der Pfeil {place.de}{de}.", f"The flow{place.en} {en}.",
                     flow.process, hint)


def around(diagram: Diagram, node: Node) -> Iterator[Node]:
    """The sub-processes that a node stands in, the innermost first."""
    seen = set[str]()
    while node.parent and node.parent not in seen:
        seen.add(node.parent)
        outer = diagram.node(node.parent)
        if outer is None:
            return
        yield outer
        node = outer


def within(diagram: Diagram, node: Node) -> list[Node]:
    """Every node that stands in a sub-process, at whatever depth."""
    found: dict[str, Node] = {}
    ahead = [node.id]
    while ahead:
        for inner in diagram.inside(ahead.pop()):
            if inner.id not in found:
                found[inner.id] = inner
                ahead.append(inner.id)
    return list(found.values())


def has(node: Node, *kinds: str) -> bool:
    """Whether the node has an event definition of one of these kinds."""
    return any(one.kind in kinds for one in node.details.definitions)


def process_of(diagram: Diagram, element: str) -> str:
    """The process an element stands in; "" where that is not clear."""
    node = diagram.node(element)
    if node is not None:
        return node.process
    return diagram.processes[0].id if len(diagram.processes) == 1 else ""


def constant(text: str) -> object:
    """The value of an expression that is a plain literal; None for any other."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def bad_time(value: object) -> bool:
    """Whether *value* is neither a duration, nor a repetition, nor a moment (ISO 8601)."""
    try:
        clock.due(value, _SOME_MOMENT)
    except Invalid:
        return True
    return False


def bad_expression(text: str) -> bool:
    """Whether the sandbox could not even read *text* as an expression."""
    try:
        scripts.read_expression(text)
    except SyntaxError:
        return True
    return False
