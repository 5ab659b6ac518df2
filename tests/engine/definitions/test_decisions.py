"""A decision is judged before it is made: what cannot be read or never fits is refused, what leaves doubts is said."""

import pytest

from engine.definitions import decisions
from engine.definitions.findings import errors
from tests.engine.definitions.conftest import simple, table
from tests.engine.spiff import models
from tests.engine.spiff.models import decision, literal

FILE = "bpmn/decisions/d_x.dmn"


def found(source):
    return decisions.examine(source, FILE)[1]


def rules(source):
    return [one.rule for one in found(source)]


def warned(*rows, **said):
    """The rule and the row of each finding about a table with these rows."""
    source = models.table("d", said.pop("inputs", "x"), said.pop("outputs", "o"), *rows, **said)
    return [(one.rule, one.element) for one in found(source)]


def test_a_good_table_is_read_without_a_word():
    (read,), said = decisions.examine(table(), FILE)
    assert (read.id, said) == ("d_x", [])


@pytest.mark.parametrize("source", [
    b"<x", simple(), table(policy="BEST"), table(policy="OUTPUT ORDER"), table(cell="&gt; ("), table(output="ja("),
])
def test_a_table_that_cannot_be_decided_by_is_refused_with_its_place(source):
    read, (finding,) = decisions.examine(source, FILE)
    assert read == ()
    assert (finding.rule, finding.file, finding.severity) == ("decision-unreadable", FILE, "error")
    assert finding.line and finding.message.de and finding.message.en


def test_a_decision_without_an_id_could_not_be_called():
    assert rules(table(decision="")) == ["decision-id"]


def test_a_table_without_rows_decides_nothing():
    source = table()
    start, end = source.index(b"<rule"), source.index(b"</rule>") + len(b"</rule>")
    assert rules(source[:start] + source[end:]) == ["decision-empty"]


def test_two_rows_of_one_id_could_not_be_told_apart_in_the_history():
    source = table()
    row = source[source.index(b"<rule"):source.index(b"</rule>") + len(b"</rule>")]
    assert rules(source.replace(row, row + row)) == ["duplicate-id"] * 2


def test_two_required_decisions_must_not_give_the_same_name():
    parts = [decision("a", "x", "o", "- => 1"), decision("b", "x", "o", "- => 2"), literal("c", "o", "#a #b")]
    assert [(one.rule, one.element) for one in found(models.decisions(*parts))] == [("decision-outputs-clash", "c")]
    parts[1] = parts[1].replace('name="o"', 'name="p"')
    assert found(models.decisions(*parts)) == []


@pytest.mark.parametrize(("rows", "types", "row"), [
    (("1 => 1", '"x" => 2', "- => 3"), {}, "r2"), (('[1..2] => 1', "true => 2", "- => 3"), {}, "r2"),
    (('"x" => 1', "- => 2"), {"x": "integer"}, "r1"),
    (('not(5) => 1', "- => 2"), {"x": "string"}, "r1"),
    (('date("2026-01-01") => 1', 'date and time("2026-01-01T00:00") => 2', "- => 3"), {}, "r2"),
    (("- => 'x'",), {"o": "number"}, "r1"), (("- => 1",), {"o": "string"}, "r1"),
])
def test_a_column_holds_values_of_one_kind(rows, types, row):
    assert warned(*rows, policy="FIRST", types=types) == [("decision-unlike-values", row)]


def test_literals_are_among_the_allowed_values():
    said = warned('"a" => 1', '"c" => 2', 'not("d") => 3', "- => 4", policy="FIRST",
                  allowed={"x": '"a", "b"', "o": "[1..3]"})
    assert said == [("decision-value-not-allowed", "r2"), ("decision-value-not-allowed", "r4")]
    assert warned("5 => 1", "- => 2", policy="FIRST", allowed={"x": "[1..10]", "o": "1, 2"}) == []


def test_a_decimal_comma_is_asked_about():
    assert warned(">= 1,5 => 1", "- => 2", policy="FIRST") == [("decision-decimal-comma", "r1")]
    assert warned(">= 1, 5 => 1", "0,5 => 3", "- => 2", policy="FIRST") == []


@pytest.mark.parametrize(("policy", "rows", "expected"), [
    ("UNIQUE", (">= 5 => 1", "<= 5 => 2"), ["r2"]), ("UNIQUE", (">= 5 => 1", "< 5 => 2"), []),
    ("UNIQUE", (">= 5 => 1", "<= 5 => 1"), ["r2"]), ("ANY", (">= 5 => 1", "<= 5 => 1"), []),
    ("ANY", (">= 5 => 1", "<= 5 => 2"), ["r2"]), ("ANY", (">= 5 => y", "<= 5 => 2"), []),
    ("FIRST", (">= 5 => 1", "<= 5 => 2"), []), ("UNIQUE", ('"a" => 1', 'not("b") => 2', '"b" => 3'), ["r2"]),
])
def test_rows_of_which_only_one_may_hold_do_not_overlap(policy, rows, expected):
    assert [row for rule, row in warned(*rows, policy=policy) if rule == "decision-overlap"] == expected


def test_an_overlap_names_both_rows_and_a_value_in_both_languages():
    (said,) = found(models.table("d", "x; y", "o", ">= 5 | - => 1", "<= 5 | true => 2", "< 5 | false => 3"))
    assert (said.rule, said.severity, said.element) == ("decision-overlap", "warning", "r2") and said.line
    assert "Die Zeilen 1 (r1: row 1) und 2 (r2: row 2)" in said.message.de and "x = 5, y = true" in said.message.de
    assert "The rows 1 (r1: row 1) and 2 (r2: row 2)" in said.message.en and said.hint.de


def test_a_gap_is_shown_by_a_value():
    (said,) = found(models.table("d", "x; y", "o", "> 5 | - => 1", "< 5 | - => 2", "5 | true => 3"))
    assert (said.rule, said.severity, said.element) == ("decision-gap", "warning", "d")
    assert "x = 5, y = false" in said.message.de and "x = 5, y = false" in said.message.en


@pytest.mark.parametrize(("policy", "expected"), [
    ("UNIQUE", True), ("ANY", True), ("FIRST", True), ("PRIORITY", True), ("COLLECT", False), ("RULE ORDER", False),
])
def test_a_gap_matters_where_a_row_is_needed(policy, expected):
    assert (("decision-gap", "d") in warned("> 5 => 1", policy=policy, allowed={"o": "1, 2"})) is expected
    assert warned("> 5 => 1", policy=policy, allowed={"o": "1, 2"}, defaults={"o": "2"}) == []


def test_what_another_decision_gives_may_leave_gaps():
    parts = [decision("a", "x", "stufe", "> 5 => 'hoch'", "<= 5 => 'tief'"),
             decision("b", "stufe", "o", "'hoch' => 1", "'tief' => 2", requires="#a")]
    assert found(models.decisions(*parts)) == []
    alone = decision("b", "stufe", "o", "'hoch' => 1", "'tief' => 2")
    assert [one.rule for one in found(models.decisions(parts[0], alone))] == ["decision-gap"]


def test_rows_that_never_count_are_told():
    assert warned("> 5 => 1", "> 7 => 2", "<= 5 => 3", "- => 4", policy="FIRST") == [("decision-dead-row", "r2")]
    assert warned("- => 1", "5 => 2", policy="FIRST") == [("decision-dead-row", "r2")]
    assert warned("[7..5] => 1", "- => 2", policy="FIRST") == [("decision-dead-row", "r1")]
    assert warned("[7..5] => 1", "< 3 => 2", policy="COLLECT") == [("decision-dead-row", "r1")]


def test_where_something_is_wrong_nothing_more_is_said():
    said = found(models.table("d", "x", "o", "> 5 => 1", '"x" => 2'))
    assert errors(said) == said and [one.rule for one in said] == ["decision-unlike-values"]
