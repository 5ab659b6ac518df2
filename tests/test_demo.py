"""The demo county, as `make run` shows it: everything in it came about by the engine's own verbs."""

from typing import Any

import pytest
from sqlalchemy import func, select

from engine.history import seal
from engine.ideas import ideas as store
from engine.ideas.ideas import Idea
from engine.ideas.statuses import STATUSES
from engine.runtime import inbox, incidents, instances, tasks, timers
from engine.work import ENGINE, Actor
from web.cli import load_demo

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.databases("sqlite")]  # on PostgreSQL: `make soak`


def test_its_history_is_whole_and_nothing_went_wrong(demo_house: Any) -> None:
    with demo_house.look() as work:
        assert list(seal.verify(work)) == []
        assert incidents.listing(work).total == 0


def test_its_seventy_ideas_stand_at_all_stages(demo_house: Any) -> None:
    with demo_house.look() as work:
        assert work.session.scalar(select(func.count()).select_from(Idea)) == 70
        page = store.listing(work, size=100)
        assert 40 <= page.total < 70  # the rest waits for its first look, or is hidden
        reached = {idea.status for idea in page.rows}
    assert {"qualifiziert", "begutachtung", "beschlossen", "umsetzung", "nicht_weiterverfolgt"} <= reached
    assert reached <= set(STATUSES)


def test_every_running_instance_waits_for_something(demo_house: Any) -> None:
    with demo_house.look(ENGINE) as work:
        running = instances.listing(work, status="running", size=500).rows
        assert running
        for instance in running:
            assert instance.outcome is None
            waits = tasks.siblings_open(work, instance.id) or timers.of_instance(work, instance.id)
            waits = waits or instance.waits["messages"]  # a measure waits for its body's meeting
            assert waits, f"{instance.process_id} {instance.business_key} waits for nothing"


def test_a_second_load_leaves_the_county_as_it_is(demo_house: Any) -> None:
    with demo_house.look() as work:
        before = store.listing(work).total
    assert load_demo(demo_house) is False
    with demo_house.look() as work:
        assert store.listing(work).total == before


def test_its_people_find_work_in_their_inboxes(demo_house: Any) -> None:
    from engine.demo import county
    from engine.identity import people

    busy = 0
    with demo_house.look() as work:
        known = {one.login: people.by_login(work, one.login) for one in county.accounts()}
    for person in known.values():
        assert person is not None
        with demo_house.look(Actor("person", person.id)) as work:
            busy += sum(inbox.counts(work)[view] for view in ("mine", "bodies")) > 0
    assert busy >= len(known) // 2
