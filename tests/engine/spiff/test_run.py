"""A process starts, waits for people, calls services, and ends."""

from decimal import Decimal
from typing import Any

import pytest

from engine import spiff
from engine.errors import Conflict, Forbidden, Invalid, ProcessFailed, Unavailable
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    call,
    deployed,
    element,
    end_event,
    gateway,
    lanes,
    message_definition,
    process,
    script,
    service,
    start_event,
    sub_process,
    terminate,
    timer_definition,
    user,
)


def two_tasks() -> spiff.Specification:
    return deployed(process("p", start_event(), user("a", form="eins", assignee="wer"), user("b"), end_event(),
                            flows="start > a > b > end"))


def test_it_waits_at_a_task_and_goes_on_when_it_is_completed() -> None:
    run = Run(two_tasks()).start({"wer": "maria"})
    assert (run.open, run.step.path, run.step.ended) == (["a"], ("start",), None)
    run.complete("a", ergebnis="ja")
    assert (run.open, run.step.path, run.data["ergebnis"]) == (["b"], ("a",), "ja")
    run.complete("b")
    assert (run.open, run.step.path, run.step.ended) == ([], ("b", "end"), "end")
    assert run.data == {"wer": "maria", "ergebnis": "ja"}


def test_a_task_brings_its_properties_once_and_with_expressions_worked_out() -> None:
    run = Run(two_tasks()).start({"wer": "maria"})
    task = run.task("a")
    assert task.new and task.properties == {"form": "eins", "assignee": "maria"} and task.data == {"wer": "maria"}
    assert (task.name, task.process_id, task.element) == ("A", "p", "a")


def test_a_task_that_was_open_before_is_not_new_and_its_properties_are_not_worked_out_again() -> None:
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), user("a", assignee="wer"), user("b"),
                            user("c"), end_event(), flows="start > g > a > end; g > b > c > end"))
    run = Run(spec).start({"wer": "maria"}).complete("b", wer=[])
    task = run.task("a")
    assert (task.new, task.properties, task.data) == (False, {}, {})
    assert run.task("c").new


def test_a_completed_task_cannot_be_completed_again() -> None:
    run = Run(two_tasks()).start({"wer": None})
    key = run.task("a").key
    run.complete("a")
    with pytest.raises(Conflict):
        run.complete_key(key)
    with pytest.raises(Conflict):
        run.complete_key("no such key")


def test_an_open_task_shows_its_data_without_moving() -> None:
    run = Run(two_tasks()).start({"wer": None, "betrag": Decimal("12.50")})
    assert spiff.task_data(run.spec, run.step.state, run.task("a").key) == {"wer": None, "betrag": Decimal("12.50")}
    with pytest.raises(Conflict):
        spiff.task_data(run.spec, run.step.state, "no such key")


def test_conditions_are_tried_in_the_order_of_the_file_and_the_first_that_holds_wins() -> None:
    spec = deployed(process("p", start_event(), gateway("g", default="g_c"), end_event("a"), end_event("b"),
                            end_event("c"), flows="start > g; g > a if x > 10; g > b if x > 5; g > c"))
    assert [Run(spec).start({"x": x}).step.ended for x in (11, 6, 1)] == ["a", "b", "c"]


def test_moving_a_shape_does_not_change_what_happens() -> None:
    source = process("p", start_event(), gateway("g", default="g_c"), end_event("a"), end_event("b"), end_event("c"),
                     flows="start > g; g > a if True; g > b if True; g > c")
    for ys in ((0, 100), (100, 0)):
        shapes = "".join(f'<di:BPMNShape bpmnElement="{name}"><dc:Bounds x="0" y="{y}" width="1" height="1"/>'
                         "</di:BPMNShape>" for name, y in zip("ab", ys, strict=True))
        drawn = (f'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
                 f'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><di:BPMNPlane>{shapes}</di:BPMNPlane>'
                 "</di:BPMNDiagram></bpmn:definitions>")
        moved = source.replace(b"</bpmn:definitions>", drawn.encode())
        assert len(spiff.read_diagram(moved).shapes) == 2
        assert Run(deployed(moved)).start().step.ended == "a"


def test_conditions_after_the_first_that_holds_are_not_looked_at() -> None:
    spec = deployed(process("p", start_event(), gateway("g", default="g_b"), end_event("a"), end_event("b"),
                            end_event("c"), flows="start > g; g > a if x; g > c if unbekannt; g > b"))
    assert Run(spec).start({"x": True}).step.ended == "a"
    with pytest.raises(ProcessFailed) as failed:
        Run(spec).start({"x": False})
    assert failed.value.element == "g" and "unbekannt" in failed.value.cause


def test_a_gateway_without_a_way_out_fails_at_its_line() -> None:
    source = process("p", start_event(), gateway("g"), end_event("a"), end_event("b"),
                     flows="start > g; g > a if x > 1; g > b if x > 2")
    with pytest.raises(ProcessFailed) as failed:
        Run(deployed(source)).start({"x": 0})
    assert failed.value.element == "g"
    assert b'id="g"' in source.splitlines()[(failed.value.line or 0) - 1]


def test_an_inclusive_gateway_takes_every_way_that_holds_and_waits_for_all_of_them() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "inclusive", default="g_c"), user("a"), user("b"), user("c"),
        gateway("j", "inclusive"), end_event(),
        flows="start > g; g > a if x > 1; g > b if x > 2; g > c; a > j; b > j; c > j; j > end"))
    run = Run(spec).start({"x": 3})
    assert run.open == ["a", "b"]
    assert run.complete("b").step.ended is None
    assert run.complete("a").step.ended == "end"
    assert Run(spec).start({"x": 2}).complete("a").step.ended == "end"
    assert Run(spec).start({"x": 0}).open == ["c"]


def test_a_script_changes_process_data() -> None:
    spec = deployed(process("p", start_event(), script("s", "a = b + 1\nliste.append(a)"), end_event(),
                            flows="start > s > end"))
    assert Run(spec).start({"b": 1, "liste": []}).data == {"a": 2, "b": 1, "liste": [2]}


def test_a_service_task_hands_over_arguments_and_takes_in_the_result() -> None:
    seen: list[spiff.ServiceCall] = []

    def handler(asked: spiff.ServiceCall) -> dict[str, Any]:
        seen.append(asked)
        return {"lotse": "p-7"}

    spec = deployed(process("p", start_event(), service("s", "idea/assign_guide", ort="kommune.upper()", zahl="1"),
                            end_event(), flows="start > s > end"))
    run = Run(spec, idea_assign_guide=handler).start({"kommune": "mayen"})
    assert [(asked.operation, asked.element, asked.arguments, asked.data) for asked in seen] == [
        ("idea/assign_guide", "s", {"ort": "MAYEN", "zahl": 1}, {"kommune": "mayen"})]
    assert run.data == {"kommune": "mayen", "lotse": "p-7"}
    assert run.step.calls == (spiff.CallResult("s", "idea/assign_guide", {"ort": "MAYEN", "zahl": 1},
                                               {"lotse": "p-7"}),)


def test_a_service_task_can_put_its_result_under_one_name() -> None:
    spec = deployed(process("p", start_event(), service("s", "x/y", result="antwort"), end_event(),
                            flows="start > s > end"))
    assert Run(spec, x_y={"a": 1}).start().data == {"antwort": {"a": 1}}


@pytest.mark.parametrize("wrong", [ValueError("kaputt"), Forbidden("kaputt", "kaputt")])
def test_a_failing_handler_fails_the_step_with_its_own_words(wrong: Exception) -> None:
    def handler(asked: spiff.ServiceCall) -> dict[str, Any]:
        raise wrong

    spec = deployed(process("p", start_event(), user("t"), service("s", "x/y"), end_event(),
                            flows="start > t > s > end"))
    run = Run(spec, x_y=handler).start()
    before = run.step.state
    with pytest.raises(ProcessFailed) as failed:
        run.complete("t")
    assert failed.value.element == "s" and "kaputt" in failed.value.cause and failed.value.__cause__ is wrong
    assert "kaputt" in failed.value.de and "„S“" in failed.value.de
    run.handlers["x_y"] = {}
    assert run.step.state == before and run.complete("t").step.ended == "end"


def test_a_database_that_is_away_is_not_the_diagrams_fault() -> None:
    def handler(asked: spiff.ServiceCall) -> dict[str, Any]:
        raise Unavailable("weg", "away")

    spec = deployed(process("p", start_event(), service("s", "x/y"), end_event(), flows="start > s > end"))
    with pytest.raises(Unavailable):
        Run(spec, x_y=handler).start()


def test_a_result_that_cannot_be_kept_fails_the_step() -> None:
    spec = deployed(process("p", start_event(), service("s", "x/y"), end_event(), flows="start > s > end"))
    with pytest.raises(ProcessFailed, match="object"):
        Run(spec, x_y={"a": object()}).start()


def test_answers_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(Invalid):
        Run(two_tasks()).start({"wer": {1, 2}})


def test_a_terminate_end_stops_every_other_branch() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), user("a"), user("b"), terminate("aus"), end_event("nie"),
        flows="start > g > a > aus; g > b > nie"))
    run = Run(spec).start()
    assert run.open == ["a", "b"]
    run.complete("a")
    assert (run.open, run.step.ended, run.step.timers) == ([], "aus", ())


def test_what_was_about_to_run_does_not_run_after_a_terminate_end() -> None:
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), terminate("aus"), service("s", "x/y"),
                            end_event("nie"), flows="start > g > aus; g > s > nie"))
    step = Run(spec).start().step
    assert (step.path, step.calls, step.ended) == (("start", "g", "aus"), (), "aus")


def test_a_process_ends_with_the_end_that_is_reached_last() -> None:
    spec = deployed(process("p", start_event(), gateway("g", "parallel"), user("a"), user("b"), end_event("x"),
                            end_event("y"), flows="start > g > a > x; g > b > y"))
    run = Run(spec).start().complete("b")
    assert run.step.ended is None and run.step.path == ("b", "y")
    assert run.complete("a").step.ended == "x"


CALLED = process("unter", lanes(cdo="innen"), start_event("us"), user("innen"), end_event("ue"),
                 flows="us > innen > ue")


def test_a_called_process_runs_with_its_own_lanes_and_gives_its_data_back() -> None:
    spec = deployed(process("p", lanes(lotse="c danach"), start_event(), call("c", "unter"), user("danach"),
                            end_event(), flows="start > c > danach > end"), CALLED)
    run = Run(spec).start({"x": 1})
    task = run.task("innen")
    assert (task.lane, task.process_id, task.data) == ("cdo", "unter", {"x": 1})
    run.complete("innen", y=2)
    assert (run.open, run.task("danach").lane, run.data) == (["danach"], "lotse", {"x": 1, "y": 2})
    assert run.path == ["start", "us", "innen", "ue", "c"]
    assert run.complete("danach").step.ended == "end"


def test_a_task_in_a_sub_process_stands_in_the_lane_of_the_sub_process_unless_it_has_its_own() -> None:
    inner = sub_process("u", start_event("us"), user("innen"), user("eigen"), end_event("ue"),
                        flows="us > innen > eigen > ue")
    spec = deployed(process("p", lanes(lotse="u", cdo="eigen"), start_event(), inner, end_event(),
                            flows="start > u > end"))
    run = Run(spec).start()
    assert (run.task("innen").lane, run.task("innen").process_id) == ("lotse", "p")
    assert run.complete("innen").task("eigen").lane == "cdo"
    assert run.complete("eigen").step.ended == "end"


def test_a_terminate_end_inside_a_sub_process_ends_only_that() -> None:
    inner = sub_process("u", start_event("us"), gateway("g", "parallel"), user("a"), user("b"), terminate("ut"),
                        end_event("ue"), flows="us > g > a > ut; g > b > ue")
    spec = deployed(process("p", start_event(), inner, user("danach"), end_event(), flows="start > u > danach > end"))
    run = Run(spec).start().complete("a")
    assert (run.open, run.step.ended) == (["danach"], None)


def test_an_interrupted_call_takes_its_open_tasks_with_it() -> None:
    spec = deployed(process(
        "p", start_event(), call("c", "unter"), boundary("frist", "c", timer_definition('"P1D"')), user("ersatz"),
        end_event(), end_event("spaet"), flows="start > c > end; frist > ersatz > spaet"), CALLED)
    run = Run(spec).start().wake(days=1)
    assert (run.open, run.step.timers) == (["ersatz"], ())
    assert run.complete("ersatz").step.ended == "spaet"


def test_an_error_end_in_a_sub_process_takes_the_way_out_of_the_boundary() -> None:
    inner = sub_process("u", start_event("us"), user("innen"),
                        end_event("uf", '<bpmn:errorEventDefinition errorRef="e"/>'), flows="us > innen > uf")
    source = process("p", start_event(), inner,
                     boundary("fehler", "u", '<bpmn:errorEventDefinition errorRef="e"/>'), end_event(),
                     end_event("anders"), flows="start > u > end; fehler > anders")
    source = source.replace(b"<bpmn:process ", b'<bpmn:error id="e" name="e" errorCode="7"/><bpmn:process ')
    assert Run(deployed(source)).start().complete("innen").step.ended == "anders"


def test_a_model_that_goes_round_in_circles_is_stopped() -> None:
    spec = deployed(process("p", start_event(), user("t"), gateway("g"), script("s", "x = x + 1"),
                            gateway("h", default="h_end"), end_event(),
                            flows="start > t > g > s > h; h > g if x > 0; h > end"))
    run = Run(spec).start({"x": 0})
    with pytest.raises(ProcessFailed) as failed:
        spiff.complete(spec, run.step.state, run.task("t").key, {}, NOON, run.call, max_steps=50)
    assert failed.value.element in {"g", "s", "h"} and failed.value.line
    with pytest.raises(ProcessFailed, match="circles"):
        run.complete("t")


def test_a_long_loop_over_a_person_goes_on_and_on() -> None:
    spec = deployed(process("p", start_event(), gateway("g"), user("t"), gateway("h", default="h_end"), end_event(),
                            flows="start > g > t > h; h > g if weiter; h > end"))
    run = Run(spec).start()
    for _ in range(400):
        run.complete("t", weiter=True)
    assert run.open == ["t"]
    assert run.complete("t", weiter=False).step.ended == "end"


def test_a_boundary_message_interrupts() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", message_definition("stopp")), end_event(), end_event("weg"),
        flows="start > t > end; b > weg"))
    run = Run(spec).start({"idee_id": "7"})
    assert run.deliver("stopp", "7").step.ended == "weg" and run.open == []


def test_a_manual_task_and_a_plain_task_wait_for_a_person_too() -> None:
    spec = deployed(process("p", start_event(), element("manualTask", "m"), element("task", "n"), end_event(),
                            flows="start > m > n > end"))
    assert Run(spec).start().complete("m").complete("n").step.ended == "end"
