"""Everybody reads the strategy and the agenda; the office begins changes."""

from typing import Any

from tests.council import Council
from tests.processes.law.test_acceptance import CDO
from tests.processes.law.test_strategy import first_version
from tests.web.conftest import Reader, reader_of
from web.app import create_app


def test_everybody_reads_the_version_that_holds(council: Council, time_machine: Any) -> None:
    time_machine.move_to(council.clock.now, tick=False)
    reader = Reader(create_app(council.house).test_client())
    reader.get("/strategie")
    assert "Hier steht noch keine Fassung der Strategie" in reader.reads() and "anstoßen" not in reader.page
    first_version(council)
    reader.get("/strategie")
    assert "Strategie 2023 Fassung 1, beschlossen am 02.03.2026" in reader.reads()


def test_the_office_begins_a_change_and_the_yearly_continuation(council: Council, time_machine: Any) -> None:
    office = reader_of(council, time_machine, CDO)
    office.get("/strategie")
    assert office.post("/strategie/aenderung").status_code == 303
    office.get("/strategie")
    assert office.post("/strategie/fortschreibung").status_code == 303
    assert "das nächste Mal am 15.01.2027" in office.get("/strategie").text
    again = office.post("/strategie/fortschreibung")
    assert again.status_code == 409 and "läuft schon" in again.text
    assert office.post("/strategie/fortschreibung/ende").status_code == 303
    ended = office.post("/strategie/fortschreibung/ende")
    assert ended.status_code == 409 and "wartet gerade nicht" in ended.text


def test_others_do_not(council: Council, time_machine: Any) -> None:
    stranger = reader_of(council, time_machine, "carla.rossmann")
    assert "anstoßen" not in stranger.get("/strategie").text
    assert stranger.post("/strategie/aenderung").status_code == 403
