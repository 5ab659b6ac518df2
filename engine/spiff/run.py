"""Start a process, complete its tasks, wake its timers, deliver its messages.

Every function takes a specification and plain values and returns a `Step`;
nothing is kept between two calls.  If a step fails, ProcessFailed is raised
and the caller keeps the state it had: the step never happened.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict, EngineError, Invalid, ProcessFailed, Unavailable
from engine.spiff import clock, decide, elements, scripts
from engine.spiff.parse import Specification
from engine.spiff.snapshot import freeze, thaw
from engine.spiff.values import plain
from engine.spiff.workflow import Workflow, is_container

MAX_STEPS = 1000
_T = TypeVar("_T")


@dataclass(frozen=True)
class ServiceCall:
    """What a service task asks its handler for."""

    operation: str
    element: str
    arguments: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    """A message that comes in."""

    name: str
    correlation: str | None
    payload: dict[str, Any]


@dataclass(frozen=True)
class OpenTask:
    """A task that waits for a person. `lane` is the lane's id; `properties` and `data` are there while it is new."""

    key: str
    element: str
    process_id: str
    name: str
    lane: str | None
    new: bool
    properties: dict[str, Any]
    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Waiting:
    """A timer with its due moment, or a message that is waited for with its correlation."""

    key: str
    element: str
    name: str
    due_at: datetime | None
    correlation: str | None


@dataclass(frozen=True)
class Sent:
    element: str
    name: str
    correlation: str | None
    payload: dict[str, Any]


@dataclass(frozen=True)
class CallResult:
    element: str
    operation: str
    arguments: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True)
class DecisionResult:
    """`rules` are the matched rules, each with its id and description."""

    element: str
    decision: str
    inputs: dict[str, Any]
    rules: list[dict[str, str]]
    outputs: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """Where a process stands after it ran as far as it could, and what happened on the way."""

    state: bytes = field(repr=False)
    open_tasks: tuple[OpenTask, ...]
    timers: tuple[Waiting, ...]
    subscriptions: tuple[Waiting, ...]
    sent: tuple[Sent, ...]
    path: tuple[str, ...]
    calls: tuple[CallResult, ...]
    decisions: tuple[DecisionResult, ...]
    ended: str | None
    data: dict[str, Any]


Call = Callable[[ServiceCall], dict[str, Any]]


def start(
    spec: Specification, data: Mapping[str, Any], now: datetime, call: Call, message: Arrival | None = None,
    *, max_steps: int = MAX_STEPS,
) -> Step:
    """Start a process and run it until it waits.

    With *message*, the start event that waits for a message of this name is
    taken and the payload becomes process data; Invalid if there is none.
    Without, the plain start event is, or else the only one there is.
    """
    engine = Conductor(spec, now, call, max_steps)
    with engine.watched():
        workflow = Workflow(spec.main, spec.called, script_engine=engine)
        engine.workflow = workflow
        workflow.task_tree.data = _checked(data)
        engine.run()
        waiting = [task for task in workflow.tasks.values()
                   if task.state == TaskState.WAITING and isinstance(task.task_spec, StartEvent)]
        if waiting or message is not None:
            engine.fire(_start_event(waiting, message), message)
            engine.run()
    return engine.step(frozenset())


def complete(
    spec: Specification, state: bytes, key: str, answers: Mapping[str, Any], now: datetime, call: Call,
    *, max_steps: int = MAX_STEPS,
) -> Step:
    """Complete the open task *key* with a person's answers, which become process data, and run on.

    Conflict if the task is not open (any more).
    """
    engine = Conductor(spec, now, call, max_steps)
    with engine.watched():
        known = engine.restore(state)
        task = engine.open_task(key)
        task.data = {**task.data, **_checked(answers)}
        engine.work_on(task)
        engine.run()
    return engine.step(known)


def wake(spec: Specification, state: bytes, now: datetime, call: Call, *, max_steps: int = MAX_STEPS) -> Step:
    """Let every timer fire that is due at *now*, the earliest first; what was missed is caught up in order."""
    engine = Conductor(spec, now, call, max_steps)
    with engine.watched():
        known = engine.restore(state)
        while (found := engine.next_due()) is not None:
            engine.fire(*found)
            engine.run()
    return engine.step(known)


def deliver(
    spec: Specification, state: bytes, arrival: Arrival, now: datetime, call: Call, *, max_steps: int = MAX_STEPS,
) -> Step:
    """Hand a message to what waits for its name and correlation; its payload becomes process data.

    If several elements wait for it, all get it.  Conflict if none does.
    """
    engine = Conductor(spec, now, call, max_steps)
    with engine.watched():
        known = engine.restore(state)
        receivers = engine.receivers(arrival)
        if not receivers:
            raise Conflict("Auf die Nachricht „{name}“ wird nicht (mehr) gewartet.",
                           "The message “{name}” is not waited for (any more).", name=arrival.name)
        for task, name in receivers:
            if task.state == TaskState.WAITING and task.id in task.workflow.tasks:
                engine.fire(task, arrival, name)
        engine.run()
    return engine.step(known)


def task_data(spec: Specification, state: bytes, key: str) -> dict[str, Any]:
    """The process data that the open task *key* sees; Conflict if it is not open (any more)."""
    engine = Conductor(spec, datetime.now(clock.BERLIN), _no_call, MAX_STEPS)
    engine.restore(state)
    return dict(engine.open_task(key).data)


class Conductor(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Conducts one step: knows its moment and its handlers, runs the workflow, writes down what happens."""

    def __init__(self, spec: Specification, now: datetime, call: Call, max_steps: int) -> None:
        super().__init__()
        self.spec, self.now, self.call, self.left, self.max_steps = spec, now, call, max_steps, max_steps
        self.workflow: Any = None
        self.task: Any = None
        self.path: list[str] = []
        self.sent: list[Sent] = []
        self.calls: list[CallResult] = []
        self.decisions: list[DecisionResult] = []
        self.ended: str | None = None

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
        table = self.spec.decisions[decision]
        try:
            made = self._sandboxed(task, lambda: decide.decide(table, task.data, self.now))
        except decide.DecisionFailed as error:
            self.fail(task, error.en, error, error.de)
        self.decisions.append(DecisionResult(_id(task), decision, made.inputs, made.rules, made.outputs))
        return made.outputs

    def call_operation(self, task: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            given = self.call(ServiceCall(operation, _id(task), plain(arguments), plain(task.data)))
            result = {name: plain(value) for name, value in (given or {}).items()}
        except (Unavailable, ProcessFailed):
            raise
        except EngineError as error:
            self.fail(task, error.en, error, error.de)
        except Exception as error:
            self.fail(task, f"{type(error).__name__}: {error}", error)
        self.calls.append(CallResult(_id(task), operation, arguments, result))
        return result

    def due(self, task: Any, expression: str) -> datetime:
        return self._on_clock(task, lambda: clock.due(self.evaluate(task, expression), self.now))

    def cycle(self, task: Any, expression: str) -> tuple[str, clock.Cycle]:
        value = self.evaluate(task, expression)
        return str(value), self._on_clock(task, lambda: clock.cycle(str(value), self.now))

    def send(self, task: Any, message: elements.Message) -> None:
        payload = task.data.get(elements.DEFAULT_CORRELATION)
        value = {elements.DEFAULT_CORRELATION: payload} if payload is not None else {}
        if message.payload is not None:
            value = self.evaluate(task, message.payload)
            if not isinstance(value, dict):
                self.fail(task, f"the payload of a message must be a dict, not {value!r}")
        self.sent.append(Sent(_id(task), message.name, self.correlation(task, message), plain(value)))

    def correlation(self, task: Any, message: elements.Message) -> str | None:
        if message.correlation is None:
            value = task.data.get(elements.DEFAULT_CORRELATION)
        else:
            value = self.evaluate(task, message.correlation)
        return str(value) if value is not None else None

    def passed(self, task: Any) -> None:
        """An element is done: write it down, and stop a model that goes round in circles."""
        element = task.task_spec.bpmn_id if hasattr(task.task_spec, "bpmn_id") else None
        if element is None or (is_container(task) and task.internal_data.get("merged")):
            return
        self.path.append(element)
        if isinstance(task.task_spec, EndEvent) and task.workflow is self.workflow:
            self.ended = element
        self.left -= 1
        if self.left < 0:
            self._circles(task)

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
        self.task = task
        task.run()

    def fire(self, task: Any, arrival: Arrival | None = None, name: str | None = None) -> None:
        """Let what *task* waits for happen; *name* says which of an event-based gateway's events."""
        own, definition = task.internal_data, task.task_spec.event_definition
        self.task = task
        if arrival is not None:
            own["payload"] = _checked(arrival.payload)
        if isinstance(definition, elements.FirstOf):
            own["chosen"] = name
        elif isinstance(definition, elements.RepeatingTimer):
            own["fire"] = True
        else:
            own["event_fired"] = True
        task.task_spec._update(task)

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

    def next_due(self) -> tuple[Any, None, str] | None:
        """The task whose timer is due first, at `now` at the latest."""
        found = [(moment, task, name) for task in self.waiting() for name, moment in _due(task) if moment <= self.now]
        if not found:
            return None
        _, task, name = min(found, key=lambda item: item[0])
        return task, None, name

    def receivers(self, arrival: Arrival) -> list[tuple[Any, str]]:
        return [
            (task, message.element) for task in self.waiting() for message, correlation in _awaited(task)
            if message.name == arrival.name and correlation == arrival.correlation
        ]

    def step(self, known: frozenset[str]) -> Step:
        """What has come of it all."""
        with self.watched():
            workflow = self.workflow
            opened = tuple(self._opened(task, known) for task in self.open_tasks())
            waiting = self.waiting()
            timers = tuple(
                Waiting(_key(task, name), name, self._name(task, name), moment, None)
                for task in waiting for name, moment in _due(task)
            )
            subscriptions = tuple(
                Waiting(_key(task, message.element), message.element, message.name, None, correlation)
                for task in waiting for message, correlation in _awaited(task)
            )
            ended = (self.ended or (self.path[-1] if self.path else "")) if workflow.completed else None
            return Step(
                freeze(workflow), opened, timers, subscriptions, tuple(self.sent), tuple(self.path), tuple(self.calls),
                tuple(self.decisions), ended, self._data(),
            )

    def _data(self) -> dict[str, Any]:
        """What the branch that moved last sees, and what only others know."""
        last = self.workflow.last_task
        data = dict(last.data) if last is not None else {}
        for task in self.workflow.tasks.values():
            if task.has_state(TaskState.READY | TaskState.WAITING | TaskState.STARTED):
                for name, value in task.data.items():
                    data.setdefault(name, value)
        return data

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
        return spec.bpmn_name or element

    # -- what can go wrong -------------------------------------------------------------------------------------------

    def fail(
        self, task: Any, cause: str, error: BaseException | None = None, ursache: str | None = None,
    ) -> NoReturn:
        """Raise ProcessFailed about the element of *task*; *ursache* is the cause in German where there is one."""
        name = (task.task_spec.bpmn_name or task.task_spec.bpmn_id or "") if task is not None else ""
        raise ProcessFailed(
            "Der Schritt „{name}“ ist gescheitert: {ursache}", "The step “{name}” has failed: {text}",
            element=_id(task) if task is not None else None, line=self._line(task), cause=cause,
            name=name or "?", text=cause, ursache=ursache or cause,
        ) from error

    def watched(self) -> "_Watched":
        return _Watched(self)

    def _circles(self, task: Any) -> NoReturn:
        raise ProcessFailed(
            "Das Diagramm läuft im Kreis: Nach {count} Schritten ist „{name}“ wieder an der Reihe.",
            "The diagram goes round in circles: after {count} steps it is “{name}” again.",
            element=_id(task), line=self._line(task), cause=f"more than {self.max_steps} steps without waiting",
            count=self.max_steps, name=task.task_spec.bpmn_name or _id(task),
        )

    def _line(self, task: Any) -> int | None:
        return self.spec.lines.get((task.workflow.spec.name, _id(task))) if task is not None else None

    def _sandboxed(self, task: Any, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except scripts.SandboxError as error:
            self.fail(task, str(error), error)

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


def _start_event(waiting: list[Any], message: Arrival | None) -> Any:
    if message is not None:
        waiting = [task for task in waiting if isinstance(task.task_spec.event_definition, elements.Message)
                   and task.task_spec.event_definition.name == message.name]
    if len(waiting) != 1:
        raise Invalid("Der Prozess beginnt nicht mit der Nachricht „{name}“.",
                      "The process does not start with the message “{name}”.", name=message.name if message else "")
    return waiting[0]


def _due(task: Any) -> list[tuple[str, datetime]]:
    return [(name, datetime.fromisoformat(text)) for name, text in task.internal_data.get("due", {}).items()]


def _awaited(task: Any) -> list[tuple[elements.Message, str | None]]:
    definition = task.task_spec.event_definition
    definitions = definition.event_definitions if isinstance(definition, elements.FirstOf) else [definition]
    awaits = task.internal_data.get("awaits", {})
    return [(item, awaits[item.element]) for item in definitions
            if isinstance(item, elements.Message) and item.element in awaits]


def _key(task: Any, element: str) -> str:
    return str(task.id) if _id(task) == element else f"{task.id}:{element}"


def _id(task: Any) -> str:
    return str(task.task_spec.bpmn_id or task.task_spec.name)


def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(plain(data))
    except (TypeError, ValueError) as error:
        raise Invalid("Diese Angaben kann ein Prozess nicht aufnehmen: {text}",
                      "A process cannot take in these data: {text}", text=str(error)) from error


def _no_call(asked: ServiceCall) -> dict[str, Any]:
    raise AssertionError("reading data calls no service")


