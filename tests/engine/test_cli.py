"""The engine's commands say in plain words what they found, and by their exit status whether all is well."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import update

from engine import notices
from engine.history.events import Event
from engine.identity import people
from engine.notices import Notice
from tests.engine.runtime.waiting import Waiting
from web import cli


@pytest.fixture
def run(house: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Runs a command on the test's database; returns status, output and what went to the error stream."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("REIFEGRAD_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("REIFEGRAD_VAR_DIR", house.settings.var_dir)

    def ran(*words: str) -> tuple[int, str, str]:
        status = cli.main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    yield ran
    structlog.reset_defaults()  # a command logs to the error stream it was started with, which ends with the test


@pytest.fixture
def waiting(house: Any, clock: Any) -> Waiting:
    """A house with two processes that wait for timers and for messages."""
    return Waiting(house, clock)


def test_a_person_is_added_and_signs_in(run: Any, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("ein-langes-passwort\n"))
    assert run("person", "ada", "--name", "Ada", "--mail", "ada@example.org")[:2] == (0, "ada can sign in.\n")
    with house.work() as work:
        assert people.sign_in(work, "ada", "ein-langes-passwort") is not None


def test_a_short_password_is_refused_with_a_sentence(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kurz\n"))
    status, _, told = run("person", "ada", "--name", "Ada", "--mail", "ada@example.org")
    assert status == 2 and "at least 12 characters" in told


def test_verify_names_the_first_event_that_was_changed(run: Any, house: Any) -> None:
    with house.work() as work:
        people.add(work, "ada", "Ada", "ada@example.org")
    assert run("verify")[:2] == (0, "The history is whole.\n")
    with house.work() as work:
        work.session.execute(update(Event).values(verb="person.changed"))
    status, told, _ = run("verify")
    assert status == 1 and "1: Event 1 (“person.changed”) was changed afterwards." in told


def test_a_seal_is_printed_to_be_kept_elsewhere(run: Any, house: Any) -> None:
    assert run("seal")[1] == "Nothing has happened yet.\n"
    with house.work() as work:
        people.add(work, "ada", "Ada", "ada@example.org")
    first = run("seal")[1]
    assert first.startswith("1 ") and len(first.split()[-1]) == 64
    assert run("seal")[1] == first, "without news the last seal is shown again"


def test_mails_that_were_given_up_are_reported(run: Any, house: Any, clock: Any) -> None:
    assert run("incidents")[:2] == (0, "0 open incidents, 0 mails given up\n")
    with house.work(now=clock.now) as work:
        notices.queue(work, "ada@example.org", "status_changed")
        work.session.flush()
        work.session.execute(update(Notice).values(try_at=None))
    assert run("incidents")[:2] == (1, "0 open incidents, 1 mails given up\n")


def test_incidents_are_listed_told_in_full_and_tried_again(run: Any, waiting: Any) -> None:
    waiting.start(teiler=0, thema="Bank")
    for _ in range(3):
        waiting.clock.advance(days=1)
        waiting.fire()
    status, told, _ = run("incidents")
    *_, line, last = told.splitlines()
    ident = line.split()[0]
    assert status == 1 and "timer rechnen line" in line and "ZeroDivisionError" in line
    assert last == "1 open incidents, 0 mails given up"
    status, told, _ = run("incidents", "--json")
    [one] = json.loads(told)
    assert status == 1 and (one["id"], one["element"]) == (ident, "rechnen")
    assert one["data"] == {"teiler": 0, "thema": "Bank"}
    assert run("incidents", "retry")[0] == 2
    assert run("incidents", "retry", "00000000-0000-0000-0000-000000000000")[0] == 2
    assert run("incidents", "retry", ident)[0] == 0
    assert run("incidents")[:2] == (0, "0 open incidents, 0 mails given up\n")
    assert run("incidents", "retry", ident)[0] == 2, "it has been resolved already"
