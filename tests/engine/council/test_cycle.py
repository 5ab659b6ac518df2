"""A meeting from its body's calendar to its minutes, led by its process."""

from typing import Any
from uuid import uuid4

from sqlalchemy import select

from engine.council import agendas, invitations, meetings
from engine.council.meetings import Meeting
from engine.definitions import deployments
from engine.errors import Conflict, Invalid
from engine.runtime import instances, messages
from engine.runtime.messages import Message
from tests.council import Council, refused


def register(council: Council, meeting_id: Any, answer_to: str = "a-1", **said: Any) -> None:
    """A process registers an item by message."""
    with council.house.work(now=council.clock.now) as work:
        instances.deliver(work, "top_angemeldet", str(meeting_id), {"meldung": {
            "antwort_an": answer_to, "titel": "Mitfahrbank", "rolle": "entscheidung", "oeffentlich": True,
            "beschlussvorschlag": "Der Maßnahme wird zugestimmt.", **said}})


def titles(council: Council, meeting_id: Any) -> list[str]:
    with council.look() as work:
        return [item.title for item in agendas.of(work, meetings.show(work, meeting_id)) if item.role != "formalie"]


def test_a_rule_becomes_meetings_that_take_items_up(council: Council) -> None:
    council.calendar("kreisausschuss", months=[2, 4, 6, 8, 10, 12], ordinal="2nd", weekday="tue", hour=17)
    with council.look() as work:
        body = meetings.body_of(work, "kreisausschuss")
        found = [row for row in meetings.listing(work, body=body).rows if row.state == "terminiert"]
        assert [f"{row.day:%d.%m.%Y}" for row in found] == [
            "14.04.2026", "09.06.2026", "11.08.2026", "13.10.2026", "08.12.2026", "09.02.2027"]
        assert {row.starts_at.astimezone(meetings.BERLIN).hour for row in found} == {17}
        assert meetings.next_open(work, "kreisausschuss").day == found[0].day


def states(council: Council, key: str) -> list[str]:
    with council.look() as work:
        return [row.state for row in meetings.listing(work, body=meetings.body_of(work, key)).rows]


def test_the_next_meeting_is_convened_when_its_time_comes(council: Council) -> None:
    council.calendar("kreisausschuss", months=[4], hour=17)
    assert states(council, "kreisausschuss") == ["terminiert", "geplant", "geplant"]
    council.clock.advance(days=60)
    council.run()
    assert states(council, "kreisausschuss") == ["terminiert", "terminiert", "geplant"]


def test_an_item_registered_by_a_process_is_answered_when_the_meeting_is_closed(council: Council) -> None:
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    register(council, found)
    council.run("2026-04-02T08:00")
    assert set(council.open_tasks(found)) == {"m_tagesordnung"}
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_einladen", {"m_einladen": "senden"})
    assert council.state(found) == "eingeladen"
    with council.look() as work:
        assert len(invitations.of(work, meetings.show(work, found))) == 15
    council.run("2026-04-14T17:00")
    with council.work() as work:
        meetings.open_session(work, found, chair_id=council.person("marlene.thielen"),
                              recorder_id=council.person("christa.weinand"))
        item = next(item for item in agendas.of(work, meetings.show(work, found)) if item.role != "formalie")
        agendas.settle(work, item.id, result="beschlossen", wording="Zugestimmt.")
    with council.work() as work:
        instances.complete_task(work, council.open_tasks(found)["m_sitzung"], {})
    with council.look() as work:
        sent = work.session.scalars(select(Message).where(Message.name == "top_ergebnis")).one()
        result = sent.payload["punkt"]
        assert (sent.correlation, result["ergebnis"], result["top"]) == ("a-1", "beschlossen", "Ö 4")
        assert (result["termin"], result["zurueckgezogen"]) == ("2026-04-14", False)
    assert council.state(found) == "durchgefuehrt"
    assert set(council.open_tasks(found)) == {"m_niederschrift"}


def test_a_meeting_with_an_item_left_open_cannot_be_closed(council: Council) -> None:
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    register(council, found)
    council.run("2026-04-02T08:00")
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_einladen", {"m_einladen": "senden"})
    council.run("2026-04-14T17:00")
    with council.work() as work:
        meetings.open_session(work, found, chair_id=council.person("marlene.thielen"),
                              recorder_id=council.person("christa.weinand"))
    with refused(Invalid, "noch kein Ergebnis: Mitfahrbank"):
        council.complete(found, "m_sitzung")
    assert council.state(found) == "laeuft"


def test_an_invitation_one_day_late_is_refused_with_the_last_day_and_the_urgent_way(council: Council) -> None:
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    council.run("2026-04-10T08:00")
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_einladen", {"m_einladen": "senden"})
    assert council.state(found) == "terminiert"
    with council.look() as work:
        task = work.get(instances.Task, council.open_tasks(found)["m_einladen"])
        hint = instances.data_of(work, task)["ladung_hinweis"]
    assert "09.04.2026" in hint and "§ 27 Abs. 3 LKO" in hint and "verkürzter Frist" in hint
    council.complete(found, "m_einladen", {"m_einladen": "dringlich", "m_einladen_begruendung": "Frist läuft ab."})
    assert council.state(found) == "eingeladen"


def test_the_kreistags_agenda_needs_the_kreisvorstands_consent(council: Council) -> None:
    found = council.meeting("kreistag", "2026-04-20T16:00")
    council.run("2026-04-07T08:00")
    council.complete(found, "m_tagesordnung")
    assert set(council.open_tasks(found)) == {"m_zustimmung"}
    council.complete(found, "m_zustimmung", {"m_zustimmung": "nein", "m_zustimmung_hinweis": "Bitte Punkt 3 zuerst."},
                     login="renate.escher")
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_zustimmung", {"m_zustimmung": "ja"}, login="renate.escher")
    assert set(council.open_tasks(found)) == {"m_einladen"}


def test_a_late_item_comes_into_the_next_meeting_by_itself(council: Council) -> None:
    first = council.meeting("kreisausschuss", "2026-04-14T17:00")
    second = council.meeting("kreisausschuss", "2026-06-09T17:00")
    council.run("2026-04-01T08:00")
    register(council, first, titel="Zu spät")
    assert (titles(council, first), titles(council, second)) == ([], ["Zu spät"])


def test_a_meeting_moved_after_the_invitation_begins_again_with_its_notice_period(council: Council) -> None:
    found = council.invited("kreisausschuss", "2026-04-14T17:00")
    with council.work() as work:
        before = meetings.show(work, found).instance_id
        moment = meetings.show(work, found).starts_at.replace(day=28)
        meetings.move(work, found, moment, place="", reason="Der Saal ist nicht frei.")
    council.run()
    with council.look() as work:
        meeting = meetings.show(work, found)
        assert (meeting.state, meeting.sequence, meeting.invited_at) == ("terminiert", 1, None)
        assert meeting.instance_id != before
        assert work.get(instances.Instance, before).outcome == "end_verlegt"


def test_a_cancelled_meetings_items_are_adjourned(council: Council) -> None:
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    register(council, found)
    with council.work() as work:
        meetings.cancel(work, found, reason="Keine dringenden Punkte.")
    with council.look() as work:
        sent = work.session.scalars(select(Message).where(Message.name == "top_ergebnis")).one()
        assert sent.payload["punkt"]["ergebnis"] == "vertagt"
        assert work.get(instances.Instance, meetings.show(work, found).instance_id).outcome == "end_abgesagt"
    with refused(Conflict, "abgesagt"), council.work() as work:
        meetings.cancel(work, found, reason="Noch einmal.")


def test_a_withdrawn_item_goes_before_the_invitation_and_stays_after_it(council: Council) -> None:
    found = council.meeting("kreisausschuss", "2026-04-14T17:00")
    register(council, found)
    register(council, found, "a-2", titel="Zweiter")
    with council.house.work(now=council.clock.now) as work:
        assert agendas.withdraw(work, "a-1")
    council.run("2026-04-02T08:00")
    council.complete(found, "m_tagesordnung")
    council.complete(found, "m_einladen", {"m_einladen": "senden"})
    with council.house.work(now=council.clock.now) as work:
        assert not agendas.withdraw(work, "a-2")


def test_what_nobody_waits_for_is_not_registered(council: Council) -> None:
    with council.look() as work:
        assert messages.receiver(work, "top_angemeldet", str(uuid4())) is None
        assert deployments.started_by(work, "sitzung_anberaumt") is not None
        assert work.session.scalar(select(Meeting.id)) is None
