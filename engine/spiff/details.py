"""What a diagram says about an element beside its kind and its flows: events, loops, texts to be worked out, names.

picture.py gathers it; the rules about diagrams ask for it.  Everything is
taken as it is drawn, however wrong it may be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_REFERENCES = ("messageRef", "signalRef", "errorRef", "escalationRef", "activityRef")
_NAMED = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
_DATA_ENDS = ("sourceRef", "targetRef", "dataInputRefs", "dataOutputRefs", "loopDataInputRef", "loopDataOutputRef")
_NEEDED = {"property": ("name", "value"), "parameter": ("id", "type", "value"), "serviceTaskOperator": ("id",)}
_EVENTS_OF_ALL = ("oneBehaviorEventRef", "noneBehaviorEventRef")


@dataclass(frozen=True)
class Definition:
    """What an event waits for or brings about."""

    id: str
    kind: str
    """message, timer, signal, error, escalation, conditional, link, compensate, cancel or terminate"""
    line: int
    ref: str | None = None
    """the id of the message, signal, error, escalation or activity it names"""
    text: str | None = None
    """a timer's time, a condition, the name of a link"""
    tag: str = ""
    """of a timer timeDate, timeDuration or timeCycle"""
    waits: bool = True
    """whether a compensation is waited for"""
    shared: bool = False
    """whether it stands for itself in the file and the event only names it (eventDefinitionRef)"""


@dataclass(frozen=True)
class Expression:
    """A text that the sandbox will work out."""

    role: str
    """condition, timer, script, preScript, postScript, body, assignee, payload, correlation, parameter, loopCondition,
    loopCardinality, completionCondition"""
    text: str
    line: int
    script: bool = False
    """whether it is a script, not one expression"""


@dataclass(frozen=True)
class Loop:
    """How often an activity is done."""

    kind: str
    """parallel, sequential or loop"""
    line: int
    cardinality: str | None = None
    collection: str | None = None
    output: str | None = None
    item: str | None = None
    output_item: str | None = None
    behavior: str = "All"
    event: str | None = None
    """the event that `behavior` names"""
    maximum: str | None = None
    condition: str | None = None


@dataclass(frozen=True)
class Details:
    """What is said of one flow node; every part may be missing."""

    definitions: tuple[Definition, ...] = ()
    lost: tuple[str, ...] = ()
    """event definitions it names that the file does not hold"""
    parallel_multiple: bool = False
    expressions: tuple[Expression, ...] = ()
    loop: Loop | None = None
    start_quantity: str = "1"
    completion_quantity: str = "1"
    direction: str = "Unspecified"
    """of a gateway"""
    gateway_type: str = "Exclusive"
    """of an event-based gateway"""
    instantiates: bool = False
    for_compensation: bool = False
    script_format: str = ""
    result: str | None = None
    """where a service's result is kept"""
    incomplete: tuple[tuple[str, str, int], ...] = ()
    """extensions of ours that lack an attribute: what it is, the attribute, the line"""
    cancels: str | None = None
    """what cancelActivity or isInterrupting says, None where it says nothing"""


@dataclass(frozen=True)
class Named:
    """A message, signal, error or escalation that events refer to."""

    id: str
    kind: str
    name: str
    code: str
    """the code of an error or escalation, the name of a message or signal"""
    line: int
    payload: str = ""
    """the expression that says what it carries"""


@dataclass(frozen=True)
class Association:
    """A dotted line, a message flow between pools, or a reference to data."""

    id: str
    kind: str
    """association, messageFlow, dataObjectReference or dataStoreReference"""
    source: str
    target: str
    line: int


@dataclass(frozen=True)
class CorrelationProperty:
    """One part of a correlation key: for each message where its value stands in it."""

    id: str
    name: str
    line: int
    paths: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class CorrelationKey:
    id: str
    name: str
    line: int
    properties: tuple[str, ...]
    """the ids of its correlation properties"""


@dataclass(frozen=True)
class Subscription:
    """What a process says its messages are told apart by."""

    id: str
    process: str
    key: str
    line: int
    paths: tuple[str, ...]
    """the expressions that say where in the process data the value of each property is kept"""


@dataclass(frozen=True)
class Participant:
    id: str
    name: str
    process: str | None
    line: int


def details(node: Any, shared: Mapping[str, Any]) -> Details:
    """What is said of a flow node; *shared* are the event definitions that stand for themselves, by id."""
    definitions, lost = _definitions(node, shared)
    operator = node.find(f"{_b('extensionElements')}/{{{_SPIFF}}}serviceTaskOperator")
    return Details(
        definitions=tuple(definitions), lost=tuple(lost), parallel_multiple=is_true(node, "parallelMultiple"),
        expressions=tuple(_expressions(node, definitions, operator)), loop=_loop(node),
        start_quantity=node.get("startQuantity", "1"), completion_quantity=node.get("completionQuantity", "1"),
        direction=node.get("gatewayDirection", "Unspecified"), gateway_type=node.get("eventGatewayType", "Exclusive"),
        instantiates=is_true(node, "instantiate"), for_compensation=is_true(node, "isForCompensation"),
        script_format=node.get("scriptFormat", ""),
        incomplete=tuple(_incomplete(node)),
        result=(operator.get("resultVariable") or None) if operator is not None else None,
        cancels=node.get("cancelActivity", node.get("isInterrupting")),
    )


def is_true(node: Any, name: str, otherwise: bool = False) -> bool:
    """An attribute of the schema's type xsd:boolean, which may be said by a word or a number."""
    said = node.get(name)
    return otherwise if said is None else said.strip() in ("true", "1")


def shared_definitions(root: Any) -> dict[str, Any]:
    """The event definitions that stand for themselves in the file, by id."""
    return {item.get("id", ""): item for item in root
            if isinstance(item.tag, str) and item.tag.endswith("EventDefinition")}


def referred_definition(reference: Any) -> Any | None:
    """The event definition of the file that an eventDefinitionRef names, if there is one."""
    return shared_definitions(reference.getroottree().getroot()).get(_local(reference.text))


def idle_data(root: Any) -> list[Any]:
    """Data objects and data stores that nothing reads or writes: they only tell the reader what it is about."""
    used = {(end.text or "").strip() for end in root.iter(*map(_b, _DATA_ENDS))}
    references = list(root.iter(_b("dataObjectReference"), _b("dataStoreReference")))
    used |= {item.get(name, "") for item in references if item.get("id") in used
             for name in ("dataObjectRef", "dataStoreRef")}
    return [item for item in (*references, *root.iter(_b("dataObject"), _b("dataStore"))) if item.get("id") not in used]


def named(root: Any) -> dict[str, Named]:
    """Every message, signal, error and escalation of the file by its id."""
    return {
        item.get("id", ""): Named(
            item.get("id", ""), kind, item.get("name", ""), item.get(code, ""), item.sourceline,
            (item.findtext(f"{_b('extensionElements')}/{{{_SPIFF}}}payloadExpression") or "").strip())
        for kind, code in _NAMED.items() for item in root.findall(_b(kind))
    }


def associations(root: Any) -> Iterator[Association]:
    """The associations and message flows of the file."""
    for item in root.iter(_b("association"), _b("messageFlow")):
        yield Association(item.get("id", ""), etree.QName(item).localname, _local(item.get("sourceRef")),
                          _local(item.get("targetRef")), item.sourceline)


def participants(root: Any) -> Iterator[Participant]:
    """The pools of the file."""
    for item in root.iter(_b("participant")):
        yield Participant(item.get("id", ""), item.get("name") or item.get("id", ""),
                          _local(item.get("processRef")) or None, item.sourceline)


def correlation_properties(root: Any) -> Iterator[CorrelationProperty]:
    """What messages are told apart by, and where it stands in each."""
    for item in root.findall(_b("correlationProperty")):
        paths = {}
        for retrieval in item.findall(_b("correlationPropertyRetrievalExpression")):
            said = (child for child in retrieval if isinstance(child.tag, str))
            paths[_local(retrieval.get("messageRef"))] = next(
                ((one.text or "").strip() for one in said if etree.QName(one).localname in _PATHS), "")
        yield CorrelationProperty(item.get("id", ""), item.get("name") or item.get("id", ""), item.sourceline, paths)


_PATHS = ("messagePath", "formalExpression")  # the schema's, and what bpmn-js writes


def correlation_keys(root: Any) -> Iterator[CorrelationKey]:
    """The correlation keys of the file's conversations."""
    for item in root.iter(_b("correlationKey")):
        yield CorrelationKey(item.get("id", ""), item.get("name") or item.get("id", ""), item.sourceline,
                             tuple(_local(one.text) for one in item.findall(_b("correlationPropertyRef"))))


def subscriptions(root: Any) -> Iterator[Subscription]:
    """Which key each process subscribes to."""
    for process in root.findall(_b("process")):
        for item in process.findall(_b("correlationSubscription")):
            bindings = item.findall(_b("correlationPropertyBinding"))
            yield Subscription(item.get("id", ""), process.get("id", ""), _local(item.get("correlationKeyRef")),
                               item.sourceline, tuple(_text(one, "dataPath") or "" for one in bindings))


def lost_data(root: Any) -> Iterator[Association]:
    """References to a data object or store that the file does not hold."""
    there = {item.get("id") for item in root.iter(_b("dataObject"), _b("dataStore"))}
    for item in root.iter(_b("dataObjectReference"), _b("dataStoreReference")):
        name = _local(item.get("dataObjectRef") or item.get("dataStoreRef"))
        if name and name not in there:
            yield Association(item.get("id", ""), etree.QName(item).localname, item.get("id", ""), name,
                              item.sourceline)


def _definitions(node: Any, shared: Mapping[str, Any]) -> tuple[list[Definition], list[str]]:
    found, lost = [], []
    for child in node:
        if not isinstance(child.tag, str):
            continue
        if child.tag == _b("eventDefinitionRef"):
            name = _local(child.text)
            if name in shared:
                found.append(_definition(shared[name], is_shared=True))
            else:
                lost.append(name)
        elif child.tag.endswith("EventDefinition") and child.tag.startswith(f"{{{BPMN}}}"):
            found.append(_definition(child))
    return found, lost


def _definition(item: Any, *, is_shared: bool = False) -> Definition:
    kind = etree.QName(item).localname.removesuffix("EventDefinition")
    ref = next((_local(item.get(name)) for name in _REFERENCES if item.get(name)), None)
    texts = {"timer": ("timeDate", "timeDuration", "timeCycle"), "conditional": ("condition",)}.get(kind, ())
    said = next((child for child in item if isinstance(child.tag, str)
                 and etree.QName(child).localname in texts), None)
    text = item.get("name") if kind == "link" else (said.text or "").strip() if said is not None else None
    return Definition(item.get("id", ""), kind, said.sourceline if said is not None else item.sourceline, ref, text,
                      etree.QName(said).localname if said is not None else "",
                      is_true(item, "waitForCompletion", True), is_shared)


def _expressions(node: Any, definitions: list[Definition], operator: Any) -> Iterator[Expression]:
    for one in definitions:
        if one.kind in ("timer", "conditional") and one.text:
            yield Expression("timer" if one.kind == "timer" else "condition", one.text, one.line)
    script = node.find(_b("script"))
    if script is not None:
        yield Expression("script", script.text or "", script.sourceline, script=True)
    for tag in ("loopCardinality", "completionCondition", "loopCondition"):
        for item in node.iterfind(f"*/{_b(tag)}"):
            yield Expression(tag, (item.text or "").strip(), item.sourceline)
    extensions = node.find(_b("extensionElements"))
    if extensions is None:
        return
    for tag in ("preScript", "postScript"):
        for item in extensions.findall(f"{{{_SPIFF}}}{tag}"):
            yield Expression(tag, item.text or "", item.sourceline, script=True)
    for item in extensions.findall(f"{{{_SPIFF}}}messagePayload"):
        yield Expression("payload", (item.text or "").strip(), item.sourceline)
    for item in extensions.findall(f"{{{_SPIFF}}}properties/{{{_SPIFF}}}property"):
        if item.get("name") in ("body", "assignee", "correlation"):
            yield Expression(item.get("name"), item.get("value", ""), item.sourceline)
    if operator is not None:
        for item in operator.iter(f"{{{_SPIFF}}}parameter"):
            yield Expression("parameter", item.get("value", ""), item.sourceline)


def _incomplete(node: Any) -> Iterator[tuple[str, str, int]]:
    extensions = node.find(_b("extensionElements"))
    for tag, attributes in _NEEDED.items() if extensions is not None else ():
        for item in extensions.iter(f"{{{_SPIFF}}}{tag}"):
            yield from ((tag, name, item.sourceline) for name in attributes if item.get(name) is None)


def _loop(node: Any) -> Loop | None:
    item = node.find(_b("standardLoopCharacteristics"))
    if item is not None:
        return Loop("loop", item.sourceline, maximum=item.get("loopMaximum"), condition=_text(item, "loopCondition"))
    item = node.find(_b("multiInstanceLoopCharacteristics"))
    if item is None:
        return None
    taken, given = item.find(_b("inputDataItem")), item.find(_b("outputDataItem"))
    return Loop(
        "sequential" if is_true(item, "isSequential") else "parallel", item.sourceline,
        _text(item, "loopCardinality"), _text(item, "loopDataInputRef"), _text(item, "loopDataOutputRef"),
        (taken.get("id") or taken.get("name")) if taken is not None else None,
        (given.get("id") or given.get("name")) if given is not None else None,
        item.get("behavior", "All"), next((item.get(name) for name in _EVENTS_OF_ALL if item.get(name)), None),
        condition=_text(item, "completionCondition"),
    )


def _text(item: Any, tag: str) -> str | None:
    found = item.find(_b(tag))
    return (found.text or "").strip() if found is not None else None


def _local(name: str | None) -> str:
    """A QName without its prefix: ids are looked for in this file alone."""
    return (name or "").strip().rpartition(":")[2]


def _b(name: str) -> str:
    return f"{{{BPMN}}}{name}"
