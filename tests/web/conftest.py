"""A small county behind real pages, and readers of each kind in front of them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import wiring, worker
from engine.identity import bodies, people
from engine.identity.people import Person
from engine.runtime import inbox
from engine.work import Actor
from tests.council import Council
from tests.web import models
from web.app import create_app

PASSWORD = "ein langes Passwort"
SEATS = {"petra": "stabsstelle_pm", "paul": "stabsstelle_pm", "cora": "cdo", "otto": "prozessverantwortung",
         "rita": "revision", "ada": "administration", "gast": None}
IDEA = {"title": "Eine Bank am Weiher", "text": "Am Weiher fehlt eine Bank für alle, die nicht lange stehen können.",
        "theme": "freizeit", "municipality": "maifeld", "connection": "lebt"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages ask the engine, which is tested on both databases; here one is enough."""
    for item in items:
        if item.path.is_relative_to(__file__.rsplit("/", 1)[0]):
            item.add_marker(pytest.mark.databases("sqlite"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """See above: the mark has to be there before the parameters are."""
    metafunc.definition.add_marker(pytest.mark.databases("sqlite"))


class Reader:
    """Somebody with a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.page = client, ""

    def get(self, address: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._kept(self.client.get(address, **options))

    def post(self, address: str, token: str | None = None, **fields: Any) -> TestResponse:
        """Send a form with the token of a page opened before (or *token*)."""
        return self._kept(self.client.post(address, data={"csrf_token": token or self.token(), **fields}))

    def token(self) -> str:
        """A token as it stands in every form of this session."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        if found is None:
            page = self.client.get("/anmelden", follow_redirects=True).text
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, "no page of this reader holds a form"
        return found[1]

    def reads(self) -> str:
        """The words of the page's main part, without markup."""
        main = re.search(r"<main.*?</main>", self.page, re.DOTALL)
        assert main is not None, self.page[:500]
        return " ".join(re.sub(r"<[^>]+>", " ", main[0]).replace("&#39;", "'").replace("&#34;", '"').split())

    def _kept(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            self.page = answer.text
        return answer


def reader_of(council: Council, time_machine: Any, login: str) -> Reader:
    """Somebody of the county who has signed in, at the council's moment."""
    time_machine.move_to(council.clock.now, tick=False)
    client = create_app(council.house).test_client()
    with council.look() as work:
        person = work.get(Person, council.person(login))
    with client.session_transaction() as session:
        session.update(person=str(person.id), key=person.session_key, seen=council.clock.now.isoformat())
    return Reader(client)


class County:
    """The house, its people, and what they do without a browser."""

    def __init__(self, house: Any, app: Flask, ids: dict[str, UUID]) -> None:
        self.house, self.app, self.ids = house, app, ids

    def reader(self, login: str | None = None) -> Reader:
        """A browser, signed in as one of SEATS, or of somebody who has no account."""
        client = self.app.test_client()
        if login is not None:
            with self.house.look() as work:
                person = work.get(Person, self.ids[login])
            with client.session_transaction() as session:
                session.update(person=str(person.id), key=person.session_key, seen=datetime.now(UTC).isoformat())
        return Reader(client)

    def hand_in(self, **fields: str) -> str:
        """An idea is handed in through the page; returns the address of its private page."""
        reader = self.reader()
        reader.get("/ideen/neu")
        answer = reader.post("/ideen", **{**IDEA, **fields})
        assert answer.status_code == 303, reader.reads()
        return answer.headers["Location"].removesuffix("/eingang")

    def task(self, login: str, element: str) -> str:
        """The address of an open task in somebody's inbox."""
        with self.house.look(Actor("person", self.ids[login])) as work:
            rows = [task for view in ("mine", "bodies") for task in inbox.page(work, view).rows]
            return f"/aufgaben/{next(task.id for task in rows if task.element == element)}"

    def run_due(self) -> None:
        """Let the worker do what is due."""
        worker.run_due(self.house)


@pytest.fixture
def county(house: Any) -> County:
    """A house with people in seats and one process that ideas go through."""
    ids: dict[str, UUID] = {}
    with house.work() as work:
        for login, key in SEATS.items():
            person = people.add(work, login, login.capitalize(), f"{login}@example.org")
            ids[login] = person.id
            if key is not None:
                body = bodies.find(work, key) or bodies.add_body(work, key, key.replace("_", " ").title())
                work.session.flush()
                bodies.seat(work, person, body)
        work.session.flush()
        wiring.deploy(work, models.files())
    return County(house, create_app(house), ids)


@pytest.fixture
def public(county: County) -> Reader:
    """Somebody without an account."""
    return county.reader()


@pytest.fixture
def signed_in(county: County) -> Callable[[str], Reader]:
    """`signed_in("rita")` is a browser in which Rita has signed in."""
    return county.reader
