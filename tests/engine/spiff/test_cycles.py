"""Repetitions keep to the calendar for years, and what was missed is caught up with as the model says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import spiff
from engine.errors import Invalid
from engine.spiff import clock
from engine.spiff.clock import BERLIN, add_working_days, due_at, is_working_day
from engine.spiff.run import MOST_MISSED
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    deployed,
    end_event,
    process,
    props,
    script,
    start_event,
    timer_definition,
    user,
)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
steps = st.sampled_from(["P1M", "P3M", "P1Y", "P7D", "P1D", "P5WD", "P1WD", "PT1H", "PT36H", "P1DT12H"])


def reminded(text: str, missed: str = "", then: str = "") -> spiff.Specification:
    """A task that is reminded of again and again, until it is done."""
    said = props(missed=missed) if missed else ""
    return deployed(process(
        "p", start_event(), user("t"),
        boundary("b", "t", said + timer_definition(f'"{text}"', "timeCycle"), interrupting=False),
        script("count", then or "count = 1"), end_event("e"), end_event(), flows="start > t > end; b > count > e"))


@given(moments, steps, st.integers(0, 200))
def test_a_repetition_goes_on_in_time_and_never_drifts(start: datetime, step: str, number: int) -> None:
    found = clock.cycle(f"R/{step}", start)
    one, next_one = found.nth(number), found.nth(number + 1)
    assert start < one < next_one
    assert one == clock.duration(step).after(start, number + 1), "reckoned from the start, not from the last time"


@given(moments, st.integers(0, 2000))
def test_a_daily_repetition_keeps_its_time_of_day_across_the_changes_of_the_clocks(start: datetime, days: int) -> None:
    before = start.astimezone(BERLIN)
    after = clock.cycle("R/P1D", start).nth(days).astimezone(BERLIN)
    assert (after.date() - before.date()).days == days + 1
    if before.hour != 2:
        assert after.time() == before.time()


@given(moments, st.integers(1, 9), st.integers(0, 50))
def test_a_repetition_in_working_days_comes_on_working_days_at_its_time(start: datetime, days: int, turn: int) -> None:
    found = clock.cycle(f"R/P{days}WD", start).nth(turn)
    assert is_working_day(found.astimezone(BERLIN).date())
    assert found == add_working_days(start, days * (turn + 1))


@given(moments, steps, st.integers(-1, 60), st.integers(0, 20), st.timedeltas(timedelta(0), timedelta(days=900)))
def test_the_first_time_after_a_moment_is_the_one_that_counting_finds(
    start: datetime, step: str, count: int, passed: int, asleep: timedelta,
) -> None:
    found = clock.cycle(f"R{'' if count < 0 else count}/{step}", start)
    now = start + asleep
    if step in ("PT1H", "P1WD", "P1D"):
        now = start + asleep / 30
    counted = passed
    while not found.is_over(counted) and found.nth(counted) <= now:
        counted += 1
    assert found.first_after(now, passed) == counted


@pytest.mark.parametrize(("text", "end"), [
    ("P10WD", datetime(2026, 5, 19, 12)),  # Ascension Day lies between
    ("P1WD", datetime(2026, 5, 5, 12)), ("P0WD", datetime(2026, 5, 4, 12)), ("P8WD", datetime(2026, 5, 15, 12)),
])
def test_working_days_can_be_said_in_a_duration(text: str, end: datetime) -> None:
    assert due_at(NOON, text) == end.replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize("text", ["PWD", "P-1WD", "P1WDT1H", "P1M1WD", "P1.5WD", "P10001WD", "R/P0WD"])
def test_working_days_stand_alone_and_have_a_bound(text: str) -> None:
    with pytest.raises(Invalid):
        clock.due(text, NOON)


def test_a_timer_waits_for_working_days() -> None:
    run = Run(reminded("R2/P3WD")).start()
    assert run.due("b") == datetime(2026, 5, 7, 10, tzinfo=UTC)
    run.wake(days=3)
    assert run.due("b") == datetime(2026, 5, 12, 10, tzinfo=UTC)


def test_each_missed_time_comes_once_in_order_where_the_model_says_nothing() -> None:
    for said in ("", "each"):
        run = Run(reminded("R5/P7D", said)).start().wake(days=22)
        assert run.step.path == ("b", "count", "e") * 3
        assert run.due("b") == NOON + timedelta(days=28)


def test_missed_times_come_once_in_all_where_the_model_says_so_and_count_as_passed() -> None:
    run = Run(reminded("R5/P7D", "once")).start().wake(days=22)
    assert run.step.path == ("b", "count", "e")
    assert run.due("b") == NOON + timedelta(days=28)
    run.wake(days=100)
    assert run.step.path == ("b", "count", "e") and run.step.timers == ()


def test_a_time_that_was_not_missed_comes_as_ever_where_missed_ones_come_once_in_all() -> None:
    run = Run(reminded("R3/P7D", "once")).start()
    for _ in range(3):
        assert run.wake(days=7).step.path == ("b", "count", "e")
    assert run.step.timers == ()


def test_what_is_caught_up_with_sees_the_moment_it_is_run_at() -> None:
    run = Run(reminded("R/P7D", then="seen = now")).start().wake(days=15)
    assert run.step.path == ("b", "count", "e") * 2
    assert run.step.data["seen"] == NOON + timedelta(days=15)


def test_a_long_sleep_is_caught_up_with_in_several_steps_and_none_is_left_out() -> None:
    run = Run(reminded("R/PT1H")).start().wake(days=10)
    fired = run.step.path.count("b")
    assert fired == MOST_MISSED
    while run.due("b") is not None and run.due("b") <= run.now:  # type: ignore[operator]  # just asked
        run.wake()
        fired += run.step.path.count("b")
    assert fired == 240 and run.due("b") == NOON + timedelta(hours=241)


def test_a_held_timer_stays_behind_while_others_fire() -> None:
    run = Run(reminded("R/P1D")).start()
    [waiting] = run.step.timers
    run.now += timedelta(days=2)
    step = spiff.wake(run.spec, run.step.state, run.now, lambda call: {}, held={waiting.key})
    assert step.path == () and [timer.key for timer in step.timers] == [waiting.key]
