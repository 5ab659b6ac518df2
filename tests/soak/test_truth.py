"""What a soak looks for is found: each kind of loss, doubling and half deed, made by hand."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine import worker
from engine.history.events import Event
from engine.ideas import ideas
from engine.ideas.ideas import Idea
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.runtime.messages import Subscription
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from tests.soak import models, truth
from tests.soak.load import IDEA, Ledger

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def ledger(house: Any, clock: Any) -> Ledger:
    """What people know of three ideas: one that waits for a person, one for a moment, one for a message."""
    models.settle(house)
    known = Ledger()
    for number in range(3):
        sign = f"ada-{number}-"
        with house.work(now=clock.now) as work:
            ideas.hand_in(work, **{**IDEA, "title": f"Bank {sign}", "mail": f"{sign}@example.org"})
        known.handed_in.append(sign)
        known.sent.add(sign)
    with house.look() as work:
        waiting = work.session.scalars(select(Task.id).order_by(Task.opened_at, Task.id)).all()
    for task in waiting[:2]:
        sign = f"ben-{task}-"
        with house.work(now=clock.now) as work:
            instances.complete_task(work, task, {models.SIGN: sign})
        known.completed[str(task)] = sign
        known.sent.add(sign)
        clock.advance(seconds=0.6)  # the first timer is due before the second
    worker.run_due(house, clock.advance(seconds=0.1))
    return known


LOSSES: dict[str, Callable[[Any, Ledger], Any]] = {
    "an acknowledged idea is gone": lambda work, ledger: ledger.handed_in.append("eva-9-"),
    "an acknowledged answer is another": lambda work, ledger: ledger.completed.update(
        dict.fromkeys(ledger.completed, "eva-9-")),
    "an idea is there twice": lambda work, ledger: work.session.execute(update(Idea).values(title="Bank ada-0-")),
    "nobody sent it": lambda work, ledger: ledger.sent.clear(),
    "a done task is open again": lambda work, ledger: work.session.execute(
        update(Task).where(Task.closed_as == "completed").values(closed_at=None)),
    "an open task is gone": lambda work, ledger: work.session.execute(delete(Task).where(Task.closed_at.is_(None))),
    "a timer is lost": lambda work, ledger: work.session.execute(delete(Timer)),
    "nobody waits for the message": lambda work, ledger: work.session.execute(delete(Subscription)),
    "a message started nothing": lambda work, ledger: work.session.execute(
        update(Instance).where(Instance.process_id == models.FILING).values(sender_id=None)),
    "the history was changed": lambda work, ledger: work.session.execute(
        update(Event).where(Event.verb == "task.completed").values(actor_kind="citizen")),
    "a page showed an error": lambda work, ledger: ledger.wrong.append("500"),
}


def test_what_is_wrong_is_found_and_nothing_else(
    house: Any, ledger: Ledger, open_house_on: Callable[[str], Any], tmp_path: Path
) -> None:
    assert truth.findings(house, ledger) == []
    house.database.engine.dispose()  # now the file holds everything
    for number, (what, lose) in enumerate(LOSSES.items()):
        copy, known = tmp_path / f"{number}.db", deepcopy(ledger)
        shutil.copyfile(house.settings.database_url.removeprefix("sqlite:///"), copy)
        harmed = open_house_on(f"sqlite:///{copy}")
        with harmed.work() as work:
            lose(work, known)
        assert truth.findings(harmed, known) != [], what
