"""Reading the history: who did what, when, as whom, in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.errors import Sentence
from engine.history.events import HOUSE, Event, PersonalDatum, references
from engine.work import Page, Work

Names = Callable[[Work, Collection[UUID]], Mapping[UUID, str]]
"""Gives the names of people; `people.names` upstairs is the one there is."""

ENGINE_NAME = Sentence("Reifegrad (automatisch)", "Reifegrad (automatic)")
CITIZEN_NAME = Sentence("Ideengeber:in", "Author of the idea")
GONE = Sentence("gelöschte Person", "erased person")
ERASED = "[gelöscht]"

VERBS: dict[str, Sentence] = {
    "instance.started": Sentence("Vorgang begonnen: {process} (Stand {version})",
                                 "Instance started: {process} (version {version})"),
    "instance.ended": Sentence("Vorgang beendet: {outcome}", "Instance ended: {outcome}"),
    "instance.cancelled": Sentence("Vorgang abgebrochen: {reason}", "Instance cancelled: {reason}"),
    "instance.suspended": Sentence("Vorgang angehalten: {reason}", "Instance suspended: {reason}"),
    "instance.resumed": Sentence("Vorgang fortgesetzt: {reason}", "Instance resumed: {reason}"),
    "instance.redirected": Sentence("Vorgang von „{origin}“ nach „{target}“ versetzt: {reason}",
                                    "Instance moved from “{origin}” to “{target}”: {reason}"),
    "instance.migrated": Sentence("Vorgang von Stand {old} auf Stand {new} gehoben: {reason}",
                                  "Instance migrated from version {old} to version {new}: {reason}"),
    "instance.moved": Sentence("Schritte durchlaufen", "Steps passed"),
    "task.opened": Sentence("Aufgabe „{task}“ liegt vor bei: {body}", "Task “{task}” waits for: {body}"),
    "task.claimed": Sentence("Aufgabe „{task}“ übernommen", "Task “{task}” claimed"),
    "task.released": Sentence("Aufgabe „{task}“ zurückgegeben", "Task “{task}” released"),
    "task.completed": Sentence("Aufgabe „{task}“ erledigt", "Task “{task}” completed"),
    "task.cancelled": Sentence("Aufgabe „{task}“ entfällt", "Task “{task}” cancelled"),
    "timer.fired": Sentence("Frist erreicht", "Timer fired"),
    "message.sent": Sentence("Nachricht „{name}“ gesendet", "Message “{name}” sent"),
    "message.received": Sentence("Nachricht „{name}“ erhalten", "Message “{name}” received"),
    "signal.sent": Sentence("Signal „{name}“ ausgelöst", "Signal “{name}” thrown"),
    "signal.received": Sentence("Signal „{name}“ erhalten", "Signal “{name}” received"),
    "element.failed": Sentence("„{element}“ ist mit dem Fehler {code} gescheitert; der Ablauf ging dafür weiter",
                               "“{element}” has failed with the error {code}; the process went on from there"),
    "service.called": Sentence("Automatischer Schritt „{operation}“", "Automatic step “{operation}”"),
    "decision.made": Sentence("Entscheidungstabelle „{decision}“ angewendet", "Decision table “{decision}” applied"),
    "instance.data_mended": Sentence("Daten des Vorgangs berichtigt", "Data of the instance mended"),
    "incident.raised": Sentence("Störung: {error}", "Incident: {error}"),
    "incident.resolved": Sentence("Störung behoben", "Incident resolved"),
    "idea.handed_in": Sentence("Idee {number} eingereicht", "Idea {number} handed in"),
    "idea.status_published": Sentence("Öffentlicher Stand: {status}", "Public status: {status}"),
    "idea.published": Sentence("Idee veröffentlicht", "Idea published"),
    "idea.hidden": Sentence("Idee nicht öffentlich", "Idea not public"),
    "idea.classified": Sentence("Eingeordnet: {theme}, {municipality}", "Classified: {theme}, {municipality}"),
    "idea.merged": Sentence("Zusammengeführt mit {other}", "Merged with {other}"),
    "idea.question_asked": Sentence("Rückfrage {question} gestellt", "Question {question} asked"),
    "idea.question_answered": Sentence("Rückfrage {question} beantwortet", "Question {question} answered"),
    "idea.addendum_added": Sentence("Nachtrag {addendum} eingegangen", "Addendum {addendum} received"),
    "idea.contact_confirmed": Sentence("Kontaktadresse bestätigt", "Contact address confirmed"),
    "idea.contact_erased": Sentence("Kontaktdaten gelöscht", "Contact data erased"),
    "idea.decided": Sentence("Beschluss: {result} ({body})", "Resolution: {result} ({body})"),
    "calendar.changed": Sentence("Sitzungskalender geändert: {body}", "Calendar of meetings changed: {body}"),
    "standing_order.changed": Sentence("Geschäftsordnung geändert: {body}, {label}: {said}",
                                       "Standing orders changed: {body}, {label}: {said}"),
    "meeting.planned": Sentence("Sitzung geplant: {body}", "Meeting planned: {body}"),
    "meeting.convened": Sentence("Sitzung anberaumt", "Meeting convened"),
    "meeting.moved": Sentence("Sitzung verlegt: {reason}", "Meeting moved: {reason}"),
    "meeting.cancelled": Sentence("Sitzung abgesagt: {reason}", "Meeting cancelled: {reason}"),
    "meeting.invited": Sentence("Zur Sitzung eingeladen", "Members invited to the meeting"),
    "meeting.opened": Sentence("Sitzung eröffnet", "Meeting opened"),
    "meeting.closed": Sentence("Sitzung geschlossen", "Meeting closed"),
    "invitation.received": Sentence("Zugang der Einladung festgehalten", "Receipt of the invitation noted"),
    "invitation.waived": Sentence("Auf Form und Frist der Einladung verzichtet",
                                  "Form and period of the invitation waived"),
    "invitation.answered": Sentence("Antwort auf die Einladung: {answer}", "Answer to the invitation: {answer}"),
    "agenda_item.added": Sentence("Tagesordnungspunkt aufgenommen: {title}", "Agenda item added: {title}"),
    "agenda_item.changed": Sentence("Tagesordnungspunkt geändert: {title}", "Agenda item changed: {title}"),
    "agenda_item.moved": Sentence("Tagesordnungspunkt verschoben: {title}", "Agenda item moved: {title}"),
    "agenda_item.settled": Sentence("Ergebnis zu „{title}“: {result}", "Result on “{title}”: {result}"),
    "presence.arrived": Sentence("Anwesend seit {at}", "Present since {at}"),
    "presence.left": Sentence("Gegangen um {at}", "Left at {at}"),
    "presence.undone": Sentence("Eintrag der Anwesenheit zurückgenommen", "Entry of attendance taken back"),
    "recusal.declared": Sentence("Befangenheit erklärt: {title}", "Conflict of interest declared: {title}"),
    "recusal.denied": Sentence("Keine Befangenheit: {title}", "No conflict of interest: {title}"),
    "recusal.found": Sentence("Über Befangenheit entschieden: {title}", "Conflict of interest decided on: {title}"),
    "ballot.corrected": Sentence("Abstimmung berichtigt: {yes} Ja, {no} Nein, {abstained} Enthaltungen ({paragraph})",
                                 "Vote corrected: {yes} yes, {no} no, {abstained} abstentions ({paragraph})"),
    "ballot.held": Sentence("Abstimmung: {yes} Ja, {no} Nein, {abstained} Enthaltungen ({paragraph})",
                            "Vote: {yes} yes, {no} no, {abstained} abstentions ({paragraph})"),
    "circular.opened": Sentence("Umlauf begonnen: {question}", "Circular opened: {question}"),
    "circular.answered": Sentence("Im Umlauf geantwortet: {choice}", "Circular answered: {choice}"),
    "circular.counted": Sentence("Umlauf ausgezählt: {yes} Ja, {no} Nein, {abstained} Enthaltungen ({paragraph})",
                                 "Circular counted: {yes} yes, {no} no, {abstained} abstentions ({paragraph})"),
    "circular.annulled": Sentence("Im Umlauf gefassten Beschluss aufgehoben: {question}",
                                  "Decision taken by circular annulled: {question}"),
    "strategy.published": Sentence("Strategie veröffentlicht, Fassung {version}: {title}",
                                   "Strategy published, version {version}: {title}"),
    "agenda.continued": Sentence("Digitale Agenda fortgeschrieben, beschlossen am {day}",
                                 "Digital agenda continued, adopted on {day}"),
    "contest.set_up": Sentence("Wettbewerb ausgeschrieben: {title}", "Contest announced: {title}"),
    "contest.turned": Sentence("Wettbewerb „{title}“: {state}", "Contest “{title}”: {state}"),
    "urgent_decision.made": Sentence("Eilentscheidung getroffen: {title}", "Urgent decision made: {title}"),
    "urgent_decision.annulled": Sentence("Eilentscheidung aufgehoben: {title}", "Urgent decision annulled: {title}"),
    "calendar_feed.renewed": Sentence("Link zum eigenen Kalender erneuert", "Link to the own calendar renewed"),
    "paper.filed": Sentence("Vorlage {number} geschrieben, Fassung {version}",
                            "Paper {number} written, version {version}"),
    "paper.released": Sentence("Vorlage {number} gezeichnet", "Paper {number} signed off"),
    "minutes.changed": Sentence("Niederschrift bearbeitet", "Minutes edited"),
    "minutes.signed": Sentence("Niederschrift unterschrieben", "Minutes signed"),
    "minutes.sent": Sentence("Niederschrift verschickt", "Minutes sent"),
    "minutes.objected": Sentence("Einwendung gegen die Niederschrift: {text}", "Objection to the minutes: {text}"),
    "minutes.corrected": Sentence("Niederschrift berichtigt, Fassung {version}",
                                  "Minutes corrected, version {version}"),
    "process.deployed": Sentence("Prozess „{process}“ bereitgestellt, Stand {version}",
                                 "Process “{process}” deployed, version {version}"),
    "process.start_failed": Sentence("Prozess „{process}“ konnte nicht beginnen, bei „{element}“: {error}",
                                     "Process “{process}” could not begin, at “{element}”: {error}"),
    "person.added": Sentence("Person angelegt", "Person added"),
    "person.changed": Sentence("Angaben zur Person geändert", "Person changed"),
    "person.password_set": Sentence("Passwort gesetzt", "Password set"),
    "body.added": Sentence("Gremium oder Stelle „{name}“ angelegt", "Body “{name}” added"),
    "body.changed": Sentence("Gremium oder Stelle „{name}“ geändert", "Body “{name}” changed"),
    "seat.given": Sentence("Sitz vergeben: {body}", "Seat given: {body}"),
    "seat.ended": Sentence("Sitz beendet: {body}", "Seat ended: {body}"),
    "deputy.appointed": Sentence("Vertretung eingerichtet", "Deputy appointed"),
    "deputy.ended": Sentence("Vertretung beendet", "Deputyship ended"),
}


@dataclass(frozen=True)
class Entry:
    """One event as a reader sees it."""

    seq: int
    at: datetime
    actor: Sentence
    acting_for: str | None
    verb: str
    said: Sentence
    particulars: dict[str, Any]
    subject_kind: str
    subject_id: UUID
    actor_id: UUID | None
    hash: str


def of_instance(
    work: Work, instance_id: UUID, names: Names, *, first: int = 1, last: int | None = None
) -> list[Entry]:
    """What happened in one instance, oldest first: everything, or from entry *first* to entry *last*."""
    query = select(Event).where(Event.chain_id == instance_id, Event.seq >= first).order_by(Event.seq)
    if last is not None:
        query = query.where(Event.seq <= last)
    return _entries(work, list(work.session.scalars(query)), names)


def latest(
    work: Work, instance_id: UUID, names: Names, size: int, *, before: int | None = None,
    without: Collection[str] = (),
) -> list[Entry]:
    """The latest *size* entries of one instance (before entry *before*), oldest first; *without* some verbs."""
    query = select(Event).where(Event.chain_id == instance_id, Event.verb.not_in(without))
    if before is not None:
        query = query.where(Event.seq < before)
    rows = list(work.session.scalars(query.order_by(Event.seq.desc()).limit(size)))
    return _entries(work, rows[::-1], names)


def resolved(work: Work, said: Any) -> Any:
    """JSON of an event with its personal values in the place of their digests."""
    return _resolved(said, _values(work, {UUID(ref) for ref, _ in references(said)}))


def of_house(work: Work, names: Names, number: int = 1, size: int = 50) -> Page:
    """What happened outside instances (deployments, people, bodies), newest first, as a page of `Entry`."""
    total = work.session.scalar(select(func.count()).select_from(Event).where(Event.chain_id == HOUSE)) or 0
    query = select(Event).where(Event.chain_id == HOUSE).order_by(Event.seq.desc())
    rows = work.session.scalars(query.offset((number - 1) * size).limit(size)).all()
    return Page(_entries(work, list(rows), names), total, number, size)


def _entries(work: Work, events: list[Event], names: Names) -> list[Entry]:
    people = {key for event in events for key in (event.actor_id, event.for_id) if key}
    known = names(work, people)
    values = _values(work, {UUID(ref) for event in events for ref, _ in references(event.particulars)})
    return [_entry(event, known, values) for event in events]


def _values(work: Work, wanted: Collection[UUID]) -> dict[str, str | None]:
    if not wanted:
        return {}
    rows = work.session.scalars(select(PersonalDatum).where(PersonalDatum.id.in_(wanted)))
    return {str(row.id): row.value for row in rows}


def _entry(event: Event, names: Mapping[UUID, str], values: Mapping[str, str | None]) -> Entry:
    if event.actor_id is not None:
        name = names.get(event.actor_id)
        actor = Sentence(name, name) if name else GONE
    else:
        actor = CITIZEN_NAME if event.actor_kind == "citizen" else ENGINE_NAME
    particulars = _resolved(event.particulars, values)
    return Entry(
        event.seq, event.at, actor, names.get(event.for_id, GONE.de) if event.for_id else None, event.verb,
        _said(event.verb, particulars), particulars, event.subject_kind, event.subject_id, event.actor_id, event.hash,
    )


def _said(verb: str, particulars: Mapping[str, Any]) -> Sentence:
    template = VERBS.get(verb, Sentence(verb, verb))
    filled = _Particulars(particulars)
    return Sentence(template.de.format_map(filled), template.en.format_map(filled))


class _Particulars(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def _resolved(value: Any, values: Mapping[str, str | None]) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"ref", "digest"}:
            found = values.get(value["ref"])
            return ERASED if found is None else found
        return {name: _resolved(item, values) for name, item in value.items()}
    return [_resolved(item, values) for item in value] if isinstance(value, list) else value
