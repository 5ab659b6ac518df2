"""The parts a drawing of a process is put together from, as SVG text."""

from html import escape
from itertools import pairwise
from math import hypot

from engine.spiff import Edge, Shape
from web.picture_text import LINE, Block, fit

SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
_BAND = 30.0
"""Width of the strip with the name of a pool or lane."""
_LABEL = 96.0
"""Width that names outside their shape are wrapped to."""


def is_frame(shape: Shape) -> bool:
    return shape.kind in ("participant", "lane", "group") or (shape.kind in SCOPES and shape.expanded)


def names_outside(shape: Shape) -> bool:
    return shape.kind.endswith(("Event", "Gateway")) or shape.kind in (
        "dataObjectReference",
        "dataStoreReference",
        "dataInput",
        "dataOutput",
    )


def outside(shape: Shape) -> tuple[float, float, Block]:
    """Middle and top of the name below or beside a shape, and its lines."""
    if shape.label is None:
        return shape.x + shape.width / 2, shape.y + shape.height + 4, fit(shape.name, _LABEL, 90, 11)
    x, y, across, down = shape.label
    return x + across / 2, y, fit(shape.name, max(across, _LABEL), max(down, 90), 11)


def beside(edge: Edge) -> tuple[float, float, Block]:
    """Middle and top of the name at a flow: where the drawing says, else above the middle of its longest part."""
    if edge.label is not None:
        x, y, across, down = edge.label
        return x + across / 2, y, fit(edge.name, max(across, _LABEL), max(down, 60), 11)
    parts = pairwise(edge.points)
    (x1, y1), (x2, y2) = max(parts, key=lambda part: hypot(part[1][0] - part[0][0], part[1][1] - part[0][1]))
    block = fit(edge.name, _LABEL, 60, 11)
    return (x1 + x2) / 2, (y1 + y2) / 2 - block.height - 4, block


def name_in(shape: Shape, down: float) -> Block:
    return fit(shape.name, shape.width - 12, down)


def band(shape: Shape) -> str:
    """A pool or lane: its frame, and its name in a strip along its side."""
    kind = "pool" if shape.kind == "participant" else "lane"
    frame = rect(shape, kind, 0)
    if shape.kind == "participant" and not shape.expanded:
        block = name_in(shape, shape.height - 8)
        return frame + block_at(shape.x + shape.width / 2, shape.y + (shape.height - block.height) / 2, block)
    corner = f'class="band" x="{number(shape.x)}" y="{number(shape.y)}"'
    if not shape.horizontal:
        strip = f'<rect {corner} width="{number(shape.width)}" height="{number(_BAND)}"/>'
        block = name_in(shape, _BAND - 4)
        return frame + strip + block_at(shape.x + shape.width / 2, shape.y + (_BAND - block.height) / 2, block)
    strip = f'<rect {corner} width="{number(_BAND)}" height="{number(shape.height)}"/>'
    block = fit(shape.name, shape.height - 8, _BAND - 2)
    rotated = (
        f'transform="rotate(-90) translate({number(-(shape.y + shape.height / 2))} {number(shape.x + _BAND / 2)})"'
    )
    return f"{frame}{strip}<g {rotated}>{block_at(0, -block.height / 2, block)}</g>"


def artefact(shape: Shape) -> str:
    """Notes and data; whatever is not known is a dashed box with its name, never left out."""
    x, y, w, h = shape.x, shape.y, shape.width, shape.height
    if shape.kind == "textAnnotation":
        corner = f'<path class="sign" d="M{number(x + 10)} {number(y)}H{number(x)}V{number(y + h)}H{number(x + 10)}"/>'
        return corner + block_at(x + 8, y + 5, fit(shape.name, w - 14, h - 8, 12), anchor="start")
    if shape.kind in ("dataObjectReference", "dataInput", "dataOutput"):
        sheet = f"M{number(x)} {number(y)}h{number(w - 10)}l10 10v{number(h - 10)}h-{number(w)}z"
        return f'<path class="ring" d="{sheet} m{number(w - 10)} 0v10h10"/>'
    if shape.kind == "dataStoreReference":
        rim = f"a{number(w / 2)} 7 0 0 {{}} {{}}{number(w)} 0"
        return (
            f'<path class="ring" d="M{number(x)} {number(y + 7)}{rim.format(1, "")}v{number(h - 14)}'
            f"{rim.format(1, '-')}z "
            f'M{number(x)} {number(y + 7)}{rim.format(0, "")}"/>'
        )
    block = name_in(shape, h - 8)
    return rect(shape, "box dashed", 0) + block_at(x + w / 2, y + (h - block.height) / 2, block)


def rect(shape: Shape, classes: str, radius: float, inset: float = 0) -> str:
    return (
        f'<rect class="{classes}" x="{number(shape.x + inset)}" y="{number(shape.y + inset)}" '
        f'width="{number(shape.width - 2 * inset)}" height="{number(shape.height - 2 * inset)}" rx="{number(radius)}"/>'
    )


def circle(x: float, y: float, radius: float, classes: str) -> str:
    return f'<circle class="{classes}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'


def turned(x: float, y: float, from_x: float, from_y: float, mark: str) -> str:
    """A mark drawn for a line that ends at the origin coming from the left, moved and turned to where it belongs."""
    length = hypot(x - from_x, y - from_y) or 1.0
    cos, sin = (x - from_x) / length, (y - from_y) / length
    place = f"{number(cos, 3)} {number(sin, 3)} {number(-sin, 3)} {number(cos, 3)} {number(x)} {number(y)}"
    return mark.replace("/>", f' transform="matrix({place})"/>')


def block_at(x: float, top: float, block: Block, anchor: str = "middle") -> str:
    """Lines of text below *top*; *x* is their middle, or their beginning."""
    step = block.size * LINE
    lines = "".join(
        f'<tspan x="{number(x)}" y="{number(top + step * place + block.size)}">{clean(line)}</tspan>'
        for place, line in enumerate(block.lines)
    )
    return f'<text font-size="{number(block.size)}" text-anchor="{anchor}">{lines}</text>' if lines else ""


def number(value: float, places: int = 1) -> str:
    """A number for an attribute, without needless digits."""
    return f"{round(value, places) + 0.0:.{places}f}".rstrip("0").rstrip(".")


def clean(text: str) -> str:
    """Text for XML: escaped, and without the characters XML does not know."""
    return escape("".join(letter for letter in text if letter >= " " or letter in "\t\n"))
