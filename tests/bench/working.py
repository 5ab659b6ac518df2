"""What happens without anybody asking: timers, messages, and a worker's second in which nothing is due."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from engine import worker
from engine.runtime.timers import Timer
from tests.bench import fill
from tests.bench.bank import Bank
from tests.bench.meter import Result, Times, figures, measure, under
from tests.bench.servers import running

FAR = datetime(2099, 1, 1, tzinfo=UTC)
FLOORS = 60
"""How many timers and messages are done by the bare driver, as many in a transaction as a worker takes."""
COPIED = Timer.instance_id < UUID(int=2**120)
"""The copies' ids are small numbers, those of what was really started begin with the time."""
PATIENCE = 300
"""Seconds after which workers that are not done are given up."""
SETTLE = 2
"""Seconds that each further worker is given after the first one's first act."""
LATE = 25
"""How many timers an idle worker is watched with, one every 0.37 s."""


def timers(bank: Bank, scale: float) -> Iterator[Result]:
    """How many of 10,000 due timers `reifegrad worker` fires a second, by itself and with a second one beside it.

    Timed from when the first are gone to the last; each opens a task. The floor is a timer's share of the bare
    transaction that a worker's would be.
    """
    waiting = Waiting(bank)
    count = max(20, round(10_000 * scale))
    for workers in (1, 2):
        per_second = waiting.drained(workers, count)
        floors = waiting.floors(lambda: worker.fire_timers(bank.house))
        median = round(1000 / per_second, 2)
        yield Result(f"timers-{workers}", bank.db, median, None, per_second, **under(median, floors), repeats=count,
                     more={"workers": workers})


def lateness(bank: Bank, scale: float) -> Iterator[Result]:
    """How late a timer fires when the worker has nothing else to do: from its moment until its task is there."""
    waiting = Waiting(bank)
    waiting.add(max(3, round(LATE * scale)))
    late: list[float] = []
    with running(bank.url, "worker"):
        waiting.see_one_fire()
        now = datetime.now(UTC)
        with bank.house.work() as work:
            keys = work.session.scalars(waiting.far()).all()
            due = {key: now + timedelta(seconds=1 + 0.37 * turn) for turn, key in enumerate(keys)}
            for key, moment in due.items():
                work.session.execute(update(Timer).where(Timer.instance_id == key).values(due_at=moment, try_at=moment))
        while due and datetime.now(UTC) - now < timedelta(seconds=60):
            with bank.house.look() as work:
                left = set(work.session.scalars(select(Timer.instance_id)))
            at = datetime.now(UTC)
            late += [(at - due.pop(key)).total_seconds() for key in set(due) - left]
            time.sleep(0.005)
    assert not due, f"{len(due)} timers did not fire"
    yield Result("timer-late", bank.db, *figures(late)[:2], repeats=len(late),
                 more={"longest_ms": round(max(late) * 1000, 1)})


def messages(bank: Bank, repeats: int) -> Iterator[Result]:
    """Send messages, each by an instance that starts and ends with it; deliver each to the one that waits for it."""
    for number in range(2 * repeats + 10 + FLOORS):
        bank.start("empfang", number, nummer=number)
    numbers = itertools.count()
    for number in itertools.islice(numbers, FLOORS):
        bank.start("bote", number, nummer=number)
    floors = []
    while before := bank.count("message"):
        took = bank.floor.of(lambda: worker.deliver_messages(bank.house))
        floors.append(took / (before - bank.count("message")))
    yield measure("message-send", bank, lambda number: bank.start("bote", number, nummer=number), numbers, repeats)
    count, opened = bank.count("message"), bank.count("task")
    times = Times(bank.engine, None)
    times.act(lambda: worker.deliver_messages(bank.house))
    assert bank.count("task") == opened + count, "a message was lost or delivered twice"
    took = times.real[0] / count
    yield Result("message-deliver", bank.db, round(took * 1000, 2), None, round(1 / took, 1),
                 **under(took * 1000, floors), statements=round(times.counter.statements / count, 1),
                 commits=round(times.counter.commits / count, 2), repeats=count)


def idle(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """What looking for due work costs when there is none: with no instance, and with 100,000 that wait."""
    for count in (0, 100_000):
        if count:
            Waiting(bank).add(max(10, round(count * scale)))
        times = Times(bank.engine, None)
        for number in range(repeats + 5):
            if number == 5:
                times.forget()
            times.act(lambda: worker.run_due(bank.house))
        yield times.result(f"idle-{count}", bank.db)


class Waiting:
    """Instances that wait for a moment which has passed, with rows that say when to look."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.model = bank.start("wecker", now=datetime(2026, 1, 5, tzinfo=UTC))
        self.filled = bank.count("instance")  # the copies' numbers go on from here
        with bank.house.work() as work:
            work.session.execute(update(Timer).where(Timer.instance_id == self.model).values(due_at=FAR, try_at=FAR))

    def add(self, count: int) -> None:
        """Let *count* more instances wait, for a moment far away."""
        fill.waiting(self.bank.house, self.model, self.filled + 1, self.filled + count, FAR)
        self.filled += count

    def drained(self, workers: int, count: int) -> float:
        """Let so many workers fire *count* timers that fall due at once; return how many they fire a second."""
        with ExitStack() as closing:
            processes = [closing.enter_context(running(self.bank.url, "worker"))[0] for _ in range(workers)]
            self.see_one_fire()
            time.sleep(SETTLE * (len(processes) - 1))
            self.add(count)
            opened = self.bank.count("task")
            self._all_due(datetime.now(UTC))
            asked = time.perf_counter()
            _when(lambda: self._left() < count, 0.002)
            left, begun = self._left(), time.perf_counter()
            ended = _when(lambda: self._left() == 0, 0.05)
        assert self.bank.count("task") == opened + count, "a timer was lost or fired twice"
        return round(left / (ended - begun) if left else count / (ended - asked), 1)

    def floors(self, act: Callable[[], object]) -> list[float]:
        """The bare time of one timer, several times over."""
        self.add(FLOORS)
        self._all_due(datetime.now(UTC))
        floors: list[float] = []
        while (left := self._left()) > 0:
            took = self.bank.floor.of(act)
            floors.append(took / (left - self._left()))
        return floors

    def see_one_fire(self) -> None:
        """Wait until a worker has fired one timer: then it is up."""
        self.add(1)
        with self.bank.house.work() as work:
            key = work.session.scalars(self.far().limit(1)).one()
            work.session.execute(update(Timer).where(Timer.instance_id == key).values(
                due_at=work.now, try_at=work.now))
        left = self._left()
        _when(lambda: self._left() < left, 0.05)

    def far(self) -> Any:
        """The ids of the copies that wait for a moment far away."""
        return select(Timer.instance_id).where(Timer.due_at == FAR, COPIED)

    def _all_due(self, moment: datetime) -> None:
        with self.bank.house.work() as work:
            work.session.execute(update(Timer).where(COPIED).values(due_at=moment, try_at=moment))

    def _left(self) -> int:
        with self.bank.house.look() as work:
            return work.session.scalar(select(func.count()).select_from(Timer).where(COPIED)) or 0


def _when(happened: Callable[[], bool], every: float) -> float:
    give_up = time.perf_counter() + PATIENCE
    while not happened():
        if time.perf_counter() > give_up:
            raise RuntimeError("the worker does not fire")
        time.sleep(every)
    return time.perf_counter()
