"""Process data put right by a person, after a step failed because of them.

A value is typed as people write it (a number as 1.234,5, a day as 24.12.2026)
and stays of its kind; lists and the like are typed as JSON, and so is a value
that is new or is to become one of another kind.
"""

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import orjson

from engine import spiff
from engine.definitions import deployments, values
from engine.definitions.values import Unreadable
from engine.errors import Conflict, Gone, Invalid, Sentence
from engine.history import events
from engine.identity import permissions
from engine.runtime import retries
from engine.runtime.incidents import Incident
from engine.runtime.messages import Message
from engine.runtime.tokens import OVER, Instance, lock, with_state
from engine.spiff.values import dump, load, plain, same
from engine.work import Work

Kind = Literal["text", "number", "date", "moment", "choice", "json"]
NEW_NAME, NEW_VALUE = "neu.name", "neu.wert"
"""The two fields in which a value is typed that is not there yet; no value's name has a dot."""
LONGEST = 100_000
"""Characters of one value that is typed as JSON."""


@dataclass(frozen=True)
class Field:
    """One value of the process data, as it is typed."""

    name: str
    kind: Kind
    text: str


def fields(work: Work, incident: Incident) -> list[Field]:
    """What can be mended before *incident* is retried: the values the step would start from; [] if it is over."""
    instance = with_state(work, incident.instance_id)
    if incident.resolved_at is not None or instance.status in OVER:
        return []
    known = retries.data(work, instance, incident.kind, incident.key)
    return [Field(name, kind(value), shown(value)) for name, value in sorted(known.items())]


def mend(work: Work, incident_id: UUID, typed: Mapping[str, str]) -> Incident:
    """Change process data and retry the step that failed because of them.

    *typed* maps names to what was typed; names that are not in it keep their
    value. Invalid names each wrong field, and says so if nothing was changed.
    """
    incident = work.get(Incident, incident_id)
    for_id = permissions.require(work, "mend")
    instance = lock(work, incident.instance_id)
    if incident.resolved_at is not None:
        raise Conflict("Diese Störung ist bereits behoben.", "This incident has been resolved already.")
    if instance.status in OVER:
        raise Gone("Dieser Vorgang ist bereits beendet. Es ist nichts mehr zu tun.",
                   "This instance has ended already. Nothing is left to do.")
    known = retries.data(work, instance, incident.kind, incident.key)
    changes = read(known, typed)
    _change(work, incident, instance, changes)
    events.record(work, "instance.data_mended", incident, instance, for_id=for_id, element=incident.element, changes={
        name: {"old": _plainly(known.get(name)), "new": _plainly(value)} for name, value in changes.items()
    })
    return retries.retry(work, incident_id)


def read(known: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The values that were typed differently from those that are *known*; Invalid for what cannot be read."""
    changes: dict[str, Any] = {}
    wrong: dict[str, list[Sentence]] = {}
    for name, old in known.items():
        text = _clean(typed.get(name, shown(old)))
        if text != _clean(shown(old)):
            _take(changes, wrong, name, name, lambda text=text, old=old: _like(old, text))
    name = typed.get(NEW_NAME, "").strip()
    if name and not (name.isidentifier() and not name.startswith("_") and not keyword.iskeyword(name)
                     and name != "now"):
        wrong[NEW_NAME] = [Sentence("Ein Name besteht aus Buchstaben, Ziffern und Unterstrichen, ohne Leerzeichen.",
                                    "A name consists of letters, digits and underscores, without spaces.")]
    elif name:
        _take(changes, wrong, name, NEW_VALUE, lambda: _json(typed.get(NEW_VALUE, "")))
    elif typed.get(NEW_VALUE, "").strip():
        wrong[NEW_NAME] = [Sentence("Bitte nennen Sie den Namen dieses Werts.", "Please give this value's name.")]
    if wrong:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=wrong)
    changes = {name: value for name, value in changes.items() if name not in known or not same(known[name], value)}
    if not changes:
        raise Invalid(
            "Sie haben nichts geändert. Ändern Sie einen Wert, oder wiederholen Sie den Schritt unverändert.",
            "You have changed nothing. Change a value, or retry the step as it is.",
        )
    return changes


def kind(value: Any) -> Kind:
    """How a value is typed."""
    if isinstance(value, bool):
        return "choice"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, date):
        return "date"
    return "text" if isinstance(value, str) else "json"


def shown(value: Any) -> str:
    """A value as it stands in its field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind(value) == "json":
        return orjson.dumps(orjson.loads(dump(value)), option=orjson.OPT_INDENT_2).decode()
    return values.written(value)


def _change(work: Work, incident: Incident, instance: Instance, changes: Mapping[str, Any]) -> None:
    """What came with a message is changed in the message, everything else in the state of the instance."""
    key = retries.key_in_state(work, instance, incident.kind, incident.key)
    message = work.session.get(Message, UUID(incident.key)) if incident.kind == "message" else None
    if message is not None:
        sent = {name: value for name, value in changes.items() if name in message.payload or key is None}
        message.payload = {**message.payload, **_plainly(sent)}
        changes = {name: value for name, value in changes.items() if name not in sent}
    if changes and key is not None:
        specification = deployments.specification(work, instance.deployment_id)
        instance.state = spiff.mend(specification, instance.state, key, changes)


def _take(
    changes: dict[str, Any], wrong: dict[str, list[Sentence]], name: str, field: str, reading: Any,
) -> None:
    try:
        changes[name] = plain(reading())
    except Unreadable as error:
        wrong[field] = [error.sentence]
    except (TypeError, ValueError) as error:
        wrong[field] = [Sentence(f"Diesen Wert kann ein Prozess nicht aufnehmen: {error}",
                                 f"A process cannot take in this value: {error}")]


def _like(old: Any, text: str) -> Any:
    """*text* as a value of the kind of *old*."""
    match kind(old):
        case "choice":
            return text == "true"
        case "number":
            number = values.read_number(text, 0 if isinstance(old, int) else None)
            return float(number) if isinstance(old, float) else number
        case "date":
            return values.read_date(text)
        case "moment":
            return values.read_moment(text)
        case "text":
            return text
    return _json(text)


def _json(text: str) -> Any:
    try:
        if len(text) > LONGEST:
            raise ValueError(f"more than {LONGEST} characters")
        return load(text.encode())
    except (ValueError, KeyError, TypeError, ArithmeticError):
        raise Unreadable(
            "Bitte als JSON eingeben: Text in Anführungszeichen (\"Mayen\"), Zahlen mit Punkt (1.5), true, false, "
            "null, Listen in eckigen Klammern.",
            "Please enter JSON: text in quotes (\"Mayen\"), numbers with a point (1.5), true, false, null, lists in "
            "brackets.",
        ) from None


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _plainly(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=str))
