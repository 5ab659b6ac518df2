"""Decisions are made: each in one sandbox call or none, those it requires before it.

Required decisions are known to the one that requires them by the names of
their outputs, and by their variable: the value itself, or a dict of the
outputs where there are several.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any, NoReturn

from engine.errors import Sentence
from engine.spiff import hits, matching, scripts
from engine.spiff.decisions import Decision
from engine.spiff.feel import Expression
from engine.spiff.hits import DecisionFailed
from engine.spiff.lookups import Beyond
from engine.spiff.programs import DEFAULT, Place, Program
from engine.spiff.tables import Table

__all__ = ["Decided", "DecisionFailed", "decide"]

_UNLIKE = re.compile(r"TypeError: unlike (\w+) (\w+) (.*)", re.DOTALL)
_KINDS = {
    "number": ("Zahl", "number"), "text": ("Text", "text"), "boolean": ("Wahrheitswert", "boolean"),
    "date": ("Datum", "date"), "datetime": ("Zeitpunkt", "date and time"), "timedelta": ("Dauer", "duration"),
    "list": ("Liste", "list"), "dict": ("Gruppe von Werten", "context"),
}


@dataclass(frozen=True)
class Decided:
    """What one decision came to, and by which rows."""

    decision: str
    inputs: dict[str, Any]
    rules: list[dict[str, str]]
    outputs: dict[str, Any]


def decide(decisions: Mapping[str, Decision], name: str, data: Mapping[str, Any], now: datetime) -> list[Decided]:
    """Make the decision *name* on process data, those it requires before it; it comes last.

    DecisionFailed, with table, row and column, if a cell fails, a value is
    not allowed, or the hit policy allows no answer.
    """
    made: dict[str, Decided] = {}
    for key in _in_order(decisions, name):
        decision = decisions[key]
        known = dict(data)
        for required in decision.requires:
            known.update(_seen(decisions[required], made[required]))
        made[key] = _made(decision, known, now)
    return list(made.values())


def _in_order(decisions: Mapping[str, Decision], name: str) -> Iterator[str]:
    """The decision *name* and those it requires, each after its own, else in the order they were given."""
    needed, ahead = set[str](), [name]
    while ahead:
        key = ahead.pop()
        if key not in needed:
            needed.add(key)
            ahead += decisions[key].requires
    return iter(TopologicalSorter({key: decisions[key].requires for key in decisions if key in needed}).static_order())


def _seen(decision: Decision, made: Decided) -> dict[str, Any]:
    outputs = made.outputs
    if not decision.variable:
        return outputs
    return {decision.variable: next(iter(outputs.values())) if len(outputs) == 1 else outputs, **outputs}


def _made(decision: Decision, data: Mapping[str, Any], now: datetime) -> Decided:
    if decision.program is not None and decision.table is not None:
        return _by_table(decision, decision.table, decision.program, data, now)
    return _by_expression(decision, decision.logic, data, now)  # type: ignore[arg-type]  # it is no table


def _by_expression(decision: Decision, expression: Expression, data: Mapping[str, Any], now: datetime) -> Decided:
    try:
        value = scripts.evaluate([expression.source], {**data, **expression.constants}, now)[0]
    except scripts.SandboxError as error:
        raise DecisionFailed("Die Entscheidung „{name}“ ist gescheitert: {text}",
                             "The decision “{name}” failed: {text}", name=decision.id, text=str(error)) from error
    inputs = {name: data[name] for name in sorted(expression.wants) if name in data}
    return Decided(decision.id, inputs, [], {decision.variable: value})


def _by_table(decision: Decision, table: Table, program: Program, data: Mapping[str, Any], now: datetime) -> Decided:
    known = {**data, **program.constants} if program.constants else data
    try:
        values, outside, found, wrong = _found(decision, table, program, known, now)
        inputs = {column.label: scripts.kept(value) for column, value in zip(table.inputs, values, strict=True)}
        hit = hits.hits(table, [(place, [scripts.kept(value) for value in outputs]) for place, outputs in found])
    except scripts.SandboxError as error:
        _fail(decision, table, program.place(error.line), _said(error), error)
    if outside:
        column = table.inputs[outside[0]]
        _not_allowed(decision, table, Place(None, column.label), values[outside[0]], column.allowed)
    if wrong:
        row, number = wrong[0]
        output = table.outputs[number]
        _not_allowed(decision, table, Place(row, output.name), dict(found)[row][number], output.allowed)
    rules, given = hits.settle(table, decision.id, hit)
    return Decided(decision.id, inputs, [{"id": rule.id, "description": rule.description} for rule in rules], given)


def _found(decision: Decision, table: Table, program: Program, data: Mapping[str, Any], now: datetime) -> Any:
    with suppress(Beyond):
        return matching.found(table, data)
    if decision.compares:
        with suppress(Beyond, scripts.SandboxError):  # the program says where an error is
            inputs = [column.expression.source for column in table.inputs]
            return matching.found(table, data, scripts.evaluate(inputs, data, now))
    return scripts.run_program(program.code, program.wants, data, now)


def _not_allowed(decision: Decision, table: Table, place: Place, value: Any, allowed: Any) -> NoReturn:
    _fail(decision, table, place, Sentence(f"der Wert {value!r} ist nicht erlaubt, erlaubt ist {allowed.text}",
                                           f"the value {value!r} is not allowed, allowed is {allowed.text}"))


def _fail(decision: Decision, table: Table, place: Place | None, said: Sentence,
          error: Exception | None = None) -> NoReturn:
    at = Sentence("", "")
    if place is not None and place.row is not None:
        row = "" if place.row == DEFAULT else f"{place.row + 1} ({table.rules[place.row].said})"
        at = Sentence(f", Zeile {row}", f", row {row}") if row else Sentence(", Standardwert", ", default")
    if place is not None:
        at = Sentence(f"{at.de}, Spalte „{place.column}“", f"{at.en}, column “{place.column}”")
    raise DecisionFailed("Tabelle „{name}“{at_de}: {said_de}.", "Table “{name}”{at_en}: {said_en}.", name=decision.id,
                         at_de=at.de, at_en=at.en, said_de=said.de, said_en=said.en) from error


def _said(error: scripts.SandboxError) -> Sentence:
    text = str(error)
    found = _UNLIKE.fullmatch(text)
    if found is None:
        return Sentence(text, text)
    (one_de, one_en), (other_de, other_en) = (_KINDS.get(kind, (kind, kind)) for kind in found.groups()[:2])
    return Sentence(f"verglichen werden kann nur Gleiches, hier aber stehen {one_de} und {other_de} ({found[3]})",
                    f"only like can be compared with like, but here are {one_en} and {other_en} ({found[3]})")
