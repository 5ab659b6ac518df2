"""Timers and messages: what a process waits for, and what it sends.

SpiffWorkflow's own read the server's clock and take any message of the right
name.  Here a timer fires only when `wake` says so, and a message is handed
over by `deliver` to whom its name and correlation fit.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent as StartEventMixin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.spiff import clock
from engine.spiff.branches import go_on
from engine.spiff.unpredicted import Unpredicted

DEFAULT_CORRELATION = "idee_id"
MISSED = ("each", "once")
"""What a repeated timer's property `missed` may say; the first is meant where it says nothing (the rules check it)."""


class Timer(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Comes once.  When it is due is worked out once, on arrival; only `wake` lets it fire."""

    def __init__(self, element: str, expression: str) -> None:
        super().__init__(element)
        self.expression = expression

    def set_up(self, my_task: Any) -> None:
        known = my_task.internal_data.get("due", {})
        if self.name not in known:
            moment = my_task.workflow.script_engine.due(my_task, self.expression)
            my_task.internal_data["due"] = {**known, self.name: moment.isoformat()}

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)

    def catches(self, my_task: Any, event: Any) -> bool:
        return False

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("due", None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timer) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class RepeatingTimer(CycleTimerEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A reminder beside a running activity: each time it comes, it sends one token down its flow.

    What was missed while nobody woke it comes once each, in order; with
    *missed* "once" it comes once in all.
    """

    def __init__(self, element: str, expression: str, missed: str = "") -> None:
        super().__init__(element, expression)
        self.missed = missed

    def has_fired(self, my_task: Any) -> bool:
        return False

    def update_task(self, my_task: Any) -> None:
        engine, own = my_task.workflow.script_engine, my_task.internal_data
        if "cycle" not in own:
            text, found = engine.cycle(my_task, self.expression)
            own["cycle"] = {"text": text, "from": engine.now.isoformat(), "passed": 0}
            self._next(own, found)
        elif own.pop("fire", False):
            found = clock.cycle(own["cycle"]["text"], clock.moment(own["cycle"]["from"]))
            passed = own["cycle"]["passed"] + 1
            if self.missed == "once":
                passed = found.first_after(engine.now, passed)
            own["cycle"] = {**own["cycle"], "passed": passed}
            self._next(own, found)
            _send_token(my_task)

    def _next(self, own: dict[str, Any], found: clock.Cycle) -> None:
        passed = own["cycle"]["passed"]
        own["due"] = {} if found.is_over(passed) else {self.name: found.nth(passed).isoformat()}

    def catches(self, my_task: Any, event: Any) -> bool:
        return False


class Message(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A message: thrown into the step's `sent`, caught by name and correlation."""

    def __init__(self, name: str, element: str, payload: str | None, correlation: str | None) -> None:
        super().__init__(name)
        self.element, self.payload, self.correlation = element, payload, correlation

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.send(my_task, self)

    def set_up(self, my_task: Any) -> None:
        known = my_task.internal_data.get("awaits", {})
        if self.element not in known and not isinstance(my_task.task_spec, StartEventMixin):
            value = my_task.workflow.script_engine.correlation(my_task, self)
            my_task.internal_data["awaits"] = {**known, self.element: value}

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)

    def catches(self, my_task: Any, event: Any) -> bool:
        return False  # only `deliver` hands messages over, and it knows whom to

    def update_task_data(self, my_task: Any) -> None:
        my_task.data.update(my_task.internal_data.pop("payload", {}))

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("awaits", None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.element == other.element

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class RepeatedMessage(Message):
    """A message that may come any number of times while the activity it is attached to goes on."""

    def has_fired(self, my_task: Any) -> bool:
        return False

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)
        if my_task.internal_data.pop("fire", False):
            self.update_task_data(my_task)
            _send_token(my_task)


class BoundaryEvent(Unpredicted, bpmn.BoundaryEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class BoundaryJoin(Unpredicted, BoundaryEventJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Ends what is attached to an activity that is over, but not the tokens that came of it before."""

    def _check_threshold_structured(self, my_task: Any) -> tuple[bool, list[Any]]:
        finished, cancelled = super()._check_threshold_structured(my_task)
        left = []
        for task in cancelled:
            definition = getattr(task.task_spec, "event_definition", None)
            if not isinstance(definition, RepeatingTimer | RepeatedMessage):
                left.append(task)
                continue
            task.internal_data.clear()
            task._set_state(TaskState.COMPLETED if task.children else TaskState.CANCELLED)
            task.workflow.top_workflow.event_manager.remove_task(task)
        return finished, left


def _send_token(my_task: Any) -> None:
    """Let an event beside a running activity happen once: it goes on waiting, a token goes down its flow."""
    my_task.workflow.script_engine.passed(my_task)
    for output in my_task.task_spec.outputs:
        if output.name.endswith(".BoundaryEventJoin"):
            continue
        child = my_task._add_child(output, TaskState.FUTURE)
        child.triggered = True
        child.task_spec._update(child)


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway waits for: the first of its events."""

    def has_fired(self, my_task: Any) -> bool:
        return "chosen" in my_task.internal_data

    def update_task(self, my_task: Any) -> None:
        for definition in self.event_definitions:
            if isinstance(definition, Timer | Message):
                definition.set_up(my_task)

    def catch(self, my_task: Any, event: Any = None) -> None:
        for definition in self.event_definitions:
            if definition.catches(my_task, event):
                my_task.internal_data.setdefault("chosen", definition.name)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class EventBasedGateway(Unpredicted, bpmn.EventBasedGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _predict_hook(self, my_task: Any) -> None:
        pass  # which flow it takes is known once it has run

    def connect(self, child: Any) -> None:
        definition = child.event_definition
        super().connect(child)
        if not isinstance(definition, Timer | Message):
            raise WorkflowException("an event-based gateway can wait for messages and timers only", task_spec=self)

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.internal_data.pop("payload", {}))
        go_on(my_task, [my_task.internal_data.pop("chosen")])
        for name in ("due", "awaits"):
            my_task.internal_data.pop(name, None)
        return True
