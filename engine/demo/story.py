"""The demo county's story: seventy ideas led through the processes by the engine's own verbs, at past moments.

Nothing is written as a row: ideas are handed in, tasks completed, timers fired
and messages delivered in the order of their moments, by whoever would have
done so.
"""

import heapq
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import notices, worker
from engine.demo import acts, county
from engine.demo.evenings import Office
from engine.demo.undertakings import Undertakings
from engine.errors import Conflict
from engine.history import seal
from engine.ideas import contests, dialogues, ideas
from engine.ideas.ideas import Idea
from engine.identity import bodies, people
from engine.notices import Notice
from engine.runtime import instances, tasks
from engine.wiring import House
from engine.work import CITIZEN, Actor, Work

TOLD_ON = date(2026, 11, 23)
"""The day the story was written for; on other days it is moved by whole weeks."""
Progress = Callable[[int, int, str], None]


@dataclass
class Plan:
    """One idea, what shall become of it, and how far it has come."""

    told: dict[str, Any]
    shift: timedelta
    number: int
    idea_id: UUID | None = None
    idea_number: str = ""
    token: str = ""
    confirm: str = ""
    scheduled: set[UUID] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    """The elements whose tasks were completed, in order"""
    answered: bool = False
    withdrawn: bool = False
    looks: int = 0
    """How often a look was put on the agenda; only the last one counts"""

    @property
    def destiny(self) -> str:
        """What becomes of the idea, a key of ideas.json."""
        return str(self.told["destiny"])

    @property
    def story(self) -> dict[str, Any]:
        """The texts that people of the county write about it."""
        found: dict[str, Any] = self.told["story"]
        return found

    @property
    def handed_in(self) -> datetime:
        """When it is handed in, moved to the present."""
        return datetime.fromisoformat(self.told["handed_in"]) + self.shift


def tell(house: House, progress: Progress, today: date | None = None) -> None:
    """Tell the whole story up to *today* (None: the day it is); *progress* hears (done, total, title)."""
    with house.look() as work:
        now = work.now
    day = today or now.astimezone(bodies.BERLIN).date()
    shift = timedelta(weeks=(day - TOLD_ON).days // 7)
    end = min(datetime(day.year, day.month, day.day, 7, 0, tzinfo=bodies.BERLIN), now)
    plans = [Plan(told, shift, number) for number, told in enumerate(_told())]
    _Teller(house, plans, end, progress).run()
    with house.work(now=end) as work:
        notices.forget(work)
        seal.seal(work)


class _Teller:
    """Works through what is to be done in the order of its moments."""

    def __init__(self, house: House, plans: list[Plan], end: datetime, progress: Progress) -> None:
        self._house, self._plans, self._end, self._progress = house, plans, end, progress
        self._order = itertools.count()
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._arrived = 0
        self._undertakings = Undertakings(house, self._at, end)

    def run(self) -> None:
        opens = min(plan.handed_in for plan in self._plans) - timedelta(days=1)
        self._at(opens, Office(self._house, self._plans, self._at).begin)
        self._at(opens, self._undertakings.begin)
        for plan in self._plans:
            self._at(plan.handed_in, partial(self._hand_in, plan))
        while self._agenda:
            moment, _, act = heapq.heappop(self._agenda)
            if moment >= self._end:
                continue
            worker.fire_timers(self._house, moment)
            act(moment)
            worker.deliver_messages(self._house, moment)
        worker.fire_timers(self._house, self._end)
        worker.deliver_messages(self._house, self._end)

    def _at(self, moment: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._agenda, (_office_hours(moment), next(self._order), act))

    # -- what citizens do ------------------------------------------------------------------------------------------

    def _hand_in(self, plan: Plan, now: datetime) -> None:
        told = plan.told
        said = {
            "title": told["title"], "text": told["text"], "theme": told["theme"], "municipality": told["municipality"],
            "connection": told["connection"], "mail": told["contact"], "under_16": told["under_16"],
            "consent": told["under_16"], "business_secret": told["business_secret"],
        }
        contest = self._undertakings.contest_open(now) if told.get("contest") else None
        with self._house.work(CITIZEN, now) as work:
            if contest is not None:
                idea, plan.token, _ = contests.hand_in(work, contest, **said)
            else:
                idea, plan.token = ideas.hand_in(work, **said)
            plan.idea_id, plan.idea_number = idea.id, idea.number
            if told["contact"]:
                plan.confirm = _confirmation(work, told["contact"])
        self._arrived += 1
        self._progress(self._arrived, len(self._plans), told["title"])
        if plan.confirm and plan.destiny not in ("wartet_auf_bestaetigung", "unbestaetigt"):
            self._at(now + timedelta(hours=5), partial(self._confirm, plan))
        self._look_again(plan, now + timedelta(hours=1))

    def _confirm(self, plan: Plan, now: datetime) -> None:
        with self._house.work(CITIZEN, now) as work:
            dialogues.confirm_contact(work, plan.confirm)
        self._look_again(plan, now + timedelta(hours=1))

    def _answer(self, plan: Plan, now: datetime) -> None:
        with self._house.work(CITIZEN, now) as work:
            dialogues.answer(work, plan.token, plan.story["antwort"])
        plan.answered = True
        self._look_again(plan, now + timedelta(hours=1))

    def _withdraw(self, plan: Plan, now: datetime) -> None:
        with self._house.work(CITIZEN, now) as work:
            dialogues.withdraw(work, plan.token)

    # -- what people of the county do --------------------------------------------------------------------------------

    def _look_again(self, plan: Plan, moment: datetime) -> None:
        plan.looks += 1
        turn = plan.looks
        self._at(moment, lambda now: self._follow(plan, now) if turn == plan.looks else None)

    def _follow(self, plan: Plan, now: datetime) -> None:
        """See where the idea stands and put on the agenda what happens next."""
        with self._house.look(now=now) as work:
            idea = work.get(Idea, plan.idea_id)
            final, asked = idea.status in acts.FINISHED, idea.status == "rueckfrage"
            waiting = [
                (task.id, task.element, acts.moment(plan, task.element, now))
                for instance in instances.of_subject(work, idea.id) if instance.status == "running"
                for task in tasks.siblings_open(work, instance.id) if task.id not in plan.scheduled
            ]
        if acts.withdraws(plan, [element for _, element, _ in waiting]):
            plan.withdrawn = True
            self._at(now + timedelta(days=2), partial(self._withdraw, plan))
            return
        for task_id, element, moment in waiting:
            if acts.stops(plan, element):
                continue
            plan.scheduled.add(task_id)
            self._at(moment, partial(self._complete, plan, task_id))
        if asked and plan.story.get("antwort") and not plan.answered and plan.destiny != "rueckfrage_offen" \
                and not waiting:
            self._at(now + timedelta(days=6), partial(self._answer, plan))
        elif not final:
            self._look_again(plan, now + timedelta(days=9))

    def _complete(self, plan: Plan, task_id: UUID, now: datetime) -> None:
        with self._house.look(now=now) as work:
            task = work.get(tasks.Task, task_id)
            if not task.is_open or acts.stops(plan, task.element):
                return
            merged = next((one.idea_number for one in self._plans if one.told["slug"] == plan.story.get("mit")), "")
            answers = acts.answers(plan, task, self._data(work, task), now.date(), merged)
            actor = self._actor(work, plan, task)
        claims = (plan.number + len(plan.done)) % 3 == 0 and task.assignee_id is None
        if claims:
            with self._house.work(actor, now - timedelta(hours=1)) as work:
                instances.claim(work, task_id)
        try:
            with self._house.work(actor, now) as work:
                instances.complete_task(work, task_id, answers)
        except Conflict:
            return  # a timer took the task away in the meantime
        plan.done.append(task.element)
        self._look_again(plan, now + timedelta(hours=2))

    def _actor(self, work: Work, plan: Plan, task: tasks.Task) -> Actor:
        if task.assignee_id is not None:
            return Actor("person", task.assignee_id)
        logins = county.logins_of(task.body)
        person = people.by_login(work, logins[plan.number % len(logins)])
        return Actor("person", person.id if person else None)

    @staticmethod
    def _data(work: Work, task: tasks.Task) -> dict[str, Any]:
        return instances.data_of(work, task)


def _confirmation(work: Work, mail: str) -> str:
    work.session.flush()
    text = work.session.scalar(select(Notice.text).where(Notice.to == mail).order_by(Notice.id.desc()).limit(1)) or ""
    found = re.search(r"/kontakt/(\S+)", text)
    return found[1] if found else ""


def _office_hours(moment: datetime) -> datetime:
    # Nobody works at night: what falls there is done the next morning, in the order it came.
    local = moment.astimezone(bodies.BERLIN)
    if local.hour < 7:
        return local.replace(hour=7, minute=30 + local.minute // 2)
    return local


@cache
def _told() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads((Path(__file__).parent / "ideas.json").read_text(encoding="utf-8"))
    return sorted(told, key=lambda one: datetime.fromisoformat(one["handed_in"]))
