"""The people and bodies of the demo county, as county.json tells them; all persons are invented."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.identity import bodies, people
from engine.identity.people import Person
from engine.work import Work

PASSWORD = "myk10-demo-2026"
"""Every demo account's password; only for trying out."""
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as, and who that is."""

    login: str
    who: str


def is_empty(work: Work) -> bool:
    """Whether nobody has been added to the database yet."""
    return work.session.scalar(select(Person.id).limit(1)) is None


def load(work: Work) -> None:
    """Add the bodies, people, seats and deputies to an empty database; the demo accounts get a password."""
    county = _county()
    made = {body["key"]: bodies.add_body(
        work, body["key"], body["name"], name_en=body["name_en"], kind=body["kind"],
        statutory_number=body["statutory_number"], legal_basis=body["legal_basis"],
        valid_from=_day(body["valid_from"]), valid_to=_day(body["valid_to"]),
    ) for body in county["bodies"]}
    accounts = {account["login"] for account in county["demo_accounts"]}
    known: dict[str, Person] = {}
    for person in county["people"]:
        login = person["login"]
        known[login] = people.add(work, login, person["name"], person["mail"])
        if login in accounts:
            _share_password(work, known[login], known)
        for seat in person["seats"]:
            bodies.seat(
                work, known[login], made[seat["body"]], function=seat["function"], valid_from=_day(seat["valid_from"]),
                valid_to=_day(seat["valid_to"]), municipalities=seat.get("municipalities", []),
                themes=seat.get("themes", []),
            )
    for row in county["deputies"]:
        bodies.appoint_deputy(
            work, known[row["person"]], known[row["deputy"]], body=made[row["body"]] if row["body"] else None,
            valid_from=date.fromisoformat(row["valid_from"]), valid_to=_day(row["valid_to"]),
            reason=row["reason"],
        )


def body_keys() -> list[str]:
    """The keys of the county's bodies."""
    return [body["key"] for body in _county()["bodies"]]


def accounts() -> list[Account]:
    """Whom a newcomer can sign in as; the password is PASSWORD."""
    return [Account(one["login"], one["for"]) for one in _county()["demo_accounts"]]


def logins_of(body: str) -> list[str]:
    """The logins of those who sit in a body, in the order of county.json."""
    return [person["login"] for person in _county()["people"]
            if any(seat["body"] == body and not seat["valid_to"] for seat in person["seats"])]


def _share_password(work: Work, person: Person, known: dict[str, Person]) -> None:
    # Hashing is slow on purpose; the demo accounts share one password and so one hash.
    first = next((other for other in known.values() if other.password_hash is not None), None)
    if first is None:
        people.set_password(work, person, PASSWORD)
    else:
        person.password_hash = first.password_hash


@cache
def _county() -> dict[str, Any]:
    county: dict[str, Any] = json.loads((_FOLDER / "county.json").read_text(encoding="utf-8"))
    return county


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
