"""One evening of the Kreisausschuss on its sheet: by keyboard, on a tablet, without a connection, by two people."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.council import agendas, attendance, ballots, meetings, minutes, recusals
from engine.council.agendas import AgendaItem
from engine.history import trail
from engine.ideas.ideas import Idea
from engine.identity import people
from engine.runtime import incidents
from tests.browser.evenings import Evening, of_ideas, prepared
from tests.browser.people import may_sign_in, sign_in, sign_out
from tests.council import OFFICE
from tests.engine.council.test_an_ideas_item import Measure

pytestmark = pytest.mark.databases("sqlite")
Site = Callable[[Any], str]


@pytest.fixture
def evening(deployed_house: Any, site: Site, page: Page) -> Evening:
    """The sheet is open, nobody has come yet."""
    site(deployed_house)
    found = prepared(deployed_house)
    sign_in(page, OFFICE)
    page.goto(found.address)
    return found


@pytest.fixture
def ideas_evening(deployed_house: Any, site: Site, page: Page) -> tuple[Evening, dict[str, Measure]]:
    """The same, with ideas that wait for what is decided."""
    site(deployed_house)
    found = of_ideas(deployed_house)
    may_sign_in(deployed_house, OFFICE, "marlene.thielen")
    sign_in(page, OFFICE)
    page.goto(found[0].address)
    return found


def everybody_comes(page: Page) -> None:
    page.get_by_role("button", name="Alle, die zugesagt haben, sind da").click()
    expect(page.get_by_role("heading", name="Anwesenheit: 12 von 15")).to_be_visible()


def opened(page: Page) -> None:
    everybody_comes(page)
    page.get_by_role("button", name="Sitzung eröffnen").click()
    expect(page.get_by_text("Die Sitzung ist eröffnet.")).to_be_visible()


def show(page: Page, title: str) -> Locator:
    """Open an item; returns its part of the sheet."""
    page.locator("#tagesordnung").get_by_role("link", name=title).click()
    part = page.locator("#punkt")
    expect(part.get_by_role("heading", name=title)).to_be_visible()
    return part


def vote(page: Page, title: str, *, way: str = "offen", text: str = "", **numbers: int) -> None:
    part = show(page, title)
    if text:
        part.locator("#f-text").fill(text)
    part.locator(f'input[name="way"][value="{way}"]').check()
    for name, number in numbers.items():
        part.locator(f"#f-{name}").fill(str(number))
    part.locator("#form-vote").get_by_role("button", name="Abstimmung festhalten").click()


def unfold(part: Locator, title: str) -> None:
    part.get_by_text(title, exact=True).click()


def say_who(page: Page, member: UUID, house: Any) -> str:
    with house.look() as work:
        return str(people.names(work, {member})[member])


def item_of(house: Any, evening: Evening, title: str) -> AgendaItem:
    with house.look() as work:
        return work.get(AgendaItem, evening.items[title])


def test_an_evening_with_seven_items(
    deployed_house: Any, ideas_evening: tuple[Evening, dict[str, Measure]], page: Page,
    accessible: Callable[[Page], None],
) -> None:
    """Afterwards minutes, letters, public pages and the ideas' processes all say the same."""
    evening, measures = ideas_evening
    accessible(page)
    opened(page)
    accessible(page)

    # 1: adopted as proposed, the sum is watched while it is typed
    part = show(page, "Mitfahrbänke")
    part.locator("#f-ja").fill("9")
    expect(part.get_by_text("Es fehlen noch 3.")).to_be_visible()
    part.locator("#f-nein").fill("3")
    expect(part.get_by_text("Die Summe stimmt: 12.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Ö 4: beschlossen. 9 Ja, 3 Nein")).to_be_visible()

    # 2: a member is excluded, and the sum changes with that
    part = show(page, "Dorfläden digital")
    unfold(part, "Befangenheit erklären")
    part.locator("#f-b_person").select_option(label=say_who(page, evening.members[2], deployed_house))
    part.locator("#f-b_reason").fill("Die Schwester betreibt einen der Läden.")
    part.get_by_role("button", name="Festhalten", exact=True).click()
    expect(part.get_by_text("stimmberechtigt: 11").first).to_be_visible()
    vote(page, "Dorfläden digital", ja=12)
    expect(page.get_by_role("alert")).to_contain_text("stimmberechtigt sind zu diesem Punkt aber 11")
    expect(page.locator("#f-ja")).to_have_value("12")
    accessible(page)
    vote(page, "Dorfläden digital", ja=11, text="Dem Vorhaben wird für zwei Jahre zugestimmt.")
    expect(page.get_by_role("status").filter(has_text="geändert beschlossen")).to_be_visible()

    # 3: a tie is a rejection
    vote(page, "Schwimmbad Mendig", ja=6, nein=6)
    expect(page.get_by_role("status").filter(has_text="Stimmengleichheit: abgelehnt. (§ 33 LKO)")).to_be_visible()

    # 4: adjourned without a vote
    part = show(page, "Radweg Maifeld")
    unfold(part, "Ohne Abstimmung: vertagen, verweisen, zurückgeben, zur Kenntnis nehmen")
    part.locator('input[name="e_result"][value="vertagt"]').check()
    part.locator("#f-e_wording").fill("Der Plan fehlt.")
    part.get_by_role("button", name="Ergebnis festhalten").click()
    expect(page.get_by_role("status").filter(has_text="Ö 7: vertagt.")).to_be_visible()

    # 5: a secret vote, after two thirds of the statutory number wanted it; only numbers are kept
    vote(page, "Ehrenamtsbörse", way="geheim", ja=12)
    expect(page.get_by_role("alert")).to_contain_text("zwei Drittel der gesetzlichen Zahl")
    part = page.locator("#punkt")
    unfold(part, "Antrag zu diesem Punkt")
    part.locator('input[name="m_motion"][value="geheim"]').check()
    part.locator("#f-m_ja").fill("12")
    part.locator("#form-motion").get_by_role("button", name="Abstimmung festhalten").click()
    expect(page.get_by_role("status").filter(has_text="angenommen")).to_be_visible()
    vote(page, "Ehrenamtsbörse", way="geheim", ja=7, nein=3, enthaltung=1, ungueltig=1)
    expect(page.get_by_role("status").filter(has_text="Ö 8: beschlossen. 7 Ja, 3 Nein, 1 Enthaltungen, 1 ungültig")) \
        .to_be_visible()

    # 6: noted
    part = show(page, "Bericht zur Smarten Region")
    part.get_by_role("button", name="Ergebnis festhalten").click()
    expect(page.get_by_role("status").filter(has_text="Ö 9: zur Kenntnis genommen.")).to_be_visible()

    # 7: five go, and with them the quorum
    page.get_by_text("Liste der Mitglieder").click()
    for member in evening.members[7:12]:
        page.locator(f"#taste-{member}").click()
        expect(page.locator(f"#taste-{member}")).to_contain_text("da")
    part = page.locator("#punkt")
    expect(part.get_by_text("7 von 15: nicht beschlussfähig")).to_be_visible()
    expect(part.locator("#form-vote")).to_have_count(0)
    accessible(page)
    part.get_by_role("button", name="Ergebnis festhalten").click()
    expect(page.get_by_role("status").filter(has_text="N 1: vertagt.")).to_be_visible()

    page.get_by_role("button", name="Sitzung schließen").click()
    expect(page.get_by_text("Die Sitzung ist geschlossen.").first).to_be_visible()
    accessible(page)

    with deployed_house.look() as work:
        meeting = meetings.show(work, evening.meeting)
        assert meeting.state == "durchgefuehrt" and meeting.chair_id == evening.members[0]
        got = {item.title: item for item in agendas.of(work, meeting) if item.title in evening.items}
        assert {title: item.result for title, item in got.items()} == {
            "Mitfahrbänke": "beschlossen", "Dorfläden digital": "geaendert_beschlossen",
            "Schwimmbad Mendig": "abgelehnt", "Radweg Maifeld": "vertagt", "Ehrenamtsbörse": "beschlossen",
            "Bericht zur Smarten Region": "zur_kenntnis", "Grundstückstausch": "vertagt"}
        assert got["Grundstückstausch"].ruling["no_quorum"] is True
        assert recusals.excluded(work, got["Dorfläden digital"]) == {evening.members[2]}
        secret = ballots.decisive(work, got["Ehrenamtsbörse"])
        assert secret is not None and ballots.votes_of(work, secret) == []
        assert all(stay.left_at for stay in attendance.stays(work, meeting))
        told = [entry.verb for entry in trail.of_instance(work, meeting.instance_id, people.names)]
        assert told.count("ballot.held") == 5 and told.count("presence.left") == 5 and "meeting.closed" in told
    evening.council.clock.now = datetime.now(UTC)
    evening.council.run()
    minutes_are_signed_and_sent(page, evening)
    everywhere_the_same(page, evening, measures)


def minutes_are_signed_and_sent(page: Page, evening: Evening) -> None:
    """The chair signs on the own page, the recorder on the office's, and the task sends them."""
    sign_out(page)
    sign_in(page, "marlene.thielen")
    page.goto(f"/meine-sitzungen/{evening.meeting}/niederschrift")
    page.get_by_role("button", name="Als Vorsitz unterschreiben").click()
    expect(page.get_by_text("Vielen Dank, Ihre Unterschrift ist festgehalten.")).to_be_visible()
    sign_out(page)
    sign_in(page, OFFICE)
    page.goto(f"/sitzungsdienst/{evening.meeting}/niederschrift")
    page.get_by_role("button", name="Unterschrift auf Papier festhalten").click()
    expect(page.get_by_text("Die Unterschrift ist festgehalten.")).to_be_visible()
    page.get_by_role("link", name="Verschicken").click()
    page.get_by_role("button", name="Aufgabe abschließen").click()
    expect(page.get_by_role("status").filter(has_text="Erledigt")).to_be_visible()
    sign_out(page)


SAID = {
    "Mitfahrbänke": ("beschlossen", "9 Ja, 3 Nein, 0 Enthaltungen", "Beschlossen", "end_beschlossen"),
    "Dorfläden digital": ("geändert beschlossen", "11 Ja, 0 Nein, 0 Enthaltungen", "Geändert beschlossen",
                          "end_geaendert_beschlossen"),
    "Schwimmbad Mendig": ("abgelehnt", "6 Ja, 6 Nein, 0 Enthaltungen", "Nicht weiterverfolgt", "end_abgelehnt"),
    "Ehrenamtsbörse": ("beschlossen", "7 Ja, 3 Nein, 1 Enthaltungen", "Beschlossen", "end_beschlossen"),
    "Radweg Maifeld": ("vertagt", None, "Zur Entscheidung", None),
    "Grundstückstausch": ("vertagt", None, "Zur Entscheidung", None),
}
"""Of each idea: the result, the votes, the public status, and how its process ended (None: it goes on)."""


def everywhere_the_same(page: Page, evening: Evening, measures: dict[str, Measure]) -> None:
    """Minutes, resolutions, ideas, letters and processes, one after the other."""
    page.goto(f"/sitzungen/{evening.meeting}/niederschrift")
    public_minutes = page.locator("main").inner_text()
    page.goto("/beschluesse")
    resolved = page.locator("main").inner_text()
    with evening.council.look() as work:
        whole = minutes.document(work, meetings.show(work, evening.meeting), public=False)
    kept = "\n".join(f"{block.text} {block.rows}" for block in whole.blocks)
    for title, (result, votes, status, outcome) in SAID.items():
        measure = measures[title]
        with evening.council.look() as work:
            number = work.get(Idea, measure.id).number
        page.goto(f"/ideen/{number}")
        told = page.locator("main").inner_text()
        assert status in told, title
        assert measure.outcome() == outcome, title
        mine = kept[kept.index(title):].split("Ergebnis", 1)[1]
        assert mine.startswith(f"', '{result}')"), (title, mine[:60])
        assert (title in public_minutes) == (title != "Grundstückstausch")
        if votes is None:
            assert title not in resolved and "vertagt" in told
            page.goto(f"/meine-idee/{measure.token}")
            expect(page.get_by_role("link", name="Brief zur Entscheidung")).to_have_count(0)
            continue
        assert votes in mine and votes in public_minutes and votes in told, title
        assert votes in resolved[resolved.index(title):] and result in told
        page.goto(f"/meine-idee/{measure.token}/brief")
        letter = page.locator("main").inner_text()
        assert votes in letter and result in letter and status in letter and "Kreisausschuss" in letter, title
    secret = page.goto(f"/sitzungen/{evening.meeting}/niederschrift")
    assert secret is not None and "geheim" in page.locator("main").inner_text()
    again = {title: measures[title].item(evening.following) for title in ("Radweg Maifeld", "Grundstückstausch")}
    with evening.council.look() as work:
        assert work.get(AgendaItem, again["Grundstückstausch"]).second_invitation
        assert not work.get(AgendaItem, again["Radweg Maifeld"]).second_invitation
        assert incidents.listing(work).total == 0


def test_names_are_called_by_three_keys(deployed_house: Any, evening: Evening, page: Page) -> None:
    opened(page)
    part = show(page, "Mitfahrbänke")
    part.locator('input[name="way"][value="namentlich"]').check()
    expect(part.locator("#f-ja")).to_be_hidden()
    part.locator(".rg-named__row input").first.focus()
    for key in "jjjjjjjnnne":
        page.keyboard.press(key)
    page.keyboard.press("J")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="8 Ja, 3 Nein, 1 Enthaltungen: angenommen")).to_be_visible()
    with deployed_house.look() as work:
        ballot = ballots.decisive(work, work.get(AgendaItem, evening.items["Mitfahrbänke"]))
        assert ballot is not None and len(ballots.votes_of(work, ballot)) == 12


def test_the_list_of_members_goes_on_by_itself(evening: Evening, page: Page) -> None:
    keys = page.locator(".rg-attendance__row")
    keys.first.get_by_role("button").first.focus()
    for count in range(1, 4):
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=f"Anwesenheit: {count} von 15")).to_be_visible()
        expect(keys.nth(count).get_by_role("button").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(keys.nth(2).get_by_role("button").first).to_be_focused()
    page.locator("#f-zeit").fill("00:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Anwesenheit: 3 von 15")).to_be_visible()


def test_a_deputy_takes_the_seat_of_a_member(evening: Evening, page: Page) -> None:
    row = page.locator(".rg-attendance__row").filter(has=page.get_by_role("button", name="vertritt")).first
    member = row.locator(".rg-attendance__name").inner_text().splitlines()[0]
    row.get_by_role("button", name="vertritt").first.click()
    expect(page.locator(".rg-attendance__row").filter(has_text=member)).to_contain_text("vertreten durch")
    expect(page.get_by_role("heading", name="Anwesenheit: 1 von 15")).to_be_visible()


def test_without_a_chair_nobody_opens_the_meeting(
    evening: Evening, page: Page, accessible: Callable[[Page], None]
) -> None:
    for member in evening.members[1:9]:
        if "vorsitz" not in page.locator(f".rg-attendance__row:has(#taste-{member})").inner_text().lower():
            page.locator(f"#taste-{member}").click()
            expect(page.locator(f"#taste-{member}")).to_contain_text("geht")
    page.get_by_role("button", name="Sitzung eröffnen").click()
    expect(page.get_by_role("alert")).to_contain_text("bestimmen die Anwesenden, wer leitet (§ 29 LKO)")
    accessible(page)
    page.locator("#f-chair").select_option(index=1)
    page.get_by_role("button", name="Sitzung eröffnen").click()
    expect(page.get_by_text("Die Sitzung ist eröffnet.")).to_be_visible()


def test_what_is_entered_without_a_connection_is_sent_once_when_it_is_back(
    deployed_house: Any, evening: Evening, page: Page
) -> None:
    opened(page)
    part = show(page, "Mitfahrbänke")
    page.context.set_offline(True)
    part.locator("#f-ja").fill("12")
    part.locator("#form-vote").get_by_role("button", name="Abstimmung festhalten").click()
    expect(page.get_by_text("Keine Verbindung. Auf diesem Gerät liegen 1 Einträge.")).to_be_visible()
    page.get_by_text("Liste der Mitglieder").click()
    page.locator(f"#taste-{evening.members[5]}").click()
    expect(page.get_by_text("Auf diesem Gerät liegen 2 Einträge.")).to_be_visible()
    assert item_of(deployed_house, evening, "Mitfahrbänke").result is None
    page.context.set_offline(False)
    expect(page.get_by_text("Die Verbindung ist wieder da, alle Einträge sind gesendet.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("heading", name="Anwesenheit: 11 von 15")).to_be_visible()
    assert item_of(deployed_house, evening, "Mitfahrbänke").result == "beschlossen"
    assert page.evaluate("localStorage.length") == 0


def test_an_answer_that_got_lost_does_not_double_the_entry(
    deployed_house: Any, evening: Evening, page: Page
) -> None:
    lost: list[str] = []

    def swallow(route: Any) -> None:
        """Let the entry reach the house, but not its answer the browser."""
        if not lost:
            lost.append(route.request.post_data)
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.fallback()

    page.route("**/abend/anwesenheit", swallow)
    page.locator(f"#taste-{evening.members[3]}").click()
    expect(page.get_by_text("Die Verbindung ist wieder da")).to_be_visible(timeout=15_000)
    with deployed_house.look() as work:
        stays = attendance.stays(work, meetings.show(work, evening.meeting))
        assert [stay.person_id for stay in stays] == [evening.members[3]]


def test_two_people_at_one_sheet_see_each_other(
    deployed_house: Any, evening: Evening, page: Page, browser: Browser, base_url: str
) -> None:
    opened(page)
    part = show(page, "Mitfahrbänke")
    other = browser.new_context(base_url=base_url, locale="de-DE").new_page()
    sign_in(other, OFFICE)
    other.goto(evening.at_item("Mitfahrbänke"))
    part.locator("#f-ja").fill("8")
    part.locator("#f-nein").fill("4")
    vote(other, "Mitfahrbänke", ja=12)
    expect(other.get_by_role("status").filter(has_text="Ö 4: beschlossen")).to_be_visible()
    part.locator("#form-vote").get_by_role("button", name="Abstimmung festhalten").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("hat diesen Punkt um")
    expect(page.locator("#punkt")).to_contain_text("12 Ja, 0 Nein")  # what stands now
    other.goto(evening.at_item("Dorfläden digital"))
    show(page, "Dorfläden digital").locator("#f-text").fill("Anders.")
    vote(other, "Schwimmbad Mendig", ja=12)
    expect(page.locator("#tagesordnung")).to_contain_text("12:0:0", timeout=15_000)
    expect(page.locator(".rg-agenda__item").filter(has_text="Schwimmbad")).to_contain_text("beschlossen",
                                                                                           timeout=15_000)
    expect(page.locator("#f-text")).to_have_value("Anders.")  # what is being typed stays
    other.context.close()


def test_the_sheet_works_without_javascript(
    deployed_house: Any, site: Site, plain_page: Page
) -> None:
    site(deployed_house)
    evening = prepared(deployed_house)
    sign_in(plain_page, OFFICE)
    plain_page.goto(evening.address)
    everybody_comes(plain_page)
    plain_page.get_by_role("button", name="Sitzung eröffnen").click()
    vote(plain_page, "Mitfahrbänke", ja=11)
    expect(plain_page.get_by_role("alert")).to_contain_text("Die Summe muss 12 sein.")
    expect(plain_page.locator("#f-ja")).to_have_value("11")
    plain_page.locator("#f-nein").fill("1")
    plain_page.locator("#form-vote").get_by_role("button", name="Abstimmung festhalten").click()
    expect(plain_page.get_by_role("status").filter(has_text="Ö 4: beschlossen. 11 Ja, 1 Nein")).to_be_visible()
    part = show(plain_page, "Mitfahrbänke")
    unfold(part, "Zahlen berichtigen")
    part.locator("#f-k_ja").fill("5")
    part.locator("#f-k_nein").fill("7")
    part.get_by_role("button", name="Berichtigen").click()
    expect(plain_page.locator("#punkt")).to_contain_text("abgelehnt")
    with deployed_house.look() as work:
        item = work.get(AgendaItem, evening.items["Mitfahrbänke"])
        assert item.result == "abgelehnt" and len(ballots.of_meeting(work, work.get(
            meetings.Meeting, evening.meeting))) == 1
