"""Where branches meet: what each has changed is kept, and nobody is waited for in vain or forgotten."""

from itertools import permutations

import pytest

from tests.engine.spiff.models import (
    Run,
    boundary,
    deployed,
    element,
    end_event,
    gateway,
    many,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)

FORK = deployed(process(
    "p", start_event(), gateway("g", "parallel"), user("a"), user("b"), user("c"), gateway("j", "parallel"),
    user("danach"), end_event(), flows="start > g > a > j > danach > end; g > b > j; g > c > j"))


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_join_waits_for_every_branch_and_keeps_what_each_has_changed(order: tuple[str, ...]) -> None:
    run = Run(FORK).start({"x": 1, "y": 1, "z": 1, "liste": [1]})
    for place, name in enumerate(order):
        assert run.open == sorted(set("abc") - set(order[:place]))
        run.complete(name, **{{"a": "x", "b": "y", "c": "z"}[name]: name, "von_" + name: place})
    assert run.open == ["danach"]
    assert run.task("danach").data == {
        "x": "a", "y": "b", "z": "c", "liste": [1], **{"von_" + name: place for place, name in enumerate(order)}}


def test_a_list_that_one_branch_has_changed_arrives_as_it_is() -> None:
    run = Run(FORK).start({"liste": [1, 2]})
    run.complete("a", liste=[2, 2, 3]).complete("b").complete("c")
    assert run.data["liste"] == [2, 2, 3]


def test_where_two_branches_changed_the_same_name_the_later_wins() -> None:
    run = Run(FORK).start({"x": 0}).complete("b", x="b").complete("a", x="a").complete("c")
    assert run.data["x"] == "a"


def test_branches_that_end_separately_bring_their_data_to_the_end() -> None:
    inner = sub_process("u", start_event("us"), gateway("g", "parallel"), user("a"), user("b"), end_event("x"),
                        end_event("y"), flows="us > g > a > x; g > b > y")
    spec = deployed(process("p", start_event(), inner, end_event(), flows="start > u > end"))
    run = Run(spec).start({"v": 1, "w": 1}).complete("b", v=2).complete("a", w=3)
    assert run.step.ended == "end" and run.data == {"v": 2, "w": 3}


def test_a_fork_inside_a_loop_joins_anew_each_time() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("x"), gateway("g", "parallel"), user("a"), user("b"), gateway("j", "parallel"),
        gateway("y", default="y_end"), end_event(),
        flows="start > x > g > a > j > y; g > b > j; y > x if weiter; y > end"))
    run = Run(spec).start({"wert": 0})
    for place, (first, second) in enumerate((("a", "b"), ("b", "a"), ("a", "b"))):
        assert sorted(run.open) == ["a", "b"]
        run.complete(first, weiter=True, wert=f"{place} {first}", nur_einer=place)
        assert run.open == [second] and "y" not in run.step.path
        run.complete(second, weiter=True, wert=f"{place} {second}")
        assert (run.data["wert"], run.data["nur_einer"]) == (f"{place} {second}", place)
    run.complete("a", weiter=False)
    assert run.complete("b", weiter=False).step.ended == "end"


def test_an_inclusive_fork_inside_a_loop_joins_anew_each_time() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("x"), gateway("g", "inclusive", default="g_c"), user("a"), user("b"), user("c"),
        gateway("j", "inclusive"), gateway("y", default="y_end"), end_event(),
        flows="start > x > g; g > a if n >= 1; g > b if n >= 2; g > c; a > j; b > j; c > j; j > y; y > x if weiter; "
              "y > end"))
    run = Run(spec).start({"n": 2}).complete("b", weiter=True)
    assert run.open == ["a"]
    run.complete("a", n=1, weiter=True)
    assert run.open == ["a"]
    run.complete("a", n=0)
    assert run.open == ["c"]
    run.complete("c", n=2)
    assert run.complete("a", weiter=False).open == ["b"]
    assert run.complete("b", weiter=False).step.ended == "end"


def test_an_inclusive_join_waits_for_a_longer_branch() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "inclusive", default="g_c"), user("a"), user("b"), user("b2"), user("c"),
        gateway("j", "inclusive"), end_event(),
        flows="start > g; g > a if True; g > b if True; g > c; a > j; b > b2 > j; c > j; j > end"))
    run = Run(spec).start().complete("a").complete("b")
    assert run.open == ["b2"] and run.step.ended is None
    assert run.complete("b2").step.ended == "end"


def test_an_inclusive_join_does_not_wait_for_a_branch_that_leads_elsewhere() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("k", "parallel"), user("fern"), end_event("dort"),
        gateway("g", "inclusive", default="g_b"), user("a"), user("b"), gateway("j", "inclusive"), user("danach"),
        end_event(), flows="start > k > fern > dort; k > g; g > a if True; g > b; a > j; b > j; j > danach > end"))
    run = Run(spec).start().complete("a")
    assert sorted(run.open) == ["danach", "fern"]


def test_a_join_does_not_wait_for_a_branch_that_was_interrupted_into_another_way() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "inclusive", default="g_b"), user("a"), user("b"),
        boundary("z", "b", timer_definition('"P1D"')), gateway("j", "inclusive"), end_event(), end_event("spaet"),
        flows="start > g; g > a if True; g > b; a > j; b > j; z > spaet; j > end"))
    assert Run(spec).start().complete("a").step.ended == "end"


def test_a_name_that_one_branch_took_away_is_gone() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), element("userTask", "a", many("leute", "wer", "voten", "votum")),
        user("b"), gateway("j", "parallel"), user("danach"), end_event(),
        flows="start > g > a > j > danach > end; g > b > j"))
    run = Run(spec).start({"leute": ["x"], "wer": "vorher"}).complete("a", votum=1).complete("b")
    assert run.task("danach").data == {"leute": ["x"], "voten": [1]}


def test_scripts_in_parallel_branches_do_not_see_each_other() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), script("a", "x = x + 1"), script("b", "y = x + 10"),
        gateway("j", "parallel"), end_event(), flows="start > g > a > j > end; g > b > j"))
    assert Run(spec).start({"x": 1}).data == {"x": 2, "y": 11}
