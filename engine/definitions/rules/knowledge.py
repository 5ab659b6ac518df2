"""What an instance may know where: the names of process data at each element of a process.

A name counts as known at an element if any way that leads there may have set
it: a form's field, a script, a decision, a service's or a called process's
result, an item of a list.  What came from outside, in a message for example, is
not known by name; behind it the names are `open`.  Behind a form, a decision or
a called process that is not at hand they are `dark`: there is somewhere to look,
only not here.
"""

import builtins
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from engine.definitions import rules
from engine.definitions.components import Form, inputs
from engine.definitions.rules import Known
from engine.spiff import Diagram, Node, ProcessInfo, scripts

ALWAYS = frozenset({*dir(builtins), *scripts.PRELUDE, "now"})
"""Names that the sandbox knows by itself."""
BEFORE = frozenset({"preScript", "timer", "condition", "body", "assignee", "loopCardinality", "parameter", "script",
                    "correlation"})
"""Roles of expressions that are worked out before the element has given anything."""
_FROM_OUTSIDE = frozenset({"message", "signal", "error", "escalation"})
_CATCHES = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})
_DEEPEST = 50


@dataclass(frozen=True)
class Names:
    """Names, and whether there may be any number of others."""

    names: frozenset[str] = frozenset()
    open: bool = False
    dark: bool = False

    def __or__(self, other: "Names") -> "Names":
        if other.names <= self.names and self.open >= other.open and self.dark >= other.dark:
            return self
        return Names(self.names | other.names, self.open or other.open, self.dark or other.dark)


NOTHING, ANYTHING, UNSEEN = Names(), Names(open=True), Names(open=True, dark=True)


@dataclass
class Knowledge:
    """What is known at the elements of one process."""

    before: dict[str, Names] = field(default_factory=dict)
    after: dict[str, Names] = field(default_factory=dict)
    given: Names = NOTHING
    """all that the process itself gives, anywhere"""
    start: Names = NOTHING


def learn(diagram: Diagram, process: ProcessInfo, known: Known) -> Knowledge:
    """What is known where in a process, worked out along its flows until nothing more is learnt."""
    nodes = [node for node in diagram.nodes if node.process == process.id]
    gives = {node.id: given_by(diagram, node, known) for node in nodes}
    found = Knowledge(start=_start(process, nodes), given=_all(gives.values()))
    everything = found.start | found.given
    within: dict[str, Names] = {}
    for node in reversed(nodes):  # what is inside a sub-process comes behind it in the file
        if node.parent:
            both = gives[node.id] | within.get(node.id, NOTHING)
            within[node.parent] = within.get(node.parent, NOTHING) | both
    leads = _ways(diagram, nodes)
    ahead = [node.id for node in reversed(nodes)]
    queued = set(ahead)
    own = {node.id: node for node in nodes}
    for node in nodes:
        found.before[node.id] = _first(diagram, node, found.start, everything)
    while ahead:
        node = own[ahead.pop()]
        queued.discard(node.id)
        known_now = found.before[node.id]
        found.after[node.id] = known_now | gives[node.id] | within.get(node.id, NOTHING)
        item = Names(frozenset({node.details.loop.item})) if node.details.loop and node.details.loop.item else NOTHING
        for other, is_after in leads.get(node.id, ()):
            learnt = found.before[other] | (found.after[node.id] if is_after else known_now | item)
            if learnt is not found.before[other]:
                found.before[other] = learnt
                if other not in queued:
                    queued.add(other)
                    ahead.append(other)
    return found


def _ways(diagram: Diagram, nodes: list[Node]) -> dict[str, list[tuple[str, bool]]]:
    """From each element to those that learn from it: what it knew when it began, or (True) when it was done."""
    own = {node.id for node in nodes}
    leads: dict[str, list[tuple[str, bool]]] = {}
    links: dict[str, list[str]] = {}
    for node in nodes:
        for one in node.details.definitions:
            if one.kind == "link" and node.kind == "intermediateCatchEvent":
                links.setdefault(one.text or "", []).append(node.id)
    for node in nodes:
        ways = leads.setdefault(node.id, [])
        ways += [(flow.target, True) for flow in diagram.leaving(node.id) if flow.target in own]
        ways += [(event.id, True) for event in diagram.attached(node.id) if event.id in own]
        ways += [(inner.id, False) for inner in diagram.inside(node.id)
                 if inner.kind == "startEvent" and inner.id in own]
        for one in node.details.definitions if node.kind == "intermediateThrowEvent" else ():
            ways += [(target, True) for target in (links.get(one.text or "", []) if one.kind == "link" else [])]
    return leads


def _first(diagram: Diagram, node: Node, start: Names, everything: Names) -> Names:
    """What an element knows that no flow brings there."""
    outer = diagram.node(node.parent) if node.parent else None
    if node.details.for_compensation or (outer is not None and outer.triggered and node.kind == "startEvent"):
        return everything
    arrives = diagram.entering(node.id) or node.kind == "boundaryEvent" or rules.has(node, "link")
    if node.kind == "startEvent" and outer is not None:
        return NOTHING
    return NOTHING if arrives else start if node.kind == "startEvent" or node.details.instantiates else ANYTHING


def _start(process: ProcessInfo, nodes: list[Node]) -> Names:
    """What a process begins with.

    Its property `data` names it. A process that only ever begins by the clock
    begins with nothing; of any other it is not known.
    """
    said = process.properties.get("data")
    if said is not None:
        return Names(frozenset(re.findall(r"\w+", said)))
    starts = [node for node in nodes if node.kind == "startEvent" and node.parent is None]
    by_clock = starts and all({one.kind for one in node.details.definitions} == {"timer"} for node in starts)
    return NOTHING if by_clock else ANYTHING


def given_by(diagram: Diagram, node: Node, known: Known, seen: set[str] | None = None) -> Names:
    """What an element adds to what is known, apart from what is inside it.

    *seen* are the called processes that have been looked into already: what
    they give is known, and one that calls itself gives nothing more.
    """
    found = Names(frozenset(name for one in node.details.expressions if one.script for name in _assigned(one.text)))
    loop = node.details.loop
    if loop is not None and loop.output:
        found |= Names(frozenset({loop.output}))
    if node.kind in _CATCHES and (node.kind == "receiveTask" or rules.has(node, *_FROM_OUTSIDE)):
        return found | ANYTHING
    if node.kind in rules.PEOPLE:
        return found | _answers(node, known)
    if node.kind == "serviceTask":
        return found | (Names(frozenset({node.details.result})) if node.details.result else ANYTHING)
    if node.kind == "businessRuleTask":
        return found | _named(known.decisions, node.called)
    if node.kind == "callActivity":
        return found | _called(diagram, node, known, set() if seen is None else seen)
    return found


def _answers(node: Node, known: Known) -> Names:
    key = node.properties.get("form")
    if known.forms is None:
        return UNSEEN
    if not key:
        return NOTHING
    form = known.forms.get(f"{node.process}/{key}") if isinstance(known.forms, Mapping) else None
    return Names(frozenset(one.key for one in inputs(form))) if isinstance(form, Form) else UNSEEN


def _named(there: Collection[str] | Mapping[str, Collection[str]] | None, name: str | None) -> Names:
    if isinstance(there, Mapping) and name is not None and name in there:
        return Names(frozenset(there[name]))
    return UNSEEN


def _called(diagram: Diagram, node: Node, known: Known, seen: set[str]) -> Names:
    """All that the called process gives: it begins with what its caller knows, and hands everything back."""
    there = known.processes.get(node.called or "") if isinstance(known.processes, Mapping) else None
    if any(one.id == node.called for one in diagram.processes):
        there = diagram
    if node.called in seen:
        return NOTHING
    if not isinstance(there, Diagram) or len(seen) >= _DEEPEST:
        return UNSEEN
    seen.add(node.called or "")
    return _all(given_by(there, inner, known, seen) for inner in there.nodes if inner.process == node.called)


def _all(parts: Iterable[Names]) -> Names:
    found = NOTHING
    for part in parts:
        found |= part
    return found


def _assigned(script: str) -> tuple[str, ...]:
    try:
        return scripts.read_script(script).assigns
    except SyntaxError:
        return ()
