"""Invitations come by mail with a calendar file that a calendar replaces and removes by itself (RFC 5545, RFC 5546)."""

from typing import Any

from icalendar import Calendar

from engine.council import calendar_files, invitations, meetings
from engine.errors import NotFound
from tests.council import Council, refused

COMMITTEE = ("kreisausschuss", "2026-04-14T17:00")


def files(council: Council, to: str) -> list[Any]:
    """The calendar files mailed to somebody, in the order of their SEQUENCE and METHOD."""
    parts = [part for mail in council.mails(to) for part in mail.walk() if part.get_content_type() == "text/calendar"]
    read = [(Calendar.from_ical(part.get_payload(decode=True)), part.get_param("method")) for part in parts]
    assert all(file["METHOD"] == method for file, method in read)
    return sorted((file for file, _ in read), key=lambda file: event(file)["SEQUENCE"])


def event(file: Any) -> Any:
    return next(part for part in file.walk() if part.name == "VEVENT")


def test_an_invitation_carries_its_calendar_file(council: Council) -> None:
    found = council.invited(*COMMITTEE)
    (file,) = files(council, "renate.escher@")
    asked = event(file)
    assert (file["METHOD"], asked["SEQUENCE"], asked["STATUS"]) == ("REQUEST", 0, "CONFIRMED")
    assert str(asked["UID"]) == f"{found}@reifegrad" and "renate.escher@example.org" in str(asked["ATTENDEE"])
    assert asked["DTSTART"].dt.isoformat() == "2026-04-14T17:00:00+02:00"
    assert [part["TZID"] for part in file.walk() if part.name == "VTIMEZONE"] == ["Europe/Berlin"]


def test_a_moved_meeting_replaces_its_entry_and_a_cancelled_one_removes_it(council: Council) -> None:
    found = council.invited(*COMMITTEE)
    with council.work() as work:
        moment = meetings.show(work, found).starts_at.replace(day=28)
        meetings.move(work, found, moment, place="", reason="Saal belegt.")
    council.run()
    with council.work() as work:
        meetings.cancel(work, found, reason="Keine Punkte.")
    first, second, third = files(council, "renate.escher@")
    assert len({str(event(file)["UID"]) for file in (first, second, third)}) == 1
    assert event(second)["DTSTART"].dt.day == 28 and event(second)["SEQUENCE"] == 1
    assert (third["METHOD"], event(third)["STATUS"], event(third)["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)


def test_who_was_not_invited_hears_nothing_of_a_move(council: Council) -> None:
    found = council.meeting(*COMMITTEE)
    with council.work() as work:
        meetings.cancel(work, found, reason="Keine Punkte.")
    assert files(council, "renate.escher@") == []


def test_a_deputy_that_a_member_names_is_invited_too(council: Council) -> None:
    found = council.invited("lenkungsgruppe", "2026-04-15T15:00")
    with council.work("renate.escher") as work:
        invitations.answer(work, found, "vertretung", deputy_id=council.person("leonie.oster"))
    assert len(files(council, "leonie.oster@")) == 1


def test_a_feed_holds_the_meetings_of_ones_own_bodies(council: Council) -> None:
    own, other = council.meeting(*COMMITTEE), council.meeting("expertenbeirat", "2026-05-06T10:00")
    with council.work("renate.escher") as work:
        token = calendar_files.renew(work)
    with council.look() as work:
        text = calendar_files.feed(work, token)
    assert f"{own}@reifegrad" in text and f"{other}@reifegrad" not in text
    assert "METHOD:PUBLISH" in text


def test_a_new_address_ends_the_old_one(council: Council) -> None:
    with council.work("renate.escher") as work:
        old = calendar_files.renew(work)
    with council.work("renate.escher") as work:
        calendar_files.renew(work)
    with refused(NotFound, "neuen Link"), council.look() as work:
        calendar_files.feed(work, old)
