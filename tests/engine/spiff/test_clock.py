"""Deadlines are reckoned on the region's calendar."""

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.spiff import clock
from engine.spiff.clock import BERLIN, add_working_days, due_at, duration, is_working_day

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]  # year, month, day, hour, minute


@pytest.mark.parametrize(("start", "text", "end"), [
    (berlin(2026, 1, 31, 9, 0), "P1M", berlin(2026, 2, 28, 9, 0)),
    (berlin(2024, 2, 29, 9, 0), "P1Y", berlin(2025, 2, 28, 9, 0)),
    (berlin(2026, 3, 28, 9, 0), "P1D", berlin(2026, 3, 29, 9, 0)),  # 23 hours
    (berlin(2026, 10, 24, 9, 0), "P1D", berlin(2026, 10, 25, 9, 0)),  # 25 hours
    (berlin(2026, 10, 24, 9, 0), "PT24H", berlin(2026, 10, 25, 8, 0)),
    (berlin(2026, 5, 4, 12, 0), "P1Y2M3DT4H5M6S", datetime(2027, 7, 7, 16, 5, 6, tzinfo=BERLIN)),
    (berlin(2026, 5, 4, 12, 0), "P2W", berlin(2026, 5, 18, 12, 0)),
    (berlin(2026, 5, 4, 12, 0), "PT0.5S", datetime(2026, 5, 4, 12, 0, 0, 500000, tzinfo=BERLIN)),
    (berlin(2026, 5, 4, 12, 0), "P0D", berlin(2026, 5, 4, 12, 0)),
])
def test_a_duration_ends_where_people_expect_it(start: datetime, text: str, end: datetime) -> None:
    assert due_at(start, text) == end.astimezone(UTC) and due_at(start, text).utcoffset() == timedelta(0)


def test_a_time_that_the_spring_leaves_out_moves_and_one_that_the_autumn_doubles_is_the_first() -> None:
    assert due_at(berlin(2026, 3, 28, 2, 30), "P1D") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert due_at(berlin(2026, 10, 24, 2, 30), "P1D") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(moments, st.integers(0, 5000))
def test_days_keep_the_time_of_day(start: datetime, days: int) -> None:
    before, after = start.astimezone(BERLIN), due_at(start, f"P{days}D").astimezone(BERLIN)
    assert (after.date() - before.date()).days == days
    if not 2 <= before.hour < 3:
        assert after.time() == before.time()


@given(moments, st.integers(0, 400))
def test_months_end_on_the_same_day_or_the_last(start: datetime, months: int) -> None:
    before, after = start.astimezone(BERLIN), due_at(start, f"P{months}M").astimezone(BERLIN)
    assert (after.year - before.year) * 12 + after.month - before.month == months
    assert after.day == min(before.day, calendar.monthrange(after.year, after.month)[1])


@given(moments, st.integers(0, 10**6))
def test_hours_are_exact(start: datetime, hours: int) -> None:
    assert due_at(start, f"PT{hours}H") - start == timedelta(hours=hours)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_every_part_of_a_duration_is_read(years: int, months: int, days: int, hours: int, minutes: int) -> None:
    found = duration(f"P{years}Y{months}M{days}DT{hours}H{minutes}M")
    assert (found.months, found.days) == (years * 12 + months, days)
    assert found.span == timedelta(hours=hours, minutes=minutes)


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P-1D", "-P1D", "P1H", "P1M2W", "P1.5D", "p1d",
                                  "P1D ago", "PT1S1M", "P1D\nP1D", "P" + "9" * 70 + "D", "PT1.1234567S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        duration(text)


@pytest.mark.parametrize("text", ["P9000Y", "P4000000D", "PT99999999999H", "P99999999999999999999D"])
def test_a_duration_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        due_at(datetime(2026, 1, 1, tzinfo=UTC), text)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    for read in (duration, lambda said: clock.due(said, datetime(2026, 1, 1, tzinfo=UTC))):
        try:
            read(text)
        except Invalid:
            continue


def test_a_moment_without_a_zone_is_local() -> None:
    assert due_at(datetime(2026, 7, 1, 12), "PT1H") == datetime(2026, 7, 1, 11, tzinfo=UTC)
    assert clock.moment("2026-01-01T12:00") == datetime(2026, 1, 1, 11, tzinfo=UTC)
    assert clock.moment(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(("start", "days", "end"), [
    ((2026, 5, 4), 1, (2026, 5, 5)), ((2026, 5, 8), 1, (2026, 5, 11)),
    ((2026, 5, 13), 1, (2026, 5, 15)),  # Ascension Day
    ((2026, 6, 3), 1, (2026, 6, 5)),  # Corpus Christi, a holiday here but not everywhere
    ((2026, 10, 30), 1, (2026, 11, 2)),  # All Saints' on a Sunday
    ((2027, 10, 29), 1, (2027, 11, 2)),  # All Saints' on a Monday
    ((2026, 12, 23), 3, (2026, 12, 29)), ((2026, 5, 9), 1, (2026, 5, 11)), ((2026, 5, 5), 0, (2026, 5, 5)),
    ((2026, 5, 11), -1, (2026, 5, 8)), ((2026, 1, 5), 1, (2026, 1, 6)),  # Epiphany is none in Rhineland-Palatinate
])
def test_working_days_are_those_of_rhineland_palatinate(
    start: tuple[int, int, int], days: int, end: tuple[int, int, int],
) -> None:
    found = add_working_days(berlin(*start, 9, 30), days)
    assert found.astimezone(BERLIN) == berlin(*end, 9, 30)


@given(moments, st.integers(1, 60))
def test_a_deadline_in_working_days_ends_on_one_and_counts_them_all(start: datetime, days: int) -> None:
    begin, end = start.astimezone(BERLIN).date(), add_working_days(start, days).astimezone(BERLIN).date()
    between = [begin + timedelta(days=place) for place in range(1, (end - begin).days + 1)]
    assert is_working_day(end) and sum(map(is_working_day, between)) == days


@pytest.mark.parametrize("text", ["R", "R3", "R3/", "R-1/P1D", "R3/P1D/P1D", "R3/P1D/2026-01-01", "3/P1D", "R3/P0D"])
def test_what_is_no_repetition_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clock.cycle(text, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_repetition_may_begin_at_a_moment() -> None:
    found = clock.cycle("R2/2026-05-01T08:00/P7D", datetime(2026, 1, 1, tzinfo=UTC))
    assert (found.count, found.nth(0), found.nth(1)) == (
        2, datetime(2026, 5, 1, 6, tzinfo=UTC), datetime(2026, 5, 8, 6, tzinfo=UTC))
