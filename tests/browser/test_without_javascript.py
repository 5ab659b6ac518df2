"""Everything works in a browser without scripts; the diagram is a picture there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import complete, first_of, hand_in, handed_in, login_for, sign_in, task_of, waiting

pytestmark = pytest.mark.databases("sqlite")

DIAGRAM = Path(__file__).parents[2] / "bpmn" / "c_rueckfrage.bpmn"


def test_an_idea_can_be_handed_in_without_javascript(
    deployed_house: Any, site: Callable[[Any], str], plain_page: Page
) -> None:
    site(deployed_house)
    hand_in(plain_page)
    plain_page.get_by_role("link", name="Zu meiner Idee").click()
    expect(plain_page.get_by_role("main")).to_contain_text("Bücherschrank am Dorfplatz")


def test_a_task_is_done_without_javascript_beside_the_diagram_as_a_picture(
    deployed_house: Any, site: Callable[[Any], str], plain_page: Page
) -> None:
    site(deployed_house)
    handed_in(deployed_house)
    task = task_of(deployed_house, "t1_formal")
    sign_in(plain_page, login_for(deployed_house, task))
    plain_page.locator(f'main a[href="/aufgaben/{task.id}"]').first.click()
    picture = plain_page.locator("figure img")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") > 100, "the picture has loaded"
    assert picture.bounding_box()["width"] > 100
    expect(plain_page.get_by_text("Nur ausfüllen bei").first).to_be_visible()
    complete(plain_page, deployed_house, task)
    expect(plain_page.get_by_role("main")).to_contain_text("Erledigt")
    assert "t1_formal" not in [one.element for one in waiting(deployed_house)]


@pytest.mark.parametrize(("broken", "told"), [
    (b"<definitions><process>", ["Zeile 1"]),
    (DIAGRAM.read_bytes().replace(b'value="t_frage"', b'value="gibt_es_nicht"'), ["gibt_es_nicht", "Zeile", "t_frage"]),
], ids=["malformed", "unknown form"])
def test_what_is_wrong_with_an_uploaded_diagram_is_read_without_javascript(
    broken: bytes, told: list[str], deployed_house: Any, site: Callable[[Any], str], plain_page: Page
) -> None:
    site(deployed_house)
    sign_in(plain_page, first_of("prozessverantwortung"))
    plain_page.goto("/prozesse")
    plain_page.set_input_files('[name="dateien"]', {
        "name": "c_rueckfrage.bpmn", "mimeType": "application/xml", "buffer": broken})
    plain_page.get_by_role("button", name="Dateien prüfen").click()
    main = plain_page.get_by_role("main")
    for words in told:
        expect(main).to_contain_text(words)
    expect(main.get_by_role("button", name="Jetzt bereitstellen")).to_have_count(0)
