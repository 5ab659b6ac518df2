"""Undoing what has been done: compensation, and a transaction that is given up (BPMN 2.0.2, 10.6, 13.5.5).

A process remembers, in the order they were completed, the activities that
something can undo.  An event that throws compensation takes those it is about
from that list and has them undone one after the other, the last one first; it
is done when they are.  What can undo an activity inside a completed
sub-process runs in the process around it, which is why `inherit` makes it
known there.
"""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.spiff.branches import EventSubprocess, ancestors
from engine.spiff.events import Cancel, Compensation
from engine.spiff.unpredicted import Unpredicted


class CompensationEvent(Unpredicted, bpmn.IntermediateThrowEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The event at the edge of an activity that leads to what undoes it; reached by compensation only."""

    undoes = True

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, cancel_activity: bool, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, NoneEventDefinition(), **kwargs)

    def test(self) -> None:
        pass  # no flow leads here

    def lead_to(self, handler: Any) -> None:
        """Say what undoes the activity; the event that has thrown compensation goes on once that is done."""
        self.connect(handler)
        handler.undoes = True
        handler.completed_event.connect(_undone)


class _Throwing(Unpredicted):
    def _predict_hook(self: Any, my_task: Any) -> None:
        if not isinstance(self.event_definition, Compensation | Cancel):  # else only when all is undone
            super()._predict_hook(my_task)  # type: ignore[misc]  # the class it is mixed into has it

    def _run_hook(self: Any, my_task: Any) -> Any:
        if isinstance(self.event_definition, Compensation | Cancel):
            if not _all_undone(my_task, self.event_definition):
                return None  # it has begun and goes on when an activity has been undone
            super()._predict_hook(my_task)  # type: ignore[misc]  # the class it is mixed into has it
        return super()._run_hook(my_task)  # type: ignore[misc]  # the class it is mixed into has it


class IntermediateThrowEvent(_Throwing, bpmn.IntermediateThrowEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class EndEvent(_Throwing, bpmn.EndEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


def remember(task: Any) -> None:
    """An activity is done: note what can undo it, or else what can undo the activities inside it."""
    spec, part = task.task_spec, task.workflow
    if spec.undone_by:
        part.undoable.append([spec.undone_by, spec.bpmn_id])
    elif isinstance(spec, SubWorkflowTask) and spec.shares_data:
        inside = part.top_workflow.subprocesses.get(task.id)
        if inside is not None:
            part.undoable += [[*entry, spec.bpmn_id] for entry in inside.undoable]


def inherit(specs: Mapping[str, Any]) -> None:
    """Make what undoes activities inside sub-processes known around them, and to event sub-processes what is around."""
    for spec in specs.values():
        _gather(specs, spec, frozenset())
    for spec in specs.values():
        for node in _inside(specs, spec):
            if isinstance(node, EventSubprocess):
                specs[node.spec].task_specs.update(_undoing(spec))


def _gather(specs: Mapping[str, Any], spec: Any, seen: frozenset[str]) -> None:
    for node in _inside(specs, spec):
        if node.spec not in seen:
            _gather(specs, specs[node.spec], seen | {node.spec})
            spec.task_specs.update(_undoing(specs[node.spec]))


def _inside(specs: Mapping[str, Any], spec: Any) -> list[Any]:
    return [node for node in spec.task_specs.values()
            if isinstance(node, SubWorkflowTask) and node.shares_data and node.spec in specs]


def _undoing(spec: Any) -> dict[str, Any]:
    return {name: node for name, node in spec.task_specs.items() if node.undoes}


def _all_undone(my_task: Any, definition: Compensation | Cancel) -> bool:
    own, part = my_task.internal_data, my_task.workflow
    if "undo" not in own:
        if isinstance(definition, Cancel):
            _end_all_else(my_task)
        own["undo"] = _taken(part, getattr(definition, "activity", None))
    if not own["undo"]:
        del own["undo"]
        return True
    next_one, *own["undo"] = own["undo"]
    child = my_task._add_child(part.spec.task_specs[next_one], TaskState.FUTURE)
    child.triggered = True
    child.task_spec._update(child)
    return False


def _undone(workflow: Any, handler: Any) -> None:
    thrower = handler.parent.parent
    thrower.data = dict(handler.data)
    thrower._set_state(TaskState.READY)


def _taken(part: Any, activity: str | None) -> list[str]:
    """What is to be undone, the last one first; it is not remembered any more."""
    taken: list[str] = []
    while part is not None:
        chosen = [entry for entry in part.undoable if activity is None or activity in entry[1:]]
        part.undoable = [entry for entry in part.undoable if entry not in chosen]
        taken += [entry[0] for entry in reversed(chosen)]
        outside = part.parent_task_id
        around = part.top_workflow.get_task_from_id(outside) if outside is not None else None
        # an event sub-process may undo what was done in the process it belongs to
        part = around.workflow if around is not None and isinstance(around.task_spec, EventSubprocess) else None
    return taken


def _end_all_else(my_task: Any) -> None:
    above = {my_task.id, *(task.id for task in ancestors(my_task))}
    for task in list(my_task.workflow.tasks.values()):
        if task.id not in above and task._parent != my_task.id and task.has_state(TaskState.DEFINITE_MASK):
            task.cancel()
