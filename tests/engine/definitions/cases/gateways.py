"""Gateways and loops."""

from tests.engine.definitions.cases import WAIT, Case, choice, node, row, service, spoilt
from tests.engine.definitions.conftest import END, START, drawing, flow, line, task

PLAIN = row(("s", service()))
MESSAGE = '<bpmn:message id="m" name="antwort"/>'
CATCH = node("intermediateCatchEvent", "c1", WAIT)
HEARD = node("intermediateCatchEvent", "c2", '<bpmn:messageEventDefinition messageRef="m"/>')
RECEIVED = node("receiveTask", "r", messageRef="m")


def first_of(*targets, **attributes):
    """An event-based gateway g in front of these (id, xml), each with an end behind it."""
    names = [name for name, _ in targets]
    ends = "".join(node("endEvent", f"z_{name}") for name in names)
    return drawing(START + node("eventBasedGateway", "g", **attributes) + "".join(xml for _, xml in targets) + ends
                   + line("start", "g") + "".join(line("g", name, f"z_{name}") for name in names), before=MESSAGE)


def round_again(middle, back="", out="", kind="exclusiveGateway", **attributes):
    """Start, the element m, a gateway g, and from there an end and a way back to m by the gateway j."""
    return drawing(START + node("exclusiveGateway", "j") + middle + node(kind, "g", **attributes) + END
                   + line("start", "j", "m", "g") + flow("g", "end", out) + flow("g", "j", back))


WAITED = first_of(("c1", CATCH), ("c2", HEARD))
LEFT = round_again(service("m"), "versuche &lt; 3", default="g_end")
FOREVER = drawing(START + node("exclusiveGateway", "j") + service("m") + END + line("start", "j", "m", "j")
                  + flow("m", "end", "fertig"))

CASES = [
    Case("gateway-without-default", "g", choice("a", "b"), choice("a", "not a")),
    Case("gateway-without-default", "g", choice("a &gt;= 3", "a &lt; 2"), choice("a &gt;= 3", "a &lt; 3")),
    Case("gateway-without-default", "g", choice('a == "x"', 'a == "y"'), choice('a == "x"', 'a != "x"')),
    Case("gateway-without-default", "g", choice("a == True", "a == False"),
         choice("a is None", "a is not None")),
    Case("gateway-without-default", "g", choice('a in ("x", "y")', 'a == "z"', kind="inclusiveGateway"),
         choice('a in ("x", "y")', 'a not in ("x", "y") or b', kind="inclusiveGateway")),
    Case("gateway-without-default", "g", choice("f(a)", "not f(a)"), choice("a and b", "not a or not b")),
    Case("gateway-without-default", "g", choice("1 &lt; a &lt; 5", "a &lt;= 1", "a &gt; 5"),
         choice("1 &lt; a &lt; 5", "a &lt;= 1", "a &gt;= 5")),
    Case("gateway-without-default", "s", drawing(START + service() + END + node("endEvent", "z") + flow("start", "s")
                                                 + flow("s", "end", "a") + flow("s", "z", "b")),
         drawing(START + service() + END + node("endEvent", "z") + flow("start", "s") + flow("s", "end", "a")
                 + flow("s", "z"))),
    Case("gateway-without-default", "g_z2", choice("a", "", "not a", default="g_z1"), choice("a", "not a")),
    Case("overlapping-conditions", "g", choice("a &gt; 3", "a &gt; 5", "", default="g_z3"),
         choice("a &gt; 5", "3 &lt; a &lt;= 5", "", default="g_z3"), "warning"),
    Case("overlapping-conditions", "g", choice('a in ("x", "y")', 'a != "x"'), choice('a in ("x", "y")',
                                                                                    'a not in ("x", "y")'), "warning"),
    Case("overlapping-conditions", "g", choice("a and b", "a or b", "", default="g_z3"),
         choice("a and b", "a and not b", "", default="g_z3"), "warning"),
    Case("overlapping-conditions", "g", choice('d["n"] &gt;= 1', 'd["n"] &lt;= 1'),
         choice('d["n"] &gt;= 1', 'd["n"] &lt; 1'), "warning"),
    Case("overlapping-conditions", "g", choice("a &gt; 1", "a &gt; 2", "", default="g_z3"),
         choice("a &gt; 1", "b &gt; 2", "", default="g_z3"), "warning"),
    Case("overlapping-conditions", "g", choice("a &gt; 1", "a &gt; 2", "", default="g_z3"),
         choice("a &gt; 1", "a &gt; 2", "", kind="inclusiveGateway", default="g_z3"), "warning"),
    Case("useless-gateway", "g", row(("g", node("parallelGateway", "g"))), choice("", "", kind="parallelGateway"),
         "warning"),
    Case("gateway-direction", "g", spoilt(choice("", "", kind="parallelGateway"), 'id="g"',
                                          'id="g" gatewayDirection="Converging"'),
         spoilt(choice("", "", kind="parallelGateway"), 'id="g"', 'id="g" gatewayDirection="Diverging"'), "warning"),
    Case("event-gateway-flows", "g", first_of(("c1", CATCH)), WAITED),
    Case("event-gateway-flows", "g", spoilt(WAITED, 'Gateway id="g"', 'Gateway id="g" eventGatewayType="Parallel"'),
         WAITED),
    Case("event-gateway-target", "s", first_of(("c1", CATCH), ("s", service())), WAITED),
    Case("event-gateway-target", "c1", spoilt(WAITED, flow("start", "g"), flow("start", "g") + flow("start", "c1")),
         WAITED),
    Case("event-gateway-target", "g", first_of(("c2", HEARD), ("r", RECEIVED)),
         first_of(("c1", CATCH), ("r", RECEIVED))),
    Case("event-gateway-target", "r", spoilt(first_of(("c1", CATCH), ("r", RECEIVED)), flow("start", "g"),
                                             flow("start", "g") + node("boundaryEvent", "x", WAIT, attachedToRef="r")
                                             + flow("x", "z_r")), first_of(("c1", CATCH), ("r", RECEIVED))),
    Case("event-gateway-target", "c3", first_of(("c1", CATCH), ("c3", node("intermediateCatchEvent", "c3",
                                                                          '<bpmn:linkEventDefinition name="l"/>'))),
         WAITED),
    Case("event-gateway-target", "c2",
         spoilt(WAITED, 'Event id="c2">', f'Event id="c2" parallelMultiple="true">{WAIT}'),
         spoilt(WAITED, 'Event id="c2">', f'Event id="c2">{WAIT}')),
    Case("endless-loop", "j", drawing(START + node("exclusiveGateway", "j") + service("m") + END
                                      + line("start", "j", "m", "j")), LEFT),
    Case("endless-loop", "j", round_again(service("m"), kind="parallelGateway"), LEFT),
    Case("endless-loop", "j", spoilt(FOREVER, "</bpmn:serviceTask>", "</bpmn:serviceTask>" + node(
        "boundaryEvent", "x", '<bpmn:errorEventDefinition/>', attachedToRef="m") + flow("x", "end")),
         round_again(task("m", body='"kreistag"'), "versuche &lt; 3", default="g_end"), "warning"),
]
