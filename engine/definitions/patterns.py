"""Patterns in forms: which of them may run on the server.

Python's `re` goes back and forth, so that a few patterns take exponential time
on a text made for them.  A pattern is taken only if no repeated group repeats
or chooses inside, and it is only ever run on a short text.
"""

import re

from engine.errors import Sentence

LONGEST_PATTERN = 200
LONGEST_VALUE = 100
"""Characters of a value that a pattern is run on."""
MOST_REPEATS = 3

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_SET = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEAT = re.compile(r"\*|\+|\{(?=[\d,])(\d*)(,?)(\d*)\}")
_BACK = re.compile(r"\\[1-9]|\(\?P=")


def compiled(pattern: str) -> re.Pattern[str]:
    """*pattern* ready for use, with \\d and \\w meaning ASCII as they do in browsers."""
    return re.compile(pattern, re.ASCII)


def costly(pattern: str) -> Sentence | None:
    """Why *pattern* may not be used; None if it may (an empty one always may)."""
    if len(pattern) > LONGEST_PATTERN:
        return Sentence(f"Es ist länger als {LONGEST_PATTERN} Zeichen.",
                        f"It is longer than {LONGEST_PATTERN} characters.")
    try:
        compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return Sentence(f"Es ist kein regulärer Ausdruck ({error}).", f"It is not a regular expression ({error}).")
    if _BACK.search(pattern):
        return Sentence("Es verweist auf sich selbst zurück.", "It refers back to itself.")
    plain = _SET.sub("x", _ESCAPED.sub("x", pattern))
    groups: list[bool] = []  # of each open group: does it repeat or choose inside?
    repeats, at, busy = 0, 0, False
    while at < len(plain):
        repeat = _REPEAT.match(plain, at)
        if plain[at] == "(":
            groups.append(False)
        elif plain[at] == ")" and groups:
            busy = groups.pop()
            if busy and groups:
                groups[-1] = True
        elif groups and (plain[at] == "|" or (plain[at] == "?" and plain[at - 1] != "(")):
            groups[-1] = True
        elif repeat:
            least, most = _bounds(repeat)
            wide = most is None or most - least > 20
            if plain[at - 1:at] == ")" and busy and (most is None or most > 1):
                return Sentence("Eine Wiederholung enthält eine Wiederholung oder Auswahl.",
                                "A repetition holds a repetition or a choice.")
            repeats += wide
            if groups:
                groups[-1] = True
            at = repeat.end() - 1
        at += 1
    if repeats > MOST_REPEATS:
        return Sentence(f"Es hat mehr als {MOST_REPEATS} offene Wiederholungen.",
                        f"It has more than {MOST_REPEATS} open repetitions.")
    return None


def _bounds(repeat: re.Match[str]) -> tuple[int, int | None]:
    if repeat[0] in "*+":
        return 0, None
    least = int(repeat[1] or 0)
    if not repeat[2]:
        return least, least
    return least, int(repeat[3]) if repeat[3] else None
