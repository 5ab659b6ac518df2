"""A contest from its announcement to its winners: window, ratings, ranking, the jury, and what becomes of all."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from engine.council import agendas, meetings
from engine.errors import Forbidden, Invalid
from engine.ideas import contests
from engine.ideas.contests import Contest
from engine.runtime import incidents, instances, tasks
from engine.work import CITIZEN
from tests.council import Council, refused
from tests.engine.council.test_an_ideas_item import held
from tests.journeys import IDEA, Journey
from tests.processes import answers
from tests.processes.law.test_acceptance import CDO, announced

MARKS = ("alltag", "innovativ", "machbar", "mehrwert", "uebertragbar", "mitmachen")
JURY = "2026-06-09T17:00"


class Entry(Journey):
    """An idea of a contest."""

    def __init__(self, council: Council, key: str, title: str) -> None:
        self.council = council
        with council.house.work(CITIZEN, council.clock.now) as work:
            idea, self.token, _ = contests.hand_in(work, key, **{**IDEA, "title": title})
            self.id, self.number = idea.id, idea.number
        council.run()


def of(council: Council, key: str) -> Contest:
    with council.look() as work:
        return contests.by_key(work, key)


def open_tasks(council: Council, key: str) -> list[Any]:
    with council.look() as work:
        return tasks.siblings_open(work, contests.by_key(work, key).instance_id)


def complete(council: Council, task_id: UUID, typed: dict[str, Any]) -> None:
    with council.house.work(now=council.clock.now) as work:
        instances.complete_task(work, task_id, typed)
    council.run()


def rated(council: Council, key: str, marks: dict[str, int]) -> None:
    """Every rating is given: the same mark for every criterion, by the idea's number."""
    for task in open_tasks(council, key):
        with council.house.look(now=council.clock.now) as work:
            number = instances.data_of(work, work.get(tasks.Task, task.id))["bewertung"]["nummer"]
        complete(council, task.id, {**{f"n_{name}": marks[number] for name in MARKS}, "n_grund": "Gut begründet."})


@pytest.fixture
def entered(council: Council) -> tuple[str, list[Entry]]:
    """A contest with three checked ideas, whose window has closed."""
    key = announced(council)
    council.run("2026-03-10T08:00")
    ideas = [Entry(council, key, f"Ein Vorschlag für das Dorf, Nummer {number}") for number in (1, 2, 3)]
    for one in ideas:
        one.do("t1_formal")
        one.do("t1_dublette", answers.duplicate())
    council.run("2026-03-21T00:00:00")
    return key, ideas


def test_ideas_of_a_contest_wait_after_the_formal_check(
    council: Council, entered: tuple[str, list[Entry]]
) -> None:
    assert all(one.open == [] and one.outcomes == {"p1_idee_qualifizieren": None} for one in entered[1])
    assert of(council, entered[0]).state == "bewertung"


def test_the_jury_chooses_in_its_meeting_and_everybody_goes_on(
    council: Council, entered: tuple[str, list[Entry]]
) -> None:
    key, (first, second, third) = entered
    meeting = council.meeting("lenkungsgruppe", JURY)
    [task] = open_tasks(council, key)
    complete(council, task.id, {"w_sichten": "vollstaendig"})
    waiting = open_tasks(council, key)
    assert {task.element for task in waiting} == {"w_bewerten"} and len(waiting) == 6
    assert len({task.assignee_id for task in waiting}) >= 2
    rated(council, key, {first.number: 3, second.number: 5, third.number: 1})
    with council.look() as work:
        ranked = contests.results(work, contests.by_key(work, key))
        assert [(row.idea_id, row.points, bool(row.missed)) for row in ranked] == [
            (second.id, 3000, False), (first.id, 1800, False), (third.id, 600, True)]
        [item] = [one for one in agendas.of(work, meetings.show(work, meeting)) if "Ideenwettbewerb" in one.title]
        assert second.number in item.proposal and not item.public
    held(council, meeting, JURY, 20)
    council.vote(meeting, item.id, yes=20)
    council.concluded(item.id)
    council.complete(meeting, "m_sitzung")
    [task] = open_tasks(council, key)
    assert task.element == "w_ergebnis"
    with refused(Invalid, "2026-09999", "nehmen nicht teil"):
        complete(council, task.id, {"w_gewinner": "2026-09999", "w_begruendung": "Beste Idee."})
    with refused(Invalid, "Ausgeschrieben sind 1 Plätze"):
        complete(council, task.id, {"w_gewinner": f"{first.number}\n{second.number}", "w_begruendung": "Beste Idee."})
    complete(council, task.id, {"w_gewinner": second.number, "w_begruendung": "Die Idee hilft sofort."})
    assert second.status == "qualifiziert" and second.reason[1] == "Die Idee hilft sofort."
    assert second.waits_at("t2_zuordnen")
    assert first.waits_at("t1_vorpruefung") and third.waits_at("t1_vorpruefung")
    assert of(council, key).state == "abgeschlossen"
    assert [task.element for task in open_tasks(council, key)] == ["w_werkstatt"]
    with council.look() as work:
        assert incidents.listing(work).total == 0


def test_an_unchecked_idea_holds_the_rating_up_until_somebody_goes_on_without_it(council: Council) -> None:
    key = announced(council)
    council.run("2026-03-10T08:00")
    unchecked = Entry(council, key, "Noch nicht geprüft")
    council.run("2026-03-21T00:00:00")
    [task] = open_tasks(council, key)
    with refused(Invalid, unchecked.number, "Noch nicht fertig geprüft"):
        complete(council, task.id, {"w_sichten": "vollstaendig"})
    complete(council, task.id, {"w_sichten": "ohne_offene"})
    [task] = open_tasks(council, key)
    complete(council, task.id, {"w_gewinner": "", "w_begruendung": "Niemand hat teilgenommen."})
    assert of(council, key).state == "abgeschlossen"
    unchecked.do("t1_formal")
    unchecked.do("t1_dublette", answers.duplicate())
    assert unchecked.waits_at("t1_vorpruefung")


def test_an_idea_can_be_withdrawn_while_it_waits(council: Council, entered: tuple[str, list[Entry]]) -> None:
    entered[1][0].withdraw()
    assert entered[1][0].status == "zurueckgezogen"
    with council.look() as work:
        assert len(contests.entries(work, contests.by_key(work, entered[0]))[0]) == 2


def test_a_late_rating_is_reminded(council: Council, entered: tuple[str, list[Entry]]) -> None:
    [task] = open_tasks(council, entered[0])
    complete(council, task.id, {"w_sichten": "vollstaendig"})
    council.clock.advance(days=11)
    council.run()
    with council.look() as work:
        assert incidents.listing(work).total == 0
    assert {task.element for task in open_tasks(council, entered[0])} == {"w_bewerten"}


def test_an_announcement_needs_days_that_fit(council: Council) -> None:
    with council.work(CDO) as work:
        instance = contests.begin(work)
    with council.look() as work:
        [task] = tasks.siblings_open(work, instance.id)
    typed = {"w_titel": "Gutes Leben", "w_frage": "Was hilft?", "w_beginn": "2020-01-01", "w_ende": "2019-01-01",
             "w_anzahl": 1}
    with refused(Invalid, "Bitte wählen Sie einen Tag ab morgen.", "Das Ende liegt vor dem Beginn."):
        complete(council, task.id, typed)


def test_only_the_office_plans_contests(council: Council) -> None:
    with pytest.raises(Forbidden), council.work("carla.rossmann") as work:
        contests.begin(work)


def test_the_window_is_told_in_days(council: Council) -> None:
    contest = of(council, announced(council))
    assert (contest.last_day, contest.key) == (date(2026, 3, 20), "gutes-leben-im-dorf-2026")
