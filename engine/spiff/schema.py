"""The OMG's schema of BPMN files: where a file departs from it.

SpiffWorkflow brings the schema along.  It is read once for all files; to hold
a file against it takes about a millisecond.  A file that departs from it may
well run, and one that keeps it may not.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import XSD_PATH

MOST = 20
"""How many deviations of one file are told."""
_NAMESPACE = re.compile(r"\{[^{}]*\}")
_ELEMENT = re.compile(r"Element '(\w+)'")
_ATTRIBUTE = re.compile(r"attribute '(\w+)'")
_lock = threading.Lock()


@dataclass(frozen=True)
class Deviation:
    """One place where a file is not as the schema asks."""

    element: str
    """the id of the element, or of the nearest one around it that has one"""
    tag: str
    """what stands there: startEvent, conditionExpression, …"""
    line: int
    kind: str
    """unknown-attribute, missing-attribute, bad-value, misplaced (it may not stand there), missing-child or other"""
    subject: str
    """the attribute it is about, if it is about one"""
    text: str
    """the schema's own words"""


def deviations(root: Any) -> tuple[Deviation, ...]:
    """Where the file of *root* departs from the schema; the first MOST of them."""
    schema = _schema()
    with _lock:  # a schema keeps the log of the file it was last held against
        log = [] if schema.validate(root.getroottree()) else list(schema.error_log)
    return tuple(_deviation(root, entry) for entry in log[:MOST])


@lru_cache(maxsize=1)
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(XSD_PATH))


def _deviation(root: Any, entry: Any) -> Deviation:
    text = _NAMESPACE.sub("", entry.message)
    tag, attribute = _ELEMENT.search(text), _ATTRIBUTE.search(text)
    return Deviation(
        next(_ids(root, entry.path or ""), ""), tag[1] if tag else "", entry.line, _kind(text, attribute is not None),
        attribute[1] if attribute else "", text,
    )


def _kind(text: str, about_attribute: bool) -> str:
    if "is required but missing" in text:
        return "missing-attribute"
    if "is not allowed." in text and about_attribute:
        return "unknown-attribute"
    if "not expected" in text:
        return "misplaced"
    if "Missing child" in text:
        return "missing-child"
    return "bad-value" if "value" in text else "other"


def _ids(root: Any, path: str) -> Iterator[str]:
    at = _found(root, path)
    while at is not None:
        if at.get("id"):
            yield at.get("id")
        at = at.getparent()


def _found(root: Any, path: str) -> Any | None:
    prefixes = {prefix: name for prefix, name in root.nsmap.items() if prefix}
    while path:
        try:
            found = root.getroottree().xpath(path, namespaces=prefixes)
        except etree.XPathError:  # a prefix that is declared further in: what stands around it will do
            found = []
        if found:
            return found[0]
        path = path.rpartition("/")[0]
    return None
