"""Tasks that wait for people, and what one may do without moving the token. Who finds which: inbox.py."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine import spiff
from engine.database import NEVER, Table
from engine.errors import Conflict, Forbidden, Gone
from engine.history import events
from engine.identity import bodies, people, permissions
from engine.work import Page, Work, missing

_CLAIMED = text("closed_at IS NULL AND assignee_id IS NOT NULL")
_UNCLAIMED = text("closed_at IS NULL AND assignee_id IS NULL")
_DONE = text("closed_by IS NOT NULL")
_NEW = text("closed_at IS NULL AND announced_at IS NULL")


class Task(Table):
    """One task of one instance, from the moment it opens."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_instance", "instance_id"),
        # the columns that counting reads stand at its end, so that it reads nothing else
        Index("ix_task_due", "body", "process_id", "sort_at", "id", "assignee_id", "closed_at",
              sqlite_where=_UNCLAIMED, postgresql_where=_UNCLAIMED),
        Index("ix_task_new", "body", "process_id", "opened_at", "id", sqlite_where=_UNCLAIMED,
              postgresql_where=_UNCLAIMED),
        Index("ix_task_assignee", "assignee_id", "sort_at", "id", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        Index("ix_task_done", "closed_by", "closed_at", sqlite_where=_DONE, postgresql_where=_DONE),
        Index("ix_task_unannounced", "opened_at", sqlite_where=_NEW, postgresql_where=_NEW),
    )

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"))
    instance: Mapped[Any] = relationship("Instance", lazy="raise")
    """Tells the database's session to write the instance first; nothing reads it."""
    key: Mapped[str] = mapped_column(String(64))
    """The engine's id of it inside the instance's state."""
    element: Mapped[str] = mapped_column(String(128))
    process_id: Mapped[str] = mapped_column(String(128))
    """The process in whose diagram the element is drawn (a called one, it may be)."""
    name: Mapped[str] = mapped_column(String(256))
    body: Mapped[str] = mapped_column(String(64))
    assignee_id: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    form: Mapped[str | None] = mapped_column(String(128))
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    sort_at: Mapped[datetime]
    """due_at, or the end of time: what the inbox is sorted by"""
    priority: Mapped[int]
    """1 to 100, the higher the more urgent; 50 if the model says nothing"""
    blind: Mapped[bool]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    closed_as: Mapped[str | None] = mapped_column(String(16))
    """completed or cancelled"""
    answers: Mapped[dict[str, Any] | None]
    draft: Mapped[dict[str, Any] | None]
    draft_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    """When those who may take it up were told."""
    business_key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(256))

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.closed_at is None

    def overdue(self, now: datetime) -> bool:
        """Whether its due moment has passed while it is open."""
        return self.is_open and self.due_at is not None and self.due_at < now


Index("ix_task_priority", Task.body, Task.process_id, Task.priority.desc(), Task.sort_at, Task.id,
      sqlite_where=_UNCLAIMED, postgresql_where=_UNCLAIMED)


def show(work: Work, task_id: UUID) -> Task:
    """The task, open or closed; Forbidden for those whose business it is not."""
    task = work.get(Task, task_id)
    if not permissions.may_see_task(work, task):
        raise Forbidden(
            "Diese Aufgabe gehört zu einem Gremium, in dem Sie keinen Sitz haben.",
            "This task belongs to a body in which you have no seat.",
        )
    return task


def siblings_open(work: Work, instance_id: UUID) -> list[Task]:
    """The open tasks of one instance."""
    query = select(Task).where(Task.instance_id == instance_id, Task.closed_at.is_(None))
    return list(work.session.scalars(query.order_by(Task.opened_at, Task.id)))


def round_of(work: Work, task: Task) -> tuple[int, int]:
    """Of a task that several people do each for themselves (reviews, opinions): how many have done it, of how many.

    Counted are those who were asked together, since the process last went on
    elsewhere; (0, 1) for a task that nobody else has.
    """
    others = select(func.max(Task.closed_at)).where(
        Task.instance_id == task.instance_id, Task.process_id != task.process_id, Task.closed_as == "completed",
        Task.closed_at <= task.opened_at)
    since = work.session.scalar(others)
    query = select(Task).where(Task.instance_id == task.instance_id, Task.process_id == task.process_id,
                               Task.assignee_id.is_not(None), Task.closed_as.is_distinct_from("cancelled"))
    if since is not None:
        query = query.where(Task.opened_at >= since)
    asked = list(work.session.scalars(query))
    done = {one.assignee_id for one in asked if one.element == task.element and one.closed_at is not None}
    still = {one.assignee_id for one in asked if one.is_open}
    return len(done), max(1, len(done | still))


def under(work: Work, instance_id: UUID, keys: Collection[str]) -> list[Task]:
    """The open tasks of one instance under these keys of the engine's, oldest first.

    Those that a worker has read beforehand, for many instances at once, are not read again.
    """
    read = [row for row in work.session.info.get("tasks read", {}).get(instance_id, ()) if row.key in keys]
    if len(read) == len(keys):
        return read
    query = select(Task).where(Task.instance_id == instance_id, Task.key.in_(keys), Task.closed_at.is_(None))
    return list(work.session.scalars(query.order_by(Task.opened_at, Task.id)))


def of_instance(work: Work, instance_id: UUID, number: int | None = None, size: int = 50) -> Page:
    """The tasks of one instance, oldest first, as a page; None is the last page."""
    query = select(Task).where(Task.instance_id == instance_id)
    total = work.session.scalar(query.with_only_columns(func.count())) or 0
    last = max(1, -(-total // size))
    here = last if number is None else number
    rows = work.session.scalars(query.order_by(Task.opened_at, Task.id).offset((here - 1) * size).limit(size))
    return Page(list(rows), total, here, size)


def kinds_of(work: Work, instance_id: UUID) -> list[tuple[str, str, str | None]]:
    """Which tasks there have been in one instance: (process, element, form), in the order they first opened."""
    query = select(Task.process_id, Task.element, Task.form).where(Task.instance_id == instance_id)
    rows = work.session.execute(query.group_by(Task.process_id, Task.element, Task.form)
                                .order_by(func.min(Task.opened_at), func.min(Task.sort_at), Task.element))
    return [(process, element, form) for process, element, form in rows]


def claim(work: Work, chain: Any, task: Task) -> Task:
    """Take a task up, so that nobody else does. *chain* is its locked instance."""
    for_id = permissions.require_task(work, task)
    if task.assignee_id is not None and task.assignee_id == work.actor.id:
        return task
    task.assignee_id, task.claimed_at = work.actor.id, work.now
    events.record(work, "task.claimed", task, chain, for_id=for_id, task=task.name, element=task.element)
    return task


def release(work: Work, chain: Any, task: Task) -> Task:
    """Give a task back to its body; its draft stays. An administrator may release anybody's."""
    if permissions.may(work, "administer"):
        for_id = permissions.require(work, "administer")
    else:
        for_id = permissions.require_task(work, task)
    if task.assignee_id is None:
        return task
    task.assignee_id, task.claimed_at = None, None
    events.record(work, "task.released", task, chain, for_id=for_id, task=task.name, element=task.element)
    return task


def save_draft(work: Work, task_id: UUID, typed: dict[str, Any]) -> Task:
    """Keep what was typed so far, as it was typed; nothing is checked and no token moves."""
    task = find(work, task_id)
    permissions.require_task(work, task)
    task.draft, task.draft_at = typed, work.now
    return task


def find(work: Work, task_id: UUID) -> Task:
    """The task, which is still open; NotFound, Conflict or Gone say what became of it."""
    task = work.session.get(Task, task_id)
    if task is None:
        raise missing(Task)
    if not task.is_open:
        raise closed(work, task)
    return task


def closed(work: Work, task: Task) -> Conflict | Gone:
    """The sentence for somebody who comes too late: who was first and when, or why nothing is left to do."""
    at = task.closed_at.astimezone(bodies.BERLIN) if task.closed_at else work.now
    when = {"day": f"{at:%d.%m.%Y}", "time": f"{at:%H:%M}", "name": task.name}
    if task.closed_as == "cancelled":
        return Gone(
            "Die Aufgabe „{name}“ ist am {day} um {time} Uhr entfallen, weil der Vorgang weitergegangen oder beendet "
            "ist. Sie müssen nichts mehr tun.",
            "The task “{name}” was cancelled on {day} at {time} because its instance moved on or ended. "
            "Nothing is left to do.", **when,
        )
    if task.closed_by is not None and task.closed_by == work.actor.id:
        return Conflict(
            "Sie haben die Aufgabe „{name}“ bereits am {day} um {time} Uhr erledigt. Es gelten Ihre Antworten von da.",
            "You completed the task “{name}” already on {day} at {time}. Your answers of then count.", **when,
        )
    who = people.names(work, {task.closed_by}).get(task.closed_by, "?") if task.closed_by else "Reifegrad"
    return Conflict(
        "Die Aufgabe „{name}“ hat {who} bereits am {day} um {time} Uhr erledigt.",
        "The task “{name}” was already completed by {who} on {day} at {time}.", who=who, **when,
    )


def opened(work: Work, chain: Any, seen: spiff.OpenTask, process_id: str) -> Task:
    """Write down a task that a step has opened. *chain* is its instance."""
    said = seen.properties
    due_at = _due(work.now, said)
    follow_up = str(said.get("follow_up") or "")
    task = work.add(Task(
        instance_id=chain.id, key=seen.key, element=seen.element, process_id=process_id, name=seen.name or seen.element,
        body=str(said.get("body") or seen.lane or ""), assignee_id=_person(said.get("assignee")), claimed_at=None,
        form=said.get("form") or None, due_at=due_at, sort_at=due_at or NEVER,
        follow_up_at=spiff.due_at(work.now, follow_up) if follow_up else None,
        priority=int(said.get("priority") or 50), blind=str(said.get("blind", "")).lower() == "true",
        opened_at=work.now, closed_at=None, closed_by=None, closed_as=None, answers=None, draft=None, draft_at=None,
        announced_at=None, business_key=chain.business_key, title=chain.title,
    ))
    events.record(work, "task.opened", task, chain, task=task.name, element=task.element, body=task.body,
                  assignee=task.assignee_id, due_at=due_at)
    return task


def redrawn(work: Work, chain: Any, task: Task, seen: spiff.OpenTask) -> None:
    """Let an open task say what another version of its diagram says; what people rely on stays (migration.py)."""
    said = seen.properties
    body = str(said.get("body") or seen.lane or "")
    task.name, task.form, task.process_id = seen.name or seen.element, said.get("form") or None, seen.process_id
    task.priority, task.blind = int(said.get("priority") or 50), str(said.get("blind", "")).lower() == "true"
    if body != task.body:
        task.body, task.assignee_id, task.claimed_at, task.announced_at = body, None, None, None
        events.record(work, "task.opened", task, chain, task=task.name, element=task.element, body=body,
                      assignee=None, due_at=task.due_at)


def cancelled(work: Work, chain: Any, task: Task) -> None:
    """Write down that a step took a task away."""
    task.closed_at, task.closed_as = work.now, "cancelled"
    events.record(work, "task.cancelled", task, chain, task=task.name, element=task.element)


def _due(now: datetime, said: dict[str, Any]) -> datetime | None:
    if said.get("due_working_days"):
        return spiff.add_working_days(now, int(said["due_working_days"]))
    return spiff.due_at(now, str(said["due"])) if said.get("due") else None


def _person(value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
