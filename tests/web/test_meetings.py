"""Anybody reads when the bodies meet, what is on their public agendas and what they decided, and nothing else."""

from typing import Any
from uuid import UUID

import pytest

from engine.council import agendas, meetings
from tests.clock import Clock
from tests.council import Council
from tests.web.conftest import Reader
from web.app import create_app

COMMITTEE = ("kreisausschuss", "2026-04-14T17:00")


@pytest.fixture
def anybody(deployed_house: Any, clock: Clock, time_machine: Any) -> Reader:
    time_machine.move_to(clock.now, tick=False)
    return Reader(create_app(deployed_house).test_client())


def at(council: Council, time_machine: Any) -> None:
    time_machine.move_to(council.clock.now, tick=False)


def held(council: Council, body: tuple[str, str] = COMMITTEE) -> UUID:
    """A meeting with a public item that was adopted and one that is not public."""
    found = council.meeting(*body)
    public = council.item(found, "Mitfahrbank", proposal="Der Maßnahme wird zugestimmt.")
    closed = council.item(found, "Grundstück am Bahnhof", public=False, public_reason="Preis")
    council.invite(found)
    council.run(body[1])
    council.opened(found)
    council.arrive(found, 12)
    council.vote(found, public, 8, 3, 1)
    council.concluded(public)
    council.vote(found, closed, 12)
    council.concluded(closed)
    council.complete(found, "m_sitzung")
    return found


def test_a_coming_meeting_is_announced_with_day_and_place(
    council: Council, anybody: Reader, time_machine: Any
) -> None:
    found = council.meeting(*COMMITTEE)
    council.item(found, "Mitfahrbank")
    at(council, time_machine)
    assert "14.04.2026, 17:00 Uhr" in anybody.get("/sitzungen").text
    page = anybody.get(f"/sitzungen/{found}").text
    assert "Mitfahrbank" in page and "Die Tagesordnung steht mit der Einladung fest" in page


def test_a_held_meeting_shows_wording_votes_and_paragraph_of_public_items_only(
    council: Council, anybody: Reader, time_machine: Any
) -> None:
    found = held(council)
    at(council, time_machine)
    page = anybody.get(f"/sitzungen/{found}").text
    assert "Der Maßnahme wird zugestimmt." in page and "8 Ja, 3 Nein, 1 Enthaltungen" in page and "§ 33 LKO" in page
    assert "Grundstück" not in page and "ein Punkt, der nichtöffentlich beraten wird" in page


def test_resolutions_are_searched_by_body_year_and_word(
    council: Council, anybody: Reader, time_machine: Any
) -> None:
    held(council)
    at(council, time_machine)
    assert "Mitfahrbank" in anybody.get("/beschluesse").text
    assert "Mitfahrbank" in anybody.get("/beschluesse?gremium=kreisausschuss&jahr=2026&suche=mitfahr").text
    for query in ("gremium=kreistag", "jahr=2025", "suche=zzz", "suche=Grundst"):
        page = anybody.get(f"/beschluesse?{query}").text
        assert "Mitfahrbank" not in page and "Grundstück" not in page, query


def test_of_meetings_that_are_not_public_nobody_learns(
    council: Council, anybody: Reader, time_machine: Any
) -> None:
    found = held(council, ("lenkungsgruppe", "2026-04-15T15:00"))
    at(council, time_machine)
    assert anybody.get(f"/sitzungen/{found}").status_code == 404
    assert "Mitfahrbank" not in anybody.get("/beschluesse").text
    assert "Lenkungsgruppe" not in anybody.get("/sitzungen").text


def test_a_cancelled_meeting_says_so_and_why(council: Council, anybody: Reader, time_machine: Any) -> None:
    found = council.meeting(*COMMITTEE)
    with council.work() as work:
        meetings.cancel(work, found, reason="Die Heizung ist ausgefallen.")
    at(council, time_machine)
    page = anybody.get(f"/sitzungen/{found}").text
    assert "Diese Sitzung fällt aus" in page and "Die Heizung ist ausgefallen." in page


def test_an_agenda_is_not_told_by_names(council: Council, anybody: Reader, time_machine: Any) -> None:
    found = held(council)
    at(council, time_machine)
    with council.look() as work:
        assert agendas.of(work, meetings.show(work, found))
    assert "Renate Escher" not in anybody.get(f"/sitzungen/{found}").text
