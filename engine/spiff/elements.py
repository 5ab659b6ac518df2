"""What each kind of element does when a process reaches it.

Subclasses of SpiffWorkflow's public classes, so that one act of a process
reads only what it was handed: the moment, the sandbox and the handlers of the
`Conductor` (run.py), never the clock or Python's eval.  Where SpiffWorkflow
loses data on the way (parallel branches, several instances), the versions here
keep what each branch has changed.
"""

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask, _EndJoin
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent as StartEventMixin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.spiff.specs import defaults as spiff
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.util.task import TaskState

from engine.spiff import clock
from engine.spiff.values import same

DEFAULT_CORRELATION = "idee_id"


# -- data that several branches bring together ---------------------------------------------------------------------


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs in *after*."""
    return {name: value for name, value in after.items() if name not in before or not same(before[name], value)}


def ancestors(task: Any) -> Iterable[Any]:
    """The task's ancestors, nearest first."""
    tasks, current = task.workflow.tasks, task
    while current._parent is not None:
        current = tasks[current._parent]
        yield current


def merge_branches(branches: list[Any]) -> dict[str, Any]:
    """The data where *branches* (their last tasks, in the order they came) meet.

    Each branch brings what it has changed since they parted; where two changed
    the same name, the later one wins.  SpiffWorkflow instead lets the unchanged
    copy of the last branch overwrite what another has changed.
    """
    if len(branches) == 1:
        return dict(branches[0].data)
    paths = [[branch, *ancestors(branch)] for branch in branches]
    common = set.intersection(*({node.id for node in path} for path in paths))
    base: dict[str, Any] = next((node.data for node in paths[0] if node.id in common), {})
    merged = dict(base)
    for branch in branches:
        merged.update(changed(base, branch.data))
        for name in base.keys() - branch.data.keys():
            merged.pop(name, None)
    return merged


class _Joining:
    """A join without recursion (long processes) that keeps what each branch has changed.

    In a loop a join fires once a pass.  A pass is what lies below the join's
    own last firing; SpiffWorkflow also counts what came in earlier passes.
    """

    def _this_pass(self, my_task: Any) -> list[Any]:
        """The join's tasks of this pass, *my_task* among them, in the order they were made."""
        before = next((node for node in ancestors(my_task) if node.task_spec is self), None)
        found = [task for task in my_task.workflow.tasks.values() if task.task_spec is self]
        if before is None:
            return found
        found = found[next(place for place, task in enumerate(found) if task is before) + 1:]
        return [task for task in found if any(node is before for node in ancestors(task))]

    def _run_hook(self, my_task: Any) -> Any:
        if len(my_task.task_spec._inputs) > 1 or isinstance(self, EndJoin):
            above = {node.id for node in ancestors(my_task)}
            others = [
                task for task in self._this_pass(my_task)
                if task is not my_task and task.has_state(TaskState.FINISHED_MASK) and task.id not in above
            ]
            others.sort(key=lambda task: task.last_state_change)
            my_task.data = merge_branches([task.parent for task in [*others, my_task]])
        else:
            my_task._inherit_data()
        return True


class ParallelGateway(_Joining, bpmn.ParallelGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        """Whether a branch has come in on every incoming flow in this pass."""
        waiting = set(self._inputs)
        for task in self._this_pass(my_task):
            parent = task.parent
            if task is not my_task and any(node is my_task for node in ancestors(task)):
                # first pass of a loop: the way back cannot be taken before this join has fired
                waiting.discard(next((node.task_spec.name for node in ancestors(task)
                                      if node.task_spec.name in waiting), ""))
            elif parent.state == TaskState.COMPLETED:
                waiting.discard(parent.task_spec.name)
        return not waiting


class InclusiveGateway(_Joining, bpmn.InclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        """BPMN 2.0.2, 13.4.3: wait while a token can still reach an incoming flow that has none (and no other)."""
        arrived = {task.parent.task_spec.name for task in self._this_pass(my_task)
                   if task.parent.state == TaskState.COMPLETED}
        specs = my_task.workflow.spec.task_specs
        can_fill = self._leading_to(specs, [name for name in self._inputs if name not in arrived])
        already_in = self._leading_to(specs, [name for name in self._inputs if name in arrived])
        for task in my_task.workflow.tasks.values():
            if task.task_spec is self or not task.has_state(TaskState.DEFINITE_MASK):
                continue
            if task.state == TaskState.FUTURE and task.parent.state != TaskState.COMPLETED:
                continue
            if task.task_spec.name in can_fill and task.task_spec.name not in already_in:
                return False
        return True

    def _leading_to(self, specs: dict[str, Any], names: list[str]) -> set[str]:
        found, todo = set(names), list(names)
        while todo:
            for name in specs[todo.pop()]._inputs:
                if name not in found and name != self.name:
                    found.add(name)
                    todo.append(name)
        return found

    def _run_hook(self, my_task: Any) -> Any:
        _Joining._run_hook(self, my_task)
        conditions = [(condition.args[0], name) for condition, name in self.cond_task_specs if condition is not None]
        holds = my_task.workflow.script_engine.evaluate_all(my_task, [text for text, _ in conditions])
        chosen = [name for (_, name), value in zip(conditions, holds, strict=True) if value]
        chosen = chosen or [name for condition, name in self.cond_task_specs if condition is None]
        if not chosen:
            raise WorkflowException("no condition holds and there is no default flow", task_spec=self)
        _go_on(my_task, chosen)
        return True


class ExclusiveGateway(bpmn.ExclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _run_hook(self, my_task: Any) -> Any:
        """All conditions in one sandbox call, in the order of the file; none after the first that holds."""
        conditions = [(condition.args[0], name) for condition, name in self.cond_task_specs if condition is not None]
        place = None
        if conditions:
            place = my_task.workflow.script_engine.first_true(my_task, [text for text, _ in conditions])
        name = conditions[place][1] if place is not None else self.default_task_spec
        if name is None:
            raise WorkflowException("no condition holds and there is no default flow", task_spec=self)
        _go_on(my_task, [name])
        return True


def _go_on(my_task: Any, names: list[str]) -> None:
    specs = my_task.workflow.spec.task_specs
    my_task._sync_children([specs[name] for name in names], TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)


class EndJoin(_Joining, _EndJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        for task in my_task.workflow.tasks.values():
            if task is my_task or not task.has_state(TaskState.NOT_FINISHED_MASK):
                continue
            if task.task_spec.name == "End" or (task.task_spec is self and task.state == TaskState.WAITING):
                continue
            return False
        return True

    def _run_hook(self, my_task: Any) -> Any:
        super()._run_hook(my_task)
        my_task.workflow.data.update(my_task.data)
        return True


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A process whose end brings its branches together without loss."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (f"{self.name}.EndJoin", "End"):
            del self.task_specs[name]
        self.end = EndJoin(self, f"{self.name}.EndJoin")
        self.end.connect(SimpleBpmnTask(self, "End"))


# -- tasks ---------------------------------------------------------------------------------------------------------


class ServiceTask(spiff.ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def __init__(self, *args: Any, result_variable: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, result_variable=result_variable, **kwargs)
        self.result_variable = result_variable or None

    def _execute(self, task: Any) -> bool:
        engine = task.workflow.script_engine
        names = list(self.operation_params)
        values = engine.evaluate_all(task, [self.operation_params[name]["value"] for name in names])
        result = engine.call_operation(task, self.operation_name, dict(zip(names, values, strict=True)))
        if self.result_variable:
            task.data[self.result_variable] = result
        else:
            task.data.update(result)
        return True


class BusinessRuleTask(SpiffBpmnTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def __init__(self, wf_spec: Any, name: str, *, decision: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.workflow.script_engine.decide(my_task, self.decision))
        return True


# -- several instances of one task ---------------------------------------------------------------------------------


class _Many:
    """What both kinds of several instances share.

    Each instance brings what it has changed.  With an output collection, its
    output item is appended there; where the instance has no value of that
    name, everything it has changed is, as one dict.
    """

    def merge_child(self: Any, workflow: Any, child: Any) -> None:
        my_task = child.parent
        mine = changed(self._given(child), child.data)
        for reference in (self.input_item, self.data_output):
            if reference is not None:
                mine.pop(reference.bpmn_id, None)
        if self.data_output is None:
            my_task.data = {**my_task.data, **mine}
        else:
            self._collect(my_task, child, mine)
        my_task.internal_data["merged"] = [*my_task.internal_data["merged"], str(child.id)]
        self._after_merge(my_task)

    def _given(self: Any, child: Any) -> dict[str, Any]:
        return dict(child.parent.parent.data)

    def _collect(self: Any, my_task: Any, child: Any, mine: dict[str, Any]) -> None:
        name = self.output_item.bpmn_id if self.output_item is not None else None
        item = child.data[name] if name is not None and name in child.data else mine
        key = child.internal_data.get("key_or_index")
        collected = self.data_output.get(my_task)
        in_place = self.data_input is not None and self.data_input.bpmn_id == self.data_output.bpmn_id
        if isinstance(collected, dict) or (in_place and key is not None):
            collected = dict(collected) if isinstance(collected, dict) else list(collected)
            collected[key] = item
        else:
            collected = [*collected, item]
        self.data_output.set(my_task, collected)

    def init_data_output_with_cardinality(self: Any, my_task: Any) -> None:
        if not self.data_output.exists(my_task) or self.data_output.get(my_task) == []:
            self.data_output.set(my_task, [])
        elif not isinstance(self.data_output.get(my_task), dict):
            self.raise_data_exception("the output collection must be empty or a dict", my_task)

    def init_data_output_with_input_data(self: Any, my_task: Any, input_data: Any) -> None:
        if self.data_input.bpmn_id == self.data_output.bpmn_id:
            return
        # a loop in the model comes here again: the collection starts anew
        self.data_output.set(my_task, {} if isinstance(input_data, dict) else [])

    def create_child(self: Any, my_task: Any, item: Any, key_or_index: Any = None) -> None:
        for reference in (self.input_item, self.output_item):
            if reference is not None:
                my_task.data.pop(reference.bpmn_id, None)
        super().create_child(my_task, item, key_or_index)  # type: ignore[misc]  # the class it is mixed into has it

    def check_completion_condition(self: Any, my_task: Any) -> bool:
        """The condition sees what has been collected so far and what the last instance brought."""
        if self.condition is None:
            return False
        last = next(child for child in my_task.children if str(child.id) == my_task.internal_data["merged"][-1])
        return bool(my_task.workflow.script_engine.evaluate(last, self.condition, my_task.data))

    def _items(self: Any, my_task: Any) -> Any:
        items = self.data_input.get(my_task) if self.data_input is not None else None
        if self.data_input is not None and not isinstance(items, list | dict):
            self.raise_data_exception(f"“{self.data_input.bpmn_id}” must be a list or a dict", my_task)
        return items


class ParallelMultiInstanceTask(_Many, spiff.ParallelMultiInstanceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_children(self, my_task: Any) -> None:
        items = self._items(my_task)
        if items is None:
            count = _count(my_task.workflow.script_engine.evaluate(my_task, self.cardinality))
            items = list(range(count))
        if self.data_output is not None:
            if self.data_input is not None:
                self.init_data_output_with_input_data(my_task, items)
            else:
                self.init_data_output_with_cardinality(my_task)
        for key, item in list(items.items() if isinstance(items, dict) else enumerate(items)):
            self.create_child(my_task, item, key)

    def _after_merge(self, my_task: Any) -> None:
        if self.check_completion_condition(my_task):
            for child in list(self._instances(my_task)):
                child.cancel()
            my_task._set_state(TaskState.READY)
        elif self.children_complete(my_task):
            my_task._set_state(TaskState.READY)


class SequentialMultiInstanceTask(_Many, spiff.SequentialMultiInstanceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _update_hook(self, my_task: Any) -> Any:
        spiff.SpiffBpmnTask._update_hook(self, my_task)
        my_task.internal_data["merged"] = []
        items = self._items(my_task)
        if items is None:
            my_task.internal_data["cardinality"] = _count(
                my_task.workflow.script_engine.evaluate(my_task, self.cardinality)
            )
            my_task.internal_data["current"] = 0
            if self.data_output is not None:
                self.init_data_output_with_cardinality(my_task)
        else:
            my_task.internal_data["remaining"] = self.init_remaining_items(my_task)
            if self.data_output is not None:
                self.init_data_output_with_input_data(my_task, items)
        if self.children_complete(my_task):
            return True
        self.add_next_child(my_task)
        my_task._set_state(TaskState.STARTED)
        return None

    def add_next_child(self, my_task: Any) -> None:
        key, item = self.get_next_input_item(my_task) if self.data_input is not None else self.get_next_index(my_task)
        self.create_child(my_task, item, key)

    def _given(self, child: Any) -> dict[str, Any]:
        return dict(child.internal_data.get("given", {}))

    def create_child(self, my_task: Any, item: Any, key_or_index: Any = None) -> None:
        super().create_child(my_task, item, key_or_index)
        my_task.children[-1].internal_data["given"] = dict(my_task.data)

    def _after_merge(self, my_task: Any) -> None:
        if self.children_complete(my_task) or self.check_completion_condition(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"the number of instances must be a whole number, not {value!r}")
    return max(0, value)


# -- events --------------------------------------------------------------------------------------------------------


class Timer(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Comes once.  When it is due is worked out once, on arrival; only `wake` lets it fire."""

    def __init__(self, element: str, expression: str) -> None:
        super().__init__(element)
        self.expression = expression

    def set_up(self, my_task: Any) -> None:
        known = my_task.internal_data.get("due", {})
        if self.name not in known:
            moment = my_task.workflow.script_engine.due(my_task, self.expression)
            my_task.internal_data["due"] = {**known, self.name: moment.isoformat()}

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)

    def catches(self, my_task: Any, event: Any) -> bool:
        return False

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("due", None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timer) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class RepeatingTimer(CycleTimerEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A reminder beside a running activity: each time it comes, it sends one token down its flow."""

    def __init__(self, element: str, expression: str) -> None:
        super().__init__(element, expression)

    def has_fired(self, my_task: Any) -> bool:
        return False

    def update_task(self, my_task: Any) -> None:
        engine, own = my_task.workflow.script_engine, my_task.internal_data
        if "cycle" not in own:
            text, found = engine.cycle(my_task, self.expression)
            own["cycle"] = {"text": text, "from": engine.now.isoformat(), "passed": 0}
            self._next(own, found)
        elif own.pop("fire", False):
            own["cycle"] = {**own["cycle"], "passed": own["cycle"]["passed"] + 1}
            self._next(own, clock.cycle(own["cycle"]["text"], clock.moment(own["cycle"]["from"])))
            engine.passed(my_task)
            for output in my_task.task_spec.outputs:
                if output.name.endswith(".BoundaryEventJoin"):
                    continue
                child = my_task._add_child(output, TaskState.FUTURE)
                child.triggered = True
                child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
                child.task_spec._update(child)

    def _next(self, own: dict[str, Any], found: clock.Cycle) -> None:
        passed = own["cycle"]["passed"]
        over = found.count != clock.ENDLESS and passed >= found.count
        own["due"] = {} if over else {self.name: found.nth(passed).isoformat()}

    def catches(self, my_task: Any, event: Any) -> bool:
        return False


class Message(EventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A message: thrown into the step's `sent`, caught by name and correlation."""

    def __init__(self, name: str, element: str, payload: str | None, correlation: str | None) -> None:
        super().__init__(name)
        self.element, self.payload, self.correlation = element, payload, correlation

    def throw(self, my_task: Any) -> None:
        my_task.workflow.script_engine.send(my_task, self)

    def set_up(self, my_task: Any) -> None:
        known = my_task.internal_data.get("awaits", {})
        if self.element not in known and not isinstance(my_task.task_spec, StartEventMixin):
            value = my_task.workflow.script_engine.correlation(my_task, self)
            my_task.internal_data["awaits"] = {**known, self.element: value}

    def update_task(self, my_task: Any) -> None:
        self.set_up(my_task)

    def catches(self, my_task: Any, event: Any) -> bool:
        return False  # only `deliver` hands messages over, and it knows whom to

    def update_task_data(self, my_task: Any) -> None:
        my_task.data.update(my_task.internal_data.pop("payload", {}))

    def reset(self, my_task: Any) -> None:
        super().reset(my_task)
        my_task.internal_data.pop("awaits", None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.element == other.element

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class FirstOf(MultipleEventDefinition):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What an event-based gateway waits for: the first of its events."""

    def has_fired(self, my_task: Any) -> bool:
        return "chosen" in my_task.internal_data

    def update_task(self, my_task: Any) -> None:
        for definition in self.event_definitions:
            if isinstance(definition, Timer | Message):
                definition.set_up(my_task)

    def catch(self, my_task: Any, event: Any = None) -> None:
        for definition in self.event_definitions:
            if definition.catches(my_task, event):
                my_task.internal_data.setdefault("chosen", definition.name)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]  # as SpiffWorkflow's own definitions


class EventBasedGateway(bpmn.EventBasedGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def connect(self, child: Any) -> None:
        definition = child.event_definition
        super().connect(child)
        if not isinstance(definition, Timer | Message):
            raise WorkflowException("an event-based gateway can wait for messages and timers only", task_spec=self)

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.internal_data.pop("payload", {}))
        _go_on(my_task, [my_task.internal_data.pop("chosen")])
        for name in ("due", "awaits"):
            my_task.internal_data.pop(name, None)
        return True
