"""Two small processes that wait: one divides when its timer comes, one takes in messages in order."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import wiring, worker
from engine.identity import bodies
from engine.runtime import incidents, instances, messages
from engine.runtime.instances import Instance
from engine.runtime.messages import Message
from engine.runtime.timers import Timer
from tests.engine.spiff.models import (
    boundary,
    catch,
    end_event,
    message_definition,
    process,
    script,
    start_event,
    timer_definition,
    user,
)

DIVIDE = process(
    "teilen", start_event(), user("t", body='"panel"'),
    boundary("morgen", "t", timer_definition('"P1D"'), interrupting=False),
    boundary("danach", "t", timer_definition('"P2D"'), interrupting=False),
    script("rechnen", "ergebnis = 12 // teiler"), end_event("gerechnet"), script("merken", "gemerkt = True"),
    end_event("gemerkt_e"), end_event(),
    flows="start > t > end; morgen > rechnen > gerechnet; danach > merken > gemerkt_e")

LISTEN = process(
    "hoeren", start_event(), catch("erst", message_definition("ruf")), script("zaehlen", "erster = wort"),
    catch("dann", message_definition("ruf")), script("rechnen", "ergebnis = 12 // teiler"),
    user("fertig_t", body='"panel"'), end_event(), flows="start > erst > zaehlen > dann > rechnen > fertig_t > end")


class Waiting:
    """A house with both processes deployed, and what a worker does in it."""

    def __init__(self, house: Any, clock: Any) -> None:
        self.house, self.clock = house, clock
        with house.work(now=clock.now) as work:
            bodies.add_body(work, "panel", "Panel")
            work.session.flush()
            wiring.deploy(work, {"bpmn/teilen.bpmn": DIVIDE, "bpmn/hoeren.bpmn": LISTEN})

    def start(self, process_id: str = "teilen", **data: Any) -> UUID:
        """Start an instance with these data."""
        with self.house.work(now=self.clock.now) as work:
            return instances.start(work, process_id, data, business_key="1", title="Probe").id

    def send(self, sender: UUID, name: str, correlation: str | None, **payload: Any) -> UUID:
        """Put a message on its way."""
        with self.house.work(now=self.clock.now) as work:
            return messages.send(work, sender, name, correlation, payload).id

    def fire(self) -> int:
        """Let the worker fire what is due at the clock's moment."""
        return worker.fire_timers(self.house, self.clock.now)

    def deliver(self) -> int:
        """Let the worker deliver what is due at the clock's moment."""
        return worker.deliver_messages(self.house, self.clock.now)

    def path(self, instance_id: UUID) -> list[str]:
        """The elements passed so far."""
        with self.house.look() as work:
            return instances.passed(work, work.get(Instance, instance_id))

    def timers(self, instance_id: UUID) -> dict[str, Timer]:
        """The timers of an instance by their element."""
        with self.house.look() as work:
            return {row.element: row for row in work.session.scalars(select(Timer).where(
                Timer.instance_id == instance_id))}

    def message(self, message_id: UUID) -> Message | None:
        """A message on its way; None once it has arrived."""
        with self.house.look() as work:
            found: Message | None = work.session.get(Message, message_id)
            return found

    def incidents(self) -> list[Any]:
        """The open incidents."""
        with self.house.look() as work:
            return incidents.listing(work).rows
