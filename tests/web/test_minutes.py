"""Minutes on pages: the office completes them, two sign, members object, everybody reads the public part."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pikepdf
import pytest

from tests.council import OFFICE, Council
from tests.web.conftest import Reader, reader_of
from tests.web.test_meetings import held
from web.app import create_app


@pytest.fixture
def meeting(council: Council) -> UUID:
    """A meeting that was held and closed."""
    return held(council)


@pytest.fixture
def office(council: Council, meeting: UUID, time_machine: Any) -> Reader:
    return reader_of(council, time_machine, OFFICE)


def anybody(council: Council) -> Reader:
    return Reader(create_app(council.house).test_client())


def sent(council: Council, meeting: UUID) -> None:
    council.signed(meeting)
    council.complete(meeting, "m_niederschrift")


def test_the_task_leads_to_the_page_and_the_page_to_the_task(
    council: Council, meeting: UUID, office: Reader
) -> None:
    task = council.open_tasks(meeting)["m_niederschrift"]
    assert f"/sitzungsdienst/{meeting}/niederschrift" in office.get(f"/aufgaben/{task}").text
    office.get(f"/sitzungsdienst/{meeting}/niederschrift")
    assert f"/aufgaben/{task}" in office.page and "14.05.2026" in office.reads()


def test_what_the_office_adds_is_in_the_minutes_and_what_it_typed_is_kept(
    council: Council, meeting: UUID, office: Reader
) -> None:
    address = f"/sitzungsdienst/{meeting}/niederschrift"
    office.get(address)
    assert "Anwesend 12 von 15 Mitgliedern" in office.reads()
    assert office.post(address, **{"zu-verlauf": "Die Sitzung begann pünktlich."}).status_code == 303
    office.get(address)
    assert office.reads().count("Die Sitzung begann pünktlich.") == 2


def test_chair_and_recorder_sign_and_then_it_can_be_sent(
    council: Council, meeting: UUID, office: Reader, time_machine: Any
) -> None:
    chair = reader_of(council, time_machine, "marlene.thielen")
    page = f"/meine-sitzungen/{meeting}/niederschrift"
    assert page in chair.get(f"/meine-sitzungen/{meeting}").text
    chair.get(page)
    chair.post(page, teil="chair")
    assert "unterschrieben am" in chair.get(page).text and "Als Vorsitz unterschreiben" not in chair.page
    address = f"/sitzungsdienst/{meeting}/niederschrift"
    office.get(address)
    office.post(f"{address}/unterschrift", teil="recorder")
    office.get(address)
    assert "noch nicht unterschrieben" not in office.reads()
    council.complete(meeting, "m_niederschrift")
    assert "Verschickt am" in office.get(address).text


def test_members_read_it_once_it_was_sent_and_object(
    council: Council, meeting: UUID, time_machine: Any
) -> None:
    member = reader_of(council, time_machine, "renate.escher")
    address = f"/meine-sitzungen/{meeting}/niederschrift"
    assert member.get(address).status_code == 404
    assert "liegt noch nicht vor" in member.reads()
    sent(council, meeting)
    assert "Grundstück am Bahnhof" in member.get(address).text
    empty = member.post(f"{address}/einwendung", objection=" ")
    assert empty.status_code == 422 and 'aria-invalid="true"' in empty.text
    member.post(f"{address}/einwendung", objection="Ich war ab Punkt 4 nicht mehr da.")
    member.get(address)
    assert "Ich war ab Punkt 4 nicht mehr da. Renate Escher" in member.reads()


def test_a_correction_is_signed_and_sent_beside_the_old_version(
    council: Council, meeting: UUID, office: Reader
) -> None:
    sent(council, meeting)
    address = f"/sitzungsdienst/{meeting}/niederschrift"
    office.get(address)
    office.post(address, berichtigen="1", **{"zu-verlauf": "Berichtigt."})
    assert "fassung=1" in office.get(address).text and "Berichtigung verschicken" not in office.page
    assert "Berichtigt." not in anybody(council).get(f"/sitzungen/{meeting}/niederschrift").text
    early = office.post(f"{address}/versand")
    assert early.status_code == 422 and "noch nicht von Vorsitz" in early.text
    council.signed(meeting)
    office.post(f"{address}/versand")
    assert "Fassung 2" in anybody(council).get(f"/sitzungen/{meeting}/niederschrift").text
    assert office.get(f"{address}.pdf?fassung=1").mimetype == "application/pdf"
    assert office.get(f"{address}.pdf?fassung=9").status_code == 404


def test_the_public_reads_the_public_part_of_what_was_sent_as_page_and_as_file(
    council: Council, meeting: UUID, time_machine: Any
) -> None:
    reader = anybody(council)
    for ending in ("", ".pdf"):
        assert reader.get(f"/sitzungen/{meeting}/niederschrift{ending}").status_code == 404
    assert "noch nicht veröffentlicht" in reader.get(f"/sitzungen/{meeting}/niederschrift").text
    sent(council, meeting)
    assert f"/sitzungen/{meeting}/niederschrift" in reader.get(f"/sitzungen/{meeting}").text
    reader.get(f"/sitzungen/{meeting}/niederschrift")
    said = reader.reads()
    assert "8 Ja, 3 Nein, 1 Enthaltungen" in said and "Grundstück" not in said and "Escher" not in said
    answer = reader.get(f"/sitzungen/{meeting}/niederschrift.pdf")
    assert "niederschrift-kreisausschuss-2026-04-14.pdf" in answer.headers["Content-Disposition"]
    with pikepdf.open(BytesIO(answer.data)) as file, file.open_metadata() as about:
        assert "Kreisausschuss, 14.04.2026 (öffentlicher Teil)" in about["dc:title"]


def test_others_read_nothing_that_is_not_public(council: Council, meeting: UUID, time_machine: Any) -> None:
    sent(council, meeting)
    stranger = reader_of(council, time_machine, "carla.rossmann")
    for address in (f"/sitzungsdienst/{meeting}/niederschrift", f"/sitzungsdienst/{meeting}/niederschrift.pdf",
                    f"/meine-sitzungen/{meeting}/niederschrift", f"/meine-sitzungen/{meeting}/niederschrift.pdf"):
        assert stranger.get(address).status_code == 403, address
        assert anybody(council).get(address).status_code == 303


def test_minutes_of_a_meeting_that_still_runs_are_not_there(council: Council, time_machine: Any) -> None:
    found = council.begun("kreisausschuss", "2026-04-14T17:00")
    office = reader_of(council, time_machine, OFFICE)
    assert office.get(f"/sitzungsdienst/{found}/niederschrift").status_code == 404
    assert "wenn die Sitzung geschlossen ist" in office.page
