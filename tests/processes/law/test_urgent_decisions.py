"""Urgent decisions as § 42 LKO has them: reasons, consent, all members told, the next meeting may annul."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.council import agendas, meetings
from engine.council.agendas import AgendaItem
from engine.errors import Invalid, ProcessFailed
from engine.identity import bodies
from engine.notices import Notice
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from tests.council import Council, refused

LANDRAT, EXECUTIVE = "marlene.thielen", "renate.escher"
MEETING = ("kreisausschuss", "2026-04-14T17:00")
REASONS = "Die Förderung verfällt sonst am 31. März."
CONSENT = {"e_kv_anwesend": "3", "e_kv_ja": "2", "e_kv_nein": "0", "e_kv_enthaltung": "1", "e_kv_vorsitz": "ja"}


class Urgent:
    """One urgent decision in the place of the Kreisausschuss."""

    def __init__(self, council: Council, **said: Any) -> None:
        self.council, self.mails = council, list[Notice]()
        with council.house.work(now=council.clock.now) as work:
            self.id: UUID = instances.start_by_message(work, "eilentscheidung_beantragt", {"meldung": {
                "gremium": "kreisausschuss", "titel": "Mitfahrbank", "beschlussvorschlag": "Die Bank wird bestellt.",
                **said}}, title="Mitfahrbank").id

    def open(self) -> dict[str, UUID]:
        with self.council.look() as work:
            return {task.element: task.id for task in tasks.siblings_open(work, self.id)}

    def complete(self, element: str, answers: dict[str, Any], login: str = LANDRAT) -> None:
        with self.council.work(login) as work:
            instances.complete_task(work, self.open()[element], answers)
        with self.council.look() as work:
            self.mails += work.session.scalars(select(Notice))
        self.council.run()

    def decided(self, **consent: str) -> "Urgent":
        self.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": REASONS})
        self.complete("e_zustimmung", {**CONSENT, **consent}, EXECUTIVE)
        self.complete("e_entscheidung", {"e_ergebnis": "beschlossen", "e_wortlaut": "Die Bank wird bestellt."})
        return self

    def outcome(self) -> str | None:
        with self.council.look() as work:
            return work.get(Instance, self.id).outcome

    def items(self) -> list[AgendaItem]:
        with self.council.look() as work:
            return list(work.session.scalars(select(AgendaItem).where(AgendaItem.answer_to == str(self.id))))

    def results(self, meeting_id: UUID, result: str) -> None:
        """The meeting is held, this is what came of the item, and it is closed."""
        self.council.invite(meeting_id)
        self.council.run("2026-04-14T17:00")
        self.council.opened(meeting_id)
        with self.council.work() as work:
            agendas.settle(work, self.items()[0].id, result=result, wording="")
        self.council.complete(meeting_id, "m_sitzung")


def test_p42_lko_an_urgent_decision_is_on_the_agenda_of_the_next_meeting(council: Council) -> None:
    """Acceptance scenario 14."""
    found = council.meeting(*MEETING)
    Urgent(council).decided()
    with council.look() as work:
        item, = (row for row in agendas.of(work, meetings.show(work, found)) if row.role != "formalie")
    assert item.title == "Unterrichtung über die Eilentscheidung: Mitfahrbank"
    assert item.proposal == "Die Eilentscheidung wird aufgehoben."
    assert REASONS in item.note and "Die Bank wird bestellt." in item.note


def test_p42_lko_it_comes_on_the_next_agenda_even_after_the_editorial_deadline(council: Council) -> None:
    found = council.meeting(*MEETING)
    council.meeting("kreisausschuss", "2026-06-09T17:00")
    council.run("2026-04-02T08:00")
    urgent = Urgent(council).decided()
    assert [item.meeting_id for item in urgent.items()] == [found]


def test_p42_lko_all_members_learn_of_reasons_and_manner_at_once(council: Council) -> None:
    council.meeting(*MEETING)
    urgent = Urgent(council).decided()
    told = {mail.to: mail.text for mail in urgent.mails if mail.subject == "Eilentscheidung: Mitfahrbank"}
    with council.look() as work:
        members = {person.mail for key in ("kreistag", "kreisausschuss") for person in bodies.members(work, key)}
    assert told.keys() == members and len(members) >= 51
    assert all(REASONS in text and "Zustimmung des Kreisvorstands" in text and "§ 42 LKO" in text
               for text in told.values())


def test_p42_lko_nobody_decides_without_the_kreisvorstands_consent(council: Council) -> None:
    council.meeting(*MEETING)
    urgent = Urgent(council)
    urgent.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": REASONS})
    urgent.complete("e_zustimmung", {**CONSENT, "e_kv_ja": "1", "e_kv_nein": "2", "e_kv_enthaltung": "0"}, EXECUTIVE)
    assert urgent.outcome() == "end_normaler_weg"
    assert urgent.items() == [] and not any(mail.subject.startswith("Eilentscheidung") for mail in urgent.mails)


def test_p53_lko_the_chair_of_the_kreisvorstand_decides_a_tie(council: Council) -> None:
    council.meeting(*MEETING)
    urgent = Urgent(council)
    urgent.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": REASONS})
    urgent.complete("e_zustimmung", {**CONSENT, "e_kv_anwesend": "4", "e_kv_ja": "2", "e_kv_nein": "2",
                                     "e_kv_enthaltung": "0"}, EXECUTIVE)
    assert set(urgent.open()) == {"e_entscheidung"}


def test_p42_lko_without_a_quorum_hearing_those_present_is_enough(council: Council) -> None:
    council.meeting(*MEETING)
    urgent = Urgent(council).decided(e_kv_anwesend="2", e_kv_ja="0", e_kv_nein="2", e_kv_enthaltung="0")
    assert "2 von 4 nicht beschlussfähig" in urgent.items()[0].note
    assert any("Benehmen mit den Anwesenden" in mail.text for mail in urgent.mails)


def test_p42_lko_votes_of_the_kreisvorstand_must_add_up_to_those_present(council: Council) -> None:
    council.meeting(*MEETING)
    urgent = Urgent(council)
    urgent.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": REASONS})
    with refused(Invalid, "ergeben 3, anwesend sind aber 4"):
        urgent.complete("e_zustimmung", {**CONSENT, "e_kv_anwesend": "4"}, EXECUTIVE)
    with refused(Invalid, "von 1 bis 4"):
        urgent.complete("e_zustimmung", {**CONSENT, "e_kv_anwesend": "5"}, EXECUTIVE)
    assert set(urgent.open()) == {"e_zustimmung"}


def test_p42_lko_what_can_wait_goes_the_usual_way(council: Council) -> None:
    urgent = Urgent(council)
    urgent.complete("e_begruenden", {"e_begruenden": "kein_eilfall", "e_grund_normal": "Die Frist ist verlängert."})
    assert urgent.outcome() == "end_normaler_weg"


@pytest.mark.parametrize("body", ["lenkungsgruppe", "kreisvorstand"])
def test_p42_lko_only_a_resolution_of_kreistag_or_committee_can_be_replaced(council: Council, body: str) -> None:
    with pytest.raises(ProcessFailed) as caught:
        Urgent(council, gremium=body)
    assert isinstance(caught.value.__cause__, Invalid) and "§ 42 LKO" in caught.value.__cause__.de


def test_p42_lko_the_body_annuls_it_and_the_members_learn_of_that(council: Council) -> None:
    found = council.meeting(*MEETING)
    urgent = Urgent(council).decided()
    urgent.results(found, "beschlossen")
    urgent.complete("e_rechte", {"e_rechte": "nein", "e_rechte_begruendung": "Noch nichts bestellt."})
    assert any(mail.subject == "Eilentscheidung aufgehoben: Mitfahrbank" for mail in urgent.mails)
    urgent.complete("e_folgen", {"e_folgen": "Bestellung zurückgezogen."}, "katharina.vogelsang")
    assert urgent.outcome() == "end_aufgehoben"


def test_p42_lko_rights_of_third_parties_keep_it_in_force(council: Council) -> None:
    found = council.meeting(*MEETING)
    urgent = Urgent(council).decided()
    urgent.results(found, "beschlossen")
    urgent.complete("e_rechte", {"e_rechte": "ja", "e_rechte_begruendung": "Der Kaufvertrag ist geschlossen."})
    assert urgent.outcome() == "end_rechte_dritter"


@pytest.mark.parametrize("result", ["zur_kenntnis", "abgelehnt"])
def test_p42_lko_it_stays_if_the_body_does_not_annul_it(council: Council, result: str) -> None:
    found = council.meeting(*MEETING)
    urgent = Urgent(council).decided()
    urgent.results(found, result)
    assert urgent.outcome() == "end_bestaetigt"


def test_p42_lko_if_no_meeting_is_scheduled_the_office_is_asked_for_one(council: Council) -> None:
    urgent = Urgent(council).decided()
    assert set(urgent.open()) == {"t_termin"}
    found = council.meeting(*MEETING)
    with council.work() as work:
        instances.complete_task(work, urgent.open()["t_termin"], {})
    council.run()
    assert [item.meeting_id for item in urgent.items()] == [found]
