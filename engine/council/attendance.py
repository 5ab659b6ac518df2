"""Attendance: who is in the room from when to when, for themselves or for a member they stand in for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import meetings, standing_orders
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.identity import bodies, people
from engine.identity.bodies import BERLIN, BY_NAME, Body, Deputy, Seat
from engine.identity.people import Person
from engine.work import Work

EARLY = timedelta(hours=2)
"""How long before its beginning people may arrive for a meeting."""


class Presence(Table):
    """One stay of one person in one meeting; who leaves and comes back has two."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_meeting", "meeting_id", "person_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    person_id: Mapped[UUID]
    for_id: Mapped[UUID | None]
    """The member represented; None: a member's own seat"""
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    @property
    def member_id(self) -> UUID:
        """Whose seat is taken by this stay."""
        return self.for_id or self.person_id


@dataclass(frozen=True)
class Place:
    """One member's seat at one meeting: who sits on it at the moment that was asked for."""

    member: Person
    seat: Seat
    stay: Presence | None
    """None: nobody sits on it"""

    @property
    def chairs(self) -> bool:
        """Whether it is the seat of the body's chair."""
        return self.seat.function == "chair"


def places(work: Work, meeting: Meeting, at: datetime | None = None) -> list[Place]:
    """The seats of the body on the day of the meeting, by name, with who sits on them at *at* (default: now)."""
    body = work.get(Body, meeting.body_id)
    here = {stay.member_id: stay for stay in present_at(work, meeting, at or work.now)}
    return [Place(person, seat, here.get(person.id)) for seat, person in bodies.members_on(work, body, meeting.day)]


def present_at(work: Work, meeting: Meeting, at: datetime) -> list[Presence]:
    """Who takes a seat at the moment *at*."""
    query = select(Presence).where(Presence.meeting_id == meeting.id, Presence.arrived_at <= at,
                                   or_(Presence.left_at.is_(None), Presence.left_at > at))
    return list(work.session.scalars(query.order_by(Presence.arrived_at, Presence.id)))


def stays(work: Work, meeting: Meeting) -> list[Presence]:
    """Every stay in the order of arrival, for the sheet and the minutes."""
    query = select(Presence).where(Presence.meeting_id == meeting.id)
    return list(work.session.scalars(query.order_by(Presence.arrived_at, Presence.id)))


def eligible(
    work: Work, meeting: Meeting, item: AgendaItem | None, excluded: Collection[UUID], at: datetime
) -> list[Place]:
    """The seats that may vote at *at*: taken, not excluded, and without the chair's where its vote rests.

    *excluded* are people: whoever is excluded neither votes for themselves nor for somebody else, and nobody votes
    for them.
    """
    chair_votes = standing_orders.of(work, work.get(Body, meeting.body_id)).chair_votes and (
        item is None or item.chair_votes)
    return [place for place in places(work, meeting, at)
            if place.stay is not None and (chair_votes or not place.chairs)
            and not {place.stay.person_id, place.member.id} & set(excluded)]


def statutory_number(work: Work, meeting: Meeting) -> int:
    """How many seats the body has by law; bodies without such a number: how many members on that day."""
    body = work.get(Body, meeting.body_id)
    return body.statutory_number or len(bodies.members_on(work, body, meeting.day))


def deputies_of(work: Work, meeting: Meeting) -> dict[UUID, list[Person]]:
    """Who may stand in for which member on the day of the meeting; nobody in bodies without deputies."""
    body = work.get(Body, meeting.body_id)
    if not standing_orders.of(work, body).deputies:
        return {}
    rows = work.session.execute(
        select(Deputy.person_id, Deputy.processes, Person).join(Person, Person.id == Deputy.deputy_id).where(
            Deputy.body_id == body.id if body.kind in BY_NAME else or_(
                Deputy.body_id.is_(None), Deputy.body_id == body.id), Deputy.valid_from <= meeting.day,
            or_(Deputy.valid_to.is_(None), Deputy.valid_to >= meeting.day), Person.active,
        ).order_by(Person.name, Person.id)
    )
    found: dict[UUID, list[Person]] = {}
    for member_id, processes, person in rows:
        if not processes:
            found.setdefault(member_id, []).append(person)
    return found


def arrive(
    work: Work, meeting_id: UUID, person_id: UUID, *, for_id: UUID | None = None, at: datetime | None = None
) -> Presence:
    """Note that somebody is there (again) from *at* on (default: now), for themselves or for the member *for_id*.

    Invalid for a time that cannot be, without a seat, and for a deputy where
    the body has none or nobody appointed this one; Conflict if the seat is
    taken already. Somebody who is there on this seat already stays as they are.
    """
    acting_for = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    _require_evening(meeting)
    moment = _moment(work, meeting, at)
    members = {person.id: person for _, person in bodies.members_on(work, work.get(Body, meeting.body_id), meeting.day)}
    here = present_at(work, meeting, work.now)
    for stay in here:
        if stay.person_id == person_id and stay.for_id == for_id:
            return stay
    _check_seat(work, meeting, members, person_id, for_id)
    _check_free(work, here, person_id, for_id)
    last = work.session.scalar(select(func.max(Presence.left_at)).where(
        Presence.meeting_id == meeting.id,
        or_(Presence.person_id == person_id, Presence.for_id == (for_id or person_id))))
    if last is not None and moment < last:
        raise _wrong_time("Bis {time} Uhr war dieser Platz schon besetzt. Bitte geben Sie eine spätere Zeit an.",
                          "Until {time} this seat was taken. Please enter a later time.", last)
    _check_before_votes(work, meeting, moment)
    stay = work.add(Presence(meeting_id=meeting.id, person_id=person_id, for_id=for_id, arrived_at=moment,
                             left_at=None))
    events.record(work, "presence.arrived", stay, instance, for_id=acting_for, person=person_id, seat=for_id,
                  at=moment)
    work.session.flush()
    return stay


def leave(work: Work, meeting_id: UUID, person_id: UUID, *, at: datetime | None = None) -> Presence | None:
    """Note that somebody has left at *at* (default: now); None if they were not there.

    Invalid for a time before their arrival or before a vote in which they counted as present.
    """
    acting_for = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    _require_evening(meeting)
    moment = _moment(work, meeting, at)
    stay = next((stay for stay in present_at(work, meeting, work.now) if stay.person_id == person_id), None)
    if stay is None:
        return None
    if moment < stay.arrived_at:
        raise _wrong_time("Die Person ist erst um {time} Uhr gekommen. Bitte geben Sie eine spätere Zeit an.",
                          "The person arrived at {time} only. Please enter a later time.", stay.arrived_at)
    _check_before_votes(work, meeting, moment)
    stay.left_at = moment
    events.record(work, "presence.left", stay, instance, for_id=acting_for, person=person_id, seat=stay.for_id,
                  at=moment)
    return stay


def undo(work: Work, presence_id: UUID) -> None:
    """Take back a stay that was entered by mistake; Conflict once a vote has counted it."""
    acting_for = meetings.require_office(work)
    meeting, instance = meetings.locked(work, work.get(Presence, presence_id).meeting_id)
    _require_evening(meeting)
    stay = work.get(Presence, presence_id)
    if meeting_votes_after(work, meeting, stay.arrived_at) is not None:
        raise Conflict("Seitdem wurde abgestimmt, und diese Person hat dabei mitgezählt. Bitte tragen Sie stattdessen "
                       "ein, wann sie gegangen ist.",
                       "There has been a vote since, and this person counted. Please enter when they left instead.")
    events.record(work, "presence.undone", stay, instance, for_id=acting_for, person=stay.person_id, seat=stay.for_id)
    work.session.delete(stay)


def end(work: Work, meeting: Meeting) -> None:
    """Let everybody who is still there leave now, since the meeting is closed; the caller writes that down."""
    for stay in present_at(work, meeting, work.now):
        stay.left_at = work.now


def meeting_votes_after(work: Work, meeting: Meeting, at: datetime) -> datetime | None:
    """When the last vote after the moment *at* was held; None if there was none."""
    from engine.council.ballots import Ballot  # a vote looks at attendance, and attendance at votes

    return work.session.scalar(
        select(func.max(Ballot.held_at)).where(Ballot.meeting_id == meeting.id, Ballot.held_at > at))


def _check_seat(
    work: Work, meeting: Meeting, members: dict[UUID, Person], person_id: UUID, for_id: UUID | None
) -> None:
    body = work.get(Body, meeting.body_id)
    if for_id is None:
        if person_id not in members:
            raise Invalid("Diese Person hat in „{name}“ keinen Sitz und zählt deshalb nicht als anwesend. Vertritt sie "
                          "ein Mitglied? Dann wählen Sie bitte, wen.",
                          "This person has no seat in “{name_en}” and does not count as present. Do they stand in for "
                          "a member? Then please choose for whom.", name=body.name, name_en=body.name_en,
                          fields={"person": [Sentence("Kein Sitz in diesem Gremium.", "No seat in this body.")]})
        return
    orders = standing_orders.of(work, body)
    if not orders.deputies:
        raise Invalid("In „{name}“ gibt es keine Vertretung ({basis}).", "“{name_en}” knows no deputies ({basis}).",
                      name=body.name, name_en=body.name_en, basis=orders.basis["deputies"],
                      fields={"for": [Sentence("Hier nicht möglich.", "Not possible here.")]})
    if for_id not in members or person_id in members:
        raise Invalid("Vertreten kann nur, wer selbst keinen Sitz hat, und nur ein Mitglied von „{name}“.",
                      "Only somebody without a seat can stand in, and only for a member of “{name_en}”.",
                      name=body.name, name_en=body.name_en,
                      fields={"for": [Sentence("Bitte ein Mitglied wählen.", "Please choose a member.")]})
    if person_id not in {person.id for person in deputies_of(work, meeting).get(for_id, [])}:
        raise Invalid("Für {name} ist diese Person nicht als Vertretung bestellt ({basis}). Vertretungen trägt die "
                      "Verwaltung unter „Vertretungen“ ein.",
                      "This person is not appointed as a deputy of {name} ({basis}). The administration enters "
                      "deputies under “Deputies”.", name=members[for_id].name, basis=orders.basis["deputies"],
                      fields={"person": [Sentence("Nicht als Vertretung bestellt.", "Not appointed as a deputy.")]})


def _check_free(work: Work, here: list[Presence], person_id: UUID, for_id: UUID | None) -> None:
    for stay in here:
        if stay.person_id == person_id:
            raise Conflict("Diese Person sitzt schon auf einem anderen Platz. Jede Person hat nur eine Stimme.",
                           "This person takes another seat already. Each person has one vote only.")
        if stay.member_id == (for_id or person_id):
            name = people.names(work, {stay.person_id}).get(stay.person_id, "")
            raise Conflict("Diesen Platz hat zurzeit {name}. Bitte tragen Sie erst ein, dass {name} gegangen ist.",
                           "{name} takes this seat at the moment. Please enter first that {name} has left.", name=name)


def _check_before_votes(work: Work, meeting: Meeting, moment: datetime) -> None:
    voted = meeting_votes_after(work, meeting, moment)
    if voted is not None:
        raise _wrong_time("Um {time} Uhr wurde schon abgestimmt, und dabei wurden die Anwesenden gezählt (§ 32 Abs. 1 "
                          "LKO). Bitte geben Sie eine spätere Zeit an.",
                          "There was a vote at {time} already, and those present were counted (§ 32 Abs. 1 LKO). "
                          "Please enter a later time.", voted)


def _moment(work: Work, meeting: Meeting, at: datetime | None) -> datetime:
    moment = at or work.now
    if moment > work.now:
        raise _wrong_time("Es ist erst {time} Uhr. Bitte geben Sie eine Zeit an, die schon vorbei ist.",
                          "It is only {time}. Please enter a time that has passed.", work.now)
    if moment < meeting.starts_at - EARLY:
        raise _wrong_time("Die Sitzung beginnt um {time} Uhr. Bitte prüfen Sie die Zeit.",
                          "The meeting begins at {time}. Please check the time.", meeting.starts_at)
    return moment


def _wrong_time(de: str, en: str, at: datetime) -> Invalid:
    time = f"{at.astimezone(BERLIN):%H:%M}"
    return Invalid(de, en, time=time, fields={"at": [Sentence("Bitte prüfen Sie die Zeit.", "Please check the time.")]})


def _require_evening(meeting: Meeting) -> None:
    if meeting.state not in ("eingeladen", "laeuft"):
        raise Conflict("Die Anwesenheit lässt sich nur bei einer Sitzung festhalten, zu der eingeladen ist. Diese ist: "
                       "{state}.", "Attendance can only be noted for a meeting that members were invited to. This one "
                       "is: {state_en}.", state=meetings.STATES[meeting.state].de,
                       state_en=meetings.STATES[meeting.state].en)
