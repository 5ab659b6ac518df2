"""What people type, read as values, and values written as people type them.

Every reader takes what stood in a field and returns the value, or raises
`Unreadable` with the sentence for the screen.  No I/O, no clock.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import Sentence

ZONE = ZoneInfo("Europe/Berlin")
YEARS = range(1900, 2200)
MOST_DIGITS = 15
"""Digits before the decimal point; with the places behind it they fit the default precision of Decimal."""
MOST_PLACES = 10
LONGEST = 60
"""Characters of a number or date that are looked at."""

_GERMAN = re.compile(r"(\d+|\d{1,3}(?:\.\d{3})+)(?:,(\d+))?", re.ASCII)
_PLAIN = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)\.(\d+)", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_GERMAN_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::(\d{2})(?:\.0+)?)?(?:\s?Uhr)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d[\d.\-]+|\d{1,2}\. \d{1,2}\. \d{4})(?:T|,?\s+(?:um\s+)?)(\d{1,2}[:.]\d{2}.*?)(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3}(?!\d))")


class Unreadable(ValueError):
    """What was typed is not such a value; `sentence` says what to type instead."""

    def __init__(self, de: str, en: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(de, en)


def read_number(raw: Any, digits: int | None = None, unit: str = "") -> int | Decimal:
    """Read a number exactly: 1234,56 and 1.234,56 as in German, 1234.56 and 1,234.56 as in English.

    A single dot before exactly three digits groups thousands, as in German
    (1.234 is 1234). *digits* is the number of decimal places allowed: 0 gives
    an int, anything else (at most 10) a Decimal with just that many places; None
    a Decimal with as many as it needs. A trailing *unit*, € or EUR is left out.
    """
    number = _decimal(raw, unit)
    if not number.is_finite() or (number and number.adjusted() >= MOST_DIGITS):
        raise Unreadable(
            f"Bitte eine Zahl mit höchstens {MOST_DIGITS} Stellen eingeben.",
            f"Please enter a number of at most {MOST_DIGITS} digits.",
        )
    number = number or Decimal(0)
    places = max(0, -int(number.as_tuple().exponent))
    if places > (MOST_PLACES if digits is None else digits):
        if digits == 0:
            raise Unreadable("Bitte eine ganze Zahl eingeben, zum Beispiel 12.",
                             "Please enter a whole number, such as 12.")
        most = MOST_PLACES if digits is None else digits
        raise Unreadable(
            f"Bitte höchstens {most} Stellen hinter dem Komma eingeben.", f"Please enter at most {most} decimal places."
        )
    if digits == 0:
        return int(number)
    if digits is not None:
        return number.quantize(Decimal(1).scaleb(-digits))
    return _shortest(number)


def _decimal(raw: Any, unit: str) -> Decimal:
    refused = Unreadable(
        "Bitte eine Zahl eingeben, zum Beispiel 1.234,56.", "Please enter a number, such as 1234.56."
    )
    if isinstance(raw, bool):
        raise refused
    if isinstance(raw, int):
        return Decimal(raw) if abs(raw) < 10 ** (MOST_DIGITS + 1) else Decimal("Infinity")
    if isinstance(raw, float):
        number = Decimal(repr(raw))
        return _shortest(number) if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS else number
    if isinstance(raw, Decimal):
        return raw
    if not isinstance(raw, str) or len(raw) > LONGEST:
        raise refused
    text = raw.strip()
    for sign in (unit, "€", "EUR"):
        if sign and text.endswith(sign):
            text = text.removesuffix(sign).rstrip()
    text = _SPACES.sub("", text).replace("\u2212", "-")
    minus = text.startswith("-")
    text = text[1:].lstrip() if text[:1] in ("-", "+") else text
    if found := _GERMAN.fullmatch(text):
        whole, part = found[1].replace(".", ""), found[2] or ""
    elif found := _PLAIN.fullmatch(text):
        whole, part = found[1].replace(",", ""), found[2]
    else:
        raise refused
    if whole.startswith("0") and "." in text and not part:  # 0.500 can only be a half
        whole, part = "0", text.partition(".")[2].replace(".", "")
    return Decimal(f"{'-' if minus else ''}{whole}.{part}" if part else f"{'-' if minus else ''}{whole}")


def _text(raw: Any) -> str:
    return raw.strip() if isinstance(raw, str) and len(raw) <= LONGEST else ""


def _shortest(number: Decimal) -> Decimal:
    if number == number.to_integral_value():
        return number.quantize(Decimal(1))
    return number.normalize()


def read_date(raw: Any) -> date:
    """Read a day: 2026-12-24 or 24.12.2026, in the years 1900 to 2199."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    text = _text(raw)
    if _SHORT_YEAR.fullmatch(text):
        raise Unreadable(
            "Bitte das Jahr mit vier Ziffern eingeben, zum Beispiel 24.12.2026.",
            "Please enter the year with four digits, such as 2026-12-24.",
        )
    parts: tuple[str, str, str] | None = None
    if found := _ISO_DATE.fullmatch(text):
        parts = (found[1], found[2], found[3])
    elif found := _GERMAN_DATE.fullmatch(text):
        parts = (found[3], found[2], found[1])
    if parts is None:
        raise Unreadable(
            "Bitte ein Datum eingeben, zum Beispiel 24.12.2026.", "Please enter a date, such as 2026-12-24."
        )
    try:
        day = date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        raise Unreadable(
            "Diesen Tag gibt es im Kalender nicht. Bitte das Datum prüfen.",
            "There is no such day in the calendar. Please check the date.",
        ) from None
    if day.year not in YEARS:
        raise Unreadable(
            f"Bitte ein Jahr von {YEARS[0]} bis {YEARS[-1]} eingeben.",
            f"Please enter a year from {YEARS[0]} to {YEARS[-1]}.",
        )
    return day


def read_time(raw: Any) -> str:
    """Read a time of day (14:30, 14.30 Uhr) and return it as HH:MM."""
    if isinstance(raw, time):
        return raw.strftime("%H:%M")
    if found := _TIME.fullmatch(_text(raw)):
        if int(found[1]) < 24 and int(found[2]) < 60 and int(found[3] or 0) < 60:
            return f"{int(found[1]):02}:{found[2]}"
    raise Unreadable("Bitte eine Uhrzeit eingeben, zum Beispiel 14:30.", "Please enter a time, such as 14:30.")


def read_moment(raw: Any) -> datetime:
    """Read a day with a time; without an offset it is meant in Europe/Berlin. The result has a fixed offset."""
    if isinstance(raw, datetime) and raw.tzinfo is not None:
        return _fixed(raw)
    text = raw.isoformat() if isinstance(raw, datetime) else _text(raw)
    found = _MOMENT.fullmatch(text)
    if not found:
        raise Unreadable(
            "Bitte Datum und Uhrzeit eingeben, zum Beispiel 24.12.2026 14:30.",
            "Please enter a date and a time, such as 2026-12-24 14:30.",
        )
    moment = datetime.fromisoformat(f"{read_date(found[1])}T{read_time(found[2])}")
    if found[3]:
        try:
            return datetime.fromisoformat(f"{moment.isoformat()}{found[3].replace('Z', '+00:00')}")
        except ValueError:
            raise Unreadable(
                "Bitte den Abstand zur Weltzeit prüfen, zum Beispiel +01:00.",
                "Please check the offset from UTC, such as +01:00.",
            ) from None
    there = moment.replace(tzinfo=ZONE)
    if there.astimezone(ZoneInfo("UTC")).astimezone(ZONE).replace(tzinfo=None) != moment:
        raise Unreadable(
            "Diese Uhrzeit gibt es an diesem Tag nicht, weil die Uhr auf Sommerzeit vorgestellt wird.",
            "There is no such time on that day, as the clock is put forward to summer time.",
        )
    return _fixed(there)


def _fixed(moment: datetime) -> datetime:
    # a fixed offset compares equal after a round through JSON, a named zone does not in the hour that comes twice
    return datetime.fromisoformat(moment.replace(second=0, microsecond=0).isoformat())


def written(value: Any) -> str:
    """*value* as a person types it in a field: 1234,5, 24.12.2026, 24.12.2026 14:30; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, float | Decimal):
        plain = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        return plain.replace(".", ",")
    if isinstance(value, datetime):
        local = value.astimezone(ZONE) if value.tzinfo is not None else value
        if local.fold:  # the second of the two hours at the end of summer time
            return local.isoformat(timespec="minutes")
        return local.strftime("%d.%m.%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    return str(value)
