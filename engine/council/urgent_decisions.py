"""Urgent decisions: the Landrat decides in the place of a body that cannot wait for its next meeting (§ 42 LKO).

The Kreisvorstand consents; where it has no quorum, those present are heard
instead. All members are told at once, and the body's next meeting may annul
the decision unless it has given rights to third parties.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine import notices
from engine.council import meetings, rulings, standing_orders
from engine.council.rulings import Ruling
from engine.errors import Invalid, Sentence
from engine.history import events
from engine.identity import bodies
from engine.identity.bodies import Body
from engine.runtime.instances import Instance
from engine.work import Work

DECIDER, CONSENTS, COUNCIL = "landrat", "kreisvorstand", "kreistag"
"""The bodies of § 42 LKO: who decides, who consents, whose members are told."""
PARAGRAPH = "§ 42 LKO"
AHEAD = ("terminiert", "eingeladen", "laeuft")


@dataclass(frozen=True)
class Consent:
    """Whether the Landrat may decide, on what ground."""

    given: bool
    heard: bool
    """The Kreisvorstand had no quorum: those present were heard (Benehmen)"""
    says: Sentence
    ruling: Ruling


def outlook(work: Work, body: Body) -> str:
    """When the body itself could decide: its next meeting, and the first day it could be convened for in haste."""
    ahead = meetings.listing(work, body=body, since=work.now, states=AHEAD, size=1).rows
    orders = standing_orders.of(work, body)
    first = bodies.today(work) + timedelta(days=orders.urgent_days + 1)
    known = f"am {ahead[0].day:%d.%m.%Y}" if ahead else "noch nicht anberaumt"
    return (f"Nächste Sitzung von „{body.name}“: {known}. Mit verkürzter Frist könnte das Gremium frühestens am "
            f"{first:%d.%m.%Y} zusammentreten ({orders.basis['urgent_days']}).")


def require_organ(body: Body) -> None:
    """Invalid for a body that only advises: its advice can be done without, so nobody decides in its place."""
    if body.kind != "organ" or body.key in (DECIDER, CONSENTS):
        raise Invalid(
            "Anstelle von „{name}“ gibt es keine Eilentscheidung: Sie tritt nur an die Stelle eines Beschlusses des "
            "Kreistags oder eines Ausschusses (§ 42 LKO).",
            "There is no urgent decision in the place of “{name_en}”: it only stands in for a resolution of the "
            "Kreistag or a committee (§ 42 LKO).", name=body.name, name_en=body.name_en)


def consent(
    work: Work, *, present: int, yes: int, no: int, abstained: int, chair_for: bool | None
) -> Consent:
    """What the Kreisvorstand's vote amounts to; Invalid, with the fields, for numbers that cannot be."""
    body = meetings.body_of(work, CONSENTS)
    orders, number = standing_orders.of(work, body), body.statutory_number or 0
    fields: dict[str, list[Sentence]] = {}
    if not 1 <= present <= number:
        fields["e_kv_anwesend"] = [Sentence(
            f"Bitte eine Zahl von 1 bis {number} eingeben: So viele Mitglieder hat der Kreisvorstand.",
            f"Please enter a number from 1 to {number}: that is how many members the Kreisvorstand has.")]
    elif yes + no + abstained != present:
        fields["e_kv_ja"] = [Sentence(
            f"Die Stimmen ergeben {yes + no + abstained}, anwesend sind aber {present}.",
            f"The votes add up to {yes + no + abstained}, but {present} are present.")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    quorum = rulings.quorum(orders, statutory_number=number, present=present)
    if not quorum.holds:
        return Consent(True, True, Sentence(
            f"Der Kreisvorstand war mit {present} von {number} nicht beschlussfähig. Das Benehmen mit den Anwesenden "
            f"ist hergestellt ({PARAGRAPH}); die Entscheidung liegt bei der Landrätin oder dem Landrat.",
            f"With {present} of {number} the Kreisvorstand had no quorum. Those present were heard ({PARAGRAPH}); the "
            "decision is the Landrat's."), quorum)
    ruling = rulings.majority(orders, "einfach", yes=yes, no=no, abstained=abstained, present=present,
                              statutory_number=number, chair_for=chair_for)
    votes = f"{yes} Ja, {no} Nein, {abstained} Enthaltungen"
    if ruling.holds:
        return Consent(True, False, Sentence(f"Der Kreisvorstand hat zugestimmt: {votes} ({PARAGRAPH}).",
                                             f"The Kreisvorstand has consented ({PARAGRAPH})."), ruling)
    return Consent(False, False, Sentence(
        f"Der Kreisvorstand hat nicht zugestimmt: {votes}. Ohne seine Zustimmung gibt es keine Eilentscheidung "
        f"({PARAGRAPH}); die Sache geht in die nächste Sitzung.",
        f"The Kreisvorstand has not consented. Without it there is no urgent decision ({PARAGRAPH}); the matter goes "
        "to the next meeting."), ruling)


def decide(work: Work, instance: Instance, body: Body, *, title: str, wording: str, reasons: str, way: str) -> int:
    """Write the decision down and tell every member of the Kreistag and of *body* at once; return how many."""
    events.record(work, "urgent_decision.made", instance, instance, title=title, body=body.key, wording=wording,
                  reasons=reasons, way=way)
    values = {"title": title, "gremium": body.name, "wortlaut": wording, "gruende": reasons, "weg": way,
              "url": f"{work.settings.base_url}/sitzungen"}
    return _told(work, body, "eilentscheidung", values)


def annul(work: Work, instance: Instance, body: Body, *, title: str, day: str) -> int:
    """Write down that *body* has annulled the decision, and tell the members; return how many."""
    events.record(work, "urgent_decision.annulled", instance, instance, title=title, body=body.key, day=day)
    return _told(work, body, "eilentscheidung_aufgehoben", {
        "title": title, "gremium": body.name, "tag": day, "url": f"{work.settings.base_url}/sitzungen"})


def _told(work: Work, body: Body, template: str, values: dict[str, Any]) -> int:
    readers = {person.id: person for key in (COUNCIL, body.key) for person in bodies.members(work, key)}
    for reader in readers.values():
        notices.queue(work, reader.mail, template, reader.language, **values)
    return len(readers)
