"""Signing in, and forms that outlive a session: nothing typed is lost, nothing is done unasked."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from engine.identity import people
from engine.identity.people import Person
from tests.web.conftest import PASSWORD, County, Reader


@pytest.fixture
def with_password(county: County) -> County:
    """Petra has a password."""
    with county.house.work() as work:
        people.set_password(work, work.get(Person, county.ids["petra"]), PASSWORD)
    return county


def enter(reader: Reader, password: str = PASSWORD, **fields: str) -> int:
    reader.get("/anmelden")
    return reader.post("/anmelden", login="petra", kennwort=password, **fields).status_code


def test_a_person_signs_in_and_out(with_password: County) -> None:
    reader = with_password.reader()
    assert enter(reader) == 303
    reader.get("/aufgaben")
    assert "Petra" in reader.page
    assert reader.post("/abmelden").status_code == 303
    assert reader.get("/aufgaben").status_code == 303


def test_a_wrong_password_says_no_more_than_needed_and_keeps_the_login(with_password: County) -> None:
    reader = with_password.reader()
    assert enter(reader, "falsch") == 403
    known = reader.reads()
    assert 'value="petra"' in reader.page and "falsch" not in reader.page
    reader.get("/anmelden")
    assert reader.post("/anmelden", login="petra2", kennwort="falsch").status_code == 403
    assert reader.reads() == known, "nobody learns which logins exist"


def test_after_five_failures_even_the_right_password_waits(with_password: County) -> None:
    reader = with_password.reader()
    for _ in range(5):
        enter(reader, "falsch")
    assert enter(reader) == 403


def test_the_cookie_is_for_this_site_and_no_script(with_password: County) -> None:
    reader = with_password.reader()
    reader.get("/anmelden")
    answer = reader.post("/anmelden", login="petra", kennwort=PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_nobody_is_led_to_a_foreign_site(with_password: County) -> None:
    for address in ("https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        reader = with_password.reader()
        reader.get("/anmelden")
        answer = reader.post("/anmelden", login="petra", kennwort=PASSWORD, weiter=address)
        assert urlsplit(answer.headers["Location"]).netloc == "", address
        assert answer.headers["Location"] == "/aufgaben"


def test_a_protected_page_comes_back_after_signing_in(with_password: County) -> None:
    reader = with_password.reader()
    answer = reader.get("/aufgaben?ansicht=gremien")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/anmelden?weiter=")
    reader.get(answer.headers["Location"])
    assert 'name="weiter" value="/aufgaben?ansicht=gremien"' in reader.page


def test_a_long_pause_ends_the_session(county: County) -> None:
    reader = county.reader("petra")
    assert reader.get("/aufgaben").status_code == 200
    with reader.client.session_transaction() as session:
        session["seen"] = (datetime.now(UTC) - timedelta(hours=9)).isoformat()
    assert reader.get("/aufgaben").status_code == 303


def test_a_new_password_ends_other_sessions(with_password: County) -> None:
    reader = with_password.reader("petra")
    assert reader.get("/aufgaben").status_code == 200
    with with_password.house.work() as work:
        people.set_password(work, work.get(Person, with_password.ids["petra"]), "ein anderes Passwort")
    assert reader.get("/aufgaben").status_code == 303


def test_a_form_outlives_its_session_and_is_not_sent_by_itself(with_password: County) -> None:
    with_password.hand_in()
    task = with_password.task("petra", "read")
    reader = with_password.reader()
    reader.get("/anmelden")
    answer = reader.post(f"{task}/erledigung", token="from another session", ausgang="nein",
                         notiz="Eine Stunde Arbeit", merkmale=["neu", "klein"])
    assert answer.status_code == 401
    assert "Ihre Anmeldung ist abgelaufen" in reader.reads()
    held = re.search(r'name="gehalten" value="([^"]+)"', reader.page)
    assert held is not None
    wrong = reader.post(f"{task}/erledigung", gehalten=held[1], login="petra", kennwort="falsch")
    assert wrong.status_code == 403 and held[1] in reader.page, "the text survives a typing error, too"
    back = reader.post(f"{task}/erledigung", gehalten=held[1], login="petra", kennwort=PASSWORD)
    assert back.status_code == 422
    assert "Sie sind wieder angemeldet" in reader.reads()
    assert "Eine Stunde Arbeit" in reader.page
    assert 'value="nein" checked' in reader.page and 'value="klein" checked' in reader.page
    assert with_password.task("petra", "read") == task, "nothing was completed yet"
    assert reader.post(f"{task}/erledigung", ausgang="nein", notiz="Eine Stunde Arbeit").status_code == 303


def test_a_kept_form_cannot_be_forged(with_password: County) -> None:
    with_password.hand_in()
    task = with_password.task("petra", "read")
    reader = with_password.reader("petra")
    reader.get(task)
    answer = reader.post(f"{task}/erledigung", gehalten="e30.forged", ausgang="ja", notiz="x")
    assert answer.status_code == 422
    assert with_password.task("petra", "read") == task


def test_a_stale_page_shows_the_form_again_with_what_was_typed(county: County, public: Reader) -> None:
    public.get("/ideen/neu")
    answer = public.post("/ideen", title="Ein guter Titel", text="Ein Text, der nicht verloren gehen darf.",
                               theme="freizeit", municipality="mayen", connection="lebt", token="stale")
    assert answer.status_code == 422
    assert "Diese Seite war zu lange offen" in public.reads()
    assert "Ein Text, der nicht verloren gehen darf." in public.page


def test_a_stale_button_is_offered_once_more(county: County) -> None:
    county.hand_in()
    task = county.task("petra", "read")
    petra = county.reader("petra")
    petra.get(task)
    assert petra.post(f"{task}/uebernahme", token="stale").status_code == 422
    assert "Noch einmal absenden" in petra.reads() and f'action="{task}/uebernahme"' in petra.page


def test_a_form_on_a_foreign_site_does_nothing(county: County) -> None:
    petra = county.reader("petra")
    petra.get("/aufgaben")
    answer = petra.client.post("/abmelden", data={"csrf_token": petra.token()},
                               headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert petra.get("/aufgaben").status_code == 200
