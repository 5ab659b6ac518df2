"""Ideas that say the same in other words are found; ideas about something else are not."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from engine.ideas import ideas, similar

BENCH = ("Mitfahrbank in Polch", "An der Hauptstraße soll eine Mitfahrbank stehen, mit Anzeige, wohin jemand will.")
SAME = ("Digitale Mitfahrerbänke", "Bänke zum Mitfahren mit einer Anzeige wären auf dem Maifeld eine Hilfe.")
OTHER = ("Luftmessung an Schulen", "Sensoren messen in den Klassenzimmern die Luft und zeigen an, wann gelüftet wird.")


@pytest.fixture
def stored(house: Any, clock: Any) -> Any:
    with house.work(now=clock.now) as work:
        for number, (title, text) in enumerate((BENCH, SAME, OTHER), start=1):
            work.add(ideas.Idea(
                number=f"2026-{number:05d}", title=title, text=text, folded="", theme="mobilitaet",
                municipality="mayen", connection="lebt", language="de", under_16=False, business_secret=False,
                public=True, status="vorpruefung", status_at=work.now, step=1, handed_in_at=work.now,
                token_digest=str(number), merged_into_id=None, guide_id=None, body=None, meeting_on=None, progress=None,
            ))
    return house


def found(house: Any, title: str, text: str) -> list[str]:
    with house.look() as work:
        return [one.number for one in similar.similar_to(work, SimpleNamespace(id=uuid4(), title=title, text=text))]


def test_the_likest_idea_comes_first_and_a_strange_one_not_at_all(stored: Any) -> None:
    assert found(stored, "Mitfahrbänke für das Maifeld", "Eine Bank, an der Autos anhalten und Leute mitnehmen.") == [
        "2026-00002", "2026-00001"]


def test_the_same_text_scores_one(stored: Any) -> None:
    with stored.look() as work:
        first = similar.similar_to(work, SimpleNamespace(id=uuid4(), title=BENCH[0], text=BENCH[1]))[0]
    assert first.number == "2026-00001" and first.score == pytest.approx(1.0, abs=0.01)


def test_nothing_is_like_an_idea_of_its_own_kind(stored: Any) -> None:
    assert found(stored, "Weinfest", "Winzer schenken Riesling aus.") == []
