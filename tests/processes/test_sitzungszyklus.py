"""The way of a meeting as its diagram draws it, from being convened to the minutes, with what comes in between."""

from datetime import datetime
from typing import Any

import pytest

from engine import spiff
from engine.spiff import Arrival
from tests.vocabulary import MEETING, ROOT, Process, specification

BEGINS = "2027-02-01T17:00:00+01:00"
"""The meeting in these tests: on a Monday; whole days before it are counted from 28 January on."""
CYCLE = {
    "gremium": "kreisausschuss", "gremium_name": "Kreisausschuss", "beginn": BEGINS, "ort": "Kreishaus",
    "redaktionsschluss": "2027-01-18T23:59:59+01:00", "ladungsfrist_tage": 4, "letzter_zugang": "2027-01-27",
    "einladen_bis": "27.01.2027", "einladen_erinnern": "2027-01-27T08:00:00+01:00", "zustimmung": "", "organ": True,
}
ITEMS = [{"antwort_an": "a-1", "ergebnis": "beschlossen"}, {"antwort_an": "a-2", "ergebnis": "vertagt"}]
CLOSED = {
    "punkte": ITEMS, "niederschrift_bis": "01.03.2027", "niederschrift_erinnern": "2027-02-15T08:00:00+01:00",
    "niederschrift_frist": "2027-03-01T23:59:59+01:00",
}


def convened(items: list[dict[str, Any]] | None = None, **cycle: Any) -> Process:
    """A meeting that takes items up; its body's clock stands at 23 November."""
    process = Process("s_sitzungszyklus", "sitzung_anberaumt", sitzung_id=MEETING, answers={
        "council/open_cycle": {**CYCLE, **cycle},
        "council/notice_period": lambda arguments: period(process),
        "council/register_item": {"sitzung_id": MEETING},
        "council/close_meeting": {**CLOSED, "punkte": ITEMS if items is None else items},
        "council/cancel_meeting": {"punkte": ITEMS},
    })
    return process


def period(process: Process) -> dict[str, Any]:
    """What is left of the notice period now."""
    days = (datetime.fromisoformat(BEGINS).date() - process.now.date()).days - 1
    return {"volle_tage": days, "ladungsfrist_tage": 4, "letzter_tag": "2027-01-27",
            "hinweis": "" if days >= 4 else "Die Ladungsfrist ist nicht mehr zu wahren."}


def wait_until(process: Process, moment: str) -> None:
    process.clock.advance(seconds=(datetime.fromisoformat(moment) - process.now).total_seconds())


def inviting(moment: str = "2027-01-20T10:00:00+01:00", **cycle: Any) -> Process:
    """A meeting whose agenda is closed and whose members are to be invited at *moment*."""
    process = convened(**cycle)
    wait_until(process, moment)
    process.complete("m_tagesordnung")
    return process


def held(items: list[dict[str, Any]] | None = None) -> Process:
    """A meeting that has been closed."""
    process = inviting(items=items)
    process.complete("m_einladen", {"m_einladen": "senden"})
    wait_until(process, BEGINS)
    process.complete("m_sitzung")
    return process


def told(process: Process, message: str, payload: dict[str, Any]) -> None:
    """A message for this meeting comes in."""
    process._keep(spiff.deliver(specification("s_sitzungszyklus"), process.step.state,
                                Arrival(message, MEETING, payload), process.now, process._call))


def test_a_meeting_goes_straight_through_to_its_minutes() -> None:
    process = convened()
    process.waits_at()
    wait_until(process, "2027-01-19T00:00:00+01:00")
    process.waits_at("m_tagesordnung")
    process.complete("m_tagesordnung")
    process.waits_at("m_einladen")
    process.complete("m_einladen", {"m_einladen": "senden"})
    process.waits_at()
    assert process.called("council/invite") == [{"sitzung_id": MEETING, "dringlich": False}]
    wait_until(process, BEGINS)
    process.waits_at("m_sitzung")
    process.complete("m_sitzung")
    process.waits_at("m_niederschrift")
    process.complete("m_niederschrift")
    process.ends_at("end_durchgefuehrt")
    assert len(process.called("council/send_minutes")) == 1


def test_each_item_is_answered_to_who_registered_it_when_the_meeting_is_closed() -> None:
    sent = [(one.name, one.correlation, one.payload) for one in held().sent]
    assert sent == [("top_ergebnis", item["antwort_an"], {"punkt": item}) for item in ITEMS]


def test_a_meeting_whose_items_nobody_waits_for_is_closed_all_the_same() -> None:
    process = held(items=[])
    process.waits_at("m_niederschrift")
    assert process.sent == []


@pytest.mark.parametrize(("day", "answer", "way"), [
    ("2027-01-27T23:00:00+01:00", "senden", "council/invite"),
    ("2027-01-28T08:00:00+01:00", "senden", None),
    ("2027-01-28T08:00:00+01:00", "dringlich", "council/invite"),
])
def test_the_notice_period_of_paragraph_27_lko_is_kept_or_the_task_comes_back(
    day: str, answer: str, way: str | None
) -> None:
    process = inviting(day)
    process.complete("m_einladen", {"m_einladen": answer, "m_einladen_begruendung": "Die Frist läuft ab."})
    if way is None:
        process.waits_at("m_einladen")
        assert "nicht mehr zu wahren" in process.task("m_einladen").data["ladung_hinweis"]
        assert process.called("council/invite") == []
    else:
        process.waits_at()
        assert process.called(way) == [{"sitzung_id": MEETING, "dringlich": answer == "dringlich"}]


def test_the_kreistags_agenda_needs_consent_and_may_come_back() -> None:
    """§ 27 Abs. 5 LKO."""
    process = inviting(zustimmung="kreisvorstand")
    process.waits_at("m_zustimmung")
    assert process.task("m_zustimmung").properties["body"] == "kreisvorstand"
    process.complete("m_zustimmung", {"m_zustimmung": "nein", "m_zustimmung_hinweis": "Punkt 3 zuerst."})
    process.waits_at("m_tagesordnung")
    process.complete("m_tagesordnung")
    process.complete("m_zustimmung", {"m_zustimmung": "ja"})
    process.waits_at("m_einladen")


def test_the_office_is_reminded_on_the_last_day_on_which_an_invitation_is_in_time() -> None:
    process = inviting()
    wait_until(process, "2027-01-27T07:59:00+01:00")
    assert process.called("notice/send") == []
    wait_until(process, "2027-01-27T08:00:00+01:00")
    assert process.called("notice/send") == [
        {"to_body": "sitzungsdienst", "template": "erinnerung_einladung", "bis": "27.01.2027"}]
    process.waits_at("m_einladen")


def test_whoever_has_invited_in_time_is_not_reminded() -> None:
    process = inviting()
    process.complete("m_einladen", {"m_einladen": "senden"})
    wait_until(process, "2027-01-31T08:00:00+01:00")
    assert process.called("notice/send") == []


def test_minutes_are_reminded_of_and_reported_after_a_month() -> None:
    """§ 34 LKO, § 41 GemO: within a month."""
    process = held()
    wait_until(process, "2027-02-15T08:00:00+01:00")
    assert [one["template"] for one in process.called("notice/send")] == ["erinnerung_niederschrift"]
    wait_until(process, "2027-03-02T08:00:00+01:00")
    assert [one["template"] for one in process.called("notice/send")][1:] == ["frist_niederschrift"]
    process.waits_at("m_niederschrift")


def test_items_are_taken_up_again_and_again_while_the_meeting_lives() -> None:
    process = convened()
    for number in range(3):
        told(process, "top_angemeldet", {"meldung": {"antwort_an": f"a-{number}"}})
    wait_until(process, BEGINS)
    told(process, "top_angemeldet", {"meldung": {"antwort_an": "a-3"}})
    taken = [one["meldung"]["antwort_an"] for one in process.called("council/register_item")]
    assert taken == ["a-0", "a-1", "a-2", "a-3"]


@pytest.mark.parametrize("moment", ["2027-01-02T08:00:00+01:00", "2027-01-20T08:00:00+01:00"])
def test_a_cancelled_meeting_answers_its_items_and_ends(moment: str) -> None:
    process = convened()
    wait_until(process, moment)
    told(process, "sitzung_abgesagt", {"grund": "Es liegen keine Punkte vor."})
    process.ends_at("end_abgesagt")
    assert [one.correlation for one in process.sent] == ["a-1", "a-2"]


def test_a_meeting_that_is_moved_begins_anew_and_its_items_are_not_answered() -> None:
    process = inviting()
    process.complete("m_einladen", {"m_einladen": "senden"})
    told(process, "sitzung_verlegt", {"grund": "Der Saal ist nicht frei.", "war_eingeladen": True})
    process.ends_at("end_verlegt")
    assert [(one.name, one.payload) for one in process.sent] == [("sitzung_anberaumt", {"sitzung_id": MEETING})]


def test_every_task_of_a_meeting_leads_to_its_page() -> None:
    drawn = spiff.read_diagram((ROOT / "bpmn/s_sitzungszyklus.bpmn").read_bytes(), "s_sitzungszyklus.bpmn")
    pages = {node.id: node.properties.get("page") for node in drawn.nodes if node.kind == "userTask"}
    assert pages == {"m_tagesordnung": "tagesordnung", "m_zustimmung": "tagesordnung", "m_einladen": "einladung",
                     "m_sitzung": "abend", "m_niederschrift": "niederschrift"}
