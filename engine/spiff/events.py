"""What events wait for and what they throw: the event definitions of a diagram (BPMN 2.0.2, 10.5.5).

SpiffWorkflow's own read the server's clock, take any message of the right
name, and let what is interrupted run on.  Here a timer fires only when `wake`
says so, a message or signal from outside is handed over by `deliver`, and what
an element throws waits in `Conductor.thrown` until throwing.py has found who
catches it: in the same moment, before anything else runs.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent as StartEventMixin
from SpiffWorkflow.util.task import TaskState

from engine.spiff import clock

DEFAULT_CORRELATION = "idee_id"
MISSED = ("each", "once")
"""What a repeated timer's property `missed` may say; the first is meant where it says nothing (the rules check it)."""


class Timer(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Comes once.  When it is due is worked out once, on arrival; only `wake` lets it fire."""

    repeats = False

    def __init__(self, element: str, expression: str) -> None:
        super().__init__(element)
        self.element, self.expression = element, expression

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

    repeats = True

    def __init__(self, element: str, expression: str, missed: str = "") -> None:
        super().__init__(element, expression)
        self.element, self.missed = element, missed

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
            send_token(my_task)

    def _next(self, own: dict[str, Any], found: clock.Cycle) -> None:
        passed = own["cycle"]["passed"]
        own["due"] = {} if found.is_over(passed) else {self.name: found.nth(passed).isoformat()}

    def catches(self, my_task: Any, event: Any) -> bool:
        return False


class Trigger(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What comes from elsewhere: thrown by an element, or from outside.

    One that `repeats` stands beside something that goes on and may come any
    number of times; each time it sends a token down its flow.
    """

    def __init__(self, name: str | None, element: str, *, repeats: bool = False) -> None:
        super().__init__(name)
        self.element, self.repeats = element, repeats

    def set_up(self, my_task: Any) -> None:
        """Work out what it waits for."""

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.thrown.append((my_task, self))

    def has_fired(self, my_task: Any) -> bool:
        return not self.repeats and bool(super().has_fired(my_task))

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)
        if self.repeats and my_task.internal_data.pop("fire", False):
            self.update_task_data(my_task)
            send_token(my_task)

    def catches(self, my_task: Any, event: Any) -> bool:
        return False  # throwing.py and `deliver` know who catches

    def update_task_data(self, my_task: Any) -> None:
        my_task.data.update(my_task.internal_data.pop("payload", {}))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.element == other.element

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class Message(Trigger):
    """A message: thrown into the step's `sent`, caught by name and correlation.

    *sent_under* and *correlation* are expressions for the value it is sent and
    awaited under: the first over what is sent, the second over process data.
    """

    def __init__(
        self, name: str, element: str, payload: str | None, correlation: str | None, *, repeats: bool = False,
        sent_under: str | None = None,
    ) -> None:
        super().__init__(name, element, repeats=repeats)
        self.payload, self.correlation, self.sent_under = payload, correlation, sent_under

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.send(my_task, self)

    def set_up(self, my_task: Any) -> None:
        known = my_task.internal_data.get("awaits", {})
        if self.element not in known and not isinstance(my_task.task_spec, StartEventMixin):
            value = my_task.workflow.script_engine.correlation(my_task, self)
            my_task.internal_data["awaits"] = {**known, self.element: value}

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("awaits", None)


class Signal(Trigger):
    """A signal: everything that waits for its name catches it, here and in other instances (10.5.1).

    It carries what *payload* says; *variable* is the name that gets it where it
    is caught (none: its items become process data).
    """

    def __init__(
        self, name: str, element: str, payload: str | None = None, variable: str | None = None, *,
        repeats: bool = False,
    ) -> None:
        super().__init__(name, element, repeats=repeats)
        self.payload, self.variable = payload, variable


class Coded(Trigger):
    """What goes up from where it is thrown to the nearest that catches its code, or any code (10.5.1, 10.5.7).

    It brings along what *payload* says, or else all that was known where it
    was thrown; *variable* as with a signal.
    """

    def __init__(
        self, name: str | None, element: str, code: str | None, payload: str | None = None, variable: str | None = None,
        *, repeats: bool = False,
    ) -> None:
        super().__init__(name, element, repeats=repeats)
        self.code, self.payload, self.variable = code, payload, variable


class Error(Coded):
    """An error: whatever it goes up through is over."""


class Escalation(Coded):
    """An escalation: who catches it decides whether anything is over; if nobody does, nothing happens."""


class Cancel(Trigger):
    """A transaction is given up: all is undone, then it is left by the event at its edge (10.3.5, 13.5.5)."""

    def __init__(self, element: str) -> None:
        super().__init__("cancel", element)


class Compensation(Trigger):
    """Undo what is done: the activity *activity*, or everything in the scope (10.6)."""

    def __init__(self, element: str, activity: str | None) -> None:
        super().__init__("compensate", element)
        self.activity = activity

    def throw(self, my_task: Any) -> None:
        pass  # by now it has been (compensation.py)


class Condition(Trigger):
    """Comes when its condition becomes true (10.5.5); asked whenever an element has run."""

    def __init__(self, element: str, expression: str, *, repeats: bool = False) -> None:
        super().__init__(element, element, repeats=repeats)
        self.expression = expression

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("held", None)


def send_token(my_task: Any) -> None:
    """Let an event beside something that goes on happen once: it goes on waiting, a token goes down its flow."""
    my_task.workflow.script_engine.passed(my_task)
    for output in my_task.task_spec.outputs:
        if output.name.endswith(".BoundaryEventJoin"):
            continue
        child = my_task._add_child(output, TaskState.FUTURE)
        child.triggered = True
        child.task_spec._update(child)
