"""A circular in the browser: the office sends a question round, members answer, one objects."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import first_of, may_sign_in, sign_in, sign_out

pytestmark = pytest.mark.databases("sqlite")
Check = Callable[[Page], None]
MEMBERS = ("marlene.thielen", "renate.escher")


@pytest.fixture
def county_page(deployed_house: Any, site: Callable[[Any], str], page: Page) -> Page:
    """A page of the county, whose members may sign in."""
    site(deployed_house)
    may_sign_in(deployed_house, *MEMBERS)
    return page


def ask(page: Page, body: str) -> None:
    """The office sends a question round; ends on the circular's page."""
    sign_in(page, first_of("sitzungsdienst"))
    page.goto(f"/sitzungsdienst/umlauf/neu/{body}")
    page.get_by_label("Frage").fill("Logo der Smarten Region")
    page.get_by_label("Beschlussvorschlag").fill("Das Logo wird verwendet.")
    page.get_by_role("button", name="An alle Mitglieder senden").click()


def test_members_answer_and_the_first_objection_ends_it(county_page: Page, accessible: Check) -> None:
    ask(county_page, "lenkungsgruppe")
    expect(county_page.get_by_role("heading", level=1)).to_have_text("Logo der Smarten Region")
    accessible(county_page)
    address = county_page.url
    sign_out(county_page)
    sign_in(county_page, MEMBERS[0])
    county_page.goto("/meine-sitzungen/umlauf")
    expect(county_page.get_by_text("Ihre Antwort fehlt")).to_be_visible()
    accessible(county_page)
    county_page.get_by_role("link", name="Logo der Smarten Region").click()
    county_page.get_by_role("button", name="Antwort absenden").click()
    expect(county_page.get_by_role("alert")).to_contain_text("Ihre Antwort")
    accessible(county_page)
    county_page.get_by_label("Ja", exact=True).check()
    county_page.get_by_role("button", name="Antwort absenden").click()
    expect(county_page.get_by_text("Ihre Antwort ist angekommen.")).to_be_visible()
    sign_out(county_page)
    sign_in(county_page, MEMBERS[1])
    county_page.goto(address)
    county_page.get_by_label("Ich widerspreche dem Umlauf").check()
    county_page.get_by_role("button", name="Antwort absenden").click()
    expect(county_page.get_by_role("main")).to_contain_text("durch Widerspruch beendet")
    expect(county_page.get_by_role("button", name="Antwort absenden")).to_have_count(0)
    accessible(county_page)


def test_an_organ_is_asked_for_the_finding_of_an_emergency_first(county_page: Page, accessible: Check) -> None:
    sign_in(county_page, first_of("sitzungsdienst"))
    county_page.goto("/sitzungsdienst/umlauf")
    accessible(county_page)
    county_page.get_by_role("link", name="Notlage angeben : Kreistag").click()
    county_page.get_by_label("Frage").fill("Hochwasser: Notquartiere")
    county_page.get_by_role("button", name="An alle Mitglieder senden").click()
    expect(county_page.get_by_role("alert")).to_contain_text("Aktenzeichen")
    expect(county_page.get_by_label("Frage")).to_have_value("Hochwasser: Notquartiere")
    accessible(county_page)
    for name, value in {"authority": "ADD Trier", "reference": "17-4/2026", "proposal": "Die Hallen werden geöffnet.",
                        "date": "2026-01-15"}.items():
        county_page.locator(f'[name="{name}"]').fill(value)
    county_page.get_by_role("button", name="An alle Mitglieder senden").click()
    expect(county_page.get_by_role("main")).to_contain_text("ADD Trier, 15.01.2026, Aktenzeichen 17-4/2026")
    accessible(county_page)


def test_strangers_neither_see_nor_lead_circulars(county_page: Page, accessible: Check) -> None:
    ask(county_page, "lenkungsgruppe")
    address = county_page.url
    sign_out(county_page)
    sign_in(county_page, first_of("technik_beratung"))
    for refused in (address, "/sitzungsdienst/umlauf", "/sitzungsdienst/umlauf/neu/lenkungsgruppe"):
        answer = county_page.goto(refused)
        assert answer is not None and answer.status == 403, refused
    county_page.goto("/meine-sitzungen/umlauf")
    expect(county_page.get_by_text("Kein Umlauf")).to_be_visible()
    accessible(county_page)
