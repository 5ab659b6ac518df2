"""People arrange their deputies on their own page and read there what stands against it."""

from typing import Any

from engine.council import recusals
from engine.identity import bodies
from engine.identity.people import Person
from tests.council import Council
from tests.engine.identity.test_deputies import LEONIE, OTHER, THIRD, named
from tests.web.conftest import reader_of


def test_a_deputy_is_named_seen_and_ended(council: Council, time_machine: Any) -> None:
    reader = reader_of(council, time_machine, LEONIE)
    reader.get("/konto")
    wrong = reader.post("/konto/vertretung", valid_from="2026-03-01", deputy=str(council.person(OTHER)))
    assert wrong.status_code == 422 and "Bitte wählen Sie einen Tag ab heute." in wrong.text
    assert 'value="2026-03-01"' in wrong.text
    done = reader.post("/konto/vertretung", valid_from="2026-03-02", valid_to="2026-03-20", reason="Urlaub",
                       deputy=str(council.person(OTHER)), processes=["p1_idee_qualifizieren"])
    assert done.status_code == 303
    reader.get("/konto")
    assert "ab 02.03.2026 bis 20.03.2026, Urlaub nur für: Schritt 1: Idee qualifizieren" in reader.reads()
    office = reader_of(council, time_machine, "nadine.proempler")
    office.get("/verwaltung/vertretungen")
    assert "nur für: Schritt 1: Idee qualifizieren" in office.reads()
    address = reader.page.split('action="/konto/vertretung/')[1].split('"')[0]
    assert reader.post(f"/konto/vertretung/{address}").status_code == 303
    assert "Zurzeit niemand." in reader.get("/konto").text


def test_a_conflict_is_shown_when_it_is_arranged_and_as_long_as_it_stands(
    council: Council, time_machine: Any
) -> None:
    named(council, OTHER, THIRD)
    reader = reader_of(council, time_machine, LEONIE)
    reader.get("/konto")
    reader.post("/konto/vertretung", valid_from="2026-03-02", deputy=str(council.person(OTHER)))
    assert "lässt sich in dieser Zeit selbst vertreten" in reader.get("/konto").text
    assert "Bitte klären, bevor es darauf ankommt" in reader.get("/konto").text
    office = reader_of(council, time_machine, "nadine.proempler")
    assert "lässt sich in dieser Zeit selbst vertreten" in office.get("/verwaltung/vertretungen").text


def test_a_recusal_of_the_represented_or_the_deputy_is_shown(council: Council, time_machine: Any) -> None:
    meeting = council.meeting("kreisausschuss", "2026-04-14T17:00")
    item = council.item(meeting)
    with council.work() as work:
        body = next(one for one in bodies.listing(work) if one.key == "kreisausschuss")
        bodies.appoint_deputy(work, work.get(Person, council.person("renate.escher")),
                              work.get(Person, council.person(OTHER)), valid_from=bodies.today(work), body=body)
        recusals.declare(work, item, "Mir gehört das Grundstück.", person_id=council.person("renate.escher"))
    reader = reader_of(council, time_machine, "renate.escher")
    reader.get("/konto")
    assert "ist am 14.04.2026 bei „Mitfahrbank“ befangen (§ 16 LKO)" in reader.reads()
