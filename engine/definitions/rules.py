"""The frame that rules about diagrams stand in, and what they ask of a diagram time and again."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from engine.definitions.findings import NO_HINT, Severity
from engine.errors import Invalid, Sentence
from engine.spiff import Diagram, Node, clock, scripts

PEOPLE = frozenset({"userTask", "manualTask", "task"})
"""The kinds of elements that wait for a person."""
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_SOME_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    """What a diagram may refer to outside itself; None where that is not known and not asked."""

    forms: Collection[str] | None = None
    """as process/form"""
    bodies: Collection[str] | None = None
    processes: Collection[str] | None = None
    decisions: Collection[str] | None = None
    operations: Collection[str] | None = None


class Complaint(NamedTuple):
    """What a rule has to say about one element."""

    element: str
    line: int | None
    de: str
    en: str
    process: str = ""


@dataclass(frozen=True)
class Rule:
    """One thing asked of every diagram."""

    id: str
    severity: Severity
    hint: Sentence
    look: Callable[[Diagram, Known], Iterator[Complaint]]


def rule(
    id: str, hint_de: str = "", hint_en: str = "", severity: Severity = "error"
) -> Callable[[Callable[[Diagram, Known], Iterator[Complaint]]], Rule]:
    """Make a rule of the function below."""
    hint = Sentence(hint_de, hint_en) if hint_de else NO_HINT
    return lambda look: Rule(id, severity, hint, look)


def body_of(node: Node) -> str | None:
    """The key of the body a task waits for: from its property `body` if it is fixed, else its lane's id.

    "" if it stands in no lane, None if the process works it out.
    """
    text = node.properties.get("body")
    if text:
        fixed = constant(text)
        return fixed if isinstance(fixed, str) else None
    return node.lane or ""


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


def about(node: Node, de: str, en: str) -> Complaint:
    """A complaint about one element; *de* and *en* go on after its name and end without a full stop."""
    return Complaint(node.id, node.line, f"„{named(node)}“ {de}.", f"“{named(node)}” {en}.", node.process)


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
