"""What goes into a step of a process and what comes out: plain values, nothing of SpiffWorkflow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class ServiceCall:
    """What a service task asks its handler for."""

    operation: str
    element: str
    arguments: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    """A message that comes in, or a signal."""

    name: str
    correlation: str | None
    payload: dict[str, Any]
    kind: Literal["message", "signal"] = "message"


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
    """A timer with its due moment, or what is waited for: a message with its correlation, a signal, a condition."""

    key: str
    element: str
    name: str
    due_at: datetime | None
    correlation: str | None
    kind: str = "message"


@dataclass(frozen=True)
class Sent:
    """A message for one receiver, or a signal for everybody else; within the instance a signal is caught already."""

    element: str
    name: str
    correlation: str | None
    payload: dict[str, Any]
    kind: Literal["message", "signal"] = "message"


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
class Failure:
    """An element that failed, and the diagram went on from its error."""

    element: str
    code: str
    cause: str


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
    failures: tuple[Failure, ...] = ()


Call = Callable[[ServiceCall], dict[str, Any]]
