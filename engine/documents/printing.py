"""Documents as PDF/A-2a with PDF/UA-1: kept for good, read by screen readers. The only door to typst."""

import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import typst

from engine.documents.contents import Document

STANDARDS: list[Any] = ["a-2a", "ua-1"]
"""ISO 19005-2 level A (archive, with a structure tree) and ISO 14289-1 (accessible)."""
UNKNOWN = "□"
"""Stands for a character that no font of the service has, such as an emoji: an archive's file must show it all."""
_TEMPLATE = Path(__file__).with_name("document.typ")
_NOT_DISPLAYED = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_LETTERS = range(0x80, 0x0530)
"""Latin, Greek and Cyrillic beyond ASCII, of which the fonts have most."""


def pdf(document: Document) -> bytes:
    """*document* as a PDF file; the same contents give the same bytes."""
    said = _each(document.plain(), _printable)
    while True:
        try:
            made = _compiler().compile(
                format="pdf", pdf_standards=STANDARDS, timestamp=0, sys_inputs={"document": json.dumps(said)})
        except typst.TypstError as error:
            if (found := _NOT_DISPLAYED.search(str(error))) is None:
                raise
            said = _without(said, _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1]))
            continue
        assert isinstance(made, bytes)
        return made


def _printable(text: str) -> str:
    """*text* without control characters and code points that are no characters."""
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cn", "Co"))


def _without(said: Any, missing: str) -> Any:
    """*said* without the characters of *missing*; of a foreign script its whole page goes, so that it soon ends."""
    foreign = {char for char in missing if ord(char) >= _LETTERS.start and char != UNKNOWN}
    pages = {ord(char) >> 8 for char in foreign if ord(char) not in _LETTERS}

    def goes(char: str) -> bool:
        if not foreign:  # named is what a sign combines with, not the sign: then no sign beyond letters stays
            return ord(char) > _LETTERS.stop and unicodedata.category(char)[0] in "MS"
        return char in foreign or ord(char) >> 8 in pages

    kept = _each(said, lambda text: "".join(UNKNOWN if goes(char) and char != UNKNOWN else char for char in text))
    if kept == said:
        raise ValueError(f"the fonts cannot show {missing!r}")
    return kept


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every text changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each(one, change) for key, one in value.items()}
    return [_each(one, change) for one in value] if isinstance(value, list) else value


@cache
def _compiler() -> typst.Compiler:
    # Reading the fonts takes longest, so it is done once.
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), ignore_system_fonts=True)
