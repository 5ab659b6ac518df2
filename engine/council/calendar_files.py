"""Meetings as calendar files (RFC 5545, RFC 5546): what an invitation carries, and a person's own feed."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from icalendar import Calendar, Event, Timezone, vCalAddress, vText
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import notices
from engine.council import meetings
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import NotFound
from engine.history import events
from engine.identity.bodies import BERLIN, Body, Seat
from engine.identity.people import Person
from engine.notices import Attachment
from engine.work import Work

PRODUCT = "-//Reifegrad//Sitzungen//DE"
USUAL_LENGTH = timedelta(hours=2)
"""How long a meeting takes up a calendar; nobody knows before it is over."""
BEHIND, AHEAD = timedelta(days=180), timedelta(days=550)
"""How far a feed looks back and forward."""
STATUS = {"abgesagt": "CANCELLED", "geplant": "TENTATIVE", "terminiert": "TENTATIVE"}
"""The STATUS of a meeting's states; all others are CONFIRMED."""


class CalendarFeed(Table):
    """A person's secret address of their own calendar; only a digest of it is kept."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    renewed_at: Mapped[datetime]


@dataclass(frozen=True)
class Reader:
    """Whose calendar it is: the attendee of an invitation."""

    name: str
    mail: str


def invitation(work: Work, meeting: Meeting, body: Body, reader: Reader | None = None) -> str:
    """The calendar file of one meeting: a REQUEST, or a CANCEL once it was called off.

    The UID never changes; SEQUENCE grows with each change, so that a calendar
    replaces what it has.
    """
    file = _calendar("CANCEL" if meeting.state == "abgesagt" else "REQUEST")
    event = _event(work, meeting, body)
    organiser = vCalAddress(f"mailto:{work.settings.operator_mail}")
    organiser.params["cn"] = vText(work.settings.operator_name)
    event.add("organizer", organiser)
    if reader is not None:
        attendee = vCalAddress(f"mailto:{reader.mail}")
        attendee.params["cn"] = vText(reader.name)
        attendee.params["partstat"] = vText("NEEDS-ACTION")
        attendee.params["rsvp"] = vText("FALSE")  # answers go to the member's page, where deputies can be named
        event.add("attendee", attendee)
    file.add_component(_zone(meeting.day.year, meeting.day.year))
    file.add_component(event)
    return str(file.to_ical().decode())


def attached(work: Work, meeting: Meeting, body: Body, person: Person) -> Attachment:
    """The calendar file as it goes with a mail to *person*."""
    method = "CANCEL" if meeting.state == "abgesagt" else "REQUEST"
    return Attachment("sitzung.ics", "calendar", invitation(work, meeting, body, Reader(person.name, person.mail)),
                      method)


def feed(work: Work, token: str) -> str:
    """All meetings of the bodies in which the owner of *token* sits, as a calendar; NotFound for a wrong one."""
    row = work.session.scalar(select(CalendarFeed).where(CalendarFeed.digest == _digest(token)))
    person = work.session.get(Person, row.person_id) if row is not None else None
    if person is None or not person.active:
        raise NotFound("Diesen Kalender gibt es nicht (mehr). In Ihrem Konto können Sie einen neuen Link anfordern.",
                       "There is no such calendar (any more). You can ask for a new link in your account.")
    file = _calendar("PUBLISH")
    file.add("x-wr-calname", "Sitzungen")
    for meeting, body in _of_person(work, person.id):
        file.add_component(_event(work, meeting, body))
    file.add_component(_zone((work.now - BEHIND).year, (work.now + AHEAD).year))
    return str(file.to_ical().decode())


def renew(work: Work) -> str:
    """Give the actor a new secret token for their calendar; the old one ends. It is told once and kept as a digest."""
    token = secrets.token_urlsafe(24)
    row = work.session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == work.actor.id))
    if row is None:
        row = work.add(CalendarFeed(person_id=work.actor.id, digest="", renewed_at=work.now))
    row.digest, row.renewed_at = _digest(token), work.now
    events.record(work, "calendar_feed.renewed", row)
    return token


def tell(work: Work, meeting: Meeting, template: str, persons: list[Person]) -> None:
    """Mail *persons* about the meeting, with its calendar file. *template*: a key of notices.texts.TEMPLATES."""
    body = work.get(Body, meeting.body_id)
    for person in persons:
        notices.queue(
            work, person.mail, template, person.language, body=body.name if person.language == "de" else body.name_en,
            day=f"{meeting.starts_at.astimezone(BERLIN):%d.%m.%Y}", reason=meeting.reason,
            time=f"{meeting.starts_at.astimezone(BERLIN):%H:%M}", place=meeting.place or "–",
            url=f"{work.settings.base_url}/meine-sitzungen/{meeting.id}",
            attachment=attached(work, meeting, body, person),
        )


@cache
def _zone(first: int, last: int) -> Timezone:
    # only the years that occur: the whole century takes ten times as long, for each member invited
    return Timezone.from_tzid(BERLIN.key, first_date=date(first, 1, 1), last_date=date(last + 1, 12, 31))


def _of_person(work: Work, person_id: UUID) -> list[tuple[Meeting, Body]]:
    query = (
        select(Meeting, Body).join(Body, Body.id == Meeting.body_id).join(Seat, Seat.body_id == Body.id)
        .where(Seat.person_id == person_id, Meeting.starts_at > work.now - BEHIND,
               Meeting.starts_at < work.now + AHEAD).order_by(Meeting.starts_at).distinct()
    )
    seats = work.session.scalars(select(Seat).where(Seat.person_id == person_id)).all()
    return [(meeting, body) for meeting, body in work.session.execute(query)
            if any(seat.body_id == body.id and seat.valid_from <= meeting.day
                   and (seat.valid_to is None or seat.valid_to >= meeting.day) for seat in seats)]


def _calendar(method: str) -> Calendar:
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("method", method)
    return file


def _event(work: Work, meeting: Meeting, body: Body) -> Event:
    start = meeting.starts_at.astimezone(BERLIN)
    event = Event()
    event.add("uid", f"{meeting.id}@reifegrad")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", work.now)
    event.add("dtstart", start)
    event.add("dtend", meeting.closed_at.astimezone(BERLIN) if meeting.closed_at else start + USUAL_LENGTH)
    event.add("summary", body.name)
    event.add("status", STATUS.get(meeting.state, "CONFIRMED"))
    if meeting.place:
        event.add("location", meeting.place)
    said = meetings.STATES[meeting.state].de
    event.add("description", f"{said}. {meeting.reason}".strip())
    event.add("url", f"{work.settings.base_url}/meine-sitzungen/{meeting.id}")
    return event


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
