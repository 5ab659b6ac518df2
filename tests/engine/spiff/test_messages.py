"""Messages leave with a step, and come in to whom they concern."""

import pytest

from engine import spiff
from engine.errors import Conflict, Invalid, ProcessFailed
from tests.engine.spiff.models import (
    Run,
    boundary,
    catch,
    deployed,
    element,
    end_event,
    extensions,
    gateway,
    message_definition,
    process,
    props,
    start_event,
    sub_process,
    terminate,
    throw,
    user,
)

WAITS = deployed(process("p", start_event(), catch("m", message_definition("antwort")), end_event(),
                         flows="start > m > end"))


def test_a_thrown_message_leaves_with_payload_and_correlation() -> None:
    spec = deployed(process(
        "p", start_event(), throw("a", "eins"), throw("b", "zwei", '{"n": nummer}', correlation="nummer + 1"),
        element("sendTask", "c", messageRef="m_drei"), end_event("e", message_definition("vier")),
        flows="start > a > b > c > e"))
    run = Run(spec).start({"idee_id": "i-7", "nummer": 41})
    assert run.step.sent == (
        spiff.Sent("a", "eins", "i-7", {"idee_id": "i-7"}), spiff.Sent("b", "zwei", "42", {"n": 41}),
        spiff.Sent("c", "drei", "i-7", {"idee_id": "i-7"}), spiff.Sent("e", "vier", "i-7", {"idee_id": "i-7"}))
    assert run.step.ended == "e"


def test_a_payload_must_be_a_dict() -> None:
    spec = deployed(process("p", start_event(), throw("a", "eins", "[1]"), end_event(), flows="start > a > end"))
    with pytest.raises(ProcessFailed, match="dict"):
        Run(spec).start()


def test_a_message_is_caught_by_name_and_correlation_and_its_payload_becomes_data() -> None:
    run = Run(WAITS).start({"idee_id": "7"})
    (wait,) = run.step.subscriptions
    assert (wait.element, wait.name, wait.correlation, wait.due_at) == ("m", "antwort", "7", None)
    for name, correlation in (("antwort", "8"), ("antwort", None), ("andere", "7")):
        with pytest.raises(Conflict):
            run.deliver(name, correlation)
    run.deliver("antwort", "7", text="ja")
    assert run.step.ended == "end" and run.data == {"idee_id": "7", "text": "ja"} and run.step.subscriptions == ()
    with pytest.raises(Conflict):
        run.deliver("antwort", "7")


def test_the_correlation_of_a_catch_is_worked_out_once_on_arrival() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"),
        catch("m", props(correlation='f"{jahr}-{nummer}"') + message_definition("antwort")),
        user("t"), end_event("a"), end_event("b"), flows="start > g > m > a; g > t > b"))
    run = Run(spec).start({"jahr": 2026, "nummer": 5})
    assert [wait.correlation for wait in run.step.subscriptions] == ["2026-5"]
    run.complete("t", nummer=6)
    assert run.deliver("antwort", "2026-5").step.ended == "a"


def test_a_correlation_that_cannot_be_worked_out_fails_at_its_element() -> None:
    spec = deployed(process(
        "p", start_event(), catch("m", props(correlation="gibt_es_nicht") + message_definition("x")), end_event(),
        flows="start > m > end"))
    with pytest.raises(ProcessFailed) as failed:
        Run(spec).start()
    assert failed.value.element == "m"


def test_a_process_is_started_by_its_message() -> None:
    spec = deployed(process("p", start_event(inside=message_definition("eingereicht")), user("t"), end_event(),
                            flows="start > t > end"))
    run = Run(spec).start({"a": 1}, spiff.Arrival("eingereicht", None, {"idee_id": "7"}))
    assert (run.open, run.data, run.step.subscriptions) == (["t"], {"a": 1, "idee_id": "7"}, ())
    assert Run(spec).start({"idee_id": "7"}).open == ["t"]
    with pytest.raises(Invalid):
        Run(spec).start({}, spiff.Arrival("falsch", None, {}))


def test_a_process_with_two_starts_takes_the_one_the_message_names() -> None:
    spec = deployed(process(
        "p", start_event("a", message_definition("eins")), start_event("b", message_definition("zwei")), user("t1"),
        user("t2"), end_event("e1"), end_event("e2"), flows="a > t1 > e1; b > t2 > e2"))
    run = Run(spec).start({}, spiff.Arrival("zwei", None, {}))
    assert run.open == ["t2"] and run.step.subscriptions == ()
    assert run.complete("t2").step.ended == "e2"


def test_a_process_without_such_a_start_refuses_the_message() -> None:
    with pytest.raises(Invalid):
        Run(WAITS).start({"idee_id": "7"}, spiff.Arrival("antwort", "7", {}))


def test_a_branch_that_waits_for_a_withdrawal_stops_with_the_main_branch() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), user("t"), terminate("fertig"),
        catch("m", message_definition("zurueckgezogen")), terminate("weg"),
        flows="start > g > t > fertig; g > m > weg"))
    run = Run(spec).start({"idee_id": "7"})
    assert Run(spec).start({"idee_id": "7"}).deliver("zurueckgezogen", "7").step.ended == "weg"
    run.complete("t")
    assert (run.step.ended, run.step.subscriptions, run.open) == ("fertig", (), [])


def test_a_non_interrupting_message_can_come_while_the_task_stays_open() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", message_definition("nachtrag"), interrupting=False),
        user("lesen"), end_event(), end_event("e"), flows="start > t > end; b > lesen > e"))
    run = Run(spec).start({"idee_id": "7"}).deliver("nachtrag", "7", neu="x")
    assert run.open == ["t", "lesen"] and run.task("lesen").data["neu"] == "x"
    run.complete("lesen").deliver("nachtrag", "7", neu="y")
    assert run.open == ["t", "lesen"] and run.task("lesen").data["neu"] == "y"
    run.deliver("nachtrag", "7", neu="z").complete("t")
    assert run.open == ["lesen", "lesen"] and run.step.subscriptions == () and run.step.ended is None
    assert run.complete("lesen").complete("lesen").step.ended == "e"
    assert run.path.count("b") == 3


def test_of_two_interrupting_catches_only_the_first_happens() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", message_definition("x")),
        boundary("c", "t", message_definition("x")), end_event(), end_event("e"), end_event("f"),
        flows="start > t > end; b > e; c > f"))
    assert Run(spec).start({"idee_id": "7"}).deliver("x", "7").step.path == ("b", "e")


def test_two_catches_of_the_same_message_both_get_it() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), catch("m", message_definition("x")),
        catch("n", message_definition("x")), end_event("a"), end_event("b"), flows="start > g > m > a; g > n > b"))
    run = Run(spec).start({"idee_id": "7"}).deliver("x", "7")
    assert run.step.ended and set(run.step.path) == {"m", "n", "a", "b"}


def test_a_message_reaches_into_sub_processes_and_receive_tasks() -> None:
    inner = sub_process("u", start_event("us"), element("receiveTask", "r", extensions(), messageRef="m_x"),
                        end_event("ue"), flows="us > r > ue")
    spec = deployed(process("p", start_event(), inner, end_event(), flows="start > u > end"))
    run = Run(spec).start({"idee_id": "7"}).deliver("x", "7", gut=True)
    assert run.step.ended == "end" and run.data["gut"] is True
