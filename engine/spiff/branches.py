"""Where ways part and meet: gateways, and the end of a process.

SpiffWorkflow lets the unchanged copy of the branch that comes last overwrite
what another branch has changed, merges lists item by item, and in a loop
counts what came in earlier passes.  The versions here do not.
"""

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask, _EndJoin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.spiff.values import same


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
        go_on(my_task, chosen)
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
        go_on(my_task, [name])
        return True


def go_on(my_task: Any, names: list[str]) -> None:
    """Send tokens to these elements, and to none of the others that lay ahead."""
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
