"""The sheet of the evening itself: who is there, item after item, votes, results; each entry is saved at once.

Plain forms, one act each. Every form carries the id of its entry: a script may
keep entries while the connection is down and send them again, and what was
taken once is not done twice.
"""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import agendas, attendance, ballots, entries, invitations, meetings, motions, recusals, sessions
from engine.council.agendas import AgendaItem
from engine.council.ballots import Ballot, Count
from engine.council.meetings import Meeting
from engine.errors import Conflict, Invalid, Sentence
from engine.identity.bodies import BERLIN
from engine.runtime.instances import Instance
from engine.work import Work
from web import auth, errors
from web.evening_page import page
from web.language import say

area = Blueprint("evening", __name__, url_prefix="/sitzungsdienst/<uuid:meeting_id>/abend")
area.before_request(auth.required)

RIGHT = "council"
COUNTS = ("ja", "nein", "enthaltung", "ungueltig")
"""The numbers of a vote, in the order of the minutes."""


@area.get("")
@auth.needs(RIGHT)
def sheet(meeting_id: UUID) -> ResponseReturnValue:
    """The sheet with one item open: the one that is asked for, else the next without a result."""
    return page(meeting_id, _asked_for())


@area.get("/stand")
@auth.needs(RIGHT)
def state(meeting_id: UUID) -> ResponseReturnValue:
    """How much has happened in the meeting so far, for a sheet that looks whether somebody else entered something."""
    with auth.look() as work:
        instance_id = meetings.show(work, meeting_id).instance_id
        length = work.get(Instance, instance_id).chain_length if instance_id else 0
    return jsonify(stand=length)


@area.post("/anwesenheit")
@auth.needs(RIGHT)
def attend(meeting_id: UUID) -> ResponseReturnValue:
    """Somebody arrives, leaves or stands in for a member; or everybody who has said so is there."""
    sent = request.form

    def act(work: Work) -> None:
        at = _at(work, meeting_id, sent.get("zeit", ""))
        if sent.get("kommt"):
            attendance.arrive(work, meeting_id, _id(sent["kommt"]), at=at)
        elif sent.get("vertritt"):
            deputy, _colon, member = sent["vertritt"].partition(":")
            attendance.arrive(work, meeting_id, _id(deputy), for_id=_id(member), at=at)
        elif sent.get("geht"):
            attendance.leave(work, meeting_id, _id(sent["geht"]), at=at)
        elif sent.get("zurueck"):
            attendance.undo(work, _id(sent["zurueck"]))
        elif sent.get("alle"):
            _all_who_said_so(work, meeting_id, at)

    return _entered(meeting_id, act, "attendance", "anwesenheit")


@area.post("/verzicht")
@auth.needs(RIGHT)
def waive(meeting_id: UUID) -> ResponseReturnValue:
    """A member waives form and period of the invitation."""
    return _entered(meeting_id, lambda work: invitations.waive(work, meeting_id, _id(request.form.get("person", ""))),
                    "opening", "eroeffnung")


@area.post("/eroeffnung")
@auth.needs(RIGHT)
def begin(meeting_id: UUID) -> ResponseReturnValue:
    """Open the meeting."""
    sent = request.form
    return _entered(meeting_id, lambda work: sessions.open_(
        work, meeting_id, chair_id=_optional(sent.get("chair")), recorder_id=_optional(sent.get("recorder")),
        notice=sent.get("notice", "")), "opening", "tagesordnung", _("Die Sitzung ist eröffnet."))


@area.post("/tagesordnung")
@auth.needs(RIGHT)
def change_agenda(meeting_id: UUID) -> ResponseReturnValue:
    """The body votes on the urgency of its meeting, or on putting an item on its agenda."""
    sent = request.form

    def act(work: Work) -> str:
        how: dict[str, Any] = {"count": _count("a_"), "way": sent.get("a_way", "offen")}
        if sent.get("a_motion") == "dringlichkeit":
            return _told(motions.urgency(work, meeting_id, **how))
        public = sent.get("a_public") != "nein"
        return _told(motions.add_item(
            work, meeting_id, title=sent.get("a_title", ""), why=sent.get("a_why", ""), public=public,
            public_reason="" if public else sent.get("a_why", ""), proposal=sent.get("a_proposal", ""), **how))

    return _entered(meeting_id, act, "agenda", "tagesordnung")


@area.post("/punkte/<uuid:item_id>/befangenheit")
@auth.needs(RIGHT)
def recuse(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """A member has declared a conflict of interest in the meeting."""
    sent = request.form
    return _entered(meeting_id, lambda work: recusals.declare(
        work, item_id, sent.get("b_reason", ""), person_id=_id(sent.get("b_person", ""), "person")), "recusal", "punkt",
        item_id=item_id)


@area.post("/punkte/<uuid:item_id>/antrag")
@auth.needs(RIGHT)
def move(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """The body votes on a motion about an item: taking it off, its place, secrecy, publicity, a member in doubt."""
    sent = request.form

    def act(work: Work) -> str:
        how: dict[str, Any] = {"count": _count("m_"), "way": sent.get("m_way", "offen"), "version": _version()}
        why = sent.get("m_why", "")
        match sent.get("m_motion"):
            case "absetzung":
                ballot = motions.take_off(work, item_id, why=why, **how)
            case "reihenfolge":
                ballot = motions.reorder(work, item_id, place=_number("m_place") or 1, **how)
            case "geheim":
                ballot = motions.secret(work, item_id, **how)
            case "nichtoeffentlich":
                ballot = motions.close_doors(work, item_id, why=why, **how)
            case "befangenheit":
                ballot = motions.doubt(work, item_id, _id(sent.get("m_person", ""), "person"), why=why, **how)
            case _:
                raise _field("motion", "Bitte wählen Sie, worüber abgestimmt wird.", "Please choose what is voted on.")
        return _told(ballot)

    return _entered(meeting_id, act, "motion", "punkt", item_id=item_id)


@area.post("/punkte/<uuid:item_id>/abstimmung")
@auth.needs(RIGHT)
def vote(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """The vote on an item's matter, and the result that follows from it."""
    sent = request.form

    def act(work: Work) -> str:
        way = sent.get("way", "offen")
        ballot = ballots.hold(
            work, meeting_id, item_id, way=way, version=_version(), text=sent.get("text", "").replace("\r\n", "\n"),
            count=None if way in ("namentlich", "ohne_gegenrede") else _count(""),
            named=_named("stimme-") if way == "namentlich" else None, chair_for=_chair("tie"))
        item = ballots.conclude(work, item_id)
        return f"{_called(work, item)}: {say(agendas.RESULTS[item.result or ''])}. {_told(ballot)}"

    return _entered(meeting_id, act, "vote", "punkt", item_id=item_id)


@area.post("/punkte/<uuid:item_id>/ergebnis")
@auth.needs(RIGHT)
def settle(meeting_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """A result without a vote on the matter: adjourned, referred, sent back, noted; or for want of a quorum."""
    sent = request.form
    result = sent.get("e_result", "")

    def act(work: Work) -> str:
        wording = sent.get("e_wording", "").strip()
        if result == "ohne_beschlussfaehigkeit":
            agendas.require_version(work, work.get(AgendaItem, item_id), _version())
            item = ballots.adjourn_without_quorum(work, item_id)
        elif result in ("vorsitz_ja", "vorsitz_nein"):
            agendas.require_version(work, work.get(AgendaItem, item_id), _version())
            item = ballots.chair_decides(work, item_id, accepted=result == "vorsitz_ja",
                                         wording=wording or work.get(AgendaItem, item_id).proposal)
        elif result not in ("vertagt", "verwiesen", "zurueck", "zur_kenntnis"):
            raise _field("result", "Bitte wählen Sie ein Ergebnis.", "Please choose a result.")
        else:
            item = agendas.settle(work, item_id, result=result, wording=wording, version=_version(),
                                  referred_to=sent.get("e_body", "") if result == "verwiesen" else "")
        return f"{_called(work, item)}: {say(agendas.RESULTS[item.result or ''])}."

    return _entered(meeting_id, act, "result", "punkt", item_id=item_id)


@area.post("/punkte/<uuid:item_id>/berichtigung/<uuid:ballot_id>")
@auth.needs(RIGHT)
def correct(meeting_id: UUID, item_id: UUID, ballot_id: UUID) -> ResponseReturnValue:
    """Put the numbers of a vote right; the wrong ones stay on record."""

    def act(work: Work) -> str:
        by_name = work.get(Ballot, ballot_id).way == "namentlich"
        ballot = ballots.correct(work, ballot_id, version=_version(), count=None if by_name else _count("k_"),
                                 named=_named("k-stimme-") if by_name else None, chair_for=_chair("k_tie"))
        return f"{_('Die Abstimmung ist berichtigt.')} {_told(ballot)}"

    return _entered(meeting_id, act, "correction", "punkt", item_id=item_id, stay=True)


@area.post("/schluss")
@auth.needs(RIGHT)
def close(meeting_id: UUID) -> ResponseReturnValue:
    """Close the meeting; its process goes on to the minutes."""
    return _entered(meeting_id, lambda work: sessions.close(work, meeting_id), "closing", "schluss",
                    _("Die Sitzung ist geschlossen. Als Nächstes ist die Niederschrift zu fertigen."))


def _entered(
    meeting_id: UUID, act: Callable[[Work], Any], form: str, anchor: str, said: str = "", *,
    item_id: UUID | None = None, stay: bool = False,
) -> ResponseReturnValue:
    """Do *act* once, however often its entry is sent; refused, the sheet comes back with what was typed and why."""
    try:
        entry = request.form.get("entry")
        with auth.work() as work:
            told = act(work) if entry is None or entries.take(work, meeting_id, _id(entry)) else None
            settled = item_id is not None and work.get(AgendaItem, item_id).result is not None
    except auth.Stale:
        raise
    except (Invalid, Conflict) as error:
        return page(meeting_id, item_id or _asked_for(), form=form, typed=request.form, error=error), \
            errors.status_of(error)
    if said or isinstance(told, str):
        flash(said or str(told), "success")
    shown = None if settled and not stay else item_id or _asked_for()
    return redirect(url_for("evening.sheet", meeting_id=meeting_id, punkt=shown, _anchor=anchor), 303)


def _all_who_said_so(work: Work, meeting_id: UUID, at: datetime | None) -> None:
    meeting = meetings.show(work, meeting_id)
    taken = {place.member.id for place in attendance.places(work, meeting) if place.stay is not None}
    for row, person in invitations.of(work, meeting):
        if person.id in taken:
            continue
        if row.answer == "kommt":
            attendance.arrive(work, meeting_id, person.id, at=at)
        elif row.answer == "vertretung" and row.deputy_id is not None:
            attendance.arrive(work, meeting_id, row.deputy_id, for_id=person.id, at=at)


def _told(ballot: Ballot) -> str:
    """A vote in one line: its numbers, and what they decide by which rule."""
    numbers = _("%(yes)s Ja, %(no)s Nein, %(abstained)s Enthaltungen", yes=ballot.yes, no=ballot.no,
                abstained=ballot.abstained)
    if ballot.invalid:
        numbers += ", " + _("%(invalid)s ungültig", invalid=ballot.invalid)
    rule = say(Sentence(ballot.ruling["de"], ballot.ruling["en"]))
    return f"{numbers}: {_('angenommen') if ballot.passed else _('abgelehnt')}. {rule} ({ballot.ruling['paragraph']})"


def _called(work: Work, item: AgendaItem) -> str:
    return agendas.numbers(agendas.of(work, work.get(Meeting, item.meeting_id)))[item.id]


def _at(work: Work, meeting_id: UUID, text: str) -> datetime | None:
    """The moment that was typed as a time of the meeting's day; None for none and for the running minute: now."""
    if not text.strip():
        return None
    try:
        clock = time.fromisoformat(text.strip().zfill(5))
    except ValueError as error:
        raise _field("at", "Bitte geben Sie eine Uhrzeit ein, zum Beispiel 18:05.",
                     "Please enter a time such as 18:05.") from error
    at = datetime.combine(meetings.show(work, meeting_id).day, clock, BERLIN)
    here = work.now.astimezone(BERLIN)
    return None if at == here.replace(second=0, microsecond=0) else at


def _count(prefix: str) -> Count:
    return Count(*(_number(prefix + name) for name in COUNTS))


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise _field("count", "Bitte geben Sie hier nur ganze Zahlen ein.", "Please enter whole numbers only.")
    return int(text)


def _named(prefix: str) -> dict[UUID, str]:
    return {_id(name.removeprefix(prefix)): choice for name, choice in request.form.items()
            if name.startswith(prefix) and choice}


def _chair(name: str) -> bool | None:
    return {"ja": True, "nein": False}.get(request.form.get(name, ""))


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _asked_for() -> UUID | None:
    return _optional(request.values.get("punkt"))


def _optional(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _id(text: str, field: str = "") -> UUID:
    found = _optional(text)
    if found is None:
        raise _field(field, "Bitte wählen Sie eine Person aus.", "Please choose a person.")
    return found


def _field(name: str, de: str, en: str) -> Invalid:
    return Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                   "Please look at the marked fields again.", fields={name: [Sentence(de, en)]})


