"""A signal reaches everybody who waits for its name, across instances and processes (BPMN 2.0.2, 10.5.1)."""

from uuid import UUID

import pytest
from sqlalchemy import select

from engine import wiring
from engine.history import trail
from engine.history.events import Event
from engine.identity import people
from engine.runtime import instances, steering
from engine.runtime.instances import Instance
from tests.engine.runtime.waiting import Waiting
from tests.engine.spiff.models import (
    boundary,
    catch,
    element,
    end_event,
    error_definition,
    gateway,
    process,
    script,
    signal_definition,
    start_event,
    user,
)

CALL = process("rufen", start_event(), element("intermediateThrowEvent", "ruf", signal_definition("alarm")),
               user("t", body='"panel"'), end_event(), flows="start > ruf > t > end")
LISTEN = process("lauschen", start_event(), catch("c", signal_definition("alarm")),
                 script("rechnen", "x = 12 // teiler"), user("t", body='"panel"'), end_event(),
                 flows="start > c > rechnen > t > end")
TWICE = process("doppelt", start_event(), gateway("g", "parallel"), catch("c1", signal_definition("alarm")),
                catch("c2", signal_definition("alarm")), end_event(), flows="start > g > c1 > end; g > c2 > end")
BEGIN = process("beginnen", start_event("start", signal_definition("alarm")), user("t", body='"panel"'), end_event(),
                flows="start > t > end")
CAUGHT = process("gefangen", start_event(), script("s", "x = 1 // n"), boundary("b", "s", error_definition("")
                 .replace(' errorRef="f_"', "")), user("t", body='"panel"'), end_event(),
                 flows="start > s > end; b > t > end")


@pytest.fixture
def listening(waiting: Waiting) -> Waiting:
    with waiting.house.work(now=waiting.clock.now) as work:
        wiring.deploy(work, {f"bpmn/{name}.bpmn": source for name, source in (
            ("rufen", CALL), ("lauschen", LISTEN), ("doppelt", TWICE), ("gefangen", CAUGHT))})
    return waiting


def status(waiting: Waiting, instance_id: UUID) -> tuple[str, list[str]]:
    with waiting.house.look() as work:
        instance = work.get(Instance, instance_id)
        return instance.status, instances.passed(work, instance)


def verbs(waiting: Waiting, instance_id: UUID) -> list[str]:
    with waiting.house.look() as work:
        query = select(Event.verb).where(Event.chain_id == instance_id).order_by(Event.seq)
        return list(work.session.scalars(query))


def test_all_that_wait_get_it_once_and_nobody_is_missed(listening: Waiting) -> None:
    one, two = listening.start("lauschen", teiler=3), listening.start("lauschen", teiler=4)
    both = listening.start("doppelt")
    caller = listening.start("rufen")
    assert listening.deliver() == 3
    assert status(listening, one)[1] == status(listening, two)[1] == ["start", "c", "rechnen"]
    assert status(listening, both)[0] == "ended"
    assert "signal.sent" in verbs(listening, caller) and "signal.received" in verbs(listening, one)
    assert listening.deliver() == 0 and listening.incidents() == []


def test_a_signal_that_nobody_waits_for_is_over(listening: Waiting) -> None:
    listening.start("rufen")
    assert listening.deliver() == 0 and listening.incidents() == []
    later = listening.start("lauschen", teiler=3)
    assert listening.deliver() == 0 and status(listening, later)[1] == ["start"]


def test_one_that_fails_keeps_it_from_nobody(listening: Waiting) -> None:
    bad, good = listening.start("lauschen", teiler=0), listening.start("lauschen", teiler=3)
    listening.start("rufen")
    for _ in range(4):
        listening.deliver()
        listening.clock.advance(hours=1)
    assert status(listening, good)[1] == ["start", "c", "rechnen"]
    (incident,) = listening.incidents()
    assert incident.instance_id == bad and incident.element == "rechnen"


def test_one_that_rests_gets_it_when_it_goes_on(listening: Waiting) -> None:
    one = listening.start("lauschen", teiler=3)
    with listening.house.work(now=listening.clock.now) as work:
        steering.suspend(work, one, "Pause")
    listening.start("rufen")
    listening.deliver()
    assert status(listening, one)[1] == ["start"]
    with listening.house.work(now=listening.clock.now) as work:
        steering.resume(work, one, "weiter")
    listening.deliver()
    assert status(listening, one)[1] == ["start", "c", "rechnen"]


def test_it_starts_every_process_that_starts_on_it(listening: Waiting) -> None:
    with listening.house.work(now=listening.clock.now) as work:
        wiring.deploy(work, {"bpmn/beginnen.bpmn": BEGIN})
    listening.start("rufen")
    assert listening.deliver() == 1
    with listening.house.look() as work:
        begun = work.session.scalars(select(Instance).where(Instance.process_id == "beginnen")).one()
    assert status(listening, begun.id) == ("running", ["start"])


def test_what_failed_and_was_caught_stands_in_the_history(listening: Waiting) -> None:
    one = listening.start("gefangen", n=0)
    assert status(listening, one)[1] == ["start", "b"]
    with listening.house.look() as work:
        said = work.session.scalars(select(Event).where(Event.chain_id == one, Event.verb == "element.failed")).one()
        told = [entry.said.de for entry in trail.of_instance(work, one, people.names)]
    assert (said.particulars["element"], said.particulars["code"]) == ("s", "ZeroDivisionError")
    assert "„s“ ist mit dem Fehler ZeroDivisionError gescheitert; der Ablauf ging dafür weiter" in told
