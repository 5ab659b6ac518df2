"""Step 3 beyond its single ways: every end of the drawing is reached, votes and dates arrive whole, nothing is left."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from engine import spiff
from engine.errors import Invalid
from engine.spiff import Diagram
from tests.processes import answers
from tests.vocabulary import ROOT, Process

DRAFT = {
    "gruppe": "arbeitsgruppe_mobilitaet", "zielbild": "mobil", "loesung": "", "betreiber": "Landkreis",
    "open_source": "ja", "meilensteine": "Frühjahr", "kosten_gesamt": Decimal("300000.50"), "punkte": 80,
    "spannweite": 1, "anzahl_gutachten": 2, "empfehlung": "Gut.",
}
ADVICE = ("lenkungsgruppe", "kreisausschuss")


def designed() -> Process:
    return Process("p3_entscheiden", "massnahme_entworfen", **DRAFT)


def signed(**but: object) -> Process:
    process = designed()
    process.complete("t3_vorlage", answers.paper(**but))
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign())
    return process


def advised(**but: object) -> Process:
    process = signed(**but)
    for body in ADVICE:
        process.decides(body, "empfohlen")
    process.registered_with("kreistag")
    return process


def decided(outcome: str) -> Process:
    process = advised()
    process.decides("kreistag", outcome, 29, 0, 16)
    return process


def rejected() -> Process:
    process = advised()
    process.decides("kreistag", "abgelehnt", 3, 40, 2)
    return process


def not_recommended(then: str) -> Process:
    process = signed()
    process.decides("lenkungsgruppe", "nicht_empfohlen", 2, 9, 1)
    process.complete("t3_cdo", answers.steer(then))
    return process


def sent_back() -> Process:
    process = signed()
    process.decides("lenkungsgruppe", "zurueck")
    return process


def withdrawn() -> Process:
    process = designed()
    process.hears("zurueckgezogen", grund="")
    process.complete("t3_rueckzug", {"t3_rueckzug": "zurueckgezogen"})
    return process


WAYS: dict[str, Callable[[], Process]] = {
    "end_beschlossen": lambda: decided("beschlossen"),
    "end_geaendert_beschlossen": lambda: decided("geaendert_beschlossen"),
    "end_abgelehnt": rejected,
    "end_geparkt": lambda: not_recommended("parken"),
    "end_zurueck_an_schritt2": sent_back,
    "end_zurueckgezogen": withdrawn,
}
"""For each named end of the step one way that leads there."""


def drawing() -> Diagram:
    return spiff.read_diagram((ROOT / "bpmn" / "p3_entscheiden.bpmn").read_bytes(), "p3_entscheiden.bpmn")


@pytest.mark.parametrize("end", WAYS)
def test_each_end_is_reached_and_leaves_nothing_behind(end: str) -> None:
    WAYS[end]().ends_at(end)


def test_no_end_of_the_drawing_is_forgotten_here() -> None:
    ends = {node.id for node in drawing().nodes if node.kind == "endEvent" and node.event == "terminate"}
    assert ends == set(WAYS)


def test_votes_and_the_day_are_recorded_as_the_meeting_gave_them() -> None:
    process = advised()
    process.decides("kreistag", "geaendert_beschlossen", 29, 0, 16, termin="2027-03-15",
                    wortlaut="Zwei Bänke statt einer.")
    assert process.called("idea/record_decision")[-1] == {
        "organ": "kreistag", "ergebnis": "geaendert_beschlossen", "wortlaut": "Zwei Bänke statt einer.", "ja": 29,
        "nein": 0, "enthaltung": 16, "datum": "2027-03-15", "vorlage": "137/2026",
    }
    assert process.last_status["grund"] == "Zwei Bänke statt einer."


def test_a_result_of_the_administration_without_its_wording_is_refused_and_the_task_stays_open() -> None:
    process = signed(betrag="1000")
    process.decides("lenkungsgruppe", "empfohlen")
    with pytest.raises(Invalid) as refused:
        process.complete("t3_entscheidung", answers.decided("beschlossen", en_wortlaut=" "))
    assert set(refused.value.fields) == {"en_wortlaut"}
    process.waits_at("t3_entscheidung")


@pytest.mark.parametrize("body", ADVICE)
def test_each_adjournment_is_recorded_and_the_item_comes_again(body: str) -> None:
    process = signed()
    if body == "kreisausschuss":
        process.decides("lenkungsgruppe", "empfohlen")
    for _ in range(3):
        process.decides(body, "vertagt", None, None, None)
    process.registered_with(body)
    assert [one["ergebnis"] for one in process.called("idea/record_decision")][-3:] == ["vertagt"] * 3
    assert process.statuses[-4:] == ["beratung"] * 4


def test_a_vote_against_it_stays_on_record_when_the_cdo_submits_it_all_the_same() -> None:
    process = not_recommended("vorlegen")
    process.decides("kreisausschuss", "empfohlen")
    process.decides("kreistag", "beschlossen")
    process.ends_at("end_beschlossen")
    assert [one["ergebnis"] for one in process.called("idea/record_decision")] == [
        "nicht_empfohlen", "empfohlen", "beschlossen"]


def test_what_is_parked_says_until_when_and_why() -> None:
    process = not_recommended("parken")
    status = process.last_status
    assert (status["status"], status["bis"], status["grund"]) == ("zurueckgestellt", date(2027, 6, 1), answers.WHY)


def test_an_urgent_matter_is_decided_without_advice() -> None:
    process = signed(eilbeduerftig="ja")
    process.waits_at()
    process.listens_for("top_ergebnis")
    assert process.statuses == ["entscheidung"]
    assert process.decisions[-1].outputs["rechtsgrundlage"] == "§ 42 LKO"


def test_addenda_are_announced_each_time_and_do_not_hold_up_the_paper() -> None:
    process = designed()
    for _ in range(3):
        process.hears("nachtrag")
    assert len(process.called("notice/send")) == 3
    process.listens_for("nachtrag")
    process.waits_at("t3_vorlage")


def test_carrying_out_starts_with_what_was_resolved() -> None:
    told = decided("geaendert_beschlossen").told("massnahme_beschlossen")
    following = Process("p4_umsetzung", "massnahme_beschlossen", **told)
    following.waits_at("t4_start")
    assert following.task("t4_start").data["beschluss_wortlaut"] == "Wie Beschlussvorschlag."
