"""Administrators: a body's standing orders, each number with where it comes from and what the law lets one choose."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import standing_orders
from engine.council.standing_orders import MEETS, PROVISIONS
from engine.errors import Conflict, Invalid, NotFound
from engine.identity import bodies, permissions
from engine.identity.bodies import Body
from engine.work import Work
from web import auth
from web.administration import RIGHT

area = Blueprint("standing_orders", __name__, url_prefix="/verwaltung/gremien")
area.before_request(auth.required)

BASIS = "_grundlage"
"""What follows a number's name in the name of the field that says where it comes from."""
YES_NO = {"ja": True, "nein": False}


@area.get("/<key>/geschaeftsordnung")
@auth.needs(RIGHT)
def show(key: str) -> ResponseReturnValue:
    """Every number of a body: what the law fixes, and what the body sets for itself."""
    return _page(key)


@area.post("/<key>/geschaeftsordnung")
@auth.needs(RIGHT)
def change(key: str) -> ResponseReturnValue:
    """Set the numbers that the law leaves to the body."""
    typed = {name: value.strip() for name, value in request.form.items()}
    try:
        with auth.work() as work:
            permissions.require(work, RIGHT)
            body = _body(work, key)
            standing_orders.change_all(work, body, _said(work, body, typed), seen=typed.get("stand"))
    except Invalid as error:
        return _page(key, typed, error), 422
    except Conflict as error:
        return _page(key, typed, error), 409
    flash(_("Die Geschäftsordnung ist gespeichert."), "success")
    return redirect(url_for("standing_orders.show", key=key), 303)


def _said(work: Work, body: Body, typed: dict[str, str]) -> dict[str, tuple[Any, str]]:
    """What was typed, as the engine wants it; what is no number or no yes or no stays text, and is refused there."""
    said: dict[str, tuple[Any, str]] = {}
    usual = standing_orders.defaults(body)
    for name in PROVISIONS:
        if standing_orders.is_fixed(body, name) or name not in typed:
            continue
        value: Any = typed[name]
        if isinstance(getattr(usual, name), bool):
            value = YES_NO.get(value, value)
        elif isinstance(getattr(usual, name), int) and value.isascii() and value.isdigit() and len(value) < 6:
            value = int(value)
        said[name] = (value, typed.get(name + BASIS, ""))
    return said


def _page(key: str, typed: dict[str, str] | None = None, error: Invalid | Conflict | None = None) -> str:
    with auth.look() as work:
        body = _body(work, key)
        orders, usual = standing_orders.of(work, body), standing_orders.defaults(body)
        names = {one.key: one.name for one in bodies.listing(work)}
        stand = standing_orders.revision(work, body)
    current = {}
    for name in PROVISIONS:
        current[name] = _plain(getattr(orders, name))
        current[name + BASIS] = orders.basis[name] if orders.basis[name] != usual.basis[name] else ""
    consenting = [(other, name) for other, name in names.items() if other != body.key]
    return render_template(
        "administration/standing_orders.html", body=body, orders=orders, usual=usual, provisions=PROVISIONS,
        fixed=[name for name in PROVISIONS if standing_orders.is_fixed(body, name)], names=names, stand=stand,
        consenting=consenting, suffix=BASIS, values={**current, **(typed or {})}, error=error,
        errors=error.fields if isinstance(error, Invalid) else {}, kinds=bodies.KINDS,
    )


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return str(value)


def _body(work: Work, key: str) -> Body:
    body = bodies.find(work, key)
    if body is None or body.kind not in MEETS:
        raise NotFound("Ein Gremium mit Geschäftsordnung gibt es unter dieser Adresse nicht. Stellen und Rollen tagen "
                       "nicht.", "There is no body with standing orders at this address. Offices and roles do not "
                       "meet.")
    return body
