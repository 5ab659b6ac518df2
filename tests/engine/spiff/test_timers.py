"""Timers come when they are due, on the calendar of the region, and only when woken."""

from datetime import UTC, datetime, timedelta

import pytest

from engine import spiff
from engine.errors import ProcessFailed
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    catch,
    deployed,
    element,
    end_event,
    gateway,
    message_definition,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)

REMINDER = deployed(process(
    "p", start_event(), user("t"), boundary("b", "t", timer_definition('"R3/P7D"', "timeCycle"), interrupting=False),
    script("mahnen", "mahnungen = 1"), end_event("gemahnt"), end_event(),
    flows="start > t > end; b > mahnen > gemahnt"))


def waiting(text: str, kind: str = "timeDuration") -> spiff.Specification:
    return deployed(process("p", start_event(), catch("z", timer_definition(text, kind)), end_event(),
                            flows="start > z > end"))


def test_a_timer_says_when_it_is_due_and_fires_then_and_not_before() -> None:
    run = Run(waiting('"P14D"')).start()
    assert run.due("z") == NOON + timedelta(days=14)
    assert run.wake(days=13, hours=23, minutes=59).step.ended is None
    assert run.due("z") == NOON + timedelta(days=14)
    assert run.wake(minutes=1).step.ended == "end" and run.step.timers == ()


def test_a_timer_keeps_the_wall_clock_when_the_clocks_change() -> None:
    autumn = datetime(2026, 10, 20, 7, 30, tzinfo=UTC)  # half past nine, summer time
    assert Run(waiting('"P14D"'), autumn).start().due("z") == datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
    assert Run(waiting('"PT336H"'), autumn).start().due("z") == autumn + timedelta(hours=336)


@pytest.mark.parametrize(("text", "due"), [
    ("frist", datetime(2026, 6, 1, 22, tzinfo=UTC)),
    ("now + timedelta(days=2)", NOON + timedelta(days=2)),
    ('"2026-06-01T12:00:00"', datetime(2026, 6, 1, 10, tzinfo=UTC)),
    ('"2026-06-01T12:00:00+00:00"', datetime(2026, 6, 1, 12, tzinfo=UTC)),
    ('"2026-12-01T12:00:00"', datetime(2026, 12, 1, 11, tzinfo=UTC)),
    ("timedelta(hours=3)", NOON + timedelta(hours=3)),
    ('f"P{tage}D"', NOON + timedelta(days=5)),
])
def test_a_timer_may_be_a_moment_a_date_or_worked_out(text: str, due: datetime) -> None:
    run = Run(waiting(text, "timeDate")).start({"frist": datetime(2026, 6, 2).date(), "tage": 5})
    assert run.due("z") == due


def test_a_moment_without_an_offset_in_process_data_is_local_time() -> None:
    run = Run(waiting("bis", "timeDate")).start({"bis": datetime(2026, 6, 1, 12)})
    assert run.due("z") == datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_a_timer_in_the_past_fires_at_the_next_wake() -> None:
    run = Run(waiting('"2020-01-01"', "timeDate")).start()
    assert run.step.ended is None
    assert run.wake().step.ended == "end"


@pytest.mark.parametrize("text", ['"morgen"', "3", '"P"', '"PT"', '"P1H"', '"R/PT0S"', "None", '"P99999999D"', "1/0"])
def test_a_timer_that_is_none_fails_at_its_element(text: str) -> None:
    with pytest.raises(ProcessFailed) as failed:
        Run(waiting(text)).start()
    assert failed.value.element == "z" and failed.value.line == 5 and failed.value.cause


def test_a_reminder_comes_again_and_again_until_the_task_is_done() -> None:
    run = Run(REMINDER).start()
    assert run.due("b") == NOON + timedelta(days=7)
    run.wake(days=7)
    assert run.step.path == ("b", "mahnen", "gemahnt") and run.open == ["t"]
    assert run.due("b") == NOON + timedelta(days=14)
    run.wake(days=7).wake(days=7)
    assert run.step.timers == () and run.path.count("mahnen") == 3
    assert run.wake(days=7).step.path == ()
    assert run.complete("t").step.ended == "end"


def test_reminders_that_were_missed_come_one_after_the_other() -> None:
    run = Run(REMINDER).start().wake(days=15)
    assert run.step.path == ("b", "mahnen", "gemahnt") * 2
    assert run.due("b") == NOON + timedelta(days=21)
    assert run.complete("t").step.ended == "end" and run.step.timers == ()


def test_a_monthly_reminder_stays_on_the_last_day_of_the_month() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", timer_definition('"R/P1M"', "timeCycle"), interrupting=False),
        end_event("e"), end_event(), flows="start > t > end; b > e"))
    run = Run(spec, datetime(2026, 1, 31, 11, tzinfo=UTC)).start()
    found = []
    for _ in range(4):
        due = run.due("b")
        assert due is not None
        found.append((due.month, due.day))
        run.now = due
        run.wake()
    assert found == [(2, 28), (3, 31), (4, 30), (5, 31)]


def test_what_a_reminder_has_opened_stays_open_when_the_task_is_done() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", timer_definition('"R/P7D"', "timeCycle"), interrupting=False),
        user("nachfassen"), end_event("e"), end_event(), flows="start > t > end; b > nachfassen > e"))
    run = Run(spec).start().wake(days=7).wake(days=7).complete("t")
    assert run.open == ["nachfassen", "nachfassen"] and run.step.ended is None and run.step.timers == ()
    assert run.complete("nachfassen").complete("nachfassen").step.ended == "e"


def test_an_interrupting_timer_takes_the_task_away() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", timer_definition('"P1D"')), user("danach"), end_event(),
        end_event("spaet"), flows="start > t > end; b > danach > spaet"))
    run = Run(spec).start().wake(days=1)
    assert run.open == ["danach"] and run.step.path == ("b",)
    assert run.complete("danach").step.ended == "spaet"


def test_a_non_interrupting_timer_runs_beside_the_task() -> None:
    spec = deployed(process(
        "p", start_event(), user("t"), boundary("b", "t", timer_definition('"P1D"'), interrupting=False), user("neben"),
        end_event(), end_event("e"), flows="start > t > end; b > neben > e"))
    run = Run(spec).start().wake(days=1)
    assert run.open == ["t", "neben"]
    assert run.complete("t").step.ended is None and run.open == ["neben"]
    assert run.complete("neben").step.ended == "e"


def test_several_due_timers_fire_in_the_order_of_their_moments() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), catch("spaet", timer_definition('"P2D"')),
        catch("frueh", timer_definition('"P1D"')), end_event("a"), end_event("b"),
        flows="start > g > spaet > a; g > frueh > b"))
    assert Run(spec).start().wake(days=5).step.path == ("frueh", "b", "spaet", "a")


def test_a_timer_started_by_a_late_wake_counts_from_that_wake() -> None:
    spec = deployed(process(
        "p", start_event(), catch("a", timer_definition('"P1D"')), catch("b", timer_definition('"P1D"')), end_event(),
        flows="start > a > b > end"))
    run = Run(spec).start().wake(days=9)
    assert run.step.path == ("a",) and run.due("b") == NOON + timedelta(days=10)


def test_completing_a_task_leaves_due_timers_to_the_next_wake() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "parallel"), catch("z", timer_definition('"P1D"')), user("t"), end_event("a"),
        end_event("b"), flows="start > g > z > a; g > t > b"))
    run = Run(spec).start()
    run.now += timedelta(days=3)
    assert run.complete("t").step.path == ("t", "b")
    assert run.wake().step.ended == "a"


def test_an_event_based_gateway_takes_what_comes_first() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("g", "eventBased"), catch("m", message_definition("antwort")),
        catch("z", timer_definition('"P3D"')), element("receiveTask", "r", messageRef="m_anders"), end_event("a"),
        end_event("b"), end_event("c"), flows="start > g > m > a; g > z > b; g > r > c"))
    run = Run(spec).start({"idee_id": "7"})
    assert [(wait.element, wait.name, wait.correlation) for wait in run.step.subscriptions] == [
        ("m", "antwort", "7"), ("r", "anders", "7")]
    assert [wait.element for wait in run.step.timers] == ["z"]
    assert len({wait.key for wait in (*run.step.timers, *run.step.subscriptions)}) == 3
    assert Run(spec).start({"idee_id": "7"}).wake(days=3).step.path == ("g", "z", "b")
    assert run.deliver("antwort", "7", text="ja").step.ended == "a"
    assert run.data["text"] == "ja" and run.step.subscriptions == run.step.timers == ()
    assert Run(spec).start({"idee_id": "7"}).deliver("anders", "7").step.path == ("g", "r", "c")


def test_an_event_based_gateway_can_wait_again_after_a_loop() -> None:
    spec = deployed(process(
        "p", start_event(), gateway("x"), gateway("g", "eventBased"), catch("m", message_definition("stopp")),
        catch("z", timer_definition('"P1D"')), end_event(), flows="start > x > g > m > end; g > z > x"))
    run = Run(spec).start({"idee_id": "7"}).wake(days=1).wake(days=1)
    assert run.due("z") == NOON + timedelta(days=3)
    assert run.deliver("stopp", "7").step.ended == "end"


def test_timers_in_sub_processes_are_seen_and_fire() -> None:
    inner = sub_process("u", start_event("us"), catch("z", timer_definition('"P1D"')), end_event("ue"),
                        flows="us > z > ue")
    spec = deployed(process("p", start_event(), inner, end_event(), flows="start > u > end"))
    run = Run(spec).start()
    assert run.due("z") == NOON + timedelta(days=1)
    assert run.wake(days=1).step.path == ("z", "ue", "u", "end")
