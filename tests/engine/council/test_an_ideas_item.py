"""An idea's third step waits for the meetings of real bodies: registered by message, held, and gone on with."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from engine.council import agendas, meetings
from engine.ideas import dialogues, ideas, resolutions
from engine.ideas.ideas import Idea
from engine.runtime import incidents, instances, steering, tasks
from engine.work import CITIZEN
from tests.council import Council
from tests.processes import answers
from tests.processes.test_p3 import DRAFT

SIGNED = {"t3_vorlage": answers.paper, "t3_pruefung": answers.money, "t3_zeichnung": answers.sign}
LENKUNGSGRUPPE, KREISAUSSCHUSS = "2026-04-14T17:00", "2026-05-11T17:00"


class Measure:
    """One idea whose draft is signed and on its way through the bodies."""

    steps: Mapping[str, Any] = SIGNED

    def __init__(self, council: Council, title: str = "Mitfahrbank", **paper: Any) -> None:
        self.council = council
        with council.house.work(CITIZEN, council.clock.now) as work:
            idea, self.token = ideas.hand_in(work, title=title, text="Eine Bank zum Mitfahren.",
                                             theme="mobilitaet", municipality="mayen", connection="lebt")
            self.id, number = idea.id, idea.number
        with council.house.work(now=council.clock.now) as work:
            for instance in instances.of_subject(work, self.id):
                steering.cancel(work, instance.id, "Der Test beginnt mit Schritt 3.")
        with council.house.work(now=council.clock.now) as work:
            self.instance_id = instances.start_by_message(
                work, "massnahme_entworfen", {
                    **DRAFT, "idee_id": str(self.id), "nummer": number, "titel": title, "thema": "mobilitaet",
                    "kommune": "mayen"},
                subject_id=self.id, business_key=number, title=title).id
        for element, typed in self.steps.items():
            self.complete(element, typed(**paper) if element == "t3_vorlage" else typed())

    def open(self) -> dict[str, UUID]:
        with self.council.look() as work:
            return {task.element: task.id for task in tasks.siblings_open(work, self.instance_id)}

    def complete(self, element: str, typed: dict[str, Any] | None = None) -> None:
        with self.council.house.work(now=self.council.clock.now) as work:
            instances.complete_task(work, self.open()[element], typed or {})
        self.council.run()

    def withdraw(self) -> None:
        with self.council.house.work(CITIZEN, self.council.clock.now) as work:
            dialogues.withdraw(work, self.token)
        self.council.run()
        self.complete("t3_rueckzug", {"t3_rueckzug": "zurueckgezogen"})

    @property
    def public(self) -> tuple[str, Any]:
        """The public status and its day."""
        with self.council.look() as work:
            idea = work.get(Idea, self.id)
            return idea.status, idea.meeting_on

    def outcome(self) -> str | None:
        with self.council.look() as work:
            return work.get(instances.Instance, self.instance_id).outcome

    def item(self, meeting_id: UUID) -> UUID:
        """Its item on the agenda of the meeting."""
        with self.council.look() as work:
            found = agendas.of(work, meetings.show(work, meeting_id))
            return next(item.id for item in found if item.subject_id == self.id)

    def results(self) -> list[tuple[str, str, int | None]]:
        with self.council.look() as work:
            return [(one.body, one.result, one.yes) for one in resolutions.of_idea(work, self.id)]


def held(council: Council, meeting_id: UUID, begins: str, there: int) -> None:
    """Invite to the meeting and open it at its hour, with so many members present."""
    council.invite(meeting_id)
    council.run(begins)
    council.opened(meeting_id)
    council.arrive(meeting_id, there)


def test_an_idea_goes_through_its_bodies_meetings_and_is_resolved(council: Council) -> None:
    advises, decides = (council.meeting("lenkungsgruppe", LENKUNGSGRUPPE),
                        council.meeting("kreisausschuss", KREISAUSSCHUSS))
    measure = Measure(council, betrag="100000")
    assert measure.public == ("beratung", date(2026, 4, 14))
    held(council, advises, LENKUNGSGRUPPE, 20)
    council.vote(advises, measure.item(advises), yes=18, no=1, abstained=1)
    council.concluded(measure.item(advises))
    council.complete(advises, "m_sitzung")
    assert measure.public == ("entscheidung", date(2026, 5, 11))
    held(council, decides, KREISAUSSCHUSS, 13)
    council.vote(decides, measure.item(decides), yes=9, no=2, abstained=2, text="Mit zwei Bänken statt einer.")
    council.concluded(measure.item(decides))
    council.complete(decides, "m_sitzung")
    assert measure.outcome() == "end_geaendert_beschlossen"
    assert measure.results() == [("lenkungsgruppe", "empfohlen", 18), ("kreisausschuss", "geaendert_beschlossen", 9)]
    with council.look() as work:
        assert incidents.listing(work).total == 0


def test_without_a_meeting_the_office_convenes_one_and_the_item_is_on_it(council: Council) -> None:
    measure = Measure(council)
    assert set(measure.open()) == {"t_termin"}
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure.complete("t_termin")
    assert measure.item(found)
    assert measure.public == ("beratung", date(2026, 4, 14))


def test_an_adjourned_item_is_on_the_next_agenda_by_itself(council: Council) -> None:
    first, second = (council.meeting("lenkungsgruppe", LENKUNGSGRUPPE),
                     council.meeting("lenkungsgruppe", "2026-06-09T17:00"))
    measure = Measure(council)
    held(council, first, LENKUNGSGRUPPE, 20)
    with council.work() as work:
        agendas.settle(work, measure.item(first), result="vertagt", wording="Es fehlt die Zeit.")
    council.complete(first, "m_sitzung")
    with council.look() as work:
        again = work.get(agendas.AgendaItem, measure.item(second))
        assert (again.carried_from_id, again.second_invitation) == (measure.item(first), False)
    assert measure.public == ("beratung", date(2026, 6, 9))


def test_a_cancelled_meeting_gives_the_idea_the_next_date(council: Council) -> None:
    first, second = (council.meeting("lenkungsgruppe", LENKUNGSGRUPPE),
                     council.meeting("lenkungsgruppe", "2026-06-09T17:00"))
    measure = Measure(council)
    with council.work() as work:
        meetings.cancel(work, first, reason="Der Saal ist nicht frei.")
    council.run()
    assert measure.public == ("beratung", date(2026, 6, 9))
    assert measure.item(second)


def test_a_meeting_that_is_moved_gives_the_idea_its_new_date(council: Council) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    with council.work() as work:
        moment = meetings.show(work, found).starts_at.replace(day=28)
        meetings.move(work, found, moment, place="", reason="Der Saal ist nicht frei.")
    council.run()
    assert measure.public == ("beratung", date(2026, 4, 28))


def test_a_measure_withdrawn_before_the_invitation_leaves_the_agenda(council: Council) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    measure.withdraw()
    assert measure.outcome() == "end_zurueckgezogen"
    with council.look() as work:
        assert work.get(agendas.AgendaItem, measure.item(found)).result == "abgesetzt"


def test_a_measure_withdrawn_after_the_invitation_ends_when_the_body_takes_it_off(council: Council) -> None:
    """§ 34 Abs. 7 GemO: after the invitation only the body can, with two thirds of those present."""
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    council.invite(found)
    measure.withdraw()
    assert measure.outcome() is None
    council.run(LENKUNGSGRUPPE)
    council.opened(found)
    council.arrive(found, 20)
    with council.work() as work:
        agendas.take_off(work, measure.item(found), reason="Zurückgezogen.", by_body=True)
    council.complete(found, "m_sitzung")
    assert measure.outcome() == "end_zurueckgezogen"
    assert measure.public[0] == "zurueckgezogen"


class Urgent:
    """The urgent decision that a measure has asked for."""

    def __init__(self, measure: Measure) -> None:
        self.council = measure.council
        with self.council.look() as work:
            self.id = next(one.id for one in instances.of_subject(work, measure.id)
                           if one.process_id == "s_eilentscheidung")

    def complete(self, element: str, typed: dict[str, Any]) -> None:
        with self.council.look() as work:
            task = next(task for task in tasks.siblings_open(work, self.id) if task.element == element)
        with self.council.house.work(now=self.council.clock.now) as work:
            instances.complete_task(work, task.id, typed)
        self.council.run()


def test_an_urgent_measure_is_decided_by_the_landrat_and_goes_on(council: Council) -> None:
    """§ 42 LKO: with the consent of the Kreisvorstand, in the place of the Kreisausschuss."""
    measure = Measure(council, betrag="100000", eilbeduerftig="ja")
    assert measure.public == ("entscheidung", None)
    urgent = Urgent(measure)
    urgent.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": "Die Förderung verfällt sonst."})
    urgent.complete("e_zustimmung", {"e_kv_anwesend": "3", "e_kv_ja": "2", "e_kv_nein": "0", "e_kv_enthaltung": "1",
                                     "e_kv_vorsitz": "ja"})
    urgent.complete("e_entscheidung", {"e_ergebnis": "beschlossen", "e_wortlaut": "Die Bank wird bestellt."})
    assert measure.outcome() == "end_beschlossen"
    assert measure.results() == [("landrat", "beschlossen", None)]


def test_without_the_kreisvorstands_consent_an_urgent_measure_comes_to_the_next_meeting(council: Council) -> None:
    found = council.meeting("kreisausschuss", LENKUNGSGRUPPE)
    measure = Measure(council, betrag="100000", eilbeduerftig="ja")
    urgent = Urgent(measure)
    urgent.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": "Die Förderung verfällt sonst."})
    urgent.complete("e_zustimmung", {"e_kv_anwesend": "3", "e_kv_ja": "1", "e_kv_nein": "2", "e_kv_enthaltung": "0",
                                     "e_kv_vorsitz": "ja"})
    assert measure.item(found)
    assert measure.public == ("entscheidung", date(2026, 4, 14))
