"""Step 2: a qualified idea becomes a draft with opinions and reviews; one test for each way it can end."""

import pytest

from tests.processes import answers
from tests.vocabulary import Process

REVIEWERS = ("cem", "dora")
"""Whom the idea 2026-00042 gets first: the list of experts, turned by its number."""
NEXT = ("anna", "bela")
"""Who is asked after them."""


def qualified(**more: object) -> Process:
    given = {"zielbild": "mobil", "loesung": "", "kosten_grob": "bis_25000", "bereit_mitzuwirken": "ja",
             "qualifiziert_grund": "", "zurueck_grund": "", **more}
    return Process("p2_massnahme_entwickeln", "idee_qualifiziert", **given)


def drafted(**more: object) -> Process:
    process = qualified(**more)
    process.complete("t2_zuordnen", answers.assign())
    process.complete("t2_entwurf", answers.draft())
    return process


def heard(process: Process, complete: str = "ja", **funding: str) -> Process:
    """Every body has given its opinion."""
    process.complete("st_technik", answers.opinion("st_technik", complete))
    process.complete("st_beteiligung", answers.opinion("st_beteiligung"))
    process.complete("st_foerdermittel", answers.opinion("st_foerdermittel", **funding))
    return process


def reviewed(first: dict[str, object], second: dict[str, object], **funding: str) -> Process:
    process = heard(drafted(), **funding)
    process.complete("t2_gutachter", answers.experts())
    for person, given in zip(REVIEWERS, (first, second), strict=False):
        process.complete("g_befangenheit", answers.unbiased(), of=person)
        process.complete("g_gutachten", given, of=person)
    return process


def test_a_draft_goes_straight_through() -> None:
    process = qualified()
    process.waits_at("t2_zuordnen")
    process.complete("t2_zuordnen", answers.assign())
    process.waits_at("t2_entwurf")
    assert process.task("t2_entwurf").properties["body"] == "arbeitsgruppe_mobilitaet"
    assert process.last_status["organ"] == "arbeitsgruppe_mobilitaet"
    process.complete("t2_entwurf", answers.draft())
    process.waits_at("st_beteiligung", "st_foerdermittel", "st_technik")
    heard(process)
    process.waits_at("t2_gutachter")
    process.complete("t2_gutachter", answers.experts())
    process.waits_at("g_befangenheit", "g_befangenheit")
    for person in REVIEWERS:
        process.complete("g_befangenheit", answers.unbiased(), of=person)
        process.complete("g_gutachten", answers.review(4), of=person)
    process.waits_at("t2_freigabe")
    seen = process.task("t2_freigabe").data
    assert (seen["punkte"], seen["spannweite"], seen["anzahl_gutachten"]) == (80, 0, 2)
    assert seen["vorschlag"] == "empfehlen"
    assert (seen["vorschlag_name"], seen["punkte_text"], seen["ko_text"]) == ("empfehlen", "80,0", "keine")
    assert [one["noten"]["nutzen"] for one in seen["gutachten"]] == [4, 4]
    process.complete("t2_freigabe", answers.approve())
    process.ends_at("end_entwurf")
    assert process.statuses == ["ausarbeitung", "begutachtung", "entwurf"]
    told = process.told("massnahme_entworfen")
    assert {"idee_id", "nummer", "titel", "thema", "kommune", "gruppe", "punkte"} <= told.keys()
    assert str(told["kosten_gesamt"]) == "300000.50"


def test_only_the_bodies_that_are_needed_are_asked() -> None:
    process = qualified()
    process.complete("t2_zuordnen", answers.assign(technik="nein", beteiligung="nein", recht_datenschutz="ja"))
    process.complete("t2_entwurf", answers.draft())
    process.waits_at("st_foerdermittel", "st_recht")
    assert process.task("st_recht").lane == "datenschutz"


def test_late_opinions_are_reminded_and_then_told_to_the_cdo() -> None:
    process = drafted()
    process.clock.advance(days=9)
    assert [call["to_body"] for call in process.called("notice/send")] == ["foerdermittel"]
    process.complete("st_technik", answers.opinion("st_technik"))
    process.clock.advance(days=6)
    told = sorted((call["to_body"], call["template"], call["aufgabe"]) for call in process.called("notice/send"))
    assert told == [
        ("beteiligung_beratung", "erinnerung_aufgabe", "Zur Beteiligung Stellung nehmen"),
        ("cdo", "eskalation_aufgabe", "Förderfähigkeit prüfen"),
        ("cdo", "eskalation_aufgabe", "Zur Beteiligung Stellung nehmen"),
        ("foerdermittel", "erinnerung_aufgabe", "Förderfähigkeit prüfen")]
    process.waits_at("st_beteiligung", "st_foerdermittel")


def test_participation_can_open_comments_for_four_weeks() -> None:
    process = drafted()
    process.complete("st_beteiligung", answers.opinion("st_beteiligung", st_kommentierung="ja"))
    process.waits_at("st_foerdermittel", "st_technik")
    process.clock.advance(days=29)
    process.waits_at("st_auswertung", "st_foerdermittel", "st_technik")
    process.complete("st_auswertung", answers.opinion("st_auswertung"))
    process.complete("st_technik", answers.opinion("st_technik"))
    process.complete("st_foerdermittel", answers.opinion("st_foerdermittel"))
    process.waits_at("t2_gutachter")


def test_what_is_missing_goes_back_to_the_group() -> None:
    process = heard(drafted(), complete="nein")
    process.waits_at("t2_entwurf")
    assert "Technikberatung" in process.task("t2_entwurf").data["hinweise_text"]
    process.complete("t2_entwurf", answers.draft())
    heard(process)
    process.waits_at("t2_gutachter")


@pytest.mark.parametrize(("outcome", "end"), [("ablehnen", "end_abgelehnt"), ("parken", "end_geparkt")])
def test_after_three_rounds_the_cdo_decides(outcome: str, end: str) -> None:
    process = heard(drafted(), complete="nein")
    for _ in range(2):
        process.complete("t2_entwurf", answers.draft())
        heard(process, complete="nein")
    process.waits_at("t2_eskalation")
    process.complete("t2_eskalation", answers.escalated("ausarbeiten"))
    process.complete("t2_entwurf", answers.draft())
    heard(process, complete="nein")
    process.complete("t2_eskalation", answers.escalated(outcome))
    process.ends_at(end)
    assert process.last_status["grund"] == answers.WHY


@pytest.mark.parametrize(("outcome", "end", "status"), [
    ("ablehnen", "end_abgelehnt", "nicht_weiterverfolgt"), ("parken", "end_geparkt", "zurueckgestellt"),
])
def test_the_cdo_rejects_or_parks_a_draft(outcome: str, end: str, status: str) -> None:
    process = reviewed(answers.review(2), answers.review(2))
    assert process.task("t2_freigabe").data["vorschlag"] == "ablehnen"
    process.complete("t2_freigabe", answers.approve(outcome))
    process.ends_at(end)
    assert process.last_status["status"] == status


def test_a_draft_to_be_reworked_is_reviewed_anew_and_old_reviews_are_kept() -> None:
    process = reviewed(answers.review(3), answers.review(3))
    assert process.task("t2_freigabe").data["vorschlag"] == "ueberarbeiten"
    process.complete("t2_freigabe", answers.approve("ueberarbeiten"))
    process.waits_at("t2_entwurf")
    process.complete("t2_entwurf", answers.draft())
    heard(process)
    process.complete("t2_gutachter", answers.experts())
    for person in REVIEWERS:
        process.complete("g_befangenheit", answers.unbiased(), of=person)
        process.complete("g_gutachten", answers.review(5), of=person)
    seen = process.task("t2_freigabe").data
    assert (seen["punkte"], len(seen["gutachten"]), len(seen["gutachten_frueher"])) == (100, 2, 2)


def test_withdrawn_during_review_the_reviewers_tasks_are_gone() -> None:
    """Acceptance scenario 5."""
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    process.complete("g_befangenheit", answers.unbiased(), of=REVIEWERS[0])
    process.waits_at("g_befangenheit", "g_gutachten")
    process.hears("zurueckgezogen", grund="")
    process.ends_at("end_zurueckgezogen")
    assert process.statuses[-1] == "zurueckgezogen"


def test_a_biased_reviewer_is_replaced_and_the_record_kept() -> None:
    """Acceptance scenario 6: the record is kept, and what was counted for one person does not leak to the next."""
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    (first, second), third = REVIEWERS, NEXT[0]
    process.complete("g_befangenheit", answers.biased(), of=first)
    process.waits_at("g_befangenheit", "g_ersatz")
    assert "Schwester" not in str(process.task("g_ersatz").data)
    process.complete("g_ersatz", {"g_ersatz": "ersetzen"})
    assert process.task("g_befangenheit", of=third).data["befangen"] == ""
    process.complete("g_befangenheit", answers.unbiased(), of=third)
    process.complete("g_gutachten", answers.review(4), of=third)
    process.complete("g_befangenheit", answers.unbiased(), of=second)
    process.complete("g_gutachten", answers.review(4), of=second)
    seen = process.task("t2_freigabe").data
    assert {one["person"] for one in seen["gutachten"]} == {second, third}
    assert seen["gutachter_protokoll"] == [{"person": first, "anlass": "befangen"}]


def test_two_biased_reviewers_get_different_replacements() -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    for person in REVIEWERS:
        process.complete("g_befangenheit", answers.biased(), of=person)
    for _ in range(2):
        process.complete("g_ersatz", {"g_ersatz": "ersetzen"})
    process.waits_at("g_befangenheit", "g_befangenheit")
    assert process.assigned("g_befangenheit") == list(NEXT)


def test_no_replacement_leads_back_to_the_cdo_for_more_reviews() -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    process.complete("g_befangenheit", answers.biased(), of=REVIEWERS[0])
    process.complete("g_ersatz", {"g_ersatz": "ohne", "g_ersatz_begruendung": answers.WHY})
    process.complete("g_befangenheit", answers.unbiased(), of=REVIEWERS[1])
    process.complete("g_gutachten", answers.review(4), of=REVIEWERS[1])
    process.waits_at("t2_gutachter")
    assert process.task("t2_gutachter").data["gutachten_noetig"] == 1
    process.complete("t2_gutachter", answers.go_on())
    process.waits_at("g_befangenheit")


def test_scores_far_apart_ask_for_a_third_review() -> None:
    """Acceptance scenario 7: 5 against 2 on one criterion."""
    process = reviewed(answers.review(4, nutzen=5), answers.review(4, nutzen=2))
    process.waits_at("t2_gutachter")
    assert process.task("t2_gutachter").data["spannweite"] == 3
    process.complete("t2_gutachter", answers.experts(1))
    process.complete("g_befangenheit", answers.unbiased(), of=NEXT[0])
    process.complete("g_gutachten", answers.review(4), of=NEXT[0])
    process.waits_at("t2_freigabe")
    seen = process.task("t2_freigabe").data
    assert (seen["anzahl_gutachten"], seen["spannweite"]) == (3, 3)


def test_with_two_reviews_the_cdo_may_go_on_although_they_differ() -> None:
    process = reviewed(answers.review(4, nutzen=5), answers.review(4, nutzen=2))
    process.complete("t2_gutachter", answers.go_on())
    process.waits_at("t2_freigabe")


@pytest.mark.parametrize(("more", "points", "proposal"), [
    ({"nutzen": 4, "innovation": 4, "machbarkeit": 4, "teilhabe": 4}, 70, "empfehlen"),
    ({"nutzen": 4, "innovation": 4, "machbarkeit": 4, "nachhaltig": 4}, 69, "ueberarbeiten"),
])
def test_seventy_points_are_the_threshold(more: dict[str, int], points: int, proposal: str) -> None:
    """Acceptance scenario 8: 70 is recommended, less is reworked."""
    process = reviewed(answers.review(3, **more), answers.review(3, **more))
    seen = process.task("t2_freigabe").data
    assert (seen["punkte"], seen["vorschlag"]) == (points, proposal)


def test_without_secured_money_parking_is_proposed() -> None:
    process = reviewed(answers.review(4), answers.review(4), st_finanzierung="nein")
    assert process.task("t2_freigabe").data["vorschlag"] == "parken"


def test_a_criterion_violated_in_the_funding_check_proposes_rejection() -> None:
    process = reviewed(answers.review(5), answers.review(5), zusaetzlichkeit="nein")
    seen = process.task("t2_freigabe").data
    assert (seen["vorschlag"], seen["ko_codes"]) == ("ablehnen", ["K7"])


def test_a_late_review_is_reminded_and_the_cdo_extends_it() -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    for person in REVIEWERS:
        process.complete("g_befangenheit", answers.unbiased(), of=person)
    process.clock.advance(days=15)
    assert {call["to_person"] for call in process.called("notice/send") if "to_person" in call} == set(REVIEWERS)
    process.complete("g_gutachten", answers.review(4), of=REVIEWERS[0])
    process.clock.advance(days=7)
    process.waits_at("g_frist", "g_gutachten")
    process.complete("g_frist", {"g_frist": "verlaengern", "g_frist_tage": 14, "g_frist_begruendung": answers.WHY})
    process.waits_at("g_gutachten")
    process.clock.advance(days=15)
    process.waits_at("g_frist", "g_gutachten")
    process.complete("g_gutachten", answers.review(4), of=REVIEWERS[1])
    process.waits_at("t2_freigabe")


@pytest.mark.parametrize("outcome", ["ersetzen", "fortfahren"])
def test_a_review_that_never_comes_is_dropped(outcome: str) -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    for person in REVIEWERS:
        process.complete("g_befangenheit", answers.unbiased(), of=person)
    process.complete("g_gutachten", answers.review(4), of=REVIEWERS[0])
    process.clock.advance(days=22)
    process.complete("g_frist", {"g_frist": outcome, "g_frist_begruendung": answers.WHY})
    process.waits_at("t2_gutachter")
    process.complete("t2_gutachter", answers.experts(1))
    assert process.assigned("g_befangenheit") == [NEXT[0]]


def test_who_does_not_declare_bias_within_ten_days_is_replaced() -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts())
    process.clock.advance(days=11)
    process.waits_at("g_ersatz", "g_ersatz")


def test_reviews_are_blind_and_belong_to_their_experts() -> None:
    process = heard(drafted())
    process.complete("t2_gutachter", answers.experts(2))
    task = process.task("g_befangenheit", of=REVIEWERS[0])
    assert task.properties["blind"] == "true"
    process.complete("g_befangenheit", answers.unbiased(), of=REVIEWERS[0])
    process.complete("g_gutachten", answers.review(5), of=REVIEWERS[0])
    process.complete("g_befangenheit", answers.unbiased(), of=REVIEWERS[1])
    assert "note_nutzen" not in process.task("g_gutachten", of=REVIEWERS[1]).data


def test_a_late_draft_is_reminded_twice_and_then_escalated() -> None:
    process = qualified()
    process.complete("t2_zuordnen", answers.assign())
    process.clock.advance(days=43)
    assert [call["to_body"] for call in process.called("notice/send")] == [
        "arbeitsgruppe_mobilitaet", "arbeitsgruppe_mobilitaet", "cdo"]
    process.waits_at("t2_entwurf")


def test_an_addendum_is_announced() -> None:
    process = drafted()
    process.hears("nachtrag")
    process.listens_for("nachtrag", "zurueckgezogen")
    assert [call["template"] for call in process.called("notice/send")] == ["nachtrag"]


def test_a_measure_sent_back_by_a_body_starts_again_with_its_reasons() -> None:
    process = qualified(zurueck_grund="Bitte mit dem Busverkehr abstimmen.")
    process.waits_at("t2_zuordnen")
    assert "Busverkehr" in process.task("t2_zuordnen").data["hinweise_text"]
