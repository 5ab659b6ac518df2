"""What service tasks of a diagram can do for a body: the operations `council/…`."""

from datetime import date, timedelta
from typing import Any

from engine import spiff
from engine.council import meetings
from engine.errors import Invalid
from engine.identity import bodies
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]
NOTICE = timedelta(days=14)
"""How long before a meeting its items must be known (editorial deadline)."""
RHYTHM: dict[str, tuple[date, int]] = {
    "lenkungsgruppe": (date(2025, 1, 14), 8),
    "expertenbeirat": (date(2025, 3, 12), 26),
    "kreisvorstand": (date(2025, 1, 6), 4),
    "zukunftsausschuss": (date(2025, 2, 3), 8),
    "kreisausschuss": (date(2025, 1, 20), 6),
    "kreistag": (date(2025, 3, 24), 12),
}
"""Body -> one of its meetings, and the weeks between two."""


def by_rhythm(work: Work, body: str) -> date:
    """The next meeting of *body* that still takes items up: at least 14 days ahead, on a working day.

    Invalid for a body without a rhythm.
    """
    if body not in RHYTHM:
        raise Invalid("Für „{body}“ ist kein Sitzungsrhythmus hinterlegt.",
                      "No rhythm of meetings is known for “{body}”.", body=body)
    first, weeks = RHYTHM[body]
    earliest = bodies.today(work) + NOTICE
    rounds = max(0, -(-(earliest - first).days // (7 * weeks)))
    day = first + timedelta(weeks=weeks * rounds)
    while not spiff.is_working_day(day):
        day += timedelta(days=1)
    return day


def next_meeting(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: gremium. Returns sitzung_id and termin (an ISO date) of its next open meeting, or None."""
    key = str(arguments.get("gremium") or "")
    found = meetings.next_open(work, key)
    day = found.day if found is not None else by_rhythm(work, key)
    return {"sitzung_id": str(found.id) if found is not None else None, "termin": day.isoformat()}


OPERATIONS: dict[str, Handler] = {"council/next_meeting": next_meeting}
