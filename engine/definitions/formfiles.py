"""A form's file, read and checked: form-js JSON in, a frozen `Form` out.

Only the part of form-js that the pages can show and the server can check is
taken; anything else in a file is named with its place, never skipped.
"""

import json
import keyword
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import orjson

from engine.definitions.components import CHOICES, INPUTS, TEXTS, Choice, Component, Form, Hide
from engine.definitions.findings import NO_HINT, Finding, Severity, errors
from engine.definitions.patterns import costly
from engine.errors import Invalid, Sentence

LARGEST = 1_000_000
DEEPEST = 5
RESERVED = frozenset({"now", "csrf_token"})

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_CONDITION = re.compile(r'=\s*([A-Za-z_][A-Za-z0-9_]*)\s*(!=|=)\s*"([^"\\]*)"\s*', re.ASCII)

_EVERYWHERE = {"type", "id", "layout", "properties", "conditional", "appearance", "verticalAlignment"}
_INPUT = _EVERYWHERE | {"key", "label", "description", "defaultValue", "readonly", "disabled", "validate"}
_MEMBERS: dict[str, set[str]] = {
    "textfield": _INPUT,
    "textarea": _INPUT | {"rows"},
    "number": _INPUT | {"decimalDigits", "increment", "serializeToString"},
    "datetime": _INPUT | {"subtype", "dateLabel", "timeLabel", "timeInterval", "timeSerializingFormat", "use24h"},
    "checkbox": _INPUT,
    "radio": _INPUT | {"values"},
    "select": _INPUT | {"values", "searchable"},
    "checklist": _INPUT | {"values"},
    "text": _EVERYWHERE | {"text", "key"},
    "separator": _EVERYWHERE,
    "group": _EVERYWHERE | {"label", "description", "components", "showOutline", "path", "key"},
    "button": _EVERYWHERE | {"label", "action", "key"},
}
_CHECKS: dict[str, set[str]] = {
    **{kind: {"required"} for kind in INPUTS},
    **{kind: {"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}
       for kind in TEXTS},
    "number": {"required", "min", "max"},
}
_TOP = {"type", "id", "title", "schemaVersion", "components", "exporter", "executionPlatform",
        "executionPlatformVersion", "versionTag", "properties"}


def parse(source: bytes, file: str = "") -> Form:
    """Read a form's file (form-js JSON, UTF-8); Invalid with a finding for each thing that is wrong."""
    form, found = examine(source, file)
    if form is None or errors(found):
        first = errors(found)[0].message
        raise Invalid(
            f"Das Formular {file} kann nicht verwendet werden: {first.de}",
            f"The form {file} cannot be used: {first.en}",
            findings=found,
        )
    return form


def examine(source: bytes, file: str = "") -> tuple[Form | None, list[Finding]]:
    """Read a form's file as far as it can be read, with everything there is to say about it, warnings included."""
    reader = _Reader(source, file)
    try:
        top = _load(source)
    except ValueError as error:
        reader.say("form-unreadable", "", f"Die Datei ist kein lesbares JSON ({error}).",
                   f"The file is not readable JSON ({error}).")
        return None, reader.found
    except RecursionError:
        reader.say("form-unreadable", "", "Die Datei ist zu tief verschachtelt.", "The file is nested too deeply.")
        return None, reader.found
    if not isinstance(top, dict) or not isinstance(top.get("components"), list):
        reader.say("form-unreadable", "", "Die Datei ist kein Formular: Es fehlt die Liste „components“.",
                   "The file is not a form: the list “components” is missing.")
        return None, reader.found
    return reader.form(top), reader.found


def _load(source: bytes) -> Any:
    if len(source) > LARGEST:
        raise ValueError(f"{len(source)} > {LARGEST} Bytes")
    text = source.decode("utf-8-sig")
    if "\\u" in text:
        orjson.loads(text)  # half a character, as in "\ud800", could not be shown or stored
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"„{next(name for name in names if names.count(name) > 1)}“ 2x")
    return found


class _Reader:
    """One file being read: collects findings while it builds components."""

    def __init__(self, source: bytes, file: str) -> None:
        self.file, self.found = file, list[Finding]()
        self.lines = source.decode("utf-8", "replace").splitlines()
        self.names: dict[str, str] = {}
        self.ids: set[str] = set()

    def say(
        self, rule: str, where: str, de: str, en: str, hint: Sentence = NO_HINT, severity: Severity = "error"
    ) -> None:
        self.found.append(
            Finding(self.file, "", where, self._line(where), rule, severity, Sentence(de, en), hint)
        )

    def _line(self, where: str) -> int | None:
        wanted = re.compile(rf'"(?:key|id)"\s*:\s*"{re.escape(where)}"') if where else None
        return next((n for n, line in enumerate(self.lines, 1) if wanted and wanted.search(line)), None)

    def form(self, top: dict[str, Any]) -> Form:
        for name in sorted(top.keys() - _TOP):
            self.say("unknown-key", "", f"Das Formular hat die unbekannte Angabe „{name}“.",
                     f"The form has the unknown member “{name}”.")
        key = top.get("id")
        if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z][\w-]*", key, re.ASCII):
            self.say("form-id", "", "Dem Formular fehlt eine „id“ aus Buchstaben, Ziffern und _.",
                     "The form lacks an “id” of letters, digits and _.")
            key = ""
        if top.get("type", "default") != "default":
            self.say("form-type", "", "Der „type“ des Formulars muss „default“ sein.",
                     "The form's “type” must be “default”.")
        if not isinstance(top.get("schemaVersion"), int):
            self.say("schema-version", "", "Dem Formular fehlt die „schemaVersion“, zum Beispiel 16.",
                     "The form lacks its “schemaVersion”, such as 16.", severity="warning")
        components = self.components(top["components"], 1)
        title = top.get("title")
        form = Form(key, title if isinstance(title, str) and title else key, components, self.file)
        self._conditions(form)
        return form

    def components(self, items: Any, depth: int) -> tuple[Component, ...]:
        if not isinstance(items, list):
            self.say("components", "", "„components“ muss eine Liste sein.", "“components” must be a list.")
            return ()
        if depth > DEEPEST:
            self.say("components", "", f"Gruppen dürfen höchstens {DEEPEST} Ebenen tief sein.",
                     f"Groups may be at most {DEEPEST} levels deep.")
            return ()
        built = (self.component(item, depth) for item in items)
        return tuple(component for component in built if component is not None)

    def component(self, item: Any, depth: int) -> Component | None:
        if not isinstance(item, dict):
            self.say("components", "", "In „components“ steht etwas, das kein Feld ist.",
                     "“components” holds something that is not a field.")
            return None
        kind = item.get("type")
        where = next((item[name] for name in ("key", "id") if isinstance(item.get(name), str) and item[name]), "")
        if not isinstance(kind, str) or kind not in _MEMBERS:
            self.say("unknown-type", where, f"„{where}“ hat die Art „{kind}“, die es hier nicht gibt.",
                     f"“{where}” has the type “{kind}”, which does not exist here.",
                     Sentence(f"Möglich sind: {', '.join(_MEMBERS)}.", f"There are: {', '.join(_MEMBERS)}."))
            return None
        for name in sorted(item.keys() - _MEMBERS[kind]):
            self.say("unknown-key", where, f"„{where}“ ({kind}) hat die unbekannte Angabe „{name}“.",
                     f"“{where}” ({kind}) has the unknown member “{name}”.",
                     Sentence("Bitte die Angabe entfernen; sie hätte keine Wirkung.",
                              "Please remove it; it would have no effect."))
        take = _Taker(self, item, where)
        key = self._key(item, kind, where)
        checks = self._checks(item, kind, where)
        choices = self._choices(item, where) if kind in CHOICES else ()
        properties = {name: str(value) for name, value in take.object("properties").items()}
        appearance = take.object("appearance")
        label = take.text("label") or take.text("dateLabel") or take.text("timeLabel")
        if not label.strip() and kind in INPUTS | {"button"}:
            self.say("missing-label", where, f"Dem Feld „{where}“ fehlt die Beschriftung („label“).",
                     f"The field “{where}” lacks its label.")
        digits = take.number("decimalDigits", 0, 10)
        subtype = take.text("subtype") or "date"
        if subtype not in ("date", "time", "datetime"):
            self.say("bad-value", where, f"„{where}“: „subtype“ muss date, time oder datetime sein.",
                     f"“{where}”: “subtype” must be date, time or datetime.")
        if kind == "group" and item.get("path"):
            self.say("bad-value", where, f"„{where}“: Eine Gruppe darf keinen „path“ haben; ihre Felder stehen flach.",
                     f"“{where}”: a group must not have a “path”; its fields are flat.")
        ident = self._id(item, key)
        return Component(
            type=kind, id=ident, key=key, label=label, description=take.text("description"), text=take.text("text"),
            default=item.get("defaultValue"), readonly=take.flag("readonly"), disabled=take.flag("disabled"),
            choices=choices, digits=int(digits) if digits is not None else None, subtype=subtype,
            rows=int(take.number("rows", 1, 60) or 0) or None, action=take.text("action"),
            prefix=str(appearance.get("prefixAdorner") or ""), suffix=str(appearance.get("suffixAdorner") or ""),
            personal=properties.get("personal") == "true", hide=self._hide(item, where),
            properties=MappingProxyType(properties),
            components=self.components(item.get("components", []), depth + 1) if kind == "group" else (), **checks,
        )

    def _key(self, item: dict[str, Any], kind: str, where: str) -> str:
        if kind not in INPUTS:
            return ""
        key = item.get("key")
        if not isinstance(key, str) or not key:
            self.say("missing-key", where, f"Dem Feld „{item.get('label') or where}“ fehlt der „key“.",
                     f"The field “{item.get('label') or where}” lacks its “key”.")
            return ""
        if not _KEY.fullmatch(key) or keyword.iskeyword(key) or key in RESERVED or len(key) > 64:
            self.say("bad-key", key, f"Der „key“ „{key}“ taugt nicht als Name: erlaubt sind Buchstaben, Ziffern und _.",
                     f"The key “{key}” is no usable name: letters, digits and _ are allowed.",
                     Sentence("Bedingungen im Diagramm nennen das Feld so; Wörter wie „if“ sind vergeben.",
                              "Conditions in the diagram use this name; words such as “if” are taken."))
        return key

    def _id(self, item: dict[str, Any], key: str) -> str:
        ident = item.get("id")
        given = isinstance(ident, str) and bool(ident)
        ident = str(ident) if given else key or f"component_{len(self.ids) + 1}"
        name = key or ident
        if given and ident in self.ids:
            self.say("duplicate-id", ident, f"Die „id“ „{ident}“ kommt mehrfach vor.",
                     f"The id “{ident}” occurs twice.")
        elif name in self.names:
            self.say("duplicate-key", name, f"Der „key“ „{name}“ kommt mehrfach vor.",
                     f"The key “{name}” occurs twice.",
                     Sentence("Jedes Feld braucht einen eigenen Namen.", "Each field needs a name of its own."))
        self.ids.add(ident)
        self.names[name] = ident
        return ident

    def _checks(self, item: dict[str, Any], kind: str, where: str) -> dict[str, Any]:
        validate = _Taker(self, item, where).object("validate")
        for name in sorted(validate.keys() - _CHECKS.get(kind, set())):
            self.say("unknown-key", where, f"„{where}“ ({kind}): Die Prüfung „{name}“ gibt es hier nicht.",
                     f"“{where}” ({kind}): there is no check “{name}” here.")
        take = _Taker(self, validate, where)
        low, high = take.number("min"), take.number("max")
        short, long = take.number("minLength", 0, 100_000), take.number("maxLength", 1, 100_000)
        for less, more, pair in ((low, high, "min/max"), (short, long, "minLength/maxLength")):
            if less is not None and more is not None and less > more:
                self.say("bad-value", where, f"„{where}“: Bei {pair} ist das Kleinste größer als das Größte.",
                         f"“{where}”: in {pair} the least is greater than the most.")
        pattern = take.text("pattern")
        if complaint := costly(pattern):
            self.say("bad-pattern", where, f"„{where}“: Das Muster „{pattern}“ ist nicht brauchbar: {complaint.de}",
                     f"“{where}”: the pattern “{pattern}” cannot be used: {complaint.en}")
            pattern = ""
        validation = take.text("validationType")
        if validation not in ("", "email", "phone"):
            self.say("bad-value", where, f"„{where}“: „validationType“ muss email oder phone sein.",
                     f"“{where}”: “validationType” must be email or phone.")
        return {
            "required": take.flag("required"), "minimum": low, "maximum": high,
            "min_length": None if short is None else int(short), "max_length": None if long is None else int(long),
            "pattern": pattern, "pattern_message": take.text("patternErrorMessage"), "validation": validation,
        }

    def _choices(self, item: dict[str, Any], where: str) -> tuple[Choice, ...]:
        values = item.get("values")
        if not isinstance(values, list) or not values:
            self.say("choices-empty", where, f"Beim Feld „{where}“ gibt es nichts auszuwählen („values“ ist leer).",
                     f"The field “{where}” offers nothing to choose (“values” is empty).")
            return ()
        choices: list[Choice] = []
        for one in values:
            value, label = (one.get("value"), one.get("label")) if isinstance(one, dict) else (None, None)
            named = isinstance(label, str) and bool(label.strip())
            if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or not named:
                self.say("bad-choice", where, f"„{where}“: Jede Möglichkeit braucht „value“ (Text) und „label“.",
                         f"“{where}”: each choice needs a “value” (text) and a “label”.")
            elif str(value) in {str(choice.value) for choice in choices}:
                self.say("duplicate-choice", where, f"„{where}“: Die Möglichkeit „{value}“ steht doppelt da.",
                         f"“{where}”: the choice “{value}” is there twice.")
            else:
                choices.append(Choice(value, str(label)))
        return tuple(choices)

    def _hide(self, item: dict[str, Any], where: str) -> Hide | None:
        conditional = _Taker(self, item, where).object("conditional")
        condition = conditional.get("hide")
        if condition in (None, "") and not conditional.keys() - {"hide"}:
            return None
        found = _CONDITION.fullmatch(condition) if isinstance(condition, str) else None
        if found is None or conditional.keys() - {"hide"}:
            self.say("bad-condition", where, f"„{where}“: Die Bedingung „{condition}“ kann nicht gelesen werden.",
                     f"“{where}”: the condition “{condition}” cannot be read.",
                     Sentence('Möglich sind nur =feld = "wert" und =feld != "wert" unter conditional.hide.',
                              'Only =field = "value" and =field != "value" under conditional.hide are possible.'))
            return None
        return Hide(found[1], found[3], found[2] == "=")

    def _conditions(self, form: Form) -> None:
        fields = {component.key: (component, groups) for component, groups in form.all() if component.is_input}
        for component, _ in form.all():
            hide = component.hide
            if hide is None:
                continue
            asked = fields.get(hide.key)
            if asked is None:
                self.say("bad-condition", component.name,
                         f"„{component.name}“: Das Feld „{hide.key}“ in der Bedingung gibt es im Formular nicht.",
                         f"“{component.name}”: the form has no field “{hide.key}”, which the condition names.")
            elif asked[0].choices and hide.value not in {"", *(str(choice.value) for choice in asked[0].choices)}:
                self.say("bad-condition", component.name,
                         f"„{component.name}“: Das Feld „{hide.key}“ hat keine Möglichkeit „{hide.value}“.",
                         f"“{component.name}”: the field “{hide.key}” has no choice “{hide.value}”.")
        for key in fields:
            if _circular(key, fields):
                self.say("circular-condition", key, f"Ob „{key}“ zu sehen ist, hängt von „{key}“ selbst ab.",
                         f"Whether “{key}” is shown depends on “{key}” itself.")


def _circular(start: str, fields: Mapping[str, tuple[Component, tuple[Component, ...]]]) -> bool:
    seen, ahead = set[str](), [start]
    while ahead:
        component, groups = fields[ahead.pop()]
        for one in (component, *groups):
            if one.hide is not None and one.hide.key in fields:
                if one.hide.key == start:
                    return True
                if one.hide.key not in seen:
                    seen.add(one.hide.key)
                    ahead.append(one.hide.key)
    return False


class _Taker:
    """Takes members of one JSON object, each of the type it must have, or says so."""

    def __init__(self, reader: _Reader, item: Mapping[str, Any], where: str) -> None:
        self.reader, self.item, self.where = reader, item, where

    def _take(self, name: str, fits: Callable[[Any], bool], de: str, en: str) -> Any:
        value = self.item.get(name)
        if value is None or fits(value):
            return value
        self.reader.say("bad-value", self.where, f"„{self.where}“: „{name}“ muss {de} sein.",
                        f"“{self.where}”: “{name}” must be {en}.")
        return None

    def text(self, name: str) -> str:
        return str(self._take(name, lambda value: isinstance(value, str), "ein Text", "a text") or "")

    def flag(self, name: str) -> bool:
        return bool(self._take(name, lambda value: isinstance(value, bool), "true oder false", "true or false"))

    def object(self, name: str) -> dict[str, Any]:
        return self._take(name, lambda value: isinstance(value, dict), "ein Objekt", "an object") or {}

    def number(self, name: str, least: int | None = None, most: int | None = None) -> Decimal | None:
        whole = least is not None

        def fits(value: Any) -> bool:
            if isinstance(value, bool) or not isinstance(value, int if whole else int | Decimal):
                return False
            return (least is None or value >= least) and (most is None or value <= most)

        value = self._take(name, fits, f"eine Zahl von {least} bis {most}" if whole else "eine Zahl",
                           f"a number from {least} to {most}" if whole else "a number")
        return None if value is None else Decimal(value)
