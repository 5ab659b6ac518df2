"""Decision tables as values: columns, rows, hit policy, read from DMN and checked.

What is wrong is collected in `Faults`, so that a file is told everything at
once; a table with faults is never decided by.
"""

from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid, Sentence
from engine.spiff import cells, feel
from engine.spiff.cells import Test
from engine.spiff.feel import Expression, NotUnderstood
from engine.spiff.picture import Refusal, refused

ONE_HIT = ("UNIQUE", "ANY", "PRIORITY", "FIRST")
MANY_HITS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
RANKED = ("PRIORITY", "OUTPUT ORDER")
AGGREGATIONS = {"SUM": "+", "COUNT": "#", "MIN": "<", "MAX": ">"}
KINDS = {
    "string": "text", "number": "number", "integer": "number", "long": "number", "double": "number",
    "boolean": "boolean",
}
"""What the types of DMN and of its editors are to us; of other types we ask nothing."""
UNKNOWN_LANGUAGE = Sentence(
    "Die Sprache „{named}“ wird nicht verstanden (Zeile {line}); möglich sind FEEL und Python.",
    "The language “{named}” is not understood (line {line}); FEEL and Python are possible.",
)
_WHOLE = ("integer", "long")
_NOTHING = feel.read("None")


@dataclass(frozen=True)
class Column:
    """One input."""

    label: str
    expression: Expression
    kind: str | None
    """text, number or boolean, where the table says so"""
    whole: bool
    """whether it takes whole numbers only"""
    allowed: Test | None
    line: int


@dataclass(frozen=True)
class Output:
    """One output; its default is what it is where no row holds."""

    name: str
    kind: str | None
    allowed: Test | None
    default: Expression | None
    line: int

    @property
    def ranks(self) -> list[Any]:
        """The allowed values, the most important first."""
        return self.allowed.literals() if self.allowed is not None else []


@dataclass(frozen=True)
class Rule:
    """One row; `number` counts from 1."""

    id: str
    number: int
    description: str
    tests: tuple[Test, ...]
    outputs: tuple[Expression, ...]
    line: int

    @property
    def said(self) -> str:
        """What to call it in a sentence."""
        return f"{self.id}: {self.description}" if self.description else self.id


@dataclass(frozen=True)
class Table:
    """A decision table, read."""

    hit_policy: str
    aggregation: str
    """"", SUM, COUNT, MIN or MAX"""
    inputs: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    line: int

    @property
    def sign(self) -> str:
        """The hit policy as tables show it: U, A, P, F, R, O, C, C+, C#, C< or C>."""
        return self.hit_policy[0] + AGGREGATIONS.get(self.aggregation, "")

    @property
    def has_default(self) -> bool:
        """Whether it says what holds where no row does."""
        return any(output.default is not None for output in self.outputs)


class Faults:
    """What is wrong with a file, gathered while it is read."""

    def __init__(self, file: str) -> None:
        self.file, self.found = file, list[Refusal]()

    def say(self, node: Any, de: str, en: str, **values: Any) -> None:
        """There is a fault at *node*."""
        self.found += refused(de, en, self.file, node, **values).findings

    def unread(self, node: Any, text: str, error: NotUnderstood) -> None:
        """The text of *node* is not understood."""
        self.say(node, "„{shown}“ ist nicht zu verstehen (Zeile {line}). {hint_de}",
                 "“{shown}” cannot be understood (line {line}). {hint_en}",
                 shown=text.strip()[:80], hint_de=error.hint.de, hint_en=error.hint.en)

    def invalid(self) -> Invalid:
        """All of it as one error that speaks of the first."""
        first = self.found[0].message
        return Invalid(first.de, first.en, findings=self.found)


@dataclass(frozen=True)
class Terms:
    """What a file says once for all its decisions."""

    prefix: str
    """of the names of its elements"""
    language: str
    """the expression language, see `feel.spoken`"""
    types: dict[str, tuple[str, Test | None]]
    """the file's own types: what each is made from, and its allowed values"""


class Reader:
    """Reads the tables and expressions of one file."""

    def __init__(self, faults: Faults, terms: Terms) -> None:
        self.faults, self.terms = faults, terms

    def table(self, node: Any, name: str) -> Table:
        """Read a decision table; *name* is what its output is called where it has no name of its own."""
        policy = node.get("hitPolicy") or "UNIQUE"
        aggregation = node.get("aggregation") or ""
        if policy not in ONE_HIT + MANY_HITS:
            self.faults.say(node, "Die Trefferregel „{policy}“ gibt es nicht (Zeile {line}). Es gibt {known}.",
                            "There is no hit policy “{policy}” (line {line}). There are {known}.", policy=policy,
                            known=", ".join(ONE_HIT + MANY_HITS))
        if aggregation and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            self.faults.say(node, "Zusammengefasst wird nur bei COLLECT, mit SUM, COUNT, MIN oder MAX, nicht „{said}“ "
                            "(Zeile {line}).", "Only COLLECT aggregates, by SUM, COUNT, MIN or MAX, not “{said}” "
                            "(line {line}).", said=f"{policy} {aggregation}")
        columns, outputs = self._all(node, "input"), self._all(node, "output")
        inputs = tuple(self._input(item) for item in columns)
        results = tuple(self._output(item, name if len(outputs) == 1 else "") for item in outputs)
        rules = tuple(self._rule(item, number, inputs, results)
                      for number, item in enumerate(self._all(node, "rule"), 1))
        table = Table(policy, aggregation, inputs, results, rules, node.sourceline)
        self._check_outputs(node, table)
        return table

    def expression(self, node: Any, text: str) -> Expression:
        """Read an expression; where it is none, that is a fault and nothing stands for it."""
        try:
            return feel.read(text, self._language(node))
        except NotUnderstood as error:
            self.faults.unread(node, text, error)
            return _NOTHING

    def test(self, node: Any, text: str) -> Test:
        """Read a unary test; where it is none, that is a fault and any value will do."""
        try:
            return cells.read(text, self._language(node), node.sourceline)
        except NotUnderstood as error:
            self.faults.unread(node, text, error)
            return Test(text, (), node.sourceline)

    def text(self, node: Any) -> str:
        """What stands in an expression or cell."""
        return (node.findtext(f"{self.terms.prefix}text") or "").strip() if node is not None else ""

    def _language(self, node: Any) -> str:
        named = node.get("expressionLanguage")
        if not named:
            return self.terms.language
        language = feel.spoken(named)
        if language is None:
            self.faults.say(node, *UNKNOWN_LANGUAGE, named=named)
        return language or ""

    def _input(self, item: Any) -> Column:
        inner = item.find(f"{self.terms.prefix}inputExpression")
        text = self.text(inner)
        if not text:
            self.faults.say(item, "Einer Eingangsspalte fehlt der Ausdruck (Zeile {line}).",
                            "An input column has no expression (line {line}).")
            expression, declared = _NOTHING, ""
        else:
            expression, declared = self.expression(inner, text), inner.get("typeRef") or ""
        kind, whole, allowed = self._type(declared)
        own = self._allowed(item, "inputValues")
        return Column(item.get("label") or text, expression, kind, whole, own or allowed, item.sourceline)

    def _output(self, item: Any, otherwise: str) -> Output:
        name = item.get("name") or item.get("label") or otherwise
        if not name.isidentifier():
            self.faults.say(item, "Eine Ausgabespalte braucht einen Namen aus Buchstaben, Ziffern und _, nicht "
                            "„{name}“ (Zeile {line}).", "An output column needs a name of letters, digits and _, not "
                            "“{name}” (line {line}).", name=name)
        entry = item.find(f"{self.terms.prefix}defaultOutputEntry")
        text = self.text(entry)
        default = self.expression(entry, text) if text else None
        kind, _, allowed = self._type(item.get("typeRef") or "")
        return Output(name, kind, self._allowed(item, "outputValues") or allowed, default, item.sourceline)

    def _rule(self, item: Any, number: int, inputs: tuple[Column, ...], outputs: tuple[Output, ...]) -> Rule:
        asked, given = self._all(item, "inputEntry"), self._all(item, "outputEntry")
        if len(asked) != len(inputs) or len(given) != len(outputs):
            self.faults.say(item, "Eine Zeile hat nicht so viele Zellen wie die Tabelle Spalten (Zeile {line}).",
                            "A row does not have as many cells as the table has columns (line {line}).")
        tests = tuple(self.test(cell, self.text(cell)) for cell in asked)
        results = tuple(self.expression(cell, self.text(cell)) if self.text(cell) else _NOTHING for cell in given)
        said = [item.findtext(f"{self.terms.prefix}description") or "",
                *(self.text(note) for note in self._all(item, "annotationEntry"))]
        description = next((text.strip() for text in said if text.strip()), "")
        return Rule(item.get("id") or f"row {number}", number, description, tests, results, item.sourceline)

    def _check_outputs(self, node: Any, table: Table) -> None:
        if not table.outputs:
            self.faults.say(node, "Der Tabelle fehlt eine Ausgabespalte (Zeile {line}).",
                            "The table has no output column (line {line}).")
        names = [output.name for output in table.outputs]
        if len(set(names)) < len(names):
            self.faults.say(node, "Zwei Ausgabespalten haben denselben Namen (Zeile {line}).",
                            "Two output columns have the same name (line {line}).")
        if table.aggregation and len(names) > 1:
            self.faults.say(node, "Zusammengefasst wird nur eine Ausgabespalte, nicht {count} (Zeile {line}).",
                            "Only one output column is aggregated, not {count} (line {line}).", count=len(names))
        if table.has_default and any(output.default is None for output in table.outputs):
            self.faults.say(node, "Entweder haben alle Ausgabespalten einen Standardwert oder keine (Zeile {line}).",
                            "Either all output columns have a default value or none (line {line}).")
        if table.hit_policy in RANKED:
            ranked = [output for output in table.outputs if output.allowed is not None]
            if not ranked or any(len(output.ranks) != len(output.allowed.forms if output.allowed else ())
                                 or not output.ranks for output in ranked):
                self.faults.say(node, "Die Trefferregel {policy} ordnet nach den erlaubten Werten (outputValues); "
                                "nennen Sie sie in der Ausgabespalte der Reihe nach, die wichtigsten zuerst (Zeile "
                                "{line}).", "The hit policy {policy} orders by the allowed values (outputValues); name "
                                "them in the output column in order, the most important first (line {line}).",
                                policy=table.hit_policy)

    def _allowed(self, item: Any, name: str) -> Test | None:
        node = item.find(f"{self.terms.prefix}{name}")
        text = self.text(node)
        return self.test(node, text) if text not in ("", "-") else None

    def _type(self, declared: str) -> tuple[str | None, bool, Test | None]:
        name, allowed = declared.rpartition(":")[2].strip(), None
        for _ in range(10):  # a type may be made from another of the file
            if name not in self.terms.types:
                break
            name, own = self.terms.types[name]
            allowed = allowed or own
        return KINDS.get(name), name in _WHOLE, allowed

    def _all(self, node: Any, name: str) -> list[Any]:
        found: list[Any] = node.findall(f"{self.terms.prefix}{name}")
        return found
