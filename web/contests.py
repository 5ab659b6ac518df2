"""Contests: anybody reads what is asked and takes part; the office plans them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid
from engine.ideas import contests
from engine.ideas.ideas import Idea
from engine.runtime import tasks
from web import auth
from web.public import idea_form, read_idea
from web.schemas import IDEA
from web.typed import typed

area = Blueprint("contests", __name__, url_prefix="/wettbewerbe")


@area.get("")
def index() -> ResponseReturnValue:
    """All contests, the latest first."""
    with auth.look() as work:
        found = contests.listing(work)
    return render_template("contests/index.html", contests=found, states=contests.STATES)


@area.post("")
@auth.needs("contest")
def plan() -> ResponseReturnValue:
    """Begin a contest; its first task is to write the announcement."""
    with auth.work() as work:
        instance = contests.begin(work)
        waiting = tasks.siblings_open(work, instance.id)
    flash(_("Der Wettbewerb ist angelegt. Bitte schreiben Sie jetzt die Ausschreibung."), "success")
    return redirect(url_for("inbox.show", task_id=waiting[0].id) if waiting else url_for("inbox.index"), 303)


@area.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """One contest: the question, the window, the criteria, who takes part, and in the end who has won and why."""
    with auth.look() as work:
        contest = contests.by_key(work, key)
        decided = contest.state == "abgeschlossen"
        ranked = [(row, work.get(Idea, row.idea_id)) for row in contests.results(work, contest)] if decided else []
        shown = {
            "contest": contest, "open": contest.open_at(work.now), "ideas": contests.of_contest(work, contest),
            "ranked": [(row, idea) for row, idea in ranked if idea.public], "decided": decided,
        }
    return render_template("contests/show.html", **shown, states=contests.STATES, criteria=contests.CRITERIA)


@area.get("/<key>/idee")
def new_idea(key: str) -> ResponseReturnValue:
    """The form to take part, as long as the window is open."""
    with auth.look() as work:
        contest = contests.by_key(work, key)
        if not contest.open_at(work.now):
            return redirect(url_for("contests.show", key=key), 303)
    return idea_form(url_for("contests.hand_in", key=key), contest=contest)


@area.post("/<key>/idee")
def hand_in(key: str) -> ResponseReturnValue:
    """Take part; an idea that comes too late goes into the idea store like any other, and its author is told."""
    values = typed(IDEA)
    try:
        said = read_idea(values)
        with auth.work() as work:
            _idea, token, in_time = contests.hand_in(work, key, **said)
    except Invalid as error:
        with auth.look() as work:
            contest = contests.by_key(work, key)
        return idea_form(url_for("contests.hand_in", key=key), values, error, contest), 422
    if not in_time:
        flash(_("Der Wettbewerb nimmt gerade keine Ideen an. Ihre Idee ist trotzdem angekommen: Sie steht im "
                "Ideenspeicher und wird geprüft wie jede andere."), "info")
    return redirect(url_for("private.receipt", token=token), 303)
