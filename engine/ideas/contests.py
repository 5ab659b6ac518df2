"""Contests: a question, a window for ideas, a ranking by criteria fixed beforehand, and winners.

Whoever hands in within the window takes part; from the first second after it
an idea goes into the idea store like any other.  Ideas in a contest are checked
formally and then wait (p1) until the contest is decided (p0).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Invalid, NotFound, Sentence
from engine.history import events
from engine.ideas import ideas, statuses
from engine.ideas.ideas import Idea
from engine.identity import bodies, permissions
from engine.identity.bodies import BERLIN
from engine.identity.people import MISSING
from engine.runtime import instances, messages
from engine.runtime.instances import Instance
from engine.work import Work

BEGUN_BY, DECIDED = "wettbewerb_geplant", "wettbewerb_ergebnis"
STATES: dict[str, Sentence] = {
    "vorbereitet": Sentence("beginnt bald", "begins soon"),
    "laeuft": Sentence("läuft", "running"),
    "bewertung": Sentence("wird bewertet", "being rated"),
    "abgeschlossen": Sentence("entschieden", "decided"),
}
CRITERIA: dict[str, Sentence] = {
    "alltag": Sentence("Verbessert den Alltag im Landkreis", "Improves everyday life in the county"),
    "innovativ": Sentence("Ist innovativ und smart", "Is innovative and smart"),
    "machbar": Sentence("Ist machbar und in der genannten Zeit umsetzbar", "Is feasible within the time named"),
    "mehrwert": Sentence("Bringt der Region einen Mehrwert", "Adds value for the region"),
    "uebertragbar": Sentence("Lässt sich auf andere Orte im Landkreis übertragen",
                             "Can be transferred to other places in the county"),
    "mitmachen": Sentence("Wer die Idee hat, will bei der Umsetzung mitmachen",
                          "Whoever had the idea wants to help carry it out"),
}
"""What every contest asks for; all of them must hold."""
MOST, ENOUGH = 5, 2
"""The best mark a criterion can get, and the mean from which on it holds."""
EXPERTS, EACH = "expertenbeirat", 2
"""Whose members rate the ideas, and how many of them each."""


class Contest(Table):
    """One contest."""

    __tablename__ = "contest"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Its name in addresses"""
    title: Mapped[str] = mapped_column(String(120))
    question: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """The first moment after the window"""
    criteria: Mapped[list[Any]]
    """key, de, en of what ideas are rated by, as it was when the contest was set up"""
    body: Mapped[str] = mapped_column(String(64))
    """Who chooses the winners"""
    winners: Mapped[int]
    """How many may be chosen"""
    state: Mapped[str] = mapped_column(String(16))
    instance_id: Mapped[UUID] = mapped_column(unique=True)
    reason: Mapped[str]
    """Why these winners, in public"""

    def open_at(self, moment: datetime) -> bool:
        """Whether an idea handed in at this moment takes part."""
        return self.begins_at <= moment < self.ends_at

    @property
    def last_day(self) -> date:
        """The last day of the window."""
        return (self.ends_at - timedelta(seconds=1)).astimezone(BERLIN).date()


class ContestEntry(Table):
    """How one idea did in a contest."""

    __tablename__ = "contest_entry"
    __table_args__ = (UniqueConstraint("contest_id", "idea_id"),)

    contest_id: Mapped[UUID] = mapped_column(ForeignKey(Contest.id))
    idea_id: Mapped[UUID] = mapped_column(ForeignKey(Idea.id))
    points: Mapped[int]
    """Hundredths of a point: the sum of the criteria's means"""
    missed: Mapped[list[str]]
    """The criteria that do not hold"""
    rank: Mapped[int]
    chosen: Mapped[bool]


@dataclass(frozen=True)
class Ranked:
    """One idea's place, before anybody has chosen."""

    idea_id: str
    points: int
    missed: list[str]


def begin(work: Work) -> Instance:
    """Begin a contest: its first task is to set it up."""
    permissions.require(work, "contest")
    return instances.start_by_message(work, BEGUN_BY, {}, title="Neuer Ideenwettbewerb", business_key="Wettbewerb")


def set_up(
    work: Work, instance: Instance, *, title: str, question: str, begins_on: date, ends_on: date, by: str, body: str,
    winners: int,
) -> Contest:
    """Fix what a contest asks, when it runs (from 0:00 of the first day to 23:59:59 of the last) and who chooses.

    *by*: until when ideas have to be feasible. Invalid names each wrong field of the task.
    """
    fields: dict[str, list[Sentence]] = {}
    if not title.strip():
        fields["w_titel"] = [MISSING]
    if begins_on <= bodies.today(work):
        fields["w_beginn"] = [Sentence("Bitte wählen Sie einen Tag ab morgen.",
                                       "Please choose a day from tomorrow on.")]
    if ends_on < begins_on:
        fields["w_ende"] = [Sentence("Das Ende liegt vor dem Beginn.", "The end lies before the beginning.")]
    if winners < 1:
        fields["w_anzahl"] = [Sentence("Bitte eine Zahl ab 1 eingeben.", "Please enter a number from 1 on.")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    contest = work.add(Contest(
        key=_free_key(work, title, begins_on.year), title=title.strip()[:120], question=question.strip(),
        begins_at=datetime.combine(begins_on, time(), BERLIN),
        ends_at=datetime.combine(ends_on + timedelta(days=1), time(), BERLIN),
        criteria=[{"key": key, "de": said.de + (f" ({by})" if key == "machbar" and by else ""), "en": said.en}
                  for key, said in CRITERIA.items()],
        body=body, winners=winners, state="vorbereitet", instance_id=instance.id, reason="",
    ))
    work.session.flush()
    instance.subject_id, instance.title, instance.business_key = contest.id, contest.title, contest.key
    events.record(work, "contest.set_up", contest, instance, title=contest.title, begins_at=contest.begins_at,
                  ends_at=contest.ends_at, winners=winners, body=body)
    return contest


def hand_in(work: Work, key: str, **typed: Any) -> tuple[Idea, str, bool]:
    """Hand an idea in on a contest's page; also says whether it takes part.

    Late by a second is late: then the idea goes into the idea store like any other.
    """
    contest = by_key(work, key)
    in_time = contest.open_at(work.now)
    idea, token = ideas.hand_in(work, contest_id=contest.id if in_time else None, **typed)
    return idea, token, in_time


def turn(work: Work, contest: Contest, state: str) -> None:
    """Let a contest go on to *state* (a key of STATES)."""
    contest.state = state
    events.record(work, "contest.turned", contest, work.get(Instance, contest.instance_id), title=contest.title,
                  state=STATES[state].de)


def locked(work: Work, contest_id: UUID) -> Contest:
    """The contest, locked: whether ideas still wait for it and whether it is decided is asked one after the other."""
    query = select(Contest).where(Contest.id == contest_id).with_for_update()
    return work.session.scalars(query.execution_options(populate_existing=True)).one()


def is_undecided(work: Work, contest_id: UUID | None) -> bool:
    """Whether an idea that was handed in for this contest has to wait for it."""
    return contest_id is not None and locked(work, contest_id).state != "abgeschlossen"


def entries(work: Work, contest: Contest) -> tuple[list[Idea], list[Idea]]:
    """The ideas of a contest that are checked and wait for it, and those that are still being checked."""
    query = select(Idea).where(Idea.contest_id == contest.id).order_by(Idea.number)
    under_way = [idea for idea in work.session.scalars(query)
                 if idea.status not in statuses.FINAL and idea.status != "zurueckgestellt"]
    ready = [idea for idea in under_way if messages.receiver(work, DECIDED, str(idea.id)) is not None]
    return ready, [idea for idea in under_way if idea not in ready]


def raters(work: Work, ready: Sequence[Idea]) -> list[tuple[Idea, UUID]]:
    """Who rates which idea: EACH of the experts every idea, in turn, so that all have about as many."""
    experts = [person.id for person in bodies.members(work, EXPERTS)]
    if not experts:
        raise Invalid("Der Expertenbeirat hat keine Mitglieder, die bewerten könnten.",
                      "The expert advisory board has no members who could rate.")
    each = min(EACH, len(experts))
    return [(idea, experts[(each * place + turn) % len(experts)])
            for place, idea in enumerate(ready) for turn in range(each)]


def rank(ratings: Sequence[dict[str, Any]]) -> list[Ranked]:
    """The ideas from the best to the last: those for which every criterion holds first, then by points, then by number.

    *ratings*: idee_id, nummer and noten (criterion -> 0 to MOST), one for each rating.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for rating in sorted(ratings, key=lambda one: str(one["nummer"])):
        found.setdefault(str(rating["idee_id"]), []).append(rating["noten"])
    rows = []
    for idea_id, marks in found.items():
        means = {key: sum(int(one[key]) for one in marks) / len(marks) for key in CRITERIA}
        rows.append(Ranked(idea_id, round(100 * sum(means.values())), [key for key in CRITERIA if means[key] < ENOUGH]))
    return sorted(rows, key=lambda row: (bool(row.missed), -row.points))


def record(work: Work, contest: Contest, ranked: Sequence[Ranked]) -> None:
    """Write the ranking down; it is public once the contest is decided."""
    for place, row in enumerate(ranked, 1):
        work.add(ContestEntry(contest_id=contest.id, idea_id=UUID(row.idea_id), points=row.points, missed=row.missed,
                              rank=place, chosen=False))
    work.session.flush()


def decide(work: Work, contest_id: UUID, numbers: Sequence[str], reason: str) -> list[tuple[Idea, ContestEntry | None]]:
    """Close a contest with the ideas under *numbers* as its winners; returns every idea that waits for the result.

    Invalid for a number that does not take part, and for more winners than were announced.
    """
    contest = locked(work, contest_id)
    known = {work.get(Idea, row.idea_id).number: row for row in results(work, contest)}
    strangers = [number for number in numbers if number not in known]
    said: list[Sentence] = []
    if strangers:
        said.append(Sentence(f"Diese Nummern nehmen nicht teil: {', '.join(strangers)}.",
                             f"These numbers do not take part: {', '.join(strangers)}."))
    if len(set(numbers)) > contest.winners:
        said.append(Sentence(f"Ausgeschrieben sind {contest.winners} Plätze, hier stehen {len(set(numbers))}.",
                             f"{contest.winners} places were announced, here are {len(set(numbers))}."))
    if said:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields={"w_gewinner": said})
    for number in numbers:
        known[number].chosen = True
    contest.reason = reason.strip()
    turn(work, contest, "abgeschlossen")
    ready, _ = entries(work, contest)
    places = {row.idea_id: row for row in known.values()}
    return [(idea, places.get(idea.id)) for idea in ready]


def results(work: Work, contest: Contest) -> list[ContestEntry]:
    """The ranking of a contest, the best first."""
    query = select(ContestEntry).where(ContestEntry.contest_id == contest.id).order_by(ContestEntry.rank)
    return list(work.session.scalars(query))


def by_key(work: Work, key: str) -> Contest:
    """The contest under this name in addresses; NotFound if there is none."""
    found = work.session.scalar(select(Contest).where(Contest.key == key))
    if found is None:
        raise NotFound("Einen Wettbewerb unter dieser Adresse gibt es nicht. Bitte sehen Sie in der Liste nach.",
                       "There is no contest at this address. Please look at the list.")
    return found


def listing(work: Work) -> list[Contest]:
    """All contests, the latest first."""
    return list(work.session.scalars(select(Contest).order_by(Contest.begins_at.desc(), Contest.id)))


def running(work: Work) -> list[Contest]:
    """The contests whose window is open now, the one that closes next first."""
    query = select(Contest).where(Contest.begins_at <= work.now, Contest.ends_at > work.now)
    return list(work.session.scalars(query.order_by(Contest.ends_at, Contest.id)))


def of_contest(work: Work, contest: Contest) -> list[Idea]:
    """The public ideas that take part, by number."""
    query = select(Idea).where(Idea.contest_id == contest.id, Idea.public).order_by(Idea.number)
    return list(work.session.scalars(query))


def _free_key(work: Work, title: str, year: int) -> str:
    plain = title.casefold()
    for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(umlaut, written)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "wettbewerb"
    taken = set(work.session.scalars(select(Contest.key).where(Contest.key.startswith(f"{stem}-{year}"))))
    key, count = f"{stem}-{year}", 1
    while key in taken:
        count += 1
        key = f"{stem}-{year}-{count}"
    return key
