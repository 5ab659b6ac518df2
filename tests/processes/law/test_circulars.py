"""Circulars as § 28 Abs. 3 LKO has them (§ 35 Abs. 3 GemO), and as advisory bodies may have them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.council import agendas, circulars, meetings, standing_orders
from engine.council.agendas import AgendaItem
from engine.council.circulars import Circular
from engine.errors import Conflict, Forbidden, Invalid
from engine.identity import bodies
from engine.identity.people import Person
from engine.notices import Notice
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from engine.work import Actor
from tests.council import Council, refused

ADVISERS, ORGAN = "lenkungsgruppe", "kreisausschuss"
FOUND = {"authority": "Aufsichts- und Dienstleistungsdirektion", "date": "2026-03-01", "reference": "17-4/2026"}


class Round:
    """One circular on its way through the members of a body."""

    def __init__(self, council: Council, body: str, emergency: dict[str, str] | None = None) -> None:
        self.council, self.body = council, body
        with council.work() as work:
            row = circulars.begin(work, meetings.body_of(work, body), question="Logo der Smarten Region",
                                  proposal="Das Logo wird verwendet.", emergency=emergency)
            self.id, self.instance_id = row.id, row.instance_id
        with council.look() as work:
            self.members = [person.id for _, person in circulars.members(work, work.get(Circular, self.id))]

    def answer(self, member: int, choice: str, **how: Any) -> None:
        """What one member answers, in their own name."""
        with self.council.house.work(Actor("person", self.members[member]), self.council.clock.now) as work:
            circulars.vote(work, self.id, choice, **how)

    def all_answer(self, *choices: str) -> "Round":
        """The members answer in turn; who is left abstains."""
        for number, _ in enumerate(self.members):
            self.answer(number, choices[number] if number < len(choices) else "enthaltung")
        self.council.run()
        return self

    def wait(self, days: int) -> None:
        self.council.clock.advance(days=days)
        self.council.run()

    @property
    def row(self) -> Circular:
        with self.council.look() as work:
            return work.get(Circular, self.id)

    @property
    def end(self) -> str | None:
        with self.council.look() as work:
            return work.get(Instance, self.instance_id).outcome

    def items(self) -> list[str]:
        with self.council.look() as work:
            return list(work.session.scalars(
                select(AgendaItem.title).where(AgendaItem.answer_to == str(self.instance_id))))

    def complete(self, element: str, answers: dict[str, Any]) -> None:
        with self.council.work() as work:
            task, = (one for one in tasks.siblings_open(work, self.instance_id) if one.element == element)
            instances.complete_task(work, task.id, answers)
        self.council.run()


def held(council: Council, meeting_id: UUID, result: str) -> None:
    """The meeting that called it up is held and closed."""
    council.invite(meeting_id)
    council.run("2026-04-14T17:00")
    council.opened(meeting_id)
    with council.work() as work:
        item, = (row for row in agendas.of(work, meetings.show(work, meeting_id)) if row.role != "formalie")
        agendas.settle(work, item.id, result=result)
    council.complete(meeting_id, "m_sitzung")


def test_p28_abs3_lko_without_an_emergency_an_organ_is_not_offered_one(council: Council) -> None:
    """Acceptance scenario 13, first half."""
    with council.look() as work:
        assert circulars.allowed(work, meetings.body_of(work, "kreistag")) == "notlage"
        assert circulars.allowed(work, meetings.body_of(work, ADVISERS)) == "ja"
    with refused(Conflict, "Notlage", "Aufsichtsbehörde", "§ 28 Abs. 3 LKO"):
        Round(council, "kreistag")
    with council.look() as work:
        assert circulars.listing(work) == []


@pytest.mark.parametrize("missing", ["authority", "date", "reference"])
def test_p28_abs3_lko_the_finding_needs_authority_day_and_reference(council: Council, missing: str) -> None:
    with refused(Invalid, "wer die Notlage wann"):
        Round(council, ORGAN, {**FOUND, missing: ""})


def test_p28_abs3_lko_a_finding_of_tomorrow_is_none(council: Council) -> None:
    with refused(Invalid, "in der Zukunft"):
        Round(council, ORGAN, {**FOUND, "date": "2026-03-03"})


def test_p28_abs3_lko_the_first_objection_ends_it_at_once(council: Council) -> None:
    """Acceptance scenario 13, second half."""
    council.meeting(ORGAN, "2026-04-14T17:00")
    circular = Round(council, ORGAN, FOUND)
    circular.answer(0, "ja")
    circular.answer(1, "widerspruch", reason="Das gehört besprochen.")
    assert circular.row.outcome == "widerspruch"
    with refused(Conflict, "durch Widerspruch beendet"):
        circular.answer(2, "ja")
    council.run()
    assert circular.items() == ["Logo der Smarten Region"]


def test_p28_abs3_lko_what_an_organ_decided_is_called_up_in_its_next_meeting(council: Council) -> None:
    council.meeting(ORGAN, "2026-04-14T17:00")
    circular = Round(council, ORGAN, FOUND).all_answer(*["ja"] * 10, "nein")
    assert circular.row.outcome == "beschlossen"
    assert circular.items() == ["Aufruf der im Umlauf gefassten Beschlüsse: Logo der Smarten Region"]
    with council.look() as work:
        note = work.session.scalars(select(AgendaItem.note).where(AgendaItem.answer_to.is_not(None))).one()
    assert "17-4/2026" in note and "10 Ja, 1 Nein, 4 Enthaltungen von 15 Mitgliedern" in note


@pytest.mark.parametrize(("result", "rights", "end"), [
    ("zur_kenntnis", None, "end_beschluss"), ("abgelehnt", None, "end_beschluss"),
    ("beschlossen", "nein", "end_aufgehoben"), ("beschlossen", "ja", "end_rechte_dritter"),
])
def test_p28_abs3_lko_the_meeting_may_annul_it_unless_third_parties_have_rights(
    council: Council, result: str, rights: str | None, end: str
) -> None:
    found = council.meeting(ORGAN, "2026-04-14T17:00")
    circular = Round(council, ORGAN, FOUND).all_answer(*["ja"] * 15)
    held(council, found, result)
    if rights is not None:
        circular.complete("u_rechte", {"u_rechte": rights, "u_rechte_begruendung": "Geprüft."})
    assert circular.end == end
    assert circular.row.outcome == ("aufgehoben" if end == "end_aufgehoben" else "beschlossen")


def test_p32_abs1_lko_an_organs_circular_needs_a_quorum_of_answers(council: Council) -> None:
    council.meeting(ORGAN, "2026-04-14T17:00")
    circular = Round(council, ORGAN, FOUND)
    for member in range(7):
        circular.answer(member, "ja")
    circular.wait(days=9)
    assert circular.row.outcome == "ohne_beschluss"
    assert circular.items() == ["Logo der Smarten Region"]


def test_p33_lko_a_tie_is_a_rejection_in_a_circular_too(council: Council) -> None:
    circular = Round(council, ORGAN, FOUND).all_answer(*["ja"] * 5, *["nein"] * 5)
    assert circular.row.outcome == "abgelehnt" and circular.end == "end_beraten"


def test_p16_lko_whoever_has_a_conflict_of_interest_says_so_and_does_not_vote(council: Council) -> None:
    circular = Round(council, ADVISERS)
    with refused(Invalid, "§ 16 LKO"):
        circular.answer(0, "befangen")
    circular.answer(0, "befangen", reason="Das Logo stammt von meinem Bruder.")
    for member in range(1, len(circular.members)):
        circular.answer(member, "ja")
    ruling = circular.row.ruling or {}
    assert (ruling["excluded"], ruling["yes"]) == (1, len(circular.members) - 1)


def test_an_advisory_body_recommends_by_circular_as_its_rules_allow(council: Council) -> None:
    circular = Round(council, ADVISERS).all_answer("ja", "ja", "nein")
    assert (circular.row.outcome, circular.end) == ("empfohlen", "end_beraten")
    assert (circular.row.ruling or {})["paragraph"] == standing_orders.OWN_RULES
    assert circular.items() == []


def test_a_bodys_rules_may_forbid_it(council: Council) -> None:
    with council.house.work(now=council.clock.now) as work:
        standing_orders.change(work, meetings.body_of(work, ADVISERS), "circular", "nein", "§ 7 Geschäftsordnung")
    with refused(Conflict, "beschließt nicht im Umlauf", "§ 7 Geschäftsordnung"):
        Round(council, ADVISERS)


def test_after_three_days_those_are_reminded_who_have_not_answered(council: Council) -> None:
    circular = Round(council, ADVISERS)
    circular.answer(0, "ja")
    with council.house.work(now=council.clock.now) as work:
        assert circulars.remind(work, circular.id) == len(circular.members) - 1
        told = {row.to for row in work.session.scalars(select(Notice)) if row.subject.startswith("Erinnerung an den")}
    with council.look() as work:
        assert work.get(Person, circular.members[0]).mail not in told


def test_it_ends_when_its_seven_days_are_over(council: Council) -> None:
    circular = Round(council, ADVISERS)
    circular.answer(0, "ja")
    circular.wait(days=7)
    assert circular.row.outcome is None
    circular.wait(days=1)
    assert circular.row.outcome == "empfohlen"


def test_an_answer_stays_as_it_was_given(council: Council) -> None:
    circular = Round(council, ADVISERS)
    circular.answer(0, "ja")
    with refused(Conflict, "schon am 02.03.2026"):
        circular.answer(0, "nein")


def test_who_has_no_seat_cannot_answer(council: Council) -> None:
    circular = Round(council, ADVISERS)
    with refused(Forbidden, "keinen Sitz"), council.work("tobias.lindenlaub") as work:
        circulars.vote(work, circular.id, "ja")


def test_p23_lko_in_the_kreistag_nobody_answers_for_somebody_else(council: Council) -> None:
    circular = Round(council, "kreistag", FOUND)
    with council.house.work(now=council.clock.now) as work:
        member, deputy = (work.get(Person, council.person(login))
                          for login in ("renate.escher", "tobias.lindenlaub"))
        bodies.appoint_deputy(work, member, deputy, valid_from=bodies.today(work))
    with refused(Forbidden, "keinen Sitz"), council.work("tobias.lindenlaub") as work:
        circulars.vote(work, circular.id, "ja", member_id=council.person("renate.escher"))


def test_in_advisory_bodies_who_stands_in_generally_does_not_answer(council: Council) -> None:
    circular = Round(council, ADVISERS)
    with council.house.work(now=council.clock.now) as work:
        bodies.appoint_deputy(work, *(work.get(Person, council.person(login))
                                      for login in ("renate.escher", "tobias.lindenlaub")),
                              valid_from=bodies.today(work))
    with refused(Forbidden, "keinen Sitz"), council.work("tobias.lindenlaub") as work:
        circulars.vote(work, circular.id, "ja")


def test_a_deputy_answers_for_the_member_and_the_history_names_both(council: Council) -> None:
    circular = Round(council, ADVISERS)
    member = council.person("renate.escher")
    with council.house.work(now=council.clock.now) as work:
        bodies.appoint_deputy(work, *(work.get(Person, council.person(login))
                                      for login in ("renate.escher", "tobias.lindenlaub")),
                              valid_from=bodies.today(work), body=meetings.body_of(work, ADVISERS))
    with council.work("tobias.lindenlaub") as work:
        given = circulars.vote(work, circular.id, "ja")
        assert (given.member_id, given.person_id) == (member, council.person("tobias.lindenlaub"))
    with council.look() as work:
        told = instances.history(work, work.get(Instance, circular.instance_id))
    entry, = (one for one in told if one.verb == "circular.answered")
    assert entry.acting_for == "Renate Escher" and entry.actor.de == "Dr. Tobias Lindenlaub"
