"""Rules about references: whatever is named is there, in the file or beside it."""

from collections.abc import Iterator, Mapping

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node

_MUST_NAME = frozenset({"message", "signal"})
_WHAT: Mapping[str, Sentence] = {
    "message": Sentence("keine Nachricht, die in der Datei mit Namen steht",
                        "no message that the file holds with a name"),
    "signal": Sentence("kein Signal, das in der Datei mit Namen steht", "no signal that the file holds with a name"),
    "error": Sentence("einen Fehler, den es in der Datei nicht gibt", "an error that the file does not hold"),
    "escalation": Sentence("eine Eskalation, die es in der Datei nicht gibt",
                           "an escalation that the file does not hold"),
}


@rule("undefined-reference", "Die Datei nennt eine Kennung, die es in ihr nicht gibt.",
      "The file names an id that it does not hold.")
def undefined_reference(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Flows, boundary events, defaults, lanes and events name what the file holds.

    Data that are only drawn keep nothing from running: those are a warning.
    """
    nodes = {node.id: node for node in diagram.nodes}
    for flow in diagram.flows:
        for end, de, en in ((flow.source, "beginnt", "begins"), (flow.target, "endet", "ends")):
            if end not in nodes:
                yield Complaint(flow.id, flow.line, f"Der Pfeil „{flow.id}“ {de} bei „{end}“, das es nicht gibt.",
                                f"The flow “{flow.id}” {en} at “{end}”, which does not exist.", flow.process)
    for node in diagram.nodes:
        if node.kind == "boundaryEvent" and node.attached_to not in nodes:
            yield rules.about(node, f"haftet an „{node.attached_to or ''}“, das es nicht gibt",
                              f"is attached to “{node.attached_to or ''}”, which does not exist")
        if node.default and node.default not in {flow.id for flow in diagram.leaving(node.id)}:
            yield rules.about(node, f"hat den Standardfluss „{node.default}“, der dort nicht beginnt",
                              f"has the default flow “{node.default}”, which does not begin there")
        yield from _of_events(diagram, node)
    for one in diagram.lost:
        yield Complaint(one.id, one.line, f"„{one.id}“ verweist auf „{one.target}“, das es nicht gibt.",
                        f"“{one.id}” refers to “{one.target}”, which does not exist.", severity="warning")
    for lane in diagram.lanes:
        for ident in lane.nodes:
            if ident not in nodes:
                yield Complaint(lane.id, None, f"Die Bahn „{lane.name}“ enthält „{ident}“, das es nicht gibt.",
                                f"The lane “{lane.name}” holds “{ident}”, which does not exist.", lane.process)


def _of_events(diagram: Diagram, node: Node) -> Iterator[Complaint]:
    if node.kind in ("sendTask", "receiveTask") and not diagram.messages.get(node.message or ""):
        yield rules.about(node, f"nennt {_WHAT['message'].de}", f"names {_WHAT['message'].en}")
    for one in node.details.definitions:
        there = diagram.named.get(one.ref or "")
        if one.kind in _MUST_NAME and (there is None or there.kind != one.kind or not there.name):
            yield rules.about(node, f"nennt {_WHAT[one.kind].de}", f"names {_WHAT[one.kind].en}")
        elif one.kind in ("error", "escalation") and one.ref and (there is None or there.kind != one.kind):
            yield rules.about(node, f"nennt mit „{one.ref}“ {_WHAT[one.kind].de}",
                              f"names with “{one.ref}” {_WHAT[one.kind].en}")
        elif one.kind == "compensate" and one.ref:
            activity = diagram.node(one.ref)
            if activity is None or activity.kind not in rules.ACTIVITIES:
                yield rules.about(node, f"soll „{one.ref}“ rückgängig machen, was keine Aktivität der Datei ist",
                                  f"is to undo “{one.ref}”, which is no activity of the file")
    for name in node.details.lost:
        yield rules.about(node, f"nennt die Ereignisdefinition „{name}“, die es in der Datei nicht gibt",
                          f"names the event definition “{name}”, which the file does not hold")


@rule("undefined-pool", "Berichtigen Sie den Verweis oder löschen Sie, was ins Leere führt.",
      "Correct the reference, or delete what leads nowhere.", severity="warning", whole=True)
def undefined_pool(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Pools show processes of the file, message flows join what is there; the process runs without both."""
    processes = {one.id for one in diagram.processes}
    ends = {one.id for one in diagram.nodes} | {one.id for one in diagram.participants} | processes
    for pool in diagram.participants:
        if pool.process and pool.process not in processes:
            yield Complaint(pool.id, pool.line,
                            f"Der Pool „{pool.name}“ zeigt den Prozess „{pool.process}“, den es in der Datei nicht "
                            "gibt.", f"The pool “{pool.name}” shows the process “{pool.process}”, which the file does "
                            "not hold.")
    for flow in diagram.associations:
        lost = [end for end in (flow.source, flow.target) if end not in ends]
        if flow.kind == "messageFlow" and lost:
            yield Complaint(flow.id, flow.line,
                            f"Der Nachrichtenfluss „{flow.id}“ führt zu „{lost[0]}“, das es nicht gibt.",
                            f"The message flow “{flow.id}” leads to “{lost[0]}”, which does not exist.")


@rule("message-flow-inside-pool",
      "Nehmen Sie innerhalb eines Prozesses einen Pfeil (Sequenzfluss); Nachrichten gehen von Pool zu Pool.",
      "Use a sequence flow inside a process; messages go from pool to pool.", severity="warning", whole=True)
def message_flow_inside_pool(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A message flow joins two pools (9.4); inside one it says something that does not happen."""
    homes = {node.id: node.process for node in diagram.nodes}
    homes |= {pool.id: pool.process or pool.id for pool in diagram.participants}
    for flow in diagram.associations:
        home = homes.get(flow.source)
        if flow.kind == "messageFlow" and home is not None and home == homes.get(flow.target):
            yield Complaint(flow.id, flow.line, f"Der Nachrichtenfluss „{flow.id}“ bleibt in einem Pool.",
                            f"The message flow “{flow.id}” stays inside one pool.", home)


@rule("undefined-call", "Laden Sie die fehlende Datei mit hoch oder berichtigen Sie den Namen.",
      "Upload the missing file as well, or correct the name.")
def undefined_call(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """Called processes, decision tables and operations exist; the engine would notice only on the way."""
    own = {process.id for process in diagram.processes}
    wanted = {
        "callActivity": ("einen Prozess", "a process", None if known.processes is None else own | {*known.processes}),
        "businessRuleTask": ("eine Entscheidungstabelle", "a decision table", known.decisions),
        "serviceTask": ("einen Dienst", "an operation", known.operations),
    }
    for node in diagram.nodes:
        if node.kind not in wanted:
            continue
        de, en, there = wanted[node.kind]
        drawn = known.processes.get(node.called or "") if isinstance(known.processes, Mapping) else None
        if node.kind == "callActivity" and drawn is not None and not _runs(drawn, node.called or ""):
            yield rules.about(node, f"ruft den Prozess „{node.called}“ auf, der nicht als ausführbar gekennzeichnet "
                              "ist", f"calls the process “{node.called}”, which is not marked as executable",
                              Sentence("Setzen Sie dort isExecutable=\"true\".", "Set isExecutable=\"true\" there."))
        elif not node.called:
            yield rules.about(node, f"muss {de} aufrufen, nennt aber nichts", f"must call {en} but names none")
        elif there is not None and node.called not in there:
            yield rules.about(node, f"ruft {de} namens „{node.called}“ auf, die Angabe führt ins Leere",
                              f"calls {en} named “{node.called}”, which does not exist")


def _runs(diagram: Diagram, process: str) -> bool:
    return any(one.id == process and one.executable for one in diagram.processes)


RULES = (undefined_reference, undefined_pool, message_flow_inside_pool, undefined_call)
