"""What is frozen: small models, one for each kind of state, and the way each goes. Written files never change again;
these may."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.spiff.models import (
    boundary,
    call,
    catch,
    end_event,
    event_process,
    gateway,
    lanes,
    many,
    message_definition,
    process,
    rule,
    script,
    start_event,
    sub_process,
    table,
    timer_definition,
    user,
)

BODY = "stelle"
Act = list[Any]
"""["complete", element, answers, data that tells which of several] | ["wait", hours] | ["hear", message, payload]"""


@dataclass(frozen=True)
class Model:
    """A process on its way: what it is made of, what it starts with, and what happens to it."""

    name: str
    files: dict[str, bytes]
    acts: list[Act]
    data: dict[str, Any] = field(default_factory=dict)


def complete(element: str, of: Mapping[str, Any] | None = None, **answers: Any) -> Act:
    """Somebody completes a task with what they type; *of*: the one whose data hold this."""
    return ["complete", element, answers, dict(of or {})]


def wait(hours: float) -> Act:
    """Time passes, and what falls due on the way fires, one moment at a time."""
    return ["wait", hours]


def hear(message: str, **payload: Any) -> Act:
    """A message for this instance comes in."""
    return ["hear", message, payload]


def models() -> list[Model]:
    """Every model that is frozen."""
    return [
        _model("parallel", "auf zu", gateway("auf", "parallel"), user("a"), user("b"), user("c"),
               gateway("zu", "parallel"), user("nach"), flows="start > auf > a > zu > nach > ende; auf > b > zu; "
               "auf > c > zu", users="a b c nach", acts=[complete(name) for name in ("b", "a", "c", "nach")]),
        _model("inklusive", "auf zu", gateway("auf", "inclusive", default="auf_c"), user("a"), user("b"), user("c"),
               gateway("zu", "inclusive"), user("nach"), flows="start > auf; auf > a if betrag > 10; "
               "auf > b if betrag > 100; auf > c; a > zu; b > zu; c > zu; zu > nach > ende", users="a b c nach",
               data={"betrag": 500}, acts=[complete("a"), complete("b"), complete("nach")]),
        _model("gleichzeitig", "", user("gutachten", many("leute", "wer", "urteile", "urteil"), form="gutachten"),
               user("nach"), flows="start > gutachten > nach > ende", users="gutachten nach",
               forms={"gutachten": [_text("urteil")]}, data={"leute": ["anna", "bela", "cem"]},
               acts=[*(complete("gutachten", {"wer": who}, urteil=f"gut, sagt {who}") for who in
                       ("cem", "anna", "bela")), complete("nach")]),
        _model("reihum", "", user("gutachten", many("leute", "wer", "urteile", "urteil", sequential=True),
                                  form="gutachten"), user("nach"),
               flows="start > gutachten > nach > ende", users="gutachten nach", forms={"gutachten": [_text("urteil")]},
               data={"leute": ["anna", "bela", "cem"]},
               acts=[*(complete("gutachten", {"wer": who}, urteil=f"gut, sagt {who}") for who in
                       ("anna", "bela", "cem")), complete("nach")]),
        _model("teilprozess", "teil spaet", sub_process(
            "teil", start_event("innen_start"), user("innen_a", form="innen_a"), user("innen_b"),
            end_event("innen_ende"), flows="innen_start > innen_a > innen_b > innen_ende"),
               boundary("spaet", "teil", timer_definition('"P30D"')), user("nach"),
               flows="start > teil > nach > ende; spaet > ende", users="nach", inside="innen_start innen_a innen_b "
               "innen_ende", forms={"innen_a": [_text("notiz")]},
               acts=[complete("innen_a", notiz="von innen"), wait(24), complete("innen_b"), complete("nach")]),
        _model("aufruf", "holen", user("vor"), call("holen", "geholt"), user("nach"),
               flows="start > vor > holen > nach > ende", users="vor nach", forms={},
               more={"bpmn/geholt.bpmn": process(
                   "geholt", lanes(**{BODY: "beginn drin fertig"}), start_event("beginn"), user("drin", form="drin"),
                   end_event("fertig"), flows="beginn > drin > fertig"),
                   "forms/geholt/drin.json": _form("drin", [_text("fund")])},
               acts=[complete("vor"), complete("drin", fund="ein Schlüssel"), complete("nach")]),
        _model("fristen", "mahnen zu_spaet", user("tun"),
               boundary("mahnen", "tun", timer_definition('"P1D"'), interrupting=False), user("nachfragen"),
               end_event("gemahnt"), boundary("zu_spaet", "tun", timer_definition('"P3D"')), user("uebernehmen"),
               flows="start > tun > ende; mahnen > nachfragen > gemahnt; zu_spaet > uebernehmen > ende",
               users="tun nachfragen uebernehmen gemahnt",
               acts=[wait(30), complete("nachfragen"), wait(48), complete("uebernehmen")]),
        _model("wiederholt", "mahnen", user("tun"),
               boundary("mahnen", "tun", timer_definition('"R4/P1D"', "timeCycle"), interrupting=False),
               user("mahnung"), end_event("gemahnt"), flows="start > tun > ende; mahnen > mahnung > gemahnt",
               users="tun mahnung gemahnt",
               acts=[wait(25), complete("mahnung"), wait(24), wait(24), complete("mahnung"), wait(24),
                     complete("mahnung"), wait(48), complete("mahnung"), complete("tun")]),
        _model("ereignis", "wahl antwort stille", user("vor"), gateway("wahl", "eventBased"),
               catch("antwort", message_definition("antwort")), catch("stille", timer_definition('"P7D"')),
               user("lesen"), user("nachhaken"),
               flows="start > vor > wahl > antwort > lesen > ende; wahl > stille > nachhaken > ende",
               users="vor lesen nachhaken", acts=[complete("vor"), wait(100), hear("antwort", text="ja"),
                                                  complete("lesen")]),
        _model("verstummt", "wahl antwort stille", gateway("wahl", "eventBased"),
               catch("antwort", message_definition("antwort")), catch("stille", timer_definition('"P7D"')),
               user("lesen"), user("nachhaken"),
               flows="start > wahl > antwort > lesen > ende; wahl > stille > nachhaken > ende",
               users="lesen nachhaken", acts=[wait(167), wait(2), complete("nachhaken")]),
        _model("zwischenruf", "ruf", user("tun"),
               boundary("ruf", "tun", message_definition("zwischenruf"), interrupting=False), user("hoeren"),
               end_event("gehoert"), flows="start > tun > ende; ruf > hoeren > gehoert", users="tun hoeren gehoert",
               acts=[hear("zwischenruf", was="eins"), hear("zwischenruf", was="zwei"), complete("hoeren"),
                     complete("hoeren"), complete("tun")]),
        _model("rueckzug", "weg", user("a"), user("b"),
               event_process("weg", message_definition("rueckzug"), user("ablegen"), end_event("abgelegt"),
                             flows="weg_start > ablegen > abgelegt"),
               flows="start > a > b > ende", users="a b", inside="weg_start ablegen abgelegt",
               acts=[complete("a"), hear("rueckzug", grund="zu teuer"), complete("ablegen")]),
        _model("nebenher", "fragen", user("a"), user("b"),
               event_process("fragen", timer_definition('"R3/P1D"', "timeCycle"), user("fragen_a"),
                             end_event("gefragt"), flows="fragen_start > fragen_a > gefragt", interrupting=False),
               flows="start > a > b > ende", users="a b", inside="fragen_start fragen_a gefragt",
               acts=[wait(25), complete("a"), wait(24), complete("fragen_a"), complete("b"), complete("fragen_a")]),
        _model("schleife", "genug zaehlen", user("lesen", form="lesen"), script("zaehlen", "runden = runden + 1"),
               gateway("genug", default="genug_ende"),
               flows="start > lesen > zaehlen > genug > ende; genug > lesen if nochmal",
               users="lesen", data={"runden": 0}, forms={"lesen": [_tick("nochmal"), _text("was")]},
               acts=[complete("lesen", nochmal="true", was=f"Runde {turn}") for turn in range(4)]
               + [complete("lesen", was="Schluss")]),
        _model("werte", "rechnen entscheiden", user("angeben", form="angeben"),
               script("rechnen", "summe = betrag * 2\nspaet = am > frist"), user("warten"),
               rule("entscheiden", "stufe"), user("nach"),
               flows="start > angeben > rechnen > warten > entscheiden > nach > ende", users="angeben warten nach",
               forms={"angeben": [_number("betrag"), _date("am"), _date("frist")]},
               more={"bpmn/decisions/stufe.dmn": table(
                   "stufe", "summe", "stufe", '< 100 => "klein"', '>= 100 => "gross"')},
               acts=[complete("angeben", betrag="61,75", am="2026-05-04", frist="2026-04-30"), wait(1),
                     complete("warten"), complete("nach")]),
    ]


def _model(
    name: str, nodes: str, *parts: str, flows: str, users: str, acts: list[Act], inside: str = "",
    data: Mapping[str, Any] | None = None, forms: Mapping[str, list[Any]] | None = None,
    more: Mapping[str, bytes] | None = None,
) -> Model:
    in_lane = " ".join(f"start ende {nodes} {users} {inside}".split())
    drawn = process(name, lanes(**{BODY: in_lane}), start_event(), *parts, end_event("ende"), flows=flows)
    files = {f"bpmn/{name}.bpmn": drawn, **(more or {})}
    files |= {f"forms/{name}/{key}.json": _form(key, fields) for key, fields in (forms or {}).items()}
    return Model(name, files, acts, dict(data or {}))


def _form(key: str, fields: list[Any]) -> bytes:
    return json.dumps({"schemaVersion": 16, "type": "default", "id": key, "components": fields}).encode()


def _text(key: str) -> dict[str, Any]:
    return {"type": "textfield", "id": key, "key": key, "label": key}


def _tick(key: str) -> dict[str, Any]:
    return {"type": "checkbox", "id": key, "key": key, "label": key}


def _number(key: str) -> dict[str, Any]:
    return {"type": "number", "id": key, "key": key, "label": key, "decimalDigits": 2}


def _date(key: str) -> dict[str, Any]:
    return {"type": "datetime", "id": key, "key": key, "dateLabel": key, "subtype": "date"}
