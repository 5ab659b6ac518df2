"""The demo county's council office: it keeps the bodies' calendars, invites to each meeting and holds it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import worker
from engine.council import agendas, attendance, ballots, calendars, meetings, minutes
from engine.council.agendas import AgendaItem
from engine.council.ballots import Count
from engine.council.meetings import Meeting
from engine.demo import county
from engine.identity import bodies, people
from engine.identity.bodies import Body
from engine.runtime import instances, tasks
from engine.wiring import House
from engine.work import Actor, Work

if TYPE_CHECKING:
    from engine.demo.story import Plan

RHYTHMS: Mapping[str, dict[str, Any]] = {
    "expertenbeirat": {"months": [4, 10], "ordinal": "2nd", "weekday": "thu", "hour": 16},
    "lenkungsgruppe": {"months": [1, 3, 5, 7, 9, 11], "ordinal": "2nd", "weekday": "tue", "hour": 16},
    "zukunftsausschuss": {"months": [2, 5, 9, 11], "ordinal": "1st", "weekday": "wed", "hour": 17},
    "kreisausschuss": {"months": [1, 2, 4, 5, 6, 8, 9, 10, 11], "ordinal": "3rd", "weekday": "mon", "hour": 17},
    "kreistag": {"months": [3, 6, 9, 12], "ordinal": "2nd", "weekday": "mon", "hour": 16},
}
"""When the bodies meet that advise and decide on ideas."""
PLACE = "Kreishaus Koblenz, Sitzungssaal 1"
LOOK = timedelta(days=7)
"""How often the office looks at what has been convened."""
ON_LEAVE = 6
"""How many members of the Kreistag are absent; of the small bodies one is."""


class Office:
    """The people of the Sitzungsdienst, meeting by meeting; *at* puts what they do next on the story's agenda."""

    def __init__(
        self, house: House, plans: list["Plan"], at: Callable[[datetime, Callable[[datetime], None]], None]
    ) -> None:
        self._house, self._plans, self._at = house, plans, at
        self._known: set[UUID] = set()

    def begin(self, now: datetime) -> None:
        """Set the bodies' rhythms, and look at what comes of them."""
        with self._work(now) as work:
            for key, rhythm in RHYTHMS.items():
                calendars.set_rule(work, meetings.body_of(work, key), place=PLACE, **rhythm)
        worker.deliver_messages(self._house, now)
        self._look(now)

    def _look(self, now: datetime) -> None:
        with self._house.look(now=now) as work:
            found = meetings.listing(work, since=now, states=("terminiert",), size=1_000).rows
            new = [(meeting.id, meeting.editorial_at) for meeting in found if meeting.id not in self._known]
        for meeting_id, editorial_at in new:
            self._known.add(meeting_id)
            self._at(max(now, editorial_at) + timedelta(hours=10), self._acting(self._prepare, meeting_id))
        self._at(now + LOOK, self._look)

    @staticmethod
    def _acting(act: Callable[[UUID, datetime], None], meeting_id: UUID) -> Callable[[datetime], None]:
        return lambda now: act(meeting_id, now)

    def _prepare(self, meeting_id: UUID, now: datetime) -> None:
        """Close the agenda after the editorial deadline; a meeting without a matter is called off."""
        with self._work(now) as work:
            meeting = meetings.show(work, meeting_id)
            if not _matters(work, meeting):
                meetings.cancel(work, meeting_id, reason="Es liegen keine Beratungspunkte vor.")
                return
        self._complete(meeting_id, "m_tagesordnung", {}, now)
        self._at(now + timedelta(days=1), self._acting(self._invite, meeting_id))

    def _invite(self, meeting_id: UUID, now: datetime) -> None:
        self._complete(meeting_id, "m_zustimmung", {"m_zustimmung": "ja"}, now)
        self._complete(meeting_id, "m_einladen", {"m_einladen": "senden"}, now)
        with self._house.look(now=now) as work:
            begins = meetings.show(work, meeting_id).starts_at
        self._at(begins, self._acting(self._hold, meeting_id))

    def _hold(self, meeting_id: UUID, now: datetime) -> None:
        """Hold the evening: who is there, and what comes of each item."""
        with self._work(now) as work:
            meeting = meetings.show(work, meeting_id)
            body = work.get(Body, meeting.body_id)
            seats = sorted(bodies.members_on(work, body, meeting.day), key=lambda seat: seat[0].function != "chair")
            members = [person.id for _, person in seats]
            recorder = people.by_login(work, county.logins_of("sitzungsdienst")[-1])
            meetings.open_session(work, meeting_id, chair_id=members[0],
                                  recorder_id=recorder.id if recorder else members[0])
            absent = min(ON_LEAVE if len(members) > 30 else 1, len(members) - 1)
            for person_id in members[:len(members) - absent]:
                attendance.arrive(work, meeting_id, person_id)
        evening = now + timedelta(minutes=25)
        for item_id in self._open_items(meeting_id, evening):
            with self._work(evening) as work:
                self._treat(work, meeting_id, work.get(AgendaItem, item_id), body.key)
            evening += timedelta(minutes=10)
        self._complete(meeting_id, "m_sitzung", {}, evening)
        self._at(now + timedelta(days=9), self._acting(self._write_minutes, meeting_id))

    def _open_items(self, meeting_id: UUID, now: datetime) -> list[UUID]:
        with self._house.look(now=now) as work:
            return [item.id for item in _matters(work, meetings.show(work, meeting_id))]

    def _treat(self, work: Work, meeting_id: UUID, item: AgendaItem, body: str) -> None:
        plan = next((plan for plan in self._plans if item.subject_id is not None and plan.idea_id == item.subject_id),
                    None)
        advises = item.role == "vorberatung"
        able = len(ballots.standing(work, meetings.show(work, meeting_id), item).eligible)
        if plan is None:
            ballots.hold(work, meeting_id, item.id, count=Count(able - 1, 0, 1), text=item.proposal)
            ballots.conclude(work, item.id, wording="Wie Beschlussvorschlag.")
            return
        if _adjourns(plan, item, body):
            agendas.settle(work, item.id, result="vertagt",
                           wording="Die Beratung wird in der nächsten Sitzung fortgesetzt.")
            return
        count = Count(able - plan.number % 3, 0, plan.number % 3) if advises else _votes(plan, able)
        wording = _wording(plan, item, body)
        changed = not advises and plan.destiny == "geaendert_beschlossen"
        ballots.hold(work, meeting_id, item.id, count=count, text=wording if changed else item.proposal)
        ballots.conclude(work, item.id, wording=wording)

    def _write_minutes(self, meeting_id: UUID, now: datetime) -> None:
        with self._work(now) as work:
            minutes.sign(work, meeting_id, "chair")
            minutes.sign(work, meeting_id, "recorder")
        self._complete(meeting_id, "m_niederschrift", {}, now)

    def _complete(self, meeting_id: UUID, element: str, answers: dict[str, Any], now: datetime) -> None:
        """Complete the meeting's open task of *element*, by whoever's it is; nothing happens if there is none."""
        with self._house.look(now=now) as work:
            instance_id = meetings.show(work, meeting_id).instance_id
            waiting = tasks.siblings_open(work, instance_id) if instance_id is not None else []
            found = next((task for task in waiting if task.element == element), None)
            actor = self._actor(work, found.body) if found is not None else None
        if found is not None and actor is not None:
            with self._house.work(actor, now) as work:
                instances.complete_task(work, found.id, answers)

    def _work(self, now: datetime) -> Work:
        with self._house.look(now=now) as work:
            actor = self._actor(work, "sitzungsdienst")
        return self._house.work(actor, now)

    @staticmethod
    def _actor(work: Work, body: str) -> Actor:
        person = people.by_login(work, county.logins_of(body)[0])
        return Actor("person", person.id if person else None)


def _matters(work: Work, meeting: Meeting) -> list[AgendaItem]:
    return [item for item in agendas.of(work, meeting) if item.role != "formalie" and item.result is None]


def _adjourns(plan: "Plan", item: AgendaItem, body: str) -> bool:
    """Whether the body puts an item off: those that shall still wait at the story's end, and now and then another."""
    if plan.destiny == ("lenkungsgruppe" if body == "lenkungsgruppe" else "entscheidung"):
        return body == "lenkungsgruppe" or item.role == "entscheidung"
    return item.role == "vorberatung" and plan.number % 11 == 3 and item.carried_from_id is None


def _votes(plan: "Plan", able: int) -> Count:
    """The votes that the story tells, for as many as are there."""
    told = plan.story.get("votes", {"ja": 29, "nein": 0, "enthaltung": 16})
    total = sum(told.values())
    no, abstained = (round(told[name] * able / total) for name in ("nein", "enthaltung"))
    return Count(able - no - abstained, no, abstained)


def _wording(plan: "Plan", item: AgendaItem, body: str) -> str:
    if item.role == "vorberatung":
        advice = str(plan.story.get("empfehlung") or "Die Umsetzung wird empfohlen.")
        return advice if body == "lenkungsgruppe" else advice.replace("Die Lenkungsgruppe", "Der Ausschuss")
    wording = str(plan.story.get("wortlaut") or plan.story.get("begruendung") or "Wie Beschlussvorschlag.")
    return wording.replace("Der Kreistag", "Der Kreisausschuss") if body == "kreisausschuss" else wording
