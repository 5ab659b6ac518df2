"""A pattern in a form cannot hold up the server."""

import time

import pytest

from engine.definitions.patterns import LONGEST_VALUE, compiled, costly

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


@pytest.mark.parametrize("pattern", [*FINE, ".*.*.*x", r"[a-z]*[a-z]*[a-z]*\d"])
def test_what_is_taken_answers_quickly_on_the_longest_value(pattern):
    began = time.perf_counter()
    compiled(pattern).search("a" * LONGEST_VALUE)
    assert time.perf_counter() - began < 2
