"""Meetings of the bodies: planned, convened, invited to, held, closed, moved or cancelled.

A meeting's history is the chain of the process instance that leads it
(s_sitzungszyklus); the row holds where it stands.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import calendars, deadlines, standing_orders
from engine.database import Table
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Sentence
from engine.history import events
from engine.identity import bodies, permissions
from engine.identity.bodies import BERLIN, Body
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.work import Page, Work

STATES: dict[str, Sentence] = {
    "geplant": Sentence("geplant", "planned"),
    "terminiert": Sentence("terminiert", "scheduled"),
    "eingeladen": Sentence("eingeladen", "invited"),
    "laeuft": Sentence("läuft", "in session"),
    "durchgefuehrt": Sentence("durchgeführt", "held"),
    "abgesagt": Sentence("abgesagt", "cancelled"),
}
"""Planned: a date only. Scheduled: its process runs and it takes items up. Then as OParl names them."""
FORMS: dict[str, Sentence] = {
    "praesenz": Sentence("in Präsenz", "in person"),
    "hybrid": Sentence("hybrid", "hybrid"),
    "digital": Sentence("digital", "digital"),
}


class Meeting(Table):
    """One meeting of one body."""

    __tablename__ = "meeting"
    __table_args__ = (Index("ix_meeting_starts", "starts_at"), Index("ix_meeting_body", "body_id", "starts_at"))

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id))
    instance_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The process instance that leads it; None while it is only planned"""
    starts_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(256))
    form: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    public: Mapped[bool]
    """Whether it is public at all; each item says so for itself"""
    sequence: Mapped[int]
    """How often what members were told has changed: SEQUENCE of RFC 5545"""
    editorial_at: Mapped[datetime]
    """Until when items are taken up"""
    invited_at: Mapped[datetime | None]
    urgent: Mapped[bool]
    """Whether it was convened with the shortened notice period, for urgent items only"""
    notice_found: Mapped[str | None] = mapped_column(String(32))
    """What was found at the opening about the invitation: ordnungsgemaess, geheilt or dringlich_festgestellt"""
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    chair_id: Mapped[UUID | None]
    """Who chairs it this time"""
    recorder_id: Mapped[UUID | None]
    reason: Mapped[str]
    """Why it was moved or cancelled, as members and public read it"""
    version: Mapped[int]
    """Grows with each change of what stands on its sheet, so that nobody overwrites what they have not seen"""

    @property
    def day(self) -> date:
        """The day of the meeting in the county."""
        return self.starts_at.astimezone(BERLIN).date()


HORIZON = timedelta(days=420)
"""How far beyond the day on which a meeting is convened its body's rule becomes dates: more than a year."""
MOVED, CANCELLED = "sitzung_verlegt", "sitzung_abgesagt"
"""The messages that tell a meeting's process what became of it."""
AHEAD = ("geplant", "terminiert", "eingeladen")
"""The states in which a meeting can still be moved or cancelled."""


def show(work: Work, meeting_id: UUID) -> Meeting:
    """The meeting; NotFound if there is none."""
    return work.get(Meeting, meeting_id)


def locked(work: Work, meeting_id: UUID) -> tuple[Meeting, Instance]:
    """The meeting and the instance that leads it, both locked; Conflict while it is only planned."""
    instance_id = work.session.scalar(select(Meeting.instance_id).where(Meeting.id == meeting_id))
    if instance_id is None:
        show(work, meeting_id)
        raise Conflict("Diese Sitzung ist erst geplant. Sobald sie anberaumt ist, können Sie daran arbeiten.",
                       "This meeting is only planned. You can work on it once it is convened.")
    instance = instances.lock(work, instance_id)
    query = select(Meeting).where(Meeting.id == meeting_id).with_for_update().execution_options(populate_existing=True)
    return work.session.scalars(query).one(), instance


def require_office(work: Work) -> UUID | None:
    """For whom the actor acts as the council's office; Forbidden for all others."""
    return permissions.require(work, "council")


def require_member(work: Work, meeting: Meeting) -> UUID | None:
    """For whom the actor takes part in the meeting: None on their own seat, else the member represented."""
    body = work.get(Body, meeting.body_id)
    held = permissions.rights(work)
    if work.actor.kind == "engine" or body.key in held:
        return held.get(body.key)
    raise Forbidden("Diese Sitzung gehört zu „{name}“. Dort haben Sie keinen Sitz und keine Vertretung.",
                    "This meeting belongs to “{name_en}”, where you have no seat and stand in for nobody.",
                    name=body.name, name_en=body.name_en)


def plan(work: Work, body: Body, starts_at: datetime, *, place: str = "", form: str = "praesenz") -> Meeting:
    """Add a single date to a body's calendar; its process is started when the body's calendar convenes it.

    Invalid for a moment that has passed and for a day on which the body meets already.
    """
    require_office(work)
    _check_moment(work, body, starts_at, None)
    if form not in FORMS:
        raise Invalid("Bitte wählen Sie, wie die Sitzung stattfindet.", "Please choose how the meeting is held.",
                      fields={"form": [Sentence("Bitte eine der Möglichkeiten wählen.", "Please choose an option.")]})
    orders = standing_orders.of(work, body)
    if form != "praesenz" and not orders.hybrid:
        raise Invalid(
            "Hybride und digitale Sitzungen braucht die Geschäftsordnung des Gremiums (§ 35a GemO entsprechend). Bitte "
            "planen Sie die Sitzung in Präsenz.",
            "Hybrid and digital meetings need the body's rules of procedure (as § 35a GemO). Please plan the meeting "
            "in person.",
        )
    meeting = _planned(work, body, starts_at, place or _usual_place(work, body), form)
    calendars.tell(work, body)
    return meeting


def plan_by_rule(work: Work, body: Body) -> tuple[Meeting | None, datetime | None]:
    """Make meetings of the dates that the body's rule names, and say which is to be convened next, and when.

    None, None where no date is known.
    """
    calendar = calendars.of(work, body)
    orders = standing_orders.of(work, body)
    lead = timedelta(weeks=orders.lead_weeks)
    if calendar is not None:
        until = work.now + lead + HORIZON
        known = {meeting.day for meeting in _of_body(work, body)}
        for moment in calendars.dates(calendar, max(work.now, calendar.planned_to or work.now), until):
            if moment.date() not in known:
                _planned(work, body, moment, calendar.place, "praesenz")
        calendar.planned_to = until
    query = select(Meeting).where(Meeting.body_id == body.id, Meeting.state == "geplant", Meeting.starts_at > work.now)
    found = work.session.scalar(query.order_by(Meeting.starts_at).limit(1))
    return (found, max(work.now, found.starts_at - lead)) if found is not None else (None, None)


def forget_planned(work: Work, body: Body) -> None:
    """Take back the dates that nobody has been told of, because the body's rule has changed."""
    work.session.execute(delete(Meeting).where(Meeting.body_id == body.id, Meeting.state == "geplant"))


def attach(work: Work, meeting: Meeting, instance: Instance) -> None:
    """Let *instance* lead the meeting from now on, by the body's orders of this moment; it takes items up."""
    body = work.get(Body, meeting.body_id)
    orders = standing_orders.of(work, body)
    meeting.public = orders.public
    meeting.editorial_at = deadlines.editorial_deadline(meeting.day, orders.editorial_days)
    meeting.instance_id, meeting.state = instance.id, "terminiert"
    instance.subject_id, instance.business_key = meeting.id, f"{body.key}-{meeting.day:%Y%m%d}"[:64]
    instance.title = f"{body.name}, {meeting.day:%d.%m.%Y}"
    events.record(work, "meeting.convened", meeting, instance, body=body.key, starts_at=meeting.starts_at,
                  place=meeting.place, sequence=meeting.sequence)


def move(work: Work, meeting_id: UUID, starts_at: datetime, *, place: str, reason: str) -> Meeting:
    """Give a meeting another date: its notice period begins again, and who was invited is told at once.

    Its items stay. Invalid for a moment that has passed or without a reason,
    Conflict once it has begun.
    """
    require_office(work)
    meeting = show(work, meeting_id)
    instance = None
    if meeting.instance_id is not None:
        meeting, instance = locked(work, meeting_id)
    body = work.get(Body, meeting.body_id)
    _require_ahead(meeting)
    _check_moment(work, body, starts_at, meeting)
    _check_reason(reason)
    before, was_invited = meeting.starts_at, meeting.state == "eingeladen"
    orders = standing_orders.of(work, body)
    meeting.starts_at, meeting.place, meeting.reason = starts_at, place.strip() or meeting.place, reason.strip()
    meeting.editorial_at = deadlines.editorial_deadline(meeting.day, orders.editorial_days)
    meeting.sequence, meeting.version = meeting.sequence + 1, meeting.version + 1
    meeting.invited_at, meeting.urgent = None, False
    events.record(work, "meeting.moved", meeting, instance, before=before, starts_at=starts_at, place=meeting.place,
                  reason=meeting.reason, was_invited=was_invited)
    if instance is None:
        calendars.tell(work, body)
    else:
        meeting.state = "terminiert"
        instances.deliver(work, MOVED, str(meeting.id), {"grund": meeting.reason, "war_eingeladen": was_invited})
    return meeting


def cancel(work: Work, meeting_id: UUID, *, reason: str) -> Meeting:
    """Call a meeting off: who was invited is told, its items go to the next meeting. Conflict once it has begun."""
    require_office(work)
    meeting = show(work, meeting_id)
    instance = None
    if meeting.instance_id is not None:
        meeting, instance = locked(work, meeting_id)
    _require_ahead(meeting)
    _check_reason(reason)
    meeting.reason, meeting.sequence, meeting.version = reason.strip(), meeting.sequence + 1, meeting.version + 1
    meeting.state = "abgesagt"
    events.record(work, "meeting.cancelled", meeting, instance, reason=meeting.reason)
    if instance is None:
        calendars.tell(work, work.get(Body, meeting.body_id))
    else:
        instances.deliver(work, CANCELLED, str(meeting.id), {"grund": meeting.reason})
    return meeting


def open_session(
    work: Work, meeting_id: UUID, *, chair_id: UUID, recorder_id: UUID, notice_found: str = "ordnungsgemaess"
) -> Meeting:
    """Open the meeting: who chairs and records it, and what was found about the invitation (§ 34 Abs. 4 GemO).

    Conflict if nobody was invited, before its day, and once it is open.
    """
    for_id = require_office(work)
    meeting, instance = locked(work, meeting_id)
    if meeting.state != "eingeladen":
        raise Conflict(
            "Eröffnet werden kann nur eine Sitzung, zu der eingeladen ist (§ 27 LKO). Diese ist: {state}.",
            "Only a meeting that members were invited to can be opened (§ 27 LKO). This one is: {state_en}.",
            state=STATES[meeting.state].de, state_en=STATES[meeting.state].en,
        )
    if meeting.day > work.now.astimezone(BERLIN).date():
        raise Conflict("Die Sitzung ist erst am {day}. Eröffnen können Sie sie an diesem Tag.",
                       "The meeting is on {day}. You can open it on that day.", day=f"{meeting.day:%d.%m.%Y}")
    meeting.state, meeting.opened_at = "laeuft", work.now
    meeting.chair_id, meeting.recorder_id, meeting.notice_found = chair_id, recorder_id, notice_found
    meeting.version += 1
    events.record(work, "meeting.opened", meeting, instance, for_id=for_id, chair=chair_id, recorder=recorder_id,
                  notice=notice_found)
    return meeting


def next_open(work: Work, key: str, after: datetime | None = None, *, urgent: bool = False) -> Meeting | None:
    """The next meeting of the body under *key* that still takes items up (later than *after*), or None.

    Urgent ones are taken up after the editorial deadline, too, until the invitation.
    """
    query = select(Meeting).join(Body, Body.id == Meeting.body_id).where(
        Body.key == key, Meeting.state == "terminiert", Meeting.starts_at > (after or work.now),
    )
    if not urgent:
        query = query.where(Meeting.editorial_at > work.now)
    return work.session.scalar(query.order_by(Meeting.starts_at, Meeting.id).limit(1))


def listing(
    work: Work, *, body: Body | None = None, since: datetime | None = None, until: datetime | None = None,
    states: Collection[str] = (), public: bool | None = None, latest_first: bool = False, number: int = 1,
    size: int = 100,
) -> Page:
    """Meetings by their moment, as a page; *since* is included, *until* is not."""
    query = select(Meeting)
    if body is not None:
        query = query.where(Meeting.body_id == body.id)
    if since is not None:
        query = query.where(Meeting.starts_at >= since)
    if until is not None:
        query = query.where(Meeting.starts_at < until)
    if states:
        query = query.where(Meeting.state.in_(states))
    if public is not None:
        query = query.where(Meeting.public == public)
    total = work.session.scalar(query.with_only_columns(func.count(Meeting.id))) or 0
    order = (Meeting.starts_at.desc(), Meeting.id.desc()) if latest_first else (Meeting.starts_at, Meeting.id)
    rows = work.session.scalars(query.order_by(*order).offset((number - 1) * size).limit(size))
    return Page(list(rows), total, number, size)


def previous(work: Work, meeting: Meeting) -> Meeting | None:
    """The last meeting of the same body that was held before this one."""
    query = select(Meeting).where(Meeting.body_id == meeting.body_id, Meeting.starts_at < meeting.starts_at,
                                  Meeting.state == "durchgefuehrt")
    return work.session.scalar(query.order_by(Meeting.starts_at.desc()).limit(1))


def following(work: Work, meeting: Meeting) -> Meeting | None:
    """The next meeting of the same body after this one that was not cancelled."""
    query = select(Meeting).where(Meeting.body_id == meeting.body_id, Meeting.starts_at > meeting.starts_at,
                                  Meeting.state != "abgesagt")
    return work.session.scalar(query.order_by(Meeting.starts_at).limit(1))


def body_of(work: Work, key: str) -> Body:
    """The body under *key*; NotFound if there is none."""
    body = bodies.find(work, key)
    if body is None:
        raise NotFound("Das Gremium „{key}“ gibt es nicht.", "There is no body “{key}”.", key=key)
    return body


def _planned(work: Work, body: Body, starts_at: datetime, place: str, form: str) -> Meeting:
    orders = standing_orders.of(work, body)
    day = starts_at.astimezone(BERLIN).date()
    meeting = work.add(Meeting(
        body_id=body.id, instance_id=None, starts_at=starts_at, place=place.strip(), form=form, state="geplant",
        public=orders.public, sequence=0, editorial_at=deadlines.editorial_deadline(day, orders.editorial_days),
        invited_at=None, urgent=False, notice_found=None, opened_at=None, closed_at=None, chair_id=None,
        recorder_id=None, reason="", version=1,
    ))
    events.record(work, "meeting.planned", meeting, body=body.key, starts_at=starts_at)
    return meeting


def _of_body(work: Work, body: Body) -> list[Meeting]:
    return list(work.session.scalars(select(Meeting).where(Meeting.body_id == body.id)))


def _usual_place(work: Work, body: Body) -> str:
    calendar = calendars.of(work, body)
    return calendar.place if calendar is not None else ""


def _check_moment(work: Work, body: Body, starts_at: datetime, meeting: Meeting | None) -> None:
    said: list[Sentence] = []
    day = starts_at.astimezone(BERLIN).date()
    if starts_at <= work.now:
        said.append(Sentence("Dieser Zeitpunkt ist vorbei. Bitte wählen Sie einen künftigen.",
                             "This moment has passed. Please choose one to come."))
    elif any(other.day == day and other.state != "abgesagt" and (meeting is None or other.id != meeting.id)
             for other in _of_body(work, body)):
        said.append(Sentence("An diesem Tag tagt das Gremium bereits.", "The body meets on this day already."))
    if said:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields={"starts_at": said})


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.",
                      fields={"reason": [Sentence("Bitte nennen Sie den Grund; alle Beteiligten lesen ihn.",
                                                  "Please give the reason; members and the public read it.")]})


def _require_ahead(meeting: Meeting) -> None:
    if meeting.state not in AHEAD:
        raise Conflict("Diese Sitzung ist schon {state} und lässt sich nicht mehr verlegen oder absagen.",
                       "This meeting is {state_en} already and can no longer be moved or cancelled.",
                       state=STATES[meeting.state].de, state_en=STATES[meeting.state].en)
