"""What a deputyship can be for, and what stands against it, from seats, other deputyships and recusals together."""

from collections.abc import Collection

from engine.council import recusals, standing_orders
from engine.definitions import deployments, rules
from engine.errors import Sentence
from engine.identity import deputies, people
from engine.identity.bodies import BY_NAME, Body, Deputy
from engine.work import Work
from web.schemas import Option


def processes(work: Work, keys: Collection[str] | None = None) -> list[Option]:
    """The processes with tasks for people: of the bodies under *keys*, or where the process works the body out."""
    found = []
    for one in deployments.processes(work):
        waits = set(rules.task_bodies(deployments.diagram(work, one)).values())
        if waits and (keys is None or None in waits or waits & set(keys)):
            found.append((one.process_id, one.name))
    return found


def conflicts(work: Work, row: Deputy) -> list[Sentence]:
    """Everything that may go wrong with a deputyship, before it does."""
    found = deputies.conflicts(work, row)
    body = work.get(Body, row.body_id) if row.body_id is not None else None
    if body is not None and body.kind in BY_NAME and not standing_orders.of(work, body).deputies:
        basis = standing_orders.of(work, body).basis["deputies"]
        found.append(Sentence(f"In „{body.name}“ gibt es keine Vertretung ({basis}).",
                              f"There are no deputies in “{body.name_en}” ({basis})."))
    persons = {row.person_id, row.deputy_id}
    names = people.names(work, persons)
    for person_id, item, meeting in recusals.concerning(work, persons, row.body_id, row.valid_from, row.valid_to):
        name = names.get(person_id, "")
        found.append(Sentence(
            f"{name} ist am {meeting.day:%d.%m.%Y} bei „{item.title}“ befangen (§ 16 LKO). Bitte klären Sie mit dem "
            "Sitzungsdienst, wer dort mitwirkt.",
            f"{name} has a conflict of interest in “{item.title}” on {meeting.day:%d.%m.%Y} (§ 16 LKO). Please settle "
            "with the council's office who takes part there."))
    return found
