"""What service tasks can do where something is decided outside a meeting: more operations `council/…`.

Each takes the work, the instance and the arguments as drawn, and returns plain
values that become process data.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from engine import spiff
from engine.council import agendas, circulars, meetings, standing_orders, urgent_decisions
from engine.council.circulars import OUTCOMES, UNDECIDED, Circular
from engine.identity import bodies
from engine.identity.bodies import BERLIN, Body
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]


def open_urgent(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Begin an urgent decision. Arguments: meldung (as in `top_angemeldet`, with gremium: in whose place).

    Returns the same with defaults, vorgang (under which it is answered itself), gremium_name and hinweis.
    """
    said: Arguments = arguments.get("meldung") or {}
    body = meetings.body_of(work, str(said.get("gremium") or ""))
    urgent_decisions.require_organ(body)
    return {
        **matter(said), "vorgang": str(instance.id), "gremium": body.key, "gremium_name": body.name,
        "hinweis": urgent_decisions.outlook(work, body),
    }


def executive_consent(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """What the Kreisvorstand's vote amounts to. Arguments: anwesend, ja, nein, enthaltung, vorsitz (ja, nein or "").

    Returns erteilt, benehmen, text, paragraf.
    """
    chair = {"ja": True, "nein": False}.get(str(arguments.get("vorsitz")))
    found = urgent_decisions.consent(
        work, present=_count(arguments, "anwesend"), yes=_count(arguments, "ja"), no=_count(arguments, "nein"),
        abstained=_count(arguments, "enthaltung"), chair_for=chair)
    return {"erteilt": found.given, "benehmen": found.heard, "text": found.says.de,
            "paragraf": found.ruling.paragraph}


def decide_urgently(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Make the decision known to all members. Arguments: gremium, titel, wortlaut, gruende, weg. Returns heute."""
    body = meetings.body_of(work, str(arguments.get("gremium")))
    told = urgent_decisions.decide(
        work, instance, body, title=str(arguments.get("titel") or ""), wording=str(arguments.get("wortlaut") or ""),
        reasons=str(arguments.get("gruende") or ""), way=str(arguments.get("weg") or ""))
    return {"heute": bodies.today(work).isoformat(), "unterrichtet": told}


def annul_urgent(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Make the annulment of an urgent decision known to all members. Arguments: gremium, titel, termin."""
    body = meetings.body_of(work, str(arguments.get("gremium")))
    told = urgent_decisions.annul(work, instance, body, title=str(arguments.get("titel") or ""),
                                  day=str(arguments.get("termin") or ""))
    return {"unterrichtet": told}


def open_circular(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Send a question round. Arguments: meldung (as in `top_angemeldet`, with gremium, and notlage for an organ).

    Returns the same with defaults, vorgang (under which it is answered itself), umlauf_id, gremium_name, organ, rolle,
    frist, erinnern and notlage_text.
    """
    said: Arguments = arguments.get("meldung") or {}
    body = meetings.body_of(work, str(said.get("gremium") or ""))
    known = matter(said)
    majority = str(said.get("mehrheit")) if said.get("mehrheit") in agendas.MAJORITIES else "einfach"
    row = circulars.open_round(
        work, instance, body, question=known["titel"], proposal=known["beschlussvorschlag"],
        public=known["oeffentlich"], majority=majority, emergency=said.get("notlage") or None,
        answer_to=known["antwort_an"] or None, subject_id=UUID(known["idee_id"]) if known["idee_id"] else None)
    orders, organ = standing_orders.of(work, body), body.kind == "organ"
    return {
        **known, "vorgang": str(instance.id), "umlauf_id": str(row.id), "gremium": body.key,
        "gremium_name": body.name, "organ": organ, "rolle": "entscheidung" if organ else "vorberatung",
        "frist": row.due_at.astimezone(BERLIN).isoformat(), "notlage_text": _emergency(row),
        "erinnern": _morning(work.now + timedelta(days=orders.circular_reminder_days)).isoformat(),
    }


def remind_circular(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Write to the members who have not answered. Arguments: umlauf_id. Returns erinnert: how many."""
    return {"erinnert": circulars.remind(work, UUID(str(arguments.get("umlauf_id"))))}


def count_circular(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Close a circular. Arguments: umlauf_id. Returns zustande, text, and punkt as in `top_ergebnis`."""
    row = circulars.count(work, UUID(str(arguments.get("umlauf_id"))), instance)
    body, said = work.get(Body, row.body_id), row.ruling or {}
    outcome = row.outcome or ""
    return {
        "zustande": outcome not in UNDECIDED,
        "text": f"Umlauf: {OUTCOMES[outcome].de} ({said['yes']} Ja, {said['no']} Nein, {said['abstained']} "
                f"Enthaltungen von {said['members']} Mitgliedern; {said['paragraph']}).",
        "punkt": {
            "sitzung_id": None, "gremium": body.key, "termin": bodies.today(work).isoformat(), "top": "Umlauf",
            "ergebnis": outcome, "wortlaut": row.proposal, "ja": said["yes"], "nein": said["no"],
            "enthaltung": said["abstained"], "ungueltig": 0, "befangen": said["excluded"],
            "rechtsgrundlage": said["paragraph"], "verwiesen_an": "", "zurueckgezogen": False,
            "zweite_ladung": False,
        },
    }


def annul_circular(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """The meeting that called the decision up has annulled it. Arguments: umlauf_id."""
    circulars.annul(work, UUID(str(arguments.get("umlauf_id"))), instance)
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "council/open_urgent": open_urgent,
    "council/executive_consent": executive_consent,
    "council/decide_urgently": decide_urgently,
    "council/annul_urgent": annul_urgent,
    "council/open_circular": open_circular,
    "council/remind_circular": remind_circular,
    "council/count_circular": count_circular,
    "council/annul_circular": annul_circular,
}


def matter(said: Arguments) -> Arguments:
    """The particulars of a matter as `top_angemeldet` names them, with a value for each."""
    return {
        "antwort_an": str(said.get("antwort_an") or ""), "idee_id": said.get("idee_id") or None,
        "nummer": str(said.get("nummer") or ""), "titel": str(said.get("titel") or ""),
        "oeffentlich": said.get("oeffentlich", True) is not False,
        "nichtoeffentlich_grund": str(said.get("nichtoeffentlich_grund") or ""),
        "vorlagennummer": str(said.get("vorlagennummer") or ""),
        "beschlussvorschlag": str(said.get("beschlussvorschlag") or ""), "eil_grund": str(said.get("eil_grund") or ""),
    }


def _count(arguments: Arguments, name: str) -> int:
    return int(arguments.get(name) or 0)


def _emergency(row: Circular) -> str:
    said = row.emergency
    if said is None:
        return ""
    return f"Notlage festgestellt von {said['authority']} am {said['date']}, Az. {said['reference']}."


def _morning(moment: datetime) -> datetime:
    day = moment.astimezone(BERLIN).date()
    while not spiff.is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(8), BERLIN)
