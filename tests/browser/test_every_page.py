"""Every page, as everybody who may open it: axe finds nothing, nothing scrolls sideways, nothing breaks the policy."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from werkzeug.routing import Map

from tests.browser.people import first_of, hand_in, sign_in, sign_out
from web.app import create_app

READERS = {
    "anybody": None, "guide": "regionallotse", "clerk": "sitzungsdienst", "auditor": "revision",
    "process owner": "prozessverantwortung", "administrator": "administration", "member": "cdo",
}
MOST_PAGES = 120
NO_PAGES = {"static", "language.switch", "public.ideas_csv", "public.feed", "healthz", "inbox.picture", "audit.picture",
            "audit.export", "audit.export_table", "audit.record", "evening.state", "calendars.feed", "studio.picture",
            "studio.file", "studio.current",
            "minutes.office_pdf", "minutes.member_pdf", "meetings.public_minutes_pdf", "papers.file",
            "private.letter_pdf", "public.letter"}
BY_PRIVATE_LINK = {"private.show", "private.letter", "private.receipt", "private.withdrawal", "private.contact"}
ONCE_SOMETHING_HAPPENED = {"steering.ask", "steering.plan", "incidents.show", "circulars.show", "circulars.new",
                           "council.item"}
# in test_steering.py, test_incidents.py, tests/web/test_council.py and with the circulars

pytestmark = pytest.mark.databases("sqlite")


def endpoint(app: Any, address: str) -> str:
    """The name of the page under an address; "" if there is none."""
    rules: Map = app.url_map
    try:
        found: str = rules.bind("127.0.0.1").match(urlsplit(address).path, method="GET")[0]
    except Exception:
        return ""
    return found


def test_every_page_is_accessible_and_keeps_the_policy(
    demo_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    base = site(demo_house)
    app = create_app(demo_house)
    visited: set[str] = set()
    wrong: list[str] = []
    for body in READERS.values():
        sign_out(page)
        if body is not None:
            sign_in(page, first_of(body))
        waiting, here = ["/"], {"public.start"} if body else set()
        while waiting and len(visited) < MOST_PAGES:
            address = waiting.pop(0)
            name = endpoint(app, address)
            if not name or name in NO_PAGES or (name in visited and name not in here):
                continue
            here.discard(name)
            visited.add(name)
            page.goto(address)
            try:
                accessible(page)
            except AssertionError as error:
                wrong.append(str(error))
            links = page.locator("main a[href], header a[href], footer a[href]").evaluate_all(
                "all => all.map(one => one.href)")
            waiting += [link.removeprefix(base) for link in links if link.startswith(base)]
    assert not wrong, "\n\n".join(wrong)
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    left = pages - visited - NO_PAGES - BY_PRIVATE_LINK - ONCE_SOMETHING_HAPPENED
    assert left == set(), "no reader found a link to these"


def test_an_idea_is_handed_in_and_followed_by_its_private_link(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    hand_in(page)
    assert "2026-" in page.locator("main").inner_text()
    accessible(page)
    page.get_by_role("link", name="Zu meiner Idee").click()
    accessible(page)
    assert "Bücherschrank am Dorfplatz" in page.locator("main").inner_text()
