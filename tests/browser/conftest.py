"""A real browser on a real server, and pages that complain.

One server runs for the whole run; each test puts its own house behind it.
`page` fails a test for anything a person at the console would see: an error,
a request off this machine, a broken content security policy.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from werkzeug.serving import make_server

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
INSTALL = "Chromium is not installed: apt-get install chromium (or set CHROMIUM=/path/to/it)"
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SQUEEZED = """all => all.filter(one => one.textContent.trim().length > 4
  && one.offsetHeight > 1.5 * one.offsetWidth).map(one => one.textContent.trim())"""
AT_HOME = ("http://127.0.0.1:", "data:", "blob:", "about:")
PATIENCE = 10_000
"""Milliseconds a page may take on a busy machine before a test gives up."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser in one of the parallel runs: two browsers on two cores only wait for each other."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium; skips where there is none."""
    if CHROMIUM is None:
        pytest.skip(INSTALL)
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A German visitor at a desk."""
    return {**browser_context_args, "locale": "de-DE", "timezone_id": "Europe/Berlin",
            "viewport": {"width": 1280, "height": 900}}


class Stage:
    """A WSGI application that plays whichever application stands on it."""

    app: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        played: Iterable[bytes] = self.app(environ, start_response)
        return played


@pytest.fixture(scope="session")
def stage() -> Stage:
    """What the server plays; the fixture `site` puts a house on it."""
    return Stage()


@pytest.fixture(scope="session")
def base_url(stage: Stage) -> Iterator[str]:
    """The address of the one server of this run."""
    server = make_server("127.0.0.1", 0, stage, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


@pytest.fixture
def site(stage: Stage, base_url: str) -> Iterator[Callable[[Any], str]]:
    """`site(house)` puts the pages of this house behind the server and returns their address."""
    from web.app import create_app

    def put(house: Any) -> str:
        stage.app = create_app(house)
        return base_url

    yield put
    stage.app = None


class Complaints(list[str]):
    """What a page did wrong. A test that provokes an error on purpose clears it."""

    def watch(self, page: Page) -> None:
        """Listen to *page* from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # a failed load is judged by its status below: a 422 is an answer, not an error
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(AT_HOME):
            self.append(f"request off this machine: {request.url}")

    def _response(self, response: Response) -> None:
        meant = response.request.resource_type in ("document", "xhr", "fetch")
        if response.status >= 500 or (response.status >= 400 and not meant):
            self.append(f"{response.status} for {response.url}")


@pytest.fixture
def complaints() -> Complaints:
    """What the test's pages did wrong; not empty at the end: the test fails."""
    return Complaints()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A fresh page that fails the test for errors, foreign requests and breaches of the policy."""
    context.set_default_timeout(PATIENCE)
    context.on("page", complaints.watch)
    page = context.new_page()
    yield page
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """`accessible(page)` fails with a list of what axe finds, in light and in dark colours, if the page scrolls
    sideways at 320 px, a button has no room for its words, or the page has not exactly one heading of the first level,
    no title, or says no language."""
    axe = Axe()

    def found_by(page: Page, only: dict[str, Any]) -> str:
        found = axe.run(page, options={"runOnly": only})
        return "" if found.violations_count == 0 else f"{page.url}\n{found.generate_report()}"

    def check(page: Page) -> None:
        page.wait_for_load_state()  # a click returns once the next page has begun, which may be empty still
        assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} main headings"
        name, _, service = page.title().rpartition(" – ")
        assert name and service == "Reifegrad", f"{page.url} is called {page.title()!r}"
        assert page.locator("html").get_attribute("lang") in ("de", "en")
        assert not (wrong := found_by(page, {"type": "tag", "values": RULES})), wrong
        page.emulate_media(color_scheme="dark")
        wrong = found_by(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})
        page.emulate_media(color_scheme="light")
        assert not wrong, f"in dark colours: {wrong}"
        size = page.viewport_size
        page.set_viewport_size({"width": 320, "height": 800})
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{page.url} scrolls sideways: {width} px wide at 320"
        if size:
            page.set_viewport_size(size)
        squeezed = page.locator(".kern-btn").evaluate_all(SQUEEZED)
        assert not squeezed, f"{page.url} breaks the words on its buttons: {squeezed}"

    return check


@pytest.fixture
def plain_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """A fresh page of a browser without scripts."""
    context = browser.new_context(java_script_enabled=False, base_url=base_url, locale="de-DE",
                                  viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
