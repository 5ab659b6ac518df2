"""Papers: a number that nobody else has, versions that stay, a Beratungsfolge, and who may read them when."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from engine.council import agendas, meetings, papers, recusals
from engine.council.papers import Paper
from engine.errors import Forbidden, Invalid, NotFound
from engine.runtime import instances, tasks
from engine.work import CITIZEN
from tests.council import Council, refused
from tests.engine.council.test_an_ideas_item import KREISAUSSCHUSS, LENKUNGSGRUPPE, Measure, held
from tests.processes import answers


def paper_of(council: Council, measure: Measure) -> Paper:
    with council.look() as work:
        found = papers.of_instance(work, measure.instance_id)
        assert found is not None
        return found


def text(council: Council, paper: Paper, version: int | None = None) -> str:
    with council.look() as work:
        said = papers.document(work, paper, version)
    return "\n".join([said.title, said.subtitle, *(f"{block.text} {block.rows}" for block in said.blocks)])


def readable_by(council: Council, paper: Paper, login: str | None) -> Any:
    actor = council.actor(login) if login else CITIZEN
    with council.house.look(actor, council.clock.now) as work:
        return papers.readable(work, paper.id)


def test_the_form_comes_with_a_number_the_proposal_and_the_reviews(council: Council) -> None:
    measure = Unsigned(council)
    data = measure.data()
    assert data["vorlagennummer"] == "1/2026"
    assert data["beschlussvorschlag"] == "Der Maßnahme „Mitfahrbank“ wird zugestimmt."
    assert data["gutachten_text"] == "2 Gutachten, 80 von 100 Punkten. Gut."
    assert Unsigned(council).data()["vorlagennummer"] == "2/2026"


def test_each_rewriting_is_a_version_and_the_old_one_stays(council: Council) -> None:
    measure = Unsigned(council)
    measure.complete("t3_vorlage", answers.paper(beschlussvorschlag="Erster Vorschlag.", vorlagennummer="1/2026"))
    measure.complete("t3_pruefung", answers.money("zurueck"))
    measure.complete("t3_vorlage", answers.paper(beschlussvorschlag="Zweiter Vorschlag.", vorlagennummer="1/2026"))
    paper = paper_of(council, measure)
    assert paper.released_at is None
    measure.complete("t3_pruefung", answers.money())
    measure.complete("t3_zeichnung", answers.sign())
    assert "Zweiter Vorschlag." in text(council, paper) and "Fassung 2" in text(council, paper)
    assert "Erster Vorschlag." in text(council, paper, 1)
    with pytest.raises(NotFound), council.look() as work:
        papers.document(work, paper, 3)
    assert paper_of(council, measure).released_at is not None


def test_a_number_that_another_paper_has_comes_back_to_the_field(council: Council) -> None:
    Measure(council)
    other = Unsigned(council)
    with refused(Invalid, "137/2026 hat schon die Vorlage zu „2026-00001“", "Frei ist 2/2026"):
        other.complete("t3_vorlage", answers.paper())
    with refused(Invalid, "137/2026"):
        other.complete("t3_vorlage", answers.paper(vorlagennummer="einhundert"))
    other.complete("t3_vorlage", answers.paper(vorlagennummer="137/2026-1"))
    assert paper_of(council, other).number == "137/2026-1"


def test_a_number_typed_before_its_turn_is_not_given_again(council: Council) -> None:
    first = Unsigned(council)
    first.complete("t3_vorlage", answers.paper(vorlagennummer="2/2026"))
    assert Unsigned(council).data()["vorlagennummer"] == "3/2026"


def test_it_says_how_much_it_costs_and_through_which_bodies_it_went(council: Council) -> None:
    advises, decides = (council.meeting("lenkungsgruppe", LENKUNGSGRUPPE),
                        council.meeting("kreisausschuss", KREISAUSSCHUSS))
    measure = Measure(council, betrag="100000")
    paper = paper_of(council, measure)
    assert "('Gesamtkosten', '300.000,50 Euro')" in text(council, paper)
    assert "('Lenkungsgruppe Smarte Region', '14.04.2026', 'Vorberatung', '–', 'offen')" in text(council, paper)
    held(council, advises, LENKUNGSGRUPPE, 20)
    council.vote(advises, measure.item(advises), yes=18, no=1, abstained=1)
    council.concluded(measure.item(advises))
    council.complete(advises, "m_sitzung")
    held(council, decides, KREISAUSSCHUSS, 13)
    council.vote(decides, measure.item(decides), yes=9, no=2, abstained=2, text="Mit zwei Bänken statt einer.")
    council.concluded(measure.item(decides))
    council.complete(decides, "m_sitzung")
    said = text(council, paper)
    assert "'Vorberatung', 'N 4', 'empfohlen'" in said and "'Entscheidung', 'Ö 4', 'geändert beschlossen'" in said
    assert "Mit zwei Bänken statt einer." in said and "9 Ja, 2 Nein, 2 Enthaltungen" in said


def test_the_public_reads_it_with_the_invitation(council: Council) -> None:
    decides = council.meeting("kreisausschuss", KREISAUSSCHUSS)
    advises = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council, betrag="100000")
    paper = paper_of(council, measure)
    held(council, advises, LENKUNGSGRUPPE, 20)
    council.vote(advises, measure.item(advises), yes=20)
    council.concluded(measure.item(advises))
    council.complete(advises, "m_sitzung")
    with refused(NotFound, "mit der Einladung"):
        readable_by(council, paper, None)
    council.invite(decides)
    assert readable_by(council, paper, None).number == "137/2026"


def test_a_paper_that_is_not_public_stays_with_those_who_work_on_it(council: Council) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council, oeffentlich="nein")
    council.invite(found)
    paper = paper_of(council, measure)
    for login in (None, "carla.rossmann"):
        with pytest.raises(NotFound):
            readable_by(council, paper, login)
    for login in ("christa.weinand", "ulrich.hasbach"):
        assert readable_by(council, paper, login)


def test_p16_lko_a_member_reads_it_after_the_question_of_bias_and_never_when_biased(council: Council) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council, oeffentlich="nein")
    council.invite(found)
    paper, item = paper_of(council, measure), measure.item(found)
    member, biased = (login for login in ("annika.kaifenheimer", "jannik.lonninger"))
    with refused(Forbidden, "zuerst", "§ 16 LKO"):
        readable_by(council, paper, member)
    with council.work(member) as work:
        recusals.deny(work, item)
    assert readable_by(council, paper, member)
    with council.work(biased) as work:
        recusals.declare(work, item, "Mir gehört das Grundstück.")
    with refused(Forbidden, "befangen"):
        readable_by(council, paper, biased)


def test_only_released_papers_go_with_an_agenda(council: Council) -> None:
    found = council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    with council.look() as work:
        numbers = {item.paper_number for item in agendas.of(work, meetings.show(work, found))}
        assert list(papers.of_items(work, numbers)) == ["137/2026"]
    other = Unsigned(council)
    other.complete("t3_vorlage", answers.paper(vorlagennummer="2/2026"))
    with council.look() as work:
        assert papers.of_items(work, {"2/2026"}) == {} and measure.id


class Unsigned(Measure):
    """An idea whose paper is still to be written."""

    steps: Mapping[str, Any] = {}

    def data(self) -> dict[str, Any]:
        """What its process knows."""
        with self.council.house.look(now=self.council.clock.now) as work:
            task: UUID = self.open()["t3_vorlage"]
            return instances.data_of(work, work.get(tasks.Task, task))
