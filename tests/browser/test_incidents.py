"""A process owner sees what failed and why, puts the data right and tries again, with and without scripts."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import wiring, worker
from engine.identity import bodies
from engine.runtime import instances
from tests.browser.people import first_of, may_sign_in, sign_in
from tests.engine.runtime.waiting import DIVIDE

pytestmark = pytest.mark.databases("sqlite")

LIST = "/revision/stoerungen"
Check = Callable[[Page], None]
DATA = {
    "teiler": 0, "thema": "Bank am Weiher", "dringend": True, "seit": date(2026, 3, 1), "anlagen": ["plan.pdf", None],
    "begruendung": "Am Weiher fehlt eine Bank für alle, die nicht lange stehen können. " * 4,
    "eine_sehr_lange_bezeichnung_ohne_jede_luecke_die_nirgends_umbrechen_kann": "x" * 70,
}


@pytest.fixture
def county(deployed_house: Any, site: Callable[[Any], str]) -> Any:
    """The county with a process owner who may sign in."""
    site(deployed_house)
    may_sign_in(deployed_house, first_of("prozessverantwortung"))
    return deployed_house


def fail(house: Any) -> None:
    """An instance whose timer fails for good."""
    with house.work() as work:
        bodies.add_body(work, "panel", "Panel")
        work.session.flush()
        wiring.deploy(work, {"bpmn/teilen.bpmn": DIVIDE})
        instances.start(work, "teilen", DATA, business_key="2026-00007", title="Zwölf teilen")
    for days in range(1, 4):
        worker.fire_timers(house, datetime.now(UTC) + timedelta(days=days))


def keep(page: Page, name: str) -> None:
    """A picture of the page, wide and narrow, where somebody wants to look: PICTURES names the folder."""
    folder = os.environ.get("PICTURES")
    for width in (1280, 320) if folder else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(str(folder)) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_without_incidents_the_page_says_that_all_is_well(county: Any, page: Page, accessible: Check) -> None:
    sign_in(page, first_of("prozessverantwortung"))
    page.goto(LIST)
    expect(page.get_by_role("main")).to_contain_text("Keine offene Störung")
    accessible(page)
    keep(page, "empty")


def test_data_are_put_right_where_the_incident_shows_them(county: Any, page: Page, accessible: Check) -> None:
    fail(county)
    sign_in(page, first_of("prozessverantwortung"))
    page.goto(LIST)
    accessible(page)
    keep(page, "list")
    page.get_by_role("link", name="Daten ansehen und berichtigen").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("ZeroDivisionError")
    accessible(page)
    keep(page, "show")
    page.get_by_label("teiler").fill("viele")
    page.get_by_label("Neuer Wert (JSON)").fill("ohne Anführung")
    page.get_by_role("button", name="Berichtigen und wiederholen").click()
    expect(page.get_by_role("alert")).to_contain_text("Bitte eine Zahl eingeben")
    accessible(page)
    keep(page, "wrong")
    page.get_by_label("teiler").fill("4")
    page.get_by_label("Neuer Wert (JSON)").fill("")
    page.get_by_label("dringend").select_option("false")
    page.get_by_role("button", name="Berichtigen und wiederholen").click()
    expect(main).to_contain_text("Keine offene Störung")
    page.goto(f"{LIST}?alle=ja")
    page.get_by_role("link", name="Daten ansehen").click()
    expect(main).to_contain_text("behoben")
    accessible(page)
    main.get_by_role("link", name="Zwölf teilen").click()
    expect(main).to_contain_text("teiler: 0 → 4")


def test_without_scripts_it_works_as_well(county: Any, plain_page: Page) -> None:
    fail(county)
    sign_in(plain_page, first_of("prozessverantwortung"))
    plain_page.goto(LIST)
    plain_page.get_by_role("link", name="Daten ansehen und berichtigen").click()
    plain_page.get_by_label("teiler").fill("6")
    plain_page.get_by_role("button", name="Berichtigen und wiederholen").click()
    expect(plain_page.get_by_role("main")).to_contain_text("Keine offene Störung")
