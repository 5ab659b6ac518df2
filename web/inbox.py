"""The people who work on tasks: find what waits, take it up, answer, hand it on."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, EngineError, Gone, Invalid, ProcessFailed
from engine.ideas import dialogues
from engine.ideas import ideas as store
from engine.identity import people, permissions
from engine.runtime import inbox, instances, retries, tasks
from engine.runtime.instances import Instance
from engine.spiff import Diagram, Node
from engine.work import Work
from web import auth, errors
from web.headers import PICTURE_POLICY
from web.language import current, say
from web.picture import draw
from web.public import body_names
from web.trails import TECHNICAL, WAY, Pair, asked, elements_passed, lines, names_in, spoken
from web.typed import filters, number, typed

area = Blueprint("inbox", __name__, url_prefix="/aufgaben")
area.before_request(auth.required)

VIEWS = {"meine": "mine", "gremien": "bodies", "erledigt": "done"}
DUE = {"ueberfaellig": "overdue", "woche": "week"}
SORTS = {"frist": "due", "dringlichkeit": "priority", "neu": "new"}
SIZE = 25
PLACES = ("tagesordnung", "einladung", "abend", "niederschrift")
"""Pages of a meeting that its tasks may name."""
SOON = timedelta(days=3)
"""How long before its due moment a task is marked."""


@area.get("")
def index() -> ResponseReturnValue:
    """My tasks, my bodies' tasks, what I have done; every filter stands in the address."""
    args = request.args
    view = args["ansicht"] if args.get("ansicht") in VIEWS else "meine"
    with auth.look() as work:
        page = inbox.page(
            work, VIEWS[view], process=args.get("prozess") or None, body=args.get("gremium") or None,
            due=DUE.get(args.get("frist", "")), search=args.get("suche", "").strip() or None,
            sort=SORTS.get(args.get("sortierung", ""), "due"), number=number(args.get("seite")), size=SIZE,
        )
        offered = inbox.filters(work)
        shown = {
            "counts": inbox.counts(work), "most": inbox.MOST, "names": people.names(work, _people(page.rows)),
            "processes": list(_process_names(work, offered["processes"]).items()),
            "body_names": (names := body_names(work)), "now": work.now, "soon": work.now + SOON,
            "resting": instances.resting(work, [task.instance_id for task in page.rows]),
            "offered_bodies": [(key, say(names.get(key, key))) for key in offered["bodies"]],
        }
    return render_template("inbox/index.html", tasks=page, view=view, query=filters("seite"), args=args, **shown)


@area.get("/<uuid:task_id>")
def show(task_id: UUID) -> ResponseReturnValue:
    """One task: its form, the idea, what happened so far, where it stands in the diagram."""
    return _page(task_id)


@area.post("/<uuid:task_id>/uebernahme")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task up."""
    with auth.work() as work:
        instances.claim(work, task_id)
    flash(_("Sie haben die Aufgabe übernommen."), "success")
    return redirect(url_for("inbox.show", task_id=task_id), 303)


@area.post("/<uuid:task_id>/freigabe")
def release(task_id: UUID) -> ResponseReturnValue:
    """Give a task back to its body."""
    with auth.work() as work:
        instances.release(work, task_id)
    flash(_("Sie haben die Aufgabe zurückgegeben. Ihr Entwurf bleibt bei der Aufgabe."), "success")
    return redirect(url_for("inbox.index", ansicht="gremien"), 303)


@area.post("/<uuid:task_id>/entwurf")
def draft(task_id: UUID) -> ResponseReturnValue:
    """Keep what was typed so far, unchecked."""
    values = _typed(task_id)
    try:
        with auth.work() as work:
            tasks.save_draft(work, task_id, values)
    except EngineError as error:
        return _refused(task_id, values, error)
    if request.headers.get("X-Requested-With") == "fetch":  # saved by itself while somebody types
        return "", 204
    flash(_("Der Entwurf ist gespeichert."), "success")
    return redirect(url_for("inbox.show", task_id=task_id), 303)


@area.post("/<uuid:task_id>/erledigung")
def complete(task_id: UUID) -> ResponseReturnValue:
    """Complete a task with the answers typed; what was typed is kept as a draft when they are refused."""
    values = _typed(task_id)
    try:
        with auth.work() as work:
            task = instances.complete_task(work, task_id, values)
            title, name = task.title, task.name
    except Conflict as error:
        if not _sent_twice(task_id, values):
            return _refused(task_id, values, error)
        flash(_("Diese Antworten waren bereits gespeichert, die Aufgabe ist erledigt. Sie müssen nichts mehr tun."),
              "success")
        return redirect(url_for("inbox.index"), 303)
    except EngineError as error:
        return _refused(task_id, values, error)
    flash(_("Erledigt: „%(task)s“ zu „%(title)s“.", task=name, title=title), "success")
    return redirect(url_for("inbox.index"), 303)


@area.get("/<uuid:task_id>/bild.svg")
def picture(task_id: UUID) -> ResponseReturnValue:
    """The diagram with the task's element marked and the way taken so far."""
    with auth.look() as work:
        task = tasks.show(work, task_id)
        instance = work.get(Instance, task.instance_id)
        diagram = deployments.diagram(work, work.get(Deployment, instance.deployment_id), task.process_id)
        passed = instances.passed(work, instance, WAY)
        waiting = [task.element] if task.closed_at is None else []
    return Response(draw(diagram, title=task.name, process=task.process_id, passed=passed, active=waiting,
                         language=current()), mimetype="image/svg+xml",
                    headers={"Content-Security-Policy": PICTURE_POLICY})


def _typed(task_id: UUID) -> dict[str, Any]:
    with auth.look() as work:
        return typed(instances.form_of(work, tasks.show(work, task_id)))


def _sent_twice(task_id: UUID, values: dict[str, Any]) -> bool:
    with auth.look() as work:
        return instances.is_done_so(work, task_id, values)


def _refused(task_id: UUID, values: dict[str, Any], error: EngineError) -> ResponseReturnValue:
    """The task page again with what was typed and why it was not taken; what was typed stays as a draft, too."""
    if isinstance(error, ProcessFailed):
        with auth.house().work() as work:
            retries.failed(work, tasks.show(work, task_id).instance_id, "task", str(task_id), error)
    if isinstance(error, Invalid | Conflict | ProcessFailed) and not isinstance(error, auth.Stale):
        with suppress(EngineError), auth.work() as work:
            tasks.save_draft(work, task_id, values)
    if isinstance(error, Invalid | Conflict | Gone | ProcessFailed):
        return _page(task_id, values, error), errors.status_of(error)
    raise error


def _page(task_id: UUID, values: dict[str, Any] | None = None, error: EngineError | None = None) -> str:
    before = number(request.args.get("vor"), 0) or None
    with auth.look() as work:
        task = tasks.show(work, task_id)
        instance = work.get(Instance, task.instance_id)
        told, older = instances.story(work, task, before=before, without=TECHNICAL)
        deployment = work.get(Deployment, instance.deployment_id)
        diagram = deployments.diagram(work, deployment, task.process_id)
        form, data = instances.form_of(work, task, instance), instances.data_of(work, task)
        why_not, resting = _why_not(work, task), instances.why_resting(work, instance)
        filled: dict[str, Any] = {**forms.defaults(form, data), **(task.draft or {})} if values is None else values
        node = next((node for node in diagram.nodes if node.id == task.element), None)
        shown = {
            "task": task, "instance": instance, "components": form.components, "values": filled,
            "fill": lambda text: forms.fill(text, data, markdown=True),
            "node": node,
            "round": tasks.round_of(work, task) if task.assignee_id is not None else (0, 1),
            "answers": _answers(work, task, form), "mine": task.assignee_id == work.actor.id,
            "lines": lines(told, asked(work, instance), names_in(work, instance), full=False), "older": older,
            "before": before, "passed": elements_passed(work, instance), "body_names": body_names(work),
            "why_not": why_not, "resting": resting,
            "may_work": why_not is None and resting is None, "names": people.names(work, _people([task])),
            "process_name": _process_name(diagram, task.process_id), "now": work.now, "soon": work.now + SOON,
            "xml": url_for("studio.file", process_id=instance.process_id, version=instance.version,
                           name=diagram.file) if diagram.file in deployment.manifest else None,
            "themes": store.THEMES, "municipalities": store.MUNICIPALITIES, "statuses": store.STATUSES,
        }
        shown["place"] = _place(node, instance)
        if instance.subject_id is not None:
            shown |= {"idea": store.about(work, instance.subject_id),
                      "questions": dialogues.questions(work, instance.subject_id),
                      "addenda": dialogues.addenda(work, instance.subject_id)}
    return render_template("inbox/show.html", error=error, errors=getattr(error, "fields", {}),
                           stale=isinstance(error, auth.Stale), **shown)


def _place(node: Node | None, instance: Instance) -> tuple[str, str] | None:
    """The page on which a task's work is done, as its property `page` names it: label and address."""
    named = node.properties.get("page") if node is not None else None
    if named == "kalender":
        return _("Zum Sitzungskalender"), url_for("council.index")
    if named not in PLACES or instance.subject_id is None:
        return None
    if named == "abend":
        return _("Zum Sitzungsabend"), url_for("evening.sheet", meeting_id=instance.subject_id)
    if named == "niederschrift":
        return _("Zur Niederschrift"), url_for("minutes.office", meeting_id=instance.subject_id)
    return _("Zur Sitzung"), url_for("council.show", meeting_id=instance.subject_id)


def _answers(work: Work, task: tasks.Task, form: forms.Form) -> list[Pair] | None:
    """What was answered, as far as it is told to this person; None where it is not."""
    said = instances.answers_told(work, task)
    return None if said is None else spoken(form, said)


def _why_not(work: Work, task: tasks.Task) -> EngineError | None:
    """Why not to offer the form: what the rule says that is asked again when it is sent; None offers it."""
    try:
        permissions.require_task(work, task)
    except EngineError as error:
        return error
    return None


def _people(rows: list[tasks.Task]) -> set[UUID]:
    return {key for task in rows for key in (task.assignee_id, task.closed_by) if key is not None}


def _process_names(work: Work, keys: list[str]) -> dict[str, str]:
    """The names of the processes under *keys*, as their diagrams give them; the key itself where none is current."""
    names = {deployment.process_id: deployment.name for deployment in deployments.processes(work)}
    return {key: names.get(key, key) for key in keys}


def _process_name(diagram: Diagram, process_id: str) -> str:
    names = {process.id: process.name for process in diagram.processes}
    return names.get(process_id) or process_id
