"""Whether the tokens of a running process can stand on another version of its diagram: why not, element by element.

Elements correspond by their ids and by nothing else.  A token can stand on an
element of the new version that has the same id, in the same process or
sub-process, and is of the same kind.  What it has already made of its element
(its instances, its sub-process, what it waits for) must still fit, and where
branches meet, the same ones must come in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.control import EventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.errors import Sentence
from engine.spiff.branches import EndJoin, ScopeEvent
from engine.spiff.catching import BoundaryJoin
from engine.spiff.nesting import has_joins, is_join, is_split, nesting
from engine.spiff.parse import Specification
from engine.spiff.relocate import is_instance, name_of
from engine.spiff.tree import drawn
from engine.spiff.workflow import is_container

_AT_WORK = TaskState.WAITING | TaskState.READY | TaskState.STARTED


@dataclass(frozen=True)
class Stand:
    """Where tokens of a process stand, and what becomes of them: `problem` says why they cannot stand there."""

    element: str
    name: str
    new_name: str
    count: int
    problem: Sentence | None


def stands(old: Specification, new: Specification, workflow: Any) -> tuple[Stand, ...]:
    """Where the tokens of *workflow*, which runs on *old*, would stand on *new*."""
    twins = scopes(new)
    found: dict[tuple[str, str], Stand] = {}
    for part in workflow.running()[::-1]:
        there = twins.get(part.spec.name)
        tokens = [task for task in part.tasks.values() if _is_token(task)]
        apart = {} if there is None else _branches(part.spec, there, tokens)
        for task in tokens:
            element = drawn(task.task_spec.bpmn_id or task.task_spec.name)
            name = name_of(part.spec, task.task_spec)
            problem = _problem(part.spec, task, twins) or apart.get(task.id)
            twin = there.task_specs.get(task.task_spec.name) if there is not None else None
            before = found.get((part.spec.name, element))
            found[part.spec.name, element] = Stand(
                element, before.name if before else name, name_of(there, twin) if twin is not None else "–",
                before.count + (not is_container(task)) if before else int(not is_container(task)),
                (before.problem if before else None) or problem,
            )
        for back, activity, *_ in part.undoable:
            twin = there.task_specs.get(back) if there is not None else None
            if twin is None or not twin.undoes:
                found[part.spec.name, back] = Stand(activity, name_of(part.spec, part.spec.task_specs[back]), "–", 0,
                                                    Sentence(
                    "Was diese Aktivität rückgängig macht, fehlt im neuen Stand; sie ist schon erledigt.",
                    "What undoes this activity is missing in the new version; the activity is done already.",
                ))
    return tuple(found.values())


def scopes(spec: Specification) -> Mapping[str, Any]:
    """The process and its sub-processes and called processes, by id."""
    return {spec.main.name: spec.main, **spec.called}


def is_replaced(task: Any, twin: Any) -> bool:
    """Whether an event beside an activity is another one in the new version, beside another one, or none."""
    node = task.task_spec
    return (
        twin is None or type(twin) is not type(node) or twin.cancel_activity != node.cancel_activity
        or type(twin.event_definition) is not type(node.event_definition)
        or task.parent.task_spec.name not in twin._inputs
    )


def is_other_start(task: Any, twin: Any) -> bool:
    """Whether what starts an event sub-process is something else in the new version, or nothing."""
    return not isinstance(twin, ScopeEvent) or twin.interrupting != task.task_spec.interrupting \
        or type(twin.event_definition) is not type(task.task_spec.event_definition)


def is_beside(task: Any) -> bool:
    """Whether it is an event attached to an activity that is still going on."""
    split = task.parent
    return isinstance(task.task_spec, BoundaryEvent) and split is not None and isinstance(split.task_spec, EventSplit) \
        and any(other.has_state(_AT_WORK) and not isinstance(other.task_spec, BoundaryEvent)
                for other in split.children)


def _is_token(task: Any) -> bool:
    if isinstance(task.task_spec, EndJoin | BoundaryJoin | ScopeEvent):
        return False
    if isinstance(task.task_spec, BoundaryEvent):
        return is_beside(task) and _came(task)
    return bool(task.has_state(_AT_WORK))


def _came(beside: Any) -> bool:
    return any(not isinstance(child.task_spec, BoundaryJoin) for child in beside.children)


def _problem(spec: Any, task: Any, twins: Mapping[str, Any]) -> Sentence | None:
    node, there = task.task_spec, twins.get(spec.name)
    if there is None:
        return Sentence("Der Teilprozess, in dem er steht, fehlt im neuen Stand.",
                        "The sub-process it stands in is missing in the new version.")
    twin = there.task_specs.get(node.name)
    if isinstance(node, BoundaryEvent):
        return Sentence(
            "Dieses angeheftete Ereignis ist schon eingetreten; im neuen Stand fehlt es oder ist ein anderes.",
            "This attached event has happened already; in the new version it is missing or another one.",
        ) if is_replaced(task, twin) else None
    if twin is None and drawn(node.bpmn_id or node.name) not in there.task_specs:
        if any(node.name in other.task_specs for other in twins.values()):
            return Sentence("Das Element liegt im neuen Stand in einem anderen (Teil-)Prozess.",
                            "In the new version the element is in another (sub-)process.")
        return Sentence("Das Element gibt es im neuen Stand nicht mehr.",
                        "The element no longer exists in the new version.")
    if twin is None or _kind(node) != _kind(twin):
        return Sentence("Das Element ist im neuen Stand von anderer Art.",
                        "In the new version the element is of another kind.")
    if _repeated(node) != _repeated(twin):
        return Sentence("Die Mehrfachausführung ist im neuen Stand eine andere.",
                        "The element is repeated differently in the new version.")
    if isinstance(node, SubWorkflowTask) and node.spec != twin.spec:
        return Sentence("Das Element ruft im neuen Stand einen anderen Prozess auf.",
                        "In the new version the element calls another process.")
    if isinstance(node, CatchingEvent) and type(node.event_definition) is not type(twin.event_definition):
        return Sentence("Das Ereignis wartet im neuen Stand auf etwas anderes.",
                        "In the new version the event waits for something else.")
    if is_join(node) and set(node._inputs) != set(twin._inputs):
        return Sentence("Hier warten Zweige aufeinander, und im neuen Stand sind es andere.",
                        "Branches wait for each other here, and in the new version they are other ones.")
    return None


def _kind(node: Any) -> Any:
    # a task that waits for a person stays one, whichever of its three signs it has
    return "person" if node.manual and not isinstance(node, CatchingEvent) and not is_loop(node) else type(node)


def is_loop(node: Any) -> bool:
    """Whether the element stands for several instances of what is inside it."""
    return hasattr(node, "task_spec")


def _repeated(node: Any) -> list[Any]:
    if not is_loop(node):
        return []
    plain = [getattr(node, name, None) for name in ("cardinality", "condition", "maximum", "test_before")]
    data = [getattr(node, name, None) for name in ("data_input", "data_output", "input_item", "output_item")]
    return plain + [item.bpmn_id if item is not None else None for item in data]


def _branches(old: Any, new: Any, tokens: Iterable[Any]) -> dict[Any, Sentence]:
    """Which tokens would stand in other branches than they do, or in branches that meet otherwise."""
    if not (has_joins(old) or has_joins(new)) or _drawn(old) == _drawn(new):
        return {}
    before, after = nesting(old), nesting(new)
    become: dict[Any, Any] = {}
    came: dict[Any, Any] = {}
    found = {}
    for task in tokens:
        name = task.parent.task_spec.name if is_instance(task) else task.task_spec.name
        here, there = before.get(name), after.get(name)
        fits = here is not None and there is not None and [split for split, _ in here] == [split for split, _ in there]
        if fits:
            for branch, other in zip(here or (), there or (), strict=True):
                split, twin = old.task_specs[branch[0]], new.task_specs[other[0]]
                fits = fits and (not is_split(split) or len(split._outputs) == len(twin._outputs)) \
                    and become.setdefault(branch, other) == other and came.setdefault(other, branch) == branch
        if not fits and name in after:
            found[task.id] = Sentence(
                "Die Zweige um dieses Element teilen oder treffen sich im neuen Stand anders.",
                "The branches around this element part or meet differently in the new version.",
            )
    return found


def _drawn(spec: Any) -> dict[str, tuple[Any, list[str]]]:
    return {name: (type(node), node._outputs) for name, node in spec.task_specs.items()}
