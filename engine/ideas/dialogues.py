"""What the county and the author of an idea say to each other after the idea was handed in."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Conflict, Invalid, NotFound, Sentence
from engine.history import events
from engine.ideas import ideas, statuses
from engine.ideas.ideas import Contact, Idea
from engine.runtime import instances, messages
from engine.runtime.instances import Instance
from engine.work import Work

LENGTH = 4000
KEPT = timedelta(days=183)
"""How long contact data are kept after an idea's end (Art. 5 (1) e GDPR)"""
ERASED = "[gelöscht]"
ANSWERED, ADDED, WITHDRAWN, EXTENDED, CONFIRMED = (
    "antwort", "nachtrag", "zurueckgezogen", "fristverlaengerung", "kontakt_bestaetigt"
)
"""The messages that the processes wait for"""


class Question(Table):
    """A question to the author, and the answer."""

    __tablename__ = "question"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(Idea.id), index=True)
    number: Mapped[int]
    text: Mapped[str]
    asked_at: Mapped[datetime]
    until: Mapped[date | None]
    extended: Mapped[bool]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """Answered, or no longer waited for"""


class Addendum(Table):
    """What the author added later."""

    __tablename__ = "addendum"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(Idea.id), index=True)
    number: Mapped[int]
    text: Mapped[str]
    at: Mapped[datetime]


def ask(work: Work, idea: Idea, chain: Instance, text: str, until: date | None) -> Question:
    """Ask the author something; the question stands on their private page and is mailed."""
    number = len(questions(work, idea.id)) + 1
    question = work.add(Question(
        idea_id=idea.id, number=number, text=text, asked_at=work.now, until=until, extended=False, answer=None,
        answered_at=None, closed_at=None,
    ))
    events.record(work, "idea.question_asked", idea, chain, question=number, text=text, until=until)
    ideas.tell(work, idea, "question_asked", question=text, until=f"{until:%d.%m.%Y}" if until else "")
    return question


def wait_until(work: Work, idea: Idea, until: date | None) -> None:
    """Let the open question be answered until a day, which its process may have put off; None changes nothing."""
    for question in questions(work, idea.id):
        if question.closed_at is None and until is not None:
            question.until = until


def close_question(work: Work, idea: Idea) -> None:
    """Stop waiting for answers."""
    for question in questions(work, idea.id):
        if question.closed_at is None:
            question.closed_at = work.now


def answer(work: Work, token: str, text: str) -> Question:
    """Answer the open question; Conflict if none is open (any more), Invalid if the text is missing or too long."""
    idea = ideas.by_token(work, token)
    question = _open_question(work, idea)
    question.answer, question.answered_at, question.closed_at = _text(text), work.now, work.now
    instance = instances.deliver(work, ANSWERED, str(idea.id), {"antwort_nr": question.number})
    events.record(work, "idea.question_answered", idea, instance, question=question.number,
                  text=events.conceal(work, idea, f"antwort_{question.number}", question.answer))
    return question


def ask_extension(work: Work, token: str) -> Question:
    """Ask once for more time to answer; Conflict if that was granted before."""
    idea = ideas.by_token(work, token)
    question = _open_question(work, idea)
    if question.extended:
        raise Conflict("Die Frist wurde bereits einmal verlängert.", "The time was extended once already.")
    question.extended = True
    instances.deliver(work, EXTENDED, str(idea.id), {})
    return question


def add_addendum(work: Work, token: str, text: str) -> Addendum:
    """Add something to an idea while it is being worked on."""
    idea = ideas.by_token(work, token)
    number = (work.session.scalar(select(func.max(Addendum.number)).where(Addendum.idea_id == idea.id)) or 0) + 1
    row = work.add(Addendum(idea_id=idea.id, number=number, text=_text(text), at=work.now))
    instance = instances.deliver(work, ADDED, str(idea.id), {"nachtrag_nr": number})
    events.record(work, "idea.addendum_added", idea, instance, addendum=number,
                  text=events.conceal(work, idea, f"nachtrag_{number}", row.text))
    return row


def withdraw(work: Work, token: str) -> Idea:
    """Withdraw an idea; Conflict once it is too late (an invitation was sent, or it has ended)."""
    idea = ideas.by_token(work, token)
    instances.deliver(work, WITHDRAWN, str(idea.id), {})
    return idea


def confirm_contact(work: Work, token: str) -> Idea:
    """Confirm the mail address behind a link; a second click changes nothing. NotFound if the link is wrong."""
    contact = work.session.scalar(select(Contact).where(Contact.confirm_digest == ideas.digest(token)))
    if contact is None:
        raise NotFound(
            "Diesen Bestätigungslink kennen wir nicht, oder die Frist von 30 Tagen ist vorbei.",
            "We do not know this confirmation link, or its 30 days are over.",
        )
    idea = work.get(Idea, contact.idea_id)
    if contact.confirmed_at is None:
        contact.confirmed_at = work.now
        if messages.receiver(work, CONFIRMED, str(idea.id)) is not None:
            instance = instances.deliver(work, CONFIRMED, str(idea.id), {})
            events.record(work, "idea.contact_confirmed", idea, instance)
    return idea


def erase_contact(work: Work, idea: Idea, chain: Instance | None = None) -> None:
    """Erase what is known of the author (Art. 17 GDPR): address, answers and addenda; the history stays valid."""
    contact = ideas.contact_of(work, idea.id)
    if contact is not None:
        work.session.delete(contact)
    for question in questions(work, idea.id):
        question.answer = ERASED if question.answer is not None else None
    for addendum in addenda(work, idea.id):
        addendum.text = ERASED
    erased = events.erase(work, idea.id)
    events.record(work, "idea.contact_erased", idea, chain, values=erased)


def erase_old_contacts(work: Work, limit: int = 200) -> int:
    """Erase the contact data of ideas that were never confirmed or ended six months ago; return how many."""
    old = work.session.scalars(
        select(Idea).join(Contact, Contact.idea_id == Idea.id).where(or_(
            Idea.status == "unbestaetigt",
            and_(Idea.status.in_(sorted(statuses.FINAL)), Idea.status_at < work.now - KEPT),
        )).limit(limit).with_for_update(of=Idea, skip_locked=True)
    ).all()
    for idea in old:
        erase_contact(work, idea)
    return len(old)


def questions(work: Work, idea_id: UUID) -> list[Question]:
    """The questions asked about an idea, oldest first."""
    return list(work.session.scalars(select(Question).where(Question.idea_id == idea_id).order_by(Question.number)))


def addenda(work: Work, idea_id: UUID) -> list[Addendum]:
    """What was added to an idea, oldest first."""
    return list(work.session.scalars(select(Addendum).where(Addendum.idea_id == idea_id).order_by(Addendum.number)))


def possible(work: Work, idea: Idea) -> set[str]:
    """What the author can do now: messages of ANSWERED, ADDED, WITHDRAWN, EXTENDED that the processes wait for."""
    if idea.status in statuses.FINAL:
        return set()
    return messages.awaited(work, str(idea.id)) & {ANSWERED, ADDED, WITHDRAWN, EXTENDED}


def _open_question(work: Work, idea: Idea) -> Question:
    for question in reversed(questions(work, idea.id)):
        if question.closed_at is None:
            return question
    raise Conflict("Zurzeit ist keine Rückfrage offen.", "No question is open at the moment.")


def _text(text: str) -> str:
    clean = text.strip()
    if not 2 <= len(clean) <= LENGTH:
        raise Invalid(
            "Bitte sehen Sie sich die markierte Angabe noch einmal an.", "Please look at the marked field again.",
            fields={"text": [Sentence(f"Bitte schreiben Sie 2 bis {LENGTH} Zeichen.",
                                      f"Please write 2 to {LENGTH} characters.")]},
        )
    return clean
