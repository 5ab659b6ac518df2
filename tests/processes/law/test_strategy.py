"""The strategy is changed by the Kreistag after all have advised, and the Digitale Agenda continued on its day."""

from typing import Any
from uuid import UUID

import pytest

from engine.council import agendas, meetings, papers
from engine.errors import Conflict, Forbidden
from engine.ideas import strategies
from engine.runtime import incidents, instances, steering, tasks
from tests.council import Council, refused
from tests.engine.council.test_an_ideas_item import held
from tests.engine.ideas.test_letters import decided
from tests.journeys import Journey
from tests.processes.law.test_acceptance import CDO

DAYS = {"expertenbeirat": "2026-06-02T16:00", "lenkungsgruppe": "2026-07-07T17:00",
        "zukunftsausschuss": "2026-08-11T17:00", "kreistag": "2026-09-14T16:00"}
THERE = {"expertenbeirat": 8, "lenkungsgruppe": 20, "zukunftsausschuss": 12, "kreistag": 45}


class Change:
    """A change of the strategy on its way."""

    def __init__(self, council: Council) -> None:
        self.council = council
        self.meetings = {body: council.meeting(body, day) for body, day in DAYS.items()}
        with council.work(CDO) as work:
            self.id: UUID = strategies.begin_change(work).id
        council.run()
        self.do("st_entwurf", st_titel="Neue Mobilität", st_anlass="Neues Förderprogramm.",
                st_text="Wir fahren gemeinsam.")
        self.do("st_beteiligung", st_beteiligung="120 Menschen stimmten zu.")

    def open(self) -> dict[str, UUID]:
        with self.council.look() as work:
            return {task.element: task.id for task in tasks.siblings_open(work, self.id)}

    def do(self, element: str, **typed: Any) -> None:
        with self.council.house.work(now=self.council.clock.now) as work:
            instances.complete_task(work, self.open()[element], typed)
        self.council.run()

    def decided(self, body: str, result: str = "") -> None:
        """The body's meeting is held and has decided on it; *result*: without a vote."""
        meeting, council = self.meetings[body], self.council
        held(council, meeting, DAYS[body], THERE[body])
        with council.look() as work:
            [item] = [one for one in agendas.of(work, meetings.show(work, meeting)) if "Strategie" in one.title]
        if result:
            with council.work() as work:
                agendas.settle(work, item.id, result=result, wording="Das geht nicht weit genug.")
        else:
            council.vote(meeting, item.id, yes=THERE[body])
            council.concluded(item.id)
        council.complete(meeting, "m_sitzung")

    def outcome(self) -> str | None:
        with self.council.look() as work:
            return work.get(instances.Instance, self.id).outcome


def first_version(council: Council) -> None:
    with council.house.work(now=council.clock.now) as work:
        instance = instances.start_by_message(work, "strategie_aenderung", {}, title="Strategie")
        strategies.publish(work, instance, title="Strategie 2023", text="Der Anfang.",
                           decided_on=council.clock.now.date(), wording="Beschlossen.")
    with council.house.work(now=council.clock.now) as work:
        steering.cancel(work, instance.id, "Nur die erste Fassung wurde gebraucht.")


def test_the_kreistag_decides_after_all_have_advised_and_the_new_version_is_public(council: Council) -> None:
    change = Change(council)
    for body in DAYS:
        change.decided(body)
    with council.look() as work:
        holds = strategies.current(work)
        assert holds is not None and (holds.version, holds.title) == (1, "Neue Mobilität")
        assert holds.decided_on.isoformat() == "2026-09-14"
    change.do("st_melden", st_antwort="BMWSB und KfW stimmen zu.")
    change.do("st_nachpruefung", st_nachpruefung="Keine.")
    assert change.outcome() == "end_geaendert"
    with council.look() as work:
        assert incidents.listing(work).total == 0


def test_concerns_come_to_the_cdo_who_may_have_it_written_again(council: Council) -> None:
    change = Change(council)
    change.decided("expertenbeirat")
    change.decided("lenkungsgruppe", "nicht_empfohlen")
    change.decided("zukunftsausschuss")
    with council.look() as work:
        data = instances.data_of(work, work.get(tasks.Task, change.open()["st_weiter"]))
        assert "Lenkungsgruppe: nicht empfohlen. Das geht nicht weit genug." in data["st_hinweise"]
    change.do("st_weiter", st_weiter="ueberarbeiten", st_weiter_grund="Die Einwände sind richtig.")
    assert set(change.open()) == {"st_entwurf"}


def test_who_gives_the_change_up_ends_it(council: Council) -> None:
    change = Change(council)
    change.decided("expertenbeirat", "nicht_empfohlen")
    change.decided("lenkungsgruppe")
    change.decided("zukunftsausschuss")
    change.do("st_weiter", st_weiter="aufgeben", st_weiter_grund="Es bleibt beim Alten.")
    assert change.outcome() == "end_aufgegeben"
    with council.look() as work:
        assert strategies.current(work) is None


def test_a_running_idea_keeps_the_strategy_it_was_rated_with(council: Council) -> None:
    first_version(council)
    before = Journey(council)
    before.goes_to("t1_entscheid")
    change = Change(council)
    for body in DAYS:
        change.decided(body)
    assert before.number in str(data_at(council, change.open()["st_melden"])["st_nachpruefen_text"])
    before.goes_to("t3_pruefung")
    after = Journey(council, title="Eine Bank am Weiher")
    after.goes_to("t1_entscheid")
    with council.look() as work:
        paper = papers.of_instance(work, before.instance("p3_entscheiden").id)
        assert paper is not None
        head = dict(papers.document(work, paper).blocks[0].rows)
        assert head["Bewertet nach der Strategie"].startswith("Fassung 1 vom ")
    assert data_at(council, after.open[0].id)["strategie"]["stand"] == "Fassung 2 vom 14.09.2026"


def data_at(council: Council, task_id: UUID) -> dict[str, Any]:
    with council.house.look(now=council.clock.now) as work:
        return instances.data_of(work, work.get(tasks.Task, task_id))


def test_the_agenda_is_continued_on_its_day_each_year(council: Council) -> None:
    with council.work(CDO) as work:
        instance_id = strategies.continue_yearly(work).id
    with refused(Conflict, "läuft schon"), council.work(CDO) as work:
        strategies.continue_yearly(work)
    council.run("2027-01-15T08:59")
    with council.look() as work:
        assert tasks.siblings_open(work, instance_id) == []
    council.run("2027-01-15T09:01")
    with council.look() as work:
        assert strategies.next_day(work).isoformat() == "2028-01-15T09:00:00+01:00"
        assert strategies.is_continued(work) and incidents.listing(work).total == 0
    with council.work(CDO) as work:
        strategies.stop_continuing(work)
    with council.look() as work:
        assert work.get(instances.Instance, instance_id).outcome == "end_eingestellt"


def test_what_was_adopted_since_last_year_goes_through_the_bodies_onto_the_agenda(council: Council) -> None:
    measure = decided(council, 11, 2)
    with council.work(CDO) as work:
        instance_id = strategies.continue_yearly(work).id
    days = {"lenkungsgruppe": "2027-03-02T17:00", "zukunftsausschuss": "2027-04-06T17:00",
            "kreistag": "2027-05-10T16:00"}
    evenings = {body: council.meeting(body, day) for body, day in days.items()}
    council.run("2027-01-15T09:01")
    with council.look() as work:
        [task] = tasks.siblings_open(work, instance_id)
    assert "Mitfahrbank" in data_at(council, task.id)["ag_text"]
    with council.house.work(now=council.clock.now) as work:
        instances.complete_task(work, task.id, {"ag_text": data_at(council, task.id)["ag_text"]})
    council.run()
    for body, day in days.items():
        held(council, evenings[body], day, THERE[body])
        with council.look() as work:
            [item] = [one for one in agendas.of(work, meetings.show(work, evenings[body])) if "Agenda" in one.title]
        council.vote(evenings[body], item.id, yes=THERE[body])
        council.concluded(item.id)
        council.complete(evenings[body], "m_sitzung")
    with council.look() as work:
        [edition] = strategies.editions(work)
        assert "Mitfahrbank" in edition.text and edition.decided_on.isoformat() == "2027-05-10"
        assert strategies.adopted_since_last(work) == [] and measure.id
        assert incidents.listing(work).total == 0 and strategies.is_continued(work)


def test_only_the_office_changes_the_strategy(council: Council) -> None:
    with pytest.raises(Forbidden), council.work("carla.rossmann") as work:
        strategies.begin_change(work)
