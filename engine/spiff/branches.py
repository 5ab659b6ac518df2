"""Where ways part and meet: gateways, and the end of a process.

SpiffWorkflow lets the unchanged copy of the branch that comes last overwrite
what another branch has changed, merges lists item by item, and in a loop
counts what came in earlier passes.  The versions here do not.
"""

from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as bpmn
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.spiff.unpredicted import End, Start, SubWorkflowTask, Unpredicted
from engine.spiff.values import same

_AT_WORK = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs in *after*."""
    return {name: value for name, value in after.items() if name not in before or not same(before[name], value)}


def ancestors(task: Any) -> Iterable[Any]:
    """The task's ancestors, nearest first."""
    tasks, current = task.workflow.tasks, task
    while current._parent is not None:
        current = tasks[current._parent]
        yield current


def merged(waiting: Any, coming: Any) -> dict[str, Any]:
    """The data where a branch meets what waits for it at a join.

    *waiting* is the join's task that waits with what came before in its data,
    *coming* the one that has just arrived.  Each brings what it has changed
    since they parted; where both changed the same name, the later one wins.
    SpiffWorkflow instead lets the unchanged copy of the last branch overwrite
    what another has changed.
    """
    above = {node.id for node in ancestors(waiting)}
    base: dict[str, Any] = next((node.data for node in ancestors(coming) if node.id in above), {})
    found = dict(base)
    for data in (waiting.data, coming.parent.data):
        found.update(changed(base, data))
        for name in base.keys() - data.keys():
            found.pop(name, None)
    return found


class _Joining(Unpredicted):
    """A join that gathers as branches come in, so that nothing behind it is ever looked at again.

    One of its tasks waits; it holds in its data what all branches so far have
    brought, and which flows they came on.  The next to arrive takes that over
    and waits in its place, until the join fires.  What waits has not fired:
    in a loop every pass starts anew.  Of two tokens on one flow the second
    waits beside the first, for the next time (BPMN 2.0.2, 13.4.1).  SpiffWorkflow instead searches the whole
    tree for earlier arrivals and counts those of earlier passes, too.
    """

    def _update_hook(self: Any, my_task: Any) -> bool:
        own = my_task.internal_data
        if "from" not in own:
            self._arrive(my_task, own)
        if self._may_fire(my_task, set(own["from"])):
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def _arrive(self, my_task: Any, own: dict[str, Any]) -> None:
        names, data = {my_task.parent.task_spec.name}, my_task.parent.data
        for other in list(my_task.workflow.tasks.values()):
            if other.task_spec is self and other.state == TaskState.WAITING and self._meets(other, names):
                names.update(other.internal_data["from"])
                data = merged(other, my_task)
                other.cancel()
        own["from"], my_task.data = sorted(names), dict(data)

    def _meets(self, waiting: Any, names: set[str]) -> bool:
        """Whether a token from *names* joins what waits: of two on one flow the second is kept for the next time."""
        return names.isdisjoint(waiting.internal_data["from"])

    def _run_hook(self, my_task: Any) -> Any:
        del my_task.internal_data["from"]
        return True


class ParallelGateway(_Joining, bpmn.ParallelGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        """Whether a branch has come in on every incoming flow.

        A flow that only comes back from this gateway cannot be waited for
        before it has fired, nor the others once that one came.
        """
        back = self._ways_back(my_task.workflow.spec)
        return arrived >= set(self._inputs) - back or (bool(back) and arrived >= back)

    def _ways_back(self, spec: Any) -> set[str]:
        found, todo = {spec.start.name, self.name}, [spec.start.name]
        while todo:
            for name in spec.task_specs[todo.pop()]._outputs:
                if name not in found:
                    found.add(name)
                    todo.append(name)
        return set(self._inputs) - found


class InclusiveGateway(_Joining, bpmn.InclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _predict_hook(self, my_task: Any) -> None:
        pass  # which flows it takes is known once it has run

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        """BPMN 2.0.2, 13.4.3: wait while a token can still reach an incoming flow that has none (and no other)."""
        specs = my_task.workflow.spec.task_specs
        can_fill = self._leading_to(specs, [name for name in self._inputs if name not in arrived])
        already_in = self._leading_to(specs, [name for name in self._inputs if name in arrived])
        return not any(
            task.task_spec is not self and task.has_state(TaskState.DEFINITE_MASK)
            and task.task_spec.name in can_fill and task.task_spec.name not in already_in
            for task in my_task.workflow.tasks.values()
        )

    def _leading_to(self, specs: dict[str, Any], names: list[str]) -> set[str]:
        found, todo = set(names), list(names)
        while todo:
            for name in specs[todo.pop()]._inputs:
                if name not in found and name != self.name:
                    found.add(name)
                    todo.append(name)
        return found

    def _run_hook(self, my_task: Any) -> Any:
        super()._run_hook(my_task)
        conditions = [(condition.args[0], name) for condition, name in self.cond_task_specs if condition is not None]
        holds = my_task.workflow.script_engine.evaluate_all(my_task, [text for text, _ in conditions])
        chosen = [name for (_, name), value in zip(conditions, holds, strict=True) if value]
        chosen = chosen or [name for condition, name in self.cond_task_specs if condition is None]
        if not chosen:
            raise WorkflowException("no condition holds and there is no default flow", task_spec=self)
        go_on(my_task, chosen)
        return True


class ExclusiveGateway(Unpredicted, bpmn.ExclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _predict_hook(self, my_task: Any) -> None:
        pass  # which flow it takes is known once it has run

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


class ScopeEvent(Unpredicted, bpmn.IntermediateCatchEvent):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """What starts an event sub-process: waits beside everything else in its process, and is no reason to go on.

    BPMN 2.0.2, 10.3.5: an interrupting one takes away every other token of
    the process it stands in and goes on with what they knew.
    """

    def __init__(self, wf_spec: Any, name: str, event_definition: Any, interrupting: bool) -> None:
        super().__init__(wf_spec, name, event_definition)
        self.interrupting = interrupting
        self.bpmn_id = None  # the start event that is drawn speaks for itself

    def _run_hook(self, my_task: Any) -> Any:
        if self.interrupting:
            others = [task for task in my_task.workflow.tasks.values()
                      if my_task.id not in (task.id, task._parent) and task.has_state(TaskState.DEFINITE_MASK)]
            my_task.data = {**my_task.data, **known_to(others)}
            for task in others:
                task.cancel()
        return super()._run_hook(my_task)


class EventSubprocess(SubWorkflowTask):
    """A sub-process that an event starts, not a flow.

    It knows what its process knows at that moment, and gives back what it has
    changed; what others have changed meanwhile stays.
    """

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        event = my_task.parent
        if isinstance(event.task_spec, ScopeEvent) and not event.task_spec.interrupting:
            others = [task for task in my_task.workflow.tasks.values() if task is not my_task
                      and task.has_state(_AT_WORK) and not isinstance(task.task_spec, ScopeEvent)]
            brought = changed(event.parent.data, event.data) if event.parent is not None else event.data
            my_task.data = {**event.data, **known_to(others), **brought}
        super().copy_data(my_task, subworkflow)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        own = changed(my_task.data, subworkflow.last_task.data)
        super().update_data(my_task, subworkflow)
        if isinstance(my_task.parent.task_spec, ScopeEvent):
            my_task.data = {**my_task.parent.data, **own}


def known_to(tasks: Iterable[Any]) -> dict[str, Any]:
    """What these tasks know together; where two say something else of a name, the one that came later."""
    data: dict[str, Any] = {}
    for task in tasks:
        data.update(task.data)
    return data


class EndJoin(_Joining, _EndJoin):  # type: ignore[misc]  # SpiffWorkflow is untyped
    def _meets(self, waiting: Any, names: set[str]) -> bool:
        return True

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        """Whether no token is left elsewhere."""
        return not any(
            task is not my_task and task.has_state(TaskState.DEFINITE_MASK)
            and not (task.state == TaskState.WAITING and isinstance(task.task_spec, ScopeEvent))
            for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Any) -> Any:
        super()._run_hook(my_task)
        for task in my_task.workflow.tasks.values():
            if task.state == TaskState.WAITING and isinstance(task.task_spec, ScopeEvent):
                task._set_state(TaskState.CANCELLED)  # `cancel` would take away what came of it, this end perhaps
                my_task.workflow.top_workflow.event_manager.remove_task(task)
        my_task.workflow.data.update(my_task.data)
        return True


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """A process whose start lays out no more than its start events, and whose end loses nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("Start", f"{self.name}.EndJoin", "End"):
            del self.task_specs[name]
        self.start = Start(self, "Start")
        self.end = EndJoin(self, f"{self.name}.EndJoin")
        self.end.connect(End(self, "End"))
