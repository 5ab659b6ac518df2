"""Which of our elements stands for which tag of a diagram, and what is read from it.

SpiffWorkflow's parser does the reading; the classes here put right what it
would get wrong without a word: expressions that are none, the order of
conditions, lanes by id.
"""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.event_parsers import EventBasedGatewayParser as BpmnEventBasedGatewayParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.spiff.parser import event_parsers
from SpiffWorkflow.spiff.parser import task_spec as tasks
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser

from engine.errors import Invalid
from engine.spiff import branches, catching, compensation, correlations, elements, events, scripts, unpredicted
from engine.spiff.decisions import Decision
from engine.spiff.picture import (
    BPMN,
    FLOW_NODES,
    event_definitions,
    is_compensation,
    is_event_process,
    lanes_by_node,
    properties,
    refused,
)
from engine.spiff.tree import drawn, kind_of

_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def check_expression(text: str | None, node: Any, *, script: bool = False) -> None:
    """Refuse an expression or script that is none."""
    try:
        (scripts.read_script if script else scripts.read_expression)(text or "")
    except SyntaxError as error:
        raise refused(
            "Der Ausdruck bei „{element}“ ist nicht zu verstehen: {shown} (Zeile {line})",
            "The expression at “{element}” cannot be understood: {shown} (line {line})", "", node,
            element=node.get("id") if kind_of(node) == "sequenceFlow" else drawn(node.get("id", "")),
            shown=f"{(text or '').strip()[:80]} – {error.msg}",
        ) from error


class _Node(tasks.SpiffTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What all our elements have in common."""

    PARALLEL_MI_CLASS = elements.ParallelMultiInstanceTask
    SEQUENTIAL_MI_CLASS = elements.SequentialMultiInstanceTask
    STANDARD_LOOP_CLASS = elements.StandardLoopTask

    def __init__(self, process_parser: Any, spec_class: Any, node: Any, nsmap: Any = None, lane: Any = None) -> None:
        """*lane* is that of the sub-process it stands in; its own goes before."""
        super().__init__(process_parser, spec_class, node, nsmap, process_parser.get_lane_name(node.get("id")) or lane)

    def parse_condition(self, sequence_flow: Any) -> Any:
        condition = super().parse_condition(sequence_flow)
        return condition if condition and condition.strip() else None

    def _add_boundary_event(self, children: list[Any]) -> Any:
        name = self.bpmn_id
        split = unpredicted.BoundaryEventSplit(self.spec, f"{name}.BoundaryEventSplit", lane=self.task.lane)
        join = catching.BoundaryJoin(self.spec, f"{name}.BoundaryEventJoin", lane=self.task.lane, split_task=split.name,
                                   cancel=True)
        split.connect(self.task)
        self.task.connect(join)
        for node in children:
            event = self.process_parser.parse_node(node)
            split.connect(event)
            event.connect(join)
        return split

    def parse_node(self) -> Any:
        for name in ("preScript", "postScript"):
            for script in self.node.findall(f"{{{BPMN}}}extensionElements/{{{_SPIFF}}}{name}"):
                check_expression(script.text, self.node, script=True)
        for name in ("loopCardinality", "completionCondition", "loopCondition"):
            for expression in self.node.iterfind(f"*/{{{BPMN}}}{name}"):
                check_expression(expression.text, self.node)
        kind = etree.QName(self.node).localname
        if kind in ("userTask", "manualTask", "task"):
            for name, value in properties(self.node).items():
                if name in ("body", "assignee"):
                    check_expression(value, self.node)
        try:
            parsed = super().parse_node()
            self._read_compensation()
            return parsed
        except Invalid:
            raise
        except ValidationException as error:
            if isinstance(error.__context__, Invalid):
                raise error.__context__ from None
            raise


    def _read_compensation(self) -> None:
        for event in self.process_parser.compensation_events(self.bpmn_id):
            handler = self.process_parser.compensation_handler(event)
            if handler is None:
                raise ValidationException("the compensation leads nowhere", node=event)
            spec = self.process_parser.parse_node(event)
            spec.lead_to(self.process_parser.parse_node(handler))
            self.task.undone_by = spec.name


class _Task(_Node, tasks.SpiffTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class _UserTask(_Node, tasks.UserTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        said = self.parse_extensions()
        return self.spec_class(  # SpiffWorkflow's own makes its own class, whatever it was given
            self.spec, self.bpmn_id, variable=said.get("variableName"), prescript=said.get("preScript"),
            postscript=said.get("postScript"), **self.bpmn_attributes,
        )


class _Script(_Node, tasks.ScriptTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        script = self.node.findtext(f"{{{BPMN}}}script") or ""
        check_expression(script, self.node, script=True)
        return self.spec_class(self.spec, self.bpmn_id, script, **self.bpmn_attributes)


class _SubProcess(_Node, tasks.SubWorkflowParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        if is_event_process(self.node):  # SpiffWorkflow looks for the mark in a namespace where it never stands
            self.spec_class = branches.EventSubprocess
        return super().create_task()


class _CallActivity(_Node, tasks.CallActivityParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        called = self.node.get("calledElement")
        if called and self.process_parser.parser.get_process_parser(called) is None:
            self.raise_validation_exception(f"the called process “{called}” is missing")
        return super().create_task()


class _Service(_Node, tasks.ServiceTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        operator = self.parse_extensions().get("serviceTaskOperator")
        for parameter in (operator or {}).get("parameters", {}).values():
            check_expression(parameter["value"], self.node)
        return super().create_task()


class _BusinessRule(_Node):
    def create_task(self) -> Any:
        extensions = self.parse_extensions()
        decision = (extensions.get("calledDecisionId") or "").strip()
        if decision not in self.process_parser.parser.decisions:
            self.raise_validation_exception(f"the decision table “{decision}” is missing")
        return self.spec_class(
            self.spec, self.bpmn_id, decision=decision, prescript=extensions.get("preScript"),
            postscript=extensions.get("postScript"), **self.bpmn_attributes,
        )

    @staticmethod
    def get_decision_ref(node: Any) -> None:
        return None


class _Gateway(_Node, GatewayParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        return TaskParser.create_task(self)


class _ConditionalGateway(_Node, ConditionalGatewayParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        return TaskParser.create_task(self)


class _Event(_Node):
    """What an event waits for or throws, read by events.py's rules: only what may stand in its place."""

    allowed: frozenset[str] = frozenset()

    def _goes_on(self) -> bool:
        """Whether it may come again: beside an activity or all else in its process, to which it puts no end."""
        if self.node.tag == full_tag("startEvent"):
            return bool(self.node.get("isInterrupting") == "false" and is_event_process(self.node.getparent()))
        return bool(self.node.tag == full_tag("boundaryEvent") and self.node.get("cancelActivity") == "false")

    def get_event_definition(self, xpaths: Any) -> Any:
        found = event_definitions(self.node)
        if not found:
            return NoneEventDefinition()
        kind = etree.QName(found[0]).localname.removesuffix("EventDefinition")
        if len(found) > 1 or kind not in self.allowed:
            self.raise_validation_exception("this kind of event is not supported here")
        return getattr(self, f"parse_{kind}_event")(found[0])

    def parse_timer_event(self, event: Any) -> Any:
        found: list[Any] = [child for child in event
                            if etree.QName(child).localname in ("timeDate", "timeDuration", "timeCycle")]
        if not found:
            self.raise_validation_exception("the timer has no time")
        expression = found[0]
        check_expression(expression.text, self.node)
        if expression.tag == full_tag("timeCycle") and self._goes_on():
            return events.RepeatingTimer(self.bpmn_id, expression.text, properties(self.node).get("missed", ""))
        return events.Timer(self.bpmn_id, expression.text)

    def parse_message_event(self, message_event: Any) -> Any:
        reference = message_event.get("messageRef")
        message = self._root("message", reference)
        name = str(message.get("name") or "") if message is not None else ""
        if not name:
            self.raise_validation_exception("the message is missing or has no name")
        payload = next((item.text for item in self.node.iter(f"{{{_SPIFF}}}messagePayload")), None)
        correlation = properties(self.node).get("correlation")
        sent_under, awaited_under = correlation, correlation
        if correlation is None:
            sent_under, awaited_under = correlations.expressions(self.node, reference)
        for expression in (payload, sent_under, awaited_under):
            if expression is not None:
                check_expression(expression, self.node)
        return events.Message(name, self.bpmn_id, payload, awaited_under, repeats=self._goes_on(),
                              sent_under=sent_under if correlation is None else None)

    def parse_signal_event(self, event: Any) -> Any:
        signal = self._root("signal", event.get("signalRef"))
        name = str(signal.get("name") or "") if signal is not None else ""
        if not name:
            self.raise_validation_exception("the signal is missing or has no name")
        return events.Signal(name, self.bpmn_id, *self._carried(signal), repeats=self._goes_on())

    def parse_error_event(self, event: Any) -> Any:
        error = self._root("error", event.get("errorRef"))
        if event.get("errorRef") and error is None:
            self.raise_validation_exception("the error is missing")
        return events.Error(self.bpmn_id, self.bpmn_id, _code(error, "errorCode"), *self._carried(error),
                            repeats=self._goes_on())

    def parse_escalation_event(self, event: Any) -> Any:
        escalation = self._root("escalation", event.get("escalationRef"))
        if event.get("escalationRef") and escalation is None:
            self.raise_validation_exception("the escalation is missing")
        return events.Escalation(self.bpmn_id, self.bpmn_id, _code(escalation, "escalationCode"),
                                 *self._carried(escalation), repeats=self._goes_on())

    def parse_conditional_event(self, event: Any) -> Any:
        condition = (event.findtext(full_tag("condition")) or "").strip()
        if not condition:
            self.raise_validation_exception("the condition is missing")
        check_expression(condition, self.node)
        return events.Condition(self.bpmn_id, condition, repeats=self._goes_on())

    def parse_cancel_event(self, event: Any) -> Any:
        return events.Cancel(self.bpmn_id)

    def parse_compensate_event(self, event: Any) -> Any:
        return events.Compensation(self.bpmn_id, event.get("activityRef") or None)

    def _root(self, kind: str, reference: str | None) -> Any:
        """The element of this kind that stands beside the processes, under this id."""
        found = self.node.getroottree().getroot().iterfind(full_tag(kind))
        return next((one for one in found if reference and one.get("id") == reference), None)

    def _carried(self, root: Any) -> tuple[str | None, str | None]:
        """What a signal, error or escalation carries, and the name that gets it where it is caught."""
        extra = root.find(full_tag("extensionElements")) if root is not None else None
        payload, variable = (
            (extra.findtext(f"{{{_SPIFF}}}{name}") or "").strip() or None if extra is not None else None
            for name in ("payloadExpression", "variableName")
        )
        if payload is not None:
            check_expression(payload, self.node)
        return payload, properties(self.node).get("variable") or variable


def _code(root: Any, name: str) -> str | None:
    return root.get(name) or root.get("name") or root.get("id") if root is not None else None


class _Start(_Event, event_parsers.SpiffStartEventParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    @property
    def allowed(self) -> frozenset[str]:  # type: ignore[override]  # it depends on where it stands
        if is_event_process(self.node.getparent()):
            return frozenset({"message", "timer", "signal", "error", "escalation", "conditional"})
        return frozenset({"message", "timer", "signal", "conditional"})

    def create_task(self) -> Any:
        task = super().create_task()
        task.interrupting = self.node.get("isInterrupting") != "false"
        return task


class _End(_Event, event_parsers.SpiffEndEventParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    allowed = frozenset({"message", "signal", "error", "escalation", "cancel", "compensate", "terminate"})


class _Catch(_Event, event_parsers.SpiffIntermediateCatchEventParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    allowed = frozenset({"message", "timer", "signal", "conditional"})


class _Throw(_Event, event_parsers.SpiffIntermediateThrowEventParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    allowed = frozenset({"message", "signal", "escalation", "compensate"})


class _Boundary(_Event, event_parsers.SpiffBoundaryEventParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    allowed = frozenset({"message", "timer", "signal", "error", "escalation", "conditional", "cancel", "compensate"})

    def create_task(self) -> Any:
        if is_compensation(self.node):
            self.spec_class = compensation.CompensationEvent
        return super().create_task()


class _Send(_Event, event_parsers.SpiffSendTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class _Receive(_Event, event_parsers.SpiffReceiveTaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class _EventGateway(_Node, BpmnEventBasedGatewayParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_task(self) -> Any:
        return self._create_task(catching.FirstOf([]))


_SEVERAL_STARTS = {"StartEventSplit": unpredicted.StartEventSplit, "StartEventJoin": unpredicted.StartEventJoin}


class _Process(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def get_boundary_events(self, attached_to_ref: str) -> list[Any]:
        """Those that wait beside the activity; compensation comes only once it is over."""
        return [event for event in super().get_boundary_events(attached_to_ref) if not is_compensation(event)]

    def compensation_events(self, activity: str) -> list[Any]:
        return [event for event in super().get_boundary_events(activity) if is_compensation(event)]

    def compensation_handler(self, event: Any) -> Any:
        """The activity that an association leads to from a compensation event."""
        for association in self.node.getroottree().getroot().iter(full_tag("association")):
            if association.get("sourceRef") == event.get("id"):
                return self.get_node_by_id(association.get("targetRef"))
        return None

    def create_spec(self) -> Any:
        if not self.process_executable:
            raise ValidationException("the process is not executable", node=self.node)
        return branches.ProcessSpec(name=self.bpmn_id, description=self.get_name())

    def _index_process_nodes(self) -> None:
        super()._index_process_nodes()
        for node in self.node.iter(*map(full_tag, FLOW_NODES)):  # whatever else has the same id, a parameter perhaps
            self.nodes_by_id[node.get("id")] = node

    def add_tasks(self) -> None:
        super().add_tasks()
        for activity, inside in self.spec.start.event_processes:
            begin = inside.bpmn_start_events[0]
            event = branches.ScopeEvent(
                self.spec, f"{activity.name}.{begin.name}", begin.event_definition, begin.interrupting
            )
            begin.event_definition = NoneEventDefinition()  # it has come when the sub-process starts
            self.spec.start.connect(event)
            event.connect(activity)
            activity.connect(self.spec.end)

    def get_spec(self) -> Any:
        spec = super().get_spec()
        for name, kind in _SEVERAL_STARTS.items():
            known = spec.task_specs.get(name)
            if known is not None and not isinstance(known, kind):  # SpiffWorkflow makes its own for several starts
                del spec.task_specs[name]
                ours = kind(spec, name)
                ours._inputs, ours._outputs = known._inputs, known._outputs
        return spec


class Parser(SpiffBpmnParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    PROCESS_PARSER_CLASS = _Process
    OVERRIDE_PARSER_CLASSES = {
        full_tag("task"): (_Task, unpredicted.NoneTask),
        full_tag("manualTask"): (_Task, unpredicted.ManualTask),
        full_tag("userTask"): (_UserTask, unpredicted.UserTask),
        full_tag("scriptTask"): (_Script, unpredicted.ScriptTask),
        full_tag("serviceTask"): (_Service, elements.ServiceTask),
        full_tag("businessRuleTask"): (_BusinessRule, elements.BusinessRuleTask),
        full_tag("sendTask"): (_Send, unpredicted.SendTask),
        full_tag("receiveTask"): (_Receive, unpredicted.ReceiveTask),
        full_tag("subProcess"): (_SubProcess, unpredicted.SubWorkflowTask),
        full_tag("transaction"): (_SubProcess, unpredicted.TransactionSubprocess),
        full_tag("callActivity"): (_CallActivity, unpredicted.CallActivity),
        full_tag("exclusiveGateway"): (_ConditionalGateway, branches.ExclusiveGateway),
        full_tag("inclusiveGateway"): (_ConditionalGateway, branches.InclusiveGateway),
        full_tag("parallelGateway"): (_Gateway, branches.ParallelGateway),
        full_tag("eventBasedGateway"): (_EventGateway, catching.EventBasedGateway),
        full_tag("startEvent"): (_Start, unpredicted.StartEvent),
        full_tag("endEvent"): (_End, compensation.EndEvent),
        full_tag("intermediateCatchEvent"): (_Catch, unpredicted.IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (_Throw, compensation.IntermediateThrowEvent),
        full_tag("boundaryEvent"): (_Boundary, catching.BoundaryEvent),
    }

    def __init__(self, decisions: dict[str, Decision]) -> None:
        super().__init__()
        self.decisions = decisions

    def _read_where_needed(self, root: Any) -> None:
        """Messages, signals and the like are looked up in the file that names them: another may use the same ids."""

    _add_messages = _add_signals = _add_errors = _add_escalations = _read_where_needed
    _add_correlations = _add_collaborations = _read_where_needed

    def _add_diagram_indexes(self, root: Any) -> None:
        self.document_lanes[self._document_key(root)] = lanes_by_node(root)
        # no positions: conditions are tried in the order of the file, not by how far up a shape is drawn
        self.document_positions[self._document_key(root)] = {}
