"""Invitations: who was invited when and how, who has received it, who comes."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import agendas, calendar_files, deadlines, meetings, standing_orders
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Conflict, Invalid, NotFound, Sentence
from engine.history import events
from engine.identity import bodies
from engine.identity.bodies import BERLIN, Body
from engine.identity.people import Person
from engine.work import Work

ANSWERS: dict[str, Sentence] = {
    "kommt": Sentence("Ich komme", "I come"),
    "kommt_nicht": Sentence("Ich komme nicht", "I do not come"),
    "vertretung": Sentence("Meine Vertretung kommt", "My deputy comes"),
}


class Invitation(Table):
    """One member's invitation to one meeting; what is sent anew (moved, changed) renews it."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    sequence: Mapped[int]
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    """When it counts as received: by mail the moment it is sent, by hand what the office notes"""
    waived: Mapped[bool]
    """The member waived the form or period"""
    answer: Mapped[str | None] = mapped_column(String(16))
    deputy_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


def of(work: Work, meeting: Meeting) -> list[tuple[Invitation, Person]]:
    """Who was invited, by name."""
    query = select(Invitation, Person).join(Person, Person.id == Invitation.person_id)
    rows = work.session.execute(query.where(Invitation.meeting_id == meeting.id).order_by(Person.name, Person.id))
    return [(invitation, person) for invitation, person in rows]


def own(work: Work, meeting: Meeting, person_id: UUID) -> Invitation | None:
    """One person's invitation to the meeting, or None."""
    return work.session.scalar(
        select(Invitation).where(Invitation.meeting_id == meeting.id, Invitation.person_id == person_id))


def check_notice(work: Work, meeting: Meeting, received_on: date, *, urgent: bool) -> None:
    """Refuse an invitation that would be received too late (§ 27 Abs. 3 LKO, § 34 Abs. 3 GemO).

    Day of receipt and day of meeting do not count. Urgent: the shortened
    period, and only for items that cannot wait.
    """
    orders = standing_orders.of(work, work.get(Body, meeting.body_id))
    days = orders.urgent_days if urgent else orders.notice_days
    last = deadlines.last_receipt_day(meeting.day, days)
    if received_on > last:
        if urgent or received_on > deadlines.last_receipt_day(meeting.day, orders.urgent_days):
            raise Invalid(
                "Auch mit verkürzter Frist hätte die Einladung spätestens am {last} zugehen müssen: Zwischen Zugang "
                "und Sitzung muss mindestens {days} voller Tag liegen ({basis}). Bitte verlegen Sie die Sitzung.",
                "Even with the shortened period the invitation would have had to be received by {last}: at least "
                "{days} full day must lie between receipt and meeting ({basis}). Please move the meeting.",
                last=f"{deadlines.last_receipt_day(meeting.day, orders.urgent_days):%d.%m.%Y}",
                days=orders.urgent_days, basis=orders.basis["urgent_days"],
            )
        raise Invalid(
            "Die Ladungsfrist ist nicht gewahrt: Spätestens am {last} hätte die Einladung zugehen müssen, denn {days} "
            "volle Tage müssen dazwischen liegen ({basis}). Sie können nur zu Punkten, die keinen Aufschub dulden, mit "
            "verkürzter Frist einladen oder die Sitzung verlegen.",
            "The notice period is not kept: the invitation would have had to be received by {last}, since {days} full "
            "days must lie between ({basis}). You can invite with the shortened period, for urgent items only, or move "
            "the meeting.", last=f"{last:%d.%m.%Y}", days=days, basis=orders.basis["notice_days"],
        )
    if urgent:
        waiting = [item.title for item in agendas.of(work, meeting)
                   if item.role != "formalie" and item.result is None and not item.urgent]
        if waiting:
            raise Invalid(
                "Mit verkürzter Frist dürfen nur dringliche Punkte auf die Tagesordnung (§ 34 Abs. 3 Satz 2 GemO "
                "entsprechend). Bitte nehmen Sie herunter oder begründen Sie als dringlich: {titles}.",
                "With the shortened period only urgent items may be on the agenda (as § 34 Abs. 3 Satz 2 GemO). "
                "Please take off or mark as urgent: {titles}.", titles=", ".join(waiting),
            )


def send(work: Work, meeting_id: UUID, *, urgent: bool = False) -> Meeting:
    """Invite all members of the body to the meeting; mail counts as received on the day it is sent.

    Invalid, with the paragraph and the last possible day, where the notice
    period is not kept, nobody has a seat, or nobody can chair.
    """
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    if meeting.state not in ("terminiert", "eingeladen"):
        raise Conflict("Zu dieser Sitzung kann nicht mehr eingeladen werden. Sie ist: {state}.",
                       "Nobody can be invited to this meeting any more. It is: {state_en}.",
                       state=meetings.STATES[meeting.state].de, state_en=meetings.STATES[meeting.state].en)
    check_notice(work, meeting, bodies.today(work), urgent=urgent)
    body = work.get(Body, meeting.body_id)
    members = bodies.members_on(work, body, meeting.day)
    if not any(seat.function in ("chair", "deputy_chair") for seat, _ in members):
        raise Invalid(
            "„{name}“ hat niemanden im Vorsitz und in dessen Stellvertretung. Bitte lassen Sie in der Verwaltung einen "
            "Sitz mit der Funktion Vorsitz vergeben; ohne Vorsitz kann die Sitzung nicht geleitet werden (§ 29 LKO).",
            "“{name_en}” has neither chair nor deputy chair. Please have a seat given with the function of chair; "
            "without one nobody can lead the meeting (§ 29 LKO).", name=body.name, name_en=body.name_en,
        )
    earlier = {row.person_id: row for row, _ in of(work, meeting)}
    for _, person in members:
        row = earlier.get(person.id)
        if row is None:
            row = work.add(Invitation(meeting_id=meeting.id, person_id=person.id, sequence=meeting.sequence,
                                      sent_at=work.now, received_at=work.now, waived=False, answer=None,
                                      deputy_id=None, answered_at=None))
        elif row.sequence != meeting.sequence:
            row.sequence, row.sent_at, row.received_at, row.waived = meeting.sequence, work.now, work.now, False
            row.answer, row.deputy_id, row.answered_at = None, None, None
    meeting.state, meeting.invited_at, meeting.urgent = "eingeladen", work.now, urgent
    meeting.version += 1
    events.record(work, "meeting.invited", meeting, instance, for_id=for_id, urgent=urgent,
                  persons=[person.id for _, person in members], last_day=deadlines.last_receipt_day(
                      meeting.day, standing_orders.of(work, body).notice_days))
    calendar_files.tell(work, meeting, "meeting_invited", [person for _, person in members])
    return meeting


def tell_change(work: Work, meeting: Meeting, template: str) -> None:
    """Tell everybody who was invited, and the deputies they named, that the meeting was moved or cancelled."""
    rows = of(work, meeting)
    deputies = [work.get(Person, row.deputy_id) for row, _ in rows if row.deputy_id is not None]
    calendar_files.tell(work, meeting, template, [*(person for _, person in rows), *deputies])


def received(work: Work, invitation_id: UUID, at: datetime | None) -> Invitation:
    """Note when an invitation was really received (None: not yet); it decides whether the period was kept."""
    for_id = meetings.require_office(work)
    row = work.get(Invitation, invitation_id)
    _, instance = meetings.locked(work, row.meeting_id)
    if at is not None and not row.sent_at - timedelta(days=1) <= at <= max(work.now, row.sent_at):
        raise Invalid("Der Zugang liegt vor dem Versand oder in der Zukunft. Bitte prüfen Sie den Tag.",
                      "The receipt lies before the sending or in the future. Please check the day.",
                      fields={"received_at": [Sentence("Bitte prüfen Sie den Tag.", "Please check the day.")]})
    row.received_at = at
    events.record(work, "invitation.received", row, instance, for_id=for_id, person=row.person_id, received_at=at)
    return row


def waive(work: Work, meeting_id: UUID, person_id: UUID) -> Invitation:
    """Note that a member waives form and period of the invitation (§ 34 Abs. 4 GemO)."""
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    row = own(work, meeting, person_id)
    if row is None:
        raise not_invited()
    row.waived = True
    events.record(work, "invitation.waived", row, instance, for_id=for_id, person=person_id)
    return row


def late(work: Work, meeting: Meeting) -> list[tuple[Invitation, Person]]:
    """The members whose invitation was received too late or not at all, and who have not waived it."""
    orders = standing_orders.of(work, work.get(Body, meeting.body_id))
    last = deadlines.last_receipt_day(meeting.day, orders.urgent_days if meeting.urgent else orders.notice_days)
    return [(row, person) for row, person in of(work, meeting) if not row.waived
            and (row.received_at is None or row.received_at.astimezone(BERLIN).date() > last)]


def answer(work: Work, meeting_id: UUID, said: str, *, person_id: UUID | None = None,
           deputy_id: UUID | None = None) -> Invitation:
    """Say whether a member comes: the actor for themselves, a deputy for the member, or the office for *person_id*."""
    meeting, instance = meetings.locked(work, meeting_id)
    if person_id is None:
        for_id = meetings.require_member(work, meeting)
        person_id = for_id or work.actor.id
    else:
        for_id = meetings.require_office(work)
    row = own(work, meeting, person_id) if person_id is not None else None
    if row is None:
        raise not_invited()
    if said not in ANSWERS:
        raise Invalid("Bitte wählen Sie eine der Antworten.", "Please choose one of the answers.",
                      fields={"answer": [Sentence("Bitte eine der Antworten wählen.", "Please choose an answer.")]})
    if meeting.state != "eingeladen":
        raise Conflict("Die Sitzung ist schon {state}. Bitte melden Sie sich beim Sitzungsdienst.",
                       "The meeting is {state_en} already. Please turn to the council's office.",
                       state=meetings.STATES[meeting.state].de, state_en=meetings.STATES[meeting.state].en)
    if said == "vertretung":
        _check_deputy(work, meeting, person_id, deputy_id)
    row.answer, row.deputy_id, row.answered_at = said, deputy_id if said == "vertretung" else None, work.now
    events.record(work, "invitation.answered", row, instance, for_id=for_id, person=person_id, answer=said,
                  deputy=row.deputy_id)
    if row.deputy_id is not None:
        calendar_files.tell(work, meeting, "meeting_invited", [work.get(Person, row.deputy_id)])
    return row


def not_invited() -> NotFound:
    """The sentence for somebody who was not invited."""
    return NotFound("Zu dieser Sitzung sind Sie nicht eingeladen. Zuständig ist der Sitzungsdienst.",
                    "You are not invited to this meeting. The council's office is in charge.")


def _check_deputy(work: Work, meeting: Meeting, person_id: UUID | None, deputy_id: UUID | None) -> None:
    body = work.get(Body, meeting.body_id)
    if not standing_orders.of(work, body).deputies:
        raise Invalid("In „{name}“ gibt es keine Vertretung: Das Mandat übt jedes Mitglied selbst aus (§ 23 LKO).",
                      "“{name_en}” knows no deputies: each member exercises the mandate in person (§ 23 LKO).",
                      fields={"answer": [Sentence("Hier nicht möglich.", "Not possible here.")]},
                      name=body.name, name_en=body.name_en)
    if deputy_id is None or work.session.get(Person, deputy_id) is None or deputy_id == person_id:
        raise Invalid("Bitte wählen Sie, wer Sie vertritt.", "Please choose who stands in for you.",
                      fields={"deputy": [Sentence("Bitte eine Person wählen.", "Please choose a person.")]})
