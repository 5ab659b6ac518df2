"""The letter to whoever handed an idea in says what was decided, by whom, why, and what comes next."""

import pytest

from engine.errors import NotFound
from engine.ideas import ideas, letters
from engine.ideas.ideas import Idea
from engine.runtime.instances import Instance
from tests.council import Council
from tests.engine.council.test_an_ideas_item import KREISAUSSCHUSS, LENKUNGSGRUPPE, Measure, held


def letter(council: Council, measure: Measure, language: str = "de") -> str:
    with council.work() as work:
        idea = work.get(Idea, measure.id)
        idea.language = language
        said = letters.document(work, idea)
    return "\n".join([said.title, said.subtitle, said.language, *(f"{one.text} {one.rows}" for one in said.blocks)])


def decided(council: Council, yes: int, no: int, wording: str = "") -> Measure:
    advises, decides = (council.meeting("lenkungsgruppe", LENKUNGSGRUPPE),
                        council.meeting("kreisausschuss", KREISAUSSCHUSS))
    measure = Measure(council, betrag="100000")
    held(council, advises, LENKUNGSGRUPPE, 20)
    council.vote(advises, measure.item(advises), yes=20)
    council.concluded(measure.item(advises))
    council.complete(advises, "m_sitzung")
    held(council, decides, KREISAUSSCHUSS, 13)
    council.vote(decides, measure.item(decides), yes=yes, no=no, text=wording)
    council.concluded(measure.item(decides))
    council.complete(decides, "m_sitzung")
    return measure


def test_before_a_decision_there_is_no_letter(council: Council) -> None:
    council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    with pytest.raises(NotFound):
        letter(council, measure)


def test_an_adopted_measure_is_told_with_body_day_wording_votes_and_what_comes_next(council: Council) -> None:
    said = letter(council, decided(council, 11, 2, "Mit zwei Bänken statt einer."))
    for part in ("Entscheidung über Ihre Idee", "2026-00001", "Geändert beschlossen", "Kreisausschuss", "11.05.2026",
                 "11 Ja, 2 Nein, 0 Enthaltungen", "Mit zwei Bänken statt einer.", "137/2026", "Wie es weitergeht",
                 "Die Umsetzung wird vorbereitet.", "smart@example.org", "/ideen/2026-00001"):
        assert part in said, part


def test_a_rejected_measure_is_told_with_its_reason(council: Council) -> None:
    said = letter(council, decided(council, 3, 10))
    for part in ("Nicht weiterverfolgt", "abgelehnt", "3 Ja, 10 Nein", "Warum",
                 "Vom zuständigen Gremium abgelehnt"):
        assert part in said, part


def test_whoever_wrote_in_english_gets_the_letter_in_english(council: Council) -> None:
    said = letter(council, decided(council, 11, 2), "en")
    assert "Decision on your idea" in said and "11 yes, 2 no, 0 abstentions" in said and "Guten Tag" not in said


def test_an_idea_that_was_set_aside_says_until_when(council: Council) -> None:
    council.meeting("lenkungsgruppe", LENKUNGSGRUPPE)
    measure = Measure(council)
    with council.house.work(now=council.clock.now) as work:
        idea = work.get(Idea, measure.id)
        chain = work.get(Instance, measure.instance_id)
        ideas.publish_status(work, idea, chain, "zurueckgestellt", reason="Das Geld fehlt noch", body="cdo")
    assert "Das Geld fehlt noch." in letter(council, measure)
