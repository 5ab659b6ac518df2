"""The shipped decision tables: exactly one row fits whatever people answer, and the thresholds hold to the digit."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any

import pytest

from engine import spiff
from engine.spiff import Decision
from engine.spiff.decide import Decided, decide
from tests.processes.answers import CRITERIA
from tests.vocabulary import ROOT

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LIMITS = {"wertgrenze_verwaltung": 25000, "wertgrenze_ausschuss": 250000}


@lru_cache
def table(name: str) -> Decision:
    (read,) = spiff.read_decisions((ROOT / "bpmn/decisions" / f"{name}.dmn").read_bytes(), name)
    return read


def decided(name: str, **data: Any) -> Decided:
    return decide({name: table(name)}, name, data, NOW)[-1]


def test_all_criteria_met_violate_nothing() -> None:
    made = decided("d_ko", **dict.fromkeys(CRITERIA, "ja"))
    assert made.outputs == {"verletzt": [], "grund_codes": [], "verletzt_namen": []}


@pytest.mark.parametrize(("place", "name"), list(enumerate(CRITERIA, 1)))
def test_each_criterion_has_its_own_code(place: int, name: str) -> None:
    made = decided("d_ko", **{**dict.fromkeys(CRITERIA, "unklar"), name: "nein"})
    assert (made.outputs["verletzt"], made.outputs["grund_codes"]) == ([name], [f"K{place}"])


@pytest.mark.parametrize(("violated", "unclear", "points", "money", "proposal"), [
    (1, 0, 90, True, "ablehnen"), (0, 2, 90, True, "rueckfrage"), (0, 0, 70, True, "empfehlen"),
    (0, 0, 70, False, "parken"), (0, 0, 69.9, True, "ueberarbeiten"), (0, 0, 50, True, "ueberarbeiten"),
    (0, 0, 49.9, True, "ablehnen"), (1, 3, 10, False, "ablehnen"),
])
def test_maturity_proposes(violated: int, unclear: int, points: float, money: bool, proposal: str) -> None:
    """Acceptance scenario 8: 69.9 points are reworked, 70 recommended."""
    made = decided("d_reife", anzahl_ko=violated, anzahl_unklar=unclear, punkte=points, finanzierung_gesichert=money)
    assert made.outputs["vorschlag"] == proposal


def test_exactly_one_row_of_maturity_always_fits() -> None:
    for violated, unclear, points, money in product((0, 1, 9), (0, 1), (0, 49.9, 50, 69.9, 70, 100), (True, False)):
        made = decided("d_reife", anzahl_ko=violated, anzahl_unklar=unclear, punkte=points,
                       finanzierung_gesichert=money)
        assert len(made.rules) == 1


def test_exactly_one_row_of_the_precheck_always_fits() -> None:
    for violated, unclear, score in product(([], ["zeitraum"]), (0, 1), (0, 1.4, 1.5, 2.4, 2.5, 5)):
        assert len(decided("d_vorpruefung", verletzt=violated, anzahl_unklar=unclear, kurznote=score).rules) == 1


@pytest.mark.parametrize(("subject", "amount", "urgent", "body"), [
    ("strategie", "0", "nein", "kreistag"), ("agenda", "0", "ja", "kreistag"),
    ("massnahme", "24999.99", "nein", "verwaltung"), ("massnahme", "25000", "nein", "kreisausschuss"),
    ("massnahme", "249999.99", "nein", "kreisausschuss"), ("massnahme", "250000", "nein", "kreistag"),
    ("massnahme", "250000", "ja", "landrat_kreisvorstand"),
])
def test_the_competent_body_depends_on_amount_and_urgency(subject: str, amount: str, urgent: str, body: str) -> None:
    made = decided("d_organ", gegenstand=subject, betrag=Decimal(amount), eilbeduerftig=urgent, **LIMITS)
    assert made.outputs["organ"] == body
    assert made.outputs["rechtsgrundlage"]
