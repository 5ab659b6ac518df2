"""Ballots: votes on an item or a motion, their numbers and what they decide by which rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import agendas, attendance, meetings, recusals, rulings, standing_orders
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.council.rulings import Ruling
from engine.council.standing_orders import Orders
from engine.database import Table
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.identity.bodies import Body
from engine.work import Work

WAYS: dict[str, Sentence] = {
    "offen": Sentence("offen", "open"),
    "namentlich": Sentence("namentlich", "by name"),
    "geheim": Sentence("geheim", "secret"),
    "ohne_gegenrede": Sentence("ohne förmliche Abstimmung", "without a formal vote"),
}
MOTIONS: dict[str, Sentence] = {
    "sache": Sentence("zur Sache", "on the matter"),
    "dringlichkeit": Sentence("Feststellung der Dringlichkeit", "finding of urgency"),
    "aufnahme": Sentence("Aufnahme in die Tagesordnung", "adding to the agenda"),
    "absetzung": Sentence("Absetzung von der Tagesordnung", "taking off the agenda"),
    "reihenfolge": Sentence("Änderung der Reihenfolge", "change of the order"),
    "geheim": Sentence("geheime Abstimmung", "secret vote"),
    "nichtoeffentlich": Sentence("Ausschluss der Öffentlichkeit", "exclusion of the public"),
    "befangenheit": Sentence("Ausschließung eines Mitglieds", "exclusion of a member"),
    "einwendung": Sentence("Einwendung gegen die Niederschrift", "objection to the minutes"),
}


class Ballot(Table):
    """One vote with its numbers; a secret one holds nothing but them."""

    __tablename__ = "ballot"
    __table_args__ = (Index("ix_ballot_meeting", "meeting_id"), Index("ix_ballot_item", "item_id"))

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey(AgendaItem.id))
    about_id: Mapped[UUID | None]
    """The member whose exclusion was voted on"""
    motion: Mapped[str] = mapped_column(String(32))
    way: Mapped[str] = mapped_column(String(16))
    majority: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]
    """The wording that was voted on"""
    present: Mapped[int]
    excluded: Mapped[int]
    eligible: Mapped[int]
    yes: Mapped[int]
    no: Mapped[int]
    abstained: Mapped[int]
    invalid: Mapped[int]
    passed: Mapped[bool]
    quorum: Mapped[dict[str, Any]]
    """The ruling on the quorum at that moment: holds, rule, paragraph"""
    ruling: Mapped[dict[str, Any]]
    """The ruling on the majority: rule and paragraph"""
    held_at: Mapped[datetime]
    replaced_by_id: Mapped[UUID | None]
    """The ballot that corrects this one; nothing is overwritten"""


class Vote(Table):
    """How one person voted by name."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("ballot_id", "person_id"),)

    ballot_id: Mapped[UUID] = mapped_column(ForeignKey(Ballot.id))
    person_id: Mapped[UUID]
    for_id: Mapped[UUID | None]
    choice: Mapped[str] = mapped_column(String(16))
    """ja, nein or enthaltung"""


CHOICES: dict[str, Sentence] = {
    "ja": Sentence("Ja", "Yes"), "nein": Sentence("Nein", "No"), "enthaltung": Sentence("Enthaltung", "Abstention"),
}
NEEDED: Mapping[str, tuple[str, str]] = {
    "dringlichkeit": ("einfach", "§ 34 Abs. 3 Satz 3 GemO entsprechend"),
    "aufnahme": ("zwei_drittel_anwesend", "§ 34 Abs. 7 GemO entsprechend"),
    "absetzung": ("zwei_drittel_anwesend", "§ 34 Abs. 7 GemO entsprechend"),
    "reihenfolge": ("einfach", "§ 34 Abs. 7 GemO entsprechend"),
    "geheim": ("zwei_drittel_gesetzlich", "§ 33 LKO, § 40 GemO"),
    "nichtoeffentlich": ("zwei_drittel_anwesend", "§ 28 Abs. 1 LKO"),
    "befangenheit": ("einfach", "§ 16 Abs. 5 LKO"),
    "einwendung": ("einfach", "§ 34 LKO, § 41 GemO"),
}
"""Which majority each motion needs, and by which paragraph; an item says its own."""


@dataclass(frozen=True)
class Count:
    """The votes of a ballot."""

    yes: int
    no: int
    abstained: int = 0
    invalid: int = 0

    @property
    def total(self) -> int:
        """How many votes there are."""
        return self.yes + self.no + self.abstained + self.invalid


@dataclass(frozen=True)
class Standing:
    """Who may decide an item at a moment: seats taken, excluded, eligible, and whether that is a quorum."""

    present: int
    excluded: int
    eligible: tuple[attendance.Place, ...]
    statutory_number: int
    quorum: Ruling


def standing(work: Work, meeting: Meeting, item: AgendaItem | None, *, without: UUID | None = None) -> Standing:
    """Who may decide *item* (None: a motion on the agenda) now, and whether that is a quorum (§ 32 LKO).

    *without*: a member about whom it is decided.
    """
    orders = _orders(work, meeting)
    out = recusals.excluded(work, item) if item is not None else set()
    if without is not None:
        out = out | {without}
    taken = [place for place in attendance.places(work, meeting) if place.stay is not None]
    eligible = attendance.eligible(work, meeting, item, out, work.now)
    number = attendance.statutory_number(work, meeting)
    excluded = sum(place.member.id in out or (place.stay is not None and place.stay.person_id in out)
                   for place in taken)
    ruling = rulings.quorum(orders, statutory_number=max(number, len(taken)), present=len(taken), excluded=excluded,
                            second_invitation=item is not None and item.second_invitation)
    return Standing(len(taken), excluded, tuple(eligible), number, ruling)


def hold(
    work: Work, meeting_id: UUID, item_id: UUID | None, *, motion: str = "sache", way: str = "offen",
    count: Count | None = None, named: Mapping[UUID, str] | None = None, text: str = "",
    chair_for: bool | None = None, version: int | None = None, about: UUID | None = None,
) -> Ballot:
    """Hold a vote: on an item's matter, or on a *motion* (with or without an item it is about).

    *count*: the votes of an open or secret vote; they must add up to those
    eligible. *named*: member -> choice for a vote by name. Without a formal
    vote nobody objects, so all eligible have agreed. *about*: the member whose
    exclusion is voted on, without them. The law's answers are on the ballot that
    comes back. Conflict without a quorum, for a stale *version*, and before the
    meeting is open.
    """
    for_id = meetings.require_office(work)
    meeting, instance = meetings.locked(work, meeting_id)
    item = None
    if item_id is not None:
        item, meeting, instance = agendas.locked(work, item_id)
        agendas.require_version(work, item, version)
        agendas.require_open(item)
    _require_session(meeting)
    if motion not in MOTIONS or way not in WAYS:
        raise Invalid("Bitte wählen Sie, worüber und wie abgestimmt wird.", "Please choose what is voted on and how.")
    if item is not None and motion == "sache" and item.role == "formalie":
        raise Invalid(
            "Unter „{title}“ kann nichts beschlossen werden: Was beschlossen wird, muss als eigener Punkt auf der "
            "Tagesordnung stehen (§ 34 GemO entsprechend).",
            "Nothing can be decided under “{title}”: what is decided must be an item of its own on the agenda (as "
            "§ 34 GemO).", title=item.title)
    if motion == "sache" and (meeting.urgent or (item is not None and item.added_later)):
        _require_urgency(work, meeting)
    now = standing(work, meeting, item, without=about)
    if not now.quorum.holds:
        raise Conflict("Das Gremium ist zu diesem Punkt nicht beschlussfähig ({paragraph}). {rule}",
                       "The body has no quorum on this item ({paragraph}). {rule_en}", paragraph=now.quorum.paragraph,
                       rule=now.quorum.says.de, rule_en=now.quorum.says.en)
    if way == "geheim" and motion == "sache":
        _require_secrecy(work, meeting, item)
    votes = _counted(now, way, count, named)
    needed, paragraph = NEEDED.get(motion, (item.majority if item is not None else "einfach", ""))
    ruling = rulings.majority(
        _orders(work, meeting), needed, yes=votes.yes, no=votes.no, abstained=votes.abstained, invalid=votes.invalid,
        present=len(now.eligible), statutory_number=now.statutory_number, chair_for=chair_for, paragraph=paragraph)
    ballot = work.add(Ballot(
        meeting_id=meeting.id, item_id=item.id if item else None, about_id=about, motion=motion, way=way,
        majority=needed, text=text.strip() or (item.proposal if item else ""), present=now.present,
        excluded=now.excluded, eligible=len(now.eligible), yes=votes.yes, no=votes.no, abstained=votes.abstained,
        invalid=votes.invalid, passed=ruling.holds, quorum=now.quorum.plain(), ruling=ruling.plain(), held_at=work.now,
        replaced_by_id=None,
    ))
    by_name = way == "namentlich" and named is not None
    seats = {place.member.id: place for place in now.eligible}
    work.session.flush()
    for member_id, choice in (named or {}).items() if by_name else ():
        stay = seats[member_id].stay
        represented = stay is not None and stay.for_id is not None
        work.add(Vote(ballot_id=ballot.id, person_id=stay.person_id if stay is not None else member_id,
                      for_id=member_id if represented else None, choice=choice))
    _replace(work, ballot)
    if item is not None:
        item.called_at, item.version = item.called_at or work.now, item.version + 1
    events.record(work, "ballot.held", ballot, instance, for_id=for_id, motion=motion, way=way, item=item_id,
                  yes=votes.yes, no=votes.no, abstained=votes.abstained, invalid=votes.invalid,
                  present=now.present, excluded=now.excluded, passed=ruling.holds, paragraph=ruling.paragraph)
    return ballot


def conclude(work: Work, item_id: UUID, *, wording: str = "", version: int | None = None) -> AgendaItem:
    """Give an item the result that its vote had: by the body's part in the matter and whether the wording was changed.

    *wording*: the resolution as passed (None: as voted on). Conflict without a vote.
    """
    item, meeting, _ = agendas.locked(work, item_id)
    agendas.require_version(work, item, version)
    ballot = decisive(work, item)
    if ballot is None:
        raise Conflict("Über diesen Punkt wurde noch nicht abgestimmt.", "There was no vote on this item yet.")
    changed = (ballot.text or "").strip() != item.proposal.strip()
    decides = work.get(Body, meeting.body_id).kind == "organ" and item.role == "entscheidung"
    if decides:
        result = ("geaendert_beschlossen" if changed else "beschlossen") if ballot.passed else "abgelehnt"
    else:
        result = ("empfohlen_mit_aenderung" if changed else "empfohlen") if ballot.passed else "nicht_empfohlen"
    return agendas.settle(
        work, item.id, result=result, wording=wording or (ballot.text if ballot.passed else ""),
        ruling={"paragraph": ballot.ruling["paragraph"], "rule": ballot.ruling, "quorum": ballot.quorum,
                "ballot": str(ballot.id)})


def correct(
    work: Work, ballot_id: UUID, *, count: Count | None = None, named: Mapping[UUID, str] | None = None,
    chair_for: bool | None = None, version: int | None = None,
) -> Ballot:
    """Put right what was counted or written down wrongly in a vote on an item's matter: a new ballot of that moment.

    The old one stays on record; the item's result follows from the new one. Who
    was present and eligible stays as it was. Conflict for a ballot that was
    corrected already, and once the meeting is closed.
    """
    for_id = meetings.require_office(work)
    old = work.get(Ballot, ballot_id)
    meeting, instance = meetings.locked(work, old.meeting_id)
    work.session.refresh(old)
    if old.replaced_by_id is not None or old.item_id is None or old.motion != "sache":
        raise Conflict("Diese Abstimmung ist schon berichtigt. Bitte sehen Sie sich den neuen Stand an.",
                       "This vote was corrected already. Please look at what it says now.")
    _require_session(meeting)
    item = work.get(AgendaItem, old.item_id)
    agendas.require_version(work, item, version)
    votes = _recounted(work, old, count, named)
    ruling = rulings.majority(
        _orders(work, meeting), old.majority, yes=votes.yes, no=votes.no, abstained=votes.abstained,
        invalid=votes.invalid, present=old.eligible,
        statutory_number=attendance.statutory_number(work, meeting), chair_for=chair_for)
    same = {name: getattr(old, name) for name in (
        "meeting_id", "item_id", "about_id", "motion", "way", "majority", "text", "present", "excluded", "eligible",
        "quorum", "held_at")}
    ballot = work.add(Ballot(**same, yes=votes.yes, no=votes.no, abstained=votes.abstained, invalid=votes.invalid,
                             passed=ruling.holds, ruling=ruling.plain(), replaced_by_id=None))
    work.session.flush()
    old.replaced_by_id = ballot.id
    for vote in votes_of(work, old):
        choice = (named or {}).get(vote.for_id or vote.person_id, vote.choice)
        work.add(Vote(ballot_id=ballot.id, person_id=vote.person_id, for_id=vote.for_id, choice=choice))
    item.version += 1
    events.record(work, "ballot.corrected", ballot, instance, for_id=for_id, replaces=old.id, item=item.id,
                  yes=votes.yes, no=votes.no, abstained=votes.abstained, invalid=votes.invalid, passed=ruling.holds,
                  paragraph=ruling.paragraph)
    if item.result is not None and (item.ruling or {}).get("ballot") == str(old.id):
        item.result = None
        conclude(work, item.id)
    return ballot


def adjourn_without_quorum(work: Work, item_id: UUID) -> AgendaItem:
    """Adjourn an item for want of a quorum: it comes again by a second invitation (§ 32 Abs. 1 LKO).

    Conflict while there is a quorum.
    """
    item, meeting, _ = agendas.locked(work, item_id)
    now = standing(work, meeting, item)
    if now.quorum.holds:
        raise Conflict("Das Gremium ist zu diesem Punkt beschlussfähig ({paragraph}).",
                       "The body has a quorum on this item ({paragraph}).", paragraph=now.quorum.paragraph)
    return agendas.settle(work, item.id, result="vertagt", wording=now.quorum.says.de,
                          ruling={"paragraph": now.quorum.paragraph, "rule": now.quorum.plain(), "no_quorum": True})


def chair_decides(work: Work, item_id: UUID, *, accepted: bool, wording: str) -> AgendaItem:
    """Let the chair decide after hearing those present, since too many are excluded (§ 32 Abs. 2 LKO).

    Conflict while a third of the statutory number may decide, and where nobody is excluded.
    """
    item, meeting, _ = agendas.locked(work, item_id)
    now = standing(work, meeting, item)
    if now.quorum.holds or not now.excluded:
        raise Conflict("Der Vorsitz entscheidet nur, wenn wegen Ausschließung weniger als ein Drittel entscheiden kann "
                       "(§ 32 Abs. 2 LKO).", "The chair decides only if exclusions leave less than a third to decide "
                       "(§ 32 Abs. 2 LKO).")
    return agendas.settle(work, item.id, result="beschlossen" if accepted else "abgelehnt", wording=wording,
                          ruling={"paragraph": now.quorum.paragraph, "rule": now.quorum.plain(), "by_chair": True})


def of_meeting(work: Work, meeting: Meeting) -> list[Ballot]:
    """All ballots of a meeting that were not corrected, in their order."""
    query = select(Ballot).where(Ballot.meeting_id == meeting.id, Ballot.replaced_by_id.is_(None))
    return list(work.session.scalars(query.order_by(Ballot.held_at, Ballot.id)))


def votes_of(work: Work, ballot: Ballot) -> list[Vote]:
    """How each voted in a vote by name; nothing for all others."""
    return list(work.session.scalars(select(Vote).where(Vote.ballot_id == ballot.id)))


def numbers(ballot: Ballot) -> str:
    """The numbers of a vote as documents have them."""
    said = f"{ballot.yes} Ja, {ballot.no} Nein, {ballot.abstained} Enthaltungen"
    said += f", {ballot.invalid} ungültig" if ballot.invalid else ""
    return said + (f", {ballot.excluded} ausgeschlossen" if ballot.excluded else "")


def decisive(work: Work, item: AgendaItem) -> Ballot | None:
    """The last ballot on the matter of an item that was not corrected, or None."""
    query = select(Ballot).where(Ballot.item_id == item.id, Ballot.motion == "sache", Ballot.replaced_by_id.is_(None))
    return work.session.scalar(query.order_by(Ballot.held_at.desc(), Ballot.id.desc()).limit(1))


def _orders(work: Work, meeting: Meeting) -> Orders:
    return standing_orders.of(work, work.get(Body, meeting.body_id))


def _require_session(meeting: Meeting) -> None:
    if meeting.state != "laeuft":
        raise Conflict("Abgestimmt wird nur während der Sitzung. Diese ist: {state}.",
                       "Votes are held during the meeting only. This one is: {state_en}.",
                       state=meetings.STATES[meeting.state].de, state_en=meetings.STATES[meeting.state].en)


def _carried(work: Work, meeting: Meeting, motion: str, item: AgendaItem | None = None) -> bool:
    query = select(Ballot.id).where(Ballot.meeting_id == meeting.id, Ballot.motion == motion, Ballot.passed,
                                    Ballot.replaced_by_id.is_(None))
    if item is not None:
        query = query.where(Ballot.item_id == item.id)
    return work.session.scalar(query.limit(1)) is not None


def _require_urgency(work: Work, meeting: Meeting) -> None:
    found = _carried(work, meeting, "dringlichkeit")
    if not found and (meeting.urgent or not _carried(work, meeting, "aufnahme")):  # adding an item finds it urgent
        raise Conflict(
            "Bevor das Gremium in die Tagesordnung eintritt, muss es die Dringlichkeit mit Mehrheit feststellen (§ 34 "
            "Abs. 3 Satz 3 GemO entsprechend). Bitte lassen Sie zuerst darüber abstimmen.",
            "Before the body enters the agenda it must find the urgency by majority (as § 34 Abs. 3 Satz 3 GemO). "
            "Please have it vote on that first.")


def _require_secrecy(work: Work, meeting: Meeting, item: AgendaItem | None) -> None:
    if not _carried(work, meeting, "geheim", item):
        raise Conflict(
            "Geheim wird nur abgestimmt, wenn zwei Drittel der gesetzlichen Zahl das für diesen Punkt beschließen "
            "(§ 33 LKO, § 40 GemO). Bitte lassen Sie zuerst darüber abstimmen.",
            "A vote is secret only if two thirds of the statutory number decide so for this item (§ 33 LKO, § 40 "
            "GemO). Please have them vote on that first.")


def _counted(now: Standing, way: str, count: Count | None, named: Mapping[UUID, str] | None) -> Count:
    able = len(now.eligible)
    if way == "ohne_gegenrede":
        return Count(able, 0)
    if way == "namentlich":
        return _by_name(now, named or {})
    if count is None or min(count.yes, count.no, count.abstained, count.invalid) < 0:
        raise _miscounted(able, 0)
    if count.total != able:
        raise _miscounted(able, count.total)
    return count


def _by_name(now: Standing, named: Mapping[UUID, str]) -> Count:
    members = {place.member.id for place in now.eligible}
    strangers = [member_id for member_id in named if member_id not in members]
    if strangers:
        raise Invalid(
            "Abstimmen kann nur, wer anwesend und zu diesem Punkt nicht ausgeschlossen ist (§§ 16, 33 LKO). Bitte "
            "nehmen Sie {count} Stimme(n) heraus.",
            "Only those who are present and not excluded from this item can vote (§§ 16, 33 LKO). Please take out "
            "{count} vote(s).", count=len(strangers),
            fields={"named": [Sentence("Nicht anwesend oder ausgeschlossen.", "Not present or excluded.")]})
    if len(named) != len(members) or any(choice not in CHOICES for choice in named.values()):
        raise _miscounted(len(members), len(named))
    said = list(named.values())
    return Count(said.count("ja"), said.count("nein"), said.count("enthaltung"))


def _recounted(work: Work, old: Ballot, count: Count | None, named: Mapping[UUID, str] | None) -> Count:
    if old.way == "namentlich":
        members = {vote.for_id or vote.person_id for vote in votes_of(work, old)}
        if named is None or set(named) != members or any(choice not in CHOICES for choice in named.values()):
            raise _miscounted(len(members), len(named or {}))
        said = list(named.values())
        return Count(said.count("ja"), said.count("nein"), said.count("enthaltung"))
    if count is None or min(count.yes, count.no, count.abstained, count.invalid) < 0 or count.total != old.eligible:
        raise _miscounted(old.eligible, count.total if count is not None else 0)
    return count


def _miscounted(able: int, total: int) -> Invalid:
    return Invalid(
        "Die Stimmen ergeben {total}, stimmberechtigt sind zu diesem Punkt aber {able} Anwesende (§ 33 LKO). Bitte "
        "zählen Sie noch einmal; wer nicht abstimmt, enthält sich.",
        "The votes add up to {total}, but {able} of those present may vote on this item (§ 33 LKO). Please count "
        "again; who does not vote abstains.", total=total, able=able,
        fields={"count": [Sentence(f"Die Summe muss {able} sein.", f"The sum must be {able}.")]})


def _replace(work: Work, ballot: Ballot) -> None:
    # A second vote on the same matter corrects the first; both stay on record.
    query = select(Ballot).where(
        Ballot.meeting_id == ballot.meeting_id, Ballot.item_id == ballot.item_id, Ballot.motion == ballot.motion,
        Ballot.about_id.is_(None) if ballot.about_id is None else Ballot.about_id == ballot.about_id,
        Ballot.replaced_by_id.is_(None), Ballot.id != ballot.id)
    if ballot.item_id is None:
        return
    for earlier in work.session.scalars(query):
        earlier.replaced_by_id = ballot.id
