"""Expressions of decision tables: Python as in diagrams, and the literals of FEEL beside it.

`true`, `false`, `null`, `date("2026-03-01")`, `date and time("2026-03-01T12:00")`,
`duration("P14D")` and `@"2026-03-01"` mean what DMN says (10.3.2); a moment
without a zone is German time, as everywhere in the house.  Dates and durations
are worked out when the table is read and handed to the sandbox as values.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import Sentence
from engine.spiff import scripts
from engine.spiff.clock import BERLIN
from engine.spiff.values import plain

_TOKENS = re.compile(
    r"""(?<!\w)(?<![\w)\]]\.)(?P<function>date\s+and\s+time|date|duration)\s*\(\s*(?P<quote>["'])(?P<text>[^"']*)(?P=quote)\s*\)
    |@"(?P<at>[^"]*)"|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<!\w)(?<![\w)\]]\.)(?P<word>true|false|null)\b""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"true": "True", "false": "False", "null": "None"}
_DURATION = re.compile(r"(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
_SCALARS = (str, int, float, bool, type(None))
_JUEL = (ast.Name, ast.Constant, ast.Compare, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.operator, ast.unaryop, ast.cmpop,
         ast.boolop, ast.expr_context)
_TIME = Sentence("Uhrzeiten ohne Tag gibt es nicht; schreiben Sie date and time(\"2026-03-01T12:00\").",
                 "There are no times without a day; write date and time(\"2026-03-01T12:00\").")
_DATE = Sentence("Schreiben Sie date(\"2026-03-01\") oder date(2026, 3, 1).",
                 "Write date(\"2026-03-01\") or date(2026, 3, 1).")
_SPAN = Sentence("Eine Dauer steht als Text: duration(\"P14D\") oder duration(\"PT12H\"). Monate und Jahre haben keine "
                 "feste Länge und gehen hier nicht.",
                 "A duration stands as text: duration(\"P14D\") or duration(\"PT12H\"). Months and years have no fixed "
                 "length and cannot be used here.")
_FUNCTIONS = {
    "count": ("len(liste)", "len(items)"), "mean": ("sum(liste) / len(liste)", "sum(items) / len(items)"),
    "contains": ("\"x\" in text", "\"x\" in text"), "floor": ("wert // 1", "value // 1"),
    "ceiling": ("-(-wert // 1)", "-(-value // 1)"), "modulo": ("wert % 3", "value % 3"),
    "matches": ("\"x\" in text", "\"x\" in text"), "substring": ("text[0:3]", "text[0:3]"),
    "concatenate": ("liste1 + liste2", "items1 + items2"), "append": ("liste + [wert]", "items + [value]"),
    "string": ("str(wert)", "str(value)"), "number": ("float(text)", "float(text)"), "today": ("now.date()",) * 2,
    "decimal": ("round(wert, 2)", "round(value, 2)"),
}  # functions of FEEL that the sandbox does not know, and how it says the same
_PARTS = frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond", "days", "seconds"})
_HINTS = (
    (re.compile(r"[„“”‚‘’«»]"), Sentence("Text steht in geraden Anführungszeichen: \"x\".",
                                         "Text stands in straight quotation marks: \"x\".")),
    (re.compile(r"[$#]\{"), Sentence("Schreiben Sie den Ausdruck ohne ${…}.", "Write the expression without ${…}.")),
    (re.compile(r"&&|\|\||!(?!=)"), Sentence("Schreiben Sie and, or und not.", "Write and, or and not.")),
    (re.compile(r"\bif\b.*\bthen\b", re.DOTALL),
     Sentence("Schreiben Sie: a if bedingung else b.", "Write: a if condition else b.")),
    (re.compile(r"\b(for|some|every)\b|\bfunction\s*\("),
     Sentence("Schleifen stehen als Python: [x for x in liste if x > 3], any(…), all(…).",
              "Loops stand as Python: [x for x in items if x > 3], any(…), all(…).")),
    (re.compile(r"(?<![<>=!])=(?!=)"), Sentence("Verglichen wird mit ==.", "Compare with ==.")),
    (re.compile(r"\bbetween\b"), Sentence("Schreiben Sie: 50 <= wert <= 70.", "Write: 50 <= value <= 70.")),
    (re.compile(r"\b(upper case|lower case|string length|list contains|starts with|ends with)\b"),
     Sentence("Schreiben Sie text.upper(), text.lower(), len(text), \"x\" in liste, text.startswith(\"x\").",
              "Write text.upper(), text.lower(), len(text), \"x\" in items, text.startswith(\"x\").")),
    (re.compile(r"\.\."), Sentence("Bereiche wie [50..70) stehen nur in Eingangszellen, ihre Enden mit Punkt: 1.5.",
                                   "Ranges such as [50..70) stand in input cells only, their ends with a point: 1.5.")),
    (re.compile(r"^[^\W\d]\w*([ -][^\W\d]\w*)+$"),
     Sentence("Namen bestehen aus Buchstaben, Ziffern und _; Text steht in Anführungszeichen: \"x\".",
              "Names consist of letters, digits and _; text stands in quotation marks: \"x\".")),
)
ELSE = Sentence("Möglich ist ein Python-Ausdruck wie punkte + 1 oder \"text\".",
                "A Python expression such as points + 1 or \"text\" is possible.")


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
"""The value of an expression that is not a literal."""


class NotUnderstood(ValueError):
    """A text is nothing we can work out; `hint` says what to write instead."""

    def __init__(self, hint: Sentence) -> None:
        super().__init__(hint.en)
        self.hint = hint


@dataclass(frozen=True)
class Expression:
    """An expression, read once: as it was drawn, and as the sandbox takes it."""

    text: str
    source: str
    """Python"""
    wants: frozenset[str]
    """the names it asks for"""
    constants: Mapping[str, Any] = field(hash=False)
    """names in `source` that stand for dates and durations"""
    value: Any = field(hash=False)
    """what it is in any case, or UNKNOWN"""

    @property
    def known(self) -> bool:
        """Whether it is a literal."""
        return self.value is not UNKNOWN


def read(text: str, language: str = "") -> Expression:
    """Read an expression in one of the languages of `spoken`; NotUnderstood if it is none."""
    if language == "juel":
        text = re.sub(r"^[$#]\{(.*)\}$", r"\1", text.strip(), flags=re.DOTALL)
    source, constants = translated(text)
    return from_source(source, constants, text, language)


def from_source(source: str, constants: Mapping[str, Any], text: str, language: str = "") -> Expression:
    """An expression that has been `translated` already; *text* is how it was drawn."""
    try:
        code = scripts.read_expression(source)
    except SyntaxError as error:
        raise NotUnderstood(hint(text)) from error
    tree = ast.parse(f"(\n{source}\n)", mode="eval").body
    _check(tree, language)
    if any(sign in source for sign in "#\\\n"):  # what stands behind it on its line would belong to it
        source = ast.unparse(tree)
    own = {name: value for name, value in constants.items() if name in code.wants}
    return Expression(text.strip(), source.strip(), code.wants - own.keys(), own, _value(source.strip(), own))


def spoken(language: str | None) -> str | None:
    """The expression language that a file names, as "", "feel", "juel" or "python"; None if we know no such one.

    "" is what a file says that names none: Python and FEEL's literals.
    """
    name = (language or "").strip().lower()
    if "/feel/" in name or name.endswith("/feel"):
        return "feel"
    return name if name in ("", "feel", "juel", "python") else None


def translated(text: str) -> tuple[str, dict[str, Any]]:
    """*text* with FEEL's literals as Python, and the values of the names it has now instead of dates."""
    constants: dict[str, Any] = {}

    def put(found: re.Match[str]) -> str:
        if found["word"]:
            return _WORDS[found["word"]]
        if found["string"]:
            return found[0]
        value = _moment_of(found["at"]) if found["at"] is not None else _made(found["function"], found["text"])
        name = f"__{type(value).__name__}_{re.sub(r'[^0-9A-Za-z]', lambda sign: f'_{ord(sign[0])}_', str(value))}"
        constants[name] = value
        return name

    return _TOKENS.sub(put, text), constants


def hint(text: str) -> Sentence:
    """What to write instead of *text*, which is no expression."""
    bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", "\"\"", text.strip())
    return next((said for sign, said in _HINTS if sign.search(bare)), ELSE)


def kind(value: Any) -> str:
    """What sort of value it is, as far as comparing goes: number, text, boolean, null, or the name of its type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    name = type(value).__name__
    return {"int": "number", "float": "number", "Decimal": "number", "str": "text"}.get(name, name)


def _value(source: str, constants: Mapping[str, Any]) -> Any:
    if source in constants:
        return constants[source]
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return UNKNOWN
    return value if isinstance(value, _SCALARS) else UNKNOWN


def _check(tree: ast.expr, language: str) -> None:
    """Refuse what another language means otherwise than Python, or what the sandbox does not know."""
    methods = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if language == "juel" and not isinstance(node, _JUEL):
            raise NotUnderstood(Sentence(
                "JUEL wird nur in einfachen Vergleichen verstanden; schreiben Sie FEEL oder Python.",
                "JUEL is understood in simple comparisons only; write FEEL or Python."))
        if language == "feel" and isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
                raise NotUnderstood(Sentence(
                    "FEEL zählt Listen ab 1, hier wird ab 0 gezählt; schreiben Sie die Sprache „python“ dazu.",
                    "FEEL counts lists from 1, here they are counted from 0; set the language to “python”."))
        if isinstance(node, ast.Attribute) and node not in methods and node.attr not in _PARTS:
            field_ = f"{ast.unparse(node.value)}[\"{node.attr}\"]"
            raise NotUnderstood(Sentence(f"Ein Feld steht in eckigen Klammern: {field_}.",
                                         f"A field stands in brackets: {field_}."))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            _check_call(node.func.id, node)


def _check_call(name: str, call: ast.Call) -> None:
    if name == "time":
        raise NotUnderstood(_TIME)
    if name == "duration":
        raise NotUnderstood(_SPAN)
    if name == "date" and len(call.args) + len(call.keywords) != 3:
        raise NotUnderstood(_DATE)
    if name in _FUNCTIONS:
        de, en = _FUNCTIONS[name]
        raise NotUnderstood(Sentence(f"Die Funktion {name} gibt es hier nicht; schreiben Sie zum Beispiel {de}.",
                                     f"There is no function {name} here; write {en}, for instance."))


def _made(function: str, text: str) -> Any:
    if function == "duration":
        return _duration(text)
    try:
        return date.fromisoformat(text) if function == "date" else _zoned(text)
    except (ValueError, KeyError, OSError) as error:
        raise NotUnderstood(Sentence(f"„{text}“ ist kein Zeitpunkt, den es gibt.",
                                     f"“{text}” is no point in time that exists.")) from error


def _moment_of(text: str) -> Any:
    if "P" in text[:2]:
        return _duration(text)
    return _made("date and time" if "T" in text else "date", text)


def _zoned(text: str) -> datetime:
    clock, _, zone = text.partition("@")
    moment = datetime.fromisoformat(clock)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else BERLIN)
    found: datetime = plain(moment)
    return found


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    parts = [float(part) if part else 0.0 for part in found.groups()[1:]] if found else []
    if found is None or text[-1] in "PT":
        raise NotUnderstood(_SPAN)
    weeks, days, hours, minutes, seconds = parts
    try:
        span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise NotUnderstood(_SPAN) from error
    return -span if found[1] else span
