"""The two processes a soak runs: between them they wait for people, moments and messages."""

import json
from typing import Any

from engine import wiring
from engine.identity import bodies, people
from tests.engine.spiff.models import (
    catch,
    end_event,
    lanes,
    message_definition,
    process,
    start_event,
    throw,
    timer_definition,
    user,
)

BODY = "lager"
PEOPLE = ("ada", "ben", "eva", "kim")
PASSWORD = "ein langes Passwort"
SIGN = "zeichen"
"""The field that every form asks for: a sign that stands in one answer and in no other."""
RUN, FILING = "lauf", "ablage"
TIMER, SENDS, HEARS, FIRST, LAST = "pause", "weitergeben", "abgelegt", "lesen", "beschliessen"

# A person reads, a second passes, a message starts a filing, a person files, its message lets the first one go on.
_RUN = process(
    RUN, lanes(**{BODY: f"start {FIRST} {TIMER} {SENDS} {HEARS} {LAST} ende"}),
    start_event("start", message_definition("idee_eingereicht")), user(FIRST, form=FIRST),
    catch(TIMER, timer_definition('"PT1S"')), throw(SENDS, "ablegen"), catch(HEARS, message_definition("abgelegt")),
    user(LAST, form=LAST), end_event("ende"),
    flows=f"start > {FIRST} > {TIMER} > {SENDS} > {HEARS} > {LAST} > ende",
)
_FILING = process(
    FILING, lanes(**{BODY: "anfang ablegen fertig"}), start_event("anfang", message_definition("ablegen")),
    user("ablegen", form="ablegen"), end_event("fertig", message_definition("abgelegt")),
    flows="anfang > ablegen > fertig",
)


def files() -> dict[str, bytes]:
    """Both processes with their forms, as they are deployed."""
    made = {f"bpmn/{RUN}.bpmn": _RUN, f"bpmn/{FILING}.bpmn": _FILING}
    for owner, form in ((RUN, FIRST), (RUN, LAST), (FILING, "ablegen")):
        made[f"forms/{owner}/{form}.json"] = json.dumps({
            "schemaVersion": 16, "type": "default", "id": form, "components": [
                {"type": "textfield", "id": SIGN, "key": SIGN, "label": "Zeichen", "validate": {"required": True}},
            ]}).encode()
    return made


def settle(house: Any) -> None:
    """Put the people, their body and both processes into an empty house."""
    with house.work() as work:
        body = bodies.add_body(work, BODY, "Lager")
        for login in PEOPLE:
            person = people.add(work, login, login.capitalize(), f"{login}@example.org")
            people.set_password(work, person, PASSWORD)
            work.session.flush()
            bodies.seat(work, person, body)
        work.session.flush()
        wiring.deploy(work, files())
