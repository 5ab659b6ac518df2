"""A pattern in a form cannot hold up the server."""

import pytest

from engine.definitions.patterns import LONGEST_VALUE, MOST_REPEATS, compiled, costly

FINE = ["", r"^\d{5}$", r"^[A-Z]{2}-\d+$", r"[^@]+@[^@]+\.[^@]+", r"(foo|bar)", r"(ab)?c", r"[*+{}]", r"\(\+\)+",
        r"^(\d\d){3}$"]


@pytest.mark.parametrize("pattern", [
    "(a+)+$", "(a*)*b", "(a|a)*b", "((a){2,})*", "(?:a{1,9}){3,}", "(x?)+y", r"(\w*\s*)+$", ".*.*.*.*x",
    r"(a)\1", "(", "a" * 201,
])
def test_a_pattern_that_may_run_for_ever_is_refused(pattern):
    said = costly(pattern)
    assert said and said.de and said.en


@pytest.mark.parametrize("pattern", FINE)
def test_a_plain_pattern_is_taken(pattern):
    assert costly(pattern) is None



def test_open_repetitions_and_the_value_they_run_on_are_few_and_short():
    # Each open repetition may try every place in the value: three on a hundred characters are a few million steps.
    assert costly(".*.*.*x") is None and costly(".*.*.*.*x") is not None
    assert LONGEST_VALUE ** (MOST_REPEATS + 1) / 24 < 10_000_000
    assert compiled(r"[a-z]*[a-z]*[a-z]*\d").search("a" * LONGEST_VALUE) is None
