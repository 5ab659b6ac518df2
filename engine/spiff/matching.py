"""Tables that only look up and compare: decided here, without a program being run.

Most tables compare process data with literals and give literals.  What their
tests say is applied to plain values as the sandbox would; everything else, and
everything that would be an error, is `Beyond` and left to the sandbox, which
says what is wrong (see lookups.py).  A property test holds the two against
each other.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.spiff import feel
from engine.spiff.cells import Between, Compared, Equal, Form, Not, Test
from engine.spiff.feel import Expression
from engine.spiff.lookups import Beyond, look_up
from engine.spiff.programs import DEFAULT
from engine.spiff.tables import Table

_ORDERED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_Worth = Callable[[Expression], Any]
Found = tuple[list[Any], list[int], list[tuple[int, list[Any]]], list[tuple[int, int]]]
"""What the program of a table gives, see `programs.Program`."""


def found(table: Table, data: Mapping[str, Any], values: list[Any] | None = None) -> Found:
    """What the program of *table* would give; Beyond if it takes more than looking up and comparing.

    *values* are those of the inputs, if they have been worked out elsewhere.
    """

    def worth(expression: Expression) -> Any:
        return expression.value if expression.known else look_up(expression.source, data)

    if values is None:
        values = [worth(column.expression) for column in table.inputs]
    outside = [place for place, column in enumerate(table.inputs)
               if not _allows(column.allowed, values[place], worth)]
    hits = _hits(table, values, worth)
    wrong = [(row, place) for place, output in enumerate(table.outputs)
             for row, given in hits if not _allows(output.allowed, given[place], worth)]
    return values, outside, hits, wrong


def only_compares(table: Table) -> bool:
    """Whether all in *table* but its inputs is literals and names, compared."""
    tests = [test for rule in table.rules for test in rule.tests]
    cells = [expression for test in tests for expression in test.expressions()]
    cells += [cell for rule in table.rules for cell in rule.outputs]
    return all(cell.known or cell.source.isidentifier() for cell in cells)


def holds(test: Test, value: Any) -> bool:
    """Whether a test that is `known` holds for a value; Beyond if it is not, or the two cannot be compared."""
    return _fits(test, value, _literal)


def _literal(expression: Expression) -> Any:
    if not expression.known:
        raise Beyond
    return expression.value


def _hits(table: Table, values: list[Any], worth: _Worth) -> list[tuple[int, list[Any]]]:
    hits = []
    for place, rule in enumerate(table.rules):
        if all(_fits(test, value, worth) for test, value in zip(rule.tests, values, strict=True)):
            hits.append((place, [worth(cell) for cell in rule.outputs]))
            if table.hit_policy == "FIRST":
                break
    if not hits and table.has_default:
        hits.append((DEFAULT, [worth(output.default) for output in table.outputs if output.default is not None]))
    return hits


def _allows(allowed: Test | None, value: Any, worth: _Worth) -> bool:
    return allowed is None or value is None or _fits(allowed, value, worth)


def _fits(test: Test, value: Any, worth: _Worth) -> bool:
    return not test.forms or any(_holds(form, value, worth) for form in test.forms)


def _holds(form: Form, value: Any, worth: _Worth) -> bool | None:
    match form:
        case Equal(expression):
            return _equal(value, worth(expression), expression.known)
        case Compared(sign, expression):
            return _compared(value, sign, worth(expression))
        case Between(low, high):
            return _all([_holds(low, value, worth), _holds(high, value, worth)])
        case Not(forms):
            return _all([None if one is None else not one for one in [_holds(form, value, worth) for form in forms]])
    raise Beyond


def _equal(value: Any, other: Any, literal: bool) -> bool:
    if not literal and isinstance(other, list):
        return True in [_equal(value, one, True) for one in other]  # one that cannot be compared is an error
    if not literal and isinstance(other, bool) and value is not None and not isinstance(value, bool):
        return other
    if value is None or other is None:
        return value is other
    _require_alike(value, other)
    return bool(_number(value) == _number(other))


def _compared(value: Any, sign: str, other: Any) -> bool | None:
    if value is None or other is None:
        return None
    _require_alike(value, other)
    try:
        return bool(_ORDERED[sign](_number(value), _number(other)))
    except TypeError as error:
        raise Beyond from error


def _all(parts: list[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _require_alike(value: Any, other: Any) -> None:
    if feel.kind(value) != feel.kind(other):
        raise Beyond


def _number(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value
