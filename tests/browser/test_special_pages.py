"""The pages nobody has a link to: refusals, findings, errors in forms, confirmations. Each says what to do next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.people import do, first_of, handed_in, login_for, may_sign_in, send, sign_in, task_of

pytestmark = pytest.mark.databases("sqlite")

MODELS = Path(__file__).parents[2] / "bpmn"
Check = Callable[[Page], None]


@pytest.fixture
def county_page(deployed_house: Any, site: Callable[[Any], str], page: Page) -> Page:
    """A page of the county before its first idea."""
    site(deployed_house)
    return page


def opened(page: Page, address: str) -> Response:
    """Open an address that answers."""
    answer = page.goto(address)
    assert answer is not None
    return answer


def test_an_unknown_address_leads_on(county_page: Page, accessible: Check) -> None:
    for address in ("/gibt-es-nicht", "/ideen/2026-99999", "/meine-idee/falsch", "/hilfe/unbekannt"):
        assert opened(county_page, address).status == 404, address
        expect(county_page.get_by_role("main").get_by_role("link").first).to_be_visible()
    accessible(county_page)


@pytest.mark.parametrize(("body", "address"), [
    ("regionallotse", "/verwaltung"), ("regionallotse", "/revision"), ("revision", "/verwaltung/personen")])
def test_who_may_not_open_a_page_reads_why(body: str, address: str, county_page: Page, accessible: Check) -> None:
    sign_in(county_page, first_of(body))
    assert opened(county_page, address).status == 403
    expect(county_page.get_by_role("heading", level=1)).to_have_text("Das dürfen Sie hier nicht")
    accessible(county_page)


def test_a_task_of_others_is_not_shown_to_everybody(
    deployed_house: Any, county_page: Page, accessible: Check
) -> None:
    handed_in(deployed_house)
    task = task_of(deployed_house, "t1_formal")
    county_page.goto(f"/aufgaben/{task.id}")
    expect(county_page.get_by_role("heading", level=1)).to_have_text("Anmelden")
    may_sign_in(deployed_house, outsider := first_of("expertenbeirat"))
    sign_in(county_page, outsider)
    assert opened(county_page, f"/aufgaben/{task.id}").status == 403
    accessible(county_page)


def test_a_wrong_password_is_refused_in_one_sentence(county_page: Page, accessible: Check) -> None:
    county_page.goto("/anmelden")
    county_page.locator('[name="login"]').fill(first_of("cdo"))
    county_page.locator('[name="kennwort"]').fill("falsch")
    county_page.get_by_role("button", name="Anmelden").last.click()
    expect(county_page.get_by_role("alert")).to_contain_text("Anmeldename oder Passwort stimmen nicht.")
    expect(county_page.locator('[name="login"]')).to_have_value(first_of("cdo"))
    accessible(county_page)


def test_an_idea_that_misses_something_names_each_field_beside_it(county_page: Page, accessible: Check) -> None:
    county_page.goto("/ideen/neu")
    county_page.locator('[name="title"]').fill("Bank")
    county_page.get_by_role("main").get_by_role("button").last.click()
    assert county_page.title().startswith("Fehler: ")
    for name in ("title", "text", "theme", "municipality", "connection"):
        wrong = county_page.locator(f'[name="{name}"]').first
        expect(wrong).to_have_attribute("aria-invalid", "true")
        described = wrong.get_attribute("aria-describedby") or ""
        assert any(county_page.locator(f"#{one}").inner_text().strip() for one in described.split() if "fehler" in one)
    expect(county_page.locator('[name="title"]')).to_have_value("Bank")
    accessible(county_page)


def test_a_task_page_with_errors_can_be_read_by_all(deployed_house: Any, county_page: Page, accessible: Check) -> None:
    handed_in(deployed_house)
    task = task_of(deployed_house, "t1_formal")
    sign_in(county_page, login_for(deployed_house, task))
    county_page.goto(f"/aufgaben/{task.id}")
    send(county_page, task)
    assert county_page.title().startswith("Fehler: ")
    accessible(county_page)


def test_who_has_done_a_task_can_still_read_it(deployed_house: Any, county_page: Page, accessible: Check) -> None:
    handed_in(deployed_house)
    task = do(deployed_house, "t1_formal")
    sign_in(county_page, login_for(deployed_house, task))
    county_page.goto("/aufgaben?ansicht=erledigt")
    county_page.locator(f'main a[href="/aufgaben/{task.id}"]').first.click()
    expect(county_page.get_by_role("main")).to_contain_text("Abgegebene Antworten")
    accessible(county_page)


@pytest.mark.parametrize(("name", "content", "told"), [
    ("kaputt.bpmn", b"<definitions><process>", "Zeile"),
    ("boese.bpmn", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "boese.bpmn"),
    ("brief.txt", b"Sehr geehrte Damen und Herren", "keine BPMN-, DMN- oder Formular-Datei"),
    ("formular.json", b'{"type": "default", "id": "x", "components": [{"type": "html"}]}', "formular.json"),
], ids=["malformed", "entities", "other kind", "form"])
def test_a_file_that_cannot_be_deployed_is_told_what_is_wrong_with_it(
    name: str, content: bytes, told: str, county_page: Page, accessible: Check
) -> None:
    upload(county_page, (name, content))
    expect(county_page.get_by_role("main")).to_contain_text(told)
    expect(county_page.get_by_role("button", name="Jetzt bereitstellen")).to_have_count(0)
    accessible(county_page)


def test_findings_in_several_files_can_be_read_one_file_after_the_other(county_page: Page, accessible: Check) -> None:
    broken = (MODELS / "p1_idee_qualifizieren.bpmn").read_bytes().replace(b' default="', b' data-default="')
    name = f"{'ein_langer_name_ohne_leerzeichen_' * 2}vom_2026-11-25.bpmn"
    upload(county_page, ("p1_idee_qualifizieren.bpmn", broken), (name, b"<kaputt"),
           ("c_rueckfrage.bpmn", (MODELS / "c_rueckfrage.bpmn").read_bytes()))
    county_page.get_by_role("link", name="p1_idee_qualifizieren.bpmn").click()
    expect(county_page.get_by_role("heading", level=2, name="p1_idee_qualifizieren.bpmn")).to_be_in_viewport()
    expect(county_page.get_by_role("table", name="Funde in p1_idee_qualifizieren.bpmn")).to_contain_text(
        "gateway-without-default")
    expect(county_page.get_by_role("main")).to_contain_text("c_rueckfrage.bpmn: keine Beanstandungen")
    accessible(county_page)


def test_a_good_diagram_is_checked_then_deployed_as_the_next_version(county_page: Page, accessible: Check) -> None:
    before = (MODELS / "c_rueckfrage.bpmn").read_text(encoding="utf-8")
    after = before.replace('name="Rückfrage formulieren"', 'name="Frage schreiben"')
    upload(county_page, ("c_rueckfrage.bpmn", after.encode()))
    accessible(county_page)
    county_page.get_by_role("button", name="Jetzt bereitstellen").click()
    expect(county_page.get_by_role("status").first).to_contain_text("bereitgestellt")
    county_page.goto("/prozesse/c_rueckfrage/2")
    expect(county_page.get_by_role("main")).to_contain_text("Frage schreiben")
    accessible(county_page)


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    """Let the process owner have files checked."""
    sign_in(page, first_of("prozessverantwortung"))
    page.goto("/prozesse")
    page.set_input_files('[name="dateien"]', [
        {"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files])
    page.get_by_role("button", name="Dateien prüfen").click()
