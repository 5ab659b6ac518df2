"""Decision tables give the answer their rows say, or say why there is none."""

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from engine.spiff import decide, scripts
from tests.engine.spiff.models import NOON, Run, deployed, end_event, process, rule, start_event, table, user


def decided(source: bytes, **data: Any) -> decide.Decided:
    return decide.decide(spiff.read_decision(source), data, NOON)


def holds(cell: str, value: Any, **data: Any) -> bool:
    found = decided(table("d", "v", "o", f"{cell} => True", policy="COLLECT"), v=value, **data)
    return found.outputs["o"] == [True]


@pytest.mark.parametrize(("cell", "yes", "no"), [
    ('"x"', ["x"], ["y", None, ""]), ("> 0", [1, 0.5], [0, -1]), (">= 70", [70, 71], [69.9]), ("<= 3", [3], [4]),
    ("< 3", [2], [3]), ("50 <= ? < 70", [50, 69.9], [49, 70]), ("[50..70)", [50, 69], [49.9, 70]),
    ("(50..70]", [51, 70], [50, 70.1]), ("[1..2]", [1, 2], [0, 3]), ("]1..2[", [1.5], [1, 2]),
    ('not("x")', ["y"], ["x"]), ('not("x", "y")', ["z"], ["x", "y"]), ('"a","b"', ["a", "b"], ["c"]),
    ("1, 3, 5", [1, 5], [2, 4]),
    ("-", [None, 1, "x"], []), ("", [None, 0], []), ("True", [True], [False]), ("False", [False], [True]),
    ("? in [1, 2]", [1, 2], [3]), ("? % 2 == 0", [2], [3]), ("len(?) > 2", ["abc"], ["ab"]), ("grenze", [10], [11]),
    ("> grenze", [11], [10]), ("3 * ? >= 2 * grenze", [7], [6]), ('"a, b"', ["a, b"], ["a"]), ('"?"', ["?"], ["x"]),
    ('"(", ")"', ["(", ")"], ["x"]), ("[1..2], [5..6]", [1, 6], [3]), ('!= "x"', ["y"], ["x"]), ("None", [None], [0]),
    ("not(> 5)", [5], [6]), ('"it\'s"', ["it's"], ["its"]), ("-1", [-1], [1]),
    ("[-1..1]", [-1, 0], [2]), ("== 3", [3], [4]), ("max(1, 2)", [2], [1]),
])
def test_a_cell_holds_for_these_values_and_not_for_those(cell: str, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert holds(cell, value, grenze=10), (cell, value)
    for value in no:
        assert not holds(cell, value, grenze=10), (cell, value)


numbers = st.integers(-50, 50)


@given(st.lists(st.tuples(numbers, numbers, st.sampled_from("[]("), st.sampled_from("])[")), min_size=1, max_size=4))
def test_intervals_hold_as_in_mathematics(intervals: list[tuple[int, int, str, str]]) -> None:
    cell = ", ".join(f"{opens}{low}..{high}{closes}" for low, high, opens, closes in intervals)
    assume(len(intervals) == 1 or all(opens in "[(" and closes in "])" for _, _, opens, closes in intervals))
    test = decide.unary(cell)
    for value in range(-51, 52):
        expected = any(
            (low <= value if opens == "[" else low < value) and (value <= high if closes == "]" else value < high)
            for low, high, opens, closes in intervals)
        assert eval(test, {"__q": value}) is expected


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])), min_size=1, max_size=4), st.text())
def test_texts_hold_for_themselves_whatever_is_in_them(texts: list[str], other: str) -> None:
    test = decide.unary(", ".join(map(repr, texts)))
    for text in [*texts, other]:
        assert bool(eval(test, {"__q": text})) is (text in texts)


GRADE = table("d", "punkte; art", "note; text", '>= 70 | - => 1 | "gut"', '[50..70) | "x" => 2 | f"{punkte} Punkte"',
              "< 50 | - => 3 | None")


def test_a_unique_table_gives_the_one_row_that_matches() -> None:
    found = decided(GRADE, punkte=80, art="y")
    assert found.outputs == {"note": 1, "text": "gut"} and found.inputs == {"punkte": 80, "art": "y"}
    assert found.rules == [{"id": "r1", "description": "row 1"}]
    assert decided(GRADE, punkte=60, art="x").outputs == {"note": 2, "text": "60 Punkte"}


def test_a_single_hit_table_without_a_hit_says_so() -> None:
    for policy in ("UNIQUE", "FIRST", "ANY"):
        with pytest.raises(decide.DecisionFailed, match="No rule"):
            decided(table("d", "x", "o", "> 5 => 1", policy=policy), x=1)


def test_a_unique_table_with_two_hits_names_the_rows() -> None:
    with pytest.raises(decide.DecisionFailed, match=r"r1: row 1; r3: row 3"):
        decided(table("d", "x", "o", "> 5 => 1", "< 5 => 2", "> 6 => 3"), x=7)


@pytest.mark.parametrize(("policy", "expected", "rules"), [
    ("FIRST", 2, ["r2"]), ("COLLECT", [2, 3], ["r2", "r3"]), ("RULE ORDER", [2, 3], ["r2", "r3"]),
])
def test_hit_policies(policy: str, expected: Any, rules: list[str]) -> None:
    found = decided(table("d", "x", "o", "> 9 => 1", "> 5 => 2", "> 6 => 3", policy=policy), x=7)
    assert found.outputs == {"o": expected} and [rule["id"] for rule in found.rules] == rules


def test_an_any_table_may_have_several_hits_if_they_agree() -> None:
    rows = ("> 5 => 1", "> 6 => 1", "> 8 => 2")
    assert decided(table("d", "x", "o", *rows, policy="ANY"), x=7).outputs == {"o": 1}
    with pytest.raises(decide.DecisionFailed, match="agree"):
        decided(table("d", "x", "o", *rows, policy="ANY"), x=9)


def test_a_collect_table_without_a_hit_gives_empty_lists() -> None:
    assert decided(table("d", "x", "a; b", "> 5 => 1 | 2", policy="COLLECT"), x=1).outputs == {"a": [], "b": []}


def test_outputs_of_rows_that_do_not_match_are_not_worked_out() -> None:
    assert decided(table("d", "x", "o", "> 5 => 1 / 0", "<= 5 => 'gut'"), x=1).outputs == {"o": "gut"}


def test_a_table_is_decided_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = scripts._run
    monkeypatch.setattr(scripts, "_run", lambda *said: calls.append(said) or run(*said))
    decided(GRADE, punkte=80, art="y")
    assert len(calls) == 1


@pytest.mark.parametrize("source", [
    table("d", "x", "o", "> => 1"), table("d", "x", "o", "1) or (2 => 1"), table("d", "x +", "o", "1 => 1"),
    table("d", "x", "o", "1 => 1 +"), table("d", "x", "o p", "1 => 1"), table("d", "x", "o", "> 1) or (2 => 1"),
    table("d", "x", "o", "1 => 1", policy="PRIORITY"), table("d", "x", "o", "[1..2) or (3..4] => 1"),
    table("d", "x; y", "o", "1 => 1"), b"<definitions/>", b"nonsense",
    GRADE.replace(b"</definitions>", b'<decision id="e"/></definitions>'),
    GRADE.replace(b'hitPolicy="UNIQUE"', b'hitPolicy="COLLECT" aggregation="SUM"'),
    b"<!DOCTYPE x><definitions/>",
])
def test_what_is_no_table_we_can_decide_is_refused(source: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        spiff.read_decision(source, "d.dmn")
    (finding,) = refused.value.findings
    assert finding.file == "d.dmn" and finding.message.de and finding.message.en


def test_a_refused_cell_is_found_by_its_line() -> None:
    source = table("d", "x", "o", "1 => 1", "2 => 2 +")
    with pytest.raises(Invalid) as refused:
        spiff.read_decision(source)
    assert b"2 +" in source.splitlines()[refused.value.findings[0].line - 1]


def test_a_business_rule_task_puts_the_answer_into_process_data_and_reports_it() -> None:
    spec = deployed(process("p", start_event(), rule("b", "d"), end_event(), flows="start > b > end"),
                    decisions=(GRADE,))
    run = Run(spec).start({"punkte": 10, "art": None})
    assert run.data == {"punkte": 10, "art": None, "note": 3, "text": None}
    assert run.step.decisions == (spiff.DecisionResult(
        "b", "d", {"punkte": 10, "art": None}, [{"id": "r3", "description": "row 3"}], {"note": 3, "text": None}),)


@pytest.mark.parametrize(("data", "said"), [
    ({"punkte": 60, "art": "y"}, "No rule"), ({"punkte": 60}, "art"), ({"punkte": "viele", "art": "y"}, "TypeError")])
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
