"""Expressions that only look something up or compare it: worked out here, without a program being run.

Most of what a model says is no more than `score >= 3`, `"cdo"` or
`thema in ("umwelt", "mobilitaet")`.  A closed set of such forms is read from
the syntax tree and applied to plain values: names of process data, constants,
items of dicts, comparisons, and, or, not, if-else.  There is nothing in it
that could call, loop, grow or reach out.  Everything else, and everything that
would be an error, is `Beyond` and left to the sandbox (scripts.py), which says
what is wrong.  What comes out is what the sandbox would have given; a property
test holds the two against each other.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from engine.spiff.values import plain

_MOST_NODES = 100
_SIMPLE = (str, int, float, bool, type(None))
_ORDERED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}
_Found = Callable[[Mapping[str, Any]], Any]


class Beyond(Exception):
    """This is for the sandbox."""


def look_up(source: str, data: Mapping[str, Any]) -> Any:
    """The value of an expression that has been read without error; Beyond if it takes more than looking it up."""
    return plain(_read(source)(data))


@lru_cache(maxsize=4096)
def _read(source: str) -> _Found:
    tree = ast.parse(f"(\n{source}\n)", mode="eval").body
    if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
        return _beyond
    return _form(tree)


def _beyond(data: Mapping[str, Any]) -> Any:
    raise Beyond


def _form(node: ast.expr) -> _Found:
    match node:
        case ast.Constant(value) if isinstance(value, _SIMPLE):
            return lambda data: value
        case ast.Name(name) if name != "now":
            return lambda data: _named(data, name)
        case ast.Subscript(value, ast.Constant(str(key))):
            inside = _form(value)
            return lambda data: _item(inside(data), key)
        case ast.Tuple(elts) | ast.List(elts):
            parts = [_form(part) for part in elts]
            return lambda data: [part(data) for part in parts]
        case ast.UnaryOp(ast.Not(), operand):
            inside = _form(operand)
            return lambda data: not inside(data)
        case ast.BoolOp(op, values):
            return _either([_form(value) for value in values], goes_on=isinstance(op, ast.And))
        case ast.IfExp(test, body, orelse):
            asked, then, otherwise = _form(test), _form(body), _form(orelse)
            return lambda data: then(data) if asked(data) else otherwise(data)
        case ast.Compare(left, [op], [right]):
            one, other = _form(left), _form(right)
            return lambda data: _compared(op, one(data), other(data))
    return _beyond


def _named(data: Mapping[str, Any], name: str) -> Any:
    if name not in data:
        raise Beyond
    return data[name]


def _item(value: Any, key: str) -> Any:
    if not isinstance(value, dict) or key not in value:
        raise Beyond
    return value[key]


def _either(parts: list[_Found], *, goes_on: bool) -> _Found:
    def found(data: Mapping[str, Any]) -> Any:
        value = None
        for part in parts:
            value = part(data)
            if bool(value) is not goes_on:
                return value
        return value

    return found


def _compared(op: ast.cmpop, one: Any, other: Any) -> bool:
    if isinstance(op, ast.In | ast.NotIn) and isinstance(other, list):
        if not all(isinstance(value, _SIMPLE) for value in (one, *other)):
            raise Beyond
        return (one in other) is isinstance(op, ast.In)
    if not (isinstance(one, _SIMPLE) and isinstance(other, _SIMPLE)):
        raise Beyond
    if isinstance(op, ast.Eq | ast.NotEq):
        return (one == other) is isinstance(op, ast.Eq)
    if isinstance(op, ast.Is | ast.IsNot) and other is None:
        return (one is None) is isinstance(op, ast.Is)
    comparable = isinstance(one, str) is isinstance(other, str) and None not in (one, other)
    if type(op) not in _ORDERED or not comparable:
        raise Beyond
    return bool(_ORDERED[type(op)](one, other))
