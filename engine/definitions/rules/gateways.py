"""Rules about gateways: what they choose by, and what an event-based one may wait for (BPMN 2.0.2, 10.6)."""

from collections.abc import Iterator
from itertools import combinations

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, conditions, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node

_WAITED_FOR = frozenset({"message", "signal", "timer", "conditional"})


@rule("gateway-without-default",
      "Kennzeichnen Sie einen Pfeil als Standardfluss und geben Sie allen anderen eine Bedingung.",
      "Mark one flow as the default and give all others a condition.")
def gateway_without_default(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A branch whose conditions may all fail stops the instance; one without a condition is always taken.

    No default is needed where one of the conditions always holds, as with
    `x` and `not x` or `a >= 3` and `a < 3`, as far as that can be proved.
    """
    for node in diagram.nodes:
        leaving = diagram.leaving(node.id)
        chooses = node.kind in rules.CHOOSING
        if len(leaving) < 2 or not (chooses or node.kind in rules.ACTIVITIES):
            continue
        open_ended = chooses or all(flow.condition for flow in leaving)
        complete = conditions.complete([flow.condition for flow in leaving if flow.condition])
        if open_ended and not node.default and not complete:
            yield rules.about(node, "hat keinen Standardfluss; trifft keine Bedingung zu, bliebe der Vorgang stehen",
                              "has no default flow; if no condition holds, the instance would stop")
        for flow in leaving if chooses else ():
            if flow.id != node.default and not flow.condition:
                yield Complaint(flow.id, flow.line,
                                f"Dem Pfeil „{flow.name or flow.id}“ hinter „{rules.named(node)}“ fehlt die Bedingung.",
                                f"The flow “{flow.name or flow.id}” behind “{rules.named(node)}” has no condition.",
                                flow.process)


@rule("overlapping-conditions",
      "Machen Sie die Bedingungen so, dass nie zwei zugleich gelten; sonst gilt die, die in der Datei zuerst steht. "
      "Sollen mehrere Wege genommen werden, nehmen Sie ein inklusives Gateway.",
      "Make the conditions so that never two hold at once; otherwise the one that comes first in the file is taken. If "
      "several ways are to be taken, use an inclusive gateway.", severity="warning")
def overlapping_conditions(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Of two conditions behind an exclusive gateway that may both hold, the order decides, and it cannot be seen.

    Said only of conditions on the same names, and with an example.
    """
    for node in diagram.nodes:
        if node.kind != "exclusiveGateway":
            continue
        asked = [flow for flow in diagram.leaving(node.id) if flow.condition and flow.id != node.default]
        for one, other in combinations(asked[:_MOST_COMPARED], 2):
            example = conditions.both(one.condition or "", other.condition or "")
            if example is not None:
                yield rules.about(
                    node, f"hat zwei Bedingungen, die zugleich gelten können: {one.condition} und {other.condition}, "
                    f"zum Beispiel bei {example}", f"has two conditions that may both hold: {one.condition} and "
                    f"{other.condition}, for example with {example}", line=other.line)


_MOST_COMPARED = 20


@rule("useless-gateway",
      "Lassen Sie das Gateway weg, oder zeichnen Sie die Wege ein, die es teilen oder vereinen soll.",
      "Leave the gateway out, or draw the ways that it is to split or to join.", severity="warning")
def useless_gateway(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A gateway with one flow in and one out does nothing, so something was forgotten."""
    for node in diagram.nodes:
        if node.kind in rules.GATEWAYS - {"eventBasedGateway"} and len(diagram.entering(node.id)) <= 1 \
                and len(diagram.leaving(node.id)) == 1:
            yield rules.about(node, "teilt keinen Weg und führt keine zusammen", "neither splits a way nor joins ways")


@rule("gateway-direction",
      "Ändern Sie gatewayDirection oder die Pfeile: Converging vereint Wege, Diverging teilt einen, Mixed tut beides.",
      "Change gatewayDirection or the flows: Converging joins ways, Diverging splits one, Mixed does both.",
      severity="warning")
def gateway_direction(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A gateway has the flows that its direction promises (10.6.1); it runs by its flows."""
    for node in diagram.nodes:
        many = len(diagram.entering(node.id)) > 1, len(diagram.leaving(node.id)) > 1
        promised = {"Converging": (True, False), "Diverging": (False, True), "Mixed": (True, True)}
        said = node.details.direction
        if node.kind in rules.GATEWAYS and said in promised and many != promised[said]:
            arriving, going = len(diagram.entering(node.id)), len(diagram.leaving(node.id))
            yield rules.about(node, f"sagt gatewayDirection=\"{said}\", hat aber {arriving} eingehende und {going} "
                              "ausgehende Pfeile", f"says gatewayDirection=\"{said}\", but has {arriving} incoming and "
                              f"{going} outgoing flows")


@rule("event-gateway-flows",
      "Zeichnen Sie für jedes Ereignis, auf das gewartet wird, einen Pfeil zu einem Zwischenereignis; wird nur auf "
      "eines gewartet, genügt dieses ohne Gateway.",
      "Draw one flow to an intermediate event for each event that is waited for; if there is only one, that is enough "
      "without a gateway.")
def event_gateway_flows(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """An event-based gateway has two or more ways, and begins a process in the one manner that we run (10.6.6)."""
    for node in diagram.nodes:
        if node.kind != "eventBasedGateway":
            continue
        if len(diagram.leaving(node.id)) < 2:
            yield rules.about(node, "wartet auf weniger als zwei Ereignisse", "waits for fewer than two events")
        if node.details.gateway_type == "Parallel":
            yield rules.about(
                node, "soll auf alle seine Ereignisse warten (eventGatewayType=\"Parallel\"), was nicht unterstützt "
                "wird", "is to wait for all of its events (eventGatewayType=\"Parallel\"), which is not supported",
                Sentence("Warten Sie hinter einem parallelen Gateway auf jedes Ereignis und vereinen Sie die Wege "
                         "danach.", "Wait for each event behind a parallel gateway and join the ways afterwards."))


@rule("event-gateway-target",
      "Hinter einem ereignisbasierten Gateway stehen Zwischenereignisse (Nachricht, Signal, Zeit, Bedingung) oder "
      "Empfangsaufgaben, zu denen sonst kein Pfeil führt.",
      "Behind an event-based gateway stand intermediate events (message, signal, timer, condition) or receive tasks to "
      "which no other flow leads.")
def event_gateway_target(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """What an event-based gateway waits for is an event, and for this gateway alone (10.6.6)."""
    for node in diagram.nodes:
        if node.kind != "eventBasedGateway":
            continue
        targets = [found for flow in diagram.leaving(node.id) if (found := diagram.node(flow.target)) is not None]
        for target in targets:
            said = _no_target(diagram, target)
            if said is not None:
                behind = rules.named(node)
                yield rules.about(target, f"steht hinter dem ereignisbasierten Gateway „{behind}“, {said.de}",
                                  f"stands behind the event-based gateway “{behind}”, {said.en}")
        tasks = [one for one in targets if one.kind == "receiveTask"]
        if tasks and any(rules.has(one, "message") for one in targets if one.kind == "intermediateCatchEvent"):
            yield rules.about(
                node, "wartet auf Nachrichten teils mit Empfangsaufgaben, teils mit Zwischenereignissen",
                "waits for messages partly by receive tasks, partly by intermediate events",
                Sentence("Nehmen Sie nur das eine oder nur das andere.", "Use only the one or only the other."))


def _no_target(diagram: Diagram, target: Node) -> Sentence | None:
    if target.kind == "receiveTask":
        if diagram.attached(target.id):
            return Sentence("hat aber ein Ereignis am Rand", "but has an event at its edge")
    elif target.kind != "intermediateCatchEvent":
        return Sentence("ist aber nichts, worauf es warten kann", "but is nothing it can wait for")
    elif not target.details.definitions or not {one.kind for one in target.details.definitions} <= _WAITED_FOR:
        return Sentence("wartet aber auf etwas, worauf es nicht warten kann",
                        "but waits for something it cannot wait for")
    elif target.details.parallel_multiple and len(target.details.definitions) > 1:
        return Sentence("wartet aber auf mehrere Ereignisse zugleich", "but waits for several events at once")
    if len(diagram.entering(target.id)) > 1:
        return Sentence("hat aber noch einen anderen eingehenden Pfeil", "but has another incoming flow as well")
    return None


RULES = (
    gateway_without_default, overlapping_conditions, useless_gateway, gateway_direction, event_gateway_flows,
    event_gateway_target,
)
