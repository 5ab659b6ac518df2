"""How a diagram is drawn: the boxes and lines of its file, as values."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from engine.spiff.details import is_true

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DD = "http://www.omg.org/spec/DD/20100524/DI"
_DRAWN_TOO = frozenset({
    "textAnnotation", "dataObjectReference", "dataStoreReference", "participant", "lane", "group", "dataInput",
    "dataOutput",
})
_EDGES = frozenset({"sequenceFlow", "messageFlow", "association", "dataInputAssociation", "dataOutputAssociation"})

Kinds = dict[str, tuple[str, str]]
"""The kind and the name of every element of a file by its id."""


@dataclass(frozen=True)
class Shape:
    element: str
    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float
    expanded: bool
    horizontal: bool
    label: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Edge:
    element: str
    kind: str
    name: str
    points: tuple[tuple[float, float], ...]
    label: tuple[float, float, float, float] | None


def shapes(root: Any, kinds: Kinds, nodes: Collection[str]) -> Iterator[Shape]:
    """The boxes of elements whose kind is one of *nodes*, and of what stands beside them."""
    for shape in root.iter(f"{{{_DI}}}BPMNShape"):
        bounds = shape.find(f"{{{_DC}}}Bounds")
        element = shape.get("bpmnElement", "")
        if bounds is None or element not in kinds:
            continue
        kind, name = kinds[element]
        if kind in nodes or kind in _DRAWN_TOO:
            yield Shape(element, kind, name, *_box(bounds), is_true(shape, "isExpanded", True),
                        is_true(shape, "isHorizontal", True), _label(shape))


def edges(root: Any, kinds: Kinds) -> Iterator[Edge]:
    """The lines of flows and associations."""
    for edge in root.iter(f"{{{_DI}}}BPMNEdge"):
        element = edge.get("bpmnElement", "")
        kind, name = kinds.get(element, ("", ""))
        points = tuple((_number(point, "x"), _number(point, "y")) for point in edge.findall(f"{{{_DD}}}waypoint"))
        if kind in _EDGES and len(points) > 1:
            yield Edge(element, kind, name, points, _label(edge))


def _label(drawn: Any) -> tuple[float, float, float, float] | None:
    bounds = drawn.find(f"{{{_DI}}}BPMNLabel/{{{_DC}}}Bounds")
    return _box(bounds) if bounds is not None else None


def _box(bounds: Any) -> tuple[float, float, float, float]:
    return _number(bounds, "x"), _number(bounds, "y"), _number(bounds, "width"), _number(bounds, "height")


def _number(node: Any, name: str) -> float:
    try:
        value = float(node.get(name, 0))
    except ValueError:
        return 0.0
    return value if abs(value) < 1e7 else 0.0
