"""Steering an instance by hand: suspend, resume, cancel, move.

For process owners and administrators.  Every act needs a reason, which stands
in the history for all who may read it.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete

from engine import spiff
from engine.definitions import deployments
from engine.errors import Conflict, Gone, Invalid, Sentence
from engine.history import events
from engine.identity import permissions
from engine.runtime import incidents, messages, retries, tasks, timers, tokens
from engine.runtime.messages import Subscription
from engine.runtime.timers import Timer
from engine.runtime.tokens import Instance
from engine.work import ENGINE, Work

SHORTEST, LONGEST = 3, 500
"""How many characters a reason may have."""


def suspend(work: Work, instance_id: UUID, reason: str) -> Instance:
    """Let an instance rest: no task can be claimed or completed, no timer fires, messages wait until `resume`."""
    instance, for_id, reason = begin(work, instance_id, reason)
    if instance.status == "suspended":
        raise tokens.rests(work, instance)
    instance.status = "suspended"
    instance.halted_at, instance.halted_by, instance.halted_why = work.now, work.actor.id, reason
    timers.park(work, instance.id)
    events.record(work, "instance.suspended", instance, instance, for_id=for_id, reason=reason)
    return instance


def resume(work: Work, instance_id: UUID, reason: str) -> Instance:
    """Let a suspended instance go on: timers that were missed fire now, messages that waited are delivered."""
    instance, for_id, reason = begin(work, instance_id, reason)
    if instance.status != "suspended":
        raise Conflict("Dieser Vorgang ruht nicht (mehr); er läuft bereits.",
                       "This instance is not suspended (any more); it is running already.")
    instance.status = "running"
    instance.halted_at = instance.halted_by = instance.halted_why = None
    timers.unpark(work, instance.id, retries.TRIES)
    messages.release(work, instance.id)
    events.record(work, "instance.resumed", instance, instance, for_id=for_id, reason=reason)
    return instance


def cancel(work: Work, instance_id: UUID, reason: str) -> Instance:
    """End an instance before its diagram does: open tasks are cancelled, timers and subscriptions are removed.

    What it has done stays: published statuses, sent messages, and the
    instances that those have started.
    """
    instance, for_id, reason = begin(work, instance_id, reason)
    instance.status, instance.ended_at, instance.state = "cancelled", work.now, b""
    instance.halted_at = instance.halted_by = instance.halted_why = None
    instance.waits = {"tasks": [], "timers": {}, "messages": []}
    events.record(work, "instance.cancelled", instance, instance, for_id=for_id, reason=reason)
    follows = replace(work, actor=ENGINE)
    for task in tasks.siblings_open(work, instance.id):
        tasks.cancelled(follows, instance, task)
    work.session.execute(delete(Timer).where(Timer.instance_id == instance.id))
    work.session.execute(delete(Subscription).where(Subscription.instance_id == instance.id))
    messages.release(work, instance.id)
    settle(work, instance)
    return instance


def places(work: Work, instance_id: UUID) -> tuple[spiff.Place, ...]:
    """Where an instance stands, and where it may be moved to from there; nothing for one that is over."""
    instance = tokens.with_state(work, instance_id)
    if instance.status in tokens.OVER:
        return ()
    return spiff.places(deployments.specification(work, instance.deployment_id), instance.state)


def move(work: Work, instance_id: UUID, origin: str, target: str, reason: str) -> Instance:
    """Take an instance away from where it stands and let it go on at another element, with the data it has.

    *origin* is the key of one of its `places`, or the id of its element where
    only one is there. Conflict if it does not stand there (any more); Invalid
    says in `fields["to"]` why it cannot go on there.
    """
    instance, for_id, reason = begin(work, instance_id, reason)
    specification = deployments.specification(work, instance.deployment_id)
    here = spiff.places(specification, instance.state)
    found = [place for place in here if origin in (place.key, place.element)]
    place = found[0] if len(found) == 1 else None
    step = spiff.move(specification, instance.state, place.key if place else origin, target, work.now,
                      tokens.caller(work, instance), **tokens.bounds(work))
    events.record(
        work, "instance.redirected", instance, instance, for_id=for_id, origin=place.name if place else origin,
        target=dict(place.targets).get(target, target) if place else target,
        elements=[place.element if place else origin, target], reason=reason,
    )
    changed(work, instance, step)
    return instance


def changed(work: Work, instance: Instance, step: spiff.Step) -> None:
    """Write a step of steering down: what rests goes on resting, what is gone can no longer be wrong."""
    tokens.moved(work, instance, step)
    if instance.status in tokens.OVER:
        instance.halted_at = instance.halted_by = instance.halted_why = None
        messages.release(work, instance.id)
    elif instance.status == "suspended":
        timers.park(work, instance.id)
    settle(work, instance)


def settle(work: Work, instance: Instance) -> None:
    """Resolve the incidents of timers and tasks that wait no longer; a message of its own still has to arrive."""
    open_ones = [one for one in incidents.of_instance(work, instance.id) if one.resolved_at is None]
    if not open_ones:
        return
    keys = {"timer": {timer.key for timer in timers.of_instance(work, instance.id)},
            "task": {str(task.id) for task in tasks.siblings_open(work, instance.id)}}
    for incident in open_ones:
        if incident.key not in keys.get(incident.kind, {incident.key}):
            incident.resolved_at, incident.resolved_by = work.now, work.actor.id
            events.record(work, "incident.resolved", incident, instance, element=incident.element)


def begin(work: Work, instance_id: UUID, reason: str) -> tuple[Instance, UUID | None, str]:
    """What every act of steering begins with: the instance, locked; for whom the actor acts; the reason, clean.

    Forbidden, Gone for an instance that has ended, Invalid for a reason that says nothing.
    """
    for_id = permissions.require(work, "steer")
    instance = tokens.lock(work, instance_id)
    if instance.status in tokens.OVER:
        raise Gone("Dieser Vorgang ist bereits beendet. Es ist nichts mehr zu tun.",
                   "This instance has ended already. Nothing is left to do.")
    clean = " ".join(reason.split())
    if not SHORTEST <= len(clean) <= LONGEST:
        raise Invalid(
            "Bitte sehen Sie sich die markierte Angabe noch einmal an.", "Please look at the marked field again.",
            fields={"reason": [Sentence(f"Bitte nennen Sie den Grund, mit {SHORTEST} bis {LONGEST} Zeichen.",
                                        f"Please give the reason, in {SHORTEST} to {LONGEST} characters.")]},
        )
    return instance, for_id, clean
