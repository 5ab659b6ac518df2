"""Whoever signed in sees their seats and chooses their own password."""

import re

from tests.web.conftest import County

NEW = "ein-neues-langes-passwort"


def test_the_account_shows_name_seats_and_whom_one_represents(county: County) -> None:
    petra = county.reader("petra")
    assert petra.get("/konto").status_code == 200
    said = petra.reads()
    assert "Petra" in said and "petra@example.org" in said and "Mitglied" in said and "niemanden" in said


def test_nobody_else_reads_it(county: County) -> None:
    assert county.reader().get("/konto").status_code == 303


def test_the_old_password_is_asked_for_and_a_short_new_one_refused(county: County) -> None:
    with county.house.work() as work:
        from engine.identity import people

        people.set_password(work, people.by_login(work, "petra"), "das-alte-passwort")
    petra = county.reader("petra")
    petra.get("/konto")
    assert petra.post("/konto/passwort", kennwort="falsch", passwort_neu=NEW).status_code == 422
    assert "Das ist nicht Ihr bisheriges Passwort." in petra.reads()
    assert petra.post("/konto/passwort", kennwort="das-alte-passwort", passwort_neu="kurz").status_code == 422
    assert "mindestens 12 Zeichen" in petra.reads()
    assert petra.post("/konto/passwort", kennwort="das-alte-passwort", passwort_neu=NEW).status_code == 303
    assert petra.get("/konto").status_code == 200, "this session goes on"
    with county.house.work() as work:
        assert people.sign_in(work, "petra", NEW) is not None


def test_the_own_calendar_has_a_secret_address_that_is_shown_once(county: County) -> None:
    reader = county.reader("petra")
    reader.get("/konto")
    reader.post("/konto/kalender")
    found = re.search(r"/kalender/[\w-]+\.ics", reader.page)
    assert found is not None
    answer = county.reader().get(found[0])
    assert answer.mimetype == "text/calendar" and answer.text.startswith("BEGIN:VCALENDAR")
    assert found[0] not in reader.get("/konto").text
    assert county.reader().get("/kalender/falsch.ics").status_code == 404
