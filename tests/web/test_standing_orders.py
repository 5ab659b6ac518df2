"""A body's standing orders on their page: what the law fixes is told, what it leaves asked, what it forbids refused."""

import re
from typing import Any

import pytest

from engine.council import standing_orders
from engine.identity import bodies
from tests.web.conftest import County, Reader

PAGE = "/verwaltung/gremien/{}/geschaeftsordnung"


@pytest.fixture
def ada(county: County) -> Reader:
    """The administrator; the county has its bodies."""
    with county.house.work() as work:
        bodies.add_body(work, "kreistag", "Kreistag", kind="organ", statutory_number=51)
        bodies.add_body(work, "kreisvorstand", "Kreisvorstand", kind="organ", statutory_number=4)
        bodies.add_body(work, "lenkungsgruppe", "Lenkungsgruppe", kind="advisory")
    return county.reader("ada")


def orders(county: County, key: str) -> Any:
    with county.house.look() as work:
        return standing_orders.of(work, bodies.find(work, key))


def shown(reader: Reader) -> dict[str, str]:
    """The fields of the page with what stands in them."""
    form = reader.page.split('action="/verwaltung/gremien/')[1]
    values = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', form))
    values.pop("csrf_token", None)
    for name, choices in re.findall(r'<select[^>]* name="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', choices)
        values[name] = chosen[1] if chosen else ""
    return values


def save(reader: Reader, key: str, **said: str) -> int:
    """Open the page, change some fields, send it whole, as a browser does."""
    reader.get(PAGE.format(key))
    return reader.post(PAGE.format(key), **{**shown(reader), **said}).status_code


def test_what_the_law_fixes_is_told_with_its_paragraph_and_not_asked(ada: Reader) -> None:
    ada.get(PAGE.format("kreistag"))
    assert "Anwesende nach zweiter Einladung 3 (§ 32 Abs. 1 Satz 2 LKO)" in ada.reads()
    assert "Zustimmung zur Tagesordnung Kreisvorstand (§ 27 Abs. 5 LKO)" in ada.reads()
    assert "Es gilt: 4. Vorgabe: 4 (§ 27 Abs. 3 LKO)." in ada.reads()
    assert "second_minimum" not in shown(ada) and shown(ada)["notice_days"] == "4"


def test_a_body_that_only_advises_is_asked_for_everything(ada: Reader) -> None:
    ada.get(PAGE.format("lenkungsgruppe"))
    assert "Was das Gesetz festlegt" not in ada.reads()
    assert set(standing_orders.PROVISIONS) <= set(shown(ada))
    assert (shown(ada)["quorum"], shown(ada)["circular"], shown(ada)["agenda_consent"]) == ("nein", "ja", "")


def test_a_page_sent_as_it_is_changes_nothing(county: County, ada: Reader) -> None:
    for key in ("kreistag", "lenkungsgruppe"):
        before = orders(county, key)
        assert save(ada, key) == 303
        assert orders(county, key) == before
    with county.house.look() as work:
        assert standing_orders.revision(work, bodies.find(work, "kreistag")) == ""


def test_numbers_choices_and_bases_are_saved_and_stand_in_the_history(county: County, ada: Reader) -> None:
    assert save(ada, "lenkungsgruppe", notice_days="5", notice_days_grundlage="§ 2 der eigenen Regeln", quorum="ja",
                circular="nein", agenda_consent="kreisvorstand") == 303
    found = orders(county, "lenkungsgruppe")
    assert (found.notice_days, found.basis["notice_days"]) == (5, "§ 2 der eigenen Regeln")
    assert (found.quorum, found.circular, found.agenda_consent) == (True, "nein", "kreisvorstand")
    ada.get(PAGE.format("lenkungsgruppe"))
    assert shown(ada)["notice_days_grundlage"] == "§ 2 der eigenen Regeln"
    assert "Es gilt: 5. Vorgabe: 7" in ada.reads()
    reader = county.reader("rita")
    reader.get("/revision/haus")
    assert "Geschäftsordnung geändert: Lenkungsgruppe, Ladungsfrist in vollen Tagen: 5" in reader.reads()
    assert "Beschlussfähigkeit nötig: ja" in reader.reads() and "Grundlage § 2 der eigenen Regeln" in reader.reads()


def test_what_the_law_forbids_stands_at_its_field_and_nothing_typed_is_lost(county: County, ada: Reader) -> None:
    assert save(ada, "kreistag", notice_days="7", notice_days_grundlage="§ 4 Geschäftsordnung",
                minutes_days="40") == 422
    assert 'href="#f-notice_days"' in ada.page and 'href="#f-minutes_days"' in ada.page
    assert "nur in der Hauptsatzung (§ 27 Abs. 3 Satz 1 Halbsatz 2 LKO)" in ada.reads()
    assert shown(ada)["notice_days"] == "7" and shown(ada)["notice_days_grundlage"] == "§ 4 Geschäftsordnung"
    assert orders(county, "kreistag").notice_days == 4
    assert ada.post(PAGE.format("kreistag"), **{**shown(ada), "notice_days_grundlage": "§ 4 Hauptsatzung",
                                                "minutes_days": "14"}).status_code == 303
    assert orders(county, "kreistag").notice_days == 7


@pytest.mark.parametrize("typed", ["", "vier", "4,5", "-1", "9999999999", "٤"])
def test_what_is_no_number_is_refused(county: County, ada: Reader, typed: str) -> None:
    assert save(ada, "kreistag", notice_days=typed) == 422
    assert "Bitte eine Zahl von 4 bis 60 eingeben" in ada.reads()


def test_what_the_law_fixes_cannot_be_sent_past_the_page(county: County, ada: Reader) -> None:
    assert save(ada, "kreistag", second_minimum="1", quorum="nein", agenda_consent="") == 303
    assert orders(county, "kreistag").second_minimum == 3 and orders(county, "kreistag").quorum


def test_of_two_who_edit_at_once_the_second_is_told_and_keeps_what_was_typed(county: County, ada: Reader) -> None:
    ada.get(PAGE.format("lenkungsgruppe"))
    stale = shown(ada)
    assert save(county.reader("ada"), "lenkungsgruppe", notice_days="5") == 303
    assert ada.post(PAGE.format("lenkungsgruppe"), **{**stale, "send_days": "12"}).status_code == 409
    assert "Inzwischen hat jemand" in ada.reads() and "Es gilt: 5." in ada.reads() and shown(ada)["send_days"] == "12"
    assert orders(county, "lenkungsgruppe").notice_days == 5
    assert ada.post(PAGE.format("lenkungsgruppe"), **shown(ada)).status_code == 303


def test_offices_have_none_and_nobody_else_sees_them(county: County, ada: Reader) -> None:
    assert ada.get(PAGE.format("cdo")).status_code == 404
    assert ada.get(PAGE.format("gibt_es_nicht")).status_code == 404
    assert county.reader("petra").get(PAGE.format("kreistag")).status_code == 403
    assert county.reader().get(PAGE.format("kreistag")).status_code == 303


def test_a_bodys_page_leads_there_and_an_offices_does_not(ada: Reader) -> None:
    ada.get("/verwaltung/gremien/kreistag")
    assert 'href="/verwaltung/gremien/kreistag/geschaeftsordnung"' in ada.page
    ada.get("/verwaltung/gremien/cdo")
    assert "geschaeftsordnung" not in ada.page
