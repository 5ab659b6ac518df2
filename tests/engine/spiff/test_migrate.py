"""A running process goes on, on a newer diagram, where its tokens can stand there; else it says which, and why."""

from datetime import timedelta
from typing import Any

import pytest

from engine import spiff
from engine.errors import Invalid
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    call,
    catch,
    deployed,
    element,
    end_event,
    event_process,
    gateway,
    many,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)


def line(*middle: str, extra: str = "", flows: str = "") -> bytes:
    """start > a > ... > end, with more elements and flows beside."""
    names = [part.split('id="')[1].split('"')[0] for part in middle]
    return process("p", start_event(), user("a"), *middle, end_event(), extra,
                   flows=f"start > a > {' > '.join([*names, 'end'])}; {flows}")


def migrated(run: Run, source: bytes, **more: Any) -> Run:
    """The run, from now on, on the diagram *source*."""
    new = deployed(source, **more)
    run._took(spiff.migrate(run.spec, new, run.step.state, run.now, run.call))
    run.spec = new
    return run


def problems(run: Run, source: bytes, **more: Any) -> dict[str, str]:
    new = deployed(source, **more)
    with pytest.raises(Invalid) as refused:
        spiff.migrate(run.spec, new, run.step.state, run.now, run.call)
    found = {stand.element: stand.problem.de for stand in refused.value.findings}
    seen = spiff.outlook(run.spec, new, run.step.state, run.now, run.call)
    assert seen.step is None
    assert {stand.element: stand.problem.de for stand in seen.stands if stand.problem} == found
    return found


def test_a_step_added_behind_is_taken() -> None:
    run = migrated(Run(deployed(line(user("b")))).start({"x": 1}), line(user("neu"), user("b")))
    assert run.open == ["a"] and run.data == {"x": 1}
    run.complete("a").complete("neu").complete("b")
    assert run.step.ended == "end"


def test_a_task_keeps_its_key_and_its_data() -> None:
    run = Run(deployed(line(user("b")))).start({"x": 1}).complete("a", y=[1, 2])
    key = run.task("b").key
    migrated(run, line(user("b"), user("c")))
    assert run.task("b").key == key and run.data == {"x": 1, "y": [1, 2]}


def test_a_step_that_is_over_may_be_missing() -> None:
    run = Run(deployed(line(user("b")))).start().complete("a")
    migrated(run, process("p", start_event(), user("ganz"), user("b"), end_event(), flows="start > ganz > b > end"))
    assert run.complete("b").step.ended == "end"


def test_every_open_task_counts_as_new_so_that_its_name_and_form_are_told() -> None:
    run = Run(deployed(line(user("b")))).start()
    migrated(run, line(user("b")).replace(b'name="A"', b'name="Anders"'))
    assert run.task("a").new and run.task("a").name == "Anders"


def test_a_step_that_is_gone_is_named() -> None:
    run = Run(deployed(line(user("b")))).start().complete("a")
    assert problems(run, line(user("c"))) == {"b": "Das Element gibt es im neuen Stand nicht mehr."}


def test_an_element_of_another_kind_is_named() -> None:
    run = Run(deployed(line(user("b")))).start().complete("a")
    assert problems(run, line(script("b", "x = 1"))) == {"b": "Das Element ist im neuen Stand von anderer Art."}
    migrated(run, line(element("manualTask", "b")))
    assert run.complete("b").step.ended == "end"


def test_an_element_in_another_sub_process_is_named() -> None:
    run = Run(deployed(line(user("b")))).start().complete("a")
    inner = sub_process("u", start_event("us"), user("b"), end_event("uf"), flows="us > b > uf")
    assert "anderen (Teil-)Prozess" in problems(run, line(inner))["b"]


def test_a_sub_process_that_is_gone_is_named_with_what_stands_in_it() -> None:
    inner = sub_process("u", start_event("us"), user("innen"), end_event("uf"), flows="us > innen > uf")
    run = Run(deployed(line(inner))).start().complete("a")
    assert problems(run, line(user("c"))) == {
        "u": "Das Element gibt es im neuen Stand nicht mehr.",
        "innen": "Der Teilprozess, in dem er steht, fehlt im neuen Stand.",
    }


def test_inside_a_sub_process_a_token_goes_on() -> None:
    def inner(*middle: str) -> str:
        names = " > ".join(part.split('id="')[1].split('"')[0] for part in middle)
        return sub_process("u", start_event("us"), *middle, end_event("uf"), flows=f"us > {names} > uf")

    run = Run(deployed(line(inner(user("innen"))))).start().complete("a")
    migrated(run, line(inner(user("innen"), user("mehr")), user("danach")))
    assert run.complete("innen").open == ["mehr"]
    assert run.complete("mehr").complete("danach").step.ended == "end"


def test_another_called_process_is_named() -> None:
    def called(name: str) -> bytes:
        return process(name, start_event(f"{name}s"), user(f"{name}t"), end_event(f"{name}e"),
                       flows=f"{name}s > {name}t > {name}e")

    run = Run(deployed(line(call("ruf", "q")), called("q"))).start().complete("a")
    new = deployed(line(call("ruf", "r")), called("r"))
    found = {stand.element: stand.problem for stand in
             spiff.outlook(run.spec, new, run.step.state, NOON, run.call).stands}
    assert found["ruf"] is not None and "anderen Prozess" in found["ruf"].de and found["qt"] is not None
    same = deployed(line(call("ruf", "q"), user("z")), called("q"))
    run._took(spiff.migrate(run.spec, same, run.step.state, NOON, run.call))
    run.spec = same
    assert run.complete("qt").open == ["z"]


def test_a_repetition_that_changed_is_named() -> None:
    run = Run(deployed(line(user("b", many("liste", "e"))))).start({"liste": [1, 2], "andere": []}).complete("a")
    for other in (user("b", many("andere", "e")), user("b", many("liste", "e", until="True")),
                  user("b", many("liste", "e", sequential=True)), user("b")):
        assert set(problems(run, line(other))) == {"b"}


def test_several_instances_go_on_together() -> None:
    several = many("liste", "e", "fertig", "f")
    run = Run(deployed(line(user("b", several)))).start({"liste": [1, 2, 3]}).complete("a").complete("b", f="x")
    seen = spiff.outlook(run.spec, deployed(line(user("b", several), user("c"))), run.step.state, NOON, run.call)
    assert [(stand.element, stand.count) for stand in seen.stands] == [("b", 2)]
    migrated(run, line(user("b", several), user("c")))
    run.complete("b", f="y").complete("b", f="z")
    assert run.open == ["c"] and run.data["fertig"] == ["x", "y", "z"]


def waiting(text: str = '"P7D"', kind: str = "timeDuration") -> bytes:
    return line(catch("warten", timer_definition(text, kind)))


def test_a_timer_keeps_its_moment() -> None:
    run = Run(deployed(waiting())).start().complete("a")
    due, run.now = run.due("warten"), NOON + timedelta(days=3)
    migrated(run, line(catch("warten", timer_definition('"P7D"')), user("danach")))
    assert run.due("warten") == due
    assert run.wake(days=4).open == ["danach"]


def test_a_timer_whose_expression_changed_counts_from_the_migration() -> None:
    run = Run(deployed(waiting())).start().complete("a")
    run.now = NOON + timedelta(days=3)
    seen = spiff.outlook(run.spec, deployed(waiting('"P10D"')), run.step.state, run.now, run.call)
    migrated(run, waiting('"P10D"'))
    assert run.due("warten") == NOON + timedelta(days=13)
    assert [wait.due_at for wait in (*seen.gone, *seen.come)] == [NOON + timedelta(days=7), NOON + timedelta(days=13)]


def test_an_event_that_waits_for_something_else_is_named() -> None:
    run = Run(deployed(waiting())).start().complete("a")
    assert "wartet im neuen Stand auf etwas anderes" in problems(
        run, line(catch("warten", message_definition("da"))))["warten"]


def test_a_message_of_another_name_is_waited_for_under_that_name() -> None:
    run = Run(deployed(line(catch("warten", message_definition("alt"))))).start({"idee_id": "7"}).complete("a")
    migrated(run, line(catch("warten", message_definition("neu"))))
    assert [(wait.name, wait.correlation) for wait in run.step.subscriptions] == [("neu", "7")]
    assert run.deliver("neu", "7").step.ended == "end"


def attached(*beside: str, flows: str = "") -> bytes:
    return line(user("t"), extra="".join(beside), flows=flows)


REMIND = (boundary("mahnung", "t", timer_definition('"P5D"'), interrupting=False), user("mahnen"), end_event("gemahnt"))
REMINDED = "mahnung > mahnen > gemahnt"
STOP = (boundary("stopp", "t", message_definition("stopp")), end_event("weg"))


def test_a_reminder_that_was_added_begins_to_wait() -> None:
    run = Run(deployed(attached())).start().complete("a")
    key, run.now = run.task("t").key, NOON + timedelta(days=1)
    migrated(run, attached(*REMIND, flows=REMINDED))
    assert run.due("mahnung") == NOON + timedelta(days=6) and run.task("t").key == key
    assert sorted(run.wake(days=5).open) == ["mahnen", "t"]
    run.complete("t").complete("mahnen")
    assert run.step.ended is not None


def test_an_interruption_that_was_added_interrupts() -> None:
    run = migrated(Run(deployed(attached())).start().complete("a"), attached(*STOP, flows="stopp > weg"))
    assert run.deliver("stopp").step.ended == "weg"


def test_an_event_added_beside_another_begins_to_wait() -> None:
    run = Run(deployed(attached(*STOP, flows="stopp > weg"))).start().complete("a")
    migrated(run, attached(*STOP, *REMIND, flows=f"stopp > weg; {REMINDED}"))
    assert [timer.element for timer in run.step.timers] == ["mahnung"] and len(run.step.subscriptions) == 1
    assert run.complete("t").step.ended == "end"


@pytest.mark.parametrize("left", [(), STOP])
def test_a_reminder_that_was_taken_out_waits_no_longer(left: tuple[str, ...]) -> None:
    flows = "stopp > weg" if left else ""
    run = Run(deployed(attached(*left, *REMIND, flows=f"{flows}; {REMINDED}"))).start().complete("a")
    migrated(run, attached(*left, flows=flows))
    assert run.step.timers == () and len(run.step.subscriptions) == len(left) // 2
    assert run.complete("t").step.ended == "end"


def test_a_reminder_that_happened_already_does_not_happen_again() -> None:
    run = Run(deployed(attached(*REMIND, flows=REMINDED))).start().complete("a").wake(days=6).complete("mahnen")
    migrated(run, attached(*REMIND, *STOP, flows=f"{REMINDED}; stopp > weg"))
    assert run.step.timers == () and run.open == ["t"]
    assert run.complete("t").step.ended == "end"


def test_a_reminder_that_is_being_dealt_with_cannot_be_taken_out() -> None:
    run = Run(deployed(attached(*REMIND, flows=REMINDED))).start().complete("a").wake(days=6)
    found = problems(run, attached())
    assert set(found) == {"mahnung", "mahnen"} and "schon eingetreten" in found["mahnung"]


def test_a_reminder_that_now_interrupts_waits_anew() -> None:
    run = Run(deployed(attached(*REMIND, flows=REMINDED))).start().complete("a")
    other = boundary("mahnung", "t", timer_definition('"P5D"'))
    migrated(run, attached(other, *REMIND[1:], flows=REMINDED))
    assert run.wake(days=5).open == ["mahnen"]


def test_an_event_attached_to_another_activity_leaves_the_first() -> None:
    def both(on: str) -> bytes:
        return line(user("t"), user("u"), extra="".join((boundary("stopp", on, message_definition("stopp")),
                                                         end_event("weg"))), flows="stopp > weg")

    run = Run(deployed(both("t"))).start().complete("a")
    migrated(run, both("u"))
    assert run.step.subscriptions == ()
    assert run.complete("t").deliver("stopp").step.ended == "weg"


def branches(third: bool = False, longer: bool = False, before: str = "") -> bytes:
    return process(
        "p", start_event(), user("a"), gateway("teilt", "parallel"), user("x"), user("y"), user("z") if third else "",
        user("x2") if longer else "", gateway("trifft", "parallel"), user("nach"), end_event(),
        user(before) if before else "",
        flows=f"start > a > {before + ' > ' if before else ''}teilt > x > {'x2 > ' if longer else ''}trifft;"
              f"trifft > nach > end; teilt > y > trifft;{'teilt > z > trifft' if third else ''}",
    )


def test_before_the_branches_they_may_change() -> None:
    run = migrated(Run(deployed(branches())).start(), branches(third=True))
    run.complete("a").complete("x").complete("y")
    assert run.open == ["z"] and run.complete("z").open == ["nach"]


def test_within_branches_a_third_one_is_refused() -> None:
    run = Run(deployed(branches())).start().complete("a")
    found = problems(run, branches(third=True))
    assert set(found) == {"x", "y"} and "Zweige" in found["x"]


def test_within_branches_a_step_more_is_taken() -> None:
    run = migrated(Run(deployed(branches())).start().complete("a"), branches(longer=True))
    run.complete("x").complete("y")
    assert run.open == ["x2"] and run.complete("x2").open == ["nach"]


def test_a_branch_that_waits_at_a_changed_join_is_refused() -> None:
    run = Run(deployed(branches())).start().complete("a").complete("y")
    assert "trifft" in problems(run, branches(longer=True))


def test_a_branch_that_waits_at_a_join_like_before_goes_on() -> None:
    run = Run(deployed(branches())).start().complete("a").complete("y", von_y=1)
    migrated(run, branches(before="b"))
    assert run.complete("x", von_x=2).open == ["nach"] and run.data == {"von_y": 1, "von_x": 2}


def test_without_branches_any_more_a_token_among_two_is_refused() -> None:
    run = Run(deployed(branches())).start().complete("a")
    flat = process("p", start_event(), user("a"), user("x"), user("y"), user("nach"), end_event(),
                   flows="start > a > x > y > nach > end")
    assert set(problems(run, flat)) == {"x", "y"}


def test_an_event_based_gateway_takes_over_what_it_may_choose_from() -> None:
    def wahl(*events: tuple[str, str]) -> bytes:
        return process("p", start_event(), user("a"), gateway("wahl", "eventBased"), *(
            catch(name, inside) + end_event(f"{name}_e") for name, inside in events),
            flows="start > a > wahl;" + ";".join(f"wahl > {name} > {name}_e" for name, _ in events))

    week, day, came = timer_definition('"P7D"'), timer_definition('"P1D"'), message_definition("da")
    run = Run(deployed(wahl(("spaet", week), ("da", came)))).start().complete("a")
    run.now = NOON + timedelta(days=2)
    migrated(run, wahl(("da", came), ("frueh", day), ("spaet", week)))
    assert {timer.element: timer.due_at for timer in run.step.timers} == {
        "spaet": NOON + timedelta(days=7), "frueh": NOON + timedelta(days=3)}
    migrated(run, wahl(("frueh", day), ("spaet", week)))
    assert run.step.subscriptions == () and run.wake(days=1).step.ended == "frueh_e"


def test_a_timer_that_cannot_be_worked_out_is_foreseen() -> None:
    run = Run(deployed(waiting())).start().complete("a")
    seen = spiff.outlook(run.spec, deployed(waiting("frist")), run.step.state, run.now, run.call)
    assert seen.step is None and seen.failure is not None and "WARTEN" in seen.failure.de


def test_a_process_that_goes_round_a_loop_is_migrated_on_any_pass() -> None:
    def loop(middle: str = "") -> bytes:
        return process("p", start_event(), gateway("g"), user("t"), user(middle) if middle else "",
                       gateway("h", default="h_end"), end_event(),
                       flows=f"start > g > t > {middle + ' > ' if middle else ''}h; h > g if weiter; h > end")

    run = Run(deployed(loop())).start()
    for _ in range(20):
        run.complete("t", weiter=True)
    migrated(run, loop("m"))
    assert run.complete("t").complete("m", weiter=True).open == ["t"]
    assert run.complete("t").complete("m", weiter=False).step.ended == "end"


def test_there_and_back_again_changes_nothing() -> None:
    first, second = attached(*REMIND, flows=REMINDED), attached(*REMIND, *STOP, flows=f"{REMINDED}; stopp > weg")
    run = Run(deployed(first)).start({"x": 1}).complete("a")
    before = spiff.migrate(run.spec, run.spec, run.step.state, run.now, run.call)
    migrated(run, second)
    migrated(run, first)
    assert (run.step.timers, run.step.subscriptions, run.data) == (before.timers, before.subscriptions, before.data)
    assert len(run.step.state) <= len(before.state) + 20


def listening(*beside: str) -> bytes:
    return process("p", start_event(), user("a"), user("b"), end_event(), *beside, flows="start > a > b > end")


def withdrawal(begins: str = message_definition("stopp"), interrupting: bool = True) -> str:
    return event_process("u", begins, user("c"), end_event("ue"), flows="u_start > c > ue", interrupting=interrupting)


def test_an_event_sub_process_that_was_added_begins_to_wait() -> None:
    run = migrated(Run(deployed(listening())).start({"idee_id": "i"}).complete("a"), listening(withdrawal()))
    assert [wait.name for wait in run.step.subscriptions] == ["stopp"] and run.open == ["b"]
    assert run.deliver("stopp", "i").open == ["c"]
    assert run.complete("c").step.ended == "ue"


def test_an_event_sub_process_that_was_taken_out_waits_no_longer() -> None:
    run = migrated(Run(deployed(listening(withdrawal()))).start({"idee_id": "i"}), listening())
    assert run.step.subscriptions == () and run.complete("a").complete("b").step.ended == "end"


def test_an_event_sub_process_that_ran_once_does_not_wait_again() -> None:
    beside = withdrawal(timer_definition('"P1D"'), interrupting=False)
    run = Run(deployed(listening(beside))).start().wake(days=2).complete("c")
    migrated(run, listening(beside) + b"\n")
    assert run.step.timers == () and run.complete("a").complete("b").step.ended == "end"


def test_an_event_sub_process_that_has_begun_must_stay() -> None:
    run = Run(deployed(listening(withdrawal()))).start({"idee_id": "i"}).deliver("stopp", "i")
    assert set(problems(run, listening())) == {"u", "c"}
    migrated(run, listening(withdrawal(), event_process("v", message_definition("da"), end_event("ve"),
                                                        flows="v_start > ve")))
    assert run.step.subscriptions == () and run.complete("c").step.ended == "ue"


def test_an_event_sub_process_of_another_kind_waits_anew() -> None:
    run = Run(deployed(listening(withdrawal()))).start({"idee_id": "i"})
    migrated(run, listening(withdrawal(timer_definition('"P1D"'), interrupting=False)))
    assert run.step.subscriptions == () and sorted(run.wake(days=1).open) == ["a", "c"]
