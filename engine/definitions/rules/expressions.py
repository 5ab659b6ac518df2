"""The rule about expressions and scripts: the sandbox can read and compile them."""

from collections.abc import Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule, timers
from engine.errors import Sentence
from engine.spiff import Diagram, Expression, scripts

WHERE: Mapping[str, Sentence] = {
    "condition": Sentence("die Bedingung", "the condition"), "timer": Sentence("die Zeit", "the time"),
    "script": Sentence("das Skript", "the script"),
    "preScript": Sentence("das Skript davor (preScript)", "the script before it (preScript)"),
    "postScript": Sentence("das Skript danach (postScript)", "the script after it (postScript)"),
    "body": Sentence("bei „body“ den Ausdruck", "for “body” the expression"),
    "assignee": Sentence("bei „assignee“ den Ausdruck", "for “assignee” the expression"),
    "payload": Sentence("den Inhalt der Nachricht", "the content of its message"),
    "correlation": Sentence("bei „correlation“ den Ausdruck", "for “correlation” the expression"),
    "parameter": Sentence("den Parameter", "the parameter"),
    "loopCondition": Sentence("die Schleifenbedingung", "the condition of its loop"),
    "loopCardinality": Sentence("die Anzahl", "the number of instances"),
    "completionCondition": Sentence("die Abbruchbedingung der Mehrfachausführung",
                                    "the completion condition of its instances"),
}
"""What an element has, in the accusative."""
_LONGEST = 80


@rule("bad-expression", "Texte stehen in Anführungszeichen, verglichen wird mit ==.",
      "Text stands in quotes, == compares.")
def bad_expression(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Conditions, expressions and scripts can be understood; the line is the one in the file."""
    for flow in diagram.flows:
        error = _error(Expression("condition", flow.condition, flow.line)) if flow.condition else None
        if error is not None:
            yield Complaint(flow.id, flow.line, f"Die Bedingung „{flow.condition}“ ist nicht zu verstehen "
                            f"({error.msg}).", f"The condition “{flow.condition}” cannot be understood ({error.msg}).",
                            flow.process)
    for element, line, text in _of_the_file(diagram):
        error = _error(Expression("payload", text, line))
        if error is not None:
            yield Complaint(element, line, f"Der Ausdruck „{text}“ bei „{element}“ ist nicht zu verstehen "
                            f"({error.msg}).", f"The expression “{text}” at “{element}” cannot be understood "
                            f"({error.msg}).")
    for node in diagram.nodes:
        for one in node.details.expressions:
            unquoted = one.role == "timer" and (timers.BARE.fullmatch(one.text)
                                                or timers.instead_of_cron(one.text) is not None)
            error = None if unquoted else _error(one)
            if error is None:
                continue
            line = one.line + (error.lineno or 1) - 1 if one.script else one.line
            shown = _shown(one, error.lineno or 1)
            said = WHERE[one.role]
            yield rules.about(node, f"hat {said.de} „{shown}“, {_pronoun(said.de)} nicht zu verstehen ist "
                              f"({error.msg})", f"has {said.en} “{shown}”, which cannot be understood ({error.msg})",
                              line=line)


def _of_the_file(diagram: Diagram) -> Iterator[tuple[str, int, str]]:
    """The expressions that belong to no element: element, line and text."""
    for named in diagram.named.values():
        if named.payload:
            yield named.id, named.line, named.payload
    for prop in diagram.correlations:
        for path in prop.paths.values():
            if path:
                yield prop.id, prop.line, path
    for asked in diagram.subscriptions:
        for path in asked.paths:
            if path:
                yield asked.id or asked.process, asked.line, path


def _error(one: Expression) -> SyntaxError | None:
    try:
        (scripts.read_script if one.script else scripts.read_expression)(one.text)
        scripts.compile_in_sandbox(one.text, script=one.script)
    except SyntaxError as error:
        return error
    return None


def _shown(one: Expression, line: int) -> str:
    lines = one.text.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1].strip() if one.script else " ".join(one.text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _pronoun(said: str) -> str:
    return {"die": "die", "das": "das"}.get(said.split()[0], "der")


RULES = (bad_expression,)
