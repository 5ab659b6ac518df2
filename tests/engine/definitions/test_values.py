"""What people type is read exactly, and what is written reads back as the same value."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.values import (
    LONGEST,
    Unreadable,
    read_date,
    read_moment,
    read_number,
    read_time,
    written,
)

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def german(number: Decimal) -> str:
    return f"{number:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


@given(amounts)
def test_an_amount_reads_the_same_in_german_english_and_plain_writing(number):
    assert read_number(german(number), 2) == number
    assert read_number(f"{number:,.2f}", 2) == number
    assert read_number(f"{number:.2f}", 2) == number
    assert read_number(f"{number:.2f}".replace(".", ","), 2) == number


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=9, allow_nan=False, allow_infinity=False))
def test_a_number_written_into_a_field_reads_back_exactly(number):
    assert read_number(written(number)) == number


@given(st.text(max_size=LONGEST + 20) | st.floats() | st.integers() | st.decimals() | st.none() | st.lists(st.text()))
def test_anything_is_either_a_finite_number_or_refused_in_two_languages(raw):
    for digits in (None, 0, 2):
        try:
            number = read_number(raw, digits)
        except Unreadable as refused:
            assert refused.sentence.de and refused.sentence.en
        else:
            assert isinstance(number, int if digits == 0 else Decimal)
            assert Decimal(number).is_finite()


@pytest.mark.parametrize(("typed", "digits", "value"), [
    ("1.234", None, "1234"), ("1.234.567", 0, "1234567"), ("1234.5", None, "1234.5"), ("0.500", None, "0.5"),
    ("1,234", None, "1.234"), (" 12 ", 0, "12"), ("1 234,50 €", 2, "1234.50"), ("1\u00a0234", 0, "1234"),
    ("\u22125,5", 1, "-5.5"), ("+3", 0, "3"), (12.1, 2, "12.10"), (Decimal("2.50"), None, "2.5"), ("80 %", 0, "80"),
])
def test_numbers_are_read_as_people_in_germany_write_them(typed, digits, value):
    assert str(read_number(typed, digits, unit="%")) == value


@pytest.mark.parametrize("typed", [
    "", "zwölf", "1.23.456", "12,3,4", "1e5", "--5", "٣", "1,2345678901234", True, float("nan"), float("inf"),
    "9" * 16, 10**400, Decimal("1E+999999"), Decimal("sNaN"), "1" * 1000, {"a": 1}, "0x10", "1_000",
])
def test_what_is_no_number_or_too_large_is_refused(typed):
    with pytest.raises(Unreadable):
        read_number(typed)


def test_more_decimal_places_than_allowed_are_refused_and_never_rounded():
    with pytest.raises(Unreadable, match="at most 2 decimal"):
        read_number("1,239", 2)
    with pytest.raises(Unreadable, match="whole number"):
        read_number("12,5", 0)


@given(days)
def test_a_day_reads_the_same_in_both_writings(day):
    assert read_date(day.isoformat()) == read_date(f"{day:%d.%m.%Y}") == read_date(written(day)) == day
    assert read_date(f"{day.day}.{day.month}.{day.year}") == day


@given(st.text(max_size=LONGEST + 20) | st.integers() | st.none())
def test_any_text_is_either_a_day_in_range_or_refused(raw):
    try:
        assert 1900 <= read_date(raw).year < 2200
    except Unreadable as refused:
        assert refused.sentence.de and refused.sentence.en


@pytest.mark.parametrize(("typed", "said"), [
    ("30.02.2027", "no such day"), ("24.12.26", "four digits"), ("01.01.0026", "from 1900"), ("morgen", "such as"),
    ("2026-13-01", "no such day"), ("2026-12-24T00:00:00", "such as"), (datetime(2026, 1, 1, tzinfo=UTC), "such as"),
])
def test_a_wrong_day_is_answered_with_what_to_type(typed, said):
    with pytest.raises(Unreadable, match=said):
        read_date(typed)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))
def test_a_moment_written_into_a_field_reads_back_as_the_same_moment(moment):
    moment = moment.replace(second=0, microsecond=0)
    assert read_moment(written(moment)) == moment
    assert read_moment(moment.isoformat()) == moment


def test_a_moment_without_offset_is_meant_in_berlin():
    assert read_moment("24.12.2026 14:30").isoformat() == "2026-12-24T14:30:00+01:00"
    assert read_moment("2026-07-01T14:30").isoformat() == "2026-07-01T14:30:00+02:00"
    assert read_moment("1. 7. 2026, 14.30 Uhr").isoformat() == "2026-07-01T14:30:00+02:00"


def test_the_hour_that_summer_time_leaves_out_is_refused():
    with pytest.raises(Unreadable, match="put forward"):
        read_moment("28.03.2027 02:30")


@pytest.mark.parametrize("typed",
                         ["24.12.2026", "24.12.2026 25:00", "24.12.2026 10:61", "2026-12-24T10:00+99:99", "x" * 500])
def test_a_wrong_moment_is_refused(typed):
    with pytest.raises(Unreadable):
        read_moment(typed)


def test_a_time_of_day_is_kept_as_hours_and_minutes():
    assert read_time("9.05 Uhr") == read_time("09:05") == read_time("9:05:00") == "09:05"
    with pytest.raises(Unreadable, match="such as 14:30"):
        read_time("24:00")
