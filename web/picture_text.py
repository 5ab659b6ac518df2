"""Text in a drawing: how wide it is about, and where its lines end.

A drawing made on the server knows no fonts, so widths are estimated on the safe side.
"""

from dataclasses import dataclass

LINE = 1.2
"""Height of a line, in sizes of its letters."""
_NARROW = frozenset("iljtfrI.,:;'!|()[]-–/ ")
_WIDE = frozenset("mwMW@%—&")
_VOWELS = frozenset("aeiouyäöüAEIOUYÄÖÜ")
_TOGETHER = frozenset({"ch", "ck", "ph", "th", "sh", "qu"})


@dataclass(frozen=True)
class Block:
    """Lines of text in one size, in user units."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        """How high the lines are together."""
        return len(self.lines) * self.size * LINE

    @property
    def width(self) -> float:
        """How wide the widest line is, about."""
        return max((width(line, self.size) for line in self.lines), default=0.0)


def width(text: str, size: float) -> float:
    """How wide *text* is in letters of *size*, about, and rather more than less."""
    return size * sum(
        0.33 if letter in _NARROW else 0.9 if letter in _WIDE else 0.7 if letter.isupper() else 0.56 for letter in text
    )


def wrap(text: str, across: float, size: float) -> tuple[str, ...]:
    """Break *text* into lines no wider than *across*; a word that is wider itself is hyphenated."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if width(joined, size) <= across:
            line = joined
            continue
        if line:
            lines.append(line)
        *parts, line = _hyphenated(word, across, size)
        lines.extend(parts)
    return (*lines, line) if line else tuple(lines)


def fit(text: str, across: float, down: float, largest: float = 12, smallest: float = 9) -> Block:
    """Set *text* into a box: the largest size that fits; cut with an ellipsis only when the smallest does not."""
    size = largest
    while True:
        block = Block(wrap(text, across, size), size)
        broken = any(line.endswith("-") for line in block.lines) and "-" not in text
        if block.height <= down and not (broken and size > largest - 1.5):
            return block
        if size <= smallest:
            break
        size -= 0.5
    room = max(1, int(down / (smallest * LINE)))
    if len(block.lines) <= room:
        return block
    return Block((*block.lines[: room - 1], block.lines[room - 1].rstrip(" -") + " …"), smallest)


def _hyphenated(word: str, across: float, size: float) -> list[str]:
    """The word in parts that fit, each but the last with its hyphen."""
    parts: list[str] = []
    while width(word, size) > across and len(word) > 3:
        end = _break(word, across, size)
        parts.append(word[:end] if word[end - 1] in "-/" else f"{word[:end]}-")
        word = word[end:]
    return [*parts, word]


def _break(word: str, across: float, size: float) -> int:
    """After a hyphen, else before a consonant that a vowel follows, as in German; else where it is full."""
    full = next((end for end in range(len(word) - 1, 1, -1) if width(word[:end], size) + size * 0.33 <= across), 2)
    for end in range(full, 1, -1):
        if word[end - 1] in "-/":
            return end
    for end in range(full, 2, -1):
        if (
            len(word) - end >= 3
            and word[end] not in _VOWELS
            and word[end + 1] in _VOWELS
            and word[end - 1 : end + 1].lower() not in _TOGETHER
        ):
            return end
    return full
