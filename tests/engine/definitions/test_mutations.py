"""Whatever becomes of a file: there are findings, or what it draws runs, waits or fails where it says. Nothing else."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.definitions import rehearsals, scenarios
from engine.definitions.findings import errors
from engine.definitions.library import Library, named
from tests.engine.spiff.blocks import Model

ROOT = Path(__file__).parents[3]
MODELS = sorted((ROOT / "bpmn").glob("*.bpmn")) + sorted((ROOT / "tests/processes/standard").rglob("*.bpmn"))
TABLES = sorted((ROOT / "bpmn/decisions").glob("*.dmn")) + sorted((ROOT / "tests/processes/standard").rglob("*.dmn"))
FORMS = sorted((ROOT / "forms").rglob("*.json"))
NASTY = ("", " ", "x", "1 / 0", "nicht_da", "a.b", "__import__('os')", "[1] * 10**9", "while", '"', "=", "P14D", '"P"',
         "-1", "true", "é\u2028", "x" * 500, "\"R/PT1S\"", "(" * 300)


def examples(wanted: int) -> Any:
    """So many in an ordinary run, twenty times as many in the nightly one."""
    profile = settings.get_current_profile_name()
    return settings(max_examples=wanted * 20 if profile == "nightly" else wanted, deadline=None)


def mutated(source: bytes, dice: random.Random) -> bytes:
    """The file with some attributes dropped or swapped, elements moved, doubled or gone, texts replaced."""
    root = etree.fromstring(source)
    for _ in range(dice.randint(1, 4)):
        nodes = [node for node in root.iter() if isinstance(node.tag, str) and node is not root]
        if not nodes:
            break
        node = dice.choice(nodes)
        _change(node, dice.choice(nodes), dice)
    return etree.tostring(root)


def _change(node: Any, other: Any, dice: random.Random) -> None:
    what = dice.choice(["drop", "swap", "value", "remove", "move", "double", "text", "tag", "namespace"])
    names = list(node.attrib)
    if what == "drop" and names:
        del node.attrib[dice.choice(names)]
    elif what == "swap" and names and other.attrib:
        one, two = dice.choice(names), dice.choice(list(other.attrib))
        node.attrib[one], other.attrib[two] = other.attrib[two], node.attrib[one]
    elif what == "value" and names:
        node.attrib[dice.choice(names)] = dice.choice(NASTY)
    elif what == "remove":
        node.getparent().remove(node)
    elif what == "move" and node not in other.iterancestors() and node is not other:
        other.append(node)
    elif what == "double":
        node.getparent().append(etree.fromstring(etree.tostring(node)))
    elif what == "text":
        node.text = dice.choice(NASTY)
    elif what == "tag":
        node.tag = other.tag
    elif what == "namespace":
        node.tag = "{urn:anders}" + etree.QName(node).localname


def judged(name: str, source: bytes) -> None:
    """Check the file and, if nothing is wrong with it, let every process in it run until it waits, ends or fails."""
    placed, found = named({name: source}, {})
    library = Library(placed)
    found += library.check(None, None)
    for one in found:
        assert one.message.de and one.message.en
    if errors(found):
        return
    for bundle in library.bundles():
        outcome = rehearsals.rehearse({name: source}, scenarios.read({"process": bundle.process_id}))
        assert outcome.ended is not None or outcome.open or outcome.waits or outcome.failure or outcome.differences \
            or outcome.findings, f"{bundle.process_id} stands still after {outcome.trace}"


@given(source=st.binary(max_size=400), suffix=st.sampled_from(["bpmn", "dmn", "json", "xml"]))
@examples(100)
def test_any_bytes_are_answered(source: bytes, suffix: str) -> None:
    judged(f"datei.{suffix}", source)


@given(seed=st.integers(0, 2**32 - 1))
@examples(500)
def test_a_diagram_that_was_damaged_is_refused_or_runs(seed: int) -> None:
    dice = random.Random(seed)
    source = Model(dice).build(2)[0][0] if dice.random() < 0.2 else dice.choice(MODELS).read_bytes()
    judged("datei.bpmn", mutated(source, dice))


@given(seed=st.integers(0, 2**32 - 1))
@examples(100)
def test_a_table_that_was_damaged_is_refused_or_read(seed: int) -> None:
    dice = random.Random(seed)
    judged("datei.dmn", mutated(dice.choice(TABLES).read_bytes(), dice))


@given(seed=st.integers(0, 2**32 - 1))
@examples(50)
def test_a_form_that_was_damaged_is_refused_or_read(seed: int) -> None:
    dice = random.Random(seed)
    source = bytearray(dice.choice(FORMS).read_bytes())
    for _ in range(dice.randint(1, 5)):
        place = dice.randrange(len(source))
        put = dice.choice([b"", b"{", b"null", b'"x":1,', bytes([dice.randrange(256)])])
        source[place:place + dice.randint(0, 30)] = put
    judged("forms/p/datei.json", bytes(source))


@pytest.mark.parametrize("path", MODELS[:12], ids=lambda path: path.stem)
def test_what_was_not_damaged_is_not_refused(path: Path) -> None:
    judged(path.name, path.read_bytes())
