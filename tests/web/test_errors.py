"""Whatever goes wrong, the answer is a sentence and a status; never a traceback, never half a deed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lxml.html
import pytest

from engine.errors import Unavailable, Unsure
from engine.ideas import ideas
from engine.identity import people
from tests.web.conftest import IDEA, County, Reader
from web.app import create_app


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> Iterator[None]:
    """The idea store fails with *error* for a while."""

    def fails(*args: Any, **kwargs: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(ideas, "listing", fails)
        yield


def test_an_unknown_page_helps_to_go_on(public: Reader) -> None:
    assert public.get("/ideem").status_code == 404
    assert "Unter dieser Adresse gibt es keine Seite" in public.reads() and "Zum Ideenspeicher" in public.reads()
    assert public.get("/aufgaben/keine-uuid").status_code == 404


def test_an_address_for_forms_says_so_when_it_is_opened(county: County) -> None:
    reader = county.reader("petra")
    answer = reader.get(f"/aufgaben/{county.ids['petra']}/erledigung")
    assert answer.status_code == 405
    assert "nimmt nur abgesendete Formulare an" in reader.reads()


def test_an_error_of_ours_shows_no_details(public: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken(monkeypatch, KeyError("geheimes Detail")):
        answer = public.get("/ideen")
    assert answer.status_code == 500
    assert "geheimes Detail" not in answer.text and "Traceback" not in answer.text
    assert "Ein Fehler bei uns" in public.reads()


def test_a_database_that_is_away_says_when_to_come_back(public: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken(monkeypatch, Unavailable("Die Datenbank ist weg.", "The database is gone.")):
        answer = public.get("/ideen")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Die Datenbank ist weg." in public.reads()


def test_a_database_that_is_away_for_everybody_still_gives_a_page(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra = county.reader("petra")

    def away(*args: Any, **kwargs: Any) -> None:
        raise Unavailable("Die Datenbank ist weg.", "The database is gone.")

    monkeypatch.setattr(type(county.house), "look", away)
    assert petra.get("/aufgaben").status_code == 503
    assert "Die Datenbank ist weg." in petra.reads()
    assert petra.get("/healthz").status_code == 503


@pytest.mark.parametrize("kind", [Unavailable, Unsure])
def test_what_was_typed_while_the_database_was_away_is_kept_to_be_sent_again(
    county: County, monkeypatch: pytest.MonkeyPatch, kind: type[Unavailable]
) -> None:
    reader = county.reader()
    reader.get("/ideen/neu")
    with monkeypatch.context() as away:
        def fails(*args: Any, **kwargs: Any) -> None:
            raise kind("Die Datenbank ist weg.", "The database is gone.")

        away.setattr(ideas, "hand_in", fails)
        answer = reader.post("/ideen", **{**IDEA, "text": IDEA["text"] + ' Für "alle" <b>da</b>.'})
    assert answer.status_code == 503 and "Die Datenbank ist weg." in reader.reads()
    for words in ("Nicht sicher, ob gespeichert", "Ist nichts davon gespeichert, genügt dieser Knopf."):
        assert (words in reader.reads()) == (kind is Unsure)
    [form] = lxml.html.fromstring(reader.page).cssselect("main form")
    assert (form.get("action"), form.get("method")) == ("/ideen", "post")
    kept = {field.get("name"): field.get("value") for field in form.cssselect("input[type=hidden]")}
    assert kept.pop("csrf_token") and kept == {**IDEA, "text": IDEA["text"] + ' Für "alle" <b>da</b>.'}
    assert reader.post("/ideen", **kept).status_code == 303


def test_a_password_is_never_kept_in_a_page(public: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    token = public.token()
    with monkeypatch.context() as away:
        def fails(*args: Any, **kwargs: Any) -> None:
            raise Unavailable("Die Datenbank ist weg.", "The database is gone.")

        away.setattr(people, "sign_in", fails)
        answer = public.post("/anmelden", token, login="petra", kennwort="geheimes Kennwort")
    assert answer.status_code == 503
    assert "geheimes Kennwort" not in public.page and not lxml.html.fromstring(public.page).cssselect("main form")


def test_machines_get_errors_they_can_read(public: Reader) -> None:
    answer = public.client.get("/nirgends", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and answer.json is not None and answer.json["status"] == 404
    health = public.client.get("/healthz")
    assert health.status_code == 200 and health.json == {"status": "ok"}


def test_a_text_that_is_far_too_long_is_refused_whole(public: Reader) -> None:
    public.get("/ideen/neu")
    answer = public.post("/ideen", **{**IDEA, "text": "x" * 6_000_000})
    assert answer.status_code == 413
    assert "Das war zu groß" in public.reads()


def test_a_text_that_is_a_little_too_long_is_kept_to_be_shortened(public: Reader) -> None:
    public.get("/ideen/neu")
    answer = public.post("/ideen", **{**IDEA, "text": "Wort " * 2000 + "ENDE"})
    assert answer.status_code == 422
    assert "ENDE" in public.page


def test_what_people_write_is_text_and_never_markup(county: County, public: Reader) -> None:
    county.hand_in(title="<script>alert(1)</script> Bank", text="Eine <img src=x onerror=alert(1)> Bank für alle.")
    for address in ("/ideen", "/ideen/atom.xml"):
        assert "<script>alert" not in public.get(address).text
    petra = county.reader("petra")
    petra.get(county.task("petra", "read"))
    assert "<script>alert" not in petra.page and "<img src=x" not in petra.page
    assert "&lt;script&gt;alert(1)" in petra.page


def test_no_address_of_a_reader_stands_in_the_log(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    private = county.hand_in()
    app = create_app(county.house)
    app.test_client().get(private, headers={"X-Forwarded-For": "203.0.113.9"},
                          environ_base={"REMOTE_ADDR": "203.0.113.7"})
    written = capsys.readouterr()
    said = written.out + written.err
    assert "private.show" in said
    assert "203.0.113" not in said and private.rsplit("/", 1)[1] not in said
