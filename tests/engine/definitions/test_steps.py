"""The table of steps says what the drawing says."""

from engine.definitions.steps import steps
from engine.spiff import read_diagram
from tests.engine.definitions.conftest import END, START, drawing, flow, lane, line, simple, task


def test_a_task_says_who_does_it_with_which_form_until_when_and_what_comes_next():
    row = next(row for row in steps(read_diagram(simple(due="P14D"))) if row.id == "t")
    assert (row.name, row.who, row.body, row.form, row.timers) == ("Aufgabe t", "Kreistag", "kreistag", "p/f",
                                                                   ("P14D",))
    assert [(way.element, way.when) for way in row.next] == [("end", "")]
    assert row.kind_name.de == "Aufgabe mit Formular"


def test_rows_follow_the_ways_of_the_diagram_not_the_order_of_the_file():
    source = drawing(
        END + task("b") + '<bpmn:endEvent id="z"/>' + task("a") + '<bpmn:exclusiveGateway id="g" default="g_b"/>'
        + START + lane("kreistag", "a", "b") + line("start", "a", "g", "b", "end") + flow("g", "z", "x == 1"),
    )
    rows = steps(read_diagram(source))
    assert [row.id for row in rows] == ["start", "a", "g", "b", "end", "z"]
    assert [(way.element, way.when, way.otherwise) for way in rows[2].next] == [("b", "", True), ("z", "x == 1", False)]


def test_every_element_has_a_row_even_where_no_way_leads():
    assert {row.id for row in steps(read_diagram(drawing(START + END + task() + line("start", "end"))))} == {"start",
                                                                                                             "end", "t"}


def test_a_timer_at_a_task_stands_beside_it():
    timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>"P7D"</bpmn:timeDuration></bpmn:timerEventDefinition>'
    source = drawing(START + task() + END + '<bpmn:endEvent id="late"/>' + line("start", "t", "end") + flow("x", "late")
                     + f'<bpmn:boundaryEvent id="x" attachedToRef="t">{timer}</bpmn:boundaryEvent>')
    rows = {row.id: row for row in steps(read_diagram(source))}
    assert rows["t"].timers == ("P7D",)
    assert [*rows] == ["start", "t", "x", "late", "end"]


def test_an_event_sub_process_says_what_it_is_and_when_it_starts():
    timer = '<bpmn:timerEventDefinition><bpmn:timeDuration>"P7D"</bpmn:timeDuration></bpmn:timerEventDefinition>'
    inner = f'<bpmn:startEvent id="us">{timer}</bpmn:startEvent><bpmn:endEvent id="ue"/>' + line("us", "ue")
    source = drawing(START + task() + END + line("start", "t", "end")
                     + f'<bpmn:subProcess id="u" triggeredByEvent="true">{inner}</bpmn:subProcess>')
    rows = {row.id: row for row in steps(read_diagram(source))}
    assert rows["u"].kind_name.de == "Ereignis-Teilprozess" and rows["us"].inside == "u"
    assert rows["us"].timers == ("P7D",)
