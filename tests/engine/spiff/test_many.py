"""Several instances of one task: in parallel, one after the other, until enough have answered."""

import pytest

from engine import spiff
from engine.errors import ProcessFailed
from tests.engine.spiff.models import (
    Run,
    boundary,
    call,
    deployed,
    element,
    end_event,
    gateway,
    many,
    process,
    props,
    script,
    start_event,
    timer_definition,
    user,
)


def around(task: str, *others: str, flows: str = "start > t > danach > end") -> spiff.Specification:
    return deployed(process("p", start_event(), task, *others, user("danach"), end_event(), flows=flows))


def expert(sequential: bool = False, until: str = "") -> spiff.Specification:
    return around(element("userTask", "t", props(assignee="person") + many(
        "personen", "person", "voten", "votum", sequential=sequential, until=until)))


def test_every_item_opens_a_task_of_its_own_and_the_answers_are_collected() -> None:
    run = Run(expert()).start({"personen": ["a", "b", "c"]})
    assert [task.properties["assignee"] for task in run.step.open_tasks] == ["a", "b", "c"]
    assert len({task.key for task in run.step.open_tasks}) == 3
    run.complete("t", votum=1).complete("t", votum=2)
    assert run.open == ["t"]
    run.complete("t", votum=3)
    assert run.open == ["danach"] and run.data == {"personen": ["a", "b", "c"], "voten": [1, 2, 3]}
    assert run.path == ["start", "t", "t", "t"]


def test_one_after_the_other() -> None:
    run = Run(expert(sequential=True)).start({"personen": ["a", "b"]})
    assert [task.properties["assignee"] for task in run.step.open_tasks] == ["a"]
    run.complete("t", votum=1)
    assert [task.properties["assignee"] for task in run.step.open_tasks] == ["b"]
    run.complete("t", votum=2)
    assert run.open == ["danach"] and run.data["voten"] == [1, 2] and "person" not in run.data


@pytest.mark.parametrize("sequential", [True, False])
def test_no_items_no_task(sequential: bool) -> None:
    run = Run(expert(sequential)).start({"personen": []})
    assert run.open == ["danach"] and run.data["voten"] == [] and run.path == ["start", "t"]


@pytest.mark.parametrize("sequential", [True, False])
def test_an_item_may_be_none(sequential: bool) -> None:
    run = Run(expert(sequential)).start({"personen": [None, None]})
    assert run.complete("t", votum=1).complete("t", votum=2).data["voten"] == [1, 2]


@pytest.mark.parametrize("sequential", [True, False])
def test_it_stops_when_enough_have_answered(sequential: bool) -> None:
    run = Run(expert(sequential, until="len(voten) >= 2")).start({"personen": ["a", "b", "c", "d"]})
    run.complete("t", votum=1).complete("t", votum=2)
    assert run.open == ["danach"] and run.data["voten"] == [1, 2]


def test_without_a_field_of_that_name_an_instance_brings_all_its_answers() -> None:
    run = Run(expert()).start({"personen": ["a", "b"]})
    run.complete("t", note=1, text="gut").complete("t", note=5, text="schlecht")
    assert run.data["voten"] == [{"note": 1, "text": "gut"}, {"note": 5, "text": "schlecht"}]
    assert "note" not in run.data


def test_without_an_output_each_instance_brings_what_it_changed() -> None:
    spec = around(element("userTask", "t", many("personen", "person")))
    run = Run(spec).start({"personen": ["a", "b"], "x": 0, "y": 0})
    run.complete("t", x=1).complete("t", y=2)
    assert run.data == {"personen": ["a", "b"], "x": 1, "y": 2}


@pytest.mark.parametrize("sequential", [True, False])
def test_a_number_of_instances(sequential: bool) -> None:
    spec = around(element("userTask", "t", many(item="nr", output="alle", output_item="o", cardinality="wie_viele",
                                                sequential=sequential)))
    run = Run(spec).start({"wie_viele": 2})
    assert [task.data["nr"] for task in run.step.open_tasks] == ([0] if sequential else [0, 1])
    assert run.complete("t", o=1).complete("t", o=2).data["alle"] == [1, 2]
    assert Run(spec).start({"wie_viele": -1}).open == ["danach"]
    with pytest.raises(ProcessFailed):
        Run(spec).start({"wie_viele": "zwei"})


def test_what_is_no_list_fails_at_its_element() -> None:
    for wrong in ("abc", 7, None):
        with pytest.raises(ProcessFailed) as failed:
            Run(expert()).start({"personen": wrong})
        assert failed.value.element == "t"


def test_called_processes_run_several_times() -> None:
    called = process("unter", start_event("us"), user("innen", assignee="person"), script("s", "votum = wert * 2"),
                     end_event("ue"), flows="us > innen > s > ue")
    spec = deployed(process(
        "p", start_event(), call("c", "unter", many("personen", "person", "voten", "votum")), user("danach"),
        end_event(), flows="start > c > danach > end"), called)
    run = Run(spec).start({"personen": ["a", "b"]})
    assert [task.properties["assignee"] for task in run.step.open_tasks] == ["a", "b"]
    run.complete("innen", wert=4).complete("innen", wert=5)
    assert run.open == ["danach"] and run.data["voten"] == [8, 10] and "wert" not in run.data
    assert run.path.count("c") == 2


def test_called_processes_run_one_after_the_other() -> None:
    called = process("unter", start_event("us"), user("innen"), end_event("ue"), flows="us > innen > ue")
    spec = deployed(process(
        "p", start_event(), call("c", "unter", many("personen", "person", "voten", "votum", sequential=True)),
        end_event(), flows="start > c > end"), called)
    run = Run(spec).start({"personen": ["a", "b"]})
    assert run.task("innen").data["person"] == "a"
    run.complete("innen", votum=1)
    assert run.task("innen").data["person"] == "b" and run.task("innen").data["voten"] == [1]
    assert run.complete("innen", votum=2).data["voten"] == [1, 2]


def test_a_deadline_takes_all_instances_away_even_called_ones() -> None:
    called = process("unter", start_event("us"), user("innen"), end_event("ue"), flows="us > innen > ue")
    spec = deployed(process(
        "p", start_event(), call("c", "unter", many("personen", "person", "voten", "votum")),
        boundary("b", "c", timer_definition('"P1D"')), user("danach"), end_event(), end_event("e"),
        flows="start > c > end; b > danach > e"), called)
    run = Run(spec).start({"personen": ["a", "b"]}).complete("innen", votum=1).wake(days=1)
    assert run.open == ["danach"] and run.complete("danach").step.ended == "e"


def test_a_loop_that_comes_again_collects_anew() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("x"), element("userTask", "t", many("personen", "person", "voten", "votum")),
        gateway("y", default="y_end"), end_event(), flows="start > x > t > y; y > x if voten == [1]; y > end"))
    run = Run(spec).start({"personen": ["a"]}).complete("t", votum=1)
    assert run.open == ["t"]
    run.complete("t", votum=2)
    assert run.step.ended == "end" and run.data["voten"] == [2]


def test_instances_answered_by_several_servers_meet() -> None:
    """The specification of another server process has never seen this instance."""
    spec = expert()
    run = Run(spec).start({"personen": ["a", "b"]})
    run.spec = spiff.parse._parse(spiff.Bundle("x", "p", (process(
        "p", start_event(), element("userTask", "t", props(assignee="person") + many(
            "personen", "person", "voten", "votum")), user("danach"), end_event(),
        flows="start > t > danach > end"),)))
    assert run.spec is not spec
    assert run.complete("t", votum=1).complete("t", votum=2).open == ["danach"]


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    inside = ("<bpmn:standardLoopCharacteristics><bpmn:loopCondition>weiter</bpmn:loopCondition>"
              "</bpmn:standardLoopCharacteristics>")
    run = Run(around(element("userTask", "t", inside))).start({"weiter": True})
    run.complete("t", weiter=True).complete("t", weiter=False)
    assert run.open == ["danach"]
