"""A running process <-> the bytes that are stored between two steps.

Only the state is written, never the specification.  Each task's data are
written as what differs from its parent's, so that a long process with much
data stays small.
"""

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.branches import changed
from engine.spiff.parse import Specification
from engine.spiff.values import dump, load
from engine.spiff.workflow import SubWorkflow, Workflow

_VERSION = 1


def freeze(workflow: Workflow) -> bytes:
    """The state of *workflow*; a sub-process that is over is not part of it."""
    subs = {
        task_id.hex: _written(sub)
        for task_id, sub in workflow.subprocesses.items()
        if not sub.completed or not workflow.get_task_from_id(task_id).has_state(TaskState.FINISHED_MASK)
    }
    return dump({"v": _VERSION, "main": _written(workflow), "subs": subs})


def thaw(specification: Specification, state: bytes, engine: Any) -> Workflow:
    """The workflow that `freeze` wrote, conducted by *engine*."""
    stored = load(state)
    if not isinstance(stored, dict) or stored.get("v") != _VERSION:
        raise ValueError("this is not the state of a process")
    workflow = Workflow(specification.main, specification.called, script_engine=engine, deserializing=True)
    _read(workflow, stored["main"])
    waiting = dict(stored["subs"])
    while waiting:
        for task_id, written in list(waiting.items()):
            parent = _find(workflow, UUID(hex=task_id))
            if parent is None:
                continue
            del waiting[task_id]
            spec = specification.called[parent.task_spec.spec]
            sub = SubWorkflow(spec, parent.id, workflow, deserializing=True)
            _read(sub, written)
            workflow.subprocesses[parent.id] = sub
            sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return workflow


def _written(workflow: Any) -> list[Any]:
    tasks = workflow.tasks
    written = []
    for task in tasks.values():
        parent = tasks.get(task._parent)
        data = task.data if parent is None else changed(parent.data, task.data)
        gone = [name for name in parent.data if name not in task.data] if parent is not None else []
        written.append([
            task.id.hex, task._parent.hex if parent is not None else None, task._state, task.task_spec.name,
            task.last_state_change, task.triggered, task.internal_data, data, gone,
            [child.hex for child in task._children],
        ])
    last = workflow.last_task
    return [written, workflow.task_tree.id.hex, last.id.hex if last is not None and last.id in tasks else None,
            workflow.completed, workflow.success, workflow.data]


def _read(workflow: Any, stored: list[Any]) -> None:
    written, root, last, workflow.completed, workflow.success, workflow.data = stored
    tasks, specs, top = workflow.tasks, workflow.spec.task_specs, workflow.top_workflow
    for task_id, parent, state, spec, since, triggered, internal, data, gone, children in written:
        task = Task(workflow, specs[spec], None, state, UUID(hex=task_id))
        task.last_state_change, task.triggered, task.internal_data = since, triggered, internal
        if parent is not None:
            task._parent = UUID(hex=parent)
            data = {**tasks[task._parent].data, **data}
            for name in gone:
                data.pop(name, None)
        task.data = data
        task._children = [UUID(hex=child) for child in children]
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            top.event_manager.add_task(task)
    workflow.task_tree = tasks[UUID(hex=root)]
    workflow.last_task = tasks[UUID(hex=last)] if last is not None else None


def _find(workflow: Workflow, task_id: UUID) -> Any:
    return next((part.tasks[task_id] for part in [workflow, *workflow.subprocesses.values()] if task_id in part.tasks),
                None)
