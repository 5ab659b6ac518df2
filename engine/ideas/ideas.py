"""Ideas: what people hand in, and what becomes of them.

Whoever hands in an idea needs no account. A private link is their key: the
database knows its digest alone.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import notices
from engine.database import Table, next_of
from engine.errors import Invalid, NotFound, Sentence
from engine.history import events
from engine.ideas import statuses
from engine.ideas.statuses import REASONS, STATUSES, IdeaStatus
from engine.identity.bodies import BERLIN
from engine.runtime import instances, tasks
from engine.runtime.tokens import OVER
from engine.work import Page, Work

__all__ = ["CONNECTIONS", "MUNICIPALITIES", "REASONS", "SORTS", "STATUSES", "THEMES", "Idea", "hand_in"]

STARTED_BY = "idee_eingereicht"
TITLE_LENGTH, TEXT_LENGTH = 120, 6000
THEMES: Mapping[str, Sentence] = {
    "arbeit": Sentence("Smarte Arbeit", "Smart work"),
    "bildung": Sentence("Smarte Bildung", "Smart education"),
    "freizeit": Sentence("Smarte Freizeit", "Smart leisure"),
    "gemeinschaft": Sentence("Smarte Gemeinschaft", "Smart community"),
    "infrastruktur": Sentence("Smarte Infrastruktur", "Smart infrastructure"),
    "medizin": Sentence("Smarte Medizin", "Smart medicine"),
    "mobilitaet": Sentence("Smarte Mobilität", "Smart mobility"),
    "umwelt": Sentence("Smarte Umwelt", "Smart environment"),
    "versorgung": Sentence("Smarte Versorgung", "Smart supply"),
    "wirtschaft": Sentence("Smarte Wirtschaft", "Smart economy"),
}
MUNICIPALITIES: Mapping[str, Sentence] = {
    key: Sentence(name, name) for key, name in {
        "andernach": "Stadt Andernach", "bendorf": "Stadt Bendorf", "mayen": "Stadt Mayen", "maifeld": "VG Maifeld",
        "mendig": "VG Mendig", "pellenz": "VG Pellenz", "rhein_mosel": "VG Rhein-Mosel", "vallendar": "VG Vallendar",
        "vordereifel": "VG Vordereifel", "weissenthurm": "VG Weißenthurm",
    }.items()
} | {"kreisweit": Sentence("Im ganzen Landkreis", "In the whole county")}
CONNECTIONS: Mapping[str, Sentence] = {
    "lebt": Sentence("Ich lebe im Landkreis", "I live in the county"),
    "arbeitet": Sentence("Ich arbeite im Landkreis", "I work in the county"),
    "wirkt": Sentence("Ich engagiere mich im Landkreis", "I am active in the county"),
}
SORTS: Mapping[str, Sentence] = {
    "new": Sentence("Neueste zuerst", "Newest first"),
    "moved": Sentence("Zuletzt bewegt", "Last moved"),
    "old": Sentence("Älteste zuerst", "Oldest first"),
    "title": Sentence("Titel", "Title"),
}


class Idea(Table):
    """An idea and where it stands."""

    __tablename__ = "idea"
    __table_args__ = (
        Index("ix_idea_public", "public", "handed_in_at"), Index("ix_idea_moved", "public", "status_at"),
    )

    number: Mapped[str] = mapped_column(String(16), unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    text: Mapped[str]
    folded: Mapped[str]
    """Number, title and, where it is no secret, text in small letters, for the search"""
    theme: Mapped[str] = mapped_column(String(32))
    municipality: Mapped[str] = mapped_column(String(32))
    connection: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    under_16: Mapped[bool]
    business_secret: Mapped[bool]
    public: Mapped[bool]
    status: Mapped[str] = mapped_column(String(32))
    status_at: Mapped[datetime]
    step: Mapped[int]
    handed_in_at: Mapped[datetime]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("idea.id"))
    guide_id: Mapped[UUID | None]
    body: Mapped[str | None] = mapped_column(String(256))
    """Who advises or decides next: the key of a body, or the name of an authority outside the county"""
    meeting_on: Mapped[date | None]
    progress: Mapped[int | None]
    """Percent of the work done, once it is being carried out"""
    contest_id: Mapped[UUID | None] = mapped_column(index=True)
    """The contest it takes part in"""
    strategy_version: Mapped[int | None]
    """The version of the strategy it was rated with"""


@dataclass(frozen=True)
class Whereabouts:
    """Where an idea stands: its step, who has to act next, until when, and what comes then."""

    step: int
    bodies: list[str]
    """Keys of the bodies with an open task; empty while nobody in the county has to act"""
    task: str | None
    until: date | None
    next: Sentence | None
    final: bool


def hand_in(
    work: Work, *, title: str, text: str, theme: str, municipality: str, connection: str, mail: str | None = None,
    under_16: bool = False, consent: bool = False, business_secret: bool = False, language: str = "de",
    contest_id: UUID | None = None,
) -> tuple[Idea, str]:
    """Take an idea in, give it a number and start its process; return it with the token of its private link.

    *mail* is optional; where it is given, the address must be confirmed within
    30 days. Somebody under 16 needs the *consent* of their parents (Art. 8
    GDPR). Invalid names each wrong field.
    """
    title, text, mail = " ".join(title.split()), text.strip(), (mail or "").strip() or None
    _check(title, text, theme, municipality, connection, mail, under_16, consent)
    number = _next_number(work)
    token = secrets.token_urlsafe(24)
    searched = f"{number} {title}" if business_secret else f"{number} {title} {text}"
    idea = work.add(Idea(
        number=number, title=title, text=text, folded=fold(searched), theme=theme,
        municipality=municipality, connection=connection, language=language, under_16=under_16,
        business_secret=business_secret, public=False, status="eingegangen", status_at=work.now, step=1,
        handed_in_at=work.now, token_digest=digest(token), merged_into_id=None, guide_id=None, body=None,
        meeting_on=None, progress=None, contest_id=contest_id, strategy_version=None,
    ))
    work.session.flush()  # the process asks for the idea at once
    if mail is not None:
        _welcome(work, idea, mail, token)
    instances.start_by_message(
        work, STARTED_BY,
        {"idee_id": str(idea.id), "nummer": number, "titel": title, "thema": theme, "kommune": municipality,
         "betriebsgeheimnis": business_secret, "kontakt_offen": mail is not None,
         "wettbewerb": str(contest_id) if contest_id else ""},
        subject_id=idea.id, business_key=number, title=title,
    )
    return idea, token


class Contact(Table):
    """How to reach whoever handed in an idea; the only place where this stands."""

    __tablename__ = "contact"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(Idea.id), unique=True)
    mail: Mapped[str] = mapped_column(String(254))
    confirm_digest: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]


def by_number(work: Work, number: str) -> Idea:
    """The public idea with this number; NotFound also for one that is not public."""
    idea = with_number(work, number)
    if idea is None or not idea.public:
        raise NotFound(
            "Unter dieser Nummer ist keine Idee veröffentlicht. Vielleicht wird sie noch geprüft.",
            "No idea is published under this number. It may still be under review.",
        )
    return idea


def with_number(work: Work, number: str) -> Idea | None:
    """The idea with this number, public or not, for those who work on ideas; None if there is none."""
    return work.session.scalar(select(Idea).where(Idea.number == number))


def by_token(work: Work, token: str) -> Idea:
    """The idea whose private link this is; NotFound if the link is wrong."""
    idea = work.session.scalar(select(Idea).where(Idea.token_digest == digest(token)))
    if idea is None:
        raise NotFound(
            "Diesen persönlichen Link kennen wir nicht. Bitte prüfen Sie, ob Sie ihn vollständig kopiert haben.",
            "We do not know this personal link. Please check that you copied all of it.",
        )
    return idea


def contact_of(work: Work, idea_id: UUID) -> Contact | None:
    """How to reach the author, or None where nothing is known (any more)."""
    return work.session.scalar(select(Contact).where(Contact.idea_id == idea_id))


def listing(
    work: Work, *, search: str | None = None, theme: str | None = None, municipality: str | None = None,
    status: str | None = None, sort: str = "new", number: int = 1, size: int = 20,
) -> Page:
    """One page of the public ideas; every word of *search* must occur in number, title or text."""
    query = select(Idea).where(Idea.public)
    if theme:
        query = query.where(Idea.theme == theme)
    if municipality:
        query = query.where(Idea.municipality == municipality)
    if status:
        query = query.where(Idea.status == status)
    for word in fold(search or "").split():
        query = query.where(Idea.folded.contains(word, autoescape=True))
    total = work.session.scalar(query.with_only_columns(func.count(Idea.id))) or 0
    order: tuple[Any, ...] = {
        "moved": (Idea.status_at.desc(), Idea.id), "old": (Idea.handed_in_at, Idea.id), "title": (Idea.title, Idea.id),
    }.get(sort, (Idea.handed_in_at.desc(), Idea.id))
    rows = work.session.scalars(query.order_by(*order).offset((number - 1) * size).limit(size)).all()
    return Page(list(rows), total, number, size)


def figures(work: Work) -> dict[int, int]:
    """How many public ideas have reached which step and are still under way or carried out."""
    refused = ("nicht_weiterverfolgt", "zurueckgezogen", "zusammengefuehrt", "abgegeben")
    rows = work.session.execute(
        select(Idea.step, func.count()).where(Idea.public, Idea.status.not_in(refused)).group_by(Idea.step)
    )
    return {step: count for step, count in rows}  # noqa: C416  (mypy knows rows, not pairs)


def merged_into(work: Work, idea: Idea) -> Idea | None:
    """The idea with which this one was merged, or None."""
    return work.get(Idea, idea.merged_into_id) if idea.merged_into_id else None


def merged_here(work: Work, idea: Idea) -> list[Idea]:
    """The public ideas that were merged into this one."""
    query = select(Idea).where(Idea.merged_into_id == idea.id, Idea.public)
    return list(work.session.scalars(query.order_by(Idea.number)))


def about(work: Work, subject_id: UUID | None) -> Idea | None:
    """The idea an instance is about, for those who work on it; None if it is about something else."""
    return work.session.get(Idea, subject_id) if subject_id is not None else None


def whereabouts(work: Work, idea: Idea) -> Whereabouts:
    """Who has to act next, until when, and what comes then."""
    open_tasks = [
        task for instance in instances.of_subject(work, idea.id) if instance.status not in OVER
        for task in tasks.siblings_open(work, instance.id)
    ]
    first = min(open_tasks, key=lambda task: task.sort_at, default=None)
    dues = [task.due_at for task in open_tasks if task.due_at is not None]
    until = min(dues).astimezone(BERLIN).date() if dues else None
    return Whereabouts(
        step=idea.step, bodies=sorted({task.body for task in open_tasks}), task=first.name if first else None,
        until=idea.meeting_on or until, next=statuses.NEXT.get(idea.status), final=idea.status in statuses.FINAL,
    )


def publish_status(
    work: Work, idea: Idea, chain: Any, status: str, *, reason_code: str | None = None, reason: str = "",
    until: date | None = None, body: str | None = None,
) -> IdeaStatus:
    """Publish a new status of an idea and tell its author; the old ones stay readable."""
    if status not in STATUSES:
        raise Invalid("Den Stand „{status}“ gibt es nicht.", "There is no status “{status}”.", status=status)
    hidden = status in statuses.HIDDEN
    step = statuses.STEP_OF.get(status, idea.step)
    row = work.add(IdeaStatus(
        idea_id=idea.id, at=work.now, status=status, step=step, reason_code=reason_code, reason=reason, body=body,
        until=until, public=not hidden,
    ))
    idea.status, idea.status_at, idea.step, idea.body = status, work.now, step, body
    idea.meeting_on = until if status in ("beratung", "entscheidung") else None
    if hidden:
        idea.public = False
    events.record(work, "idea.status_published", idea, chain, status=STATUSES[status].de, key=status,
                  reason_code=reason_code, reason=reason, until=until, body=body)
    if status not in ("eingegangen", "unbestaetigt", "missbrauch"):
        tell(work, idea, "status_changed", status=STATUSES[status].within(idea.language), reason=reason)
    return row


def tell(work: Work, idea: Idea, template: str, **values: Any) -> None:
    """Mail the author of an idea, if they left an address and confirmed it."""
    contact = contact_of(work, idea.id)
    if contact is not None and contact.confirmed_at is not None:
        notices.queue(work, contact.mail, template, idea.language, number=idea.number, title=idea.title,
                      url=f"{work.settings.base_url}/ideen/{idea.number}", **values)


def digest(token: str) -> str:
    """What the database keeps of a secret link."""
    return hashlib.sha256(token.encode()).hexdigest()


def fold(value: str) -> str:
    """*value* as the search compares it: small letters, single spaces."""
    return " ".join(value.casefold().split())


def _welcome(work: Work, idea: Idea, mail: str, token: str) -> None:
    confirm = secrets.token_urlsafe(24)
    work.add(Contact(idea_id=idea.id, mail=mail, confirm_digest=digest(confirm), confirmed_at=None))
    base = work.settings.base_url
    notices.queue(work, mail, "idea_received", idea.language, number=idea.number, title=idea.title,
                  url=f"{base}/meine-idee/{token}", confirm_url=f"{base}/kontakt/{confirm}")


def _next_number(work: Work) -> str:
    year = work.now.astimezone(BERLIN).year
    return f"{year}-{next_of(work.session, f'idea-{year}'):05d}"


def _check(
    title: str, body: str, theme: str, municipality: str, connection: str, mail: str | None, under_16: bool,
    consent: bool,
) -> None:
    fields: dict[str, list[Sentence]] = {}
    if not 5 <= len(title) <= TITLE_LENGTH:
        fields["title"] = [Sentence(f"Bitte geben Sie Ihrer Idee einen Titel mit 5 bis {TITLE_LENGTH} Zeichen.",
                                    f"Please give your idea a title of 5 to {TITLE_LENGTH} characters.")]
    if not 20 <= len(body) <= TEXT_LENGTH:
        fields["text"] = [Sentence(f"Bitte beschreiben Sie Ihre Idee mit 20 bis {TEXT_LENGTH} Zeichen.",
                                   f"Please describe your idea in 20 to {TEXT_LENGTH} characters.")]
    for name, value, known in (("theme", theme, THEMES), ("municipality", municipality, MUNICIPALITIES),
                               ("connection", connection, CONNECTIONS)):
        if value not in known:
            fields[name] = [Sentence("Bitte wählen Sie eine der Möglichkeiten.", "Please choose one of the options.")]
    if mail is not None and (len(mail) > 254 or mail.count("@") != 1 or "." not in mail.split("@")[1]
                             or any(sign.isspace() or sign in "<>,;\"" for sign in mail)):
        fields["mail"] = [Sentence("Bitte eine gültige E-Mail-Adresse eingeben, zum Beispiel name@example.org.",
                                   "Please enter a valid e-mail address, such as name@example.org.")]
    if under_16 and not consent:
        fields["consent"] = [Sentence("Bitte bestätigen Sie, dass die Sorgeberechtigten einverstanden sind.",
                                      "Please confirm that your parents or guardians agree.")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
