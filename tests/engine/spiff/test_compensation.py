"""What has been done is undone in reverse order (BPMN 2.0.2, 10.6, 13.5.5)."""

from typing import Any

import pytest

from engine import spiff
from engine.errors import Invalid
from tests.engine.spiff.models import (
    Run,
    boundary,
    deployed,
    element,
    end_event,
    error_definition,
    event_process,
    gateway,
    process,
    script,
    start_event,
    sub_process,
    user,
)

ALL = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"


def of(activity: str) -> str:
    return f'<bpmn:compensateEventDefinition activityRef="{activity}"/>'


def undone(activity: str, handler: str) -> str:
    """What undoes an activity: the event at its edge, the association and the activity it leads to."""
    tag, rest = handler.split(" ", 1)
    name = handler.split('id="')[1].split('"')[0]
    return (boundary(f"{activity}_zurueck", activity, ALL) + f'{tag} isForCompensation="true" {rest}'
            + f'<bpmn:association id="{activity}_as" sourceRef="{activity}_zurueck" targetRef="{name}"/>')


def throw(name: str, definition: str = ALL) -> str:
    return element("intermediateThrowEvent", name, definition)


def booked(*more: str, flows: str) -> Any:
    """Two bookings, each with what undoes it."""
    return deployed(process("p", start_event(), script("flug", "kosten = kosten + 100"),
                            undone("flug", script("storno_flug", "kosten = kosten - 100")),
                            user("hotel"), undone("hotel", user("storno_hotel")), *more, flows=flows))


def test_what_was_done_last_is_undone_first() -> None:
    spec = booked(user("pruefen"), throw("zurueck"), end_event(),
                  flows="start > flug > hotel > pruefen > zurueck > end")
    run = Run(spec).start({"kosten": 0}).complete("hotel").complete("pruefen")
    assert run.open == ["storno_hotel"]
    assert run.complete("storno_hotel", hotel_weg=True).step.ended == "end"
    assert run.path == ["start", "flug", "hotel", "pruefen", "hotel_zurueck", "storno_hotel", "flug_zurueck",
                        "storno_flug", "zurueck", "end"]
    assert run.data == {"kosten": 0, "hotel_weg": True}


def test_what_was_not_done_is_not_undone() -> None:
    spec = booked(gateway("g", default="g_hotel"), throw("zurueck"), end_event(),
                  flows="start > flug > g; g > hotel > zurueck > end; g > zurueck if ohne_hotel")
    assert Run(spec).start({"kosten": 0, "ohne_hotel": True}).step.ended == "end"


def test_it_is_undone_once() -> None:
    spec = booked(throw("zurueck"), throw("nochmal"), end_event(),
                  flows="start > flug > hotel > zurueck > nochmal > end")
    run = Run(spec).start({"kosten": 0}).complete("hotel").complete("storno_hotel")
    assert run.step.ended == "end" and run.data["kosten"] == 0


def test_only_the_activity_that_is_named_is_undone() -> None:
    spec = booked(throw("zurueck", of("flug")), end_event(), flows="start > flug > hotel > zurueck > end")
    run = Run(spec).start({"kosten": 0}).complete("hotel")
    assert run.step.ended == "end" and run.data["kosten"] == 0 and "storno_hotel" not in run.path


def test_an_end_event_undoes_all_before_it_ends() -> None:
    spec = booked(end_event("end", ALL), flows="start > flug > hotel > end")
    run = Run(spec).start({"kosten": 0}).complete("hotel")
    assert run.open == ["storno_hotel"] and run.step.ended is None
    assert run.complete("storno_hotel").step.ended == "end"


def test_each_pass_of_a_loop_is_undone() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("x"), script("a", "n = n + 1"), undone("a", script("b", "m = m + 1")), user("t"),
        gateway("y", default="y_zurueck"), throw("zurueck"), end_event(),
        flows="start > x > a > t > y; y > x if weiter; y > zurueck > end"))
    run = Run(spec).start({"n": 0, "m": 0})
    for weiter in (True, True, False):
        run.complete("t", weiter=weiter)
    assert run.step.ended == "end" and run.data["n"] == run.data["m"] == 3


def test_what_was_done_inside_a_completed_sub_process_is_undone_too() -> None:
    inner = sub_process("s", start_event("us"), script("a", "n = 1"), user("t1"), undone("t1", user("z1")),
                        end_event("ue"), undone("a", user("z0")), flows="us > a > t1 > ue")
    spec = deployed(process("p", start_event(), inner, user("t2"), undone("t2", user("z2")), throw("zurueck"),
                            end_event(), flows="start > s > t2 > zurueck > end"))
    run = Run(spec).start().complete("t1").complete("t2")
    for name in ("z2", "z1", "z0"):
        assert run.open == [name]
        run.complete(name)
    assert run.step.ended == "end"


def test_a_sub_process_that_is_undone_as_a_whole_is_not_undone_piece_by_piece() -> None:
    inner = sub_process("s", start_event("us"), user("t1"), undone("t1", user("z1")), end_event("ue"),
                        flows="us > t1 > ue")
    spec = deployed(process("p", start_event(), inner, undone("s", user("zs")), throw("zurueck", of("s")), end_event(),
                            flows="start > s > zurueck > end"))
    run = Run(spec).start().complete("t1")
    assert run.open == ["zs"] and run.complete("zs").step.ended == "end"


def test_an_error_helper_undoes_what_its_process_has_done() -> None:
    spec = deployed(process(
        "p", start_event(), user("a"), undone("a", user("az")), end_event("krach", error_definition("e")),
        event_process("h", error_definition("e"), throw("zurueck"), end_event("he"), flows="h_start > zurueck > he"),
        flows="start > a > krach"))
    run = Run(spec).start().complete("a")
    assert run.open == ["az"] and run.complete("az").step.ended == "he"


def transaction(*inside: str, flows: str) -> str:
    return sub_process("tr", *inside, flows=flows).replace("bpmn:subProcess", "bpmn:transaction")


@pytest.mark.parametrize(("gelungen", "ended"), [(True, "end"), (False, "aus")])
def test_a_transaction_that_is_cancelled_is_undone_and_left_at_its_edge(gelungen: bool, ended: str) -> None:
    inner = transaction(
        start_event("us"), gateway("ug", "parallel"), user("nebenher"), user("a"), undone("a", user("az")), user("b"),
        gateway("y", default="y_ab"), end_event("ab", CANCEL), end_event("ue"), end_event("ne"),
        flows="us > ug > a > b > y; ug > nebenher > ne; y > ue if gelungen; y > ab")
    spec = deployed(process("p", start_event(), inner, boundary("weg", "tr", CANCEL), end_event(), end_event("aus"),
                            flows="start > tr > end; weg > aus"))
    run = Run(spec).start().complete("a").complete("b", gelungen=gelungen)
    assert run.open == (["nebenher"] if gelungen else ["az"])
    assert run.complete(run.open[0]).step.ended == ended


def test_an_outer_transaction_is_not_left_for_an_inner_one() -> None:
    inner = transaction(start_event("is"), end_event("ie", CANCEL), flows="is > ie").replace('"tr"', '"ti"')
    outer = transaction(start_event("us"), inner, user("t"), end_event("ue"), boundary("ib", "ti", CANCEL),
                        flows="us > ti > ue; ib > t > ue")
    spec = deployed(process("p", start_event(), outer, boundary("weg", "tr", CANCEL), end_event(), end_event("aus"),
                            flows="start > tr > end; weg > aus"))
    run = Run(spec).start()
    assert run.open == ["t"] and run.complete("t").step.ended == "end"


def test_what_can_be_undone_is_stored_with_the_process_and_not_after_its_end() -> None:
    spec = booked(user("pruefen"), throw("zurueck"), end_event(),
                  flows="start > flug > hotel > pruefen > zurueck > end")
    run = Run(spec).start({"kosten": 0}).complete("hotel")
    assert b'"undoable":[[0,[["flug_zurueck","flug"],["hotel_zurueck","hotel"]]]]' in run.step.state
    run.complete("pruefen")
    assert b'"undoable"' not in run.step.state


def test_what_is_done_and_could_not_be_undone_any_more_is_not_migrated() -> None:
    flows = "start > flug > hotel > pruefen > zurueck > end"
    old = booked(user("pruefen"), throw("zurueck"), end_event(), flows=flows)
    new = deployed(process("p", start_event(), script("flug", "kosten = kosten + 100"), user("hotel"), user("pruefen"),
                           throw("zurueck"), end_event(), flows=flows))
    run = Run(old).start({"kosten": 0}).complete("hotel")
    assert spiff.migrate(old, old, run.step.state, run.now, run.call).open_tasks[0].element == "pruefen"
    with pytest.raises(Invalid) as refused:
        spiff.migrate(old, new, run.step.state, run.now, run.call)
    assert [stand.element for stand in refused.value.findings] == ["flug", "hotel"]
