"""The urgent decision by itself: who is asked in which order, and what the process that waits for it hears."""

from typing import Any

from tests.vocabulary import IDEA, Process

CONSENT = {"e_kv_anwesend": "3", "e_kv_ja": "3", "e_kv_nein": "0", "e_kv_enthaltung": "0", "e_kv_vorsitz": "ja"}


def requested(**but: Any) -> Process:
    """An urgent decision that another process (p3) waits for."""
    opened = {
        "antwort_an": "der-wartende-vorgang", "vorgang": IDEA["idee_id"], "idee_id": None, "nummer": "2026-00042",
        "titel": "Mitfahrbank", "oeffentlich": True, "nichtoeffentlich_grund": "", "vorlagennummer": "12/2026",
        "beschlussvorschlag": "Die Bank wird bestellt.", "gremium": "kreistag", "gremium_name": "Kreistag",
        "hinweis": "", "eil_grund": "", **but,
    }
    return Process("s_eilentscheidung", "eilentscheidung_beantragt", {
        "council/open_urgent": opened,
        "council/executive_consent": {"erteilt": True, "benehmen": False, "text": "Zugestimmt.", "paragraf": "§ 33"},
        "council/decide_urgently": {"heute": "2026-11-23", "unterrichtet": 51},
    }, meldung={})


def decided(**but: Any) -> Process:
    process = requested(**but)
    process.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": "Die Frist läuft ab."})
    process.waits_at("e_zustimmung")
    process.complete("e_zustimmung", CONSENT)
    process.waits_at("e_entscheidung")
    process.complete("e_entscheidung", {"e_ergebnis": "geaendert_beschlossen", "e_wortlaut": "Zwei Bänke."})
    return process


def answer(process: Process) -> dict[str, Any]:
    """What the process that waits hears, under its own name."""
    sent, = (one for one in process.sent if one.name == "top_ergebnis")
    assert sent.correlation == "der-wartende-vorgang"
    found: dict[str, Any] = sent.payload["punkt"]
    return found


def test_each_step_lies_with_the_body_the_law_names() -> None:
    process = requested()
    assert process.task("e_begruenden").lane == "landrat"
    process.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": "Die Frist läuft ab."})
    assert process.task("e_zustimmung").lane == "kreisvorstand"
    process.complete("e_zustimmung", CONSENT)
    assert process.task("e_entscheidung").lane == "landrat"


def test_who_waits_hears_the_decision_and_the_body_gets_an_item_to_annul_it() -> None:
    process = decided()
    said = answer(process)
    assert (said["gremium"], said["ergebnis"], said["wortlaut"]) == ("landrat", "geaendert_beschlossen", "Zwei Bänke.")
    assert said["termin"] == "2026-11-23" and said["rechtsgrundlage"] == "§ 42 LKO"
    item = process.told("top_angemeldet")["meldung"]
    assert item["antwort_an"] == IDEA["idee_id"]
    assert item["beschlussvorschlag"] == "Die Eilentscheidung wird aufgehoben."
    assert item["eilig"] and process.called("council/next_meeting") == [{"gremium": "kreistag", "eilig": True}]


def test_who_waits_registers_the_usual_way_if_it_can_wait() -> None:
    process = requested()
    process.complete("e_begruenden", {"e_begruenden": "kein_eilfall", "e_grund_normal": "Die Frist ist verlängert."})
    assert (answer(process)["ergebnis"], answer(process)["wortlaut"]) == ("vertagt", "Die Frist ist verlängert.")
    process.ends_at("end_normaler_weg")


def test_the_landrat_may_leave_it_to_the_body_after_all() -> None:
    process = requested()
    process.complete("e_begruenden", {"e_begruenden": "eilfall", "e_gruende": "Die Frist läuft ab."})
    process.complete("e_zustimmung", CONSENT)
    process.complete("e_entscheidung", {"e_ergebnis": "vertagt", "e_grund_normal": "Die Sitzung ist schon morgen."})
    assert answer(process)["ergebnis"] == "vertagt"
    process.ends_at("end_normaler_weg")


def test_nobody_hears_of_it_twice_where_nobody_waits() -> None:
    process = decided(antwort_an="")
    assert [sent.name for sent in process.sent] == ["top_angemeldet"]


def test_an_adjourned_item_comes_again_with_the_second_invitation() -> None:
    process = decided()
    process.hears("top_ergebnis", punkt={"ergebnis": "vertagt", "zurueckgezogen": False, "zweite_ladung": True})
    items = [sent.payload["meldung"] for sent in process.sent if sent.name == "top_angemeldet"]
    assert [item["zweite_ladung"] for item in items] == [False, True]
    process.hears("top_ergebnis", punkt={"ergebnis": "zur_kenntnis", "zurueckgezogen": False, "zweite_ladung": False})
    process.ends_at("end_bestaetigt")
