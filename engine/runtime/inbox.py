"""The inbox: which tasks a person finds, how many, in which order.

A page costs the same however many tasks wait.  It is merged from one index per
body and process, each read only as far as the page needs; counting stops at
MOST; a search looks at the first SEARCHED tasks in the order of the page.  What
was left out is said.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    tuple_,
    union,
    union_all,
)

from engine.errors import Sentence
from engine.identity import permissions
from engine.identity.bodies import Body
from engine.runtime.tasks import Task
from engine.work import Page, Work

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


def page(
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
        bodies = _pairs_of(work, "bodies", _pairs(work))
        pairs = {(view, process, body) for view, process, body in work.session.execute(
            union_all(mine.distinct(), bodies))}
        pairs |= {("bodies", process, one.body) for one in permissions.mandates(work) for process in one.processes}
        rows = [] if not pairs else work.session.execute(union_all(*(
            select(literal(view), literal(process), literal(body), _counted(here).scalar_subquery(),
                   _counted(and_(here, Task.sort_at < work.now)).scalar_subquery())
            for view, process, body in sorted(pairs)
            for here in [and_(_mine(work) if view == "mine" else _UNCLAIMED_TASK, Task.body == body,
                              Task.process_id == process)]
        ))).all()
        known = work.session.info["waiting"] = [row for row in rows if row[3]]
    return known


def _pairs_of(work: Work, view: str, found: Any) -> Select[Any]:
    return select(literal(view), found.c.process_id, found.c.body).where(found.c.process_id.is_not(None))


def _pairs(work: Work) -> Any:
    """The bodies of the actor with each process of which a task waits for them, found by leaping through the index.

    Each body's last process is None.
    """
    held = select(Body.key.label("body")).where(Body.key.in_(sorted(permissions.rights(work)))).subquery()
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
    places: dict[UUID, list[ColumnElement[bool]]] = {}
    for one in permissions.mandates(work):
        if one.person_id is not None:
            limited = [Task.process_id.in_(one.processes)] if one.processes else []
            places.setdefault(one.person_id, []).append(and_(Task.body == one.body, *limited))
    own = [Task.assignee_id == work.actor.id] if work.actor.id is not None else []
    stood_in = [and_(Task.assignee_id == person, or_(*of)) for person, of in sorted(places.items())]
    return [and_(_OPEN_TASK, one) for one in [*own, *stood_in]]


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
