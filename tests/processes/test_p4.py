"""Step 4: a resolved measure is carried out, or called off with a reason."""

from datetime import date

import pytest

from engine.errors import Invalid
from tests.processes import answers
from tests.vocabulary import Process

PLAN = {"projektleitung": "Stabsstelle", "beginn": "2027-03-01", "ende": "2027-12-31", "meilensteine": "Frühjahr"}
FINAL = {"t4_abschluss_bericht": "Die Bänke stehen.", "verstetigung": "Bauhof", "kosten_tatsaechlich": "1234,56",
         "erfolgskennzahlen_erreicht": "Zwei Bänke, 40 Fahrten im Monat.", "erfahrungen": "Früh fragen."}


def planned() -> Process:
    process = Process("p4_umsetzung", "massnahme_beschlossen", beschluss="beschlossen", beschluss_wortlaut="Ja.",
                      beschluss_datum=date(2027, 2, 1), gremium="kreistag", gruppe="arbeitsgruppe_mobilitaet",
                      betreiber="Bauhof", open_source="ja", meilensteine="Frühjahr")
    process.waits_at("t4_start")
    process.complete("t4_start", PLAN)
    process.waits_at()
    process.clock.advance(days=93)
    process.waits_at("t4_bericht")
    return process


def test_a_resolved_measure_stays_publicly_resolved_until_work_is_planned() -> None:
    process = Process("p4_umsetzung", "massnahme_beschlossen")
    process.waits_at("t4_start")
    assert process.statuses == []
    process.complete("t4_start", PLAN)
    assert process.last_status == {"status": "umsetzung", "fortschritt": 0}


def test_a_final_report_says_what_was_achieved() -> None:
    process = planned()
    process.complete("t4_bericht", {**answers.report("fertig", 100), "risiken": "Keine."})
    process.complete("t4_open_source", {"t4_open_source": "keine_software"})
    with pytest.raises(Invalid) as refused:
        process.complete("t4_abschluss", {**FINAL, "erfolgskennzahlen_erreicht": ""})
    assert set(refused.value.fields) == {"erfolgskennzahlen_erreicht"}


def test_a_measure_is_reported_on_every_quarter_and_finished() -> None:
    process = planned()
    process.complete("t4_bericht", answers.report("weiter", 30))
    assert process.last_status["fortschritt"] == 30
    process.waits_at()
    process.clock.advance(days=93)
    process.complete("t4_bericht", answers.report("fertig", 100))
    process.waits_at("t4_open_source")
    process.complete("t4_open_source", {"t4_open_source": "veroeffentlicht", "quellcode": "opencode.de/myk"})
    process.waits_at("t4_abschluss")
    process.complete("t4_abschluss", FINAL)
    process.ends_at("end_umgesetzt")
    assert process.statuses == ["umsetzung", "umsetzung", "umsetzung", "umgesetzt"]


def test_unpublished_code_sends_the_measure_back_to_work() -> None:
    process = planned()
    process.complete("t4_bericht", answers.report("fertig", 100))
    process.complete("t4_open_source", {"t4_open_source": "fehlt", "t4_open_source_begruendung": answers.WHY})
    process.waits_at()
    process.clock.advance(days=93)
    process.waits_at("t4_bericht")


def test_a_measure_is_called_off_with_a_reason() -> None:
    process = planned()
    process.complete("t4_bericht", answers.report("abbrechen"))
    process.waits_at("t4_abbruch")
    process.complete("t4_abbruch", {"t4_abbruch": "abbrechen", "t4_grund_code": "F1",
                                    "t4_abbruch_begruendung": answers.WHY})
    process.ends_at("end_abgebrochen")
    assert process.last_status["grund_code"] == "F1"


def test_the_cdo_can_keep_a_measure_going() -> None:
    process = planned()
    process.complete("t4_bericht", answers.report("abbrechen"))
    process.complete("t4_abbruch", {"t4_abbruch": "fortsetzen", "t4_abbruch_begruendung": answers.WHY})
    process.clock.advance(days=93)
    process.waits_at("t4_bericht")


def test_a_late_report_is_reminded() -> None:
    process = planned()
    process.clock.advance(days=15)
    assert [call["template"] for call in process.called("notice/send")] == ["erinnerung_aufgabe"]
    process.waits_at("t4_bericht")
