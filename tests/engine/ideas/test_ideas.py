"""An idea is handed in without an account, followed by a private link, and public only once it may be."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import worker
from engine.demo import county
from engine.errors import Conflict, Invalid, NotFound
from engine.history import seal
from engine.history.events import Event
from engine.ideas import dialogues, ideas, operations, resolutions, statuses
from engine.ideas.ideas import Contact, Idea
from engine.notices import Notice
from engine.runtime import instances, tasks
from engine.work import CITIZEN
from tests.together import at_once

GOOD: dict[str, Any] = {
    "title": "Mitfahrbank in Polch", "text": "An der Hauptstraße soll eine Bank stehen, an der Autos anhalten.",
    "theme": "mobilitaet", "municipality": "maifeld", "connection": "lebt",
}
FORMAL = {
    "zustaendig_kreis": "ja", "bezug_mitglied": "ja", "thema": "mobilitaet", "kommune": "maifeld", "sprache_ok": "ja",
    "personendaten_entfernt": "ja", "betriebsgeheimnis": "nein", "veroeffentlichen": "ja", "t1_formal": "weiter",
}


class Desk:
    """Ideas as citizens hand them in, and tasks as the county completes them."""

    def __init__(self, house: Any, clock: Any) -> None:
        self.house, self.clock = house, clock

    def hand_in(self, **changed: Any) -> tuple[Idea, str]:
        """Hand an idea in; returns it with its token."""
        with self.house.work(CITIZEN, self.clock.now) as work:
            return ideas.hand_in(work, **(GOOD | changed))

    def idea(self, idea: Idea) -> Idea:
        """The idea as it stands now."""
        with self.house.look(now=self.clock.now) as work:
            return work.get(Idea, idea.id)

    def complete(self, idea: Idea, element: str, **answers: Any) -> None:
        """Complete the idea's open task of an element."""
        with self.house.work(now=self.clock.now) as work:
            [task] = [
                task for instance in instances.of_subject(work, idea.id)
                for task in tasks.siblings_open(work, instance.id) if task.element == element
            ]
            instances.complete_task(work, task.id, answers)
        worker.deliver_messages(self.house, self.clock.now)

    def mails(self) -> list[Notice]:
        """The mails on their way."""
        with self.house.look() as work:
            return list(work.session.scalars(select(Notice).order_by(Notice.id)))

    def confirmation(self) -> str:
        """The secret in the last mail's confirmation link."""
        return self.mails()[-1].text.split("/kontakt/")[1].split()[0]


@pytest.fixture
def desk(deployed_house: Any, clock: Any) -> Desk:
    return Desk(deployed_house, clock)


def test_ideas_are_numbered_by_year_without_gaps(desk: Desk) -> None:
    assert [desk.hand_in()[0].number for _ in range(3)] == ["2026-00001", "2026-00002", "2026-00003"]
    desk.clock.at("2026-12-31 23:59")
    assert desk.hand_in()[0].number == "2026-00004"
    desk.clock.at("2027-01-01 00:00")
    assert desk.hand_in()[0].number == "2027-00001"


def test_ideas_handed_in_at_the_same_moment_get_a_number_each(desk: Desk) -> None:
    handed_in = at_once(*[desk.hand_in] * 8)
    assert sorted(idea.number for idea, _ in handed_in) == [f"2026-0000{number}" for number in range(1, 9)]


def test_a_refused_idea_takes_no_number(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.hand_in(title="x")
    assert desk.hand_in()[0].number == "2026-00001"


@pytest.mark.parametrize(("changed", "wrong"), [
    ({"title": "Bank"}, {"title"}),
    ({"title": "x" * 121}, {"title"}),
    ({"text": "kurz"}, {"text"}),
    ({"text": "x" * 6001}, {"text"}),
    ({"theme": "sonstiges"}, {"theme"}),
    ({"municipality": "koblenz"}, {"municipality"}),
    ({"connection": ""}, {"connection"}),
    ({"mail": "niemand"}, {"mail"}),
    ({"mail": "a@b.de\nBcc: c@d.de"}, {"mail"}),
    ({"under_16": True}, {"consent"}),
    ({"title": "", "text": "", "theme": ""}, {"title", "text", "theme"}),
])
def test_each_wrong_field_is_named(desk: Desk, changed: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        desk.hand_in(**changed)
    assert set(refused.value.fields) == wrong


def test_the_private_link_opens_the_idea_and_the_database_does_not_know_it(desk: Desk) -> None:
    idea, token = desk.hand_in()
    with desk.house.look() as work:
        assert ideas.by_token(work, token).id == idea.id
        assert token not in str([getattr(idea, column.key) for column in Idea.__table__.columns])
        with pytest.raises(NotFound):
            ideas.by_token(work, token[:-1])


def test_an_idea_is_public_only_after_the_formal_check(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    with desk.house.look() as work, pytest.raises(NotFound):
        ideas.by_number(work, idea.number)
    desk.complete(idea, "t1_formal", **FORMAL)
    with desk.house.look() as work:
        assert ideas.by_number(work, idea.number).id == idea.id
        assert [row.status for row in statuses.history(work, idea.id)] == ["eingegangen", "vorpruefung"]


def test_the_guide_can_correct_theme_and_municipality_and_the_history_says_so(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    desk.complete(idea, "t1_formal", **(FORMAL | {"thema": "umwelt", "kommune": "mendig"}))
    found = desk.idea(idea)
    assert (found.theme, found.municipality) == ("umwelt", "mendig")
    with desk.house.look() as work:
        [event] = work.session.scalars(select(Event).where(Event.verb == "idea.classified"))
    assert event.particulars == {"theme": "Smarte Umwelt", "municipality": "VG Mendig"}


def test_an_idea_that_was_classified_right_is_left_alone(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    desk.complete(idea, "t1_formal", **FORMAL)
    with desk.house.look() as work:
        assert not list(work.session.scalars(select(Event).where(Event.verb == "idea.classified")))


def test_a_theme_that_nobody_knows_changes_nothing(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    with desk.house.work(now=desk.clock.now) as work:
        [instance] = instances.of_subject(work, idea.id)
        operations.classify(work, instance, {"thema": "fischerei", "kommune": None})
    assert (desk.idea(idea).theme, desk.idea(idea).municipality) == ("mobilitaet", "maifeld")


def test_an_idea_with_a_mail_waits_for_its_confirmation(desk: Desk) -> None:
    idea, _ = desk.hand_in(mail="ada@example.org")
    with desk.house.look() as work:
        assert not ideas.whereabouts(work, idea).bodies
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.confirm_contact(work, desk.confirmation())
    with desk.house.look() as work:
        assert ideas.whereabouts(work, idea).bodies == ["regionallotse"]


def test_an_unconfirmed_idea_ends_after_thirty_days_and_is_never_public(desk: Desk) -> None:
    idea, _ = desk.hand_in(mail="ada@example.org")
    desk.clock.advance(days=31)
    worker.run_due(desk.house, desk.clock.now)
    assert desk.idea(idea).status == "unbestaetigt" and not desk.idea(idea).public
    with desk.house.look() as work:
        assert statuses.history(work, idea.id)[-1].status == "eingegangen"


def ask(desk: Desk, idea: Idea) -> None:
    desk.complete(idea, "t1_formal", **(FORMAL | {"t1_formal": "rueckfrage", "t1_formal_begruendung": "Wo genau?"}))
    desk.complete(idea, "t_frage", frage="Wo genau soll die Bank stehen?", frage_tage=21)


def test_a_question_is_answered_on_the_private_page_and_the_check_goes_on(desk: Desk) -> None:
    idea, token = desk.hand_in()
    ask(desk, idea)
    assert desk.idea(idea).status == "rueckfrage"
    with desk.house.look() as work:
        assert "antwort" in dialogues.possible(work, idea)
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.answer(work, token, "Am Markt, vor der Bäckerei.")
    with desk.house.look() as work:
        [question] = dialogues.questions(work, idea.id)
        assert question.answer == "Am Markt, vor der Bäckerei."
        stored = list(work.session.scalars(select(Event.particulars)))
        assert "Bäckerei" not in str(stored)
        assert ideas.whereabouts(work, idea).bodies == ["regionallotse"]
    with pytest.raises(Conflict), desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.answer(work, token, "Noch einmal.")


def test_an_unanswered_question_parks_the_idea_and_never_rejects_it(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    ask(desk, idea)
    for _ in range(5):
        desk.clock.advance(days=7)
        worker.run_due(desk.house, desk.clock.now)
    assert desk.idea(idea).status == "zurueckgestellt"


def test_the_time_to_answer_is_extended_once(desk: Desk) -> None:
    idea, token = desk.hand_in()
    ask(desk, idea)
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.ask_extension(work, token)
    with pytest.raises(Conflict), desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.ask_extension(work, token)
    desk.clock.advance(days=22)
    worker.run_due(desk.house, desk.clock.now)
    assert desk.idea(idea).status == "rueckfrage"


def test_an_addendum_stands_beside_the_idea_and_moves_nothing(desk: Desk) -> None:
    idea, token = desk.hand_in()
    for number in (1, 2):
        with desk.house.work(CITIZEN, desk.clock.now) as work:
            assert dialogues.add_addendum(work, token, f"Noch etwas: {number}").number == number
    with desk.house.look() as work:
        assert [row.text for row in dialogues.addenda(work, idea.id)] == ["Noch etwas: 1", "Noch etwas: 2"]
        assert ideas.whereabouts(work, idea).bodies == ["regionallotse"]


def test_a_withdrawn_idea_ends_and_its_tasks_are_cancelled(desk: Desk) -> None:
    idea, token = desk.hand_in()
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.withdraw(work, token)
    assert desk.idea(idea).status == "zurueckgezogen"
    with desk.house.look() as work:
        assert ideas.whereabouts(work, idea).bodies == []
        assert dialogues.possible(work, desk.idea(idea)) == set()
    with pytest.raises(Conflict), desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.withdraw(work, token)


def test_a_duplicate_is_merged_and_both_stay_readable(desk: Desk) -> None:
    first, _ = desk.hand_in()
    second, _ = desk.hand_in(title="Eine Mitfahrbank für Polch")
    for idea in (first, second):
        desk.complete(idea, "t1_formal", **FORMAL)
    with pytest.raises(Invalid):
        desk.complete(second, "t1_dublette", t1_dublette="zusammenfuehren", zusammenfuehren_mit="2026-00099",
                      t1_dublette_begruendung="Dasselbe.")
    desk.complete(second, "t1_dublette", t1_dublette="zusammenfuehren", zusammenfuehren_mit=first.number,
                  t1_dublette_begruendung="Dasselbe.")
    assert desk.idea(second).status == "zusammengefuehrt"
    with desk.house.look() as work:
        assert ideas.merged_into(work, desk.idea(second)).id == first.id
        assert [one.number for one in ideas.merged_here(work, first)] == [second.number]
        assert ideas.by_number(work, second.number) and ideas.by_number(work, first.number)


def test_only_a_confirmed_author_gets_mail_on_a_new_status(desk: Desk) -> None:
    idea, _ = desk.hand_in(mail="ada@example.org")
    assert [mail.subject for mail in desk.mails()] == ["Ihre Idee 2026-00001 ist eingegangen"]
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.confirm_contact(work, desk.confirmation())
    assert [mail.subject for mail in desk.mails()][1:] == ["Ihre Idee 2026-00001: In Vorprüfung"]
    assert desk.idea(idea).status == "vorpruefung"


def test_erasing_the_author_leaves_the_page_and_the_chain(desk: Desk) -> None:
    idea, token = desk.hand_in(mail="ada@example.org")
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.confirm_contact(work, desk.confirmation())
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.add_addendum(work, token, "Meine Nummer ist 0261 108-0.")
    with desk.house.work(now=desk.clock.now) as work:
        dialogues.erase_contact(work, work.get(Idea, idea.id))
    with desk.house.look() as work:
        assert work.session.scalar(select(Contact)) is None
        assert [row.text for row in dialogues.addenda(work, idea.id)] == [dialogues.ERASED]
        assert work.get(Idea, idea.id).title == GOOD["title"]
        assert list(seal.verify(work)) == []


def test_contact_data_are_erased_six_months_after_the_end(desk: Desk) -> None:
    idea, token = desk.hand_in(mail="ada@example.org")
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.confirm_contact(work, desk.confirmation())
    desk.clock.advance(days=400)
    assert worker.erase_contacts(desk.house, desk.clock.now) == 0  # still under way
    with desk.house.work(CITIZEN, desk.clock.now) as work:
        dialogues.withdraw(work, token)
    desk.clock.advance(days=180)
    assert worker.erase_contacts(desk.house, desk.clock.now) == 0
    desk.clock.advance(days=4)
    assert worker.erase_contacts(desk.house, desk.clock.now) == 1
    with desk.house.look() as work:
        assert ideas.contact_of(work, idea.id) is None
        assert list(seal.verify(work)) == []


def test_the_address_of_an_unconfirmed_idea_is_erased_at_once(desk: Desk) -> None:
    desk.hand_in(mail="ada@example.org")
    desk.clock.advance(days=31)
    worker.run_due(desk.house, desk.clock.now)
    assert worker.erase_contacts(desk.house, desk.clock.now) == 1


def test_the_search_finds_every_word_whatever_its_case(desk: Desk) -> None:
    for title in ("Mitfahrbank in Polch", "ÖPNV und Öffnungszeiten", "Rathaus_100% digital"):
        idea, _ = desk.hand_in(title=title)
        desk.complete(idea, "t1_formal", **FORMAL)

    def found(search: str) -> list[str]:
        with desk.house.look() as work:
            return [one.title for one in ideas.listing(work, search=search, sort="title").rows]

    assert found("polch BANK") == ["Mitfahrbank in Polch"]
    assert found("öpnv") == ["ÖPNV und Öffnungszeiten"]
    assert found("100%") == ["Rathaus_100% digital"]
    assert found("_100") == ["Rathaus_100% digital"]
    assert found("' OR 1=1 --") == []
    assert len(found("")) == 3


def test_the_list_is_filtered_sorted_and_paged(desk: Desk) -> None:
    for number in range(5):
        idea, _ = desk.hand_in(title=f"Idee {number} für alle", theme="umwelt" if number % 2 else "bildung")
        desk.clock.advance(hours=1)
        desk.complete(idea, "t1_formal", **FORMAL)
    with desk.house.look() as work:
        newest = ideas.listing(work, sort="new", size=2)
        assert [one.title for one in newest.rows] == ["Idee 4 für alle", "Idee 3 für alle"] and newest.pages == 3
        assert ideas.listing(work, sort="old", size=2).rows[0].title == "Idee 0 für alle"
        assert ideas.listing(work, status="vorpruefung").total == 5
        assert ideas.listing(work, municipality="mayen").total == 0


def test_a_resolution_is_kept_with_wording_and_votes(desk: Desk) -> None:
    idea, _ = desk.hand_in()
    with desk.house.work(now=desk.clock.now) as work:
        [instance] = instances.of_subject(work, idea.id)
        resolutions.decide(work, work.get(Idea, idea.id), instances.lock(work, instance.id), body="kreistag",
                           result="beschlossen", wording="Wie Vorschlag.", yes=29, no=0, abstained=16,
                           decided_on=desk.clock.now.date())
    with desk.house.look() as work:
        [row] = resolutions.of_idea(work, idea.id)
        assert (row.yes, row.no, row.abstained, row.wording) == (29, 0, 16, "Wie Vorschlag.")
        assert list(seal.verify(work)) == []


def test_the_shipped_processes_name_only_operations_and_mails_that_exist() -> None:
    import re

    from engine import wiring
    from engine.notices import texts

    root = Path(county.__file__).parent.parent.parent / "bpmn"
    text = "".join(path.read_text(encoding="utf-8") for path in root.glob("*.bpmn"))
    assert set(re.findall(r'serviceTaskOperator id="([^"]+)"', text)) <= wiring.HANDLERS.keys()
    named = set(re.findall(r"""id="template"[^>]*value='"(\w+)"'""", text))
    assert named and named <= texts.TEMPLATES.keys()
