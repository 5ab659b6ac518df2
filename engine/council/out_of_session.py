"""What service tasks can do where something is decided outside a meeting: more operations `council/…`.

Each takes the work, the instance and the arguments as drawn, and returns plain
values that become process data.
"""

from collections.abc import Mapping
from typing import Any

from engine.council import meetings, urgent_decisions
from engine.identity import bodies
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


OPERATIONS: Mapping[str, Handler] = {
    "council/open_urgent": open_urgent,
    "council/executive_consent": executive_consent,
    "council/decide_urgently": decide_urgently,
    "council/annul_urgent": annul_urgent,
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
