"""A paper on its page: with the invitation for everybody, before it for those who work on it; letters to authors."""

from io import BytesIO
from typing import Any

import pikepdf
import pytest

from engine.council import papers, recusals
from engine.ideas.ideas import Idea
from engine.identity.people import Person
from tests.council import OFFICE, Council
from tests.engine.council.test_an_ideas_item import LENKUNGSGRUPPE, Measure
from tests.engine.ideas.test_letters import decided
from tests.journeys import Journey
from tests.web.conftest import Reader, reader_of
from web.app import create_app


def anybody(council: Council, time_machine: Any) -> Reader:
    time_machine.move_to(council.clock.now, tick=False)
    return Reader(create_app(council.house).test_client())


def address(council: Council, measure: Measure) -> str:
    with council.look() as work:
        found = papers.of_instance(work, measure.instance_id)
        assert found is not None
        return f"/vorlagen/{found.id}"


@pytest.fixture
def measure(council: Council) -> Measure:
    """A measure that was adopted by the Kreisausschuss."""
    found = decided(council, 11, 2, "Mit zwei Bänken statt einer.")
    with council.work() as work:
        work.get(Idea, found.id).public = True
    return found


def test_everybody_reads_it_from_the_agenda_and_from_the_idea(
    council: Council, measure: Measure, time_machine: Any
) -> None:
    reader, page = anybody(council, time_machine), address(council, measure)
    assert page in reader.get("/ideen/2026-00001").text
    reader.get(page)
    said = reader.reads()
    assert 'href="/ideen/2026-00001"' in reader.page
    assert "Beschlussvorlage 137/2026" in said and "300.000,50 Euro" in said and "11 Ja, 2 Nein" in said
    answer = reader.get(f"{page}.pdf")
    assert "vorlage-137-2026.pdf" in answer.headers["Content-Disposition"]
    with pikepdf.open(BytesIO(answer.data)) as file, file.open_metadata() as about:
        assert "Beschlussvorlage 137/2026" in about["dc:title"]


def test_before_the_invitation_only_those_who_work_on_it_read_it(council: Council, time_machine: Any) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    page = address(council, measure)
    assert anybody(council, time_machine).get(page).status_code == 404
    office = reader_of(council, time_machine, OFFICE)
    assert office.get(page).status_code == 200 and "noch nicht veröffentlicht" in office.reads()
    member = reader_of(council, time_machine, "annika.kaifenheimer")
    assert member.get(page).status_code == 403
    member.get(f"/meine-sitzungen/{found}")
    member.post(f"/meine-sitzungen/punkte/{measure.item(found)}/vorlage")
    assert page in member.get(f"/meine-sitzungen/{found}").text
    assert member.get(page).status_code == 200
    with council.work("jannik.lonninger") as work:
        recusals.declare(work, measure.item(found), "Mir gehört das Grundstück.")
    assert reader_of(council, time_machine, "jannik.lonninger").get(page).status_code == 403


def test_the_author_has_a_letter_as_page_and_as_file(council: Council, measure: Measure, time_machine: Any) -> None:
    author, page = anybody(council, time_machine), f"/meine-idee/{measure.token}/brief"
    assert page in author.get(f"/meine-idee/{measure.token}").text
    author.get(page)
    assert "Mit zwei Bänken statt einer." in author.reads()
    assert author.get(f"{page}.pdf").mimetype == "application/pdf"


def test_the_office_prints_the_letter_and_nobody_else(council: Council, measure: Measure, time_machine: Any) -> None:
    assert anybody(council, time_machine).get("/ideen/2026-00001/brief.pdf").status_code in (303, 403)
    assert "brief.pdf" not in anybody(council, time_machine).get("/ideen/2026-00001").text
    cdo = reader_of(council, time_machine, "ulrich.hasbach")
    assert "brief.pdf" in cdo.get("/ideen/2026-00001").text
    assert cdo.get("/ideen/2026-00001/brief.pdf").mimetype == "application/pdf"


def test_without_a_decision_there_is_no_letter(council: Council, time_machine: Any) -> None:
    council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    author = anybody(council, time_machine)
    assert "/brief" not in author.get(f"/meine-idee/{measure.token}").text
    assert author.get(f"/meine-idee/{measure.token}/brief").status_code == 404


def test_a_reviewer_reads_how_many_reviews_are_in(council: Council, time_machine: Any) -> None:
    journey = Journey(council)
    journey.goes_to("g_gutachten")
    journey.do("g_befangenheit")
    journey.do("g_gutachten")
    [task] = journey.open
    with council.look() as work:
        login = work.get(Person, task.assignee_id).login
    reviewer = reader_of(council, time_machine, login)
    reviewer.get(f"/aufgaben/{task.id}")
    assert "1 von 2 sind fertig . Ihr Teil fehlt noch." in reviewer.reads().replace("fertig.", "fertig .")
