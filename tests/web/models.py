"""A small process that ideas go through in the tests of the pages: read, then decide, or be withdrawn."""

import json

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="urn:test">
<bpmn:message id="m_in" name="idee_eingereicht"/><bpmn:message id="m_out" name="zurueckgezogen"/>
<bpmn:message id="m_more" name="antwort"/>
<bpmn:process id="pruefen" name="Idee prüfen" isExecutable="true">
 <bpmn:documentation>Ein kurzer Weg durch das Haus.</bpmn:documentation>
 <bpmn:laneSet id="ls">
  <bpmn:lane id="stabsstelle_pm" name="Stabsstelle"><bpmn:flowNodeRef>start</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>split</bpmn:flowNodeRef><bpmn:flowNodeRef>show</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>read</bpmn:flowNodeRef><bpmn:flowNodeRef>ask</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>wait</bpmn:flowNodeRef><bpmn:flowNodeRef>good</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>asked</bpmn:flowNodeRef><bpmn:flowNodeRef>away</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>tell_away</bpmn:flowNodeRef><bpmn:flowNodeRef>gone</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>tell_no</bpmn:flowNodeRef><bpmn:flowNodeRef>no</bpmn:flowNodeRef></bpmn:lane>
  <bpmn:lane id="cdo" name="Digitalisierungsbeauftragte"><bpmn:flowNodeRef>decide</bpmn:flowNodeRef>
   <bpmn:flowNodeRef>tell_yes</bpmn:flowNodeRef><bpmn:flowNodeRef>yes</bpmn:flowNodeRef></bpmn:lane>
 </bpmn:laneSet>
 <bpmn:startEvent id="start" name="Idee eingereicht">
  <bpmn:messageEventDefinition id="e1" messageRef="m_in"/></bpmn:startEvent>
 <bpmn:parallelGateway id="split"/>
 <bpmn:serviceTask id="show" name="Veröffentlichen">OPERATION(idea/publish)</bpmn:serviceTask>
 <bpmn:userTask id="read" name="Idee lesen">
  <bpmn:documentation>Bitte lesen Sie die Idee **genau**.</bpmn:documentation>
  <bpmn:extensionElements><s:properties><s:property name="form" value="read"/><s:property name="due" value="P14D"/>
  </s:properties></bpmn:extensionElements></bpmn:userTask>
 <bpmn:exclusiveGateway id="good" name="Wie weiter?" default="f_decide"/>
 <bpmn:serviceTask id="ask" name="Fragen">OPERATION(idea/ask|frage:"Wo genau?"|bis:"2030-01-31")</bpmn:serviceTask>
 <bpmn:intermediateCatchEvent id="wait" name="Antwort">
  <bpmn:messageEventDefinition id="e3" messageRef="m_more"/></bpmn:intermediateCatchEvent>
 <bpmn:endEvent id="asked" name="Beantwortet"><bpmn:terminateEventDefinition id="e5"/></bpmn:endEvent>
 <bpmn:userTask id="decide" name="Entscheiden"><bpmn:extensionElements><s:properties>
  <s:property name="form" value="decide"/></s:properties></bpmn:extensionElements></bpmn:userTask>
 <bpmn:serviceTask id="tell_yes" name="Beschluss festhalten">
  OPERATION(idea/record_decision|organ:"cdo"|ergebnis:"beschlossen"|wortlaut:wortlaut|ja:3|nein:1|enthaltung:0)</bpmn:serviceTask>
 <bpmn:endEvent id="yes" name="Beschlossen"><bpmn:terminateEventDefinition id="e6"/></bpmn:endEvent>
 <bpmn:serviceTask id="tell_no" name="Ablehnung melden">
  OPERATION(idea/publish_status|status:"nicht_weiterverfolgt"|grund_code:"K1"|grund:notiz|organ:"stabsstelle_pm")</bpmn:serviceTask>
 <bpmn:endEvent id="no" name="Abgelehnt"><bpmn:terminateEventDefinition id="e7"/></bpmn:endEvent>
 <bpmn:intermediateCatchEvent id="away" name="Zurückgezogen">
  <bpmn:messageEventDefinition id="e2" messageRef="m_out"/></bpmn:intermediateCatchEvent>
 <bpmn:serviceTask id="tell_away" name="Rückzug melden">
  OPERATION(idea/publish_status|status:"zurueckgezogen")</bpmn:serviceTask>
 <bpmn:endEvent id="gone" name="Zurückgezogen"><bpmn:terminateEventDefinition id="e4"/></bpmn:endEvent>
 FLOWS
</bpmn:process></bpmn:definitions>"""

FLOWS = [
    ("start", "split", "", ""), ("split", "show", "", ""), ("show", "read", "", ""), ("read", "good", "", ""),
    ("good", "tell_no", "nein", 'ausgang == "nein"'), ("good", "ask", "fragen", 'ausgang == "fragen"'),
    ("good", "decide", "ja", ""), ("ask", "wait", "", ""), ("wait", "asked", "", ""), ("decide", "tell_yes", "", ""),
    ("tell_yes", "yes", "", ""), ("tell_no", "no", "", ""), ("split", "away", "", ""), ("away", "tell_away", "", ""),
    ("tell_away", "gone", "", ""),
]

READ = {"schemaVersion": 16, "type": "default", "id": "read", "title": "Idee lesen", "components": [
    {"type": "text", "id": "c0", "text": "Es geht um **{{titel}}**."},
    {"type": "radio", "id": "c1", "key": "ausgang", "label": "Wie weiter?", "validate": {"required": True},
     "values": [{"value": "ja", "label": "Weiter"}, {"value": "nein", "label": "Ablehnen"},
                {"value": "fragen", "label": "Nachfragen"}]},
    {"type": "textarea", "id": "c2", "key": "notiz", "label": "Begründung", "validate": {"required": True}},
    {"type": "checklist", "id": "c3", "key": "merkmale", "label": "Merkmale",
     "values": [{"value": "neu", "label": "Neu"}, {"value": "klein", "label": "Klein"}]},
    {"type": "textfield", "id": "c4", "key": "rueckruf", "label": "Rückruf", "properties": {"personal": "true"},
     "conditional": {"hide": "=ausgang = \"ja\""}},
]}
DECIDE = {"schemaVersion": 16, "type": "default", "id": "decide", "components": [
    {"type": "textarea", "id": "c1", "key": "wortlaut", "label": "Wortlaut", "validate": {"required": True}},
]}


def files() -> dict[str, bytes]:
    """The process with its forms, as they are deployed."""
    return {
        "bpmn/pruefen.bpmn": diagram().encode(), "forms/pruefen/read.json": json.dumps(READ).encode(),
        "forms/pruefen/decide.json": json.dumps(DECIDE).encode(),
    }


def diagram() -> str:
    """The diagram with its flows and service operations written out."""
    text = DIAGRAM.replace("FLOWS", "\n ".join(
        f'<bpmn:sequenceFlow id="f_{target}" name="{name}" sourceRef="{source}" targetRef="{target}">'
        + (f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else "")
        + "</bpmn:sequenceFlow>" for source, target, name, condition in FLOWS))
    while "OPERATION(" in text:
        before, rest = text.split("OPERATION(", 1)
        said, after = rest.split(")</bpmn:serviceTask>", 1)
        operation, *arguments = said.split("|")
        parameters = "".join(
            f"<s:parameter id=\"{name}\" type=\"any\" value='{value}'/>"
            for name, value in (one.split(":", 1) for one in arguments))
        text = (f"{before}<bpmn:extensionElements><s:serviceTaskOperator id=\"{operation}\" resultVariable=\"r\">"
                f"<s:parameters>{parameters}</s:parameters></s:serviceTaskOperator></bpmn:extensionElements>"
                f"</bpmn:serviceTask>{after}")
    return text
