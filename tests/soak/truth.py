"""What must be true afterwards, whatever was killed: each line of `findings` is a way in which it is not."""

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from engine import spiff, worker
from engine.definitions import deployments
from engine.errors import EngineError
from engine.history import seal
from engine.history.events import Event
from engine.ideas.ideas import Idea
from engine.notices import Notice
from engine.runtime import instances
from engine.runtime.incidents import Incident
from engine.runtime.instances import Instance
from engine.runtime.messages import Message, Subscription
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from tests.soak import models
from tests.soak.load import Ledger

WAYS = {
    models.RUN: ["start", models.FIRST, models.TIMER, models.SENDS, models.HEARS, models.LAST, "ende"],
    models.FILING: ["anfang", "ablegen", "fertig"],
}
"""The way of each process from its start to its end."""
LATER = timedelta(hours=1)
"""After so long whatever a killed worker had taken for itself is free again."""


def quiet(house: Any) -> bool:
    """Whether nothing is under way: no timer, no message, no mail that is due within two seconds."""
    with house.look() as work:
        soon = work.now + timedelta(seconds=2)
        return not any(work.session.scalar(select(func.count()).select_from(table).where(table.try_at <= soon))
                       for table in (Timer, Message, Notice))


def findings(house: Any, ledger: Ledger) -> list[str]:
    """What is lost, doubled or half done; the workers must have come to rest."""
    found = [f"an answer: {wrong}" for wrong in ledger.wrong]
    with house.look() as work:
        found += [f"chain {one.chain_id} {one.seq}: {one.what.en}" for one in seal.verify(work)]
        found += [*_acts(work, ledger), *_tasks(work), *_instances(work), *_followed(work)]
        found += [f"incident at {one.element}: {one.error}" for one in work.session.scalars(select(Incident))]
    return found


def finish(house: Any, ledger: Ledger, folder: Path) -> list[str]:
    """Let everything that was under way come to its end, as if people went on working; what did not get there."""
    for turn in range(20):
        with house.look() as work:
            waiting = work.session.scalars(select(Task.id).where(Task.closed_at.is_(None))).all()
            now = work.now + timedelta(seconds=3 * turn)
        for task in waiting:
            with house.work(now=now) as work:
                instances.complete_task(work, task, {models.SIGN: f"zum Schluss {task}"})
        if not worker.run_due(house, now + timedelta(seconds=2)) and not waiting:
            break
    worker.run_due(house, now + LATER)
    with house.look() as work:
        rows = work.session.scalars(select(Instance)).all()
        found = [f"{one.process_id} {one.id} never ends: {one.status} {one.outcome}" for one in rows
                 if (one.status, one.outcome) != ("ended", WAYS[one.process_id][-1])]
        found += [f"{one.process_id} {one.id} went {passed}" for one in rows
                  if (passed := instances.passed(work, one)) != WAYS[one.process_id]]
    return found + _mails(ledger, folder)


def _acts(work: Any, ledger: Ledger) -> list[str]:
    """Each acknowledged act is there, and no act is there twice, acknowledged or not."""
    found = []
    stored: Counter[str] = Counter()
    of_task: dict[str, str] = {}
    for task in work.session.scalars(select(Task).where(Task.closed_as == "completed")):
        stored[task.answers[models.SIGN]] += 1
        of_task[str(task.id)] = task.answers[models.SIGN]
    told = Counter(particulars["answers"][models.SIGN] for particulars in work.session.scalars(
        select(Event.particulars).where(Event.verb == "task.completed")))
    ideas = Counter(title.removeprefix("Bank ") for title in work.session.scalars(select(Idea.title)))
    if stored != told:
        found.append(f"tasks and history tell different answers: {stored - told} {told - stored}")
    found += [f"{sign} was acknowledged for task {task}, which holds {of_task.get(task)}"
              for task, sign in ledger.completed.items() if of_task.get(task) != sign]
    found += [f"the idea {sign} was acknowledged and is there {ideas[sign]} times"
              for sign in ledger.handed_in if ideas[sign] != 1]
    found += [f"{sign} is there {times} times" for sign, times in (stored + ideas).items() if times != 1]
    found += [f"{sign} was never sent" for sign in (stored + ideas) if sign not in ledger.sent]
    return found


def _tasks(work: Any) -> list[str]:
    """No task is both open and done, none is there twice, and the history tells of each once."""
    found = []
    told: dict[UUID, Counter[str]] = defaultdict(Counter)
    for verb, subject in work.session.execute(
            select(Event.verb, Event.subject_id).where(Event.subject_kind == "task")):
        told[subject][verb] += 1
    rows = work.session.scalars(select(Task)).all()
    for task in rows:
        expected = Counter(["task.opened", *([f"task.{task.closed_as}"] if task.closed_as else [])])
        if (task.closed_at is None) != (task.closed_as is None) or told[task.id] != expected:
            found.append(f"task {task.id} is {task.closed_as} and its history says {dict(told[task.id])}")
    doubled = Counter((task.instance_id, task.element) for task in rows)
    return found + [f"{place} has {times} tasks" for place, times in doubled.items() if times > 1]


def _instances(work: Any) -> list[str]:
    """A running instance waits for something, an ended one for nothing, and its rows are what its state says."""
    found = []
    for instance in work.session.scalars(
            select(Instance).options(undefer(Instance.state), undefer(Instance.waits))):
        rows = {table: set(work.session.scalars(select(table.key).where(table.instance_id == instance.id)))
                for table in (Timer, Subscription)}
        tasks = list(work.session.scalars(
            select(Task.key).where(Task.instance_id == instance.id, Task.closed_at.is_(None))))
        waits = len(tasks) + sum(map(len, rows.values()))
        if (instance.status == "running") != bool(waits):
            found.append(f"{instance.id} is {instance.status} and waits for {waits} things")
        if rows[Timer] != set(instance.waits["timers"]) or rows[Subscription] != set(instance.waits["messages"]):
            found.append(f"{instance.id} waits for {instance.waits} and has rows for {rows}")
        specification = deployments.specification(work, instance.deployment_id)
        for key in tasks:
            try:
                spiff.task_data(specification, instance.state, key)
            except EngineError as error:
                found.append(f"{instance.id}: the task {key} is open, but not in its state: {error.en}")
    return found


def _followed(work: Any) -> list[str]:
    """Each timer fired once, each message arrived once; none is lost, none came twice."""
    found = []
    told: dict[UUID, Counter[str]] = defaultdict(Counter)
    for chain, verb in work.session.execute(select(Event.chain_id, Event.verb)):
        told[chain][verb] += 1
    filings = Counter(work.session.scalars(select(Instance.sender_id).where(Instance.process_id == models.FILING)))
    filed = set(work.session.scalars(select(Instance.sender_id).where(
        Instance.process_id == models.FILING, Instance.status == "ended")))
    for instance in work.session.scalars(select(Instance).where(Instance.process_id == models.RUN)):
        passed, of = Counter(instances.passed(work, instance)), told[instance.id]
        pending = work.session.scalar(select(func.count()).where(Timer.instance_id == instance.id)) or 0
        for what, happened, expected in (
            ("timer fired", of["timer.fired"], passed[models.TIMER]),
            ("timer fired or waits", of["timer.fired"] + pending, passed[models.FIRST]),
            ("message was sent", of["message.sent"], passed[models.SENDS]),
            ("message started a filing", filings[instance.id], passed[models.SENDS]),
            ("message came back", of["message.received"], int(instance.id in filed)),
            ("went on", passed[models.HEARS], int(instance.id in filed)),
        ):
            if happened != expected or happened > 1:
                found.append(f"{instance.id}: its {what} {happened} times, expected {expected}")
    return found


def _mails(ledger: Ledger, folder: Path) -> list[str]:
    """Everybody whose idea was taken in has got one mail about it."""
    got = Counter(line.removeprefix("To: ").strip() for file in (folder / "outbox").glob("*.eml")
                  for line in file.read_text().splitlines() if line.startswith("To: "))
    return [f"{sign} got {got[f'{sign}@example.org']} mails" for sign in ledger.handed_in
            if got[f"{sign}@example.org"] != 1]
