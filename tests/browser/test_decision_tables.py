"""Process owners read decisions as they are made, and what is doubtful in them before they deploy them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import wiring
from tests.browser.people import first_of, may_sign_in, sign_in
from tests.browser.test_incidents import keep
from tests.engine.spiff.models import decision, decisions, end_event, literal, process, rule, start_event

pytestmark = pytest.mark.databases("sqlite")

STAGE = decision(
    "stufe", "alter; seit; eine_sehr_lange_bezeichnung_ohne_luecke_die_nirgends_umbrechen_kann", "stufe; zuschlag",
    '< 30 | >= date("2026-01-01") | "jung","neu" => "eins" | 10', '>= 30 | ? is not None | not("alt") => "zwei" | None',
    policy="FIRST", allowed={"alter": "[0..120]", "stufe": '"eins", "zwei", "drei"'},
    defaults={"stufe": '"drei"', "zuschlag": "0"})
FEE = literal("gebuehr", "zuschlag * 2 + 5", requires="#stufe", variable="gebuehr_in_euro")
BASICS = decisions(STAGE, FEE)
DOUBTFUL = decisions(decision("stufe", "alter", "zuschlag", ">= 30 => 1", "<= 30 => 2"), FEE,
                     decision("rest", "alter", "o", "> 5 => 1"))
ASKS = process("satz", start_event(), rule("b", "gebuehr"), end_event(), flows="start > b > end")


@pytest.fixture
def county(deployed_house: Any, site: Callable[[Any], str]) -> Any:
    """The county with a process owner who may sign in, and a process that asks a decision."""
    site(deployed_house)
    may_sign_in(deployed_house, first_of("prozessverantwortung"))
    with deployed_house.work() as work:
        wiring.deploy(work, {"bpmn/satz.bpmn": ASKS, "bpmn/decisions/gebuehren.dmn": BASICS})
    return deployed_house


def test_a_version_shows_its_decisions(county: Any, page: Page, accessible: Callable[[Page], None]) -> None:
    sign_in(page, first_of("prozessverantwortung"))
    page.goto("/prozesse/satz/1")
    tables = page.locator("section", has=page.locator("#tabellen")).or_(page.locator("section#tabellen")).first
    for said in ("FIRST (F)", "Setzt voraus: stufe", "gebuehr_in_euro = zuschlag * 2 + 5",
                 "Erlaubte Werte: alter [0..120]", "Wert is not None", '"jung","neu"', "sonst"):
        expect(tables).to_contain_text(said)
    keep(page, "decisions")
    accessible(page)


def test_gaps_and_overlaps_are_shown_before_a_table_is_deployed(
    county: Any, page: Page, accessible: Callable[[Page], None]
) -> None:
    sign_in(page, first_of("prozessverantwortung"))
    page.goto("/prozesse")
    page.locator('input[name="dateien"]').set_input_files(
        [{"name": "gebuehren.dmn", "mimeType": "application/xml", "buffer": DOUBTFUL}])
    page.get_by_role("button", name="Dateien prüfen").click()
    found = page.get_by_role("main")
    expect(found).to_contain_text("Die Zeilen 1 (r1: row 1) und 2 (r2: row 2) der Tabelle „stufe“ treffen beide zu")
    expect(found).to_contain_text("Keine Zeile trifft zu, zum Beispiel bei alter = 4")
    keep(page, "doubts")
    accessible(page)


def test_the_help_explains_decision_tables(county: Any, page: Page, accessible: Callable[[Page], None]) -> None:
    sign_in(page, first_of("prozessverantwortung"))
    page.goto("/hilfe/prozesse")
    expect(page.get_by_role("heading", name="Entscheidungstabellen")).to_be_visible()
    keep(page, "help")
    accessible(page)
