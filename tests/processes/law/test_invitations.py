"""Invitations, notice periods and minutes as municipal law has them (§§ 27, 28, 34 LKO), in real meetings."""

from datetime import date, datetime, timedelta

import pytest

from engine.council import agendas, deadlines, invitations, meetings, standing_orders
from engine.errors import Conflict, Invalid
from tests.clock import BERLIN
from tests.council import Council, refused

COMMITTEE = ("kreisausschuss", "2026-04-14T17:00")


@pytest.mark.parametrize(("meeting_day", "days", "last"), [
    ("2026-12-14", 4, "2026-12-09"), ("2027-01-04", 4, "2026-12-30"), ("2027-03-30", 4, "2027-03-25"),
    ("2026-10-27", 4, "2026-10-22"), ("2028-03-03", 4, "2028-02-27"), ("2026-12-14", 1, "2026-12-12"),
    ("2026-04-07", 4, "2026-04-02"),
])
def test_p27_abs3_lko_day_of_receipt_and_day_of_meeting_do_not_count(meeting_day: str, days: int, last: str) -> None:
    """Over holidays, both changes of the clocks, the turn of the year and a leap day."""
    day, expected = date.fromisoformat(meeting_day), date.fromisoformat(last)
    assert deadlines.last_receipt_day(day, days) == expected
    assert deadlines.is_in_time(expected, day, days)
    assert not deadlines.is_in_time(expected + timedelta(days=1), day, days)
    assert deadlines.full_days(expected, day) == days


def test_p27_abs3_lko_received_four_full_days_before_is_in_time(council: Council) -> None:
    """Acceptance scenario 9, second half."""
    found = council.meeting(*COMMITTEE)
    council.run("2026-04-09T23:30")
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_einladen", {"m_einladen": "senden"})
    assert council.state(found) == "eingeladen"


def test_p27_abs3_lko_one_day_late_is_refused_with_the_last_possible_day(council: Council) -> None:
    """Acceptance scenario 9, first half. Bad input: an invitation one day late."""
    found = council.meeting(*COMMITTEE)
    council.run("2026-04-10T00:05")
    with refused(Invalid, "09.04.2026", "4 volle Tage", "§ 27 Abs. 3 LKO", "verkürzter Frist"), \
            council.work() as work:
        invitations.send(work, found)
    assert council.state(found) == "terminiert"


def test_p27_abs3_lko_the_period_counts_days_across_the_change_of_clocks(council: Council) -> None:
    """Acceptance scenario 9: across 28.03.2027."""
    council.clock.at("2027-03-01T09:00")
    found = council.meeting("kreisausschuss", "2027-03-30T17:00")
    council.run("2027-03-25T23:59")
    with council.work() as work:
        assert invitations.send(work, found).state == "eingeladen"


def test_p34_abs3_gemo_urgent_items_can_be_invited_to_one_full_day_before(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    council.item(found, "Hochwasser", urgent=True)
    council.run("2026-04-12T12:00")
    with council.work() as work:
        assert invitations.send(work, found, urgent=True).urgent


def test_p34_abs3_gemo_urgent_means_urgent_items_only(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    council.item(found, "Mitfahrbank")
    council.run("2026-04-12T12:00")
    with refused(Invalid, "Mitfahrbank", "§ 34 Abs. 3 Satz 2 GemO"), council.work() as work:
        invitations.send(work, found, urgent=True)


def test_p34_abs3_gemo_even_urgently_one_full_day_must_lie_between(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    council.run("2026-04-13T08:00")
    with refused(Invalid, "12.04.2026", "Bitte verlegen Sie die Sitzung"), council.work() as work:
        invitations.send(work, found, urgent=True)


def test_p27_lko_a_meeting_moved_after_the_invitation_must_be_invited_to_anew(council: Council) -> None:
    """Bad input: a meeting moved after the invitation."""
    found = council.invited(*COMMITTEE)
    with council.work() as work:
        meetings.move(work, found, datetime(2026, 4, 16, 17, tzinfo=BERLIN), place="", reason="Saal belegt.")
    council.run("2026-04-12T09:00")
    assert council.state(found) == "terminiert"
    with refused(Invalid, "11.04.2026", "§ 27 Abs. 3 LKO"), council.work() as work:
        invitations.send(work, found)


def test_p34_abs4_gemo_a_waiver_heals_a_late_receipt(council: Council) -> None:
    found = council.invited(*COMMITTEE)
    with council.work() as work:
        row, person = invitations.of(work, meetings.show(work, found))[0]
        council.clock.at("2026-04-11T10:00")
    with council.work() as work:
        invitations.received(work, row.id, council.clock.now)
    with council.look() as work:
        assert [one.id for _, one in invitations.late(work, meetings.show(work, found))] == [person.id]
    with council.work() as work:
        invitations.waive(work, found, person.id)
        assert invitations.late(work, meetings.show(work, found)) == []


def test_p27_abs5_lko_the_kreistags_agenda_needs_the_kreisvorstand(council: Council) -> None:
    found = council.meeting("kreistag", "2026-04-20T16:00")
    council.run("2026-04-07T08:00")
    council.complete(found, "m_tagesordnung")
    assert set(council.open_tasks(found)) == {"m_zustimmung"}


def test_p27_lko_a_committees_agenda_does_not(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    council.run("2026-04-01T08:00")
    council.complete(found, "m_tagesordnung")
    assert set(council.open_tasks(found)) == {"m_einladen"}


def test_p34_abs7_gemo_an_item_withdrawn_after_the_invitation_stays_on_the_agenda(council: Council) -> None:
    """Bad input: an item withdrawn after the invitation."""
    found = council.meeting(*COMMITTEE)
    item = council.item(found, answer_to="idee-1")
    council.invite(found)
    with council.house.work(now=council.clock.now) as work:
        assert not agendas.withdraw(work, "idee-1")
    with refused(Conflict, "zwei Dritteln", "§ 34 Abs. 7 GemO"), council.work() as work:
        agendas.take_off(work, item, reason="Zurückgezogen.")


def test_p34_gemo_after_the_invitation_nothing_is_added_by_hand(council: Council) -> None:
    found = council.invited(*COMMITTEE)
    with refused(Conflict, "dringlich", "§ 34 Abs. 7 GemO"), council.work() as work:
        agendas.add(work, found, title="Noch etwas")


def test_p34_gemo_after_the_invitation_the_matter_of_an_item_is_fixed(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    item = council.item(found)
    council.invite(found)
    said = {"public": True, "public_reason": "", "role": "entscheidung", "majority": "einfach", "note": "",
            "urgent": False}
    with refused(Conflict, "§ 34 Abs. 2 und 7 GemO"), council.work() as work:
        agendas.change(work, item, None, title="Etwas anderes", proposal="", **said)
    with council.work() as work:
        agendas.change(work, item, None, title="Mitfahrbank", proposal="Neuer Wortlaut.", **said)


def test_p22_lko_a_kreistag_member_cannot_send_a_deputy(council: Council) -> None:
    found = council.invited("kreistag", "2026-04-20T16:00")
    with refused(Invalid, "Mandat", "§ 23 LKO"), council.work("renate.escher") as work:
        invitations.answer(work, found, "vertretung", deputy_id=council.person("leonie.oster"))


def test_p35a_gemo_a_hybrid_meeting_needs_the_rules_of_procedure(council: Council) -> None:
    council.meeting(*COMMITTEE)
    with refused(Invalid, "§ 35a GemO"), council.work() as work:
        meetings.plan(work, meetings.body_of(work, "kreisausschuss"), datetime(2026, 6, 9, 17, tzinfo=BERLIN),
                      form="hybrid")


@pytest.mark.parametrize(("day", "limit"), [
    ("2026-04-14", "2026-05-14"), ("2027-01-31", "2027-02-28"), ("2026-12-15", "2027-01-15"),
])
def test_p34_lko_members_have_the_minutes_within_a_month(day: str, limit: str) -> None:
    assert deadlines.minutes_limit(date.fromisoformat(day)) == date.fromisoformat(limit)


def closed(council: Council) -> object:
    found = council.begun(*COMMITTEE)
    council.complete(found, "m_sitzung")
    return found


def test_p34_lko_minutes_after_a_month_need_an_explanation(council: Council) -> None:
    """Bad input: minutes after a month."""
    found = closed(council)
    council.signed(found)
    council.run("2026-05-15T08:00")
    with refused(Invalid, "14.05.2026", "§ 34 LKO", "erläutern"):
        council.complete(found, "m_niederschrift")
    council.complete(found, "m_niederschrift", {"m_niederschrift_begruendung": "Die Schriftführung war erkrankt."})
    assert council.open_tasks(found) == {}


def test_p34_lko_the_office_is_told_before_and_when_the_month_is_over(council: Council) -> None:
    found = closed(council)
    council.run("2026-05-16T08:00")
    assert any(mail["Subject"].startswith("Erinnerung an die Niederschrift") for mail in council.mails())
    assert set(council.open_tasks(found)) == {"m_niederschrift"}


def set_order(council: Council, key: str, name: str, value: object, basis: str = "") -> None:
    with council.house.work(council.actor("nadine.proempler"), council.clock.now) as work:
        standing_orders.change(work, meetings.body_of(work, key), name, value, basis)


def test_p27_abs3_lko_no_body_may_shorten_the_notice_period(council: Council) -> None:
    with refused(Invalid, "§ 27 Abs. 3 LKO"):
        set_order(council, "kreisausschuss", "notice_days", 3)


def test_p27_abs3_lko_only_the_kreistag_lengthens_it_and_only_in_the_hauptsatzung(council: Council) -> None:
    with refused(Invalid, "Hauptsatzung"):
        set_order(council, "kreisausschuss", "notice_days", 7, "§ 4 Hauptsatzung")
    with refused(Invalid, "Hauptsatzung"):
        set_order(council, "kreistag", "notice_days", 7, "§ 4 Geschäftsordnung")
    set_order(council, "kreistag", "notice_days", 7, "§ 4 Hauptsatzung")
    found = council.meeting("kreistag", "2026-04-20T16:00")
    council.run("2026-04-13T08:00")
    with refused(Invalid, "12.04.2026", "7 volle", "§ 4 Hauptsatzung"), council.work() as work:
        invitations.send(work, found)


def test_p28_abs3_lko_an_organ_cannot_allow_itself_circulars(council: Council) -> None:
    """Acceptance scenario 13: without an established emergency a circular in the Kreistag is not offered."""
    with refused(Invalid, "Notlage", "§ 28 Abs. 3 LKO"):
        set_order(council, "kreistag", "circular", "ja")


@pytest.mark.parametrize("name", ["quorum", "second_minimum", "public", "deputies", "tie_chair"])
def test_p32_lko_what_the_law_fixes_no_organ_changes(council: Council, name: str) -> None:
    with council.look() as work:
        now = getattr(standing_orders.of(work, meetings.body_of(work, "kreistag")), name)
    with refused(Invalid, "keine Wahl"):
        set_order(council, "kreistag", name, not now if isinstance(now, bool) else now + 1)


def test_bodies_that_only_advise_choose_their_own_period(council: Council) -> None:
    """§§ 25, 38 LKO do not reach them: they are no organs."""
    set_order(council, "expertenbeirat", "notice_days", 2, "Geschäftsordnung des Beirats")
    with council.look() as work:
        assert standing_orders.of(work, meetings.body_of(work, "expertenbeirat")).notice_days == 2
