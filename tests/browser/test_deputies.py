"""Somebody arranges a deputy for one process, reads the conflict, and the deputy does the work under both names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.identity import bodies
from engine.identity.people import Person
from engine.work import Work
from tests.browser.people import (
    complete,
    do,
    first_of,
    handed_in,
    may_sign_in,
    set_field,
    sign_in,
    sign_out,
    task_of,
)

pytestmark = pytest.mark.databases("sqlite")
AWAY, DEPUTY, NEXT = "leonie.oster", "carla.rossmann", "miriam.zilles"


def test_a_deputy_for_one_process_does_its_tasks_and_the_history_names_both(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    may_sign_in(deployed_house, AWAY, DEPUTY)
    with deployed_house.work() as work:
        today = bodies.today(work)
        deputy, other = (_person(work, login) for login in (DEPUTY, NEXT))
        bodies.appoint_deputy(work, deputy, other, valid_from=today + timedelta(days=3))
        key = str(deputy.id)

    sign_in(page, AWAY)
    page.goto("/konto")
    page.get_by_text("Vertretung einrichten").first.click()
    form = page.locator('form[action="/konto/vertretung"]')
    set_field(form, "valid_from", f"{today - timedelta(days=1):%Y-%m-%d}")
    set_field(form, "deputy", key)
    set_field(form, "reason", "Urlaub")
    set_field(form, "processes", ["p1_idee_qualifizieren"])
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("ab heute")
    expect(form.get_by_label("Anlass")).to_have_value("Urlaub")
    expect(form.get_by_label("Schritt 1")).to_be_checked()
    accessible(page)
    set_field(form, "valid_from", f"{today:%Y-%m-%d}")
    form.get_by_role("button").click()
    card = page.locator("#vertretung .rg-card")
    expect(card).to_contain_text("nur für: Schritt 1: Idee qualifizieren")
    expect(card).to_contain_text("Eine Vertretung der Vertretung gibt es nicht")
    accessible(page)

    handed_in(deployed_house)
    do(deployed_house, "t1_formal")
    do(deployed_house, "t1_dublette")
    task = task_of(deployed_house, "t1_vorpruefung")
    sign_out(page)
    sign_in(page, DEPUTY)
    page.goto("/aufgaben?ansicht=gremien")
    page.get_by_role("link", name=task.name).first.click()
    page.wait_for_url(f"**/aufgaben/{task.id}")
    complete(page, deployed_house, task)

    sign_out(page)
    sign_in(page, first_of("revision"))
    page.goto(f"/revision/vorgaenge/{task.instance_id}")
    with deployed_house.look() as work:
        for login in (AWAY, DEPUTY):
            expect(page.get_by_role("main")).to_contain_text(_person(work, login).name)


def _person(work: Work, login: str) -> Person:
    return work.session.query(Person).filter_by(login=login).one()
