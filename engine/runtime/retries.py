"""What failed while nobody was watching is tried again, and becomes an incident when that does not help."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from engine import spiff
from engine.database import NEVER
from engine.definitions import deployments
from engine.errors import Conflict, EngineError, ProcessFailed
from engine.history import events
from engine.identity import permissions
from engine.runtime import incidents
from engine.runtime.incidents import Incident
from engine.runtime.messages import Message, Subscription
from engine.runtime.tasks import Task
from engine.runtime.timers import TRIES as TRIES
from engine.runtime.timers import Timer
from engine.runtime.tokens import Instance, lock
from engine.work import Work

BACK_OFF = timedelta(minutes=1)


def failed(work: Work, instance_id: UUID, kind: str, key: str, error: Exception) -> Incident | None:
    """Write down that a step failed: tried again twice with back-off, then an incident. None while tries are left.

    *kind* is timer, message or task, *key* the timer's key or the row's id; a
    task is not tried again by itself. What another worker did or wrote down
    meanwhile is no failure.
    """
    instance = lock(work, instance_id)
    row = _tried(work, instance_id, kind, key)
    if kind in ("timer", "message"):
        if row is None or row.try_at is None or row.try_at > work.now:
            return None
        row.tries += 1
        if row.tries < TRIES:
            row.try_at = work.now + BACK_OFF * 4 ** (row.tries - 1)
            return None
        row.try_at = NEVER if kind == "timer" else None
    known = incidents.same(work, instance_id, kind, key)
    if known is not None:
        return known
    said = error if isinstance(error, EngineError) else _unforeseen(error)
    values = getattr(error, "data", None) or data(work, instance, kind, key)
    incident = work.add(Incident(
        instance_id=instance_id, kind=kind, key=key, element=getattr(error, "element", None) or _element(work, row),
        line=getattr(error, "line", None), error=getattr(error, "cause", "") or said.en,
        data={"sentence": said.de, "values": _readable(values)}, raised_at=work.now, resolved_at=None, resolved_by=None,
    ))
    events.record(work, "incident.raised", incident, instance, element=incident.element, line=incident.line,
                  error=incident.error)
    return incident


def noted(work: Work, error: ProcessFailed) -> None:
    """Write down that what somebody sent in led a process into an error, and so was taken back.

    An incident of the instance it was for; where none could begin, an entry in
    the history of the house.
    """
    if error.instance_id is not None:
        failed(work, error.instance_id, "task", str(error.instance_id), error)
    elif error.process:
        deployment = deployments.current(work, error.process)
        events.record(work, "process.start_failed", deployment, process=error.process, version=deployment.version,
                      element=error.element, line=error.line, error=error.cause or error.en)


def retry(work: Work, incident_id: UUID) -> Incident:
    """Try again what failed: the worker takes it up at once. Only process owners and administrators may."""
    incident = work.get(Incident, incident_id)
    for_id = permissions.require(work, "retry")
    instance = lock(work, incident.instance_id)
    if incident.resolved_at is not None:
        raise Conflict("Diese Störung ist bereits behoben.", "This incident has been resolved already.")
    row = _tried(work, incident.instance_id, incident.kind, incident.key)
    if row is not None and incident.kind != "task":
        row.tries, row.try_at = 0, work.now
    incident.resolved_at, incident.resolved_by = work.now, work.actor.id
    events.record(work, "incident.resolved", incident, instance, for_id=for_id, element=incident.element)
    return incident


def data(work: Work, instance: Instance, kind: str, key: str) -> dict[str, Any]:
    """The process data that what failed would be tried again with; *instance* has its state.

    A message's content becomes process data when it arrives, and so counts among them.
    """
    waits, payload = key_in_state(work, instance, kind, key), {}
    if kind == "message" and (message := work.session.get(Message, UUID(key))) is not None:
        payload = message.payload
    if waits is None or instance.status not in ("running", "suspended"):
        return dict(payload)
    return {**spiff.seen(deployments.specification(work, instance.deployment_id), instance.state, waits), **payload}


def key_in_state(work: Work, instance: Instance, kind: str, key: str) -> str | None:
    """The key, inside the instance's state, of what waits there for a timer, a message or a person; None if nothing."""
    if kind == "timer":
        return key
    if kind == "task":
        return work.session.scalar(select(Task.key).where(Task.id == UUID(key), Task.closed_at.is_(None)))
    message = work.session.get(Message, UUID(key))
    if message is None:
        return None
    query = select(Subscription.key).where(
        Subscription.instance_id == instance.id, Subscription.name == message.name, Subscription.kind == message.kind)
    if message.kind == "message":
        query = query.where(Subscription.correlation == message.correlation)
    return work.session.scalar(query.limit(1))


def _tried(work: Work, instance_id: UUID, kind: str, key: str) -> Any:
    if kind == "timer":
        return work.session.get(Timer, (instance_id, key))
    return work.session.get(Message if kind == "message" else Task, UUID(key))


def _element(work: Work, row: Any) -> str | None:
    return row.element if isinstance(row, Timer | Task) else None


def _unforeseen(error: Exception) -> EngineError:
    # a database's error would say whole rows
    text = f"{type(error).__name__}: {error.orig if isinstance(error, DBAPIError) else error}"
    return EngineError("Der Schritt ist an einem unerwarteten Fehler gescheitert: {text}",
                       "The step has failed unexpectedly: {text}", text=text)


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(orjson.dumps(values, default=str))
    return found
