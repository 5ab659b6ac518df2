"""Rules about activities: how often they are done, and how many tokens they take (BPMN 2.0.2, 10.3)."""

from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.spiff import Diagram


@rule("multi-instance",
      "Nennen Sie entweder eine Anzahl (loopCardinality) oder eine Liste (loopDataInputRef, dazu inputDataItem).",
      "Give either a number (loopCardinality) or a list (loopDataInputRef, with inputDataItem).")
def multi_instance(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """How many instances there are is said once, by a number or by a list (10.3.8)."""
    for node in diagram.nodes:
        loop = node.details.loop
        if loop is None or loop.kind == "loop":
            continue
        fixed = rules.constant(loop.cardinality or "")
        if bool(loop.cardinality) == bool(loop.collection):
            both = bool(loop.cardinality)
            yield rules.about(
                node,
                f"soll mehrfach geschehen und nennt {'Anzahl und Liste' if both else 'weder Anzahl noch Liste'}",
                f"is to be done several times and gives {'both' if both else 'neither'} a number "
                f"{'and' if both else 'nor'} a list", line=loop.line)
        elif loop.cardinality and fixed is not None and (isinstance(fixed, bool) or not isinstance(fixed, int)
                                                         or fixed < 0):
            yield rules.about(node, f"soll {loop.cardinality}-mal ausgeführt werden",
                              f"is to be done {loop.cardinality} times", line=loop.line)


@rule("multi-instance-behavior",
      "Löschen Sie „behavior“ und den genannten Verweis; was bei jeder Instanz geschehen soll, zeichnen Sie als "
      "Schritt in einem Teilprozess, der mehrfach ausgeführt wird.",
      "Delete “behavior” and the reference it names; draw what is to happen with each instance as a step in a "
      "sub-process that is done several times.")
def multi_instance_behavior(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Events thrown when single instances end are not supported; only “All” runs (10.3.8)."""
    for node in diagram.nodes:
        loop = node.details.loop
        if loop is not None and (loop.behavior != "All" or loop.event):
            yield rules.about(node, f"hat bei der Mehrfachausführung behavior=\"{loop.behavior}\"",
                              f"has behavior=\"{loop.behavior}\" for its instances", line=loop.line)


@rule("loop-limit",
      "Geben Sie der Schleife eine Bedingung (loopCondition), unter der sie wiederholt wird, oder eine Höchstzahl "
      "von mindestens 1 (loopMaximum).",
      "Give the loop a condition for which it is repeated (loopCondition), or a maximum of at least 1 (loopMaximum).")
def loop_limit(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A standard loop ends some day (10.3.8)."""
    for node in diagram.nodes:
        loop = node.details.loop
        if loop is None or loop.kind != "loop":
            continue
        if loop.maximum is not None and not (loop.maximum.strip().isdecimal() and int(loop.maximum) > 0):
            yield rules.about(node, f"hat die Höchstzahl {loop.maximum} für seine Schleife",
                              f"has the maximum {loop.maximum} for its loop", line=loop.line)
        elif loop.maximum is None and not loop.condition:
            yield rules.about(node, "wird wiederholt, ohne dass eine Bedingung oder Höchstzahl die Schleife beendet",
                              "is repeated, and neither a condition nor a maximum ends the loop", line=loop.line)


@rule("quantity",
      "Löschen Sie startQuantity und completionQuantity. Soll auf mehrere Wege gewartet werden, setzen Sie davor ein "
      "paralleles Gateway; soll es mehrfach weitergehen, nehmen Sie eine Mehrfachausführung.",
      "Delete startQuantity and completionQuantity. If it is to wait for several ways, put a parallel gateway in "
      "front; if it is to go on several times, use multiple instances.")
def quantity(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An activity takes one token and gives one; other numbers are not supported (10.3)."""
    for node in diagram.nodes:
        for name, said in (("startQuantity", node.details.start_quantity),
                           ("completionQuantity", node.details.completion_quantity)):
            if said.strip() != "1":
                yield rules.about(node, f"hat {name}=\"{said}\"", f"has {name}=\"{said}\"")


@rule("incomplete-extension", "Ergänzen Sie die fehlende Angabe oder löschen Sie das Element.",
      "Add what is missing, or delete the element.")
def incomplete_extension(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What we read of an element beside BPMN is there as a whole."""
    for node in diagram.nodes:
        for tag, attribute, line in node.details.incomplete:
            yield rules.about(node, f"hat ein Element spiffworkflow:{tag}, dem „{attribute}“ fehlt",
                              f"has an element spiffworkflow:{tag} that lacks “{attribute}”", line=line)


RULES = (multi_instance, multi_instance_behavior, loop_limit, quantity, incomplete_extension)
