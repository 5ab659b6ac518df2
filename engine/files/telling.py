"""Findings and rehearsals, as lines for a person and as JSON for a tool.

Lines are in the reader's language; what a tool takes them apart by (error,
warning, the rule's id) is the same in every one.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from engine.definitions.findings import Finding
from engine.definitions.rehearsals import Happened, Outcome
from engine.errors import Sentence
from engine.spiff import Waiting, clock

_ACTS = {
    "start": Sentence("Beginn", "start"), "complete": Sentence("Aufgabe", "task"), "timer": Sentence("Frist", "timer"),
    "message": Sentence("Nachricht", "message"), "signal": Sentence("Signal", "signal"),
}

_WAITS = {**_ACTS, "condition": Sentence("Bedingung", "condition")}


def language(environment: Mapping[str, str] = os.environ) -> str:
    """The reader's language as the system tells it: "de", or "en" for every other."""
    told = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "de" if told.lower().startswith("de") else "en"


def finding(one: Finding, to: str) -> str:
    """A finding in one line, as compilers say it: file:line: severity rule element: message hint."""
    place = f"{one.file}:{one.line}" if one.line else one.file
    about = " ".join(word for word in (one.severity, one.rule, one.element) if word)
    said = " ".join(f"{one.message.within(to)} {one.hint.within(to)}".split())
    return f"{place}: {about}: {said}"


def finding_json(one: Finding, to: str) -> dict[str, Any]:
    """A finding as the JSON of both commands holds it."""
    return {
        "file": one.file, "process": one.process, "element": one.element, "line": one.line, "rule": one.rule,
        "severity": one.severity, "message": one.message.within(to), "hint": one.hint.within(to),
    }


def counted(files: int, found: int, to: str) -> str:
    """The last line of a check."""
    if to == "de":
        return f"{files} {'Datei' if files == 1 else 'Dateien'}, {found} {'Fund' if found == 1 else 'Funde'}"
    return f"{files} {'file' if files == 1 else 'files'}, {found} {'finding' if found == 1 else 'findings'}"


def rehearsal(outcome: Outcome, to: str) -> Iterator[str]:
    """A rehearsal in lines: what happened, where it stands, its data, and what was expected and did not come true."""
    if not outcome.refused:
        width = max((len(_act(act, to)) for act in outcome.acts), default=0)
        yield from (_happened(act, width, to) for act in outcome.acts)
        yield from _stands(outcome, to)
        yield f"{Sentence('Daten', 'Data').within(to)}: {text(outcome.data)}"
    for said in outcome.differences:
        yield f"{Sentence('Abweichung', 'Difference').within(to)}: {said.within(to)}"


def rehearsal_json(outcome: Outcome, to: str) -> dict[str, Any]:
    """A rehearsal as JSON: everything its outcome holds."""
    failure = outcome.failure
    return {
        "process": outcome.process, "ok": outcome.ok, "refused": outcome.refused, "now": _local(outcome.now),
        "trace": outcome.trace, "acts": [_act_json(act) for act in outcome.acts],
        "open": [{"element": task.element, "name": task.name, "lane": task.lane} for task in outcome.open_tasks],
        "waits": [_wait_json(wait) for wait in (*outcome.timers, *outcome.subscriptions)],
        "ended": outcome.ended, "data": outcome.data,
        "failure": failure and {
            "action": failure.act, "element": failure.element, "line": failure.line,
            "message": failure.message.within(to), "cause": failure.cause,
        },
        "differences": [said.within(to) for said in outcome.differences],
        "findings": [finding_json(one, to) for one in outcome.findings],
    }


def text(value: Any, indent: bool = False) -> str:
    """A value as JSON; moments, amounts and durations as the texts that stand for them."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 if indent else 0).decode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | timedelta):
        return str(value)
    raise TypeError(type(value).__name__)


def _act(act: Happened, to: str) -> str:
    return f"{_ACTS[act.kind].within(to)} {act.what}".strip()


def _happened(act: Happened, width: int, to: str) -> str:
    caught = "".join(f"  [{Sentence('Fehler', 'error').within(to)} {one.code}: {one.element}]" for one in act.caught)
    return f"{_minute(act.at)}  {_act(act, to):{width}}  {' → '.join(act.path)}{caught}".rstrip()


def _stands(outcome: Outcome, to: str) -> Iterator[str]:
    at = _minute(outcome.now) if outcome.now else ""
    if outcome.ended is not None:
        yield f"{at}  {Sentence('beendet mit', 'ended with').within(to)} {outcome.ended}"
        return
    for task in outcome.open_tasks:
        yield f"{at}  {Sentence('offen', 'open').within(to)}: {_named(task.element, task.name)}"
    for wait in (*outcome.timers, *outcome.subscriptions):
        yield f"{at}  {Sentence('wartet', 'waits').within(to)}: {_wait(wait, to)}"
    if not outcome.open and not outcome.waits and outcome.failure is None:
        said = Sentence("wartet auf nichts und ist nicht beendet", "waits for nothing and has not ended")
        yield f"{at}  {said.within(to)}"


def _wait(wait: Waiting, to: str) -> str:
    if wait.due_at is not None:
        return f"{wait.element}, {_WAITS['timer'].within(to)} {_minute(wait.due_at)}"
    said = f"{wait.element}, {_WAITS[wait.kind].within(to)} {wait.name}".strip()
    return f"{said} ({wait.correlation})" if wait.correlation is not None else said


def _wait_json(wait: Waiting) -> dict[str, Any]:
    return {
        "element": wait.element, "kind": wait.kind if wait.due_at is None else "timer", "name": wait.name,
        "due_at": _local(wait.due_at), "correlation": wait.correlation,
    }


def _act_json(act: Happened) -> dict[str, Any]:
    return {
        "at": _local(act.at), "kind": act.kind, "what": act.what, "path": list(act.path),
        "sent": [{"element": one.element, "kind": one.kind, "name": one.name, "correlation": one.correlation,
                  "payload": one.payload} for one in act.sent],
        "calls": [{"element": one.element, "operation": one.operation, "arguments": one.arguments,
                   "result": one.result} for one in act.calls],
        "decisions": [{"element": one.element, "decision": one.decision, "inputs": one.inputs, "rules": one.rules,
                       "outputs": one.outputs} for one in act.decisions],
        "caught": [{"element": one.element, "code": one.code, "cause": one.cause} for one in act.caught],
    }


def _named(element: str, name: str) -> str:
    return element if name in ("", element) else f"{element} ({name})"


def _minute(moment: date | datetime) -> str:
    local = moment.astimezone(clock.BERLIN) if isinstance(moment, datetime) else moment
    return f"{local:%Y-%m-%d %H:%M}"


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(clock.BERLIN).isoformat() if moment else None
