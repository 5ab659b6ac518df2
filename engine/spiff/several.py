"""Events with several event definitions (BPMN 2.0.2, 10.5): each definition gets an event of its own.

The made events wait or throw, `c.1` for the first definition of `c`; the drawn
one passes on, and so is in the path once, when it happens.
"""

from typing import Any

from engine.errors import Invalid
from engine.spiff.details import is_true
from engine.spiff.picture import event_definitions, is_compensation, is_event_process, refused
from engine.spiff.tree import arriving, becomes, connect, copy, kind_of, make, nodes, scopes, tag

_LAST = ("compensate", "escalation", "error", "cancel", "terminate")
"""What may put an end to whatever comes behind it is thrown after all else."""
_ENDS_ONLY = ("error", "cancel", "terminate")


def several_definitions(root: Any) -> None:
    """An event with several definitions becomes one event a definition, before the drawn one.

    Catching (10.5.2 to 10.5.4): any one of them is enough.  An intermediate
    event becomes an event-based gateway `c.first` before the events `c.1`,
    `c.2`; behind another event-based gateway they join its events.  An event at
    the edge of an activity becomes several there, a start event several start
    events.  Where an intermediate event is *parallelMultiple*, all of them are
    needed: the gateway `c.all` parts, `c.met` joins.

    Throwing (10.5.3, 10.5.4): all are thrown, one after the other, what may end
    the scope last.  An end event ends with the last of them.

    Not done: a start event or one at an edge that needs all of its triggers,
    and event sub-processes with several.
    """
    for node in [node for scope in scopes(root) for node in nodes(scope) if kind_of(node).endswith("Event")]:
        if len(event_definitions(node)) < 2:
            continue
        kind = kind_of(node)
        if kind in ("intermediateThrowEvent", "endEvent"):
            _throws(node)
        elif is_compensation(node):
            raise _cannot(node, "eine Kompensation wartet nicht neben anderen", "compensation does not wait beside "
                          "others")
        elif kind == "intermediateCatchEvent" and is_true(node, "parallelMultiple"):
            _waits_for_all(node)
        elif is_true(node, "parallelMultiple"):
            raise _cannot(node, "mehrere Auslöser zugleich können einen Prozess nicht beginnen und keine Aktivität "
                          "unterbrechen", "several triggers at once can neither start a process nor interrupt an "
                          "activity")
        elif kind == "startEvent" and is_event_process(node.getparent()):
            raise _cannot(node, "zeichnen Sie für jeden Auslöser einen eigenen Ereignis-Teilprozess",
                          "draw an event sub-process of its own for each trigger")
        elif kind == "intermediateCatchEvent":
            _waits_for_first(node)
        else:
            _beside_each_other(node)


def _waits_for_first(node: Any) -> None:
    made = _one_each(node)
    elsewhere = []
    for flow in arriving(node):
        source = next((one for one in nodes(node.getparent()) if one.get("id") == flow.get("sourceRef")), None)
        if source is not None and kind_of(source) == "eventBasedGateway":
            flow.set("targetRef", made[0].get("id"))
            for event in made[1:]:
                connect(source.get("id"), event.get("id"), flow)
        else:
            elsewhere.append(flow)
    if elsewhere:
        _part(node, "eventBasedGateway", "first", made, elsewhere)
    for event in made:
        connect(event.get("id"), node.get("id"), node)
    becomes(node, "intermediateThrowEvent")


def _waits_for_all(node: Any) -> None:
    made, join = _one_each(node), make("parallelGateway", "met", node)
    _part(node, "parallelGateway", "all", made, arriving(node))
    for event in made:
        connect(event.get("id"), join.get("id"), node)
    connect(join.get("id"), node.get("id"), node)
    becomes(node, "intermediateThrowEvent")


def _beside_each_other(node: Any) -> None:
    for event in _one_each(node):
        connect(event.get("id"), node.get("id"), node)
    becomes(node, "intermediateThrowEvent")


def _throws(node: Any) -> None:
    definitions = sorted(event_definitions(node), key=_rank)
    if len([one for one in definitions if _name(one) in _ENDS_ONLY]) > 1:
        raise _cannot(node, "nur eine davon kann den Ablauf beenden", "only one of them can end it")
    coming = arriving(node)
    before = None
    for number, kept in enumerate(definitions[:-1], 1):
        event = copy(node, str(number))
        _keep(event, event_definitions(node).index(kept))
        event.tag = tag("intermediateThrowEvent")
        if before is None:
            for flow in coming:
                flow.set("targetRef", event.get("id"))
        else:
            connect(before, event.get("id"), node)
        before = event.get("id")
    connect(str(before), node.get("id"), node)
    _keep(node, event_definitions(node).index(definitions[-1]))


def _part(node: Any, kind: str, suffix: str, made: list[Any], coming: list[Any]) -> None:
    gateway = make(kind, suffix, node)
    for flow in coming:
        flow.set("targetRef", gateway.get("id"))
    for event in made:
        connect(gateway.get("id"), event.get("id"), node)


def _one_each(node: Any) -> list[Any]:
    made = []
    for place in range(len(event_definitions(node))):
        event = copy(node, str(place + 1))
        event.attrib.pop("parallelMultiple", None)
        _keep(event, place)
        made.append(event)
    return made


def _keep(node: Any, place: int) -> None:
    for number, definition in enumerate(event_definitions(node)):
        if number != place:
            node.remove(definition)


def _name(definition: Any) -> str:
    return kind_of(definition).removesuffix("EventDefinition")


def _rank(definition: Any) -> int:
    return _LAST.index(_name(definition)) if _name(definition) in _LAST else -1


def _cannot(node: Any, de: str, en: str) -> Invalid:
    return refused(
        "Das Ereignis „{element}“ hat mehrere Ereignisdefinitionen: {warum} (Zeile {line}).",
        "The event “{element}” has several event definitions: {why} (line {line}).", "", node,
        warum=de, why=en)
