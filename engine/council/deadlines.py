"""Deadlines of municipal law, reckoned on the calendar of the county: plain functions, nothing is read or written.

Sources: § 27 Abs. 3 LKO with § 34 Abs. 3 GemO (notice period), § 34 LKO with
§ 41 GemO (minutes), §§ 187 to 193 BGB (reckoning).
"""

from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from engine import spiff
from engine.errors import Sentence
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


def minutes_due(meeting_day: date, days: int) -> date:
    """The working day on which the minutes should be done: *days* days after the meeting, never past their month."""
    return min(_working_day(meeting_day + timedelta(days=days), 1), minutes_limit(meeting_day))


def send_day(meeting_day: date, send_days: int, notice_days: int) -> date:
    """The working day on which the invitation should be sent: *send_days* before the meeting, in time in any case."""
    wanted = meeting_day - timedelta(days=send_days)
    return _working_day(min(wanted, last_receipt_day(meeting_day, notice_days)), -1)


def day_hint(meeting_day: date) -> Sentence | None:
    """What is unusual about a meeting on this day: a Saturday, Sunday or public holiday; None on working days.

    The law forbids none of them. School holidays are not known here.
    """
    if spiff.is_working_day(meeting_day):
        return None
    if meeting_day.weekday() < 5:
        return Sentence("Dieser Tag ist in Rheinland-Pfalz ein Feiertag.",
                        "This day is a public holiday in Rhineland-Palatinate.")
    return Sentence("Dieser Tag ist ein Samstag oder Sonntag.", "This day is a Saturday or Sunday.")


def _working_day(day: date, step: int) -> date:
    while not spiff.is_working_day(day):
        day += timedelta(days=step)
    return day
