"""Process owners: see what failed, with its data; put the data right, try again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.errors import Invalid, Sentence
from engine.identity import people, permissions
from engine.runtime import incidents, mending, retries
from engine.runtime.incidents import Incident
from engine.runtime.instances import Instance
from engine.work import Work
from web import auth
from web.language import N_
from web.trails import names_in, plain
from web.typed import filters, number

area = Blueprint("incidents", __name__, url_prefix="/revision/stoerungen")
area.before_request(auth.required)

KINDS = {"timer": N_("Frist"), "message": N_("Nachricht"), "task": N_("Aufgabe")}
VALUE = "wert."
"""What a field's name begins with, so that no value can be taken for another field of the form."""


@area.get("")
@auth.needs("audit")
def index() -> ResponseReturnValue:
    """What failed, where, and whether somebody mended it."""
    everything = request.args.get("alle") == "ja"
    with auth.look() as work:
        page = incidents.listing(work, open_only=not everything, number=number(request.args.get("seite")))
        owners = {row.instance_id: work.get(Instance, row.instance_id) for row in page.rows}
        names = people.names(work, {row.resolved_by for row in page.rows if row.resolved_by})
        may_retry = permissions.may(work, "retry")
    return render_template("audit/incidents.html", incidents=page, owners=owners, names=names, may_retry=may_retry,
                           kinds=KINDS, everything=everything, query=filters("seite"))


@area.get("/<uuid:incident_id>")
@auth.needs("audit")
def show(incident_id: UUID) -> ResponseReturnValue:
    """One incident: what happened with which data, what to do, and the form to put the data right."""
    return _page(incident_id)


@area.post("/<uuid:incident_id>/wiederholung")
def retry(incident_id: UUID) -> ResponseReturnValue:
    """Try again what failed."""
    with auth.work() as work:
        retries.retry(work, incident_id)
    return _tried()


@area.post("/<uuid:incident_id>/berichtigung")
def mend(incident_id: UUID) -> ResponseReturnValue:
    """Put process data right and try again what failed."""
    typed = {name.removeprefix(VALUE): value for name, value in request.form.items()
             if name.startswith(VALUE) or name in (mending.NEW_NAME, mending.NEW_VALUE)}
    try:
        with auth.work() as work:
            mending.mend(work, incident_id, typed)
    except Invalid as error:
        return _page(incident_id, typed, error), 422
    return _tried()


def _tried() -> ResponseReturnValue:
    flash(_("Der Schritt wird gleich noch einmal versucht. Schlägt er wieder fehl, entsteht eine neue Störung."),
          "success")
    return redirect(url_for("incidents.index"), 303)


def _page(incident_id: UUID, typed: dict[str, str] | None = None, error: Invalid | None = None) -> str:
    with auth.look() as work:
        incident = work.get(Incident, incident_id)
        instance = work.get(Instance, incident.instance_id)
        shown: dict[str, Any] = {
            "incident": incident, "instance": instance, "deployment": work.get(Deployment, instance.deployment_id),
            "element": _element(work, incident, instance),
            "resolved_by": people.names(work, {incident.resolved_by}).get(incident.resolved_by)
            if incident.resolved_by else None,
            "may_retry": permissions.may(work, "retry"),
            "fields": mending.fields(work, incident) if permissions.may(work, "mend") else [],
        }
    values = [(name, plain(value)) for name, value in sorted((incident.data.get("values") or {}).items())]
    errors: dict[str, list[Sentence]] = {}
    if error is not None:
        known = {field.name for field in shown["fields"]}
        errors = {VALUE + name if name in known else name: said for name, said in error.fields.items()} or {
            "": [Sentence(error.de, error.en)]}
    return render_template("audit/incident.html", kinds=KINDS, values=values, typed=typed or {}, errors=errors,
                           new_name=mending.NEW_NAME, new_value=mending.NEW_VALUE, prefix=VALUE, **shown)


def _element(work: Work, incident: Incident, instance: Instance) -> str | None:
    """The name of the element that failed, or its id where it has none."""
    if incident.element is None:
        return None
    name = names_in(work, instance).get(incident.element)
    if name is None:
        deployment = work.get(Deployment, instance.deployment_id)
        node = deployments.diagram(work, deployment, instance.process_id).node(incident.element)
        name = node.name if node is not None else None
    return str(name or incident.element)
