"""What is measured, each case on a fresh database of its own."""

from collections.abc import Callable, Iterator

from tests.bench import acts, checking, models, reading, serving, storage, working
from tests.bench.bank import Bank
from tests.bench.meter import Result

__all__ = ["Bank", "Case", "cases"]

Case = Callable[[Bank], Iterator[Result]]


def cases(repeats: int, scale: float = 1) -> dict[str, Case]:
    """Each case by its name, with which the labels of its results begin.

    *repeats* is how often quick acts are measured; *scale* shrinks what has to be filled, for a trial run.
    """
    some, few = max(5, repeats // 5), max(5, repeats // 15)
    return {
        "complete-2": lambda bank: acts.complete(bank, "zwei", 2, repeats),
        "complete-10": lambda bank: acts.complete(bank, "zehn", 10, repeats),
        "start": lambda bank: acts.start(bank, repeats),
        "loop": lambda bank: acts.loop(bank, repeats, scale),
        "many": lambda bank: acts.many(bank, max(5, round(models.MANY * scale))),
        "four": lambda bank: acts.four(bank, some),
        "timers": lambda bank: working.timers(bank, scale),
        "timer-late": lambda bank: working.lateness(bank, scale),
        "message": lambda bank: working.messages(bank, repeats),
        "idle": lambda bank: working.idle(bank, some, scale),
        "inbox": lambda bank: reading.inbox(bank, some, scale),
        "ideas-5000": lambda bank: reading.ideas(bank, some, scale),
        "history-10000": lambda bank: reading.history(bank, few, scale),
        "verify": lambda bank: reading.verify(bank, scale),
        "web": lambda bank: serving.requests(bank, some, scale),
        "check-200": lambda bank: checking.checked(bank, few),
        "stored-10": lambda bank: storage.stored(bank, max(1, repeats // 60)),
        "ready": lambda bank: serving.ready(bank, max(1, min(5, repeats // 5))),
        "memory": serving.memory_of_worker,
    }
