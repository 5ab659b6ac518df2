"""A table gives what its hit policy says: one row, the best, all in order, a sum, or an error that names the rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import spiff
from engine.spiff import decide
from tests.engine.spiff.models import NOON, table

ROWS = ("> 0 => 'mittel'", "> 5 => 'hoch'", "> 7 => 'niedrig'", "> 9 => 'hoch'")
RANKS = {"o": '"hoch", "mittel", "niedrig"'}


def decided(source: bytes, **data: Any) -> decide.Decided:
    read = {one.id: one for one in spiff.read_decisions(source)}
    return decide.decide(read, "d", data, NOON)[-1]


def given_by(made: decide.Decided) -> tuple[dict[str, Any], list[str]]:
    return made.outputs, [rule["id"] for rule in made.rules]


@pytest.mark.parametrize(("policy", "aggregation", "x", "expected", "rules"), [
    ("UNIQUE", "", 1, "mittel", ["r1"]), ("FIRST", "", 8, "mittel", ["r1"]),
    ("PRIORITY", "", 8, "hoch", ["r2"]), ("PRIORITY", "", 10, "hoch", ["r2"]), ("PRIORITY", "", 3, "mittel", ["r1"]),
    ("RULE ORDER", "", 8, ["mittel", "hoch", "niedrig"], ["r1", "r2", "r3"]), ("RULE ORDER", "", 0, [], []),
    ("OUTPUT ORDER", "", 10, ["hoch", "hoch", "mittel", "niedrig"], ["r2", "r4", "r1", "r3"]),
    ("OUTPUT ORDER", "", 0, [], []), ("COLLECT", "", 8, ["mittel", "hoch", "niedrig"], ["r1", "r2", "r3"]),
    ("COLLECT", "", 0, [], []), ("COLLECT", "COUNT", 10, 4, ["r1", "r2", "r3", "r4"]), ("COLLECT", "COUNT", 0, 0, []),
    ("COLLECT", "MIN", 8, "hoch", ["r1", "r2", "r3"]), ("COLLECT", "MAX", 8, "niedrig", ["r1", "r2", "r3"]),
    ("COLLECT", "MIN", 0, None, []), ("COLLECT", "MAX", 0, None, []), ("COLLECT", "SUM", 0, None, []),
])
def test_hit_policies(policy: str, aggregation: str, x: int, expected: Any, rules: list[str]) -> None:
    made = decided(table("d", "x", "o", *ROWS, policy=policy, aggregation=aggregation, allowed=RANKS), x=x)
    assert given_by(made) == ({"o": expected}, rules)


@pytest.mark.parametrize(("aggregation", "outputs", "expected"), [
    ("SUM", ["1", "2", "3"], 6), ("SUM", ["0.1", "0.2"], 0.3), ("SUM", ["1", "0.5"], 1.5),
    ("SUM", ["betrag", "0.2"], Decimal("0.3")), ("MIN", ["2", "0.5", "betrag"], Decimal("0.1")),
    ("MAX", ["2", "0.5"], 2),
    ("MAX", ['date("2026-03-01")', 'date("2026-03-02")'], date(2026, 3, 2)),
])
def test_outputs_are_aggregated_as_people_would_do_it(aggregation: str, outputs: list[str], expected: Any) -> None:
    rows = [f"- => {output}" for output in outputs]
    made = decided(table("d", "x", "o", *rows, policy="COLLECT", aggregation=aggregation), x=1, betrag=Decimal("0.1"))
    assert made.outputs["o"] == expected and type(made.outputs["o"]) is type(expected)


@pytest.mark.parametrize(("aggregation", "output"), [
    ("SUM", "'x'"), ("SUM", "None"), ("SUM", "True"), ("MIN", "'x'"), ("MAX", "None"), ("MIN", "[1]"),
])
def test_what_cannot_be_aggregated_is_an_error_that_names_the_rows(aggregation: str, output: str) -> None:
    source = table("d", "x", "o", "- => 1", f"- => {output}", policy="COLLECT", aggregation=aggregation)
    with pytest.raises(decide.DecisionFailed, match="r1: row 1; r2: row 2"):
        decided(source, x=1)


def test_a_unique_table_with_two_hits_names_the_rows() -> None:
    with pytest.raises(decide.DecisionFailed, match=r"r1: row 1; r3: row 3"):
        decided(table("d", "x", "o", "> 5 => 1", "< 5 => 2", "> 6 => 3"), x=7)


def test_an_any_table_may_have_several_hits_if_they_agree() -> None:
    rows = ("> 5 => 1", "> 6 => 1", "> 8 => 2")
    assert given_by(decided(table("d", "x", "o", *rows, policy="ANY"), x=7)) == ({"o": 1}, ["r1", "r2"])
    with pytest.raises(decide.DecisionFailed, match=r"agree, .* r1: row 1; r2: row 2; r3: row 3"):
        decided(table("d", "x", "o", *rows, policy="ANY"), x=9)


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "ANY", "PRIORITY"])
def test_a_single_hit_table_without_a_hit_gives_its_default_or_says_so(policy: str) -> None:
    rows = ("> 5 => 'hoch'",)
    with pytest.raises(decide.DecisionFailed, match="No rule of the table “d”"):
        decided(table("d", "x", "o", *rows, policy=policy, allowed=RANKS), x=1)
    source = table("d", "x", "o", *rows, policy=policy, allowed=RANKS, defaults={"o": "'mittel' if x else 'hoch'"})
    assert given_by(decided(source, x=1)) == ({"o": "mittel"}, [])
    assert given_by(decided(source, x=6)) == ({"o": "hoch"}, ["r1"])


@pytest.mark.parametrize(("aggregation", "expected"), [("", [0]), ("SUM", 0), ("COUNT", 0), ("MIN", 0)])
def test_a_default_is_the_only_one_of_many(aggregation: str, expected: Any) -> None:
    source = table("d", "x", "o", "> 5 => 1", policy="COLLECT", aggregation=aggregation, defaults={"o": "0"})
    assert decided(source, x=1).outputs == {"o": expected}


def test_a_default_that_fails_says_so() -> None:
    with pytest.raises(decide.DecisionFailed, match="Table “d”, default, column “o”: ZeroDivisionError"):
        decided(table("d", "x", "o", "> 5 => 1", defaults={"o": "1 / x"}), x=0)


def test_several_outputs_are_ranked_from_left_to_right() -> None:
    source = table("d", "x", "a; b; c", "- => 2 | 1 | 'x'", "- => 1 | 3 | 'y'", "- => 1 | 2 | 'z'",
                   policy="OUTPUT ORDER", allowed={"a": "1, 2", "b": "1, 2, 3"})
    outputs = {"a": [1, 1, 2], "b": [2, 3, 1], "c": ["z", "y", "x"]}
    assert given_by(decided(source, x=0)) == (outputs, ["r3", "r2", "r1"])


def test_a_first_hit_keeps_what_follows_from_being_worked_out() -> None:
    source = table("d", "x", "o", "> 5 => 1", "'text' => 2", "- => 1 / 0", policy="FIRST")
    assert decided(source, x=7).outputs == {"o": 1}
    with pytest.raises(decide.DecisionFailed, match="row 2"):
        decided(source, x=3)


def test_values_outside_the_allowed_ones_are_errors() -> None:
    source = table("d", "x; y", "o", "- | - => z", allowed={"x": '"a", "b"', "y": "[0..100]", "o": "[1..3]"})
    assert decided(source, x="a", y=100, z=2).outputs == {"o": 2}
    assert decided(source, x=None, y=None, z=None).outputs == {"o": None}  # nothing was said, so nothing wrong was
    for data, said in (({"x": "c", "y": 1, "z": 1}, 'column “x”: the value \'c\' is not allowed, allowed is "a", "b"'),
                       ({"x": "a", "y": 101, "z": 1}, "column “y”: the value 101"),
                       ({"x": "a", "y": "viel", "z": 1}, "column “y”: only like"),
                       ({"x": "a", "y": 1, "z": 4}, "row 1 .r1: row 1., column “o”: the value 4")):
        with pytest.raises(decide.DecisionFailed, match=said):
            decided(source, **data)


def test_an_output_without_rank_is_an_error() -> None:
    source = table("d", "x", "o", "- => None", "- => 'a'", policy="PRIORITY", allowed={"o": '"a", "b"'})
    with pytest.raises(decide.DecisionFailed, match="no rank: r1"):
        decided(source, x=1)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=5), st.integers(0, 4),
       st.sampled_from(["FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY", "COLLECT", "COUNT", "SUM", "MIN", "MAX"]))
def test_policies_agree_with_plain_python(rows: list[tuple[int, int]], x: int, how: str) -> None:
    policy, aggregation = (how, "") if how in ("FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY", "COLLECT") \
        else ("COLLECT", how)
    source = table("d", "x", "o", *(f">= {least} => {output}" for least, output in rows), policy=policy,
                   aggregation=aggregation, allowed={"o": "4, 3, 2, 1, 0"}, defaults={"o": "0"})
    outputs = [output for least, output in rows if x >= least]
    ranked = sorted(outputs, reverse=True)
    expected: Any = {
        "FIRST": outputs[:1], "PRIORITY": ranked[:1], "RULE ORDER": [outputs], "OUTPUT ORDER": [ranked],
        "COLLECT": [outputs], "COUNT": [len(outputs)], "SUM": [sum(outputs)], "MIN": ranked[-1:], "MAX": ranked[:1],
    }[how] if outputs else [[0]] if how in ("RULE ORDER", "OUTPUT ORDER", "COLLECT") else [0]
    assert decided(source, x=x).outputs["o"] == expected[0]
