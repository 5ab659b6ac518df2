"""How far one step may go: how many elements it may pass, and how long it may take.

Both are checked after each element.  What an element does inside is bounded
elsewhere: the sandbox stops expressions and scripts (scripts.py); a handler of
a service task is ours and is waited for.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypedDict

MAX_STEPS = 1000
MAX_SECONDS = 30.0
MOST_INSTANCES = 1000
"""How many instances of one activity may be there at once; one after the other they may be any number."""


class Bounds(TypedDict, total=False):
    """What a step may be given: elements, seconds, and the clock that counts them (it never goes back)."""

    max_steps: int
    max_seconds: float
    ticks: Callable[[], float]


class Watch:
    """Counts one step's elements and seconds, from the moment it is made."""

    def __init__(
        self, max_steps: int = MAX_STEPS, max_seconds: float = MAX_SECONDS, ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_steps, self.max_seconds = max_steps, max_seconds
        self._passed, self._ticks, self._since = 0, ticks, ticks()

    def restart(self) -> None:
        """Count the elements from nought; the seconds go on."""
        self._passed = 0

    def too_many(self) -> bool:
        """Count one more element; whether that are more than a step may pass."""
        self._passed += 1
        return self._passed > self.max_steps

    def too_long(self) -> bool:
        """Whether the step has taken longer than it may."""
        return self._ticks() - self._since > self.max_seconds


def loop(path: Sequence[str]) -> list[str]:
    """The elements of the loop that *path* goes round in at its end, in order; none twice, empty if there is none.

    >>> loop(["start", "a", "b", "c", "b", "c"])
    ['b', 'c']
    """
    if not path or path[-1] not in path[:-1]:
        return []
    last = len(path) - 1
    before = max(place for place in range(last) if path[place] == path[last])
    return list(dict.fromkeys(path[before + 1:]))
