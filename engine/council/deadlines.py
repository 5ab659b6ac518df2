"""Deadlines of municipal law, reckoned on the calendar of the county: plain functions, nothing is read or written.

Sources: § 27 Abs. 3 LKO with § 34 Abs. 3 GemO (notice period), § 34 LKO with
§ 41 GemO (minutes), §§ 187 to 193 BGB (reckoning).
"""

from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from engine.identity.bodies import BERLIN


def last_receipt_day(meeting_day: date, full_days: int) -> date:
    """The last day on which an invitation may be received so that *full_days* whole days lie before the meeting.

    Neither the day of receipt nor the day of the meeting counts; Sundays and
    public holidays do (§ 34 Abs. 3 GemO).
    """
    return meeting_day - timedelta(days=full_days + 1)


def full_days(received_on: date, meeting_day: date) -> int:
    """How many whole calendar days lie between the day of receipt and the day of the meeting; 0 at least."""
    return max(0, (meeting_day - received_on).days - 1)


def is_in_time(received_on: date, meeting_day: date, days: int) -> bool:
    """Whether *days* whole days lie between receipt and meeting."""
    return received_on <= last_receipt_day(meeting_day, days)


def day_end(day: date) -> datetime:
    """The first moment after *day* in the county, in UTC; the day has 23 to 25 hours."""
    return datetime.combine(day + timedelta(days=1), time(), BERLIN).astimezone(UTC)


def editorial_deadline(meeting_day: date, days: int) -> datetime:
    """The moment up to which a meeting takes items up: the end of the day *days* days before it."""
    return day_end(meeting_day - timedelta(days=days))


def minutes_limit(meeting_day: date) -> date:
    """The last day on which members must have the minutes: within one month (§ 34 LKO, § 41 GemO; § 188 BGB).

    Where the next month has no such day, its last day.
    """
    return meeting_day + relativedelta(months=1)
