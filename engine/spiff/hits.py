"""Hit policies: which of the rows that hold count, and what comes of them (DMN 8.2.8)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from engine.errors import EngineError
from engine.spiff.programs import DEFAULT
from engine.spiff.tables import MANY_HITS, RANKED, Rule, Table


class DecisionFailed(EngineError):
    """A table gave no answer or more than it may; the sentences say which table and rows."""


class Hit(NamedTuple):
    """A row that holds (None: the default), and its outputs."""

    rule: Rule | None
    outputs: list[Any]


def hits(table: Table, found: list[tuple[int, list[Any]]]) -> list[Hit]:
    """What the program of a table found, as hits."""
    return [Hit(None if place == DEFAULT else table.rules[place], outputs) for place, outputs in found]


def settle(table: Table, name: str, found: list[Hit]) -> tuple[list[Rule], dict[str, Any]]:
    """The rows that count, in the order they count in, and the outputs by name.

    *found* are the rows that hold, in their order.  DecisionFailed, with the
    rows, if the policy allows no answer; *name* is what to call the table.
    """
    if table.hit_policy in RANKED and len(found) > 1:
        found = sorted(found, key=lambda hit: _rank(table, name, hit))
    if table.hit_policy in MANY_HITS:
        given = _many(table, name, found)
    else:
        found = _one(table, name, found)
        given = dict(zip((output.name for output in table.outputs), found[0].outputs, strict=True))
    return [hit.rule for hit in found if hit.rule is not None], given


def _one(table: Table, name: str, found: list[Hit]) -> list[Hit]:
    rows = _rows(found)
    if not found:
        raise DecisionFailed("Keine Zeile der Tabelle „{name}“ trifft zu.", "No rule of the table “{name}” matches.",
                             name=name)
    if table.hit_policy == "UNIQUE" and len(found) > 1:
        raise DecisionFailed(
            "In der Tabelle „{name}“ darf nur eine Zeile zutreffen, es sind aber: {rows}",
            "Only one rule of the table “{name}” may match, but these do: {rows}", name=name, rows=rows,
        )
    if table.hit_policy == "ANY" and any(hit.outputs != found[0].outputs for hit in found):
        raise DecisionFailed(
            "Die zutreffenden Zeilen der Tabelle „{name}“ müssen übereinstimmen, diese tun es nicht: {rows}",
            "The matching rules of the table “{name}” must agree, but these do not: {rows}", name=name, rows=rows,
        )
    return found if table.hit_policy in ("UNIQUE", "ANY") else found[:1]


def _many(table: Table, name: str, found: list[Hit]) -> dict[str, Any]:
    outputs = [output.name for output in table.outputs]
    if not table.aggregation:
        columns = list(zip(*(hit.outputs for hit in found), strict=True)) or [()] * len(outputs)
        return {output: list(column) for output, column in zip(outputs, columns, strict=True)}
    values = [hit.outputs[0] for hit in found]
    if found and found[0].rule is None:
        return {outputs[0]: values[0]}
    if table.aggregation == "COUNT":
        return {outputs[0]: len(values)}
    return {outputs[0]: _aggregated(table, name, found, values) if values else None}


def _aggregated(table: Table, name: str, found: list[Hit], values: list[Any]) -> Any:
    work: dict[str, Callable[[list[Any]], Any]] = {"SUM": _sum, "MIN": _least, "MAX": _most}
    try:
        return work[table.aggregation](values)
    except TypeError as error:
        raise DecisionFailed(
            "Die Tabelle „{name}“ kann diese Ausgaben nicht zusammenfassen ({how}): {values}, aus den Zeilen {rows}",
            "The table “{name}” cannot aggregate these outputs ({how}): {values}, of the rules {rows}", name=name,
            how=table.sign, values=", ".join(map(repr, values)), rows=_rows(found),
        ) from error


def _sum(values: list[Any]) -> Any:
    numbers = [_number(value) for value in values]
    if any(isinstance(value, bool) or not isinstance(value, int | Decimal) for value in numbers):
        raise TypeError("only numbers can be added")
    total = sum(numbers)
    # what was binary stays binary, once it has been added as people would
    binary = any(isinstance(value, float) for value in values) and not any(isinstance(one, Decimal) for one in values)
    return float(total) if binary else total


def _least(values: list[Any]) -> Any:
    return min(_alike(values), key=_number)


def _most(values: list[Any]) -> Any:
    return max(_alike(values), key=_number)


def _alike(values: list[Any]) -> list[Any]:
    if any(value is None or isinstance(value, bool | list | dict) for value in values):
        raise TypeError("these have no order")
    return values


def _number(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _rank(table: Table, name: str, hit: Hit) -> list[int]:
    ranks = []
    for output, value in zip(table.outputs, hit.outputs, strict=True):
        if output.allowed is None:
            continue
        place = next((number for number, one in enumerate(output.ranks) if _number(one) == _number(value)), None)
        if place is None:
            raise DecisionFailed(
                "In der Tabelle „{name}“ steht die Ausgabe {output} = {value} nicht unter den erlaubten Werten und hat "
                "daher keinen Rang: {rows}",
                "In the table “{name}” the output {output} = {value} is not among the allowed values and so has no "
                "rank: {rows}", name=name, output=output.name, value=repr(value), rows=_rows([hit]),
            )
        ranks.append(place)
    return ranks


def _rows(found: list[Hit]) -> str:
    return "; ".join(hit.rule.said for hit in found if hit.rule is not None)
