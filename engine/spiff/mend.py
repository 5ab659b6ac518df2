"""Process data put right by a person, so that a step that failed can be tried again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.spiff import values
from engine.spiff.conductor import Conductor, checked
from engine.spiff.parse import Specification
from engine.spiff.snapshot import freeze, thaw
from engine.spiff.step import ServiceCall
from engine.spiff.workflow import Workflow

_NO_MOMENT = datetime.min.replace(tzinfo=UTC)  # mending moves nothing
_MISSING = object()


def seen(spec: Specification, state: bytes, key: str) -> dict[str, Any]:
    """The process data that what waits under *key* (a task, a timer, a message) would go on with.

    {} if it is gone, or if the state cannot be read: whoever asks is told of
    something that failed, and that may be just it.
    """
    try:
        task = _waiting(_workflow(spec, state), key)
    except Exception:
        return {}
    return dict(task.data) if task is not None else {}


def mend(spec: Specification, state: bytes, key: str, changes: Mapping[str, Any]) -> bytes:
    """The state with *changes* to the process data that what waits under *key* sees; no token moves.

    A value is changed wherever the process still holds the old one: a branch
    that goes on without the mended value would bring the wrong one back where
    the branches meet.
    """
    workflow = _workflow(spec, state)
    task = _waiting(workflow, key)
    before = task.data if task is not None else {}
    for name, value in checked(changes).items():
        old = before.get(name, _MISSING)
        for part in [workflow, *workflow.subprocesses.values()]:
            for other in part.tasks.values():
                found = other.data.get(name, _MISSING)
                if other is task or (found is old if old is _MISSING else values.same(found, old)):
                    other.data = {**other.data, name: value}
    return freeze(workflow)


def _workflow(spec: Specification, state: bytes) -> Workflow:
    return thaw(spec, state, Conductor(spec, _NO_MOMENT, _no_call))


def _waiting(workflow: Workflow, key: str) -> Any:
    ident = key.partition(":")[0]
    return next((task for task in workflow.every_task() if str(task.id) == ident), None)


def _no_call(asked: ServiceCall) -> dict[str, Any]:
    raise AssertionError("mending calls no service")
