"""Minutes (§ 34 LKO, § 41 GemO): already filled in from the evening, signed by two, sent within a month.

Nobody approves minutes; members object to them until the next meeting, and a
correction is a new version beside the old one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import notices
from engine.council import agendas, attendance, ballots, deadlines, meetings, recusals
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.database import Table
from engine.documents import contents
from engine.documents.contents import Block, Document
from engine.errors import Conflict, Invalid, NotFound, Sentence
from engine.history import events
from engine.identity import bodies, people
from engine.identity.bodies import BERLIN, Body
from engine.identity.people import MISSING
from engine.work import Work


class Minutes(Table):
    """One version of the minutes of a meeting: what the evening does not say by itself, and who signed it."""

    __tablename__ = "minutes"
    __table_args__ = (UniqueConstraint("meeting_id", "version"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    version: Mapped[int]
    remarks: Mapped[dict[str, Any]]
    """What is told of an item beside its result, by the item's id; "" for the course of the meeting"""
    chair_signed_at: Mapped[datetime | None]
    recorder_signed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    explanation: Mapped[str]
    """Why they were sent after more than a month"""
    content: Mapped[dict[str, Any] | None]
    """What was sent, as plain documents: {"all": …, "public": …}; nothing that changes later changes it"""
    objections: Mapped[list[Any]]
    """[{"person": id, "text": what, "at": when}]"""

    @property
    def is_signed(self) -> bool:
        """Whether chair and recorder have signed it."""
        return self.chair_signed_at is not None and self.recorder_signed_at is not None


def of(work: Work, meeting: Meeting) -> Minutes | None:
    """The latest version of a meeting's minutes, or None."""
    query = select(Minutes).where(Minutes.meeting_id == meeting.id).order_by(Minutes.version.desc()).limit(1)
    return work.session.scalar(query)


def remark(work: Work, meeting_id: UUID, remarks: dict[str, str]) -> Minutes:
    """Keep what the office adds to items (by their id; "" is the course of the meeting); signatures are asked anew.

    Conflict once the minutes were sent: then it takes a correction.
    """
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    row = _open(work, meeting)
    row.remarks = {key: text.strip() for key, text in remarks.items() if text.strip()}
    row.chair_signed_at = row.recorder_signed_at = None
    events.record(work, "minutes.changed", row, instance, for_id=for_id, version=row.version)
    return row


def sign(work: Work, meeting_id: UUID, part: str) -> Minutes:
    """Sign the minutes as chair or as recorder: whoever had that part in the meeting, or the office for a paper copy.

    Invalid if one person would sign both.
    """
    meeting, instance = meetings.locked(work, meeting_id)
    signer = {"chair": meeting.chair_id, "recorder": meeting.recorder_id}.get(part)
    for_id = None if signer is not None and signer == work.actor.id else meetings.require_office(work)
    row = _open(work, meeting)
    if meeting.chair_id == meeting.recorder_id or signer is None:
        raise Invalid("Vorsitz und Schriftführung unterschreiben beide (§ 34 LKO, § 41 GemO); das müssen zwei Personen "
                      "sein.", "Chair and recorder both sign (§ 34 LKO, § 41 GemO); that must be two people.")
    if part == "chair":
        row.chair_signed_at = work.now
    else:
        row.recorder_signed_at = work.now
    events.record(work, "minutes.signed", row, instance, for_id=for_id, part=part, signer=signer, version=row.version)
    return row


def send(work: Work, meeting: Meeting, instance: Any, explanation: str) -> Minutes:
    """Send the minutes to the members. Invalid without both signatures, and after a month without an explanation."""
    row = of(work, meeting)
    if row is None or not row.is_signed:
        raise Invalid("Die Niederschrift ist noch nicht von Vorsitz und Schriftführung unterschrieben (§ 34 LKO, § 41 "
                      "GemO). Bitte lassen Sie sie auf der Seite der Niederschrift unterschreiben.",
                      "The minutes have not been signed by chair and recorder yet (§ 34 LKO, § 41 GemO). Please have "
                      "them signed on the minutes' page.")
    limit = deadlines.minutes_limit(meeting.day)
    late = row.version == 1 and bodies.today(work) > limit
    if late and not explanation.strip():
        said = Sentence(f"Die Niederschrift hätte bis zum {limit:%d.%m.%Y} zugehen müssen (§ 34 LKO, § 41 GemO: "
                        "innerhalb eines Monats). Bitte erläutern Sie, warum sie später kommt; das wird festgehalten.",
                        f"The minutes should have been received by {limit:%d.%m.%Y} (§ 34 LKO, § 41 GemO: within a "
                        "month). Please explain why they are late; that is kept on record.")
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields={"m_niederschrift_begruendung": [said]})
    row.sent_at, row.explanation = work.now, explanation.strip()
    whole = _draft(work, meeting, row, public=False)
    row.content = {"all": whole.plain(), "public": _draft(work, meeting, row, public=True).plain()}
    body = work.get(Body, meeting.body_id)
    for _, person in bodies.members_on(work, body, meeting.day):
        notices.queue(work, person.mail, "minutes_sent", person.language, day=f"{meeting.day:%d.%m.%Y}",
                      body=body.name if person.language == "de" else body.name_en,
                      url=f"{work.settings.base_url}/meine-sitzungen/{meeting.id}")
    events.record(work, "minutes.sent", row, instance, version=row.version, late=late,
                  explanation=row.explanation, sha256=whole.digest())
    return row


def object_to(work: Work, meeting_id: UUID, text: str) -> Minutes:
    """Object to the minutes until the next meeting is over (§ 41 GemO); the body decides on it there.

    As a member, or as the office for a letter that came in.
    """
    meeting, instance = meetings.locked(work, meeting_id)
    for_id = meetings.require_member(work, meeting)
    row = of(work, meeting)
    if row is None or row.sent_at is None:
        raise Conflict("Die Niederschrift liegt noch nicht vor.", "The minutes are not there yet.")
    following = meetings.following(work, meeting)
    if following is not None and following.state == "durchgefuehrt":
        raise Conflict("Einwendungen waren bis zur nächsten Sitzung am {day} möglich (§ 34 LKO, § 41 GemO).",
                       "Objections were possible until the next meeting on {day} (§ 34 LKO, § 41 GemO).",
                       day=f"{following.day:%d.%m.%Y}")
    if not text.strip():
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields={"objection": [MISSING]})
    row.objections = [*row.objections, {"person": str(work.actor.id), "text": text.strip(), "at": work.now.isoformat()}]
    events.record(work, "minutes.objected", row, instance, for_id=for_id, text=text.strip())
    return row


def send_correction(work: Work, meeting_id: UUID) -> Minutes:
    """Send a corrected version as the office. Invalid without both signatures; Conflict if there is none to send."""
    meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    row = of(work, meeting)
    if row is None or row.version == 1 or row.sent_at is not None:
        raise Conflict("Es gibt keine Berichtigung, die noch zu verschicken ist.", "There is no correction to send.")
    return send(work, meeting, instance, "")


def correct(work: Work, meeting_id: UUID, remarks: dict[str, str]) -> Minutes:
    """Make a corrected version after the body has decided on an objection; the old one stays as it is."""
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    old = of(work, meeting)
    if old is None or old.sent_at is None:
        raise Conflict("Berichtigt wird erst, was verschickt ist; bis dahin können Sie die Niederschrift ändern.",
                       "Only what has been sent is corrected; until then you can change the minutes.")
    row = work.add(Minutes(
        meeting_id=meeting.id, version=old.version + 1, chair_signed_at=None, recorder_signed_at=None, sent_at=None,
        remarks={key: text.strip() for key, text in remarks.items() if text.strip()}, explanation="", content=None,
        objections=[],
    ))
    events.record(work, "minutes.corrected", row, instance, for_id=for_id, version=row.version)
    return row


def document(work: Work, meeting: Meeting, *, public: bool, version: int | None = None) -> Document:
    """The minutes as a document: as they were sent, till then as they would be; the latest *version* by default.

    *public*: without the items, wordings and names that are not. NotFound for a version that there is not.
    """
    row = of(work, meeting)
    if version is not None:
        row = next((one for one in versions(work, meeting) if one.version == version), None)
        if row is None:
            raise NotFound("Diese Fassung der Niederschrift gibt es nicht.",
                           "This version of the minutes does not exist.")
    if row is not None and row.content is not None:
        return Document.restored(row.content["public" if public else "all"])
    return _draft(work, meeting, row, public=public)


def published(work: Work, meeting: Meeting) -> Minutes | None:
    """The latest version that was sent, or None; its public part is there for everybody."""
    return next((row for row in reversed(versions(work, meeting)) if row.sent_at is not None), None)


def all_published(work: Work, found: Iterable[Meeting]) -> set[UUID]:
    """The ids of those meetings whose minutes were sent."""
    ids = [meeting.id for meeting in found]
    return set(work.session.scalars(
        select(Minutes.meeting_id).where(Minutes.meeting_id.in_(ids), Minutes.sent_at.is_not(None))))


def versions(work: Work, meeting: Meeting) -> list[Minutes]:
    """All versions, the first one first; an old one stays as it was sent."""
    return list(work.session.scalars(
        select(Minutes).where(Minutes.meeting_id == meeting.id).order_by(Minutes.version)))


def _draft(work: Work, meeting: Meeting, row: Minutes | None, *, public: bool) -> Document:
    body = work.get(Body, meeting.body_id)
    remarks = row.remarks if row is not None else {}
    items = [item for item in agendas.of(work, meeting) if item.public or not public]
    numbers = agendas.numbers(agendas.of(work, meeting))
    version = f", Fassung {row.version}" if row is not None and row.version > 1 else ""
    blocks = [*_head(work, meeting, body, public), *(_course(remarks) if not public else ())]
    part: bool | None = None
    for item in items:
        if item.public != part:
            part = item.public
            blocks.append(contents.heading("Öffentlicher Teil" if part else "Nichtöffentlicher Teil"))
        blocks += _item(work, item, numbers[item.id], str(remarks.get(str(item.id), "")), public)
    return Document(
        "Niederschrift", f"{body.name}, {meeting.day:%d.%m.%Y}{version}{' (öffentlicher Teil)' if public else ''}",
        work.settings.operator_name, meeting.day, (*blocks, *_signatures(work, meeting, row)))


def _open(work: Work, meeting: Meeting) -> Minutes:
    if meeting.state != "durchgefuehrt":
        raise Conflict("Die Niederschrift entsteht, wenn die Sitzung geschlossen ist.",
                       "The minutes come into being when the meeting is closed.")
    row = of(work, meeting)
    if row is None:
        row = work.add(Minutes(meeting_id=meeting.id, version=1, remarks={}, chair_signed_at=None,
                               recorder_signed_at=None, sent_at=None, explanation="", content=None,
                               objections=[]))
        work.session.flush()
    if row.sent_at is not None:
        raise Conflict("Diese Niederschrift ist schon verschickt. Ändern lässt sie sich nur durch eine Berichtigung.",
                       "These minutes have been sent. They can only be changed by a correction.")
    return row


def _head(work: Work, meeting: Meeting, body: Body, public: bool) -> list[Block]:
    stays = attendance.stays(work, meeting)
    known = {one for stay in stays for one in (stay.person_id, stay.for_id) if one}
    names = people.names(work, known | {one for one in (meeting.chair_id, meeting.recorder_id) if one})
    said = [
        ("Gremium", body.name), ("Ort", meeting.place or "–"),
        ("Beginn", _time(meeting.opened_at)), ("Ende", _time(meeting.closed_at)),
        ("Vorsitz", names.get(meeting.chair_id, "–") if meeting.chair_id else "–"),
        ("Schriftführung", names.get(meeting.recorder_id, "–") if meeting.recorder_id else "–"),
        ("Ladung", {"geheilt": "Mangel geheilt (§ 34 Abs. 4 GemO)"}.get(
            meeting.notice_found or "", "form- und fristgerecht" if not meeting.urgent else "mit verkürzter Frist")),
        ("Anwesend", f"{len({stay.member_id for stay in stays})} von "
                     f"{attendance.statutory_number(work, meeting)} Mitgliedern"),
    ]
    blocks = [contents.facts(*said)]
    if not public:
        rows = [(names.get(stay.person_id, "–") + (f" für {names.get(stay.for_id, '–')}" if stay.for_id else ""),
                 _time(stay.arrived_at), _time(stay.left_at)) for stay in stays]
        blocks += [contents.heading("Anwesenheit"), contents.table(("Name", "gekommen", "gegangen"), rows)]
    return blocks


def _course(remarks: dict[str, Any]) -> list[Block]:
    text = str(remarks.get("", ""))
    return [contents.heading("Verlauf"), contents.paragraph(text)] if text else []


def _item(work: Work, item: AgendaItem, number: str, text: str, public: bool) -> list[Block]:
    blocks = [contents.heading(f"{number} {item.title}", 3)]
    if item.paper_number:
        blocks.append(contents.facts(("Vorlage", item.paper_number)))
    if text:
        blocks.append(contents.paragraph(text))
    out = recusals.excluded(work, item)
    if out and not public:
        names = people.names(work, out)
        blocks.append(contents.facts(("Ausgeschlossen (§ 16 LKO)", ", ".join(sorted(names.values())))))
    if item.role == "formalie":
        return blocks
    if item.wording:
        blocks.append(contents.quote(item.wording))
    said = [("Ergebnis", agendas.RESULTS[item.result].de if item.result else "offen")]
    ballot = ballots.decisive(work, item)
    if ballot is not None:
        said += [("Abstimmung", ballots.numbers(ballot)), ("Art", ballots.WAYS[ballot.way].de),
                 ("Mehrheit", f"{ballot.ruling['de']} ({ballot.ruling['paragraph']})"),
                 ("Beschlussfähigkeit", f"{ballot.quorum['de']} ({ballot.quorum['paragraph']})")]
    elif item.ruling is not None and item.ruling.get("paragraph"):
        said.append(("Rechtsgrundlage", str(item.ruling["paragraph"])))
    blocks.append(contents.facts(*said))
    votes = ballots.votes_of(work, ballot) if ballot is not None and ballot.way == "namentlich" else []
    if votes:
        names = people.names(work, {vote.person_id for vote in votes})
        rows = sorted((names.get(vote.person_id, "–"), ballots.CHOICES[vote.choice].de) for vote in votes)
        blocks.append(contents.table(("Name", "Stimme"), rows))
    return blocks


def _signatures(work: Work, meeting: Meeting, row: Minutes | None) -> list[Block]:
    names = people.names(work, {one for one in (meeting.chair_id, meeting.recorder_id) if one})

    def signed(person_id: UUID | None, at: datetime | None) -> str:
        name = names.get(person_id, "–") if person_id is not None else "–"
        said = f"unterschrieben am {at.astimezone(BERLIN):%d.%m.%Y}" if at else "noch nicht unterschrieben"
        return f"{name}, {said}"

    return [contents.heading("Unterschriften"), contents.facts(
        ("Vorsitz", signed(meeting.chair_id, row.chair_signed_at if row else None)),
        ("Schriftführung", signed(meeting.recorder_id, row.recorder_signed_at if row else None)))]


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(BERLIN):%H:%M} Uhr" if moment is not None else "–"
