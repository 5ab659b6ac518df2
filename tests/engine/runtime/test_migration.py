"""Instances go on on a newer version of their process: planned first, each by itself, with a report."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from engine import wiring
from engine.definitions import deployments
from engine.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from engine.history import seal
from engine.identity import bodies
from engine.runtime import instances, messages, migration, tasks, timers
from engine.runtime.instances import Instance
from engine.runtime.migration import Prospect, Report
from engine.runtime.tasks import Task
from engine.work import Actor, Work
from tests.engine.runtime.conftest import REVIEW
from tests.together import at_once

WHY = "Neue Satzung."
NEW_NAME = REVIEW.replace('name="Bewerten"', 'name="Prüfen und bewerten"')
NO_ASSESS = REVIEW.replace('"assess"', '"appraise"').replace(">assess<", ">appraise<").replace(
    'value="appraise"', 'value="assess"')
OTHER_BODY = REVIEW.replace("<bpmn:flowNodeRef>assess</bpmn:flowNodeRef>", "").replace(
    "<bpmn:flowNodeRef>late</bpmn:flowNodeRef>",
    "<bpmn:flowNodeRef>late</bpmn:flowNodeRef><bpmn:flowNodeRef>assess</bpmn:flowNodeRef>")
SOONER = REVIEW.replace('"P14D"', '"P3D"')
OTHER_MESSAGE = REVIEW.replace('name="mehr"', 'name="viel"')


@pytest.fixture
def owner(office: Any, person_in: Any) -> UUID:
    """A process owner."""
    person: UUID = person_in(office.house, "olga", "prozessverantwortung")
    return person


@pytest.fixture
def act(office: Any, owner: UUID) -> Callable[..., Any]:
    """act(function): the process owner does something with a Work at the clock's moment."""

    def done(what: Callable[[Work], Any], actor: Actor | None = None) -> Any:
        with office.house.work(actor or Actor("person", owner), office.clock.now) as work:
            return what(work)

    return done


def deploy(office: Any, source: str) -> UUID:
    """Deploy another version of the review; returns its id."""
    with office.house.work(now=office.clock.now) as work:
        [made] = wiring.deploy(work, {"bpmn/pruefung.bpmn": source.encode()})
        return made.id


def planned(office: Any, owner: UUID, deployment_id: UUID, *chosen: UUID) -> list[Prospect]:
    with office.house.look(Actor("person", owner), office.clock.now) as work:
        return migration.plan(work, chosen, work.get(deployments.Deployment, deployment_id))


def migrate(act: Any, instance: UUID, deployment_id: UUID, reason: str = WHY, revision: int | None = None,
            actor: Actor | None = None) -> Instance:
    made: Instance = act(lambda work: instances.migrate(
        work, instance, work.get(deployments.Deployment, deployment_id), reason, revision), actor)
    return made


def in_bulk(office: Any, owner: UUID, deployment_id: UUID, chosen: dict[UUID, int | None], reason: str = WHY) -> Report:
    return migration.in_bulk(lambda: office.house.work(Actor("person", owner), office.clock.now), chosen,
                             deployment_id, reason)


def whole(office: Any) -> bool:
    with office.house.look() as work:
        return list(seal.verify(work)) == []


def test_the_plan_says_where_each_instance_will_stand_and_changes_nothing(office: Any, owner: UUID) -> None:
    instance, new = office.start(), deploy(office, NEW_NAME)
    before = office.verbs(instance)
    [seen] = planned(office, owner, new, instance)
    assert [(stand.element, stand.name, stand.new_name, stand.count) for stand in seen.stands] == [
        ("assess", "Bewerten", "Prüfen und bewerten", 1)]
    assert seen.can_go and [said.de for said in seen.changes] == ["„Bewerten“ heißt künftig „Prüfen und bewerten“."]
    assert office.verbs(instance) == before


def test_the_plan_says_which_element_stands_against_it(office: Any, owner: UUID) -> None:
    instance, new = office.start(), deploy(office, NO_ASSESS)
    [seen] = planned(office, owner, new, instance)
    assert not seen.can_go
    assert [said.de for said in seen.problems] == [
        "„Bewerten“ (assess): Das Element gibt es im neuen Stand nicht mehr."]


def test_the_plan_says_which_timers_change(office: Any, owner: UUID) -> None:
    instance, new = office.start(), deploy(office, SOONER)
    [seen] = planned(office, owner, new, instance)
    [change] = seen.changes
    assert change.de.startswith("Die Frist „late“ wird neu berechnet: ")


def test_a_migrated_instance_goes_on_on_the_new_version_and_its_history_says_so(office: Any, act: Any) -> None:
    instance, new = office.start(), deploy(office, NEW_NAME)
    made = migrate(act, instance, new)
    assert (made.deployment_id, made.version) == (new, 2)
    office.complete("assess", score=4)
    with office.house.look() as work:
        entries = instances.history(work, work.get(Instance, instance))
    [said] = [entry for entry in entries if entry.verb == "instance.migrated"]
    assert said.said.de == "Vorgang von Stand 1 auf Stand 2 gehoben: Neue Satzung."
    assert said.actor.de == "Olga" and said.particulars["elements"] == ["assess"]
    assert whole(office)


def test_an_open_task_takes_over_what_the_new_version_says_and_keeps_what_people_rely_on(
    office: Any, act: Any, person_in: Any
) -> None:
    ada = person_in(office.house, "ada", "panel")
    instance = office.start()
    task, me = office.task("assess"), Actor("person", ada)
    act(lambda work: instances.claim(work, task), me)
    act(lambda work: tasks.save_draft(work, task, {"why": "weil"}), me)
    with office.house.look() as work:
        due = work.get(Task, task).due_at
    office.clock.advance(days=2)
    migrate(act, instance, deploy(office, NEW_NAME.replace('value="70"', 'value="20"')))
    with office.house.look() as work:
        row = work.get(Task, task)
        assert (row.name, row.priority, row.due_at) == ("Prüfen und bewerten", 20, due)
        assert (row.assignee_id, row.draft) == (ada, {"why": "weil"})
    act(lambda work: instances.complete_task(work, task, {"score": 4}), me)


def test_a_task_that_belongs_to_another_body_now_goes_there(office: Any, act: Any, person_in: Any) -> None:
    ada, clerk = person_in(office.house, "ada", "panel"), person_in(office.house, "clerk", "office")
    instance = office.start()
    task = office.task("assess")
    act(lambda work: instances.claim(work, task), Actor("person", ada))
    migrate(act, instance, deploy(office, OTHER_BODY))
    assert office.inbox(clerk) == ["assess"] and office.inbox(ada) == office.inbox(ada, "mine") == []


def test_timers_keep_their_moment_unless_their_expression_changed(office: Any, act: Any) -> None:
    instance = office.start()
    office.clock.advance(days=2)
    migrate(act, instance, deploy(office, NEW_NAME))
    with office.house.look() as work:
        assert (timers.of_instance(work, instance)[0].due_at - office.clock.now).days == 12
    migrate(act, instance, deploy(office, SOONER))
    with office.house.look() as work:
        [timer] = timers.of_instance(work, instance)
        assert (timer.due_at - office.clock.now).days == 3 and timer.try_at == timer.due_at


def test_a_message_of_another_name_is_waited_for_afterwards(office: Any, act: Any) -> None:
    instance = office.start()
    office.complete("assess", score=4)
    migrate(act, instance, deploy(office, OTHER_MESSAGE))
    with office.house.look() as work:
        assert messages.awaited(work, "i-1") == {"viel"}
    act(lambda work: instances.deliver(work, "viel", "i-1", {}))
    assert office.instances()["pruefung"] == ("ended", "accepted")


def test_a_suspended_instance_is_migrated_and_goes_on_resting(office: Any, act: Any) -> None:
    instance = office.start()
    act(lambda work: instances.suspend(work, instance, WHY))
    migrate(act, instance, deploy(office, SOONER))
    office.clock.advance(days=5)
    office.run_due()
    assert office.waits_at() == ["assess"]
    act(lambda work: instances.resume(work, instance, "Weiter."))
    office.run_due()
    assert office.waits_at() == ["assess", "chase"]


def test_what_cannot_be_right_is_refused_with_its_elements(office: Any, act: Any) -> None:
    instance, new = office.start(), deploy(office, NO_ASSESS)
    before = office.verbs(instance)
    with pytest.raises(Invalid) as refused:
        migrate(act, instance, new)
    assert [said.de for said in refused.value.findings] == [
        "„Bewerten“ (assess): Das Element gibt es im neuen Stand nicht mehr."]
    assert office.verbs(instance) == before
    with office.house.look() as work:
        assert work.get(Instance, instance).version == 1


def test_bad_input_is_refused(office: Any, act: Any, person_in: Any) -> None:
    instance, new = office.start(), deploy(office, NEW_NAME)
    with office.house.look() as work:
        follow = deployments.current(work, "nachlauf").id
    with pytest.raises(Invalid):
        migrate(act, instance, new, "")
    with pytest.raises(Invalid, match="another process"):
        migrate(act, instance, follow)
    with pytest.raises(NotFound):
        migrate(act, uuid4(), new)
    with pytest.raises(Forbidden):
        migrate(act, instance, new, actor=Actor("person", person_in(office.house, "ada", "panel")))
    with pytest.raises(Conflict):
        migrate(act, instance, new, revision=99)
    migrate(act, instance, new)
    with pytest.raises(Conflict, match="already"):
        migrate(act, instance, new)
    act(lambda work: instances.cancel(work, instance, WHY))
    with pytest.raises(Gone):
        migrate(act, instance, new)


def test_a_completion_and_a_migration_at_once_both_count(office: Any, act: Any) -> None:
    new = deploy(office, NEW_NAME)
    with office.house.look() as work:
        old = deployments.version(work, "pruefung", 1).id
    for _ in range(5):
        instance = office.start()
        migrate(act, instance, old)
        task = office.task("assess")

        def complete(task: UUID = task) -> Task:
            with office.house.work(now=office.clock.now) as work:
                return instances.complete_task(work, task, {"score": 4})

        done = at_once(complete, lambda instance=instance: migrate(act, instance, new))
        assert [type(result) for result in done] == [Task, Instance], done
        with office.house.look() as work:
            row = work.get(Instance, instance)
            assert (row.version, row.status) == (2, "running")
            assert tasks.siblings_open(work, instance) == []
    assert whole(office)


def test_in_bulk_each_goes_by_itself_and_the_report_says_what_became_of_it(office: Any, owner: UUID) -> None:
    goes, waits, moves = office.start(), office.start(), office.start()
    new = deploy(office, NO_ASSESS)
    for instance in (goes, waits, moves):
        with office.house.look() as work:
            task = next(row.id for row in tasks.siblings_open(work, instance))
        if instance is not waits:
            with office.house.work(now=office.clock.now) as work:
                instances.complete_task(work, task, {"score": 4})
    plan = {seen.instance.id: seen.revision for seen in planned(office, owner, new, goes, waits, moves)}
    with office.house.work(now=office.clock.now) as work:
        instances.suspend(work, moves, WHY)
    report = in_bulk(office, owner, new, dict(plan))
    assert [found[0] for found in report.migrated] == [goes]
    assert [(found[0], found[2].de) for found in report.refused] == [
        (waits, "„Bewerten“ (assess): Das Element gibt es im neuen Stand nicht mehr.")]
    assert [found[0] for found in report.moved_on] == [moves]
    assert report.migrated[0][1] == "2026-00001 Eine Bank"
    assert whole(office)


def test_in_bulk_nothing_happens_without_the_right_or_a_reason(office: Any, owner: UUID, person_in: Any) -> None:
    instance, new = office.start(), deploy(office, NEW_NAME)
    with pytest.raises(Invalid):
        in_bulk(office, owner, new, {instance: None}, " ")
    with pytest.raises(Forbidden):
        in_bulk(office, person_in(office.house, "ada", "panel"), new, {instance: None})
    with office.house.look() as work:
        assert work.get(Instance, instance).version == 1


def test_candidates_are_what_runs_on_another_version(office: Any, owner: UUID, act: Any) -> None:
    first, second, over = office.start(), office.start(), office.start()
    new = deploy(office, NEW_NAME)
    act(lambda work: instances.cancel(work, over, WHY))
    migrate(act, first, new)
    with office.house.look(Actor("person", owner)) as work:
        deployment = work.get(deployments.Deployment, new)
        page = migration.candidates(work, deployment)
        assert [row.id for row in page.rows] == [second] and page.total == 1
        assert work.session.scalar(select(Instance.version).where(Instance.id == first)) == 2
        assert bodies.find(work, "panel") is not None
