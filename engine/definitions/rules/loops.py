"""Rules about ways that lead back to where they came from."""

from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram, Node

_WAITS = rules.PEOPLE | {"receiveTask", "intermediateCatchEvent", "eventBasedGateway", "callActivity"}


@rule("endless-loop",
      "Führen Sie den Weg über ein exklusives Gateway mit einer Bedingung aus der Schleife hinaus, oder lassen Sie in "
      "ihr auf eine Aufgabe, eine Nachricht oder eine Zeit warten.",
      "Lead the way out of the loop by an exclusive gateway with a condition, or wait inside it for a task, a message "
      "or a time.")
def endless_loop(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A way that comes back without ever waiting runs for ever, unless a condition may lead out of it.

    A parallel gateway leads nobody out: one token leaves, another goes round
    again.  If only an event at the edge of an activity leads out, it may be
    meant, and is a warning.
    """
    for _, _, nodes in rules.scopes(diagram):
        for circle in _circles(diagram, [node for node in nodes if not waits(diagram, node)]):
            if any(_may_leave(diagram, node, circle) for node in circle):
                continue
            ids = {node.id for node in circle}
            by_event = any(diagram.attached(node.id) or _may_fail(diagram, node) for node in circle)
            names = " → ".join(f"„{rules.named(node)}“" for node in circle[:6])
            en = " → ".join(f"“{rules.named(node)}”" for node in circle[:6])
            first = min(circle, key=lambda node: node.line)
            if by_event:
                said = Sentence(f"gehört zu einer Schleife, aus der nur ein Ereignis am Rand hinausführt: {names}",
                                f"belongs to a loop that only an event at an edge leads out of: {en}")
            else:
                said = Sentence(f"gehört zu einer Schleife, die nie endet und nie wartet: {names}",
                                f"belongs to a loop that never ends and never waits: {en}")
            several = any(node.kind == "parallelGateway" and any(flow.target not in ids for flow in
                                                                 diagram.leaving(node.id)) for node in circle)
            yield rules.about(first, said.de, said.en, _PARALLEL if several else None,
                              "warning" if by_event else None)


_PARALLEL = Sentence(
    "Aus einem parallelen Gateway gehen alle Wege zugleich weiter, auch der zurück. Nehmen Sie ein exklusives.",
    "All ways go on at once behind a parallel gateway, the one back as well. Use an exclusive one.")


def waits(diagram: Diagram, node: Node) -> bool:
    """Whether an instance rests at this element, or may: what a called process does is not looked at."""
    if node.kind in rules.SUB_PROCESSES:
        return any(inner.kind in _WAITS for inner in rules.within(diagram, node))
    return node.kind in _WAITS


def _may_fail(diagram: Diagram, node: Node) -> bool:
    return node.kind in rules.SUB_PROCESSES and any(
        rules.has(inner, "error", "terminate") for inner in diagram.inside(node.id))


def _may_leave(diagram: Diagram, node: Node, circle: list[Node]) -> bool:
    inside = {one.id for one in circle}
    leaving = diagram.leaving(node.id)
    if node.kind in rules.CHOOSING:
        return len(leaving) > 1 and any(flow.target not in inside for flow in leaving)
    if node.kind in rules.ACTIVITIES:
        back = [flow for flow in leaving if flow.target in inside]
        return bool(back) and all(flow.condition for flow in back) and len(back) < len(leaving)
    return False


def _circles(diagram: Diagram, nodes: list[Node]) -> Iterator[list[Node]]:
    """The strongly connected parts of these nodes that hold a way back, each in the order of the file (Tarjan)."""
    own = {node.id: node for node in nodes}
    ahead: dict[str, list[str]] = {
        node.id: [flow.target for flow in diagram.leaving(node.id) if flow.target in own] for node in nodes}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in ahead:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(ahead[root]))]
        while work:
            at, following = work[-1]
            follower = next(following, None)
            if follower is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == index[at]:
                    part = set[str]()
                    while at not in part:
                        part.add(stack.pop())
                    on_stack -= part
                    if len(part) > 1 or at in ahead[at]:
                        yield [node for node in nodes if node.id in part]
            elif follower not in index:
                index[follower] = low[follower] = len(index)
                stack.append(follower)
                on_stack.add(follower)
                work.append((follower, iter(ahead[follower])))
            elif follower in on_stack:
                low[at] = min(low[at], index[follower])


RULES = (endless_loop,)
