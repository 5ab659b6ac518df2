"""The way an instance goes from where it was frozen: act by act, straight on engine/spiff, its rows beside it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from engine import spiff
from engine.definitions import forms
from tests.engine.spiff.models import NOON

CORRELATION = "idee-1"


class Way:
    """One instance of a model, started or taken up where it waited."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name, self.files = name, files
        diagrams = sorted((path for path in files if path.endswith(".bpmn")), key=lambda path: name not in path)
        decisions = sorted(path for path in files if path.endswith(".dmn"))
        digest = sha256(b"".join(name.encode() + files[path] for path in sorted(files))).hexdigest()
        self.spec = spiff.specification(spiff.Bundle(
            digest, name, tuple(files[path] for path in diagrams), tuple(files[path] for path in decisions)))
        self.now, self.state = NOON, b""
        self.tasks: list[dict[str, Any]] = []
        self.timers: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.ended: str | None = None
        self.data: Any = {}

    def start(self, data: Mapping[str, Any]) -> None:
        """Start it with its data and the idea that it is about."""
        self._took(spiff.start(self.spec, {"idee_id": CORRELATION, **data}, self.now, _no_service))

    def do(self, act: list[Any]) -> None:
        """Let one act happen; see models.Act."""
        verb, *what = act
        {"complete": self._complete, "wait": self._wait, "hear": self._hear}[verb](*what)

    def stands(self) -> dict[str, Any]:
        """What an onlooker sees: elements with open tasks, timers with their moments, messages, the end, the data."""
        return {
            "tasks": sorted(row["element"] for row in self.tasks),
            "timers": sorted([row["element"], row["due_at"]] for row in self.timers),
            "messages": sorted(row["name"] for row in self.messages),
            "ended": self.ended, "data": self.data if self.ended else None,
        }

    def frozen(self) -> dict[str, Any]:
        """The moment, the state and the rows, as they go into a file."""
        return {"now": self.now.isoformat(), "state": b64encode(self.state).decode(), "tasks": self.tasks,
                "timers": self.timers, "messages": self.messages}

    def take_up(self, place: Mapping[str, Any]) -> None:
        """Go on from what `frozen` returned."""
        self.now, self.state = datetime.fromisoformat(place["now"]), b64decode(place["state"])
        self.tasks, self.timers, self.messages = place["tasks"], place["timers"], place["messages"]

    def seen(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """The data that an open task sees."""
        return spiff.task_data(self.spec, self.state, task["key"])

    def _complete(self, element: str, typed: Mapping[str, Any], of: Mapping[str, Any]) -> None:
        task = next(row for row in self.tasks if row["element"] == element
                    and (not of or of.items() <= self.seen(row).items()))
        answers = forms.read(form_of(self.files, task["process_id"], element), dict(typed))
        self._took(spiff.complete(self.spec, self.state, task["key"], answers.values, self.now, _no_service))

    def _wait(self, hours: float) -> None:
        target = self.now + timedelta(hours=hours)
        while due := [moment for row in self.timers if (moment := datetime.fromisoformat(row["due_at"])) <= target]:
            self.now = max(self.now, min(due))
            self._took(spiff.wake(self.spec, self.state, self.now, _no_service))
        self.now = target

    def _hear(self, message: str, payload: Mapping[str, Any]) -> None:
        arrival = spiff.Arrival(message, CORRELATION, dict(payload))
        self._took(spiff.deliver(self.spec, self.state, arrival, self.now, _no_service))

    def _took(self, step: spiff.Step) -> None:
        self.state, self.ended = step.state, step.ended
        self.tasks = [{"key": task.key, "element": task.element, "process_id": task.process_id}
                      for task in step.open_tasks]
        self.timers = [{"key": one.key, "element": one.element, "due_at": one.due_at.isoformat()}
                       for one in step.timers if one.due_at is not None]
        self.messages = [{"key": one.key, "element": one.element, "name": one.name, "correlation": one.correlation}
                         for one in step.subscriptions]
        self.data = json.loads(json.dumps(step.data, default=told, sort_keys=True))


def form_of(files: Mapping[str, bytes], process_id: str, element: str) -> forms.Form:
    """The form of an element, which is named like it; an empty one if it has none."""
    path = f"forms/{process_id}/{element}.json"
    return forms.parse(files[path], path) if path in files else forms.EMPTY


def told(value: Any) -> Any:
    """A value that JSON does not know, with the name of its kind."""
    if isinstance(value, Decimal | date | datetime | timedelta):
        return {type(value).__name__: str(value)}
    raise TypeError(f"{type(value).__name__} in process data")


def _no_service(asked: spiff.ServiceCall) -> dict[str, Any]:
    raise AssertionError(f"no model calls a service, and yet {asked.operation} was")
