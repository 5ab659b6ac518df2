"""What a worker takes up: instances with due timers, and messages on their way.

Both are taken several at a time, locked until the work ends, and past what
another worker holds: none is done twice, and nobody waits for anybody.  What
cannot go on now (its instance is suspended) has a `try_at` at the end of time
and costs nobody a look.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from engine.runtime import tokens
from engine.runtime.messages import Message, lane
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from engine.runtime.tokens import Instance
from engine.work import Work


def next_timer(work: Work) -> datetime | None:
    """When the next timer has to be looked at, None if there is none: one look into an index."""
    return work.session.scalar(select(func.min(Timer.try_at)))


def next_message(work: Work) -> datetime | None:
    """When the next message has to be looked at, None if there is none: one look into an index."""
    return work.session.scalar(select(func.min(Message.try_at)))


def instances(work: Work, most: int) -> list[tuple[Instance, list[Timer]]]:
    """Up to *most* instances with a due timer, those first that are longest due; each with all its timers.

    The instances are locked; what is read of them is read behind the lock.
    Their open tasks are read, too, so that no step has to ask for its own.
    """
    query = (
        tokens.locking(skip=True).join(Timer, Timer.instance_id == Instance.id).where(Timer.try_at <= work.now)
        .order_by(Timer.try_at).limit(most)
    )
    taken = {instance.id: instance for instance in work.session.scalars(query)}
    if not taken:
        return []
    waiting: dict[object, list[Timer]] = {key: [] for key in taken}
    for timer in work.session.scalars(select(Timer).where(Timer.instance_id.in_(taken)).order_by(Timer.due_at)):
        waiting[timer.instance_id].append(timer)
    with_tasks = [key for key, instance in taken.items() if instance.waits["tasks"]]
    if with_tasks:
        read: dict[UUID, list[Task]] = {key: [] for key in with_tasks}
        work.session.info["tasks read"] = read
        query = select(Task).where(Task.instance_id.in_(with_tasks), Task.closed_at.is_(None))
        for task in work.session.scalars(query.order_by(Task.opened_at, Task.id)):
            read[task.instance_id].append(task)
    return [(instance, waiting[key]) for key, instance in taken.items()]


def messages(work: Work, most: int, only: UUID | None = None) -> list[Message]:
    """Up to *most* messages that may be delivered now (*only*: at most this one), in the order sent, locked.

    Messages of one lane are delivered by one worker at a time. One that is
    tried again later, or rests, holds up those of its name behind it until then.
    """
    query = select(Message).where(Message.try_at <= work.now).order_by(Message.try_at, Message.id).limit(most)
    if only is not None:
        query = query.where(Message.id == only)
    taken = sorted(work.session.scalars(query.with_for_update(skip_locked=True)), key=lambda message: message.id)
    ahead = _ahead(work, taken) if taken else {}
    free = []
    for message in taken:
        before = [other for other in ahead.get(message.lane, ()) if other.id < message.id]
        later = [other.try_at for other in before if other.try_at > work.now and other.name == message.name]
        if later:
            message.try_at = max(later)
        elif not any(other.try_at <= work.now for other in before):
            free.append(message)
    return free


def _ahead(work: Work, taken: list[Message]) -> dict[tuple[str | None, str], list[Any]]:
    """What else is on its way in the lanes of *taken*: what other workers hold, and what is tried again later."""
    correlations = {message.correlation for message in taken if message.correlation is not None}
    names = {message.name for message in taken if message.correlation is None}
    query = select(Message.id, Message.name, Message.correlation, Message.try_at).where(
        or_(Message.correlation.in_(correlations), and_(Message.correlation.is_(None), Message.name.in_(names))),
        Message.id < taken[-1].id, Message.id.not_in([message.id for message in taken]), Message.try_at.is_not(None),
    )
    found: dict[tuple[str | None, str], list[Any]] = {}
    for row in work.session.execute(query):
        found.setdefault(lane(row.name, row.correlation), []).append(row)
    return found
