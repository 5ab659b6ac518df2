"""The tests' own clock: it stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=BERLIN)


class Clock:
    """`clock.now` is the moment to hand to the engine; `clock.advance(days=3)` moves it."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self.now = now.astimezone(UTC)

    def advance(self, **span: float) -> datetime:
        """Move on by a span, in the words of `timedelta` (days=, hours=, …); returns the new moment."""
        self.now += timedelta(**span)
        return self.now

    def at(self, text: str) -> datetime:
        """Set the clock to a moment of the county's time, such as "2026-03-29 01:30"; returns it."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)
        return self.now
