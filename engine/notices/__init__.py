"""Notices: mails to people, through an outbox that is written with the act and emptied after the commit.

A mail goes out once.  A worker takes some for LEASE, sends them with no row
locked, and deletes each as soon as the mail server has it.  In two cases one
mail can go out twice: the worker dies, or the connection breaks, after the
server took the mail and before that is written down.  Both mails then carry
the same Message-ID, so that the reader's program can tell.  Without a mail
server the mails are written as .eml files, so that nothing is lost on a trial
machine.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.identity import bodies
from engine.identity.people import Person
from engine.notices.texts import TEMPLATES
from engine.runtime.tasks import Task
from engine.work import Work

TRIES = 8
BACK_OFF = timedelta(minutes=1)
AT_ONCE = 20
LEASE = timedelta(minutes=15)
"""How long a worker may take over the mails it took; longer than twenty of them on a slow connection."""


@dataclass(frozen=True)
class Attachment:
    """A text file that goes with a mail; a calendar file (RFC 5546) says by *method* what it asks for."""

    name: str
    subtype: str
    """The part of its media type after `text/`"""
    text: str
    method: str = ""


class Notice(Table):
    """A mail on its way; it is deleted once it is sent."""

    __tablename__ = "notice"

    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(256))
    text: Mapped[str]
    created_at: Mapped[datetime]
    try_at: Mapped[datetime | None] = mapped_column(index=True)
    """None: given up"""
    tries: Mapped[int]
    error: Mapped[str | None]
    attachment: Mapped[dict[str, Any] | None]
    """The fields of an Attachment"""


def queue(
    work: Work, to: str, template: str, language: str = "de", *, attachment: Attachment | None = None, **values: Any
) -> Notice:
    """Put a mail made from *template* (a key of TEMPLATES) into the outbox; it leaves after the commit."""
    subject, text = (part.within(language).format_map(_Values(values)) for part in TEMPLATES[template])
    subject = " ".join(subject.split())[:256]  # a line break would end the header
    return work.add(Notice(
        to=to, subject=subject, text=text, created_at=work.now, try_at=work.now, tries=0, error=None,
        attachment=asdict(attachment) if attachment is not None else None,
    ))


def tell(work: Work, template: str, *, body: str | None = None, person: UUID | None = None, **values: Any) -> int:
    """Put a mail for *person*, or for every member of *body* and who stands in there, into the outbox.

    Returns how many.
    """
    found = work.session.get(Person, person) if person is not None else None
    if body:
        readers = [*bodies.members(work, body), *bodies.standing_in(work, body)]
    else:
        readers = [found] if found is not None and found.active else []
    for reader in (everybody := {one.id: one for one in readers}.values()):
        queue(work, reader.mail, template, reader.language, **values)
    return len(everybody)


def announce_tasks(work: Work, limit: int = 500) -> int:
    """Tell people of tasks opened since the last call, one mail a person; return how many tasks there were.

    Who stands in for somebody is told of the same tasks.
    """
    query = select(Task).where(Task.closed_at.is_(None), Task.announced_at.is_(None)).order_by(Task.opened_at)
    fresh = list(work.session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    told: dict[UUID, list[Task]] = defaultdict(list)
    known: dict[UUID, Person] = {}
    places: dict[tuple[Any, ...], list[Person]] = {}
    for task in fresh:
        task.announced_at = work.now
        place = (task.body, task.process_id, task.assignee_id)
        if place not in places:
            places[place] = _readers(work, *place)
        for person in places[place]:
            known[person.id] = person
            told[person.id].append(task)
    for key, his in told.items():
        lines = "\n".join(
            f"– {task.business_key} {task.title}: {task.name}"
            + (f" ({task.due_at.astimezone(bodies.BERLIN):%d.%m.%Y})" if task.due_at else "")
            for task in his
        )
        queue(work, known[key].mail, "tasks_opened", known[key].language, count=len(his), lines=lines,
              url=f"{work.settings.base_url}/aufgaben")
    return len(fresh)


def _readers(work: Work, body: str, process_id: str, assignee_id: UUID | None) -> list[Person]:
    person = work.session.get(Person, assignee_id) if assignee_id is not None else None
    own = bodies.members(work, body) if assignee_id is None else [person] if person and person.active else []
    return list({one.id: one for one in [*own, *bodies.standing_in(work, body, process_id, assignee_id)]}.values())


def next_due(work: Work) -> datetime | None:
    """When the next mail has to be looked at, None if there is none: one look into an index."""
    return work.session.scalar(select(func.min(Notice.try_at)))


def anything_new(work: Work) -> bool:
    """Whether there are tasks that nobody was told of."""
    query = select(Task.id).where(Task.closed_at.is_(None), Task.announced_at.is_(None)).limit(1)
    return work.session.scalar(query) is not None


def take(work: Work, most: int = AT_ONCE) -> list[Notice]:
    """Up to *most* mails that are due, for this worker alone to send within LEASE of the work's end."""
    query = select(Notice).where(Notice.try_at <= work.now).order_by(Notice.try_at, Notice.id).limit(most)
    taken = list(work.session.scalars(query.with_for_update(skip_locked=True)))
    for notice in taken:
        notice.try_at = work.now + LEASE
    return taken


def settle(work: Work, notice: Notice, error: str | None) -> None:
    """Write down what became of a mail that was taken: it is gone, or kept for later with a growing pause."""
    found = work.session.get(Notice, notice.id)
    if found is None:
        return
    if error is None:
        work.session.delete(found)
        return
    found.tries, found.error = found.tries + 1, error
    found.try_at = work.now + BACK_OFF * 2 ** found.tries if found.tries < TRIES else None


def give_back(work: Work, left: list[Notice]) -> None:
    """Leave mails that were taken and not tried to whoever comes next; they have used no try."""
    work.session.execute(update(Notice).where(Notice.id.in_([notice.id for notice in left]))
                         .values(try_at=work.now + BACK_OFF))


def forget(work: Work) -> None:
    """Throw away every mail on its way, and count all open tasks as announced: nobody is to be told of the past."""
    work.session.execute(delete(Notice))
    work.session.execute(update(Task).where(Task.announced_at.is_(None)).values(announced_at=work.now))


def stuck(work: Work) -> int:
    """How many mails were given up."""
    return work.session.scalar(select(func.count()).select_from(Notice).where(Notice.try_at.is_(None))) or 0


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
