"""Process data survive being stored, whatever is in them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.spiff.values import dump, load, plain, same

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
keys = st.text().filter(lambda text: not text.startswith("~"))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False),
    st.text(), st.dates(), st.datetimes(), st.datetimes(timezones=st.one_of(st.just(UTC), offsets)), st.timedeltas(),
    st.decimals(allow_nan=False, allow_infinity=False),
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


@given(values)
def test_what_is_stored_comes_back_as_it_was(value: Any) -> None:
    kept = plain(value)
    assert same(kept, load(dump(kept)))
    assert kept == value


@given(values, values)
def test_only_what_is_stored_alike_counts_as_the_same(one: Any, other: Any) -> None:
    one, other = plain(one), plain(other)
    if same(one, other):
        assert load(dump(one)) == load(dump(other))
    assert same(one, plain(one))


@pytest.mark.parametrize(("one", "other"), [
    (1, True), (1, 1.0), (0, False), (Decimal("1.0"), Decimal("1.00")), ([1], [True]), ({"a": 1}, {"a": 1.0}),
    (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))),
    (date(2026, 1, 1), "2026-01-01"), ([1], [1, 2]), ({"a": None}, {}), (None, False),
])
def test_equal_is_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other) and not same(other, one)


@pytest.mark.parametrize("value", [
    {1, 2}, b"a", float("nan"), float("inf"), 2**63, {1: 2}, {"~date": "x"}, object(), print, "\ud800", 1j,
    {"a": [{"b": {3}}]},
])
def test_what_cannot_be_stored_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        plain(value)


def test_values_are_copied_and_made_plain() -> None:
    inner = [1]
    summer = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    kept = plain({"a": inner, "b": (1, 2), "c": UUID(int=7), "d": summer})
    inner.append(2)
    assert kept["a"] == [1] and kept["b"] == [1, 2] and kept["c"] == str(UUID(int=7))
    assert kept["d"].tzinfo == timezone(timedelta(hours=2))
