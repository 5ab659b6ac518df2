"""Rules about tasks of people: their form, where they wait, their deadlines."""

import re
from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, bodies_named, body_of, rule
from engine.spiff import MISSED, Diagram


@rule("unknown-form", "Laden Sie das Formular nach forms/<Prozess>/<Formular>.json oder berichtigen Sie den Namen.",
      "Upload the form to forms/<process>/<form>.json or correct the name.")
def unknown_form(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A form that a task names is there."""
    for node in rules.people(diagram):
        key = f"{node.process}/{node.properties.get('form', '')}"
        if node.properties.get("form") and known.forms is not None and key not in known.forms:
            yield rules.about(node, f"braucht das Formular „{key}“, das es nicht gibt",
                              f"needs the form “{key}”, which does not exist")


@rule("task-without-form",
      "Nennen Sie in der Eigenschaft „form“ ein Formular, oder machen Sie eine manuelle Aufgabe daraus.",
      "Name a form in the property “form”, or make it a manual task.", severity="warning")
def task_without_form(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A user task usually asks something."""
    for node in diagram.nodes:
        if node.kind == "userTask" and not node.properties.get("form"):
            yield rules.about(node, "hat kein Formular", "has no form")


@rule("unknown-body",
      "Die Kennung einer Bahn ist der Schlüssel eines Gremiums oder einer Stelle; dort liegt die Aufgabe.",
      "The id of a lane is the key of a body; that is where the task waits.")
def unknown_body(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Every task waits for a body that exists, or one the process works out; those it says it chooses from exist."""
    for node in rules.people(diagram):
        body = body_of(node)
        if body == "":
            yield rules.about(node, "liegt in keiner Bahn; niemand könnte die Aufgabe erledigen",
                              "stands in no lane; nobody could do the task")
        elif body is not None and known.bodies is not None and body not in known.bodies:
            yield rules.about(node, f"liegt bei „{body}“; ein Gremium oder eine Stelle dieses Namens gibt es nicht",
                              f"waits for “{body}”; there is no such body")
    for node in diagram.nodes:
        for key in bodies_named(node):
            if known.bodies is not None and key not in known.bodies:
                yield rules.about(node, f"nennt bei „bodies“ „{key}“; ein Gremium oder eine Stelle dieses Namens "
                                  "gibt es nicht", f"names “{key}” in “bodies”; there is no such body")


@rule("bad-property",
      "due und follow_up sind Dauern wie P14D oder P10WD, due_working_days eine ganze Zahl, priority 1 bis 100; missed "
      "ist each oder once und gehört an einen Timer, der sich wiederholt.",
      "due and follow_up are durations such as P14D or P10WD, due_working_days a whole number, priority 1 to 100; "
      "missed is each or once and belongs to a timer that repeats.")
def bad_property(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Deadlines and priorities of tasks can be read, and what a timer does about times that were missed."""
    for node in diagram.nodes:
        said = node.properties.get("missed")
        if said is not None and not (said in MISSED and node.repeats):
            yield rules.about(node, f"hat bei „missed“ den Wert „{said}“", f"has the value “{said}” for “missed”")
    for node in rules.people(diagram):
        for name, value in node.properties.items():
            if name in ("due", "follow_up"):
                wrong = not value.startswith("P") or rules.bad_time(value)
            elif name in ("due_working_days", "priority"):
                wrong = not re.fullmatch(r"[1-9]\d{0,2}", value) or (name == "priority" and int(value) > 100)
            else:
                continue
            if wrong:
                yield rules.about(node, f"hat bei „{name}“ den Wert „{value}“", f"has the value “{value}” for “{name}”")


RULES = (unknown_form, task_without_form, unknown_body, bad_property)
