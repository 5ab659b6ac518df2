"""Quorums, majorities and exclusions as municipal law has them (§§ 16, 28, 32, 33, 53 LKO), in real meetings."""

from typing import Any
from uuid import UUID

import pytest

from engine.council import agendas, attendance, ballots, meetings, recusals
from engine.errors import Conflict, Forbidden, Invalid
from engine.identity import bodies
from tests.council import Council, refused

KREISTAG, COMMITTEE = ("kreistag", "2026-04-20T16:00"), ("kreisausschuss", "2026-04-14T17:00")


def evening(council: Council, body: tuple[str, str], present: int, **item: Any) -> tuple[UUID, UUID, list[UUID]]:
    """A meeting in session with one item and *present* members."""
    found = council.meeting(*body)
    item_id = council.item(found, **item)
    council.invite(found)
    council.run(body[1])
    council.opened(found)
    return found, item_id, council.arrive(found, present)


def exclude(council: Council, item_id: UUID, persons: list[UUID]) -> None:
    with council.work() as work:
        for person_id in persons:
            recusals.declare(work, item_id, "Mitglied im Vorstand des Trägers.", person_id=person_id)


def test_p32_abs1_lko_26_of_51_present_are_a_quorum(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 26)
    ruling = council.standing(found, item).quorum
    assert (ruling.holds, ruling.paragraph) == (True, "§ 32 Abs. 1 Satz 1 LKO")


def test_p32_abs1_lko_25_of_51_present_are_none_and_cannot_vote(council: Council) -> None:
    """Acceptance scenario 10, first half."""
    found, item, _ = evening(council, KREISTAG, 25)
    with refused(Conflict, "nicht beschlussfähig", "§ 32 Abs. 1 LKO", "25 von 51"):
        council.vote(found, item, 25)


def test_p32_abs1_lko_without_a_quorum_the_item_is_adjourned_for_a_second_invitation(council: Council) -> None:
    _, item, _ = evening(council, KREISTAG, 25)
    with council.work() as work:
        settled = ballots.adjourn_without_quorum(work, item)
        assert (settled.result, settled.ruling["no_quorum"]) == ("vertagt", True)


def test_p32_abs1_satz2_lko_after_a_second_invitation_three_suffice(council: Council) -> None:
    """Acceptance scenario 10, second half."""
    found, item, _ = evening(council, KREISTAG, 3, second_invitation=True)
    assert council.standing(found, item).quorum.paragraph == "§ 32 Abs. 1 Satz 2 LKO"
    assert council.vote(found, item, 2, 1).passed


def test_p32_abs1_satz2_lko_two_do_not_suffice_even_then(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 2, second_invitation=True)
    assert not council.standing(found, item).quorum.holds


def test_p32_abs1_lko_the_second_invitation_holds_for_its_matter_only(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 3, second_invitation=True)
    assert council.standing(found, item).quorum.holds and not council.standing(found).quorum.holds


def test_p32_abs2_lko_17_of_51_eligible_after_exclusions_decide(council: Council) -> None:
    """Acceptance scenario 11, first half."""
    found, item, there = evening(council, KREISTAG, 27)
    exclude(council, item, there[1:11])
    ruling = council.standing(found, item).quorum
    assert (ruling.holds, ruling.paragraph) == (True, "§ 32 Abs. 2 LKO")


def test_p32_abs2_lko_below_a_third_the_chair_decides_after_hearing(council: Council) -> None:
    """Acceptance scenario 11, second half."""
    found, item, there = evening(council, KREISTAG, 27)
    exclude(council, item, there[1:12])
    assert "Anhörung" in council.standing(found, item).quorum.says.de
    with council.work() as work:
        settled = ballots.chair_decides(work, item, accepted=True, wording="Wie Beschlussvorschlag.")
        assert (settled.result, settled.ruling["paragraph"]) == ("beschlossen", "§ 32 Abs. 2 LKO")


def test_p32_abs2_lko_the_chair_does_not_decide_while_a_third_can(council: Council) -> None:
    _, item, there = evening(council, KREISTAG, 27)
    exclude(council, item, there[1:3])
    with refused(Conflict, "§ 32 Abs. 2 LKO"), council.work() as work:
        ballots.chair_decides(work, item, accepted=True, wording="")


def test_p32_lko_the_quorum_is_asked_at_each_items_moment(council: Council) -> None:
    """Bad input: the quorum is lost in the middle."""
    found, item, there = evening(council, COMMITTEE, 8)
    assert council.standing(found, item).quorum.holds
    council.clock.advance(minutes=30)
    with council.work() as work:
        attendance.leave(work, found, there[-1])
    council.clock.advance(minutes=1)
    assert not council.standing(found, item).quorum.holds
    with refused(Conflict, "7 von 15"):
        council.vote(found, item, 7)


def test_p32_lko_who_arrives_late_makes_a_quorum(council: Council) -> None:
    found, item, there = evening(council, COMMITTEE, 7)
    assert not council.standing(found, item).quorum.holds
    council.clock.advance(minutes=20)
    late = next(member for member in council.members(found) if member not in there)
    with council.work() as work:
        attendance.arrive(work, found, late)
    assert council.standing(found, item).quorum.holds


def test_p33_lko_abstentions_and_invalid_votes_do_not_count(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 45)
    ballot = council.vote(found, item, 2, 1, 41, 1)
    assert (ballot.passed, ballot.ruling["paragraph"]) == (True, "§ 33 LKO")


def test_p33_lko_29_to_0_with_16_abstentions_is_adopted(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 45)
    council.vote(found, item, 29, 0, 16)
    assert council.concluded(item).result == "beschlossen"


def test_p33_lko_a_tie_is_a_rejection(council: Council) -> None:
    """Acceptance scenario 12."""
    found, item, _ = evening(council, KREISTAG, 40)
    ballot = council.vote(found, item, 20, 20)
    assert not ballot.passed and "Stimmengleichheit" in ballot.ruling["de"]
    assert council.concluded(item).result == "abgelehnt"


def test_p33_lko_all_abstaining_is_a_rejection(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 10)
    assert not council.vote(found, item, 0, 0, 10).passed


@pytest.mark.parametrize(("yes", "passed"), [(34, True), (33, False)])
def test_p30_lko_two_thirds_of_the_statutory_number_are_34_of_51(council: Council, yes: int, passed: bool) -> None:
    found, item, _ = evening(council, KREISTAG, 40, majority="zwei_drittel_gesetzlich")
    assert council.vote(found, item, yes, 40 - yes).passed is passed


@pytest.mark.parametrize(("yes", "passed"), [(26, True), (25, False)])
def test_p18_abs2_lko_the_majority_of_the_statutory_number_is_26_of_51(
    council: Council, yes: int, passed: bool
) -> None:
    found, item, _ = evening(council, KREISTAG, 40, majority="mehrheit_gesetzlich")
    assert council.vote(found, item, yes, 0, 40 - yes).passed is passed


def test_p33_lko_votes_that_do_not_add_up_to_those_present_are_refused(council: Council) -> None:
    """Bad input: votes that do not add up."""
    found, item, _ = evening(council, COMMITTEE, 12)
    with refused(Invalid, "ergeben 11", "12 Anwesende", "§ 33 LKO"):
        council.vote(found, item, 9, 1, 1)


def test_p33_lko_more_votes_than_people_are_refused(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 12)
    with refused(Invalid, "ergeben 13"):
        council.vote(found, item, 13)


def test_p33_abs5_lko_a_secret_vote_needs_two_thirds_of_the_statutory_number_first(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 12)
    with refused(Conflict, "zwei Drittel der gesetzlichen Zahl", "§ 33"):
        council.vote(found, item, 7, 5, way="geheim")
    assert not council.vote(found, item, 9, 3, motion="geheim").passed
    assert council.vote(found, item, 10, 2, motion="geheim").passed
    assert council.vote(found, item, 7, 5, way="geheim").passed


def test_p33_lko_a_secret_vote_keeps_nothing_but_its_numbers(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 12)
    council.vote(found, item, 12, motion="geheim")
    ballot = council.vote(found, item, 7, 4, 1, way="geheim")
    with council.look() as work:
        assert ballots.votes_of(work, ballot) == []
        assert (ballot.yes, ballot.no, ballot.abstained) == (7, 4, 1)


def by_name(council: Council, found: UUID, item: UUID, said: dict[UUID, str]) -> Any:
    with council.work() as work:
        return ballots.hold(work, found, item, way="namentlich", named=said)


def test_p33_lko_a_vote_by_name_is_counted_from_the_names(council: Council) -> None:
    found, item, there = evening(council, COMMITTEE, 9)
    ballot = by_name(council, found, item, dict.fromkeys(there[:5], "ja") | dict.fromkeys(there[5:8], "nein")
                     | {there[8]: "enthaltung"})
    assert (ballot.yes, ballot.no, ballot.abstained, ballot.passed) == (5, 3, 1, True)
    with council.look() as work:
        assert len(ballots.votes_of(work, ballot)) == 9


def test_p16_lko_a_vote_by_someone_excluded_is_refused(council: Council) -> None:
    """Bad input: a vote by someone excluded."""
    found, item, there = evening(council, COMMITTEE, 9)
    exclude(council, item, there[:1])
    with refused(Invalid, "nicht ausgeschlossen", "§§ 16, 33 LKO"):
        by_name(council, found, item, dict.fromkeys(there, "ja"))


def test_p33_lko_a_vote_by_someone_absent_is_refused(council: Council) -> None:
    """Bad input: a vote by someone absent."""
    found, item, there = evening(council, COMMITTEE, 9)
    absent = next(member for member in council.members(found) if member not in there)
    with refused(Invalid, "anwesend"):
        by_name(council, found, item, dict.fromkeys([*there[:8], absent], "ja"))


def test_p16_lko_who_is_excluded_does_not_count_among_those_eligible(council: Council) -> None:
    found, item, there = evening(council, COMMITTEE, 12)
    exclude(council, item, there[1:3])
    now = council.standing(found, item)
    assert (now.present, now.excluded, len(now.eligible)) == (12, 2, 10)
    with refused(Invalid, "10 Anwesende"):
        council.vote(found, item, 12)
    assert council.vote(found, item, 6, 4).excluded == 2


def test_p16_lko_an_exclusion_holds_for_its_item_only(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    first, second = council.item(found, "Erster"), council.item(found, "Zweiter")
    council.invite(found)
    council.run(COMMITTEE[1])
    council.opened(found)
    there = council.arrive(found, 10)
    exclude(council, first, there[:2])
    assert len(council.standing(found, first).eligible) == 8
    assert len(council.standing(found, second).eligible) == 10


def test_p16_lko_a_recusal_needs_its_reason(council: Council) -> None:
    _, item, there = evening(council, COMMITTEE, 9)
    with refused(Invalid, "Grund der Befangenheit", "§ 16 Abs. 1 LKO"), council.work() as work:
        recusals.declare(work, item, "  ", person_id=there[0])


def test_p16_abs6_lko_nobody_is_kept_out_by_a_suspicion_the_body_finds_otherwise(council: Council) -> None:
    found, item, there = evening(council, COMMITTEE, 9)
    exclude(council, item, there[:1])
    with council.work() as work:
        recusals.find(work, item, there[0], excluded=False, reason="Nur ein Gruppeninteresse.")
    assert len(council.standing(found, item).eligible) == 9


def test_p16_lko_the_deputy_of_a_recused_member_does_not_vote_for_them(council: Council) -> None:
    found, item, there = evening(council, COMMITTEE, 8)
    with council.look() as work:
        standing_in = attendance.deputies_of(work, meetings.show(work, found))
    member = next(one for one in standing_in if one not in there)
    with council.work() as work:
        attendance.arrive(work, found, standing_in[member][0].id, for_id=member)
    exclude(council, item, [member])
    assert len(council.standing(found, item).eligible) == 8


def test_p22_lko_a_kreistag_member_has_no_deputy(council: Council) -> None:
    found, _, there = evening(council, KREISTAG, 26)
    absent = next(member for member in council.members(found) if member not in there)
    with refused(Invalid, "keine Vertretung", "§§ 22, 23 LKO"), council.work() as work:
        attendance.arrive(work, found, council.person("leonie.oster"), for_id=absent)


def test_pp37_40_lko_only_the_personal_deputy_takes_a_committee_seat(council: Council) -> None:
    found, _, there = evening(council, COMMITTEE, 8)
    absent = next(member for member in council.members(found) if member not in there)
    with refused(Invalid, "nicht als Vertretung bestellt"), council.work() as work:
        attendance.arrive(work, found, council.person("leonie.oster"), for_id=absent)


def test_p33_lko_each_person_has_one_vote(council: Council) -> None:
    found, _, _ = evening(council, COMMITTEE, 8)
    with council.look() as work:
        standing_in = attendance.deputies_of(work, meetings.show(work, found))
        free = {member: persons[0].id for member, persons in standing_in.items()
                if member in council.members(found)[8:]}
    member, deputy = next(iter(free.items()))
    with council.work() as work:
        attendance.arrive(work, found, deputy, for_id=member)
    with refused(Conflict, "Diesen Platz hat zurzeit"), council.work() as work:
        attendance.arrive(work, found, member)


def test_p34_gemo_nothing_is_decided_under_notices(council: Council) -> None:
    found, _, _ = evening(council, COMMITTEE, 10)
    with council.look() as work:
        notices = next(item.id for item in agendas.of(work, meetings.show(work, found)) if item.title == "Mitteilungen")
    with refused(Invalid, "als eigener Punkt", "§ 34 GemO"):
        council.vote(found, notices, 10)


def test_p34_abs7_gemo_adding_an_item_needs_two_thirds_of_those_present(council: Council) -> None:
    found, _, _ = evening(council, COMMITTEE, 12)
    assert not council.vote(found, None, 7, 5, motion="aufnahme").passed
    assert council.vote(found, None, 8, 4, motion="aufnahme").passed
    with council.work() as work:
        assert agendas.add(work, found, title="Hochwasser", later=True).added_later


def test_p34_abs7_gemo_taking_an_item_off_needs_the_body(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 12)
    with refused(Conflict, "zwei Dritteln", "§ 34 Abs. 7 GemO"), council.work() as work:
        agendas.take_off(work, item, reason="Noch nicht reif.")
    assert council.vote(found, item, 8, 4, motion="absetzung").passed
    with council.work() as work:
        assert agendas.take_off(work, item, reason="Noch nicht reif.", by_body=True).result == "abgesetzt"


def test_p34_abs3_gemo_an_urgent_item_needs_the_finding_of_urgency_first(council: Council) -> None:
    found, _, _ = evening(council, COMMITTEE, 12)
    with council.work() as work:
        item = agendas.add(work, found, title="Hochwasser", later=True, proposal="Sofort handeln.").id
    with refused(Conflict, "Dringlichkeit", "§ 34 Abs. 3 Satz 3 GemO"):
        council.vote(found, item, 12)
    assert council.vote(found, None, 7, 5, motion="dringlichkeit").passed
    assert council.vote(found, item, 12).passed


def test_p28_abs1_lko_the_public_is_excluded_by_two_thirds(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 12)
    assert not council.vote(found, item, 7, 5, motion="nichtoeffentlich").passed
    assert council.vote(found, item, 8, 4, motion="nichtoeffentlich").passed


def test_p28_abs1_lko_a_non_public_item_needs_its_reason(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    with refused(Invalid, "§ 28 Abs. 1 LKO"), council.work() as work:
        agendas.add(work, found, title="Grundstück", public=False)


def test_p53_lko_in_the_kreisvorstand_the_chair_decides_a_tie(council: Council) -> None:
    found, item, _ = evening(council, ("kreisvorstand", "2026-04-13T09:00"), 4)
    ballot = council.vote(found, item, 2, 2, chair_for=True)
    assert (ballot.passed, ballot.ruling["paragraph"]) == (True, "§ 53 LKO")


def test_p52_lko_the_kreisvorstand_meets_without_the_public(council: Council) -> None:
    found, item, _ = evening(council, ("kreisvorstand", "2026-04-13T09:00"), 4)
    with council.look() as work:
        assert not meetings.show(work, found).public and not work.get(agendas.AgendaItem, item).public


def test_p29_abs3_lko_the_chairs_vote_can_rest(council: Council) -> None:
    found, item, _ = evening(council, KREISTAG, 30)
    with council.work() as work:
        work.get(agendas.AgendaItem, item).chair_votes = False
    assert len(council.standing(found, item).eligible) == 29


def test_a_recommendation_is_no_resolution(council: Council) -> None:
    """§§ 25, 38 LKO: the Lenkungsgruppe is no organ; its vote is advice."""
    found, item, _ = evening(council, ("lenkungsgruppe", "2026-04-15T15:00"), 12)
    council.vote(found, item, 10, 2)
    assert council.concluded(item).result == "empfohlen"


def test_mgescho_p23_abs4_without_objection_no_count_is_needed(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 11)
    with council.work() as work:
        ballot = ballots.hold(work, found, item, way="ohne_gegenrede")
    assert (ballot.yes, ballot.no, ballot.passed) == (11, 0, True)


def test_a_changed_wording_is_adopted_with_changes(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 11)
    council.vote(found, item, 11, text="Der Maßnahme wird mit Auflagen zugestimmt.")
    settled = council.concluded(item)
    assert (settled.result, settled.wording) == ("geaendert_beschlossen", "Der Maßnahme wird mit Auflagen zugestimmt.")


def test_a_miscounted_vote_is_corrected_by_another_and_stays_on_record(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 11)
    first, second = council.vote(found, item, 6, 5), council.vote(found, item, 5, 6)
    assert council.concluded(item).result == "abgelehnt"
    with council.look() as work:
        assert work.get(ballots.Ballot, first.id).replaced_by_id == second.id


def test_two_people_who_edit_the_same_item_do_not_overwrite_each_other(council: Council) -> None:
    """Bad input: two people editing the same sheet."""
    found, item, _ = evening(council, COMMITTEE, 11)
    with council.look() as work:
        seen = work.get(agendas.AgendaItem, item).version
    council.vote(found, item, 6, 5, version=seen)
    with council.house.work(council.actor("timo.schwickert"), council.clock.now) as work, \
            refused(Conflict, "hat diesen Punkt um"):
        ballots.hold(work, found, item, count=ballots.Count(11, 0), version=seen)


def test_nobody_but_the_office_keeps_the_sheet(council: Council) -> None:
    found, item, _ = evening(council, COMMITTEE, 11)
    with refused(Forbidden, "Berechtigung"), council.work("renate.escher") as work:
        ballots.hold(work, found, item, count=ballots.Count(11, 0))


def test_p29_lko_a_body_without_a_chair_cannot_be_invited(council: Council) -> None:
    """Bad input: a body without a chair."""
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    with council.house.work(now=council.clock.now) as work:
        body = meetings.body_of(work, "kreisausschuss")
        for seat, _, _ in bodies.seats(work, body=body):
            if seat.function in ("chair", "deputy_chair"):
                seat.function = "member"
    council.run("2026-04-02T08:00")
    council.complete(found, "m_tagesordnung")
    with refused(Invalid, "Vorsitz", "§ 29 LKO"):
        council.complete(found, "m_einladen", {"m_einladen": "senden"})
    assert council.state(found) == "terminiert"
