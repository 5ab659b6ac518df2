"""A process that is stored and restored after every step goes on as one that never was."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from engine import spiff
from tests.engine.spiff.models import (
    NOON,
    Run,
    deployed,
    end_event,
    process,
    script,
    start_event,
    user,
)


def test_dates_amounts_and_moments_survive_every_step() -> None:
    spec = deployed(process(
        "p", start_event(), user("a"), script("s", "bis = am + timedelta(days=1)\nbrutto = netto * Decimal('1.19')"),
        user("b"), end_event(), flows="start > a > s > b > end"))
    moment = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    run = Run(spec).start({"am": date(2026, 2, 28), "netto": Decimal("10.00"), "um": moment, "dauer": timedelta(1.5)})
    run.complete("a", tief={"liste": [date(2026, 1, 1), {"x": Decimal("1.10")}]})
    assert run.task("b").data == {
        "am": date(2026, 2, 28), "netto": Decimal("10.00"), "um": moment, "dauer": timedelta(1.5),
        "bis": date(2026, 3, 1), "brutto": Decimal("11.9000"),
        "tief": {"liste": [date(2026, 1, 1), {"x": Decimal("1.10")}]}}
    assert str(run.task("b").data["tief"]["liste"][1]["x"]) == "1.10"
    assert spiff.task_data(spec, run.step.state, run.task("b").key) == run.task("b").data


def test_a_change_that_only_looks_the_same_is_stored() -> None:
    spec = deployed(process("p", start_event(), user("a"), user("b"), end_event(), flows="start > a > b > end"))
    run = Run(spec).start({"x": 1, "y": [1], "z": Decimal("1.0")}).complete("a", x=True, y=[True], z=Decimal("1.00"))
    found = spiff.task_data(spec, run.step.state, run.task("b").key)
    assert found["x"] is True and found["y"][0] is True and str(found["z"]) == "1.00"


def test_the_state_holds_no_diagram() -> None:
    spec = deployed(process("p", start_event(), user("a"), script("s", "geheimes_wort = 1"), end_event(),
                            flows="start > a > s > end"))
    assert b"geheimes_wort" not in Run(spec).start().step.state


def test_what_is_no_state_is_refused() -> None:
    spec = deployed(process("p", start_event(), user("a"), end_event(), flows="start > a > end"))
    for wrong in (b"", b"{}", b"[1]", b"nonsense"):
        with pytest.raises(Exception, match=r"."):
            spiff.complete(spec, wrong, "x", {}, NOON, lambda asked: {})


def test_a_step_from_an_old_state_changes_nothing_about_that_state() -> None:
    spec = deployed(process("p", start_event(), user("a"), user("b"), end_event(), flows="start > a > b > end"))
    run = Run(spec).start({"liste": [1]})
    before = run.step
    run.complete("a", liste=[2])
    again = spiff.complete(spec, before.state, before.open_tasks[0].key, {}, NOON, run.call)
    assert again.data == {"liste": [1]}
