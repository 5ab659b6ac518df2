"""What is drawn does what BPMN 2.0.2 and DMN 1.3 say, or is refused with a reason.

The models and what is expected of them lie in tests/processes/standard/.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.definitions.findings import errors
from engine.definitions.outcomes import Outcome, compare
from engine.definitions.rehearsals import NOT_ASKED
from engine.definitions.scenarios import Act, Scenario
from engine.spiff import conductor
from tests.processes.standard.__main__ import main as by_hand
from tests.processes.standard.patterns import NOT_IN_BPMN, PATTERNS
from tests.processes.standard.reading import HERE, Model, models, names_a_section
from tests.processes.standard.rows import GROUPS, ROWS
from tests.processes.standard.tables import coverage, patterns, state
from tests.vocabulary import ROOT

each = pytest.mark.parametrize("model", [pytest.param(model, id=model.name) for model in models()])
running = pytest.mark.parametrize("model", [
    pytest.param(model, id=model.name) for model in models() if model.refused is None
])
AT_LEAST = 180


@each
def test_it_goes_as_the_standard_says(model: Model) -> None:
    """Stored and restored between any two acts, as in the service."""
    outcome = model.rehearse()
    assert not outcome.differences, "\n".join([model.documentation, *(said.en for said in outcome.differences)])
    if model.refused is not None:
        assert outcome.refused, model.documentation
        # the process that asks a decision finds that it is missing where the decision was refused
        beside = NOT_ASKED | ({"undefined-call"} if model.file.suffix == ".dmn" else set())
        assert {one.rule for one in errors(outcome.findings)} - beside == set(model.refused)


@running
def test_it_goes_the_same_way_when_nothing_is_ever_stored(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = model.rehearse()
    kept: dict[bytes, Any] = {}

    def keep(workflow: Any) -> bytes:
        kept[key := f"in memory {len(kept)}".encode()] = workflow
        return key

    def take(spec: Any, state: bytes, engine: Any) -> Any:
        workflow = kept[state]
        workflow.script_engine = engine
        return workflow

    monkeypatch.setattr(conductor, "freeze", keep)
    monkeypatch.setattr(conductor, "thaw", take)
    plain = model.rehearse()
    assert not plain.differences, "\n".join(said.en for said in plain.differences)
    assert seen(plain) == seen(stored)
    assert kept or stored.failure is not None


def seen(outcome: Outcome) -> list[Any]:
    """What an onlooker can tell of a run."""
    return [outcome.trace, outcome.open, outcome.waits, outcome.ended, outcome.data, outcome.failure is None,
            [(sent.name, sent.correlation, sent.payload) for sent in outcome.sent]]


def spoilt(expect: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same expectation with one thing in it that is not so, once for each thing it names."""
    for name, value in expect.items():
        if name in ("trace", "sent", "open", "waits"):
            yield {**expect, name: value[:-1] if value else ["nobody"]}
        elif name == "refused":
            yield {**expect, name: ["no-such-rule"]}
        elif name == "absent":
            continue  # that a name is missing is spoilt by asking for it
        elif name == "data":
            yield from ({**expect, name: {**value, key: "something else"}} for key in value)
        elif name == "decisions":
            yield from ({**expect, name: {**value, key: [*value[key], "another"]}} for key in value)
        elif name == "failed":
            yield {**expect, name: {"element": "nowhere"}}
        else:
            yield {**expect, name: "nowhere" if value != "nowhere" else None}
    if "absent" in expect:
        yield {**expect, "absent": [], "data": dict.fromkeys(expect["absent"], "something")}


@each
def test_its_expectation_can_fail(model: Model) -> None:
    outcome, changed = model.rehearse(), list(spoilt(model.script.expect))
    assert changed, "nothing is expected"
    for expect in changed:
        assert compare(outcome, expect), expect


@running
def test_what_is_expected_on_the_way_can_fail(model: Model) -> None:
    for place, act in enumerate(model.script.actions):
        for expect in spoilt(act.expect or {}):
            assert model.rehearse(with_act(model.script, place, replace(act, expect=expect))).differences, expect


def with_act(script: Scenario, place: int, act: Act) -> Scenario:
    return replace(script, actions=(*script.actions[:place], act, *script.actions[place + 1:]))


@each
def test_it_names_the_section_it_comes_from(model: Model) -> None:
    assert names_a_section(model.documentation), model.documentation
    for number in model.patterns:
        assert f"WCP-{number}" in model.documentation


@each
def test_it_covers_rows_and_patterns_that_there_are(model: Model) -> None:
    assert model.covers and set(model.covers) <= set(ROWS)
    assert set(model.patterns) <= set(range(1, len(PATTERNS) + 1)) - set(NOT_IN_BPMN)


def test_there_are_enough_of_them_and_each_file_belongs_to_one() -> None:
    assert len(models()) >= AT_LEAST
    assert len({model.name for model in models()}) == len(models())
    used = {model.file.parent / name for model in models() for name in model.files}
    assert {path for path in HERE.glob("*/*") if path.suffix in (".bpmn", ".dmn")} == used


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_shown_by_a_model(row: str) -> None:
    assert any(row in model.covers for model in models())


def test_no_row_stands_in_two_groups() -> None:
    assert len(ROWS) == sum(map(len, GROUPS.values()))


@pytest.mark.parametrize("number", sorted(set(range(1, len(PATTERNS) + 1)) - set(NOT_IN_BPMN)))
def test_every_workflow_pattern_that_bpmn_has_is_shown_by_a_model(number: int) -> None:
    assert any(number in model.patterns for model in models())


def test_a_row_says_what_its_models_say() -> None:
    by_name = {model.name: model for model in models()}
    assert state([by_name["parallel_join"]]) == "runs"
    assert state([by_name["complex_join"]]) == "refused"
    assert state([by_name["parallel_join"], by_name["task_abstract"]]) == f"runs; {by_name['task_abstract'].note}"


@pytest.mark.parametrize(("mark", "made"), [("coverage", coverage), ("patterns", patterns)])
def test_the_table_in_the_readme_is_the_one_the_models_make(mark: str, made: Any) -> None:
    text = (ROOT / "README.md").read_text()
    between = text.split(f"<!-- {mark} -->")[1].split(f"<!-- /{mark} -->")[0]
    assert between.strip() == made(), "python -m tests.processes.standard --readme"


def test_one_model_can_be_run_by_hand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["standard", "boundary_error", "complex_join"])
    assert by_hand() == 0
    said = capsys.readouterr().out
    assert "t1 → s_error → b" in said and "refused: unsupported-element at c" in said
    monkeypatch.setattr("sys.argv", ["standard", "no_such_model"])
    assert by_hand() == 2
