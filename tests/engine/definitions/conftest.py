"""Small diagrams, tables and forms, drawn in a line or two."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.database import Base, open_database
from engine.definitions import deployments, diagrams
from engine.history import seal
from engine.settings import Settings
from engine.spiff import read_diagram
from engine.work import ENGINE, Work

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:test">'
)
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def flow(source, target, condition="", ident=None):
    """A sequence flow; its id is source_target unless another is given ("" for none)."""
    name = f"{source}_{target}" if ident is None else ident
    said = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    attribute = f'id="{name}" ' if name else ""
    return f'<bpmn:sequenceFlow {attribute}sourceRef="{source}" targetRef="{target}">{said}</bpmn:sequenceFlow>'


def line(*elements):
    """Flows that join the elements one after the other."""
    return "".join(flow(one, other) for one, other in pairwise(elements))


def lane(body, *elements):
    """A lane with these elements."""
    inside = "".join(f"<bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in elements)
    return f'<bpmn:laneSet><bpmn:lane id="{body}" name="{body.title()}">{inside}</bpmn:lane></bpmn:laneSet>'


def task(ident="t", form="f", **properties):
    """A user task with a form."""
    every = {**({"form": form} if form else {}), **properties}
    said = "".join(f"<s:property name=\"{name}\" value='{value}'/>" for name, value in every.items())
    inside = f"<bpmn:extensionElements><s:properties>{said}</s:properties></bpmn:extensionElements>" if said else ""
    return f'<bpmn:userTask id="{ident}" name="Aufgabe {ident}">{inside}</bpmn:userTask>'


START, END = '<bpmn:startEvent id="start"/>', '<bpmn:endEvent id="end"/>'


def drawing(content, process="p", executable="true", before="", shapes=True):
    """A whole file with one process; every element gets a shape and every flow an edge."""
    found = dict.fromkeys(re.findall(r'<bpmn:(\w+)[^>]*? ?id="([^"]*)"', content)) if shapes else {}
    drawn = "".join(
        f'<bpmndi:BPMNEdge bpmnElement="{ident}"><di:waypoint xmlns:di="http://www.omg.org/spec/DD/20100524/DI" x="0"'
        f' y="0"/><di:waypoint xmlns:di="http://www.omg.org/spec/DD/20100524/DI" x="9" y="0"/></bpmndi:BPMNEdge>'
        if kind == "sequenceFlow" else
        f'<bpmndi:BPMNShape bpmnElement="{ident}"><dc:Bounds x="0" y="0" width="9" height="9"/></bpmndi:BPMNShape>'
        for kind, ident in found
    )
    plane = f'<bpmndi:BPMNPlane bpmnElement="{process}">{drawn}</bpmndi:BPMNPlane>'
    plane = f"<bpmndi:BPMNDiagram>{plane}</bpmndi:BPMNDiagram>"
    return (
        f'{HEAD}{before}<bpmn:process id="{process}" name="Prozess {process}" isExecutable="{executable}">{content}'
        f'</bpmn:process>{plane if shapes else ""}</bpmn:definitions>'
    ).encode()


def simple(process="p", form="f", body="kreistag", **properties):
    """Start, one user task in a lane, end."""
    return drawing(
        lane(body, "start", "t", "end") + START + task(form=form, **properties) + END + line("start", "t",
                                                                                             "end"), process
    )


def calling(process, called):
    """Start, a call activity, end."""
    return drawing(START + f'<bpmn:callActivity id="c" calledElement="{called}"/>' + END + line("start", "c", "end"),
                   process)


def deciding(process, decision):
    """Start, a business rule task, end."""
    inside = f"<bpmn:extensionElements><s:calledDecisionId>{decision}</s:calledDecisionId></bpmn:extensionElements>"
    rule = f'<bpmn:businessRuleTask id="rule">{inside}</bpmn:businessRuleTask>'
    return drawing(START + rule + END + line("start", "rule", "end"), process)


def table(decision="d_x", cell="&gt; 3", output='"ja"', policy="UNIQUE"):
    """A decision table with one row, and a default where it does not hold."""
    return (
        f'<definitions xmlns="{DMN}" id="x" name="X" namespace="urn:test"><decision id="{decision}" name="Tabelle">'
        f'<decisionTable id="t" hitPolicy="{policy}"><input id="i"><inputExpression id="e"><text>punkte</text>'
        f'</inputExpression></input><output id="o" name="ergebnis"><defaultOutputEntry id="s"><text>"nein"</text>'
        f'</defaultOutputEntry></output>'
        f'<rule id="r1"><inputEntry id="c"><text>{cell}</text>'
        f'</inputEntry><outputEntry id="g"><text>{output}</text></outputEntry></rule></decisionTable></decision>'
        "</definitions>"
    ).encode()


def form_file(ident="f", label="Name", **more):
    """A form with one text field."""
    field = {"type": "textfield", "id": "x", "key": "x", "label": label}
    return json.dumps({"type": "default", "id": ident, "schemaVersion": 16, "components": [field], **more}).encode()


@pytest.fixture
def rules_of():
    """`rules_of(source, forms={"p/f"}, …)`: the ids of the rules that complain, with the elements they name."""

    def checked(source, **known):
        found = diagrams.check(read_diagram(source, "bpmn/p.bpmn"), **known)
        assert all(one.message.de and one.message.en and one.file == "bpmn/p.bpmn" for one in found)
        return {(one.rule, one.element) for one in found}

    return checked


class Desk:
    """Pieces of work on a database that has the tables of this floor and those below it."""

    def __init__(self, url, clock):
        self.database, self.clock = open_database(url), clock
        assert deployments and seal  # their tables are part of the schema
        Base.metadata.create_all(self.database.engine)

    def work(self, actor=ENGINE):
        """One piece of work that writes."""
        return Work(self.database.writing(), actor, self.clock.now, {}, Settings())

    def look(self):
        """One piece of work that only reads."""
        return replace(self.work(), session=self.database.reading(), keeps=False)

    def deploy(self, **known):
        """`deploy(files={…})` in a piece of work of its own; returns [(process, version)]."""
        files = known.pop("files")
        with self.work() as work:
            return [(one.process_id, one.version) for one in deployments.deploy(work, files, **known)]


@pytest.fixture
def desk(empty_database_url, clock):
    """A desk on a fresh database, SQLite and PostgreSQL."""
    desk = Desk(empty_database_url, clock)
    yield desk
    desk.database.engine.dispose()
