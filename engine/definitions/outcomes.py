"""What came of a rehearsal, and in which points it is not what was expected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.definitions.findings import Finding, errors
from engine.errors import Sentence
from engine.spiff import CallResult, DecisionResult, OpenTask, Sent, Waiting, step


@dataclass(frozen=True)
class Happened:
    """One step: when it was, what led to it, and which elements it passed.

    *kind* is start, complete, timer, message or signal; *what* the task, the
    timers, or the name.
    """

    at: datetime
    kind: str
    what: str
    path: tuple[str, ...]
    sent: tuple[Sent, ...] = ()
    calls: tuple[CallResult, ...] = ()
    decisions: tuple[DecisionResult, ...] = ()
    caught: tuple[step.Failure, ...] = ()
    """elements that failed, and the diagram went on from their errors"""


@dataclass(frozen=True)
class Failure:
    """An act that could not be done. *act* counts from 0, the start; *script_line* is where the script says it."""

    act: int
    element: str | None
    line: int | None
    message: Sentence
    cause: str
    in_process: bool
    """whether the process failed; else the act was none that was possible"""
    script_line: int | None


@dataclass
class Outcome:
    """Where a rehearsal came to stand and how it got there."""

    process: str
    findings: list[Finding]
    refused: bool = False
    """whether it was not run at all; then the findings say why"""
    now: datetime | None = None
    acts: list[Happened] = field(default_factory=list)
    open_tasks: tuple[OpenTask, ...] = ()
    timers: tuple[Waiting, ...] = ()
    subscriptions: tuple[Waiting, ...] = ()
    ended: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    differences: list[Sentence] = field(default_factory=list)
    """what the script expected and did not come true"""

    @property
    def trace(self) -> list[str]:
        """The ids of the elements it passed, in order."""
        return [element for act in self.acts for element in act.path]

    @property
    def open(self) -> list[str]:
        """The elements of the open tasks."""
        return [task.element for task in self.open_tasks]

    @property
    def waits(self) -> list[str]:
        """The elements of the timers, messages, signals and conditions that are waited for."""
        return [wait.element for wait in (*self.timers, *self.subscriptions)]

    @property
    def sent(self) -> list[Sent]:
        """The messages it sent and the signals it threw, in order."""
        return [sent for act in self.acts for sent in act.sent]

    @property
    def decisions(self) -> list[DecisionResult]:
        """The decisions it made, in order."""
        return [made for act in self.acts for made in act.decisions]

    @property
    def ok(self) -> bool:
        """Whether it ran, as far as the script goes, with nothing that was not expected."""
        return not self.differences

    def since(self, number: int) -> "Outcome":
        """The same, with only the acts from *number* on."""
        return replace(self, acts=self.acts[number:])


def compare(outcome: Outcome, expect: Mapping[str, Any]) -> list[Sentence]:
    """In which points *outcome* is not what *expect* names; what it does not name is not asked.

    A refusal or a failure that was not expected is a difference, too.
    """
    found = [*_refusal(outcome, expect.get("refused"))]
    if outcome.refused:
        return found
    found += _failure(outcome, expect.get("failed"))
    if "trace" in expect:
        found += _unlike("Der Weg", "The trace", expect["trace"], outcome.trace, " → ")
    if "open" in expect:
        found += _unlike("Offene Aufgaben", "Open tasks", sorted(expect["open"]), sorted(outcome.open))
    if "waits" in expect:
        found += _unlike("Gewartet wird auf", "Waited for", sorted(expect["waits"]), sorted(outcome.waits))
    if "ended" in expect and expect["ended"] != outcome.ended:
        found.append(_said("Beendet mit", "Ended with", expect["ended"] or "–", outcome.ended or "–"))
    if "sent" in expect:
        found += _unlike("Gesendet", "Sent", expect["sent"], [sent.name for sent in outcome.sent])
    return [*found, *_data(outcome, expect), *_decisions(outcome, expect.get("decisions", {}))]


def _refusal(outcome: Outcome, expected: list[str] | None) -> Iterable[Sentence]:
    wrong = errors(outcome.findings)
    rules = {one.rule for one in wrong}
    for rule in expected or ():
        if rule not in rules:
            yield _said("Abgelehnt wegen", "Refused for", rule, ", ".join(sorted(rules)) or "–")
    if expected is None and outcome.refused:
        for one in wrong:
            place = f"{one.file}:{one.line}" if one.line else one.file
            where = " ".join(word for word in (place, one.element) if word)
            said = ": ".join(word for word in (where, one.rule) if word)
            yield Sentence(f"Der Prozess wird nicht ausgeführt: {said}: {one.message.de}",
                           f"The process is not run: {said}: {one.message.en}")


def _failure(outcome: Outcome, expected: Mapping[str, Any] | None) -> Iterable[Sentence]:
    failure = outcome.failure
    if failure is None:
        if expected is not None:
            yield Sentence("Es ist nichts gescheitert, obwohl das erwartet war.",
                           "Nothing has failed, although that was expected.")
    elif expected is None or not failure.in_process:
        de, en = [f"Handlung {failure.act}"] if failure.act else [], [f"action {failure.act}"] if failure.act else []
        if failure.element:
            de.append(f"Element {failure.element}")
            en.append(f"element {failure.element}")
        if failure.line:
            de.append(f"Zeile {failure.line}")
            en.append(f"line {failure.line}")
        yield Sentence(f"Gescheitert{_in(de)}: {failure.message.de}", f"Failed{_in(en)}: {failure.message.en}")
    elif expected.get("element") not in (None, failure.element):
        yield _said("Gescheitert bei", "Failed at", expected["element"], failure.element or "–")


def _data(outcome: Outcome, expect: Mapping[str, Any]) -> Iterable[Sentence]:
    for name, value in expect.get("data", {}).items():
        if name not in outcome.data:
            yield _said(f"„{name}“", f"“{name}”", repr(value), "–")
        elif not alike(value, outcome.data[name]):
            yield _said(f"„{name}“", f"“{name}”", repr(value), repr(outcome.data[name]))
    for name in expect.get("absent", ()):
        if name in outcome.data:
            yield _said(f"„{name}“", f"“{name}”", "–", repr(outcome.data[name]))


def _decisions(outcome: Outcome, expected: Mapping[str, list[str]]) -> Iterable[Sentence]:
    for name, rows in expected.items():
        matched = [rule["id"] for made in outcome.decisions if made.decision == name for rule in made.rules]
        yield from _unlike(f"Regeln von „{name}“", f"Rules of “{name}”", rows, matched)


def alike(expected: Any, found: Any) -> bool:
    """Whether a value of process data is what a script can say of it: 12.5 is the amount 12.50, yes is never 1."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(alike(item, found[key]) for key, item in expected.items())
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        return len(expected) == len(found) and all(map(alike, expected, found))
    if isinstance(found, Decimal) and isinstance(expected, float):
        return found == Decimal(repr(expected))
    if isinstance(expected, str) and isinstance(found, date | datetime):
        return expected == found.isoformat()
    if isinstance(expected, str) and not isinstance(found, str):
        return found is not None and expected == str(found)
    return bool(expected == found)


def _in(places: list[str]) -> str:
    return f" ({', '.join(places)})" if places else ""


def _unlike(de: str, en: str, expected: list[str], found: list[str], joint: str = ", ") -> Iterable[Sentence]:
    if expected != found:
        yield _said(de, en, joint.join(expected) or "–", joint.join(found) or "–")


def _said(de: str, en: str, expected: str, found: str) -> Sentence:
    return Sentence(f"{de}: erwartet {expected}, gefunden {found}.", f"{en}: expected {expected}, found {found}.")
