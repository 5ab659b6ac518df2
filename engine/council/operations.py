"""What service tasks of a diagram can do for a body: the operations `council/…`.

Each takes the work, the instance and the arguments as drawn, and returns plain
values that become process data.  What the law forbids is refused here with its
paragraph; it comes back to whoever completed the task before, with nothing
written.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from engine.council import (
    agendas,
    attendance,
    ballots,
    deadlines,
    invitations,
    meetings,
    minutes,
    papers,
    standing_orders,
)
from engine.council.agendas import AgendaItem
from engine.council.meetings import Meeting
from engine.errors import Invalid
from engine.identity import bodies
from engine.identity.bodies import BERLIN, Body
from engine.runtime import messages
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]
OFFICE_HOUR = time(8)
"""When reminders that belong to a day are due."""
NEW_DAY = "top_termin"
"""The message that tells a waiting process on which other day its item comes up."""
LOOK_AGAIN = timedelta(days=182)
"""After what time a calendar without a date looks again, even if nobody changed it."""


def next_date(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: gremium. Returns sitzung_id and anberaumen_am: which meeting to convene next, and when.

    Where no date is known sitzung_id is None, and anberaumen_am the day to look again. aufgeloest: whether the
    body's time has ended.
    """
    body = meetings.body_of(work, str(arguments.get("gremium") or ""))
    found, moment = meetings.plan_by_rule(work, body)
    return {
        "sitzung_id": str(found.id) if found is not None else None,
        "anberaumen_am": _iso(moment or work.now + LOOK_AGAIN),
        "aufgeloest": body.valid_to is not None and body.valid_to < bodies.today(work),
    }


def convene(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Convene a planned meeting; its own instance is on its way. Arguments: sitzung_id."""
    _meeting(work, arguments).state = "terminiert"
    return {}


def open_cycle(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Let the instance lead the meeting. Arguments: sitzung_id. Returns what its timers and gateways need."""
    meeting = _meeting(work, arguments)
    meetings.attach(work, meeting, instance)
    agendas.formalities(work, meeting, instance)
    if meeting.sequence:
        _tell_day(work, meeting, instance, agendas.of(work, meeting))
        invitations.tell_change(work, meeting, "meeting_moved")
    body = work.get(Body, meeting.body_id)
    orders = standing_orders.of(work, body)
    last = deadlines.last_receipt_day(meeting.day, orders.notice_days)
    return {
        "gremium": body.key, "gremium_name": body.name, "beginn": _iso(meeting.starts_at), "ort": meeting.place,
        "redaktionsschluss": _iso(meeting.editorial_at), "ladungsfrist_tage": orders.notice_days,
        "letzter_zugang": last.isoformat(), "einladen_bis": f"{last:%d.%m.%Y}",
        "einladen_erinnern": _iso(datetime.combine(last, OFFICE_HOUR, BERLIN)),
        "zustimmung": orders.agenda_consent, "organ": body.kind == "organ",
    }


def next_meeting(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: gremium, eilig. Returns sitzung_id and termin (an ISO date) of its next open meeting, or None.

    Urgent matters are taken up until the invitation, not only until the editorial deadline.
    """
    found = meetings.next_open(work, str(arguments.get("gremium") or ""), urgent=arguments.get("eilig") is True)
    return {"sitzung_id": str(found.id) if found is not None else None,
            "termin": found.day.isoformat() if found is not None else None}


def register_item(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Put a registered item on the agenda. Arguments: sitzung_id, meldung (the message `top_angemeldet`).

    Returns sitzung_id: the meeting that took it up.
    """
    said: Arguments = arguments.get("meldung") or {}
    idea = said.get("idee_id")
    item = agendas.register(
        work, _meeting(work, arguments), instance, title=str(said.get("titel") or ""),
        answer_to=str(said["antwort_an"]) if said.get("antwort_an") else None,
        role=_known(said.get("rolle"), agendas.ROLES, "entscheidung"),
        public=said.get("oeffentlich", True) is not False,
        public_reason=str(said.get("nichtoeffentlich_grund") or ""), proposal=str(said.get("beschlussvorschlag") or ""),
        paper_number=str(said.get("vorlagennummer") or ""), subject_id=UUID(str(idea)) if idea else None,
        business_key=str(said.get("nummer") or ""), urgent=bool(said.get("eilig")),
        second_invitation=bool(said.get("zweite_ladung")),
        majority=_known(said.get("mehrheit"), agendas.MAJORITIES, "einfach"), note=str(said.get("hinweis") or ""),
    )
    if item.meeting_id != _meeting(work, arguments).id:
        _tell_day(work, meetings.show(work, item.meeting_id), instance, [item])
    return {"sitzung_id": str(item.meeting_id)}


def notice_period(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: sitzung_id. Returns volle_tage between today and the meeting, ladungsfrist_tage, and a hinweis."""
    meeting = _meeting(work, arguments)
    orders = standing_orders.of(work, work.get(Body, meeting.body_id))
    last, urgent = (deadlines.last_receipt_day(meeting.day, days) for days in (orders.notice_days, orders.urgent_days))
    today = bodies.today(work)
    hint = ""
    if today > last:
        hint = (f"Die Ladungsfrist ist nicht mehr zu wahren: Die Einladung hätte spätestens am {last:%d.%m.%Y} zugehen "
                f"müssen ({orders.basis['notice_days']}). ")
        hint += (f"Bis zum {urgent:%d.%m.%Y} können Sie mit verkürzter Frist zu dringlichen Punkten einladen; sonst "
                 "verlegen Sie bitte die Sitzung." if today <= urgent else "Bitte verlegen Sie die Sitzung.")
    return {"volle_tage": deadlines.full_days(today, meeting.day), "ladungsfrist_tage": orders.notice_days,
            "letzter_tag": last.isoformat(), "hinweis": hint}


def invite(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Send the invitation. Arguments: sitzung_id, dringlich."""
    invitations.send(work, _meeting(work, arguments).id, urgent=arguments.get("dringlich") is True)
    return {}


def close_meeting(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Close the meeting. Arguments: sitzung_id. Returns punkte, told to who waits, and the minutes' days."""
    meeting = _meeting(work, arguments)
    items = agendas.close(work, meeting, instance)
    attendance.end(work, meeting)
    return {"punkte": _results(work, meeting, items), **_minutes_days(work, meeting)}


def cancel_meeting(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Adjourn the items of a meeting that was cancelled. Arguments: sitzung_id. Returns punkte, as close_meeting."""
    meeting = _meeting(work, arguments)
    invitations.tell_change(work, meeting, "meeting_cancelled")
    return {"punkte": _results(work, meeting, agendas.release(work, meeting, instance))}


def send_minutes(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Send the signed minutes to the members. Arguments: sitzung_id, erlaeuterung (needed after a month)."""
    minutes.send(work, _meeting(work, arguments), instance, str(arguments.get("erlaeuterung") or ""))
    return {}


def withdraw_item(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Take the items of a withdrawn matter off. Arguments: antwort_an, gewollt (False: nothing is done).

    Returns abgesetzt: False once members were invited or the matter is decided.
    """
    wanted = arguments.get("gewollt", True) is not False
    return {"abgesetzt": wanted and agendas.withdraw(work, str(arguments.get("antwort_an") or ""))}


def reserve_paper(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns vorlagennummer: the number of the instance's paper, the next free one of the year."""
    return {"vorlagennummer": papers.reserve(work, instance).number}


def file_paper(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """File a version of the instance's paper. Arguments: vorlagennummer, angaben (its form's values by name).

    Returns fassung.
    """
    said: Arguments = arguments.get("angaben") or {}
    row = papers.file(work, instance, str(arguments.get("vorlagennummer") or ""), said)
    return {"fassung": row.version}


def release_paper(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Release the latest version of the instance's paper to the bodies."""
    papers.release(work, instance)
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "council/next_date": next_date,
    "council/convene": convene,
    "council/open_cycle": open_cycle,
    "council/next_meeting": next_meeting,
    "council/register_item": register_item,
    "council/notice_period": notice_period,
    "council/invite": invite,
    "council/close_meeting": close_meeting,
    "council/cancel_meeting": cancel_meeting,
    "council/send_minutes": send_minutes,
    "council/withdraw_item": withdraw_item,
    "council/reserve_paper": reserve_paper,
    "council/file_paper": file_paper,
    "council/release_paper": release_paper,
}


def _meeting(work: Work, arguments: Arguments) -> Meeting:
    try:
        key = UUID(str(arguments.get("sitzung_id")))
    except ValueError as error:
        raise Invalid("Der Vorgang nennt keine Sitzung.", "The instance names no meeting.") from error
    return meetings.show(work, key)


def _tell_day(work: Work, meeting: Meeting, instance: Instance, items: list[AgendaItem]) -> None:
    # Whoever shows the day of an open item in public hears of another one.
    payload = {"sitzung": {"sitzung_id": str(meeting.id), "termin": meeting.day.isoformat()}}
    for item in items:
        waits = item.result is None and item.answer_to is not None
        if waits and messages.receiver(work, NEW_DAY, item.answer_to) is not None:
            messages.send(work, instance.id, NEW_DAY, item.answer_to, payload)


def _results(work: Work, meeting: Meeting, items: list[AgendaItem]) -> list[Arguments]:
    body, numbers = work.get(Body, meeting.body_id), agendas.numbers(agendas.of(work, meeting))
    return [
        {
            "antwort_an": item.answer_to, "sitzung_id": str(meeting.id), "gremium": body.key,
            "termin": meeting.day.isoformat(), "top": numbers[item.id], "ergebnis": item.result,
            "wortlaut": item.wording, "verwiesen_an": item.referred_to, **_votes(work, item),
            "rechtsgrundlage": str((item.ruling or {}).get("paragraph") or ""),
            "zurueckgezogen": item.withdrawn, "zweite_ladung": (item.ruling or {}).get("no_quorum") is True,
        }
        for item in items if item.answer_to
    ]


def _votes(work: Work, item: AgendaItem) -> Arguments:
    ballot = ballots.decisive(work, item)
    if ballot is None:
        return dict.fromkeys(("ja", "nein", "enthaltung", "ungueltig", "befangen"))
    return {"ja": ballot.yes, "nein": ballot.no, "enthaltung": ballot.abstained, "ungueltig": ballot.invalid,
            "befangen": ballot.excluded}


def _minutes_days(work: Work, meeting: Meeting) -> Arguments:
    orders = standing_orders.of(work, work.get(Body, meeting.body_id))
    limit = deadlines.minutes_limit(meeting.day)
    return {
        "niederschrift_bis": f"{limit:%d.%m.%Y}", "niederschrift_frist": _iso(deadlines.day_end(limit)),
        "niederschrift_erinnern": _iso(_morning(deadlines.minutes_due(meeting.day, orders.minutes_days))),
    }


def _morning(day: date) -> datetime:
    return datetime.combine(day, OFFICE_HOUR, BERLIN)


def _iso(moment: datetime) -> str:
    return moment.astimezone(BERLIN).isoformat()


def _known(value: Any, table: Mapping[str, Any], usual: str) -> str:
    return str(value) if value in table else usual
