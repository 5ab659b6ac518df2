"""What people do: complete tasks, start instances, go round a loop, vote by the hundred, act at the same moment."""

import itertools
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from engine.errors import EngineError
from tests.bench import models
from tests.bench.bank import Bank
from tests.bench.meter import Counter, Result, Times, figures, measure, under

PASSES = (1, 100, 10_000)
WINDOW = 100
"""How many passes before and after the named one are measured; before the first there is none."""


def complete(bank: Bank, process: str, steps: int, repeats: int) -> Iterator[Result]:
    """Complete tasks, all steps of one instance after the other; looking the task up is not measured."""
    yield measure(f"complete-{steps}", bank, lambda thing: bank.complete(*thing), bank.walk(process, steps),
                  -(-repeats // steps) * steps, bank.walk(process, steps), warm_up=2 * steps)


def start(bank: Bank, repeats: int) -> Iterator[Result]:
    """Start an instance of the two-task process."""
    yield measure("start", bank, lambda number: bank.start("zwei", number), itertools.count(), repeats)


def loop(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """Complete the task of a loop on its 1st, 100th and 10,000th pass; every pass before is really gone.

    The three take turns, so that they are measured in the same minutes. Where an instance cannot come that far, the
    pass at which it died is named and nothing is measured.
    """
    window = min(WINDOW, repeats)
    rounds = {number: Round(bank, max(2, round(number * scale)) if number > 1 else 1) for number in PASSES}
    times = {number: Times(bank.engine, bank.floor) for number in PASSES}
    for number, one in rounds.items():
        one.go_to(max(1, one.goal - window) if number > 1 else 1)
    for turn in range(2 * window):
        for number, one in rounds.items():
            one.take(times[number].act if turn % 2 == 0 else times[number].under)
    for number, one in rounds.items():
        if one.died is None:
            yield times[number].result("loop", bank.db, **{"pass": number})
        else:
            yield Result("loop", bank.db, more={"pass": number, "died_at": one.passed, "error": one.died})


class Round:
    """An instance that goes round its loop; pass 1 is always a fresh instance's."""

    def __init__(self, bank: Bank, goal: int) -> None:
        self.bank, self.goal, self.passed = bank, goal, 0
        self.instance: UUID | None = None
        self.died: str | None = None

    def go_to(self, number: int) -> None:
        """Pass on until *number* is the next pass."""
        while self.passed < number - 1 and self.died is None:
            self.take(lambda act: act())

    def take(self, do: Any) -> None:
        """Complete the open task with *do*; an instance that cannot go on is left where it is."""
        if self.died is not None:
            return
        if self.instance is None or self.goal == 1:
            self.instance, self.passed = self.bank.start("runde", self.passed, rechts=False), 0
        try:
            do(partial(self.bank.complete, self.bank.open_task(self.instance), 1))
            self.passed += 1
        except (EngineError, RecursionError) as error:
            self.died = f"{type(error).__name__}: {error}"[:200]


def many(bank: Bank, count: int) -> Iterator[Result]:
    """A task for *count* people at once: open them all, then complete them one after the other."""
    names = [f"Mitglied {number}" for number in range(count)]
    yield measure(f"many-{models.MANY}-start", bank, lambda number: bank.start("viele", number, namen=names),
                  itertools.count(), 5, warm_up=1)
    times = Times(bank.engine, bank.floor)
    real, bare = ([*bank.open_tasks(bank.start("viele", number, namen=names))] for number in range(2))
    for one, other in zip(real, bare, strict=True):
        times.act(partial(bank.complete, one, 1))
        times.under(partial(bank.complete, other, 1))
    yield times.result(f"many-{models.MANY}", bank.db)


def four(bank: Bank, repeats: int) -> Iterator[Result]:
    """Four people complete the four parallel tasks of one instance at the same moment: until the last is done.

    The floor is the four bare transactions one after the other: they all lock the same row.
    """
    times, bare, refused, counter = [], [], 0, Counter()
    for number in range(-2, repeats):
        instance, other = bank.start("vier", number + 2), bank.start("vier", number + 2)
        acts = [partial(bank.complete, task, step) for step, task in enumerate(bank.open_tasks(instance), 1)]
        with counter.on(bank.engine):
            took, errors = _at_once(acts)
        floor = sum(bank.floor.of(partial(bank.complete, task, step))
                    for step, task in enumerate(bank.open_tasks(other), 1))
        if number < 0:  # to warm up
            counter = Counter()
            continue
        times.append(took)
        bare.append(floor)
        refused += len(errors)
    median, p95, per_second = figures(times)
    yield Result("four", bank.db, median, p95, per_second, **under(median, bare),
                 statements=round(counter.statements / repeats, 1), commits=round(counter.commits / repeats, 2),
                 repeats=repeats, more={"refused": refused, "longest_ms": round(max(times) * 1000, 1)})


def _at_once(acts: list[Any]) -> tuple[float, list[BaseException]]:
    gate, errors, ends = threading.Barrier(len(acts) + 1), [], []

    def run(act: Any) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:
            errors.append(error)
        ends.append(time.perf_counter())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return max(ends) - begun, errors
