"""What service tasks, decisions and tasks with several instances do when a process reaches them.

They ask the conductor of the step (conductor.py) for everything outside: the
sandbox, the handlers, the decision tables.
"""

from typing import Any

from SpiffWorkflow.spiff.specs import defaults as spiff
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.util.task import TaskState

from engine.spiff import bounds
from engine.spiff.branches import changed
from engine.spiff.unpredicted import Unpredicted


class ServiceTask(Unpredicted, spiff.ServiceTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
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


class BusinessRuleTask(Unpredicted, SpiffBpmnTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def __init__(self, wf_spec: Any, name: str, *, decision: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.workflow.script_engine.decide(my_task, self.decision))
        return True


class _Many(Unpredicted):
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
        my_task.internal_data["merged"] = [child.id]  # the last alone: a list of all would grow with every instance
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
        last = my_task.workflow.tasks[my_task.internal_data["merged"][-1]]
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
            items = range(count)
        if len(items) > bounds.MOST_INSTANCES:
            self.raise_data_exception(
                f"{len(items)} instances at once are too many: at most {bounds.MOST_INSTANCES}, or one after the other",
                my_task)
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
        return dict(child.parent.data)  # nothing else has been merged since the instance began

    def _after_merge(self, my_task: Any) -> None:
        if self.children_complete(my_task) or self.check_completion_condition(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


class StandardLoopTask(Unpredicted, spiff.StandardLoopTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Repeats an activity while a condition holds; keeps how often it did, not each time."""

    def _update_hook(self, my_task: Any) -> Any:
        spiff.SpiffBpmnTask._update_hook(self, my_task)
        my_task.internal_data["merged"], my_task.internal_data["passes"] = [], 0
        if self.test_before and self.loop_complete(my_task):
            return True
        my_task._set_state(TaskState.STARTED)
        self.create_child(my_task)
        return None

    def create_child(self, my_task: Any) -> None:
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.task_spec], TaskState.WAITING)
        child.triggered = True
        child.internal_data["iteration"] = my_task.internal_data["passes"]
        child.task_spec._update(child)

    def merge_child(self, workflow: Any, child: Any) -> None:
        my_task = child.parent
        my_task.data = dict(child.data)
        my_task.internal_data["merged"] = [child.id]
        my_task.internal_data["passes"] += 1
        if self.loop_complete(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.create_child(my_task)

    def loop_complete(self, my_task: Any) -> bool:
        if self.maximum is not None and my_task.internal_data["passes"] >= self.maximum:
            return True
        engine = my_task.workflow.script_engine
        return self.condition is not None and not engine.evaluate(my_task, self.condition)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"the number of instances must be a whole number, not {value!r}")
    return max(0, value)
