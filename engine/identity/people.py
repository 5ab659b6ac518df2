"""People who sign in. Citizens who hand in ideas have no account; see ideas."""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import String, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Invalid, Sentence
from engine.history import events
from engine.work import Page, Work

FAILURES = 5
LOCKED = timedelta(minutes=5)
PASSWORD_LENGTH = 12
MISSING = Sentence("Diese Angabe fehlt.", "This is missing.")

_hasher = PasswordHasher()


class Person(Table):
    """Somebody who signs in; their name and mail stand here and nowhere else."""

    __tablename__ = "person"

    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    mail: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(256))
    """None: cannot sign in"""
    session_key: Mapped[str] = mapped_column(String(32))
    """Changes with the password, which ends every session signed with the old one."""
    active: Mapped[bool]
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]


def add(work: Work, login: str, name: str, mail: str, password: str | None = None) -> Person:
    """Add a person who may sign in with *login* once a password is set; Invalid names each wrong field."""
    login = login.strip().lower()
    _check(name, mail, login)
    if work.session.scalar(select(Person.id).where(Person.login == login)) is not None:
        raise Invalid(
            "Bitte sehen Sie sich die markierten Angaben noch einmal an.", "Please look at the marked fields again.",
            fields={"login": [Sentence(
                f"Den Anmeldenamen „{login}“ gibt es schon. Bitte wählen Sie einen anderen.",
                f"The login “{login}” is taken. Please choose another one.",
            )]},
        )
    person = work.add(Person(
        login=login, name=name.strip(), mail=mail.strip(), password_hash=None, session_key=secrets.token_hex(8),
        active=True, language="de", created_at=work.now, failures=0, locked_until=None,
    ))
    events.record(work, "person.added", person, name=events.conceal(work, person, "name", person.name))
    if password is not None:
        set_password(work, person, password)
    return person


def change(work: Work, person: Person, *, name: str, mail: str, active: bool) -> Person:
    """Change what is known of a person; an inactive one cannot sign in. Invalid names each wrong field."""
    _check(name, mail)
    changed = [field for field, value in (("name", name), ("mail", mail), ("active", active))
               if getattr(person, field) != value]
    person.name, person.mail, person.active = name.strip(), mail.strip(), active
    if not active:
        person.session_key = secrets.token_hex(8)
    if changed:
        events.record(work, "person.changed", person, fields=changed, active=active)
    return person


def set_password(work: Work, person: Person, password: str) -> None:
    """Set a person's password (argon2id) and end their sessions; Invalid if it is shorter than 12 characters."""
    if len(password) < PASSWORD_LENGTH:
        raise Invalid(
            "Das Passwort ist zu kurz.", "The password is too short.",
            fields={"password": [Sentence(
                f"Bitte wählen Sie ein Passwort mit mindestens {PASSWORD_LENGTH} Zeichen.",
                f"Please choose a password of at least {PASSWORD_LENGTH} characters.",
            )]},
        )
    person.password_hash = _hasher.hash(password)
    person.session_key = secrets.token_hex(8)
    person.failures, person.locked_until = 0, None
    events.record(work, "person.password_set", person)


def change_password(work: Work, person: Person, current: str, new: str) -> None:
    """Let a person choose a new password; Invalid if the current one is wrong or the new one too short."""
    if not _matches(person.password_hash, current):
        raise Invalid(
            "Bitte sehen Sie sich die markierten Angaben noch einmal an.", "Please look at the marked fields again.",
            fields={"current": [Sentence("Das ist nicht Ihr bisheriges Passwort.",
                                         "This is not your current password.")]},
        )
    set_password(work, person, new)


def sign_in(work: Work, login: str, password: str) -> Person | None:
    """The person who signs in, or None, whatever the reason: nobody learns which logins exist.

    After five failures in a row the login is locked for five minutes, right
    password or not.
    """
    person = work.session.scalar(select(Person).where(Person.login == login.strip().lower()).with_for_update())
    known = person is not None and person.active and person.password_hash is not None
    matches = _matches(person.password_hash if person and known else None, password)
    if person is None or not known:
        return None
    if person.locked_until is not None and person.locked_until > work.now:
        return None
    if not matches:
        person.failures += 1
        if person.failures >= FAILURES:
            person.failures, person.locked_until = 0, work.now + LOCKED
        return None
    person.failures, person.locked_until = 0, None
    return person


def by_login(work: Work, login: str) -> Person | None:
    """The person with this login, or None."""
    return work.session.scalar(select(Person).where(Person.login == login))


def signed_in(work: Work, person_id: UUID, session_key: str) -> Person | None:
    """The person whose session this is, or None if it was ended (password changed, account closed)."""
    person = work.session.get(Person, person_id)
    if person is None or not person.active or not secrets.compare_digest(person.session_key, session_key):
        return None
    return person


def names(work: Work, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these people, one query for all."""
    if not ids:
        return {}
    rows = work.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def listing(work: Work, search: str | None = None, number: int = 1, size: int = 50) -> Page:
    """People by name; *search* looks into name, login and mail."""
    query = select(Person)
    if search:
        pattern = f"%{search.strip().lower()}%"
        columns = (Person.name, Person.login, Person.mail)
        query = query.where(or_(*(func.lower(column).like(pattern) for column in columns)))
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = work.session.scalars(query.order_by(Person.name, Person.id).offset((number - 1) * size).limit(size)).all()
    return Page(list(rows), total, number, size)


def _check(name: str, mail: str, login: str | None = None) -> None:
    fields: dict[str, list[Sentence]] = {}
    if not name.strip():
        fields["name"] = [MISSING]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", mail.strip()):
        fields["mail"] = [Sentence("Bitte eine gültige E-Mail-Adresse eingeben, zum Beispiel name@example.org.",
                                   "Please enter a valid e-mail address, such as name@example.org.")]
    if login is not None and not re.fullmatch(r"[a-z0-9._-]{2,64}", login):
        fields["login"] = [Sentence("Bitte 2 bis 64 kleine Buchstaben, Ziffern, Punkt oder Strich eingeben.",
                                    "Please enter 2 to 64 small letters, digits, dots or dashes.")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        # An unknown login costs the same time as a known one.
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False

