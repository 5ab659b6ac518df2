"""The council's office plans meetings, edits agendas and sees what is next, on pages that lose nothing typed."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from engine import worker
from engine.council import agendas, meetings
from engine.demo.county import PASSWORD
from engine.identity.bodies import BERLIN
from tests.web.conftest import Reader
from web.app import create_app


@pytest.fixture
def office(deployed_house: Any) -> Reader:
    """The council's office, signed in."""
    reader = Reader(create_app(deployed_house).test_client())
    reader.get("/anmelden")
    reader.post("/anmelden", login="christa.weinand", kennwort=PASSWORD)
    return reader


def day(ahead: int) -> str:
    return (datetime.now(BERLIN) + timedelta(days=ahead)).date().isoformat()


def planned(house: Any, office: Reader, ahead: int = 60) -> str:
    """A meeting of the Kreisausschuss that takes items up; its page's address."""
    office.get("/sitzungsdienst")
    answer = office.post("/sitzungsdienst/termine", body="kreisausschuss", day=day(ahead), time="17:00", place="Saal 1")
    assert answer.status_code == 303, answer.text
    worker.run_due(house)
    return str(answer.headers["Location"])


def test_a_date_becomes_a_meeting_that_takes_items_up(deployed_house: Any, office: Reader) -> None:
    page = office.get(planned(deployed_house, office)).text
    assert "terminiert" in page and "§ 27 Abs. 3 LKO" in page and "Eröffnung" in page


def test_a_past_date_is_refused_at_its_field_and_stays_typed(office: Reader) -> None:
    office.get("/sitzungsdienst")
    answer = office.post("/sitzungsdienst/termine", body="kreisausschuss", day="2020-01-07", time="17:00",
                         place="Saal 9")
    assert answer.status_code == 422
    assert "Dieser Zeitpunkt ist vorbei" in answer.text and "Saal 9" in answer.text


def test_a_time_that_is_none_is_refused(office: Reader) -> None:
    office.get("/sitzungsdienst")
    answer = office.post("/sitzungsdienst/termine", body="kreisausschuss", day=day(60), time="7 Uhr")
    assert answer.status_code == 422 and "zum Beispiel 17:00" in answer.text


def test_a_rhythm_is_told_in_words_with_its_next_dates(office: Reader) -> None:
    office.get("/sitzungsdienst/gremien/kreisausschuss")
    office.post("/sitzungsdienst/gremien/kreisausschuss", months=["2", "4", "6"], ordinal="2nd", weekday="tue",
                time="17:00", place="Saal 1")
    page = office.get("/sitzungsdienst/gremien/kreisausschuss").text
    assert "am zweiten Dienstag, 17:00 Uhr" in page
    assert len(re.findall(r"<li>\d\d\.\d\d\.20\d\d, 17:00 Uhr</li>", page)) == 3


def test_an_item_is_added_changed_moved_and_taken_off(deployed_house: Any, office: Reader) -> None:
    address = planned(deployed_house, office)
    office.get(address)
    office.post(f"{address}/punkte", title="Mitfahrbank", role="entscheidung", public="ja", majority="einfach",
                proposal="Zugestimmt.")
    key = UUID(address.rsplit("/", 1)[1])

    def agenda() -> list[Any]:
        with deployed_house.look() as work:
            return agendas.of(work, meetings.show(work, key))

    item = next(one for one in agenda() if one.title == "Mitfahrbank")
    office.get(f"/sitzungsdienst/punkte/{item.id}")
    office.post(f"/sitzungsdienst/punkte/{item.id}", version=str(item.version), title="Mitfahrbänke",
                role="entscheidung", public="ja", majority="einfach", proposal="Zugestimmt.")
    office.post(f"/sitzungsdienst/punkte/{item.id}/platz", platz="1")
    assert agenda()[0].title == "Mitfahrbänke"
    stale = office.post(f"/sitzungsdienst/punkte/{item.id}", version="1", title="Zu spät", role="entscheidung",
                        public="ja", majority="einfach", proposal="Mein Text.")
    assert stale.status_code == 409
    assert "hat diesen Punkt um" in stale.text and "Mein Text." in stale.text and "Mitfahrbänke" in stale.text
    office.post(f"/sitzungsdienst/punkte/{item.id}/absetzung")
    assert agenda()[0].result == "abgesetzt"


def test_a_non_public_item_without_a_reason_is_refused_at_its_field(deployed_house: Any, office: Reader) -> None:
    address = planned(deployed_house, office)
    office.get(address)
    answer = office.post(f"{address}/punkte", title="Grundstück", role="entscheidung", public="nein",
                         majority="einfach")
    assert answer.status_code == 422 and "§ 28 Abs. 1 LKO" in answer.text and "Grundstück" in answer.text


def test_a_meeting_is_moved_and_called_off_with_a_reason(deployed_house: Any, office: Reader) -> None:
    address = planned(deployed_house, office)
    office.get(address)
    assert office.post(f"{address}/verlegung", day=day(70), time="18:00", reason="").status_code == 422
    office.post(f"{address}/verlegung", day=day(70), time="18:00", reason="Der Saal ist belegt.")
    worker.run_due(deployed_house)
    assert "Der Saal ist belegt." in office.get(address).text
    office.post(f"{address}/absage", cancel_reason="Keine Punkte.")
    assert "abgesagt" in office.get(address).text
    again = office.post(f"{address}/absage", cancel_reason="Noch einmal.")
    assert again.status_code == 409 and "nicht mehr verlegen oder absagen" in again.text


def test_a_missed_notice_period_is_told_with_the_urgent_way(deployed_house: Any, office: Reader) -> None:
    page = office.get(planned(deployed_house, office, ahead=3)).text
    assert "Die Ladungsfrist ist nicht mehr zu wahren" in page and "§ 34 Abs. 3 GemO" in page


def test_only_the_office_has_these_pages(deployed_house: Any) -> None:
    reader = Reader(create_app(deployed_house).test_client())
    reader.get("/anmelden")
    reader.post("/anmelden", login="leonie.oster", kennwort=PASSWORD)
    assert reader.get("/sitzungsdienst").status_code == 403
    assert "/sitzungsdienst" not in reader.get("/aufgaben").text


def test_a_task_of_a_meeting_leads_to_the_meetings_page(deployed_house: Any, office: Reader) -> None:
    address = planned(deployed_house, office, ahead=10)
    task = re.search(r'href="(/aufgaben/[0-9a-f-]+)">Tagesordnung aufstellen', office.get(address).text)
    assert task is not None
    page = office.get(task[1]).text
    assert f'href="{address}"' in page and "Zur Sitzung" in page
    assert "Am Tag der Sitzung" not in page
