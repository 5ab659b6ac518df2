"""Decision tables: read once, decided in one sandbox call.

A table is a DMN file with one decision and one decision table.  Its cells are
Python expressions as in diagrams, with the short forms of DMN unary tests on
top: "x", > 0, 50 <= ? < 70, [50..70), not("x"), "a","b", and - or nothing for
"any value".  ? is the value of the column.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from engine.errors import EngineError
from engine.spiff import scripts
from engine.spiff.picture import DMN_NAMESPACES, read_xml, refused

SINGLE = ("UNIQUE", "FIRST", "ANY")
MANY = ("COLLECT", "RULE ORDER")
_QUESTION = "__q"
_INTERVAL = re.compile(r"^([\[\](])\s*(.+?)\s*\.\.\s*(.+?)\s*([\[\])])$", re.DOTALL)
_COMPARISON = re.compile(r"^(<=|>=|<|>|==|!=)")


class DecisionFailed(EngineError):
    """A table gave no answer or more than it may; the sentences say which rows."""


@dataclass(frozen=True)
class Column:
    label: str
    expression: str
    line: int


@dataclass(frozen=True)
class Rule:
    id: str
    description: str
    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    line: int

    @property
    def said(self) -> str:
        return f"{self.id}: {self.description}" if self.description else self.id


@dataclass(frozen=True)
class Table:
    """A decision table, read and translated."""

    file: str
    id: str
    name: str
    hit_policy: str
    inputs: tuple[Column, ...]
    outputs: tuple[str, ...]
    rules: tuple[Rule, ...]
    line: int
    program: str
    wants: frozenset[str]


@dataclass(frozen=True)
class Decided:
    inputs: dict[str, Any]
    rules: list[dict[str, str]]
    outputs: dict[str, Any]


def read_decision(source: bytes, file: str = "") -> Table:
    """Read a DMN file; Invalid with element and line if it is not one table we can decide."""
    root = read_xml(source, file)
    if etree.QName(root).namespace not in DMN_NAMESPACES or etree.QName(root).localname != "definitions":
        raise refused("Die Datei ist keine DMN-Entscheidungstabelle.", "The file is not a DMN decision table.", file,
                      root)
    name = f"{{{etree.QName(root).namespace}}}"
    decisions = root.findall(f"{name}decision")
    tables = [table for decision in decisions for table in decision.findall(f"{name}decisionTable")]
    if len(decisions) != 1 or len(tables) != 1:
        raise refused("Die Datei muss genau eine Entscheidung mit einer Tabelle enthalten.",
                      "The file must hold exactly one decision with one table.", file, root)
    decision, table = decisions[0], tables[0]
    policy = table.get("hitPolicy", "UNIQUE")
    if policy not in SINGLE + MANY or table.get("aggregation"):
        raise refused("Die Trefferregel „{policy}“ wird nicht unterstützt.",
                      "The hit policy “{policy}” is not supported.", file, table,
                      policy=f"{policy} {table.get('aggregation', '')}".strip())
    inputs = tuple(_input(item, name, file) for item in table.findall(f"{name}input"))
    outputs = tuple(item.get("name") or item.get("label") or "" for item in table.findall(f"{name}output"))
    for item, output in zip(table.findall(f"{name}output"), outputs, strict=True):
        if not output.isidentifier():
            raise refused("Eine Ausgabespalte braucht einen Namen aus Buchstaben, Ziffern und _.",
                          "An output column needs a name of letters, digits and _.", file, item)
    rules = tuple(_rule(item, name, file, len(inputs), len(outputs)) for item in table.findall(f"{name}rule"))
    program, wants = _program(inputs, rules)
    return Table(file, decision.get("id", ""), decision.get("name") or decision.get("id", ""), policy, inputs, outputs,
                 rules, decision.sourceline, program, wants)


def decide(table: Table, data: Mapping[str, Any], now: datetime) -> Decided:
    """Decide by *table* on process data.

    Raises SandboxError if a cell fails, DecisionFailed if a table for a
    single hit has none, or a UNIQUE or ANY table has rules that contradict.
    """
    values, hits = scripts.run_program(table.program, table.wants, data, now)
    inputs = {column.label: scripts.kept(value) for column, value in zip(table.inputs, values, strict=True)}
    found = [(table.rules[place], [scripts.kept(value) for value in outputs]) for place, outputs in hits]
    if table.hit_policy in MANY:
        columns = list(zip(*(outputs for _, outputs in found), strict=True)) or [()] * len(table.outputs)
        given: dict[str, Any] = {name: list(column) for name, column in zip(table.outputs, columns, strict=True)}
    else:
        found = _single(table, found)
        given = dict(zip(table.outputs, found[0][1], strict=True))
    return Decided(inputs, [{"id": rule.id, "description": rule.description} for rule, _ in found], given)


def _single(table: Table, found: list[tuple[Rule, list[Any]]]) -> list[tuple[Rule, list[Any]]]:
    rows = "; ".join(rule.said for rule, _ in found)
    if not found:
        raise DecisionFailed("Keine Zeile der Tabelle „{name}“ trifft zu.", "No rule of the table “{name}” matches.",
                             name=table.id)
    if table.hit_policy == "UNIQUE" and len(found) > 1:
        raise DecisionFailed(
            "In der Tabelle „{name}“ darf nur eine Zeile zutreffen, es sind aber: {rows}",
            "Only one rule of the table “{name}” may match, but these do: {rows}", name=table.id, rows=rows,
        )
    if table.hit_policy == "ANY" and any(outputs != found[0][1] for _, outputs in found):
        raise DecisionFailed(
            "Die zutreffenden Zeilen der Tabelle „{name}“ müssen übereinstimmen, diese tun es nicht: {rows}",
            "The matching rules of the table “{name}” must agree, but these do not: {rows}", name=table.id, rows=rows,
        )
    return found[:1] if table.hit_policy == "FIRST" else found


def _program(inputs: tuple[Column, ...], rules: tuple[Rule, ...]) -> tuple[str, frozenset[str]]:
    """One piece of code for the whole table; outputs are worked out for matching rules only."""
    wants: set[str] = set()
    for text in [column.expression for column in inputs] + [cell for rule in rules for cell in rule.outputs]:
        wants |= scripts.read_expression(text).wants
    lines = [f"__i{place} = (\n{column.expression}\n)" for place, column in enumerate(inputs)]
    lines.append("__hits = []")
    for place, rule in enumerate(rules):
        tests = [f"(\n{test.replace(_QUESTION, f'__i{column}')}\n)" for column, test in enumerate(rule.tests) if test]
        for test in tests:
            wants |= scripts.read_expression(test).wants
        cells = "".join(f"(\n{cell}\n), " for cell in rule.outputs)
        lines.append(f"if {' and '.join(tests) or 'True'}:\n    __hits.append(({place}, [{cells}]))")
    columns = ", ".join(f"__i{place}" for place in range(len(inputs)))
    lines.append(f"([{columns}], __hits)")
    return "\n".join(lines), frozenset(wants)


def _input(item: Any, name: str, file: str) -> Column:
    text = (item.findtext(f"{name}inputExpression/{name}text") or "").strip()
    if not text:
        raise refused("Einer Eingangsspalte fehlt der Ausdruck.", "An input column has no expression.", file, item)
    with _found_at(file, item, text):
        scripts.read_expression(text)
    return Column(item.get("label") or text, text, item.sourceline)


def _rule(item: Any, name: str, file: str, inputs: int, outputs: int) -> Rule:
    tests = [(cell, (cell.findtext(f"{name}text") or "").strip()) for cell in item.findall(f"{name}inputEntry")]
    cells = [(cell, (cell.findtext(f"{name}text") or "").strip()) for cell in item.findall(f"{name}outputEntry")]
    if len(tests) != inputs or len(cells) != outputs:
        raise refused("Eine Zeile hat nicht so viele Zellen wie die Tabelle Spalten.",
                      "A row does not have as many cells as the table has columns.", file, item)
    written = []
    for cell, text in tests:
        with _found_at(file, cell, text):
            written.append(unary(text))
    for cell, text in cells:
        with _found_at(file, cell, text):
            scripts.read_expression(text or "None")
    return Rule(item.get("id") or f"row {item.sourceline}", (item.findtext(f"{name}description") or "").strip(),
                tuple(written), tuple(text or "None" for _, text in cells), item.sourceline)


@contextmanager
def _found_at(file: str, node: Any, text: str) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise refused("Die Zelle „{shown}“ ist nicht zu verstehen (Zeile {line}).",
                      "The cell “{shown}” cannot be understood (line {line}).", file, node, shown=text) from error


def unary(text: str) -> str:
    """A DMN unary test as a Python expression over the column's value; "" where any value will do.

    The value is called __q in it. SyntaxError if the test is none.
    """
    text = text.strip()
    if text in ("", "-"):
        return ""
    return " or ".join(f"({_one(part)})" for part in _split(text))


def _one(text: str) -> str:
    text = text.strip()
    if text.startswith("not(") and _closes(text, 3) == len(text) - 1:
        return f"not ({unary(text[4:-1]) or 'True'})"
    interval = _INTERVAL.match(text)
    if interval:
        opening, low, high, closing = interval.groups()
        for end in (low, high):
            scripts.read_expression(end)
        return (f"({low}) {'<=' if opening == '[' else '<'} {_QUESTION} "
                f"{'<=' if closing == ']' else '<'} ({high})")
    if _COMPARISON.match(text):
        return scripts.read_expression(f"{_QUESTION} {text}").source
    asked = _with_question(text)
    if asked is not None:
        return scripts.read_expression(asked).source
    return f"{_QUESTION} == ({scripts.read_expression(text).source})"


def _with_question(text: str) -> str | None:
    """*text* with each ? outside quotation marks replaced, or None if it has none."""
    parts = [f" {_QUESTION} " if char == "?" and not quoted else char for char, quoted, _ in _scan(text)]
    return "".join(parts).strip() if len("".join(parts)) != len(text) else None


def _split(text: str) -> list[str]:
    """The alternatives of a test: what commas outside quotation marks and brackets part."""
    parts, start = [], 0
    for place, (char, quoted, depth) in enumerate(_scan(text)):
        if char == "," and not quoted and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _closes(text: str, opening: int) -> int:
    for place, (char, quoted, depth) in enumerate(_scan(text)):
        if place > opening and char == ")" and not quoted and depth == 0:
            return place
    return -1


def _scan(text: str) -> list[tuple[str, bool, int]]:
    """Each character with: does it stand in quotation marks, and how many brackets are open after it."""
    found, quote, depth, escaped = [], "", 0, False
    for char in text:
        if quote:
            found.append((char, True, depth))
            if char == quote and not escaped:
                quote = ""
            escaped = char == "\\" and not escaped
            continue
        if char in "\"'":
            quote = char
        depth += (char in "([{") - (char in ")]}")
        found.append((char, bool(quote), max(depth, 0)))
    return found
