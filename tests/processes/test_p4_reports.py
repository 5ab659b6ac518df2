"""Step 4 beyond its single ways: every end of the drawing is reached, quarters follow the calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from engine import spiff
from engine.errors import Invalid
from engine.spiff import Diagram
from tests.processes import answers
from tests.vocabulary import ROOT, Process

PLAN = {"projektleitung": "Stabsstelle", "beginn": "2027-03-01", "ende": "2027-12-31", "meilensteine": "Frühjahr"}
FINAL = {"t4_abschluss_bericht": "Die Bänke stehen.", "verstetigung": "Bauhof", "kosten_tatsaechlich": "1234,56",
         "erfolgskennzahlen_erreicht": "Zwei Bänke, 40 Fahrten im Monat.", "erfahrungen": "Früh fragen."}
QUARTER = 93


def planned() -> Process:
    process = Process("p4_umsetzung", "massnahme_beschlossen", beschluss="beschlossen", beschluss_wortlaut="Ja.",
                      beschluss_datum=date(2027, 2, 1), gremium="kreistag", gruppe="arbeitsgruppe_mobilitaet",
                      betreiber="Bauhof", open_source="ja", meilensteine="Frühjahr")
    process.complete("t4_start", PLAN)
    return process


def reporting() -> Process:
    process = planned()
    process.clock.advance(days=QUARTER)
    process.waits_at("t4_bericht")
    return process


def finished() -> Process:
    process = reporting()
    process.complete("t4_bericht", answers.report("fertig", 100))
    process.complete("t4_open_source", {"t4_open_source": "keine_software"})
    process.complete("t4_abschluss", FINAL)
    return process


def called_off() -> Process:
    process = reporting()
    process.complete("t4_bericht", answers.report("abbrechen", 20))
    process.complete("t4_abbruch", {"t4_abbruch": "abbrechen", "t4_grund_code": "F1",
                                    "t4_abbruch_begruendung": answers.WHY})
    return process


WAYS: dict[str, Callable[[], Process]] = {"end_umgesetzt": finished, "end_abgebrochen": called_off}
"""For each named end of the step one way that leads there."""


def drawing() -> Diagram:
    return spiff.read_diagram((ROOT / "bpmn" / "p4_umsetzung.bpmn").read_bytes(), "p4_umsetzung.bpmn")


@pytest.mark.parametrize("end", WAYS)
def test_each_end_is_reached_and_leaves_nothing_behind(end: str) -> None:
    WAYS[end]().ends_at(end)


def test_no_end_of_the_drawing_is_forgotten_here() -> None:
    ends = {node.id for node in drawing().nodes if node.kind == "endEvent" and node.event == "terminate"}
    assert ends == set(WAYS)





def test_the_first_report_is_due_three_calendar_months_after_the_plan() -> None:
    process = planned()
    assert process.now == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert process.next_due() == datetime(2027, 2, 23, 8, tzinfo=UTC)


def test_three_years_of_reports_are_each_published_with_their_progress() -> None:
    process = reporting()
    for quarter in range(12):
        process.complete("t4_bericht", answers.report("weiter", quarter * 8))
        process.clock.advance(days=QUARTER)
        process.waits_at("t4_bericht")
    assert [one["fortschritt"] for one in process.called("idea/publish_status")][1:] == [n * 8 for n in range(12)]


@pytest.mark.parametrize("progress", [-1, 101, "halb"])
def test_progress_is_a_percentage(progress: object) -> None:
    process = reporting()
    with pytest.raises(Invalid) as refused:
        process.complete("t4_bericht", {**answers.report(), "fortschritt": progress})
    assert set(refused.value.fields) == {"fortschritt"}
    process.waits_at("t4_bericht")


def test_a_report_written_in_time_is_not_reminded_of() -> None:
    process = reporting()
    process.complete("t4_bericht", answers.report())
    process.clock.advance(days=30)
    assert not process.called("notice/send")


def test_the_finished_measure_stands_at_a_hundred_percent_with_its_final_report() -> None:
    process = finished()
    assert process.last_status["status"] == "umgesetzt"
    assert (process.last_status["fortschritt"], process.last_status["grund"]) == (100, "Die Bänke stehen.")


def test_calling_it_off_gives_the_cdos_reason() -> None:
    status = called_off().last_status
    assert (status["status"], status["grund"]) == ("nicht_weiterverfolgt", answers.WHY)
