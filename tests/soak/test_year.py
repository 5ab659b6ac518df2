"""The simulated year, played for a few weeks; `make soak` plays all of it."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.runtime import steering
from engine.runtime.instances import Instance
from tests.clock import Clock
from tests.council import Council
from tests.soak.year import BEGINS, findings, simulated


@pytest.mark.databases("sqlite")
def test_a_few_weeks_leave_nothing_lost_or_missed(deployed_house: Any) -> None:
    council = Council(deployed_house, Clock(BEGINS))
    done, wrong = simulated(council, 3, 8, 40)
    assert wrong == [] and done["meetings"] > 2 and done["t1_vorpruefung"] > 2
    with council.house.work(now=council.clock.now) as work:
        running = work.session.scalars(select(Instance.id).where(
            Instance.process_id.in_(("p1_idee_qualifizieren", "p2_massnahme_entwickeln")), Instance.ended_at.is_(None)))
        for instance_id in list(running):
            steering.cancel(work, instance_id, "Der Test nimmt den Ideen ihren Prozess.")
    assert any("nothing waits" in one for one in findings(council))
