"""When a body meets: a rule that names its dates, and single dates beside it.

A rule is read by APScheduler's calendar trigger, on the wall clock of the
county: "every second Tuesday of the even months, 17:00" keeps its hour when
the clocks change.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Invalid, Sentence
from engine.history import events
from engine.identity import permissions
from engine.identity.bodies import BERLIN, Body
from engine.runtime import instances, messages
from engine.work import Work

CHANGED = "kalender_geaendert"
"""The message that tells a body's running calendar that its dates have changed."""
SET_UP = "kalender_eingerichtet"
"""The message that starts a body's calendar."""
ORDINALS = {"1st": Sentence("ersten", "first"), "2nd": Sentence("zweiten", "second"),
            "3rd": Sentence("dritten", "third"),
            "4th": Sentence("vierten", "fourth"),
            "last": Sentence("letzten", "last")}
WEEKDAYS = {"mon": Sentence("Montag", "Monday"), "tue": Sentence("Dienstag", "Tuesday"),
            "wed": Sentence("Mittwoch", "Wednesday"), "thu": Sentence("Donnerstag", "Thursday"),
            "fri": Sentence("Freitag", "Friday")}


class Calendar(Table):
    """A body's rhythm; it has one, or only single dates."""

    __tablename__ = "calendar"

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id), unique=True)
    months: Mapped[list[Any]]
    """Numbers of the months in which it meets, 1 to 12; empty: single dates only"""
    ordinal: Mapped[str] = mapped_column(String(8))
    """Which of the month's weekdays: a key of ORDINALS"""
    weekday: Mapped[str] = mapped_column(String(8))
    hour: Mapped[int]
    minute: Mapped[int]
    place: Mapped[str] = mapped_column(String(256))
    planned_to: Mapped[datetime | None]
    """Up to which moment the rule's dates have become meetings"""


def of(work: Work, body: Body) -> Calendar | None:
    """The calendar of a body, or None."""
    return work.session.scalar(select(Calendar).where(Calendar.body_id == body.id))


def set_rule(
    work: Work, body: Body, *, months: list[int], ordinal: str = "2nd", weekday: str = "tue", hour: int = 17,
    minute: int = 0, place: str = "",
) -> Calendar:
    """Give a body a rhythm: on the *ordinal* *weekday* of *months* at *hour*:*minute* of the county's time.

    No months: it meets on single dates only. The dates of the next months
    become meetings when the body's calendar process looks next, which is at
    once. Invalid names each wrong field.
    """
    permissions.require(work, "council")
    fields: dict[str, list[Sentence]] = {}
    if any(month not in range(1, 13) for month in months):
        fields["months"] = [Sentence("Bitte Monate von Januar bis Dezember wählen.",
                                     "Please choose months of the year.")]
    if ordinal not in ORDINALS:
        fields["ordinal"] = [Sentence("Bitte wählen Sie eine der Möglichkeiten.", "Please choose one of the options.")]
    if weekday not in WEEKDAYS:
        fields["weekday"] = [Sentence("Bitte wählen Sie einen Tag von Montag bis Freitag.",
                                      "Please choose a day from Monday to Friday.")]
    if not 0 <= hour <= 23 or not 0 <= minute <= 59:
        fields["time"] = [Sentence("Bitte geben Sie eine Uhrzeit ein, zum Beispiel 17:00.",
                                   "Please enter a time such as 17:00.")]
    if fields:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    row, known = of(work, body), True
    if row is None:
        known = False
        row = work.add(Calendar(body_id=body.id, months=[], ordinal=ordinal, weekday=weekday, hour=hour, minute=minute,
                                place=place, planned_to=None))
    row.months, row.ordinal, row.weekday = sorted(set(months)), ordinal, weekday
    row.hour, row.minute, row.place = hour, minute, place.strip()
    events.record(work, "calendar.changed", row, body=body.key, months=row.months, ordinal=ordinal, weekday=weekday,
                  time=f"{hour:02}:{minute:02}", place=row.place)
    work.session.flush()
    if not known:
        instances.start_by_message(work, SET_UP, {"gremium": body.key}, subject_id=row.id, business_key=body.key,
                                   title=f"Sitzungskalender {body.name}")
    else:
        tell(work, body)
    return row


def tell(work: Work, body: Body) -> None:
    """Let a body's running calendar look again; nothing happens if none waits."""
    if messages.receiver(work, CHANGED, body.key) is not None:
        instances.deliver(work, CHANGED, body.key, {})


def dates(calendar: Calendar, after: datetime, until: datetime) -> list[datetime]:
    """The rule's moments later than *after* and not later than *until*, in order, with the county's offset."""
    if not calendar.months:
        return []
    trigger = CronTrigger(month=",".join(map(str, calendar.months)), day=f"{calendar.ordinal} {calendar.weekday}",
                          hour=calendar.hour, minute=calendar.minute, timezone=BERLIN)
    found: list[datetime] = []
    previous = after
    while True:
        moment = trigger.get_next_fire_time(None, previous + timedelta(seconds=1))
        if moment is None or moment > until:
            return found
        found.append(moment)
        previous = moment
