"""Administrators look after people, bodies, seats and deputies; every change has its place in the history."""

from collections.abc import Callable

import pytest

from engine.identity import bodies, people
from tests.web.conftest import County, Reader

SignedIn = Callable[[str], Reader]


@pytest.fixture
def ada(county: County) -> Reader:
    """The administrator, with a page open."""
    reader = county.reader("ada")
    reader.get("/verwaltung")
    return reader


def last_events(county: County) -> str:
    reader = county.reader("rita")
    reader.get("/revision/haus")
    return reader.reads()


def test_a_person_is_added_and_can_then_sign_in(county: County, ada: Reader) -> None:
    answer = ada.post("/verwaltung/personen", name="Nele Neu", login="nele", mail="nele@example.org",
                      passwort_neu="ein langes Passwort")
    assert answer.status_code == 303
    ada.get(answer.headers["Location"])
    assert "Nele Neu" in ada.reads() and "keinen Sitz" in ada.reads()
    reader = county.reader()
    reader.get("/anmelden")
    assert reader.post("/anmelden", login="nele", kennwort="ein langes Passwort").status_code == 303
    assert "Person angelegt Ada" in last_events(county)


def test_wrong_particulars_are_named_and_kept(ada: Reader) -> None:
    assert ada.post("/verwaltung/personen", name="Nele", login="petra", mail="petra@example.org").status_code == 422
    assert "gibt es schon" in ada.reads() and 'value="Nele"' in ada.page
    assert ada.post("/verwaltung/personen", name="", login="Ä!", mail="x").status_code == 422
    answer = ada.post("/verwaltung/personen", name="Nele", login="nele", mail="n@example.org", passwort_neu="kurz")
    assert answer.status_code == 422
    assert 'href="#f-passwort_neu"' in ada.page


def test_a_person_who_is_blocked_is_out_at_once(county: County, ada: Reader) -> None:
    petra = county.reader("petra")
    assert petra.get("/aufgaben").status_code == 200
    ada.post(f"/verwaltung/personen/{county.ids['petra']}", name="Petra", mail="petra@example.org")
    assert petra.get("/aufgaben").status_code == 303


def test_a_seat_gives_the_tasks_of_its_body_and_its_end_takes_them(county: County, ada: Reader) -> None:
    county.hand_in()
    guest = county.reader("gast")
    assert ada.post("/verwaltung/gremien/stabsstelle_pm/sitze", person=str(county.ids["gast"]), function="member",
                    municipalities=["mayen"], themes=["umwelt"]).status_code == 303
    guest.get("/aufgaben?ansicht=gremien")
    assert "Idee lesen" in guest.reads()
    ada.get("/verwaltung/gremien/stabsstelle_pm")
    assert "Stadt Mayen, Smarte Umwelt" in ada.reads()
    with county.house.look() as work:
        body = bodies.find(work, "stabsstelle_pm")
        seat = next(row for row, _, who in bodies.seats(work, body=body) if who.id == county.ids["gast"])
    assert ada.post(f"/verwaltung/sitze/{seat.id}/ende").status_code == 303
    assert "Sitz beendet" in last_events(county)


def test_a_seat_that_ends_before_it_begins_is_refused(county: County, ada: Reader) -> None:
    answer = ada.post("/verwaltung/gremien/cdo/sitze", person=str(county.ids["gast"]), function="member",
                      seat_from="2027-05-01", seat_to="2027-04-01")
    assert answer.status_code == 422
    assert "Das Ende liegt vor dem Anfang" in ada.reads() and 'value="2027-05-01"' in ada.page


def test_a_body_is_added_changed_and_never_removed(county: County, ada: Reader) -> None:
    assert ada.post("/verwaltung/gremien", key="beirat", name="Beirat", kind="advisory").status_code == 303
    assert ada.post("/verwaltung/gremien", key="beirat", name="Beirat", kind="advisory").status_code == 422
    assert "gibt es schon" in ada.reads()
    assert ada.post("/verwaltung/gremien", key="Mit Leerzeichen", name="x", kind="advisory").status_code == 422
    assert ada.post("/verwaltung/gremien/beirat", name="Fachbeirat", statutory_number="12",
                    valid_to="2030-12-31").status_code == 303
    ada.get("/verwaltung/gremien/beirat")
    assert "Fachbeirat" in ada.reads() and 'value="12"' in ada.page and 'value="2030-12-31"' in ada.page
    assert ada.get("/verwaltung/gremien/gibtsnicht").status_code == 404


def test_a_deputy_sees_the_tasks_and_the_history_names_both(county: County, ada: Reader) -> None:
    county.hand_in()
    with county.house.look() as work:
        today = bodies.today(work).isoformat()
    assert ada.post("/verwaltung/vertretungen", person=str(county.ids["petra"]), deputy=str(county.ids["gast"]),
                    valid_from=today, valid_to=today, reason="Urlaub").status_code == 303
    guest = county.reader("gast")
    task = county.task("gast", "read")
    guest.get(task)
    assert guest.post(f"{task}/erledigung", ausgang="ja", notiz="In Vertretung.").status_code == 303
    rita = county.reader("rita")
    rita.get("/revision")
    rita.get("/revision/vorgaenge/" + rita.page.split('href="/revision/vorgaenge/')[1].split('"')[0])
    assert "Gast in Vertretung für Petra" in rita.reads()
    with county.house.look() as work:
        [row] = bodies.deputies(work)
    assert ada.post(f"/verwaltung/vertretungen/{row.id}/ende").status_code == 303
    assert guest.get(task).status_code == 200, "whoever completed a task may read it later"
    guest.get("/aufgaben?ansicht=gremien")
    assert "Bei Ihren Gremien wartet nichts" in guest.reads()


def test_nobody_stands_in_for_themselves(county: County, ada: Reader) -> None:
    answer = ada.post("/verwaltung/vertretungen", person=str(county.ids["petra"]), deputy=str(county.ids["petra"]),
                      valid_from="2027-01-01", valid_to="2027-02-01")
    assert answer.status_code == 422 and "selbst vertreten" in ada.reads()


def test_the_administration_is_closed_to_others(county: County) -> None:
    person = county.ids["petra"]
    for login in ("petra", "otto", "rita", "gast"):
        reader = county.reader(login)
        for address in ("/verwaltung", "/verwaltung/personen", f"/verwaltung/personen/{person}", "/verwaltung/gremien",
                        "/verwaltung/gremien/cdo", "/verwaltung/vertretungen"):
            assert reader.get(address).status_code == 403, (login, address)
        assert reader.post("/verwaltung/personen", name="x", login="x", mail="x@example.org").status_code == 403
    with county.house.look() as work:
        assert people.by_login(work, "x") is None
