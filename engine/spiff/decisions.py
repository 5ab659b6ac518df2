"""Decisions of a DMN file: tables and expressions, and which of them need which.

A file may hold several decisions.  One that names others as required is
decided after them and knows what they gave.  All that is wrong with a file is
said at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lxml import etree

from engine.spiff import feel
from engine.spiff.feel import Expression
from engine.spiff.matching import only_compares
from engine.spiff.picture import DMN_NAMESPACES, read_xml, refused
from engine.spiff.programs import Program, program
from engine.spiff.tables import UNKNOWN_LANGUAGE, Faults, Reader, Table, Terms

_LOGIC = ("decisionTable", "literalExpression", "invocation", "context", "functionDefinition", "relation", "list",
          "conditional", "filter", "for", "some", "every")


@dataclass(frozen=True)
class Decision:
    """One decision, ready to be made."""

    file: str
    id: str
    name: str
    variable: str
    """what its result is called where another decision requires it, and where it is an expression"""
    requires: tuple[str, ...]
    """the ids of the decisions of the same file that are made before"""
    logic: Table | Expression
    program: Program | None
    """how its table is decided; an expression needs none"""
    compares: bool
    """whether its table needs a program for its inputs at most"""
    line: int

    @property
    def table(self) -> Table | None:
        """Its table, if it is one."""
        return self.logic if isinstance(self.logic, Table) else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names it gives values to."""
        return tuple(output.name for output in self.table.outputs) if self.table is not None else (self.variable,)

    @property
    def wants(self) -> frozenset[str]:
        """The names it asks for."""
        return self.program.wants if self.program is not None else self.logic.wants  # type: ignore[union-attr]  # an expression


def read_decisions(source: bytes, file: str = "") -> tuple[Decision, ...]:
    """Read the decisions of a DMN file, in its order.

    Invalid, with element and line in `findings`, if one of them is nothing we
    can decide by.
    """
    root = read_xml(source, file)
    if etree.QName(root).namespace not in DMN_NAMESPACES or etree.QName(root).localname != "definitions":
        raise refused("Die Datei ist keine DMN-Datei der Versionen 1.1 bis 1.5.",
                      "The file is not a DMN file of the versions 1.1 to 1.5.", file, root)
    faults = Faults(file)
    whole = _File(root, faults)
    found = tuple(whole.decisions())
    if not found and not faults.found:
        faults.say(root, "Die Datei enthält keine Entscheidung.", "The file holds no decision.")
    if faults.found:
        raise faults.invalid()
    return found


class _File:
    """Reads one file; what is wrong goes to *faults*."""

    def __init__(self, root: Any, faults: Faults) -> None:
        self.root, self.faults = root, faults
        self.prefix = f"{{{etree.QName(root).namespace}}}"
        language = feel.spoken(root.get("expressionLanguage"))
        if language is None:
            faults.say(root, *UNKNOWN_LANGUAGE, named=root.get("expressionLanguage"))
        self.reader = Reader(faults, Terms(self.prefix, language or "", {}))
        for item in root.findall(f"{self.prefix}itemDefinition"):
            allowed = item.find(f"{self.prefix}allowedValues")
            text = self.reader.text(allowed)
            declared = (item.findtext(f"{self.prefix}typeRef") or "").rpartition(":")[2].strip()
            self.reader.terms.types[item.get("name") or ""] = (
                declared, self.reader.test(allowed, text) if text else None)
        self.nodes = root.findall(f"{self.prefix}decision")
        self.inputs = {item.get("id") for item in root.findall(f"{self.prefix}inputData")}

    def decisions(self) -> Iterator[Decision]:
        """The decisions in the order of the file."""
        self._refuse_knowledge()
        self._refuse_twins()
        for node in self.nodes:
            requires = tuple(self._requires(node))
            logic = self._logic(node)
            if logic is not None and not self.faults.found:
                built = program(logic) if isinstance(logic, Table) else None
                compares = isinstance(logic, Table) and only_compares(logic)
                yield Decision(self.faults.file, node.get("id") or "", node.get("name") or node.get("id") or "",
                               self._variable(node), requires, logic, built, compares, node.sourceline)
        self._refuse_circles()

    def _logic(self, node: Any) -> Table | Expression | None:
        kinds = [(etree.QName(child).localname, child) for child in node
                 if isinstance(child.tag, str) and etree.QName(child).localname in _LOGIC]
        if not kinds:
            self.faults.say(node, "Die Entscheidung „{name}“ hat weder Tabelle noch Ausdruck (Zeile {line}).",
                            "The decision “{name}” has neither table nor expression (line {line}).", name=_name(node))
            return None
        kind, child = kinds[0]
        if kind == "decisionTable":
            return self.reader.table(child, self._variable(node))
        if kind == "literalExpression":
            return self._literal(node, child)
        self.faults.say(node, "Die Entscheidung „{name}“ ist von der Art {kind}, die nicht ausgeführt wird (Zeile "
                        "{line}); zeichnen Sie eine Tabelle oder einen einzelnen Ausdruck.",
                        "The decision “{name}” is of the kind {kind}, which is not run (line {line}); draw a table or "
                        "a single expression.", name=_name(node), kind=kind)
        return None

    def _literal(self, node: Any, child: Any) -> Expression:
        text = self.reader.text(child)
        if not text:
            self.faults.say(node, "Der Ausdruck der Entscheidung „{name}“ ist leer (Zeile {line}).",
                            "The expression of the decision “{name}” is empty (line {line}).", name=_name(node))
        if not self._variable(node):
            self.faults.say(node, "Die Entscheidung „{name}“ braucht eine Variable, deren Name aus Buchstaben, Ziffern "
                            "und _ besteht (Zeile {line}).", "The decision “{name}” needs a variable whose name "
                            "consists of letters, digits and _ (line {line}).", name=_name(node))
        return self.reader.expression(child, text or "None")

    def _variable(self, node: Any) -> str:
        variable = node.find(f"{self.prefix}variable")
        names = [variable.get("name") if variable is not None else None, node.get("name"), node.get("id")]
        return next((name for name in names if name and name.isidentifier()), "")

    def _requires(self, node: Any) -> Iterator[str]:
        known = {other.get("id") for other in self.nodes}
        for needed in node.iterfind(f"{self.prefix}informationRequirement/*"):
            kind, target = etree.QName(needed).localname, needed.get("href") or ""
            ident = target.removeprefix("#")
            if kind == "requiredDecision" and ident in known:
                yield ident
            elif kind == "requiredDecision" or ident not in self.inputs:
                self.faults.say(needed, "Die Entscheidung „{name}“ braucht „{target}“, das es in dieser Datei nicht "
                                "gibt (Zeile {line}). Was zusammengehört, steht in einer Datei.",
                                "The decision “{name}” needs “{target}”, which is not in this file (line {line}). What "
                                "belongs together stands in one file.", name=_name(node), target=target)

    def _refuse_knowledge(self) -> None:
        for node in self.root.findall(f"{self.prefix}businessKnowledgeModel"):
            self.faults.say(node, "Das Wissensmodell „{name}“ wird nicht ausgeführt (Zeile {line}); machen Sie eine "
                            "Entscheidung daraus, die andere voraussetzen.",
                            "The business knowledge model “{name}” is not run (line {line}); make it a decision that "
                            "others require.", name=_name(node))

    def _refuse_twins(self) -> None:
        ids = [node.get("id") for node in self.nodes]
        for place, node in enumerate(self.nodes):
            if node.get("id") and node.get("id") in ids[:place]:
                self.faults.say(node, "Die Kennung „{element}“ haben zwei Entscheidungen (Zeile {line}).",
                                "Two decisions have the id “{element}” (line {line}).")

    def _refuse_circles(self) -> None:
        graph = {node.get("id"): [(needed.get("href") or "").removeprefix("#") for needed in
                                  node.iterfind(f"{self.prefix}informationRequirement/{self.prefix}requiredDecision")]
                 for node in self.nodes}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            round_ = error.args[1]
            node = next(node for node in self.nodes if node.get("id") == round_[0])
            self.faults.say(node, "Diese Entscheidungen setzen einander voraus: {names} (Zeile {line}).",
                            "These decisions require each other: {names} (line {line}).", names=" ← ".join(round_))


def _name(node: Any) -> str:
    return node.get("name") or node.get("id") or "?"
