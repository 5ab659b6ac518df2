"""A token is moved where it may go: it leaves nothing behind, keeps its data, and the process still ends."""

from typing import Any

import pytest

from engine import spiff
from engine.errors import Conflict, Invalid
from engine.spiff.nesting import nesting
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    catch,
    deployed,
    end_event,
    event_process,
    gateway,
    many,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    terminate,
    timer_definition,
    user,
)

LINE = process("p", start_event(), user("a"), script("s", "x = x + 1"), user("b"), user("c"), end_event(),
               flows="start > a > s > b > c > end")
BRANCHES = process(
    "p", start_event(), user("vor"), gateway("teilt", "parallel"), user("a1"), user("a2"), user("b1"), user("b2"),
    gateway("trifft", "parallel"), user("nach"), end_event(),
    flows="start > vor > teilt > a1 > a2 > trifft > nach > end; teilt > b1 > b2 > trifft",
)
BESIDE = process(
    "p", start_event(), user("vor"), user("t"), boundary("stopp", "t", message_definition("stopp")),
    boundary("frist", "t", timer_definition('"P7D"'), interrupting=False), user("mahnen"), user("nach"),
    end_event(), end_event("weg"), end_event("gemahnt"),
    flows="start > vor > t > nach > end; stopp > weg; frist > mahnen > gemahnt",
)
INSIDE = process(
    "p", start_event(), sub_process("u", start_event("us"), user("i1"), user("i2"), end_event("uf"),
                                    flows="us > i1 > i2 > uf"),
    user("danach"), end_event(), flows="start > u > danach > end",
)


def moved(run: Run, element: str, to: str, **limits: Any) -> Run:
    place = next(place for place in spiff.places(run.spec, run.step.state) if place.element == element)
    return run._took(spiff.move(run.spec, run.step.state, place.key, to, run.now, run.call, **limits))


def refused(run: Run, element: str, to: str) -> str:
    with pytest.raises(Invalid) as wrong:
        moved(run, element, to)
    [said] = wrong.value.fields["to"]
    return said.de


def targets(run: Run, element: str) -> list[str]:
    found = next(place for place in spiff.places(run.spec, run.step.state) if place.element == element)
    return [name for name, _ in found.targets]


def test_a_token_skips_ahead_and_the_process_ends() -> None:
    run = moved(Run(deployed(LINE)).start({"x": 1}), "a", "c")
    assert run.open == ["c"] and run.data == {"x": 1}
    assert run.complete("c").step.ended == "end"


def test_a_token_goes_back_and_passes_everything_once_more() -> None:
    run = Run(deployed(LINE)).start({"x": 1}).complete("a", note="gut")
    assert run.data["x"] == 2
    moved(run, "b", "a")
    assert run.open == ["a"] and run.data == {"x": 2, "note": "gut"}
    assert run.complete("a").data["x"] == 3


def test_a_token_may_start_at_what_needs_nobody() -> None:
    run = moved(Run(deployed(LINE)).start({"x": 1}), "a", "s")
    assert run.open == ["b"] and run.step.path == ("s",) and run.data == {"x": 2}


def test_a_token_may_go_to_the_end() -> None:
    assert moved(Run(deployed(LINE)).start({"x": 1}), "a", "end").step.ended == "end"


def test_an_awaited_event_is_left_and_no_longer_waited_for() -> None:
    run = Run(deployed(process("p", start_event(), catch("warten", message_definition("da")),
                               catch("pause", timer_definition('"P3D"')), user("t"), end_event(),
                               flows="start > warten > pause > t > end"))).start()
    moved(run, "warten", "pause")
    assert run.step.subscriptions == () and [timer.element for timer in run.step.timers] == ["pause"]
    moved(run, "pause", "t")
    assert run.step.timers == () and run.complete("t").step.ended == "end"


def test_what_is_attached_ends_with_the_activity_that_is_left() -> None:
    run = Run(deployed(BESIDE)).start().complete("vor")
    moved(run, "t", "nach")
    assert run.step.timers == () and run.step.subscriptions == ()
    assert run.complete("nach").step.ended == "end"


def test_what_came_of_an_attached_event_before_goes_on() -> None:
    run = Run(deployed(BESIDE)).start().complete("vor").wake(days=8)
    moved(run, "t", "nach")
    assert sorted(run.open) == ["mahnen", "nach"] and run.step.timers == ()
    assert run.complete("nach").step.ended is None
    assert run.complete("mahnen").step.ended is not None


def test_an_activity_that_is_entered_gets_what_is_attached_to_it() -> None:
    run = moved(Run(deployed(BESIDE)).start(), "vor", "t")
    assert [timer.element for timer in run.step.timers] == ["frist"]
    assert run.deliver("stopp").step.ended == "weg"


def test_an_activity_can_be_started_afresh() -> None:
    run = Run(deployed(BESIDE)).start().complete("vor").wake(days=3)
    before, key = run.due("frist"), run.task("t").key
    moved(run, "t", "t")
    assert run.task("t").key != key and len(run.step.timers) == 1
    assert before is not None and run.due("frist") > before


def test_within_its_branch_a_token_moves_and_the_branches_still_meet() -> None:
    run = Run(deployed(BRANCHES)).start().complete("vor")
    moved(run, "a1", "a2")
    run.complete("a2").complete("b1").complete("b2")
    assert run.open == ["nach"] and run.complete("nach").step.ended == "end"


@pytest.mark.parametrize("to", ["vor", "b1", "b2", "nach", "end", "teilt"])
def test_out_of_its_branch_a_token_is_not_let(to: str) -> None:
    run = Run(deployed(BRANCHES)).start().complete("vor")
    assert "anderen Zweig" in refused(run, "a1", to)


def test_into_a_branch_a_token_is_not_let() -> None:
    run = Run(deployed(BRANCHES)).start()
    assert "anderen Zweig" in refused(run, "vor", "a1")
    assert targets(run, "vor") == ["vor", "teilt", "nach", "end"]


def test_a_token_is_not_put_where_branches_meet() -> None:
    assert "mehrere Zweige" in refused(Run(deployed(BRANCHES)).start().complete("vor"), "a1", "trifft")


def test_the_gateway_before_the_branches_can_be_entered() -> None:
    run = moved(Run(deployed(BRANCHES)).start(), "vor", "teilt")
    assert sorted(run.open) == ["a1", "b1"]


def test_an_element_that_does_not_exist_is_refused() -> None:
    run = Run(deployed(LINE)).start({"x": 1})
    for wrong in ("gibt-es-nicht", "", "Start", "p.EndJoin", "a.BoundaryEventSplit"):
        assert "gibt es in diesem Prozessstand nicht" in refused(run, "a", wrong)


def test_start_events_and_attached_ones_are_refused() -> None:
    run = Run(deployed(BESIDE)).start()
    for wrong in ("start", "stopp", "frist"):
        assert "angehefteten Ereignis" in refused(run, "vor", wrong)


def test_inside_a_sub_process_a_token_moves_and_comes_out() -> None:
    run = moved(Run(deployed(INSIDE)).start(), "i1", "i2")
    assert run.complete("i2").open == ["danach"]


def test_into_and_out_of_a_sub_process_is_refused() -> None:
    run = Run(deployed(INSIDE)).start()
    assert "anderen (Teil-)Prozess" in refused(run, "i1", "danach")
    run.complete("i1").complete("i2")
    assert "anderen (Teil-)Prozess" in refused(run, "danach", "i1")


def test_a_running_sub_process_is_left_as_a_whole() -> None:
    run = moved(Run(deployed(INSIDE)).start(), "u", "danach")
    assert run.open == ["danach"] and run.complete("danach").step.ended == "end"


def test_a_sub_process_is_entered_at_its_beginning() -> None:
    run = Run(deployed(INSIDE)).start().complete("i1").complete("i2")
    assert moved(run, "danach", "u").open == ["i1"]
    assert run.complete("i1").complete("i2").complete("danach").step.ended == "end"


def several() -> spiff.Specification:
    return deployed(process("p", start_event(), user("alle", many("liste", "e")), user("danach"), end_event(),
                            flows="start > alle > danach > end"))


def test_one_of_several_instances_is_not_moved_alone() -> None:
    run = Run(several()).start({"liste": [1, 2, 3]})
    assert [(place.element, place.name) for place in spiff.places(run.spec, run.step.state)] == [("alle", "ALLE")]
    key = run.step.open_tasks[0].key
    with pytest.raises(Invalid) as wrong:
        spiff.move(run.spec, run.step.state, key, "danach", NOON, run.call)
    assert "Mehrfachausführung" in wrong.value.fields["to"][0].de


def test_several_instances_are_left_together_and_entered_together() -> None:
    run = moved(Run(several()).start({"liste": [1, 2, 3]}), "alle", "danach")
    assert run.open == ["danach"]
    assert moved(run, "danach", "alle").open == ["alle"] * 3
    for _ in range(3):
        run.complete("alle")
    assert run.complete("danach").step.ended == "end"


def test_an_event_behind_an_event_based_gateway_is_refused_and_the_gateway_is_not() -> None:
    run = Run(deployed(process(
        "p", start_event(), user("t"), gateway("wahl", "eventBased"), catch("da", message_definition("da")),
        catch("spaet", timer_definition('"P1D"')), end_event(), end_event("ende2"),
        flows="start > t > wahl > da > end; wahl > spaet > ende2"))).start()
    assert "ereignisbasierten Gateway" in refused(run, "t", "da")
    moved(run, "t", "wahl")
    assert {timer.element for timer in run.step.timers} == {"spaet"}
    assert moved(run, "wahl", "t").step.timers == ()


def test_a_token_that_is_gone_is_a_conflict() -> None:
    run = Run(deployed(LINE)).start({"x": 1})
    key = run.task("a").key
    run.complete("a")
    for wrong in (key, "9999", "", "a"):
        with pytest.raises(Conflict):
            spiff.move(run.spec, run.step.state, wrong, "c", NOON, run.call)


def test_without_joins_a_token_beside_may_go_anywhere() -> None:
    run = Run(deployed(BESIDE)).start().complete("vor").wake(days=8)
    moved(run, "mahnen", "nach")
    assert sorted(run.open) == ["nach", "t"]
    run.complete("nach").complete("t")
    assert run.open == ["nach"] and run.complete("nach").step.ended == "end"


def test_a_join_that_takes_in_what_no_gateway_has_parted_leaves_its_surroundings_open() -> None:
    spec = deployed(process("p", start_event(), user("t"), gateway("wahl", default="wahl_b"), user("a"), user("b"),
                            gateway("trifft", "parallel"), user("n"), terminate(),
                            flows="start > t > wahl; wahl > a if x; a > trifft > n > end; wahl > b > trifft"))
    around = nesting(spec.main)
    assert around["t"] == () and around["a"] == () and around["trifft"] is None and around["n"] is None


def test_branches_within_branches_are_told_apart() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), gateway("h", "inclusive", default="h_y"), user("x"), user("y"),
        gateway("j", "inclusive"), user("z"), gateway("k", "parallel"), end_event(),
        flows="start > g > h > y > j > k > end; h > x if q; x > j; g > z > k"))
    around = nesting(spec.main)
    assert around["x"] == (("g", "h"), ("h", "x")) and around["y"] == (("g", "h"), ("h", "y"))
    assert around["j"] == (("g", "h"),) and around["z"] == (("g", "z"),) and around["k"] == around["end"] == ()


def test_an_event_sub_process_begins_with_its_event_only() -> None:
    beside = event_process("v", message_definition("da"), user("w"), end_event("ve"), flows="v_start > w > ve",
                           interrupting=False)
    run = Run(deployed(process("p", start_event(), user("a"), end_event(), beside, flows="start > a > end"))).start()
    assert "beginnt nur mit seinem Ereignis" in refused(run, "a", "v")
    assert run.deliver("da").open == ["a", "w"] and moved(run, "a", "end").open == ["w"]
