"""Timers that know time zones, months and working days.

All reckoning is done on the wall clock of Europe/Berlin, as people and
statutes reckon (§§ 187-193 BGB): P1M ends on the same day of the next month,
P14D at the same time of day, whatever the clocks do in between.  Hours,
minutes and seconds are exact spans.  ISO 8601 knows no working days; P10WD
says ten of them, and stands alone.  The current moment is always handed in.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from engine.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
ENDLESS = -1
SHORTEST = timedelta(seconds=1)
"""The shortest interval of a repetition."""
_FURTHEST = 10_000  # working days that are counted: forty years
_LAST = datetime(9999, 12, 30, tzinfo=UTC)

_DURATION = re.compile(
    r"P(?:(?P<working>\d+)WD|(?P<weeks>\d+)W|(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d{1,6})?)S)?)?)"
)


@dataclass(frozen=True)
class Duration:
    """An ISO 8601 duration: a part on the calendar and a part on the stop watch; or a number of working days."""

    months: int
    days: int
    span: timedelta
    text: str = ""
    working: int = 0

    @property
    def is_shortest(self) -> bool:
        """Whether it is long enough to be repeated."""
        return bool(self.months or self.days or self.working) or self.span >= SHORTEST

    def after(self, start: datetime, times: int = 1) -> datetime:
        """The moment *times* of these durations after *start*, in UTC.

        Months are always counted from *start*: a monthly timer that begins on
        the 31st comes on the last day of short months and on the 31st again.
        """
        if self.working:
            if self.working * times > _FURTHEST:
                raise _bad_duration(self.text)
            return add_working_days(start, self.working * times)
        local = _aware(start).astimezone(BERLIN)
        try:
            wall = local.replace(tzinfo=None) + relativedelta(months=self.months * times, days=self.days * times)
            moment = wall.replace(tzinfo=BERLIN, fold=local.fold).astimezone(UTC) + self.span * times
        except (OverflowError, ValueError) as error:
            raise _bad_duration(self.text) from error
        if moment > _LAST:
            raise _bad_duration(self.text)
        return moment


def duration(text: str) -> Duration:
    """Read an ISO 8601 duration such as P14D, P1M, P1Y6M, P2W or PT1H30M, or working days: P10WD.

    Invalid for anything else.
    """
    found = _DURATION.fullmatch(text.strip()) if len(text) < 64 else None
    parts = {name: part for name, part in found.groupdict().items() if part} if found else {}
    if not parts or text.strip().endswith("T"):
        raise _bad_duration(text)
    seconds = float(parts.pop("seconds", "0").replace(",", "."))
    count = {name: int(part) for name, part in parts.items()}
    try:
        span = timedelta(hours=count.get("hours", 0), minutes=count.get("minutes", 0), seconds=seconds)
    except OverflowError as error:
        raise _bad_duration(text) from error
    months = count.get("years", 0) * 12 + count.get("months", 0)
    return Duration(months, count.get("weeks", 0) * 7 + count.get("days", 0), span, text, count.get("working", 0))


def moment(value: Any) -> datetime:
    """A moment in UTC from a datetime, a date or ISO 8601 text.

    Without an offset it is read as Europe/Berlin; a date is its first minute.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise Invalid("„{text}“ ist kein Zeitpunkt, zum Beispiel 2026-05-01T12:00:00.",
                          "“{text}” is not a moment such as 2026-05-01T12:00:00.", text=value) from error
    if isinstance(value, datetime):
        return _aware(value).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), BERLIN).astimezone(UTC)
    raise Invalid("„{text}“ ist kein Zeitpunkt.", "“{text}” is not a moment.", text=value)


@dataclass(frozen=True)
class Cycle:
    """A repeating timer: *count* times (ENDLESS for ever), every *step* from *origin* on.

    The first time is *origin* itself, or one step later if *skips_origin*.
    """

    count: int
    origin: datetime
    step: Duration
    skips_origin: bool

    def nth(self, number: int) -> datetime:
        """When it comes for the *number*-th time, counted from 0; always reckoned from the origin."""
        return self.step.after(self.origin, number + self.skips_origin)

    def is_over(self, number: int) -> bool:
        """Whether it has come often enough once it came *number* times."""
        return self.count != ENDLESS and number >= self.count

    def first_after(self, now: datetime, number: int) -> int:
        """The number, at least *number*, of its first time after *now*; its count if there is none.

        Doubles its stride, then halves it: the service may have stood still
        for a long time, and the interval may be a second.
        """
        low, stride = number, 1
        while not self.is_over(low + stride) and self.nth(low + stride) <= now:
            stride *= 2
        high = low + stride if self.count == ENDLESS else min(low + stride, self.count)
        while low < high:
            middle = (low + high) // 2
            if self.nth(middle) <= now:
                low = middle + 1
            else:
                high = middle
        return low


def cycle(text: str, start: datetime) -> Cycle:
    """Read R3/P7D, R/P1M, R/P5WD or R3/2026-05-01T08:00/P7D; without a date the first comes a duration after *start*.

    Invalid for anything else, and for an interval of less than a second: what
    was missed while the service stood still could not be caught up with.
    """
    parts = text.strip().split("/")
    if not re.fullmatch(r"R\d{0,6}", parts[0]) or len(parts) not in (2, 3):
        raise Invalid("„{text}“ ist keine Wiederholung, zum Beispiel R3/P7D.",
                      "“{text}” is not a repetition such as R3/P7D.", text=text)
    count = int(parts[0][1:]) if parts[0] != "R" else ENDLESS
    step = duration(parts[-1])
    if not step.is_shortest:
        raise Invalid("Eine Wiederholung braucht einen Abstand von mindestens einer Sekunde: „{text}“.",
                      "A repetition needs an interval of at least one second: “{text}”.", text=text)
    if len(parts) == 3:
        return Cycle(count, moment(parts[1]), step, skips_origin=False)
    return Cycle(count, start, step, skips_origin=True)


def due(value: Any, start: datetime) -> datetime:
    """When a timer comes whose expression gave *value*: a duration after *start*, a moment, or a cycle's first time."""
    if isinstance(value, timedelta):
        return _aware(start).astimezone(UTC) + value
    if isinstance(value, str) and value.strip().startswith("P"):
        return duration(value).after(start)
    if isinstance(value, str) and value.strip().startswith("R"):
        return cycle(value, start).nth(0)
    return moment(value)


def due_at(start: datetime, iso_duration: str) -> datetime:
    """The moment in UTC that lies a duration (P14D, P1M, PT1H, P10WD) after *start*; Invalid if it is none."""
    return duration(iso_duration).after(start)


def add_working_days(start: datetime, days: int) -> datetime:
    """The same time of day *days* working days later (earlier if negative), in UTC.

    Working days are Monday to Friday without the public holidays of
    Rhineland-Palatinate (§ 2 LFtG); the day of *start* does not count
    (§ 187 (1) BGB).
    """
    local = _aware(start).astimezone(BERLIN)
    day, left, step = local.date(), abs(days), 1 if days >= 0 else -1
    while left:
        day += timedelta(days=step)
        left -= is_working_day(day)
    return datetime.combine(day, local.time(), BERLIN).astimezone(UTC)


def is_working_day(day: date) -> bool:
    """Whether *day* is a working day in Rhineland-Palatinate."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    import holidays  # a seventh of a second to import, and most starts do not need it

    return frozenset(holidays.country_holidays("DE", subdiv="RP", years=year))


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=BERLIN)


def _bad_duration(text: str) -> Invalid:
    return Invalid("„{text}“ ist keine Dauer, zum Beispiel P14D, P1M, PT1H oder P10WD (Arbeitstage).",
                   "“{text}” is not a duration such as P14D, P1M, PT1H or P10WD (working days).", text=text)
