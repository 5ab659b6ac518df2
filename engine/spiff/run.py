"""Start a process, complete its tasks, wake its timers, deliver its messages.

Every function takes a specification and plain values and returns a `Step`;
nothing is kept between two calls.  If a step fails, ProcessFailed is raised
and the caller keeps the state it had: the step never happened.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Unpack

from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict, Invalid
from engine.spiff import events
from engine.spiff.bounds import Bounds
from engine.spiff.conductor import Conductor, checked
from engine.spiff.parse import Specification
from engine.spiff.step import Arrival, Call, ServiceCall, Step
from engine.spiff.workflow import Workflow

MOST_MISSED = 100
_NO_MOMENT = datetime.min.replace(tzinfo=UTC)  # reading data moves nothing


def start(
    spec: Specification, data: Mapping[str, Any], now: datetime, call: Call, message: Arrival | None = None,
    **limits: Unpack[Bounds],
) -> Step:
    """Start a process and run it until it waits.

    With *message*, the start event that waits for a message of this name is
    taken and the payload becomes process data; Invalid if there is none.
    Without, the plain start event is, or else the only one there is.
    """
    engine = Conductor(spec, now, call, **limits)
    with engine.watched():
        workflow = engine.workflow = Workflow(spec.main, spec.called, engine)
        workflow.start()
        workflow.task_tree.data = checked(data)
        engine.run()
        waiting = [task for task in workflow.tasks.values()
                   if task.state == TaskState.WAITING and isinstance(task.task_spec, StartEvent)]
        if waiting or message is not None:
            engine.fire(_start_event(waiting, message), message.payload if message is not None else None)
            engine.run()
    return engine.step(frozenset())


def complete(
    spec: Specification, state: bytes, key: str, answers: Mapping[str, Any], now: datetime, call: Call,
    **limits: Unpack[Bounds],
) -> Step:
    """Complete the open task *key* with a person's answers, which become process data, and run on.

    Conflict if the task is not open (any more).
    """
    engine = Conductor(spec, now, call, **limits)
    with engine.watched():
        known = engine.restore(state)
        task = engine.open_task(key)
        task.data = {**task.data, **checked(answers)}
        engine.work_on(task)
        engine.run()
    return engine.step(known)


def wake(
    spec: Specification, state: bytes, now: datetime, call: Call, *, held: Collection[str] = (),
    **limits: Unpack[Bounds],
) -> Step:
    """Let every timer fire that is due at *now*, the earliest first, but for those under the keys *held*.

    What was missed is caught up in order. Elements see *now*, the moment they
    are run at, not the one they were due at. Of a repeated timer MOST_MISSED
    times are caught up in one step; what is left stays due. Each of them may
    take as many elements as a step, as it would have done in its own time.
    """
    engine = Conductor(spec, now, call, **limits)
    with engine.watched():
        known = engine.restore(state)
        caught_up = 0
        while caught_up < MOST_MISSED and (found := engine.next_due(held)) is not None:
            if isinstance(found[0].task_spec.event_definition, events.RepeatingTimer):
                caught_up += 1
                engine.watch.restart()
            engine.fire(*found)
            engine.run()
    return engine.step(known)


def deliver(
    spec: Specification, state: bytes, arrival: Arrival, now: datetime, call: Call, **limits: Unpack[Bounds],
) -> Step:
    """Hand a message to what waits for its name and correlation; its payload becomes process data.

    A signal goes to everything that waits for its name. If several elements
    wait for it, all get it, except those that the first ones take away.
    Conflict if none waits.
    """
    engine = Conductor(spec, now, call, **limits)
    with engine.watched():
        known = engine.restore(state)
        receivers = engine.receivers(arrival)
        if not receivers:
            raise Conflict("Auf die Nachricht „{name}“ wird nicht (mehr) gewartet.",
                           "The message “{name}” is not waited for (any more).", name=arrival.name)
        for task, name in receivers:
            if task.state == TaskState.WAITING and task.id in task.workflow.tasks:
                engine.fire(task, arrival.payload, name)
                engine.run()
    return engine.step(known)


def task_data(spec: Specification, state: bytes, key: str) -> dict[str, Any]:
    """The process data that the open task *key* sees; Conflict if it is not open (any more)."""
    engine = Conductor(spec, _NO_MOMENT, _no_call)
    engine.restore(state)
    return dict(engine.open_task(key).data)


def _start_event(waiting: list[Any], message: Arrival | None) -> Any:
    if message is not None:
        kind = events.Signal if message.kind == "signal" else events.Message
        waiting = [task for task in waiting if isinstance(task.task_spec.event_definition, kind)
                   and task.task_spec.event_definition.name == message.name]
    if len(waiting) != 1:
        raise Invalid("Der Prozess beginnt nicht mit der Nachricht „{name}“.",
                      "The process does not start with the message “{name}”.", name=message.name if message else "")
    return waiting[0]


def _no_call(asked: ServiceCall) -> dict[str, Any]:
    raise AssertionError("reading data calls no service")
