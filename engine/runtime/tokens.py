"""Where the tokens of an instance stand: its row, and how a step's outcome is written down.

A verb locks the row (`lock`, `locked_task`), lets the engine take a step, and
hands the step to `moved`: tasks, timers, subscriptions, messages and events
then say what the state says.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column, undefer

from engine import spiff
from engine.database import Table, unavailable
from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.history.events import Chained
from engine.identity import people, permissions
from engine.identity.bodies import BERLIN
from engine.runtime import messages, tasks, timers
from engine.runtime.tasks import Task
from engine.work import ENGINE, Work, missing

STATUSES: dict[str, Sentence] = {
    "running": Sentence("läuft", "running"),
    "suspended": Sentence("ruht", "suspended"),
    "ended": Sentence("beendet", "ended"),
    "cancelled": Sentence("abgebrochen", "cancelled"),
}
OVER = frozenset({"ended", "cancelled"})
"""The statuses in which nothing can happen any more."""


class Instance(Chained, Table):
    """One run of one deployed process, and its chain."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_started", "started_at"),
        Index("ix_instance_subject", "subject_id"),
        Index("ix_instance_unsealed", "id", sqlite_where=text("unsealed = 1"), postgresql_where=text("unsealed")),
    )

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
    halted_at: Mapped[datetime | None]
    """Since when it rests, and below: by whose act, and why."""
    halted_by: Mapped[UUID | None]
    halted_why: Mapped[str | None]
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    waits: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """{"tasks": [key, ...], "timers": {key: due}, "messages": [key, ...]}: what its open rows in those tables are, so
    that no step reads them; signals are among the messages"""


def lock(work: Work, instance_id: UUID) -> Instance:
    """The instance, its row locked until the work ends, with its state."""
    instance: Instance | None = work.session.scalar(locking().where(Instance.id == instance_id))
    if instance is None:
        raise missing(Instance)
    return instance


def with_state(work: Work, instance_id: UUID) -> Instance:
    """The instance with its state, for looking only."""
    query = select(Instance).where(Instance.id == instance_id).options(undefer(Instance.state))
    instance: Instance | None = work.session.scalar(query)
    if instance is None:
        raise missing(Instance)
    return instance


def lock_free(work: Work, instance_id: UUID) -> Instance | None:
    """The instance as `lock` gives it, or None if somebody else is working on it just now."""
    found: Instance | None = work.session.scalar(locking(skip=True).where(Instance.id == instance_id))
    return found


def locked_task(work: Work, task_id: UUID) -> tuple[Instance, Task]:
    """The task, which is still open, and its instance, locked; Conflict, Gone or NotFound say what became of it."""
    found = work.session.execute(_with_task(), {"task": task_id}).one_or_none()
    if found is None:
        raise missing(Task)
    instance, task = found
    if not task.is_open:
        if not permissions.may_see_task(work, task):
            permissions.require_task(work, task)
        raise tasks.closed(work, task)
    return instance, task


def rests(work: Work, instance: Instance) -> Conflict:
    """The sentence for somebody who acts on an instance that rests: who suspended it, when and why."""
    at = (instance.halted_at or work.now).astimezone(BERLIN)
    name = people.names(work, {instance.halted_by}).get(instance.halted_by) if instance.halted_by else None
    return Conflict(
        "Dieser Vorgang ruht. {name} hat ihn am {day} um {time} Uhr angehalten: {reason} "
        "Sie müssen nichts tun; alles bleibt, wie es ist, bis er fortgesetzt wird.",
        "This instance is suspended. {name} suspended it on {day} at {time}: {reason} "
        "You do not have to do anything; everything stays as it is until it is resumed.",
        name=name or "Reifegrad", day=f"{at:%d.%m.%Y}", time=f"{at:%H:%M}", reason=_sentence(instance.halted_why or ""),
    )


def require_running(work: Work, instance: Instance) -> None:
    """Conflict if the instance rests."""
    if instance.status == "suspended":
        raise rests(work, instance)


def moved(work: Work, instance: Instance, step: spiff.Step, completed: Task | None = None) -> None:
    """Write down where a step left the instance, and what happened on the way.

    *completed* is the task that the step began with, if a person did something.
    """
    work = replace(work, actor=ENGINE)  # what follows from an act is the diagram's doing, not the person's
    instance.state = step.state if step.ended is None else b""  # nothing will ever go on from there
    for call in step.calls:
        events.record(work, "service.called", instance, instance, operation=call.operation, element=call.element,
                      arguments=call.arguments, result=call.result)
    for made in step.decisions:
        events.record(work, "decision.made", instance, instance, decision=made.decision, element=made.element,
                      inputs=made.inputs, rules=made.rules, outputs=made.outputs)
    if step.path:
        events.record(work, "instance.moved", instance, instance, path=step.path)
    _keep_tasks(work, instance, step, completed)
    _keep_waits(work, instance, step)
    for failure in step.failures:
        events.record(work, "element.failed", instance, instance, element=failure.element, code=failure.code,
                      error=failure.cause)
    for sent in step.sent:
        if sent.kind == "signal":
            starts = deployments.started_by_signal(work, sent.name)
            messages.broadcast(work, instance.id, sent.name, sent.payload, starts)
        else:
            messages.send(work, instance.id, sent.name, sent.correlation, sent.payload)
        events.record(work, f"{sent.kind}.sent", instance, instance, name=sent.name, element=sent.element)
    if step.ended is not None:
        instance.status, instance.outcome, instance.ended_at = "ended", step.ended, work.now
        events.record(work, "instance.ended", instance, instance, outcome=step.ended)


def bounds(work: Work) -> spiff.Bounds:
    """How far one step may go, as the operator has set it."""
    return {"max_steps": work.settings.step_limit, "max_seconds": work.settings.step_seconds}


def caller(work: Work, instance: Instance) -> Any:
    """What service tasks of this instance call: the house's handlers, by operation."""

    def call(asked: spiff.ServiceCall) -> dict[str, Any]:
        handler = work.handlers.get(asked.operation)
        if handler is None:
            raise Invalid("Die Operation „{name}“ gibt es nicht.", "There is no operation “{name}”.",
                          name=asked.operation)
        with unavailable():  # a database that fails inside a handler is not the diagram's fault
            return handler(replace(work, actor=ENGINE), instance, asked.arguments)

    return call


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def locking(skip: bool = False) -> Any:
    """The query for instances with their state, locked; with *skip* past those that somebody else holds."""
    return (
        select(Instance).options(undefer(Instance.state), undefer(Instance.waits))
        .with_for_update(of=Instance, skip_locked=skip).execution_options(populate_existing=True)
    )


@cache
def _with_task() -> Any:
    # Asked in every act on a task, so it is put together once.  Both rows are locked: PostgreSQL then gives both as
    # they are once whoever was faster has gone; of a row that is only read it would give what was there before.
    return (
        select(Instance, Task).join(Task, Task.instance_id == Instance.id)
        .where(Task.id == bindparam("task", type_=Task.id.type))
        .options(undefer(Instance.state), undefer(Instance.waits))
        .with_for_update(of=(Instance, Task)).execution_options(populate_existing=True)
    )


def _keep_tasks(work: Work, instance: Instance, step: spiff.Step, completed: Task | None) -> None:
    known: list[str] = instance.waits["tasks"]
    still = [seen.key for seen in step.open_tasks]
    done = completed.key if completed is not None else None
    gone = [key for key in known if key != done and key not in still]
    for row in tasks.under(work, instance.id, gone) if gone else ():
        tasks.cancelled(work, instance, row)
    for seen in step.open_tasks:
        if seen.key not in known:
            tasks.opened(work, instance, seen, seen.process_id)
    if still != known:
        instance.waits = {**instance.waits, "tasks": still}


def _keep_waits(work: Work, instance: Instance, step: spiff.Step) -> None:
    due = {wait.key: (wait.element, wait.due_at) for wait in step.timers if wait.due_at is not None}
    before: dict[str, str] = instance.waits["timers"]
    after = {key: moment.isoformat() for key, (_, moment) in due.items()}
    gone = [key for key, moment in before.items() if after.get(key) != moment]
    timers.change(work, instance.id, gone, {key: due[key] for key in due if before.get(key) != after[key]})
    awaited = {wait.key: (wait.element, wait.name, wait.correlation, wait.kind) for wait in step.subscriptions
               if wait.kind != "condition"}
    known: list[str] = instance.waits["messages"]
    messages.change(work, instance.id, [key for key in known if key not in awaited],
                    {key: wait for key, wait in awaited.items() if key not in known})
    if after != before or set(known) != awaited.keys():
        instance.waits = {**instance.waits, "timers": after, "messages": sorted(awaited)}
