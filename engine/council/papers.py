"""Papers (Beschlussvorlagen): a number, versions, and the bodies they go through (Beratungsfolge).

A version is never changed: whoever writes the paper again files another one.
The public reads a released paper as soon as members are invited to a public
item about it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import agendas, ballots, recusals
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.database import Table, next_of
from engine.documents import contents
from engine.documents.contents import Block, Document
from engine.errors import Forbidden, Invalid, NotFound, Sentence
from engine.history import events
from engine.identity import permissions
from engine.identity.bodies import BERLIN, Body
from engine.runtime.instances import Instance
from engine.work import Work

NUMBER = re.compile(r"[0-9]{1,4}/[0-9]{4}(-[0-9]{1,2})?")
KINDS = {"beschlussvorlage": "Beschlussvorlage", "informationsvorlage": "Informationsvorlage", "antrag": "Antrag"}
TEXTS: Mapping[str, str] = {
    "sachdarstellung": "Sachdarstellung und Begründung", "alternativen": "Alternativen", "zeitplan": "Zeitplan",
    "klimawirkung": "Klimawirkung", "gleichstellung": "Gleichstellung, Inklusion, Barrierefreiheit",
    "datenschutz_text": "Datenschutz", "beteiligung_ergebnis": "Beteiligung und ihr Ergebnis",
    "gutachten_text": "Gutachten", "anlagen": "Anlagen",
}
"""The parts of a paper in their order, after the proposal and before the money."""
MONEY: Mapping[str, str] = {
    "kosten_gesamt": "Gesamtkosten", "kosten_foerderfaehig": "davon förderfähig", "foerderung_betrag": "Zuwendung",
    "eigenanteil": "Eigenanteil", "folgekosten_pro_jahr": "Folgekosten im Jahr",
}
SHOWN = ("eingeladen", "laeuft", "durchgefuehrt")


class Paper(Table):
    """A paper under its number; what it says stands in its versions."""

    __tablename__ = "paper"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey(Instance.id), unique=True)
    """The instance that brings it through the bodies"""
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    business_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    """Since when it is signed; None: still being written"""


class PaperVersion(Table):
    """What a paper said at one time."""

    __tablename__ = "paper_version"
    __table_args__ = (UniqueConstraint("paper_id", "version"),)

    paper_id: Mapped[UUID] = mapped_column(ForeignKey(Paper.id))
    version: Mapped[int]
    filed_at: Mapped[datetime]
    public: Mapped[bool]
    content: Mapped[dict[str, Any]]
    """What was typed, by the form's names; amounts as text"""


@dataclass(frozen=True)
class Consultation:
    """One body a paper goes through: the item, its number ("" before the invitation), its meeting and body."""

    item: AgendaItem
    number: str
    meeting: Meeting
    body: Body


def reserve(work: Work, instance: Instance) -> Paper:
    """Give the paper of *instance* its number, the next free one of the year; the same when it is asked again."""
    paper = of_instance(work, instance.id)
    if paper is None:
        year = work.now.astimezone(BERLIN).year
        number = f"{next_of(work.session, f'paper-{year}')}/{year}"
        while with_number(work, number) is not None:  # somebody typed it before its turn
            number = f"{next_of(work.session, f'paper-{year}')}/{year}"
        paper = work.add(Paper(
            number=number, instance_id=instance.id, subject_id=instance.subject_id,
            business_key=instance.business_key or "", created_at=work.now, released_at=None))
        work.session.flush()
    return paper


def file(work: Work, instance: Instance, number: str, content: Mapping[str, Any]) -> PaperVersion:
    """File a version of the paper of *instance* under *number*, which the office may have changed.

    Invalid (at the field vorlagennummer) for a number that is none or that another paper has.
    """
    paper = reserve(work, instance)
    if number and number != paper.number:
        _check_number(work, paper, number)
        paper.number = number
    last = latest(work, paper)
    row = work.add(PaperVersion(
        paper_id=paper.id, version=last.version + 1 if last is not None else 1, filed_at=work.now,
        public=content.get("oeffentlich") != "nein",
        content={key: _plain(value) for key, value in content.items() if value not in (None, "")}))
    paper.released_at = None
    events.record(work, "paper.filed", paper, instance, number=paper.number, version=row.version,
                  sha256=_draft(work, paper, row, ()).digest())
    work.session.flush()
    return row


def release(work: Work, instance: Instance) -> Paper:
    """Sign the latest version off: it goes to the bodies, and with the invitation to the public. NotFound without."""
    paper = of_instance(work, instance.id)
    row = latest(work, paper) if paper is not None else None
    if paper is None or row is None:
        raise NotFound("Zu diesem Vorgang gibt es noch keine Vorlage.", "This instance has no paper yet.")
    paper.released_at = work.now
    events.record(work, "paper.released", paper, instance, number=paper.number, version=row.version)
    return paper


def of_instance(work: Work, instance_id: UUID) -> Paper | None:
    """The paper of an instance, or None."""
    return work.session.scalar(select(Paper).where(Paper.instance_id == instance_id))


def with_number(work: Work, number: str) -> Paper | None:
    """The paper with this number, or None."""
    return work.session.scalar(select(Paper).where(Paper.number == number))


def latest(work: Work, paper: Paper) -> PaperVersion | None:
    """The latest version of a paper; None while it is only a number."""
    return work.session.scalar(
        select(PaperVersion).where(PaperVersion.paper_id == paper.id).order_by(PaperVersion.version.desc()).limit(1))


def versions(work: Work, paper: Paper) -> list[PaperVersion]:
    """All versions, the first one first."""
    return list(work.session.scalars(
        select(PaperVersion).where(PaperVersion.paper_id == paper.id).order_by(PaperVersion.version)))


def consultations(work: Work, paper: Paper) -> list[Consultation]:
    """The bodies the paper goes through, in the order of their meetings."""
    rows = work.session.execute(
        select(AgendaItem, Meeting, Body).join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(Body, Body.id == Meeting.body_id).where(
            AgendaItem.subject_id == paper.subject_id, AgendaItem.paper_number == paper.number)
        .order_by(Meeting.starts_at, AgendaItem.id))
    return [Consultation(item, _number(work, item, meeting), meeting, body) for item, meeting, body in rows]


def of_items(work: Work, numbers: set[str]) -> dict[str, Paper]:
    """The released papers with these numbers."""
    query = select(Paper).where(Paper.number.in_(numbers - {""}), Paper.released_at.is_not(None))
    return {paper.number: paper for paper in work.session.scalars(query)}


def published(work: Work, numbers: set[str]) -> dict[str, Paper]:
    """Those of the papers with these numbers that everybody may read."""
    return {number: paper for number, paper in of_items(work, numbers).items() if is_public(work, paper)}


def of_subject(work: Work, subject_id: UUID) -> list[Paper]:
    """The papers on one idea that everybody may read, the first one first."""
    return [paper for paper in all_of(work, subject_id) if is_public(work, paper)]


def all_of(work: Work, subject_id: UUID) -> list[Paper]:
    """All papers on one idea that say something, public or not, the first one first."""
    query = select(Paper).where(Paper.subject_id == subject_id).order_by(Paper.created_at)
    return [paper for paper in work.session.scalars(query) if latest(work, paper) is not None]


def is_public(work: Work, paper: Paper) -> bool:
    """Whether everybody may read it: released, public, and members were invited to a public item about it."""
    row = latest(work, paper)
    return row is not None and paper.released_at is not None and row.public and any(
        one.item.public and one.meeting.public and one.meeting.invited_at is not None and one.meeting.state in SHOWN
        for one in consultations(work, paper))


def readable(work: Work, paper_id: UUID) -> Paper:
    """The paper, for the actor: a public one for all, others for those who read instances, the council's office and
    members who have said that they are not biased. NotFound or Forbidden otherwise.
    """
    paper = work.session.get(Paper, paper_id)
    missing = NotFound("Unter dieser Adresse gibt es keine öffentliche Vorlage. Vorlagen werden mit der Einladung zur "
                       "Sitzung veröffentlicht.", "There is no public paper under this address. Papers are published "
                       "with the invitation to the meeting.")
    if paper is None or latest(work, paper) is None:
        raise missing
    if is_public(work, paper):
        return paper
    if work.actor.id is None:
        raise missing
    if permissions.may(work, "read instances") or permissions.may(work, "council"):
        return paper
    mine = [one for one in consultations(work, paper) if one.body.key in permissions.rights(work)]
    if paper.released_at is None or not mine:
        raise missing
    if any(work.actor.id in recusals.excluded(work, one.item) for one in mine):
        raise Forbidden("Zu diesem Punkt sind Sie als befangen eingetragen (§ 16 LKO); die Unterlagen sehen Sie "
                        "deshalb nicht.", "You are entered as having a conflict of interest in this item (§ 16 LKO); "
                        "therefore you do not see its papers.")
    if not any(one.item.id in recusals.denied(work, one.meeting) for one in mine):
        raise Forbidden("Bitte sagen Sie auf der Seite der Sitzung zuerst, dass Sie nicht befangen sind (§ 16 LKO); "
                        "dann öffnet sich die Vorlage.", "Please say on the meeting's page first that you have no "
                        "conflict of interest (§ 16 LKO); then the paper opens.")
    return paper


def document(work: Work, paper: Paper, version: int | None = None) -> Document:
    """The paper as a document, with its Beratungsfolge as it is now; NotFound for a version there is not."""
    found = versions(work, paper)
    row = next((one for one in found if one.version == version), None) if version is not None else found[-1]
    if row is None:
        raise NotFound("Diese Fassung der Vorlage gibt es nicht.", "This version of the paper does not exist.")
    return _draft(work, paper, row, consultations(work, paper))


def _draft(work: Work, paper: Paper, row: PaperVersion, way: Any) -> Document:
    said = row.content
    money = [(name, _euro(said[key])) for key, name in MONEY.items() if key in said]
    blocks = [
        contents.facts(*_head(paper, row)),
        *_way(way),
        contents.heading("Beschlussvorschlag"), contents.quote(said.get("beschlussvorschlag", "–")),
        *_decided(work, way),
    ]
    for key, name in TEXTS.items():
        if said.get(key):
            blocks += [contents.heading(name), contents.paragraph(str(said[key]))]
    if money:
        blocks += [contents.heading("Finanzielle Auswirkungen"), contents.table(("Posten", "Betrag"), money),
                   contents.facts(*((name, str(said[key])) for key, name in (
                       ("haushaltsjahr", "Haushaltsjahr"), ("produktkonto", "Produktkonto")) if said.get(key)))]
    kind = KINDS.get(str(said.get("vorlagenart")), "Vorlage")
    return Document(f"{kind} {paper.number}", str(said.get("betreff", "")), work.settings.operator_name,
                    row.filed_at.astimezone(BERLIN).date(), tuple(blocks))


def _head(paper: Paper, row: PaperVersion) -> list[tuple[str, str]]:
    said = row.content
    head = [("Vorlage", paper.number + (f", Fassung {row.version}" if row.version > 1 else "")),
            ("Aktenzeichen", str(said.get("aktenzeichen", ""))), ("Zur Idee", paper.business_key),
            ("Bewertet nach der Strategie", str(said.get("strategie_stand", ""))),
            ("Federführend", "Stabsstelle Smarte Region"), ("Datum", f"{row.filed_at.astimezone(BERLIN):%d.%m.%Y}"),
            ("Beratung", "öffentlich" if row.public else "nichtöffentlich (§ 28 Abs. 1 LKO)")]
    if said.get("eilbeduerftig") == "ja":
        head.append(("Eilbedürftig", str(said.get("eil_grund", "ja"))))
    return [(name, value) for name, value in head if value]


def _way(way: Any) -> list[Block]:
    if not way:
        return []
    rows = [(one.body.name, f"{one.meeting.day:%d.%m.%Y}", agendas.ROLES[one.item.role].de, one.number or "–",
             agendas.RESULTS[one.item.result].de if one.item.result else "offen") for one in way]
    return [contents.heading("Beratungsfolge"), contents.table(("Gremium", "Termin", "Rolle", "TOP", "Ergebnis"), rows)]


def _decided(work: Work, way: Any) -> list[Block]:
    """What was decided in the end, if it differs or not: its wording and votes; nothing of closed items."""
    blocks = []
    for one in way:
        if one.item.role == "entscheidung" and one.item.result in ("beschlossen", "geaendert_beschlossen", "abgelehnt"):
            ballot = ballots.decisive(work, one.item)
            said = [("Ergebnis", agendas.RESULTS[one.item.result].de)]
            if ballot is not None:
                said.append(("Abstimmung", ballots.numbers(ballot)))
            blocks += [contents.heading(f"Beschluss: {one.body.name}, {one.meeting.day:%d.%m.%Y}")]
            if one.item.public and one.item.wording:
                blocks.append(contents.quote(one.item.wording))
            blocks.append(contents.facts(*said))
    return blocks


def _number(work: Work, item: AgendaItem, meeting: Meeting) -> str:
    return agendas.numbers(agendas.of(work, meeting))[item.id] if meeting.invited_at is not None else ""


def _check_number(work: Work, paper: Paper, number: str) -> None:
    other = with_number(work, number)
    if NUMBER.fullmatch(number) and other is None:
        return
    said = (Sentence("Bitte geben Sie die Nummer so ein: 137/2026.", "Please enter the number like this: 137/2026.")
            if other is None else
            Sentence(f"Die Nummer {number} hat schon die Vorlage zu „{other.business_key}“. Frei ist {paper.number}.",
                     f"The number {number} belongs to the paper on “{other.business_key}”. Free is {paper.number}."))
    raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                  "Please look at the marked fields again.", fields={"vorlagennummer": [said]})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _euro(value: Any) -> str:
    amount = f"{Decimal(str(value)):,.2f}"
    return amount.replace(",", " ").replace(".", ",").replace(" ", ".") + " Euro"
