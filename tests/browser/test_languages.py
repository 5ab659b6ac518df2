"""English by a switch: the page stays, its words change."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import do, handed_in, number_on, send_idea

pytestmark = pytest.mark.databases("sqlite")

PAGES = ("/", "/ideen?thema=gemeinschaft&sortierung=titel", "/ideen/neu", "/anmelden", "/hilfe", "/datenschutz",
         "/impressum", "/barrierefreiheit")


@pytest.mark.parametrize("address", PAGES)
def test_the_switch_keeps_the_page_and_changes_its_language(
    address: str, deployed_house: Any, site: Callable[[Any], str], page: Page
) -> None:
    base = site(deployed_house)
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    german = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="English").click()
    assert page.url == base + address
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.get_by_role("heading", level=1).inner_text() != german
    page.get_by_role("link", name="Deutsch").click()
    assert page.url == base + address
    expect(page.get_by_role("heading", level=1)).to_have_text(german)


def test_who_reads_english_hands_in_in_english_and_finds_german_words_marked(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    handed_in(deployed_house)
    do(deployed_house, "t1_formal")
    page.goto("/ideen")
    page.get_by_role("link", name="English").click()
    page.get_by_role("main").get_by_role("link", name="Bücherschrank").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    accessible(page)
    page.goto("/ideen/neu")
    page.get_by_role("main").get_by_role("button").last.click()
    assert page.title().startswith("Error: ")
    assert "Bitte" not in page.get_by_role("main").inner_text()
    accessible(page)
    send_idea(page)
    page.wait_for_url("**/eingang")
    assert number_on(page)
    accessible(page)
