"""Rules about flows: where they may begin and end, and which may have a condition (BPMN 2.0.2, 8.4.13)."""

from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.spiff import Diagram


@rule("flow-without-id",
      "Er läuft; vergeben Sie ihm trotzdem eine Kennung, denn andere Werkzeuge lassen ihn sonst weg.",
      "It runs; give it an id all the same, as other tools would drop it.", severity="warning")
def flow_without_id(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A flow without an id gets one for running; on a picture, in a comparison and elsewhere it is lost."""
    for flow in diagram.flows:
        if not flow.id:
            yield Complaint(flow.source, flow.line,
                            f"Der Pfeil von „{flow.source}“ nach „{flow.target}“ hat keine Kennung.",
                            f"The flow from “{flow.source}” to “{flow.target}” has no id.", flow.process)


@rule("flow-into-start",
      "Lassen Sie den Pfeil zu einem Gateway oder einer Aktivität hinter dem Startereignis führen.",
      "Let the flow lead to a gateway or an activity behind the start event.")
def flow_into_start(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A start event has no flows that lead to it (10.5.2)."""
    for flow in diagram.flows:
        target = diagram.node(flow.target)
        if target is not None and target.kind == "startEvent":
            yield rules.about_flow(flow, f"führt in das Startereignis „{rules.named(target)}“",
                                   f"leads into the start event “{rules.named(target)}”")


@rule("flow-out-of-end",
      "Setzen Sie statt des Endereignisses ein Zwischenereignis, wenn es danach weitergeht.",
      "Use an intermediate event in place of the end event if it goes on behind it.")
def flow_out_of_end(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An end event has no flows that leave it (10.5.3)."""
    for flow in diagram.flows:
        source = diagram.node(flow.source)
        if source is not None and source.kind == "endEvent":
            yield rules.about_flow(flow, f"verlässt das Endereignis „{rules.named(source)}“",
                                   f"leaves the end event “{rules.named(source)}”")


@rule("flow-across-border",
      "Verbinden Sie nur Elemente derselben Ebene; aus einem Teilprozess führt ein Pfeil an seinem Rand oder ein "
      "Randereignis, zwischen Prozessen eine Nachricht.",
      "Connect elements of one level only; a flow at its edge or a boundary event leads out of a sub-process, a "
      "message from one process to another.")
def flow_across_border(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A flow stays inside its process and its sub-process, and stands there in the file (8.4.13)."""
    for flow in diagram.flows:
        source, target = diagram.node(flow.source), diagram.node(flow.target)
        if source is None or target is None:
            continue
        places = {(source.process, source.parent), (target.process, target.parent)}
        if len(places) > 1:
            yield rules.about_flow(flow, f"von „{rules.named(source)}“ nach „{rules.named(target)}“ überschreitet die "
                                   f"Grenze eines Prozesses oder Teilprozesses",
                                   f"from “{rules.named(source)}” to “{rules.named(target)}” crosses the border of a "
                                   f"process or sub-process")
        elif places != {(flow.process, flow.parent)}:
            yield rules.about_flow(flow, f"steht in der Datei nicht dort, wo „{rules.named(source)}“ steht",
                                   f"does not stand in the file where “{rules.named(source)}” stands")


@rule("flow-at-event-process",
      "Löschen Sie den Pfeil; ein Ereignis-Teilprozess beginnt allein mit seinem Ereignis. Soll er Teil des Weges "
      "sein, machen Sie einen gewöhnlichen Teilprozess daraus.",
      "Delete the flow; an event sub-process begins with its event alone. If it is to be part of the way, make it an "
      "ordinary sub-process.")
def flow_at_event_process(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An event sub-process is not part of the flow around it (10.3.5)."""
    for flow in diagram.flows:
        for end in (flow.source, flow.target):
            node = diagram.node(end)
            if node is not None and node.triggered:
                yield rules.about_flow(flow, f"hängt am Ereignis-Teilprozess „{rules.named(node)}“",
                                       f"is attached to the event sub-process “{rules.named(node)}”")


@rule("flow-at-compensation",
      "Löschen Sie den Pfeil; zur Kompensation führt nur eine Assoziation vom Randereignis, und danach geht es dort "
      "weiter, wo sie ausgelöst wurde.",
      "Delete the flow; only an association from the boundary event leads to a compensation, and afterwards it goes on "
      "where it was thrown.")
def flow_at_compensation(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What compensates stands beside the flow (10.7.1)."""
    for flow in diagram.flows:
        for end in (flow.source, flow.target):
            node = diagram.node(end)
            if node is not None and node.details.for_compensation:
                yield rules.about_flow(flow, f"hängt an „{rules.named(node)}“, das der Kompensation dient",
                                       f"is attached to “{rules.named(node)}”, which is for compensation")


@rule("lone-conditional-flow",
      "Zeichnen Sie einen zweiten Pfeil, der gilt, wenn die Bedingung nicht zutrifft, oder löschen Sie die Bedingung.",
      "Draw a second flow for when the condition does not hold, or delete the condition.")
def lone_conditional_flow(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A condition needs another way beside it: if it does not hold, the instance would stop (8.4.13)."""
    for node in diagram.nodes:
        leaving = diagram.leaving(node.id)
        looks = node.kind in rules.ACTIVITIES | rules.CHOOSING
        if looks and len(leaving) == 1 and leaving[0].condition and leaving[0].id != (node.default or None):
            yield rules.about(node, f"hat nur einen ausgehenden Pfeil, und der gilt nur, wenn {leaving[0].condition}",
                              f"has one outgoing flow only, and that holds only if {leaving[0].condition}")


@rule("condition-ignored",
      "Bedingungen stehen an Pfeilen hinter einem exklusiven oder inklusiven Gateway oder hinter einer Aktivität.",
      "Conditions stand on flows behind an exclusive or inclusive gateway or behind an activity.")
def condition_ignored(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Behind a parallel or event-based gateway and behind an event nobody looks at a condition (8.4.13)."""
    for flow in diagram.flows:
        source = diagram.node(flow.source)
        if flow.condition and source is not None and source.kind not in rules.ACTIVITIES | rules.CHOOSING \
                and source.kind != "complexGateway":
            yield rules.about_flow(flow, f"hat die Bedingung {flow.condition}, auf die hinter „{rules.named(source)}“ "
                                   "niemand sieht", f"has the condition {flow.condition}, at which nobody looks "
                                   f"behind “{rules.named(source)}”")


@rule("default-with-condition",
      "Löschen Sie die Bedingung, oder kennzeichnen Sie einen anderen Pfeil als Standardfluss.",
      "Delete the condition, or mark another flow as the default.", severity="warning")
def default_with_condition(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """The default flow is taken if no other is, whatever its condition says (8.4.13)."""
    for node in diagram.nodes:
        for flow in diagram.leaving(node.id):
            if node.default and flow.id == node.default and flow.condition:
                yield rules.about_flow(flow, f"ist der Standardfluss von „{rules.named(node)}“; seine Bedingung "
                                       f"{flow.condition} wird nicht beachtet",
                                       f"is the default flow of “{rules.named(node)}”; its condition {flow.condition} "
                                       "is not looked at")


RULES = (
    flow_without_id, flow_into_start, flow_out_of_end, flow_across_border, flow_at_event_process, flow_at_compensation,
    lone_conditional_flow, condition_ignored, default_with_condition,
)
