"""For every rule about diagrams a bad one in which it names the element, and a good one beside it that is sound."""

from typing import NamedTuple

from tests.engine.definitions.conftest import END, START, drawing, flow, line

KNOWN = {"forms": {"p/f"}, "bodies": {"kreistag"}, "processes": {"q"}, "decisions": {"d_x"},
         "operations": {"idea/hide"}}
SERVICE = ('<bpmn:serviceTask id="{}"><bpmn:extensionElements><s:serviceTaskOperator id="idea/hide"/>'
           '</bpmn:extensionElements></bpmn:serviceTask>')
WAIT = ('<bpmn:timerEventDefinition><bpmn:timeDuration>"P1D"</bpmn:timeDuration></bpmn:timerEventDefinition>')
ERROR = '<bpmn:error id="e1" name="Kein Geld" errorCode="GELD"/>'


class Case(NamedTuple):
    """One rule: the element it names in the bad diagram, how grave it finds it, and the good one."""

    rule: str
    element: str
    bad: bytes
    good: bytes
    severity: str = "error"
    known: dict = {}


def service(ident="s"):
    """An automatic step."""
    return SERVICE.format(ident)


def script(ident="s", text="x = 1", **attributes):
    """A script task."""
    return node("scriptTask", ident, f"<bpmn:script>{text}</bpmn:script>", **attributes)


def node(kind, ident, inside="", **attributes):
    """Any element."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<bpmn:{kind} id="{ident}"{said}>{inside}</bpmn:{kind}>'


def definition(kind, inside="", **attributes):
    """An event definition."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<bpmn:{kind}EventDefinition{said}>{inside}</bpmn:{kind}EventDefinition>"


def sub(ident, *inside, kind="subProcess", **attributes):
    """A sub-process of a start, these elements with their flows, and an end."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<bpmn:{kind} id="{ident}"{said}>{"".join(inside)}</bpmn:{kind}>'


def row(*middle, before="", more=""):
    """Start, the elements given as (id, xml) in a row, end; *more* stands beside them."""
    names = [name for name, _ in middle]
    return drawing(START + "".join(xml for _, xml in middle) + END + line("start", *names, "end") + more, before=before)


def choice(*conditions, kind="exclusiveGateway", default=""):
    """A gateway g with an end z1, z2 … for each of these conditions ("" for none)."""
    said = {"default": default} if default else {}
    ends = "".join(node("endEvent", f"z{place}") for place in range(1, len(conditions) + 1))
    flows = "".join(flow("g", f"z{place}", condition) for place, condition in enumerate(conditions, 1))
    return drawing(START + node(kind, "g", **said) + ends + line("start", "g") + flows)


def spoilt(good, one, other):
    """*good* with one thing in it that is another; it has to be there."""
    changed = good.replace(one.encode(), other.encode())
    assert changed != good, one
    return changed
