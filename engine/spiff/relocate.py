"""Take a token away from where it stands and start again at another element of the same process or sub-process."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Unpack

from SpiffWorkflow.bpmn.specs.control import EventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict, Invalid, Sentence
from engine.spiff import catching
from engine.spiff.bounds import Bounds
from engine.spiff.branches import InclusiveGateway, ParallelGateway, ScopeEvent
from engine.spiff.conductor import Conductor
from engine.spiff.nesting import has_joins, is_join, nesting
from engine.spiff.parse import Specification
from engine.spiff.rewrites import drawn, entry
from engine.spiff.step import Call, ServiceCall, Step
from engine.spiff.workflow import is_container

_NO_MOMENT = datetime.min.replace(tzinfo=UTC)  # looking moves nothing


@dataclass(frozen=True)
class Place:
    """Where a token stands that can be taken away: an open task, an awaited event, an activity at work inside.

    `targets` are the elements it may go to, id and name, in the order of the diagram.
    """

    key: str
    element: str
    name: str
    targets: tuple[tuple[str, str], ...]


def places(spec: Specification, state: bytes) -> tuple[Place, ...]:
    """Where the tokens of a process stand, and where each of them may be moved to."""
    engine = Conductor(spec, _NO_MOMENT, _no_call)
    engine.restore(state)
    found = []
    for task in _movable(engine):
        if is_instance(task):
            continue
        within = task.workflow.spec
        targets = tuple(
            (name, name_of(within, node)) for name, node in within.task_specs.items()
            if _is_drawn(name, node) and _why_not(task, name) is None
        )
        element = drawn(task.task_spec.bpmn_id or task.task_spec.name)
        found.append(Place(str(task.id), element, name_of(within, task.task_spec), targets))
    return tuple(found)


def move(
    spec: Specification, state: bytes, key: str, to: str, now: datetime, call: Call, **limits: Unpack[Bounds],
) -> Step:
    """Take the token *key* away (a key of `places`) and start at the element *to*, with the data it had.

    What is attached to the activity it leaves ends with it; what runs inside
    ends as well. Conflict if no such token stands there (any more), Invalid
    with a sentence where it cannot be right.
    """
    engine = Conductor(spec, now, call, **limits)
    with engine.watched():
        known = engine.restore(state)
        task = next((task for task in _movable(engine) if str(task.id) == key), None)
        if task is None:
            raise Conflict("Dort steht der Vorgang nicht (mehr). Bitte sehen Sie sich an, wo er jetzt steht.",
                           "The instance does not stand there (any more). Please look where it stands now.")
        why_not = _why_not(task, to)
        if why_not is not None:
            raise Invalid("Dorthin kann der Vorgang nicht versetzt werden.", "The instance cannot be moved there.",
                          fields={"to": [why_not]})
        specs = task.workflow.spec.task_specs
        _leave(task)
        at = specs[entry(specs, to)]
        child = task._add_child(specs.get(f"{to}.BoundaryEventSplit") or at, TaskState.FUTURE)
        child.triggered = True
        if isinstance(at, ParallelGateway | InclusiveGateway):
            child.data, child.internal_data["from"] = dict(task.data), list(at._inputs)  # it waits for nobody
        child.task_spec._update(child)
        engine.run()
    return engine.step(known)


def detach(split: Any, join_name: str) -> None:
    """End what waits beside an activity that is left; tokens that came of it before go on."""
    for beside in split.children:
        if not isinstance(beside.task_spec, BoundaryEvent) or beside.state != TaskState.WAITING:
            continue
        if catching.repeats(beside):
            beside.internal_data.clear()
            beside._set_state(TaskState.COMPLETED if beside.children else TaskState.CANCELLED)
            beside.workflow.top_workflow.event_manager.remove_task(beside)
        else:
            beside.cancel()
    for task in list(split.workflow.tasks.values()):
        if task.task_spec.name == join_name and task.state == TaskState.WAITING \
                and task.find_ancestor(split.task_spec.name) is split:
            task._set_state(TaskState.CANCELLED)


def is_instance(task: Any) -> bool:
    """Whether it is one of the several instances of a repeated element."""
    return task.parent is not None and is_container(task.parent) \
        and task.task_spec.name == task.parent.task_spec.task_spec


def name_of(spec: Any, node: Any) -> str:
    """What readers call an element; what is repeated has its name inside."""
    inner = spec.task_specs.get(getattr(node, "task_spec", None) or "", node)
    return str(inner.bpmn_name or drawn(node.bpmn_id or node.name))


def _movable(engine: Conductor) -> Iterable[Any]:
    for task in engine.workflow.every_task():
        spec = task.task_spec
        if spec.undoes:
            continue  # what has thrown compensation waits for it
        waits = task.state == TaskState.WAITING and isinstance(spec, CatchingEvent) and not isinstance(
            spec, BoundaryEvent | StartEvent | ScopeEvent)
        works = task.state == TaskState.STARTED and (isinstance(spec, SubWorkflowTask) or is_container(task))
        if waits or works or (task.state == TaskState.READY and spec.manual):
            yield task


def _is_drawn(name: str, node: Any) -> bool:
    return getattr(node, "bpmn_id", None) == name and not node.undoes


def _why_not(task: Any, to: str) -> Sentence | None:
    """Why the token cannot go to the element *to*; None if it can."""
    spec = task.workflow.spec
    node = spec.task_specs.get(to)
    if node is None or not _is_drawn(to, node):
        if any(to in other.task_specs for other in _others(task)):
            return Sentence(
                "Dieses Element liegt in einem anderen (Teil-)Prozess als der Schritt, an dem der Vorgang steht. "
                "Wählen Sie den Teilprozess selbst oder ein Element daneben.",
                "This element is in another (sub-)process than the step at which the instance stands. "
                "Choose the sub-process itself or an element beside it.",
            )
        return Sentence("Dieses Element gibt es in diesem Prozessstand nicht.",
                        "There is no such element in this version of the process.")
    node = spec.task_specs[entry(spec.task_specs, to)]
    if is_instance(task):
        return Sentence(
            "Dieser Schritt gehört zu einer Mehrfachausführung. Versetzen Sie diese als Ganzes.",
            "This step is one of several instances of a repeated one. Move that as a whole.",
        )
    if isinstance(node, BoundaryEvent | StartEvent):
        return Sentence("An einem Start- oder angehefteten Ereignis kann ein Vorgang nicht fortgesetzt werden.",
                        "An instance cannot go on at a start event or an attached event.")
    if any(isinstance(spec.task_specs[name], ScopeEvent) for name in node._inputs):
        return Sentence("Dieser Teilprozess beginnt nur mit seinem Ereignis.",
                        "This sub-process begins with its event only.")
    if any(isinstance(spec.task_specs[name], catching.EventBasedGateway) for name in node._inputs):
        return Sentence("Dieses Ereignis gehört zu einem ereignisbasierten Gateway. Wählen Sie dieses Gateway.",
                        "This event belongs to an event-based gateway. Choose that gateway.")
    if is_join(node):
        return Sentence("Hier treffen sich mehrere Zweige. Wählen Sie das Element davor oder dahinter.",
                        "Several branches meet here. Choose the element before it or behind it.")
    if not has_joins(spec):
        return None
    around = nesting(spec)
    if around.get(node.name) is None or around.get(task.task_spec.name) != around.get(node.name):
        return Sentence(
            "Dieses Element liegt in einem anderen Zweig: Dort, wo sich die Zweige treffen, würde der Vorgang "
            "für immer warten oder doppelt ankommen.",
            "This element is in another branch: where the branches meet, the instance would wait for ever or "
            "come in twice.",
        )
    return None


def _others(task: Any) -> Iterable[Any]:
    top = task.workflow.top_workflow
    return (spec for spec in (top.spec, *top.subprocess_specs.values()) if spec is not task.workflow.spec)


def _leave(task: Any) -> None:
    """Let a token be over without its element having run."""
    top = task.workflow.top_workflow
    for child in list(task.children):
        task.workflow._remove_task(child.id)
    inside = top.subprocesses.pop(task.id, None)
    if inside is not None:
        top.cancel(inside)
    top.event_manager.remove_task(task)
    task.internal_data.clear()
    task._set_state(TaskState.COMPLETED)
    split = task.parent
    if split is not None and isinstance(split.task_spec, EventSplit):
        detach(split, f"{task.task_spec.name}.BoundaryEventJoin")


def _no_call(asked: ServiceCall) -> dict[str, Any]:
    raise AssertionError("looking where tokens stand calls no service")
