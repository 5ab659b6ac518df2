"""The rule about the OMG's schema: what departs from it is said in plain words."""

from collections.abc import Callable, Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Deviation, Diagram

_IN_WORDS: Mapping[str, Callable[[Deviation], Sentence]] = {
    "unknown-attribute": lambda one: Sentence(
        f"hat die Angabe „{one.subject}“, die es dort nicht gibt", f"has the attribute “{one.subject}”, which is "
        "unknown there"),
    "missing-attribute": lambda one: Sentence(
        f"fehlt die Angabe „{one.subject}“", f"lacks the attribute “{one.subject}”"),
    "bad-value": lambda one: Sentence(
        f"hat bei „{one.subject}“ einen Wert, der nicht vorgesehen ist" if one.subject else
        "enthält einen Text, der dort nicht vorgesehen ist",
        f"has a value for “{one.subject}” that is not intended" if one.subject else
        "holds a text that is not intended there"),
    "misplaced": lambda one: Sentence("steht an einer Stelle, an die es nicht gehört",
                                      "stands in a place where it does not belong"),
    "missing-child": lambda one: Sentence("ist unvollständig", "is incomplete"),
}
_OTHER = Sentence("entspricht nicht dem Schema", "does not keep to the schema")
_TRUE_OR_FALSE = Sentence("Schreiben Sie true oder false.", "Write true or false.")
_SAID_ELSEWHERE = frozenset({"sourceRef", "targetRef", "attachedToRef"})


@rule("schema",
      "Es läuft, soweit nichts anderes genannt ist; andere Werkzeuge lehnen die Datei vielleicht ab. Eigene Angaben "
      "gehören in extensionElements.",
      "It runs as far as nothing else is said; other tools may refuse the file. Additions belong in "
      "extensionElements.", severity="warning", whole=True)
def schema(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Where the file is not as the schema of BPMN 2.0.2 asks; what other rules say anyway is left to them.

    What says neither true nor false would run as one of them: that is an error.
    """
    elements = {node.id for node in diagram.nodes} | {flow.id for flow in diagram.flows}
    elements |= {process.id for process in diagram.processes}
    runs = {process.id for process in rules.running(diagram).processes}
    for one in diagram.deviations:
        twice = one.subject == "id" and one.element in elements
        if twice or (one.kind == "missing-attribute" and one.subject in _SAID_ELSEWHERE):
            continue
        node = diagram.node(one.element)
        name = rules.named(node) if node is not None else one.element
        place = Sentence(f"{one.tag} (bei „{name}“)" if name else one.tag, f"{one.tag} (at “{name}”)" if name else
                         one.tag)
        said = _IN_WORDS[one.kind](one) if one.kind in _IN_WORDS else _OTHER
        undecided = "xs:boolean" in one.text and node is not None and node.process in runs
        yield Complaint(one.element, one.line, f"{place.de} {said.de} [{one.text}]", f"{place.en} {said.en} "
                        f"[{one.text}]", node.process if node is not None else "",
                        _TRUE_OR_FALSE if undecided else None, "error" if undecided else None)


RULES = (schema,)
