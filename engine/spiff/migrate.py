"""A running process goes on, on another version of its diagram: what that would mean, and doing it.

Tokens stay where they are (compare.py says whether they can).  What is
attached to an activity they stand on becomes what the new version says: events
that were added begin to wait, those that were taken out stop.

Timers keep their moment.  A timer whose expression has changed is worked out
anew, counted from the migration: when its element was reached is not known any
more, and a deadline that was promised should not lie in the past.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid, ProcessFailed, Sentence
from engine.spiff import catching, compare, events
from engine.spiff.bounds import Bounds
from engine.spiff.branches import ScopeEvent
from engine.spiff.compare import Stand
from engine.spiff.conductor import Conductor
from engine.spiff.parse import Specification
from engine.spiff.relocate import is_instance
from engine.spiff.snapshot import freeze, thaw
from engine.spiff.step import Call, Step, Waiting
from engine.spiff.workflow import Token

_AT_WORK = TaskState.WAITING | TaskState.READY | TaskState.STARTED


@dataclass(frozen=True)
class Outlook:
    """What a migration would mean. `step` is what would come of it; None if a stand has a problem or it would fail.

    `gone` and `come` are the timers and messages that are waited for before but
    not after, and after but not before; one that changes is in both.
    """

    stands: tuple[Stand, ...]
    step: Step | None
    failure: Sentence | None
    gone: tuple[Waiting, ...]
    come: tuple[Waiting, ...]


def outlook(
    old: Specification, new: Specification, state: bytes, now: datetime, call: Call, **limits: Unpack[Bounds],
) -> Outlook:
    """What it would mean to migrate a process from *old* to *new*; nothing is changed."""
    engine = Conductor(old, now, call)
    engine.restore(state)
    stands = compare.stands(old, new, engine.workflow)
    if any(stand.problem for stand in stands):
        return Outlook(stands, None, None, (), ())
    timers, messages = engine.waits()
    try:
        step = migrate(old, new, state, now, call, **limits)
    except ProcessFailed as error:
        return Outlook(stands, None, Sentence(error.de, error.en), (), ())
    before = {_what(wait): wait for wait in (*timers, *messages)}
    after = {_what(wait): wait for wait in (*step.timers, *step.subscriptions)}
    return Outlook(stands, step, None, tuple(wait for key, wait in before.items() if key not in after),
                   tuple(wait for key, wait in after.items() if key not in before))


def migrate(
    old: Specification, new: Specification, state: bytes, now: datetime, call: Call, **limits: Unpack[Bounds],
) -> Step:
    """Let a process that runs on *old* go on on *new*; every open task of the step counts as new.

    Invalid, with a sentence for each element in `findings`, where that cannot be right.
    """
    before = thaw(old, state, Conductor(old, now, call))
    problems = [stand for stand in compare.stands(old, new, before) if stand.problem is not None]
    if problems:
        raise Invalid("Dieser Vorgang kann nicht auf den neuen Stand gehoben werden.",
                      "This instance cannot be migrated to the new version.", findings=problems)
    engine = Conductor(new, now, call, **limits)
    with engine.watched():
        _rename(before, compare.scopes(new))
        engine.workflow = thaw(new, freeze(before), engine)
        was = compare.scopes(old)
        for part in engine.workflow.running():
            _listen(part, was[part.spec.name])
            for task in list(part.tasks.values()):
                _attach(task)
                _wait_anew(task, was[part.spec.name].task_specs.get(task.task_spec.name))
            part.update_waiting_tasks()  # a join may have nothing left to wait for
        engine.run()
    return engine.step(frozenset())


def _rename(workflow: Any, scopes: Any) -> None:
    """Take what the new version does not know out of the state, or let it pass for the start: it is over."""
    for part in workflow.running():
        twins = scopes[part.spec.name].task_specs
        for task in [task for task in part.tasks.values() if compare.is_beside(task)]:
            if compare.is_replaced(task, twins.get(task.task_spec.name)):
                part._remove_task(task.id)
        for task in [task for task in part.tasks.values() if isinstance(task.task_spec, ScopeEvent)]:
            if task.state == TaskState.WAITING and compare.is_other_start(task, twins.get(task.task_spec.name)):
                part.top_workflow.event_manager.remove_task(task)
                task._set_state(TaskState.CANCELLED)  # what came of it goes on
                task.task_spec = part.spec.start
        for task in part.tasks.values():
            if task.task_spec.name not in twins:
                task.task_spec = part.spec.start


def _listen(part: Any, was: Any) -> None:
    """Let event sub-processes that were added begin to wait, unless another one has ended all else already."""
    waiting = {task.task_spec.name for task in part.tasks.values() if isinstance(task.task_spec, ScopeEvent)}
    begun = [task for task in part.tasks.values() if task.has_state(_AT_WORK) and task.parent is not None
             and isinstance(task.parent.task_spec, ScopeEvent) and task.parent.task_spec.interrupting]
    for name in () if begun else part.spec.start._outputs:
        spec, before = part.spec.task_specs[name], was.task_specs.get(name)
        if isinstance(spec, ScopeEvent) and name not in waiting and (
            before is None or type(before.event_definition) is not type(spec.event_definition)
            or before.interrupting != spec.interrupting
        ):
            child = part.task_tree._add_child(spec, TaskState.WAITING)
            child.task_spec._update(child)


def _attach(task: Any) -> None:
    """Let what the diagram attaches to an activity begin to wait, unless it waits already or is over."""
    if not task.has_state(_AT_WORK) or is_instance(task) or isinstance(task.task_spec, BoundaryEvent):
        return
    part = task.workflow
    spec = part.spec.task_specs.get(f"{task.task_spec.name}.BoundaryEventSplit")
    if spec is None:
        return
    split = task.parent if task.parent is not None and task.parent.task_spec is spec else _split_above(task, spec)
    known = {child.task_spec.name for child in split.children}
    for name in spec._outputs:
        if name not in known:
            child = split._add_child(part.spec.task_specs[name], TaskState.WAITING)
            child.task_spec._update(child)


def _split_above(task: Any, spec: Any) -> Any:
    part, parent = task.workflow, task.parent
    split = Token(part, spec, parent, TaskState.COMPLETED)
    split.data = dict((parent or task).data)
    split._children, task._parent = [task.id], split.id
    if parent is None:
        part.task_tree = split
    else:
        parent._children.remove(task.id)
    order = [number for number in part.tasks if number != split.id]
    order.insert(order.index(task.id), split.id)  # a task stands behind the one it hangs below
    tasks = dict(part.tasks)
    part.tasks.clear()
    part.tasks.update((number, tasks[number]) for number in order)
    return split


def _wait_anew(task: Any, was: Any) -> None:
    """Work out anew when or for what an event waits, where the diagram says something else than before."""
    if task.state != TaskState.WAITING or not isinstance(task.task_spec, CatchingEvent) or was is None:
        return
    own, definition = task.internal_data, task.task_spec.event_definition
    if not isinstance(definition, events.Timer | events.RepeatingTimer | events.Trigger | catching.FirstOf):
        return
    before = {_name(item): item for item in _each(was.event_definition)}
    now = {_name(item): item for item in _each(definition)}
    for kept in ("due", "awaits", "held"):
        if kept in own:
            own[kept] = {name: value for name, value in own[kept].items()
                         if name in now and _said(now[name]) == _said(before.get(name))}
    if isinstance(definition, events.RepeatingTimer) and _said(definition) != _said(was.event_definition):
        own.pop("cycle", None)
    definition.update_task(task)


def _what(wait: Waiting) -> Any:
    return wait.key, wait.due_at, wait.correlation, None if wait.due_at else wait.name


def _each(definition: Any) -> list[Any]:
    return definition.event_definitions if isinstance(definition, catching.FirstOf) else [definition]


def _name(definition: Any) -> Any:
    return getattr(definition, "element", definition.name)


def _said(definition: Any) -> Any:
    """What decides when or for what it waits."""
    if isinstance(definition, events.Message):
        return definition.correlation
    return getattr(definition, "expression", None)
