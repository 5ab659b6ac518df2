"""The only door to SpiffWorkflow, lxml and the sandbox: plain values in, a plain `Step` out.

    picture.py   bytes of a diagram -> Diagram (diagram.py): what rules and tables are made from; details.py  what is
                 said of each element; drawing.py  where it is drawn; schema.py  where the file departs from the schema;
                 dialects.py  what other tools have written into it
    parse.py     bytes of a deployment -> Specification: checked, immutable, cached; tags.py  which element is which tag
    carried.py   whether all that is drawn has arrived in it
    rewrites.py  what is drawn -> what means the same and can be run; several.py  events of several kinds; tree.py
    run.py       start, complete, wake, deliver -> Step (step.py); conductor.py  how one step is run
    relocate.py  a token taken to another element; nesting.py  which branches an element stands in
    migrate.py   a process goes on on another version of its diagram; compare.py  whether it can
    bounds.py    how many elements a step may pass, how long it may take
    snapshot.py  a running process <-> the bytes stored between two steps; workflow.py  a running process
    mend.py      process data put right by a person
    branches.py  gateways | elements.py  services, decisions, several instances
    events.py    what is thrown and waited for; catching.py  what waits; throwing.py  who catches; compensation.py  what
                 undoes what is done; correlations.py  the keys of messages
    decisions.py bytes of a DMN file -> decisions; tables.py  their tables, cells.py  unary tests, feel.py  expressions
    decide.py    decisions made; programs.py  a table as code, matching.py  those that need none, hits.py  hit policies
    scripts.py   the sandbox; lookups.py  what needs none
    clock.py     time zones, months, working days
    values.py    what may stand in process data
"""

from engine.spiff.bounds import Bounds
from engine.spiff.clock import add_working_days, due_at, is_working_day
from engine.spiff.compare import Stand
from engine.spiff.decisions import Decision, read_decisions
from engine.spiff.details import Definition, Details, Expression, Loop, Named
from engine.spiff.diagram import Diagram, Extra, Flow, Lane, Node, ProcessInfo
from engine.spiff.dialects import Foreign
from engine.spiff.drawing import Edge, Shape
from engine.spiff.events import MISSED
from engine.spiff.mend import mend, seen
from engine.spiff.migrate import Outlook, migrate, outlook
from engine.spiff.parse import Bundle, Specification, specification
from engine.spiff.picture import Refusal, read_diagram
from engine.spiff.relocate import Place, move, places
from engine.spiff.run import complete, deliver, start, task_data, wake
from engine.spiff.schema import Deviation
from engine.spiff.scripts import configure
from engine.spiff.step import Arrival, CallResult, DecisionResult, OpenTask, Sent, ServiceCall, Step, Waiting
from engine.spiff.tables import Table

__all__ = [
    "MISSED", "Arrival", "Bounds", "Bundle", "CallResult", "Decision", "DecisionResult", "Definition", "Details",
    "Deviation", "Diagram", "Edge", "Expression", "Extra", "Flow", "Foreign", "Lane", "Loop", "Named", "Node",
    "OpenTask", "Outlook", "Place", "ProcessInfo", "Refusal", "Sent", "ServiceCall", "Shape", "Specification", "Stand",
    "Step", "Table", "Waiting", "add_working_days", "complete", "configure", "deliver", "due_at", "is_working_day",
    "mend", "migrate", "move", "outlook", "places", "read_decisions", "read_diagram", "seen", "specification", "start",
    "task_data", "wake",
]
