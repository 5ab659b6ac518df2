"""Circulars: questions decided in writing, outside a meeting.

Bodies that only advise may do so where their rules allow it.  Organs of the
county may only in an emergency that the supervisory authority has confirmed,
and only as long as no member objects (§ 28 Abs. 3 LKO, § 35 Abs. 3 GemO).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import notices
from engine.council import deadlines, rulings, standing_orders
from engine.council.standing_orders import Orders
from engine.database import Table
from engine.errors import Conflict, Forbidden, Invalid, Sentence
from engine.history import events
from engine.identity import bodies, people, permissions
from engine.identity.bodies import BERLIN, Body
from engine.identity.people import MISSING, Person
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.work import Work

CHOICES: dict[str, Sentence] = {
    "ja": Sentence("Ja", "Yes"),
    "nein": Sentence("Nein", "No"),
    "enthaltung": Sentence("Enthaltung", "Abstention"),
    "befangen": Sentence("Ich bin befangen und stimme nicht ab", "I have a conflict of interest and do not vote"),
    "widerspruch": Sentence("Ich widerspreche dem Umlauf: Das soll in eine Sitzung",
                            "I object to the circular: this belongs in a meeting"),
}
OUTCOMES: dict[str, Sentence] = {
    "beschlossen": Sentence("beschlossen", "adopted"),
    "abgelehnt": Sentence("abgelehnt", "rejected"),
    "empfohlen": Sentence("empfohlen", "recommended"),
    "nicht_empfohlen": Sentence("nicht empfohlen", "not recommended"),
    "widerspruch": Sentence("durch Widerspruch beendet", "ended by an objection"),
    "ohne_beschluss": Sentence("ohne Beschluss: zu wenige Antworten", "without a decision: too few answers"),
    "aufgehoben": Sentence("in der Sitzung aufgehoben", "annulled by the meeting"),
}
UNDECIDED = frozenset({"widerspruch", "ohne_beschluss"})
"""The outcomes that take the question to the next meeting."""
BEGUN_BY, ENDED = "umlauf_beantragt", "umlauf_beendet"
PARAGRAPH = "§ 28 Abs. 3 LKO"


class Circular(Table):
    """One question sent round to the members of one body."""

    __tablename__ = "circular"
    __table_args__ = (Index("ix_circular_body", "body_id", "opened_at"),)

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id))
    question: Mapped[str] = mapped_column(String(256))
    proposal: Mapped[str]
    """The wording that is voted on"""
    public: Mapped[bool]
    majority: Mapped[str] = mapped_column(String(32))
    emergency: Mapped[dict[str, Any] | None]
    """authority, date and reference of the finding that an organ needs (§ 28 Abs. 3 LKO); None: none needed"""
    instance_id: Mapped[UUID] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    """A key of OUTCOMES; None while it runs"""
    ruling: Mapped[dict[str, Any] | None]
    """The numbers, and the rules and paragraphs that made the outcome of them"""
    answer_to: Mapped[str | None] = mapped_column(String(256))
    """Under which correlation a process waits for the result; None: nobody does"""
    subject_id: Mapped[UUID | None]

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered."""
        return (self.due_at - timedelta(minutes=1)).astimezone(BERLIN).date()


class CircularVote(Table):
    """One member's answer; it stays as it was given."""

    __tablename__ = "circular_vote"
    __table_args__ = (UniqueConstraint("circular_id", "member_id"),)

    circular_id: Mapped[UUID] = mapped_column(ForeignKey(Circular.id))
    member_id: Mapped[UUID]
    """Whose vote it is"""
    person_id: Mapped[UUID]
    """Who gave it: the member, or who stands in for them"""
    choice: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Tally:
    """What has been answered so far."""

    yes: int
    no: int
    abstained: int
    excluded: int
    objections: int
    members: int

    @property
    def cast(self) -> int:
        """How many have answered without objecting."""
        return self.yes + self.no + self.abstained + self.excluded

    @property
    def complete(self) -> bool:
        """Whether every member has answered."""
        return self.cast + self.objections >= self.members


def allowed(work: Work, body: Body) -> str:
    """Whether the body may decide by circular: "ja", "nein", or "notlage" (only in a confirmed emergency)."""
    return standing_orders.of(work, body).circular


def begin(
    work: Work, body: Body, *, question: str, proposal: str, public: bool = True,
    emergency: dict[str, str] | None = None,
) -> Circular:
    """Send a question round to the members of a body; its process is led by s_umlauf.

    Invalid names each wrong field; Conflict, with the paragraph, where the body may not decide like this.
    """
    permissions.require(work, "council")
    fields: dict[str, list[Sentence]] = {}
    if not question.strip():
        fields["question"] = [MISSING]
    if not proposal.strip():
        fields["proposal"] = [MISSING]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    require_allowed(work, body, emergency)
    instance = instances.start_by_message(work, BEGUN_BY, {"meldung": {
        "gremium": body.key, "titel": question.strip(), "beschlussvorschlag": proposal.strip(),
        "oeffentlich": public, "notlage": emergency,
    }}, business_key=body.key, title=question.strip()[:256])
    return of_instance(work, instance.id)


def require_allowed(work: Work, body: Body, emergency: dict[str, str] | None) -> None:
    """Conflict where the body may not decide by circular; Invalid if the finding of an emergency is incomplete."""
    rule, orders = allowed(work, body), standing_orders.of(work, body)
    if rule == "nein":
        raise Conflict(
            "„{name}“ beschließt nicht im Umlauf ({basis}). Bitte setzen Sie die Frage auf eine Tagesordnung.",
            "“{name_en}” does not decide by circular ({basis}). Please put the question on an agenda.",
            name=body.name, name_en=body.name_en, basis=orders.basis["circular"])
    if rule != "notlage":
        return
    said = emergency or {}
    if not any(str(said.get(key) or "").strip() for key in ("authority", "date", "reference")):
        raise Conflict(
            "„{name}“ darf nur in einer Notlage im Umlauf beschließen, die die Aufsichtsbehörde festgestellt hat (§ 28 "
            "Abs. 3 LKO). Bitte geben Sie Behörde, Datum und Aktenzeichen an oder setzen Sie die Frage auf eine "
            "Tagesordnung.",
            "“{name_en}” may decide by circular only in an emergency that the supervisory authority has confirmed "
            "(§ 28 Abs. 3 LKO). Please give authority, date and reference, or put the question on an agenda.",
            name=body.name, name_en=body.name_en)
    wrong = {key: [MISSING] for key in ("authority", "date", "reference") if not str(said.get(key) or "").strip()}
    if "date" not in wrong and date.fromisoformat(str(said["date"])) > bodies.today(work):
        wrong["date"] = [Sentence("Dieser Tag liegt in der Zukunft.", "This day lies in the future.")]
    if wrong:
        raise Invalid("Bitte geben Sie an, wer die Notlage wann unter welchem Aktenzeichen festgestellt hat (§ 28 "
                      "Abs. 3 LKO).", "Please say who found the emergency when under which reference (§ 28 Abs. 3 "
                      "LKO).", fields=wrong)


def open_round(
    work: Work, instance: Instance, body: Body, *, question: str, proposal: str, public: bool, majority: str,
    emergency: dict[str, str] | None, answer_to: str | None, subject_id: UUID | None,
) -> Circular:
    """Open a circular for the process that leads it and write to every member."""
    require_allowed(work, body, emergency)
    orders = standing_orders.of(work, body)
    row = work.add(Circular(
        body_id=body.id, question=question[:256], proposal=proposal, public=public and orders.public,
        majority=majority, emergency=emergency if allowed(work, body) == "notlage" else None, instance_id=instance.id,
        opened_at=work.now, due_at=deadlines.day_end(bodies.today(work) + timedelta(days=orders.circular_days)),
        closed_at=None, outcome=None, ruling=None, answer_to=answer_to, subject_id=subject_id,
    ))
    work.session.flush()
    instance.title, instance.business_key = instance.title or row.question, instance.business_key or body.key
    events.record(work, "circular.opened", row, instance, question=row.question, body=body.key, due_at=row.due_at,
                  emergency=row.emergency)
    _write(work, row, "umlauf_eroeffnet", [person for _, person in members(work, row)])
    return row


def vote(
    work: Work, circular_id: UUID, choice: str, *, reason: str = "", member_id: UUID | None = None
) -> CircularVote:
    """Answer a circular for oneself, or for the member *member_id* the actor stands in for.

    The first objection ends it at once, and so does the last answer.
    """
    row, instance = locked(work, circular_id)
    member, for_id = _seat(work, row, member_id)
    _require_open(row)
    if choice not in CHOICES:
        raise Invalid("Bitte wählen Sie eine der Antworten.", "Please choose one of the answers.",
                      fields={"choice": [Sentence("Bitte eine der Antworten wählen.", "Please choose an answer.")]})
    if choice == "befangen" and not reason.strip():
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.",
                      fields={"reason": [Sentence("Bitte nennen Sie den Grund (§ 16 LKO).",
                                                  "Please give the reason (§ 16 LKO).")]})
    earlier = own_vote(work, row, member)
    if earlier is not None:
        name = people.names(work, {earlier.person_id}).get(earlier.person_id, "?")
        raise Conflict("{name} hat hier schon am {at} Uhr geantwortet. Eine Antwort im Umlauf bleibt, wie sie ist.",
                       "{name} answered here on {at} already. An answer to a circular stays as it is.", name=name,
                       at=f"{earlier.at.astimezone(BERLIN):%d.%m.%Y um %H:%M}")
    given = work.add(CircularVote(circular_id=row.id, member_id=member, person_id=work.actor.id or member,
                                  choice=choice, reason=reason.strip(), at=work.now))
    work.session.flush()
    events.record(work, "circular.answered", row, instance, for_id=for_id, question=row.question,
                  choice=CHOICES[choice].de)
    if choice == "widerspruch" or tally(work, row).complete:
        instances.deliver(work, ENDED, str(row.id), {})
    return given


def count(work: Work, circular_id: UUID, instance: Instance) -> Circular:
    """Close a circular and say what came of it: by quorum and majority, or by the first objection."""
    row = work.get(Circular, circular_id)
    body, found = work.get(Body, row.body_id), tally(work, row)
    orders = standing_orders.of(work, body)
    number = max(body.statutory_number or found.members, found.cast, 1)
    quorum = rulings.quorum(orders, statutory_number=number, present=found.cast, excluded=found.excluded)
    rule = rulings.majority(orders, row.majority, yes=found.yes, no=found.no, abstained=found.abstained,
                            present=max(found.cast, 1), statutory_number=number, chair_for=_chair_for(work, row))
    if found.objections:
        row.outcome = "widerspruch"
    elif not quorum.holds:
        row.outcome = "ohne_beschluss"
    elif body.kind == "organ":
        row.outcome = "beschlossen" if rule.holds else "abgelehnt"
    else:
        row.outcome = "empfohlen" if rule.holds else "nicht_empfohlen"
    row.closed_at = work.now
    row.ruling = {
        "paragraph": _paragraph(orders, row) if row.outcome in UNDECIDED else rule.paragraph, "rule": rule.plain(),
        "quorum": quorum.plain(), "yes": found.yes, "no": found.no, "abstained": found.abstained,
        "excluded": found.excluded, "members": found.members,
    }
    events.record(work, "circular.counted", row, instance, question=row.question, outcome=row.outcome,
                  yes=found.yes, no=found.no, abstained=found.abstained, paragraph=row.ruling["paragraph"])
    _write(work, row, "umlauf_beendet", [person for _, person in members(work, row)],
           ergebnis=OUTCOMES[row.outcome].de)
    return row


def annul(work: Work, circular_id: UUID, instance: Instance) -> Circular:
    """Write down that the meeting which called the decision up has annulled it (§ 28 Abs. 3 LKO)."""
    row = work.get(Circular, circular_id)
    row.outcome = "aufgehoben"
    events.record(work, "circular.annulled", row, instance, question=row.question)
    return row


def remind(work: Work, circular_id: UUID) -> int:
    """Write to the members who have not answered yet; return how many."""
    row = work.get(Circular, circular_id)
    answered = {given.member_id for given in votes_of(work, row)}
    left = [person for _, person in members(work, row) if person.id not in answered]
    _write(work, row, "umlauf_erinnerung", left)
    return len(left)


def show(work: Work, circular_id: UUID) -> Circular:
    """The circular; Forbidden for those who neither sit in its body nor lead it."""
    row = work.get(Circular, circular_id)
    if not may_see(work, row):
        raise Forbidden("Dieser Umlauf gehört zu einem Gremium, in dem Sie keinen Sitz und keine Vertretung haben.",
                        "This circular belongs to a body in which you have no seat and stand in for nobody.")
    return row


def may_see(work: Work, row: Circular) -> bool:
    """Whether the actor sits in the body (or stands in there), leads circulars, or may read all instances."""
    return (work.get(Body, row.body_id).key in permissions.rights(work) or permissions.may(work, "council")
            or permissions.may(work, "read instances"))


def locked(work: Work, circular_id: UUID) -> tuple[Circular, Instance]:
    """The circular and the instance that leads it, both locked."""
    instance = instances.lock(work, work.get(Circular, circular_id).instance_id)
    query = select(Circular).where(Circular.id == circular_id).execution_options(populate_existing=True)
    return work.session.scalars(query).one(), instance


def of_instance(work: Work, instance_id: UUID) -> Circular:
    """The circular that an instance leads."""
    return work.session.scalars(select(Circular).where(Circular.instance_id == instance_id)).one()


def listing(work: Work, *, body: Body | None = None, running: bool | None = None, size: int = 100) -> list[Circular]:
    """Circulars, the latest first: all, or those of one body, running or closed ones."""
    query = select(Circular)
    if body is not None:
        query = query.where(Circular.body_id == body.id)
    if running is not None:
        query = query.where(Circular.closed_at.is_(None) if running else Circular.closed_at.is_not(None))
    return list(work.session.scalars(query.order_by(Circular.opened_at.desc(), Circular.id.desc()).limit(size)))


def members(work: Work, row: Circular) -> list[tuple[bodies.Seat, Person]]:
    """Who is asked: the members of the body on the day it was opened."""
    return bodies.members_on(work, work.get(Body, row.body_id), row.opened_at.astimezone(BERLIN).date())


def votes_of(work: Work, row: Circular) -> list[CircularVote]:
    """The answers given, in their order."""
    query = select(CircularVote).where(CircularVote.circular_id == row.id)
    return list(work.session.scalars(query.order_by(CircularVote.at, CircularVote.id)))


def own_vote(work: Work, row: Circular, member_id: UUID) -> CircularVote | None:
    """The answer of one member, or None."""
    return work.session.scalar(select(CircularVote).where(
        CircularVote.circular_id == row.id, CircularVote.member_id == member_id))


def seats_of_actor(work: Work, row: Circular) -> list[Person]:
    """The members for whom the actor may answer: themselves first, then those they stand in for."""
    mine = {work.actor.id}
    body = work.get(Body, row.body_id)
    if standing_orders.of(work, body).deputies and work.actor.id is not None:
        mine |= bodies.represented(work, work.actor.id, body)
    found = [person for _, person in members(work, row) if person.id in mine]
    return sorted(found, key=lambda person: person.id != work.actor.id)


def tally(work: Work, row: Circular) -> Tally:
    """How the answers stand."""
    said = [given.choice for given in votes_of(work, row)]
    return Tally(said.count("ja"), said.count("nein"), said.count("enthaltung"), said.count("befangen"),
                 said.count("widerspruch"), len(members(work, row)))


def _seat(work: Work, row: Circular, member_id: UUID | None) -> tuple[UUID, UUID | None]:
    able = [person.id for person in seats_of_actor(work, row)]
    wanted = member_id or (able[0] if able else None)
    if wanted is None or wanted not in able:
        raise Forbidden(
            "Antworten können nur die Mitglieder von „{name}“ und, wo es sie gibt, ihre Vertretungen. Sie haben dort "
            "keinen Sitz.", "Only the members of “{name_en}” and, where there are any, their deputies can answer. You "
            "have no seat there.", name=(body := work.get(Body, row.body_id)).name, name_en=body.name_en)
    return wanted, None if wanted == work.actor.id else wanted


def _require_open(row: Circular) -> None:
    if row.closed_at is not None:
        said = OUTCOMES[row.outcome or "ohne_beschluss"]
        raise Conflict("Dieser Umlauf ist beendet: {outcome}.", "This circular is over: {outcome_en}.",
                       outcome=said.de, outcome_en=said.en)


def _chair_for(work: Work, row: Circular) -> bool | None:
    chair = next((person.id for seat, person in members(work, row) if seat.function == "chair"), None)
    given = own_vote(work, row, chair) if chair is not None else None
    return {"ja": True, "nein": False}.get(given.choice) if given is not None else None


def _paragraph(orders: Orders, row: Circular) -> str:
    return PARAGRAPH if row.emergency is not None else orders.basis["circular"]


def _write(work: Work, row: Circular, template: str, readers: list[Person], **values: Any) -> None:
    body = work.get(Body, row.body_id)
    for reader in readers:
        notices.queue(work, reader.mail, template, reader.language, title=row.question, gremium=body.name,
                      bis=f"{row.last_day:%d.%m.%Y}",
                      url=f"{work.settings.base_url}/meine-sitzungen/umlauf/{row.id}", **values)
