"""A process owner suspends, moves, cancels and migrates instances, with and without scripts, and all can read it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import wiring
from tests.browser.people import do, first_of, handed_in, login_for, may_sign_in, sign_in, sign_out, task_of

pytestmark = pytest.mark.databases("sqlite")

DIAGRAM = "bpmn/p1_idee_qualifizieren.bpmn"
SOURCE = (Path(__file__).parents[2] / DIAGRAM).read_bytes()
PROCESS = "/prozesse/p1_idee_qualifizieren"
Check = Callable[[Page], None]


@pytest.fixture
def county(deployed_house: Any, site: Callable[[Any], str]) -> Any:
    """The county with two ideas, of which one has come a step further."""
    site(deployed_house)
    handed_in(deployed_house)
    do(deployed_house, "t1_formal")
    handed_in(deployed_house, title="Eine Bank am Weiher")
    may_sign_in(deployed_house, first_of("prozessverantwortung"))
    return deployed_house


def redeploy(house: Any) -> None:
    """Deploy a version in which one step has another name and another step another id."""
    changed = SOURCE.replace(b"t1_dublette", b"t1_zwilling").replace(
        b'name="form" value="t1_zwilling"', b'name="form" value="t1_dublette"').replace(
        b'name="Formal pr', b'name="Form genau pr')
    with house.work() as work:
        wiring.deploy(work, {DIAGRAM: changed})


def test_instances_are_migrated_after_a_plan_and_with_a_report(county: Any, page: Page, accessible: Check) -> None:
    redeploy(county)
    sign_in(page, first_of("prozessverantwortung"))
    page.goto(f"{PROCESS}/2")
    main = page.get_by_role("main")
    page.get_by_role("link", name="Auf diesen Stand heben").click()
    expect(main).to_contain_text("(t1_dublette): Das Element gibt es im neuen Stand nicht mehr.")
    expect(main).to_contain_text("„Formal prüfen“ heißt künftig „Form genau prüfen“.")
    expect(main.get_by_role("checkbox", disabled=True)).to_have_count(1)
    accessible(page)
    page.get_by_role("button", name="Gewählte Vorgänge heben").click()
    expect(page.get_by_role("alert")).to_contain_text("Bitte nennen Sie den Grund")
    accessible(page)
    page.get_by_label("Grund").fill("Neue Namen")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(main).to_contain_text("Ein Vorgang läuft jetzt auf Stand 2")
    accessible(page)
    main.get_by_role("link", name="Eine Bank am Weiher").click()
    expect(main).to_contain_text("Vorgang von Stand 1 auf Stand 2 gehoben: Neue Namen")
    task = task_of(county, "t1_formal")
    login = login_for(county, task)
    sign_out(page)
    sign_in(page, login)
    page.goto(f"/aufgaben/{task.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Form genau prüfen")


def test_instances_are_migrated_without_javascript(county: Any, plain_page: Page) -> None:
    redeploy(county)
    sign_in(plain_page, first_of("prozessverantwortung"))
    plain_page.goto(f"{PROCESS}/2/hebung")
    plain_page.get_by_label("Grund").fill("Neue Namen")
    plain_page.get_by_role("button", name="Gewählte Vorgänge heben").click()
    expect(plain_page.get_by_role("main")).to_contain_text("Ein Vorgang läuft jetzt auf Stand 2")
    plain_page.get_by_role("link", name="Neuer Plan").click()
    expect(plain_page.get_by_role("main")).to_contain_text("Ein Treffer")


def test_a_suspended_instance_tells_whoever_has_its_task_why(county: Any, page: Page, accessible: Check) -> None:
    task = task_of(county, "t1_formal")
    login = login_for(county, task)
    sign_in(page, first_of("prozessverantwortung"))
    page.goto(f"/revision/vorgaenge/{task.instance_id}")
    accessible(page)
    page.get_by_role("link", name="Anhalten").click()
    accessible(page)
    page.get_by_label("Grund").fill("Die Rechtslage wird geklärt")
    page.get_by_role("button", name="Ja, anhalten").click()
    expect(page.get_by_role("main")).to_contain_text("Dieser Vorgang ruht")
    accessible(page)
    sign_out(page)
    sign_in(page, login)
    page.goto("/aufgaben")
    expect(page.get_by_role("main")).to_contain_text("ruht")
    accessible(page)
    page.goto(f"/aufgaben/{task.id}")
    expect(page.get_by_role("main")).to_contain_text("Die Rechtslage wird geklärt.")
    accessible(page)


def test_an_instance_is_moved_and_cancelled(county: Any, page: Page, accessible: Check) -> None:
    task = task_of(county, "t1_formal")
    sign_in(page, first_of("prozessverantwortung"))
    page.goto(f"/revision/vorgaenge/{task.instance_id}")
    page.get_by_role("link", name="Versetzen").click()
    page.get_by_role("button", name="Ja, versetzen").click()
    expect(page.get_by_role("alert")).to_contain_text("Bitte wählen Sie, wo der Vorgang weitergehen soll")
    accessible(page)
    page.get_by_label("Von → nach").select_option(label="Formal prüfen → Auf Dubletten prüfen")
    page.get_by_label("Grund").fill("Liegt schriftlich vor")
    page.get_by_role("button", name="Ja, versetzen").click()
    expect(page.get_by_role("main")).to_contain_text("Der Vorgang ist versetzt.")
    page.get_by_role("link", name="Abbrechen").click()
    accessible(page)
    page.get_by_label("Grund").fill("Doppelt angelegt")
    page.get_by_role("button", name="Ja, abbrechen").click()
    expect(page.get_by_role("main")).to_contain_text("abgebrochen")
    expect(page.get_by_role("heading", name="Eingreifen")).to_have_count(0)
    accessible(page)
