"""A running process <-> the bytes that are stored between two steps.

Only the state is written, never the specification, and of the state only what
can still matter: where tokens stand, and the few places behind them that
somebody may still look at.  So a step costs the same however long the process
has been running.

**The rule.** SpiffWorkflow keeps a tree of tasks, one for every element ever
passed.  A token is a task that is WAITING, READY or STARTED, or FUTURE with
its forerunner finished.  Kept are, in the process and in each sub-process:

1. every token;
2. its parent;
3. where two tokens parted: the nearest ancestor that both have.

A task that is kept hangs below its nearest ancestor that is kept.  Everything
else is dropped, and none of it is written again.

**Why that is enough.** What is dropped is finished (COMPLETED, CANCELLED), so
it never runs again: `Task.run` is called for READY tasks only, and `_update`
for children of a task that completes, for WAITING joins and for what an event
is handed to, all of them tokens (1).  So it could matter only by being looked
at.  What looks at a task other than itself and its children is:

- `Task._inherit_data`, `merge_child` of a task with several instances and
  `_on_complete`: the parent (2).  An instance's forerunner is STARTED, a token,
  so its own parent is kept as well, which is what `_given` asks for.
- `branches.merged`: the data of the nearest common ancestor of two tokens (3)
  and those of the parent (2).  The nearest common ancestor of a token and of a
  task that comes later is one of that token and of the one it comes from.
- `Join.find_ancestor` and `_check_threshold_structured`, called only by the
  join behind an activity with boundary events: the split before the activity
  and its children.  As long as that join waits, the activity is a token and
  the split its parent (2); of the split's children only those count that are
  still WAITING, tokens (1), and the activity.
- Joins: other WAITING tasks of the same element, and `DEFINITE_MASK` tasks, all
  tokens (1).  What came in earlier is in the data of the one that waits.
- What undoes an activity: its parent, which is on its way (2), and the event
  that has thrown compensation, whose child that is: STARTED (1).
- `_instances`, `children_complete`: children that are not COMPLETED, tokens (1).
- `TaskIterator` (terminate, cancel, reset of an event): unfinished tasks below
  a task; every token below it is still below it.
- `SubWorkflow.parent_workflow`, `depth`: the task that runs it is STARTED (1).
- Predictions: there are none (unpredicted.py).

**Why it stays small.** Tokens are as many as the model lets there be at one
time; 2 and 3 add at most as many again each.

What is done and can be undone is written beside the tasks, as names
(compensation.py): it is not looked up in the tree.

Data are written as what differs from the task above, or from the activity
that a sub-process runs in, so a long process with much data stays small.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.spiff.branches import ancestors, changed
from engine.spiff.parse import Specification
from engine.spiff.values import dump, load
from engine.spiff.workflow import Token, Workflow

_VERSION = 2
_AT_WORK = TaskState.WAITING | TaskState.READY | TaskState.STARTED
_TRIGGERED = 1024  # beside the state's own bits


def freeze(workflow: Workflow) -> bytes:
    """The state of *workflow*: what can still matter, and nothing of what is over."""
    subs = [] if workflow.completed else [
        [number, _written(sub, workflow.get_task_from_id(number).data)]
        for number, sub in workflow.subprocesses.items() if not sub.completed
    ]
    main = [] if workflow.completed else _written(workflow, {})
    state = {"v": _VERSION, "last": workflow.last_number, "end": workflow.last_end, "main": main, "subs": subs}
    if not workflow.completed and (undoable := _undoable(workflow)):
        state["undoable"] = undoable
    return dump(state)


def thaw(specification: Specification, state: bytes, engine: Any) -> Workflow:
    """The workflow that `freeze` wrote, conducted by *engine*."""
    stored = load(state)
    if not isinstance(stored, dict) or stored.get("v") != _VERSION:
        raise ValueError("this is not the state of a process")
    workflow = Workflow(specification.main, specification.called, engine)
    workflow.last_number, workflow.last_end = stored["last"], stored["end"]
    if not stored["main"]:
        workflow.completed = True
        return workflow
    _read(workflow, stored["main"], {})
    for number, written in stored["subs"]:  # an outer one stands before those inside it
        task = workflow.get_task_from_id(number)
        sub = workflow.subprocess(task, task.task_spec.spec)
        _read(sub, written, task.data)
        workflow.subprocesses[number] = sub
        sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    for number, undoable in stored.get("undoable", ()):
        (workflow.subprocesses[number] if number else workflow).undoable = undoable
    return workflow


def _undoable(workflow: Workflow) -> list[Any]:
    found = [[number, sub.undoable] for number, sub in workflow.subprocesses.items()
             if sub.undoable and not sub.completed]
    return [[0, workflow.undoable], *found] if workflow.undoable else found


def _written(workflow: Any, outside: dict[str, Any]) -> list[Any]:
    kept = _kept(workflow)
    written = []
    for number, task in workflow.tasks.items():
        if number not in kept:
            continue
        above = next((node for node in ancestors(task) if node.id in kept), None)
        before = above.data if above is not None else outside
        written.append([
            number, above.id if above is not None else 0, task._state | (_TRIGGERED if task.triggered else 0),
            task.task_spec.name, task.internal_data, changed(before, task.data),
            [name for name in before if name not in task.data],
        ])
    return written


def _kept(workflow: Any) -> set[int]:
    """The numbers of the tasks that the rule above keeps."""
    tasks = workflow.tasks
    kept: set[int] = set()
    seen: set[int] = set()  # the tokens so far and all their ancestors
    for task in tasks.values():
        if not (task._state & _AT_WORK or (task._state == TaskState.FUTURE and _is_reached(task))):
            continue
        kept.add(task.id)
        parent = tasks.get(task._parent)
        if parent is not None:
            kept.add(parent.id)
        current = task
        while current is not None and current.id not in seen:
            seen.add(current.id)
            current = tasks.get(current._parent)
        if current is not None:
            kept.add(current.id)
    return kept


def _is_reached(task: Any) -> bool:
    return task.parent is None or task.parent.has_state(TaskState.FINISHED_MASK)


def _read(workflow: Any, written: list[Any], outside: dict[str, Any]) -> None:
    tasks, specs, events = workflow.tasks, workflow.spec.task_specs, workflow.top_workflow.event_manager
    for number, above, state, spec, internal, data, gone in written:
        parent = tasks[above] if above else None
        task = Token(workflow, specs[spec], parent, state & ~_TRIGGERED, number)
        task.triggered, task.internal_data = bool(state & _TRIGGERED), internal
        if parent is None:
            workflow.task_tree = task
        task.data = {**(parent.data if parent is not None else outside), **data}
        for name in gone:
            del task.data[name]
        if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            events.add_task(task)
