"""Input cells of decision tables: the unary tests of S-FEEL (DMN 9), and Python expressions beside them.

`>= 50`, `[50..70)`, `"a","b"`, `not("x")`, `-` or nothing; `?` is the value of
the column.  A test is kept as values (`Form`), so that tables can be examined
for gaps and overlaps, and becomes Python for the sandbox (`Test.code`).

A comparison with a missing value is neither true nor false, so that neither
`< 5` nor `not(< 5)` holds for it; values of two kinds cannot be compared at
all.  Numbers are compared as people write them: 0.1 is a tenth.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from engine.errors import Sentence
from engine.spiff import feel
from engine.spiff.feel import Expression, NotUnderstood

VALUE = "__q"
"""The value of the column in a form that is Python."""
_HELPERS = {
    "__alike": '''
from decimal import Decimal as __Decimal
def __alike(q, v):
    k, w = type(q).__name__, type(v).__name__
    if k == w:
        return q, v
    kinds = {"bool": "boolean", "int": "number", "float": "number", "Decimal": "number", "str": "text"}
    if kinds.get(k, k) != kinds.get(w, w):
        raise TypeError(f"unlike {kinds.get(k, k)} {kinds.get(w, w)} {q!r} {v!r}")
    return (__Decimal(str(q)) if k == "float" else q), (__Decimal(str(v)) if w == "float" else v)
''',
    "__same": '''
def __same(q, v):
    if q is None or v is None:
        return q is v
    q, v = __alike(q, v)
    return q == v
''',
    "__fits": '''
def __fits(q, v):
    if type(v) is list:
        return any([__same(q, x) for x in v])
    return v if type(v) is bool and type(q) is not bool and q is not None else __same(q, v)
''',
    "__order": '''
def __order(q, sign, v):
    if q is None or v is None:
        return None
    q, v = __alike(q, v)
    return q < v if sign == "<" else q <= v if sign == "<=" else q > v if sign == ">" else q >= v
''',
    "__both": '''
def __both(a, b):
    return False if a is False or b is False else None if a is None or b is None else True
''',
    "__not": '''
def __not(a):
    return None if a is None else not a
''',
}
_NEEDS = {"__fits": ("__same", "__alike"), "__same": ("__alike",), "__order": ("__alike",)}
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "==",
    ast.IsNot: "!=",
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_COMPARES = re.compile(r"(<=|>=|<|>|==|=|!=)")
_ELSE = Sentence("Möglich sind zum Beispiel >= 50, [50..70), \"a\",\"b\", not(\"x\"), date(\"2026-03-01\"), - oder ein "
                 "Python-Ausdruck mit ? für den Wert der Spalte.",
                 "Possible are >= 50, [50..70), \"a\",\"b\", not(\"x\"), date(\"2026-03-01\"), - or a Python "
                 "expression with ? for the value of the column.")


@dataclass(frozen=True)
class Equal:
    """The value is that of an expression, or one of a list."""

    value: Expression

    def code(self, name: str) -> str:
        return f"{'__same' if self.value.known else '__fits'}({name}, {self.value.source})"


@dataclass(frozen=True)
class Compared:
    """The value is less (<, <=) or more (>, >=) than that of an expression."""

    operator: str
    value: Expression

    def code(self, name: str) -> str:
        return f"__order({name}, {self.operator!r}, {self.value.source})"


@dataclass(frozen=True)
class Between:
    """The value lies between two; `low` and `high` are comparisons with the ends."""

    low: Compared
    high: Compared

    def code(self, name: str) -> str:
        return f"__both({self.low.code(name)}, {self.high.code(name)})"


@dataclass(frozen=True)
class Not:
    """None of these hold."""

    forms: tuple["Form", ...]

    def code(self, name: str) -> str:
        parts = [f"__not({form.code(name)})" for form in self.forms]
        return reduce(lambda one, other: f"__both({one}, {other})", parts)


@dataclass(frozen=True)
class Python:
    """Whatever else can be said in Python about the value."""

    expression: Expression

    def code(self, name: str) -> str:
        return f"(\n{self.expression.source.replace(VALUE, name)}\n)"


Form = Equal | Compared | Between | Not | Python


@dataclass(frozen=True)
class Test:
    """What one cell asks of the value of its column: that one of the forms holds. No form: any value will do."""

    text: str
    forms: tuple[Form, ...]
    line: int = 0

    def code(self, name: str) -> str:
        """Python that is true if the test holds for the value called *name*."""
        return " or ".join(form.code(name) for form in self.forms)

    def parts(self) -> Iterator[Form]:
        """Its forms, those that are denied too, without the denial."""
        return _flat(self.forms)

    def expressions(self) -> Iterator[Expression]:
        """All that is to be worked out in it, the value of the column left aside."""
        for form in self.parts():
            yield from _expressions(form)

    @property
    def known(self) -> bool:
        """Whether it can be decided without process data."""
        return all(expression.known for expression in self.expressions())

    def literals(self) -> list[Any]:
        """The literals that a value must equal to fit, those that are not denied."""
        return [form.value.value for form in self.forms if isinstance(form, Equal) and form.value.known]


def read(text: str, language: str = "", line: int = 0) -> Test:
    """Read a unary test; NotUnderstood, with what to write instead, if it is none."""
    bare = text.strip()
    if language == "juel":
        bare = re.sub(r"^[$#]\{(.*)\}$", r"\1", bare, flags=re.DOTALL)
    source, constants = feel.translated(bare)
    reader = _Reader(constants, language, bare)
    return Test(bare, () if bare in ("", "-") else tuple(reader.alternatives(source)), line)


def helpers(tests: Iterable[Test]) -> str:
    """The functions that the code of these tests calls."""
    code = " ".join(test.code(VALUE) for test in tests)
    called = {name for name in _HELPERS if f"{name}(" in code}
    wanted = called.union(*(_NEEDS.get(name, ()) for name in called))
    return "".join(text for name, text in _HELPERS.items() if name in wanted)


def _flat(forms: tuple[Form, ...]) -> Iterator[Form]:
    for form in forms:
        if isinstance(form, Not):
            yield from _flat(form.forms)
        else:
            yield form


def _expressions(form: Form) -> tuple[Expression, ...]:
    match form:
        case Between(low, high):
            return low.value, high.value
        case Equal(value) | Compared(_, value) | Python(value):
            return (value,)
    return ()


class _Reader:
    """Reads one test, whose dates have become the names in *constants*."""

    def __init__(self, constants: Mapping[str, Any], language: str, text: str) -> None:
        self.constants, self.language, self.text = constants, language, text

    def alternatives(self, source: str) -> list[Form]:
        """The forms of a list of tests."""
        return self._list(source, ",")[0]

    def _list(self, source: str, ends: str) -> tuple[list[Form], str]:
        """The forms of a list of tests, and what is left behind it; a test ends at one of these signs."""
        forms, rest = list[Form](), source.strip()
        while True:
            found = self._denied(rest, ends) or self._interval(rest, ends)
            if found is None:
                end = _end(rest, ends)
                forms += self._one(rest[:end].strip())
                rest = rest[end:]
            else:
                forms.append(found[0])
                rest = found[1]
            if rest[:1] != ",":
                return forms, rest
            rest = rest[1:].strip()

    def _denied(self, source: str, ends: str) -> tuple[Form, str] | None:
        opens = re.match(r"not\s*\(", source)
        if opens is None:
            return None
        if source[opens.end():].strip(" -)") == "":
            raise NotUnderstood(Sentence("not(-) trifft nie zu.", "not(-) never holds."))
        forms, rest = self._list(source[opens.end():], ",)")
        closed, rest = rest[:1] == ")", rest[1:].lstrip()
        return (Not(tuple(forms)), rest) if closed and rest[:1] in ("", *ends) else None  # else it may be Python

    def _interval(self, source: str, ends: str) -> tuple[Form, str] | None:
        if source[:1] not in ("[", "]", "(") or ".." not in source:
            return None
        outside = [place for place, (_, quoted, _) in enumerate(_scan(source)) if not quoted]
        middle = next((place for place in outside if source.startswith("..", place)), len(source))
        for end in outside:
            rest = source[end + 1:].lstrip()
            if end <= middle or source[end] not in "])[" or rest[:1] not in ("", *ends):
                continue
            try:
                low = self._expression(source[1:middle])
                high = self._expression(source[middle + 2:end])
            except NotUnderstood:
                continue
            return Between(Compared(">=" if source[0] == "[" else ">", low),
                           Compared("<=" if source[end] == "]" else "<", high)), rest
        return None

    def _one(self, source: str) -> Iterator[Form]:
        if source in ("", "-"):
            raise NotUnderstood(Sentence(
                "In einer Liste von Werten steht zwischen zwei Kommas nichts; „-“ steht für sich allein.",
                "In a list of values nothing stands between two commas; “-” stands alone."))
        compares = _COMPARES.match(source)
        if compares:
            sign = "==" if compares[0] == "=" else compares[0]
            source = f"? {sign} {source[compares.end():]}"
        asked = _asked(source)
        if asked is not None:
            yield from self._python(asked)
            return
        value = self._expression(source)
        items = _items(value.source)
        if items is None:
            yield Equal(value)
        for item in items or ():
            yield Equal(self._expression(item))

    def _python(self, source: str) -> Iterator[Form]:
        expression = self._expression(source)
        tree = ast.parse(f"(\n{source}\n)", mode="eval").body
        yield from self._compared(tree) or (Python(expression),)

    def _compared(self, tree: ast.expr) -> tuple[Form, ...]:
        """A comparison of the value with others as forms; nothing if it is something else."""
        if not isinstance(tree, ast.Compare):
            return ()
        sides = [tree.left, *tree.comparators]
        asked = [place for place, side in enumerate(sides) if isinstance(side, ast.Name) and side.id == VALUE]
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == VALUE]
        if len(asked) != 1 or len(names) != 1:
            return ()
        place = asked[0]
        if len(sides) == 2:
            other = sides[1 - place]
            if isinstance(tree.ops[0], ast.In | ast.NotIn):
                return self._among(other, isinstance(tree.ops[0], ast.NotIn)) if place == 0 else ()
            sign = _OPERATORS[type(tree.ops[0])]
            return (self._against(sign if place == 0 else _FLIPPED[sign], other),)
        if len(sides) == 3 and place == 1 and all(isinstance(sign, ast.Lt | ast.LtE) for sign in tree.ops):
            low = self._against(_FLIPPED[_OPERATORS[type(tree.ops[0])]], sides[0])
            high = self._against(_OPERATORS[type(tree.ops[1])], sides[2])
            if isinstance(low, Compared) and isinstance(high, Compared):
                return (Between(low, high),)
        return ()

    def _against(self, sign: str, other: ast.expr) -> Form:
        value = self._expression(ast.unparse(other))
        if sign in ("==", "!="):
            return Equal(value) if sign == "==" else Not((Equal(value),))
        return Compared(sign, value)

    def _among(self, other: ast.expr, denied: bool) -> tuple[Form, ...]:
        if not isinstance(other, ast.List | ast.Tuple | ast.Set) or not other.elts:
            return ()
        if any(isinstance(item, ast.Starred) for item in other.elts):
            return ()
        forms = tuple(Equal(self._expression(ast.unparse(item))) for item in other.elts)
        return (Not(forms),) if denied else forms

    def _expression(self, source: str) -> Expression:
        try:
            return feel.from_source(source.strip(), self.constants, source, self.language)
        except NotUnderstood as error:
            raise NotUnderstood(_ELSE if error.hint is feel.ELSE else error.hint) from error


def _items(source: str) -> list[str] | None:
    """The items of a list that is written out."""
    tree = ast.parse(f"(\n{source}\n)", mode="eval").body
    if not isinstance(tree, ast.List) or not tree.elts or any(isinstance(item, ast.Starred) for item in tree.elts):
        return None
    return [ast.unparse(item) for item in tree.elts]


def _asked(source: str) -> str | None:
    """*source* with each ? outside quotation marks replaced, or None if it has none."""
    scanned = list(_scan(source))
    if not any(char == "?" and not quoted for char, quoted, _ in scanned):
        return None
    return "".join(f" {VALUE} " if char == "?" and not quoted else char for char, quoted, _ in scanned).strip()


def _end(source: str, ends: str) -> int:
    """Where the first test of a list ends: at a comma, or at the bracket that closes the list."""
    return next((place for place, (char, quoted, depth) in enumerate(_scan(source))
                 if char in ends and not quoted and depth == (0 if char == "," else -1)), len(source))


def _scan(source: str) -> Iterator[tuple[str, bool, int]]:
    """Each character with: does it stand in quotation marks, and how many brackets are open after it."""
    quote, depth, escaped = "", 0, False
    for char in source:
        if quote:
            yield char, True, depth
            if char == quote and not escaped:
                quote = ""
            escaped = char == "\\" and not escaped
            continue
        if char in "\"'":
            quote = char
        depth += (char in "([{") - (char in ")]}")
        yield char, bool(quote), depth
