"""Conducts one step: runs the workflow, gives its elements what they ask for, and writes down what happens."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict, EngineError, Invalid, ProcessFailed, Unavailable
from engine.spiff import bounds, catching, clock, decide, events, scripts, throwing
from engine.spiff.branches import ScopeEvent, known_to
from engine.spiff.parse import Specification
from engine.spiff.rewrites import drawn
from engine.spiff.snapshot import freeze, thaw
from engine.spiff.step import (
    Arrival,
    Call,
    CallResult,
    DecisionResult,
    Failure,
    OpenTask,
    Sent,
    ServiceCall,
    Step,
    Waiting,
)
from engine.spiff.values import plain
from engine.spiff.workflow import is_container

_T = TypeVar("_T")


class Conductor(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Conducts one step: knows its moment and its handlers, runs the workflow, writes down what happens."""

    def __init__(
        self, spec: Specification, now: datetime, call: Call, max_steps: int = bounds.MAX_STEPS,
        max_seconds: float = bounds.MAX_SECONDS, ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.spec, self.now, self.call = spec, now, call
        self.watch = bounds.Watch(max_steps, max_seconds, ticks)
        self.workflow: Any = None
        self.task: Any = None
        self.path: list[str] = []
        self.sent: list[Sent] = []
        self.calls: list[CallResult] = []
        self.decisions: list[DecisionResult] = []
        self.failures: list[Failure] = []
        self.thrown: list[tuple[Any, Any]] = []

    # -- what elements ask for -----------------------------------------------------------------------------------

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        data = {**task.data, **external_context} if external_context else task.data
        return self._sandboxed(task, lambda: scripts.evaluate([expression], data, self.now)[0])

    def evaluate_all(self, task: Any, expressions: Sequence[str]) -> list[Any]:
        return self._sandboxed(task, lambda: scripts.evaluate(expressions, task.data, self.now))

    def first_true(self, task: Any, conditions: Sequence[str]) -> int | None:
        return self._sandboxed(task, lambda: scripts.first_true(conditions, task.data, self.now))

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        task.data.update(self._sandboxed(task, lambda: scripts.execute(script, task.data, self.now)))
        return True

    def decide(self, task: Any, decision: str) -> dict[str, Any]:
        try:
            made = decide.decide(self.spec.decisions, decision, task.data, self.now)
        except decide.DecisionFailed as error:
            self.fail(task, error.en, error, error.de, code=_code(error))
        self.decisions += [DecisionResult(_id(task), one.decision, one.inputs, one.rules, one.outputs) for one in made]
        return made[-1].outputs

    def call_operation(self, task: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            given = self.call(ServiceCall(operation, _id(task), plain(arguments), plain(task.data)))
            result = {name: plain(value) for name, value in (given or {}).items()}
        except (Unavailable, ProcessFailed):
            raise
        except EngineError as error:
            self.fail(task, error.en, error, error.de, code=_code(error))
        except Exception as error:
            self.fail(task, f"{type(error).__name__}: {error}", error, code=_code(error))
        self.calls.append(CallResult(_id(task), operation, arguments, result))
        return result

    def due(self, task: Any, expression: str) -> datetime:
        return self._on_clock(task, lambda: clock.due(self.evaluate(task, expression), self.now))

    def cycle(self, task: Any, expression: str) -> tuple[str, clock.Cycle]:
        value = self.evaluate(task, expression)
        return str(value), self._on_clock(task, lambda: clock.cycle(str(value), self.now))

    def send(self, task: Any, message: events.Message) -> None:
        payload = task.data.get(events.DEFAULT_CORRELATION)
        value = {events.DEFAULT_CORRELATION: payload} if payload is not None else {}
        if message.payload is not None:
            value = self.evaluate(task, message.payload)
            if not isinstance(value, dict):
                self.fail(task, f"the payload of a message must be a dict, not {value!r}")
        if message.sent_under is not None:
            under = _as_key(self.evaluate(task, message.sent_under, value))
        else:
            under = self.correlation(task, message)
        self.sent.append(Sent(_id(task), message.name, under, plain(value)))

    def signal(self, task: Any, signal: events.Signal, brought: Any) -> None:
        """Note a signal for other instances; in this one it is caught at once."""
        self.sent.append(Sent(_id(task), signal.name or "", None, plain(self.under(task, signal.variable, brought)),
                              "signal"))

    def under(self, task: Any, variable: str | None, brought: Any) -> dict[str, Any]:
        """What an event carries as process data: under the name *variable*, or as it is, if it is a dict."""
        if variable:
            return {variable: brought}
        if not isinstance(brought, dict):
            self.fail(task, f"what an event carries must be a dict or have a name, not {brought!r}")
        return brought

    def correlation(self, task: Any, message: events.Message) -> str | None:
        if message.correlation is None:
            return _as_key(task.data.get(events.DEFAULT_CORRELATION))
        return _as_key(self.evaluate(task, message.correlation))

    def holds(self, task: Any, condition: str, data: Mapping[str, Any]) -> bool:
        """Whether the condition of an event holds; not while it asks for what is not known yet."""
        try:
            return bool(scripts.evaluate([condition], data, self.now)[0])
        except scripts.SandboxError as error:
            if error.kind == "NameError":
                return False
            self.fail(task, str(error), error, code=error.kind)

    def failed(self, task: Any, error: ProcessFailed) -> None:
        """An element has failed, and the diagram goes on from its error."""
        self.failures.append(Failure(error.element or _id(task), error.code or "", error.cause))

    def passed(self, task: Any) -> None:
        """An element is done: write it down, and stop a model that goes round in circles or takes too long."""
        element = task.task_spec.bpmn_id if hasattr(task.task_spec, "bpmn_id") else None
        if isinstance(task.task_spec, EndEvent) and self._is_outermost(task.workflow):
            self.workflow.last_end = element or drawn(task.task_spec.name)
        if element is None or (is_container(task) and task.internal_data.get("merged")):
            return
        self.path.append(element)
        if self.watch.too_many():
            self._circles(task)
        if self.watch.too_long():
            self._late(task)

    def _is_outermost(self, part: Any) -> bool:
        """Whether an end of *part* is one of the whole process: of the process itself, or of what interrupted it."""
        if part is self.workflow:
            return True
        activity = self.workflow.tasks.get(part.parent_task_id)
        event = activity.parent.task_spec if activity is not None and activity.parent is not None else None
        return isinstance(event, ScopeEvent) and event.interrupting

    # -- running ---------------------------------------------------------------------------------------------------

    def restore(self, state: bytes) -> frozenset[str]:
        """Take up a stored state; returns the keys of its open tasks."""
        self.workflow = thaw(self.spec, state, self)
        return frozenset(str(task.id) for task in self.open_tasks())

    def run(self) -> None:
        """Run everything that needs nobody, the innermost processes first."""
        moved = True
        while moved:
            moved = False
            for part in self.workflow.running():
                while ready := [task for task in part.tasks.values()
                                if task.state == TaskState.READY and not task.task_spec.manual]:
                    moved = True
                    for task in ready:
                        if task.state == TaskState.READY and task.id in part.tasks:
                            self.work_on(task)

    def work_on(self, task: Any) -> None:
        """Run one element, and let come of it what must come at once."""
        self.task = task
        try:
            task.run()
        except ProcessFailed as error:
            if not throwing.caught_failure(self, task, error):
                raise
        throwing.dispatch(self)
        if self.spec.conditional:
            throwing.look_at_conditions(self, task)

    def fire(self, task: Any, payload: Mapping[str, Any] | None = None, name: str | None = None) -> None:
        """Let what *task* waits for happen; *name* says which of an event-based gateway's events.

        What interrupts does so at once.
        """
        own, spec = task.internal_data, task.task_spec
        self.task = task
        if payload is not None:
            own["payload"] = checked(payload)
        if isinstance(spec.event_definition, catching.FirstOf):
            own["chosen"] = name
        elif catching.repeats(task):
            own["fire"] = True
        else:
            own["event_fired"] = True
        spec._update(task)
        interrupts = getattr(spec, "cancel_activity", False) or getattr(spec, "interrupting", False)
        if interrupts and task.state == TaskState.READY:
            self.work_on(task)

    def open_tasks(self) -> list[Any]:
        return [task for task in self.workflow.every_task()
                if task.state == TaskState.READY and task.task_spec.manual]

    def open_task(self, key: str) -> Any:
        for task in self.open_tasks():
            if str(task.id) == key:
                return task
        raise Conflict("Diese Aufgabe ist nicht (mehr) offen.", "This task is not open (any more).")

    def waiting(self) -> list[Any]:
        return [task for task in self.workflow.every_task()
                if task.state == TaskState.WAITING and hasattr(task.task_spec, "event_definition")]

    def next_due(self, held: Collection[str] = ()) -> tuple[Any, None, str] | None:
        """The task whose timer is due first, at `now` at the latest, and not among the keys *held*."""
        found = [(moment, task, name) for task in self.waiting() for name, moment in _due(task)
                 if moment <= self.now and _key(task, name) not in held]
        if not found:
            return None
        _, task, name = min(found, key=lambda item: item[0])
        return task, None, name

    def catching_signal(self, name: str | None) -> list[tuple[Any, Any]]:
        """What waits for the signal *name*, each with its event definition."""
        return [(task, one) for task in self.waiting() for one in catching.definitions(task)
                if isinstance(one, events.Signal) and one.name == name]

    def receivers(self, arrival: Arrival) -> list[tuple[Any, str]]:
        if arrival.kind == "signal":
            return [(task, signal.element) for task, signal in self.catching_signal(arrival.name)]
        return [
            (task, message.element) for task in self.waiting() for message, correlation in _awaited(task)
            if message.name == arrival.name and correlation == arrival.correlation
        ]

    def step(self, known: frozenset[str]) -> Step:
        """What has come of it all."""
        with self.watched():
            workflow = self.workflow
            opened = tuple(self._opened(task, known) for task in self.open_tasks())
            timers, subscriptions = self.waits()
            ended = workflow.last_end if workflow.completed else None
            return Step(
                freeze(workflow), opened, timers, subscriptions, tuple(self.sent), tuple(self.path), tuple(self.calls),
                tuple(self.decisions), ended, self._data(), tuple(self.failures),
            )

    def waits(self) -> tuple[tuple[Waiting, ...], tuple[Waiting, ...]]:
        """The timers and the messages that are waited for."""
        waiting = self.waiting()
        timers = tuple(
            Waiting(_key(task, name), drawn(name), self._name(task, name), moment, None)
            for task in waiting for name, moment in _due(task)
        )
        messages = tuple(
            Waiting(_key(task, message.element), drawn(message.element), message.name or "", None, correlation)
            for task in waiting for message, correlation in _awaited(task)
        )
        return timers, messages + tuple(
            Waiting(_key(task, one.element), drawn(one.element), one.name or "", None, None,
                    "signal" if isinstance(one, events.Signal) else "condition")
            for task in waiting for one in catching.definitions(task)
            if isinstance(one, events.Signal | events.Condition)
        )

    def _data(self) -> dict[str, Any]:
        """What the process gave at its end; while it runs, what its tokens know, the newest before the others."""
        workflow = self.workflow
        if workflow.completed:
            return dict(workflow.last_task.data) if workflow.last_task is not None else {}
        return known_to(task for task in workflow.tasks.values()
                        if task.has_state(TaskState.READY | TaskState.WAITING | TaskState.STARTED))

    def _opened(self, task: Any, known: frozenset[str]) -> OpenTask:
        key, spec = str(task.id), task.task_spec
        new = key not in known
        said = self._properties(task) if new else {}
        home = self.spec.homes.get(task.workflow.spec.name, task.workflow.spec.name)
        return OpenTask(key, spec.bpmn_id, home, spec.bpmn_name or spec.bpmn_id, spec.lane, new, said,
                        dict(task.data) if new else {})

    def _properties(self, task: Any) -> dict[str, Any]:
        said: dict[str, Any] = dict(task.task_spec.extensions.get("properties", {}))
        names = [name for name in ("body", "assignee") if name in said]
        said.update(zip(names, self.evaluate_all(task, [said[name] for name in names]), strict=True))
        return said

    def _name(self, task: Any, element: str) -> str:
        spec = task.workflow.spec.task_specs.get(element, task.task_spec)
        return spec.bpmn_name or drawn(element)

    # -- what can go wrong -------------------------------------------------------------------------------------------

    def fail(
        self, task: Any, cause: str, error: BaseException | None = None, ursache: str | None = None,
        code: str | None = None,
    ) -> NoReturn:
        """Raise ProcessFailed about the element of *task*; *ursache* is the cause in German where there is one.

        *code* is what an error event of the diagram may catch it by.
        """
        name = (task.task_spec.bpmn_name or _id(task)) if task is not None else ""
        raise ProcessFailed(
            "Der Schritt „{name}“ ist gescheitert: {ursache}", "The step “{name}” has failed: {text}",
            element=_id(task) if task is not None else None, line=self._line(task), cause=cause,
            data=task.data if task is not None else None, code=code, name=name or "?", text=cause,
            ursache=ursache or cause,
        ) from error

    def watched(self) -> "_Watched":
        return _Watched(self)

    def _circles(self, task: Any) -> NoReturn:
        limit, around = self.watch.max_steps, bounds.loop(self.path) or [_id(task)]
        raise ProcessFailed(
            "Das Diagramm läuft im Kreis, ohne auf etwas zu warten: {names}. "
            "Nach {count} Schritten wurde es angehalten.",
            "The diagram goes round in circles without waiting for anything: {names}. It was stopped after {count} "
            "steps.",
            element=_id(task), line=self._line(task),
            cause=f"more than {limit} steps without waiting, round and round: {' > '.join(around)}",
            count=limit, names=" → ".join(f"„{self._named(element)}“" for element in around),
        )

    def _late(self, task: Any) -> NoReturn:
        self.fail(
            task, f"the step took longer than {self.watch.max_seconds:g} seconds", None,
            f"er hat zusammen mit den Schritten davor länger als {self.watch.max_seconds:g} Sekunden gedauert",
        )

    def _named(self, element: str) -> str:
        specs = (self.spec.main, *self.spec.called.values())
        found = next((spec.task_specs[element] for spec in specs if element in spec.task_specs), None)
        return getattr(found, "bpmn_name", None) or element

    def _line(self, task: Any) -> int | None:
        return self.spec.lines.get((task.workflow.spec.name, _id(task))) if task is not None else None

    def _sandboxed(self, task: Any, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except scripts.SandboxError as error:
            self.fail(task, str(error), error, code=error.kind)

    def _on_clock(self, task: Any, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except Invalid as error:
            self.fail(task, error.en, error, error.de)


class _Watched:
    """Turns whatever SpiffWorkflow raises into ProcessFailed about the element it was at."""

    def __init__(self, engine: Conductor) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, EngineError) or not isinstance(error, Exception):
            return
        task = self._engine.task
        if isinstance(error, SpiffWorkflowException):
            task = getattr(error, "task", None) or task
        self._engine.fail(task, str(error) or type(error).__name__, error)


def _due(task: Any) -> list[tuple[str, datetime]]:
    return [(name, datetime.fromisoformat(text)) for name, text in task.internal_data.get("due", {}).items()]


def _awaited(task: Any) -> list[tuple[events.Message, str | None]]:
    awaits = task.internal_data.get("awaits", {})
    return [(item, awaits[item.element]) for item in catching.definitions(task)
            if isinstance(item, events.Message) and item.element in awaits]


def _as_key(value: Any) -> str | None:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return str(value) if value is not None else None


def _code(error: Exception) -> str:
    """What an error event may catch a failure by: its own code, or else the name of its kind."""
    return str(getattr(error, "code", None) or type(error).__name__)


def _key(task: Any, element: str) -> str:
    return str(task.id) if element in (_id(task), task.task_spec.name) else f"{task.id}:{element}"


def _id(task: Any) -> str:
    """The drawn element that *task* stands at, or that the one it stands at was made for."""
    return drawn(str(task.task_spec.bpmn_id or task.task_spec.name))


def checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """*data* as process data that share nothing with it; Invalid if they cannot be."""
    try:
        return dict(plain(data))
    except (TypeError, ValueError) as error:
        raise Invalid("Diese Angaben kann ein Prozess nicht aufnehmen: {text}",
                      "A process cannot take in these data: {text}", text=str(error)) from error
