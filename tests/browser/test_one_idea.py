"""One idea's whole way through the pages: handed in by a citizen, worked on by the county, decided, seen by all."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine import worker
from engine.council import agendas, meetings
from engine.identity.people import Person
from engine.runtime.tasks import Task
from tests.browser.people import complete, first_of, hand_in, login_for, sign_in, sign_out, waiting
from tests.clock import Clock
from tests.council import Council

pytestmark = pytest.mark.databases("sqlite")

MOST_TASKS = 40
OPINION_ONE = "Das weiß nur, wer das erste Gutachten gelesen hat."
WORDING = "Der Kreistag beschließt den Bücherschrank am Dorfplatz."
NAMED: dict[str, dict[str, Any]] = {
    "t2_zuordnen": {"recht_datenschutz": "ja"},
}
LOOKED_AT = {"t2_entwurf", "g_gutachten", "t3_vorlage"}
"""The longest forms; every task page has the same frame."""
ON_THE_WAY = {
    "t1_formal", "t1_vorpruefung", "t1_entscheid", "t2_zuordnen", "t2_entwurf", "st_technik", "st_beteiligung",
    "st_foerdermittel", "st_recht", "t2_gutachter", "g_befangenheit", "g_gutachten", "t2_freigabe", "t3_vorlage",
    "t3_pruefung", "t3_zeichnung", "t_termin",
}
MEETINGS = (("lenkungsgruppe", 20, (18, 1, 1)), ("kreisausschuss", 13, (12, 0, 1)), ("kreistag", 45, (29, 0, 16)))
"""The bodies on the idea's way, how many come, and how they vote."""


def test_an_idea_is_led_from_handing_in_to_its_resolution_by_the_people_of_the_county(
    deployed_house: Any, site: Callable[[Any], str], page: Page, accessible: Callable[[Page], None]
) -> None:
    site(deployed_house)
    number = hand_in(page, mail="buerger@example.org")
    accessible(page)
    confirm_by_mail(deployed_house, page)

    done: list[tuple[str, str, str]] = []
    coming = list(MEETINGS)
    while (task := next_task(deployed_house)) is not None and len(done) < MOST_TASKS:
        login = login_for(deployed_house, task)
        sign_out(page)
        sign_in(page, login)
        page.goto(f"/aufgaben?ansicht={'meine' if task.assignee_id else 'gremien'}")
        page.locator(f'main a[href="/aufgaben/{task.id}"]').first.click()
        told = page.locator("main").inner_text()
        assert number in told
        named = dict(NAMED.get(task.element, {}))
        before = [element for element, _, _ in done]
        if task.element in LOOKED_AT and task.element not in before:
            accessible(page)
        if task.element == "g_gutachten":
            assert before.count("g_befangenheit") == 2, "everybody says first whether they are biased"
            if "g_gutachten" not in before:
                named["grund_nutzen"] = OPINION_ONE
            else:
                assert OPINION_ONE not in page.content(), "a review stays hidden from those who still write theirs"
        evening = Evening(deployed_house, *coming.pop(0)) if task.element == "t_termin" else None
        complete(page, deployed_house, task, **named)
        done.append((task.element, login, task.name))
        if evening is not None:
            evening.held()

    assert {element for element, _, _ in done} >= ON_THE_WAY
    assert len({login for element, login, _ in done if element == "g_gutachten"}) == 2

    sign_out(page)
    page.goto(f"/ideen/{number}")
    told = page.locator("main").inner_text()
    assert "Beschlossen" in told
    assert WORDING in told
    assert "29 Ja, 0 Nein, 16 Enthaltungen" in told
    assert OPINION_ONE not in told
    accessible(page)

    auditor_sees(deployed_house, page, number, done)


class Evening:
    """A meeting that the council's office convenes for the idea, and what comes of it there."""

    def __init__(self, house: Any, body: str, there: int, votes: tuple[int, int, int]) -> None:
        self.council, self.there, self.votes = Council(house, Clock(datetime.now(UTC))), there, votes
        self.begins = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}T17:00"
        self.meeting = self.council.meeting(body, self.begins)

    def held(self) -> None:
        """The item is registered, the members invited, and the vote is taken forty days later."""
        self.council.clock.now = datetime.now(UTC)
        self.council.run()
        self.council.invite(self.meeting)
        self.council.run(self.begins)
        self.council.opened(self.meeting)
        self.council.arrive(self.meeting, self.there)
        with self.council.look() as work:
            item = next(item.id for item in agendas.of(work, meetings.show(work, self.meeting)) if item.subject_id)
        self.council.vote(self.meeting, item, *self.votes)
        self.council.concluded(item, wording=WORDING)
        self.council.complete(self.meeting, "m_sitzung")


def auditor_sees(house: Any, page: Page, number: str, done: list[tuple[str, str, str]]) -> None:
    """An auditor finds every instance of the idea, each with a whole chain, and in them who did what and when."""
    sign_in(page, first_of("revision"))
    page.goto(f"/revision?suche={number}")
    links = page.locator('main a[href^="/revision/vorgaenge/"]').evaluate_all("all => all.map(one => one.pathname)")
    entries: list[str] = []
    for address in dict.fromkeys(links):
        page.goto(address)
        expect(page.get_by_text("Die Kette ist unversehrt")).to_be_visible()
        entries += page.locator(".rg-timeline__entry").all_inner_texts()
    names = names_of(house, {login for _, login, _ in done})
    for _, login, task in done:
        by_them = [entry for entry in entries if task in entry and names[login] in entry]
        assert by_them, f"nothing says that {names[login]} did „{task}“"
        assert re.search(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr", by_them[0])
    assert any(OPINION_ONE in entry for entry in entries)
    assert any("Beschluss: beschlossen" in entry and "kreistag" in entry.lower() for entry in entries)


def confirm_by_mail(house: Any, page: Page) -> None:
    """Open the link that came by mail and confirm the address; before, nobody has a task."""
    assert next_task(house) is None
    worker.run_due(house)
    mails = sorted(Path(house.settings.var_dir, "outbox").glob("*.eml"))
    body = message_from_bytes(mails[0].read_bytes(), policy=policy.default).get_content()
    link = re.search(r"\S+/kontakt/\S+", body)
    assert link is not None, body
    page.goto(urlsplit(link[0]).path)
    page.get_by_role("button", name="Ja, Adresse bestätigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danke, Ihre Adresse ist bestätigt")


def next_task(house: Any) -> Task | None:
    """The next task that somebody has to do; None once the idea is being carried out."""
    return next((task for task in waiting(house) if not task.element.startswith(("t4_", "m_"))), None)


def names_of(house: Any, logins: set[str]) -> dict[str, str]:
    """The names of people under their logins."""
    with house.look() as work:
        return {person.login: person.name for person in
                work.session.scalars(select(Person).where(Person.login.in_(logins)))}
