"""Acts that meet: all at the same moment, or one that begins while another has acted and not yet committed."""

import threading
from collections.abc import Callable
from typing import Any

SECONDS = 60


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; returns what each returned or raised."""
    results: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(number: int) -> None:
        gate.wait()
        results[number] = _outcome(acts[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return results


def in_turn(opened: Any, first: Callable[[Any], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Let *second* begin after *first* has acted on the work *opened* and before that is committed.

    Returns what each returned or raised.
    """
    acted, begun = threading.Event(), threading.Event()
    results: list[Any] = [None, None]

    def act() -> Any:
        with opened as work:
            try:
                return first(work)
            finally:
                acted.set()
                begun.wait(SECONDS)

    def follow() -> Any:
        acted.wait(SECONDS)
        begun.set()
        return second()

    def run(number: int) -> None:
        results[number] = _outcome((act, follow)[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return results[0], results[1]


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        return error
