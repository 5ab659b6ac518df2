"""Circulars: members answer them, the council's office sends them round and sees how they stand."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import circulars, meetings, standing_orders
from engine.council.circulars import CHOICES, OUTCOMES, Circular
from engine.definitions import forms
from engine.definitions.forms import Form
from engine.errors import Conflict, EngineError, Invalid
from engine.identity import bodies, people, permissions
from engine.identity.bodies import Body
from engine.work import Work
from web import auth, errors
from web.language import N_
from web.schemas import ask, form, options
from web.typed import typed

area = Blueprint("circulars", __name__)
area.before_request(auth.required)

RIGHT = "council"
MEETS = ("organ", "advisory", "working_group")
"""Kinds of bodies that decide anything together."""
ANSWER = form(
    "umlauf_antwort",
    ask("radio", "choice", N_("Ihre Antwort"), required=True, values=options(CHOICES)),
    ask("textarea", "reason", N_("Begründung"),
        N_("Nur nötig, wenn Sie befangen sind. Bei einem Widerspruch hilft sie den anderen."), maxLength=2000),
)
_QUESTION = (
    ask("textfield", "question", N_("Frage"), N_("Worum geht es, in einem kurzen Satz?"), required=True, maxLength=240),
    ask("textarea", "proposal", N_("Beschlussvorschlag"), N_("Über genau diesen Wortlaut wird abgestimmt."),
        required=True, maxLength=4000),
    ask("radio", "public", N_("Ist die Sache öffentlich?"), required=True,
        values=[{"value": "ja", "label": N_("ja")}, {"value": "nein", "label": N_("nein")}]),
)
QUESTION = form("umlauf_frage", *_QUESTION)
IN_EMERGENCY = form(
    "umlauf_notlage",
    ask("textfield", "authority", N_("Notlage festgestellt von (Aufsichtsbehörde)"),
        N_("Die Behörde muss der Feststellung zugestimmt haben (§ 28 Abs. 3 LKO)."), required=True, maxLength=160),
    ask("datetime", "date", N_("Festgestellt am"), required=True),
    ask("textfield", "reference", N_("Aktenzeichen"), required=True, maxLength=80),
    *_QUESTION,
)


@area.get("/meine-sitzungen/umlauf")
def index() -> ResponseReturnValue:
    """The circulars of the bodies in which I sit or stand in."""
    with auth.look() as work:
        keys = permissions.rights(work)
        mine = [row for row in circulars.listing(work) if work.get(Body, row.body_id).key in keys]
        shown = {"rows": [_line(work, row) for row in mine], "outcomes": OUTCOMES, "now": work.now}
    return render_template("circulars/index.html", **shown)


@area.get("/meine-sitzungen/umlauf/<uuid:circular_id>")
def show(circular_id: UUID) -> ResponseReturnValue:
    """One circular: the question, until when, my answer, and what came of it."""
    return _page(circular_id)


@area.post("/meine-sitzungen/umlauf/<uuid:circular_id>/antwort")
def answer(circular_id: UUID) -> ResponseReturnValue:
    """Answer for myself, or for the member I stand in for."""
    values = typed(ANSWER)
    member_id = request.form.get("fuer", type=UUID)
    try:
        answers = forms.read(ANSWER, values).values
        with auth.work() as work:
            circulars.vote(work, circular_id, answers["choice"], reason=answers["reason"] or "",
                           member_id=member_id)
    except (Invalid, Conflict) as error:
        return _page(circular_id, values, error), errors.status_of(error)
    flash(_("Ihre Antwort ist angekommen."), "success")
    return redirect(url_for("circulars.show", circular_id=circular_id), 303)


@area.get("/sitzungsdienst/umlauf")
@auth.needs(RIGHT)
def office() -> ResponseReturnValue:
    """All circulars, and which bodies may decide by one."""
    with auth.look() as work:
        found = [body for body in bodies.listing(work) if body.kind in MEETS
                 and (body.valid_to is None or body.valid_to >= bodies.today(work))]
        shown = {
            "rows": [_line(work, row) for row in circulars.listing(work)], "outcomes": OUTCOMES, "now": work.now,
            "rules": [(body, circulars.allowed(work, body), standing_orders.of(work, body).basis["circular"])
                      for body in found],
        }
    return render_template("circulars/office.html", **shown)


@area.get("/sitzungsdienst/umlauf/neu/<key>")
@auth.needs(RIGHT)
def new(key: str) -> ResponseReturnValue:
    """The form for a new circular; organs are asked for the finding of an emergency first."""
    return _new_page(key)


@area.post("/sitzungsdienst/umlauf/neu/<key>")
@auth.needs(RIGHT)
def begin(key: str) -> ResponseReturnValue:
    """Send a question round."""
    with auth.look() as work:
        asked = _form_for(work, meetings.body_of(work, key))
    values = typed(asked)
    try:
        answers = forms.read(asked, values).values
        found = {"authority": answers["authority"], "date": answers["date"].isoformat(),
                 "reference": answers["reference"]} if asked is IN_EMERGENCY else None
        with auth.work() as work:
            row = circulars.begin(work, meetings.body_of(work, key), question=answers["question"],
                                  proposal=answers["proposal"], public=answers["public"] == "ja", emergency=found)
            circular_id = row.id
    except (Invalid, Conflict) as error:
        return _new_page(key, values, error), errors.status_of(error)
    flash(_("Die Frage ist an alle Mitglieder verschickt."), "success")
    return redirect(url_for("circulars.show", circular_id=circular_id), 303)


def _form_for(work: Work, body: Body) -> Form:
    return IN_EMERGENCY if circulars.allowed(work, body) == "notlage" else QUESTION


def _new_page(key: str, values: dict[str, Any] | None = None, error: EngineError | None = None) -> str:
    with auth.look() as work:
        body = meetings.body_of(work, key)
        rule, asked = circulars.allowed(work, body), _form_for(work, body)
        basis = standing_orders.of(work, body).basis["circular"]
    return render_template("circulars/new.html", body=body, rule=rule, basis=basis, components=asked.components,
                           values={"public": "ja"} if values is None else values, error=error,
                           errors=getattr(error, "fields", {}))


def _line(work: Work, row: Circular) -> dict[str, Any]:
    """One circular as a list shows it."""
    mine = circulars.seats_of_actor(work, row)
    return {"row": row, "body": work.get(Body, row.body_id), "tally": circulars.tally(work, row),
            "missing": row.closed_at is None and any(
                circulars.own_vote(work, row, member.id) is None for member in mine)}


def _page(circular_id: UUID, values: dict[str, Any] | None = None, error: EngineError | None = None) -> str:
    with auth.look() as work:
        row = circulars.show(work, circular_id)
        leads = permissions.may(work, RIGHT)
        given = {one.member_id: one for one in circulars.votes_of(work, row)}
        everybody = [person for _seat, person in circulars.members(work, row)]
        shown = {
            "row": row, "body": work.get(Body, row.body_id), "tally": circulars.tally(work, row),
            "mine": circulars.seats_of_actor(work, row), "given": given, "members": everybody,
            "names": people.names(work, {one.person_id for one in given.values()}),
            "all_shown": row.closed_at is not None or leads, "leads": leads, "now": work.now,
        }
    return render_template("circulars/show.html", components=ANSWER.components, values=values or {},
                           error=error, errors=getattr(error, "fields", {}), choices=CHOICES,
                           outcomes=OUTCOMES, **shown)
