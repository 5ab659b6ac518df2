"""The author of an idea, known by nothing but a private link: follow it, answer, add, withdraw."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.definitions import forms
from engine.errors import EngineError, Invalid
from engine.ideas import dialogues, letters, statuses
from engine.ideas import ideas as store
from web import auth
from web.printing import printed
from web.public import about
from web.schemas import ADDENDUM, ANSWER
from web.typed import typed

area = Blueprint("private", __name__)


@area.get("/meine-idee/<token>")
def show(token: str) -> ResponseReturnValue:
    """The author's own page of an idea."""
    return _page(token)


@area.get("/meine-idee/<token>/eingang")
def receipt(token: str) -> ResponseReturnValue:
    """The receipt: the idea's number and the private link, to be written down."""
    with auth.look() as work:
        idea = store.by_token(work, token)
        contact = store.contact_of(work, idea.id)
    link = auth.house().settings.base_url.rstrip("/") + url_for("private.show", token=token)
    return render_template("private/receipt.html", idea=idea, token=token, link=link, contact=contact)


@area.get("/meine-idee/<token>/brief")
def letter(token: str) -> ResponseReturnValue:
    """The letter on the latest decision."""
    with auth.look() as work:
        shown = letters.document(work, store.by_token(work, token))
    return render_template("private/letter.html", document=shown, token=token)


@area.get("/meine-idee/<token>/brief.pdf")
def letter_pdf(token: str) -> ResponseReturnValue:
    """The letter as a file."""
    with auth.look() as work:
        idea = store.by_token(work, token)
        return printed(letters.document(work, idea), f"brief-{idea.number}")


@area.post("/meine-idee/<token>/antwort")
def answer(token: str) -> ResponseReturnValue:
    """Answer the question that is open."""
    values = typed(ANSWER)
    try:
        text = forms.read(ANSWER, values).values["text"]
        with auth.work() as work:
            dialogues.answer(work, token, text)
    except Invalid as error:
        return _page(token, answer=values, error=error), 422
    flash(_("Danke, Ihre Antwort ist angekommen."), "success")
    return redirect(url_for("private.show", token=token), 303)


@area.post("/meine-idee/<token>/fristverlaengerung")
def extension(token: str) -> ResponseReturnValue:
    """Ask for more time to answer; possible once."""
    with auth.work() as work:
        dialogues.ask_extension(work, token)
    flash(_("Sie haben mehr Zeit. Die neue Frist steht bei der Frage."), "success")
    return redirect(url_for("private.show", token=token), 303)


@area.post("/meine-idee/<token>/nachtrag")
def addendum(token: str) -> ResponseReturnValue:
    """Add to the idea; what was handed in stays as it was."""
    values = typed(ADDENDUM)
    try:
        text = forms.read(ADDENDUM, values).values["text"]
        with auth.work() as work:
            dialogues.add_addendum(work, token, text)
    except Invalid as error:
        return _page(token, addendum=values, error=error), 422
    flash(_("Ihr Nachtrag ist angekommen."), "success")
    return redirect(url_for("private.show", token=token), 303)


@area.get("/meine-idee/<token>/rueckzug")
def withdrawal(token: str) -> ResponseReturnValue:
    """Ask once more before an idea is withdrawn."""
    with auth.look() as work:
        idea = store.by_token(work, token)
        possible = dialogues.WITHDRAWN in dialogues.possible(work, idea)
    return render_template("private/withdrawal.html", idea=idea, token=token, possible=possible)


@area.post("/meine-idee/<token>/rueckzug")
def withdraw(token: str) -> ResponseReturnValue:
    """Withdraw the idea."""
    with auth.work() as work:
        done = dialogues.withdraw(work, token).status in statuses.FINAL
    flash(_("Ihre Idee ist zurückgezogen.") if done else
          _("Ihr Rückzug ist angekommen. Die Bearbeitung ruht gerade; er gilt, sobald sie weitergeht."), "success")
    return redirect(url_for("private.show", token=token), 303)


@area.get("/kontakt/<token>")
def contact(token: str) -> ResponseReturnValue:
    """Ask for a click before a mail address counts as confirmed: mail scanners follow links, too."""
    return render_template("private/contact.html", token=token, confirmed=False)


@area.post("/kontakt/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm the mail address the link was sent to."""
    with auth.work() as work:
        dialogues.confirm_contact(work, token)
    return render_template("private/contact.html", token=token, confirmed=True)


def _page(
    token: str, *, answer: dict[str, Any] | None = None, addendum: dict[str, Any] | None = None,
    error: EngineError | None = None,
) -> str:
    with auth.look() as work:
        idea = store.by_token(work, token)
        shown = about(work, idea) | {
            "decided": letters.latest(work, idea) is not None,
            "questions": dialogues.questions(work, idea.id), "addenda": dialogues.addenda(work, idea.id),
            "contact": store.contact_of(work, idea.id), "possible": dialogues.possible(work, idea),
        }
    return render_template(
        "private/show.html", token=token, answer_form=ANSWER.components, addendum_form=ADDENDUM.components,
        answer=answer, addendum=addendum, error=error, errors=getattr(error, "fields", {}), **shown,
    )
