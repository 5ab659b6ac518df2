"""A DMN file is read whole: several decisions, what they require of each other, and what is wrong with any of them."""

from typing import Any

import pytest

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from engine.spiff import decide, scripts
from engine.spiff.picture import DMN_NAMESPACES
from tests.engine.spiff.models import (
    NOON,
    Run,
    decision,
    decisions,
    deployed,
    end_event,
    literal,
    process,
    rule,
    start_event,
    table,
    user,
)

SCORE = decision("score", "alter", "punkte; stufe", "< 30 => 1 | 'jung'", ">= 30 => 2 | 'alt'", policy="FIRST")
RISK = decision("risk", "punkte; stufe; score", "risiko", "1 | 'jung' | ? is not None => score['punkte']",
                "- | - | - => 9", policy="FIRST", requires="#score")
SUM = literal("total", "risiko + risk + zuschlag", requires="#risk", variable="summe")


def made(source: bytes, name: str, **data: Any) -> list[decide.Decided]:
    return decide.decide({one.id: one for one in spiff.read_decisions(source)}, name, data, NOON)


def refusal(source: bytes) -> Any:
    with pytest.raises(Invalid) as refused:
        spiff.read_decisions(source, "d.dmn")
    (finding,) = refused.value.findings
    assert finding.file == "d.dmn" and finding.message.de != finding.message.en
    return finding


def test_required_decisions_are_made_first_and_are_known_by_outputs_and_variable() -> None:
    found = made(decisions(SUM, RISK, SCORE), "total", alter=20, zuschlag=5)
    assert [one.decision for one in found] == ["score", "risk", "total"]
    assert [one.outputs for one in found] == [{"punkte": 1, "stufe": "jung"}, {"risiko": 1}, {"summe": 7}]
    assert [[rule["id"] for rule in one.rules] for one in found] == [["r1"], ["r1"], []]
    assert found[-1].inputs == {"risiko": 1, "risk": 1, "zuschlag": 5}


def test_a_decision_two_others_require_is_made_once() -> None:
    left, right = literal("l", "a + 1", "#a"), literal("r", "a + 2", "#a")
    found = made(decisions(literal("a", "x * 10"), left, right, literal("top", "l + r", "#l #r")), "top", x=1)
    assert [one.decision for one in found] == ["a", "l", "r", "top"] and found[-1].outputs == {"top": 23}


def test_a_long_line_of_decisions_that_meet_again_is_made_step_by_step() -> None:
    parts = [literal("d0", "x")]
    for number in range(1, 1200):
        parts.append(literal(f"d{number}", f"d{number - 1}", f"#d{number - 1} #d{max(number - 2, 0)}"))
    found = made(decisions(*parts), "d1199", x=3)
    assert len(found) == 1200 and found[-1].outputs == {"d1199": 3}


def test_only_what_is_required_is_made_and_known() -> None:
    source = decisions(SCORE, RISK, literal("other", "punkte", requires="#risk"), literal("alone", "2 * 3"))
    assert [one.decision for one in made(source, "alone")] == ["alone"]
    with pytest.raises(decide.DecisionFailed, match=r"“other” failed: .*punkte"):
        made(source, "other", alter=3)


def test_a_business_rule_task_reports_every_decision_and_takes_over_the_last() -> None:
    spec = deployed(process("p", start_event(), rule("b", "total"), end_event(), flows="start > b > end"),
                    decisions=(decisions(SUM, RISK, SCORE),))
    run = Run(spec).start({"alter": 20, "zuschlag": 1})
    assert run.data == {"alter": 20, "zuschlag": 1, "summe": 3}
    assert [(one.element, one.decision, [rule["id"] for rule in one.rules]) for one in run.step.decisions] == [
        ("b", "score", ["r1"]), ("b", "risk", ["r1"]), ("b", "total", [])]


def test_a_required_decision_that_fails_fails_the_step() -> None:
    parts = (start_event(), user("t"), rule("b", "total"), end_event())
    spec = deployed(process("p", *parts, flows="start > t > b > end"),
                    decisions=(decisions(SUM, RISK, SCORE),))
    with pytest.raises(ProcessFailed, match="Table “score”, row 1") as failed:
        Run(spec).start({"alter": "20"}).complete("t")
    assert failed.value.element == "b"


def test_a_table_is_one_call_and_an_expression_that_looks_something_up_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = scripts._run
    monkeypatch.setattr(scripts, "_run", lambda *said: calls.append(said) or run(*said))
    made(decisions(SCORE, RISK, literal("top", "risiko", "#risk")), "top", alter=20)
    assert calls == []
    made(decisions(SCORE, RISK, literal("top", "risiko + 1", "#risk")), "top", alter=20)
    assert len(calls) == 1


@pytest.mark.parametrize("namespace", DMN_NAMESPACES)
def test_every_version_of_dmn_is_read(namespace: str) -> None:
    (read,) = spiff.read_decisions(decisions(SCORE, namespace=namespace))
    assert (read.id, read.outputs, read.wants) == ("score", ("punkte", "stufe"), {"alter"})


def test_an_output_without_a_name_is_called_as_the_decision() -> None:
    source = table("d", "x", "o", "- => 1").replace(b'name="o"', b"")
    assert spiff.read_decisions(source)[0].outputs == ("d",)
    named = source.replace(b'<decision id="d" name="d">', b'<decision id="d" name="Die Note"><variable name="note"/>')
    assert spiff.read_decisions(named)[0].outputs == ("note",)
    assert spiff.read_decisions(source.replace(b'name="d"', b'name="Die Note"'))[0].variable == "d"


def test_types_of_the_file_bring_their_allowed_values() -> None:
    part = decision("d", "x", "o", '"a" => 1', "- => 2", policy="FIRST", types={"x": "feel:tStufe"})
    types = ('<itemDefinition name="tStufe"><typeRef>tText</typeRef><allowedValues><text>"a","b"</text></allowedValues>'
             '</itemDefinition><itemDefinition name="tText"><typeRef>string</typeRef></itemDefinition>')
    source = decisions(types, part)
    (read,) = spiff.read_decisions(source)
    assert read.table and read.table.inputs[0].kind == "text" and made(source, "d", x="b")[0].outputs == {"o": 2}
    with pytest.raises(decide.DecisionFailed, match='allowed is "a","b"'):
        made(source, "d", x="c")


def test_the_languages_of_other_tools() -> None:
    source = table("d", "x", "o", '"a" => "b"')
    for said in (b"feel", b"http://www.omg.org/spec/FEEL/20140401", b"juel", b"python"):
        named = source.replace(b"<inputEntry>", b'<inputEntry expressionLanguage="%s">' % said)
        assert made(named, "d", x="a")[0].outputs == {"o": "b"}
    unknown = source.replace(b"<inputEntry>", b'<inputEntry expressionLanguage="groovy">')
    assert "groovy" in refusal(unknown).message.en
    assert "kie-feel" in refusal(decisions(SCORE, language="kie-feel")).message.en
    assert made(decisions(SCORE, language="https://www.omg.org/spec/DMN/20191111/FEEL/"), "score", alter=3)


@pytest.mark.parametrize(("source", "said"), [
    (table("d", "x", "o", "> => 1"), "Possible"), (table("d", "x +", "o", "1 => 1"), "cannot be understood"),
    (table("d", "", "o", "1 => 1"), "no expression"),
    (table("d", "x", "o", "1 => 1 +"), "cannot be understood"), (table("d", "x", "o p", "1 => 1"), "needs a name"),
    (table("d", "x; y", "o", "1 => 1"), "as many cells"), (b"<definitions/>", "versions 1.1 to 1.5"),
    (table("d", "x", "o; o", "1 => 1 | 2"), "same name"), (b"nonsense", "not readable XML"),
    (b"<!DOCTYPE x><definitions/>", "DOCTYPE"), (decisions(), "no decision"),
    (table("d", "x", "o", "1 => 1", policy="U"), "no hit policy “U”"),
    (table("d", "x", "o", "1 => 1", policy="PRIORITY"), "outputValues"),
    (table("d", "x", "o", "1 => 1", policy="OUTPUT ORDER", allowed={"o": "[1..3]"}), "outputValues"),
    (table("d", "x", "o", "1 => 1", policy="PRIORITY", allowed={"o": 'not(1)'}), "outputValues"),
    (table("d", "x", "o", "1 => 1", policy="UNIQUE", aggregation="SUM"), "UNIQUE SUM"),
    (table("d", "x", "o", "1 => 1", policy="COLLECT", aggregation="AVG"), "COLLECT AVG"),
    (table("d", "x", "a; b", "1 => 1 | 2", policy="COLLECT", aggregation="SUM"), "Only one output column"),
    (table("d", "x", "a; b", "1 => 1 | 2", defaults={"a": "1"}), "all output columns"),
    (table("d", "x", "o", "1 => 1", allowed={"x": "oder so"}), "cannot be understood"),
    (decisions(SCORE, SCORE), "Two decisions"), (decisions('<decision id="e" name="E"/>'), "neither table nor"),
    (decisions('<decision id="e"><context/></decision>'), "kind context"),
    (decisions('<decision id="e"><invocation/></decision>'), "kind invocation"),
    (decisions('<decision id="e"><list/></decision>'), "kind list"),
    (decisions('<decision id="e"><relation/></decision>'), "kind relation"),
    (decisions('<decision id="e"><functionDefinition/></decision>'), "kind functionDefinition"),
    (decisions(SCORE, '<businessKnowledgeModel id="w" name="Wissen"/>'), "model “Wissen”"),
    (decisions(literal("e", "")), "empty"), (decisions(literal("e-1", "1")), "needs a variable"),
    (decisions(literal("e", "1 +")), "cannot be understood"),
    (decisions(literal("a", "b", "#b"), literal("b", "c", "#c"), literal("c", "a", "#a")), "require each other"),
    (decisions(literal("a", "1", "#a")), "require each other"),
    (decisions(literal("a", "1", "#zz")), "“#zz”, which is not in this file"),
    (decisions(literal("a", "1", "other.dmn#b")), "one file"),
    (decisions(literal("a", "1").replace("<literal", '<informationRequirement><requiredInput href="#i"/>'
                                         "</informationRequirement><literal")), "“#i”"),
])
def test_what_is_no_decision_we_can_make_is_refused(source: bytes, said: str) -> None:
    assert said in refusal(source).message.en


def test_inputs_that_are_drawn_may_be_required() -> None:
    needs = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
    source = decisions('<inputData id="i" name="alter"/><knowledgeSource id="k" name="Gesetz"/>',
                       literal("a", "alter").replace("<literal", f"{needs}<literal"))
    assert made(source, "a", alter=3)[0].outputs == {"a": 3}


def test_everything_that_is_wrong_is_said_at_once_with_its_line() -> None:
    source = table("d", "x", "o", "1 => 1", "2 => 2 +", "> => 3")
    with pytest.raises(Invalid) as refused:
        spiff.read_decisions(source)
    lines = source.splitlines()
    for one, cell in zip(refused.value.findings, (b"2 +", b"&gt;"), strict=True):
        assert cell in lines[one.line - 1]


def test_a_row_is_told_by_its_annotation_where_it_has_no_description() -> None:
    source = table("d", "x", "o", "- => 1").replace(b"<description>row 1</description>", b"").replace(
        b"</rule>", b"<annotationEntry><text>immer</text></annotationEntry></rule>")
    assert made(source, "d", x=1)[0].rules == [{"id": "r1", "description": "immer"}]
