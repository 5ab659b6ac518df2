"""What is thrown is caught by the nearest that fits, at once (BPMN 2.0.2, 10.5, 13.5.3, 13.5.4)."""

from typing import Any

import pytest

from engine import spiff
from engine.errors import OperationFailed, ProcessFailed
from tests.engine.spiff.models import (
    Run,
    boundary,
    call,
    catch,
    conditional_definition,
    deployed,
    element,
    end_event,
    error_definition,
    escalation_definition,
    event_process,
    gateway,
    many,
    message_definition,
    process,
    props,
    script,
    service,
    signal_definition,
    start_event,
    sub_process,
    user,
)


def thrower(name: str, definition: str) -> str:
    return element("intermediateThrowEvent", name, definition)


# -- signals -----------------------------------------------------------------------------------------------------------

def test_a_signal_at_the_end_reaches_everything_that_waits_for_its_name() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), catch("c1", signal_definition("alarm")),
        catch("c2", signal_definition("alarm")), catch("c3", signal_definition("anders")), user("t"),
        end_event("rufen", signal_definition("alarm")), user("n1"), user("n2"), user("n3"), end_event(),
        flows="start > g > c1 > n1 > end; g > c2 > n2 > end; g > c3 > n3 > end; g > t > rufen"))
    run = Run(spec).start()
    assert {(wait.element, wait.name, wait.kind) for wait in run.step.subscriptions} == {
        ("c1", "alarm", "signal"), ("c2", "alarm", "signal"), ("c3", "anders", "signal")}
    run.complete("t")
    assert sorted(run.open) == ["n1", "n2"]
    assert [(sent.name, sent.kind) for sent in run.step.sent] == [("alarm", "signal")]


def test_a_signal_from_outside_reaches_all_that_wait_and_carries_what_it_says() -> None:
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), catch("c1", signal_definition("alarm")),
                            catch("c2", signal_definition("alarm")), user("n1"), user("n2"), end_event(),
                            flows="start > g > c1 > n1 > end; g > c2 > n2 > end"))
    run = Run(spec).start().deliver("alarm", kind="signal", grund="Feuer")
    assert run.task("n1").data == run.task("n2").data == {"grund": "Feuer"}


def test_a_message_does_not_answer_for_a_signal_of_the_same_name() -> None:
    spec = deployed(process("p", start_event(), catch("c", signal_definition("alarm")), end_event(),
                            flows="start > c > end"))
    with pytest.raises(Exception, match="not waited for"):
        Run(spec).start().deliver("alarm")


def test_a_process_starts_on_its_signal() -> None:
    spec = deployed(process("p", start_event("start", signal_definition("alarm")), user("t"), end_event(),
                            flows="start > t > end"))
    run = Run(spec).start(message=spiff.Arrival("alarm", None, {"x": 1}, "signal"))
    assert run.open == ["t"] and run.task("t").data == {"x": 1}


# -- errors ------------------------------------------------------------------------------------------------------------

def with_error(beside: str, inner_end: str = "", **codes: str) -> spiff.Specification:
    """A sub-process that ends with the error e after a task, what is attached to it, and a way behind each."""
    inner = sub_process("u", start_event("us"), gateway("ug", "parallel"), user("innen"), user("daneben"),
                        end_event("uf", inner_end or error_definition("e")), end_event("ue"),
                        flows="us > ug > innen > uf; ug > daneben > ue")
    return deployed(process("p", start_event(), inner, beside, user("danach"), end_event(), end_event("e1"),
                            end_event("e2"), flows="start > u > danach > end; b1 > e1; b2 > e2"))


def test_the_event_of_that_code_goes_before_one_that_catches_all() -> None:
    beside = boundary("b1", "u", "<bpmn:errorEventDefinition/>") + boundary("b2", "u", error_definition("e"))
    run = Run(with_error(beside)).start().complete("innen")
    assert run.step.ended == "e2" and run.open == []
    assert run.path == ["start", "us", "ug", "innen", "uf", "b2", "e2"]


def test_what_an_error_carries_needs_a_name_where_it_is_no_dict() -> None:
    source = process("p", start_event(), sub_process("u", start_event("us"), end_event("uf", error_definition("e")),
                                                     flows="us > uf"),
                     boundary("b", "u", "{}" + error_definition("e")), user("t"), end_event(),
                     flows="start > u > end; b > t > end")
    payload = ("<bpmn:extensionElements><spiffworkflow:payloadExpression>7</spiffworkflow:payloadExpression>"
               "</bpmn:extensionElements>")
    source = source.replace(b'errorCode="e"/>', f'errorCode="e">{payload}</bpmn:error>'.encode())
    with pytest.raises(ProcessFailed, match="must be a dict or have a name"):
        Run(deployed(source.replace(b"{}", b""))).start()
    named = deployed(source.replace(b"{}", props(variable="grund").encode()))
    assert Run(named).start().task("t").data == {"grund": 7}


def test_another_code_is_not_caught_and_ends_the_process_with_the_error() -> None:
    beside = boundary("b1", "u", error_definition("anders")) + boundary("b2", "u", escalation_definition("e"))
    run = Run(with_error(beside)).start({"x": 1}).complete("innen", x=2)
    assert run.step.ended == "uf" and run.open == [] and run.data == {"x": 2}


def test_an_error_of_a_called_process_goes_up_to_the_call() -> None:
    below = process("unter", start_event("us"), user("innen"), end_event("uf", error_definition("e")),
                    flows="us > innen > uf")
    spec = deployed(process("p", start_event(), call("c", "unter"), boundary("b", "c", error_definition("e")),
                            user("ersatz"), end_event(), flows="start > c > end; b > ersatz > end"), below)
    run = Run(spec).start().complete("innen", x=1)
    assert run.open == ["ersatz"] and run.task("ersatz").data == {"x": 1}


def test_an_error_of_one_of_several_instances_ends_them_all() -> None:
    inner = sub_process("u", start_event("us"), user("innen"), end_event("uf", error_definition("e")),
                        flows="us > innen > uf", extra=many("leute", "wer"))
    spec = deployed(process("p", start_event(), inner, boundary("b", "u", error_definition("e")), user("ersatz"),
                            end_event(), flows="start > u > end; b > ersatz > end"))
    run = Run(spec).start({"leute": ["a", "b", "c"]})
    assert run.open == ["innen"] * 3
    assert run.complete("innen").open == ["ersatz"]


def test_no_automatic_step_follows_in_what_has_been_interrupted() -> None:
    inner = sub_process("u", start_event("us"), gateway("ug", "parallel"), end_event("uf", error_definition("e")),
                        script("s1", "n = 1"), script("s2", "n = 2"), end_event("ue"),
                        flows="us > ug > uf; ug > s1 > s2 > ue")
    spec = deployed(process("p", start_event(), inner, boundary("b", "u", error_definition("e")), end_event("anders"),
                            end_event(), flows="start > u > end; b > anders"))
    run = Run(spec).start()
    assert run.step.ended == "anders" and "s1" not in run.path and "s2" not in run.path


# -- failures of activities --------------------------------------------------------------------------------------------

def failing(beside: str) -> spiff.Specification:
    return deployed(process("p", start_event(), user("t"), script("s", "n = 1 // x"), beside, user("ersatz"),
                            end_event(), flows="start > t > s > end; b > ersatz > end"))


@pytest.mark.parametrize("definition", ["<bpmn:errorEventDefinition/>", error_definition("ZeroDivisionError")])
def test_an_error_event_catches_a_script_that_fails(definition: str) -> None:
    run = Run(failing(boundary("b", "s", props(variable="fehler") + definition))).start().complete("t", x=0)
    assert run.open == ["ersatz"] and run.path == ["start", "t", "b"]
    assert run.task("ersatz").data["fehler"]["code"] == "ZeroDivisionError"
    assert [(one.element, one.code) for one in run.step.failures] == [("s", "ZeroDivisionError")]
    assert run.complete("ersatz").step.ended == "end"


def test_a_failure_that_nobody_catches_is_still_a_failure() -> None:
    run = Run(failing(boundary("b", "s", error_definition("anders")))).start()
    with pytest.raises(ProcessFailed) as failed:
        run.complete("t", x=0)
    assert failed.value.element == "s" and run.open == ["t"]


def refuses(asked: spiff.ServiceCall) -> dict[str, Any]:
    raise OperationFailed("KEIN_GELD")


def test_an_error_event_catches_what_a_service_says_by_its_code() -> None:
    spec = deployed(process("p", start_event(), service("s", "pay"), boundary("b", "s", error_definition("KEIN_GELD")),
                            end_event(), end_event("arm"), flows="start > s > end; b > arm"))
    assert Run(spec, pay=refuses).start().step.ended == "arm"
    assert Run(spec, pay={}).start().step.ended == "end"


def test_a_failure_inside_a_sub_process_goes_up_to_what_catches_it() -> None:
    inner = sub_process("u", start_event("us"), service("s", "pay"), user("ut"), end_event("ue"),
                        flows="us > s > ut > ue")
    spec = deployed(process("p", start_event(), inner, end_event(),
                            event_process("h", error_definition("KEIN_GELD"), user("helfen"), end_event("he"),
                                          flows="h_start > helfen > he"), flows="start > u > end"))
    run = Run(spec, pay=refuses).start({"x": 1})
    assert run.open == ["helfen"] and run.task("helfen").data == {"x": 1}
    assert run.complete("helfen").step.ended == "he"


# -- escalations -------------------------------------------------------------------------------------------------------

def with_escalation(beside: str) -> spiff.Specification:
    inner = sub_process("u", start_event("us"), thrower("hoch", escalation_definition("e")), user("innen"),
                        end_event("ue"), flows="us > hoch > innen > ue")
    return deployed(process("p", start_event(), inner, beside, user("chef"), end_event(), end_event("e2"),
                            flows="start > u > end; b > chef > e2"))


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["chef"]), (False, ["chef", "innen"])])
def test_who_catches_an_escalation_says_whether_anything_is_over(interrupting: bool, left: list[str]) -> None:
    run = Run(with_escalation(boundary("b", "u", escalation_definition("e"), interrupting))).start()
    assert sorted(run.open) == left


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    run = Run(with_escalation(boundary("b", "u", escalation_definition("anders")))).start()
    assert run.open == ["innen"] and run.complete("innen").step.ended == "end"


def test_an_escalation_beside_a_loop_comes_each_time() -> None:
    inner = sub_process("u", start_event("us"), gateway("x"), user("innen"),
                        thrower("hoch", escalation_definition("e")), gateway("y", default="y_ue"), end_event("ue"),
                        flows="us > x > innen > hoch > y; y > x if weiter; y > ue")
    spec = deployed(process("p", start_event(), inner, boundary("b", "u", escalation_definition("e"), False),
                            script("s", "n = 1"), end_event(), end_event("e2"), flows="start > u > end; b > s > e2"))
    run = Run(spec).start({"n": 0})
    for _ in range(3):
        run.complete("innen", weiter=True)
    assert run.path.count("s") == 3 and run.open == ["innen"]
    assert run.complete("innen", weiter=False).step.ended is not None


# -- conditions --------------------------------------------------------------------------------------------------------

def test_a_condition_is_waited_for_until_it_holds() -> None:
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), catch("c", conditional_definition("n >= 3")),
                            user("t"), user("u"), user("n1"), end_event(),
                            flows="start > g > c > n1 > end; g > t > u > end"))
    run = Run(spec).start({"n": 1})
    assert run.open == ["t"] and [wait.kind for wait in run.step.subscriptions] == ["condition"]
    run.complete("t", n=3)
    assert sorted(run.open) == ["n1", "u"]


def test_a_condition_that_holds_already_is_not_waited_for() -> None:
    spec = deployed(process("p", start_event(), catch("c", conditional_definition("n >= 3")), user("t"), end_event(),
                            flows="start > c > t > end"))
    assert Run(spec).start({"n": 3}).open == ["t"]


def test_a_name_that_is_not_known_yet_is_no_failure() -> None:
    spec = deployed(process("p", start_event(), user("t"), boundary("b", "t", conditional_definition("spaeter > 3")),
                            end_event(), end_event("e2"), flows="start > t > end; b > e2"))
    assert Run(spec).start().open == ["t"]


def test_a_condition_at_the_edge_sees_what_changes_inside_and_interrupts() -> None:
    inner = sub_process("u", start_event("us"), user("a"), script("s", "n = n + 1"), user("b2"), end_event("ue"),
                        flows="us > a > s > b2 > ue")
    spec = deployed(process("p", start_event(), inner, boundary("b", "u", conditional_definition("n > 1")), user("zu"),
                            end_event(), flows="start > u > end; b > zu > end"))
    run = Run(spec).start({"n": 1}).complete("a")
    assert run.open == ["zu"]


def test_beside_what_goes_on_a_condition_comes_whenever_it_becomes_true() -> None:
    inner = sub_process("u", start_event("us"), gateway("x"), user("innen"), gateway("y", default="y_ue"),
                        end_event("ue"), flows="us > x > innen > y; y > x if weiter; y > ue")
    spec = deployed(process("p", start_event(), inner, boundary("b", "u", conditional_definition("voll"), False),
                            script("s", "n = 1"), end_event(), end_event("e2"), flows="start > u > end; b > s > e2"))
    run = Run(spec).start({"n": 0, "weiter": True, "voll": False})
    for voll in (True, True, False, True):
        run.complete("innen", voll=voll)
    assert run.path.count("s") == 2


def test_the_first_of_a_condition_a_signal_and_a_message() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), user("t"), gateway("w", "eventBased"),
        catch("c", conditional_definition("n > 1")), catch("s", signal_definition("alarm")),
        catch("m", message_definition("brief")), user("nc"), user("ns"), user("nm"), end_event(), end_event("te"),
        flows="start > g > w; g > t > te; w > c > nc > end; w > s > ns > end; w > m > nm > end"))
    begun = {"n": 1, "idee_id": "i"}
    assert Run(spec).start(begun).complete("t", n=2).open == ["nc"]
    assert sorted(Run(spec).start(begun).deliver("alarm", kind="signal").open) == ["ns", "t"]
    assert sorted(Run(spec).start(begun).deliver("brief", "i").open) == ["nm", "t"]


# -- event sub-processes -----------------------------------------------------------------------------------------------

def happens(run: Run, kind: str) -> Run:
    """Let come what starts an event sub-process of this kind."""
    if kind == "signal":
        return run.deliver("alarm", kind="signal")
    return run.complete("a", n=5)


DEFINITIONS = {"signal": signal_definition("alarm"), "error": error_definition("e"),
               "escalation": escalation_definition("e"), "conditional": conditional_definition("n > 3")}
THROWN = {"error": error_definition("e"), "escalation": escalation_definition("e")}


def around(kind: str, interrupting: bool, nested: bool) -> spiff.Specification:
    raises = end_event("ae", THROWN.get(kind, ""))
    inside = [gateway("ag", "parallel"), user("a"), user("b"), raises, end_event("be"),
              event_process("h", DEFINITIONS[kind], user("helfen"), end_event("he"), flows="h_start > helfen > he",
                            interrupting=interrupting)]
    flows = "{} > ag; ag > a > ae; ag > b > be"
    if not nested:
        return deployed(process("p", start_event(), *inside, flows=flows.format("start")))
    return deployed(process("p", start_event(), sub_process("u", start_event("us"), *inside, flows=flows.format("us")),
                            user("danach"), end_event(), flows="start > u > danach > end"))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("kind", "interrupting"), [
    ("signal", True), ("signal", False), ("error", True), ("escalation", True), ("escalation", False),
    ("conditional", True), ("conditional", False),
])
def test_an_event_sub_process_of_every_kind(kind: str, interrupting: bool, nested: bool) -> None:
    run = happens(Run(around(kind, interrupting, nested)).start({"n": 0}), kind)
    rest = [] if interrupting else [name for name in ("a", "b") if name != "a" or kind == "signal"]
    assert sorted(run.open) == sorted([*rest, "helfen"])
    for name in [*rest, "helfen"]:
        run.complete(name)
    if nested:
        assert run.open == ["danach"]
        run.complete("danach")
    assert run.step.ended is not None


def test_what_an_error_brings_along_is_known_to_who_helps() -> None:
    run = Run(around("error", True, nested=True)).start({"n": 0}).complete("a", n=5, grund="Streit")
    assert run.task("helfen").data == {"n": 5, "grund": "Streit"}


def test_an_event_sub_process_does_not_catch_its_own() -> None:
    spec = deployed(process(
        "p", start_event(), user("a"), thrower("hoch", escalation_definition("e")), user("b"), end_event(),
        event_process("h", escalation_definition("e"), user("helfen"), thrower("weiter", escalation_definition("e")),
                      end_event("he"), flows="h_start > helfen > weiter > he", interrupting=False),
        flows="start > a > hoch > b > end"))
    run = Run(spec).start().complete("a").complete("helfen")
    assert run.open == ["b"] and run.path.count("h_start") == 1
