"""What we have to say about diagrams from other tools: what of them is not read here, and how to say it instead.

A diagram of Camunda, Flowable, jBPM or Signavio opens and may even run.  But
who does a task, which form it shows and what a service does stand in their
own extensions, and would be missing without a word.
"""

import re
from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, Rule, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Foreign

_TOOLS = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda 7",
    "http://camunda.org/schema/zeebe/1.0": "Camunda 8",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
    "http://www.jboss.org/drools": "jBPM",
    "http://www.signavio.com": "Signavio",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "",
    "http://camunda.org/schema/modeler/1.0": "",
}
"""Whose namespace it is; "" where it says only how something looks, or in which editor it was drawn."""

_FORM = Sentence("nennen Sie das Formular in der Eigenschaft „form“ (forms/<Prozess>/<Formular>.json)",
                 "name the form in the property “form” (forms/<process>/<form>.json)")
_FIELDS = Sentence("legen Sie die Felder als Formular unter forms/<Prozess>/<Formular>.json ab und nennen Sie es in "
                   "der Eigenschaft „form“",
                   "put the fields into a form, forms/<process>/<form>.json, and name it in the property “form”")
_ASSIGNEE = Sentence("die Person steht in der Eigenschaft „assignee“, als Ausdruck: \"petra\" in Anführungszeichen "
                     "oder der Name einer Angabe im Vorgang", "the person stands in the property “assignee”, as an "
                     "expression: \"petra\" in quotes or the name of something in the process data")
_BODY = Sentence("die Aufgabe liegt bei dem Gremium, dessen Schlüssel die Kennung ihrer Bahn ist, oder das die "
                 "Eigenschaft „body“ nennt", "the task waits for the body whose key is the id of its lane, or that the "
                 "property “body” names")
_SERVICE = Sentence("was der Schritt tut, steht in spiffworkflow:serviceTaskOperator: eine Operation wie "
                    "idea/publish mit ihren Parametern", "what the step does stands in "
                    "spiffworkflow:serviceTaskOperator: an operation such as idea/publish with its parameters")
_RESULT = Sentence("das Ergebnis steht unter dem Namen, den resultVariable am spiffworkflow:serviceTaskOperator nennt",
                   "the result is kept under the name that resultVariable of spiffworkflow:serviceTaskOperator gives")
_MAPPING = Sentence("schreiben Sie Eingaben als Parameter der Operation oder in spiffworkflow:preScript, Ergebnisse in "
                    "spiffworkflow:postScript", "write inputs as parameters of the operation or into "
                    "spiffworkflow:preScript, results into spiffworkflow:postScript")
_DECISION = Sentence("nennen Sie die Entscheidung in spiffworkflow:calledDecisionId",
                     "name the decision in spiffworkflow:calledDecisionId")
_SCRIPT = Sentence("schreiben Sie das Skript in Python in das Element script einer Skriptaufgabe",
                   "write the script in Python into the element script of a script task")
_LISTENER = Sentence("zeichnen Sie, was dabei geschehen soll, als eigenen Schritt",
                     "draw what should happen then as a step of its own")
_DUE = Sentence("Fristen stehen in den Eigenschaften „due“ (P14D), „due_working_days“ und „follow_up“",
                "deadlines stand in the properties “due” (P14D), “due_working_days” and “follow_up”")
_PRIORITY = Sentence("die Priorität steht in der Eigenschaft „priority“, 1 bis 100",
                     "the priority stands in the property “priority”, 1 to 100")
_CALLED = Sentence("nennen Sie den Prozess im Attribut calledElement",
                   "name the process in the attribute calledElement")
_VARIABLES = Sentence("der aufgerufene Prozess bekommt alle Angaben und gibt alle zurück; weniger sind es mit einer "
                      "ioSpecification", "the called process gets all data and gives all back; an ioSpecification "
                      "makes them fewer")
_CORRELATION = Sentence("woran die Nachricht zu erkennen ist, steht in der Eigenschaft „correlation“",
                        "what tells the message from others stands in the property “correlation”")
_MANY = Sentence("die Liste steht in loopDataInputRef, der Name des einzelnen Eintrags in inputDataItem",
                 "the list stands in loopDataInputRef, the name of one item in inputDataItem")
_SAFE = Sentence("lassen Sie es weg; jeder Schritt wird für sich gespeichert, und was scheitert, wird wiederholt",
                 "leave it out; every step is stored by itself, and what fails is tried again")
_LANGUAGE = Sentence("Skripte und Ausdrücke sind hier Python", "scripts and expressions are Python here")

_OPERATORS = ((r"\s*&&\s*", " and "), (r"\s*\|\|\s*", " or "), (r"!(?!=)\s*", "not "), (r"\s*==\s*true\b", ""),
              (r"\btrue\b", "True"), (r"\bfalse\b", "False"), (r"\bnull\b", "None"))
_WAYS: dict[str, Sentence] = {
    "formKey": _FORM, "formRef": _FORM, "formDefinition": _FORM, "formHandlerClass": _FORM,
    "formData": _FIELDS, "formProperty": _FIELDS,
    "assignee": _ASSIGNEE, "assignmentDefinition": _ASSIGNEE,
    "candidateGroups": _BODY, "candidateUsers": _BODY, "potentialStarter": _BODY, "candidateStarterGroups": _BODY,
    "class": _SERVICE, "expression": _SERVICE, "delegateExpression": _SERVICE, "type": _SERVICE, "topic": _SERVICE,
    "connector": _SERVICE, "taskDefinition": _SERVICE, "taskName": _SERVICE, "serviceimplementation": _SERVICE,
    "serviceinterface": _SERVICE, "serviceoperation": _SERVICE, "field": _SERVICE,
    "resultVariable": _RESULT, "resultVariableName": _RESULT,
    "inputOutput": _MAPPING, "ioMapping": _MAPPING, "mapDecisionResult": _MAPPING,
    "decisionRef": _DECISION, "decisionTableReferenceKey": _DECISION, "calledDecision": _DECISION,
    "ruleFlowGroup": _DECISION, "rules": _DECISION,
    "script": _SCRIPT,
    "executionListener": _LISTENER, "executionListeners": _LISTENER, "taskListener": _LISTENER,
    "taskListeners": _LISTENER, "onEntry-script": _LISTENER, "onExit-script": _LISTENER,
    "dueDate": _DUE, "followUpDate": _DUE, "taskSchedule": _DUE,
    "priority": _PRIORITY, "priorityDefinition": _PRIORITY,
    "calledElement": _CALLED, "in": _VARIABLES, "out": _VARIABLES, "variableMappingClass": _VARIABLES,
    "subscription": _CORRELATION,
    "collection": _MANY, "elementVariable": _MANY, "loopCharacteristics": _MANY,
    "asyncBefore": _SAFE, "asyncAfter": _SAFE, "async": _SAFE, "exclusive": _SAFE, "jobPriority": _SAFE,
    "failedJobRetryTimeCycle": _SAFE, "retries": _SAFE,
    "scriptFormat": _LANGUAGE, "language": _LANGUAGE,
}
"""How to say here what another tool says in this attribute or extension; the name alone tells, whoever's it is."""


@rule("foreign-extension",
      "Das Diagramm stammt aus einem anderen Werkzeug; BPMN selbst wird gelesen, dessen eigene Angaben nicht.",
      "The diagram comes from another tool; BPMN itself is read, that tool's own additions are not.",
      severity="warning")
def foreign_extension(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What another tool has written into an element and nobody here reads is named, with our way of saying it."""
    told: set[tuple[str, str]] = set()
    rest: dict[str, list[Foreign]] = {}
    for one in diagram.foreign:
        node = diagram.node(one.element)
        way = _WAYS.get(one.name.rpartition(":")[2])
        if way is _PRIORITY and node is None:
            way = None  # jBPM's order of conditions; here that is the order of the file
        tool = _TOOLS.get(one.space, one.space)
        if way is None and tool:
            rest.setdefault(tool, []).append(one)
        elif way is not None and (one.element, one.name) not in told:
            told.add((one.element, one.name))
            named = rules.named(node) if node is not None else one.element
            yield Complaint(one.element, one.line,
                            f"„{named}“: {_quoted(one)} wird hier nicht gelesen; {way.de}.",
                            f"“{named}”: {_quoted(one)} is not read here; {way.en}.")
    for tool, every in rest.items():
        names = ", ".join(dict.fromkeys(one.name for one in every[:20]))
        yield Complaint(every[0].element, every[0].line,
                        f"Angaben von {tool} werden hier nicht gelesen: {names}.",
                        f"What {tool} has added is not read here: {names}.")


def _quoted(one: Foreign) -> str:
    if not one.value:
        return one.name
    return f"{one.name} ({one.value})" if "=" in one.value else f'{one.name}="{one.value}"'


@rule("foreign-expression",
      "Ausdrücke sind hier Python, ohne Klammern darum: betrag > 5000 and art == \"bau\".",
      "Expressions are Python here, with nothing around them: betrag > 5000 and art == \"bau\".", severity="warning")
def foreign_expression(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A condition or time in another tool's spelling is shown in ours."""
    for flow in diagram.flows:
        ours = _in_our_words(flow.condition or "")
        if ours:
            yield Complaint(flow.id, flow.line,
                            f"Die Bedingung {flow.condition} ist für ein anderes Werkzeug geschrieben; hier hieße sie "
                            f"etwa: {ours}", f"The condition {flow.condition} is written for another tool; here it "
                            f"would be something like: {ours}", flow.process)
    for node in diagram.nodes:
        ours = _in_our_words(node.timer or "")
        if ours:
            yield rules.about(node, f"hat die Zeit {node.timer}, die für ein anderes Werkzeug geschrieben ist; hier "
                              f"hieße sie etwa: {ours}", f"has the time {node.timer}, which is written for another "
                              f"tool; here it would be something like: {ours}")


def _in_our_words(text: str) -> str:
    """*text* without the marks other tools put around an expression; "" where it has none of them."""
    if text[:2] in ("${", "#{") and text.endswith("}"):
        inner = text[2:-1]
        for theirs, here in _OPERATORS:
            inner = re.sub(theirs, here, inner)
        return inner.strip()
    if text.startswith("=") and not text.startswith("=="):
        return text[1:].replace(" = ", " == ").strip()
    return ""


RULES: tuple[Rule, ...] = (foreign_extension, foreign_expression)
