"""Whoever signed in: what the service knows of them, where they may act, and their password."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import calendar_files
from engine.definitions import forms
from engine.definitions.forms import Form
from engine.errors import Invalid, Sentence
from engine.identity import bodies, deputies, people
from engine.identity.bodies import Body
from engine.identity.people import Person
from engine.work import Work
from web import auth
from web.deputies import conflicts, processes
from web.language import say
from web.schemas import own_deputy_form
from web.typed import typed

area = Blueprint("account", __name__, url_prefix="/konto")
area.before_request(auth.required)


@area.get("")
def show() -> ResponseReturnValue:
    """Name, address, seats and deputyships of the reader, and the form for a new password."""
    return _page()


@area.post("/passwort")
def change_password() -> ResponseReturnValue:
    """Set a new password; sessions on other devices end, this one goes on."""
    try:
        with auth.work() as work:
            person = work.get(Person, work.actor.id)
            people.change_password(work, person, request.form.get("kennwort", ""), request.form.get("passwort_neu", ""))
            key = person.session_key
    except Invalid as error:
        return _page(error), 422
    session["key"] = key
    flash(_("Ihr Passwort ist geändert. Auf anderen Geräten sind Sie jetzt abgemeldet."), "success")
    return redirect(url_for("account.show"), 303)


@area.post("/kalender")
def renew_calendar() -> ResponseReturnValue:
    """Give the reader a new address of their own calendar; it is shown once."""
    with auth.work() as work:
        token = calendar_files.renew(work)
    return _page(feed=url_for("calendars.feed", token=token, _external=True))


@area.post("/vertretung")
def name_deputy() -> ResponseReturnValue:
    """Name somebody who acts for the reader for a time."""
    with auth.look() as work:
        form = _deputy_form(work)
    values = typed(form)
    try:
        said = forms.read(form, values).values
        with auth.work() as work:
            body = next((one for one in bodies.listing(work) if one.key == said.get("body")), None)
            row = deputies.name(work, UUID(said["deputy"]), valid_from=said["valid_from"], valid_to=said["valid_to"],
                                body=body, reason=said["reason"] or "", processes=said.get("processes") or [])
            warned = conflicts(work, row)
    except Invalid as error:
        return _page(deputy=values, deputy_error=error), 422
    flash(_("Die Vertretung ist eingerichtet."), "warning" if warned else "success")
    for one in warned:
        flash(say(one), "warning")
    return redirect(url_for("account.show") + "#vertretung", 303)


@area.post("/vertretung/<uuid:deputy_id>/ende")
def end_deputy(deputy_id: UUID) -> ResponseReturnValue:
    """End one's own deputyship at once."""
    with auth.work() as work:
        deputies.end(work, deputy_id)
    flash(_("Die Vertretung ist beendet."), "success")
    return redirect(url_for("account.show") + "#vertretung", 303)


def _deputy_form(work: Work) -> Form:
    today = bodies.today(work)
    seated = [body for seat, body, _who in bodies.seats(work, person=work.get(Person, work.actor.id))
              if body.kind not in bodies.BY_NAME and (seat.valid_to is None or seat.valid_to >= today)]
    mine = [(body.key, body.name) for body in seated]
    everybody = [(str(one.id), one.name) for one in people.listing(work, size=1_000).rows
                 if one.active and one.id != work.actor.id]
    return own_deputy_form(everybody, mine, processes(work, {body.key for body in seated}))


def _page(error: Invalid | None = None, feed: str | None = None, deputy: dict[str, Any] | None = None,
          deputy_error: Invalid | None = None) -> str:
    with auth.look() as work:
        rows = deputies.own(work)
        own = [(row, people.names(work, {row.deputy_id}).get(row.deputy_id, ""), conflicts(work, row),
                work.get(Body, row.body_id) if row.body_id is not None else None) for row in rows]
        components, process_names = _deputy_form(work).components, dict(processes(work))
        person = work.get(Person, work.actor.id)
        today = bodies.today(work)
        seats = [(body, seat) for seat, body, _who in bodies.seats(work, person=person)
                 if seat.valid_to is None or seat.valid_to >= today]
        represented = people.names(work, bodies.represented(work, person.id))
    return render_template("account/show.html", person=person, seats=seats, represented=sorted(represented.values()),
                           functions=bodies.FUNCTIONS, error=error, errors=_named(error), feed=feed, own_deputies=own,
                           components=components, deputy=deputy or {}, deputy_error=deputy_error,
                           process_names=process_names)


def _named(error: Invalid | None) -> dict[str, list[Sentence]]:
    # The page calls the fields so that a browser offers the right password for each.
    names = {"current": "kennwort", "password": "passwort_neu"}
    return {names[name]: said for name, said in (error.fields if error else {}).items() if name in names}
