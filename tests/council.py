"""The words of tests about bodies: the county with its council office, and meetings on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from engine import worker
from engine.council import agendas, attendance, ballots, calendars, meetings, minutes
from engine.council.agendas import AgendaItem
from engine.council.ballots import Count
from engine.council.meetings import Meeting
from engine.errors import EngineError, Invalid
from engine.identity import bodies, people
from engine.identity.bodies import Body
from engine.runtime import instances, tasks
from engine.work import Actor
from tests.clock import BERLIN, Clock
from tests.mails import outbox

OFFICE = "christa.weinand"


@contextmanager
def refused(kind: type[EngineError], *parts: str) -> Iterator[None]:
    """What happens inside is refused, in a German sentence (at a field or as a whole) that holds all *parts*."""
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    said = error.de
    if isinstance(error, Invalid):
        said += " ".join(sentence.de for field in error.fields.values() for sentence in field)
    assert all(part in said for part in parts), said


class Council:
    """The county's bodies as their office works with them; `run()` lets everything happen that is due."""

    def __init__(self, house: Any, clock: Clock) -> None:
        self.house, self.clock = house, clock
        with house.look(now=clock.now) as work:
            self._people = {person.login: person.id for person in people.listing(work, size=1_000).rows}

    def actor(self, login: str = OFFICE) -> Actor:
        return Actor("person", self._people[login])

    def person(self, login: str) -> UUID:
        return self._people[login]

    def work(self, login: str = OFFICE) -> Any:
        return self.house.work(self.actor(login), self.clock.now)

    def look(self, login: str = OFFICE) -> Any:
        return self.house.look(self.actor(login), self.clock.now)

    def run(self, until: str | None = None) -> None:
        """Do everything that is due; mails stay in the outbox until somebody asks for them."""
        if until is not None:
            self.clock.at(until)
        now = self.clock.now
        while worker.fire_timers(self.house, now) + worker.deliver_messages(self.house, now):
            pass
        worker.announce(self.house, now)

    def mails(self, to: str = "") -> list[Any]:
        """The mails sent so far, of those to an address that has *to* in it."""
        worker.send_notices(self.house, self.clock.now)
        return [mail for mail in outbox(self.house) if to in mail["To"]]

    def calendar(self, key: str, **rule: Any) -> None:
        with self.work() as work:
            calendars.set_rule(work, meetings.body_of(work, key), **rule)
        self.run()

    def meeting(self, key: str, starts_at: str, place: str = "Kreishaus Koblenz, Sitzungssaal 1") -> UUID:
        """A single meeting that takes items up."""
        with self.work() as work:
            body = meetings.body_of(work, key)
            known = calendars.of(work, body) is not None
        if not known:
            self.calendar(key, months=[])
        with self.work() as work:
            moment = datetime.fromisoformat(starts_at).replace(tzinfo=BERLIN)
            found = meetings.plan(work, meetings.body_of(work, key), moment, place=place).id
        self.run()
        return found

    def state(self, meeting_id: UUID) -> str:
        with self.look() as work:
            return meetings.show(work, meeting_id).state

    def open_tasks(self, meeting_id: UUID) -> dict[str, UUID]:
        with self.look() as work:
            meeting = work.get(Meeting, meeting_id)
            return {task.element: task.id for task in tasks.siblings_open(work, meeting.instance_id)}

    def complete(self, meeting_id: UUID, element: str, answers: dict[str, Any] | None = None,
                 login: str = OFFICE) -> None:
        with self.work(login) as work:
            instances.complete_task(work, self.open_tasks(meeting_id)[element], answers or {})
        self.run()

    def invited(self, key: str, starts_at: str) -> UUID:
        """A meeting whose members were invited in time."""
        return self.invite(self.meeting(key, starts_at))

    def invite(self, found: UUID) -> UUID:
        """Close the agenda of a meeting at its editorial deadline and invite its members."""
        with self.look() as work:
            editorial = meetings.show(work, found).editorial_at
        self.clock.now = max(self.clock.now, editorial)
        self.run()
        self.complete(found, "m_tagesordnung")
        if "m_zustimmung" in self.open_tasks(found):
            self.complete(found, "m_zustimmung", {"m_zustimmung": "ja"}, login="horst.pitsch")
        self.complete(found, "m_einladen", {"m_einladen": "senden"})
        return found

    def opened(self, meeting_id: UUID, chair: str = "marlene.thielen") -> None:
        with self.work() as work:
            meetings.open_session(work, meeting_id, chair_id=self.person(chair), recorder_id=self.person(OFFICE))

    def signed(self, meeting_id: UUID) -> None:
        """Chair and recorder sign the minutes on paper; the office notes it."""
        with self.work() as work:
            minutes.sign(work, meeting_id, "chair")
            minutes.sign(work, meeting_id, "recorder")

    def members(self, meeting_id: UUID) -> list[UUID]:
        """The members of the body, the chair first."""
        with self.look() as work:
            meeting = meetings.show(work, meeting_id)
            found = bodies.members_on(work, work.get(Body, meeting.body_id), meeting.day)
        return [person.id for _, person in sorted(found, key=lambda one: one[0].function != "chair")]

    def arrive(self, meeting_id: UUID, count: int) -> list[UUID]:
        """The first *count* members arrive; returns who is there."""
        there = self.members(meeting_id)[:count]
        with self.work() as work:
            for person_id in there:
                attendance.arrive(work, meeting_id, person_id)
        return there

    def item(self, meeting_id: UUID, title: str = "Mitfahrbank", **said: Any) -> UUID:
        """An item that a process registers; before the editorial deadline."""
        with self.house.work(now=self.clock.now) as work:
            meeting, instance = meetings.locked(work, meeting_id)
            values = {"answer_to": None, "proposal": "Der Maßnahme wird zugestimmt.", **said}
            return agendas.register(work, meeting, instance, title=title, **values).id

    def vote(self, meeting_id: UUID, item_id: UUID | None, yes: int = 0, no: int = 0, abstained: int = 0,
             invalid: int = 0, **how: Any) -> Any:
        with self.work() as work:
            return ballots.hold(work, meeting_id, item_id, count=Count(yes, no, abstained, invalid), **how)

    def concluded(self, item_id: UUID, **how: Any) -> Any:
        with self.work() as work:
            return ballots.conclude(work, item_id, **how)

    def standing(self, meeting_id: UUID, item_id: UUID | None = None) -> Any:
        with self.look() as work:
            item = work.get(AgendaItem, item_id) if item_id else None
            return ballots.standing(work, meetings.show(work, meeting_id), item)

    def begun(self, key: str, starts_at: str) -> UUID:
        """A meeting that has been opened at its hour."""
        found = self.invited(key, starts_at)
        self.run(starts_at)
        self.opened(found)
        return found
