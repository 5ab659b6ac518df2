"""How a person of the county signs in and out in the browser."""

from playwright.sync_api import Page

from engine.demo import county


def sign_in(page: Page, login: str) -> None:
    """Sign in as *login* of the demo county."""
    page.goto("/anmelden")
    page.locator('input[name="login"]').fill(login)
    page.locator('input[name="kennwort"]').fill(county.PASSWORD)
    page.get_by_role("button", name="Anmelden").last.click()
    page.wait_for_url(lambda address: "/anmelden" not in address)


def sign_out(page: Page) -> None:
    """Forget who was signed in, as closing the browser would."""
    page.context.clear_cookies()


def first_of(body: str) -> str:
    """The login of somebody who sits in a body."""
    return county.logins_of(body)[0]
