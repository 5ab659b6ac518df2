"""Who does what and what decides, read from diagrams, forms and decision tables: nothing is told that is not drawn."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.definitions.rules import PEOPLE, bodies_named, body_of
from engine.definitions.steps import steps
from engine.spiff import Decision, Diagram, Node

_NUMBER = re.compile(r"^(\w+) = ([0-9]+(?:\.[0-9]+)?)$", re.MULTILINE)


@dataclass(frozen=True)
class Duty:
    """One thing a body does in a process."""

    process: str
    process_name: str
    element: str
    name: str
    kind: str
    """task: its people do it; call: another process does it with them; adviser: it takes part from outside"""
    bodies: tuple[str, ...]
    """keys of the bodies that may do it; several where the process chooses one"""
    lane: str
    says: str
    """what the diagram documents"""
    called: str
    """the process that does it, for a call"""
    due: str
    """until when, as ISO 8601 says periods (P14D) or as working days (5 AT); "" without"""


@dataclass(frozen=True)
class Stated:
    """One row of a decision table in words: [(input, condition), …] and [(output, value), …]."""

    when: tuple[tuple[str, str], ...]
    then: tuple[tuple[str, str], ...]
    remark: str


def duties(diagram: Diagram, choices: Callable[[str, str], Iterable[str]]) -> list[Duty]:
    """What each lane and each pool from outside does, in the order in which the ways of the diagram pass.

    *choices(process, field)*: the keys a process' forms offer for a field; it
    names the bodies where a task's body is worked out from what somebody chose.
    """
    lanes, names = {lane.id: lane.name for lane in diagram.lanes}, {one.id: one.name for one in diagram.processes}
    found = []
    for node in filter(None, (diagram.node(row.id) for row in steps(diagram))):
        kind = "task" if node.kind in PEOPLE else "call" if node.kind == "callActivity" else ""
        if not kind or node.lane is None:
            continue
        found.append(Duty(
            node.process, names.get(node.process, node.process), node.id, node.name or node.id, kind,
            _bodies(node, choices), lanes.get(node.lane, node.lane), node.documentation, node.called or "", _due(node)))
    for pool in diagram.participants:
        if pool.process is None:
            for flow in diagram.associations:
                target = diagram.node(flow.target)
                if flow.source == pool.id and target is not None:
                    found.append(Duty(target.process, names.get(target.process, target.process), target.id,
                                      target.name or target.id, "adviser", (pool.id,), pool.name, "", "", ""))
    return found


def limits(diagram: Diagram) -> dict[str, str]:
    """The numbers that scripts of the diagram give a name, such as the limits of competence a table compares with."""
    scripts = [one.text for node in diagram.nodes for one in node.details.expressions if one.role == "script"]
    return {name: number for text in scripts for name, number in _NUMBER.findall(text)}


def stated(decision: Decision) -> list[Stated]:
    """The rows of a decision table as conditions and results; a cell that says nothing is left out."""
    table = decision.table
    if table is None:
        return []
    inputs = [column.label or column.expression.text for column in table.inputs]
    outputs = [output.name for output in table.outputs]
    return [Stated(
        tuple((label, test.text.strip()) for label, test in zip(inputs, rule.tests, strict=False)
              if test.text.strip() not in ("", "-")),
        tuple((label, cell.text.strip()) for label, cell in zip(outputs, rule.outputs, strict=False)
              if cell.text.strip()),
        rule.description) for rule in table.rules]


def by_body(found: Iterable[Duty], bodies: Iterable[str]) -> Mapping[str, list[Duty]]:
    """The duties of each of *bodies*, in their order; bodies without any have an empty list."""
    told: dict[str, list[Duty]] = {key: [] for key in bodies}
    for duty in found:
        for key in duty.bodies:
            if key in told:
                told[key].append(duty)
    return told


def _bodies(node: Node, choices: Callable[[str, str], Iterable[str]]) -> tuple[str, ...]:
    named = bodies_named(node)
    if named:
        return named
    fixed = body_of(node)
    if fixed is not None:
        return (fixed,) if fixed else ()
    return tuple(choices(node.process, node.properties["body"].strip()))


def _due(node: Node) -> str:
    days = node.properties.get("due_working_days")
    return f"{days} AT" if days else node.properties.get("due", "")
