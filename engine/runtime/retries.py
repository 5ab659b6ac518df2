"""What failed while nobody was watching is tried again, and becomes an incident when that does not help."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from engine.errors import Conflict, EngineError
from engine.history import events
from engine.identity import permissions
from engine.runtime import incidents, tasks
from engine.runtime.incidents import Incident
from engine.runtime.messages import Message
from engine.runtime.timers import Timer
from engine.runtime.tokens import lock
from engine.work import Work

TRIES = 3
BACK_OFF = timedelta(minutes=1)


def failed(work: Work, instance_id: UUID, kind: str, key: str, error: EngineError) -> Incident | None:
    """Write down that a step failed: tried again twice with back-off, then an incident. None while tries are left.

    *kind* is timer, message or task, *key* the timer's key or the row's id; a
    task is not tried again by itself.
    """
    instance = lock(work, instance_id)
    row = _tried(work, instance_id, kind, key)
    if row is not None:
        row.tries += 1
        if row.tries < TRIES:
            row.try_at = work.now + BACK_OFF * 4 ** (row.tries - 1)
            return None
        row.try_at = tasks.NEVER if kind == "timer" else None
    known = incidents.same(work, instance_id, kind, key)
    if known is not None:
        return known
    text = getattr(error, "cause", "") or error.en
    incident = work.add(Incident(
        instance_id=instance_id, kind=kind, key=key, element=getattr(error, "element", None),
        line=getattr(error, "line", None), error=text, data={"sentence": error.de}, raised_at=work.now,
        resolved_at=None, resolved_by=None,
    ))
    events.record(work, "incident.raised", incident, instance, element=incident.element, line=incident.line,
                  error=incident.error)
    return incident


def retry(work: Work, incident_id: UUID) -> Incident:
    """Try again what failed: the worker takes it up at once. Only process owners and administrators may."""
    incident = work.get(Incident, incident_id)
    for_id = permissions.require(work, "retry")
    instance = lock(work, incident.instance_id)
    if incident.resolved_at is not None:
        raise Conflict("Diese Störung ist bereits behoben.", "This incident has been resolved already.")
    row = _tried(work, incident.instance_id, incident.kind, incident.key)
    if row is not None:
        row.tries, row.try_at = 0, work.now
    incident.resolved_at, incident.resolved_by = work.now, work.actor.id
    events.record(work, "incident.resolved", incident, instance, for_id=for_id, element=incident.element)
    return incident


def _tried(work: Work, instance_id: UUID, kind: str, key: str) -> Any:
    if kind == "timer":
        return work.session.get(Timer, (instance_id, key))
    return work.session.get(Message, UUID(key)) if kind == "message" else None
