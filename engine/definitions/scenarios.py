"""What a rehearsal is given and what is expected of it: a script, as YAML text or as the mapping it says.

    process: p                    may be left out where the files hold one executable process
    with: [other.bpmn, t.dmn]     further files it needs, beside it
    now: 2026-03-02T09:00:00+01:00
    data: {x: 1}                  what it starts with
    start: {message: antrag, correlation: "7", data: {…}}    or {signal: alarm}
    services: {mail/send: {ok: true}, pay: {error: NO_MONEY}}
    actions:                      one after the other, each with an `expect` of its own if wanted
      - complete: task            the first open task of this element, or `nth: 2`; data: {…}
      - advance: P14D             or until: 2026-03-16T09:00:00+01:00
      - message: freigabe         correlation: "7", data: {…}
      - signal: alarm             data: {…}
    expect: {trace: […], open: […], waits: […], ended: end, data: {…}, absent: […], sent: […],
             decisions: {table: [row]}, failed: {element: task}, refused: [rule]}

What rehearsals.py makes of it is said there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.definitions import yamlfiles
from engine.definitions.findings import Finding
from engine.definitions.yamlfiles import Path
from engine.errors import Invalid, Sentence
from engine.spiff import clock

MORNING = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
"""When a rehearsal begins that says nothing else: a Monday without a holiday or a change of clocks near."""
RULE = "script"
ACTS = ("complete", "advance", "until", "message", "signal")
_TOP = ("process", "with", "now", "data", "start", "services", "actions", "expect")
_MORE = {
    "complete": ("data", "nth", "expect"), "advance": ("expect",), "until": ("expect",),
    "message": ("correlation", "data", "expect"), "signal": ("data", "expect"),
}
_LISTS = ("trace", "open", "waits", "absent", "sent", "refused")
_EXPECTED = (*_LISTS, "ended", "data", "decisions", "failed")


@dataclass(frozen=True)
class Act:
    """One thing to do. `what` is the element, the duration, the moment or the name, as *kind* (of ACTS) says."""

    kind: str
    what: Any
    nth: int = 1
    correlation: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] | None = None
    line: int | None = None


@dataclass(frozen=True)
class Scenario:
    """A script that was read and can be rehearsed."""

    file: str = ""
    process: str | None = None
    beside: tuple[str, ...] = ()
    now: datetime = MORNING
    data: dict[str, Any] = field(default_factory=dict)
    start: Act | None = None
    """the message or the signal it starts on"""
    services: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """operation -> its answers, one call after the other; the last one stays"""
    actions: tuple[Act, ...] = ()
    expect: dict[str, Any] = field(default_factory=dict)


def read(source: bytes | str | Mapping[str, Any], file: str = "", also: Collection[str] = ()) -> Scenario:
    """Read a script; Invalid, with a finding and its line for each thing that is wrong.

    *also*: names that may stand at its top for other readers.
    """
    if isinstance(source, Mapping):
        value, lines = dict(source), dict[Path, int]()
    else:
        value, lines = yamlfiles.read(source, file, RULE)
    reader = _Reader(file, lines)
    if isinstance(value, dict):
        value = {name: item for name, item in value.items() if name not in also}
    made = reader.scenario(value if value is not None else {})
    if reader.found:
        first = reader.found[0]
        place = f"{first.file}:{first.line or ''} ".lstrip(":")
        raise Invalid(f"Das Skript stimmt nicht: {place}{first.message.de}",
                      f"The script is not right: {place}{first.message.en}", findings=reader.found)
    return made


class _Reader:
    """One script being read: collects findings while it builds the scenario."""

    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self.file, self.lines, self.found = file, lines, list[Finding]()

    def scenario(self, top: Any) -> Scenario:
        said = self.members(top, (), _TOP)
        return Scenario(
            self.file, self.text(said, "process", ()), tuple(self.texts(said.get("with", []), ("with",))),
            self.moment(said["now"], ("now",)) if "now" in said else MORNING,
            self.mapping(said.get("data", {}), ("data",)), self.start(said), self.services(said),
            tuple(self.act(item, ("actions", place)) for place, item in enumerate(
                self.listed(said.get("actions", []), ("actions",)))),
            self.expectation(said.get("expect", {}), ("expect",)),
        )

    def start(self, top: Mapping[str, Any]) -> Act | None:
        if "start" not in top:
            return None
        path: Path = ("start",)
        said = self.members(top["start"], path, ("message", "signal", "correlation", "data"))
        kinds = [kind for kind in ("message", "signal") if kind in said]
        if len(kinds) != 1:
            self.say(path, "„start“ nennt eine Nachricht („message“) oder ein Signal („signal“).",
                     "“start” names a message or a signal.")
            return None
        return self.done(kinds[0], said, path)

    def act(self, item: Any, path: Path) -> Act:
        said = self.mapping(item, path)
        kinds = [kind for kind in ACTS if kind in said]
        if len(kinds) != 1:
            self.say(path, f"Eine Handlung nennt genau eines von {', '.join(ACTS)}.",
                     f"An action names exactly one of {', '.join(ACTS)}.")
            return Act("", "")
        self.members(said, path, (kinds[0], *_MORE[kinds[0]]))
        return self.done(kinds[0], said, path)

    def done(self, kind: str, said: Mapping[str, Any], path: Path) -> Act:
        what: Any = self.moment(said[kind], (*path, kind)) if kind == "until" else self.text(said, kind, path)
        if kind == "advance" and what is not None:
            self.duration(what, (*path, kind))
        return Act(
            kind, what, self.nth(said, path), self.text(said, "correlation", path),
            self.mapping(said.get("data", {}), (*path, "data")),
            self.expectation(said["expect"], (*path, "expect")) if "expect" in said else None, self.line(path),
        )

    def services(self, top: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        path: Path = ("services",)
        found = {}
        for name, value in self.mapping(top.get("services", {}), path).items():
            many = value if isinstance(value, list) and value else [value]
            found[name] = [self.mapping(one, (*path, name)) for one in many]
            for one in found[name]:
                if set(one) == {"error"} and not isinstance(one["error"], str):
                    self.say((*path, name), "Ein Fehlercode ist ein Text.", "An error code is a text.")
        return found

    def expectation(self, value: Any, path: Path) -> dict[str, Any]:
        said = self.members(value, path, _EXPECTED)
        for name in _LISTS:
            if name in said:
                said[name] = self.texts(said[name], (*path, name))
        if "data" in said:
            said["data"] = self.mapping(said["data"], (*path, "data"))
        if said.get("ended") is not None:
            said["ended"] = self.text(said, "ended", path)
        if "decisions" in said:
            said["decisions"] = {
                name: self.texts(rows, (*path, "decisions", name))
                for name, rows in self.mapping(said["decisions"], (*path, "decisions")).items()
            }
        if "failed" in said:
            said["failed"] = self.members(said["failed"], (*path, "failed"), ("element",))
            self.text(said["failed"], "element", (*path, "failed"))
        return said

    # -- kinds of values -------------------------------------------------------------------------------------------

    def members(self, value: Any, path: Path, allowed: tuple[str, ...]) -> dict[str, Any]:
        said = self.mapping(value, path)
        for name in said:
            if name not in allowed:
                self.say((*path, name), f"„{name}“ gibt es hier nicht. Möglich sind: {', '.join(allowed)}.",
                         f"There is no “{name}” here. There are: {', '.join(allowed)}.")
        return {name: value for name, value in said.items() if name in allowed}

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            return dict(value)
        self.say(path, f"{_place(path)} muss Namen mit Werten enthalten ({{name: wert}}).",
                 f"{_place(path)} has to hold names with values ({{name: value}}).")
        return {}

    def listed(self, value: Any, path: Path) -> list[Any]:
        if isinstance(value, list | tuple):
            return list(value)
        self.say(path, f"{_place(path)} muss eine Liste sein.", f"{_place(path)} has to be a list.")
        return []

    def texts(self, value: Any, path: Path) -> list[str]:
        found = self.listed(value, path)
        for place, item in enumerate(found):
            if not isinstance(item, str):
                self.say((*path, place), f"{_place(path)} enthält Texte; {item!r} ist keiner.",
                         f"{_place(path)} holds texts; {item!r} is none.")
        return [str(item) for item in found]

    def text(self, said: Mapping[str, Any], name: str, path: Path) -> str | None:
        value = said.get(name)
        if name not in said or (isinstance(value, str) and value):
            return value
        self.say((*path, name), f"„{name}“ muss ein Text sein; {value!r} gehört in Anführungszeichen.",
                 f"“{name}” has to be a text; {value!r} needs quotes.")
        return None

    def nth(self, said: Mapping[str, Any], path: Path) -> int:
        value = said.get("nth", 1)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.say((*path, "nth"), "„nth“ ist eine Zahl ab 1.", "“nth” is a number from 1 on.")
        return 1

    def moment(self, value: Any, path: Path) -> datetime:
        try:
            return clock.moment(value)
        except Invalid as error:
            self.say(path, error.de, error.en)
            return MORNING

    def duration(self, text: str, path: Path) -> None:
        try:
            clock.duration(text)
        except Invalid as error:
            self.say(path, error.de, error.en)

    # -- places ----------------------------------------------------------------------------------------------------

    def line(self, path: Path) -> int | None:
        """The line of a value, or of the nearest one around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def say(self, path: Path, de: str, en: str) -> None:
        said = Sentence(de, en)
        self.found.append(Finding.error(self.file, self.line(path), RULE, _place(path), said.de, said.en))


def _place(path: Path) -> str:
    """A way through the script as people write it: actions[2].data."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "script"
