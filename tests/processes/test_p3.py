"""Step 3: a draft becomes a paper, is advised on and decided; one test for each way it can end."""

from datetime import date
from decimal import Decimal

import pytest

from engine.definitions import forms
from tests.processes import answers
from tests.vocabulary import IDEA, MEETING, Process, form, result

DRAFT = {
    "gruppe": "arbeitsgruppe_mobilitaet", "zielbild": "mobil", "loesung": "", "betreiber": "Landkreis",
    "open_source": "ja", "meilensteine": "Frühjahr", "kosten_gesamt": Decimal("300000.50"), "punkte": 80,
    "spannweite": 1, "anzahl_gutachten": 2, "empfehlung": "Gut.",
}


def designed() -> Process:
    return Process("p3_entscheiden", "massnahme_entworfen", **DRAFT)


def signed(**but: object) -> Process:
    process = designed()
    process.complete("t3_vorlage", answers.paper(**but))
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign())
    return process


def reaching(body: str) -> Process:
    """A measure whose item is registered for a meeting of *body*."""
    process = signed()
    for earlier in ("lenkungsgruppe", "kreisausschuss"):
        if earlier == body:
            break
        process.decides(earlier, "empfohlen")
    return process


def before_the_kreistag(**but: object) -> Process:
    process = signed(**but)
    process.decides("lenkungsgruppe", "empfohlen")
    process.decides("kreisausschuss", "empfohlen")
    return process


def test_a_measure_goes_straight_through_to_resolved() -> None:
    """Acceptance scenario 1: 29 yes, 0 no, 16 abstentions."""
    process = designed()
    process.waits_at("t3_vorlage")
    process.complete("t3_vorlage", answers.paper())
    process.waits_at("t3_pruefung")
    process.complete("t3_pruefung", answers.money())
    process.waits_at("t3_zeichnung")
    process.complete("t3_zeichnung", answers.sign())
    process.registered_with("lenkungsgruppe")
    assert process.last_status == {"status": "beratung", "organ": "lenkungsgruppe", "termin": "2027-02-01"}
    process.decides("lenkungsgruppe", "empfohlen_mit_aenderung")
    process.registered_with("kreisausschuss")
    assert process.last_status["organ"] == "kreisausschuss"
    process.decides("kreisausschuss", "empfohlen")
    process.registered_with("kreistag")
    assert process.last_status["organ"] == "kreistag"
    process.decides("kreistag", "beschlossen", 29, 0, 16)
    process.ends_at("end_beschlossen")
    assert process.statuses == ["beratung", "beratung", "entscheidung", "beschlossen"]
    recorded = process.called("idea/record_decision")
    assert [(one["organ"], one["ergebnis"]) for one in recorded] == [
        ("lenkungsgruppe", "empfohlen_mit_aenderung"), ("kreisausschuss", "empfohlen"), ("kreistag", "beschlossen")]
    assert (recorded[-1]["ja"], recorded[-1]["nein"], recorded[-1]["enthaltung"]) == (29, 0, 16)
    told = process.told("massnahme_beschlossen")
    assert {"idee_id", "nummer", "titel", "thema", "kommune", "beschluss", "gruppe"} <= told.keys()


def test_a_changed_wording_has_its_own_end() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "geaendert_beschlossen")
    process.ends_at("end_geaendert_beschlossen")
    assert process.last_status["status"] == "geaendert_beschlossen"
    assert process.told("massnahme_beschlossen")["beschluss"] == "geaendert_beschlossen"


def test_a_rejection_gives_its_reason() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "abgelehnt", 10, 30, 0)
    process.ends_at("end_abgelehnt")
    assert process.last_status["grund_code"] == "G1"
    assert process.last_status["grund"] == "Wie Beschlussvorschlag."
    assert process.last_status["organ"] == "kreistag"


def test_without_counting_a_body_may_resolve() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "beschlossen", 0, 0, 0)
    process.ends_at("end_beschlossen")


def test_an_adjourned_item_comes_back_at_the_next_meeting() -> None:
    process = signed()
    for body in ("lenkungsgruppe", "kreisausschuss", "kreistag"):
        process.decides(body, "vertagt")
        process.decides(body, "beschlossen" if body == "kreistag" else "empfohlen")
    process.ends_at("end_beschlossen")
    assert len(process.called("council/next_meeting")) == 6


def test_an_item_referred_to_a_committee_comes_back_after_it() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "verwiesen", verwiesen_an="zukunftsausschuss")
    assert process.last_status["organ"] == "zukunftsausschuss"
    process.decides("zukunftsausschuss", "empfohlen")
    process.registered_with("kreistag")


@pytest.mark.parametrize("body", ["lenkungsgruppe", "kreisausschuss", "kreistag"])
def test_a_body_can_send_a_measure_back_to_step_two(body: str) -> None:
    process = reaching(body)
    process.decides(body, "zurueck", wortlaut="Bitte mit dem Busverkehr abstimmen.")
    process.ends_at("end_zurueck_an_schritt2")
    told = process.told("idee_qualifiziert")
    assert told["zurueck_grund"] == "Bitte mit dem Busverkehr abstimmen."
    again = Process("p2_massnahme_entwickeln", "idee_qualifiziert", **told)
    again.waits_at("t2_zuordnen")


@pytest.mark.parametrize("body", ["lenkungsgruppe", "kreisausschuss"])
def test_not_recommended_ends_nothing_but_asks_the_cdo(body: str) -> None:
    process = reaching(body)
    process.decides(body, "nicht_empfohlen")
    process.waits_at("t3_cdo")
    process.complete("t3_cdo", answers.steer("vorlegen"))
    process.registered_with("kreisausschuss" if body == "lenkungsgruppe" else "kreistag")


@pytest.mark.parametrize(("outcome", "end", "status"), [
    ("parken", "end_geparkt", "zurueckgestellt"), ("ablehnen", "end_abgelehnt", "nicht_weiterverfolgt"),
])
def test_the_cdo_parks_or_rejects_what_was_not_recommended(outcome: str, end: str, status: str) -> None:
    process = signed()
    process.decides("lenkungsgruppe", "nicht_empfohlen")
    process.complete("t3_cdo", answers.steer(outcome))
    process.ends_at(end)
    assert process.last_status["status"] == status
    assert process.last_status["grund"] == answers.WHY


def test_a_body_that_only_takes_note_has_not_decided() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "zur_kenntnis")
    process.waits_at("t3_cdo")
    process.complete("t3_cdo", answers.steer("vorlegen"))
    process.registered_with("kreistag")


def test_numbers_that_do_not_add_up_send_the_paper_back() -> None:
    process = designed()
    process.complete("t3_vorlage", answers.paper())
    process.complete("t3_pruefung", answers.money("zurueck"))
    process.waits_at("t3_vorlage")
    assert process.task("t3_vorlage").data["hinweise_text"] == "Bitte die Folgekosten prüfen."
    process.complete("t3_vorlage", answers.paper())
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign("zurueck"))
    process.waits_at("t3_vorlage")


@pytest.mark.parametrize(("amount", "urgent", "first", "body"), [
    ("24999,99", "nein", "lenkungsgruppe", "verwaltung"), ("25000", "nein", "lenkungsgruppe", "kreisausschuss"),
    ("249999,99", "nein", "lenkungsgruppe", "kreisausschuss"), ("250000", "nein", "lenkungsgruppe", "kreistag"),
])
def test_the_table_names_the_competent_body(amount: str, urgent: str, first: str, body: str) -> None:
    process = signed(betrag=amount, eilbeduerftig=urgent)
    process.registered_with(first)
    assert process.decisions[-1].outputs["organ"] == body


def test_the_administration_decides_without_a_meeting_and_the_cdos_office_signs() -> None:
    process = signed(betrag="24999,99")
    process.decides("lenkungsgruppe", "empfohlen")
    process.waits_at("t3_entscheidung")
    task = process.task("t3_entscheidung")
    assert (task.lane, task.data["organ_name"]) == ("cdo", "Verwaltung (CDO)")
    assert process.last_status == {"status": "entscheidung", "organ": "cdo"}
    assert [one["gremium"] for one in process.called("council/next_meeting")] == ["lenkungsgruppe"]
    process.complete("t3_entscheidung", answers.decided("beschlossen"))
    process.ends_at("end_beschlossen")
    recorded = process.called("idea/record_decision")[-1]
    assert (recorded["organ"], recorded["ja"], recorded["nein"]) == ("cdo", None, None)
    assert process.last_status["organ"] == "cdo"


@pytest.mark.parametrize(("amount", "body"), [("249999,99", "kreisausschuss"), ("250000", "kreistag")])
def test_the_landrat_decides_an_urgent_matter_with_the_kreisvorstand(amount: str, body: str) -> None:
    """§ 42 LKO: in the place of the organ that would decide."""
    process = signed(eilbeduerftig="ja", betrag=amount)
    asked = process.told("eilentscheidung_beantragt")["meldung"]
    assert (asked["gremium"], asked["antwort_an"], asked["eil_grund"]) == (body, IDEA["idee_id"], answers.WHY)
    assert process.called("council/next_meeting") == []
    process.hears("top_ergebnis", punkt=result("landrat", "beschlossen", None, None, None))
    process.ends_at("end_beschlossen")
    assert process.called("idea/record_decision")[-1]["organ"] == "landrat"
    assert {one["organ"] for one in process.called("idea/publish_status")} == {"landrat"}


def test_what_the_landrat_does_not_decide_comes_to_the_next_meeting() -> None:
    process = signed(eilbeduerftig="ja")
    process.hears("top_ergebnis", punkt=result("landrat", "vertagt", None, None, None))
    process.decides("kreistag", "beschlossen")
    process.ends_at("end_beschlossen")
    assert [one["organ"] for one in process.called("idea/record_decision")] == ["landrat", "kreistag"]
    assert process.last_status["organ"] == "kreistag"


@pytest.mark.parametrize("subject", ["strategie", "agenda"])
def test_strategy_and_agenda_go_to_the_kreistag_whatever_they_cost(subject: str) -> None:
    process = signed(gegenstand=subject, betrag="1")
    process.decides("lenkungsgruppe", "empfohlen")
    process.decides("zukunftsausschuss", "empfohlen")
    process.registered_with("kreistag")


@pytest.mark.parametrize(("outcome", "end", "status"), [
    ("parken", "end_geparkt", "zurueckgestellt"), ("ablehnen", "end_abgelehnt", "nicht_weiterverfolgt"),
])
def test_the_cdo_can_stop_a_paper_instead_of_signing_it(outcome: str, end: str, status: str) -> None:
    process = designed()
    process.complete("t3_vorlage", answers.paper())
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign(outcome))
    process.ends_at(end)
    assert (process.last_status["status"], process.last_status["grund"]) == (status, answers.WHY)
    assert process.last_status.get("bis", date(2027, 6, 1)) == date(2027, 6, 1)
    assert process.last_status.get("organ", "cdo") == "cdo"


def test_a_paper_starts_from_the_draft_and_keeps_what_was_typed_when_it_comes_back() -> None:
    process = designed()
    proposed = forms.defaults(form("p3_entscheiden", "t3_vorlage"), process.task("t3_vorlage").data)
    assert (proposed["gegenstand"], proposed["betrag"], proposed["kosten_gesamt"], proposed["zeitplan"]) == (
        "massnahme", "300000,50", "300000,50", "Frühjahr")
    process.complete("t3_vorlage", answers.paper(betrag="260000", alternativen="Nichts tun.", gegenstand="agenda"))
    process.complete("t3_pruefung", answers.money("zurueck"))
    again = forms.defaults(form("p3_entscheiden", "t3_vorlage"), process.task("t3_vorlage").data)
    assert (again["gegenstand"], again["betrag"], again["alternativen"], again["zeitplan"]) == (
        "agenda", "260000,00", "Nichts tun.", "Wie im Steckbrief beschrieben.")


def test_what_is_said_behind_closed_doors_is_not_published() -> None:
    process = signed(oeffentlich="nein")
    for body in ("lenkungsgruppe", "kreisausschuss"):
        process.decides(body, "empfohlen", wortlaut="Geheim.")
    process.decides("kreistag", "beschlossen", wortlaut="Geheim.")
    process.ends_at("end_beschlossen")
    assert "Geheim." not in str(process.called("idea/record_decision") + process.called("idea/publish_status"))
    assert process.told("massnahme_beschlossen")["beschluss_wortlaut"] == "Geheim."


def test_the_cdo_reads_in_words_what_the_bodies_said() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "zur_kenntnis")
    seen = process.task("t3_cdo").data
    assert seen["lage_lenkung"] == "empfohlen. Wie Beschlussvorschlag."
    assert seen["lage_beschluss"] == "nur zur Kenntnis genommen. Wie Beschlussvorschlag."
    assert seen["lage_foerderung"] == "noch nicht beantragt"


def test_funding_is_waited_for_with_three_reminders_a_quarter_apart() -> None:
    process = before_the_kreistag(foerderfreigabe_noetig="ja")
    process.decides("kreistag", "beschlossen")
    process.waits_at("t3_foerderfreigabe")
    assert process.task("t3_foerderfreigabe").lane == "foerdermittel"
    process.clock.advance(days=93)
    assert [call["to_body"] for call in process.called("notice/send")] == ["foerdermittel"]
    process.clock.advance(days=700)
    assert len(process.called("notice/send")) == 3
    assert process.next_due() is None
    process.complete("t3_foerderfreigabe", answers.funding())
    process.ends_at("end_beschlossen")


def test_refused_funding_asks_the_cdo() -> None:
    process = before_the_kreistag(foerderfreigabe_noetig="ja")
    process.decides("kreistag", "beschlossen")
    process.complete("t3_foerderfreigabe", answers.funding("abgelehnt"))
    process.waits_at("t3_cdo")
    process.complete("t3_cdo", answers.steer("ablehnen"))
    process.ends_at("end_abgelehnt")
    assert process.last_status["organ"] == "cdo"


def test_refused_funding_is_applied_for_again_without_a_second_vote() -> None:
    process = before_the_kreistag(foerderfreigabe_noetig="ja")
    process.decides("kreistag", "beschlossen")
    votes = len(process.called("idea/record_decision"))
    for _ in range(2):
        process.complete("t3_foerderfreigabe", answers.funding("abgelehnt"))
        assert process.task("t3_cdo").data["lage_foerderung"] == f"abgelehnt. {answers.WHY}"
        process.complete("t3_cdo", answers.steer("vorlegen"))
        process.waits_at("t3_foerderfreigabe")
    process.complete("t3_foerderfreigabe", answers.funding())
    process.ends_at("end_beschlossen")
    assert len(process.called("idea/record_decision")) == votes
    assert process.last_status["status"] == "beschlossen"


@pytest.mark.parametrize("ticked", ["zurueckgezogen", "bleibt"])
def test_an_item_on_the_agenda_stays_whatever_is_ticked(ticked: str) -> None:
    process = before_the_kreistag()
    process.answers["council/withdraw_item"] = {"abgesetzt": False}
    process.hears("zurueckgezogen", grund="")
    process.complete("t3_rueckzug", {"t3_rueckzug": ticked, "t3_rueckzug_begruendung": answers.WHY})
    process.registered_with("kreistag")
    process.listens_for("zurueckgezogen")
    assert "zurueckgezogen" not in process.statuses


def test_an_idea_can_be_withdrawn_before_the_invitation() -> None:
    process = designed()
    process.hears("zurueckgezogen", grund="")
    process.waits_at("t3_rueckzug", "t3_vorlage")
    process.complete("t3_rueckzug", {"t3_rueckzug": "zurueckgezogen"})
    process.ends_at("end_zurueckgezogen")
    assert process.statuses == ["zurueckgezogen"]


@pytest.mark.parametrize("outcome", ["abgesetzt", "vertagt"])
@pytest.mark.parametrize("body", ["lenkungsgruppe", "kreisausschuss", "kreistag"])
def test_after_the_invitation_the_item_stays_until_the_body_takes_it_off(body: str, outcome: str) -> None:
    process = reaching(body)
    process.answers["council/withdraw_item"] = {"abgesetzt": False}
    process.hears("zurueckgezogen", grund="")
    process.complete("t3_rueckzug", {"t3_rueckzug": "zurueckgezogen"})
    process.decides(body, outcome, None, None, None, zurueckgezogen=True)
    process.ends_at("end_zurueckgezogen")
    assert process.last_status["status"] == "zurueckgezogen"


def test_an_item_that_a_body_takes_off_by_itself_comes_to_the_cdo() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "abgesetzt", None, None, None)
    process.waits_at("t3_cdo")
    assert process.task("t3_cdo").data["lage_beschluss"].startswith("abgesetzt.")


def test_a_body_may_decide_what_was_withdrawn_after_the_invitation() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "beschlossen", zurueckgezogen=True)
    process.ends_at("end_beschlossen")


def test_without_a_meeting_the_office_is_asked_to_convene_one() -> None:
    process = designed()
    process.answers["council/next_meeting"] = {"sitzung_id": None, "termin": None}
    process.complete("t3_vorlage", answers.paper())
    process.complete("t3_pruefung", answers.money())
    process.complete("t3_zeichnung", answers.sign())
    process.waits_at("t_termin")
    assert process.task("t_termin").lane == "sitzungsdienst"
    process.complete("t_termin")
    process.waits_at("t_termin")
    process.answers["council/next_meeting"] = {"sitzung_id": MEETING, "termin": "2027-02-01"}
    process.complete("t_termin")
    process.registered_with("lenkungsgruppe")


def test_a_meeting_that_is_moved_gives_the_idea_another_public_date() -> None:
    process = signed()
    process.hears("top_termin", sitzung={"sitzung_id": MEETING, "termin": "2027-03-01"})
    process.registered_with("lenkungsgruppe")
    assert process.last_status == {"status": "beratung", "organ": "lenkungsgruppe", "termin": "2027-03-01"}


def test_a_meeting_without_a_quorum_leads_to_a_second_invitation() -> None:
    process = before_the_kreistag()
    process.decides("kreistag", "vertagt", None, None, None, zweite_ladung=True)
    told = [sent.payload["meldung"]["zweite_ladung"] for sent in process.sent if sent.name == "top_angemeldet"]
    assert told == [False, False, False, True]


def test_what_is_registered_says_all_that_the_agenda_needs() -> None:
    told = signed().told("top_angemeldet")["meldung"]
    assert told == {
        "antwort_an": IDEA["idee_id"], "idee_id": IDEA["idee_id"], "nummer": "2026-00042",
        "titel": "Mitfahrbank am Marktplatz", "rolle": "vorberatung", "oeffentlich": True,
        "nichtoeffentlich_grund": told["nichtoeffentlich_grund"], "vorlagennummer": "137/2026",
        "beschlussvorschlag": "Wie im Steckbrief beschrieben.", "eilig": False, "zweite_ladung": False,
    }


def test_an_addendum_is_announced() -> None:
    process = designed()
    process.hears("nachtrag")
    process.waits_at("t3_vorlage")
    assert [call["template"] for call in process.called("notice/send")] == ["nachtrag"]
