"""Tasks that wait for people: the inbox, and what one may do without moving the token.

A page of the inbox costs the same however many tasks wait.  It is merged from
one index per body and process, each read only as far as the page needs;
counting stops at MOST; a search looks at the first SEARCHED tasks in the order
of the page.  What was left out is said.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Uuid,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    text,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine import spiff
from engine.database import NEVER, Table
from engine.errors import Conflict, Forbidden, Gone, Sentence
from engine.history import events
from engine.identity import bodies, people, permissions
from engine.work import Page, Work, missing

VIEWS: dict[str, Sentence] = {
    "mine": Sentence("Meine Aufgaben", "My tasks"),
    "bodies": Sentence("Aufgaben meiner Gremien", "My bodies' tasks"),
    "done": Sentence("Erledigt", "Done"),
}
SORTS: dict[str, Sentence] = {
    "due": Sentence("Frist", "Due"),
    "priority": Sentence("Dringlichkeit", "Priority"),
    "new": Sentence("Neueste zuerst", "Newest first"),
}
DUE: dict[str, Sentence] = {
    "overdue": Sentence("überfällig", "overdue"),
    "week": Sentence("in den nächsten 7 Tagen", "within 7 days"),
}
MOST = 999
"""How far tasks are counted and paged through; beyond it the inbox says "more than"."""
SEARCHED = 5_000
"""How many tasks a search looks at; the whole number of an instance is found among all."""
BRANCHES = 200
"""How many bodies and processes a page is merged from at most; beyond it, it is sorted."""
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
_OPEN_TASK = Task.closed_at.is_(None)
_UNCLAIMED_TASK = and_(Task.closed_at.is_(None), Task.assignee_id.is_(None))
Order = tuple[tuple[Any, bool], ...]
_ORDERS: dict[str, Order] = {
    "due": ((Task.sort_at, False), (Task.id, False)),
    "priority": ((Task.priority, True), (Task.sort_at, False), (Task.id, False)),
    "new": ((Task.opened_at, True), (Task.id, True)),
    "done": ((Task.closed_at, True), (Task.id, True)),
}
"""By what a page is sorted: columns, and whether the greatest comes first."""


def inbox(
    work: Work, view: str = "mine", *, process: str | None = None, body: str | None = None, due: str | None = None,
    search: str | None = None, sort: str = "due", number: int = 1, size: int = 25,
) -> Page:
    """One page of the actor's tasks.

    *view*: "mine" (assigned to the actor or to somebody they stand in for),
    "bodies" (unclaimed ones of their bodies) or "done" (completed by the
    actor). *process* and *body* are keys, *due* a key of DUE, *search* looks
    into number and title. There are pages up to MOST tasks.
    """
    number = min(number, -(-MOST // size))
    order = _ORDERS["done" if view == "done" else sort if sort in SORTS else "due"]
    branches = _branches(work, view, process, body)
    if due in DUE:
        until = work.now if due == "overdue" else work.now + timedelta(days=7)
        branches = [and_(branch, Task.sort_at < until) for branch in branches]
    looked_at = None
    if search:
        found, looked_at = _search(work, branches, order, search.strip())
        total, keys = len(found), found[(number - 1) * size:number * size]
        known = {row.id: row for row in work.session.scalars(select(Task).where(Task.id.in_(keys)))} if keys else {}
        return Page([known[key] for key in keys], min(total, MOST), number, size, total > MOST, looked_at)
    if due == "week" or view == "done":
        total = work.session.scalar(_counted(*branches)) or 0
    else:  # known from counting what waits
        total = sum(
            late if due == "overdue" else count for where, of_process, of_body, count, late in _waiting(work)
            if where == view and process in (None, of_process) and body in (None, of_body)
        )
    keys = _merged(work, branches, order, size, (number - 1) * size).subquery()
    rows = work.session.scalars(select(Task).join(keys, keys.c.id == Task.id).order_by(*_by(keys.c, order)))
    return Page(list(rows), min(total, MOST), number, size, total > MOST)


def counts(work: Work) -> dict[str, int]:
    """How many open tasks wait: {"mine", "bodies", "overdue"} (overdue counts both). Above MOST: more than MOST."""
    rows = _waiting(work)
    found = {
        "mine": sum(count for view, _, _, count, _ in rows if view == "mine"),
        "bodies": sum(count for view, _, _, count, _ in rows if view == "bodies"),
        "overdue": sum(late for _, _, _, _, late in rows),
    }
    return {key: min(count, MOST + 1) for key, count in found.items()}


def filters(work: Work) -> dict[str, list[str]]:
    """What the actor's open tasks can be filtered by: {"processes", "bodies"}, keys that occur."""
    rows = _waiting(work)
    return {"processes": sorted({row[1] for row in rows}), "bodies": sorted({row[2] for row in rows})}


def _waiting(work: Work) -> list[Any]:
    # View, process, body, how many, how many overdue: asked once for each work, each counted up to MOST.
    known: list[Any] | None = work.session.info.get("waiting")
    if known is None:
        mine = _pairs_of(work, "mine", select(Task.process_id, Task.body).where(_mine(work)).limit(MOST + 1).subquery())
        bodies_ = _pairs_of(work, "bodies", _pairs(work))
        pairs = work.session.execute(union_all(mine.distinct(), bodies_)).all()
        known = work.session.info["waiting"] = [] if not pairs else list(work.session.execute(union_all(*(
            select(literal(view), literal(process), literal(body), _counted(here).scalar_subquery(),
                   _counted(and_(here, Task.sort_at < work.now)).scalar_subquery())
            for view, process, body in pairs
            for here in [and_(_mine(work) if view == "mine" else _UNCLAIMED_TASK, Task.body == body,
                              Task.process_id == process)]
        ))).all())
    return known


def _pairs_of(work: Work, view: str, found: Any) -> Select[Any]:
    return select(literal(view), found.c.process_id, found.c.body).where(found.c.process_id.is_not(None))


def _pairs(work: Work) -> Any:
    """The bodies of the actor with each process of which a task waits for them, found by leaping through the index.

    Each body's last process is None.
    """
    held = select(bodies.Body.key.label("body")).where(bodies.Body.key.in_(sorted(permissions.rights(work)))).subquery()
    least = select(func.min(Task.process_id)).where(_UNCLAIMED_TASK)
    pairs = select(held.c.body, least.where(Task.body == held.c.body).scalar_subquery().label("process_id")).cte(
        "pairs", recursive=True)
    after = least.where(Task.body == pairs.c.body, Task.process_id > pairs.c.process_id).scalar_subquery()
    return pairs.union_all(select(pairs.c.body, after).where(pairs.c.process_id.is_not(None)))


def _branches(work: Work, view: str, process: str | None, body: str | None) -> list[ColumnElement[bool]]:
    """Conditions that together make up a view, each of which an index gives in the order of the page."""
    if view != "bodies":
        own = [Task.closed_by == work.actor.id] if view == "done" else _assignees(work)
        asked = [*([Task.process_id == process] if process else []), *([Task.body == body] if body else [])]
        return [and_(one, *asked) for one in own]
    pairs = [(of_body, of_process) for where, of_process, of_body, _, _ in _waiting(work)
             if where == view and process in (None, of_process) and body in (None, of_body)]
    if len(pairs) > BRANCHES:
        return [and_(_UNCLAIMED_TASK, tuple_(Task.body, Task.process_id).in_(pairs))]
    return [and_(_UNCLAIMED_TASK, Task.body == one, Task.process_id == other) for one, other in sorted(pairs)]


def _assignees(work: Work) -> list[ColumnElement[bool]]:
    stood_in = {for_id for for_id in permissions.rights(work).values() if for_id is not None}
    return [and_(_OPEN_TASK, Task.assignee_id == one) for one in [work.actor.id, *sorted(stood_in)] if one is not None]


def _mine(work: Work) -> ColumnElement[bool]:
    return or_(false(), *_assignees(work))


def _counted(*branches: ColumnElement[bool]) -> Select[Any]:
    """How many tasks there are in all *branches*, as far as MOST + 1."""
    found = union_all(*(select(Task.id.label("id")).where(branch) for branch in branches or [false()]))
    return select(func.count()).select_from(found.limit(MOST + 1).subquery())


def _merged(
    work: Work, branches: list[ColumnElement[bool]], order: Order, limit: int, offset: int = 0, *more: Any
) -> Any:
    """The tasks in *branches*, in *order*: the columns of *order* and *more*.

    Each branch is read from its index only as far as needed.
    """
    columns = [*(column for column, _ in order), *more]
    parts: list[Any] = [select(*columns).where(branch) for branch in branches or [false()]]
    if len(parts) > 1 and work.session.get_bind().dialect.name == "postgresql":
        # SQLite sees by itself that each part can come in order; PostgreSQL has to be told
        parts = [part.order_by(*_by(part.selected_columns, order)).limit(limit + offset) for part in parts]
    found: Any = union_all(*parts) if parts[1:] else parts[0]
    return found.order_by(*_by(found.selected_columns, order)).limit(limit).offset(offset)


def _by(columns: Any, order: Order) -> list[Any]:
    return [columns[column.key].desc() if greatest else columns[column.key] for column, greatest in order]


def _search(
    work: Work, branches: list[ColumnElement[bool]], order: Order, words: str
) -> tuple[list[UUID], int | None]:
    """The ids of up to MOST + 1 tasks that contain *words*, and how many were looked at if not all were."""
    near = _merged(work, branches, order, SEARCHED, 0, Task.title, Task.business_key).cte("near")
    pattern = f"%{words.lower()}%"
    keys = [near.c[one.key] for one, _ in order]
    owner = table("instance", column("id", Uuid()), column("business_key"))
    named = select(Task.id).where(Task.instance_id.in_(select(owner.c.id).where(owner.c.business_key == words)))
    found = union(
        select(*keys).where(or_(func.lower(near.c.title).like(pattern), func.lower(near.c.business_key).like(pattern))),
        select(*(one for one, _ in order))
        .where(Task.id.in_(select(named.limit(MOST).subquery().c.id)), or_(false(), *branches)),
    )
    query = found.order_by(*_by(found.selected_columns, order)).limit(MOST + 1)
    ids = [row.id for row in work.session.execute(query)]
    every = _merged(work, branches, order, SEARCHED).subquery()
    cut = work.session.scalar(select(func.count()).select_from(every)) == SEARCHED
    return ids, SEARCHED if cut else None


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
