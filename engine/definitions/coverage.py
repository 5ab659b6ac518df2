"""What the rows of a decision table cover: gaps, overlaps, rows that never count.

Each column is cut at every value its cells name.  Between two cuts all values
are alike to the table, so one sample stands for them; a row is the set of
samples that fit it, column by column.  Nothing is said that is not certain:
cells that need process data are taken to cover whatever is asked (for gaps) or
nothing (for overlaps and hidden rows), and columns whose values may depend on
each other are not combined.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from engine.spiff import Table, cells, feel
from engine.spiff.cells import Test
from engine.spiff.matching import holds
from engine.spiff.tables import Column, Rule

DECIMAL_COMMA = re.compile(r"^[<>]=?\s*-?\d+,\d+$", re.ASCII)
MOST_STEPS = 200_000
"""How much work one question about a table may be; beyond it nothing is said."""
_DAY = timedelta(days=1)
Example = list[tuple[str, object]]
"""A value for each column that matters."""


class _TooMuch(Exception):
    """The question would take too long to answer."""


@dataclass(frozen=True)
class _Axis:
    """One column: its samples, which of them each row accepts (as bits), and what is certain about it."""

    label: str
    samples: tuple[Any, ...]
    fits: tuple[int | None, ...]
    """for each row; None where that needs process data"""
    asked: tuple[str, ...]
    """for each row the text of its cell"""
    free: bool
    """whether each sample can occur, whatever the other columns are"""
    names: frozenset[str]
    usual: int
    """the samples that are to be asked about: a missing value only where a cell speaks of it"""

    @property
    def all(self) -> int:
        return (1 << len(self.samples)) - 1


def gap(table: Table, given: frozenset[str] = frozenset()) -> Example | None:
    """Values that no row covers, if there surely are such.

    *given* are names that another decision gives, which may not take every value.
    """
    axes, used = list[_Axis](), set[str]()
    for axis in _axes(table, given):
        if axis.free and axis.names and not used & axis.names:
            used |= axis.names
            axes.append(axis)
    boxes = [tuple(_at_most(axis, row) for axis in axes) for row in range(len(table.rules))]
    try:
        found = _uncovered([axis.usual for axis in axes], boxes, MOST_STEPS)
    except _TooMuch:
        return None
    return None if found is None else [(axes[place].label, axes[place].samples[sample]) for place, sample in found]


def overlaps(table: Table, given: frozenset[str] = frozenset()) -> Iterator[tuple[Rule, Rule, Example]]:
    """Pairs of rows that both hold for the same values, surely; with ANY only where their outputs surely differ."""
    axes = _axes(table, given)
    if len(table.rules) ** 2 * len(axes) > 2 * MOST_STEPS:
        return
    for later, other in enumerate(table.rules):
        for earlier, one in enumerate(table.rules[:later]):
            if table.hit_policy == "ANY" and not _differ(one, other):
                continue
            example = _common(axes, earlier, later)
            if example is not None:
                yield one, other, example


def impossible(table: Table) -> Iterator[tuple[Rule, str]]:
    """Rows with a cell that no value satisfies, and the column it stands in."""
    for axis in _axes(table):
        for row, rule in enumerate(table.rules):
            if axis.fits[row] == 0:
                yield rule, axis.label


def hidden(table: Table) -> Iterator[Rule]:
    """Rows that the rows before them cover altogether; those that hold never are left out."""
    axes = _axes(table)
    for row, rule in enumerate(table.rules[1:], 1):
        within = [_at_most(axis, row) for axis in axes]
        boxes = [tuple(_at_least(axis, before, row) for axis in axes) for before in range(row)]
        try:
            if all(within) and _uncovered(within, boxes, MOST_STEPS // len(table.rules)) is None:
                yield rule
        except _TooMuch:
            continue


def kinds(test: Test) -> list[str]:
    """The kinds of the literals in a test."""
    return [feel.kind(one.value) for one in test.expressions() if one.known and one.value is not None]


def comparable(test: Test, value: Any) -> bool:
    """Whether a value is of the kind that a test compares with."""
    return set(kinds(test)) <= {feel.kind(value)}


def shown(value: object) -> str:
    """A value as a table would have it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return str(value)


def _axes(table: Table, given: frozenset[str] = frozenset()) -> list[_Axis]:
    axes = []
    for number, column in enumerate(table.inputs):
        tests = [rule.tests[number] for rule in table.rules]
        certain = [*(test for test in tests if test.known), *([column.allowed] if column.allowed else [])]
        samples = _samples(column, certain)
        if samples is None:  # one sample stands for all, and only a cell that asks nothing surely takes it
            fits: list[int | None] = [None if test.forms else 1 for test in tests]
        else:
            fits = [_fits(test, samples) if test.known else None for test in tests]
        names = column.expression.wants
        usual = sum(1 << place for place, value in enumerate(samples or ())
                    if value is not None or any(_speaks_of_missing(test) for test in tests))
        axes.append(_Axis(column.label, samples or (None,), tuple(fits), tuple(test.text for test in tests),
                          samples is not None and not names & given and _free(column), names, usual))
    return axes


def _fits(test: Test, samples: tuple[Any, ...]) -> int:
    return sum(1 << place for place, value in enumerate(samples) if holds(test, value))


def _samples(column: Column, tests: list[Test]) -> tuple[Any, ...] | None:
    """One value for every piece that the tests cut the column into; None if they cannot be compared."""
    allowed = column.allowed
    if allowed is not None and not allowed.known:
        return None
    values = [one.value for test in tests for one in test.expressions() if one.value is not None]
    found = {feel.kind(value) for value in values} | ({column.kind} if column.kind else set())
    if len(found) > 1 or not found <= {"number", "text", "boolean", "date", "datetime", "timedelta"}:
        return None
    kind = next(iter(found), "text")
    if kind == "boolean":
        values = [True, False]
    try:
        pieces = _pieces(kind, values, column.whole or _counted(column), tests)
    except (TypeError, OverflowError):  # moments with and without a zone; the end of the calendar
        return None
    if pieces is None:
        return None
    if kind == "number" and _counted(column):
        pieces = [value for value in pieces if value >= 0]
    inside = [value for value in pieces if allowed is None or holds(allowed, value)]
    return (*inside, None)


def _pieces(kind: str, values: list[Any], whole: bool, tests: list[Test]) -> list[Any] | None:
    if kind == "boolean":
        return [True, False]
    if kind == "text":
        if any(isinstance(form, cells.Compared | cells.Between) for test in tests for form in test.parts()):
            return None
        other = "x"
        while other in values:
            other += "x"
        return [*dict.fromkeys(values), other]
    if kind == "number":
        return _numbers(sorted({Decimal(str(value)) for value in values}), whole)
    return _moments(sorted(set(values)), _DAY if kind == "date" else timedelta(microseconds=1))


def _numbers(cuts: list[Decimal], whole: bool) -> list[Any]:
    if not cuts:
        return [Decimal(0)]
    found: list[Any] = [Decimal(floor(cuts[0]) - 1)]
    for place, cut in enumerate(cuts):
        if not whole or cut == int(cut):
            found.append(cut)
        if place + 1 < len(cuts):
            step, end = Decimal(floor(cut) + 1), cuts[place + 1]
            if step < end:
                found.append(step)
            elif not whole:
                found.append(_between(cut, end))
    return [*found, Decimal(floor(cuts[-1]) + 1)]


def _between(low: Decimal, high: Decimal) -> Decimal:
    """A number between two, with as few digits as that takes."""
    middle, digits = (Fraction(low) + Fraction(high)) / 2, 1
    while True:
        found = Decimal(floor(middle * 10**digits)).scaleb(-digits)
        if Fraction(low) < Fraction(found) < Fraction(high):
            return found
        digits += 1


def _moments(cuts: list[Any], step: timedelta) -> list[Any]:
    if not cuts:
        return [date(2026, 1, 1)]
    found = [cuts[0] - _DAY]
    for place, cut in enumerate(cuts):
        found.append(cut)
        if place + 1 < len(cuts) and cut + step < cuts[place + 1]:
            wide = cuts[place + 1] - cut
            found.append(cut + (_DAY if wide > _DAY else wide / 2))
    return [*found, cuts[-1] + _DAY]


def _free(column: Column) -> bool:
    """Whether the column's expression can take any value: a name, something inside it, a count, a yes or no."""
    tree: ast.AST = ast.parse(f"(\n{column.expression.source}\n)", mode="eval").body
    if column.allowed is not None or _counted(column):
        return True
    while isinstance(tree, ast.Subscript) and isinstance(tree.slice, ast.Constant):
        tree = tree.value
    return isinstance(tree, ast.Name) or (_yes_or_no(tree) and column.kind in (None, "boolean"))


def _counted(column: Column) -> bool:
    tree = ast.parse(f"(\n{column.expression.source}\n)", mode="eval").body
    match tree:
        case ast.Call(ast.Name("len"), [ast.Name()], []):
            return True
    return False


def _yes_or_no(tree: ast.AST) -> bool:
    return isinstance(tree, ast.Compare) or (isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not))


def _speaks_of_missing(test: Test) -> bool:
    return any(one.known and one.value is None for one in test.expressions())


def _differ(one: Rule, other: Rule) -> bool:
    return any(mine.known and theirs.known and mine.value != theirs.value
               for mine, theirs in zip(one.outputs, other.outputs, strict=True))


def _common(axes: list[_Axis], earlier: int, later: int) -> Example | None:
    example: Example = []
    used: set[str] = set()
    for axis in axes:
        one, other = axis.fits[earlier], axis.fits[later]
        if one is None or other is None:
            return None
        if one & other & axis.usual == axis.usual:
            continue
        both = one & other & axis.usual
        if not both or not axis.free or not axis.names or used & axis.names:
            return None
        used |= axis.names
        example.append((axis.label, axis.samples[(both & -both).bit_length() - 1]))
    return example


def _at_most(axis: _Axis, row: int) -> int:
    """What a row may cover."""
    found = axis.fits[row]
    return axis.all if found is None else found


def _at_least(axis: _Axis, row: int, later: int) -> int:
    """What a row surely covers of what a later one asks for."""
    found = axis.fits[row]
    if found is not None:
        return found
    return axis.all if axis.asked[row] == axis.asked[later] else 0


def _uncovered(within: list[int], boxes: list[tuple[int, ...]], most: int) -> list[tuple[int, int]] | None:
    """A place, as (axis, sample) …, that none of the boxes covers, as far as it has to be told; None if there is none.

    Only samples *within* are looked at. _TooMuch if that takes more than *most* steps.
    """
    steps, covered = 0, set[tuple[int, frozenset[int]]]()

    def look(axis: int, left: frozenset[int]) -> list[tuple[int, int]] | None:
        nonlocal steps
        if not left:
            return []
        if axis == len(within) or (axis, left) in covered:
            return None
        for sample in range(within[axis].bit_length()):
            if not within[axis] >> sample & 1:
                continue
            steps += len(left)
            if steps > most:
                raise _TooMuch
            found = look(axis + 1, frozenset(box for box in left if boxes[box][axis] >> sample & 1))
            if found is not None:
                return [(axis, sample), *found]
        covered.add((axis, left))
        return None

    return look(0, frozenset(range(len(boxes))))
