"""People name their deputies themselves where no vote hangs on it, and see what stands against it before it hurts."""

from collections.abc import Sequence
from datetime import date

import pytest

from engine.council import attendance
from engine.council.meetings import Meeting
from engine.errors import Forbidden, Invalid
from engine.history import trail
from engine.identity import bodies, deputies, people, permissions
from engine.identity.bodies import Body, Deputy
from engine.identity.people import Person
from engine.runtime import inbox, instances, tasks
from tests.council import Council, refused
from tests.journeys import Journey

LEONIE, OTHER, THIRD = "leonie.oster", "carla.rossmann", "miriam.zilles"
FROM, TO = date(2026, 3, 2), date(2026, 3, 20)


def named(council: Council, login: str, deputy: str, body: str | None = None, valid_from: date = FROM,
          valid_to: date | None = TO, processes: Sequence[str] = ()) -> Deputy:
    with council.work(login) as work:
        there = next(one for one in bodies.listing(work) if one.key == body) if body else None
        return deputies.name(work, council.person(deputy), valid_from=valid_from, valid_to=valid_to, body=there,
                             reason="Urlaub", processes=processes)


def said(council: Council, row: Deputy) -> str:
    with council.look() as work:
        return " ".join(one.de for one in deputies.conflicts(work, work.get(Deputy, row.id)))


def test_whoever_is_away_names_a_deputy_who_acts_with_their_rights_and_both_are_named(council: Council) -> None:
    named(council, LEONIE, OTHER)
    journey = Journey(council)
    journey.goes_to("t1_vorpruefung")
    task = journey.open[0]
    with council.work(OTHER) as work:
        instances.claim(work, task.id)
    with council.look() as work:
        [claimed] = [one for one in trail.of_instance(work, task.instance_id, people.names)
                     if one.verb == "task.claimed"]
        assert claimed.acting_for and "Oster" in claimed.acting_for and "Oster" not in claimed.actor.de


def test_before_and_after_the_period_nobody_stands_in(council: Council) -> None:
    named(council, LEONIE, OTHER, valid_from=date(2026, 3, 10))
    for day, key in (("2026-03-09", False), ("2026-03-10", True), ("2026-03-20", True), ("2026-03-21", False)):
        council.clock.at(f"{day}T12:00")
        with council.look(OTHER) as work:
            assert ("stabsstelle_pm" in bodies.bodies_of(work, work.actor.id)) is key, day


def test_a_deputy_in_general_has_no_vote_in_organs_and_advisory_bodies(council: Council) -> None:
    named(council, "renate.escher", OTHER)
    with council.look(OTHER) as work:
        assert "kreisausschuss" not in bodies.bodies_of(work, work.actor.id)
    with refused(Invalid, "bestellt das Gremium", "Sitzungsdienst"):
        named(council, "renate.escher", OTHER, "kreisausschuss")


def test_what_cannot_be_is_said_at_its_field(council: Council) -> None:
    with refused(Invalid, "Niemand kann sich selbst vertreten."):
        named(council, LEONIE, LEONIE)
    with refused(Invalid, "Bitte wählen Sie einen Tag ab heute."):
        named(council, LEONIE, OTHER, valid_from=date(2026, 3, 1))
    with refused(Invalid, "Dort haben Sie keinen Sitz."):
        named(council, LEONIE, OTHER, "foerdermittel")


def test_a_deputy_who_is_away_as_well_is_told_and_so_is_the_chain(council: Council) -> None:
    row = named(council, LEONIE, OTHER)
    assert said(council, row) == ""
    named(council, OTHER, THIRD, valid_from=date(2026, 3, 18), valid_to=None)
    assert "lässt sich in dieser Zeit selbst vertreten" in said(council, row)
    assert "ab 18.03.2026" in said(council, row) and "Vertretung der Vertretung gibt es nicht" in said(council, row)


def test_an_absence_at_another_time_is_no_conflict(council: Council) -> None:
    row = named(council, LEONIE, OTHER)
    named(council, OTHER, THIRD, valid_from=date(2026, 3, 21), valid_to=None)
    assert said(council, row) == ""


def test_people_who_stand_in_for_each_other_for_good_are_no_conflict(council: Council) -> None:
    row = named(council, LEONIE, OTHER, valid_to=None)
    named(council, OTHER, LEONIE, valid_to=None)
    assert said(council, row) == ""


def test_two_deputies_at_once_are_told(council: Council) -> None:
    row = named(council, LEONIE, OTHER)
    named(council, LEONIE, THIRD, "stabsstelle_pm")
    assert "In dieser Zeit vertritt auch" in said(council, row)


def test_a_deputy_whose_account_is_closed_is_told(council: Council) -> None:
    row = named(council, LEONIE, OTHER)
    with council.work() as work:
        work.get(Person, row.deputy_id).active = False
    assert "kein aktives Konto" in said(council, row)


def test_a_deputy_who_sits_in_the_same_body_is_told(council: Council) -> None:
    with council.work() as work:
        body = work.session.query(Body).filter_by(key="kreisausschuss").one()
        row = bodies.appoint_deputy(work, work.get(Person, council.person("renate.escher")), work.get(
            Person, council.person("marlene.thielen")), valid_from=FROM, body=body)
    assert "hat dort nur eine Stimme" in said(council, row)


def test_only_the_person_represented_ends_it(council: Council) -> None:
    row = named(council, LEONIE, OTHER)
    with pytest.raises(Forbidden), council.work(OTHER) as work:
        deputies.end(work, row.id)
    with council.work(LEONIE) as work:
        deputies.end(work, row.id)
    with council.look(LEONIE) as work:
        assert deputies.own(work) == []


@pytest.fixture
def limited(council: Council) -> Journey:
    """An idea whose check on its merits waits for the office while Carla Rossmann stands in for step 2 only."""
    named(council, LEONIE, OTHER, processes=["p2_massnahme_entwickeln"])
    journey = Journey(council)
    journey.goes_to("t1_vorpruefung")
    return journey


def waiting(council: Council, view: str = "bodies", **by: str) -> list[str]:
    with council.look(OTHER) as work:
        return [task.element for task in inbox.page(work, view, **by).rows]


def test_a_deputyship_for_some_processes_covers_their_tasks_only(council: Council, limited: Journey) -> None:
    assert waiting(council) == []
    with refused(Forbidden, "keine Vertretung"), council.work(OTHER) as work:
        instances.claim(work, limited.open[0].id)
    named(council, LEONIE, OTHER, processes=["p1_idee_qualifizieren", "p2_massnahme_entwickeln"])
    assert waiting(council) == waiting(council, process="p1_idee_qualifizieren") == ["t1_vorpruefung"]
    assert waiting(council, process="p2_massnahme_entwickeln") == []
    with council.look(OTHER) as work:
        assert inbox.counts(work)["bodies"] == 1 and inbox.filters(work)["processes"] == ["p1_idee_qualifizieren"]
    with council.work(OTHER) as work:
        instances.claim(work, limited.open[0].id)
    assert waiting(council, "mine") == ["t1_vorpruefung"]


def test_a_deputyship_for_some_processes_covers_what_the_represented_has_claimed(
    council: Council, limited: Journey
) -> None:
    task = limited.open[0]
    with council.work(LEONIE) as work:
        instances.claim(work, task.id)
    assert waiting(council, "mine") == []
    with refused(Forbidden, "übernommen"), council.work(OTHER) as work:
        tasks.save_draft(work, task.id, {})
    named(council, LEONIE, OTHER, processes=["p1_idee_qualifizieren"])
    assert waiting(council, "mine") == ["t1_vorpruefung"]
    with council.work(OTHER) as work:
        tasks.save_draft(work, task.id, {})


def test_a_deputyship_for_some_processes_gives_no_right_and_no_vote(council: Council) -> None:
    with council.work() as work:
        persons = [work.get(Person, council.person(login)) for login in ("renate.escher", OTHER)]
        for body in bodies.listing(work):
            if body.key in ("kreisausschuss", "lenkungsgruppe"):
                bodies.appoint_deputy(work, *persons, valid_from=FROM, body=body, processes=["c_gutachten"])
    meeting = council.meeting("kreisausschuss", "2026-04-14T17:00")
    with council.look(OTHER) as work:
        assert "kreisausschuss" not in permissions.rights(work)
        standing = attendance.deputies_of(work, work.get(Meeting, meeting))
        assert council.person(OTHER) not in {one.id for found in standing.values() for one in found}
        body = work.session.query(Body).filter_by(key="kreisausschuss").one()
        assert bodies.represented(work, council.person(OTHER), body) == set()


def test_deputies_for_different_processes_do_not_get_in_each_others_way(council: Council) -> None:
    row = named(council, LEONIE, OTHER, processes=["p1_idee_qualifizieren"])
    named(council, LEONIE, THIRD, processes=["p2_massnahme_entwickeln"])
    assert said(council, row) == ""
    named(council, LEONIE, THIRD, processes=["p1_idee_qualifizieren"])
    assert "In dieser Zeit vertritt auch" in said(council, row)


def test_deputies_are_told_of_new_tasks_and_reminded_like_those_they_stand_in_for(council: Council) -> None:
    named(council, LEONIE, OTHER, processes=["p1_idee_qualifizieren"])
    named(council, LEONIE, THIRD, processes=["p2_massnahme_entwickeln"])
    journey = Journey(council)
    journey.goes_to("t1_vorpruefung")
    told = {mail["To"] for mail in council.mails() if "Förderfähigkeit vorprüfen" in mail.get_content()}
    assert f"{OTHER}@example.org" in told and f"{THIRD}@example.org" not in told
    with council.work() as work:
        everything = bodies.standing_in(work, "stabsstelle_pm")
        assert everything == [], "a deputyship for some processes is told of their tasks only"
    named(council, LEONIE, "renate.escher")
    council.clock.advance(days=7)
    council.run()
    assert "renate.escher@example.org" in {
        mail["To"] for mail in council.mails() if mail["Subject"].startswith("Erinnerung")}
