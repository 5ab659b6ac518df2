"""Meetings of the bodies: planned, convened, invited to, held, closed, moved or cancelled.

A meeting's history is the chain of the process instance that leads it
(s_sitzungszyklus); the row holds where it stands.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine import spiff
from engine.database import Table
from engine.errors import Invalid, Sentence
from engine.identity import bodies
from engine.identity.bodies import BERLIN, Body
from engine.runtime.instances import Instance
from engine.work import Handler, Work

STATES: dict[str, Sentence] = {
    "geplant": Sentence("geplant", "planned"),
    "terminiert": Sentence("terminiert", "scheduled"),
    "eingeladen": Sentence("eingeladen", "invited"),
    "laeuft": Sentence("läuft", "in session"),
    "durchgefuehrt": Sentence("durchgeführt", "held"),
    "abgesagt": Sentence("abgesagt", "cancelled"),
}
"""Planned: a date only. Scheduled: its process runs and it takes items up. Then as OParl names them."""
FORMS: dict[str, Sentence] = {
    "praesenz": Sentence("in Präsenz", "in person"),
    "hybrid": Sentence("hybrid", "hybrid"),
    "digital": Sentence("digital", "digital"),
}


class Meeting(Table):
    """One meeting of one body."""

    __tablename__ = "meeting"
    __table_args__ = (Index("ix_meeting_starts", "starts_at"), Index("ix_meeting_body", "body_id", "starts_at"))

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id))
    instance_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The process instance that leads it; None while it is only planned"""
    starts_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(256))
    form: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    public: Mapped[bool]
    """Whether it is public at all; each item says so for itself"""
    sequence: Mapped[int]
    """How often what members were told has changed: SEQUENCE of RFC 5545"""
    editorial_at: Mapped[datetime]
    """Until when items are taken up"""
    invited_at: Mapped[datetime | None]
    urgent: Mapped[bool]
    """Whether it was convened with the shortened notice period, for urgent items only"""
    notice_found: Mapped[str | None] = mapped_column(String(32))
    """What was found at the opening about the invitation: ordnungsgemaess, geheilt or dringlich_festgestellt"""
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    chair_id: Mapped[UUID | None]
    """Who chairs it this time"""
    recorder_id: Mapped[UUID | None]
    reason: Mapped[str]
    """Why it was moved or cancelled, as members and public read it"""
    version: Mapped[int]
    """Grows with each change of what stands on its sheet, so that nobody overwrites what they have not seen"""

    @property
    def day(self) -> date:
        """The day of the meeting in the county."""
        return self.starts_at.astimezone(BERLIN).date()


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
