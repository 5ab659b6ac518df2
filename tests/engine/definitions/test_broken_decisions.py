"""Whatever happens to a DMN file, it is read or refused with sentences, and what is read can be asked for an answer."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from engine.definitions import decisions
from engine.spiff.decide import DecisionFailed, decide
from tests.engine.spiff import models
from tests.engine.spiff.models import decision, literal

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
WHOLE = models.decisions(
    '<itemDefinition name="tStufe"><typeRef>string</typeRef><allowedValues><text>"a","b"</text></allowedValues>'
    '</itemDefinition><inputData id="alter" name="alter"/>',
    decision("stufe", "alter; seit", "stufe; punkte", '< 30 | >= date("2026-01-01") => "a" | 10',
             '[30..60) | not(@"2026-02-01") => "b" | alter * 2', "- | ? is None => null | 0", policy="PRIORITY",
             allowed={"alter": "[0..120]", "stufe": '"a","b"'}, types={"alter": "integer", "stufe": "tStufe"},
             defaults={"stufe": '"a"', "punkte": "1"}),
    decision("summe", "stufe", "betrag", '"a" => 1', "- => punkte", policy="COLLECT", aggregation="SUM",
             requires="#stufe"),
    literal("gebuehr", "betrag + 5", requires="#summe", variable="gebuehr"), language="feel")
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    st.sampled_from(["", "-", "> 5", "[1..", "not(", "COLLECT", "OUTPUT ORDER", "SUM", "#summe", "stufe", "gebuehr",
                     "tStufe", "feel", "juel", "null", '"a"', "1", "x y", "a.b", "?", "date('x')", "1 # x", "alter"]))


@st.composite
def broken(draw):
    """The file above after some accidents: attributes and elements lost, moved, doubled, texts exchanged."""
    root = etree.fromstring(WHOLE)
    for _ in range(draw(st.integers(1, 6))):
        nodes = list(root.iter(etree.Element))
        node = draw(st.sampled_from(nodes))
        match draw(st.sampled_from(["attribute", "attribute", "text", "text", "drop", "move", "double", "name"])):
            case "attribute" if node.attrib:
                key = draw(st.sampled_from(sorted(node.attrib)))
                if draw(st.booleans()):
                    del node.attrib[key]
                else:
                    node.set(key, draw(TEXTS))
            case "text":
                node.text = draw(TEXTS)
            case "drop" if node.getparent() is not None:
                node.getparent().remove(node)
            case "move" if node.getparent() is not None:
                inside = set(node.iter())
                draw(st.sampled_from([other for other in nodes if other not in inside])).append(node)
            case "double" if node.getparent() is not None:
                node.addnext(etree.fromstring(etree.tostring(node)))
            case "name":
                node.tag = draw(st.sampled_from(nodes)).tag
    return etree.tostring(root)


values = st.one_of(st.none(), st.integers(-5, 130), st.booleans(), st.sampled_from(["a", "x", 0.5, [1], {"b": 1}]))


@given(broken(), st.dictionaries(st.sampled_from(["alter", "seit", "punkte", "x"]), values))
def test_a_broken_file_is_read_or_refused(source, data):
    read, found = decisions.examine(source, "d.dmn")
    assert read or found
    assert all(one.message.de and one.message.en and one.rule and one.file == "d.dmn" for one in found)
    by_id = {one.id: one for one in read}
    for name in by_id:
        try:
            made = decide(by_id, name, data, NOW)
        except DecisionFailed as error:
            assert error.de and error.en
        else:
            assert set(made[-1].outputs) == set(by_id[name].outputs)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(source):
    read, found = decisions.examine(source)
    assert not read and found


def test_the_whole_file_is_sound():
    assert decisions.examine(WHOLE)[1] == []
