"""Who may do what: every rule of this kind stands here and nowhere else.

Rules ask about the loaded object, never about an address.  They return for
whom the actor acts (None: on their own behalf, else the person represented)
or raise Forbidden with a sentence.
"""

from typing import Protocol
from uuid import UUID

from engine.errors import Forbidden
from engine.identity import bodies
from engine.identity.bodies import Mandate
from engine.work import Work

AUDITORS = "revision"
PROCESS_OWNERS = "prozessverantwortung"
ADMINISTRATORS = "administration"
DATA_PROTECTION = "datenschutz"
OFFICE = "stabsstelle_pm"
CDO = "cdo"
COUNCIL_OFFICE = "sitzungsdienst"
READERS = frozenset({AUDITORS, PROCESS_OWNERS, ADMINISTRATORS, DATA_PROTECTION, OFFICE, CDO})
"""Whose seat lets them read every instance."""

RIGHTS: dict[str, frozenset[str]] = {
    "deploy": frozenset({PROCESS_OWNERS}),
    "administer": frozenset({ADMINISTRATORS}),
    "retry": frozenset({PROCESS_OWNERS, ADMINISTRATORS}),
    "mend": frozenset({PROCESS_OWNERS, ADMINISTRATORS}),
    "steer": frozenset({PROCESS_OWNERS, ADMINISTRATORS}),
    "audit": frozenset({AUDITORS, DATA_PROTECTION, ADMINISTRATORS, PROCESS_OWNERS}),
    "council": frozenset({COUNCIL_OFFICE}),
    "contest": frozenset({OFFICE, CDO}),
    "strategy": frozenset({OFFICE, CDO}),
    "read instances": READERS,
}


class Owned(Protocol):
    """What the rules need to know of a task."""

    body: str
    process_id: str
    assignee_id: UUID | None
    closed_by: UUID | None


def mandates(work: Work) -> list[Mandate]:
    """Where the actor may act, asked once for each work."""
    known: list[Mandate] | None = work.session.info.get("mandates")
    if known is None:
        known = work.session.info["mandates"] = bodies.mandates(work, work.actor.id)
    return known


def rights(work: Work) -> dict[str, UUID | None]:
    """The bodies in which the actor has every right of a seat, and for whom; see `bodies.bodies_of`."""
    return bodies.rights_of(mandates(work))


def may(work: Work, right: str) -> bool:
    """Whether the actor has *right* (a key of RIGHTS). The engine itself may do everything."""
    return work.actor.kind == "engine" or not RIGHTS[right].isdisjoint(rights(work))


def require(work: Work, right: str) -> UUID | None:
    """For whom the actor uses *right*; Forbidden without it, and for auditors where it changes something."""
    if work.actor.kind == "engine":
        return None
    if right not in ("audit", "read instances"):
        _refuse_auditors(work)
    held = [(for_id is not None, str(for_id), for_id) for key, for_id in rights(work).items() if key in RIGHTS[right]]
    if not held:
        raise Forbidden(
            "Dafür fehlt Ihnen die Berechtigung. Zuständig ist: {names}.",
            "You may not do this. In charge: {names_en}.", **_called(work, *sorted(RIGHTS[right])),
        )
    return min(held)[2]


def require_task(work: Work, task: Owned) -> UUID | None:
    """For whom the actor works on *task*; Forbidden if the task is neither theirs nor their bodies'.

    A task with an assignee belongs to that person (and their deputies), one
    without to the seats of its body.
    """
    if work.actor.kind == "engine":
        return None
    if work.actor.id is None:
        raise Forbidden("Bitte melden Sie sich an.", "Please sign in.")
    _refuse_auditors(work)
    if task.assignee_id == work.actor.id:
        return None
    for one in mandates(work):
        if _covers(one, task) and task.assignee_id in (None, one.person_id):
            return one.person_id
    raise Forbidden(
        "Diese Aufgabe liegt bei „{names}“. Dort haben Sie zurzeit keinen Sitz und keine Vertretung.",
        "This task waits for “{names_en}”, where you have no seat and stand in for nobody.", **_called(work, task.body),
    ) if task.assignee_id is None else Forbidden(
        "Diese Aufgabe hat bereits jemand anderes übernommen.", "Somebody else has claimed this task.",
    )


def may_see_task(work: Work, task: Owned) -> bool:
    """Whether the actor may open *task*: whoever may read all, whose task it is, was, or whose body's."""
    return (
        work.actor.kind == "engine"
        or not READERS.isdisjoint(rights(work))
        or (work.actor.id is not None and work.actor.id in (task.assignee_id, task.closed_by))
        or any(_covers(one, task) for one in mandates(work))
    )


def _covers(mandate: Mandate, task: Owned) -> bool:
    return mandate.body == task.body and (not mandate.processes or task.process_id in mandate.processes)


def _called(work: Work, *keys: str) -> dict[str, str]:
    """What readers call these bodies, in both languages."""
    found = [(key, bodies.find(work, key)) for key in keys]
    return {
        "names": ", ".join(body.name if body else key for key, body in found),
        "names_en": ", ".join(body.name_en if body else key for key, body in found),
    }


def _refuse_auditors(work: Work) -> None:
    if AUDITORS in rights(work) and rights(work)[AUDITORS] is None:
        raise Forbidden(
            "Mit einem Sitz in der Revision können Sie alles lesen, aber nichts ändern.",
            "With a seat in the audit office you may read everything, but change nothing.",
        )
