"""Activities, tasks, calls, times, expressions, and what is not supported."""

from tests.engine.definitions.cases import Case, definition, node, row, script, service, spoilt, sub
from tests.engine.definitions.cases.events import BESIDE
from tests.engine.definitions.conftest import END, START, calling, deciding, drawing, flow, lane, line, simple, task

PLAIN = row(("s", service()))
TIMER = ('<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>')
CYCLE = (
    lane("kreistag", "t") + START + task(due="P10WD") + END + line("start", "t", "end") + '<bpmn:endEvent id="late"/>'
    '<bpmn:boundaryEvent id="x" attachedToRef="t" cancelActivity="false"><bpmn:timerEventDefinition>'
    '<bpmn:timeCycle>"R3/P7D"</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>' + flow("x", "late"))


def repeated(inside, kind="multiInstanceLoopCharacteristics", **attributes):
    """Start, an activity s that is repeated, end."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return spoilt(PLAIN, "</bpmn:serviceTask>", f"<bpmn:{kind}{said}>{inside}</bpmn:{kind}></bpmn:serviceTask>")


def timed(text):
    """Start, a timer w, end."""
    return row(("w", node("intermediateCatchEvent", "w", TIMER.format(text))))


def extended(inside):
    """Start, a script s with extensions, end."""
    return row(("s", node("scriptTask", "s", f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
                          "<bpmn:script>x = 1</bpmn:script>")))


KEY = ('<bpmn:collaboration id="col"><bpmn:participant id="pool" processRef="p"/><bpmn:correlationKey id="k"/>'
       '</bpmn:collaboration>')
SUBSCRIBED = ('<bpmn:correlationSubscription id="sub" correlationKeyRef="k"><bpmn:correlationPropertyBinding '
              'correlationPropertyRef="cp"><bpmn:dataPath>{}</bpmn:dataPath></bpmn:correlationPropertyBinding>'
              "</bpmn:correlationSubscription></bpmn:process>")
THRICE = repeated("<bpmn:loopCardinality>3</bpmn:loopCardinality>")
LOOPED = repeated("<bpmn:loopCondition>nochmal</bpmn:loopCondition>", "standardLoopCharacteristics")

CASES = [
    Case("multi-instance", "s", repeated(""), THRICE),
    Case("multi-instance", "s", repeated("<bpmn:loopCardinality>3</bpmn:loopCardinality>"
                                         "<bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef>"),
         repeated("<bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef>")),
    Case("multi-instance", "s", repeated("<bpmn:loopCardinality>-1</bpmn:loopCardinality>"),
         repeated("<bpmn:loopCardinality>anzahl</bpmn:loopCardinality>")),
    *[Case("multi-instance-behavior", "s", repeated("<bpmn:loopCardinality>3</bpmn:loopCardinality>", behavior=said),
           repeated("<bpmn:loopCardinality>3</bpmn:loopCardinality>", behavior="All"))
      for said in ("None", "One", "Complex")],
    Case("loop-limit", "s", repeated("", "standardLoopCharacteristics"), LOOPED),
    Case("loop-limit", "s", repeated("", "standardLoopCharacteristics", loopMaximum="-1"),
         repeated("", "standardLoopCharacteristics", loopMaximum="3")),
    Case("quantity", "s", spoilt(PLAIN, 'Task id="s"', 'Task id="s" startQuantity="2"'), PLAIN),
    Case("quantity", "s", spoilt(PLAIN, 'Task id="s"', 'Task id="s" completionQuantity="2"'),
         spoilt(PLAIN, 'Task id="s"', 'Task id="s" completionQuantity="1"')),
    Case("incomplete-extension", "s", spoilt(PLAIN, '<s:serviceTaskOperator id="idea/hide"/>',
                                             '<s:serviceTaskOperator id="idea/hide"><s:parameters><s:parameter id="a" '
                                             'value="1"/></s:parameters></s:serviceTaskOperator>'), PLAIN),
    Case("incomplete-extension", "s", extended('<s:properties><s:property name="due"/></s:properties>'),
         extended('<s:properties><s:property name="x" value="1"/></s:properties>')),
    Case("bad-expression", "t", simple(assignee=""), simple(assignee='"lotse"')),
    Case("undefined-call", "c", calling("p", "elsewhere"), calling("p", "q")),
    Case("undefined-call", "rule", deciding("p", "elsewhere"), deciding("p", "d_x")),
    Case("undefined-call", "s", spoilt(PLAIN, "idea/hide", "idea/explode"), PLAIN),
    Case("unknown-form", "t", simple(form="elsewhere"), simple()),
    Case("task-without-form", "t", simple(form=""), simple(), "warning"),
    Case("unknown-body", "t", simple(body="parlament"), simple()),
    Case("unknown-body", "t", simple(bodies="kreistag, parlament"), simple()),
    Case("bad-property", "t", simple(due="14 Tage"), simple(due="P14D")),
    *[Case("timer-unreadable", "w", timed(text), timed('"P14D"'))
      for text in ("P14D", '"14 Tage"', '"0 8 * * MON"', "0 0/5 * * * ?", '"@daily"', "")],
    Case("timer-comes-once", "x", drawing(CYCLE.replace(' cancelActivity="false"', "")), drawing(CYCLE), "warning"),
    Case("bad-expression", "s", row(("s", script(text="x = 1\nif x"))), row(("s", script(text="x = 1")))),
    Case("bad-expression", "s", row(("s", script(text="x = 1\ndel x"))), row(("s", script(text="x = None")))),
    Case("bad-expression", "s", extended("<s:preScript>1 +</s:preScript>"),
         extended("<s:preScript>y = 1</s:preScript>")),
    Case("bad-expression", "s", extended("<s:postScript>def</s:postScript>"), extended("<s:postScript>y = 1"
                                                                                     "</s:postScript>")),
    Case("bad-expression", "s", repeated("<bpmn:loopCardinality>drei Mal</bpmn:loopCardinality>"), THRICE),
    Case("bad-expression", "s", repeated("<bpmn:loopCondition>a =</bpmn:loopCondition>", "standardLoopCharacteristics"),
         LOOPED),
    Case("bad-expression", "s", spoilt(PLAIN, '<s:serviceTaskOperator id="idea/hide"/>',
                                       '<s:serviceTaskOperator id="idea/hide"><s:parameters><s:parameter id="a" '
                                       'type="any" value="a b"/></s:parameters></s:serviceTaskOperator>'), PLAIN),
    Case("bad-expression", "c", row(("c", node("intermediateCatchEvent", "c", definition(
        "conditional", "<bpmn:condition>a b</bpmn:condition>")))), PLAIN),
    Case("bad-expression", "sig", row(("s", service()), before='<bpmn:signal id="sig" name="a"><bpmn:extensionElements>'
                                      "<s:payloadExpression>a b</s:payloadExpression></bpmn:extensionElements>"
                                      "</bpmn:signal>"), PLAIN),
    Case("bad-expression", "sub", spoilt(PLAIN, "</bpmn:process>", SUBSCRIBED.format("a b")), spoilt(
        PLAIN, "</bpmn:process>", SUBSCRIBED.format("a")).replace(b"<bpmn:process", KEY.encode() + b"<bpmn:process")),
    Case("unsupported-element", "g", row(("g", node("complexGateway", "g"))), PLAIN),
    Case("unsupported-element", "u", row(("u", sub("u", service("i"), kind="adHocSubProcess"))), PLAIN),
    Case("unsupported-element", "esp", spoilt(BESIDE, '<bpmn:timerEventDefinition><bpmn:timeDuration>"P1D"'
                                              "</bpmn:timeDuration></bpmn:timerEventDefinition>",
                                              "<bpmn:compensateEventDefinition/>"), BESIDE),
    Case("unsupported-element", "ds", row(("s", spoilt(service().encode(), "</bpmn:extensionElements>",
                                                       "</bpmn:extensionElements><bpmn:dataInputAssociation id='a'>"
                                                       "<bpmn:sourceRef>ds</bpmn:sourceRef><bpmn:targetRef>i"
                                                       "</bpmn:targetRef></bpmn:dataInputAssociation>").decode()),
                                          more='<bpmn:dataStoreReference id="ds"/>'),
         row(("s", service()), more='<bpmn:dataStoreReference id="ds"/>')),
    Case("unsupported-element", "s", spoilt(PLAIN, "</bpmn:serviceTask>", "<bpmn:ioSpecification><bpmn:inputSet/>"
                                            "<bpmn:outputSet/></bpmn:ioSpecification></bpmn:serviceTask>"),
         spoilt(PLAIN, '<bpmn:startEvent id="start"/>', "<bpmn:ioSpecification><bpmn:inputSet/><bpmn:outputSet/>"
                '</bpmn:ioSpecification><bpmn:startEvent id="start"/>')),
    Case("foreign-extension", "t", spoilt(simple(), '<bpmn:userTask id="t"', '<bpmn:userTask xmlns:c="http://camunda.org'
                                          '/schema/1.0/bpmn" id="t" c:formKey="f"'), simple(), "warning"),
    Case("foreign-expression", "w", timed("${frist}"), timed("frist"), "warning"),
]
