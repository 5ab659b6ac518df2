"""A diagram as plain values: its elements, flows, lanes and drawing, in the order of the file.

picture.py makes them of a file; rules, tables and drawings are made from them.
"""

from dataclasses import dataclass, field

from engine.spiff.details import (
    Association,
    CorrelationKey,
    CorrelationProperty,
    Details,
    Named,
    Participant,
    Subscription,
)
from engine.spiff.dialects import Foreign
from engine.spiff.drawing import Edge, Shape
from engine.spiff.schema import Deviation


@dataclass(frozen=True)
class ProcessInfo:
    id: str
    name: str
    executable: bool
    line: int
    documentation: str
    said: str | None = None
    """what isExecutable says, None where it says nothing"""
    properties: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Node:
    """A flow node. `kind` is its BPMN name, `event` timer, message, … or None, `multi` parallel, sequential, loop."""

    id: str
    kind: str
    name: str
    process: str
    parent: str | None
    """the sub-process it is drawn in, if any"""
    lane: str | None
    line: int
    properties: dict[str, str] = field(hash=False)
    documentation: str
    event: str | None
    message: str | None
    """the id of the message it throws or catches"""
    timer: str | None
    """the text of its timer"""
    attached_to: str | None
    interrupting: bool
    called: str | None
    """the called process, decision or service operation"""
    default: str | None
    multi: str | None
    triggered: bool = False
    """whether it is an event sub-process"""
    cycle: bool = False
    """whether its timer is drawn as a cycle (timeCycle)"""
    details: Details = field(default_factory=Details)

    @property
    def repeats(self) -> bool:
        """Whether its timer comes again and again: only beside something that goes on does the engine repeat one."""
        return self.cycle and self.kind in ("boundaryEvent", "startEvent") and not self.interrupting


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    name: str
    condition: str | None
    process: str
    line: int
    parent: str | None = None
    """the sub-process it is drawn in, if any"""


@dataclass(frozen=True)
class Lane:
    id: str
    name: str
    process: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Extra:
    """An element that is neither flow node nor flow and that the engine may not be able to run."""

    id: str
    kind: str
    line: int
    owner: str = ""
    """the id of the element it stands in"""
    process: str = ""
    """the process it stands in, if any"""


@dataclass(frozen=True)
class Diagram:
    """One BPMN file as plain values, in the order of the file."""

    file: str
    processes: tuple[ProcessInfo, ...]
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    lanes: tuple[Lane, ...]
    messages: dict[str, str] = field(hash=False)
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    extras: tuple[Extra, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    named: dict[str, Named] = field(default_factory=dict, hash=False)
    """messages, signals, errors and escalations by id"""
    associations: tuple[Association, ...] = ()
    participants: tuple[Participant, ...] = ()
    keys: tuple[CorrelationKey, ...] = ()
    correlations: tuple[CorrelationProperty, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    misplaced: tuple[Extra, ...] = ()
    """what stands where it has no meaning: a flow inside a task, an event's definition outside an event"""
    lost: tuple[Association, ...] = ()
    """references to data that the file does not hold"""
    deviations: tuple[Deviation, ...] = ()
    """where the file departs from the schema"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {node.id: node for node in self.nodes})
        leaving: dict[str, list[Flow]] = {}
        entering: dict[str, list[Flow]] = {}
        attached: dict[str, list[Node]] = {}
        inside: dict[str, list[Node]] = {}
        for flow in self.flows:
            leaving.setdefault(flow.source, []).append(flow)
            entering.setdefault(flow.target, []).append(flow)
        for node in self.nodes:
            if node.attached_to and node.kind == "boundaryEvent":
                attached.setdefault(node.attached_to, []).append(node)
            if node.parent:
                inside.setdefault(node.parent, []).append(node)
        object.__setattr__(self, "_leaving", leaving)
        object.__setattr__(self, "_entering", entering)
        object.__setattr__(self, "_attached", attached)
        object.__setattr__(self, "_inside", inside)

    def node(self, element: str) -> Node | None:
        """The node with this id, if there is one."""
        by_id: dict[str, Node] = self._by_id  # type: ignore[attr-defined]  # set in __post_init__, frozen
        return by_id.get(element)

    def leaving(self, element: str) -> list[Flow]:
        """The flows that leave a node, in the order of the file."""
        leaving: dict[str, list[Flow]] = self._leaving  # type: ignore[attr-defined]  # set in __post_init__, frozen
        return leaving.get(element, [])

    def entering(self, element: str) -> list[Flow]:
        """The flows that lead to a node, in the order of the file."""
        entering: dict[str, list[Flow]] = self._entering  # type: ignore[attr-defined]  # set in __post_init__, frozen
        return entering.get(element, [])

    def attached(self, element: str) -> list[Node]:
        """The boundary events of an activity."""
        attached: dict[str, list[Node]] = self._attached  # type: ignore[attr-defined]  # set in __post_init__, frozen
        return attached.get(element, [])

    def inside(self, element: str) -> list[Node]:
        """The nodes that stand directly in a sub-process."""
        inside: dict[str, list[Node]] = self._inside  # type: ignore[attr-defined]  # set in __post_init__, frozen
        return inside.get(element, [])
