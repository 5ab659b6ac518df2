"""Everything can be done with the keys alone, and it is always to be seen where one is."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.demo import county
from tests.browser.people import handed_in, login_for, task_of, waiting
from tests.processes import answers

pytestmark = pytest.mark.databases("sqlite")

MOST_STOPS = 120
FOCUS = """() => {
  const one = document.activeElement;
  const ring = style => style.boxShadow !== 'none' || style.outlineStyle !== 'none' && style.outlineWidth !== '0px';
  const around = [one, one.parentElement, one.nextElementSibling].filter(Boolean);
  return {
    tag: one.tagName, type: one.type || '', name: one.name || '', value: one.value || '', text: one.textContent.trim(),
    ring: around.some(near => [null, '::before', '::after'].some(part => ring(getComputedStyle(near, part)))),
  };
}"""


def next_stop(page: Page) -> dict[str, Any]:
    """Press Tab; what has the focus then, which is to be seen as soon as the page has scrolled there."""
    page.keyboard.press("Tab")
    here: dict[str, Any] = page.evaluate(FOCUS)
    if here["tag"] != "BODY":
        assert here["ring"], f"nothing shows that the focus is on {here}"
        expect(page.locator(":focus")).to_be_in_viewport()
    return here


def tab_to(page: Page, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press Tab until *wanted* has the focus."""
    for _ in range(MOST_STOPS):
        here = next_stop(page)
        if wanted(here):
            return here
    raise AssertionError("the Tab key does not lead there")


def test_the_first_stop_leads_past_the_menu_to_the_content(
    deployed_house: Any, site: Callable[[Any], str], page: Page
) -> None:
    site(deployed_house)
    page.goto("/")
    assert next_stop(page)["text"] == "Zum Inhalt springen"
    skip = page.get_by_role("link", name="Zum Inhalt springen")
    box = skip.bounding_box()
    assert box is not None and box["x"] >= 0 and box["y"] >= 0 and box["height"] > 20
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhalt"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_somebody_signs_in_and_completes_the_first_task_with_the_keys_alone(
    deployed_house: Any, site: Callable[[Any], str], page: Page
) -> None:
    site(deployed_house)
    handed_in(deployed_house)
    task = task_of(deployed_house, "t1_formal")
    page.goto("/anmelden")
    tab_to(page, lambda here: here["name"] == "login")
    page.keyboard.type(login_for(deployed_house, task))
    tab_to(page, lambda here: here["name"] == "kennwort")
    page.keyboard.type(county.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/aufgaben")

    tab_to(page, lambda here: here["tag"] == "A" and task.name in here["text"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/aufgaben/{task.id}")

    typed = answers.formal()
    sent = f"**/aufgaben/{task.id}"
    for _ in range(MOST_STOPS):
        here = next_stop(page)
        if here["text"] == "Aufgabe abschließen":
            break
        if here["type"] == "radio":
            choose(page, here, typed[here["name"]])
        elif here["tag"] == "TEXTAREA":
            page.keyboard.type(str(typed.get(here["name"], "Das ergibt sich aus den Unterlagen.")))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: sent.strip("*") not in address)
    expect(page.get_by_role("main")).to_contain_text("Erledigt")
    assert "t1_formal" not in [one.element for one in waiting(deployed_house)]


def choose(page: Page, here: dict[str, Any], value: str) -> None:
    """Choose among the radio buttons that have the focus."""
    page.keyboard.press("Space")
    for _ in range(8):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} is not to be chosen at {here}")
