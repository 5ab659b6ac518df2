"""A process run without server or database: from files and a script, with an outcome that can be compared.

    script = scenarios.read(Path("p.yaml").read_bytes(), "p.yaml")
    outcome = rehearse({"p.bpmn": …, "t.dmn": …}, script)
    assert not outcome.differences

The files are checked first, as for a deployment, but for who does a task and
what its form asks: `data` of a completed task is process data.  Between two
steps the process is stored and restored, as it is in the service.  What it
sends reaches itself if it waits for it, by name and correlation, and is
otherwise only listed.  A step that fails never happened; the rehearsal stops
there, unless the script expects the failure.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import spiff
from engine.definitions.findings import Finding, errors, ordered, refusals
from engine.definitions.library import Bundle, Library, named
from engine.definitions.outcomes import Failure, Happened, Outcome, compare
from engine.definitions.scenarios import RULE, Act, Scenario
from engine.errors import EngineError, Invalid, OperationFailed, ProcessFailed, Sentence
from engine.spiff import Arrival, Step

__all__ = ["MOST_STEPS", "Failure", "Happened", "Outcome", "compare", "rehearse"]

MOST_STEPS = 10_000
"""How many steps a rehearsal may take: timers that fire and messages that arrive count, too."""
NOT_ASKED = frozenset({"unknown-body", "unknown-form"})
"""Rules about people and forms, which a rehearsal has none of; they are findings, but keep nothing from running."""


def rehearse(files: Mapping[str, bytes], script: Scenario) -> Outcome:
    """Run the process that *files* (by name, folders allowed) and *script* speak of; see `Outcome`.

    Nothing in the files or the script makes it raise: what is wrong with the
    files are findings, what fails is the outcome's failure, and what was
    expected but did not come true stands in its differences.
    """
    library, found = _library(files)
    found += library.check(None, None, run=())
    bundle, missing = _bundle(library, script, found)
    refused = [*missing, *_refused(library, bundle, found)]
    if bundle is not None and not refused:
        try:
            spec = spiff.specification(library.runnable(bundle))
        except Invalid as error:
            refused = refusals(error, library.sources[bundle.diagram].given, "not-runnable", bundle.process_id)
        else:
            return _Rehearsal(spec, script, ordered(dict.fromkeys(found))).whole()
    every = ordered(dict.fromkeys([*found, *refused]))
    outcome = Outcome(bundle.process_id if bundle else script.process or "", every, refused=True)
    outcome.differences = compare(outcome, script.expect)
    return outcome


def _library(files: Mapping[str, bytes]) -> tuple[Library, list[Finding]]:
    placed, found = named(files, {})
    return Library(placed), [one for one in found if one.rule != "form-without-process"]


def _bundle(library: Library, script: Scenario, found: list[Finding]) -> tuple[Bundle | None, list[Finding]]:
    """What is to be run; where that cannot be said, the findings that say why."""
    given = {source.given for source in library.sources.values()} | {one.file for one in found}
    for name in script.beside:
        if not any(file == name or file.endswith(f"/{name}") for file in given):
            return None, [_wrong(script, f"Die Datei „{name}“ fehlt.", f"The file “{name}” is missing.")]
    bundles = {bundle.process_id: bundle for bundle in library.bundles()}
    if script.process is not None:
        chosen = [script.process] if script.process in bundles else []
    else:
        chosen = [key for key, bundle in bundles.items() if not _is_beside(library, bundle, script)]
    if len(chosen) == 1:
        return bundles[chosen[0]], []
    if not chosen and errors(found):
        return None, errors(found)
    if script.process is not None:
        return None, [_wrong(script, f"Den Prozess „{script.process}“ gibt es in den Dateien nicht.",
                             f"There is no process “{script.process}” in the files.")]
    names = ", ".join(chosen or bundles)
    return None, [_wrong(script, f"Welcher Prozess? Nennen Sie ihn mit „process“: {names or 'es gibt keinen'}.",
                         f"Which process? Name it by “process”: {names or 'there is none'}.")]


def _is_beside(library: Library, bundle: Bundle, script: Scenario) -> bool:
    given = library.sources[bundle.diagram].given
    return any(given == name or given.endswith(f"/{name}") for name in script.beside)


def _refused(library: Library, bundle: Bundle | None, found: list[Finding]) -> list[Finding]:
    """The errors that keep the process from running: those in the files it needs, and in files of no known kind."""
    if bundle is None:
        return []
    others = {source.given for name, source in library.sources.items() if name not in bundle.manifest}
    return [one for one in errors(found) if one.file not in others and one.rule not in NOT_ASKED]


def _wrong(script: Scenario, de: str, en: str) -> Finding:
    said = Sentence(de, en)
    return Finding.error(script.file, None, RULE, "", said.de, said.en)


class _Gap(ProcessFailed):
    """The script leaves open what the process has to know; no error event may catch that."""


@dataclass
class _Rehearsal:
    """One rehearsal on its way."""

    spec: spiff.Specification
    script: Scenario
    findings: list[Finding]
    step: Step | None = None
    taken: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    """how often each operation was called"""
    now: datetime = field(init=False)
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.script.now
        self.outcome = Outcome(self.spec.process_id, self.findings, now=self.now)

    def whole(self) -> Outcome:
        """Start, do what the script says, compare."""
        first = self.script.start or Act("start", "")
        for number, act in enumerate([first, *self.script.actions]):
            before = len(self.outcome.acts)
            try:
                self._do(act, begins=number == 0)
            except EngineError as error:
                self._failed(act, number, error)
            self._stands()
            if act.expect is not None:
                part = self.outcome.since(before)
                self.outcome.differences += [_in(act, number, said) for said in compare(part, act.expect)]
            if self.outcome.failure is not None:
                if number == len(self.script.actions) or "failed" not in (act.expect or {}):
                    break
                self.outcome.failure = None
        self.outcome.differences += [*self._undone(), *compare(self.outcome, self._still_asked())]
        return self.outcome

    def _undone(self) -> Iterator[Sentence]:
        failure = self.outcome.failure
        if failure is not None and failure.act < len(self.script.actions):
            yield Sentence(f"Ab Handlung {failure.act + 1} wurde nichts mehr getan.",
                           f"From action {failure.act + 1} on nothing was done.")

    def _still_asked(self) -> dict[str, Any]:
        # a failure that the act itself expected is not asked for a second time
        last = self.script.actions[-1] if self.script.actions else None
        failure = self.outcome.failure
        if failure is None or last is None or last.expect is None or failure.act != len(self.script.actions):
            return self.script.expect
        return {**{name: last.expect[name] for name in ("failed",) if name in last.expect}, **self.script.expect}

    def _do(self, act: Act, *, begins: bool) -> None:
        if begins:
            self._start(act)
        elif act.kind == "complete":
            self._complete(act)
        elif act.kind in ("advance", "until"):
            self._advance(act)
        elif act.kind == "signal" and not self._is_awaited(act.what):
            self.outcome.acts.append(Happened(self.now, "signal", act.what, ()))  # told to all, heard by none
        else:
            self._took(act.kind, act.what,
                       spiff.deliver(self.spec, self._running().state, _arrival(act), self.now, self._call))

    def _start(self, act: Act) -> None:
        data = {**self.script.data, **act.data}
        arrival = None if act.kind == "start" else _arrival(act)
        self._took("start", act.what, spiff.start(self.spec, data, self.now, self._call, arrival))

    def _complete(self, act: Act) -> None:
        open_tasks = [task for task in self._running().open_tasks if task.element == act.what]
        if len(open_tasks) < act.nth:
            others = ", ".join(task.element for task in self._running().open_tasks)
            raise _impossible(
                f"Die Aufgabe „{act.what}“ ist nicht offen. Offen sind: {others or 'keine'}.",
                f"The task “{act.what}” is not open. Open are: {others or 'none'}.",
            )
        key = open_tasks[act.nth - 1].key
        self._took("complete", act.what,
                   spiff.complete(self.spec, self._running().state, key, act.data, self.now, self._call))

    def _advance(self, act: Act) -> None:
        target = act.what if act.kind == "until" else spiff.due_at(self.now, act.what)
        if target < self.now:
            raise _impossible("Die Uhr geht nicht zurück.", "The clock does not go back.")
        while (before := self.step) is not None and (due := _next_due(before)) is not None and due <= target:
            self.now = max(due, self.now)
            fired = [wait.element for wait in before.timers if wait.due_at is not None and wait.due_at <= self.now]
            self._took("timer", ", ".join(fired), spiff.wake(self.spec, before.state, self.now, self._call))
        self.now = target

    def _is_awaited(self, signal: str) -> bool:
        return self.step is not None and self.step.ended is None and any(
            (wait.kind, wait.name) == ("signal", signal) for wait in self.step.subscriptions)

    def _running(self) -> Step:
        if self.step is None or self.step.ended is not None:
            raise _impossible("Der Vorgang ist schon beendet.", "The instance has ended already.")
        return self.step

    def _took(self, kind: str, what: str, step: Step) -> None:
        """Write a step down, then hand the process what it sent to itself, in the order sent.

        A signal it threw has been caught inside by then.
        """
        self._happened(kind, what, step)
        sent = deque(one for one in step.sent if one.kind == "message")
        while sent and self.step is not None and self.step.ended is None:
            one = sent.popleft()
            if any((wait.kind, wait.name, wait.correlation) == ("message", one.name, one.correlation)
                   for wait in self.step.subscriptions):
                arrival = Arrival(one.name, one.correlation, one.payload)
                step = spiff.deliver(self.spec, self.step.state, arrival, self.now, self._call)
                self._happened("message", one.name, step)
                sent.extend(one for one in step.sent if one.kind == "message")

    def _happened(self, kind: str, what: str, step: Step) -> None:
        self.step = step
        self.taken += 1
        self.outcome.acts.append(Happened(self.now, kind, what, step.path, step.sent, step.calls, step.decisions,
                                          step.failures))
        if self.taken >= MOST_STEPS:
            raise _impossible(f"Nach {MOST_STEPS} Schritten wurde angehalten.",
                              f"It was stopped after {MOST_STEPS} steps.")

    def _stands(self) -> None:
        outcome, step = self.outcome, self.step
        outcome.now = self.now
        if step is not None:
            outcome.open_tasks, outcome.timers, outcome.subscriptions = step.open_tasks, step.timers, step.subscriptions
            outcome.ended, outcome.data = step.ended, step.data

    def _failed(self, act: Act, number: int, error: EngineError) -> None:
        cause = error.cause if isinstance(error, ProcessFailed) else ""
        self.outcome.failure = Failure(
            number, getattr(error, "element", None), getattr(error, "line", None), Sentence(error.de, error.en), cause,
            isinstance(error, ProcessFailed) and not isinstance(error, _Gap), act.line,
        )

    def _call(self, asked: spiff.ServiceCall) -> dict[str, Any]:
        answers = self.script.services.get(asked.operation)
        if answers is None:
            raise _Gap("Das Skript sagt unter „services“ nicht, was die Operation „{name}“ antwortet.",
                       "The script does not say under “services” what the operation “{name}” answers.",
                       name=asked.operation, element=asked.element)
        count = self.asked.get(asked.operation, 0)
        self.asked[asked.operation] = count + 1
        answer = answers[min(count, len(answers) - 1)]
        if set(answer) == {"error"}:
            raise OperationFailed(answer["error"])
        return dict(answer)


def _arrival(act: Act) -> Arrival:
    return Arrival(act.what, act.correlation, act.data, "signal" if act.kind == "signal" else "message")


def _next_due(step: Step) -> datetime | None:
    return min((wait.due_at for wait in step.timers if wait.due_at is not None), default=None)


def _impossible(de: str, en: str) -> Invalid:
    return Invalid(Sentence(de, en).de, Sentence(de, en).en)


def _in(act: Act, number: int, said: Sentence) -> Sentence:
    place = f" (Zeile {act.line})" if act.line else ""
    line = f" (line {act.line})" if act.line else ""
    return Sentence(f"Nach Handlung {number}{place}: {said.de}", f"After action {number}{line}: {said.en}")
