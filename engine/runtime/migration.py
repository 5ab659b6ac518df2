"""Migrating instances to another version of their process: a plan first, then each in a transaction of its own.

What is open keeps what people rely on: its key, its draft and answers typed so
far, its due date.  Name, body, form, priority and blindness follow the new
version; a task whose body is another one goes back to that body.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select

from engine import spiff
from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, EngineError, Forbidden, Gone, Invalid, Sentence, Unavailable
from engine.history import events
from engine.identity import permissions
from engine.identity.bodies import BERLIN
from engine.runtime import messages, steering, tasks, tokens
from engine.runtime.tokens import Instance
from engine.work import Page, Work


@dataclass(frozen=True)
class Prospect:
    """What would become of one instance. `revision`, the length of its history, tells later whether it has moved."""

    instance: Instance
    revision: int
    stands: tuple[spiff.Stand, ...]
    problems: tuple[Sentence, ...]
    changes: tuple[Sentence, ...]

    @property
    def can_go(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


@dataclass
class Report:
    """What became of many instances: each with its id and title, and why not."""

    migrated: list[tuple[UUID, str]] = field(default_factory=list)
    refused: list[tuple[UUID, str, Sentence]] = field(default_factory=list)
    moved_on: list[tuple[UUID, str, Sentence]] = field(default_factory=list)


class MovedOn(Conflict):
    """The instance has moved, ended or been migrated since the plan was made."""


def candidates(work: Work, deployment: Deployment, number: int = 1, size: int = 25) -> Page:
    """The instances of a process that are not over and stand on another version than *deployment*, oldest first."""
    query = select(Instance).where(
        Instance.process_id == deployment.process_id, Instance.deployment_id != deployment.id,
        Instance.status.not_in(tokens.OVER),
    )
    total = work.session.scalar(query.with_only_columns(func.count(Instance.id))) or 0
    rows = work.session.scalars(
        query.order_by(Instance.started_at, Instance.id).offset((number - 1) * size).limit(size)
    )
    return Page(list(rows), total, number, size)


def plan(work: Work, instance_ids: Iterable[UUID], deployment: Deployment) -> list[Prospect]:
    """What migrating these instances to *deployment* would mean; nothing is changed. Needs the right to steer."""
    permissions.require(work, "steer")
    return [_prospect(work, tokens.with_state(work, instance_id), deployment) for instance_id in instance_ids]


def migrate(
    work: Work, instance_id: UUID, deployment: Deployment, reason: str, revision: int | None = None
) -> Instance:
    """Let an instance go on on another version of its process.

    Invalid with the plan's `problems` as findings where it cannot be right;
    MovedOn if it is not in the *revision* that the plan was made for.
    """
    instance, for_id, reason = steering.begin(work, instance_id, reason)
    if revision is not None and instance.chain_length != revision:
        raise MovedOn("Der Vorgang ist seit dem Plan weitergegangen. Bitte sehen Sie sich den neuen Plan an.",
                      "The instance has moved on since the plan was made. Please look at the new plan.")
    _require_fitting(instance, deployment)
    old, new = _specifications(work, instance, deployment)
    try:
        step = spiff.migrate(old, new, instance.state, work.now, tokens.caller(work, instance), **tokens.bounds(work))
    except Invalid as error:
        raise Invalid(error.de, error.en, findings=[_problem(stand) for stand in error.findings]) from error
    events.record(
        work, "instance.migrated", instance, instance, for_id=for_id, old=instance.version, new=deployment.version,
        hash=deployment.hash, elements=sorted({task.element for task in step.open_tasks}), reason=reason,
    )
    instance.deployment_id, instance.version = deployment.id, deployment.version
    if instance.waits["messages"]:
        awaited = {wait.key: (wait.name, wait.correlation) for wait in step.subscriptions
                   if wait.kind != "condition"}
        instance.waits = {**instance.waits, "messages": messages.keep(work, instance.id, awaited)}
    steering.changed(work, instance, step)
    seen = {task.key: task for task in step.open_tasks}
    for task in tasks.siblings_open(work, instance.id):
        tasks.redrawn(work, instance, task, seen[task.key])
    return instance


def in_bulk(
    open_work: Callable[[], Work], chosen: Mapping[UUID, int | None], deployment_id: UUID, reason: str
) -> Report:
    """Migrate many instances, each in its own transaction; *chosen* maps ids to the revisions of the plan, or None.

    One that cannot be migrated keeps nobody else from it. Forbidden and a
    missing reason stop everything before it begins.
    """
    report = Report()
    for instance_id, revision in chosen.items():
        title = ""
        try:
            with open_work() as work:
                deployment = work.get(Deployment, deployment_id)
                title = _title(work.get(Instance, instance_id))
                migrate(work, instance_id, deployment, reason, revision)
            report.migrated.append((instance_id, title))
        except (Unavailable, Forbidden):
            raise
        except Invalid as error:
            if error.fields:
                raise
            for problem in error.findings or [Sentence(error.de, error.en)]:
                report.refused.append((instance_id, title, problem))
        except (Conflict, Gone) as error:
            report.moved_on.append((instance_id, title, Sentence(error.de, error.en)))
        except EngineError as error:
            if not title:
                raise
            report.refused.append((instance_id, title, Sentence(error.de, error.en)))
    return report


def _prospect(work: Work, instance: Instance, deployment: Deployment) -> Prospect:
    try:
        _require_fitting(instance, deployment)
    except EngineError as error:
        return Prospect(instance, instance.chain_length, (), (Sentence(error.de, error.en),), ())
    old, new = _specifications(work, instance, deployment)
    seen = spiff.outlook(old, new, instance.state, work.now, tokens.caller(work, instance), **tokens.bounds(work))
    problems = [_problem(stand) for stand in seen.stands if stand.problem is not None]
    if seen.failure is not None:
        problems.append(seen.failure)
    return Prospect(instance, instance.chain_length, seen.stands, tuple(problems), tuple(_changes(seen)))


def _require_fitting(instance: Instance, deployment: Deployment) -> None:
    if instance.status in tokens.OVER:
        raise MovedOn("Dieser Vorgang ist inzwischen beendet.", "This instance has ended meanwhile.")
    if instance.deployment_id == deployment.id:
        raise MovedOn("Dieser Vorgang läuft bereits auf diesem Stand.",
                      "This instance runs on this version already.")
    if instance.process_id != deployment.process_id:
        raise Invalid("Dieser Vorgang gehört zu einem anderen Prozess.",
                      "This instance belongs to another process.")


def _specifications(
    work: Work, instance: Instance, deployment: Deployment
) -> tuple[spiff.Specification, spiff.Specification]:
    return deployments.specification(work, instance.deployment_id), deployments.specification(work, deployment.id)


def _problem(stand: spiff.Stand) -> Sentence:
    said = stand.problem or Sentence("", "")
    return Sentence(f"„{stand.name}“ ({stand.element}): {said.de}", f"“{stand.name}” ({stand.element}): {said.en}")


def _changes(seen: spiff.Outlook) -> Iterable[Sentence]:
    for stand in seen.stands:
        if stand.problem is None and stand.new_name != stand.name:
            yield Sentence(f"„{stand.name}“ heißt künftig „{stand.new_name}“.",
                           f"“{stand.name}” will be called “{stand.new_name}”.")
    come = {wait.key: wait for wait in seen.come}
    for wait in seen.gone:
        now = come.pop(wait.key, None)
        if now is None:
            yield Sentence(f"„{wait.name}“ wird nicht mehr erwartet.", f"“{wait.name}” is no longer waited for.")
        elif now.due_at is not None:
            yield Sentence(f"Die Frist „{now.name}“ wird neu berechnet: {_day(now)}.",
                           f"The timer “{now.name}” is worked out anew: {_day(now)}.")
        else:
            yield Sentence(f"Statt „{wait.name}“ wird „{now.name}“ erwartet.",
                           f"“{now.name}” is waited for instead of “{wait.name}”.")
    for wait in come.values():
        when = f": {_day(wait)}" if wait.due_at is not None else ""
        yield Sentence(f"„{wait.name}“ wird zusätzlich erwartet{when}.", f"“{wait.name}” is waited for as well{when}.")


def _day(wait: spiff.Waiting) -> str:
    return f"{wait.due_at.astimezone(BERLIN):%d.%m.%Y %H:%M}" if wait.due_at is not None else ""


def _title(instance: Instance) -> str:
    return f"{instance.business_key} {instance.title}".strip()
