"""Who catches what is thrown, found in the moment it is thrown.

SpiffWorkflow marks a catching event as ready and lets whatever is to be
interrupted run on until that event's turn comes.  Here an event is handed to
its catchers as soon as the element that threw it is done; what interrupts does
so before anything else runs (BPMN 2.0.2, 13.5.3, 13.5.4).
"""

from collections.abc import Callable
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import ProcessFailed
from engine.spiff import scripts
from engine.spiff.branches import EventSubprocess, ScopeEvent, changed
from engine.spiff.catching import BoundaryEvent, definitions
from engine.spiff.events import Cancel, Coded, Condition, Error, Signal
from engine.spiff.workflow import is_container

_Fit = Callable[[Any], int]
"""How well an event definition fits: 0 not at all, more is better."""


def dispatch(engine: Any) -> None:
    """Hand over all that has been thrown, in the order it was."""
    while engine.thrown:
        thrower, thrown = engine.thrown.pop(0)
        if isinstance(thrown, Signal):
            _broadcast(engine, thrower, thrown)
        elif isinstance(thrown, Coded):
            caught = _nearest(thrower, _of_code(type(thrown), thrown.code))
            if caught is not None:
                _hand_over(engine, *caught, _brought(engine, thrower, thrown))
            elif isinstance(thrown, Error):
                _give_up(engine, thrower)
        elif isinstance(thrown, Cancel):
            _leave_transaction(engine, thrower)


def caught_failure(engine: Any, task: Any, error: ProcessFailed) -> bool:
    """Whether something around *task* catches its failure as an error; if so it has gone on from there.

    A failure without a code (a step that takes too long, a loop) is none of
    the diagram's errors.
    """
    if error.code is None or task.id not in task.workflow.tasks:
        return False
    caught = _nearest(task, _of_code(Error, error.code))
    if caught is None:
        return False
    engine.failed(task, error)
    said = {"code": error.code, "text": error.cause}
    _hand_over(engine, *caught, said if caught[1].variable else {})
    return True


def look_at_conditions(engine: Any, ran: Any) -> None:
    """Let every event happen whose condition has become true with what the element that has just run has changed.

    Each is asked once when it begins to wait, and then whenever a name that it
    asks for has changed in its process or in a sub-process of that.
    """
    above = ran.parent
    news = changed(above.data, ran.data).keys() if above is not None else frozenset()
    for task in engine.waiting():
        for definition in definitions(task):
            if not isinstance(definition, Condition) or not _still_waits(task):
                continue
            held = task.internal_data.get("held", {})
            if definition.element not in held:
                holds = engine.holds(task, definition.expression, task.data)
            elif news & scripts.read_expression(definition.expression).wants and _is_inside(ran, task.workflow):
                holds = engine.holds(task, definition.expression, {**task.data, **ran.data})
            else:
                continue
            task.internal_data["held"] = {**held, definition.element: holds}
            if holds and not held.get(definition.element, False):
                engine.fire(task, None, definition.element)


def _is_inside(task: Any, part: Any) -> bool:
    """Whether what *task* knows is part of what the process *part* knows."""
    within = task.workflow
    while within is not part:
        outside = within.parent_task_id
        activity = within.top_workflow.get_task_from_id(outside) if outside is not None else None
        if activity is None or not activity.task_spec.shares_data:
            return False
        within = activity.workflow
    return True


def _broadcast(engine: Any, thrower: Any, thrown: Signal) -> None:
    brought = _brought(engine, thrower, thrown)
    engine.signal(thrower, thrown, brought)
    for task, definition in engine.catching_signal(thrown.name):
        if _still_waits(task):
            _hand_over(engine, task, definition, brought)


def _leave_transaction(engine: Any, thrower: Any) -> None:
    """By the event at the edge of the transaction that *thrower* stands in; the rules see to it that there is one."""
    outside = thrower.workflow.parent_task_id
    if outside is None:
        return
    for task in _beside(thrower.workflow.top_workflow.get_task_from_id(outside)):
        for definition in definitions(task):
            if isinstance(definition, Cancel) and _still_waits(task):
                _hand_over(engine, task, definition, {})


def _still_waits(task: Any) -> bool:
    return task.state == TaskState.WAITING and task.id in task.workflow.tasks


def _brought(engine: Any, thrower: Any, thrown: Signal | Coded) -> Any:
    if thrown.payload is not None:
        return engine.evaluate(thrower, thrown.payload)
    return {} if isinstance(thrown, Signal) else dict(thrower.data)


def _of_code(kind: type[Coded], code: str | None) -> _Fit:
    def fit(definition: Any) -> int:
        if type(definition) is not kind:
            return 0
        return 1 if definition.code is None else 2 * (definition.code == code)

    return fit


def _nearest(thrower: Any, fit: _Fit) -> tuple[Any, Any] | None:
    """Who catches it: an event beside the activity, at the head of an event sub-process, then further out."""
    top, at = thrower.workflow.top_workflow, thrower
    while at is not None:
        begun_by = at.parent if isinstance(at.task_spec, EventSubprocess) else None  # it does not catch its own
        for around in (_beside(at), _at_head(at.workflow, begun_by)):
            found = [(fit(definition), task, definition) for task in around for definition in definitions(task)]
            best = max(found, key=lambda one: one[0], default=(0, None, None))
            if best[0]:
                return best[1], best[2]
        outside = at.workflow.parent_task_id
        at = top.get_task_from_id(outside) if outside is not None else None
    return None


def _beside(activity: Any) -> list[Any]:
    while activity.parent is not None and is_container(activity.parent):
        activity = activity.parent
    split = activity.parent
    if split is None or not split.task_spec.name.endswith(".BoundaryEventSplit"):
        return []
    return [task for task in split.children
            if isinstance(task.task_spec, BoundaryEvent) and task.state == TaskState.WAITING]


def _at_head(part: Any, but: Any) -> list[Any]:
    return [task for task in part.tasks.values()
            if isinstance(task.task_spec, ScopeEvent) and task.state == TaskState.WAITING and task is not but]


def _hand_over(engine: Any, task: Any, definition: Any, brought: Any) -> None:
    engine.fire(task, engine.under(task, getattr(definition, "variable", None), brought), definition.element)


def _give_up(engine: Any, thrower: Any) -> None:
    """An error that nobody catches ends the process; its end event says with what (10.5.7, 13.5.6)."""
    top = thrower.workflow.top_workflow
    for part in top.running():
        for task in part.tasks.values():
            if task.has_state(TaskState.NOT_FINISHED_MASK):
                task._set_state(TaskState.CANCELLED)
        part.completed = True
    top.last_task, top.last_end = thrower, str(thrower.task_spec.bpmn_id)
