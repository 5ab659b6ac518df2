"""What a person may do follows from the seats held on the day, one's own and those one stands in for."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from engine.errors import Forbidden, Invalid
from engine.identity import bodies, permissions
from engine.identity.people import Person
from engine.work import Actor

DAY = date(2026, 3, 2)


def rights(house: Any, clock: Any, person: UUID) -> dict[str, UUID | None]:
    with house.look(now=clock.now) as work:
        return bodies.bodies_of(work, person)


def deputise(house: Any, clock: Any, person: UUID, deputy: UUID, **how: Any) -> None:
    with house.work(now=clock.now) as work:
        body = bodies.find(work, how.pop("body")) if "body" in how else None
        bodies.appoint_deputy(work, work.get(Person, person), work.get(Person, deputy), body=body,
                              **{"valid_from": DAY, "valid_to": DAY + timedelta(days=6)} | how)


def test_a_seat_counts_from_its_first_to_its_last_day(house: Any, clock: Any, person_in: Any) -> None:
    ada = person_in(house, "ada", "kreistag", valid_from=DAY + timedelta(days=1), valid_to=DAY + timedelta(days=2))
    assert rights(house, clock, ada) == {}
    clock.at("2026-03-03 00:00")
    assert rights(house, clock, ada) == {"kreistag": None}
    clock.at("2026-03-04 23:59")
    assert rights(house, clock, ada) == {"kreistag": None}
    clock.at("2026-03-05 00:00")
    assert rights(house, clock, ada) == {}


def test_a_deputy_has_the_seats_of_the_represented_for_the_period(house: Any, clock: Any, person_in: Any) -> None:
    boss, deputy = person_in(house, "boss", "kreistag", "cdo"), person_in(house, "deputy", "kreistag")
    deputise(house, clock, boss, deputy)
    assert rights(house, clock, deputy) == {"kreistag": None, "cdo": boss}
    clock.advance(days=7)
    assert rights(house, clock, deputy) == {"kreistag": None}


def test_a_deputy_for_one_body_has_only_that(house: Any, clock: Any, person_in: Any) -> None:
    boss, deputy = person_in(house, "boss", "kreistag", "cdo"), person_in(house, "deputy")
    deputise(house, clock, boss, deputy, body="cdo")
    assert rights(house, clock, deputy) == {"cdo": boss}


def test_a_deputyship_without_end_lasts_until_it_is_ended(house: Any, clock: Any, person_in: Any) -> None:
    boss, deputy = person_in(house, "boss", "cdo"), person_in(house, "deputy")
    deputise(house, clock, boss, deputy, valid_to=None)
    clock.advance(days=400)
    assert rights(house, clock, deputy) == {"cdo": boss}
    with house.work(now=clock.now) as work:
        bodies.end_deputy(work, bodies.deputies(work)[0])
    assert rights(house, clock, deputy) == {}


def test_nobody_stands_in_for_themselves_or_backwards(house: Any, clock: Any, person_in: Any) -> None:
    boss, deputy = person_in(house, "boss"), person_in(house, "deputy")
    with pytest.raises(Invalid):
        deputise(house, clock, boss, boss)
    with pytest.raises(Invalid):
        deputise(house, clock, boss, deputy, valid_to=DAY - timedelta(days=1))


def test_a_guide_is_found_by_place_first_and_theme_second(house: Any, clock: Any, person_in: Any) -> None:
    place = person_in(house, "place", "regionallotse", municipalities=["mayen"], themes=["bildung"])
    both = person_in(house, "both", "regionallotse", municipalities=["mayen", "mendig"], themes=["umwelt"])
    theme = person_in(house, "theme", "regionallotse", municipalities=["andernach"], themes=["umwelt", "medizin"])

    def guide(municipality: str, topic: str) -> UUID | None:
        with house.look(now=clock.now) as work:
            found = bodies.guide_for(work, municipality, topic)
            return found.id if found else None

    assert guide("mayen", "bildung") == place
    assert guide("mayen", "umwelt") == both
    assert guide("bendorf", "medizin") == theme
    assert guide("bendorf", "arbeit") is None


def task(body: str, assignee: UUID | None = None) -> Any:
    return SimpleNamespace(body=body, assignee_id=assignee, closed_by=None)


def test_a_group_task_belongs_to_the_seats_of_its_body(house: Any, clock: Any, person_in: Any) -> None:
    ada, bea = person_in(house, "ada", "cdo"), person_in(house, "bea", "kreistag")
    with house.look(Actor("person", ada), clock.now) as work:
        assert permissions.require_task(work, task("cdo")) is None
    with house.look(Actor("person", bea), clock.now) as work, pytest.raises(Forbidden):
        permissions.require_task(work, task("cdo"))


def test_a_claimed_task_belongs_to_its_assignee_and_their_deputy(house: Any, clock: Any, person_in: Any) -> None:
    ada, bea, eva = (person_in(house, name, "cdo") for name in ("ada", "bea", "eva"))
    deputise(house, clock, ada, bea)
    with house.look(Actor("person", ada), clock.now) as work:
        assert permissions.require_task(work, task("cdo", ada)) is None
    with house.look(Actor("person", bea), clock.now) as work:
        assert permissions.require_task(work, task("cdo", ada)) == ada
    with house.look(Actor("person", eva), clock.now) as work, pytest.raises(Forbidden):
        permissions.require_task(work, task("cdo", ada))


def test_an_auditor_reads_all_and_changes_nothing(house: Any, clock: Any, person_in: Any) -> None:
    auditor = person_in(house, "auditor", "revision", "cdo", "prozessverantwortung")
    with house.look(Actor("person", auditor), clock.now) as work:
        assert permissions.may_see_task(work, task("kreistag"))
        assert permissions.require(work, "audit") is None
        with pytest.raises(Forbidden):
            permissions.require_task(work, task("cdo"))
        with pytest.raises(Forbidden):
            permissions.require(work, "deploy")
