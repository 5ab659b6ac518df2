"""Decision tables: read through the engine's door, their faults as findings.

The door checks form, hit policies, required decisions and that every cell can
be understood.  Here is added what would be noticed only when a decision is
made, or never: values that are not allowed, kinds that cannot be compared,
rows that contradict each other or can never hold, and gaps between them.
"""

from collections.abc import Iterator

from engine.definitions import coverage
from engine.definitions.findings import NO_HINT, Finding, refusals
from engine.errors import Invalid, Sentence
from engine.spiff import Decision, Table, feel, read_decisions
from engine.spiff.matching import holds
from engine.spiff.tables import Rule

__all__ = ["Decision", "Table", "examine"]

_MOST_OVERLAPS = 10
_KINDS = {"number": ("Zahl", "number"), "text": ("Text", "text"), "boolean": ("Wahrheitswert", "boolean"),
          "date": ("Datum", "date"), "datetime": ("Zeitpunkt", "date and time"), "timedelta": ("Dauer", "duration")}
_NARROW = Sentence(
    "Nennen Sie mit erlaubten Werten (inputValues), was vorkommen kann, ergänzen Sie eine Zeile oder Standardwerte.",
    "Say by allowed values (inputValues) what can occur, add a row or default values.")
_APART = Sentence("Grenzen Sie die Zeilen voneinander ab, oder wählen Sie eine andere Trefferregel.",
                  "Keep the rows apart, or choose another hit policy.")
_ALLOWED = Sentence("Berichtigen Sie die Zelle oder die erlaubten Werte der Spalte.",
                    "Correct the cell or the allowed values of the column.")


def examine(source: bytes, file: str = "") -> tuple[tuple[Decision, ...], list[Finding]]:
    """Read a DMN file: its decisions, none where one of them cannot be made, and all there is to say about them."""
    try:
        decisions = read_decisions(source, file)
    except Invalid as error:
        return (), refusals(error, file, "decision-unreadable")
    found: list[Finding] = []
    for decision in decisions:
        found += _unnamed(decision)
        found += _ambiguous(decision, decisions)
        if decision.table is not None:
            given = {name for one in decisions if one.id in decision.requires for name in (*one.outputs, one.variable)}
            found += _table(decision, decision.table, frozenset(given))
    return decisions, found


def _table(decision: Decision, table: Table, given: frozenset[str]) -> list[Finding]:
    wrong = [*_empty(decision, table), *_twins(decision, table), *_unlike(decision, table),
             *_outside(decision, table), *_commas(decision, table)]
    if any(one.severity == "error" for one in wrong):
        return wrong  # where a cell is wrong, what it leaves open says nothing
    return [*wrong, *_overlaps(decision, table, given), *_dead(decision, table), *_gaps(decision, table, given)]


def _unnamed(decision: Decision) -> Iterator[Finding]:
    if not decision.id:
        yield Finding.error(
            decision.file, decision.line, "decision-id", "",
            "Der Entscheidung fehlt die „id“; ein Diagramm kann sie nicht aufrufen.",
            "The decision has no id; a diagram cannot call it.",
        )


def _ambiguous(decision: Decision, every: tuple[Decision, ...]) -> Iterator[Finding]:
    """Two required decisions that give the same name: the one that requires both would see only one of them."""
    givers: dict[str, str] = {}
    for one in every:
        if one.id not in decision.requires:
            continue
        for name in {*one.outputs, one.variable}:
            other = givers.setdefault(name, one.name)
            if other != one.name:
                yield Finding.error(
                    decision.file, decision.line, "decision-outputs-clash", decision.id,
                    f"„{decision.name}“ setzt „{other}“ und „{one.name}“ voraus, und beide geben „{name}“.",
                    f"“{decision.name}” requires “{other}” and “{one.name}”, and both give “{name}”.",
                    Sentence("Benennen Sie eine der Ausgabespalten um.", "Rename one of the output columns."),
                )


def _empty(decision: Decision, table: Table) -> Iterator[Finding]:
    if not table.rules:
        yield Finding.error(
            decision.file, decision.line, "decision-empty", decision.id,
            f"Die Entscheidungstabelle „{decision.name}“ hat keine Zeilen.",
            f"The decision table “{decision.name}” has no rows.",
        )


def _twins(decision: Decision, table: Table) -> Iterator[Finding]:
    ids = [rule.id for rule in table.rules]
    for rule in table.rules:
        if ids.count(rule.id) > 1:
            yield Finding.error(
                decision.file, rule.line, "duplicate-id", rule.id,
                f"Die „id“ „{rule.id}“ kommt mehrfach vor; die Historie könnte die Zeile nicht benennen.",
                f"The id “{rule.id}” occurs more than once; the history could not name the row.",
            )


def _unlike(decision: Decision, table: Table) -> Iterator[Finding]:
    """Values of one column that cannot all be compared with one value."""
    for number, column in enumerate(table.inputs):
        said = column.kind
        for rule in table.rules:
            test, kinds = rule.tests[number], coverage.kinds(rule.tests[number])
            said = said or next(iter(kinds), None)
            if said is not None and set(kinds) - {said}:
                yield _cell(decision, rule, test.line, column.label, "decision-unlike-values", Sentence(
                    f"enthält {test.text}, die Spalte aber {_named(said).de}",
                    f"holds {test.text}, but the column {_named(said).en}"), Sentence(
                    "Eine Spalte vergleicht Werte einer Art; Text steht in Anführungszeichen, Zahlen ohne.",
                    "A column compares values of one kind; text stands in quotation marks, numbers do not."))
    for number, output in enumerate(table.outputs):
        for rule in table.rules:
            cell = rule.outputs[number]
            kind = feel.kind(cell.value) if cell.known else "null"
            if output.kind and kind not in ("null", output.kind):
                yield _cell(decision, rule, rule.line, output.name, "decision-unlike-values", Sentence(
                    f"gibt {cell.text}, die Spalte aber {_named(output.kind).de}",
                    f"gives {cell.text}, but the column {_named(output.kind).en}"), _ALLOWED)


def _outside(decision: Decision, table: Table) -> Iterator[Finding]:
    """Literals that the allowed values of their column do not allow."""
    for number, column in enumerate(table.inputs):
        if column.allowed is None or not column.allowed.known:
            continue
        for rule in table.rules:
            test = rule.tests[number]
            for value in test.literals():
                if value is not None and coverage.comparable(column.allowed, value) \
                        and not holds(column.allowed, value):
                    yield _cell(decision, rule, test.line, column.label, "decision-value-not-allowed", Sentence(
                        f"fragt nach {value!r}, erlaubt ist aber {column.allowed.text}",
                        f"asks for {value!r}, but allowed is {column.allowed.text}"), _ALLOWED)
    for number, output in enumerate(table.outputs):
        if output.allowed is None or not output.allowed.known:
            continue
        for rule in table.rules:
            cell = rule.outputs[number]
            if cell.known and cell.value is not None and coverage.comparable(output.allowed, cell.value) \
                    and not holds(output.allowed, cell.value):
                yield _cell(decision, rule, rule.line, output.name, "decision-value-not-allowed", Sentence(
                    f"gibt {cell.text}, erlaubt ist aber {output.allowed.text}",
                    f"gives {cell.text}, but allowed is {output.allowed.text}"), _ALLOWED)


def _commas(decision: Decision, table: Table) -> Iterator[Finding]:
    """A comma parts alternatives; who writes `>= 1,5` usually means one number."""
    for rule in table.rules:
        for column, test in zip(table.inputs, rule.tests, strict=True):
            if coverage.DECIMAL_COMMA.search(test.text):
                yield _cell(decision, rule, test.line, column.label, "decision-decimal-comma", Sentence(
                    f"enthält {test.text}, das sind zwei Tests", f"holds {test.text}, which are two tests"), Sentence(
                    "Zahlen haben einen Punkt: 1.5. Sind zwei Tests gemeint, setzen Sie ein Leerzeichen: >= 1, 5.",
                    "Numbers have a point: 1.5. If two tests are meant, put a space: >= 1, 5."), error=False)


def _overlaps(decision: Decision, table: Table, given: frozenset[str]) -> Iterator[Finding]:
    if table.hit_policy not in ("UNIQUE", "ANY"):
        return
    for number, (one, other, example) in enumerate(coverage.overlaps(table, given)):
        if number == _MOST_OVERLAPS:
            return
        also = (" und geben Verschiedenes", " and give different outputs") if table.hit_policy == "ANY" else ("", "")
        yield _warning(
            decision, other.line, "decision-overlap", other.id,
            f"Die Zeilen {one.number} ({one.said}) und {other.number} ({other.said}) der Tabelle „{decision.name}“ "
            f"treffen beide zu{also[0]}{_for(example).de}.",
            f"The rows {one.number} ({one.said}) and {other.number} ({other.said}) of the table “{decision.name}” both "
            f"match{also[1]}{_for(example).en}.", _APART)


def _dead(decision: Decision, table: Table) -> Iterator[Finding]:
    for rule, column in coverage.impossible(table):
        yield _warning(
            decision, rule.line, "decision-dead-row", rule.id,
            f"Die Zeile {rule.number} ({rule.said}) der Tabelle „{decision.name}“ trifft nie zu: Der Spalte „{column}“ "
            "genügt kein Wert.",
            f"The row {rule.number} ({rule.said}) of the table “{decision.name}” never matches: no value satisfies the "
            f"column “{column}”.")
    for rule in coverage.hidden(table) if table.hit_policy == "FIRST" else ():
        yield _warning(
            decision, rule.line, "decision-dead-row", rule.id,
            f"Die Zeile {rule.number} ({rule.said}) der Tabelle „{decision.name}“ kommt nie zum Zug: Was sie erfasst, "
            "erfassen schon die Zeilen davor.",
            f"The row {rule.number} ({rule.said}) of the table “{decision.name}” is never reached: the rows before it "
            "already cover it.", Sentence("Löschen Sie die Zeile, oder stellen Sie sie weiter nach oben.",
                                          "Delete the row, or move it further up."))


def _gaps(decision: Decision, table: Table, given: frozenset[str]) -> Iterator[Finding]:
    if table.hit_policy not in ("UNIQUE", "ANY", "PRIORITY", "FIRST") or table.has_default:
        return
    example = coverage.gap(table, given)
    if example is not None:
        yield _warning(
            decision, table.line, "decision-gap", decision.id,
            f"Die Tabelle „{decision.name}“ lässt eine Lücke: Keine Zeile trifft zu{_for(example).de}.",
            f"The table “{decision.name}” leaves a gap: no row matches{_for(example).en}.", _NARROW)


def _for(example: list[tuple[str, object]]) -> Sentence:
    said = ", ".join(f"{label} = {coverage.shown(value)}" for label, value in example)
    return Sentence(f", zum Beispiel bei {said}", f", for example for {said}") if said else Sentence("", "")


def _named(kind: str) -> Sentence:
    return Sentence(*_KINDS.get(kind, (kind, kind)))


def _cell(decision: Decision, rule: Rule, line: int, column: str, id: str, said: Sentence, hint: Sentence,
          error: bool = True) -> Finding:
    de = f"Die Zeile {rule.number} ({rule.said}) der Tabelle „{decision.name}“ {said.de} (Spalte „{column}“)."
    en = f"The row {rule.number} ({rule.said}) of the table “{decision.name}” {said.en} (column “{column}”)."
    if error:
        return Finding.error(decision.file, line, id, rule.id, de, en, hint)
    return _warning(decision, line, id, rule.id, de, en, hint)


def _warning(decision: Decision, line: int, id: str, element: str, de: str, en: str,
             hint: Sentence = NO_HINT) -> Finding:
    return Finding(decision.file, "", element, line, id, "warning", Sentence(de, en), hint)
