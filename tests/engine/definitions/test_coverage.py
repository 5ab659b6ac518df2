"""What is said about the rows of a table is so: every value is tried."""

import time
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions import coverage
from engine.spiff import cells, matching, read_decisions
from tests.engine.spiff import models

GRID = [Decimal(number) / 2 for number in range(-3, 12)]
"""Every value that small whole numbers in cells can tell apart, and one beyond at each side."""


def read(*rows, inputs="x", policy="UNIQUE", **said):
    """A table."""
    (decision,) = read_decisions(models.table("d", inputs, "o", *rows, policy=policy, **said))
    return decision.table


bounds = st.integers(0, 4).map(str)
tests = st.one_of(
    st.just("-"), bounds, st.tuples(st.sampled_from(["<", "<=", ">", ">=", "!="]), bounds).map(" ".join),
    st.tuples(st.sampled_from("[("), bounds, bounds, st.sampled_from("])")).map(
        lambda part: f"{part[0]}{part[1]}..{part[2]}{part[3]}"),
    st.lists(bounds, min_size=2, max_size=3).map(", ".join), bounds.map(lambda bound: f"not({bound})"),
    st.tuples(bounds, bounds).map(lambda part: f"not(< {part[0]}, > {part[1]})"),
)
rows_of = st.integers(1, 3).flatmap(lambda columns: st.lists(
    st.tuples(*[tests] * columns), min_size=1, max_size=5).map(lambda rows: (columns, rows)))


def table_of(drawn, policy):
    columns, rows = drawn
    return read(*(f"{' | '.join(row)} => {number}" for number, row in enumerate(rows)), policy=policy,
                inputs=";".join("xyz"[:columns]))


@lru_cache(maxsize=100_000)
def fits(text, value):
    return matching.holds(cells.read(text), value)


def hits(table, values):
    """The rows that hold, by trying each."""
    return [rule for rule in table.rules
            if all(fits(test.text, value) for test, value in zip(rule.tests, values, strict=True))]


def every(table, missing=False):
    return product(*[[*GRID, None] if missing else GRID] * len(table.inputs))


@given(rows_of)
def test_a_gap_is_found_exactly_where_no_row_holds(drawn):
    table = table_of(drawn, "UNIQUE")
    example = coverage.gap(table)
    if example is None:
        assert all(hits(table, values) for values in every(table))
    else:
        given_for = dict(example)
        for values in product(*([given_for[name.label]] if name.label in given_for else GRID for name in table.inputs)):
            assert not hits(table, values)


@given(rows_of)
def test_overlaps_are_exactly_the_pairs_that_hold_together(drawn):
    table = table_of(drawn, "UNIQUE")
    told = {(one.id, other.id): example for one, other, example in coverage.overlaps(table)}
    together = {(one.id, other.id) for values in every(table) for place, other in enumerate(hits(table, values))
                for one in hits(table, values)[:place]}
    assert set(told) == together
    for (one, other), example in told.items():
        given_for = dict(example)
        tried = product(*([given_for[name.label]] if name.label in given_for else GRID for name in table.inputs))
        assert all({one, other} <= {rule.id for rule in hits(table, values)} for values in tried)


@given(rows_of)
def test_hidden_rows_are_exactly_those_that_are_never_first(drawn):
    table = table_of(drawn, "FIRST")
    first = {hits(table, values)[0].id for values in every(table, missing=True) if hits(table, values)}
    possible = {rule.id for values in every(table, missing=True) for rule in hits(table, values)}
    assert {rule.id for rule in coverage.hidden(table)} == possible - first
    assert {rule.id for rule, _ in coverage.impossible(table)} == {rule.id for rule in table.rules} - possible


@pytest.mark.parametrize(("rows", "said", "example"), [
    (("< 5 => 1", "> 5 => 2"), {}, 5), (("<= 5 => 1", ">= 6 => 2"), {}, Decimal("5.5")),
    (("<= 5 => 1", ">= 6 => 2"), {"types": {"x": "integer"}}, None),
    (("<= 0.1 => 1", ">= 0.11 => 2"), {}, Decimal("0.105")),
    ((">= 0 => 1",), {}, -1), ((">= 0 => 1",), {"allowed": {"x": "[0..10]"}}, None),
    (("[0..5) => 1",), {"allowed": {"x": "[0..10]"}}, 5), (("'a' => 1", "'b' => 2"), {}, "x"),
    (("'a' => 1", "'x' => 2"), {}, "xx"), (("'a' => 1", "'b' => 2"), {"allowed": {"x": "'a', 'b'"}}, None),
    (("'a' => 1",), {"allowed": {"x": "'a', 'b'"}}, "b"), (("not('a') => 1",), {}, "a"), (("true => 1",), {}, False),
    (("true => 1", "false => 2"), {}, None), (("true => 1", "null => 2"), {}, False), (("null => 1",), {}, "x"),
    (("'a' => 1", "not('a') => 1"), {}, None),
    (('< date("2026-03-01") => 1', '> date("2026-03-01") => 2'), {}, date(2026, 3, 1)),
    (('<= date("2026-03-01") => 1', '>= date("2026-03-02") => 2'), {}, None),
    (('<= date("2026-03-01") => 1', '>= date("2026-03-03") => 2'), {}, date(2026, 3, 2)),
    (("> y => 1", "< 5 => 2"), {}, None), (("> y => 1",), {}, None), (("x % 2 == 0 => 1", "> 3 => 2"), {}, None),
    (("> 'b' => 1",), {}, None), (("- => 1",), {}, None),
])
def test_gaps_of_one_column(rows, said, example):
    assert coverage.gap(read(*rows, **said)) == (None if example is None else [("x", example)])


@pytest.mark.parametrize(("inputs", "rows", "gap"), [
    ("len(liste)", ("> 0 => 1", "0 => 2"), False), ("len(liste)", ("> 1 => 1", "0 => 2"), True),
    ("x == 1", ("true => 1", "false => 2"), False), ("x == 1", ("true => 1",), True), ("not x", ("true => 1",), True),
    ("x * 2", ("> 0 => 1",), False), ("x['y']", ("> 0 => 1",), True), ("5", ("> 6 => 1",), False),
    ("x; x > 5", ("> 5 | true => 1", "<= 5 | false => 2"), False),
    ("x; y > 5", ("> 5 | true => 1", "<= 5 | false => 2"), True),
])
def test_only_columns_that_can_take_any_value_have_gaps(inputs, rows, gap):
    assert (coverage.gap(read(*rows, inputs=inputs)) is not None) is gap


@pytest.mark.parametrize(("inputs", "rows", "overlap"), [
    ("x; y", ("> 5 | < z => 1", "> 6 | >= z => 2"), False), ("x; y", ("> 5 | - => 1", "> 6 | < z => 2"), False),
    ("x; y", ("> 5 | - => 1", "> 6 | - => 2"), True), ("x; x > 5", ("<= 5 | - => 1", "- | true => 2"), False),
    ("x; y > 5", ("<= 5 | - => 1", "- | true => 2"), True), ("x * 2", ("> 5 => 1", "> 6 => 2"), False),
    ("x", ("null => 1", "- => 2"), True), ("x", ("null => 1", "not('a') => 2"), True),
    ("x", ("> z => 1", "> z => 2"), False),
])
def test_only_what_surely_can_happen_is_an_overlap(inputs, rows, overlap):
    assert bool(list(coverage.overlaps(read(*rows, inputs=inputs)))) is overlap


@pytest.mark.parametrize(("inputs", "rows", "hidden"), [
    ("x", ("> z => 1", "> z => 2"), ["r2"]), ("x", ("> z => 1", "> y => 2"), []), ("x", ("- => 1", "> z => 2"), ["r2"]),
    ("x", ("> 5 => 1", "<= 5 => 2", "- => 3"), []), ("x", ("> 5 => 1", "<= 5 => 2", "null => 3", "- => 4"), ["r4"]),
    ("x; y", ("> 5 | - => 1", "<= 5 | - => 2", "7 | > z => 3"), ["r3"]), ("x * 2", ("> 5 => 1", "> 6 => 2"), ["r2"]),
])
def test_a_hidden_row_is_surely_hidden(inputs, rows, hidden):
    assert [rule.id for rule in coverage.hidden(read(*rows, inputs=inputs, policy="FIRST"))] == hidden


def test_large_tables_are_judged_quickly_or_not_at_all():
    columns = "abcdefgh"
    rows = [f"{' | '.join(f'[{number % (3 + place)}..{number % (4 + place) + 2})' for place in range(8))} => {number}"
            for number in range(200)]
    table = read(*rows, inputs=";".join(columns), policy="FIRST")
    began = time.perf_counter()
    answers = [coverage.gap(table), list(coverage.hidden(table)), list(coverage.overlaps(table))]
    assert len(answers) == 3
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(("value", "shown"), [
    ("x", '"x"'), (Decimal("5.50"), "5.5"), (Decimal("100"), "100"), (None, "null"), (True, "true"),
    (date(2026, 3, 1), "2026-03-01"),
])
def test_an_example_is_shown_as_a_table_has_it(value, shown):
    assert coverage.shown(value) == shown
