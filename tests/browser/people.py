"""How the people of the county work in the browser: sign in, fill a form in from top to bottom, send it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from engine import worker
from engine.definitions import forms
from engine.definitions.components import Component
from engine.demo import county
from engine.ideas import ideas
from engine.identity import bodies, people
from engine.identity.people import Person
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.work import CITIZEN, Actor, Work
from tests.processes import answers

IDEA = {
    "title": "Bücherschrank am Dorfplatz", "theme": "gemeinschaft", "municipality": "mayen", "connection": "lebt",
    "text": "Am Dorfplatz fehlt ein Schrank, in dem alle jederzeit Bücher tauschen können.",
}
def sign_in(page: Page, login: str) -> None:
    """Sign in as *login* of the demo county."""
    page.goto("/anmelden")
    enter(page, login)
    page.wait_for_url(lambda address: "/anmelden" not in address)


def enter(page: Page, login: str) -> None:
    """Fill in the sign-in form that stands on the page, and send it."""
    page.locator('input[name="login"]').fill(login)
    page.locator('input[name="kennwort"]').fill(county.PASSWORD)
    page.get_by_role("button", name="Anmelden").last.click()


def sign_out(page: Page) -> None:
    """Forget who was signed in, as closing the browser would."""
    page.context.clear_cookies()


def first_of(body: str) -> str:
    """The login of somebody who sits in a body."""
    return county.logins_of(body)[0]


def hand_in(page: Page, **typed: str) -> str:
    """Hand an idea in as a citizen; ends on the receipt and returns the idea's number."""
    page.goto("/ideen/neu")
    send_idea(page, **typed)
    page.wait_for_url("**/eingang")
    return number_on(page)


def number_on(page: Page) -> str:
    """The number of the idea that the page is about."""
    found = re.search(r"\d{4}-\d{5}", page.locator("main").inner_text())
    assert found is not None, f"{page.url} names no idea"
    return found[0]


def send_idea(page: Page, **typed: str) -> None:
    """Fill in the form for a new idea that stands on the page, and send it."""
    main = page.get_by_role("main")
    for name, value in {**IDEA, **typed}.items():
        set_field(main, name, value)
    main.get_by_role("button").last.click()


def handed_in(house: Any, **typed: str) -> str:
    """Hand an idea in without a browser; returns the address of its private page."""
    with house.work(CITIZEN) as work:
        _, token = ideas.hand_in(work, **{**IDEA, **typed})
    worker.run_due(house)
    return f"/meine-idee/{token}"


def waiting(house: Any) -> list[Task]:
    """The tasks that somebody has to do, oldest first, after the worker did its part."""
    worker.run_due(house)
    with house.look() as work:
        return list(work.session.scalars(select(Task).where(Task.closed_at.is_(None)).order_by(Task.id)))


def task_of(house: Any, element: str) -> Task:
    """The open task of an element, which is expected to be there."""
    return next(task for task in waiting(house) if task.element == element)


def login_for(house: Any, task: Task) -> str:
    """The login of whoever has to do *task*; those without a demo account are given its password."""
    with house.look() as work:
        person = _worker_on(work, task)
    may_sign_in(house, person.login)
    login: str = person.login
    return login


def may_sign_in(house: Any, *logins: str) -> None:
    """Give people who have none the password of the demo accounts."""
    with house.work() as work:
        for person in work.session.scalars(select(Person).where(Person.login.in_(logins))):
            if person.password_hash is None:
                people.set_password(work, person, county.PASSWORD)


def form_on(page: Page, task: Task) -> Locator:
    """The form of *task* on its page."""
    return page.locator(f'form[action="/aufgaben/{task.id}/erledigung"]')


def fill(page: Page, house: Any, task: Task, **named: Any) -> None:
    """Fill in every field of the task's form that is asked, top down, with what the test names or something plausible.

    The fields are those of the form as it is deployed, so that a form that asks more is filled in as well.
    """
    with house.look() as work:
        components = forms.inputs(instances.form_of(work, work.get(Task, task.id)))
    form, typed = form_on(page, task), {**answers.STRAIGHT.get(task.element, dict)(), **named}
    for component in components:
        field = form.locator(f'[name="{component.key}"]')
        if component.fixed or not field.count() or not field.first.is_visible():
            continue
        if component.key in typed:
            set_field(form, component.key, typed[component.key])
        elif component.required and not _is_filled(field):
            set_field(form, component.key, plausible(component))


def complete(page: Page, house: Any, task: Task, **named: Any) -> None:
    """Fill in the form of the task whose page is open, and send it; ends on the inbox."""
    fill(page, house, task, **named)
    send(page, task)
    page.wait_for_url(lambda address: f"/aufgaben/{task.id}" not in address)


def send(page: Page, task: Task) -> None:
    """Press the button that completes the task."""
    form_on(page, task).get_by_role("button", name="Aufgabe abschließen").click()


def do(house: Any, element: str, **named: Any) -> Task:
    """Complete a task without a browser, where another page is what a test is about; returns the task."""
    task = task_of(house, element)
    with house.look() as work:
        person = _worker_on(work, task)
    with house.work(Actor("person", person.id)) as work:
        instances.complete_task(work, task.id, {**answers.STRAIGHT.get(element, dict)(), **named})
    worker.run_due(house)
    return task


def set_field(within: Locator, key: str, value: Any) -> None:
    """Put a value into the field under *key*, whatever kind of field that is; a list ticks several boxes."""
    field = within.locator(f'[name="{key}"]')
    kind = field.first.evaluate("one => one.type")
    if kind in ("radio", "checkbox"):
        for chosen in value if isinstance(value, list) else [value]:
            within.locator(f'[name="{key}"][value="{chosen}"]').check()
    elif kind.startswith("select"):
        field.select_option(str(value))
    else:
        field.fill(str(value))


def plausible(component: Component) -> Any:
    """A value that the component takes."""
    if component.choices:
        first = component.choices[0].value
        return [first] if component.type == "checklist" else first
    if component.type == "checkbox":
        return "true"
    if component.type == "datetime":
        day = datetime.now(UTC) + timedelta(days=90)
        return {"date": f"{day:%Y-%m-%d}", "time": "10:00"}.get(component.subtype, f"{day:%Y-%m-%dT10:00}")
    if component.type == "number":
        low, high = component.minimum or Decimal(0), component.maximum or Decimal(4)
        return int(min(max(low, Decimal(4)), high))
    return "Das ergibt sich aus den Unterlagen."[:component.max_length]


def _worker_on(work: Work, task: Task) -> Person:
    return work.get(Person, task.assignee_id) if task.assignee_id else bodies.members(work, task.body)[0]


def _is_filled(field: Locator) -> bool:
    values: Iterable[bool] = field.evaluate_all(
        "all => all.map(one => ['radio', 'checkbox'].includes(one.type) ? one.checked : one.value !== '')")
    return any(values)
