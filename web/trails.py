"""The history in the form people read it: sentences, answers under their questions, the way in names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.definitions.forms import Component, Form
from engine.errors import Sentence
from engine.history.trail import ENGINE_NAME, Entry
from engine.identity import bodies
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from engine.work import Work
from web.language import N_, as_date, as_moment, as_number, label

Pair = tuple[str, str]

TOLD = {
    "task", "element", "body", "name", "process", "version", "outcome", "operation", "decision", "answers", "path",
    "blind", "assignee", "question", "addendum", "number", "status", "error", "line",
    "label", "said",
}
"""Particulars that the sentence says already, or that stand elsewhere on the page."""

NAMES = {
    "arguments": N_("Angaben"), "result": N_("Ergebnis"), "inputs": N_("Eingaben"), "outputs": N_("Ergebnis"),
    "rules": N_("Zutreffende Regeln"), "data": N_("Anfangsdaten"), "payload": N_("Inhalt"), "due_at": N_("Frist"),
    "reason": N_("Grund"), "deployment": N_("Prozessstand"), "elements": N_("Elemente"), "sender": N_("Auslöser"),
    "message": N_("Nachricht"), "valid_from": N_("gültig ab"), "valid_to": N_("gültig bis"),
    "function": N_("Funktion"), "person": N_("Person"), "deputy": N_("Vertretung"), "key": N_("Schlüssel"),
    "name": N_("Name"), "processes": N_("Abläufe"), "changes": N_("Geänderte Werte"),
    "basis": N_("Grundlage"), "value": N_("Wert"),
}


@dataclass(frozen=True)
class Line:
    """One entry of the history with what can be said about it."""

    entry: Entry
    answers: list[Pair]
    details: list[Pair]
    path: list[str]
    moved: int | None = None
    """The number of the entry that holds the path."""

    @property
    def automatic(self) -> bool:
        """Whether the engine did it because of what the actor did before."""
        return self.entry.verb in AUTOMATIC and self.entry.actor != ENGINE_NAME


TECHNICAL = frozenset({"instance.moved", "service.called", "decision.made", "message.sent", "signal.sent",
                       "element.failed"})
"""What the engine does between two acts of people; told in full to auditors only."""

WAY = 10_000
"""From how many of the first and of the last entries a diagram's way is drawn."""

AUTOMATIC = TECHNICAL | {"task.opened", "task.cancelled", "instance.started", "instance.ended", "idea.status_published",
                         "idea.published", "idea.hidden", "idea.merged", "idea.question_asked", "idea.decided"}
"""What the engine does because of somebody's act: the actor is whoever caused it."""


def lines(
    entries: Sequence[Entry], asked: Mapping[str, Form] | None = None,
    names: Mapping[str, str | Sentence] | None = None, full: bool = True,
) -> list[Line]:
    """*entries* for the page.

    *asked* gives the form of a task by its element, *names* what readers call
    elements, processes and bodies by their keys. Not *full*: without what the
    engine does by itself. The way of the token joins the act that caused it.
    """
    found: list[Line] = []
    known = names or {}
    for entry in entries:
        said = entry.particulars
        if entry.verb == "instance.moved":
            path = [label(known[one]) for one in said.get("path", []) if one in known]
            if found and path and full:
                found[-1] = replace(found[-1], path=path, moved=entry.seq)
            continue
        if not full and entry.verb in TECHNICAL:
            continue
        form = (asked or {}).get(str(said.get("element")))
        told = TOLD - {"name"} if entry.subject_kind == "person" else TOLD
        details = [(label(NAMES.get(key, key)), label(known.get(str(value))) or _changed(key, value) or plain(value))
                   for key, value in said.items() if key not in told and value not in (None, "", [], {})]
        found.append(Line(_readable(entry, known), spoken(form, said.get("answers") or {}), details, []))
    return found


def _readable(entry: Entry, names: Mapping[str, str | Sentence]) -> Entry:
    """The entry with names in the place of keys."""
    said = entry.said
    for place in ("body", "process", "outcome", "operation", "decision"):
        key = str(entry.particulars.get(place) or "")
        name = names.get(str(entry.particulars.get("element")) if place in ("operation", "decision") else key)
        if key and name:
            german, english = (name.de, name.en) if isinstance(name, Sentence) else (name, name)
            said = Sentence(said.de.replace(key, german), said.en.replace(key, english))
    return replace(entry, said=said)


def drawn_in(work: Work, instance: Instance) -> list[str]:
    """The processes whose diagrams an instance has been in: its own first, then those it called."""
    called = [process for process, _, _ in tasks.kinds_of(work, instance.id)]
    return list(dict.fromkeys([instance.process_id, *called]))


def elements_passed(work: Work, instance: Instance) -> list[str]:
    """The elements the token passed, each once."""
    return list(dict.fromkeys(instances.passed(work, instance, WAY)))


def asked(work: Work, instance: Instance) -> dict[str, Form]:
    """The form of each task an instance has had, by the task's element."""
    return {
        element: deployments.form(work, instance.deployment_id, f"{process}/{form}")
        for process, element, form in tasks.kinds_of(work, instance.id) if form
    }


def names_in(work: Work, instance: Instance) -> dict[str, str | Sentence]:
    """What readers call the bodies, and the processes and elements an instance has been in, by their keys."""
    deployment = work.get(Deployment, instance.deployment_id)
    names: dict[str, str | Sentence] = {body.key: Sentence(body.name, body.name_en) for body in bodies.listing(work)}
    for process in drawn_in(work, instance):
        diagram = deployments.diagram(work, deployment, process)
        names |= {one.id: one.name for one in diagram.processes if one.name}
        names |= {one.id: one.name for one in diagram.nodes if one.name}
    return names


def spoken(form: Form | None, answers: Mapping[str, Any]) -> list[Pair]:
    """Answers under the labels of their questions, in the order of *form*, as people write them."""
    if form is None:
        return [(key, plain(value)) for key, value in answers.items()]
    known = {component.key: component for component in forms.inputs(form)}
    listed = [(label(known[key].label), _spoken(known[key], answers[key])) for key in known if key in answers]
    return listed + [(key, plain(value)) for key, value in answers.items() if key not in known]


def plain(value: Any) -> str:
    """Any JSON value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("ja") if value else _("nein"))
    if isinstance(value, int | float | Decimal):
        return as_number(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {plain(part)}" for key, part in value.items()) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(plain(part) for part in value) or "–"
    text = str(value)
    if len(text) > 9 and text[:4].isdigit() and text[4] == "-":
        return (as_moment(text) if "T" in text else as_date(text)) or text
    return text


def _changed(key: str, value: Any) -> str:
    """What was mended, as old and new value of each name; "" for any other particular."""
    if key != "changes" or not isinstance(value, Mapping):
        return ""
    return "; ".join(f"{name}: {plain(said['old'])} → {plain(said['new'])}" for name, said in value.items())


def _spoken(component: Component, value: Any) -> str:
    labels = {str(choice.value): label(choice.label) for choice in component.choices}
    if component.type == "checklist" and isinstance(value, list):
        return ", ".join(labels.get(str(one), str(one)) for one in value) or "–"
    if component.choices:
        return labels.get(str(value), plain(value))
    if component.type in ("textfield", "textarea") and value:
        return str(value)
    return plain(value)

