"""Forms: what a task asks of a person, checked on the server.

The file is read by `parse` (see formfiles.py); here its answers are checked
with a marshmallow schema that is built once per form.  Answers come as text
typed in a browser or as JSON values, and leave as values of the process.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from engine.definitions import patterns, values
from engine.definitions.components import CHOICES, INPUTS, Choice, Component, Form, Hide, inputs
from engine.definitions.formfiles import examine, parse
from engine.errors import Invalid, Sentence

__all__ = [
    "CHOICES", "EMPTY", "INPUTS", "Answers", "Choice", "Component", "Form", "Hide",
    "defaults", "examine", "fill", "inputs",
    "parse", "read", "typed", "visible",
]

LONGEST_LINE = 1_000
LONGEST_TEXT = 20_000
"""Characters of a text without a maxLength of its own."""

EMPTY = Form("empty", "", ())
"""The form of a task that asks nothing."""

_MISSING = Sentence("Diese Angabe fehlt. Bitte füllen Sie das Feld aus.", "This is missing. Please fill in the field.")
_CHOOSE = Sentence("Bitte wählen Sie eine der Möglichkeiten.", "Please choose one of the options.")
_CHOOSE_SOME = Sentence("Bitte wählen Sie mindestens eine Möglichkeit.", "Please choose at least one option.")
_CONFIRM = Sentence("Bitte bestätigen Sie diese Angabe mit einem Haken.", "Please confirm this by ticking the box.")
_NOTHING_GIVEN = {"checkbox": _CONFIRM, "checklist": _CHOOSE_SOME, "radio": _CHOOSE, "select": _CHOOSE}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{3,30}", re.ASCII)
_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}", re.ASCII)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:])")
_YES = frozenset({"on", "true", "1", "ja", "yes"})
_NO = frozenset({"", "off", "false", "0", "nein", "no"})


@dataclass(frozen=True)
class Answers:
    """Checked answers: one value for every field that people may fill in.

    A field left empty or hidden has None (a checkbox False, a checklist an
    empty list), so that conditions in a diagram can rely on its name. Values
    are str, int, bool, Decimal, date, datetime with an offset, or list of str;
    a time of day is text (HH:MM). `personal` holds what was
    answered in fields marked as personal data, `values` all others.
    """

    values: dict[str, Any]
    personal: dict[str, Any]


def read(form: Form, raw: Mapping[str, Any]) -> Answers:
    """Check what was sent in for *form*; Invalid names each wrong field by its key, with what to do.

    *raw* holds text as typed (a list for checklists) or JSON values by field
    key. Names that the form does not have, read-only fields and fields that are
    hidden under these answers are left out; a hidden field is not required.
    """
    shown = visible(form, raw)
    asked = [component for component in inputs(form) if not component.fixed]
    given = {
        component.key: raw[component.key]
        for component in asked
        if component.key in shown and not _is_empty(raw.get(component.key))
    }
    hidden = tuple(component.key for component in asked if component.key not in shown)
    try:
        checked = _schema(form).load(given, partial=hidden)
    except ValidationError as error:
        raise Invalid(
            "Bitte prüfen Sie die markierten Angaben. Es wurde noch nichts abgeschickt.",
            "Please check the marked answers. Nothing was sent yet.",
            fields=_by_field(error.messages),
        ) from None
    answers = {component.key: checked.get(component.key, _nothing(component)) for component in asked}
    personal = {component.key for component in asked if component.personal}
    return Answers(
        {key: value for key, value in answers.items() if key not in personal},
        {key: value for key, value in answers.items() if key in personal and key in checked},
    )


def visible(form: Form, raw: Mapping[str, Any]) -> set[str]:
    """The names (keys of fields, ids of everything else) of what *form* shows under the answers *raw*.

    A condition on a field that is hidden itself sees that field empty. A group
    hides all that stands in it.
    """
    every = {component.name: (component, groups) for component, groups in form.all()}
    known: dict[str, bool] = {}

    def hidden(component: Component) -> bool:
        hide = component.hide
        if hide is None or hide.key not in every:
            return False
        value = _comparable(every[hide.key][0], raw.get(hide.key)) if shown(hide.key) else ()
        return (hide.value in value or (hide.value == "" and not value)) == hide.equal

    def shown(name: str) -> bool:
        if name not in known:
            component, groups = every[name]
            known[name] = True  # parse refuses circles; whoever builds one by hand gets an end to it
            known[name] = not any(hidden(one) for one in (*groups, component))
        return known[name]

    return {name for name in every if shown(name)}


def typed(component: Component, value: Any) -> str | list[str]:
    """*value* as it stands in the field (a list for a checklist); reading it again gives the same value."""
    if component.type == "checklist":
        return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)] if value else []
    if component.type == "checkbox":
        return "true" if _flag(value) else ""
    return values.written(value)


def defaults(form: Form, data: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What stands in each field of *form* before anybody typed, with {{name}} taken from the process data *data*."""
    return {component.key: _default(component, data) for component in inputs(form)}


def _default(component: Component, data: Mapping[str, Any]) -> str | list[str]:
    value = component.default
    if isinstance(value, str) and (place := _PLACE.fullmatch(value.strip())):
        value = _found(data, place[1])
    elif isinstance(value, str):
        value = fill(value, data)
    return typed(component, value)


def fill(text: str, data: Mapping[str, Any], markdown: bool = False) -> str:
    """*text* with each {{name}} (or {{name.part}}) replaced by what *data* holds, as people write it.

    With *markdown* the values are escaped, so that they stay text. Names that
    are not there leave nothing.
    """

    def value(place: re.Match[str]) -> str:
        plain = _spoken(_found(data, place[1]))
        return _MARKDOWN.sub(r"\\\1", plain) if markdown else plain

    return _PLACE.sub(value, text)


def _found(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, list | tuple):
        return ", ".join(_spoken(one) for one in value)
    return values.written(value)


# --- the schema -------------------------------------------------------------------------------------------------------


class _Answer(fields.Field[Any]):
    """A field of a form; whatever is wrong with its answer is said in both languages."""

    def __init__(self, component: Component) -> None:
        self.component = component
        missing = _NOTHING_GIVEN.get(component.type, _MISSING)
        super().__init__(required=component.required)
        # marshmallow hands a message that is no text on as it is; so a list of sentences arrives unharmed
        self.error_messages.update({"required": [missing], "null": [missing]})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return _READERS[self.component.type](self.component, value)
        except values.Unreadable as error:
            raise ValidationError([error.sentence]) from None


def _text(component: Component, raw: Any) -> str:
    if not isinstance(raw, str):
        raise values.Unreadable("Bitte geben Sie einen Text ein.", "Please enter a text.")
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if component.type == "textfield":
        text = " ".join(text.split())
    if _CONTROL.search(text):
        raise values.Unreadable(
            "Der Text enthält unsichtbare Steuerzeichen. Bitte geben Sie ihn noch einmal ein, ohne ihn zu kopieren.",
            "The text holds invisible control characters. Please type it again instead of pasting it.",
        )
    short = component.min_length or 0
    long = component.max_length or (LONGEST_LINE if component.type == "textfield" else LONGEST_TEXT)
    if component.pattern:
        long = min(long, patterns.LONGEST_VALUE)
    if not short <= len(text) <= long:
        if len(text) > long:
            raise values.Unreadable(
                f"Bitte kürzen Sie den Text auf höchstens {long} Zeichen. Es sind {len(text)}.",
                f"Please shorten the text to at most {long} characters. It has {len(text)}.",
            )
        raise values.Unreadable(
            f"Bitte schreiben Sie mindestens {short} Zeichen. Es sind {len(text)}.",
            f"Please write at least {short} characters. There are {len(text)}.",
        )
    _form_of(component, text)
    return text


def _form_of(component: Component, text: str) -> None:
    if component.validation == "email" and (len(text) > 254 or not _is_email(text)):
        raise values.Unreadable(
            "Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.org.",
            "Please enter an e-mail address, such as name@example.org.",
        )
    if component.validation == "phone" and not _PHONE.fullmatch(text):
        raise values.Unreadable(
            "Bitte geben Sie eine Telefonnummer ein, zum Beispiel 0261 108-0.",
            "Please enter a phone number, such as +49 261 108-0.",
        )
    if component.pattern and not patterns.compiled(component.pattern).search(text):
        own = component.pattern_message
        raise values.Unreadable(
            own or "Die Angabe hat nicht die erwartete Form. Bitte prüfen Sie die Schreibweise.",
            own or "This does not have the expected form. Please check the spelling.",
        )


def _is_email(text: str) -> bool:
    try:
        validate.Email()(text)
    except ValidationError:
        return False
    return True


def _number(component: Component, raw: Any) -> int | Decimal:
    number = values.read_number(raw, component.digits, component.suffix)
    low, high = component.minimum, component.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        least, most = values.written(low), values.written(high)
        if low is not None and high is not None:
            raise values.Unreadable(
                f"Bitte geben Sie eine Zahl von {least} bis {most} ein.", f"Please enter a number from {low} to {high}."
            )
        if low is not None:
            raise values.Unreadable(
                f"Bitte geben Sie mindestens {least} ein.", f"Please enter {low} or more."
            )
        raise values.Unreadable(f"Bitte geben Sie höchstens {most} ein.", f"Please enter {high} or less.")
    return number


def _day(component: Component, raw: Any) -> date | datetime | str:
    if component.subtype == "time":
        return values.read_time(raw)
    return values.read_moment(raw) if component.subtype == "datetime" else values.read_date(raw)


def _choice(component: Component, raw: Any) -> str | int:
    wanted = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    for choice in component.choices:
        if isinstance(wanted, str | int) and not isinstance(wanted, bool) and str(choice.value) == str(wanted):
            return choice.value
    raise values.Unreadable(*_CHOOSE)


def _choice_list(component: Component, raw: Any) -> list[str | int]:
    wanted = {_choice(component, one) for one in (raw if isinstance(raw, list | tuple | set) else [raw])}
    return [choice.value for choice in component.choices if choice.value in wanted]


def _check(component: Component, raw: Any) -> bool:
    ticked = _flag(raw)
    if ticked is None:
        raise values.Unreadable(
            "Bitte setzen Sie den Haken oder lassen Sie das Feld frei.", "Please tick the box or leave it empty."
        )
    if component.required and not ticked:
        raise values.Unreadable(*_CONFIRM)
    return ticked


def _flag(raw: Any) -> bool | None:
    one = raw[-1] if isinstance(raw, list) and raw else raw
    if isinstance(one, bool):
        return one
    text = str(one).strip().lower() if isinstance(one, str | int) else ""
    return True if text in _YES else False if text in _NO and not isinstance(one, dict | list) else None


_READERS: Mapping[str, Callable[[Component, Any], Any]] = {
    "textfield": _text, "textarea": _text, "number": _number, "datetime": _day, "checkbox": _check,
    "radio": _choice, "select": _choice, "checklist": _choice_list,
}


class _Schema(Schema):
    class Meta:
        unknown = EXCLUDE


@lru_cache(maxsize=2048)
def _schema(form: Form) -> Schema:
    asked = {component.key: _Answer(component) for component in inputs(form) if not component.fixed}
    schema: Schema = _Schema.from_dict(dict(asked))()
    return schema


def _by_field(messages: Any) -> dict[str, list[Sentence]]:
    return {name: [one for one in said if isinstance(one, Sentence)] for name, said in messages.items()}


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) \
        or (isinstance(value, list) and all(_is_empty(one) for one in value))


def _nothing(component: Component) -> Any:
    return {"checkbox": False, "checklist": []}.get(component.type)


def _comparable(component: Component, raw: Any) -> tuple[str, ...]:
    # what a condition compares with: the typed text, each ticked choice, or true and false
    if component.type == "checkbox":
        return ("true" if _flag(raw) else "false",)
    if component.type == "checklist":
        return tuple(str(one) for one in raw) if isinstance(raw, list | tuple) else (str(raw),) if raw else ()
    one = raw[-1] if isinstance(raw, list) and raw else raw
    text = "" if one is None or isinstance(one, list | dict) else str(one).strip()
    return (text,) if text else ()
