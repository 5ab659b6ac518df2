"""The rule about names: what conditions, scripts and other expressions ask for can be known there."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from engine.definitions.rules import Complaint, Known, knowledge, rule
from engine.definitions.rules.expressions import WHERE
from engine.definitions.rules.knowledge import Knowledge, Names
from engine.errors import Sentence
from engine.spiff import Diagram, Flow, Node, scripts

_ALIKE = 0.8
_PERHAPS = 0.6
_OFTEN = 3


class _Asked(NamedTuple):
    """One name that is asked for at one place."""

    name: str
    at: Node | Flow
    line: int
    where: Sentence
    known: Names


@rule("unknown-name",
      "Verwenden Sie den Namen eines Formularfelds, eines Skripts, einer Entscheidung oder eines Ergebnisses von "
      "davor. Womit ein Prozess beginnt, nennt seine Eigenschaft „data“.",
      "Use the name of a field, script, decision or result before it. What a process begins with stands in its "
      "property “data”.", severity="warning")
def unknown_name(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A name that no way to this place can have set is probably misspelt.

    Where all names are known (the process begins by the clock or lists its
    data, and nothing came from outside on the way), every other name is told.
    Behind a form, a decision or a called process that is not at hand, nothing
    is said.  Elsewhere most unknown names are what the process began with: there
    only those are told that nothing in the process sets, that are spelt almost
    like one that is set, by more than a number, and that are asked for at no
    more than two places: nobody misspells a name the same way again and again.
    """
    for process in diagram.processes:
        found = knowledge.learn(diagram, process, known)
        asked = list(_asked(diagram, process.id, found))
        places: dict[str, set[str]] = {}
        for one in asked:
            places.setdefault(one.name, set()).add(one.at.id)
        told: set[tuple[str, str]] = set()
        for one in asked:
            if one.name in one.known.names or one.known.dark or (one.at.id, one.name) in told:
                continue
            closed = not one.known.open
            near = _nearest(one.name, one.known.names if closed else (found.given | found.start).names, closed)
            if closed or (near and one.name not in found.given.names and len(places[one.name]) < _OFTEN):
                told.add((one.at.id, one.name))
                yield _complaint(one, near)


def _nearest(name: str, names: Iterable[str], closed: bool) -> str | None:
    others = sorted(other for other in names if re.sub(r"\d", "", other) != re.sub(r"\d", "", name))
    return next(iter(get_close_matches(name, others, 1, _PERHAPS if closed else _ALIKE)), None)


def _complaint(one: _Asked, near: str | None) -> Complaint:
    de = f"; gemeint ist vielleicht „{near}“" if near else ""
    en = f"; perhaps “{near}” is meant" if near else ""
    named = one.at.name or one.at.id
    return Complaint(
        one.at.id, one.line, f"„{named}“ fragt nach „{one.name}“ ({one.where.de}), was dort nicht bekannt ist{de}.",
        f"“{named}” asks for “{one.name}” ({one.where.en}), which is not known there{en}.", one.at.process)


def _asked(diagram: Diagram, process: str, found: Knowledge) -> Iterator[_Asked]:
    for node in diagram.nodes:
        if node.process == process:
            yield from _at(node, found)
    for flow in diagram.flows:
        if flow.process == process and flow.condition and flow.source in found.after:
            for name in sorted(_free(flow.condition, script=False)):
                yield _Asked(name, flow, flow.line, WHERE["condition"], found.after[flow.source])


def _at(node: Node, found: Knowledge) -> Iterator[_Asked]:
    loop = node.details.loop
    own = {loop.item, loop.output, loop.output_item} - {None} if loop is not None else set()
    before = [one for one in node.details.expressions if one.role == "preScript"]
    prepared = {name for one in before for name in _assigned(one.text)}
    inside = Names(frozenset(name for name in {*own, *prepared} if name))
    for one in node.details.expressions:
        known = found.before[node.id] | inside
        if one.role not in knowledge.BEFORE:
            known = found.after[node.id] | inside
        for name in sorted(_free(one.text, script=one.script)):
            yield _Asked(name, node, one.line, WHERE[one.role], known)
    if loop is not None and loop.collection and loop.collection.isidentifier():
        yield _Asked(loop.collection, node, loop.line, _LIST, found.before[node.id])


_LIST = Sentence("die Liste", "the list")


def _free(text: str, *, script: bool) -> frozenset[str]:
    try:
        return scripts.asked_for(text, script=script) - knowledge.ALWAYS
    except SyntaxError:
        return frozenset()


def _assigned(text: str) -> tuple[str, ...]:
    try:
        return scripts.read_script(text).assigns
    except SyntaxError:
        return ()


RULES = (unknown_name,)
