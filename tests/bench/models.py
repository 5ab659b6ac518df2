"""The two processes that completions are measured on, drawn by code: n user tasks in a row, each with its own form."""

import json
from xml.sax.saxutils import quoteattr

FORM_BYTES = 337
BODY = "bank"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:reifegrad:bench">"""


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
