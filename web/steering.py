"""Process owners and administrators: steer single instances, and let many go on on another version."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import deployments
from engine.errors import Invalid, NotFound, Sentence
from engine.identity import people
from engine.runtime import instances, migration
from engine.runtime.migration import Prospect
from engine.work import Work
from web import auth
from web.language import N_, label
from web.typed import number

area = Blueprint("steering", __name__)
area.before_request(auth.required)

SIZE = 50
"""How many instances one page of a plan shows; each is looked through for it."""


@dataclass(frozen=True)
class Act:
    """One way to steer an instance: what the page before it says, what its button says, and what it did."""

    title: str
    lead: str
    button: str
    done: str
    verb: Callable[[Work, UUID, str], Any] | None = None


ACTS: dict[str, Act] = {
    "anhalten": Act(
        N_("Vorgang anhalten?"),
        N_("Aufgaben lassen sich dann weder übernehmen noch abschließen, Fristen lösen nichts aus, Nachrichten warten. "
           "Nichts geht verloren: Nach dem Fortsetzen wird alles nachgeholt."),
        N_("Ja, anhalten"), N_("Der Vorgang ruht jetzt."), instances.suspend,
    ),
    "fortsetzen": Act(
        N_("Vorgang fortsetzen?"),
        N_("Verstrichene Fristen lösen dann gleich aus, und Nachrichten, die gewartet haben, werden zugestellt."),
        N_("Ja, fortsetzen"), N_("Der Vorgang läuft wieder."), instances.resume,
    ),
    "abbrechen": Act(
        N_("Vorgang abbrechen?"),
        N_("Der Vorgang endet sofort, offene Aufgaben entfallen, Fristen und erwartete Nachrichten auch. Was er schon "
           "getan hat, bleibt, zum Beispiel der öffentliche Stand der Idee. Das lässt sich nicht rückgängig machen."),
        N_("Ja, abbrechen"), N_("Der Vorgang ist abgebrochen."), instances.cancel,
    ),
    "versetzen": Act(
        N_("Vorgang versetzen?"),
        N_("Der Vorgang verlässt den Schritt, an dem er steht, und geht am gewählten Element weiter, mit allen "
           "Angaben, die er bis dahin gesammelt hat. Was dazwischen liegt, wird nicht nachgeholt."),
        N_("Ja, versetzen"), N_("Der Vorgang ist versetzt."),
    ),
}


@area.get("/revision/vorgaenge/<uuid:instance_id>/<any(anhalten, fortsetzen, abbrechen, versetzen):act>")
@auth.needs("steer")
def ask(instance_id: UUID, act: str) -> ResponseReturnValue:
    """Ask once more, and for the reason."""
    return _asked(instance_id, act)


@area.post("/revision/vorgaenge/<uuid:instance_id>/<any(anhalten, fortsetzen, abbrechen, versetzen):act>")
@auth.needs("steer")
def do(instance_id: UUID, act: str) -> ResponseReturnValue:
    """Suspend, resume, cancel or move."""
    reason, chosen = request.form.get("reason", ""), request.form.get("to", "")
    verb = ACTS[act].verb
    try:
        with auth.work() as work:
            if verb is not None:
                verb(work, instance_id, reason)
            else:
                origin, _colon, target = chosen.partition(":")
                if not target:
                    raise Invalid("Bitte sehen Sie sich die markierte Angabe noch einmal an.",
                                  "Please look at the marked field again.",
                                  fields={"to": [Sentence("Bitte wählen Sie, wo der Vorgang weitergehen soll.",
                                                          "Please choose where the instance shall go on.")]})
                instances.move(work, instance_id, origin, target, reason)
    except auth.Stale:
        raise
    except Invalid as error:
        return _asked(instance_id, act, {"reason": reason, "to": chosen}, error), 422
    flash(_(ACTS[act].done), "success")
    return redirect(url_for("audit.instance", instance_id=instance_id), 303)


@area.get("/prozesse/<process_id>/<int:version>/hebung")
@auth.needs("steer")
def plan(process_id: str, version: int) -> ResponseReturnValue:
    """Which instances run on other versions, and what would become of each on this one."""
    return _planned(process_id, version)


@area.post("/prozesse/<process_id>/<int:version>/hebung")
@auth.needs("steer")
def migrate(process_id: str, version: int) -> ResponseReturnValue:
    """Let the chosen instances go on on this version, each by itself; the report says what became of them."""
    reason, chosen = request.form.get("reason", ""), request.form.getlist("vorgang")
    try:
        auth.require_genuine()
        wanted = _chosen(chosen)
        with auth.look() as work:
            deployment = deployments.version(work, process_id, version)
        report = migration.in_bulk(auth.work, wanted, deployment.id, reason)
    except auth.Stale:
        raise
    except Invalid as error:
        return _planned(process_id, version, {"reason": reason, "vorgang": chosen}, error), 422
    return render_template("studio/migrated.html", deployment=deployment, report=report)


def _asked(
    instance_id: UUID, act: str, values: dict[str, str] | None = None, error: Invalid | None = None
) -> str:
    with auth.look() as work:
        instance = instances.show(work, instance_id)
        if instance.status not in ("running", "suspended"):
            raise NotFound("Dieser Vorgang ist bereits beendet. Es ist nichts mehr zu tun.",
                           "This instance has ended already. Nothing is left to do.")
        here = instances.places(work, instance_id)
    targets = [
        (f"{place.key}:{element}", _("%(origin)s → %(target)s", origin=label(place.name), target=label(name)))
        for place in here for element, name in place.targets
    ] if act == "versetzen" else []
    return render_template(
        "steering/act.html", instance=instance, act=ACTS[act], here=[label(place.name) for place in here],
        targets=targets, moves=act == "versetzen", values=values or {}, error=error,
        errors=getattr(error, "fields", {}), danger=act == "abbrechen",
    )


def _planned(
    process_id: str, version: int, values: dict[str, Any] | None = None, error: Invalid | None = None
) -> str:
    with auth.look() as work:
        deployment = deployments.version(work, process_id, version)
        page = migration.candidates(work, deployment, number(request.args.get("seite")), SIZE)
        seen = migration.plan(work, [row.id for row in page.rows], deployment)
        names = people.names(work, {row.halted_by for row in page.rows if row.halted_by})
    chosen = (values or {}).get("vorgang")
    return render_template(
        "studio/migration.html", deployment=deployment, page_of=page, seen=seen, can_go=sum(one.can_go for one in seen),
        chosen={_value(one) for one in seen if one.can_go} if chosen is None else set(chosen), value_of=_value,
        names=names, values=values or {}, error=error, errors=getattr(error, "fields", {}),
    )


def _value(seen: Prospect) -> str:
    """What stands behind a box of the plan: the instance, and the revision the plan was made for."""
    return f"{seen.instance.id}:{seen.revision}"


def _chosen(values: list[str]) -> dict[UUID, int | None]:
    """The instances chosen, with the revisions of the plan; Invalid for none, and for what no plan has said."""
    try:
        wanted: dict[UUID, int | None] = {
            UUID(key): int(revision) for key, _colon, revision in (value.partition(":") for value in values)}
    except ValueError:
        wanted = {}
    if not wanted:
        raise Invalid("Bitte sehen Sie sich die markierte Angabe noch einmal an.",
                      "Please look at the marked field again.",
                      fields={"vorgang": [Sentence("Bitte wählen Sie mindestens einen Vorgang.",
                                                   "Please choose at least one instance.")]})
    return wanted
