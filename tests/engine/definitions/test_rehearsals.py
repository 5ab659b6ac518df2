"""A process is rehearsed from its file and a script, without server or database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.definitions import rehearsals, scenarios
from engine.definitions.rehearsals import Outcome
from tests.engine.spiff.models import (
    boundary,
    call,
    catch,
    end_event,
    gateway,
    many,
    message_definition,
    process,
    rule,
    script,
    service,
    start_event,
    table,
    throw,
    timer_definition,
    user,
)

LONG = process("p", start_event(), user("t"), service("s", "mail/send", an="wer"),
               catch("w", timer_definition('"P14D"')), script("z", "y = x + 1"), end_event(),
               flows="start > t > s > w > z > end")


def rehearsed(said: str | dict[str, Any], *files: bytes, **named: bytes) -> Outcome:
    every = {f"p{place or ''}.bpmn": source for place, source in enumerate(files)}
    every |= {name.replace("__", "."): source for name, source in named.items()}
    return rehearsals.rehearse(every or {"p.bpmn": LONG}, scenarios.read(said))


def told(outcome: Outcome) -> str:
    return "\n".join(said.en for said in outcome.differences)


def test_it_runs_from_start_to_end_and_everything_expected_is_met() -> None:
    outcome = rehearsed("""
data: {x: 1}
services: {mail/send: {ok: true}}
actions:
  - complete: t
    data: {wer: ada}
    expect: {trace: [t, s], open: [], waits: [w], ended: null}
  - advance: P14D
expect: {trace: [start, t, s, w, z, end], ended: end, data: {x: 1, y: 2, ok: true, wer: ada}, absent: [z], sent: []}
""")
    assert outcome.differences == [] and not outcome.refused and outcome.failure is None
    assert [(act.kind, act.what, act.path) for act in outcome.acts] == [
        ("start", "", ("start",)), ("complete", "t", ("t", "s")), ("timer", "w", ("w", "z", "end")),
    ]
    assert [act.at for act in outcome.acts] == [datetime(2026, 3, day, 8, tzinfo=UTC) for day in (2, 2, 16)]
    assert outcome.acts[1].calls[0].arguments == {"an": "ada"}


@pytest.mark.parametrize(("expect", "said"), [
    ({"trace": ["start", "z"]}, "expected start → z, found start"),
    ({"open": []}, "Open tasks: expected –, found t"),
    ({"waits": ["w"]}, "Waited for: expected w, found –"),
    ({"ended": "end"}, "Ended with: expected end, found –"),
    ({"data": {"x": 2}}, "“x”: expected 2, found 1"),
    ({"data": {"x": True}}, "“x”: expected True, found 1"),
    ({"data": {"q": 1}}, "“q”: expected 1, found –"),
    ({"absent": ["x"]}, "“x”: expected –, found 1"),
    ({"sent": ["m"]}, "Sent: expected m, found –"),
    ({"decisions": {"d": ["r1"]}}, "Rules of “d”: expected r1, found –"),
    ({"failed": {"element": "t"}}, "Nothing has failed"),
    ({"refused": ["duplicate-id"]}, "Refused for: expected duplicate-id, found unknown-body"),
])
def test_what_does_not_come_true_is_said(expect: dict[str, Any], said: str) -> None:
    outcome = rehearsed({"data": {"x": 1}, "expect": expect})
    assert said in told(outcome) and len(outcome.differences) == 1
    assert all(one.de for one in outcome.differences)


def test_an_unmet_expectation_of_an_act_says_which_one() -> None:
    outcome = rehearsed("actions:\n- complete: t\n  expect: {open: [q]}\nservices: {mail/send: {}}\ndata: {wer: 1}")
    assert told(outcome) == "After action 1 (line 2): Open tasks: expected q, found –."


def test_an_operation_the_script_does_not_know_fails_and_says_so() -> None:
    outcome = rehearsed("data: {wer: 1}\nactions:\n- complete: t\nexpect: {failed: {element: s}}")
    assert outcome.failure is not None and (outcome.failure.element, outcome.failure.act) == ("s", 1)
    assert "does not say under “services” what the operation “mail/send” answers" in told(outcome)
    assert (outcome.open, outcome.trace) == (["t"], ["start"]), "a step that failed never happened"


def test_a_failure_can_be_expected_and_then_it_goes_on() -> None:
    outcome = rehearsed("""
data: {wer: 1, x: 1}
services: {mail/send: [{error: DOWN}, {}]}
actions:
  - complete: t
    expect: {failed: {element: s}, open: [t], trace: []}
  - complete: t
expect: {waits: [w]}
""")
    assert outcome.differences == []
    down = "data: {wer: 1}\nservices: {mail/send: {error: DOWN}}\n"
    assert rehearsed(f"{down}actions: [{{complete: t}}]\nexpect: {{failed: {{element: s}}}}").differences == []
    assert "Failed at: expected t, found s" in told(
        rehearsed(f"{down}actions: [{{complete: t}}]\nexpect: {{failed: {{element: t}}}}"))
    assert "From action 2 on nothing was done" in told(
        rehearsed(f"{down}actions: [{{complete: t}}, {{advance: P1D}}]\nexpect: {{failed: {{element: s}}}}"))


@pytest.mark.parametrize(("action", "said"), [
    ("complete: q", "“q” is not open. Open are: t"),
    ("complete: t\n  nth: 2", "“t” is not open"),
    ("message: m", "“m” is not waited for"),
    ("until: 2026-01-01", "clock does not go back"),
])
def test_what_is_not_possible_is_a_difference_even_if_a_failure_was_expected(action: str, said: str) -> None:
    for expect in ("{}", "{failed: {element: t}}"):
        assert said in told(rehearsed(f"actions:\n- {action}\nexpect: {expect}"))


def test_nothing_can_be_done_after_the_end() -> None:
    short = process("p", start_event(), end_event(), flows="start > end")
    for kind in ("complete", "message"):
        assert "has ended already" in told(rehearsed({"actions": [{kind: "x"}]}, short))
    assert rehearsed({"actions": [{"advance": "P1Y"}], "expect": {"ended": "end"}}, short).differences == []


def test_what_falls_due_fires_in_order_each_at_its_moment() -> None:
    source = process("p", start_event(), gateway("g", "parallel"), catch("spaet", timer_definition('"P2D"')),
                     catch("frueh", timer_definition('"P1D"')), end_event("e1"), end_event("e2"),
                     flows="start > g > spaet > e1; g > frueh > e2")
    outcome = rehearsed("actions: [{advance: P1W}]", source)
    assert [(act.what, act.at.day) for act in outcome.acts[1:]] == [("frueh", 3), ("spaet", 4)]
    assert outcome.now == datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_what_it_sends_to_itself_arrives_and_the_rest_is_listed() -> None:
    source = process(
        "p", start_event(), gateway("g", "parallel"), catch("m", message_definition("ruf")), end_event("gehoert"),
        throw("r", "ruf", '{"laut": True}'), throw("fort", "brief"), end_event("gerufen"),
        flows="start > g > m > gehoert; g > r > fort > gerufen",
    )
    outcome = rehearsed("expect: {sent: [ruf, brief], ended: gehoert, data: {laut: true}}", source)
    assert outcome.differences == []
    assert [act.kind for act in outcome.acts] == ["start", "message"]


def test_a_message_reaches_only_whom_its_correlation_fits() -> None:
    source = process("p", start_event(), catch("m", message_definition("ruf")), end_event(), flows="start > m > end")
    said = "data: {{idee_id: a}}\nactions: [{{message: ruf, correlation: {}, data: {{x: 1}}}}]\nexpect: {{ended: end}}"
    assert rehearsed(said.format("a"), source).differences == []
    assert "not waited for" in told(rehearsed(said.format("b"), source))


def test_it_starts_on_a_message() -> None:
    source = process("p", start_event(inside=message_definition("antrag")), end_event(), flows="start > end")
    outcome = rehearsed("start: {message: antrag, data: {x: 1}}\ndata: {y: 2}\n"
                        "expect: {ended: end, data: {x: 1, y: 2}}", source)
    assert outcome.differences == []
    assert "does not start with the message “andere”" in told(rehearsed("start: {message: andere}", source))


def test_the_second_of_several_open_tasks_can_be_chosen() -> None:
    source = process("p", start_event(), user("t", many("leute", "wer", "alle", "was", until="len(alle) == 1")),
                     end_event(), flows="start > t > end")
    outcome = rehearsed("data: {leute: [ada, bob]}\nactions: [{complete: t, nth: 2, data: {was: zwei}}]\n"
                        "expect: {data: {alle: [zwei]}}", source)
    assert outcome.differences == []


def test_decisions_and_called_processes_come_from_files_beside() -> None:
    outer = process("p", start_event(), call("c", "q"), end_event(), flows="start > c > end")
    inner = process("q", start_event("start_q"), rule("b", "d"), end_event("end_q"), flows="start_q > b > end_q")
    decided = table("d", "x", "gut", "> 1 => True", "- => False", policy="FIRST")
    said = "with: [q.bpmn, d.dmn]\ndata: {x: 2}\nexpect: {decisions: {d: [r1]}, data: {gut: true}}"
    assert rehearsed(said, outer, q__bpmn=inner, d__dmn=decided).differences == []
    outcome = rehearsed(said, outer, q__bpmn=inner)
    assert outcome.refused and "The file “d.dmn” is missing" in told(outcome)


def test_a_diagram_with_errors_is_refused_and_never_run() -> None:
    source = process("p", start_event(), end_event(), user("t"), flows="start > end")
    outcome = rehearsed("expect: {refused: [unreachable-element]}", source)
    assert outcome.refused and outcome.differences == [] and outcome.trace == []
    assert "unreachable-element" in told(rehearsed("", source))
    assert "expected no-rule" in told(rehearsed("expect: {refused: [no-rule]}", source))


@pytest.mark.parametrize("source", [b"", b"<x", b"\0\1", b"\xff\xfe<", b"<x/>", b"{}", LONG.replace(b"true", b"false")])
def test_files_that_are_none_are_refused_with_a_finding(source: bytes) -> None:
    outcome = rehearsed("", source)
    assert outcome.refused and outcome.findings and outcome.differences


def test_which_process_is_meant_has_to_be_clear() -> None:
    one, other = (process(name, start_event(), end_event(), flows="start > end") for name in "pq")
    assert "Which process? Name it by “process”: p, q" in told(rehearsed("", one, other))
    assert rehearsed("process: q", one, other).process == "q"
    assert "no process “z”" in told(rehearsed("process: z", one, other))


def test_an_endless_timer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "MOST_STEPS", 10)
    source = process("p", start_event(), catch("w", timer_definition('"PT1S"')), gateway("g", default="g_w"),
                     end_event(), flows="start > w > g > w; g > end if fertig")
    assert "stopped after 10 steps" in told(rehearsed("data: {fertig: false}\nactions: [{advance: P1D}]", source))


def signals(source: bytes) -> bytes:
    """The same diagram with the signal „alarm“ defined."""
    return source.replace(b"<bpmn:process", b'<bpmn:signal id="s_alarm" name="alarm"/><bpmn:process', 1)


ALARM = '<bpmn:signalEventDefinition signalRef="s_alarm"/>'


def test_a_signal_reaches_whoever_waits_for_it_and_can_start_a_process() -> None:
    waits = signals(process("p", start_event(), catch("c", ALARM), end_event(), flows="start > c > end"))
    assert rehearsed("expect: {waits: [c]}\nactions: [{signal: alarm}]", waits).ended == "end"
    outcome = rehearsed("actions: [{signal: laerm}]\nexpect: {waits: [c], trace: [start]}", waits)
    assert outcome.differences == [], "a signal is told to all, and it does not matter if nobody listens"
    starts = signals(process("p", start_event(inside=ALARM), end_event("end", ALARM), flows="start > end"))
    assert rehearsed("start: {signal: alarm}\nexpect: {ended: end, sent: [alarm]}", starts).differences == []


def test_an_error_that_the_diagram_catches_is_no_failure() -> None:
    source = process("p", start_event(), service("s", "pay"), boundary("b", "s", "<bpmn:errorEventDefinition/>"),
                     end_event("paid"), end_event("unpaid"), flows="start > s > paid; b > unpaid")
    outcome = rehearsed("services: {pay: {error: NO_MONEY}}\nexpect: {ended: unpaid}", source)
    assert outcome.differences == []
    assert [(one.element, one.code) for act in outcome.acts for one in act.caught] == [("s", "NO_MONEY")]
    assert "does not say under “services”" in told(rehearsed("", source)), "a gap in the script is caught by nothing"
