"""What the people of the demo county type into the forms: one function an element, fed by an idea's story."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.runtime.tasks import Task

if TYPE_CHECKING:
    from engine.demo.story import Plan

CRITERIA = (
    "gemeinwohl", "strategiebezug", "digitalbezug", "raumbezug", "uebertragbarkeit", "offenheit", "zusaetzlichkeit",
    "zeitraum", "machbarkeit",
)
FINISHED = frozenset({
    "umgesetzt", "zusammengefuehrt", "nicht_weiterverfolgt", "zurueckgezogen", "abgegeben", "unbestaetigt",
    "missbrauch", "zurueckgestellt",
})
COSTS = {"bis_25": "bis_25000", "bis_100": "bis_250000", "bis_250": "bis_250000", "ueber_250": "ab_250000"}
STOPS: dict[str, tuple[str, ...]] = {
    "frisch_eingegangen": ("t1_formal",), "formal_offen": ("t1_formal",), "vorpruefung_offen": ("t1_vorpruefung",),
    "entscheid_offen": ("t1_entscheid",), "qualifiziert_zuordnen": ("t2_zuordnen",), "ausarbeitung": ("t2_entwurf",),
    "stellungnahmen": ("st_foerdermittel", "st_beteiligung"), "freigabe": ("t2_freigabe",),
    "vorlage": ("t3_vorlage",),
    "beschlossen": ("t4_start",), "geaendert_beschlossen": ("t4_start",),
}
"""Where an idea of each destiny waits when the story ends; the other destinies reach an end of their own."""
DAYS: dict[str, float] = {
    "t1_formal": 3, "t1_dublette": 1, "t1_vorpruefung": 8, "t1_entscheid": 4, "t_frage": 1, "t2_zuordnen": 5,
    "t2_entwurf": 32, "st_technik": 9, "st_beteiligung": 7, "st_foerdermittel": 8, "st_recht": 8, "st_auswertung": 3,
    "t2_gutachter": 3, "g_befangenheit": 2, "g_gutachten": 12, "g_ersatz": 2, "t2_freigabe": 4, "t3_vorlage": 8,
    "t3_pruefung": 4, "t3_zeichnung": 2, "t3_foerderfreigabe": 11, "t4_start": 12, "t4_bericht": 5,
    "t4_open_source": 6, "t4_abschluss": 9,
}
"""How long a task takes, in days."""


def moment(plan: "Plan", element: str, now: datetime) -> datetime:
    """When the task of *element*, open since *now*, is completed."""
    pace = 0.8 + (plan.number * 7 % 5) / 10
    return now + timedelta(days=DAYS.get(element, 4) * pace, minutes=plan.number * 13 % 240)


def stops(plan: "Plan", element: str) -> bool:
    """Whether the task of *element* stays open."""
    destiny = plan.destiny
    if destiny == "ueberarbeitung":
        return element == "t2_entwurf" and "t2_freigabe" in plan.done
    if destiny == "begutachtung":
        return element == "g_gutachten" and plan.done.count(element) >= plan.story.get("gutachten_abgegeben", 1)
    return element in STOPS.get(destiny, ())


def withdraws(plan: "Plan", elements: list[str]) -> bool:
    """Whether the author withdraws the idea now that these tasks are open."""
    where = {"vorpruefung": "t1_vorpruefung", "ausarbeitung": "t2_entwurf"}
    if plan.destiny != "zurueckgezogen" or plan.withdrawn:
        return False
    return where.get(plan.story.get("rueckzug_in", "")) in elements


def answers(plan: "Plan", task: Task, data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    """What is typed into the form of *task* on *day*; *merged* is the number of the idea to merge with, if any."""
    return ANSWERS[task.element](plan, data, day, merged)


def _formal(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    story, secret = plan.story, plan.told["business_secret"]
    result = {"nicht_zustaendig": "nicht_zustaendig", "missbrauch": "missbrauch"}.get(plan.destiny, "weiter")
    if plan.destiny == "rueckfrage_offen":
        result = "rueckfrage"
    return {
        "zustaendig_kreis": "nein" if result == "nicht_zustaendig" else "ja", "bezug_mitglied": "ja",
        "thema": plan.told["theme"], "kommune": plan.told["municipality"], "sprache_ok": "ja",
        "personendaten_entfernt": "ja", "betriebsgeheimnis": "ja" if secret else "nein",
        "veroeffentlichen": "nein" if secret or result == "missbrauch" else "ja",
        "veroeffentlichen_grund": "Enthält Betriebsgeheimnisse." if secret else "Werbung ohne Bezug zum Kreis.",
        "t1_formal": result, "weiterleiten_an": story.get("weiter_an", ""),
        "t1_formal_begruendung": story.get("begruendung") or story.get("formal_notiz") or "Angaben fehlen noch.",
    }


def _duplicate(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    if plan.destiny != "zusammengefuehrt":
        return {"t1_dublette": "keine"}
    return {
        "t1_dublette": "zusammenfuehren", "zusammenfuehren_mit": merged,
        "t1_dublette_begruendung": plan.story.get("begruendung") or "Beide Ideen wollen dasselbe; zusammen kommen sie "
        "weiter. Die Texte bleiben beide lesbar.",
    }


def _criteria(plan: "Plan", settled: bool) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name in CRITERIA:
        answer, reason = plan.story.get("ko", {}).get(name, ("ja", ""))
        if settled and answer == "unklar":
            answer, reason = "ja", ""
        typed |= {name: answer, f"ko_grund_{name}": reason}
    return typed


def _check(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    story = plan.story
    quick = story.get("quick", {"nutzen": 3, "innovation": 3, "machbarkeit": 3})
    return _criteria(plan, plan.answered) | {
        "zielbild": story.get("zielbild", "vernetzt"), "loesung": story.get("loesung", ""),
        "kosten_grob": COSTS.get(story.get("kosten_grob", ""), "unbekannt"), "vorhandene_loesung": "nein",
        "bereit_mitzuwirken": "ja" if plan.told["contact"] else "unklar", "kurz_nutzen": quick["nutzen"],
        "kurz_innovation": quick["innovation"], "kurz_machbarkeit": quick["machbarkeit"],
        "t1_vorpruefung_notiz": story.get("formal_notiz", ""),
    }


def _qualify(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    story = plan.story
    result = {"abgelehnt_1": "ablehnen", "geparkt_1": "parken"}.get(plan.destiny, "weiter")
    if story.get("frage") and not plan.answered:
        result = "rueckfrage"
    reasons = {
        "weiter": "Die Idee erfüllt die Förderkriterien und passt zur Strategie. Sie geht in die Ausarbeitung.",
        "rueckfrage": "Bevor wir entscheiden können, brauchen wir noch eine Auskunft.",
    }
    return {
        "t1_entscheid": result, "t1_grund_code": story.get("reason_code", "P1"),
        "wiedervorlage": _later(plan, day), "t1_entscheid_begruendung": reasons.get(result) or story["begruendung"],
    }


def _question(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return {"frage": plan.story.get("frage", "Können Sie Ihre Idee noch etwas genauer beschreiben?"), "frage_tage": 21}


def _assign(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return {
        "gruppe": plan.story.get("gruppe") or f"arbeitsgruppe_{plan.told['theme']}",
        "tandem": "ja" if plan.told["contact"] else "nein", "zieldatum": (day + timedelta(days=60)).isoformat(),
        "technik": "ja", "beteiligung": "ja" if plan.number % 2 else "nein",
        "recht_datenschutz": "ja" if plan.number % 3 == 0 else "nein",
    } | ({"beteiligung": "ja"} if plan.destiny == "stellungnahmen" else {})


def _profile(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    story = plan.story
    profile = story.get("steckbrief", {})
    total = Decimal(profile.get("kosten_gesamt", 90000))
    fundable = Decimal(profile.get("kosten_foerderfaehig", total))
    own = total - (fundable * Decimal("0.65")).quantize(Decimal("0.01"))
    steps = story.get("meilensteine") or ["Beteiligte gewinnen", "Probebetrieb an zwei Orten", "Auswertung", "Ausbau"]
    texts = ("kurz", "problem", "zielgruppe", "loesungsidee", "betreiber", "erfolgskennzahlen",
             "daten_und_schnittstellen", "nachnutzung", "barrierefreiheit", "nachhaltigkeit")
    return {name: profile.get(name) or "Wird mit den Beteiligten abgestimmt." for name in texts} | {
        "titel": plan.told["title"], "zielbild": story.get("zielbild", "vernetzt"),
        "loesung": story.get("loesung", ""),
        "kommunen": [plan.told["municipality"]], "partner": "Kommunen, Vereine und die Stabsstelle",
        "reifegrad": "P2",
        "meilensteine": "\n".join(f"{number}. {_line(step)}" for number, step in enumerate(steps, 1)),
        "risiken": "Zu wenige Mitwirkende; Verzug bei der Beschaffung. Beides wird vierteljährlich geprüft.",
        "open_source": "ja", "datenschutz_text": profile.get("datenschutz") or "Es werden keine Personendaten erhoben.",
        "kosten_gesamt": str(total), "kosten_foerderfaehig": str(fundable), "eigenanteil": str(own), "drittmittel": "0",
        "folgekosten_pro_jahr": str(profile.get("folgekosten_pro_jahr", 5000)), "laufzeit_folgekosten": 5,
        "investiv": str(total * 6 / 10), "konsumtiv": str(total * 4 / 10), "haushaltsjahr": day.year + 1,
    }


def _line(step: Any) -> str:
    return str(step) if not isinstance(step, dict) else " ".join(str(part) for part in step.values())


def _opinion(plan: "Plan", name: str) -> str:
    return str(plan.story.get("stellungnahmen", {}).get(name) or "Keine Bedenken; der Aufwand ist angemessen.")


def _funding(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return _criteria(plan, True) | {
        "st_foerderquote": "65", "foerderquote_nachweis": "Zuwendungsbescheid, Anlage 1: 65 Prozent.",
        "st_finanzierung": "nein" if plan.story.get("geld_gesichert") is False else "ja", "st_doppelfoerderung": "nein",
        "st_vergabe": "verhandlung", "st_vollstaendig": "ja",
    }


def _review(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    reviews = plan.story["gutachten"]
    review = reviews[min(plan.done.count("g_gutachten"), len(reviews) - 1)]
    typed: dict[str, Any] = {}
    for name, score in review["scores"].items():
        typed |= {f"note_{name}": score, f"grund_{name}": review["text"]}
    mean = sum(review["scores"].values()) / len(review["scores"])
    verdict = "empfehlen" if mean >= 3.5 else "mit_auflagen" if mean >= 2.5 else "nicht_empfehlen"
    return typed | {"gesamturteil": verdict, "auflagen": "Den Betrieb nach dem Förderzeitraum vertraglich sichern."}


def _bias(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    biased = plan.number % 9 == 4 and "g_befangenheit" not in plan.done
    return {"befangen": "ja" if biased else "nein",
            "befangen_grund": "Ich habe den Antragsteller im vergangenen Jahr beraten."}


def _release(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    result = {"abgelehnt_2": "ablehnen", "geparkt_2": "parken", "ueberarbeitung": "ueberarbeiten"}.get(
        plan.destiny, "empfehlen")
    return {
        "t2_freigabe": result, "t2_grund_code": plan.story.get("reason_code", "P1"), "wiedervorlage": _later(plan, day),
        "t2_freigabe_begruendung": plan.story.get("begruendung") if result != "empfehlen" and
        plan.story.get("begruendung") else "Die Gutachten sind überzeugend, die Finanzierung ist gesichert.",
    }


def _paper(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    profile = _profile(plan, data, day, merged)
    total, fundable = Decimal(profile["kosten_gesamt"]), Decimal(profile["kosten_foerderfaehig"])
    return {
        "vorlagennummer": f"{plan.number + 11}/{day.year}", "gegenstand": "massnahme",
        "vorlagenart": "beschlussvorlage", "oeffentlich": "ja",
        "betreff": plan.told["title"], "eilbeduerftig": "nein",
        "beschlussvorschlag": plan.story.get("beschlussvorschlag") or "Der Maßnahme wird zugestimmt.",
        "sachdarstellung": profile["loesungsidee"], "alternativen": "Die Maßnahme unterlassen oder später beginnen.",
        "zeitplan": profile["meilensteine"], "betrag": str(total), "kosten_gesamt": str(total),
        "kosten_foerderfaehig": str(fundable),
        "foerderung_betrag": str((fundable * Decimal("0.65")).quantize(Decimal("0.01"))),
        "eigenanteil": profile["eigenanteil"], "folgekosten_pro_jahr": profile["folgekosten_pro_jahr"],
        "haushaltsjahr": day.year + 1, "foerderfreigabe_noetig": "ja" if total > 250000 else "nein",
        "klimawirkung": profile["nachhaltigkeit"], "gleichstellung": profile["barrierefreiheit"],
        "datenschutz_text": profile["datenschutz_text"], "beteiligung_ergebnis": _opinion(plan, "beteiligung"),
        "gutachten_text": " ".join(review["text"] for review in plan.story.get("gutachten", [])) or "Liegt vor.",
    }


def _decision(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return {
        "en_datum": day.isoformat(), "t3_entscheidung": "abgelehnt" if plan.destiny == "abgelehnt_3" else "beschlossen",
        "t3_grund_code": plan.story.get("reason_code", "F4"),
        "en_wortlaut": plan.story.get("wortlaut") or plan.story.get("begruendung") or "Wie Beschlussvorschlag.",
    }


def _begin(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return {
        "projektleitung": "Stabsstelle Smart Cities", "beginn": (day + timedelta(days=14)).isoformat(),
        "ende": (day + timedelta(days=300)).isoformat(),
        "meilensteine": _profile(plan, data, day, merged)["meilensteine"],
    }


def _report(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    done, earlier = plan.destiny == "umgesetzt", plan.done.count("t4_bericht")
    news = ("Die Beteiligten sind gewonnen, die Vorbereitung läuft.",
            "Der erste Meilenstein ist erreicht, die Beschaffung läuft.",
            "Der Probebetrieb an den ersten Orten hat begonnen.")
    return {
        "fortschritt": 100 if done else plan.story.get("fortschritt", 30) * min(earlier + 1, 3) // 3,
        "t4_bericht_stand": "Alle Meilensteine sind erreicht." if done else news[min(earlier, 2)],
        "risiken": "" if done else "Die Lieferzeiten schwanken; ein Puffer von vier Wochen ist eingeplant.",
        "t4_bericht": "fertig" if done else "weiter",
    }


def _close(plan: "Plan", data: dict[str, Any], day: date, merged: str) -> dict[str, Any]:
    return {
        "t4_abschluss_bericht": plan.story.get("abschlussbericht") or "Die Maßnahme ist abgeschlossen.",
        "erfolgskennzahlen_erreicht": "Die vereinbarten Ziele sind erreicht, die Nutzung liegt über den Erwartungen.",
        "verstetigung": plan.story.get("steckbrief", {}).get("betreiber", "Landkreis"),
        "kosten_tatsaechlich": str(plan.story.get("steckbrief", {}).get("kosten_gesamt", 90000)),
        "erfahrungen": "Früh mit den Menschen vor Ort sprechen; das hat Umwege erspart.",
    }


def _later(plan: "Plan", day: date) -> str:
    said = plan.story.get("wiedervorlage")
    return (date.fromisoformat(said) + plan.shift if said else day + timedelta(days=180)).isoformat()


ANSWERS: dict[str, Callable[["Plan", dict[str, Any], date, str], dict[str, Any]]] = {
    "t1_formal": _formal, "t1_dublette": _duplicate, "t1_vorpruefung": _check, "t1_entscheid": _qualify,
    "t_frage": _question, "t2_zuordnen": _assign, "t2_entwurf": _profile, "st_foerdermittel": _funding,
    "st_technik": lambda plan, *_: {
        "st_machbar": "ja", "st_aufwand": _opinion(plan, "technik"), "st_alternativen": "",
        "st_risiken": "Abhängigkeit von einem Anbieter; offene Schnittstellen beugen vor.", "st_vollstaendig": "ja"},
    "st_beteiligung": lambda plan, *_: {
        "st_format": "Werkstatt vor Ort", "st_zielgruppe": "Menschen in den betroffenen Orten",
        "st_zeitraum": "vier Wochen", "st_kommentierung": "nein", "st_vollstaendig": "ja"},
    "st_recht": lambda plan, *_: {
        "st_zulaessig": "ja", "st_rechtsgrundlage": "Art. 6 Abs. 1 Buchst. e DSGVO mit § 3 LDSG.",
        "st_folgenabschaetzung": "nein", "st_vollstaendig": "ja"},
    "st_auswertung": lambda plan, *_: {
        "st_auswertung": "Die Kommentare unterstützen die Maßnahme.", "st_vollstaendig": "ja"},
    "t2_gutachter": lambda plan, data, *_: {
        "t2_gutachter": "beauftragen", "gutachter_anzahl": data.get("gutachten_noetig") or 2},
    "g_befangenheit": _bias, "g_gutachten": _review,
    "g_ersatz": lambda *_: {"g_ersatz": "ersetzen"},
    "g_frist": lambda *_: {"g_frist": "verlaengern", "g_frist_tage": 14,
                           "g_frist_begruendung": "Das Gutachten ist angekündigt."},
    "t2_freigabe": _release, "t3_vorlage": _paper,
    "t3_pruefung": lambda *_: {"kaemmerei": "ja", "t3_pruefung": "in_ordnung"},
    "t3_zeichnung": lambda *_: {"t3_zeichnung": "zeichnen"},
    "t_termin": lambda *_: {}, "t3_entscheidung": _decision,
    "t3_foerderfreigabe": lambda plan, data, day, merged: {
        "t3_foerderfreigabe": "erteilt", "freigabe_aktenzeichen": f"MPSC-{plan.number:03d}",
        "freigabe_datum": day.isoformat()},
    "t4_start": _begin, "t4_bericht": _report,
    "t4_open_source": lambda *_: {"t4_open_source": "veroeffentlicht", "quellcode": "openCode, Gruppe MYK10"},
    "t4_abschluss": _close,
}
