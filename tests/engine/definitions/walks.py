"""Files judged as for a deployment, and what is not refused walked through: people, clock, messages, all by dice."""

import random
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import spiff
from engine.definitions.findings import Finding, errors
from engine.definitions.library import Bundle, Library, named
from engine.definitions.rehearsals import NOT_ASKED
from engine.errors import Conflict, EngineError, Invalid, OperationFailed, ProcessFailed
from engine.spiff.branches import _Joining as Joining
from engine.spiff.conductor import Conductor
from engine.spiff.parse import STUMBLED
from engine.spiff.step import Arrival, ServiceCall, Step
from tests.engine.spiff.models import NOON

ACTS = 8
LIMITS: Any = {"max_steps": 200, "max_seconds": 5.0}
PATIENCE = 30
"""Seconds after which a file hangs."""
VALUES: tuple[Any, ...] = (0, 1, 2, -1, True, False, None, "x", "ja", "", [], ["a", "b"], {}, {"a": 1}, 1.5, "a" * 50)


def values(dice: random.Random, names: Sequence[str] = ()) -> dict[str, Any]:
    """Some process data, under some of these names and one of our own."""
    chosen = dice.sample(names, min(len(names), 4)) + dice.sample(["x", "y", "z", "ja"], 1)
    return {name: dice.choice(VALUES) for name in chosen}


@contextmanager
def in_time(what: str) -> Iterator[None]:
    """Whatever is done here is over before somebody would give up."""
    def late(*_: Any) -> None:
        raise AssertionError(f"{what}: not done after {PATIENCE} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def judged(files: Mapping[str, bytes]) -> tuple[Library, list[Finding]]:
    """What the files are, and everything there is to say about them; every sentence is there."""
    placed, found = named(files, {})
    library = Library(placed)
    found = found + library.check(None, None)
    for one in found:
        assert one.message.de and one.message.en and one.rule, one
        assert "Traceback" not in one.message.de and "object at 0x" not in one.message.de, one.message.de
    return library, found


def walked(files: Mapping[str, bytes], name: str, dice: random.Random) -> str:
    """What became of the process in *files*[name]: "refused", "ended", "waits", "failed" or "stands" (at a join).

    "not runnable" is what no rule refuses but the engine does; "no process" leaves nothing to run.
    """
    with in_time(name):
        library, found = judged(files)
        if [one for one in errors(found) if one.rule not in NOT_ASKED]:
            _asked_all_the_same(library, name)
            return "refused"
        became = "refused" if errors(found) else "no process"
        for bundle in library.bundles():
            if bundle.diagram in (f"bpmn/{name}", name):
                became = _ran(library, bundle, dice)
        return became


def _asked_all_the_same(library: Library, name: str) -> None:
    """The engine's door does not rely on the rules: what they refuse it refuses, too, or can take."""
    for bundle in library.bundles():
        if bundle.diagram == f"bpmn/{name}":
            try:
                spiff.specification(library.runnable(bundle))
            except Invalid as error:
                assert error.de and error.en


def _ran(library: Library, bundle: Bundle, dice: random.Random) -> str:
    try:
        walk = _Walk(library, bundle, dice)
    except Invalid as error:
        (one, *_) = error.findings
        assert one.rule != STUMBLED and one.element and one.line, f"no rule has seen this coming: {error.en}"
        return "not runnable"
    return walk.whole()


class _Walk:
    """One way through a process."""

    def __init__(self, library: Library, bundle: Bundle, dice: random.Random) -> None:
        self.spec = spiff.specification(library.runnable(bundle))
        self.dice, self.now = dice, NOON
        diagram = library.diagrams[bundle.diagram]
        self.names = sorted({word for flow in diagram.flows for word in re.findall(r"[a-z_]\w*", flow.condition or "")})
        self.begins = [(node.event, diagram.messages.get(node.message or "", "")) for node in diagram.nodes
                       if node.kind == "startEvent" and node.process == bundle.process_id and not node.parent]

    def whole(self) -> str:
        """Start and go on for a while."""
        try:
            step = self._start()
            for _ in range(ACTS):
                if step.ended is not None:
                    return "ended"
                if not step.open_tasks and not step.timers and not step.subscriptions:
                    self._stands_at_a_join(step)
                    return "stands"
                step = self._act(step)
        except (ProcessFailed, Invalid, Conflict) as error:
            self._says_where(error)
            return "failed"
        return "waits"

    def _start(self) -> Step:
        data = {"x": 0, "y": 1, "z": 2, "liste": [], "leute": ["a", "b"], "idee_id": "i"} | self._values()
        kind, name = self.dice.choice(self.begins) if self.begins else (None, "")
        arrival = Arrival(name, None, self._values()) if kind == "message" else None
        return spiff.start(self.spec, data, self.now, self._call, arrival, **LIMITS)

    def _act(self, step: Step) -> Step:
        acts = ["complete"] * 3 * bool(step.open_tasks) + ["wake"] * bool(step.timers) \
            + ["deliver"] * bool([one for one in step.subscriptions if one.kind != "condition"])
        act = self.dice.choice(acts or ["wake"])
        if act == "complete":
            task = self.dice.choice(step.open_tasks)
            return spiff.complete(self.spec, step.state, task.key, self._values(), self.now, self._call, **LIMITS)
        if act == "deliver":
            one = self.dice.choice([one for one in step.subscriptions if one.kind != "condition"])
            arrival = Arrival(one.name, one.correlation, self._values(), one.kind)  # type: ignore[arg-type]  # not a condition
            return spiff.deliver(self.spec, step.state, arrival, self.now, self._call, **LIMITS)
        due = [one.due_at for one in step.timers if one.due_at is not None]
        self.now = max([self.now, *self.dice.sample(due, min(1, len(due)))])
        self.now += timedelta(seconds=self.dice.randint(0, 9))
        return spiff.wake(self.spec, step.state, self.now, self._call, **LIMITS)

    def _values(self) -> dict[str, Any]:
        return values(self.dice, self.names)

    def _call(self, asked: ServiceCall) -> dict[str, Any]:
        if self.dice.random() < 0.2:
            raise OperationFailed(self.dice.choice(["", "E1", "KEIN_GELD", "kaputt"]))
        return self._values()

    def _says_where(self, error: EngineError) -> None:
        assert error.de and error.en
        if isinstance(error, ProcessFailed):
            assert error.element, f"a failure that names no element: {error.en}"
            assert error.element in {name for _, name in self.spec.lines}, f"{error.element} is not drawn: {error.en}"
            assert error.line is not None, f"a failure without a line: {error.en}"

    def _stands_at_a_join(self, step: Step) -> None:
        """Nobody can do anything any more: right only where a join waits for a token that will never come."""
        engine = Conductor(self.spec, self.now, self._call)
        engine.restore(step.state)
        waiting = [task for task in engine.workflow.every_task()
                   if task.state == TaskState.WAITING and isinstance(task.task_spec, Joining)]
        assert waiting, "nobody is waited for, and it has not ended"
