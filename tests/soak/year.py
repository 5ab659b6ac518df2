"""A year of the county, day by day: `python -m tests.soak.year [--ideas 300] [--days 365] [--seed 1] [--db sqlite]`.

Eight bodies meet after their calendars, people hand in ideas and work on them,
some of them late, some not at all; every timer is real, only the clock is
moved.  At the end nothing may be lost, forgotten or missed unnoticed: see
`findings`.  Prints figures and findings; 1 if there are any.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import wiring
from engine.council import (
    agendas,
    attendance,
    ballots,
    deadlines,
    meetings,
    minutes,
    publications,
    standing_orders,
)
from engine.council.agendas import AgendaItem
from engine.council.ballots import Count
from engine.council.meetings import Meeting
from engine.council.minutes import Minutes
from engine.errors import Gone
from engine.history import seal
from engine.ideas import dialogues, ideas, statuses
from engine.ideas.ideas import Idea
from engine.identity.bodies import Body
from engine.runtime import incidents, instances, tasks
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from engine.settings import Settings
from engine.work import CITIZEN
from tests import postgres
from tests.clock import BERLIN, Clock
from tests.council import OFFICE, Council
from tests.journeys import IDEA
from tests.processes import answers
from tests.processes.test_p4 import PLAN
from web.cli import load_demo

BEGINS = datetime(2026, 1, 5, 8, 0, tzinfo=BERLIN)
CALENDARS: dict[str, dict[str, Any]] = {
    "lenkungsgruppe": {"months": [2, 4, 6, 8, 10, 12], "ordinal": "2nd", "weekday": "tue", "hour": 16},
    "expertenbeirat": {"months": [5, 11], "ordinal": "1st", "weekday": "thu", "hour": 14},
    "zukunftsausschuss": {"months": [2, 5, 9, 11], "ordinal": "1st", "weekday": "wed", "hour": 17},
    "kreisausschuss": {"months": list(range(1, 13)), "ordinal": "3rd", "weekday": "mon", "hour": 17},
    "kreistag": {"months": [3, 6, 9, 12], "ordinal": "4th", "weekday": "mon", "hour": 16},
    "kreisvorstand": {"months": list(range(1, 13)), "ordinal": "1st", "weekday": "mon", "hour": 9},
    "arbeitsgruppe_mobilitaet": {"months": list(range(1, 13)), "ordinal": "2nd", "weekday": "thu", "hour": 18},
    "zielbildgruppe_mobil": {"months": [1, 4, 7, 10], "ordinal": "4th", "weekday": "wed", "hour": 18},
}
LATE, NEVER_ANSWERED = 0.05, 0.5
"""Which part of the tasks is done only after its deadline, and of the questions is never answered."""
EXTENDED = {"g_frist": "verlaengern", "g_frist_tage": 14, "g_frist_begruendung": answers.WHY}
MEETING_TASKS = ("m_tagesordnung", "m_zustimmung", "m_einladen", "m_sitzung", "m_niederschrift")


class Year:
    """The county's people and what they do, decided by one dice."""

    def __init__(self, council: Council, chance: random.Random, ideas_in_all: int, days: int) -> None:
        self.council, self.house, self.clock, self.chance = council, council.house, council.clock, chance
        self._left, self._days = ideas_in_all, days
        self._tokens: dict[UUID, str] = {}
        self._due: dict[UUID, datetime] = {}
        self._asked: dict[UUID, bool] = {}
        self.done: Counter[str] = Counter()

    def play(self) -> None:
        """Every day of it."""
        for key, rule in CALENDARS.items():
            self.council.calendar(key, place="Kreishaus Koblenz", **rule)
        for day in range(self._days):
            self.clock.now = (BEGINS + timedelta(days=day)).astimezone(BERLIN).replace(hour=8)
            self.council.run()
            if self.clock.now.weekday() < 5:
                self._hand_in(self._days - day)
                self._work_on()
            for hour in (12, 20):
                self.clock.now = self.clock.now.replace(hour=hour)
                self.council.run()
            self._hold_meetings()

    def _hand_in(self, days_left: int) -> None:
        working_days = max(1, days_left * 5 // 7 - 40)
        for _ in range(min(self._left, round(self._left / working_days + self.chance.random() - 0.5))):
            self._left -= 1
            with self.house.work(CITIZEN, self.clock.now) as work:
                title = f"Mitfahrbank Nummer {self._left} am Markt"
                idea, token = ideas.hand_in(work, **{**IDEA, "title": title})
            self._tokens[idea.id] = token
            self.done["ideas"] += 1
        self.council.run()

    def _work_on(self) -> None:
        with self.house.look(now=self.clock.now) as work:
            waiting = list(work.session.scalars(select(Task).where(Task.closed_at.is_(None)).order_by(Task.id)))
        for task in waiting:
            if task.id not in self._due:
                self._due[task.id] = self._when(task)
            if self.clock.now >= self._due[task.id]:
                self._do(task)
        self._answer_questions()
        self.council.run()

    def _when(self, task: Task) -> datetime:
        span = (task.due_at - task.opened_at) if task.due_at is not None else timedelta(days=7)
        if task.element in MEETING_TASKS:
            return task.opened_at
        late = self.chance.random() < LATE
        return task.opened_at + span * (self.chance.uniform(1.1, 2.0) if late else self.chance.uniform(0.1, 0.6))

    def _do(self, task: Task) -> None:
        if task.element == "m_sitzung":
            return  # that is done in the evening
        if task.element == "m_niederschrift":
            self._sign(task)
        if task.element == "m_einladen" and self._is_too_late(task):
            return self._move(task)
        typed = self._typed(task)
        try:
            with self.house.work(now=self.clock.now) as work:
                instances.complete_task(work, task.id, typed)
        except Gone:  # somebody else's work this morning has ended it
            self.done["gone"] += 1
            return
        self.done[task.element] += 1

    def _typed(self, task: Task) -> dict[str, Any]:
        luck = self.chance.random()
        usual = answers.STRAIGHT.get(task.element, dict)()
        if task.element == "t1_formal" and luck < 0.08:
            return answers.formal("rueckfrage")
        if task.element == "t1_entscheid" and luck < 0.25:
            return answers.qualify("ablehnen" if luck < 0.15 else "parken", t1_grund_code="P1")
        if task.element == "g_befangenheit" and luck < 0.1:
            return answers.biased()
        if task.element == "t3_vorlage":
            usual |= {"vorlagennummer": "", "betrag": self.chance.choice(["20000", "100000", "300000"])}
            usual["vorlagennummer"] = self._data(task)["vorlagennummer"]
        if task.element == "t_frage":
            return answers.question()
        return {
            "m_zustimmung": {"m_zustimmung": "ja"}, "m_einladen": {"m_einladen": "senden"},
            "g_ersatz": {"g_ersatz": "ersetzen"}, "g_frist": EXTENDED, "t4_start": PLAN, "t4_bericht": answers.report(),
            "t3_cdo": answers.steer("parken"), "t2_eskalation": answers.escalated("ausarbeiten"),
        }.get(task.element, usual)

    def _data(self, task: Task) -> dict[str, Any]:
        with self.house.look(now=self.clock.now) as work:
            return instances.data_of(work, work.get(Task, task.id))

    def _is_too_late(self, task: Task) -> bool:
        with self.council.look() as work:
            meeting = work.session.scalars(select(Meeting).where(Meeting.instance_id == task.instance_id)).one()
            orders = standing_orders.of(work, work.get(Body, meeting.body_id))
            return self.clock.now.date() > deadlines.last_receipt_day(meeting.day, orders.notice_days)

    def _move(self, task: Task) -> None:
        """The office was too late to invite: the meeting is moved, as the refusal says."""
        with self.council.work() as work:
            meeting = work.session.scalars(select(Meeting).where(Meeting.instance_id == task.instance_id)).one()
            day = max(meeting.starts_at, self.clock.now) + timedelta(days=20)
            meetings.move(work, meeting.id, day, place=meeting.place, reason="Die Ladungsfrist war nicht zu wahren.")
        self.done["moved"] += 1

    def _answer_questions(self) -> None:
        with self.house.look(now=self.clock.now) as work:
            asked = [idea.id for idea in work.session.scalars(select(Idea).where(Idea.status == "rueckfrage"))]
        for idea_id in asked:
            if idea_id not in self._asked:
                self._asked[idea_id] = self.chance.random() >= NEVER_ANSWERED
                if self._asked[idea_id]:
                    with self.house.work(CITIZEN, self.clock.now) as work:
                        dialogues.answer(work, self._tokens[idea_id], "Am Brunnen vor dem Rathaus.")

    def _sign(self, task: Task) -> None:
        with self.council.work() as work:
            meeting = work.session.scalars(select(Meeting).where(Meeting.instance_id == task.instance_id)).one()
            minutes.sign(work, meeting.id, "chair")
            minutes.sign(work, meeting.id, "recorder")

    def _hold_meetings(self) -> None:
        with self.house.look(now=self.clock.now) as work:
            found = [meeting.id for meeting in work.session.scalars(select(Meeting).where(
                Meeting.state == "eingeladen", Meeting.starts_at <= self.clock.now))]
        for meeting_id in found:
            self._hold(meeting_id)

    def _hold(self, meeting_id: UUID) -> None:
        members = self.council.members(meeting_id)
        there = members[:len(members) // 3] if self.chance.random() < 0.04 else members[:-(len(members) // 8) or None]
        with self.council.work() as work:
            meetings.open_session(work, meeting_id, chair_id=members[0], recorder_id=self.council.person(OFFICE))
            for person_id in there:
                attendance.arrive(work, meeting_id, person_id)
        with self.council.look() as work:
            open_items = [item.id for item in agendas.of(work, meetings.show(work, meeting_id))
                          if item.result is None and item.role != "formalie"]
        for item_id in open_items:
            self._treat(meeting_id, item_id)
        self.council.complete(meeting_id, "m_sitzung")
        self.done["meetings"] += 1

    def _treat(self, meeting_id: UUID, item_id: UUID) -> None:
        with self.council.work() as work:
            item = work.get(AgendaItem, item_id)
            now = ballots.standing(work, meetings.show(work, meeting_id), item)
            if not now.quorum.holds:
                ballots.adjourn_without_quorum(work, item_id)
                self.done["without quorum"] += 1
            elif self.chance.random() < 0.08:
                agendas.settle(work, item_id, result="vertagt", wording="Es fehlt die Zeit.")
                self.done["adjourned"] += 1
            else:
                able = len(now.eligible)
                no = able // 2 + 1 if self.chance.random() < 0.1 else able // 10
                ballots.hold(work, meeting_id, item_id, count=Count(able - no, no, 0, 0))
                ballots.conclude(work, item_id)
                self.done["decided"] += 1


def findings(council: Council) -> list[str]:
    """What is lost, forgotten, missed or not the same everywhere; nothing, if all is well."""
    now, said = council.clock.now, []
    with council.house.look(now=now) as work:
        session = work.session
        said += [f"incident: {one.error}" for one in incidents.listing(work, size=20).rows]
        said += [f"history: {one.what.de}" for one in seal.verify(work)]
        overdue = session.scalar(select(func.count()).select_from(Timer).where(Timer.due_at <= now)) or 0
        if overdue:
            said.append(f"{overdue} timers are due and have not fired")
        for idea in session.scalars(select(Idea).order_by(Idea.number)):
            if idea.status in statuses.FINAL or idea.status == "zurueckgestellt":
                continue
            running = [one for one in instances.of_subject(work, idea.id) if one.ended_at is None]
            waits = [one for one in running if one.waits or tasks.siblings_open(work, one.id)]
            if not waits:
                said.append(f"{idea.number} is {idea.status} and nothing waits for anything")
        for item, meeting in session.execute(select(AgendaItem, Meeting).join(
                Meeting, Meeting.id == AgendaItem.meeting_id).where(AgendaItem.answer_to.is_not(None))):
            if item.result is None and meeting.state not in ("geplant", "terminiert", "eingeladen"):
                said.append(f"„{item.title}“ was on the agenda of {meeting.day} and has no result")
        for meeting, body in session.execute(select(Meeting, Body).join(Body, Body.id == Meeting.body_id)):
            said += _of_meeting(work, meeting, body, now)
        adopted = session.scalar(select(func.count(AgendaItem.id)).join(
            Meeting, Meeting.id == AgendaItem.meeting_id).where(
                Meeting.public, Meeting.state == "durchgefuehrt", AgendaItem.public,
                AgendaItem.result.in_(publications.DECIDED)))
        if publications.resolutions(work, size=1).total != adopted:
            said.append("the public list of resolutions has another number than the agendas")
        shown = ideas.listing(work, size=1).total
        if shown != session.scalar(select(func.count(Idea.id)).where(Idea.public)):
            said.append("the idea store shows another number than there are public ideas")
    return said


def _of_meeting(work: Any, meeting: Meeting, body: Body, now: datetime) -> Iterator[str]:
    name = f"{body.key} {meeting.day}"
    if meeting.state == "durchgefuehrt":
        last = deadlines.last_receipt_day(meeting.day, 4 if body.kind == "organ" else 7)
        if not meeting.urgent and meeting.invited_at.astimezone(BERLIN).date() > last:
            yield f"{name}: invited on {meeting.invited_at:%d.%m.}, too late for {last:%d.%m.}"
        sent = work.session.scalars(select(Minutes.sent_at).where(Minutes.meeting_id == meeting.id)).all()
        limit = deadlines.minutes_limit(meeting.day)
        if now.date() > limit and not any(at is not None for at in sent):
            yield f"{name}: no minutes after a month"
    elif meeting.starts_at < now - timedelta(days=1) and meeting.state not in ("abgesagt", "geplant"):
        yield f"{name}: {meeting.state} although its day is over"


@contextmanager
def county_on(url: str, folder: Path) -> Iterator[Council]:
    """The county before its first idea, on a fresh database."""
    settings = Settings(database_url=url, var_dir=str(folder / "var"), secret_key="only for tests")
    house = wiring.open_house(settings, create=True)
    clock = Clock(BEGINS)
    load_demo(house, ideas=False)
    try:
        yield Council(house, clock)
    finally:
        house.database.engine.dispose()


def simulated(council: Council, seed: int, ideas_in_all: int, days: int) -> tuple[Counter[str], list[str]]:
    """Play a year; what was done, and what is wrong at its end."""
    year = Year(council, random.Random(seed), ideas_in_all, days)
    year.play()
    return year.done, findings(council)


def main() -> int:
    """A year on one database; 1 if anything is wrong at its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.year", description=__doc__)
    parser.add_argument("--ideas", type=int, default=300)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reifegrad-year-") as place:
        folder = Path(place)
        if arguments.db == "sqlite":
            with county_on(f"sqlite:///{folder}/year.db", folder) as council:
                done, wrong = simulated(council, arguments.seed, arguments.ideas, arguments.days)
        else:
            with postgres.Server() as server, county_on(server.url(server.create()), folder) as council:
                done, wrong = simulated(council, arguments.seed, arguments.ideas, arguments.days)
    print(f"year on {arguments.db}, seed {arguments.seed}: {len(wrong)} findings in {time.monotonic() - begun:.0f} s",
          *wrong, sep="\n  ")
    print(", ".join(f"{name} {count}" for name, count in sorted(done.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
