"""A decision table as one piece of code for the sandbox, and which cell each line of it came from.

One call decides a table: input columns, rows, the outputs of those that hold.
An error names its line, and the line its cell.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.spiff.cells import VALUE, Test, helpers
from engine.spiff.feel import Expression
from engine.spiff.tables import Table

DEFAULT = -1
"""The place of the default among the rows that hold."""


class Place(NamedTuple):
    """A cell, or a whole column: *row* is a position among the rules, None or DEFAULT."""

    row: int | None
    column: str


@dataclass(frozen=True)
class Program:
    """Code whose value is (values of the inputs, inputs that are not allowed, rows that hold with their outputs,
    outputs that are not allowed)."""

    code: str = field(repr=False)
    wants: frozenset[str]
    constants: Mapping[str, Any] = field(hash=False)
    ends: tuple[int, ...] = field(repr=False)
    places: tuple[Place | None, ...] = field(repr=False)

    def place(self, line: int | None) -> Place | None:
        """The cell that a line of the code came from."""
        if line is None or line > self.ends[-1]:
            return None
        return self.places[bisect_left(self.ends, line)]


class _Writer:
    def __init__(self) -> None:
        self.lines, self.ends, self.places = list[str](), list[int](), list[Place | None]()
        self.wants, self.constants = set[str](), dict[str, Any]()

    def write(self, text: str, place: Place | None = None) -> None:
        self.lines += text.split("\n")
        self.ends.append(len(self.lines))
        self.places.append(place)

    def uses(self, expression: Expression) -> str:
        self.wants |= expression.wants - {VALUE}
        self.constants.update(expression.constants)
        return expression.source

    def program(self) -> Program:
        names = frozenset(self.wants) | self.constants.keys()
        return Program("\n".join(self.lines), names, self.constants, tuple(self.ends), tuple(self.places))


def program(table: Table) -> Program:
    """The code that decides *table*."""
    writer = _Writer()
    tests = [test for rule in table.rules for test in rule.tests]
    tests += [column.allowed for column in table.inputs if column.allowed]
    tests += [output.allowed for output in table.outputs if output.allowed]
    writer.write(helpers(tests))
    for number, column in enumerate(table.inputs):
        writer.write(f"__i{number} = (\n{writer.uses(column.expression)}\n)", Place(None, column.label))
    writer.write("__hits, __outside, __wrong = [], [], []")
    for number, column in enumerate(table.inputs):
        if column.allowed is not None:
            _allowed(writer, column.allowed, f"__i{number}", f"__outside.append({number})", "",
                     Place(None, column.label))
    for number, rule in enumerate(table.rules):
        _row(writer, table, number)
        writer.write(f"    __hits.append(({number}, [")
        for output, cell in zip(table.outputs, rule.outputs, strict=True):
            writer.write(f"(\n{writer.uses(cell)}\n),", Place(number, output.name))
        writer.write("]))")
    if table.has_default:
        writer.write(f"if not __hits:\n    __hits.append(({DEFAULT}, [")
        for output in table.outputs:
            if output.default is not None:
                writer.write(f"(\n{writer.uses(output.default)}\n),", Place(DEFAULT, output.name))
        writer.write("]))")
    if any(output.allowed for output in table.outputs):
        writer.write("for __row, __given in __hits:\n    pass")
        for number, output in enumerate(table.outputs):
            if output.allowed is not None:
                writer.write(f"    __v = __given[{number}]")
                _allowed(writer, output.allowed, "__v", f"__wrong.append((__row, {number}))", "    ",
                         Place(None, output.name))
    columns = ", ".join(f"__i{number}" for number in range(len(table.inputs)))
    writer.write(f"([{columns}], __outside, __hits, __wrong)")
    return writer.program()


def _row(writer: _Writer, table: Table, number: int) -> None:
    writer.write(f"if {'not __hits' if table.hit_policy == 'FIRST' else 'True'}")
    for column, (inputs, test) in enumerate(zip(table.inputs, table.rules[number].tests, strict=True)):
        if test.forms:
            for expression in test.expressions():
                writer.uses(expression)
            writer.lines[-1] += " and ("
            writer.write(f"{test.code(f'__i{column}')}\n)", Place(number, inputs.label))
    writer.lines[-1] += ":"


def _allowed(writer: _Writer, test: Test, name: str, otherwise: str, indent: str, place: Place) -> None:
    for expression in test.expressions():
        writer.uses(expression)
    writer.write(f"{indent}if {name} is not None and not (\n{test.code(name)}\n):\n{indent}    {otherwise}", place)
