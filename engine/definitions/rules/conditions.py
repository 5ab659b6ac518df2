"""What can be proved about conditions: whether one of them always holds, and whether two may hold at once.

Only conditions that compare names with fixed values are understood: numbers,
texts, true, false and None, joined by and, or and not.  For those it is enough
to try a few values for each name: every fixed value that occurs, one between
each two, one beyond each end, and one of another kind where nothing is
ordered.  Of everything else nothing is said.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

_MOST_TRIED = 5_000
_ORDERED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}
_Holds = Callable[[Mapping[str, Any]], Any]


class _Unknown(Exception):
    """This condition is not of the kind that is understood."""


@dataclass(frozen=True)
class _Condition:
    holds: _Holds
    compared: dict[str, frozenset[Any]]
    """each name with the fixed values it is compared with"""
    ordered: frozenset[str]
    """the names that are compared by size"""


def complete(texts: Sequence[str]) -> bool:
    """Whether it is certain that one of these conditions holds, whatever the values are."""
    try:
        read = [_read(text) for text in texts]
        return bool(read) and all(any(one.holds(values) for one in read) for values in _cases(read))
    except (_Unknown, TypeError):
        return False


def both(one: str, other: str) -> str | None:
    """Values with which both conditions hold, in words; None if there are none, or if nothing can be said.

    Nothing is said of conditions about different names: which of the two
    comes first is then mostly what is meant.
    """
    try:
        first, second = _read(one), _read(other)
        if first.compared.keys() != second.compared.keys():
            return None
        for values in _cases([first, second]):
            if first.holds(values) and second.holds(values):
                return ", ".join(f"{name} = {_shown(value)}" for name, value in values.items())
    except (_Unknown, TypeError):
        pass
    return None


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@lru_cache(maxsize=1024)
def _read(text: str) -> _Condition:
    try:
        tree = ast.parse(f"(\n{text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _Unknown from error
    compared: dict[str, set[Any]] = {}
    ordered: set[str] = set()
    holds = _form(tree, compared, ordered)
    return _Condition(holds, {name: frozenset(found) for name, found in compared.items()}, frozenset(ordered))


def _form(node: ast.expr, compared: dict[str, set[Any]], ordered: set[str]) -> _Holds:
    match node:
        case ast.Constant(bool(value)):
            return lambda values: value
        case ast.UnaryOp(ast.Not(), operand):
            inside = _form(operand, compared, ordered)
            return lambda values: not inside(values)
        case ast.BoolOp(op, parts):
            forms = [_form(part, compared, ordered) for part in parts]
            joined = all if isinstance(op, ast.And) else any
            return lambda values: joined(form(values) for form in forms)
        case ast.Compare(left, [op], [right]):
            return _comparison(left, op, right, compared, ordered)
        case ast.Compare(left, [one, two], [middle, right]):
            first = _comparison(left, one, middle, compared, ordered)
            second = _comparison(middle, two, right, compared, ordered)
            return lambda values: first(values) and second(values)
    name = _name(node)
    compared.setdefault(name, set()).update((True, False))
    return lambda values: bool(values[name])


def _comparison(
    left: ast.expr, op: ast.cmpop, right: ast.expr, compared: dict[str, set[Any]], ordered: set[str],
) -> _Holds:
    if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.List | ast.Tuple | ast.Set):
        name, among = _name(left), [_fixed(item) for item in right.elts]
        compared.setdefault(name, set()).update(among)
        wanted = isinstance(op, ast.In)
        return lambda values: any(_same(values[name], item) for item in among) is wanted
    if isinstance(op, ast.Is | ast.IsNot) and isinstance(right, ast.Constant) and right.value is None:
        name, wanted = _name(left), isinstance(op, ast.Is)
        compared.setdefault(name, set()).add(None)
        return lambda values: (values[name] is None) is wanted
    kind = type(op)
    if kind not in _MIRRORED:
        raise _Unknown
    if isinstance(left, ast.Constant | ast.UnaryOp):
        left, right, kind = right, left, _MIRRORED[kind]
    name, value = _name(left), _fixed(right)
    compared.setdefault(name, set()).add(value)
    if kind in _ORDERED:
        if isinstance(value, bool) or value is None:
            raise _Unknown
        ordered.add(name)
        by_size = _ORDERED[kind]
        return lambda values: by_size(values[name], value)
    wanted = kind is ast.Eq
    return lambda values: _same(values[name], value) is wanted


def _same(one: Any, other: Any) -> bool:
    return bool(one == other)


def _name(node: ast.expr) -> str:
    """A name of process data, or a fixed item of one."""
    match node:
        case ast.Name(name) if name not in ("now", "True", "False"):
            return name
        case ast.Subscript(value, ast.Constant(str(key))):
            return f'{_name(value)}["{key}"]'
    raise _Unknown


def _fixed(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value) if value is None or isinstance(value, bool | int | float | str):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(value)) if isinstance(value, int | float):
            return -value
    raise _Unknown


def _cases(read: Iterable[_Condition]) -> Iterable[dict[str, Any]]:
    """Every combination of the values worth trying."""
    compared: dict[str, set[Any]] = {}
    ordered: set[str] = set()
    for one in read:
        ordered |= one.ordered
        for name, found in one.compared.items():
            compared.setdefault(name, set()).update(found)
    tried = {name: _values(found, by_size=name in ordered) for name, found in compared.items()}
    count = 1
    for some in tried.values():
        count *= len(some)
    if count > _MOST_TRIED:
        raise _Unknown
    return (dict(zip(tried, values, strict=True)) for values in product(*tried.values()))


def _values(compared: set[Any], *, by_size: bool) -> list[Any]:
    """The values to try for a name that is compared with these."""
    numbers = sorted({value for value in compared if isinstance(value, int | float) and not isinstance(value, bool)})
    texts = sorted(value for value in compared if isinstance(value, str))
    if by_size:
        if (numbers and texts) or compared - {*numbers, *texts}:
            raise _Unknown  # what is compared by size is of one kind
        return [*_among_numbers(numbers), *_among_texts(texts)]
    others: list[Any] = [value for value in compared if value is None or isinstance(value, bool)]
    return [*numbers, *texts, *others, "".join(["anders", *texts]), (max(numbers) + 1) if numbers else 0, None]


def _among_numbers(numbers: list[Any]) -> list[Any]:
    if not numbers:
        return []
    between = [(one + other) / 2 for one, other in pairwise(numbers)]
    return [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]


def _among_texts(texts: list[str]) -> list[str]:
    return sorted({"", *texts, *(f"{text}\0" for text in texts)}) if texts else []
