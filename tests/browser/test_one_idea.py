"""One idea's whole way through the pages: handed in by a citizen, worked on by the county, decided, seen by all."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from engine import worker
from engine.demo import county
from engine.identity import bodies, people
from engine.identity.people import Person
from engine.runtime.tasks import Task
from tests.browser.people import first_of, sign_in, sign_out
from tests.browser.test_every_page import hand_in
from tests.processes import answers

pytestmark = pytest.mark.databases("sqlite")

MOST_TASKS = 40
TYPED: dict[str, Callable[[], dict[str, Any]]] = {
    "t1_formal": answers.formal, "t1_dublette": answers.duplicate, "t1_vorpruefung": answers.precheck,
    "t1_entscheid": answers.qualify, "t2_zuordnen": answers.assign, "t2_entwurf": answers.draft,
    **{name: (lambda name=name: answers.opinion(name)) for name in
       ("st_technik", "st_beteiligung", "st_auswertung", "st_foerdermittel", "st_recht")},
    "t2_gutachter": answers.experts, "g_befangenheit": answers.unbiased, "g_gutachten": answers.review,
    "t2_freigabe": answers.approve, "t3_vorlage": answers.paper, "t3_pruefung": answers.money,
    "t3_zeichnung": answers.sign, "t3_foerderfreigabe": answers.funding,
    "t3_lenkungsgruppe": lambda: answers.vote("t3_lenkungsgruppe", "empfohlen"),
    "t3_vorberatung": lambda: answers.vote("t3_vorberatung", "empfohlen"),
    "t3_entscheidung": lambda: answers.vote("t3_entscheidung", "beschlossen"),
}


def test_an_idea_is_led_from_handing_in_to_its_resolution_by_the_people_of_the_county(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    hand_in(page)
    number = page.locator("main").inner_text().split("Idee ")[1].split()[0]
    done: list[str] = []
    while (task := next_task(deployed_house, done)) is not None and len(done) < MOST_TASKS:
        sign_out(page)
        sign_in(page, login_for(deployed_house, task))
        complete(page, task, accessible if task.element not in done else None)
        done.append(task.element)

    assert {"t1_formal", "t2_entwurf", "g_gutachten", "t2_freigabe", "t3_vorlage", "t3_entscheidung"} <= set(done)
    sign_out(page)
    page.goto(f"/ideen/{number}")
    told = page.locator("main").inner_text()
    assert "Beschlossen" in told
    assert "Wie Beschlussvorschlag." in told
    accessible(page)

    sign_in(page, first_of("revision"))
    page.goto(f"/revision?suche={number}")
    page.locator("main table a, main .rg-card a").first.click()
    seen = page.locator("main").inner_text()
    assert number in seen
    accessible(page)


def next_task(house: Any, done: list[str]) -> Task | None:
    """The next task that somebody has to do, after the worker did its part; None once the idea is being carried out."""
    worker.run_due(house)
    with house.look() as work:
        waiting = list(work.session.scalars(select(Task).where(Task.closed_at.is_(None)).order_by(Task.id)))
    return next((task for task in waiting if not task.element.startswith("t4_")), None)


def login_for(house: Any, task: Task) -> str:
    """The login of whoever has to do *task*; those without a demo account are given its password."""
    with house.work() as work:
        person = work.get(Person, task.assignee_id) if task.assignee_id else bodies.members(work, task.body)[0]
        if person.password_hash is None:
            people.set_password(work, person, county.PASSWORD)
        login: str = person.login
    return login


def complete(page: Page, task: Task, accessible: Callable[[Page], None] | None) -> None:
    """Find the task in the inbox, fill its form in as a person would, top down, and send it."""
    page.goto(f"/aufgaben?ansicht={'meine' if task.assignee_id else 'gremien'}")
    page.locator(f'main a[href="/aufgaben/{task.id}"]').first.click()
    if accessible is not None:
        accessible(page)
    form = page.locator(f'form[action="/aufgaben/{task.id}/erledigung"]')
    for key, value in TYPED[task.element]().items():
        field = form.locator(f'[name="{key}"]')
        if field.count() == 0 or not field.first.is_visible():
            continue
        kind = field.first.evaluate("one => one.type")
        if kind in ("radio", "checkbox"):
            for chosen in value if isinstance(value, list) else [value]:
                form.locator(f'[name="{key}"][value="{chosen}"]').check()
        elif kind.startswith("select"):
            field.select_option(str(value))
        else:
            field.fill(str(value))
    form.get_by_role("button", name="Aufgabe abschließen").click()
    page.wait_for_url(lambda address: f"/aufgaben/{task.id}" not in address)
