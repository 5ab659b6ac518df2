"""Meetings of the bodies: when the next one is.

Until bodies keep calendars of their own, each meets in a fixed rhythm, which
its diagrams can ask for. The rhythms are defaults, no law.
"""

from datetime import date, timedelta
from typing import Any

from engine import spiff
from engine.errors import Invalid
from engine.identity import bodies
from engine.runtime.instances import Instance
from engine.work import Handler, Work

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


def next_meeting(work: Work, body: str) -> date:
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


def find_next_meeting(work: Work, instance: Instance, arguments: dict[str, Any]) -> dict[str, Any]:
    """Service task `council/next_meeting`. Arguments: gremium (a body's key). Returns termin: an ISO date."""
    return {"termin": next_meeting(work, str(arguments.get("gremium") or "")).isoformat()}


OPERATIONS: dict[str, Handler] = {"council/next_meeting": find_next_meeting}
