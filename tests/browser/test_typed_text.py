"""Whatever stops a form from being accepted, what was typed into it is still there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.demo import county
from engine.ideas import dialogues
from engine.identity.people import Person
from engine.runtime.tasks import Task
from tests.browser.people import (
    do,
    enter,
    fill,
    form_on,
    handed_in,
    login_for,
    may_sign_in,
    send,
    set_field,
    sign_in,
    task_of,
    waiting,
)
from tests.clock import BERLIN

pytestmark = pytest.mark.databases("sqlite")

TYPED = "Bezug zur Smart-Region-Strategie: Treffpunkt, Kreislauf, Lesen."


@pytest.fixture
def task(deployed_house: Any, site: Callable[[Any], str]) -> Task:
    """The guide's first task on a new idea."""
    site(deployed_house)
    handed_in(deployed_house)
    return task_of(deployed_house, "t1_formal")


def open_task(page: Page, house: Any, task: Task) -> None:
    sign_in(page, login_for(house, task))
    page.goto(f"/aufgaben/{task.id}")


def type_reason(page: Page, task: Task) -> None:
    """Choose to pass the idea on, which asks for words, and write them."""
    set_field(form_on(page, task), "t1_formal", "nicht_zustaendig")
    set_field(form_on(page, task), "weiterleiten_an", "Stadt Mayen")
    set_field(form_on(page, task), "t1_formal_begruendung", TYPED)


def test_a_session_that_ends_in_the_middle_of_a_form_costs_nothing(
    deployed_house: Any, task: Task, page: Page, accessible: Callable[[Page], None]
) -> None:
    open_task(page, deployed_house, task)
    fill(page, deployed_house, task)
    type_reason(page, task)
    page.context.clear_cookies()
    send(page, task)
    expect(page.get_by_role("main")).to_contain_text("Ihre Anmeldung ist abgelaufen")
    accessible(page)
    enter(page, login_for(deployed_house, task))
    reason = form_on(page, task).locator('[name="t1_formal_begruendung"]')
    expect(reason).to_have_value(TYPED)
    expect(page.get_by_role("main")).to_contain_text("Bitte noch einmal absenden")
    accessible(page)
    assert [one.element for one in waiting(deployed_house)] == ["t1_formal"], "nothing was sent by itself"
    send(page, task)
    expect(page.get_by_role("main")).to_contain_text("Erledigt")


def test_a_refused_form_names_every_field_and_keeps_the_rest(
    deployed_house: Any, task: Task, page: Page, accessible: Callable[[Page], None]
) -> None:
    open_task(page, deployed_house, task)
    type_reason(page, task)
    send(page, task)
    assert page.title().startswith("Fehler: ")
    accessible(page)
    expect(form_on(page, task).locator('[name="t1_formal_begruendung"]')).to_have_value(TYPED)
    first = page.locator("main a[href^='#f-']").first
    field = first.get_attribute("href")
    first.click()
    expect(page.locator(f"{field}")).to_be_focused()
    page.goto("/aufgaben")
    page.goto(f"/aufgaben/{task.id}")
    expect(form_on(page, task).locator('[name="t1_formal_begruendung"]')).to_have_value(TYPED)


def test_a_draft_is_there_again_on_another_day(deployed_house: Any, task: Task, page: Page) -> None:
    open_task(page, deployed_house, task)
    type_reason(page, task)
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_role("main")).to_contain_text("Der Entwurf ist gespeichert.")
    page.context.clear_cookies()
    open_task(page, deployed_house, task)
    expect(form_on(page, task).locator('[name="t1_formal_begruendung"]')).to_have_value(TYPED)
    expect(form_on(page, task).locator('[name="t1_formal"][value="nicht_zustaendig"]')).to_be_checked()


def test_who_comes_second_reads_who_was_first_and_when_and_keeps_what_was_typed(
    deployed_house: Any, task: Task, page: Page, accessible: Callable[[Page], None]
) -> None:
    do(deployed_house, "t1_formal")
    if waiting(deployed_house)[0].element == "t1_dublette":
        do(deployed_house, "t1_dublette")
    shared = task_of(deployed_house, "t1_vorpruefung")
    first = login_for(deployed_house, shared)
    second = next(login for login in county.logins_of("stabsstelle_pm") if login != first)
    may_sign_in(deployed_house, second)
    sign_in(page, second)
    page.goto(f"/aufgaben/{shared.id}")
    fill(page, deployed_house, shared, gemeinwohl="nein", ko_grund_gemeinwohl=TYPED)
    do(deployed_house, "t1_vorpruefung")
    send(page, shared)
    main = page.get_by_role("main")
    with deployed_house.look() as work:
        closed = work.get(Task, shared.id)
        who = work.get(Person, closed.closed_by).name
    assert closed.closed_at is not None
    expect(main.get_by_role("alert")).to_contain_text(who)
    expect(main.get_by_role("alert")).to_contain_text(f"{closed.closed_at.astimezone(BERLIN):%H:%M}")
    expect(main).to_contain_text(TYPED)
    accessible(page)


def test_a_task_whose_idea_was_withdrawn_says_so_and_keeps_what_was_typed(
    deployed_house: Any, task: Task, page: Page, accessible: Callable[[Page], None]
) -> None:
    address = handed_in(deployed_house, title="Noch eine Idee für Mayen")
    gone = waiting(deployed_house)[-1]
    open_task(page, deployed_house, gone)
    type_reason(page, gone)
    with deployed_house.work() as work:
        dialogues.withdraw(work, address.rsplit("/", 1)[-1])
    with page.expect_response(lambda one: one.request.method == "POST") as answer:
        send(page, gone)
    assert answer.value.status == 410
    expect(page.get_by_role("main")).to_contain_text(TYPED)
    accessible(page)
