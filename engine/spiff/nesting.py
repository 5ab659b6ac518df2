"""In which branches an element stands: what has parted before it and will meet behind it.

Only by this can be said whether a token may be put somewhere else.  A join
waits for one token from each branch: a token taken out of its branch lets it
wait for ever, one put into another branch comes twice.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent

from engine.spiff.branches import InclusiveGateway, ParallelGateway, ScopeEvent

Branch = tuple[str, str]
"""Where ways part (a gateway, or an event beside what goes on), and which of them it is."""


def nesting(spec: Any) -> dict[str, tuple[Branch, ...] | None]:
    """The branches around each element of a process or sub-process, the outermost first.

    None where that cannot be said: two ways lead there that stand in different
    branches, or a join takes in what no gateway has parted.
    """
    found: dict[str, tuple[Branch, ...] | None] = {}
    todo: list[tuple[str, tuple[Branch, ...] | None]] = [(spec.start.name, ())]
    while todo:
        name, around = todo.pop()
        node = spec.task_specs[name]
        if is_join(node):
            around = around[:-1] if around and is_split(spec.task_specs[around[-1][0]]) else None
        if name in found:
            if found[name] is None or found[name] == around:
                continue
            around = None
        found[name] = around
        todo.extend((output, _below(spec, node, output, around)) for output in node._outputs)
    return found


def has_joins(spec: Any) -> bool:
    """Whether anywhere in it a token waits for others, apart from its end."""
    return any(is_join(node) for node in spec.task_specs.values())


def is_join(node: Any) -> bool:
    """Whether it waits for several branches."""
    return isinstance(node, ParallelGateway | InclusiveGateway) and len(node._inputs) > 1


def is_split(node: Any) -> bool:
    """Whether several tokens may leave it."""
    return isinstance(node, ParallelGateway | InclusiveGateway) and len(node._outputs) > 1


def _below(spec: Any, node: Any, output: str, around: tuple[Branch, ...] | None) -> tuple[Branch, ...] | None:
    if around is None:
        return None
    follower = spec.task_specs[output]
    if is_split(node):
        return (*around, (node.name, output))
    if isinstance(follower, ScopeEvent) or (isinstance(follower, BoundaryEvent) and not follower.cancel_activity):
        return (*around, (output, "beside"))
    return around
