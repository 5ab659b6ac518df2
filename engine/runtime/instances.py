"""Running instances: every verb that moves a token, and no other.

All of them end in `tokens.moved`, which writes down where the token came to
stand.  Each locks the instance's row first; then it looks.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, or_, select
from sqlalchemy.orm import undefer

from engine import spiff
from engine.database import to_json
from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, EngineError, Forbidden, Invalid, NotFound, ProcessFailed
from engine.history import events, trail
from engine.history.events import NEW_CHAIN
from engine.identity import people, permissions
from engine.runtime import messages, tasks, timers
from engine.runtime.messages import Message
from engine.runtime.migration import migrate as migrate
from engine.runtime.steering import cancel as cancel
from engine.runtime.steering import move as move
from engine.runtime.steering import places as places
from engine.runtime.steering import resume as resume
from engine.runtime.steering import suspend as suspend
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from engine.runtime.tokens import STATUSES as STATUSES
from engine.runtime.tokens import Instance as Instance
from engine.runtime.tokens import bounds, caller, lock_free, locked_task, moved, require_running, rests
from engine.runtime.tokens import lock as lock
from engine.work import Page, Work


def start(
    work: Work, process_id: str, data: dict[str, Any], *, subject_id: UUID | None = None, business_key: str = "",
    title: str = "",
) -> Instance:
    """Start the current version of a process whose start event waits for nothing; run it until it waits."""
    deployment = deployments.current(work, process_id)
    return _start(work, deployment, data, None, subject_id=subject_id, business_key=business_key, title=title)


def start_by_message(
    work: Work, name: str, payload: dict[str, Any], *, subject_id: UUID | None = None, business_key: str = "",
    title: str = "",
) -> Instance:
    """Start the process that the message *name* starts; NotFound if there is none."""
    return _start(work, _started_by(work, name), payload, spiff.Arrival(name, None, payload), subject_id=subject_id,
                  business_key=business_key, title=title)


def complete_task(work: Work, task_id: UUID, typed: dict[str, Any]) -> Task:
    """Complete a task with a person's answers and move its instance on.

    *typed* maps the form's keys to what was typed (text, lists of text) or to
    JSON values. Invalid names each wrong field, Conflict and Gone say who was
    first, Forbidden who would be in charge; then nothing is written.
    """
    instance, task = locked_task(work, task_id)
    for_id = permissions.require_task(work, task)
    require_running(work, instance)
    answers = forms.read(form_of(work, task, instance), typed)
    task.closed_at, task.closed_by, task.closed_as = work.now, work.actor.id, "completed"
    task.draft, task.draft_at = None, None
    hidden = {key: events.conceal(work, task, key, value) for key, value in answers.personal.items()}
    task.answers = {**answers.values, **hidden}
    events.record(work, "task.completed", task, instance, for_id=for_id, task=task.name, element=task.element,
                  process=task.process_id, blind=task.blind, answers=task.answers)
    specification = deployments.specification(work, instance.deployment_id)
    try:
        step = spiff.complete(
            specification, instance.state, task.key, answers.values, work.now, caller(work, instance),
            **bounds(work),
        )
    except ProcessFailed as error:
        if isinstance(error.__cause__, Invalid):  # an answer that only a service task could judge: the person's turn
            raise error.__cause__ from error
        raise
    moved(work, instance, step, completed=task)
    return task


def is_done_so(work: Work, task_id: UUID, typed: dict[str, Any]) -> bool:
    """Whether the actor has completed this task with exactly these answers before: a form that was sent twice."""
    task = tasks.show(work, task_id)
    if task.closed_as != "completed" or task.closed_by != work.actor.id or task.answers is None:
        return False
    try:
        answers = forms.read(form_of(work, task), typed)
    except Invalid:
        return False
    said = {key: value for key, value in task.answers.items() if key not in answers.personal}
    return said == orjson.loads(to_json(answers.values)) and all(
        events.is_concealed(work, task.answers.get(key), value) for key, value in answers.personal.items())


def claim(work: Work, task_id: UUID) -> Task:
    """Take a task up for the actor; Conflict names whoever was faster."""
    instance, task = locked_task(work, task_id)
    require_running(work, instance)
    if task.assignee_id not in (None, work.actor.id):
        name = people.names(work, {task.assignee_id}).get(task.assignee_id, "?") if task.assignee_id else ""
        raise Conflict("{name} hat diese Aufgabe bereits übernommen.", "{name} has claimed this task already.",
                       name=name)
    return tasks.claim(work, instance, task)


def release(work: Work, task_id: UUID) -> Task:
    """Give a task back to its body."""
    instance, task = locked_task(work, task_id)
    return tasks.release(work, instance, task)


def wake(work: Work, instance_id: UUID, only: str | None = None) -> Instance:
    """Let the due timers of an instance fire (*only*: the one under this key); nothing happens if none is due."""
    instance = lock(work, instance_id)
    return fire(work, instance, timers.of_instance(work, instance.id), only)


def fire(work: Work, instance: Instance, waiting: list[Timer], only: str | None = None) -> Instance:
    """What `wake` does, for an instance that is locked already and all timers that are *waiting* in it.

    A timer that is tried again later or was given up holds up no other.
    """
    gone = work.session.deleted  # by what another instance, taken together with this one, has just done
    due = [timer for timer in waiting if timer.try_at <= work.now and only in (None, timer.key) and timer not in gone]
    if not due:
        return instance
    if instance.status != "running":
        timers.park(work, instance.id)
        return instance
    specification = deployments.specification(work, instance.deployment_id)
    events.record(work, "timer.fired", instance, instance, elements=[timer.element for timer in due],
                  due_at=due[0].due_at)
    moved(work, instance, spiff.wake(
        specification, instance.state, work.now, caller(work, instance),
        held={timer.key for timer in waiting if timer not in due}, **bounds(work),
    ))
    return instance


def deliver(work: Work, name: str, correlation: str | None, payload: dict[str, Any]) -> Instance:
    """Hand a message to the instance that waits for it; Conflict if none does (any more).

    An instance that rests gets it when it is resumed.
    """
    receiver = messages.receiver(work, name, correlation)
    if receiver is not None:
        instance = lock(work, receiver)
        if messages.receiver(work, name, correlation) == receiver:  # nobody was faster while we waited for the lock
            if instance.status == "suspended":
                messages.hold(work, instance.id, name, correlation, payload)
                return instance
            return _deliver(work, instance, spiff.Arrival(name, correlation, payload))
    raise Conflict(
        "Das ist im Augenblick nicht möglich, weil der Vorgang darauf nicht (mehr) wartet.",
        "This is not possible at the moment because the instance does not wait for it (any more).",
    )


def pass_on(work: Work, message: Message) -> Instance | None:
    """Deliver a message on its way: to the instance that waits for it, or by starting the process it starts.

    For an instance that rests it is kept until that is resumed. None if
    somebody is working on the instance just now: then it stays due.
    """
    signal = message.kind != "message"
    arrival = spiff.Arrival(message.name, None if signal else message.correlation, message.payload,
                            "signal" if signal else "message")
    recipient = messages.recipient(work, message)
    if recipient is not None:
        instance = lock_free(work, recipient)
        if instance is None:
            return None
        if instance.status == "suspended":
            message.held_for, message.try_at = instance.id, None
            return instance
        work.session.delete(message)
        if signal and not messages.waits_for_signal(work, instance.id, message.name):
            return instance  # nobody has to be there to hear a signal
        return _deliver(work, instance, arrival)
    work.session.delete(message)
    if signal:
        deployment = deployments.current(work, message.correlation or "")
    else:
        deployment = _started_by(work, message.name)
    sender = work.get(Instance, message.sender_id)
    return _start(work, deployment, message.payload, arrival, subject_id=sender.subject_id,
                  business_key=sender.business_key, title=sender.title, sender_id=sender.id)


def show(work: Work, instance_id: UUID) -> Instance:
    """The instance; Forbidden for those who may neither read all instances nor have a task in it."""
    instance = work.get(Instance, instance_id)
    if not may_see(work, instance):
        raise Forbidden("Diesen Vorgang dürfen Sie nicht einsehen.", "You may not read this instance.")
    return instance


def may_see(work: Work, instance: Instance) -> bool:
    """Whether the actor may read the whole instance."""
    return permissions.may(work, "read instances")


def listing(
    work: Work, *, process: str | None = None, status: str | None = None, search: str | None = None,
    outcome: str | None = None, number: int = 1, size: int = 25,
) -> Page:
    """Instances, the latest first; *search* looks into number and title. Only for those who may read them."""
    permissions.require(work, "read instances")
    query = select(Instance)
    if process:
        query = query.where(Instance.process_id == process)
    if status:
        query = query.where(Instance.status == status)
    if outcome:
        query = query.where(Instance.outcome == outcome)
    if search:
        pattern = f"%{search.strip().lower()}%"
        query = query.where(or_(func.lower(Instance.title).like(pattern), Instance.business_key.like(pattern)))
    total = work.session.scalar(query.with_only_columns(func.count(Instance.id))) or 0
    rows = work.session.scalars(
        query.order_by(Instance.started_at.desc(), Instance.id.desc()).offset((number - 1) * size).limit(size)
    )
    return Page(list(rows), total, number, size)


def resting(work: Work, instance_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these instances are suspended."""
    query = select(Instance.id).where(Instance.id.in_(set(instance_ids)), Instance.status == "suspended")
    return set(work.session.scalars(query))


def why_resting(work: Work, instance: Instance) -> EngineError | None:
    """Who suspended the instance, when and why; None if it does not rest."""
    return rests(work, instance) if instance.status == "suspended" else None


def of_subject(work: Work, subject_id: UUID) -> list[Instance]:
    """All instances about one thing, in the order they started."""
    query = select(Instance).where(Instance.subject_id == subject_id).order_by(Instance.started_at, Instance.id)
    return list(work.session.scalars(query))


def form_of(work: Work, task: Task, instance: Instance | None = None) -> forms.Form:
    """The form of a task, as it was when the instance's process was deployed; an empty one if it needs none."""
    owner = instance or work.get(Instance, task.instance_id)
    if task.form is None:
        return forms.EMPTY
    return deployments.form(work, owner.deployment_id, f"{task.process_id}/{task.form}")


def data_of(work: Work, task: Task) -> dict[str, Any]:
    """The process data that an open task sees; {} once its instance has ended."""
    instance = work.session.scalar(
        select(Instance).where(Instance.id == task.instance_id).options(undefer(Instance.state))
    )
    if instance is None or not task.is_open:
        return {}
    specification = deployments.specification(work, instance.deployment_id)
    return spiff.task_data(specification, instance.state, task.key)


def history(work: Work, instance: Instance, first: int = 1, last: int | None = None) -> list[trail.Entry]:
    """The history of an instance in words, oldest first: the whole, or from entry *first* to entry *last*."""
    return trail.of_instance(work, instance.id, people.names, first=first, last=last)


def story(
    work: Work, task: Task, *, size: int = 50, before: int | None = None, without: Collection[str] = ()
) -> tuple[list[trail.Entry], int | None]:
    """The latest of what happened in a task's instance, oldest first, as whoever works on it may read it.

    At most *size* entries (before entry *before*, *without* some verbs), and
    the entry before which there are older ones; None if there are none.
    Answers of blind tasks stay hidden while one of the same kind is open, from
    everybody but the auditors.
    """
    entries = trail.latest(work, task.instance_id, people.names, size + 1, before=before, without=without)
    older = entries[1].seq if len(entries) > size else None
    entries = entries[-size:]
    blind = _blind(work, task)
    return [entry for entry in entries if entry.particulars.get("element") not in blind or "answers" not in
            entry.particulars or entry.actor_id == work.actor.id], older


def answers_told(work: Work, task: Task) -> dict[str, Any] | None:
    """What was answered in a completed task, as far as the actor may read it; None where nothing is told."""
    if task.answers is None or (task.element in _blind(work, task) and task.closed_by != work.actor.id):
        return None
    told: dict[str, Any] = trail.resolved(work, task.answers)
    return told


def passed(work: Work, instance: Instance, ends: int | None = None) -> list[str]:
    """The ids of the elements the token passed, in order; with *ends* only in the first and last so many entries."""
    query = select(events.Event.particulars).where(
        events.Event.chain_id == instance.id, events.Event.verb == "instance.moved"
    ).order_by(events.Event.seq)
    if ends is not None and instance.chain_length > 2 * ends:
        query = query.where(or_(events.Event.seq <= ends, events.Event.seq > instance.chain_length - ends))
    return [element for particulars in work.session.scalars(query) for element in particulars["path"]]


def _blind(work: Work, task: Task) -> set[str]:
    """The elements in the task's instance whose answers the actor may not read yet."""
    blind = {other.element for other in tasks.siblings_open(work, task.instance_id) if other.blind}
    return set() if not blind or permissions.may(work, "audit") else blind


def _started_by(work: Work, message: str) -> Deployment:
    deployment = deployments.started_by(work, message)
    if deployment is None:
        raise NotFound("Kein Prozess beginnt mit der Nachricht „{name}“.",
                       "No process starts with the message “{name}”.", name=message)
    return deployment


def _start(
    work: Work, deployment: Deployment, data: dict[str, Any], arrival: spiff.Arrival | None, *,
    subject_id: UUID | None, business_key: str, title: str, sender_id: UUID | None = None,
) -> Instance:
    instance = work.add(Instance(
        deployment_id=deployment.id, process_id=deployment.process_id, version=deployment.version,
        subject_id=subject_id, business_key=business_key, title=title, sender_id=sender_id, status="running",
        halted_at=None, halted_by=None, halted_why=None, outcome=None, started_at=work.now, ended_at=None,
        state=b"", waits={"tasks": [], "timers": {}, "messages": []}, **NEW_CHAIN,
    ))
    events.record(work, "instance.started", instance, instance, process=deployment.process_id,
                  version=deployment.version, deployment=deployment.hash, data=data, sender=sender_id,
                  message=arrival.name if arrival else None)
    specification = deployments.specification(work, deployment.id)
    try:
        step = spiff.start(specification, data, work.now, caller(work, instance), arrival, **bounds(work))
    except ProcessFailed as error:
        error.process = deployment.process_id
        raise
    moved(work, instance, step)
    return instance


def _deliver(work: Work, instance: Instance, arrival: spiff.Arrival) -> Instance:
    events.record(work, f"{arrival.kind}.received", instance, instance, name=arrival.name, payload=arrival.payload)
    specification = deployments.specification(work, instance.deployment_id)
    try:
        step = spiff.deliver(specification, instance.state, arrival, work.now, caller(work, instance), **bounds(work))
    except ProcessFailed as error:
        error.process, error.instance_id = instance.process_id, instance.id
        raise
    moved(work, instance, step)
    return instance
