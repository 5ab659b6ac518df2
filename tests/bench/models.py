"""The measured processes, drawn by code.

Completions are measured on n user tasks in a row, each with its own form. The others are as small as what is measured
on them allows: a loop, a task for many, four at once, a timer, a message's sender and its receiver.
"""

import json
from typing import Any
from xml.sax.saxutils import quoteattr

from tests.engine.spiff import models as draw

FORM_BYTES = 337
BODY = "bank"
BODIES = (BODY, "kiosk", "brunnen", "garten", "halle")
MANY = 200
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:reifegrad:bench">"""


def everything() -> dict[str, bytes]:
    """The files of all measured processes: zwei, zehn, runde, viele, vier, wecker, bote, empfang."""
    return {**files("zwei", 2, scripts=False), **files("zehn", 10, scripts=True), **others()}


def answers(number: int, go_on: bool = True) -> dict[str, Any]:
    """What a person types into `form(…, number)`."""
    return {f"ok_{number}": "true" if go_on else "false", f"why_{number}": "Passt zum Ort und zum Plan."}


def others() -> dict[str, bytes]:
    """The files of the processes that are not a row of tasks."""
    start, done = draw.start_event(), draw.end_event("done")
    asked = {number: draw.user(f"t{number}", form=f"t{number}") for number in range(1, 5)}
    made = {
        "runde": draw.process(
            "runde", _lane("start enter t1 split left right join again done"), start, draw.gateway("enter"), asked[1],
            draw.gateway("split", "parallel"), draw.script("left", "summe = summe + 1"),
            draw.script("right", "rechts = ok_1"), draw.gateway("join", "parallel"),
            draw.gateway("again", default="again_done"), done,
            flows="start > enter > t1 > split > left > join > again > done; split > right > join; "
                  "again > enter if ok_1"),
        "viele": draw.process(
            "viele", _lane("start t1 done"), start,
            draw.user("t1", draw.many("namen", "name", "stimmen", "ok_1"), form="t1"), done, flows="start > t1 > done"),
        "vier": draw.process(
            "vier", _lane("start split t1 t2 t3 t4 join done"), start, draw.gateway("split", "parallel"),
            *asked.values(), draw.gateway("join", "parallel"), done,
            flows="start > split; join > done; " + "; ".join(f"split > t{number} > join" for number in asked)),
        "wecker": draw.process(
            "wecker", _lane("start wait t1 done"), start, draw.catch("wait", draw.timer_definition('"PT1M"')), asked[1],
            done, flows="start > wait > t1 > done"),
        "bote": draw.process(
            "bote", _lane("start tell done"), start,
            draw.throw("tell", "antwort", '{"text": "ja"}', correlation="nummer"), done, flows="start > tell > done"),
        "empfang": draw.process(
            "empfang", _lane("start wait t1 done"), start,
            draw.catch("wait", draw.props(correlation="nummer") + draw.message_definition("antwort")), asked[1], done,
            flows="start > wait > t1 > done"),
    }
    forms = {"runde": 1, "viele": 1, "vier": 4, "wecker": 1, "empfang": 1}
    return {f"bpmn/{name}.bpmn": content for name, content in made.items()} | {
        f"forms/{name}/t{number}.json": form(f"t{number}", number)
        for name, count in forms.items() for number in range(1, count + 1)
    }


def files(process: str, tasks: int, *, scripts: bool) -> dict[str, bytes]:
    """The files of a process with *tasks* user tasks: a gateway after each but the last leads on or to a rejected end.

    With *scripts* a script task stands before each gateway.
    """
    nodes: list[str] = ['<bpmn:startEvent id="start"><bpmn:outgoing>f_start</bpmn:outgoing></bpmn:startEvent>']
    names = ["start"]
    flows: list[str] = []
    before, incoming = "start", "f_start"
    rejections: list[str] = []
    for number in range(1, tasks + 1):
        row: list[tuple[str, str]] = [("userTask", f"t{number}")]
        if number < tasks and scripts:
            row.append(("scriptTask", f"s{number}"))
        for kind, name in row:
            flows.append(_flow(incoming, before, name))
            nodes.append(_node(kind, name, incoming, f"f_{name}", number))
            names.append(name)
            before, incoming = name, f"f_{name}"
        if number < tasks:
            gate = f"g{number}"
            flows.append(_flow(incoming, before, gate))
            nodes.append(
                f'<bpmn:exclusiveGateway id="{gate}" name="Weiter?" default="f_{gate}_no">'
                f"<bpmn:incoming>{incoming}</bpmn:incoming><bpmn:outgoing>f_{gate}</bpmn:outgoing>"
                f"<bpmn:outgoing>f_{gate}_no</bpmn:outgoing></bpmn:exclusiveGateway>")
            flows.append(_flow(f"f_{gate}_no", gate, "rejected"))
            rejections.append(f"f_{gate}_no")
            names.append(gate)
            before, incoming = gate, f"f_{gate}"
    flows.append(_flow(incoming, before, "done"))
    nodes.append(f'<bpmn:endEvent id="done" name="Fertig"><bpmn:incoming>{incoming}</bpmn:incoming></bpmn:endEvent>')
    nodes.append('<bpmn:endEvent id="rejected" name="Abgelehnt">'
                 + "".join(f"<bpmn:incoming>{one}</bpmn:incoming>" for one in rejections) + "</bpmn:endEvent>")
    names += ["done", "rejected"]
    lane = "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in names)
    drawn = (
        f'{_HEAD}<bpmn:process id="{process}" name={quoteattr(process)} isExecutable="true">'
        f'<bpmn:laneSet id="lanes"><bpmn:lane id="{BODY}" name="Messbank">{lane}</bpmn:lane></bpmn:laneSet>'
        + "".join(nodes + flows) + "</bpmn:process></bpmn:definitions>")
    made = {f"bpmn/{process}.bpmn": drawn.encode()}
    for number in range(1, tasks + 1):
        made[f"forms/{process}/t{number}.json"] = form(f"t{number}", number)
    return made


def form(key: str, number: int) -> bytes:
    """A form of exactly FORM_BYTES bytes, no two alike: whether to go on, and why."""
    def written(filler: str) -> bytes:
        ok, why = f"ok_{number}", f"why_{number}"
        return json.dumps({"type": "default", "schemaVersion": 16, "id": key, "components": [
            {"type": "checkbox", "id": ok, "key": ok, "label": "Weiter"},
            {"type": "textarea", "id": why, "key": why, "label": "Grund", "description": filler},
        ]}, separators=(",", ":")).encode()

    return written("." * (FORM_BYTES - len(written(""))))


def _lane(nodes: str) -> str:
    return draw.lanes(**{BODY: nodes})


def _node(kind: str, name: str, incoming: str, outgoing: str, number: int) -> str:
    ends = f"<bpmn:incoming>{incoming}</bpmn:incoming><bpmn:outgoing>{outgoing}</bpmn:outgoing>"
    if kind == "userTask":
        said = f'<s:properties><s:property name="form" value="{name}"/></s:properties>'
        return (f'<bpmn:userTask id="{name}" name="Schritt {number}">'
                f"<bpmn:extensionElements>{said}</bpmn:extensionElements>{ends}</bpmn:userTask>")
    return (f'<bpmn:scriptTask id="{name}" name="Rechnen {number}">{ends}'
            f"<bpmn:script>summe = summe + {number}</bpmn:script></bpmn:scriptTask>")


def _flow(name: str, source: str, target: str) -> str:
    ends = f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}"'
    if source.startswith("g") and not name.endswith("_no"):
        condition = f"<bpmn:conditionExpression>ok_{source[1:]}</bpmn:conditionExpression>"
        return f"{ends}>{condition}</bpmn:sequenceFlow>"
    return f"{ends}/>"
