"""Whatever runs in the county goes on on a version of the shipped models that says the same."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from engine import wiring
from engine.cli import shipped_files
from engine.definitions import deployments
from engine.history import seal
from engine.runtime import migration, tasks
from engine.runtime.instances import Instance
from engine.work import ENGINE


def redeployed(house: Any) -> None:
    """Deploy the shipped models once more, with a remark in each diagram."""
    with house.work() as work:
        wiring.deploy(work, {
            name: body.replace(b"</bpmn:definitions>", b"<!-- once more --></bpmn:definitions>")
            if name.endswith(".bpmn") else body for name, body in shipped_files().items()})


def standing(house: Any) -> list[tuple[Any, ...]]:
    """Where every instance stands: its open tasks with what people rely on."""
    with house.look() as work:
        return [(task.instance_id, task.key, task.element, task.body, task.form, task.due_at, task.assignee_id)
                for instance in work.session.scalars(select(Instance).order_by(Instance.id))
                for task in tasks.siblings_open(work, instance.id)]


@pytest.mark.xdist_group("demo")
@pytest.mark.databases("sqlite")
def test_every_instance_of_the_county_goes_on_where_it_stands(demo_house: Any) -> None:
    house = demo_house
    redeployed(house)
    stood, went = standing(house), Counter[str]()
    with house.look(ENGINE) as work:
        targets = [(row.id, row.process_id) for row in deployments.processes(work)]
    for target, process in targets:
        with house.look(ENGINE) as work:
            deployment = work.get(deployments.Deployment, target)
            rows = migration.candidates(work, deployment, size=1000).rows
            plan = migration.plan(work, [row.id for row in rows], deployment)
        assert [seen.problems for seen in plan if not seen.can_go] == []
        assert [seen.changes for seen in plan if seen.changes] == []
        chosen: dict[Any, int | None] = {seen.instance.id: seen.revision for seen in plan}
        report = migration.in_bulk(lambda: house.work(ENGINE), chosen, target, "Neuer Stand")
        assert report.refused == report.moved_on == []
        went[process] = len(report.migrated)
    assert sum(went.values()) > 20 and went["p2_massnahme_entwickeln"] > 0, went
    assert standing(house) == stood
    with house.look() as work:
        assert list(seal.verify(work)) == []
