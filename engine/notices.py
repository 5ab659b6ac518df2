"""Notices: mails to people, through an outbox that is written with the act and emptied after the commit.

A mail goes out once.  A worker takes some for LEASE, sends them with no row
locked, and deletes each as soon as the mail server has it.  In two cases one
mail can go out twice: the worker dies, or the connection breaks, after the
server took the mail and before that is written down.  Both mails then carry
the same Message-ID, so that the reader's program can tell.  Without a mail
server the mails are written as .eml files, so that nothing is lost on a trial
machine.
"""

import smtplib
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Sentence
from engine.identity import bodies
from engine.identity.people import Person
from engine.runtime.tasks import Task
from engine.settings import Settings
from engine.work import Work

TRIES = 8
BACK_OFF = timedelta(minutes=1)
AT_ONCE = 20
LEASE = timedelta(minutes=15)
"""How long a worker may take over the mails it took; longer than twenty of them on a slow connection."""
TEMPLATES: dict[str, tuple[Sentence, Sentence]] = {
    "idea_received": (
        Sentence("Ihre Idee {number} ist eingegangen", "Your idea {number} has arrived"),
        Sentence(
            "Guten Tag,\n\nvielen Dank für Ihre Idee „{title}“. Sie hat die Nummer {number}.\n\n"
            "Bitte bestätigen Sie Ihre E-Mail-Adresse mit diesem Link, sonst können wir die Idee nicht bearbeiten:\n"
            "{confirm_url}\n\nUnter diesem persönlichen Link sehen Sie jederzeit, wo Ihre Idee steht, und können "
            "Rückfragen beantworten. Bitte geben Sie ihn nicht weiter:\n{url}\n",
            "Hello,\n\nthank you for your idea “{title}”. Its number is {number}.\n\n"
            "Please confirm your e-mail address with this link, otherwise we cannot work on the idea:\n"
            "{confirm_url}\n\n"
            "With this personal link you can see at any time where your idea stands and answer questions. "
            "Please keep it to yourself:\n{url}\n",
        ),
    ),
    "status_changed": (
        Sentence("Ihre Idee {number}: {status}", "Your idea {number}: {status}"),
        Sentence(
            "Guten Tag,\n\nIhre Idee „{title}“ ({number}) hat einen neuen Stand: {status}.\n\n{reason}\n\n"
            "Mehr dazu: {url}\n",
            "Hello,\n\nyour idea “{title}” ({number}) has a new status: {status}.\n\n{reason}\n\n"
            "More about it: {url}\n",
        ),
    ),
    "question_asked": (
        Sentence("Rückfrage zu Ihrer Idee {number}", "A question about your idea {number}"),
        Sentence(
            "Guten Tag,\n\nzu Ihrer Idee „{title}“ ({number}) haben wir eine Frage:\n\n{question}\n\n"
            "Bitte antworten Sie bis zum {until} mit dem persönlichen Link, den Sie mit der Eingangsbestätigung "
            "erhalten haben. Ohne Antwort stellen wir die Idee zurück; sie geht nicht verloren.\n",
            "Hello,\n\nwe have a question about your idea “{title}” ({number}):\n\n{question}\n\n"
            "Please answer until {until} with the personal link you received with the receipt. Without an answer we "
            "set the idea aside; it does not get lost.\n",
        ),
    ),
    "rueckfrage_erinnerung": (
        Sentence("Erinnerung an unsere Rückfrage zu Ihrer Idee {number}",
                 "Reminder of our question on your idea {number}"),
        Sentence(
            "Guten Tag,\n\nzu Ihrer Idee „{title}“ ({number}) ist noch eine Rückfrage offen. Bitte antworten Sie bis "
            "zum {bis} mit dem persönlichen Link aus der Eingangsbestätigung.\n",
            "Hello,\n\na question about your idea “{title}” ({number}) is still open. Please answer until {bis} with "
            "the personal link from the receipt.\n",
        ),
    ),
    "erinnerung_aufgabe": (
        Sentence("Erinnerung: {aufgabe} ({number})", "Reminder: {aufgabe} ({number})"),
        Sentence(
            "Guten Tag,\n\ndie Aufgabe „{aufgabe}“ zur Idee „{title}“ ({number}) wartet noch auf Sie oder Ihr "
            "Gremium.\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe task “{aufgabe}” on the idea “{title}” ({number}) still waits for you or your body.\n\n"
            "To your inbox: {url}\n",
        ),
    ),
    "eskalation_aufgabe": (
        Sentence("Überfällig: {aufgabe} ({number})", "Overdue: {aufgabe} ({number})"),
        Sentence(
            "Guten Tag,\n\ndie Aufgabe „{aufgabe}“ zur Idee „{title}“ ({number}) ist trotz Erinnerungen nicht "
            "erledigt. Bitte sprechen Sie die zuständige Stelle an.\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe task “{aufgabe}” on the idea “{title}” ({number}) is not done in spite of reminders. "
            "Please talk to those in charge.\n\nTo your inbox: {url}\n",
        ),
    ),
    "erinnerung_einladung": (
        Sentence("Bitte einladen: {title}", "Please invite: {title}"),
        Sentence(
            "Guten Tag,\n\nzu „{title}“ ist noch nicht eingeladen. Damit die Ladungsfrist gewahrt ist, muss die "
            "Einladung am {bis} zugehen (§ 27 Abs. 3 LKO).\n\nZum Posteingang: {url}\n",
            "Hello,\n\nmembers have not been invited to “{title}” yet. To keep the notice period they must receive the "
            "invitation on {bis} (§ 27 Abs. 3 LKO).\n\nTo your inbox: {url}\n",
        ),
    ),
    "meeting_invited": (
        Sentence("Einladung: {body}, {day}", "Invitation: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\nzur Sitzung „{body}“ am {day} um {time} Uhr laden wir Sie ein.\nOrt: {place}\n\n"
            "Tagesordnung, Vorlagen und Ihre Antwort (ich komme, ich komme nicht, meine Vertretung kommt) finden Sie "
            "hier:\n{url}\n\nDie Kalenderdatei liegt bei.\n",
            "Hello,\n\nwe invite you to the meeting “{body}” on {day} at {time}.\nPlace: {place}\n\n"
            "You find the agenda, the papers and your answer (I come, I do not come, my deputy comes) here:\n{url}\n\n"
            "The calendar file is attached.\n",
        ),
    ),
    "meeting_moved": (
        Sentence("Verlegt auf {day}: {body}", "Moved to {day}: {body}"),
        Sentence(
            "Guten Tag,\n\ndie Sitzung „{body}“ ist verlegt auf den {day} um {time} Uhr.\nOrt: {place}\n"
            "Grund: {reason}\n\nEine neue Einladung folgt. Die beiliegende Kalenderdatei ändert Ihren Termin.\n",
            "Hello,\n\nthe meeting “{body}” has been moved to {day} at {time}.\nPlace: {place}\nReason: {reason}\n\n"
            "A new invitation follows. The calendar file attached changes your date.\n",
        ),
    ),
    "meeting_cancelled": (
        Sentence("Abgesagt: {body}, {day}", "Cancelled: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\ndie Sitzung „{body}“ am {day} um {time} Uhr fällt aus.\nGrund: {reason}\n\n"
            "Die beiliegende Kalenderdatei nimmt sie aus Ihrem Kalender.\n",
            "Hello,\n\nthe meeting “{body}” on {day} at {time} does not take place.\nReason: {reason}\n\n"
            "The calendar file attached removes it from your calendar.\n",
        ),
    ),
    "minutes_sent": (
        Sentence("Niederschrift: {body}, {day}", "Minutes: {body}, {day}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift der Sitzung „{body}“ vom {day} liegt vor:\n{url}\n\n"
            "Einwendungen können Sie bis zur nächsten Sitzung erheben.\n",
            "Hello,\n\nthe minutes of the meeting “{body}” of {day} are there:\n{url}\n\n"
            "You can object to them until the next meeting.\n",
        ),
    ),
    "erinnerung_niederschrift": (
        Sentence("Erinnerung an die Niederschrift: {title}", "Reminder of the minutes: {title}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift zu „{title}“ ist noch nicht verschickt. Spätestens am {bis} muss sie "
            "allen Mitgliedern zugegangen sein (§ 34 LKO, § 41 GemO).\n\nZum Posteingang: {url}\n",
            "Hello,\n\nthe minutes of “{title}” have not been sent yet. All members must have received them by {bis} "
            "(§ 34 LKO, § 41 GemO).\n\nTo your inbox: {url}\n",
        ),
    ),
    "frist_niederschrift": (
        Sentence("Frist überschritten: Niederschrift {title}", "Overdue: minutes of {title}"),
        Sentence(
            "Guten Tag,\n\ndie Niederschrift zu „{title}“ hätte bis zum {bis} zugehen müssen (§ 34 LKO, § 41 GemO). "
            "Bitte verschicken Sie sie jetzt und erläutern Sie dabei, warum sie später kommt.\n\n"
            "Zum Posteingang: {url}\n",
            "Hello,\n\nthe minutes of “{title}” should have been received by {bis} (§ 34 LKO, § 41 GemO). Please send "
            "them now and explain why they are late.\n\nTo your inbox: {url}\n",
        ),
    ),
    "eilentscheidung": (
        Sentence("Eilentscheidung: {title}", "Urgent decision: {title}"),
        Sentence(
            "Guten Tag,\n\nanstelle von „{gremium}“ wurde nach § 42 LKO entschieden ({weg}):\n\n{wortlaut}\n\n"
            "Gründe für die Eile:\n{gruende}\n\nDie Entscheidung steht auf der Tagesordnung der nächsten Sitzung; das "
            "Gremium kann sie aufheben, soweit nicht schon Rechte Dritter entstanden sind.\n\nSitzungen: {url}\n",
            "Hello,\n\nin the place of “{gremium}” a decision was taken under § 42 LKO ({weg}):\n\n{wortlaut}\n\n"
            "Reasons for the haste:\n{gruende}\n\nThe decision is on the agenda of the next meeting; the body can "
            "annul it unless it has given rights to third parties.\n\nMeetings: {url}\n",
        ),
    ),
    "eilentscheidung_aufgehoben": (
        Sentence("Eilentscheidung aufgehoben: {title}", "Urgent decision annulled: {title}"),
        Sentence(
            "Guten Tag,\n\n„{gremium}“ hat die Eilentscheidung „{title}“ am {tag} aufgehoben (§ 42 LKO).\n\n"
            "Sitzungen: {url}\n",
            "Hello,\n\n“{gremium}” annulled the urgent decision “{title}” on {tag} (§ 42 LKO).\n\nMeetings: {url}\n",
        ),
    ),
    "umlauf_eroeffnet": (
        Sentence("Umlauf in „{gremium}“: {title}", "Circular in “{gremium}”: {title}"),
        Sentence(
            "Guten Tag,\n\nzur Frage „{title}“ wird im Umlauf abgestimmt. Bitte antworten Sie bis zum {bis}; wer dem "
            "Umlauf widerspricht, bringt die Frage in die nächste Sitzung.\n\nZur Antwort: {url}\n",
            "Hello,\n\nthe question “{title}” is decided by circular. Please answer until {bis}; whoever objects to "
            "the circular takes the question to the next meeting.\n\nTo your answer: {url}\n",
        ),
    ),
    "umlauf_erinnerung": (
        Sentence("Erinnerung an den Umlauf: {title}", "Reminder of the circular: {title}"),
        Sentence(
            "Guten Tag,\n\nIhre Antwort zu „{title}“ fehlt noch. Der Umlauf endet am {bis}.\n\nZur Antwort: {url}\n",
            "Hello,\n\nyour answer to “{title}” is still missing. The circular ends on {bis}.\n\n"
            "To your answer: {url}\n",
        ),
    ),
    "umlauf_beendet": (
        Sentence("Umlauf beendet: {title}", "Circular over: {title}"),
        Sentence(
            "Guten Tag,\n\nder Umlauf zu „{title}“ ist beendet: {ergebnis}.\n\nMehr dazu: {url}\n",
            "Hello,\n\nthe circular on “{title}” is over: {ergebnis}.\n\nMore about it: {url}\n",
        ),
    ),
    "nachtrag": (
        Sentence("Nachtrag zur Idee {number}", "Addendum to the idea {number}"),
        Sentence(
            "Guten Tag,\n\nzur Idee „{title}“ ({number}) ist ein Nachtrag eingegangen. Er steht bei der Aufgabe.\n\n"
            "Zum Posteingang: {url}\n",
            "Hello,\n\nan addendum to the idea “{title}” ({number}) has arrived. It stands beside the task.\n\n"
            "To your inbox: {url}\n",
        ),
    ),
    "tasks_opened": (
        Sentence("{count} neue Aufgaben in Reifegrad", "{count} new tasks in Reifegrad"),
        Sentence(
            "Guten Tag,\n\nfür Sie oder Ihre Gremien liegen neue Aufgaben vor:\n\n{lines}\n\nZum Posteingang: {url}\n",
            "Hello,\n\nnew tasks wait for you or your bodies:\n\n{lines}\n\nTo your inbox: {url}\n",
        ),
    ),
}


@dataclass(frozen=True)
class Attachment:
    """A text file that goes with a mail; a calendar file (RFC 5546) says by *method* what it asks for."""

    name: str
    subtype: str
    """The part of its media type after `text/`"""
    text: str
    method: str = ""


class Notice(Table):
    """A mail on its way; it is deleted once it is sent."""

    __tablename__ = "notice"

    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(256))
    text: Mapped[str]
    created_at: Mapped[datetime]
    try_at: Mapped[datetime | None] = mapped_column(index=True)
    """None: given up"""
    tries: Mapped[int]
    error: Mapped[str | None]
    attachment: Mapped[dict[str, Any] | None]
    """The fields of an Attachment"""


def queue(
    work: Work, to: str, template: str, language: str = "de", *, attachment: Attachment | None = None, **values: Any
) -> Notice:
    """Put a mail made from *template* (a key of TEMPLATES) into the outbox; it leaves after the commit."""
    subject, text = (part.within(language).format_map(_Values(values)) for part in TEMPLATES[template])
    subject = " ".join(subject.split())[:256]  # a line break would end the header
    return work.add(Notice(
        to=to, subject=subject, text=text, created_at=work.now, try_at=work.now, tries=0, error=None,
        attachment=asdict(attachment) if attachment is not None else None,
    ))


def tell(work: Work, template: str, *, body: str | None = None, person: UUID | None = None, **values: Any) -> int:
    """Put a mail for *person*, or for every member of *body* and who stands in there, into the outbox.

    Returns how many.
    """
    found = work.session.get(Person, person) if person is not None else None
    if body:
        readers = [*bodies.members(work, body), *bodies.standing_in(work, body)]
    else:
        readers = [found] if found is not None and found.active else []
    for reader in (everybody := {one.id: one for one in readers}.values()):
        queue(work, reader.mail, template, reader.language, **values)
    return len(everybody)


def announce_tasks(work: Work, limit: int = 500) -> int:
    """Tell people of tasks opened since the last call, one mail a person; return how many tasks there were.

    Who stands in for somebody is told of the same tasks.
    """
    query = select(Task).where(Task.closed_at.is_(None), Task.announced_at.is_(None)).order_by(Task.opened_at)
    fresh = list(work.session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    told: dict[UUID, list[Task]] = defaultdict(list)
    known: dict[UUID, Person] = {}
    places: dict[tuple[Any, ...], list[Person]] = {}
    for task in fresh:
        task.announced_at = work.now
        place = (task.body, task.process_id, task.assignee_id)
        if place not in places:
            places[place] = _readers(work, *place)
        for person in places[place]:
            known[person.id] = person
            told[person.id].append(task)
    for key, his in told.items():
        lines = "\n".join(
            f"– {task.business_key} {task.title}: {task.name}"
            + (f" ({task.due_at.astimezone(bodies.BERLIN):%d.%m.%Y})" if task.due_at else "")
            for task in his
        )
        queue(work, known[key].mail, "tasks_opened", known[key].language, count=len(his), lines=lines,
              url=f"{work.settings.base_url}/aufgaben")
    return len(fresh)


def _readers(work: Work, body: str, process_id: str, assignee_id: UUID | None) -> list[Person]:
    person = work.session.get(Person, assignee_id) if assignee_id is not None else None
    own = bodies.members(work, body) if assignee_id is None else [person] if person and person.active else []
    return list({one.id: one for one in [*own, *bodies.standing_in(work, body, process_id, assignee_id)]}.values())


def next_due(work: Work) -> datetime | None:
    """When the next mail has to be looked at, None if there is none: one look into an index."""
    return work.session.scalar(select(func.min(Notice.try_at)))


def anything_new(work: Work) -> bool:
    """Whether there are tasks that nobody was told of."""
    query = select(Task.id).where(Task.closed_at.is_(None), Task.announced_at.is_(None)).limit(1)
    return work.session.scalar(query) is not None


def take(work: Work, most: int = AT_ONCE) -> list[Notice]:
    """Up to *most* mails that are due, for this worker alone to send within LEASE of the work's end."""
    query = select(Notice).where(Notice.try_at <= work.now).order_by(Notice.try_at, Notice.id).limit(most)
    taken = list(work.session.scalars(query.with_for_update(skip_locked=True)))
    for notice in taken:
        notice.try_at = work.now + LEASE
    return taken


def settle(work: Work, notice: Notice, error: str | None) -> None:
    """Write down what became of a mail that was taken: it is gone, or kept for later with a growing pause."""
    found = work.session.get(Notice, notice.id)
    if found is None:
        return
    if error is None:
        work.session.delete(found)
        return
    found.tries, found.error = found.tries + 1, error
    found.try_at = work.now + BACK_OFF * 2 ** found.tries if found.tries < TRIES else None


def give_back(work: Work, left: list[Notice]) -> None:
    """Leave mails that were taken and not tried to whoever comes next; they have used no try."""
    work.session.execute(update(Notice).where(Notice.id.in_([notice.id for notice in left]))
                         .values(try_at=work.now + BACK_OFF))


def forget(work: Work) -> None:
    """Throw away every mail on its way, and count all open tasks as announced: nobody is to be told of the past."""
    work.session.execute(delete(Notice))
    work.session.execute(update(Task).where(Task.announced_at.is_(None)).values(announced_at=work.now))


def stuck(work: Work) -> int:
    """How many mails were given up."""
    return work.session.scalar(select(func.count()).select_from(Notice).where(Notice.try_at.is_(None))) or 0


class Post:
    """One connection to the mail server, opened for the first mail; use it as a context manager."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._server: smtplib.SMTP | None = None
        self.is_open = True
        """False once the server cannot be reached or does not let us in: that would be so for every other mail."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()

    def send(self, notice: Notice) -> str | None:
        """Send one mail; what went wrong, or None."""
        mail = _written(self._settings, notice, self._now)
        try:
            if self._settings.smtp_host:
                self._connected().send_message(mail)
            else:
                _keep(self._settings, notice, mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return str(error)[:500]  # this one only
        except (OSError, smtplib.SMTPException) as error:
            self.is_open = False
            return str(error)[:500] or type(error).__name__
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            settings = self._settings
            self._server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20)
            if settings.smtp_starttls:
                self._server.starttls()
            if settings.smtp_user:
                self._server.login(settings.smtp_user, settings.smtp_password)
        return self._server


def _written(settings: Settings, notice: Notice, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.mail_from, notice.to, notice.subject
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{notice.id}@reifegrad.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notice.text)
    if notice.attachment is not None:
        file = Attachment(**notice.attachment)
        params = {"method": file.method} if file.method else {}
        mail.add_attachment(file.text, subtype=file.subtype, filename=file.name, params=params)
    return mail


def _keep(settings: Settings, notice: Notice, mail: EmailMessage) -> None:
    folder = settings.var / "outbox"
    folder.mkdir(exist_ok=True)
    unfinished = folder / f".{notice.id}.part"
    unfinished.write_bytes(bytes(mail))
    unfinished.rename(folder / f"{notice.id}.eml")


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
