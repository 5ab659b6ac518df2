"""Whatever becomes of a file: it is refused with findings, or what it draws runs, waits or fails where it says."""

import random
import resource
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions import forms
from engine.definitions.findings import errors
from engine.errors import Invalid
from tests.engine.definitions import damage, walks

MEGABYTES = 400
"""What all files together may take beside what the tests take anyway."""
ENDINGS = {"refused", "not runnable", "ended", "waits", "failed", "stands"}


def examples(wanted: int) -> Any:
    """So many in `make test`, twenty times as many in `make nightly`."""
    nightly = settings.get_current_profile_name() == "nightly"
    return settings(max_examples=wanted * 20 if nightly else wanted)


@pytest.fixture(scope="module", autouse=True)
def in_bounds() -> Any:
    """No file takes all the memory there is."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024


def became(seed: int) -> str:
    """What becomes of the diagram that follows from *seed*, damaged as follows from it."""
    dice = random.Random(seed)
    name, files = damage.sound(dice)
    return walks.walked({**files, name: damage.damaged(files[name], dice)}, name, dice)


@given(seed=st.integers(0, 2**32 - 1))
@examples(500)
def test_a_damaged_diagram_is_refused_or_runs(seed: int) -> None:
    assert became(seed) in ENDINGS


def test_damage_is_met_before_and_while_running() -> None:
    """Else the test above would show nothing: of the files some are refused, and some run to each of their ends."""
    seen = Counter(became(seed) for seed in range(200))
    assert seen["refused"] > 50 and seen["ended"] > 20 and seen["failed"] > 5


@given(seed=st.integers(0, 2**32 - 1))
@examples(100)
def test_damaged_decisions_are_refused_or_decide(seed: int) -> None:
    dice = random.Random(seed)
    name, files = dice.choice(damage.decisions())
    files = {**files, name: damage.damaged(files[name], dice)}
    askers = [one for one in files if one.endswith(".bpmn")]
    assert walks.walked(files, dice.choice(askers), dice) in ENDINGS


@given(seed=st.integers(0, 2**32 - 1))
@examples(200)
def test_a_damaged_form_is_refused_or_takes_answers(seed: int) -> None:
    dice = random.Random(seed)
    with walks.in_time("form"):
        source = damage.damaged_form(dice.choice(damage.forms()), dice)
        library, found = walks.judged({"forms/p/f.json": source})
        assert errors(found) or library.forms
        for form in library.forms.values():
            shown = forms.defaults(form, walks.values(dice))
            typed = {key: dice.choice([value, "x", "", "12", "-1", "2026-02-30", "<b>", "x" * 5000, ["x"], []])
                     for key, value in shown.items()}
            assert forms.visible(form, typed) <= {component.name for component, _ in form.all()}
            try:
                forms.read(form, typed)
            except Invalid as error:
                assert error.fields and all(said.de and said.en for every in error.fields.values() for said in every)


@given(source=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-16"))),
       suffix=st.sampled_from(["bpmn", "bpmn2", "dmn", "json", "xml", "exe"]))
@examples(100)
def test_any_bytes_are_answered(source: bytes, suffix: str) -> None:
    with walks.in_time("bytes"):
        assert walks.judged({f"datei.{suffix}": source})[1]


@given(seed=st.integers(0, 2**32 - 1))
@examples(100)
def test_a_file_with_a_few_other_bytes_is_answered(seed: int) -> None:
    dice = random.Random(seed)
    name, files = damage.sound(dice)
    source = bytearray(files[name])
    for _ in range(dice.randint(1, 8)):
        source[dice.randrange(len(source))] = dice.randrange(256)
    assert walks.walked({**files, name: bytes(source)}, name, dice) in ENDINGS


@pytest.mark.parametrize("name", sorted({name for name, files in damage.together() if len(files) > 5}))
def test_what_was_not_damaged_is_not_refused(name: str) -> None:
    dice = random.Random(1)
    files = next(files for one, files in damage.together() if one == name and len(files) > 5)
    assert walks.walked(files, name, dice) in {"ended", "waits", "failed"}
