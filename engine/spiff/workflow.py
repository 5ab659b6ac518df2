"""A running process: SpiffWorkflow's workflow, told who conducts it.

Iterates over its tasks directly instead of walking the tree, which keeps a
step's cost linear and has no depth at which it silently stops.
"""

from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

_NO_LIMIT = 10**9


class _Running:
    def update_waiting_tasks(self: Any) -> None:
        for task in list(self.tasks.values()):
            if task.state == TaskState.WAITING and task.id in self.tasks:
                task.task_spec._update(task)

    def get_tasks_iterator(self: Any, first_task: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("max_depth", _NO_LIMIT)
        return super().get_tasks_iterator(first_task, **kwargs)  # type: ignore[misc]  # the class it is mixed into has it

    def _task_completed_notify(self: Any, task: Any) -> None:
        self.top_workflow.script_engine.passed(task)
        super()._task_completed_notify(task)  # type: ignore[misc]  # the class it is mixed into has it

    def _remove_task(self: Any, task_id: Any) -> None:
        """Take a task out of the tree, and with it the sub-process it was running."""
        top = self.top_workflow
        subprocess = top.subprocesses.get(task_id)
        if subprocess is not None:
            top.cancel(subprocess)
            top.subprocesses.pop(task_id, None)
        top.event_manager.tasks.pop(task_id, None)
        super()._remove_task(task_id)  # type: ignore[misc]  # the class it is mixed into has it


class Workflow(_Running, BpmnWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def create_subprocess(self, my_task: Any, spec_name: str) -> Any:
        subprocess = SubWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = subprocess
        return subprocess

    def running(self) -> list[Any]:
        """This workflow and those running inside it, the innermost first."""
        inner = [sub for sub in self.subprocesses.values() if not sub.completed]
        return [*sorted(inner, key=lambda sub: -sub.depth), self]

    def every_task(self) -> list[Any]:
        """All tasks of this workflow and of those running inside it, in the order they were made."""
        found = list(self.tasks.values())
        for sub in self.subprocesses.values():
            if not sub.completed:
                found.extend(sub.tasks.values())
        return found


class SubWorkflow(_Running, BpmnSubWorkflow):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


def is_container(task: Any) -> bool:
    """Whether the task stands for all instances of a repeated element; each instance has a task of its own."""
    return isinstance(task.task_spec, LoopTask)
