"""The words our process tests are written in: a process that waits, is worked on, told things and ends.

A `Process` runs one of the shipped diagrams straight on engine/spiff, with its
real tables and forms.  Service tasks are answered from a small dict and
recorded, so that a test can ask what the process made happen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine import spiff
from engine.definitions import forms
from engine.spiff import Arrival, Bundle, OpenTask, ServiceCall, Specification, Step

ROOT = Path(__file__).parent.parent
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
IDEA = {
    "idee_id": "0192f0c1-7d6a-7c3b-8a55-2f1f6f1f0001", "nummer": "2026-00042", "titel": "Mitfahrbank am Marktplatz",
    "thema": "mobilitaet", "kommune": "mayen",
}
MEETING = "0192f0c1-7d6a-7c3b-8a55-2f1f6f1f0002"
EXPERTS = ("anna", "bela", "cem", "dora", "emil")


@lru_cache
def _files(folder: str, pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((ROOT / folder).glob(pattern)))


@lru_cache
def specification(process_id: str) -> Specification:
    """The shipped process, parsed with everything it may call."""
    diagrams, decisions = _files("bpmn", "*.bpmn"), _files("bpmn/decisions", "*.dmn")
    digest = sha256(b"".join((process_id.encode(), *diagrams, *decisions))).hexdigest()
    return spiff.specification(Bundle(digest, process_id, diagrams, decisions))


@lru_cache
def form(process_id: str, key: str) -> forms.Form:
    """A shipped form."""
    path = ROOT / "forms" / process_id / f"{key}.json"
    return forms.parse(path.read_bytes(), path.name)


def service_answers() -> dict[str, Any]:
    """What service tasks answer when a test says nothing else."""
    return {
        "idea/assign_guide": {"lotse": "lotse-mayen"},
        "idea/similar": {"aehnliche": [], "aehnliche_text": "Es wurden keine ähnlichen Ideen gefunden."},
        "idea/ask": {"frage_nr": 1},
        "experts/list": {"gutachter_vorschlag": list(EXPERTS)},
        "strategy/version": {"stand": "Fassung 1 vom 27.03.2023"},
        "contest/pause": {"laeuft": False},
        "council/reserve_paper": {"vorlagennummer": "137/2026"},
        "council/next_meeting": {"sitzung_id": MEETING, "termin": "2027-02-01"},
        "council/withdraw_item": lambda arguments: {"abgesetzt": arguments["gewollt"]},
    }


def result(
    body: str, outcome: str, yes: int | None, no: int | None, abstained: int | None, **but: Any
) -> dict[str, Any]:
    """What a process hears of its item (the message `top_ergebnis`)."""
    return {
        "sitzung_id": MEETING, "gremium": body, "termin": "2027-02-01", "top": "Ö 4", "ergebnis": outcome,
        "wortlaut": "Wie Beschlussvorschlag.", "ja": yes, "nein": no, "enthaltung": abstained, "ungueltig": 0,
        "befangen": 0, "rechtsgrundlage": "§ 33 LKO", "verwiesen_an": "", "zurueckgezogen": False,
        "zweite_ladung": False, **but,
    }


class Clock:
    """The time of one process: it stands still until a test moves it."""

    def __init__(self, process: "Process") -> None:
        self.process, self.now = process, MORNING

    def advance(self, **by: float) -> None:
        """Let time pass (days=, hours=, …) and everything happen that falls due on the way, one moment at a time."""
        target = self.now + timedelta(**by)
        while (due := self.process.next_due()) is not None and due <= target:
            self.now = max(due, self.now)
            self.process.wake()
        self.now = target
        self.process.wake()


class Process:
    """One running process, as the people who work on it see it."""

    def __init__(self, process_id: str, message: str | None = None, answers: Mapping[str, Any] | None = None,
                 **data: Any) -> None:
        self.process_id = process_id
        self.spec = specification(process_id)
        self.answers = {**service_answers(), **(answers or {})}
        self.clock = Clock(self)
        self.calls: list[ServiceCall] = []
        self.sent: list[spiff.Sent] = []
        self.path: list[str] = []
        self.decisions: list[spiff.DecisionResult] = []
        self._seen: dict[str, OpenTask] = {}
        values = {**IDEA, **data}
        if message is None:
            self._keep(spiff.start(self.spec, values, self.now, self._call))
        else:
            arrival = Arrival(message, IDEA["idee_id"], values)
            self._keep(spiff.start(self.spec, values, self.now, self._call, arrival))

    # What people and the outside do

    def complete(self, element: str, answers: Mapping[str, Any] | None = None, of: str | None = None) -> None:
        """Complete an open task with *answers*, checked by its form; *of*: the one assigned to this person."""
        task = self.task(element, of)
        filled = forms.read(form(task.process_id, task.properties["form"]), answers or {})
        self._keep(spiff.complete(self.spec, self.step.state, task.key, filled.values, self.now, self._call))

    def hears(self, message: str, **payload: Any) -> None:
        """A message for this idea comes in."""
        self._keep(spiff.deliver(self.spec, self.step.state, Arrival(message, IDEA["idee_id"], payload), self.now,
                                 self._call))

    def decides(self, body: str, outcome: str, yes: int | None = 10, no: int | None = 2, abstained: int | None = 1,
                **but: Any) -> None:
        """The meeting of *body* that the item is registered for is closed, with this result."""
        self.registered_with(body)
        self.hears("top_ergebnis", punkt=result(body, outcome, yes, no, abstained, **but))

    def wake(self) -> None:
        if self.step.ended is None:
            self._keep(spiff.wake(self.spec, self.step.state, self.now, self._call))

    # What it is doing

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def data(self) -> dict[str, Any]:
        """The data of the whole process; while it runs, what it was started with."""
        return self.step.data

    @property
    def statuses(self) -> list[str]:
        """Every public status so far, in order."""
        return [call.arguments["status"] for call in self.calls if call.operation == "idea/publish_status"]

    @property
    def last_status(self) -> dict[str, Any]:
        return self.called("idea/publish_status")[-1]

    def called(self, operation: str) -> list[dict[str, Any]]:
        """The arguments of each call of an operation, in order."""
        return [call.arguments for call in self.calls if call.operation == operation]

    def told(self, name: str) -> dict[str, Any]:
        """The payload of the one message of this name that the process sent."""
        found = [sent for sent in self.sent if sent.name == name]
        assert len(found) == 1, f"{name} was sent {len(found)} times; sent: {[sent.name for sent in self.sent]}"
        return found[0].payload

    def task(self, element: str, of: str | None = None) -> OpenTask:
        """An open task as it was when it opened (body, assignee and data included)."""
        found = [self._seen[task.key] for task in self.step.open_tasks if task.element == element]
        if of is not None:
            found = [task for task in found if task.properties.get("assignee") == of]
        assert found, f"{element} ({of or 'anyone'}) is not open; open: {self.open()}, ended: {self.step.ended}"
        return found[0]

    def assigned(self, element: str) -> list[str]:
        """The people that the open tasks of this element are assigned to, sorted."""
        return sorted(self._seen[task.key].properties["assignee"] for task in self.step.open_tasks
                      if task.element == element)

    def open(self) -> list[str]:
        return sorted(task.element for task in self.step.open_tasks)

    def next_due(self) -> datetime | None:
        moments = [timer.due_at for timer in self.step.timers if timer.due_at is not None]
        return min(moments) if moments and self.step.ended is None else None

    # What a test asks

    def waits_at(self, *elements: str) -> None:
        """Exactly these tasks wait for people."""
        assert self.open() == sorted(elements), f"open: {self.open()}, ended: {self.step.ended}"
        assert self.step.ended is None

    def listens_for(self, *messages: str) -> None:
        """At least these messages are waited for, each for this idea."""
        waiting = {waiting.name: waiting.correlation for waiting in self.step.subscriptions}
        assert set(messages) <= set(waiting), f"waited for: {sorted(waiting)}"
        assert {waiting[message] for message in messages} == {IDEA["idee_id"]}

    def registered_with(self, body: str) -> None:
        """The item is registered for a meeting of *body*, and its result is waited for."""
        assert [one["gremium"] for one in self.called("council/next_meeting")[-1:]] == [body], f"open: {self.open()}"
        assert self.sent[-1].name == "top_angemeldet" and self.sent[-1].correlation == MEETING
        self.listens_for("top_ergebnis", "top_termin")

    def ends_at(self, element: str) -> None:
        """The process has ended there, and nothing of it is left: no task, no timer, no message waited for."""
        assert self.step.ended == element, f"ended: {self.step.ended}, open: {self.open()}, path: {self.path[-5:]}"
        assert not self.step.open_tasks and not self.step.timers and not self.step.subscriptions

    # The inside

    def _call(self, call: ServiceCall) -> dict[str, Any]:
        self.calls.append(call)
        answer = self.answers.get(call.operation, {})
        return dict(answer(call.arguments) if callable(answer) else answer)

    def _keep(self, step: Step) -> None:
        self.step = step
        self._seen.update({task.key: task for task in step.open_tasks if task.new})
        self.sent.extend(step.sent)
        self.path.extend(step.path)
        self.decisions.extend(step.decisions)
