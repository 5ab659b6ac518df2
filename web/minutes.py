"""A meeting's minutes: the office completes them, two sign, members read them and object."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import agendas, deadlines, meetings, minutes
from engine.council.meetings import Meeting
from engine.errors import Conflict, EngineError, Invalid, NotFound
from engine.identity import bodies, people
from engine.identity.bodies import Body
from engine.runtime import tasks
from engine.work import Work
from web import auth, errors
from web.meetings import minutes_file

area = Blueprint("minutes", __name__)
area.before_request(auth.required)


@area.get("/sitzungsdienst/<uuid:meeting_id>/niederschrift")
@auth.needs("council")
def office(meeting_id: UUID) -> ResponseReturnValue:
    """The minutes for the office: what the evening says by itself, what it adds, and who has signed."""
    return _office_page(meeting_id)


@area.post("/sitzungsdienst/<uuid:meeting_id>/niederschrift")
@auth.needs("council")
def remark(meeting_id: UUID) -> ResponseReturnValue:
    """Keep what the office adds; of minutes that were sent this makes a corrected version."""
    typed = {key.removeprefix("zu-"): text for key, text in request.form.items() if key.startswith("zu-")}
    act = minutes.correct if request.form.get("berichtigen") else minutes.remark
    return _office_act(meeting_id, lambda work: act(work, meeting_id, {key if key != "verlauf" else "": text
                                                                      for key, text in typed.items()}),
                       _("Die Niederschrift ist gespeichert. Bitte lassen Sie sie unterschreiben."), typed)


@area.post("/sitzungsdienst/<uuid:meeting_id>/niederschrift/unterschrift")
@auth.needs("council")
def note_signature(meeting_id: UUID) -> ResponseReturnValue:
    """Note that chair or recorder has signed on paper, or sign as recorder."""
    return _office_act(meeting_id, lambda work: minutes.sign(work, meeting_id, _part()),
                       _("Die Unterschrift ist festgehalten."))


@area.post("/sitzungsdienst/<uuid:meeting_id>/niederschrift/versand")
@auth.needs("council")
def send(meeting_id: UUID) -> ResponseReturnValue:
    """Send a corrected version, which no task asks for."""
    return _office_act(meeting_id, lambda work: minutes.send_correction(work, meeting_id),
                       _("Die Berichtigung ist verschickt und veröffentlicht."))


@area.get("/sitzungsdienst/<uuid:meeting_id>/niederschrift.pdf")
@auth.needs("council")
def office_pdf(meeting_id: UUID) -> ResponseReturnValue:
    """The whole minutes as a file; "fassung" asks for an older version."""
    with auth.look() as work:
        meetings.require_office(work)
        meeting = meetings.show(work, meeting_id)
        return minutes_file(work, meeting, minutes.document(work, meeting, public=False, version=_version()))


@area.get("/meine-sitzungen/<uuid:meeting_id>/niederschrift")
def member(meeting_id: UUID) -> ResponseReturnValue:
    """The minutes for a member: to read, as the chair to sign, and to object to."""
    return _member_page(meeting_id)


@area.post("/meine-sitzungen/<uuid:meeting_id>/niederschrift")
def sign(meeting_id: UUID) -> ResponseReturnValue:
    """Sign as the one who chaired the meeting, or who wrote its minutes."""
    return _member_act(meeting_id, lambda work: minutes.sign(work, meeting_id, _part()),
                       _("Vielen Dank, Ihre Unterschrift ist festgehalten."))


@area.post("/meine-sitzungen/<uuid:meeting_id>/niederschrift/einwendung")
def object_to(meeting_id: UUID) -> ResponseReturnValue:
    """Object to the minutes; the body decides on it in its next meeting."""
    text = request.form.get("objection", "")
    return _member_act(meeting_id, lambda work: minutes.object_to(work, meeting_id, text),
                       _("Ihre Einwendung ist angekommen. Das Gremium entscheidet in der nächsten Sitzung darüber."),
                       text)


@area.get("/meine-sitzungen/<uuid:meeting_id>/niederschrift.pdf")
def member_pdf(meeting_id: UUID) -> ResponseReturnValue:
    """The whole minutes as a file, for members."""
    with auth.look() as work:
        meeting = meetings.show(work, meeting_id)
        meetings.require_member(work, meeting)
        _require_readable(work, meeting)
        return minutes_file(work, meeting, minutes.document(work, meeting, public=False, version=_version()))


def _office_page(meeting_id: UUID, typed: dict[str, str] | None = None, error: EngineError | None = None) -> str:
    with auth.look() as work:
        meetings.require_office(work)
        meeting = meetings.show(work, meeting_id)
        if meeting.state != "durchgefuehrt":
            raise NotFound("Die Niederschrift entsteht, wenn die Sitzung geschlossen ist. Bitte schließen Sie sie "
                           "zuerst auf dem Blatt des Abends.",
                           "The minutes come into being when the meeting is closed. Please close it on the evening's "
                           "sheet first.")
        items, row = agendas.of(work, meeting), minutes.of(work, meeting)
        kept = {key or "verlauf": text for key, text in (row.remarks if row is not None else {}).items()}
        waiting = tasks.siblings_open(work, meeting.instance_id) if meeting.instance_id is not None else []
        shown = {
            **_common(work, meeting, row), "items": items, "numbers": agendas.numbers(items),
            "remarks": typed if typed is not None else kept,
            "task": next((task for task in waiting if task.element == "m_niederschrift"), None),
            "limit": deadlines.minutes_limit(meeting.day), "today": bodies.today(work),
        }
    return render_template("minutes/office.html", **shown, error=error)


def _member_page(meeting_id: UUID, typed: str = "", error: EngineError | None = None) -> str:
    with auth.look() as work:
        meeting = meetings.show(work, meeting_id)
        meetings.require_member(work, meeting)
        _require_readable(work, meeting)
        row, me = minutes.of(work, meeting), work.actor.id
        part = "chair" if me == meeting.chair_id else "recorder" if me == meeting.recorder_id else ""
        signed = {"chair": row.chair_signed_at, "recorder": row.recorder_signed_at} if row is not None else {}
        shown = {**_common(work, meeting, row), "part": part if not signed.get(part) else "", "typed": typed}
    return render_template("minutes/member.html", **shown, error=error,
                           errors=error.fields if isinstance(error, Invalid) else {})


def _common(work: Work, meeting: Meeting, row: minutes.Minutes | None) -> dict[str, Any]:
    known = {one for one in (meeting.chair_id, meeting.recorder_id) if one}
    said = row.objections if row is not None else []
    names = people.names(work, known | {UUID(one["person"]) for one in said})
    return {"meeting": meeting, "body": work.get(Body, meeting.body_id), "row": row,
            "document": minutes.document(work, meeting, public=False), "versions": minutes.versions(work, meeting),
            "names": names, "objections": [(names.get(UUID(one["person"]), ""), one["text"]) for one in said]}


def _require_readable(work: Work, meeting: Meeting) -> None:
    """Whoever signs reads the draft; the other members read what was sent."""
    sent = minutes.published(work, meeting) is not None
    if not sent and (meeting.state != "durchgefuehrt" or work.actor.id not in (meeting.chair_id, meeting.recorder_id)):
        raise NotFound("Die Niederschrift liegt noch nicht vor. Sie bekommen eine Nachricht, sobald sie verschickt "
                       "ist.", "The minutes are not there yet. You will get a message when they are sent.")


def _office_act(meeting_id: UUID, act: Callable[[Work], object], done: str,
                typed: dict[str, str] | None = None) -> ResponseReturnValue:
    try:
        with auth.work() as work:
            act(work)
    except (Invalid, Conflict) as error:
        return _office_page(meeting_id, typed, error), errors.status_of(error)
    flash(done, "success")
    return redirect(url_for("minutes.office", meeting_id=meeting_id), 303)


def _member_act(meeting_id: UUID, act: Callable[[Work], object], done: str, typed: str = "") -> ResponseReturnValue:
    try:
        with auth.work() as work:
            act(work)
    except (Invalid, Conflict) as error:
        return _member_page(meeting_id, typed, error), errors.status_of(error)
    flash(done, "success")
    return redirect(url_for("minutes.member", meeting_id=meeting_id), 303)


def _part() -> str:
    return "chair" if request.form.get("teil") == "chair" else "recorder"


def _version() -> int | None:
    asked = request.args.get("fassung", "")
    return int(asked) if re.fullmatch(r"[0-9]{1,4}", asked) else None
