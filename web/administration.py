"""Administrators: people, the bodies there are, who has a seat in them and who stands in for whom."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council.standing_orders import MEETS
from engine.definitions import forms
from engine.errors import Invalid, NotFound
from engine.ideas.ideas import MUNICIPALITIES, THEMES
from engine.identity import bodies, people, permissions
from engine.identity.bodies import Body, Deputy, Seat
from engine.identity.people import Person
from engine.work import Work
from web import auth
from web.deputies import conflicts, processes
from web.schemas import NEW_PERSON, PERSON, Option, body_form, deputy_form, seat_form
from web.typed import filters, number, plain, typed

area = Blueprint("administration", __name__, url_prefix="/verwaltung")
area.before_request(auth.required)

RIGHT = "administer"
ALL_PEOPLE = 10_000
PAGE_NAMES = {"password": "passwort_neu"}
"""Fields that are called otherwise on a page: a browser must not fill in its own password for a new one."""
SEAT_NAMES = {"valid_from": "seat_from", "valid_to": "seat_to"}
"""A body's page asks for two times: the seat's and the body's own."""


@area.get("")
@auth.needs(RIGHT)
def index() -> ResponseReturnValue:
    """What there is to look after, in figures."""
    with auth.look() as work:
        today = bodies.today(work)
        figures = {
            "people": people.listing(work, size=1).total, "bodies": len(bodies.listing(work)),
            "deputies": sum(row.valid_from <= today and (row.valid_to is None or row.valid_to >= today)
                            for row in bodies.deputies(work)),
        }
    return render_template("administration/index.html", figures=figures)


@area.get("/personen")
@auth.needs(RIGHT)
def persons() -> ResponseReturnValue:
    """All people who sign in, by name."""
    search = request.args.get("suche", "").strip()
    with auth.look() as work:
        page = people.listing(work, search or None, number(request.args.get("seite")))
    return render_template("administration/persons.html", people=page, search=search, query=filters("seite"))


@area.get("/personen/neu")
@auth.needs(RIGHT)
def new_person() -> ResponseReturnValue:
    """The form for a new person."""
    return render_template("administration/new_person.html", components=NEW_PERSON.components, values={}, errors={})


@area.post("/personen")
@auth.needs(RIGHT)
def add_person() -> ResponseReturnValue:
    """Add a person."""
    values = typed(NEW_PERSON)
    try:
        answers = forms.read(NEW_PERSON, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            person = people.add(work, answers["login"], answers["name"], answers["mail"],
                                answers["passwort_neu"] or None)
    except Invalid as error:
        return render_template("administration/new_person.html", components=NEW_PERSON.components, values=values,
                               error=error, errors=_renamed(error)), 422
    flash(_("%(name)s ist angelegt.", name=person.name), "success")
    return redirect(url_for("administration.person", person_id=person.id), 303)


@area.get("/personen/<uuid:person_id>")
@auth.needs(RIGHT)
def person(person_id: UUID) -> ResponseReturnValue:
    """One person: particulars, seats, deputies."""
    return _person_page(person_id)


@area.post("/personen/<uuid:person_id>")
@auth.needs(RIGHT)
def change_person(person_id: UUID) -> ResponseReturnValue:
    """Change a person's particulars, and the password if a new one was typed."""
    values = typed(PERSON)
    try:
        answers = forms.read(PERSON, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            row = work.get(Person, person_id)
            people.change(work, row, name=answers["name"], mail=answers["mail"], active=answers["active"])
            if answers["passwort_neu"]:
                people.set_password(work, row, answers["passwort_neu"])
    except Invalid as error:
        return _person_page(person_id, values, error), 422
    flash(_("Die Angaben sind gespeichert."), "success")
    return redirect(url_for("administration.person", person_id=person_id), 303)


@area.get("/gremien")
@auth.needs(RIGHT)
def groups() -> ResponseReturnValue:
    """All bodies: organs, advisory and working groups, offices, roles."""
    with auth.look() as work:
        shown = {"bodies": bodies.listing(work), "today": bodies.today(work)}
    return render_template("administration/bodies.html", kinds=bodies.KINDS, meets=MEETS, **shown)


@area.get("/gremien/neu")
@auth.needs(RIGHT)
def new_group() -> ResponseReturnValue:
    """The form for a new body."""
    return render_template("administration/new_body.html", components=body_form(new=True).components, values={},
                           errors={})


@area.post("/gremien")
@auth.needs(RIGHT)
def add_group() -> ResponseReturnValue:
    """Add a body."""
    form = body_form(new=True)
    values = typed(form)
    try:
        answers = forms.read(form, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            body = bodies.add_body(work, answers.pop("key"), answers.pop("name"), **_texts(answers))
    except Invalid as error:
        return render_template("administration/new_body.html", components=form.components, values=values, error=error,
                               errors=error.fields), 422
    flash(_("„%(name)s“ ist angelegt.", name=body.name), "success")
    return redirect(url_for("administration.group", key=body.key), 303)


@area.get("/gremien/<key>")
@auth.needs(RIGHT)
def group(key: str) -> ResponseReturnValue:
    """One body: particulars and seats."""
    return _group_page(key)


@area.post("/gremien/<key>")
@auth.needs(RIGHT)
def change_group(key: str) -> ResponseReturnValue:
    """Change a body's particulars or end its time."""
    form = body_form(new=False)
    values = typed(form)
    try:
        answers = forms.read(form, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            bodies.change_body(work, _body(work, key), name=answers.pop("name"), **{
                "statutory_number": answers["statutory_number"], "valid_to": answers["valid_to"],
                "name_en": answers["name_en"] or "", "legal_basis": answers["legal_basis"] or ""})
    except Invalid as error:
        return _group_page(key, body_values=values, error=error), 422
    flash(_("Die Angaben sind gespeichert."), "success")
    return redirect(url_for("administration.group", key=key), 303)


@area.post("/gremien/<key>/sitze")
@auth.needs(RIGHT)
def give_seat(key: str) -> ResponseReturnValue:
    """Give a person a seat in a body."""
    with auth.look() as work:
        form = seat_form(_everybody(work))
    values = typed(form)
    try:
        answers = forms.read(form, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            bodies.seat(
                work, work.get(Person, UUID(answers["person"])), _body(work, key), function=answers["function"],
                valid_from=answers["seat_from"], valid_to=answers["seat_to"],
                municipalities=answers["municipalities"], themes=answers["themes"],
            )
    except Invalid as error:
        return _group_page(key, seat_values=values, error=error), 422
    flash(_("Der Sitz ist vergeben."), "success")
    return redirect(url_for("administration.group", key=key), 303)


@area.post("/sitze/<uuid:seat_id>/ende")
@auth.needs(RIGHT)
def end_seat(seat_id: UUID) -> ResponseReturnValue:
    """End a seat with today as its last day; it stays on record."""
    with auth.work() as work:
        permissions.require(work, RIGHT)
        row = bodies.unseat(work, work.get(Seat, seat_id))
        key = work.get(Body, row.body_id).key
    flash(_("Der Sitz endet heute. Er bleibt im Verlauf sichtbar."), "success")
    return redirect(url_for("administration.group", key=key), 303)


@area.get("/vertretungen")
@auth.needs(RIGHT)
def deputies() -> ResponseReturnValue:
    """Who stands in for whom, now, before and later."""
    return _deputies_page()


@area.post("/vertretungen")
@auth.needs(RIGHT)
def appoint() -> ResponseReturnValue:
    """Let somebody stand in for somebody."""
    with auth.look() as work:
        form = deputy_form(_everybody(work), _all_bodies(work), processes(work))
    values = typed(form)
    try:
        answers = forms.read(form, values).values
        with auth.work() as work:
            permissions.require(work, RIGHT)
            bodies.appoint_deputy(
                work, work.get(Person, UUID(answers["person"])), work.get(Person, UUID(answers["deputy"])),
                valid_from=answers["valid_from"], valid_to=answers["valid_to"],
                body=_body(work, answers["body"]) if answers["body"] else None, reason=answers["reason"] or "",
                processes=answers.get("processes") or [],
            )
    except Invalid as error:
        return _deputies_page(values, error), 422
    flash(_("Die Vertretung ist eingerichtet."), "success")
    return redirect(url_for("administration.deputies"), 303)


@area.post("/vertretungen/<uuid:deputy_id>/ende")
@auth.needs(RIGHT)
def end_deputy(deputy_id: UUID) -> ResponseReturnValue:
    """End a deputyship at once; it stays on record."""
    with auth.work() as work:
        permissions.require(work, RIGHT)
        bodies.end_deputy(work, work.get(Deputy, deputy_id))
    flash(_("Die Vertretung ist beendet."), "success")
    return redirect(url_for("administration.deputies"), 303)


def _person_page(person_id: UUID, values: dict[str, Any] | None = None, error: Invalid | None = None) -> str:
    with auth.look() as work:
        row = work.get(Person, person_id)
        seats = bodies.seats(work, person=row)
        today = bodies.today(work)
        about = [one for one in bodies.deputies(work) if person_id in (one.person_id, one.deputy_id)]
        names = people.names(work, {key for one in about for key in (one.person_id, one.deputy_id)})
    current = {"name": row.name, "mail": row.mail, "active": "true" if row.active else ""}
    return render_template(
        "administration/person.html", person=row, seats=seats, today=today, deputies=about, names=names,
        components=PERSON.components, values=values or current, error=error, errors=_renamed(error),
        functions=bodies.FUNCTIONS,
    )


def _group_page(
    key: str, body_values: dict[str, Any] | None = None, seat_values: dict[str, Any] | None = None,
    error: Invalid | None = None,
) -> str:
    with auth.look() as work:
        body = _body(work, key)
        shown = {"body": body, "seats": bodies.seats(work, body=body), "today": bodies.today(work),
                 "seat_form": seat_form(_everybody(work)).components}
    current = plain({"name": body.name, "name_en": body.name_en, "legal_basis": body.legal_basis,
                     "statutory_number": body.statutory_number, "valid_to": body.valid_to})
    return render_template(
        "administration/body.html", **shown, body_form=body_form(new=False).components,
        body_values=body_values or current, seat_values=seat_values or {"function": "member"}, error=error,
        body_errors=_renamed(error) if body_values is not None else {},
        seat_errors=_renamed(error, SEAT_NAMES) if seat_values is not None else {},
        functions=bodies.FUNCTIONS, kinds=bodies.KINDS, themes=THEMES, municipalities=MUNICIPALITIES, meets=MEETS,
    )


def _deputies_page(values: dict[str, Any] | None = None, error: Invalid | None = None) -> str:
    with auth.look() as work:
        rows = bodies.deputies(work)
        shown = {
            "deputies": rows, "today": bodies.today(work),
            "warned": {row.id: conflicts(work, row) for row in rows
                       if row.valid_to is None or row.valid_to >= bodies.today(work)},
            "components": deputy_form(_everybody(work), _all_bodies(work), processes(work)).components,
            "names": people.names(work, {key for row in rows for key in (row.person_id, row.deputy_id)}),
            "bodies": {body.id: body for body in bodies.listing(work)}, "process_names": dict(processes(work)),
        }
    return render_template("administration/deputies.html", **shown, values=values or {}, error=error,
                           errors=error.fields if error is not None else {})


def _body(work: Work, key: str) -> Body:
    body = bodies.find(work, key)
    if body is None:
        raise NotFound("Dieses Gremium gibt es nicht. Bitte prüfen Sie die Adresse.",
                       "There is no such body. Please check the address.")
    return body


def _everybody(work: Work) -> list[Option]:
    return [(str(row.id), row.name) for row in people.listing(work, size=ALL_PEOPLE).rows]


def _all_bodies(work: Work) -> list[Option]:
    return [(body.key, body.name) for body in bodies.listing(work)]


def _texts(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers with empty text where the engine wants text; numbers and days may be missing."""
    open_ended = (int, date)
    return {
        name: value if value is not None or name in ("statutory_number", "valid_from", "valid_to") else ""
        for name, value in answers.items() if value is None or isinstance(value, str | open_ended[0] | open_ended[1])
    }


def _renamed(error: Invalid | None, names: dict[str, str] = PAGE_NAMES) -> dict[str, Any]:
    """What is wrong, under the names that the fields have on the page."""
    return {} if error is None else {names.get(field, field): said for field, said in error.fields.items()}
