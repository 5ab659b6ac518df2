"""People sign in with a password, and nobody learns more than they should."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import Invalid
from engine.identity import people
from engine.identity.people import Person

PASSWORD = "korrekt-pferd-batterie"


@pytest.fixture
def ada(house: Any, clock: Any) -> Any:
    with house.work(now=clock.now) as work:
        return people.add(work, "ada", "Ada", "ada@example.org", PASSWORD)


def sign_in(house: Any, clock: Any, password: str, login: str = "ada") -> bool:
    with house.work(now=clock.now) as work:
        return people.sign_in(work, login, password) is not None


def test_the_right_password_signs_in_and_no_other(house: Any, clock: Any, ada: Any) -> None:
    assert sign_in(house, clock, PASSWORD)
    assert sign_in(house, clock, PASSWORD, " ADA ")
    assert not sign_in(house, clock, PASSWORD + "x")
    assert not sign_in(house, clock, PASSWORD, "bea")


def test_the_password_is_stored_as_argon2id_only(house: Any, ada: Any) -> None:
    assert ada.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ada.password_hash


def test_five_failures_lock_the_login_for_five_minutes(house: Any, clock: Any, ada: Any) -> None:
    for _ in range(people.FAILURES):
        assert not sign_in(house, clock, "wrong")
    assert not sign_in(house, clock, PASSWORD)
    clock.advance(minutes=5, seconds=1)
    assert sign_in(house, clock, PASSWORD)


def test_an_inactive_person_and_one_without_password_cannot_sign_in(house: Any, clock: Any, ada: Any) -> None:
    with house.work(now=clock.now) as work:
        people.add(work, "bea", "Bea", "bea@example.org")
        people.change(work, work.get(Person, ada.id), name="Ada", mail="ada@example.org", active=False)
    assert not sign_in(house, clock, PASSWORD)
    assert not sign_in(house, clock, "", "bea")


def test_a_new_password_ends_the_sessions_of_the_old_one(house: Any, clock: Any, ada: Any) -> None:
    key = ada.session_key
    with house.work(now=clock.now) as work:
        assert people.signed_in(work, ada.id, key) is not None
        people.set_password(work, work.get(Person, ada.id), PASSWORD + "2")
        assert people.signed_in(work, ada.id, key) is None


@pytest.mark.parametrize(("login", "name", "mail", "wrong"), [
    ("ada", "Ada Zwei", "a@example.org", {"login"}),
    ("A b", "Ada", "a@example.org", {"login"}),
    ("bea", "  ", "a@example.org", {"name"}),
    ("bea", "Bea", "nobody", {"mail"}),
    ("bea", "", "nobody", {"name", "mail"}),
])
def test_wrong_particulars_are_refused_field_by_field(
    house: Any, clock: Any, ada: Any, login: str, name: str, mail: str, wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as refused, house.work(now=clock.now) as work:
        people.add(work, login, name, mail)
    assert set(refused.value.fields) == wrong


def test_a_short_password_is_refused_and_nothing_is_written(house: Any, clock: Any) -> None:
    with pytest.raises(Invalid), house.work(now=clock.now) as work:
        people.add(work, "bea", "Bea", "bea@example.org", "short")
    with house.look() as work:
        assert work.session.scalar(select(Person)) is None
