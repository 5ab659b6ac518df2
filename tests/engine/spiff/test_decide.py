"""Decision tables give the answer their rows say, or say why there is none."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import spiff
from engine.errors import ProcessFailed
from engine.spiff import decide, scripts
from tests.engine.spiff.models import NOON, Run, deployed, end_event, process, rule, start_event, table, user


def decided(source: bytes, **data: Any) -> decide.Decided:
    read = {one.id: one for one in spiff.read_decisions(source)}
    return decide.decide(read, "d" if "d" in read else next(iter(read)), data, NOON)[-1]


GRADE = table("d", "punkte; art", "note; text", '>= 70 | - => 1 | "gut"', '[50..70) | "x" => 2 | f"{punkte} Punkte"',
              "< 50 | - => 3 | None")


def test_a_unique_table_gives_the_one_row_that_matches() -> None:
    found = decided(GRADE, punkte=80, art="y")
    assert found.outputs == {"note": 1, "text": "gut"} and found.inputs == {"punkte": 80, "art": "y"}
    assert found.rules == [{"id": "r1", "description": "row 1"}]
    assert decided(GRADE, punkte=60, art="x").outputs == {"note": 2, "text": "60 Punkte"}


def test_outputs_of_rows_that_do_not_match_are_not_worked_out() -> None:
    assert decided(table("d", "x", "o", "> 5 => 1 / 0", "<= 5 => 'gut'"), x=1).outputs == {"o": "gut"}


def test_a_table_is_decided_in_one_call_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = scripts._run
    monkeypatch.setattr(scripts, "_run", lambda *said: calls.append(said) or run(*said))
    assert decided(GRADE, punkte=80, art="y").outputs["note"] == 1 and calls == []
    assert decided(GRADE, punkte=60, art="x").outputs["text"] == "60 Punkte" and len(calls) == 1
    counted = table("d", "len(liste)", "o", "[0..2] => 'wenige'", "> 2 => 'viele'")
    assert decided(counted, liste=[1, 2, 3]).outputs == {"o": "viele"} and len(calls) == 2


def test_a_business_rule_task_puts_the_answer_into_process_data_and_reports_it() -> None:
    spec = deployed(process("p", start_event(), rule("b", "d"), end_event(), flows="start > b > end"),
                    decisions=(GRADE,))
    run = Run(spec).start({"punkte": 10, "art": None})
    assert run.data == {"punkte": 10, "art": None, "note": 3, "text": None}
    assert run.step.decisions == (spiff.DecisionResult(
        "b", "d", {"punkte": 10, "art": None}, [{"id": "r3", "description": "row 3"}], {"note": 3, "text": None}),)


@pytest.mark.parametrize(("data", "said"), [
    ({"punkte": 60, "art": "y"}, "No rule"), ({"punkte": 60}, "art"),
    ({"punkte": "viele", "art": "y"}, "row 1 .*, column “punkte”.* text and number")])
def test_a_table_that_gives_no_answer_fails_the_step(data: dict[str, Any], said: str) -> None:
    spec = deployed(process("p", start_event(), user("t"), rule("b", "d"), end_event(), flows="start > t > b > end"),
                    decisions=(GRADE,))
    run = Run(spec).start(data)
    with pytest.raises(ProcessFailed, match=said) as failed:
        run.complete("t")
    assert failed.value.element == "b" and failed.value.line


# What the resolutions of a council need: the rules of procedure as tables

VOTE = table(
    "d_abstimmung", "mehrheit; ja", "angenommen",
    '"zwei_drittel_gesetzlich" | 3*? >= 2*gesetzliche_zahl => True',
    '"zwei_drittel_gesetzlich" | 3*? < 2*gesetzliche_zahl => False',
    '"zwei_drittel_anwesend" | 3*? >= 2*anwesend => True', '"zwei_drittel_anwesend" | 3*? < 2*anwesend => False',
    '"mehrheit_gesetzlich" | 2*? > gesetzliche_zahl => True',
    '"mehrheit_gesetzlich" | 2*? <= gesetzliche_zahl => False',
    '"einfach" | > nein => True', '"einfach" | <= nein => False')


@pytest.mark.parametrize(("majority", "yes", "no", "carried"), [
    ("einfach", 29, 0, True), ("einfach", 20, 20, False), ("einfach", 2, 1, True),
    ("zwei_drittel_gesetzlich", 34, 0, True), ("zwei_drittel_gesetzlich", 33, 0, False),
    ("mehrheit_gesetzlich", 25, 0, False), ("mehrheit_gesetzlich", 26, 0, True),
    ("zwei_drittel_anwesend", 29, 0, False), ("zwei_drittel_anwesend", 30, 15, True),
])
def test_a_vote_is_counted_as_the_rules_of_procedure_say(majority: str, yes: int, no: int, carried: bool) -> None:
    found = decided(VOTE, mehrheit=majority, ja=yes, nein=no, gesetzliche_zahl=51, anwesend=45)
    assert found.outputs == {"angenommen": carried}


MATURITY = table(
    "d_reife", "anzahl_ko; anzahl_unklar; punkte; finanzierung_gesichert", "vorschlag",
    '> 0 | - | - | - => "ablehnen"', '0 | > 0 | - | - => "rueckfrage"', '0 | 0 | >= 70 | True => "empfehlen"',
    '0 | 0 | >= 70 | False => "parken"', '0 | 0 | [50..70) | - => "ueberarbeiten"', '0 | 0 | < 50 | - => "ablehnen"')


@pytest.mark.parametrize(("ko", "unclear", "points", "money", "advice"), [
    (1, 0, 90, True, "ablehnen"), (0, 2, 90, True, "rueckfrage"), (0, 0, 70, True, "empfehlen"),
    (0, 0, 70, False, "parken"), (0, 0, 69.9, True, "ueberarbeiten"), (0, 0, 49.9, True, "ablehnen"),
])
def test_an_idea_is_advised_on_by_its_points(ko: int, unclear: int, points: float, money: bool, advice: str) -> None:
    found = decided(MATURITY, anzahl_ko=ko, anzahl_unklar=unclear, punkte=points, finanzierung_gesichert=money)
    assert found.outputs == {"vorschlag": advice}


@given(st.integers(0, 2), st.integers(0, 2), st.floats(0, 100), st.booleans())
def test_every_idea_gets_exactly_one_piece_of_advice(ko: int, unclear: int, points: float, money: bool) -> None:
    assert not math.isnan(points)
    found = decided(MATURITY, anzahl_ko=ko, anzahl_unklar=unclear, punkte=points, finanzierung_gesichert=money)
    assert len(found.rules) == 1
