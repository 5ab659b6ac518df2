"""What other tools have written into a diagram: attributes and extensions that are neither BPMN nor ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

_READ = frozenset({
    None, "http://spiffworkflow.org/bpmn/schema/1.0/core", "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
})
_LANGUAGES = ("scriptFormat", "language")
_LONGEST = 80


@dataclass(frozen=True)
class Foreign:
    """One attribute or extension of another tool.

    `name` is spelt as in the file, `value` what it says as far as that is
    short.  `space` is its namespace, "" for an attribute of BPMN that names a
    language we do not speak.
    """

    element: str
    space: str
    name: str
    value: str
    line: int


def foreign(root: Any) -> Iterator[Foreign]:
    """What other tools have written into the elements of a definitions element, in the order of the file.

    How something is drawn does not count, nor what stands inside another tool's extension.
    """
    bpmn = etree.QName(root).namespace
    extensions = f"{{{bpmn}}}extensionElements"
    for item in root.iter(f"{{{bpmn}}}*"):
        for name, value in item.attrib.items():
            found = etree.QName(name)
            strange = found.namespace is None and found.localname in _LANGUAGES and "python" not in value.lower()
            if found.namespace not in _READ or (strange and value.strip()):
                yield Foreign(_owner(item), found.namespace or "", _spelt(item, found), value[:_LONGEST],
                              item.sourceline)
        for child in item if item.tag == extensions else ():
            found = etree.QName(child)
            if found.namespace not in _READ and found.namespace != bpmn:
                said = " ".join(f'{etree.QName(name).localname}="{value}"' for name, value in child.attrib.items())
                yield Foreign(_owner(item), found.namespace or "", _spelt(child, found), said[:_LONGEST],
                              child.sourceline)


def _owner(item: Any) -> str:
    """The id of the nearest element around *item*, itself included, that has one."""
    while item is not None and not item.get("id"):
        item = item.getparent()
    return item.get("id", "") if item is not None else ""


def _spelt(item: Any, name: Any) -> str:
    prefix = next((short for short, space in item.nsmap.items() if short and space == name.namespace), "")
    return f"{prefix}:{name.localname}" if prefix else str(name.localname)
