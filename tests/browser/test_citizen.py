"""The author of an idea in the browser, known by nothing but the private link."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import worker
from tests.browser.people import do, handed_in, send_idea, task_of, waiting
from tests.processes import answers

pytestmark = pytest.mark.databases("sqlite")

QUESTION = "Wo genau soll der Schrank stehen?"


@pytest.fixture
def private_page(deployed_house: Any, site: Callable[[Any], str], page: Page) -> Page:
    """The private page of an idea that was handed in just now."""
    site(deployed_house)
    page.goto(handed_in(deployed_house))
    return page


def test_a_question_is_read_put_off_once_and_answered(
    deployed_house: Any, private_page: Page, accessible: Callable[[Page], None]
) -> None:
    page, main = private_page, private_page.get_by_role("main")
    do(deployed_house, "t1_formal", **answers.formal("rueckfrage"))
    do(deployed_house, "t_frage", frage=QUESTION, frage_tage=21)

    page.reload()
    expect(main).to_contain_text(QUESTION)
    before = main.locator("#frage time").inner_text()
    accessible(page)
    page.get_by_role("button", name="Um mehr Zeit bitten").click()
    expect(main).to_contain_text("Sie haben mehr Zeit")
    worker.run_due(deployed_house)
    page.reload()
    assert main.locator("#frage time").inner_text() != before
    expect(page.get_by_role("button", name="Um mehr Zeit bitten")).to_have_count(0)

    page.get_by_label("Ihre Antwort").fill("")
    page.get_by_role("button", name="Antwort absenden").click()
    assert page.title().startswith("Fehler: ")
    accessible(page)
    page.get_by_label("Ihre Antwort").fill("Neben der Bushaltestelle.")
    page.get_by_role("button", name="Antwort absenden").click()
    expect(main).to_contain_text("Danke, Ihre Antwort ist angekommen.")
    expect(main).to_contain_text("Neben der Bushaltestelle.")
    expect(page.get_by_label("Ihre Antwort")).to_have_count(0)
    assert task_of(deployed_house, "t1_formal"), "the guide goes on with the answer"


def test_what_the_author_adds_reaches_those_who_work_on_the_idea(deployed_house: Any, private_page: Page) -> None:
    page = private_page
    page.get_by_label("Ihr Nachtrag").fill("Der Bauhof würde ihn aufstellen.")
    page.get_by_role("button", name="Nachtrag absenden").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Ihr Nachtrag ist angekommen.")
    expect(main).to_contain_text("Der Bauhof würde ihn aufstellen.")
    expect(main).to_contain_text("Am Dorfplatz fehlt ein Schrank")


def test_an_idea_is_withdrawn_only_after_asking_once_more(
    deployed_house: Any, private_page: Page, accessible: Callable[[Page], None]
) -> None:
    page, address = private_page, private_page.url
    do(deployed_house, "t1_formal")
    page.get_by_role("link", name="Idee zurückziehen").click()
    accessible(page)
    page.get_by_role("link", name="Nein, zurück").click()
    assert page.url == address
    assert waiting(deployed_house), "nothing has happened yet"

    page.get_by_role("link", name="Idee zurückziehen").click()
    page.get_by_role("button", name="Ja, Idee zurückziehen").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Ihre Idee ist zurückgezogen.")
    expect(page.get_by_role("link", name="Idee zurückziehen")).to_have_count(0)
    assert not waiting(deployed_house), "tasks on a withdrawn idea are gone"
    page.reload()
    expect(main).to_contain_text("Zurückgezogen")
    accessible(page)
    page.get_by_role("link", name="Öffentliche Seite der Idee").click()
    expect(main).to_contain_text("Zurückgezogen")


def test_a_child_needs_the_consent_of_its_parents_and_loses_no_word(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    page.goto("/ideen/neu")
    send_idea(page, under_16="true")
    assert page.title().startswith("Fehler: ")
    accessible(page)
    assert "Am Dorfplatz fehlt" in page.locator('[name="text"]').input_value()
    page.locator('[name="consent"]').check()
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url("**/eingang")
