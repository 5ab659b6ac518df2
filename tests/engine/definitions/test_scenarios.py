"""A script of a rehearsal is read as it was meant, or its faults are named with their lines."""

from datetime import UTC, date, datetime

import pytest

from engine.definitions import scenarios
from engine.errors import Invalid
from engine.spiff import clock


def test_a_script_says_what_to_do_and_what_is_expected() -> None:
    read = scenarios.read("""
process: p
with: [other.bpmn]
now: 2026-11-23 08:00
data: {x: 1}
start: {message: antrag, correlation: "7", data: {y: 2}}
services: {pay: [{error: NO_MONEY}, {ok: true}]}
actions:
  - complete: t1
    nth: 2
    data: {ok: true}
    expect: {open: [t2], failed: {element: s}}
  - advance: P14D
  - until: 2026-12-24
expect: {ended: null, decisions: {d: [row1]}}
""", "p.yaml")
    assert (read.process, read.beside, read.now) == ("p", ("other.bpmn",), datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert (read.start.kind, read.start.what, read.start.correlation) == ("message", "antrag", "7")
    assert read.services == {"pay": [{"error": "NO_MONEY"}, {"ok": True}]}
    first, second, third = read.actions
    assert (first.kind, first.what, first.nth, first.data, first.line) == ("complete", "t1", 2, {"ok": True}, 9)
    assert first.expect == {"open": ["t2"], "failed": {"element": "s"}}
    assert (second.what, third.what) == ("P14D", datetime(2026, 12, 24, tzinfo=clock.BERLIN))
    assert read.expect == {"ended": None, "decisions": {"d": ["row1"]}}


def test_a_script_of_nothing_only_starts() -> None:
    assert scenarios.read("") == scenarios.read({}) == scenarios.Scenario()


def test_texts_stay_texts() -> None:
    """No Norway, no octal numbers, no minutes to the base of sixty."""
    said = "{a: no, b: on, c: 007, d: 12:30, e: 1e3, f: -2, g: 2026-03-02, h: ~, i: true, j: 0x1F, k: .5, l: 1_000}"
    assert scenarios.read(f"data: {said}").data == {
        "a": "no", "b": "on", "c": "007", "d": "12:30", "e": 1000.0, "f": -2, "g": date(2026, 3, 2), "h": None,
        "i": True, "j": "0x1F", "k": ".5", "l": "1_000",
    }


@pytest.mark.parametrize(("text", "line", "said"), [
    ("process: p\nprocess: q", 2, "twice"),
    ("\ndata: {x: 1,\n  x: 2}", 3, "twice"),
    ("actions:\n- complete: 7", 2, "needs quotes"),
    ("actions:\n- complete: t\n  dta: {}", 3, "no “dta”"),
    ("actions:\n- complete: t\n  advance: P1D", 2, "exactly one"),
    ("actions:\n- advance: 3 Tage", 2, "not a duration"),
    ("actions:\n- until: morgen", 2, "not a moment"),
    ("actions:\n- complete: t\n  nth: 0", 3, "from 1 on"),
    ("actions: t", 1, "a list"),
    ("expect:\n  open: t", 2, "a list"),
    ("expect:\n  trace: [a,\n    1]", 3, "holds texts"),
    ("expect:\n  failed: {at: t}", 2, "no “at”"),
    ("start: {}", 1, "a message or a signal"),
    ("data: [1]", 1, "names with values"),
    ("services:\n  pay: 1", 2, "names with values"),
    ("services:\n  pay: {error: 1}", 2, "error code"),
    ("now: gestern", 1, "not a moment"),
    ("- 1", 1, "names with values"),
    ("a: [", 1, "YAML"),
    ("data: {d: 2026-13-45}", 1, "month"),
    ("? [a]\n: 1", 1, "a text"),
    ("x: &a 1\ny: *a", 1, "aliases"),
    ("x: !!python/object:os.system y", 1, "YAML"),
    ("data: {<<: {a: 1}, x: !mein 1}", 1, "YAML"),
    ("x: a\0b", None, "YAML"),
    ("[" * 5000, None, "deeply"),
    (" " * 300_000, None, "larger"),
    (b"process: p\ndata: {x: \xfc}", 2, "UTF-8"),
    ("process: p".encode("utf-16"), 1, "UTF-8"),
])
def test_a_fault_is_named_with_its_line(text: str | bytes, line: int | None, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        scenarios.read(text, "p.yaml")
    finding = refused.value.findings[0]
    assert (finding.file, finding.rule, finding.line) == ("p.yaml", "script", line)
    assert said in finding.message.en and finding.message.de


def test_every_fault_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        scenarios.read("proces: p\nactions:\n- complete: 7\n- go: there\nexpect: {opne: [t]}")
    assert [one.line for one in refused.value.findings] == [1, 3, 4, 5]


def test_a_mapping_is_read_like_the_text_it_stands_for() -> None:
    said = {"data": {"x": 1}, "actions": [{"complete": "t", "data": {"y": 2}}], "expect": {"ended": "end"}}
    read = scenarios.read(said)
    assert (read.data, read.actions[0].what, read.expect) == ({"x": 1}, "t", {"ended": "end"})
    with pytest.raises(Invalid):
        scenarios.read({"data": {1: "x"}})


def test_names_for_other_readers_may_stand_beside() -> None:
    assert scenarios.read("covers: [end]\nprocess: p", also=("covers",)).process == "p"
