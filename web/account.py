"""Whoever signed in: what the service knows of them, where they may act, and their password."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import calendar_files
from engine.errors import Invalid, Sentence
from engine.identity import bodies, people
from engine.identity.people import Person
from web import auth

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


def _page(error: Invalid | None = None, feed: str | None = None) -> str:
    with auth.look() as work:
        person = work.get(Person, work.actor.id)
        today = bodies.today(work)
        seats = [(body, seat) for seat, body, _who in bodies.seats(work, person=person)
                 if seat.valid_to is None or seat.valid_to >= today]
        represented = people.names(work, set(bodies.represented(work, person.id)))
    return render_template("account/show.html", person=person, seats=seats, represented=sorted(represented.values()),
                           functions=bodies.FUNCTIONS, error=error, errors=_named(error), feed=feed)


def _named(error: Invalid | None) -> dict[str, list[Sentence]]:
    # The page calls the fields so that a browser offers the right password for each.
    names = {"current": "kennwort", "password": "passwort_neu"}
    return {names[name]: said for name, said in (error.fields if error else {}).items() if name in names}
