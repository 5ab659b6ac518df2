"""What readers read: German first, English by a switch; dates and numbers as they write them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nh3
from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_babel import Babel, format_date, format_datetime, format_decimal, get_babel, get_locale, gettext, ngettext
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.errors import EngineError, Sentence
from engine.runtime.inbox import MOST

LANGUAGES = {"de": "Deutsch", "en": "English"}
COOKIE = "sprache"
YEAR = 365 * 24 * 3600
TRANSLATIONS = Path(__file__).parent / "translations"

area = Blueprint("language", __name__)

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_names: dict[str, str] = {}


def register(app: Flask, *tables: Mapping[str, Sentence]) -> None:
    """Give *app* its languages; the sentences of *tables* are names the engine knows in both."""
    app.config["BABEL_DEFAULT_LOCALE"] = "de"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Berlin"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=chosen)
    for table in tables:
        _names.update({name.de: name.en for name in table.values()})
    app.register_blueprint(area)
    app.jinja_env.filters.update(
        date=as_date, moment=as_moment, clock=as_clock, iso=as_iso, say=say, say_error=say_error, label=label,
        markdown=markdown, number=as_number, count=as_count, duration=as_duration,
    )
    app.context_processor(
        lambda: {"language": current(), "languages": list(LANGUAGES.items()), "switch_url": switch_url}
    )


def chosen() -> str:
    """The language the reader switched to; German if none."""
    code = request.cookies.get(COOKIE, "")
    return code if code in LANGUAGES else "de"


def current() -> str:
    """The language of the answer being made: "de" or "en"."""
    locale = get_locale() if current_app and "babel" in current_app.extensions and get_babel() else None
    return "en" if locale is not None and locale.language == "en" else "de"


def switch_url(code: str) -> str:
    """The address that switches to *code* and comes back to this page."""
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return url_for("language.switch", code=code, weiter=back)


@area.get("/sprache/<code>")
def switch(code: str) -> Response:
    """Remember the language in a cookie that holds nothing else, and go back."""
    answer = redirect(local(request.args.get("weiter")) or url_for("public.start"), 303)
    if code in LANGUAGES:
        answer.set_cookie(
            COOKIE, code, max_age=YEAR, httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return answer


def local(address: str | None) -> str | None:
    """*address* if it is a path on this very service, else None: nobody may be led elsewhere by a link to us."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address


def say(sentence: Sentence | str | None) -> str:
    """A sentence of the engine in the reader's language; plain text stays what it is."""
    if isinstance(sentence, Sentence):
        return sentence.within(current())
    return sentence or ""


def say_error(error: EngineError) -> str:
    """What an error of the engine says, in the reader's language."""
    return error.sentence(current())


def label(text: object) -> str:
    """A name written in a model or form, translated where somebody has translated it."""
    if isinstance(text, Sentence):
        return say(text)
    german = "" if text is None else str(text)
    if not german or current() == "de":
        return german
    english = str(gettext(german))
    return _names.get(german, english) if english == german else english


def as_date(value: date | datetime | str | None) -> str:
    """A day, for instance 12.11.2026 or 12 Nov 2026."""
    value = _read(value)
    if value is None:
        return ""
    pattern = "dd.MM.yyyy" if current() == "de" else "d MMM yyyy"
    return str(format_datetime(value, pattern) if isinstance(value, datetime) else format_date(value, pattern))


def as_moment(value: date | datetime | str | None) -> str:
    """A moment in Europe/Berlin, for instance 12.11.2026, 09:14 Uhr or 12 Nov 2026, 09:14."""
    value = _read(value)
    if not isinstance(value, datetime):
        return as_date(value)
    return str(format_datetime(value, "dd.MM.yyyy, HH:mm 'Uhr'" if current() == "de" else "d MMM yyyy, HH:mm"))


def as_clock(value: datetime | str | None) -> str:
    """The time of a moment in Europe/Berlin, for instance 18:05 Uhr or 18:05."""
    moment = _read(value)
    return str(format_datetime(moment, "HH:mm 'Uhr'" if current() == "de" else "HH:mm")) \
        if isinstance(moment, datetime) else ""


def as_iso(value: date | datetime | str | None) -> str:
    """A day or moment as ISO 8601 with its offset, for machines."""
    value = _read(value)
    return value.isoformat() if value is not None else ""


def as_count(value: int) -> str:
    """How many, as far as it is counted: beyond that a sign for the eye and words for the ear."""
    if value <= MOST:
        return as_number(value)
    said = gettext("über %(number)s", number=as_number(MOST))
    return Markup('<span aria-hidden="true">{}+</span><span class="kern-sr-only">{}</span>').format(
        as_number(MOST), said)


def as_number(value: int | float | Decimal | None) -> str:
    """A number with the reader's separators."""
    return "" if value is None else str(format_decimal(value))


def as_duration(text: str) -> str:
    """A time of a model in words, as far as it is a plain ISO 8601 duration or working days; else as it stands."""
    if (working := re.fullmatch(r"P?(\d+)(?: AT|WD)", text)) is not None:
        count = int(working[1])
        return str(ngettext("1 Arbeitstag", "%(num)s Arbeitstage", count))
    found = re.fullmatch(r"(?:R(\d+)/)?P(?:(\d+)([YMWD])|T(\d+)([HM]))", text)
    if found is None:
        return text
    count, unit = int(found[2] or found[4]), found[3] or "T" + found[5]
    said = {
        "Y": lambda: ngettext("1 Jahr", "%(num)s Jahre", count),
        "M": lambda: ngettext("1 Monat", "%(num)s Monate", count),
        "W": lambda: ngettext("1 Woche", "%(num)s Wochen", count),
        "D": lambda: ngettext("1 Tag", "%(num)s Tage", count),
        "TH": lambda: ngettext("1 Stunde", "%(num)s Stunden", count),
        "TM": lambda: ngettext("1 Minute", "%(num)s Minuten", count),
    }[unit]()
    return str(gettext("%(times)s-mal alle %(span)s", times=found[1], span=said) if found[1] else said)


def _read(value: date | datetime | str | None) -> date | datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def markdown(text: Any) -> Markup:
    """Markdown as HTML that holds nothing but text, lists, tables and links: no HTML of the writer's, no scripts."""
    html = _markdown.render("" if text is None else str(text))
    return Markup(nh3.clean(html, tags=SAFE_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}))


SAFE_TAGS = {
    "p", "br", "em", "strong", "ul", "ol", "li", "a", "h2", "h3", "h4", "blockquote", "code", "pre", "hr",
    "table", "thead", "tbody", "tr", "th", "td",
}


def N_(text: str) -> str:
    """Mark a text for translation where it is written; it is translated where it is shown."""
    return text
