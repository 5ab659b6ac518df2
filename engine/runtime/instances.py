"""Running instances: every verb that moves a token, and no other.

All of them end in `_moved`, which writes down where the token came to stand.
Each locks the instance's row first; then it looks.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, undefer

from engine import spiff
from engine.database import Table, unavailable
from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, Forbidden, Invalid, NotFound, ProcessFailed, Sentence
from engine.history import events, trail
from engine.history.events import NEW_CHAIN, Chained
from engine.identity import people, permissions
from engine.runtime import messages, tasks, timers
from engine.runtime.messages import Message
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from engine.work import ENGINE, Page, Work, missing

STATUSES: dict[str, Sentence] = {
    "running": Sentence("läuft", "running"),
    "ended": Sentence("beendet", "ended"),
}


class Instance(Chained, Table):
    """One run of one deployed process, and its chain."""

    __tablename__ = "instance"
    __table_args__ = (Index("ix_instance_started", "started_at"), Index("ix_instance_subject", "subject_id"))

    deployment_id: Mapped[UUID] = mapped_column(ForeignKey(Deployment.id))
    process_id: Mapped[str] = mapped_column(String(128))
    version: Mapped[int]
    subject_id: Mapped[UUID | None]
    """What it is about: an idea, say."""
    business_key: Mapped[str] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(String(256))
    sender_id: Mapped[UUID | None]
    """The instance whose message started this one."""
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(128))
    """The id of the end event that ended it."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column()
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    waits: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """{"timers": {key: due}, "messages": [key, ...]}: what its rows in those tables are, so that no step reads them"""

    __mapper_args__ = {"version_id_col": revision}


def start(
    work: Work, process_id: str, data: dict[str, Any], *, subject_id: UUID | None = None, business_key: str = "",
    title: str = "",
) -> Instance:
    """Start the current version of a process whose start event waits for nothing; run it until it waits."""
    deployment = deployments.current(work, process_id)
    return _start(work, deployment, data, None, subject_id=subject_id, business_key=business_key, title=title)


def start_by_message(
    work: Work, name: str, payload: dict[str, Any], *, subject_id: UUID | None = None, business_key: str = "",
    title: str = "", sender_id: UUID | None = None, correlation: str | None = None,
) -> Instance:
    """Start the process that the message *name* starts; NotFound if there is none."""
    deployment = deployments.started_by(work, name)
    if deployment is None:
        raise NotFound("Kein Prozess beginnt mit der Nachricht „{name}“.",
                       "No process starts with the message “{name}”.", name=name)
    arrival = spiff.Arrival(name, correlation, payload)
    return _start(work, deployment, payload, arrival, subject_id=subject_id, business_key=business_key, title=title,
                  sender_id=sender_id)


def complete_task(work: Work, task_id: UUID, typed: dict[str, Any]) -> Task:
    """Complete a task with a person's answers and move its instance on.

    *typed* maps the form's keys to what was typed (text, lists of text) or to
    JSON values. Invalid names each wrong field, Conflict and Gone say who was
    first, Forbidden who would be in charge; then nothing is written.
    """
    instance, task = _locked_task(work, task_id)
    for_id = permissions.require_task(work, task)
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
            specification, instance.state, task.key, answers.values, work.now, _caller(work, instance),
            max_steps=work.settings.step_limit,
        )
    except ProcessFailed as error:
        if isinstance(error.__cause__, Invalid):  # an answer that only a service task could judge: the person's turn
            raise error.__cause__ from error
        raise
    _moved(work, instance, step)
    return task


def claim(work: Work, task_id: UUID) -> Task:
    """Take a task up for the actor; Conflict names whoever was faster."""
    instance, task = _locked_task(work, task_id)
    if task.assignee_id not in (None, work.actor.id):
        name = people.names(work, {task.assignee_id}).get(task.assignee_id, "?") if task.assignee_id else ""
        raise Conflict("{name} hat diese Aufgabe bereits übernommen.", "{name} has claimed this task already.",
                       name=name)
    return tasks.claim(work, instance, task)


def release(work: Work, task_id: UUID) -> Task:
    """Give a task back to its body."""
    instance, task = _locked_task(work, task_id)
    return tasks.release(work, instance, task)


def wake(work: Work, instance_id: UUID) -> Instance:
    """Let the due timers of an instance fire; nothing happens if none is due any more."""
    instance = lock(work, instance_id)
    due = timers.due(work, instance.id)
    if not due or instance.status != "running":
        return instance
    specification = deployments.specification(work, instance.deployment_id)
    events.record(work, "timer.fired", instance, instance, elements=[timer.element for timer in due],
                  due_at=due[0].due_at)
    _moved(work, instance, spiff.wake(
        specification, instance.state, work.now, _caller(work, instance), max_steps=work.settings.step_limit
    ))
    return instance


def deliver(work: Work, name: str, correlation: str | None, payload: dict[str, Any]) -> Instance:
    """Hand a message to the instance that waits for it; Conflict if none does (any more)."""
    receiver = messages.receiver(work, name, correlation)
    if receiver is not None:
        instance = lock(work, receiver)
        if messages.receiver(work, name, correlation) == receiver:  # nobody was faster while we waited for the lock
            return _deliver(work, instance, spiff.Arrival(name, correlation, payload))
    raise Conflict(
        "Das ist im Augenblick nicht möglich, weil der Vorgang darauf nicht (mehr) wartet.",
        "This is not possible at the moment because the instance does not wait for it (any more).",
    )


def pass_on(work: Work, message: Message) -> Instance:
    """Deliver a message on its way: to the instance that waits for it, or by starting the process it starts."""
    receiver = messages.receiver(work, message.name, message.correlation)
    work.session.delete(message)
    if receiver is not None:
        instance = lock(work, receiver)
        return _deliver(work, instance, spiff.Arrival(message.name, message.correlation, message.payload))
    sender = work.get(Instance, message.sender_id)
    return start_by_message(
        work, message.name, message.payload, subject_id=sender.subject_id, business_key=sender.business_key,
        title=sender.title, sender_id=sender.id, correlation=message.correlation,
    )


def lock(work: Work, instance_id: UUID) -> Instance:
    """The instance, its row locked until the work ends, with its state."""
    instance: Instance | None = work.session.scalar(_locking().where(Instance.id == instance_id))
    if instance is None:
        raise missing(Instance)
    return instance


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


def history(work: Work, instance: Instance) -> list[trail.Entry]:
    """The whole history of an instance in words, oldest first."""
    return trail.of_instance(work, instance.id, people.names)


def story(work: Work, task: Task) -> list[trail.Entry]:
    """What happened in a task's instance, as whoever works on it may read it.

    Answers of blind tasks stay hidden while one of the same kind is open, from
    everybody but the auditors.
    """
    entries = trail.of_instance(work, task.instance_id, people.names)
    blind = {other.element for other in tasks.siblings_open(work, task.instance_id) if other.blind}
    if not blind or permissions.may(work, "audit"):
        return entries
    return [entry for entry in entries if entry.particulars.get("element") not in blind or "answers" not in
            entry.particulars or entry.actor_id == work.actor.id]


def passed(work: Work, instance: Instance) -> list[str]:
    """The ids of the elements the token passed, in order."""
    query = select(events.Event.particulars).where(
        events.Event.chain_id == instance.id, events.Event.verb == "instance.moved"
    ).order_by(events.Event.seq)
    return [element for particulars in work.session.scalars(query) for element in particulars["path"]]


def due_instance(work: Work) -> UUID | None:
    """An instance with a due timer that nobody else is working on, locked; None if there is none."""
    query = (
        select(Instance.id).join(Timer, Timer.instance_id == Instance.id)
        .where(Timer.try_at <= work.now, Instance.status == "running").order_by(Timer.try_at).limit(1)
        .with_for_update(of=Instance, skip_locked=True)
    )
    return work.session.scalar(query)


def due_message(work: Work) -> Message | None:
    """A message on its way that nobody else is delivering, locked; None if there is none."""
    query = select(Message).where(Message.try_at <= work.now).order_by(Message.try_at, Message.id).limit(1)
    return work.session.scalar(query.with_for_update(skip_locked=True))


def _locking() -> Any:
    return (
        select(Instance).options(undefer(Instance.state), undefer(Instance.waits))
        .with_for_update(of=Instance).execution_options(populate_existing=True)
    )


@cache
def _queries() -> tuple[Any, Any]:
    # Asked in every act on a task, so they are put together once: the task's instance, locked; its open tasks.
    task, instance = bindparam("task", type_=Task.id.type), bindparam("instance", type_=Instance.id.type)
    owner = select(Task.instance_id).where(Task.id == task).scalar_subquery()
    rows = select(Task).where(Task.instance_id == instance, or_(Task.closed_at.is_(None), Task.id == task))
    return _locking().where(Instance.id == owner), rows.execution_options(populate_existing=True)


def _locked_task(work: Work, task_id: UUID) -> tuple[Instance, Task]:
    owner, tasks_of = _queries()
    instance: Instance | None = work.session.scalar(owner, {"task": task_id})
    if instance is None:
        raise missing(Task)
    rows = work.session.scalars(tasks_of, {"task": task_id, "instance": instance.id}).all()
    work.session.info["open"] = (instance.id, [row for row in rows if row.is_open])
    task = next(row for row in rows if row.id == task_id)
    if not task.is_open:
        if not permissions.may_see_task(work, task):
            permissions.require_task(work, task)
        raise tasks.closed(work, task)
    return instance, task


def _start(
    work: Work, deployment: Deployment, data: dict[str, Any], arrival: spiff.Arrival | None, *,
    subject_id: UUID | None, business_key: str, title: str, sender_id: UUID | None = None,
) -> Instance:
    instance = work.add(Instance(
        deployment_id=deployment.id, process_id=deployment.process_id, version=deployment.version,
        subject_id=subject_id, business_key=business_key, title=title, sender_id=sender_id, status="running",
        outcome=None, started_at=work.now, ended_at=None, state=b"", waits={"timers": {}, "messages": []}, **NEW_CHAIN,
    ))
    events.record(work, "instance.started", instance, instance, process=deployment.process_id,
                  version=deployment.version, deployment=deployment.hash, data=data, sender=sender_id,
                  message=arrival.name if arrival else None)
    work.session.info["open"] = (instance.id, [])
    specification = deployments.specification(work, deployment.id)
    step = spiff.start(
        specification, data, work.now, _caller(work, instance), arrival, max_steps=work.settings.step_limit
    )
    _moved(work, instance, step)
    return instance


def _deliver(work: Work, instance: Instance, arrival: spiff.Arrival) -> Instance:
    events.record(work, "message.received", instance, instance, name=arrival.name, payload=arrival.payload)
    specification = deployments.specification(work, instance.deployment_id)
    _moved(work, instance, spiff.deliver(
        specification, instance.state, arrival, work.now, _caller(work, instance), max_steps=work.settings.step_limit
    ))
    return instance


def _moved(work: Work, instance: Instance, step: spiff.Step) -> None:
    work = replace(work, actor=ENGINE)  # what follows from an act is the diagram's doing, not the person's
    instance.state = step.state
    for call in step.calls:
        events.record(work, "service.called", instance, instance, operation=call.operation, element=call.element,
                      arguments=call.arguments, result=call.result)
    for made in step.decisions:
        events.record(work, "decision.made", instance, instance, decision=made.decision, element=made.element,
                      inputs=made.inputs, rules=made.rules, outputs=made.outputs)
    events.record(work, "instance.moved", instance, instance, path=step.path)
    _keep_tasks(work, instance, step)
    _keep_waits(work, instance, step)
    for sent in step.sent:
        messages.send(work, instance.id, sent.name, sent.correlation, sent.payload)
        events.record(work, "message.sent", instance, instance, name=sent.name, element=sent.element)
    if step.ended is not None:
        instance.status, instance.outcome, instance.ended_at = "ended", step.ended, work.now
        events.record(work, "instance.ended", instance, instance, outcome=step.ended)


def _keep_tasks(work: Work, instance: Instance, step: spiff.Step) -> None:
    owner, rows = work.session.info.get("open", (None, []))
    if owner != instance.id:
        rows = tasks.siblings_open(work, instance.id)
    known = {row.key: row for row in rows if row.is_open}
    still = {seen.key for seen in step.open_tasks}
    for key, row in known.items():
        if key not in still:
            tasks.cancelled(work, instance, row)
    fresh = [tasks.opened(work, instance, seen, seen.process_id) for seen in step.open_tasks if seen.key not in known]
    work.session.info["open"] = (instance.id, [row for key, row in known.items() if key in still] + fresh)


def _keep_waits(work: Work, instance: Instance, step: spiff.Step) -> None:
    due = {wait.key: (wait.element, wait.due_at) for wait in step.timers if wait.due_at is not None}
    before: dict[str, str] = instance.waits["timers"]
    after = {key: moment.isoformat() for key, (_, moment) in due.items()}
    gone = [key for key, moment in before.items() if after.get(key) != moment]
    timers.change(work, instance.id, gone, {key: due[key] for key in due if before.get(key) != after[key]})
    awaited = {wait.key: (wait.element, wait.name, wait.correlation) for wait in step.subscriptions}
    known: list[str] = instance.waits["messages"]
    messages.change(work, instance.id, [key for key in known if key not in awaited],
                    {key: wait for key, wait in awaited.items() if key not in known})
    if after != before or set(known) != awaited.keys():
        instance.waits = {"timers": after, "messages": sorted(awaited)}


def _caller(work: Work, instance: Instance) -> Any:
    def call(asked: spiff.ServiceCall) -> dict[str, Any]:
        handler = work.handlers.get(asked.operation)
        if handler is None:
            raise Invalid("Die Operation „{name}“ gibt es nicht.", "There is no operation “{name}”.",
                          name=asked.operation)
        with unavailable():  # a database that fails inside a handler is not the diagram's fault
            return handler(replace(work, actor=ENGINE), instance, asked.arguments)

    return call


