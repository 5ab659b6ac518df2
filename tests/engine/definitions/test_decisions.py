"""A decision table is refused before it can fail: unreadable, of an unknown hit policy, without id, with a bad cell."""

import pytest

from engine.definitions import decisions
from tests.engine.definitions.conftest import simple, table


def rules(source):
    return [one.rule for one in decisions.examine(source, "bpmn/decisions/d_x.dmn")[1]]


def test_a_good_table_is_read_without_a_word():
    read, found = decisions.examine(table(), "bpmn/decisions/d_x.dmn")
    assert (read.id, found) == ("d_x", [])


@pytest.mark.parametrize("source", [
    b"<x", simple(), table(policy="OUTPUT ORDER"), table(cell="&gt; ("), table(output="ja("),
])
def test_a_table_that_cannot_be_decided_by_is_refused_with_its_place(source):
    read, (finding,) = decisions.examine(source, "bpmn/decisions/d_x.dmn")
    assert read is None
    assert (finding.rule, finding.file, finding.severity) == ("decision-unreadable", "bpmn/decisions/d_x.dmn", "error")
    assert finding.line and finding.message.de and finding.message.en


def test_a_decision_without_an_id_could_not_be_called():
    assert rules(table(decision="")) == ["decision-id"]


def test_a_table_without_rows_decides_nothing():
    source = table()
    start, end = source.index(b"<rule"), source.index(b"</rule>") + len(b"</rule>")
    assert rules(source[:start] + source[end:]) == ["decision-empty"]


def test_two_rows_of_one_id_could_not_be_told_apart_in_the_history():
    source = table()
    row = source[source.index(b"<rule"):source.index(b"</rule>") + len(b"</rule>")]
    assert rules(source.replace(row, row + row)) == ["duplicate-id"] * 2
