"""The people who work on tasks: find what waits, take it up, answer, hand it on."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.errors import Conflict, EngineError, Gone, Invalid
from engine.identity import bodies, people, permissions
from engine.ideas import ideas as store
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from engine.work import Work
from web import auth, errors
from web.headers import PICTURE_POLICY
from web.picture import svg
from web.typed import filters, number, typed

area = Blueprint("inbox", __name__, url_prefix="/aufgaben")
area.before_request(auth.required)

VIEWS = {"meine": "mine", "gremien": "bodies", "erledigt": "done"}
DUE = {"ueberfaellig": "overdue", "woche": "week"}
SORTS = {"frist": "due", "dringlichkeit": "priority", "neu": "new"}
SIZE = 25


@area.get("")
def index() -> ResponseReturnValue:
    """My tasks, my bodies' tasks, what I have done; every filter stands in the address."""
    args = request.args
    view = args["ansicht"] if args.get("ansicht") in VIEWS else "meine"
    with auth.look() as work:
        page = tasks.inbox(
            work, VIEWS[view], process=args.get("prozess") or None, body=args.get("gremium") or None,
            due=DUE.get(args.get("frist", "")), search=args.get("suche", "").strip() or None,
            sort=SORTS.get(args.get("sortierung", ""), "due"), number=number(args.get("seite")), size=SIZE,
        )
        offered = tasks.filters(work)
        shown = {
            "counts": tasks.counts(work), "names": people.names(work, _people(page.rows)),
            "bodies": {body.key: body for body in bodies.listing(work)}, "body_keys": offered["bodies"],
            "processes": _process_names(work, offered["processes"]), "now": work.now,
        }
    return render_template("inbox/index.html", page=page, view=view, query=filters("seite"), args=args, **shown)


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
        diagram = deployments.diagram(work, _deployment(work, instance), task.process_id)
        passed = instances.passed(work, instance)
        waiting = [task.element] if task.closed_at is None else []
    return Response(svg(diagram, passed=passed, waiting=waiting), mimetype="image/svg+xml",
                    headers={"Content-Security-Policy": PICTURE_POLICY})


def _deployment(work: Work, instance: Instance) -> Deployment:
    return work.get(Deployment, instance.deployment_id)


def _typed(task_id: UUID) -> dict[str, Any]:
    with auth.look() as work:
        return typed(instances.form_of(work, tasks.show(work, task_id)))


def _refused(task_id: UUID, values: dict[str, Any], error: EngineError) -> ResponseReturnValue:
    """The task page again, with what was typed and why it was not taken; wrong answers stay as a draft, too."""
    status = errors.status_of(error)
    if isinstance(error, Invalid) and not isinstance(error, auth.Stale):
        try:
            with auth.work() as work:
                tasks.save_draft(work, task_id, values)
        except EngineError:
            pass  # the page itself still holds what was typed
    if isinstance(error, Invalid | Conflict | Gone):
        return _page(task_id, values, error), status
    raise error


def _page(task_id: UUID, values: dict[str, Any] | None = None, error: EngineError | None = None) -> str:
    with auth.look() as work:
        task = tasks.show(work, task_id)
        instance = work.get(Instance, task.instance_id)
        diagram = deployments.diagram(work, _deployment(work, instance), task.process_id)
        form, data = instances.form_of(work, task, instance), instances.data_of(work, task)
        filled: dict[str, Any] = {**forms.defaults(form, data), **(task.draft or {})} if values is None else values
        shown = {
            "task": task, "instance": instance, "deployment": _deployment(work, instance),
            "node": next((node for node in diagram.nodes if node.id == task.element), None),
            "form": form, "data": data, "values": filled, "visible": forms.visible(form, filled),
            "entries": instances.story(work, task), "body": bodies.find(work, task.body),
            "mine": task.assignee_id == work.actor.id, "names": people.names(work, _people([task])),
            "may_work": _may_work(work, task), "now": work.now, "themes": store.THEMES,
            "municipalities": store.MUNICIPALITIES, "statuses": store.STATUSES,
        }
        idea = store.of_subject(work, instance.subject_id)
        if idea is not None:
            shown |= {"idea": idea, "questions": store.questions(work, idea), "addenda": store.addenda(work, idea)}
    return render_template("inbox/show.html", error=error, errors=getattr(error, "fields", {}), **shown)


def _people(rows: list[tasks.Task]) -> set[UUID]:
    return {key for task in rows for key in (task.assignee_id, task.closed_by) if key is not None}


def _may_work(work: Work, task: tasks.Task) -> bool:
    """Whether to offer the form: only if the rule that is asked on sending it would let the person."""
    try:
        permissions.require_task(work, task)
    except EngineError:
        return False
    return task.is_open


def _process_names(work: Work, keys: list[str]) -> dict[str, str]:
    """The names of the processes under *keys*, as their diagrams give them; the key itself where none is current."""
    names = {deployment.process_id: deployment.name for deployment in deployments.processes(work)}
    return {key: names.get(key, key) for key in keys}
