"""A process as a picture: BPMN drawn as one SVG file that needs no script, no font and nothing else from anywhere.

What is passed or worked on is told by thickness, dashes and a tick as well as by colour. Dark themes have their own
colours.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise

from engine.spiff import Diagram, Edge, Node, Shape
from web.picture_parts import (
    SCOPES,
    artefact,
    band,
    beside,
    block_at,
    circle,
    clean,
    is_frame,
    name_in,
    names_outside,
    number,
    outside,
    rect,
    turned,
)
from web.picture_signs import MARKERS, TASKS, event_sign, gateway_sign
from web.picture_text import fit

_MARGIN = 24.0

_STYLE = """
svg{--line:#171a2b;--paper:#fff;--tint:#f3f4f7;--rim:#6e7597;--done:#00674d;--now:#1a3da5;--now-paper:#dbe6ff}
@media (prefers-color-scheme:dark){svg{--line:#eceef4;--paper:#0b0d17;--tint:#1b1f30;--rim:#a5aac3;--done:#2cc69c;
--now:#9db8ff;--now-paper:#1d2b57}}
.ground{fill:var(--paper)}
.box,.ring,.pool,.lane{fill:var(--paper);stroke:var(--line);stroke-width:1.5}
.pool,.lane,.band{stroke:var(--rim);stroke-width:1}.band{fill:var(--tint)}.lane{fill:none}
.sub{fill:var(--paper);fill-opacity:.6}
.thick{stroke-width:4}.dashed{stroke-dasharray:6 4}.dotted{stroke-dasharray:1.5 3}.inner{fill:none}
.sign{fill:none;stroke:var(--line);stroke-width:1.2;stroke-linejoin:round;stroke-linecap:round}
.bold{stroke-width:2.4}.solid,.thrown .sign{fill:var(--line);stroke:none}
.flow{fill:none;stroke:var(--line);stroke-width:1.5;stroke-linejoin:round}
.message{stroke-dasharray:8 5}.association{stroke-dasharray:1.5 4;stroke-linecap:round}
.head{fill:var(--line)}.open{fill:var(--paper);stroke:var(--line)}
text{fill:var(--line);font-family:"Fira Sans",Arial,Helvetica,sans-serif}
.loose text{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.passed>.box,.passed>.ring{stroke:var(--done);stroke-width:3.5}
.passed>.flow{stroke:var(--done);stroke-width:4}.passed>.head{fill:var(--done)}
.tick circle{fill:var(--done)}.tick path{fill:none;stroke:var(--paper);stroke-width:2}
.active>.box,.active>.ring{fill:var(--now-paper)}
.halo{fill:none;stroke:var(--now);stroke-width:3.5;stroke-dasharray:9 5}
@media print{svg{--line:#000;--paper:#fff;--tint:#eee;--rim:#555}}
"""

_WORDS = {
    "de": (
        "Prozessdiagramm",
        "{count} Elemente.",
        "Bereits durchlaufen: {names}.",
        "Hier wird gerade gearbeitet: {names}.",
        "Zu diesem Prozess gehört keine Zeichnung.",
    ),
    "en": (
        "Process diagram",
        "{count} elements.",
        "Already passed: {names}.",
        "Being worked on: {names}.",
        "This process comes without a drawing.",
    ),
}

_ACTIVITIES = frozenset(TASKS) | {"task", "callActivity", "subProcess", "transaction", "adHocSubProcess"}
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})


def draw(
    diagram: Diagram,
    *,
    title: str = "",
    process: str | None = None,
    passed: Iterable[str] = (),
    active: Iterable[str] = (),
    language: str = "de",
) -> str:
    """Draw a diagram as an SVG document.

    *title* names the picture; without one the process's name does, that of *process* where the file holds several.
    *passed* are ids of elements passed, in their order, *active* ids of those being worked on; ids that are not drawn
    here are left out. *language* ("de", "en") is that of the description for people who do not see the picture.
    """
    return _Drawing(diagram, tuple(passed), frozenset(active)).document(_name(diagram, title, process), language)


def way(diagram: Diagram, passed: Iterable[str], active: Iterable[str] = ()) -> tuple[str, ...]:
    """The elements passed together with the flows between them that were surely taken.

    A flow counts as taken when both its ends were reached and nothing else explains it: its source had no choice, or
    its target has no other way in, or the two were passed one right after the other.
    """
    order = tuple(passed)
    seen, reached = frozenset(order), frozenset(order) | frozenset(active)
    kinds = {node.id: node.kind for node in diagram.nodes}
    left_early = {
        node.attached_to for node in diagram.nodes if node.attached_to and node.interrupting and node.id in seen
    }
    ways_in: dict[str, int] = {}
    for flow in diagram.flows:
        ways_in[flow.target] = ways_in.get(flow.target, 0) + 1
    neighbours = frozenset(pairwise(order))
    flows = tuple(
        flow.id
        for flow in diagram.flows
        if flow.id not in seen
        and flow.source in seen
        and flow.target in reached
        and (
            (kinds.get(flow.source) not in _CHOOSING and flow.source not in left_early)
            or ways_in[flow.target] == 1
            or (flow.source, flow.target) in neighbours
        )
    )
    return tuple(dict.fromkeys((*order, *flows)))


def _name(diagram: Diagram, title: str, process: str | None) -> str:
    found = [info for info in diagram.processes if process in (None, info.id)]
    return title or next((info.name or info.id for info in found), "")


class _Drawing:
    def __init__(self, diagram: Diagram, passed: tuple[str, ...], active: frozenset[str]) -> None:
        self.diagram = diagram
        self.passed = frozenset(way(diagram, passed, active))
        self.active = active
        self.nodes = {node.id: node for node in diagram.nodes}
        self.defaults = {node.default for node in diagram.nodes if node.default}
        self.conditional = {flow.id: flow.source for flow in diagram.flows if flow.condition}

    def document(self, name: str, language: str) -> str:
        words = _WORDS.get(language, _WORDS["de"])
        if not self.diagram.shapes:
            return _without_shapes(name or words[0], words[4], language)
        left, top, right, bottom = self._bounds()
        size = f'viewBox="{number(left)} {number(top)} {number(right - left)} {number(bottom - top)}"'
        body = "\n".join((*self._frames(), *self._edges(), *self._shapes(), *self._edge_labels()))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
            f'width="{number(right - left)}" height="{number(bottom - top)}" '
            f'role="img" aria-labelledby="title desc" lang="{escape(language)}">\n'
            f'<title id="title">{clean(name or words[0])}</title>\n<desc id="desc">{self._told(words)}</desc>\n'
            f"<style>{_STYLE}</style>\n"
            f'<rect class="ground" x="{number(left)}" y="{number(top)}" width="100%" height="100%"/>\n'
            f"{body}\n</svg>\n"
        )

    def _told(self, words: tuple[str, ...]) -> str:
        sentences = [words[1].format(count=len(self.diagram.nodes))]
        for ids, sentence in ((self.passed, words[2]), (self.active, words[3])):
            names = [node.name for node in self.diagram.nodes if node.id in ids and node.name]
            if names:
                sentences.append(sentence.format(names=", ".join(names)))
        return clean(" ".join(sentences))

    def _bounds(self) -> tuple[float, float, float, float]:
        boxes = [(s.x, s.y, s.x + s.width, s.y + s.height) for s in self.diagram.shapes]
        boxes += [(x, y, x, y) for edge in self.diagram.edges for x, y in edge.points]
        for shape in self.diagram.shapes:
            if names_outside(shape) and shape.name:
                x, y, block = outside(shape)
                boxes.append((x - block.width / 2, y, x + block.width / 2, y + block.height))
        for edge in self.diagram.edges:
            if edge.name:
                x, y, block = beside(edge)
                boxes.append((x - block.width / 2, y, x + block.width / 2, y + block.height))
        return (
            min(box[0] for box in boxes) - _MARGIN,
            min(box[1] for box in boxes) - _MARGIN,
            max(box[2] for box in boxes) + _MARGIN,
            max(box[3] for box in boxes) + _MARGIN,
        )

    # Pools, lanes and sub-processes lie below everything else, the larger below the smaller.

    def _frames(self) -> Iterator[str]:
        frames = [shape for shape in self.diagram.shapes if is_frame(shape)]
        for shape in sorted(frames, key=lambda one: -one.width * one.height):
            if shape.kind in SCOPES:
                yield self._group(shape.element, f"{rect(shape, 'box sub', 10)}{self._scope_extras(shape)}")
            elif shape.kind == "group":
                yield rect(shape, "lane dashed", 10) + block_at(
                    shape.x + shape.width / 2, shape.y + 4, name_in(shape, 20)
                )
            else:
                yield band(shape)

    def _scope_extras(self, shape: Shape) -> str:
        inner = ""
        if shape.kind == "transaction":
            inner = rect(shape, "box inner", 8, inset=3)
        name = block_at(shape.x + shape.width / 2, shape.y + 6, fit(shape.name, shape.width - 20, 30))
        return inner + name + self._markers(shape, self.nodes.get(shape.element))

    def _shapes(self) -> Iterator[str]:
        drawn = [shape for shape in self.diagram.shapes if not is_frame(shape)]
        # Events on the edge of an activity lie above it.
        for shape in sorted(drawn, key=lambda one: one.kind == "boundaryEvent"):
            yield self._group(shape.element, self._shape(shape))

    def _shape(self, shape: Shape) -> str:
        node = self.nodes.get(shape.element)
        if shape.kind in _ACTIVITIES:
            return self._activity(shape, node)
        if shape.kind.endswith("Event"):
            return self._event(shape, node) + self._outer_name(shape)
        if shape.kind.endswith("Gateway"):
            return self._gateway(shape) + self._outer_name(shape)
        return artefact(shape) + (self._outer_name(shape) if names_outside(shape) else "")

    def _activity(self, shape: Shape, node: Node | None) -> str:
        call = " thick" if shape.kind == "callActivity" else ""
        icon = TASKS.get(shape.kind, "")
        markers = self._markers(shape, node)
        above, below = (16.0 if icon else 0.0), (18.0 if markers else 0.0)
        text = fit(shape.name, shape.width - 12, shape.height - 8 - below)
        # Two lines stand free in the middle; more of them begin below the icon.
        if icon and text.height > shape.height - 2 * above - below - 8:
            text = fit(shape.name, shape.width - 12, shape.height - 8 - above - below)
            middle = shape.y + above + (shape.height - above - below) / 2 + 2
        else:
            middle = shape.y + (shape.height - below) / 2
        halo = rect(shape, "halo", 14, inset=-6) if shape.element in self.active else ""
        sign = f'<g transform="translate({number(shape.x + 6)} {number(shape.y + 6)})">{icon}</g>' if icon else ""
        name = block_at(shape.x + shape.width / 2, middle - text.height / 2, text)
        return f"{rect(shape, f'box{call}', 10)}{sign}{markers}{name}{halo}"

    def _markers(self, shape: Shape, node: Node | None) -> str:
        names = [node.multi] if node and node.multi in MARKERS else []
        if shape.kind == "callActivity" or (shape.kind in SCOPES and not shape.expanded):
            names.append("collapsed")
        if shape.kind == "adHocSubProcess":
            names.append("ad_hoc")
        start = shape.x + shape.width / 2 - len(names) * 9 + 2
        below = shape.y + shape.height - 17
        return "".join(
            f'<g transform="translate({number(start + place * 18)} {number(below)})">{MARKERS[name]}</g>'
            for place, name in enumerate(names)
        )

    def _event(self, shape: Shape, node: Node | None) -> str:
        x, y, radius = shape.x + shape.width / 2, shape.y + shape.height / 2, min(shape.width, shape.height) / 2
        edge = " thick" if shape.kind == "endEvent" else ""
        dashed = (
            " dashed"
            if node is not None and not node.interrupting and shape.kind in ("boundaryEvent", "startEvent")
            else ""
        )
        rings = circle(x, y, radius, f"ring{edge}{dashed}")
        if shape.kind not in ("startEvent", "endEvent"):
            rings += circle(x, y, radius - 4, f"ring inner{dashed}")
        scale = radius / 18
        sign = event_sign(shape.kind, node.event if node else None)
        halo = circle(x, y, radius + 6, "halo") if shape.element in self.active else ""
        place = f"translate({number(x - radius)} {number(y - radius)}) scale({number(scale, 3)})"
        return f'{rings}<g transform="{place}">{sign}</g>{halo}'

    def _gateway(self, shape: Shape) -> str:
        x, y, w, h = shape.x, shape.y, shape.width, shape.height
        corners = ((x + w / 2, y), (x + w, y + h / 2), (x + w / 2, y + h), (x, y + h / 2))
        diamond = "M" + "L".join(f"{number(across)} {number(down)}" for across, down in corners) + "z"
        place = f"translate({number(x)} {number(y)}) scale({number(w / 50, 3)} {number(h / 50, 3)})"
        halo = rect(shape, "halo", 6, inset=-5) if shape.element in self.active else ""
        return f'<path class="ring" d="{diamond}"/><g transform="{place}">{gateway_sign(shape.kind)}</g>{halo}'

    def _outer_name(self, shape: Shape) -> str:
        if not shape.name:
            return ""
        x, y, block = outside(shape)
        return f'<g class="loose">{block_at(x, y, block)}</g>'

    def _edges(self) -> Iterator[str]:
        # What was passed lies above what was not.
        for edge in sorted(self.diagram.edges, key=lambda one: one.element in self.passed):
            yield self._group(edge.element, self._edge(edge), tick=False)

    def _edge(self, edge: Edge) -> str:
        style = {"messageFlow": " message", "sequenceFlow": ""}.get(edge.kind, " association")
        line = f'<path class="flow{style}" d="M{"L".join(f"{number(x)} {number(y)}" for x, y in edge.points)}"/>'
        last, end = edge.points[-2:]
        if edge.kind == "sequenceFlow":
            return line + turned(*end, *last, '<path class="head" d="M0 0L-11 4.500L-11-4.500z"/>') + self._tail(edge)
        if edge.kind == "messageFlow":
            start = circle(*edge.points[0], 4, "open")
            return line + start + turned(*end, *last, '<path class="open" d="M0 0L-10 5L-10-5z"/>')
        directed = edge.kind != "association"
        return line + (turned(*end, *last, '<path class="sign" d="M-8 5L0 0L-8-5"/>') if directed else "")

    def _tail(self, edge: Edge) -> str:
        first, second = edge.points[:2]
        if edge.element in self.defaults:
            return turned(*first, *second, '<path class="sign bold" d="M-9 6L-15-6"/>')
        source = self.nodes.get(self.conditional.get(edge.element, ""))
        if source is not None and source.kind in _ACTIVITIES:
            return turned(*first, *second, '<path class="open" d="M0 0L-8 5L-16 0L-8-5z"/>')
        return ""

    def _edge_labels(self) -> Iterator[str]:
        for edge in self.diagram.edges:
            if edge.name:
                x, y, block = beside(edge)
                yield f'<g class="loose">{block_at(x, y, block)}</g>'

    def _group(self, element: str, content: str, tick: bool = True) -> str:
        classes = [name for name, ids in (("passed", self.passed), ("active", self.active)) if element in ids]
        mark = self._tick(element) if tick and "passed" in classes and "active" not in classes else ""
        named = f' class="{" ".join(classes)}"' if classes else ""
        return f'<g data-element="{clean(element)}"{named}>{content}{mark}</g>'

    def _tick(self, element: str) -> str:
        shape = next(one for one in self.diagram.shapes if one.element == element)
        right = shape.x + shape.width
        inside = 0.0 if shape.kind in _ACTIVITIES else min(shape.width, shape.height) * 0.1
        return (
            f'<g class="tick" transform="translate({number(right - inside)} {number(shape.y + inside)})">'
            '<circle r="8"/><path d="M-4 0l3 3 5-6"/></g>'
        )


def _without_shapes(name: str, sentence: str, language: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 80" width="480" height="80" role="img" '
        f'aria-labelledby="title desc" lang="{escape(language)}"><title id="title">{clean(name)}</title>'
        f'<desc id="desc">{clean(sentence)}</desc><style>{_STYLE}</style><rect class="ground" width="480" height="80"/>'
        f'<text x="240" y="46" font-size="16" text-anchor="middle">{clean(sentence)}</text></svg>\n'
    )
