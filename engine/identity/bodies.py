"""Bodies, the seats in them, and who stands in for whom.

A body is whatever a lane of a diagram can name: an organ of the county, an
advisory group, a working group, an office or a role.  What a person may do
follows from the seats held on the day, one's own and those one stands in for.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, and_, bindparam, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Invalid, Sentence
from engine.history import events
from engine.identity.people import MISSING, Person
from engine.work import Work

BERLIN = ZoneInfo("Europe/Berlin")
KINDS: dict[str, Sentence] = {
    "organ": Sentence("Organ des Kreises", "Organ of the county"),
    "advisory": Sentence("Beratendes Gremium", "Advisory body"),
    "working_group": Sentence("Arbeitsgruppe", "Working group"),
    "office": Sentence("Stelle der Verwaltung", "Office"),
    "external": Sentence("Externe Beratung", "External advisers"),
    "role": Sentence("Rolle", "Role"),
}
MEETING = ("organ", "advisory", "working_group")
"""The kinds of bodies that hold meetings."""
BY_NAME = ("organ", "advisory")
"""The kinds of bodies with votes that count: who stands in there is appointed for that body, never in general."""
FUNCTIONS: dict[str, Sentence] = {
    "member": Sentence("Mitglied", "Member"),
    "chair": Sentence("Vorsitz", "Chair"),
    "deputy_chair": Sentence("Stellvertretender Vorsitz", "Deputy chair"),
    "clerk": Sentence("Geschäftsführung", "Clerk"),
}
GUIDES = "regionallotse"
ENDS_EARLY = Sentence("Das Ende liegt vor dem Anfang.", "The end is before the start.")


class Body(Table):
    """A group that a lane can name; it never vanishes, its time ends."""

    __tablename__ = "body"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    name_en: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    statutory_number: Mapped[int | None]
    legal_basis: Mapped[str] = mapped_column(String(256))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Seat(Table):
    """One person's place in one body for a time (both days included)."""

    __tablename__ = "seat"

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    function: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    municipalities: Mapped[list[str]]
    """What a guide looks after; empty for other seats."""
    themes: Mapped[list[str]]


class Deputy(Table):
    """Somebody stands in for somebody for a time, in one body or (body_id None) in all of them.

    One limited to *processes* is for the tasks of these alone; it gives no right else and no vote.
    """

    __tablename__ = "deputy"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    body_id: Mapped[UUID | None] = mapped_column(ForeignKey(Body.id))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(256))
    processes: Mapped[list[str]]
    """the ids of the processes whose tasks it is for; empty: everything"""


class Mandate(NamedTuple):
    """A place where somebody may act on a day: a seat of their own, or one they stand in for."""

    body: str
    person_id: UUID | None
    """who is represented; None for an own seat"""
    processes: tuple[str, ...]
    """the processes it is limited to; empty: everything"""


def today(work: Work) -> date:
    """The day it is in the county at the moment of the work."""
    return work.now.astimezone(BERLIN).date()


def add_body(
    work: Work, key: str, name: str, *, name_en: str = "", kind: str = "office", statutory_number: int | None = None,
    legal_basis: str = "", valid_from: date | None = None, valid_to: date | None = None,
) -> Body:
    """Add a body under *key*, the id its lanes carry; Invalid if the key is taken or a field is missing."""
    fields: dict[str, list[Sentence]] = {}
    if not name.strip():
        fields["name"] = [MISSING]
    if not key.isidentifier() or not key.isascii() or key != key.lower() or len(key) > 64:
        fields["key"] = [Sentence("Bitte kleine Buchstaben, Ziffern und Unterstrich eingeben, etwa lenkungsgruppe.",
                                  "Please enter small letters, digits and underscores, such as lenkungsgruppe.")]
    elif find(work, key) is not None:
        fields["key"] = [Sentence("Diesen Schlüssel gibt es schon.", "This key is taken.")]
    if kind not in KINDS:
        fields["kind"] = [Sentence("Bitte eine der Arten wählen.", "Please choose one of the kinds.")]
    if statutory_number is not None and statutory_number < 1:
        fields["statutory_number"] = [Sentence("Bitte eine Zahl ab 1 eingeben.", "Please enter a number from 1 on.")]
    _refuse(fields)
    body = work.add(Body(
        key=key, name=name.strip(), name_en=name_en.strip() or name.strip(), kind=kind,
        statutory_number=statutory_number, legal_basis=legal_basis.strip(), valid_from=valid_from or today(work),
        valid_to=valid_to,
    ))
    events.record(work, "body.added", body, key=key, name=body.name)
    return body


def change_body(
    work: Work, body: Body, *, name: str, name_en: str, statutory_number: int | None, legal_basis: str,
    valid_to: date | None,
) -> Body:
    """Change a body's particulars; its key and kind stay, since diagrams and histories name them."""
    _refuse({"name": [MISSING]} if not name.strip() else {})
    body.name, body.name_en, body.legal_basis = name.strip(), name_en.strip() or name.strip(), legal_basis.strip()
    body.statutory_number, body.valid_to = statutory_number, valid_to
    events.record(work, "body.changed", body, key=body.key, name=body.name, valid_to=valid_to)
    return body


def find(work: Work, key: str) -> Body | None:
    """The body under *key*, or None."""
    return work.session.scalar(select(Body).where(Body.key == key))


def listing(work: Work) -> list[Body]:
    """All bodies, organs first, then by name."""
    order = list(KINDS)
    return sorted(work.session.scalars(select(Body)), key=lambda body: (order.index(body.kind), body.name))


def keys(work: Work) -> set[str]:
    """The keys of all bodies: what lanes may name."""
    return set(work.session.scalars(select(Body.key)))


def seat(
    work: Work, person: Person, body: Body, *, function: str = "member", valid_from: date | None = None,
    valid_to: date | None = None, municipalities: list[str] | None = None, themes: list[str] | None = None,
) -> Seat:
    """Give *person* a seat in *body*; Invalid for an unknown function or a time that ends before it begins."""
    start = valid_from or today(work)
    fields: dict[str, list[Sentence]] = {}
    if function not in FUNCTIONS:
        fields["function"] = [Sentence("Bitte eine der Funktionen wählen.", "Please choose one of the functions.")]
    if valid_to is not None and valid_to < start:
        fields["valid_to"] = [ENDS_EARLY]
    _refuse(fields)
    row = work.add(Seat(
        body_id=body.id, person_id=person.id, function=function, valid_from=start, valid_to=valid_to,
        municipalities=municipalities or [], themes=themes or [],
    ))
    events.record(work, "seat.given", row, body=body.key, person=person.id, function=function, valid_from=start,
                  valid_to=valid_to)
    return row


def unseat(work: Work, row: Seat, last_day: date | None = None) -> Seat:
    """End a seat with *last_day* (default: today); it stays on record."""
    end = last_day or today(work)
    if end < row.valid_from:
        _refuse({"valid_to": [ENDS_EARLY]})
    row.valid_to = end
    body = work.get(Body, row.body_id)
    events.record(work, "seat.ended", row, body=body.key, person=row.person_id, valid_to=end)
    return row


def appoint_deputy(
    work: Work, person: Person, deputy: Person, *, valid_from: date, valid_to: date | None = None,
    body: Body | None = None, reason: str = "", processes: Iterable[str] = (),
) -> Deputy:
    """Let *deputy* stand in for *person* from *valid_from* to *valid_to* (both included; None: until it is ended).

    In *body*, or (None) in all bodies of *person* but organs and advisory
    bodies: there a deputy votes, and is appointed for that body. For the tasks
    of *processes* only, or (none named) for everything.
    """
    fields: dict[str, list[Sentence]] = {}
    if person.id == deputy.id:
        fields["deputy"] = [Sentence("Niemand kann sich selbst vertreten.", "Nobody can stand in for themselves.")]
    if valid_to is not None and valid_to < valid_from:
        fields["valid_to"] = [ENDS_EARLY]
    _refuse(fields)
    row = work.add(Deputy(
        person_id=person.id, deputy_id=deputy.id, body_id=body.id if body else None, valid_from=valid_from,
        valid_to=valid_to, reason=reason.strip(), processes=sorted(processes),
    ))
    events.record(work, "deputy.appointed", row, person=person.id, deputy=deputy.id, body=body.key if body else None,
                  valid_from=valid_from, valid_to=valid_to, processes=row.processes or None)
    return row


def end_deputy(work: Work, row: Deputy) -> Deputy:
    """End a deputyship at once; it stays on record."""
    yesterday = date.fromordinal(today(work).toordinal() - 1)
    row.valid_to = yesterday if row.valid_to is None else min(row.valid_to, yesterday)
    events.record(work, "deputy.ended", row, person=row.person_id, deputy=row.deputy_id)
    return row


def mandates(work: Work, person_id: UUID | None) -> list[Mandate]:
    """Where this person may act today, by seats of their own and by those they stand in for; own ones first."""
    if person_id is None:
        return []
    rows: Any = work.session.execute(_mandates(), {"person": person_id, "day": today(work)})
    found = [Mandate(key, for_id, tuple(processes or ())) for key, for_id, processes in rows]
    return sorted(found, key=lambda one: (one.person_id is not None, str(one.person_id)))


def bodies_of(work: Work, person_id: UUID | None) -> dict[str, UUID | None]:
    """The keys of the bodies in which this person has every right of a seat today.

    The value says for whom: None by an own seat, else the id of the person
    represented. An own seat goes before a represented one.
    """
    return rights_of(mandates(work, person_id))


def rights_of(found: Iterable[Mandate]) -> dict[str, UUID | None]:
    """As `bodies_of`, from mandates in their order."""
    rights: dict[str, UUID | None] = {}
    for one in found:
        if not one.processes:
            rights.setdefault(one.body, one.person_id)
    return rights


def represented(work: Work, person_id: UUID, body: Body | None = None) -> set[UUID]:
    """The people for whom this person stands in today: with a vote in *body*, or (None) anywhere and in anything."""
    query = select(Deputy.person_id, Deputy.processes).where(Deputy.deputy_id == person_id, _valid(Deputy, today(work)))
    if body is not None:
        everywhere = [] if body.kind in BY_NAME else [Deputy.body_id.is_(None)]
        query = query.where(or_(Deputy.body_id == body.id, *everywhere))
    return {person for person, processes in work.session.execute(query) if body is None or not processes}


def members(work: Work, key: str) -> list[Person]:
    """Who has a seat in the body today, by name."""
    return list(work.session.scalars(
        select(Person).join(Seat, Seat.person_id == Person.id).join(Body, Body.id == Seat.body_id)
        .where(Body.key == key, Person.active, _valid(Seat, today(work))).order_by(Person.name).distinct()
    ))


def standing_in(work: Work, key: str, process_id: str | None = None, person_id: UUID | None = None) -> list[Person]:
    """Who stands in today for members of the body (or for *person_id* there), by name.

    For the tasks of *process_id*; None: only those who stand in for everything.
    """
    query = select(Person, Deputy.processes).join(Deputy, Deputy.deputy_id == Person.id).join(
        Seat, Seat.person_id == Deputy.person_id).join(Body, Body.id == Seat.body_id)
    day, person = today(work), [Seat.person_id == person_id] if person_id is not None else []
    rows = work.session.execute(query.where(
        Body.key == key, Person.active, _valid(Deputy, day), _valid(Seat, day), _reaches(), *person,
    ).order_by(Person.name, Person.id))
    return list({one.id: one for one, processes in rows if not processes or process_id in processes}.values())


def meet(work: Work, keys: Iterable[str]) -> bool:
    """Whether one of the bodies under *keys* holds meetings."""
    query = select(Body.id).where(Body.key.in_(list(keys)), Body.kind.in_(MEETING))
    return work.session.scalar(query.limit(1)) is not None


def members_on(work: Work, body: Body, day: date) -> list[tuple[Seat, Person]]:
    """The members of *body* on *day*, by name; one seat a person, the chair's before any other, no clerks."""
    rows = work.session.execute(
        select(Seat, Person).join(Person, Person.id == Seat.person_id)
        .where(Seat.body_id == body.id, Seat.function != "clerk", Person.active, _valid(Seat, day))
    )
    order, first = list(FUNCTIONS)[1:] + list(FUNCTIONS)[:1], dict[UUID, tuple[Seat, Person]]()
    for row, person in sorted(rows.all(), key=lambda found: order.index(found[0].function)):
        first.setdefault(person.id, (row, person))
    return sorted(first.values(), key=lambda found: (found[1].name, found[1].id))


def seats(work: Work, *, body: Body | None = None, person: Person | None = None) -> list[tuple[Seat, Body, Person]]:
    """Seats, past and coming ones too, of a body or of a person, with both."""
    query = select(Seat, Body, Person).join(Body, Body.id == Seat.body_id).join(Person, Person.id == Seat.person_id)
    if body is not None:
        query = query.where(Seat.body_id == body.id)
    if person is not None:
        query = query.where(Seat.person_id == person.id)
    return [(a, b, c) for a, b, c in work.session.execute(query.order_by(Body.name, Person.name, Seat.valid_from))]


def deputies(work: Work) -> list[Deputy]:
    """All deputyships, the latest first."""
    return list(work.session.scalars(select(Deputy).order_by(Deputy.valid_from.desc(), Deputy.id.desc())))


def guide_for(work: Work, municipality: str, theme: str) -> Person | None:
    """The guide who looks after *municipality* and *theme*; the place counts more. None if nobody does."""
    rows = work.session.execute(
        select(Seat, Person).join(Person, Person.id == Seat.person_id).join(Body, Body.id == Seat.body_id)
        .where(Body.key == GUIDES, Person.active, _valid(Seat, today(work))).order_by(Person.name, Person.id)
    ).all()
    ranked = [(2 * (municipality in row.municipalities) + (theme in row.themes), person) for row, person in rows]
    best = max((rank for rank, _ in ranked), default=0)
    return next((person for rank, person in ranked if rank == best), None) if best else None


@cache
def _mandates() -> Any:
    # Asked in every act, so it is put together once.
    person, day = bindparam("person", type_=Seat.person_id.type), bindparam("day", type_=Seat.valid_from.type)
    own = (
        select(Body.key, type_coerce(null(), Deputy.person_id.type), type_coerce(null(), Deputy.processes.type))
        .join(Seat, Seat.body_id == Body.id)
        .where(Seat.person_id == person, _valid(Seat, day), _valid(Body, day))
    )
    stood_in = (
        select(Body.key, Deputy.person_id, Deputy.processes)
        .join(Seat, Seat.body_id == Body.id).join(Deputy, Deputy.person_id == Seat.person_id)
        .where(Deputy.deputy_id == person, _valid(Deputy, day), _valid(Seat, day), _valid(Body, day), _reaches())
    )
    return union_all(own, stood_in)


def _reaches() -> Any:
    # whether a deputyship is for a seat
    return or_(and_(Deputy.body_id.is_(None), Body.kind.not_in(BY_NAME)), Deputy.body_id == Seat.body_id)


def _valid(table: Any, day: Any) -> Any:
    return and_(table.valid_from <= day, or_(table.valid_to.is_(None), table.valid_to >= day))


def _refuse(fields: dict[str, list[Sentence]]) -> None:
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)

