"""A vocabulary for small diagrams and for running them.

    spec = deployed(process("p", START, user("t"), END, flows="start > t > end"))
    run = Run(spec).start()
    run.waits_at("t")
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine import spiff
from engine.errors import Invalid

NOON = datetime(2026, 5, 4, 10, tzinfo=UTC)  # noon in Koblenz, a Monday

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:test">\n'
)


def element(kind: str, name: str, inside: str = "", **attributes: str) -> str:
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f'<bpmn:{kind} id="{name}" name="{name.upper()}"{said}>{inside}</bpmn:{kind}>\n'


def extensions(*inside: str) -> str:
    return f"<bpmn:extensionElements>{''.join(inside)}</bpmn:extensionElements>"


def props(**values: str) -> str:
    if not values:
        return ""
    inside = "".join(f'<spiffworkflow:property name="{key}" value={quoteattr(value)}/>'
                     for key, value in values.items())
    return extensions(f"<spiffworkflow:properties>{inside}</spiffworkflow:properties>")


def user(name: str, inside: str = "", **properties: str) -> str:
    return element("userTask", name, props(**properties) + inside)


def script(name: str, text: str) -> str:
    return element("scriptTask", name, f"<bpmn:script>{escape(text)}</bpmn:script>")


def service(name: str, operation: str, result: str = "", **parameters: str) -> str:
    inside = "".join(f'<spiffworkflow:parameter id="{key}" type="any" value={quoteattr(value)}/>'
                     for key, value in parameters.items())
    into = f' resultVariable="{result}"' if result else ""
    return element("serviceTask", name, extensions(
        f'<spiffworkflow:serviceTaskOperator id="{operation}"{into}><spiffworkflow:parameters>{inside}'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"))


def rule(name: str, decision: str) -> str:
    return element("businessRuleTask", name, extensions(
        f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"))


def call(name: str, process_id: str, inside: str = "") -> str:
    return element("callActivity", name, inside, calledElement=process_id)


def gateway(name: str, kind: str = "exclusive", default: str = "") -> str:
    return element(f"{kind}Gateway", name, **({"default": default} if default else {}))


def message_definition(message: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="m_{message}"/>'


def timer_definition(text: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def signal_definition(signal: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="s_{signal}"/>'


def error_definition(code: str) -> str:
    return f'<bpmn:errorEventDefinition errorRef="f_{code}"/>'


def escalation_definition(code: str) -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="k_{code}"/>'


def conditional_definition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>{escape(text)}</bpmn:condition>" \
           "</bpmn:conditionalEventDefinition>"


def start_event(name: str = "start", inside: str = "") -> str:
    return element("startEvent", name, inside)


def end_event(name: str = "end", inside: str = "") -> str:
    return element("endEvent", name, inside)


def terminate(name: str = "end") -> str:
    return end_event(name, "<bpmn:terminateEventDefinition/>")


def catch(name: str, inside: str) -> str:
    return element("intermediateCatchEvent", name, inside)


def throw(name: str, message: str, payload: str = "", **properties: str) -> str:
    said = f"<spiffworkflow:messagePayload>{escape(payload)}</spiffworkflow:messagePayload>" if payload else ""
    ours = "".join(f'<spiffworkflow:property name="{key}" value={quoteattr(value)}/>'
                   for key, value in properties.items())
    extra = f"<spiffworkflow:properties>{ours}</spiffworkflow:properties>" if ours else ""
    return element("intermediateThrowEvent", name, (extensions(extra, said) if extra or said else "")
                   + message_definition(message))


def boundary(name: str, on: str, inside: str, interrupting: bool = True) -> str:
    return element("boundaryEvent", name, inside, attachedToRef=on, cancelActivity="true" if interrupting else "false")


def many(collection: str = "", item: str = "", output: str = "", output_item: str = "", *, sequential: bool = False,
         cardinality: str = "", until: str = "") -> str:
    inside = ""
    if cardinality:
        inside += f"<bpmn:loopCardinality>{escape(cardinality)}</bpmn:loopCardinality>"
    if collection:
        inside += f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>"
    if output:
        inside += f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>"
    if item:
        inside += f'<bpmn:inputDataItem id="{item}" name="{item}"/>'
    if output_item:
        inside += f'<bpmn:outputDataItem id="{output_item}" name="{output_item}"/>'
    if until:
        inside += f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>"
    return (f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{inside}'
            "</bpmn:multiInstanceLoopCharacteristics>")


def connected(flows: str) -> str:
    """Sequence flows from lines like "a > b > c" and "g > c if x > 3"; flow ids are source_target."""
    written = []
    for line in (part.strip() for part in re.split(r"[;\n]", flows)):
        path, _, condition = line.partition(" if ")
        names = [name.strip() for name in path.split(" > ")] if line else []
        for source, target in pairwise(names):
            inside = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
            written.append(f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
                           f"{inside}</bpmn:sequenceFlow>\n")
    return "".join(written)


def sub_process(name: str, *inside: str, flows: str = "", extra: str = "") -> str:
    return element("subProcess", name, extra + "".join(inside) + connected(flows))


def event_process(name: str, begins: str, *inside: str, flows: str = "", interrupting: bool = True) -> str:
    """An event sub-process; *begins* is the event definition of its start event, which is called <name>_start."""
    start = element("startEvent", f"{name}_start", begins, isInterrupting="true" if interrupting else "false")
    return element("subProcess", name, start + "".join(inside) + connected(flows), triggeredByEvent="true")


def lanes(**of: str) -> str:
    inside = "".join(
        f'<bpmn:lane id="{name}" name="{name.upper()}">'
        + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes.split()) + "</bpmn:lane>"
        for name, nodes in of.items()
    )
    return f'<bpmn:laneSet id="lanes">{inside}</bpmn:laneSet>'


def process(name: str, *inside: str, flows: str = "") -> bytes:
    body = "".join(inside)
    roots = "".join(
        f'<bpmn:{kind} id="{letter}_{name}" name="{name}"{code and f" {code}={quoteattr(name)}"}/>\n'
        for kind, letter, code in (("message", "m", ""), ("signal", "s", ""), ("error", "f", "errorCode"),
                                   ("escalation", "k", "escalationCode"))
        for name in sorted(set(re.findall(rf'{kind}Ref="{letter}_(\w+)"', body)))
    )
    return (f'{_HEAD}{roots}<bpmn:process id="{name}" name="{name.upper()}" isExecutable="true">\n{body}'
            f"{connected(flows)}</bpmn:process>\n</bpmn:definitions>").encode()


DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(name: str, inputs: str, outputs: str, *rows: str, **said: Any) -> bytes:
    """A DMN file with one table, see `decision`."""
    return decisions(decision(name, inputs, outputs, *rows, **said))


def decisions(*parts: str, namespace: str = DMN, language: str = "") -> bytes:
    """A DMN file of decisions and other elements."""
    named = f' expressionLanguage="{language}"' if language else ""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="x" name="x" namespace="x"'
            f'{named}>' + "\n".join(parts) + "</definitions>").encode()


def decision(
    name: str, inputs: str, outputs: str, *rows: str, policy: str = "UNIQUE", aggregation: str = "",
    allowed: Mapping[str, str] | None = None, types: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None, requires: str = "", variable: str = "",
) -> str:
    """A decision with a table; inputs and outputs as "a; b", rows as 'cell | cell => out | out'.

    *allowed* values, *types* and *defaults* by column, *requires* as "#d1 #d2".
    """
    allowed, types, defaults = allowed or {}, types or {}, defaults or {}
    given = "".join(
        f'<input id="i{place}" label={quoteattr(text)}><inputExpression typeRef="{types.get(text, "")}"><text>'
        f'{escape(text)}</text></inputExpression>{_texts("inputValues", allowed.get(text))}</input>\n'
        for place, text in enumerate(part.strip() for part in inputs.split(";")))
    taken = "".join(
        f'<output id="o{place}" name="{text}" typeRef="{types.get(text, "")}">'
        f'{_texts("outputValues", allowed.get(text))}{_texts("defaultOutputEntry", defaults.get(text))}</output>\n'
        for place, text in enumerate(part.strip() for part in outputs.split(";")))
    rules = ""
    for place, row in enumerate(rows, 1):
        tests, _, results = row.rpartition("=>")
        cells = "".join(f"<inputEntry><text>{escape(cell.strip())}</text></inputEntry>" for cell in tests.split(" | "))
        cells += "".join(f"<outputEntry><text>{escape(cell.strip())}</text></outputEntry>"
                         for cell in results.split(" | "))
        rules += f'<rule id="r{place}"><description>row {place}</description>{cells}</rule>\n'
    how = f' aggregation="{aggregation}"' if aggregation else ""
    logic = f'<decisionTable id="t_{name}" hitPolicy="{policy}"{how}>{given}{taken}{rules}</decisionTable>'
    return _decision(name, requires, variable, logic)


def literal(name: str, text: str, requires: str = "", variable: str = "") -> str:
    """A decision that is an expression."""
    return _decision(name, requires, variable, f"<literalExpression><text>{escape(text)}</text></literalExpression>")


def _decision(name: str, requires: str, variable: str, logic: str) -> str:
    needs = "".join(f'<informationRequirement><requiredDecision href="{one}"/></informationRequirement>\n'
                    for one in requires.split())
    named = f'<variable name="{variable}"/>' if variable else ""
    return f'<decision id="{name}" name="{name}">{named}{needs}{logic}</decision>'


def _texts(name: str, text: str | None) -> str:
    return f"<{name}><text>{escape(text)}</text></{name}>" if text is not None else ""


def deployed(*diagrams: bytes, decisions: tuple[bytes, ...] = (), process_id: str | None = None) -> spiff.Specification:
    """The specification of these files; the first diagram's process is the one that runs."""
    found = re.search(rb'<bpmn:process id="(\w+)"', diagrams[0])
    name = process_id or (found.group(1).decode() if found else "p")
    key = sha256(b"".join((*diagrams, *decisions, name.encode()))).hexdigest()
    return spiff.specification(spiff.Bundle(key, name, diagrams, decisions))


def names_the_place(refusal: Invalid, source: bytes, where: str) -> None:
    """Assert that a refusal says in both languages which element of *source* it is about, and in which line that is."""
    (finding,) = refusal.findings
    assert finding.element == where
    assert finding.message.de == refusal.de != refusal.en == finding.message.en
    assert finding.line and f"{finding.line}" in finding.message.de
    assert f'id="{where}"'.encode() in source.splitlines()[finding.line - 1]


class Run:
    """One instance on its way, with a clock in its hand and everything that happened."""

    def __init__(self, spec: spiff.Specification, now: datetime = NOON, **handlers: Any) -> None:
        self.spec, self.now, self.handlers = spec, now, handlers
        self.step: spiff.Step
        self.path: list[str] = []

    def call(self, asked: spiff.ServiceCall) -> dict[str, Any]:
        answer = self.handlers.get(asked.operation.replace("/", "_"))
        return dict(answer(asked)) if callable(answer) else dict(answer or {})

    def start(self, data: Mapping[str, Any] | None = None, message: spiff.Arrival | None = None) -> "Run":
        return self._took(spiff.start(self.spec, data or {}, self.now, self.call, message))

    def complete(self, element: str, **answers: Any) -> "Run":
        """Complete the first open task of this element."""
        return self.complete_key(self.task(element).key, **answers)

    def complete_key(self, key: str, **answers: Any) -> "Run":
        return self._took(spiff.complete(self.spec, self.step.state, key, answers, self.now, self.call))

    def wake(self, **later: float) -> "Run":
        self.now += timedelta(**later)
        return self._took(spiff.wake(self.spec, self.step.state, self.now, self.call))

    def deliver(self, name: str, correlation: str | None = None, *, kind: Any = "message", **payload: Any) -> "Run":
        arrival = spiff.Arrival(name, correlation, payload, kind)
        return self._took(spiff.deliver(self.spec, self.step.state, arrival, self.now, self.call))

    def task(self, element: str) -> spiff.OpenTask:
        return next(task for task in self.step.open_tasks if task.element == element)

    @property
    def open(self) -> list[str]:
        return [task.element for task in self.step.open_tasks]

    @property
    def data(self) -> dict[str, Any]:
        return self.step.data

    def due(self, element: str) -> datetime | None:
        return next(timer.due_at for timer in self.step.timers if timer.element == element)

    def _took(self, step: spiff.Step) -> "Run":
        self.step = step
        self.path.extend(step.path)
        return self
