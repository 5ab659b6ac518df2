"""Documents as plain contents: one description, which the page and the printed file both show."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Self


@dataclass(frozen=True)
class Block:
    """One part of a document. *kind*: heading, text, quote, facts or table."""

    kind: str
    text: str = ""
    level: int = 2
    rows: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A document with its title, what it is about, and its parts in order."""

    title: str
    subtitle: str
    author: str
    day: date
    blocks: tuple[Block, ...] = field(default=())
    language: str = "de"

    @classmethod
    def restored(cls, plain: dict[str, Any]) -> Self:
        """The document that was once made `plain`."""
        blocks = [Block(block["kind"], block["text"], block["level"], tuple(tuple(row) for row in block["rows"]),
                        tuple(block["columns"])) for block in plain["blocks"]]
        return cls(plain["title"], plain["subtitle"], plain["author"], date(*plain["day"]), tuple(blocks),
                   plain["language"])

    def digest(self) -> str:
        """The SHA-256 of what it says, in hexadecimal digits: it goes into the history, which is sealed."""
        return sha256(json.dumps(self.plain(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """The document as JSON values."""
        return {
            "title": self.title, "subtitle": self.subtitle, "author": self.author,
            "day": [self.day.year, self.day.month, self.day.day], "language": self.language,
            "blocks": [{"kind": block.kind, "text": block.text, "level": block.level, "columns": list(block.columns),
                        "rows": [list(row) for row in block.rows]} for block in self.blocks],
        }


def heading(text: str, level: int = 2) -> Block:
    """A heading; the title is level 1."""
    return Block("heading", text, level)


def paragraph(text: str) -> Block:
    """Running text; line breaks are kept."""
    return Block("text", text)


def quote(text: str) -> Block:
    """A wording, such as that of a resolution."""
    return Block("quote", text)


def facts(*pairs: tuple[str, str]) -> Block:
    """Names and values."""
    return Block("facts", rows=pairs)


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Block:
    """A table with a row of headings; the first cell of a row names it."""
    return Block("table", columns=columns, rows=tuple(rows))
