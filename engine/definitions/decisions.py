"""Decision tables: read through the engine's door, their faults as findings."""

from engine.definitions.findings import Finding, refusals
from engine.errors import Invalid
from engine.spiff import Table, read_decision

__all__ = ["Table", "examine"]


def examine(source: bytes, file: str = "") -> tuple[Table | None, list[Finding]]:
    """Read a DMN file (one decision with one table); None and the finding if it cannot be decided by.

    The door checks form, hit policy and that every cell can be understood;
    here is added what the running engine would not notice.
    """
    try:
        table = read_decision(source, file)
    except Invalid as error:
        return None, refusals(error, file, "decision-unreadable")
    return table, [*_unnamed(table), *_empty(table)]


def _unnamed(table: Table) -> list[Finding]:
    if table.id:
        return []
    return [Finding.error(
        table.file, table.line, "decision-id", "",
        "Der Entscheidung fehlt die „id“; ein Diagramm kann sie nicht aufrufen.",
        "The decision has no id; a diagram cannot call it.",
    )]


def _empty(table: Table) -> list[Finding]:
    found = []
    if not table.rules:
        found.append(Finding.error(
            table.file, table.line, "decision-empty", table.id,
            f"Die Entscheidungstabelle „{table.name}“ hat keine Zeilen.",
            f"The decision table “{table.name}” has no rows.",
        ))
    ids = [rule.id for rule in table.rules]
    for rule in table.rules:
        if ids.count(rule.id) > 1:
            found.append(Finding.error(
                table.file, rule.line, "duplicate-id", rule.id,
                f"Die „id“ „{rule.id}“ kommt mehrfach vor; die Historie könnte die Zeile nicht benennen.",
                f"The id “{rule.id}” occurs more than once; the history could not name the row.",
            ))
    return found
