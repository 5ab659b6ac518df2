"""The tree of a diagram's elements, for those who rewrite it: looking around in it, and making new elements.

What is made has the id of a drawn element and a dot: `t.out` is behind `t`.
Drawn ids have none (the rule `reserved-id`, and `rewrites.rewritten`), so the
two cannot meet.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from engine.spiff.picture import BPMN, FLOW_NODES

SAYS = "{urn:reifegrad:made}says"
"""On a made element: the drawn id that comes into the path when it is passed. Most are passed without a word."""
_SCOPES = ("process", "subProcess", "transaction", "adHocSubProcess")


def tag(kind: str) -> str:
    """The full tag of a kind of element."""
    return f"{{{BPMN}}}{kind}"


def kind_of(node: Any) -> str:
    """The BPMN name of an element; "" for what is no element of BPMN's."""
    if not isinstance(node.tag, str) or not node.tag.startswith(f"{{{BPMN}}}"):
        return ""
    return str(etree.QName(node).localname)


def drawn(name: str) -> str:
    """The id of the drawn element that an element was made for; of a drawn one its own."""
    return name.partition(".")[0]


def scopes(root: Any) -> Iterator[Any]:
    """Every process and sub-process."""
    return iter([*root.iter(*map(tag, _SCOPES))])


def nodes(scope: Any) -> list[Any]:
    """The flow nodes that stand directly in a process or sub-process."""
    return [node for node in scope if kind_of(node) in FLOW_NODES and node.get("id")]


def flows(scope: Any) -> list[Any]:
    """The sequence flows that stand directly in a process or sub-process."""
    return scope.findall(tag("sequenceFlow"))  # type: ignore[no-any-return]  # a list of elements


def leaving(node: Any) -> list[Any]:
    """The flows that leave a node, in the order of the file."""
    return [flow for flow in flows(node.getparent()) if flow.get("sourceRef") == node.get("id")]


def arriving(node: Any) -> list[Any]:
    """The flows that lead to a node."""
    return [flow for flow in flows(node.getparent()) if flow.get("targetRef") == node.get("id")]


def condition(flow: Any) -> str:
    """The text of a flow's condition, or ""."""
    return (flow.findtext(tag("conditionExpression")) or "").strip()


def make(kind: str, suffix: str, beside: Any, **attributes: str) -> Any:
    """A new element behind the drawn one *beside*, with its name and line."""
    made = etree.Element(tag(kind), {"id": f"{drawn(beside.get('id'))}.{suffix}"})
    for name, value in attributes.items():
        made.set(name, value)
    if beside.get("name"):
        made.set("name", beside.get("name"))
    return _placed(made, beside)


def copy(node: Any, suffix: str) -> Any:
    """A copy of a drawn element behind it."""
    made = deepcopy(node)
    made.set("id", f"{drawn(node.get('id'))}.{suffix}")
    return _placed(made, node)


def connect(source: str, target: str, like: Any, says: str = "") -> Any:
    """A new flow, in the place of the drawn element or flow *like*."""
    made = etree.Element(tag("sequenceFlow"), {"id": f"{source}.{target}", "sourceRef": source, "targetRef": target})
    if says:
        etree.SubElement(made, tag("conditionExpression")).text = says
    return _placed(made, like)


def becomes(node: Any, kind: str) -> None:
    """Let an element be of another kind and do nothing but pass on; it keeps its id, name, default, documentation."""
    node.tag = tag(kind)
    for name in set(node.attrib) - {"id", "name", "default", SAYS}:
        del node.attrib[name]
    for child in [child for child in node if kind_of(child) not in ("documentation", "incoming", "outgoing")]:
        node.remove(child)


def _placed(made: Any, like: Any) -> Any:
    made.tail = like.tail
    like.addnext(made)
    for one in made.iter():
        one.sourceline = like.sourceline
    return made
