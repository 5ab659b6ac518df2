"""The evening itself: opening, motions on the agenda, doubts about members, corrections, closing, repeated entries."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from engine.council import agendas, attendance, ballots, entries, invitations, meetings, motions, recusals, sessions
from engine.council.agendas import AgendaItem
from engine.council.ballots import Ballot, Count
from engine.errors import Conflict, Forbidden, Invalid
from tests.council import OFFICE, Council, refused

EVENING = "2026-06-15 17:00"


@pytest.fixture
def evening(council: Council) -> tuple[UUID, UUID]:
    """A Kreisausschuss with one item and twelve of its fifteen members; its id and the item's."""
    meeting = council.meeting("kreisausschuss", EVENING)
    item = council.item(meeting)
    council.invite(meeting)
    council.run(EVENING)
    council.arrive(meeting, 12)
    council.opened(meeting)
    return meeting, item


def _open(council: Council, meeting: UUID, **said: Any) -> None:
    with council.work() as work:
        sessions.open_(work, meeting, **{"chair_id": None, "recorder_id": council.person(OFFICE), **said})


def _item(council: Council, item: UUID) -> AgendaItem:
    with council.look() as work:
        return work.get(AgendaItem, item)


def test_a_meeting_that_nobody_leads_is_not_opened(council: Council) -> None:
    meeting = council.invited("kreisausschuss", EVENING)
    council.run(EVENING)
    there = council.arrive(meeting, 9)
    with refused(Invalid, "Niemand leitet die Sitzung", "§ 29 LKO"):
        _open(council, meeting)
    with refused(Invalid, "nicht als anwesend", "§ 29 LKO"):
        _open(council, meeting, chair_id=council.members(meeting)[-1])
    _open(council, meeting, chair_id=there[5])  # chosen by those present
    assert council.state(meeting) == "laeuft"


def test_the_chair_leads_and_in_their_absence_the_deputy_chair(council: Council) -> None:
    meeting = council.invited("kreisausschuss", EVENING)
    council.run(EVENING)
    with council.look() as work:
        assert sessions.usual_chair(work, meetings.show(work, meeting)) is None
    council.arrive(meeting, 1)
    with council.look() as work:
        assert sessions.usual_chair(work, meetings.show(work, meeting)) == council.members(meeting)[0]


def test_an_invitation_received_late_is_healed_by_coming_or_by_waiving(council: Council, clock: Any) -> None:
    meeting = council.invited("kreisausschuss", EVENING)
    late = council.members(meeting)[-1]
    with council.work() as work:
        row = invitations.own(work, meetings.show(work, meeting), late)
        assert row is not None
        invitations.received(work, row.id, None)
    council.run(EVENING)
    there = council.arrive(meeting, 9)
    with refused(Invalid, "Zu spät oder gar nicht", "§ 34 Abs. 4 GemO"):
        _open(council, meeting, chair_id=there[0])
    with refused(Invalid, "noch nicht geheilt"):
        _open(council, meeting, chair_id=there[0], notice="geheilt")
    with council.work() as work:
        attendance.arrive(work, meeting, late)
    _open(council, meeting, chair_id=there[0], notice="geheilt")
    assert council.state(meeting) == "laeuft"


def test_an_item_is_added_with_urgency_and_two_thirds_only(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, _ = evening
    with refused(Invalid, "Grund"), council.work() as work:
        motions.add_item(work, meeting, title="Brücke", why=" ", count=Count(12, 0))
    with council.work() as work:
        assert not motions.add_item(work, meeting, title="Brücke", why="Einsturzgefahr", count=Count(7, 5)).passed
    with council.work() as work:
        ballot = motions.add_item(work, meeting, title="Brücke", why="Einsturzgefahr", count=Count(8, 4))
        assert ballot.passed and "§ 34 Abs. 7" in ballot.ruling["paragraph"]
        added = [item for item in agendas.of(work, meetings.show(work, meeting)) if item.title == "Brücke"]
        assert len(added) == 1 and added[0].added_later
        item_id = added[0].id
    council.vote(meeting, item_id, 12)
    assert council.concluded(item_id).result == "beschlossen"


def test_an_item_is_taken_off_with_two_thirds_and_moved_by_majority(
    council: Council, evening: tuple[UUID, UUID]
) -> None:
    _, item = evening
    with council.work() as work:
        assert motions.reorder(work, item, place=1, count=Count(7, 5)).passed
    assert _item(council, item).position == 1
    with council.work() as work:
        assert not motions.take_off(work, item, why="noch nicht reif", count=Count(7, 5)).passed
    assert _item(council, item).result is None
    with council.work() as work:
        assert motions.take_off(work, item, why="noch nicht reif", count=Count(8, 4)).passed
    assert _item(council, item).result == "abgesetzt"


def test_urgency_is_found_before_the_first_vote(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, item = evening
    with council.work() as work:
        assert motions.urgency(work, meeting, count=Count(7, 5)).passed
        assert meetings.show(work, meeting).notice_found == "dringlich_festgestellt"
    council.vote(meeting, item, 12)
    with refused(Conflict, "§ 34 Abs. 3"), council.work() as work:
        motions.urgency(work, meeting, count=Count(12, 0))


def test_the_public_is_excluded_with_two_thirds_and_a_reason(council: Council, evening: tuple[UUID, UUID]) -> None:
    _, item = evening
    with refused(Invalid, "Grund"), council.work() as work:
        motions.close_doors(work, item, why="", count=Count(12, 0))
    with council.work() as work:
        assert motions.close_doors(work, item, why="Grundstücksangelegenheit", count=Count(8, 4)).passed
    assert not _item(council, item).public


def test_in_doubt_the_body_decides_about_a_member_without_them(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, item = evening
    member = council.members(meeting)[3]
    with refused(Invalid, "stimmberechtigt sind zu diesem Punkt aber 11"), council.work() as work:
        motions.doubt(work, item, member, why="Grundstück nebenan", count=Count(12, 0))
    with council.work() as work:
        assert not motions.doubt(work, item, member, why="Grundstück nebenan", count=Count(5, 6)).passed
    assert len(council.standing(meeting, item).eligible) == 12
    with council.work() as work:
        motions.doubt(work, item, member, why="Grundstück nebenan", count=Count(6, 5))
        other = council.members(meeting)[4]
        motions.doubt(work, item, other, why="Arbeitgeber", count=Count(1, 9))
        held = [ballot.about_id for ballot in motions.of_agenda(work, meetings.show(work, meeting))]
        assert held == [member, other], "a vote about one member does not replace that about another"
        found = recusals.of_person(work, work.get(AgendaItem, item), member)
        assert found is not None and found.found == "excluded" and found.reason == "Grundstück nebenan"
    assert len(council.standing(meeting, item).eligible) == 11


def test_a_correction_keeps_the_wrong_numbers_on_record_and_changes_the_result(
    council: Council, evening: tuple[UUID, UUID]
) -> None:
    meeting, item = evening
    ballot = council.vote(meeting, item, 6, 5, 1)
    assert council.concluded(item).result == "beschlossen"
    with council.work() as work:  # somebody goes: the corrected vote is still that of its moment
        attendance.leave(work, meeting, council.members(meeting)[2])
    with refused(Invalid, "12"), council.work() as work:
        ballots.correct(work, ballot.id, count=Count(6, 5))
    with council.work() as work:
        new = ballots.correct(work, ballot.id, count=Count(5, 6, 1))
        assert not new.passed and new.held_at == ballot.held_at
        assert work.get(Ballot, ballot.id).replaced_by_id == new.id and work.get(Ballot, ballot.id).yes == 6
    assert _item(council, item).result == "abgelehnt"
    with refused(Conflict, "schon berichtigt"), council.work() as work:
        ballots.correct(work, ballot.id, count=Count(12, 0))


def test_a_vote_by_name_is_corrected_by_the_names(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, item = evening
    said = dict.fromkeys(council.members(meeting)[:12], "ja")
    with council.work() as work:
        ballot = ballots.hold(work, meeting, item, way="namentlich", named=said)
        wrong = council.members(meeting)[11]
        with refused(Invalid, "12"):
            ballots.correct(work, ballot.id, named={wrong: "nein"})
        new = ballots.correct(work, ballot.id, named={**said, wrong: "nein"})
        assert (new.yes, new.no) == (11, 1)
        assert {vote.person_id for vote in ballots.votes_of(work, new) if vote.choice == "nein"} == {wrong}


def test_a_closed_meeting_leaves_nobody_in_the_room(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, item = evening
    with refused(Invalid, "Mitfahrbank"), council.work() as work:
        sessions.close(work, meeting)
    council.vote(meeting, item, 12)
    council.concluded(item)
    with council.work() as work:
        sessions.close(work, meeting)
    assert council.state(meeting) == "durchgefuehrt"
    with council.look() as work:
        assert all(stay.left_at is not None for stay in attendance.stays(work, meetings.show(work, meeting)))
    with refused(Conflict, "durchgeführt"), council.work() as work:
        sessions.close(work, meeting)


def test_an_entry_sent_twice_is_new_only_once(council: Council, evening: tuple[UUID, UUID]) -> None:
    meeting, _ = evening
    entry = uuid4()
    with council.work() as work:
        assert entries.take(work, meeting, entry)
    with council.work() as work:
        assert not entries.take(work, meeting, entry)
    with pytest.raises(Forbidden), council.work("marlene.thielen") as work:
        entries.take(work, meeting, uuid4())
