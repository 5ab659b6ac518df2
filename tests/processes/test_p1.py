"""Step 1: an idea is checked, asked about, precheck-ed and decided on; one test for each way it can end."""

import pytest

from engine.definitions import forms
from tests.processes import answers
from tests.vocabulary import Process, form


def handed_in(contact_open: bool = False, **services: object) -> Process:
    return Process("p1_idee_qualifizieren", "idee_eingereicht", answers=services, kontakt_offen=contact_open)


def prechecked(**criteria: str) -> Process:
    process = handed_in()
    process.complete("t1_formal", answers.formal())
    process.complete("t1_dublette", answers.duplicate())
    process.complete("t1_vorpruefung", answers.precheck(**criteria))
    return process


def test_an_idea_goes_straight_through_to_qualified() -> None:
    process = handed_in()
    process.waits_at("t1_formal")
    assert process.task("t1_formal").properties["assignee"] == "lotse-mayen"
    assert process.task("t1_formal").lane == "regionallotse"
    process.complete("t1_formal", answers.formal())
    process.waits_at("t1_dublette")
    process.complete("t1_dublette", answers.duplicate())
    process.waits_at("t1_vorpruefung")
    process.complete("t1_vorpruefung", answers.precheck())
    process.waits_at("t1_entscheid")
    assert process.task("t1_entscheid").data["vorschlag"] == "weiter"
    process.complete("t1_entscheid", answers.qualify())
    process.ends_at("end_qualifiziert")
    assert process.statuses == ["vorpruefung", "qualifiziert"]
    told = process.told("idee_qualifiziert")
    assert {"idee_id", "nummer", "titel", "thema", "kommune", "zielbild"} <= told.keys()
    assert process.called("idea/publish") == [{}]


def test_what_the_guide_corrects_reaches_the_idea() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal(thema="umwelt", kommune="mendig"))
    assert process.called("idea/classify") == [{"thema": "umwelt", "kommune": "mendig"}]
    assert process.task("t1_dublette").data["thema"] == "umwelt"


def test_the_cdo_reads_the_proposal_in_words() -> None:
    seen = prechecked(offenheit="nein", raumbezug="nein").task("t1_entscheid").data
    assert (seen["vorschlag_name"], seen["verletzt_text"]) == ("nicht weiterverfolgen", "Raumbezug, Offenheit")
    seen = prechecked().task("t1_entscheid").data
    assert (seen["vorschlag_name"], seen["verletzt_text"]) == ("weiter in Schritt 2", "keine")


def test_answers_of_the_precheck_are_there_again_after_a_question() -> None:
    process = prechecked(zeitraum="unklar")
    process.complete("t1_entscheid", answers.qualify("rueckfrage"))
    process.complete("t_frage", answers.question())
    process.hears("antwort", antwort_nr=1)
    typed = forms.defaults(form("p1_idee_qualifizieren", "t1_vorpruefung"), process.task("t1_vorpruefung").data)
    assert (typed["gemeinwohl"], typed["zeitraum"], typed["kurz_nutzen"]) == ("ja", "unklar", "4")


def test_an_idea_that_is_not_to_be_published_stays_hidden() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal(veroeffentlichen="nein", veroeffentlichen_grund="Namen im Text."))
    process.waits_at("t1_dublette")
    assert not process.called("idea/publish")


def test_a_violated_criterion_proposes_rejection_and_the_reason_is_public() -> None:
    """Acceptance scenario 2: openness denied, rejected with K6."""
    process = prechecked(offenheit="nein")
    seen = process.task("t1_entscheid").data
    assert (seen["vorschlag"], seen["verletzt"], seen["grund_codes"]) == ("ablehnen", ["offenheit"], ["K6"])
    assert process.decisions[-2].decision == "d_ko"
    process.complete("t1_entscheid", answers.qualify("ablehnen", t1_grund_code="K6"))
    process.ends_at("end_abgelehnt")
    assert process.last_status["status"] == "nicht_weiterverfolgt"
    assert process.last_status["grund_code"] == "K6"
    assert process.last_status["grund"] == answers.WHY


def test_an_idea_is_parked_with_a_day_to_take_it_up_again() -> None:
    process = prechecked()
    process.complete("t1_entscheid", answers.qualify("parken"))
    process.ends_at("end_geparkt")
    assert process.last_status["status"] == "zurueckgestellt"
    assert str(process.last_status["bis"]) == "2027-06-01"


def test_an_unanswered_question_parks_and_never_rejects() -> None:
    """Acceptance scenario 3: 21 days without an answer."""
    process = handed_in()
    process.complete("t1_formal", answers.formal("rueckfrage"))
    process.waits_at("t_frage")
    assert process.task("t_frage").properties["body"] == "regionallotse"
    process.complete("t_frage", answers.question())
    process.listens_for("antwort", "fristverlaengerung", "zurueckgezogen")
    assert process.last_status["status"] == "rueckfrage"
    assert process.last_status["bis"] == "2026-12-14"
    process.clock.advance(days=13)
    assert not process.called("idea/notify")
    process.clock.advance(days=2)
    assert [call["template"] for call in process.called("idea/notify")] == ["rueckfrage_erinnerung"]
    process.clock.advance(days=7)
    process.ends_at("end_geparkt")
    assert len(process.called("idea/notify")) == 1
    assert process.statuses[-1] == "zurueckgestellt" and "nicht_weiterverfolgt" not in process.statuses
    assert process.called("idea/close_question") == [{}]


def test_an_answer_takes_the_idea_back_to_the_formal_check() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal("rueckfrage"))
    process.complete("t_frage", answers.question())
    process.hears("antwort", antwort_nr=1)
    process.waits_at("t1_formal")
    assert process.statuses[-1] == "vorpruefung"
    process.clock.advance(days=30)
    process.waits_at("t1_formal")


def test_the_time_for_an_answer_is_extended_once() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal("rueckfrage"))
    process.complete("t_frage", answers.question())
    process.clock.advance(days=20)
    process.hears("fristverlaengerung")
    assert process.last_status["bis"] == "2026-12-28"
    process.hears("fristverlaengerung")
    assert process.last_status["bis"] == "2026-12-28"
    process.clock.advance(days=14)
    assert process.step.ended is None
    process.clock.advance(days=2)
    process.ends_at("end_geparkt")


def test_the_cdo_can_have_the_author_asked_and_the_precheck_done_again() -> None:
    process = prechecked(zeitraum="unklar")
    assert process.task("t1_entscheid").data["vorschlag"] == "rueckfrage"
    process.complete("t1_entscheid", answers.qualify("rueckfrage"))
    process.waits_at("t_frage")
    assert process.task("t_frage").properties["body"] == "stabsstelle_pm"
    process.complete("t_frage", answers.question())
    process.hears("antwort", antwort_nr=1)
    process.waits_at("t1_vorpruefung")
    process.complete("t1_vorpruefung", answers.precheck())
    assert process.task("t1_entscheid").data["vorschlag"] == "weiter"
    process.complete("t1_entscheid", answers.qualify("rueckfrage"))
    process.complete("t_frage", answers.question())
    process.clock.advance(days=22)
    process.ends_at("end_geparkt")


def test_a_duplicate_is_merged() -> None:
    """Acceptance scenario 4: the two ideas are linked, the other one goes on."""
    process = handed_in()
    process.complete("t1_formal", answers.formal())
    process.complete("t1_dublette", answers.duplicate("2026-00007"))
    process.ends_at("end_zusammengefuehrt")
    assert process.called("idea/merge") == [{"mit": "2026-00007"}]
    assert process.statuses[-1] == "zusammengefuehrt"
    assert "2026-00007" in process.last_status["grund"]


def test_an_idea_for_someone_else_is_handed_over() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal("nicht_zustaendig"))
    process.ends_at("end_nicht_zustaendig")
    assert process.last_status["status"] == "abgegeben"
    assert process.last_status["grund_code"] == "F3"


def test_abuse_is_ended_and_never_published() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal("missbrauch"))
    process.ends_at("end_missbrauch")
    assert process.statuses[-1] == "missbrauch"
    assert not process.called("idea/publish")


@pytest.mark.parametrize("to", ["t1_formal", "t1_dublette", "t1_vorpruefung", "t1_entscheid", "t_frage", "antwort"])
def test_an_idea_can_be_withdrawn_at_any_point(to: str) -> None:
    process = handed_in()
    for task, given in (("t1_formal", answers.formal()), ("t1_dublette", answers.duplicate()),
                        ("t1_vorpruefung", answers.precheck()), ("t1_entscheid", answers.qualify("rueckfrage")),
                        ("t_frage", answers.question())):
        if task == to:
            break
        process.complete(task, given)
    process.hears("zurueckgezogen", grund="")
    process.ends_at("end_zurueckgezogen")
    assert process.statuses[-1] == "zurueckgezogen"


def test_a_contact_that_is_never_confirmed_ends_the_idea() -> None:
    process = handed_in(contact_open=True)
    process.waits_at()
    process.clock.advance(days=31)
    process.ends_at("end_unbestaetigt")
    assert process.statuses == ["unbestaetigt"]


def test_a_confirmed_contact_lets_the_check_begin() -> None:
    process = handed_in(contact_open=True)
    process.listens_for("kontakt_bestaetigt", "zurueckgezogen")
    process.hears("kontakt_bestaetigt")
    process.waits_at("t1_formal")
    process.clock.advance(days=31)
    process.waits_at("t1_formal")


def test_an_addendum_is_announced_and_changes_nothing() -> None:
    process = handed_in()
    process.hears("nachtrag")
    process.hears("nachtrag")
    process.waits_at("t1_formal")
    assert [call["template"] for call in process.called("notice/send")] == ["nachtrag", "nachtrag"]
    process.listens_for("nachtrag", "zurueckgezogen")


def test_a_late_precheck_is_reminded_twice_and_then_escalated() -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal())
    process.complete("t1_dublette", answers.duplicate())
    process.clock.advance(days=15)
    told = [(call["to_body"], call["template"]) for call in process.called("notice/send")]
    assert told == [("stabsstelle_pm", "erinnerung_aufgabe"), ("stabsstelle_pm", "erinnerung_aufgabe"),
                    ("cdo", "eskalation_aufgabe")]
    process.waits_at("t1_vorpruefung")
    process.complete("t1_vorpruefung", answers.precheck())
    process.waits_at("t1_entscheid")


@pytest.mark.parametrize(("criteria", "quick", "proposal"), [
    ({}, 3, "weiter"), ({}, 2, "parken"), ({}, 1, "ablehnen"), ({"raumbezug": "unklar"}, 5, "rueckfrage"),
    ({"raumbezug": "unklar", "zeitraum": "nein"}, 5, "ablehnen"), ({"offenheit": "entfaellt"}, 3, "weiter"),
])
def test_the_table_proposes(criteria: dict[str, str], quick: int, proposal: str) -> None:
    process = handed_in()
    process.complete("t1_formal", answers.formal())
    process.complete("t1_dublette", answers.duplicate())
    process.complete("t1_vorpruefung", answers.precheck(quick, **criteria))
    assert process.task("t1_entscheid").data["vorschlag"] == proposal
