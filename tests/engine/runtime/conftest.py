"""A small process with everything a runtime has to do, and words to speak of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import wiring, worker
from engine.identity import bodies
from engine.runtime import inbox, instances
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.work import ENGINE, Actor
from tests.engine.runtime.waiting import Waiting

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://example.org">"""

REVIEW = HEAD + """
<bpmn:message id="m_more" name="mehr"/><bpmn:message id="m_done" name="fertig"/>
<bpmn:collaboration id="c"><bpmn:participant id="pool" name="Prüfung" processRef="pruefung"/></bpmn:collaboration>
<bpmn:process id="pruefung" name="Prüfung" isExecutable="true">
 <bpmn:laneSet id="ls">
  <bpmn:lane id="panel" name="Gremium"><bpmn:flowNodeRef>start</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>assess</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>good</bpmn:flowNodeRef><bpmn:flowNodeRef>wait</bpmn:flowNodeRef><bpmn:flowNodeRef>tell</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>rejected</bpmn:flowNodeRef><bpmn:flowNodeRef>accepted</bpmn:flowNodeRef></bpmn:lane>
  <bpmn:lane id="office" name="Büro"><bpmn:flowNodeRef>late</bpmn:flowNodeRef><bpmn:flowNodeRef>chase</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>chased</bpmn:flowNodeRef></bpmn:lane>
 </bpmn:laneSet>
 <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
 <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="assess"/>
 <bpmn:userTask id="assess" name="Bewerten">
  <bpmn:extensionElements><s:properties><s:property name="form" value="assess"/><s:property name="due" value="P7D"/>
   <s:property name="priority" value="70"/></s:properties></bpmn:extensionElements>
  <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>
 <bpmn:boundaryEvent id="late" attachedToRef="assess" cancelActivity="false"><bpmn:outgoing>f8</bpmn:outgoing>
  <bpmn:timerEventDefinition id="t1"><bpmn:timeDuration>"P14D"</bpmn:timeDuration></bpmn:timerEventDefinition>
 </bpmn:boundaryEvent>
 <bpmn:sequenceFlow id="f8" sourceRef="late" targetRef="chase"/>
 <bpmn:userTask id="chase" name="Nachfragen">
  <bpmn:incoming>f8</bpmn:incoming><bpmn:outgoing>f9</bpmn:outgoing></bpmn:userTask>
 <bpmn:sequenceFlow id="f9" sourceRef="chase" targetRef="chased"/>
 <bpmn:endEvent id="chased"><bpmn:incoming>f9</bpmn:incoming></bpmn:endEvent>
 <bpmn:sequenceFlow id="f2" sourceRef="assess" targetRef="good"/>
 <bpmn:exclusiveGateway id="good" name="Gut?" default="f4">
  <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
  <bpmn:outgoing>f4</bpmn:outgoing></bpmn:exclusiveGateway>
 <bpmn:sequenceFlow id="f3" name="ja" sourceRef="good" targetRef="wait">
  <bpmn:conditionExpression>score &gt;= 3</bpmn:conditionExpression></bpmn:sequenceFlow>
 <bpmn:sequenceFlow id="f4" name="nein" sourceRef="good" targetRef="rejected"/>
 <bpmn:endEvent id="rejected"><bpmn:incoming>f4</bpmn:incoming>
  <bpmn:terminateEventDefinition id="tr"/></bpmn:endEvent>
 <bpmn:intermediateCatchEvent id="wait" name="Mehr"><bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing>
  <bpmn:messageEventDefinition id="me" messageRef="m_more"/></bpmn:intermediateCatchEvent>
 <bpmn:sequenceFlow id="f5" sourceRef="wait" targetRef="tell"/>
 <bpmn:serviceTask id="tell" name="Melden">
  <bpmn:extensionElements><s:serviceTaskOperator id="test/tell" resultVariable="told"><s:parameters>
   <s:parameter id="score" type="any" value="score"/></s:parameters></s:serviceTaskOperator></bpmn:extensionElements>
  <bpmn:incoming>f5</bpmn:incoming><bpmn:outgoing>f6</bpmn:outgoing></bpmn:serviceTask>
 <bpmn:sequenceFlow id="f6" sourceRef="tell" targetRef="accepted"/>
 <bpmn:endEvent id="accepted"><bpmn:incoming>f6</bpmn:incoming>
  <bpmn:messageEventDefinition id="md" messageRef="m_done"/></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""

FOLLOW_UP = HEAD + """
<bpmn:message id="m_done" name="fertig"/>
<bpmn:process id="nachlauf" name="Nachlauf" isExecutable="true">
 <bpmn:laneSet id="ls"><bpmn:lane id="office" name="Büro"><bpmn:flowNodeRef>begin</bpmn:flowNodeRef>
  <bpmn:flowNodeRef>file</bpmn:flowNodeRef><bpmn:flowNodeRef>filed</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
 <bpmn:startEvent id="begin"><bpmn:outgoing>g1</bpmn:outgoing>
  <bpmn:messageEventDefinition id="md" messageRef="m_done"/></bpmn:startEvent>
 <bpmn:sequenceFlow id="g1" sourceRef="begin" targetRef="file"/>
 <bpmn:userTask id="file" name="Ablegen">
  <bpmn:incoming>g1</bpmn:incoming><bpmn:outgoing>g2</bpmn:outgoing></bpmn:userTask>
 <bpmn:sequenceFlow id="g2" sourceRef="file" targetRef="filed"/>
 <bpmn:endEvent id="filed"><bpmn:incoming>g2</bpmn:incoming></bpmn:endEvent>
</bpmn:process></bpmn:definitions>"""

ASSESS = {"schemaVersion": 16, "type": "default", "id": "assess", "components": [
    {"type": "number", "id": "c1", "key": "score", "label": "Punkte", "decimalDigits": 0,
     "validate": {"required": True, "min": 0, "max": 5}},
    {"type": "textarea", "id": "c2", "key": "why", "label": "Begründung"},
    {"type": "textfield", "id": "c3", "key": "phone", "label": "Rückruf", "properties": {"personal": "true"}},
]}


class Office:
    """Two processes deployed on a house, and the acts of its people at the clock's moment."""

    def __init__(self, house: Any, clock: Any) -> None:
        self.house, self.clock = house, clock

    def start(self) -> UUID:
        """Start a review; returns the instance's id."""
        with self.house.work(now=self.clock.now) as work:
            data = {"idee_id": "i-1"}
            return instances.start(work, "pruefung", data, business_key="2026-00001", title="Eine Bank").id

    def task(self, element: str, state: str = "open") -> UUID:
        """The id of the one task of an element."""
        with self.house.look(now=self.clock.now) as work:
            query = select(Task).where(Task.element == element)
            [task] = [row for row in work.session.scalars(query) if row.is_open == (state == "open")]
            return task.id

    def complete(self, element: str, person: UUID | None = None, **answers: Any) -> None:
        """Complete the open task of an element as a person (None: the engine)."""
        task = self.task(element)
        with self.house.work(Actor("person", person) if person else ENGINE, self.clock.now) as work:
            instances.complete_task(work, task, answers)

    def waits_at(self) -> list[str]:
        """The elements with an open task."""
        with self.house.look(now=self.clock.now) as work:
            return sorted(work.session.scalars(select(Task.element).where(Task.closed_at.is_(None))))

    def inbox(self, person: UUID, view: str = "bodies", **filters: Any) -> list[str]:
        """The elements of a person's inbox."""
        with self.house.look(Actor("person", person), self.clock.now) as work:
            return [task.element for task in inbox.page(work, view, **filters).rows]

    def run_due(self) -> int:
        """Let the worker do what is due."""
        return worker.run_due(self.house, self.clock.now)

    def instances(self) -> dict[str, tuple[str, str | None]]:
        """Status and outcome of each instance, by process."""
        with self.house.look(now=self.clock.now) as work:
            return {row.process_id: (row.status, row.outcome) for row in work.session.scalars(select(Instance))}

    def verbs(self, instance_id: UUID) -> list[str]:
        """What happened in an instance, in order."""
        with self.house.look(now=self.clock.now) as work:
            return [entry.verb for entry in instances.history(work, work.get(Instance, instance_id))]


@pytest.fixture
def office(house: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A house with the two processes and the bodies `panel` and `office`."""
    told: list[Any] = []

    def tell(work: Any, instance: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["score"] == 5:
            raise RuntimeError("the line is busy")
        told.append(arguments)
        return {"ok": True}

    handlers = {**wiring.HANDLERS, "test/tell": tell}
    monkeypatch.setattr(wiring, "HANDLERS", handlers)
    wired = wiring.House(house.settings, house.database, handlers)
    with wired.work(now=clock.now) as work:
        for key in ("panel", "office"):
            bodies.add_body(work, key, key.capitalize())
        work.session.flush()
        wiring.deploy(work, {
            "bpmn/pruefung.bpmn": REVIEW.encode(), "bpmn/nachlauf.bpmn": FOLLOW_UP.encode(),
            "forms/pruefung/assess.json": json.dumps(ASSESS).encode(),
        })
    made = Office(wired, clock)
    made.told = told  # type: ignore[attr-defined]  # what the service task was given, for the tests to look at
    return made


@pytest.fixture
def waiting(house: Any, clock: Any) -> Waiting:
    """A house with two processes that wait for timers and for messages."""
    return Waiting(house, clock)
