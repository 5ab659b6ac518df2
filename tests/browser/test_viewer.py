"""The diagram as the bpmn.io viewer draws it: whole, with its maker's mark, to be used with the keys."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import do, first_of, handed_in, sign_in

pytestmark = pytest.mark.databases("sqlite")

SIZES = [(1280, 900), (320, 800)]


@pytest.fixture
def instance_page(deployed_house: Any, site: Callable[[Any], str], page: Page) -> Page:
    """An auditor in front of an instance that has gone one step."""
    site(deployed_house)
    handed_in(deployed_house)
    do(deployed_house, "t1_formal")
    sign_in(page, first_of("revision"))
    page.goto("/revision")
    page.locator('main a[href^="/revision/vorgaenge/"]').first.click()
    page.locator("figure[data-ready]").first.wait_for()
    return page


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
def test_the_mark_of_bpmn_io_is_fully_visible(size: tuple[int, int], instance_page: Page) -> None:
    instance_page.set_viewport_size({"width": size[0], "height": size[1]})
    figure = instance_page.locator("figure[data-ready]").first
    mark = figure.locator(".bjs-powered-by")
    mark.scroll_into_view_if_needed()
    expect(mark).to_be_visible()
    inner, outer = mark.bounding_box(), figure.bounding_box()
    assert inner and outer and inner["width"] > 10 and inner["height"] > 10
    assert outer["x"] <= inner["x"] and inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    assert mark.evaluate("""one => { const box = one.getBoundingClientRect();
        const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return one.contains(there) && getComputedStyle(one).opacity === '1'; }"""), "nothing may cover it"


def test_the_diagram_is_zoomed_and_moved_with_the_keys(instance_page: Page) -> None:
    drawing = instance_page.locator("figure[data-ready] svg[tabindex='0']").first
    drawing.focus()
    assert "Plus und Minus" in (drawing.get_attribute("aria-label") or "")

    def moved_by(key: str) -> bool:
        before = drawing.locator("g.viewport").first.get_attribute("transform")
        instance_page.keyboard.press(key)
        return drawing.locator("g.viewport").first.get_attribute("transform") != before

    for key in ("+", "-", "ArrowRight", "ArrowDown", "0"):
        assert moved_by(key), f"{key} does nothing"


def test_what_was_passed_and_what_waits_is_marked(instance_page: Page) -> None:
    figure = instance_page.locator("figure[data-ready]").first
    expect(figure.locator('.rg-passed[data-element-id="t1_formal"]')).to_have_count(1)
    expect(figure.locator('.rg-active')).not_to_have_count(0)
    expect(figure.locator('.rg-passed[data-element-id="t1_entscheid"]')).to_have_count(0)
    plain = figure.locator('[data-element-id="t1_entscheid"] .djs-visual > :first-child')
    passed = figure.locator('[data-element-id="t1_formal"] .djs-visual > :first-child')
    width = "one => getComputedStyle(one).strokeWidth"
    assert passed.evaluate(width) != plain.evaluate(width), "not by colour alone"
