"""What is proved about conditions is true of every value that can be tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.rules.conditions import both, complete

NUMBERS = st.sampled_from([0, 1, 2, 3, 2.5, -1])
TEXTS = st.sampled_from(["x", "y", "z", ""])
SIZE = st.builds("{} {} {}".format, st.sampled_from(["n", "m"]), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
                 NUMBERS)
WORD = st.one_of(
    st.builds("t {} {!r}".format, st.sampled_from(["==", "!="]), TEXTS),
    st.builds("t {} {!r}".format, st.sampled_from(["in", "not in"]), st.lists(TEXTS, max_size=3).map(tuple)),
    st.just("t is None"), st.just("ok"), st.just("not ok"), st.just("ok == True"),
)
CONDITIONS = st.recursive(st.one_of(SIZE, WORD), lambda inner: st.one_of(
    st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner),
    st.builds("not ({})".format, inner)), max_leaves=4)
VALUES = st.fixed_dictionaries({
    "n": st.one_of(NUMBERS, st.integers(-3, 6), st.decimals(-3, 6, places=2)),
    "m": st.one_of(NUMBERS, st.floats(-2, 5)),
    "t": st.one_of(TEXTS, st.none(), st.text(max_size=2), st.integers(0, 2)),
    "ok": st.one_of(st.booleans(), st.none(), TEXTS),
})


def holds(condition: str, values: dict[str, object]) -> bool:
    """What Python says of it; these conditions are made above and hold nothing else."""
    return bool(eval(condition, {"__builtins__": {}}, values))


@given(st.lists(CONDITIONS, min_size=1, max_size=3), VALUES)
def test_where_it_is_said_that_one_always_holds_one_does(conditions: list[str], values: dict[str, object]) -> None:
    if complete(conditions):
        assert any(holds(condition, values) for condition in conditions), conditions


@given(CONDITIONS, VALUES)
def test_a_condition_and_its_opposite_are_complete_and_never_overlap(condition: str, values: dict[str, object]) -> None:
    assert complete([condition, f"not ({condition})"])
    assert both(condition, f"not ({condition})") is None


@given(CONDITIONS, CONDITIONS, VALUES)
def test_where_it_is_said_that_two_never_meet_they_do_not(one: str, other: str, values: dict[str, object]) -> None:
    said = both(one, other)
    if said is None and complete([f"not ({one})", f"not ({other})"]):
        assert not (holds(one, values) and holds(other, values))
    if said is not None:
        assert not complete([f"not ({one})", f"not ({other})"])


@pytest.mark.parametrize("conditions", [
    ["a <= 3", "a >= 4"], ["a < 3", "a > 3"], ["a < 1", "1 < a"], ["a == 'x'", "a == 'y'"], ["a <= 'x'", "a >= 'y'"],
    ["a == True", "a == False"], ["a in (1, 2)", "a > 2"], ["a == 1", "a != 2 and a != 1"], ["a and b", "not a"], [],
])
def test_where_a_value_is_left_out_they_are_not_complete(conditions: list[str]) -> None:
    assert not complete(conditions)


@pytest.mark.parametrize("conditions", [
    ["a <= 3", "a > 3"], ["a < 1", "1 <= a"], ["a == 'x'", "a != 'x'"], ["a < 'x'", "a >= 'x'"], ["a", "not a"],
    ["a in (1, 2)", "a not in (1, 2)"], ["a and b", "not a", "not b"], ["a is None", "a is not None"], ["True"],
    ["d['n'] >= -1.5", "-1.5 > d['n']"], ["a < 1", "1 <= a <= 5", "a > 5"],
])
def test_where_every_value_is_met_they_are_complete(conditions: list[str]) -> None:
    assert complete(conditions)


@pytest.mark.parametrize(("one", "other", "example"), [
    ("a > 3", "a > 5", "a = 6"), ("a == 'x'", "a != 'y'", 'a = "x"'), ("a in [1, 2]", "2 <= a < 4", "a = 2"),
    ("a and b", "a or b", "a = True, b = True"), ("d['n'] >= 1", "d['n'] <= 1", 'd["n"] = 1'),
])
def test_what_overlaps_is_shown_by_an_example(one: str, other: str, example: str) -> None:
    assert both(one, other) == example


@pytest.mark.parametrize(("one", "other"), [
    ("a > 3", "b > 3"), ("f(a)", "f(a)"), ("a > b", "a > b"), ("a > 3", "a > 'x'"), ("a ==", "a > 3"),
    ("now > 3", "now > 4"), ("a.b > 3", "a.b > 4"), (" and ".join(f"x{place} > 1" for place in range(30)), "x1 > 1"),
])
def test_of_what_is_not_understood_nothing_is_said(one: str, other: str) -> None:
    assert both(one, other) is None
    assert not complete([one, other])
