"""The rule about correlation: what a message is told apart by can be found in it (BPMN 2.0.2, 8.4.2)."""

from collections.abc import Iterator

from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram


@rule("correlation-incomplete",
      "Geben Sie zu jeder Eigenschaft des Schlüssels für jede Nachricht an, wo ihr Wert in der Nachricht steht "
      "(correlationPropertyRetrievalExpression mit messageRef und messagePath).",
      "Say for each property of the key and for each message where its value stands in the message "
      "(correlationPropertyRetrievalExpression with messageRef and messagePath).", whole=True)
def correlation_incomplete(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Each property of a key has an expression for every message of the key."""
    properties = {one.id: one for one in diagram.correlations}
    keys = {one.id for one in diagram.keys}
    for key in diagram.keys:
        for ident in key.properties:
            if ident not in properties:
                yield Complaint(key.id, key.line, f"Der Schlüssel „{key.name}“ nennt die Eigenschaft „{ident}“, die es "
                                "nicht gibt.", f"The key “{key.name}” names the property “{ident}”, which does not "
                                "exist.")
        found = [properties[ident] for ident in key.properties if ident in properties]
        messages = {message for one in found for message in one.paths}
        for one in found:
            for message in sorted(messages - {ref for ref, path in one.paths.items() if path}):
                name = diagram.messages.get(message) or message
                yield Complaint(one.id, one.line, f"Die Eigenschaft „{one.name}“ sagt nicht, wo ihr Wert in der "
                                f"Nachricht „{name}“ steht.",
                                f"The property “{one.name}” does not say where its value stands in the message "
                                f"“{name}”.")
    for prop in diagram.correlations:
        if not prop.paths or not prop.id:
            lacks = Sentence("hat keine Kennung", "has no id") if not prop.id else Sentence(
                "sagt von keiner Nachricht, wo ihr Wert steht", "does not say of any message where its value stands")
            yield Complaint(prop.id, prop.line, f"Die Eigenschaft „{prop.name}“ {lacks.de}.",
                            f"The property “{prop.name}” {lacks.en}.")
        for message in prop.paths:
            if message not in diagram.messages:
                yield Complaint(prop.id, prop.line,
                                f"Die Eigenschaft „{prop.name}“ nennt die Nachricht „{message}“, die es nicht gibt.",
                                f"The property “{prop.name}” names the message “{message}”, which does not exist.")
    for asked in diagram.subscriptions:
        if asked.key not in keys:
            yield Complaint(asked.id or asked.process, asked.line,
                            f"Der Prozess „{asked.process}“ nennt den Schlüssel „{asked.key}“, den es nicht gibt.",
                            f"The process “{asked.process}” names the key “{asked.key}”, which does not exist.",
                            asked.process)


RULES = (correlation_incomplete,)
