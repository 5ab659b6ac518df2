"""Elements that wait for events: beside an activity, behind an event-based gateway, at the head of a sub-process."""

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.spiff.branches import go_on
from engine.spiff.events import Condition, Message, RepeatingTimer, Signal, Timer, Trigger
from engine.spiff.unpredicted import Unpredicted

_FIRST_OF = (Timer, Message, Signal, Condition)


def definitions(task: Any) -> list[Any]:
    """What a task waits for: one event definition, or those of an event-based gateway."""
    definition = task.task_spec.event_definition
    found = definition.event_definitions if isinstance(definition, FirstOf) else [definition]
    return [one for one in found if isinstance(one, Timer | RepeatingTimer | Trigger)]


def repeats(task: Any) -> bool:
    """Whether the event may come again and again beside what goes on."""
    return bool(getattr(getattr(task.task_spec, "event_definition", None), "repeats", False))


class BoundaryEvent(Unpredicted, bpmn.BoundaryEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class BoundaryJoin(Unpredicted, BoundaryEventJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Ends what is attached to an activity that is over, but not the tokens that came of it before."""

    def _check_threshold_structured(self, my_task: Any) -> tuple[bool, list[Any]]:
        finished, cancelled = super()._check_threshold_structured(my_task)
        left = []
        for task in cancelled:
            if not repeats(task):
                left.append(task)
                continue
            task.internal_data.clear()
            task._set_state(TaskState.COMPLETED if task.children else TaskState.CANCELLED)
            task.workflow.top_workflow.event_manager.remove_task(task)
        return finished, left


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway waits for: the first of its events."""

    def has_fired(self, my_task: Any) -> bool:
        return "chosen" in my_task.internal_data

    def update_task(self, my_task: Any) -> None:
        for definition in self.event_definitions:
            definition.set_up(my_task)

    def catch(self, my_task: Any, event: Any = None) -> None:
        pass  # `Conductor.fire` says which one it was

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class EventBasedGateway(Unpredicted, bpmn.EventBasedGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _predict_hook(self, my_task: Any) -> None:
        pass  # which flow it takes is known once it has run

    def connect(self, child: Any) -> None:
        definition = child.event_definition
        super().connect(child)
        if not isinstance(definition, _FIRST_OF):
            raise WorkflowException(
                "an event-based gateway can wait for messages, signals, conditions and timers only", task_spec=self)

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.internal_data.pop("payload", {}))
        go_on(my_task, [my_task.internal_data.pop("chosen")])
        for name in ("due", "awaits", "held"):
            my_task.internal_data.pop(name, None)
        return True
