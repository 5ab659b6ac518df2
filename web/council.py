"""The council's office: the year's calendar, agendas, invitations and where each meeting stands."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import spiff
from engine.council import agendas, ballots, calendars, deadlines, invitations, meetings, standing_orders
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.definitions import forms
from engine.errors import Conflict, Invalid, Sentence
from engine.identity import bodies, people
from engine.identity.bodies import BERLIN, MEETING, Body
from engine.runtime import tasks
from engine.work import Work
from web import auth
from web.council_forms import CANCEL, ITEM, MONTHS, MOVE, RULE, date_form
from web.typed import filters, number, typed

area = Blueprint("council", __name__, url_prefix="/sitzungsdienst")
area.before_request(auth.required)

RIGHT = "council"
EVENING = ("eingeladen", "laeuft", "durchgefuehrt")
"""In which states a meeting has a sheet of its evening."""
A_YEAR = 500
"""More meetings than a county has in a year."""


@area.get("")
@auth.needs(RIGHT)
def index() -> ResponseReturnValue:
    """The year's calendar of all bodies, with what is odd about a date."""
    return _calendar_page()


@area.post("/termine")
@auth.needs(RIGHT)
def add_date() -> ResponseReturnValue:
    """Add a single date."""
    with auth.look() as work:
        form = date_form(_meeting_bodies(work))
    values = typed(form)
    try:
        answers = forms.read(form, values).values
        with auth.work() as work:
            body = meetings.body_of(work, answers["body"])
            meeting = meetings.plan(work, body, _moment(answers), place=answers["place"] or "")
            known = calendars.of(work, body) is not None
            if not known:
                calendars.set_rule(work, body, months=[], place=answers["place"] or "")
    except Invalid as error:
        return _calendar_page(values, _at_day(error)), 422
    flash(_("Der Termin steht im Kalender. Die Sitzung wird gleich anberaumt."), "success")
    return redirect(url_for("council.show", meeting_id=meeting.id), 303)


@area.get("/gremien/<key>")
@auth.needs(RIGHT)
def rule(key: str) -> ResponseReturnValue:
    """A body's rhythm, in words and as a form, with the dates it gives."""
    return _rule_page(key)


@area.post("/gremien/<key>")
@auth.needs(RIGHT)
def set_rule(key: str) -> ResponseReturnValue:
    """Change a body's rhythm."""
    values = typed(RULE)
    try:
        answers = forms.read(RULE, values).values
        hour, minute = _clock(answers["time"])
        with auth.work() as work:
            body = meetings.body_of(work, key)
            meetings.forget_planned(work, body)
            calendars.set_rule(work, body, months=[int(month) for month in answers["months"]],
                               ordinal=answers["ordinal"], weekday=answers["weekday"], hour=hour, minute=minute,
                               place=answers["place"] or "")
    except Invalid as error:
        return _rule_page(key, values, error), 422
    flash(_("Der Kalender ist gespeichert. Schon anberaumte Sitzungen bleiben, wie sie sind."), "success")
    return redirect(url_for("council.rule", key=key), 303)


@area.get("/<uuid:meeting_id>")
@auth.needs(RIGHT)
def show(meeting_id: UUID) -> ResponseReturnValue:
    """One meeting: where it stands, what is next and until when."""
    return _meeting_page(meeting_id)


@area.post("/<uuid:meeting_id>/verlegung")
@auth.needs(RIGHT)
def move(meeting_id: UUID) -> ResponseReturnValue:
    """Give the meeting another date."""
    values = typed(MOVE)
    return _act(meeting_id, lambda work: _moved(work, meeting_id, values), "move", values,
                _("Die Sitzung ist verlegt. Die Ladungsfrist beginnt von vorn; laden Sie bitte neu ein."))


@area.post("/<uuid:meeting_id>/absage")
@auth.needs(RIGHT)
def cancel(meeting_id: UUID) -> ResponseReturnValue:
    """Call the meeting off."""
    values = typed(CANCEL)
    return _act(meeting_id, lambda work: meetings.cancel(
        work, meeting_id, reason=forms.read(CANCEL, values).values["cancel_reason"]), "cancel", values,
        _("Die Sitzung ist abgesagt. Ihre Punkte kommen in die nächste."))


@area.post("/<uuid:meeting_id>/punkte")
@auth.needs(RIGHT)
def add_item(meeting_id: UUID) -> ResponseReturnValue:
    """Put an item on the agenda by hand."""
    values = typed(ITEM)
    return _act(meeting_id, lambda work: agendas.add(work, meeting_id, **_item(values)), "item", values,
                _("Der Punkt steht auf der Tagesordnung."))


@area.get("/punkte/<uuid:item_id>")
@auth.needs(RIGHT)
def item(item_id: UUID) -> ResponseReturnValue:
    """The form to change an item."""
    return _item_page(item_id)


@area.post("/punkte/<uuid:item_id>")
@auth.needs(RIGHT)
def change_item(item_id: UUID) -> ResponseReturnValue:
    """Change an item; nothing typed is lost if somebody else was faster."""
    values = typed(ITEM)
    try:
        with auth.work() as work:
            found = agendas.change(work, item_id, number(request.form.get("version"), 0), **_item(values))
            meeting_id = found.meeting_id
    except (Invalid, Conflict) as error:
        return _item_page(item_id, values, error), 422 if isinstance(error, Invalid) else 409
    flash(_("Der Punkt ist gespeichert."), "success")
    return redirect(url_for("council.show", meeting_id=meeting_id) + "#tagesordnung", 303)


@area.post("/punkte/<uuid:item_id>/platz")
@auth.needs(RIGHT)
def move_item(item_id: UUID) -> ResponseReturnValue:
    """Give an item another place."""
    with auth.work() as work:
        found = agendas.move_to(work, item_id, number(request.form.get("platz")))
        meeting_id = found.meeting_id
    return redirect(url_for("council.show", meeting_id=meeting_id) + "#tagesordnung", 303)


@area.post("/punkte/<uuid:item_id>/absetzung")
@auth.needs(RIGHT)
def take_off(item_id: UUID) -> ResponseReturnValue:
    """Take an item off the agenda before the invitation."""
    with auth.look() as work:
        meeting_id = work.get(AgendaItem, item_id).meeting_id
    return _act(meeting_id, lambda work: agendas.take_off(work, item_id, reason=request.form.get("grund", "")), "",
                {}, _("Der Punkt ist abgesetzt."))


@area.post("/einladungen/<uuid:invitation_id>/zugang")
@auth.needs(RIGHT)
def received(invitation_id: UUID) -> ResponseReturnValue:
    """Note when an invitation was received."""
    with auth.look() as work:
        meeting_id = work.get(invitations.Invitation, invitation_id).meeting_id
    said = request.form.get("tag", "")
    return _act(meeting_id, lambda work: invitations.received(work, invitation_id, _noon(said)), "", {},
                _("Der Zugang ist festgehalten."))


def _act(
    meeting_id: UUID, act: Callable[[Work], Any], which: str, values: dict[str, Any], said: str
) -> ResponseReturnValue:
    try:
        with auth.work() as work:
            act(work)
    except (Invalid, Conflict) as error:
        return _meeting_page(meeting_id, which, values, _at_day(error)), 422 if isinstance(error, Invalid) else 409
    flash(said, "success")
    return redirect(url_for("council.show", meeting_id=meeting_id), 303)


def _moved(work: Work, meeting_id: UUID, values: dict[str, Any]) -> None:
    answers = forms.read(MOVE, values).values
    meetings.move(work, meeting_id, _moment(answers), place=answers["place"] or "", reason=answers["reason"])


def _item(values: dict[str, Any]) -> dict[str, Any]:
    answers = forms.read(ITEM, values).values
    return {
        "title": answers["title"], "role": answers["role"], "public": answers["public"] == "ja",
        "public_reason": answers["public_reason"] or "", "majority": answers["majority"],
        "proposal": answers["proposal"] or "", "note": answers["note"] or "", "urgent": bool(answers["urgent"]),
    }


def _calendar_page(values: dict[str, Any] | None = None, error: Any = None) -> str:
    with auth.look() as work:
        today = bodies.today(work)
        year = number(request.args.get("jahr"), today.year)
        chosen = request.args.get("gremium", "")
        body = bodies.find(work, chosen) if chosen else None
        start = datetime(year, 1, 1, tzinfo=BERLIN)
        rows = meetings.listing(work, body=body, since=start, until=datetime(year + 1, 1, 1, tzinfo=BERLIN),
                                size=A_YEAR).rows
        months: dict[int, list[tuple[Meeting, list[str]]]] = {}
        for row in rows:
            months.setdefault(row.day.month, []).append((row, _oddities(row, rows)))
        shown = {
            "months": months, "year": year, "today": today, "chosen": chosen, "groups": _meeting_bodies(work),
            "components": date_form(_meeting_bodies(work)).components,
            "named": {one.id: one for one in bodies.listing(work)},
        }
    return render_template("council/index.html", **shown, values=values or {}, error=error, query=filters("jahr"),
                           errors=error.fields if isinstance(error, Invalid) else {}, states=meetings.STATES,
                           month_names=MONTHS)


def _rule_page(key: str, values: dict[str, Any] | None = None, error: Any = None) -> str:
    with auth.look() as work:
        body = meetings.body_of(work, key)
        calendar = calendars.of(work, body)
        coming = calendars.dates(calendar, work.now, work.now + timedelta(days=366)) if calendar else []
        current: dict[str, Any] = {"ordinal": "2nd", "weekday": "tue", "time": "17:00"}
        if calendar is not None:
            current = {"months": [str(month) for month in calendar.months], "ordinal": calendar.ordinal,
                       "weekday": calendar.weekday, "time": f"{calendar.hour:02}:{calendar.minute:02}",
                       "place": calendar.place}
    return render_template(
        "council/rule.html", body=body, calendar=calendar, coming=coming, components=RULE.components,
        values=values or current, error=error, errors=error.fields if error else {}, ordinals=calendars.ORDINALS,
        weekdays=calendars.WEEKDAYS,
    )


def _meeting_page(meeting_id: UUID, which: str = "", values: dict[str, Any] | None = None, error: Any = None) -> str:
    with auth.look() as work:
        meeting = meetings.show(work, meeting_id)
        body = work.get(Body, meeting.body_id)
        orders = standing_orders.of(work, body)
        items = agendas.of(work, meeting)
        waiting = tasks.siblings_open(work, meeting.instance_id) if meeting.instance_id else []
        invited = invitations.of(work, meeting)
        shown = {
            "meeting": meeting, "body": body, "items": items, "numbers": agendas.numbers(items), "waiting": waiting,
            "invited": invited, "late": {row.id for row, _person in invitations.late(work, meeting)},
            "votes": {item.id: ballots.decisive(work, item) for item in items if item.result},
            "last_day": deadlines.last_receipt_day(meeting.day, orders.notice_days), "orders": orders,
            "urgent_day": deadlines.last_receipt_day(meeting.day, orders.urgent_days),
            "minutes_limit": deadlines.minutes_limit(meeting.day), "today": bodies.today(work),
            "names": people.names(work, {one for one in (meeting.chair_id, meeting.recorder_id) if one}),
            "missing": _missing(work, meeting, body, items),
            "deputies": people.names(work, {row.deputy_id for row, _person in invited if row.deputy_id}),
        }
    errors = error.fields if isinstance(error, Invalid) else {}
    evening = meeting.state in EVENING
    sheet = url_for("evening.sheet", meeting_id=meeting_id) if evening else None
    return render_template(
        "council/meeting.html", **shown, sheet=sheet, states=meetings.STATES, forms_of=meetings.FORMS,
        roles=agendas.ROLES, results=agendas.RESULTS, answers=invitations.ANSWERS, move=MOVE.components,
        cancel=CANCEL.components,
        item=ITEM.components, which=which, values=values or {}, error=error, errors=errors,
    )


def _item_page(item_id: UUID, values: dict[str, Any] | None = None, error: Any = None) -> str:
    with auth.look() as work:
        found = work.get(AgendaItem, item_id)
        meeting = meetings.show(work, found.meeting_id)
        body = work.get(Body, meeting.body_id)
    current = {
        "title": found.title, "role": found.role, "public": "ja" if found.public else "nein",
        "public_reason": found.public_reason, "majority": found.majority, "proposal": found.proposal,
        "note": found.note, "urgent": "true" if found.urgent else "",
    }
    return render_template("council/item.html", item=found, meeting=meeting, body=body, components=ITEM.components,
                           values=values or current, current=current, error=error,
                           errors=error.fields if isinstance(error, Invalid) else {})


def _missing(work: Work, meeting: Meeting, body: Body, items: list[AgendaItem]) -> list[str]:
    """What the office should see to before it invites."""
    said = []
    if not any(seat.function in ("chair", "deputy_chair") for seat, _person in
               bodies.members_on(work, body, meeting.day)):
        said.append(_("Das Gremium hat niemanden im Vorsitz (§ 29 LKO). Bitte lassen Sie in der Verwaltung einen Sitz "
                      "mit dieser Funktion vergeben."))
    said += [_("„%(title)s“ hat keinen Beschlussvorschlag.", title=item.title) for item in items
             if item.role == "entscheidung" and not item.proposal and item.result is None]
    if not meeting.place:
        said.append(_("Der Ort der Sitzung fehlt."))
    return said


def _oddities(meeting: Meeting, rows: list[Meeting]) -> list[str]:
    said = []
    if not spiff.is_working_day(meeting.day):
        said.append(_("Feiertag oder Wochenende"))
    if any(other.id != meeting.id and other.starts_at == meeting.starts_at and other.state != "abgesagt"
           for other in rows):
        said.append(_("zur selben Zeit tagt ein anderes Gremium"))
    return said


def _meeting_bodies(work: Work) -> list[tuple[str, str]]:
    today = bodies.today(work)
    return [(body.key, body.name) for body in bodies.listing(work)
            if body.kind in MEETING and (body.valid_to is None or body.valid_to >= today)]


def _clock(text: str) -> tuple[int, int]:
    try:
        parsed = time.fromisoformat(text.strip().zfill(5))
    except ValueError as error:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields={
                          "time": [Sentence("Bitte geben Sie eine Uhrzeit ein, zum Beispiel 17:00.",
                                            "Please enter a time such as 17:00.")]}) from error
    return parsed.hour, parsed.minute


def _moment(answers: dict[str, Any]) -> datetime:
    hour, minute = _clock(answers["time"])
    day: date = answers["day"]
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def _noon(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(12), BERLIN) if text else None
    except ValueError as error:
        raise Invalid("Bitte geben Sie den Tag des Zugangs an.", "Please enter the day of receipt.") from error


def _at_day(error: Any) -> Any:
    """What is wrong with a meeting's moment, at the field for its day."""
    if isinstance(error, Invalid) and "starts_at" in error.fields:
        error.fields["day"] = error.fields.pop("starts_at")
    return error
