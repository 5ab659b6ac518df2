"""A cell holds for the values that DMN says, and for no others."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import spiff
from engine.spiff import cells, decide, feel, matching, scripts
from engine.spiff.lookups import Beyond
from tests.engine.spiff.models import NOON, table

MARCH = date(2026, 3, 1)
MIDDAY = datetime(2026, 3, 1, 11, tzinfo=UTC)


def holds(cell: str, value: Any, **data: Any) -> bool:
    """Whether the cell holds for the value, in the sandbox."""
    read = {one.id: one for one in spiff.read_decisions(
        table("d", "v", "o", f"{cell} => True", policy="COLLECT"))}
    return decide.decide(read, "d", {"v": value, **data}, NOON)[-1].outputs["o"] == [True]


@pytest.mark.parametrize(("cell", "yes", "no"), [
    ('"x"', ["x"], ["y", None, ""]), ("> 0", [1, 0.5, Decimal("0.1")], [0, -1, None]), (">= 70", [70, 71], [69.9]),
    ("<= 3", [3], [4, None]), ("< 3", [2], [3]), ("= 3", [3], [4, None]), ("== 3", [3, 3.0, Decimal(3)], [4]),
    ('!= "x"', ["y", None], ["x"]), ("!= 3", [4], [3]),
    ("[50..70)", [50, 69], [49.9, 70, None]), ("(50..70]", [51, 70], [50, 70.1]), ("[1..2]", [1, 2], [0, 3]),
    ("]50..70]", [51, 70], [50, 71]), ("[50..70[", [50, 69], [49, 70]), ("]1..2[", [1.5], [1, 2]),
    ("[ 0.5 .. 1.5 ]", [0.5, 1.5], [0.4, 1.6]), ("[-1..1]", [-1, 0], [2]), ("-1", [-1], [1]), ("- 1", [-1], [1]),
    ("[1..2], [5..6]", [1, 6], [3]), ("[1..2[, ]5..6]", [1, 6], [2, 5]), ("5, [1..2), > 9", [5, 1, 10], [2, 9]),
    ('"a","b"', ["a", "b"], ["c", None]), ("1, 3, 5", [1, 5], [2, 4]), ('"a, b"', ["a, b"], ["a"]),
    ('"(", ")"', ["(", ")"], ["x"]), ('"a..b"', ["a..b"], ["a"]), ('"?"', ["?"], ["x"]), ('"it\'s"', ["it's"], ["its"]),
    ('["a", "b"]', ["a", "b"], ["c"]), ("[1]", [1], [2]),
    ('not("x")', ["y", None], ["x"]), ('not("x", "y")', ["z"], ["x", "y"]), ("not(> 5, < 2)", [2, 5], [6, 1, None]),
    ("not(> 5)", [5], [6, None]), ("not([1..3])", [0, 4], [1, 3, None]), ("not(null)", [1, ""], [None]),
    ('not ("x"), "x"', ["x", "y"], []), ("not(!= 5)", [5], [4]),
    ("-", [None, 1, "x"], []), ("", [None, 0], []), ("null", [None], [0, "", False]), ("None", [None], [0]),
    ("true", [True], [False, None]), ("false", [False], [True, None]), ("True", [True], [False]),
    ("true,false", [True], []),
    ('date("2026-03-01")', [MARCH], [date(2026, 3, 2), None]), ('< date("2026-03-01")', [date(2026, 2, 28)], [MARCH]),
    ('[date("2026-01-01")..date("2026-03-31")]', [MARCH], [date(2026, 4, 1)]), ('@"2026-03-01"', [MARCH], []),
    ("date(2026, 3, 1)", [MARCH], [date(2026, 1, 3)]),
    ('date and time("2026-03-01T12:00:00")', [MIDDAY], [MIDDAY + timedelta(hours=1)]),
    ('>= date and time("2026-03-01T11:00:00+00:00")', [MIDDAY], [MIDDAY - timedelta(1)]),
    ('date and time("2026-03-01T11:00@Europe/London")', [MIDDAY], [MIDDAY + timedelta(1)]),
    ('duration("P14D")', [timedelta(14)], [timedelta(13)]), ('> duration("PT36H")', [timedelta(2)], [timedelta(1)]),
    ('>= duration("-P1DT1H30M")', [timedelta(0)], [timedelta(-2)]),
    ('[@"P1D"..@"P2W"]', [timedelta(14)], [timedelta(15)]), ("5 # fünf", [5], [6]),
    ("0.1", [0.1, Decimal("0.1")], [0.2]), ("< 0.3", [Decimal("0.29")], [Decimal("0.3"), 0.3]),
])
def test_a_unary_test_holds_for_these_values_and_not_for_those(cell: str, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert holds(cell, value), (cell, value)
    for value in no:
        assert not holds(cell, value), (cell, value)


@pytest.mark.parametrize(("cell", "yes", "no"), [
    ("50 <= ? < 70", [50, 69.9], [49, 70, None]), ("70 > ?", [1], [70, None]), ("? in [1, 2]", [1, 2], [3, None]),
    ('? not in ("x", "y")', ["z"], ["x"]), ("? % 2 == 0", [2], [3]), ("len(?) > 2", ["abc"], ["ab"]),
    ("? is None", [None], [1]), ("? is not None", [1], [None]), ("? == 3 or ? == 5", [3, 5], [4]),
    ("grenze", [10], [11, None]), ("> grenze", [11], [10]), ("[grenze..2 * grenze]", [10, 20], [21]),
    ("3 * ? >= 2 * grenze", [7], [6]), ("max(1, 2)", [2], [1]), ("liste", [1, 2], [3]),
    ('"x" in ?', [["x"]], [["y"], []]), ("not (? > 5) and ? > 2", [3, 5], [2, 6]),
    ("not([1..2[, ]4..5[), 4.5", [3, 4.5], [1]),
    ("[min(1, 2)..max(3, grenze)]", [1, 10], [0, 11]), ("> -grenze", [0], [-10]), ("grenze > 5", [1, 2], []),
    ("grenze > 50", [], [1, 2]), ("> 5 and ? < 9", [6], [5, 9]), ("leer", [None], [1]), ("< leer", [], [1, None]),
    ("not(> grenze)", [10], [11, None]), ('f"{grenze}"', ["10"], ["11"]),
])
def test_python_stands_beside_unary_tests(cell: str, yes: list[Any], no: list[Any]) -> None:
    for value in yes:
        assert holds(cell, value, grenze=10, liste=[1, 2], leer=None), (cell, value)
    for value in no:
        assert not holds(cell, value, grenze=10, liste=[1, 2], leer=None), (cell, value)


@pytest.mark.parametrize(("cell", "value", "said"), [
    ("> 5", "7", r"text and number \('7' 5\)"), ("5", "5", "text and number"), ('"x"', 5, "number and text"),
    ("true", 1, "number and boolean"), ("1", True, "boolean and number"), ('not("x")', 5, "number and text"),
    ('< date("2026-03-01")', MIDDAY, "date and time and date"), ("[1..2]", [1], "list and number"),
    ('duration("P1D")', 1, "number and duration"), ("? % 2 == 0", None, "NoneType"), ("fehlt", 1, "fehlt"),
])
def test_values_of_two_kinds_cannot_be_compared(cell: str, value: Any, said: str) -> None:
    with pytest.raises(decide.DecisionFailed, match=f"Table “d”, row 1 .r1: row 1., column “v”: .*{said}"):
        holds(cell, value)


@pytest.mark.parametrize(("cell", "hint"), [
    (">", "Possible are"), ("1) or (2", "Possible are"), ("[1..2) or (3..4]", "Ranges"),
    ("[1..", "Ranges"), ("[1,5..2,5]", "with a point"), ("1,", "between two commas"), ("1,,2", "between two commas"),
    ("1, -", "stands alone"), ("not(-)", "never holds"), ("not()", "never holds"), ('not("x"', "Possible are"),
    ("”x”", "straight quotation"),
    ("gut oder schlecht", "quotation marks"), ("sehr-gut ist", "quotation marks"), ("${x > 5}", "without"),
    ("? > 5 && ? < 9", "and, or"), ("if ? > 5 then true else false", "a if condition"), ("? between 1 and 5", "50 <="),
    ("count(liste) > 5", "len"), ("? = 3", "=="), ("contains(?, \"x\")", "in text"), ("upper case(?)", "upper()"),
    ("for x in liste return x", "Loops"), ('date("2026-02-30")', "no point in time"), ("date(x)", "date\\("),
    ('date and time("gestern")', "no point in time"), ('duration("P1M")', "Months"), ('duration("P")', "Months"),
    ('time("10:00")', "without a day"), ("kunde.alter", 'kunde\\["alter"\\]'), ("today()", "now.date"),
    ('date and time("2026-03-01T11:00@Nirgends")', "no point in time"), ('duration("P999999999999D")', "Months"),
])
def test_what_is_no_test_is_refused_and_says_what_to_write_instead(cell: str, hint: str) -> None:
    with pytest.raises(feel.NotUnderstood, match=hint) as refused:
        cells.read(cell)
    assert refused.value.hint.de and refused.value.hint.de != refused.value.hint.en


def test_languages_are_told_apart() -> None:
    assert cells.read("${5}", "juel").literals() == [5]
    with pytest.raises(feel.NotUnderstood, match="JUEL"):
        cells.read("${kunde.alter()}", "juel")
    with pytest.raises(feel.NotUnderstood, match="from 1"):
        cells.read("? == liste[1]", "feel")
    assert cells.read("? == liste[1]").forms and cells.read('? == kunde["alter"]', "feel").forms
    assert [feel.spoken(name) for name in (
        None, "FEEL", "http://www.omg.org/spec/FEEL/20140401", "https://www.omg.org/spec/DMN/20191111/FEEL/", "juel",
        "Python", "groovy")] == ["", "feel", "feel", "feel", "juel", "python", None]


numbers = st.integers(-50, 50)
intervals = st.tuples(st.sampled_from("[(]"), numbers, numbers, st.sampled_from("])["))


def inside(interval: tuple[str, int, int, str], value: int) -> bool:
    opens, low, high, closes = interval
    return (low <= value if opens == "[" else low < value) and (value <= high if closes == "]" else value < high)


@given(st.lists(intervals, min_size=1, max_size=4), st.booleans())
def test_intervals_hold_as_in_mathematics(drawn: list[tuple[str, int, int, str]], denied: bool) -> None:
    text = ", ".join(f"{opens}{low}..{high}{closes}" for opens, low, high, closes in drawn)
    test = cells.read(f"not({text})" if denied else text)
    for value in range(-51, 52):
        assert matching.holds(test, value) is (any(inside(one, value) for one in drawn) is not denied), (text, value)


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"])), min_size=1, max_size=4), st.text())
def test_texts_hold_for_themselves_whatever_is_in_them(texts: list[str], other: str) -> None:
    test = cells.read(", ".join(map(repr, texts)))
    for text in [*texts, other]:
        assert matching.holds(test, text) is (text in texts)


literals = st.sampled_from(["0", "1", "-2", "0.1", "2.50", "null", "'a'", "true", 'date("2026-03-01")'])
operands = st.one_of(literals, st.sampled_from(["n", "leer", "liste", "wahr", "tag", "preis"]))
forms = st.recursive(st.one_of(
    operands, st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), operands).map(" ".join),
    st.tuples(st.sampled_from("[("), operands, operands, st.sampled_from("])")).map(
        lambda part: f"{part[0]}{part[1]}..{part[2]}{part[3]}"),
    st.tuples(operands, operands).map(lambda part: f"{part[0]} <= ? < {part[1]}"),
), lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda part: f"not({', '.join(part)})"), max_leaves=3)
DATA = {"n": 1, "leer": None, "liste": [1, 0.1], "wahr": True, "tag": MARCH, "preis": Decimal("0.1")}
values = st.sampled_from([None, 0, 1, -2, 0.1, 2.5, Decimal("0.1"), Decimal("2.5"), "a", True, False, MARCH, [1]])


@given(st.lists(forms, min_size=1, max_size=3).map(", ".join), values)
def test_what_needs_no_sandbox_comes_to_what_the_sandbox_says(cell: str, value: Any) -> None:
    source = table("d", "v", "o", f"{cell} => 1", "- => 2", policy="FIRST", allowed={"o": "1, 2"})
    (read,) = spiff.read_decisions(source)
    assert read.table is not None and read.program is not None
    data = {**DATA, "v": value, **read.program.constants}
    try:
        inside: Any = scripts.run_program(read.program.code, read.program.wants, data, NOON)
    except scripts.SandboxError:
        inside = None
    try:
        assert matching.found(read.table, data) == inside, cell
    except Beyond:
        assert inside is None, cell  # with these cells only an error needs the sandbox


@given(st.text(max_size=30))
def test_any_text_is_a_test_or_is_refused(text: str) -> None:
    try:
        test = cells.read(text)
    except feel.NotUnderstood as error:
        assert error.hint.de and error.hint.en
    else:
        compile(test.code("v") or "True", "cell", "eval")


@given(st.text("[]()<>=.,?-not\"x 12\\", max_size=20))
def test_any_heap_of_signs_is_a_test_or_is_refused(text: str) -> None:
    assume(text.strip() not in ("", "-"))
    try:
        test = cells.read(text)
    except feel.NotUnderstood:
        return
    compile(test.code("v"), "cell", "eval")
