"""Files to be damaged, and what may happen to them.

What happens follows from the dice, so that a failure can be seen again.  Half
of it is rough (things lost, moved, doubled, renamed); the other half only puts
another id, another text or another order where one stood, which the checks
take more often, so that the damage is met while running.
"""

import json
import random
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.engine.spiff.blocks import Model
from tests.processes.standard.reading import models

ROOT = Path(__file__).parents[3]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
NASTY = (
    "", " ", "x", "y", "1 / 0", "nicht_da", "a.b", "x > 1", "x = 1", "1 +", "__import__('os')", "[1] * 10**9", "while",
    "'x' * 10**10", "10 ** 10 ** 10", "[i for i in range(10 ** 12)]", "lambda: 0", "now", "leute", "leute[5]", "{}",
    "=", '"', "P14D", '"P"', '"P1D"', '"R/PT1S"', '"R3/P1D"', '"P99999999D"', '"-P1D"', "-1", "0", "1", "99999999999",
    "true", "false", "True", "None", "é\u2028", "\u202e", "x" * 500, "(" * 300, "not " * 500 + "x", "${x}", "=x",
    "{0}", "%s", "<b>", "../../etc/passwd", "Start", "End", "Root", "p", "t.out", "a b", "1.5", "nan", "parallel",
    "None\n", "[[[[[[[[[[1]]]]]]]]]]", "x if x else y", "(x for x in leute)", "{x: leute}", '"%s" % x', "f'{x}'",
    "def f(): f()\nf()", "while True: pass", "x = leute\nx.append(x)", "import os", "del x", "raise ValueError(x)",
    "x = 10 ** 5000",
)
REFERENCES = ("sourceRef", "targetRef", "attachedToRef", "messageRef", "signalRef", "errorRef", "escalationRef",
              "default", "calledElement", "activityRef", "dataObjectRef", "processRef", "correlationPropertyRef")
YES_OR_NO = ("isExecutable", "cancelActivity", "isInterrupting", "triggeredByEvent", "isSequential", "testBefore",
             "isForCompensation", "parallelMultiple", "instantiate", "waitForCompletion")


@lru_cache
def together() -> tuple[tuple[str, dict[str, bytes]], ...]:
    """Every sound diagram, by name, with the files it stands among."""
    shipped = {path.name: path.read_bytes() for path in [*ROOT.glob("bpmn/*.bpmn"), *ROOT.glob("bpmn/decisions/*.dmn")]}
    shipped |= {f"forms/{path.parent.name}/{path.name}": path.read_bytes() for path in ROOT.glob("forms/*/*.json")}
    found = [(name, shipped) for name in sorted(shipped) if name.endswith(".bpmn")]
    found += [(name, model.files) for model in models() if model.refused is None
              for name in model.files if name.endswith(".bpmn")]
    return tuple(found)


@lru_cache
def decisions() -> tuple[tuple[str, dict[str, bytes]], ...]:
    """Every sound file of decisions, by name, with the files it stands among."""
    found = [(path.name, dict(together()[0][1])) for path in sorted(ROOT.glob("bpmn/decisions/*.dmn"))]
    found += [(name, model.files) for model in models() if model.refused is None
              for name in model.files if name.endswith(".dmn")]
    return tuple(found)


@lru_cache
def forms() -> tuple[bytes, ...]:
    """Every form that we ship."""
    return tuple(path.read_bytes() for path in sorted(ROOT.glob("forms/*/*.json")))


def sound(dice: random.Random) -> tuple[str, dict[str, bytes]]:
    """A diagram's name and the files it stands among."""
    if dice.random() < 0.25:
        sources, _ = Model(dice).build(2)
        return "p.bpmn", {"p.bpmn": sources[0], **{f"k{place}.bpmn": one for place, one in enumerate(sources[1:])}}
    return dice.choice(together())


def damaged(source: bytes, dice: random.Random) -> bytes:
    """The file after one to four accidents."""
    root = etree.fromstring(source)
    for _ in range(dice.choice([1, 1, 1, 2, 2, 3, 4])):
        nodes = [node for node in root.iter(etree.Element) if node is not root and "/DI" not in node.tag
                 and "/DD/" not in node.tag]
        if not nodes:
            break
        accidents = dice.choice([GENTLE, ROUGH])
        dice.choice(accidents)(dice.choice(nodes), nodes, dice)
    return etree.tostring(root)


def damaged_form(source: bytes, dice: random.Random) -> bytes:
    """A form after some accidents: half of them leave it JSON."""
    if dice.random() < 0.3:
        raw = bytearray(source)
        for _ in range(dice.randint(1, 5)):
            place = dice.randrange(len(raw))
            put = dice.choice([b"", b"{", b"null", b'"x":1,', b"[" * 500, bytes([dice.randrange(256)])])
            raw[place:place + dice.randint(0, 30)] = put
        return bytes(raw)
    form = json.loads(source)
    for _ in range(dice.randint(1, 4)):
        holders = list(_holders(form))
        holder = dice.choice(holders)
        key = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder))) if holder else None
        if key is None:
            continue
        if dice.random() < 0.3:
            del holder[key]
        else:
            holder[key] = dice.choice([*NASTY, None, True, -1, 10 ** 30, 1.5, [], {}, [[]], dice.choice(holders)])
            try:
                json.dumps(form)
            except ValueError:  # it holds itself now
                holder[key] = None
    return json.dumps(form).encode()


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


Accident = Callable[[Any, list[Any], random.Random], object]


def _other(nodes: list[Any], dice: random.Random, node: Any, wanted: Callable[[Any], bool]) -> Any:
    """Another node of this kind, or the node itself where there is none."""
    found = [one for one in nodes if one is not node and wanted(one)]
    return dice.choice(found) if found else node


# -- gentle ------------------------------------------------------------------------------------------------------------

def _refer(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """A reference leads elsewhere."""
    node = _other(nodes, dice, node, lambda one: any(name in one.attrib for name in REFERENCES))
    names = [name for name in REFERENCES if name in node.attrib]
    if names:
        name = dice.choice(names)
        peers = [one.get(name) for one in nodes if one.get(name)]
        ids = [one.get("id") for one in nodes if one.get("id")]
        node.set(name, dice.choice([*peers, *peers, *ids]))


def _say(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """A condition, script, time or property says something else: what another says, or something nasty."""
    node = _other(nodes, dice, node, lambda one: len(one) == 0 and bool((one.text or "").strip()))
    if node.text is not None:
        others = [one.text for one in nodes if len(one) == 0 and (one.text or "").strip()]
        node.text = dice.choice([dice.choice(NASTY), dice.choice(others) if others else ""])


def _value(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """A property or parameter of ours has another value."""
    node = _other(nodes, dice, node, lambda one: "value" in one.attrib)
    if "value" in node.attrib:
        node.set("value", dice.choice(NASTY))


def _reverse(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """Yes is no."""
    node = _other(nodes, dice, node, lambda one: any(name in one.attrib for name in YES_OR_NO))
    for name in YES_OR_NO:
        if name in node.attrib:
            node.set(name, dice.choice(["true", "false", "1", "0", "TRUE", ""]))


def _reorder(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """Two elements change places."""
    other = _other(nodes, dice, node, lambda one: one.getparent() is node.getparent())
    if other is not node:
        parent = node.getparent()
        places = sorted((parent.index(node), parent.index(other)))
        second, first = parent[places[1]], parent[places[0]]
        parent.insert(places[0], second)
        parent.insert(places[1], first)


def _kind(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """A task is another task, a gateway another gateway, an event waits for something else."""
    for ending in ("Gateway", "Task", "EventDefinition", "Event"):
        if str(node.tag).endswith(ending):
            alike = [one.tag for one in nodes if str(one.tag).endswith(ending)]
            node.tag = dice.choice(alike)
            if ending == "Gateway":
                node.tag = BPMN + dice.choice(["exclusive", "parallel", "inclusive", "eventBased"]) + "Gateway"
            return


def _flow(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """One more way from here to there."""
    scope = node.getparent()
    ids = [one.get("id") for one in nodes if one.getparent() is scope and one.get("id") and "Ref" not in one.attrib]
    if ids and scope.tag in (BPMN + "process", BPMN + "subProcess"):
        etree.SubElement(scope, BPMN + "sequenceFlow", id=f"neu{dice.randrange(10 ** 6)}", sourceRef=dice.choice(ids),
                         targetRef=dice.choice(ids))


def _repeat(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """An activity is done several times."""
    node = _other(nodes, dice, node, lambda one: str(one.tag).endswith(("Task", "subProcess", "callActivity")))
    if str(node.tag).endswith(("Task", "subProcess", "callActivity")):
        many = etree.SubElement(node, BPMN + "multiInstanceLoopCharacteristics")
        many.set("isSequential", dice.choice(["true", "false"]))
        count = etree.SubElement(many, BPMN + "loopCardinality")
        count.text = dice.choice(["2", "0", "-1", "x", "10 ** 9", "'a'", "1.5", "None"])


def _attach(node: Any, nodes: list[Any], dice: random.Random) -> None:
    """An event at the edge of an activity, and its way to an end."""
    node = _other(nodes, dice, node, lambda one: str(one.tag).endswith(("Task", "subProcess", "callActivity")))
    ends = [one.get("id") for one in nodes if one.tag == BPMN + "endEvent" and one.getparent() is node.getparent()
            and one.get("id")]
    if node.get("id") and ends:
        name = f"rand{dice.randrange(10 ** 6)}"
        event = etree.SubElement(node.getparent(), BPMN + "boundaryEvent", id=name, attachedToRef=node.get("id"))
        event.set("cancelActivity", dice.choice(["true", "false"]))
        kind = dice.choice(["timer", "error", "conditional", "signal", "message", "escalation"])
        definition = etree.SubElement(event, f"{BPMN}{kind}EventDefinition")
        if kind == "timer":
            etree.SubElement(definition, BPMN + dice.choice(["timeDuration", "timeCycle"])).text = dice.choice(
                ['"P1D"', '"R3/P1D"', '"R/PT0S"', "x"])
        elif kind == "conditional":
            etree.SubElement(definition, BPMN + "condition").text = dice.choice(["True", "x", "x > 1", "nicht_da"])
        etree.SubElement(node.getparent(), BPMN + "sequenceFlow", id=f"{name}_f", sourceRef=name,
                         targetRef=dice.choice(ends))


# -- rough -------------------------------------------------------------------------------------------------------------

def _drop(node: Any, nodes: list[Any], dice: random.Random) -> None:
    if node.attrib:
        del node.attrib[dice.choice(list(node.attrib))]


def _swap(node: Any, nodes: list[Any], dice: random.Random) -> None:
    other = dice.choice(nodes)
    if node.attrib and other.attrib:
        one, two = dice.choice(list(node.attrib)), dice.choice(list(other.attrib))
        node.attrib[one], other.attrib[two] = other.attrib[two], node.attrib[one]


def _spoil(node: Any, nodes: list[Any], dice: random.Random) -> None:
    if node.attrib:
        node.attrib[dice.choice(list(node.attrib))] = dice.choice(NASTY)


def _remove(node: Any, nodes: list[Any], dice: random.Random) -> None:
    node.getparent().remove(node)


def _move(node: Any, nodes: list[Any], dice: random.Random) -> None:
    inside = set(node.iter())
    outside = [one for one in nodes if one not in inside]
    if outside:
        dice.choice(outside).append(node)


def _double(node: Any, nodes: list[Any], dice: random.Random) -> None:
    node.addnext(etree.fromstring(etree.tostring(node)))


def _text(node: Any, nodes: list[Any], dice: random.Random) -> None:
    node.text = dice.choice(NASTY)


def _rename(node: Any, nodes: list[Any], dice: random.Random) -> None:
    node.tag = dice.choice(nodes).tag


def _elsewhere(node: Any, nodes: list[Any], dice: random.Random) -> None:
    node.tag = dice.choice(["{urn:anders}", "{http://www.omg.org/spec/BPMN/20100524/DI}", ""]) \
        + etree.QName(node).localname


GENTLE: tuple[Accident, ...] = (_refer, _refer, _say, _say, _value, _reverse, _reorder, _kind, _flow, _repeat, _attach)
ROUGH: tuple[Accident, ...] = (_drop, _swap, _spoil, _remove, _move, _double, _text, _rename, _elsewhere)
