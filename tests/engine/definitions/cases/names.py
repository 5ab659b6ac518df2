"""Names in expressions: which can be known where."""

from engine.definitions import forms
from engine.spiff import read_diagram
from tests.engine.definitions.cases import WAIT, Case, node, row, script, service, spoilt, sub
from tests.engine.definitions.conftest import END, START, drawing, flow, form_file, line, task

CLOCK = node("startEvent", "start", WAIT)
FORM = forms.parse(form_file("f"), "f.json")  # it has one field, x
ASKED = {"forms": {"p/f": FORM}, "decisions": {"d_x": ("ergebnis",)},
         "processes": {"q": read_diagram(row(("s", script(text="aus_q = 1"))).replace(b'id="p"', b'id="q"'))}}


def by_clock(source):
    """The same, but begun by the clock: nothing is known that the process does not say itself."""
    return spoilt(source, START, CLOCK)


def asks(name, *before, more=""):
    """A process that is begun by the clock, does what is *before*, then a script that asks for *name*."""
    return by_clock(row(*before, ("ask", script("ask", f"y = {name} + 1")), more=more))


DECIDED = ("rule", node("businessRuleTask", "rule", "<bpmn:extensionElements><s:calledDecisionId>d_x"
                        "</s:calledDecisionId></bpmn:extensionElements>"))
SET = ("set", script("set", "betrag = 1"))
ITEMS = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef>"
         '<bpmn:inputDataItem id="teil"/></bpmn:multiInstanceLoopCharacteristics>')


def each(text):
    """A script m for every item of a list."""
    return "m", script("m", text).replace("<bpmn:script>", ITEMS + "<bpmn:script>")


LIST = ("set", script("set", "liste = [1]"))
BRANCHED = by_clock(drawing(
    START + node("exclusiveGateway", "g", default="g_b") + script("a", "eins = 1") + script("b", "zwei = 1")
    + node("exclusiveGateway", "j") + script("ask", "y = {}") + END + line("start", "g") + flow("g", "a", "True")
    + line("g", "b", "j", "ask", "end") + flow("a", "j"))).decode()


def unknown(element, bad, good, **known):
    """A case of the rule."""
    return Case("unknown-name", element, bad, good, "warning", {**ASKED, **known})


CASES = [
    unknown("ask", asks("betrag"), asks("betrag", SET)),
    unknown("ask", row(SET, ("ask", script("ask", "y = betrga + 1"))), row(SET, ("ask", script("ask", "y = frist"))),),
    unknown("ask", asks("x", ("t", task(body='"kreistag"', form=""))), asks("x", ("t", task(body='"kreistag"')))),
    unknown("ask", asks("erg", DECIDED), asks("ergebnis", DECIDED)),
    unknown("ask", asks("nie", ("c", node("callActivity", "c", calledElement="q"))),
            asks("aus_q", ("c", node("callActivity", "c", calledElement="q")))),
    unknown("ask", asks("z", ("s", spoilt(service().encode(), 'idea/hide"', 'idea/hide" resultVariable="r"').decode())),
            asks("r", ("s", spoilt(service().encode(), 'idea/hide"', 'idea/hide" resultVariable="r"').decode()))),
    unknown("ask", asks("z", SET), asks("z", ("s", service()))),
    unknown("ask", asks("nachher", more=""), by_clock(row(
        ("u", sub("u", node("startEvent", "i"), script("v", "vorher = 1"), node("endEvent", "k"), line("i", "v", "k"))),
        ("ask", script("ask", "y = vorher"))))),
    unknown("m", by_clock(row(LIST, each("y = stueck"))), by_clock(row(LIST, each("y = teil")))),
    unknown("m", by_clock(row(each("y = teil"))), by_clock(row(LIST, each("y = teil")))),
    unknown("ask", BRANCHED.replace("y = {}", "y = drei").encode(), BRANCHED.replace("y = {}", "y = zwei").encode()),
    unknown("g_a", BRANCHED.replace("y = {}", "y = 1").replace(">True<", ">eins<").encode(),
            BRANCHED.replace("y = {}", "y = 1").encode()),
    unknown("t", by_clock(row(("t", task(body="stelle")))), by_clock(row(
        ("set", script("set", 'stelle = "kreistag"')), ("t", task(body="stelle"))))),
    unknown("w", by_clock(row(("w", node("intermediateCatchEvent", "w", WAIT.replace('"P1D"', "frist"))))),
            row(("w", node("intermediateCatchEvent", "w", WAIT.replace('"P1D"', "frist"))))),
    unknown("ask", by_clock(row(("ask", script("ask", "y = [z for z in liste]")))),
            by_clock(row(("ask", script("ask", "liste = [1]\ny = [z for z in liste if z]\nsum(y)\nnow\n"
                                        "date(2026, 1, 1)"))))),
    unknown("ask", row(SET, ("ask", script("ask", "y = betrga"))), row(SET, *(
        (f"ask{place}", script(f"ask{place}", "y = betrga")) for place in range(3)))),
    unknown("ask", row(SET, ("ask", script("ask", "y = betrga"))),
            row(("set", script("set", "betrag1 = 1")), ("ask", script("ask", "y = betrag2")))),
]
