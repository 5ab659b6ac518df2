"""What people of the county type into the shipped forms, complete and valid; a test names only what matters to it."""

from collections.abc import Callable
from typing import Any

CRITERIA = ("gemeinwohl", "strategiebezug", "digitalbezug", "raumbezug", "uebertragbarkeit", "offenheit",
            "zusaetzlichkeit", "zeitraum", "machbarkeit")
SCORED = ("nutzen", "strategie", "modell", "dauer", "innovation", "machbarkeit", "teilhabe", "nachhaltig")
WHY = "Das ergibt sich aus den Unterlagen."


def _criteria(**but: str) -> dict[str, str]:
    return {**dict.fromkeys(CRITERIA, "ja"), **{f"ko_grund_{name}": WHY for name in but if name in CRITERIA}, **but}


def formal(outcome: str = "weiter", **but: Any) -> dict[str, Any]:
    return {
        "zustaendig_kreis": "ja", "bezug_mitglied": "ja", "thema": "mobilitaet", "kommune": "mayen",
        "sprache_ok": "ja", "personendaten_entfernt": "ja", "betriebsgeheimnis": "nein", "veroeffentlichen": "ja",
        "t1_formal": outcome, "weiterleiten_an": "Stadt Mayen", "t1_formal_begruendung": WHY, **but,
    }


def duplicate(of: str | None = None) -> dict[str, Any]:
    if of is None:
        return {"t1_dublette": "keine"}
    return {"t1_dublette": "zusammenfuehren", "zusammenfuehren_mit": of, "t1_dublette_begruendung": WHY}


def precheck(quick: int = 4, **but: str) -> dict[str, Any]:
    return {
        **_criteria(**but), "zielbild": "mobil", "kosten_grob": "bis_25000", "vorhandene_loesung": "nein",
        "bereit_mitzuwirken": "ja", "kurz_nutzen": quick, "kurz_innovation": quick, "kurz_machbarkeit": quick,
    }


def qualify(outcome: str = "weiter", **but: Any) -> dict[str, Any]:
    return {"t1_entscheid": outcome, "t1_grund_code": "P1", "wiedervorlage": "2027-06-01",
            "t1_entscheid_begruendung": WHY, **but}


def question(days: int = 21) -> dict[str, Any]:
    return {"frage": "Wo genau soll die Bank stehen?", "frage_tage": days}


def assign(**but: Any) -> dict[str, Any]:
    return {"gruppe": "arbeitsgruppe_mobilitaet", "tandem": "ja", "zieldatum": "2027-01-15", "technik": "ja",
            "beteiligung": "ja", "recht_datenschutz": "nein", **but}


def draft(**but: Any) -> dict[str, Any]:
    texts = ("kurz", "problem", "zielgruppe", "loesungsidee", "betreiber", "meilensteine", "risiken",
             "erfolgskennzahlen", "daten_und_schnittstellen", "nachnutzung", "barrierefreiheit", "datenschutz_text",
             "nachhaltigkeit")
    return {
        **dict.fromkeys(texts, "Kurz und klar beschrieben."), "titel": "Mitfahrbank am Marktplatz", "zielbild": "mobil",
        "kommunen": ["mayen", "mendig"], "reifegrad": "P2", "open_source": "ja", "kosten_gesamt": "300.000,50",
        "kosten_foerderfaehig": "280000", "eigenanteil": "98000", "drittmittel": "0", "folgekosten_pro_jahr": "1200",
        "laufzeit_folgekosten": 5, "investiv": "200000", "konsumtiv": "100000,50", "haushaltsjahr": 2027, **but,
    }


def opinion(body: str, complete: str = "ja", **but: Any) -> dict[str, Any]:
    """The opinion of a body on a draft; *complete*: does the draft say enough."""
    own: dict[str, dict[str, Any]] = {
        "st_technik": {"st_machbar": "ja", "st_aufwand": "gering", "st_risiken": "gering"},
        "st_beteiligung": {"st_format": "Werkstatt", "st_zielgruppe": "alle", "st_zeitraum": "Januar",
                           "st_kommentierung": "nein"},
        "st_auswertung": {"st_auswertung": "Viel Zustimmung."},
        "st_foerdermittel": {**_criteria(**but), "st_foerderquote": "65", "foerderquote_nachweis": "Bescheid",
                             "st_finanzierung": "ja", "st_doppelfoerderung": "ja", "st_vergabe": "direkt"},
        "st_recht": {"st_zulaessig": "ja", "st_rechtsgrundlage": "LKO", "st_folgenabschaetzung": "nein"},
    }
    return {**own[body], "st_vollstaendig": complete, "st_maengel": "Der Zeitplan fehlt.", **but}


def experts(count: int = 2) -> dict[str, Any]:
    return {"t2_gutachter": "beauftragen", "gutachter_anzahl": count}


def go_on() -> dict[str, Any]:
    return {"t2_gutachter": "fortfahren", "t2_gutachter_begruendung": WHY}


def unbiased() -> dict[str, Any]:
    return {"befangen": "nein"}


def biased() -> dict[str, Any]:
    return {"befangen": "ja", "befangen_grund": "Meine Schwester arbeitet beim Hersteller."}


def review(score: int = 4, **but: int) -> dict[str, Any]:
    """A review with the same score everywhere but for the criteria named."""
    scores = {**dict.fromkeys(SCORED, score), **but}
    return {
        **{f"note_{name}": value for name, value in scores.items()}, **{f"grund_{name}": WHY for name in SCORED},
        "gesamturteil": "empfehlen",
    }


def approve(outcome: str = "empfehlen", **but: Any) -> dict[str, Any]:
    return {"t2_freigabe": outcome, "t2_grund_code": "P1", "wiedervorlage": "2027-06-01",
            "t2_freigabe_begruendung": WHY, **but}


def escalated(outcome: str) -> dict[str, Any]:
    return {"t2_eskalation": outcome, "t2_grund_code": "F4", "wiedervorlage": "2027-06-01",
            "t2_eskalation_begruendung": WHY}


def paper(**but: Any) -> dict[str, Any]:
    texts = ("beschlussvorschlag", "sachdarstellung", "alternativen", "zeitplan", "klimawirkung", "gleichstellung",
             "datenschutz_text", "beteiligung_ergebnis", "gutachten_text")
    return {
        **dict.fromkeys(texts, "Wie im Steckbrief beschrieben."), "vorlagennummer": "137/2026",
        "gegenstand": "massnahme", "vorlagenart": "beschlussvorlage", "oeffentlich": "ja",
        "nichtoeffentlich_grund": WHY, "betreff": "Mitfahrbank am Marktplatz", "eilbeduerftig": "nein",
        "eil_grund": WHY, "betrag": "300000,50", "kosten_gesamt": "300000,50", "kosten_foerderfaehig": "280000",
        "foerderung_betrag": "182000", "eigenanteil": "98000", "folgekosten_pro_jahr": "1200", "haushaltsjahr": 2027,
        "foerderfreigabe_noetig": "nein", **but,
    }


def money(outcome: str = "in_ordnung") -> dict[str, Any]:
    return {"kaemmerei": "ja", "t3_pruefung": outcome, "hinweise_text": "Bitte die Folgekosten prüfen."}


def sign(outcome: str = "zeichnen") -> dict[str, Any]:
    return {"t3_zeichnung": outcome, "hinweise_text": "Bitte kürzer.", "t3_grund_code": "F1",
            "wiedervorlage": "2027-06-01", "t3_zeichnung_begruendung": WHY, "t3_parken_begruendung": WHY}


def decided(outcome: str, **but: Any) -> dict[str, Any]:
    """What the CDO's office records when the administration decides by itself."""
    return {"t3_entscheidung": outcome, "en_datum": "2027-02-01", "en_wortlaut": "Wie Beschlussvorschlag.",
            "t3_grund_code": "F1", **but}


def steer(outcome: str) -> dict[str, Any]:
    """What the CDO decides after a body did not recommend."""
    return {"t3_cdo": outcome, "t3_grund_code": "F4", "wiedervorlage": "2027-06-01", "t3_cdo_begruendung": WHY}


def funding(outcome: str = "erteilt") -> dict[str, Any]:
    return {"t3_foerderfreigabe": outcome, "freigabe_aktenzeichen": "436-1", "freigabe_datum": "2027-03-01",
            "t3_foerderfreigabe_begruendung": WHY}


def report(outcome: str = "weiter", progress: int = 30) -> dict[str, Any]:
    return {"fortschritt": progress, "t4_bericht_stand": "Die Bank steht.", "t4_bericht": outcome,
            "t4_bericht_begruendung": WHY}


STRAIGHT: dict[str, Callable[[], dict[str, Any]]] = {
    "t1_formal": formal, "t1_dublette": duplicate, "t1_vorpruefung": precheck,
    "t1_entscheid": qualify, "t2_zuordnen": assign, "t2_entwurf": draft,
    **{name: (lambda name=name: opinion(name)) for name in
       ("st_technik", "st_beteiligung", "st_auswertung", "st_foerdermittel", "st_recht")},
    "t2_gutachter": experts, "g_befangenheit": unbiased, "g_gutachten": review,
    "t2_freigabe": approve, "t3_vorlage": paper, "t3_pruefung": money,
    "t3_zeichnung": sign, "t3_foerderfreigabe": funding,
    "t_termin": dict, "t3_entscheidung": lambda: decided("beschlossen"),
}
"""What is typed into the tasks that lead an idea straight to its resolution."""
