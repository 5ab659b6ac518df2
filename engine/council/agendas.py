"""The agenda: items of a meeting, from their registration to their result."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import meetings
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.identity import people
from engine.identity.bodies import BERLIN, Body
from engine.identity.people import MISSING
from engine.runtime.instances import Instance
from engine.work import Work

ROLES: dict[str, Sentence] = {
    "entscheidung": Sentence("Entscheidung", "Decision"),
    "vorberatung": Sentence("Vorberatung", "Preliminary advice"),
    "anhoerung": Sentence("Anhörung", "Hearing"),
    "kenntnisnahme": Sentence("Kenntnisnahme", "Information"),
    "formalie": Sentence("Formalie", "Formality"),
}
RESULTS: dict[str, Sentence] = {
    "beschlossen": Sentence("beschlossen", "adopted"),
    "geaendert_beschlossen": Sentence("geändert beschlossen", "adopted with changes"),
    "abgelehnt": Sentence("abgelehnt", "rejected"),
    "empfohlen": Sentence("empfohlen", "recommended"),
    "empfohlen_mit_aenderung": Sentence("mit Änderung empfohlen", "recommended with changes"),
    "nicht_empfohlen": Sentence("nicht empfohlen", "not recommended"),
    "zurueck": Sentence("zur Überarbeitung zurückgegeben", "sent back for revision"),
    "vertagt": Sentence("vertagt", "adjourned"),
    "verwiesen": Sentence("verwiesen", "referred"),
    "zur_kenntnis": Sentence("zur Kenntnis genommen", "noted"),
    "abgesetzt": Sentence("abgesetzt", "taken off the agenda"),
}
MAJORITIES: dict[str, Sentence] = {
    "einfach": Sentence("Mehrheit der abgegebenen Stimmen", "majority of the votes cast"),
    "zwei_drittel_anwesend": Sentence("zwei Drittel der Anwesenden", "two thirds of those present"),
    "zwei_drittel_gesetzlich": Sentence("zwei Drittel der gesetzlichen Zahl", "two thirds of the statutory number"),
    "mehrheit_gesetzlich": Sentence("Mehrheit der gesetzlichen Zahl", "majority of the statutory number"),
}


class AgendaItem(Table):
    """One item, on the agenda of a meeting or (taken off, adjourned) of a past one."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        Index("ix_agenda_item_meeting", "meeting_id", "position"), Index("ix_agenda_item_subject", "subject_id"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    position: Mapped[int]
    """Its place among the items of its part, from 1 on; public before non-public"""
    title: Mapped[str] = mapped_column(String(256))
    note: Mapped[str]
    """What members read below the title"""
    public: Mapped[bool]
    public_reason: Mapped[str]
    """Why it is not public"""
    role: Mapped[str] = mapped_column(String(16))
    majority: Mapped[str] = mapped_column(String(32))
    proposal: Mapped[str]
    """The wording that is put to the vote: Beschlussvorschlag, or what it became in the meeting"""
    paper_number: Mapped[str] = mapped_column(String(64))
    answer_to: Mapped[str | None] = mapped_column(String(256))
    """Under which correlation the process that registered it waits for the result; None: nobody does"""
    subject_id: Mapped[UUID | None]
    """The idea it is about"""
    business_key: Mapped[str] = mapped_column(String(64))
    """The idea's number"""
    urgent: Mapped[bool]
    second_invitation: Mapped[bool]
    """Convened for the second time for the same matter; the invitation says that three members suffice"""
    added_later: Mapped[bool]
    """Put on the agenda after the invitation, by urgency and two thirds"""
    chair_votes: Mapped[bool]
    withdrawn: Mapped[bool]
    """Whether who registered it has withdrawn it after the invitation; the body can take it off"""
    registered_at: Mapped[datetime]
    carried_from_id: Mapped[UUID | None]
    """The adjourned item it goes on from"""
    result: Mapped[str | None] = mapped_column(String(32))
    """A key of RESULTS; None while it is open"""
    wording: Mapped[str]
    """The resolution as it was passed"""
    referred_to: Mapped[str] = mapped_column(String(64))
    called_at: Mapped[datetime | None]
    """When the chair called it"""
    settled_at: Mapped[datetime | None]
    ruling: Mapped[dict[str, Any] | None]
    """The rule and paragraph that gave the result, with the numbers it looked at"""
    version: Mapped[int]


OPENING: tuple[Sentence, ...] = (
    Sentence("Eröffnung, Feststellung der ordnungsgemäßen Ladung und der Beschlussfähigkeit",
             "Opening, finding on the invitation and the quorum"),
    Sentence("Änderungen der Tagesordnung", "Changes of the agenda"),
    Sentence("Einwendungen gegen die letzte Niederschrift", "Objections to the last minutes"),
)
CLOSING: tuple[Sentence, ...] = (
    Sentence("Mitteilungen", "Notices"),
    Sentence("Anfragen", "Questions"),
)
"""The formalities of each meeting, as practice has them; nothing is decided under them (§ 34 GemO)."""
FIRST, LAST = 100, 9_000
"""Where the items between the formalities begin, and where the formalities at the end do."""


def of(work: Work, meeting: Meeting) -> list[AgendaItem]:
    """The agenda in its order: public before non-public."""
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)
    return list(work.session.scalars(query.order_by(AgendaItem.public.desc(), AgendaItem.position, AgendaItem.id)))


def numbers(items: list[AgendaItem]) -> dict[UUID, str]:
    """What each item of an agenda is called: "Ö 1", "Ö 2", …, "N 1", …"""
    counts = {True: 0, False: 0}
    found = {}
    for item in items:
        counts[item.public] += 1
        found[item.id] = f"{'Ö' if item.public else 'N'} {counts[item.public]}"
    return found


def locked(work: Work, item_id: UUID) -> tuple[AgendaItem, Meeting, Instance]:
    """The item, its meeting and the meeting's instance, locked."""
    meeting, instance = meetings.locked(work, work.get(AgendaItem, item_id).meeting_id)
    query = select(AgendaItem).where(AgendaItem.id == item_id).execution_options(populate_existing=True)
    return work.session.scalars(query).one(), meeting, instance


def require_version(work: Work, item: AgendaItem, version: int | None) -> None:
    """Conflict if somebody changed the item since *version* was seen; None does not ask."""
    if version is None or version == item.version:
        return
    last = work.session.execute(
        select(events.Event.actor_id, events.Event.at).where(events.Event.subject_id == item.id)
        .order_by(events.Event.at.desc(), events.Event.seq.desc()).limit(1)
    ).one_or_none()
    name = people.names(work, {last.actor_id}).get(last.actor_id) if last is not None and last.actor_id else None
    at = (last.at if last is not None else work.now).astimezone(BERLIN)
    raise Conflict(
        "{name} hat diesen Punkt um {time} Uhr geändert. Ihre Eingaben sind noch da: Bitte sehen Sie sich den neuen "
        "Stand an und speichern Sie dann noch einmal.",
        "{name} changed this item at {time}. What you typed is still there: please look at what it says now and save "
        "again.", name=name or "Reifegrad", time=f"{at:%H:%M}",
    )


def formalities(work: Work, meeting: Meeting, instance: Instance) -> None:
    """Put the formalities on the agenda of a meeting that has none yet."""
    if of(work, meeting):
        return
    for first, titles in ((1, OPENING), (LAST, CLOSING)):
        for position, title in enumerate(titles, first):
            _add(work, meeting, instance, title=title.de, role="formalie", position=position)


def register(
    work: Work, meeting: Meeting, instance: Instance, *, title: str, answer_to: str | None, role: str = "entscheidung",
    public: bool = True, public_reason: str = "", proposal: str = "", paper_number: str = "",
    subject_id: UUID | None = None, business_key: str = "", urgent: bool = False, second_invitation: bool = False,
    majority: str = "einfach", note: str = "",
) -> AgendaItem:
    """Put an item that a process registers on the agenda of *meeting*, or of the body's next one that takes items up.

    Urgent items are taken up until the invitation is sent. An item that waits
    for its result already is not registered twice. Invalid if no meeting of the
    body takes items up. *instance* is the locked instance of *meeting*.
    """
    body = work.get(Body, meeting.body_id)
    waiting = open_items(work, answer_to, body) if answer_to else []
    if waiting:
        return waiting[0]
    target: Meeting | None = meeting
    if not takes_up(work, meeting, urgent=urgent):
        target = meetings.next_open(work, body.key)
    if target is None:
        raise Invalid(
            "Für „{name}“ ist keine Sitzung anberaumt, die noch Punkte aufnimmt. Der Sitzungsdienst muss eine "
            "anberaumen.",
            "No meeting of “{name_en}” that takes items up is scheduled. The council's office has to schedule one.",
            name=body.name, name_en=body.name_en,
        )
    before = last_of(work, answer_to, body) if answer_to else None
    return _add(
        work, target, instance, title=title, role=role, public=public, public_reason=public_reason, proposal=proposal,
        paper_number=paper_number, answer_to=answer_to, subject_id=subject_id, business_key=business_key,
        urgent=urgent, second_invitation=second_invitation, majority=majority, note=note,
        carried_from_id=before.id if before is not None else None,
    )


def takes_up(work: Work, meeting: Meeting, *, urgent: bool = False) -> bool:
    """Whether the meeting takes items up: until its editorial deadline, urgent ones until the invitation."""
    if meeting.state != "terminiert":
        return False
    return work.now < (meeting.starts_at if urgent else meeting.editorial_at)


def add(
    work: Work, meeting_id: UUID, *, title: str, role: str = "entscheidung", public: bool = True,
    public_reason: str = "", proposal: str = "", note: str = "", majority: str = "einfach", urgent: bool = False,
    later: bool = False,
) -> AgendaItem:
    """Put an item on the agenda by hand; *later*: by a resolution of the meeting itself, urgent and with two thirds.

    Conflict after the invitation: then only the body can (§ 34 Abs. 7 GemO).
    """
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    _check(title, role, public, public_reason, majority)
    if meeting.state != ("laeuft" if later else "terminiert"):
        raise Conflict(
            "Nach der Einladung kann nur das Gremium selbst einen Punkt aufnehmen: wenn er dringlich ist und zwei "
            "Drittel der Anwesenden zustimmen (§ 34 Abs. 7 GemO entsprechend).",
            "After the invitation only the body itself can add an item: if it is urgent and two thirds of those "
            "present agree (as § 34 Abs. 7 GemO).",
        )
    return _add(work, meeting, instance, title=title, role=role, public=public, public_reason=public_reason,
                proposal=proposal, note=note, majority=majority, urgent=urgent or later, added_later=later,
                for_id=for_id)


def change(
    work: Work, item_id: UUID, version: int | None, *, title: str, public: bool, public_reason: str, role: str,
    majority: str, proposal: str, note: str, urgent: bool, chair_votes: bool = True,
) -> AgendaItem:
    """Change an item before the invitation; in the meeting its wording (`proposal`) and note only."""
    for_id = meetings.require_office(work)
    item, meeting, instance = locked(work, item_id)
    require_version(work, item, version)
    require_open(item)
    _check(title, role, public, public_reason, majority)
    fixed = {"title": title.strip(), "public": public, "role": role, "urgent": urgent}
    if meeting.state != "terminiert" and any(getattr(item, name) != value for name, value in fixed.items()):
        raise Conflict(
            "Zu dieser Sitzung ist schon eingeladen. Gegenstand und Öffentlichkeit eines Punktes stehen damit fest "
            "(§ 34 Abs. 2 und 7 GemO entsprechend); ändern lassen sich noch Wortlaut und Erläuterung.",
            "Members have been invited to this meeting. Matter and publicity of an item are fixed by that (as § 34 "
            "Abs. 2 and 7 GemO); wording and note can still be changed.",
        )
    item.title, item.public, item.public_reason, item.role = title.strip(), public, public_reason.strip(), role
    item.majority, item.proposal, item.note, item.urgent = majority, proposal.strip(), note.strip(), urgent
    item.chair_votes, item.version = chair_votes, item.version + 1
    events.record(work, "agenda_item.changed", item, instance, for_id=for_id, title=item.title, public=public,
                  proposal=item.proposal, role=role)
    return item


def move_to(work: Work, item_id: UUID, place: int) -> AgendaItem:
    """Give an item another place among those of its part, counted from 1. After the invitation: the body's majority."""
    for_id = meetings.require_office(work)
    item, meeting, instance = locked(work, item_id)
    row = [other for other in of(work, meeting) if other.public == item.public]
    row.remove(item)
    row.insert(min(max(place, 1), len(row) + 1) - 1, item)
    for position, other in enumerate(row, 1):
        other.position = position
    meeting.version += 1
    events.record(work, "agenda_item.moved", item, instance, for_id=for_id, title=item.title, place=place)
    return item


def take_off(work: Work, item_id: UUID, *, reason: str, by_body: bool = False) -> AgendaItem:
    """Take an item off the agenda: the office before the invitation, after it only the body with two thirds.

    Whoever registered it hears "abgesetzt" when the meeting is closed.
    """
    for_id = meetings.require_office(work)
    item, meeting, instance = locked(work, item_id)
    require_open(item)
    if meeting.state != "terminiert" and not by_body:
        raise Conflict(
            "Nach der Einladung kann nur das Gremium selbst einen Punkt absetzen, mit zwei Dritteln der Anwesenden "
            "(§ 34 Abs. 7 GemO entsprechend). Bitte lassen Sie in der Sitzung darüber abstimmen.",
            "After the invitation only the body itself can take an item off, with two thirds of those present (as "
            "§ 34 Abs. 7 GemO). Please have the meeting vote on it.",
        )
    return _settled(work, item, instance, for_id, "abgesetzt", wording=reason.strip(), ruling=None)


def withdraw(work: Work, answer_to: str) -> bool:
    """Take the open items of a process that is withdrawn off, as far as nobody was invited to them yet.

    False if the body has to do it, since the invitation has been sent (§ 34 Abs. 7 GemO), or has decided.
    """
    decided = select(AgendaItem.id).where(AgendaItem.answer_to == answer_to, AgendaItem.role == "entscheidung",
                                          AgendaItem.result.in_(("beschlossen", "geaendert_beschlossen")))
    done = work.session.scalar(decided.limit(1)) is None
    for found in open_items(work, answer_to):
        item, meeting, instance = locked(work, found.id)
        if meeting.state == "terminiert":
            item.answer_to = None
            _settled(work, item, instance, None, "abgesetzt", wording="", ruling=None)
        else:
            item.withdrawn, item.version, done = True, item.version + 1, False
            events.record(work, "agenda_item.withdrawn", item, instance, title=item.title)
    return done


def settle(
    work: Work, item_id: UUID, *, result: str, wording: str = "", ruling: dict[str, Any] | None = None,
    referred_to: str = "", version: int | None = None,
) -> AgendaItem:
    """Write down what came of an item in the meeting; *ruling*: the rule, the paragraph and the numbers behind it.

    Conflict if the meeting is not in session or the item has a result already.
    """
    for_id = meetings.require_office(work)
    item, meeting, instance = locked(work, item_id)
    require_version(work, item, version)
    require_open(item)
    if meeting.state != "laeuft":
        raise Conflict("Ergebnisse lassen sich nur während der Sitzung festhalten. Diese ist: {state}.",
                       "Results can only be recorded during the meeting. This one is: {state_en}.",
                       state=meetings.STATES[meeting.state].de, state_en=meetings.STATES[meeting.state].en)
    if result not in RESULTS:
        raise Invalid("Bitte wählen Sie eines der Ergebnisse.", "Please choose one of the results.",
                      fields={"result": [Sentence("Bitte ein Ergebnis wählen.", "Please choose a result.")]})
    if item.role == "formalie" and result not in ("zur_kenntnis", "abgesetzt", "vertagt"):
        raise Invalid(
            "Unter „{title}“ kann nichts beschlossen werden: Was beschlossen wird, muss als eigener Punkt auf der "
            "Tagesordnung stehen (§ 34 GemO entsprechend).",
            "Nothing can be decided under “{title}”: what is decided must be an item of its own on the agenda (as "
            "§ 34 GemO).", title=item.title,
        )
    if result == "verwiesen" and not referred_to:
        raise Invalid("Bitte wählen Sie, an welches Gremium verwiesen wird.",
                      "Please choose which body it is referred to.",
                      fields={"referred_to": [Sentence("Bitte ein Gremium wählen.", "Please choose a body.")]})
    item.referred_to = referred_to
    return _settled(work, item, instance, for_id, result, wording=wording.strip(), ruling=ruling)


def close(work: Work, meeting: Meeting, instance: Instance) -> list[AgendaItem]:
    """Close the meeting: its formalities are done. Invalid if an item has no result yet. Returns the agenda."""
    items = of(work, meeting)
    left = [item.title for item in items if item.result is None and item.role != "formalie"]
    if meeting.state != "laeuft":
        raise Conflict("Schließen lässt sich nur eine Sitzung, die eröffnet ist.",
                       "Only an open meeting can be closed.")
    if left:
        raise Invalid(
            "Diese Punkte haben noch kein Ergebnis: {titles}. Bitte stimmen Sie darüber ab oder vertagen Sie sie.",
            "These items have no result yet: {titles}. Please vote on them or adjourn them.", titles=", ".join(left))
    for item in items:
        if item.result is None:
            item.result, item.settled_at = "zur_kenntnis", work.now
    meeting.state, meeting.closed_at, meeting.version = "durchgefuehrt", work.now, meeting.version + 1
    events.record(work, "meeting.closed", meeting, instance)
    return items


def release(work: Work, meeting: Meeting, instance: Instance) -> list[AgendaItem]:
    """Adjourn every open item of a meeting that was cancelled; whoever registered it registers it again."""
    items = [item for item in of(work, meeting) if item.result is None]
    for item in items:
        item.result, item.settled_at, item.version = "vertagt", work.now, item.version + 1
        events.record(work, "agenda_item.settled", item, instance, title=item.title, result="vertagt",
                      wording=meeting.reason)
    return items


def open_items(work: Work, answer_to: str | None, body: Body | None = None) -> list[AgendaItem]:
    """The items without a result whose result is sent under this correlation (of one body)."""
    query = select(AgendaItem).where(AgendaItem.answer_to == answer_to, AgendaItem.result.is_(None))
    if body is not None:
        query = query.join(Meeting, Meeting.id == AgendaItem.meeting_id).where(Meeting.body_id == body.id)
    return list(work.session.scalars(query.order_by(AgendaItem.registered_at)))


def last_of(work: Work, answer_to: str, body: Body) -> AgendaItem | None:
    """The last adjourned item of a matter in a body, which the next one goes on from."""
    query = select(AgendaItem).join(Meeting, Meeting.id == AgendaItem.meeting_id).where(
        AgendaItem.answer_to == answer_to, Meeting.body_id == body.id, AgendaItem.result == "vertagt")
    return work.session.scalar(query.order_by(AgendaItem.registered_at.desc()).limit(1))


def of_subject(work: Work, subject_id: UUID) -> list[tuple[AgendaItem, Meeting]]:
    """The items about one idea with their meetings, in the order of the meetings."""
    query = select(AgendaItem, Meeting).join(Meeting, Meeting.id == AgendaItem.meeting_id)
    rows = work.session.execute(query.where(AgendaItem.subject_id == subject_id).order_by(Meeting.starts_at))
    return [(item, meeting) for item, meeting in rows]


def require_open(item: AgendaItem) -> None:
    """Conflict if the item has a result already."""
    if item.result is not None:
        raise Conflict("Dieser Punkt hat schon ein Ergebnis: {result}.", "This item has a result already: {result_en}.",
                       result=RESULTS[item.result].de, result_en=RESULTS[item.result].en)


def _settled(
    work: Work, item: AgendaItem, instance: Instance, for_id: UUID | None, result: str, *, wording: str,
    ruling: dict[str, Any] | None,
) -> AgendaItem:
    item.result, item.wording, item.ruling = result, wording, ruling
    item.settled_at, item.version = work.now, item.version + 1
    events.record(work, "agenda_item.settled", item, instance, for_id=for_id, title=item.title, result=result,
                  wording=wording, ruling=ruling, referred_to=item.referred_to or None)
    return item


def _add(
    work: Work, meeting: Meeting, instance: Instance, *, title: str, role: str, position: int | None = None,
    public: bool = True, public_reason: str = "", for_id: UUID | None = None, **more: Any,
) -> AgendaItem:
    if position is None:
        places = [item.position for item in of(work, meeting) if item.public == public and item.position < LAST]
        position = max([*places, FIRST - 1]) + 1
    public = public and meeting.public
    values: dict[str, Any] = {
        "note": "", "majority": "einfach", "proposal": "", "paper_number": "", "answer_to": None, "subject_id": None,
        "business_key": "", "urgent": False, "second_invitation": False, "added_later": False,
        "carried_from_id": None, **more,
    }
    item = work.add(AgendaItem(
        meeting_id=meeting.id, position=position, title=title.strip()[:256], public=public,
        public_reason=public_reason.strip(), role=role, chair_votes=True, withdrawn=False, registered_at=work.now,
        result=None, wording="", referred_to="", called_at=None, settled_at=None, ruling=None, version=1, **values,
    ))
    events.record(work, "agenda_item.added", item, instance, for_id=for_id, title=item.title, role=role,
                  public=item.public, meeting=meeting.id, later=item.added_later)
    work.session.flush()
    return item


def _check(title: str, role: str, public: bool, public_reason: str, majority: str) -> None:
    fields: dict[str, list[Sentence]] = {}
    if not title.strip():
        fields["title"] = [MISSING]
    if role not in ROLES:
        fields["role"] = [Sentence("Bitte eine der Möglichkeiten wählen.", "Please choose one of the options.")]
    if majority not in MAJORITIES:
        fields["majority"] = [Sentence("Bitte eine der Möglichkeiten wählen.", "Please choose one of the options.")]
    if not public and not public_reason.strip():
        fields["public_reason"] = [Sentence(
            "Bitte begründen Sie, warum der Punkt nichtöffentlich ist (§ 28 Abs. 1 LKO).",
            "Please say why the item is not public (§ 28 Abs. 1 LKO).")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
