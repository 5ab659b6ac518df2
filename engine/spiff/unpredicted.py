"""Elements whose followers are laid out when they run, not before.

SpiffWorkflow keeps a tree of everything that may still come: each task that
is reached predicts its followers, theirs, and so on to the end of the model.
That costs time and space with every step, and on a loop without an exclusive
gateway it has no end.  Nothing here asks what may come: joins look at the
tokens that are there (branches.py).  So a task lays out its direct followers
in the moment it runs, and nothing else.

The classes are SpiffWorkflow's own with that one change; parse.py gives each
BPMN element its class.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit as BpmnBoundaryEventSplit
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask, SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.control import StartEventJoin as BpmnStartEventJoin
from SpiffWorkflow.bpmn.specs.control import StartEventSplit as BpmnStartEventSplit
from SpiffWorkflow.spiff.specs import defaults as spiff


class Unpredicted:
    """Mixed into every element's class, first."""

    undone_by = ""
    """The event at its edge that leads to what undoes it, if any (compensation.py)."""
    undoes = False
    """Whether it undoes what an activity has done, and is reached by compensation only."""

    def _predict(self, my_task: Any, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        pass

    def _run(self: Any, my_task: Any) -> Any:
        self._predict_hook(my_task)
        return super()._run(my_task)  # type: ignore[misc]  # the class it is mixed into has it


class Start(Unpredicted, BpmnStartTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """The root of a process, above its start events; `event_processes` are its event sub-processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event_processes: list[tuple[Any, Any]] = []

    def connect_or_add_trigger(self, task_spec: Any, sp_spec: Any) -> None:
        self.event_processes.append((task_spec, sp_spec))


class End(Unpredicted, SimpleBpmnTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What comes after the last token."""


class BoundaryEventSplit(Unpredicted, BpmnBoundaryEventSplit):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An activity and the events attached to it, side by side."""


class StartEventSplit(Unpredicted, BpmnStartEventSplit):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Several start events, side by side."""


class StartEventJoin(Unpredicted, BpmnStartEventJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Takes away the start events that were not chosen."""

    def __init__(self, wf_spec: Any, name: str) -> None:
        super().__init__(wf_spec, name, split_task="StartEventSplit", threshold=1, cancel=True)


class NoneTask(Unpredicted, spiff.NoneTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class ManualTask(Unpredicted, spiff.ManualTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class UserTask(Unpredicted, spiff.UserTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class ScriptTask(Unpredicted, spiff.ScriptTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class SendTask(Unpredicted, spiff.SendTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class ReceiveTask(Unpredicted, spiff.ReceiveTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class StartEvent(Unpredicted, bpmn.StartEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    interrupting = True
    """Whether it takes away everything else, if it starts an event sub-process."""


class IntermediateCatchEvent(Unpredicted, bpmn.IntermediateCatchEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class _Inside(Unpredicted):
    """What stands for a process of its own: it gets the data and gives them back.

    SpiffWorkflow copies all data deeply on the way in and out.  Values are
    never changed in place here (a script's come out of the sandbox as new
    ones), so a copy of the names is enough.
    """

    shares_data = True
    """Whether what is known inside is part of what its process knows."""

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        subworkflow.task_tree.data = dict(my_task.data)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        my_task.data = dict(subworkflow.last_task.data)

    def start_workflow(self: Any, my_task: Any) -> None:
        top = my_task.workflow.top_workflow
        subworkflow = top.create_subprocess(my_task, self.spec)
        subworkflow.completed_event.connect(self._on_subworkflow_completed, my_task)
        self.copy_data(my_task, subworkflow)
        subworkflow.task_tree.run()


class SubWorkflowTask(_Inside, spiff.SubWorkflowTask):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class TransactionSubprocess(_Inside, spiff.TransactionSubprocess):  # type: ignore[misc]  # SpiffWorkflow is untyped
    pass


class CallActivity(_Inside, spiff.CallActivity):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A called process that says what it takes in and gives out gets and gives just that."""

    shares_data = False

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        if subworkflow.spec.io_specification is not None:
            spiff.CallActivity.copy_data(self, my_task, subworkflow)
        else:
            super().copy_data(my_task, subworkflow)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        if subworkflow.spec.io_specification is not None:
            spiff.CallActivity.update_data(self, my_task, subworkflow)
        else:
            super().update_data(my_task, subworkflow)
