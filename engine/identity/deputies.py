"""Deputies whom people name themselves, and what may go wrong with a deputyship before it does."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine.errors import Forbidden, Invalid, Sentence
from engine.identity import bodies
from engine.identity.bodies import Body, Deputy, Seat
from engine.identity.people import MISSING, Person
from engine.work import Work

BY_THE_BODY = bodies.BY_NAME
"""The kinds of bodies whose deputies are appointed for each of them, never by the member."""


def own(work: Work) -> list[Deputy]:
    """The deputyships that the actor has named or been given and that are not over, the next to end first."""
    query = select(Deputy).where(Deputy.person_id == work.actor.id, or_(
        Deputy.valid_to.is_(None), Deputy.valid_to >= bodies.today(work)))
    return list(work.session.scalars(query.order_by(Deputy.valid_from, Deputy.id)))


def name(
    work: Work, deputy_id: UUID | None, *, valid_from: date, valid_to: date | None, body: Body | None = None,
    reason: str = "", processes: Iterable[str] = (),
) -> Deputy:
    """Name a deputy for oneself, from today on at the earliest; in *body*, or wherever one sits without a vote.

    For the tasks of *processes* (ids) only, or for everything.

    Invalid names each wrong field: a seat in an organ or advisory body has the deputies the body appoints.
    """
    fields: dict[str, list[Sentence]] = {}
    person = work.get(Person, work.actor.id)
    deputy = work.session.get(Person, deputy_id) if deputy_id is not None else None
    if deputy is None or not deputy.active:
        fields["deputy"] = [MISSING]
    if valid_from < bodies.today(work):
        fields["valid_from"] = [Sentence("Bitte wählen Sie einen Tag ab heute.", "Please choose a day from today on.")]
    if body is not None and body.kind in BY_THE_BODY:
        fields["body"] = [Sentence(
            f"Vertretungen in „{body.name}“ bestellt das Gremium. Bitte wenden Sie sich an den Sitzungsdienst.",
            f"Deputies in “{body.name_en}” are appointed by the body. Please turn to the council's office.")]
    elif body is not None and body.key not in _seats(work, person.id):
        fields["body"] = [Sentence("Dort haben Sie keinen Sitz.", "You have no seat there.")]
    if fields or deputy is None:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    return bodies.appoint_deputy(work, person, deputy, valid_from=valid_from, valid_to=valid_to, body=body,
                                 reason=reason, processes=processes)


def end(work: Work, deputy_id: UUID) -> Deputy:
    """End one's own deputyship at once; Forbidden for another's."""
    row = work.get(Deputy, deputy_id)
    if row.person_id != work.actor.id:
        raise Forbidden("Das ist nicht Ihre Vertretung. Beenden kann sie die vertretene Person oder die Verwaltung.",
                        "This is not your deputyship. The person represented or the administration can end it.")
    return bodies.end_deputy(work, row)


def conflicts(work: Work, row: Deputy) -> list[Sentence]:
    """What stands against a deputyship, as far as seats and other deputyships tell; recusals know the council."""
    deputy = work.get(Person, row.deputy_id)
    found = []
    if not deputy.active:
        found.append(Sentence(f"{deputy.name} hat kein aktives Konto mehr.",
                              f"{deputy.name} has no active account any more."))
    for other in work.session.scalars(select(Deputy).where(Deputy.person_id == deputy.id, _overlaps(row))):
        who = work.get(Person, other.deputy_id)
        # two who stand in for each other for good share their work; that is no absence
        shared = other.deputy_id == row.person_id and row.valid_to is other.valid_to is None
        if _same_place(row, other) and not shared:
            found.append(Sentence(
                f"{deputy.name} lässt sich in dieser Zeit selbst vertreten, durch {who.name} ({_span(other).de}). Eine "
                "Vertretung der Vertretung gibt es nicht; bitte benennen Sie jemand anderen.",
                f"{deputy.name} is represented at that time, too, by {who.name} ({_span(other).en}). Nobody stands in "
                "for a deputy; please name somebody else."))
    for other in work.session.scalars(select(Deputy).where(
            Deputy.person_id == row.person_id, Deputy.id != row.id, _overlaps(row))):
        if other.deputy_id != row.deputy_id and _same_place(row, other):
            who = work.get(Person, other.deputy_id)
            found.append(Sentence(
                f"In dieser Zeit vertritt auch {who.name} ({_span(other).de}). Wer zuerst handelt, handelt.",
                f"{who.name} stands in at that time, too ({_span(other).en}). Whoever acts first has acted."))
    body = work.get(Body, row.body_id) if row.body_id is not None and not row.processes else None
    if body is not None and body.kind in bodies.MEETING and body.key in _seats(work, deputy.id):
        found.append(Sentence(
            f"{deputy.name} sitzt selbst in „{body.name}“ und hat dort nur eine Stimme.",
            f"{deputy.name} sits in “{body.name_en}”, too, and has one vote only there."))
    return found


def _overlaps(row: Deputy) -> Any:
    ends = Deputy.valid_from <= row.valid_to if row.valid_to is not None else Deputy.id.is_not(None)
    return and_(ends, or_(Deputy.valid_to.is_(None), Deputy.valid_to >= row.valid_from))


def _same_place(row: Deputy, other: Deputy) -> bool:
    same_body = None in (row.body_id, other.body_id) or row.body_id == other.body_id
    return same_body and (not (row.processes and other.processes) or not set(row.processes).isdisjoint(other.processes))


def _span(row: Deputy) -> Sentence:
    begins = f"{row.valid_from:%d.%m.%Y}"
    if row.valid_to is None:
        return Sentence(f"ab {begins}", f"from {begins}")
    return Sentence(f"{begins} bis {row.valid_to:%d.%m.%Y}", f"{begins} to {row.valid_to:%d.%m.%Y}")


def _seats(work: Work, person_id: UUID) -> set[str]:
    query = select(Body.key).join(Seat, Seat.body_id == Body.id).where(
        Seat.person_id == person_id, or_(Seat.valid_to.is_(None), Seat.valid_to >= bodies.today(work)))
    return set(work.session.scalars(query))
