"""The region's strategy and Digitale Agenda: anybody reads every version, the office begins changes."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Conflict
from engine.ideas import strategies
from engine.work import Work
from web import auth, errors
from web.language import say_error

area = Blueprint("strategy", __name__, url_prefix="/strategie")


@area.get("")
def index() -> ResponseReturnValue:
    """The version that holds, the older ones, and the agenda's continuations."""
    return _page()


@area.post("/aenderung")
@auth.needs("strategy")
def change() -> ResponseReturnValue:
    """Begin to change the strategy."""
    return _act(strategies.begin_change, _("Die Änderung ist angestoßen. Der Entwurf liegt jetzt in den Aufgaben."))


@area.post("/fortschreibung")
@auth.needs("strategy")
def continue_yearly() -> ResponseReturnValue:
    """Let the agenda be continued each year."""
    return _act(strategies.continue_yearly, _("Die Digitale Agenda wird jedes Jahr am Stichtag fortgeschrieben."))


@area.post("/fortschreibung/ende")
@auth.needs("strategy")
def stop() -> ResponseReturnValue:
    """End the yearly continuation."""
    return _act(strategies.stop_continuing, _("Die jährliche Fortschreibung ist eingestellt."))


def _page(error: Conflict | None = None) -> str:
    with auth.look() as work:
        shown = {"versions": strategies.versions(work), "editions": strategies.editions(work),
                 "continued": strategies.is_continued(work), "next_day": strategies.next_day(work)}
    return render_template("strategy/index.html", **shown, error=say_error(error) if error is not None else "")


def _act(act: Callable[[Work], object], done: str) -> ResponseReturnValue:
    try:
        with auth.work() as work:
            act(work)
    except Conflict as error:
        return _page(error), errors.status_of(error)
    flash(done, "success")
    return redirect(url_for("strategy.index"), 303)
