"""A running process: SpiffWorkflow's workflow and its tasks, told who conducts them.

Looks at its tasks directly instead of walking the tree, which keeps a step's
cost linear and has no depth at which it silently stops.  Tasks are numbered
within their process: a number is read and written faster than a UUID, and the
order of the numbers is the order in which the tasks came.
"""

from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import remember

_NO_LIMIT = 10**9


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A task with a number, whose data are names of values that nobody changes in place."""

    data: dict[str, Any]

    def __init__(self, workflow: Any, task_spec: Any, parent: Any = None, state: int = TaskState.MAYBE,
                 id: int | None = None) -> None:
        super().__init__(workflow, task_spec, parent, state, workflow.top_workflow.number() if id is None else id)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> "Token":
        child = Token(self.workflow, task_spec, self, state)
        if state == TaskState.READY:
            child._ready()
        return child

    def _set_state(self, value: int) -> None:
        self._state = value  # SpiffWorkflow also puts together a log entry, whoever listens

    def _inherit_data(self) -> None:
        self.data = {**self.data, **self.parent.data}


class _Running:
    undoable: list[list[str]]
    """For each completed activity that something can undo: the event that leads there, the activity, those around."""

    def start(self: Any) -> None:
        """Put the first token on the root."""
        self.task_tree = Token(self, self.spec.start, state=TaskState.FUTURE)
        self.task_tree._ready()

    def update_waiting_tasks(self: Any) -> None:
        # Only joins wait for what others do; timers and messages come through `Conductor.fire`.
        for task in [task for task in self.tasks.values()
                     if task.state == TaskState.WAITING and isinstance(task.task_spec, Join)]:
            if task.state == TaskState.WAITING and task.id in self.tasks:
                task.task_spec._update(task)

    def get_tasks_iterator(self: Any, first_task: Any = None, **kwargs: Any) -> Any:
        kwargs.setdefault("max_depth", _NO_LIMIT)
        return super().get_tasks_iterator(first_task, **kwargs)  # type: ignore[misc]  # the class it is mixed into has it

    def _task_completed_notify(self: Any, task: Any) -> None:
        remember(task)
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
    """The process itself.

    `last_number` is the number of the task that came last, sub-processes
    included, `last_end` the end event that a token came to last.
    """

    def __init__(self, spec: Any, called: dict[str, Any], script_engine: Any) -> None:
        super().__init__(spec, called, script_engine=script_engine, deserializing=True)
        self.last_number = 0
        self.last_end = ""
        self.undoable = []

    def number(self) -> int:
        """The number of the next task."""
        self.last_number += 1
        return self.last_number

    def create_subprocess(self, my_task: Any, spec_name: str) -> Any:
        subprocess = self.subprocesses[my_task.id] = self.subprocess(my_task, spec_name)
        subprocess.start()
        return subprocess

    def subprocess(self, my_task: Any, spec_name: str) -> "SubWorkflow":
        """The process that runs inside *my_task*, without a token yet."""
        inside = SubWorkflow(self.subprocess_specs[spec_name], my_task.id, self, deserializing=True)
        inside.undoable = []
        return inside

    def running(self) -> list[Any]:
        """This workflow and those running inside it, the innermost first."""
        if not self.subprocesses:
            return [self]
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
