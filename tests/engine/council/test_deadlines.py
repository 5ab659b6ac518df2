"""Deadlines on the county's calendar: whole days, months and working days, over every odd turn of the year."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.council import deadlines
from tests.clock import BERLIN

DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
PERIODS = st.integers(1, 60)
day = date.fromisoformat


@given(DAYS, PERIODS)
def test_the_last_day_of_receipt_leaves_exactly_the_period_and_the_next_day_does_not(meeting: date, days: int) -> None:
    last = deadlines.last_receipt_day(meeting, days)
    assert deadlines.full_days(last, meeting) == days
    assert deadlines.is_in_time(last, meeting, days)
    assert not deadlines.is_in_time(last + timedelta(days=1), meeting, days)


@given(DAYS, st.integers(-30, 90), PERIODS)
def test_in_time_is_to_have_the_whole_days(received: date, later: int, days: int) -> None:
    meeting = received + timedelta(days=later)
    assert deadlines.is_in_time(received, meeting, days) == (deadlines.full_days(received, meeting) >= days)


@given(DAYS, PERIODS, st.integers(0, 30))
def test_who_is_in_time_is_so_on_every_earlier_day_and_for_every_shorter_period(
    meeting: date, days: int, earlier: int
) -> None:
    received = deadlines.last_receipt_day(meeting, days) - timedelta(days=earlier)
    assert deadlines.is_in_time(received, meeting, days)
    assert all(deadlines.is_in_time(received, meeting, shorter) for shorter in range(1, days))


def test_between_a_meeting_and_its_own_or_a_later_day_lies_no_day() -> None:
    meeting = day("2026-04-14")
    assert [deadlines.full_days(day(received), meeting) for received in
            ("2026-04-12", "2026-04-13", "2026-04-14", "2026-04-20")] == [1, 0, 0, 0]


@pytest.mark.parametrize(("one", "hours"), [
    ("2026-03-29", 23), ("2027-03-28", 23), ("2026-10-25", 25), ("2026-06-10", 24), ("2026-12-31", 24),
    ("2028-02-29", 24),
])
def test_a_day_ends_where_the_county_s_next_begins(one: str, hours: int) -> None:
    begin = datetime.combine(day(one), time(), BERLIN).astimezone(UTC)
    end = deadlines.day_end(day(one))
    assert end - begin == timedelta(hours=hours)
    assert end.astimezone(BERLIN) == datetime.combine(day(one) + timedelta(days=1), time(), BERLIN)
    assert end.tzinfo == UTC


@pytest.mark.parametrize(("meeting", "days", "moment"), [
    ("2027-04-06", 14, "2027-03-24T00:00+01:00"), ("2026-11-03", 14, "2026-10-21T00:00+02:00"),
    ("2027-01-11", 14, "2026-12-29T00:00+01:00"), ("2028-03-14", 14, "2028-03-01T00:00+01:00"),
    ("2026-04-14", 14, "2026-04-01T00:00+02:00"),
])
def test_the_editorial_deadline_is_the_end_of_its_day_on_the_clock_of_that_day(
    meeting: str, days: int, moment: str
) -> None:
    assert deadlines.editorial_deadline(day(meeting), days) == datetime.fromisoformat(moment)


@given(DAYS)
def test_the_minutes_month_is_a_calendar_month(meeting: date) -> None:
    limit = deadlines.minutes_limit(meeting)
    assert 28 <= (limit - meeting).days <= 31
    assert (limit.year * 12 + limit.month) - (meeting.year * 12 + meeting.month) == 1
    assert limit.day == meeting.day or (limit + timedelta(days=1)).day == 1


@pytest.mark.parametrize(("meeting", "limit"), [
    ("2027-01-31", "2027-02-28"), ("2028-01-31", "2028-02-29"), ("2028-01-30", "2028-02-29"),
    ("2026-12-31", "2027-01-31"), ("2026-03-31", "2026-04-30"), ("2026-02-28", "2026-03-28"),
])
def test_where_the_next_month_has_no_such_day_its_last_counts(meeting: str, limit: str) -> None:
    assert deadlines.minutes_limit(day(meeting)) == day(limit)


@given(DAYS, st.integers(1, 28))
def test_the_minutes_are_due_on_a_working_day_within_their_month(meeting: date, days: int) -> None:
    due, limit = deadlines.minutes_due(meeting, days), deadlines.minutes_limit(meeting)
    assert meeting + timedelta(days=days) <= due <= limit
    assert due == limit or deadlines.day_hint(due) is None


def test_minutes_due_on_a_holiday_are_due_on_the_next_working_day() -> None:
    assert deadlines.minutes_due(day("2026-12-11"), 14) == day("2026-12-28")  # over Christmas, a Friday
    assert deadlines.minutes_due(day("2026-03-20"), 14) == day("2026-04-07")  # over Easter, Good Friday to Tuesday
    assert deadlines.minutes_due(day("2027-02-24"), 28) == day("2027-03-24")


@given(DAYS, PERIODS, PERIODS)
def test_the_day_to_send_is_a_working_day_in_time(meeting: date, send: int, notice: int) -> None:
    found = deadlines.send_day(meeting, send, notice)
    assert deadlines.is_in_time(found, meeting, notice)
    assert found <= meeting - timedelta(days=send)
    assert deadlines.day_hint(found) is None


def test_the_day_to_send_comes_before_the_holidays() -> None:
    assert deadlines.send_day(day("2026-04-14"), 10, 4) == day("2026-04-02")  # the tenth day before is Easter Saturday
    assert deadlines.send_day(day("2027-01-04"), 2, 4) == day("2026-12-30")  # two days before would be too late


@pytest.mark.parametrize(("one", "said"), [
    ("2026-04-14", None), ("2026-06-04", "Feiertag"), ("2026-11-01", "Sonntag"), ("2026-11-02", None),
    ("2026-10-31", "Samstag"), ("2027-11-01", "Feiertag"), ("2026-12-25", "Feiertag"), ("2026-12-24", None),
])
def test_a_meeting_on_a_holiday_of_the_state_is_pointed_out(one: str, said: str | None) -> None:
    """Fronleichnam and Allerheiligen are holidays in Rhineland-Palatinate; Reformationstag is none."""
    hint = deadlines.day_hint(day(one))
    assert hint is None if said is None else hint is not None and said in hint.de
