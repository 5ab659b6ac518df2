"""A contest on its pages: planned by the office, entered by anybody within its window, decided with reasons."""

from typing import Any

import pytest

from engine.ideas import contests
from tests.council import Council
from tests.journeys import IDEA
from tests.processes.law.test_acceptance import CDO, announced
from tests.web.conftest import Reader, reader_of
from web.app import create_app


@pytest.fixture
def key(council: Council) -> str:
    """A contest that is announced."""
    return announced(council)


def anybody(council: Council, time_machine: Any) -> Reader:
    time_machine.move_to(council.clock.now, tick=False)
    return Reader(create_app(council.house).test_client())


def entries(council: Council, key: str) -> int:
    with council.look() as work:
        return sum(map(len, contests.entries(work, contests.by_key(work, key))))


def test_the_page_says_what_is_asked_when_and_by_what_it_is_rated(
    council: Council, key: str, time_machine: Any
) -> None:
    reader = anybody(council, time_machine)
    assert f"/wettbewerbe/{key}" in reader.get("/wettbewerbe").text
    reader.get(f"/wettbewerbe/{key}")
    said = reader.reads()
    for part in ("Was hilft dem Leben im Dorf?", "vom 10.03.2026, 0:00 Uhr, bis zum 20.03.2026, 23:59:59 Uhr",
                 "Ist innovativ und smart", "(Ende 2028)", "beginnt bald"):
        assert part in said, part
    assert "/idee" not in reader.page.split("<main")[1]
    assert reader.get("/wettbewerbe/gibt-es-nicht").status_code == 404


def test_within_the_window_anybody_takes_part(council: Council, key: str, time_machine: Any) -> None:
    council.run("2026-03-10T08:00")
    reader = anybody(council, time_machine)
    assert f"/wettbewerbe/{key}" in reader.get("/").text
    reader.get(f"/wettbewerbe/{key}/idee")
    assert "bis zum 20.03.2026 um 23:59:59 Uhr" in reader.reads()
    short = reader.post(f"/wettbewerbe/{key}/idee", **{**IDEA, "text": "zu kurz"})
    assert short.status_code == 422 and "zu kurz" in short.text and f"/wettbewerbe/{key}/idee" in short.text
    assert reader.post(f"/wettbewerbe/{key}/idee", **IDEA).status_code == 303
    assert entries(council, key) == 1


def test_who_sends_the_form_a_second_late_is_told_and_loses_nothing(
    council: Council, key: str, time_machine: Any
) -> None:
    council.run("2026-03-20T23:59:00")
    reader = anybody(council, time_machine)
    reader.get(f"/wettbewerbe/{key}/idee")
    council.run("2026-03-21T00:00:01")
    time_machine.move_to(council.clock.now, tick=False)
    answer = reader.post(f"/wettbewerbe/{key}/idee", **IDEA)
    assert answer.status_code == 303
    assert "steht im Ideenspeicher" in reader.get(answer.headers["Location"]).text
    assert entries(council, key) == 0
    assert reader.get(f"/wettbewerbe/{key}/idee").status_code == 303


def test_the_office_plans_a_contest_and_writes_its_announcement(council: Council, time_machine: Any) -> None:
    office = reader_of(council, time_machine, CDO)
    assert "Neuen Wettbewerb planen" in office.get("/wettbewerbe").text
    answer = office.post("/wettbewerbe")
    assert "Wettbewerb ausschreiben" in office.get(answer.headers["Location"]).text
    assert "Neuen Wettbewerb planen" not in anybody(council, time_machine).get("/wettbewerbe").text
    other = reader_of(council, time_machine, "carla.rossmann")
    other.get("/wettbewerbe")
    assert other.post("/wettbewerbe").status_code == 403
