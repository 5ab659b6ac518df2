"""How long ids and names in a diagram may be: what the tables of a database hold of them."""

from collections.abc import Iterator

from engine.definitions.rules import Complaint, Known, Rule, rule
from engine.spiff import Diagram

LONGEST_ID = 120
LONGEST_EVENT_ID = 50
"""An event that waits is found again by its id together with the token's number, behind an event-based gateway."""
LONGEST_NAME = 250
_WAITING = frozenset({"intermediateCatchEvent", "boundaryEvent", "startEvent", "receiveTask"})


@rule("too-long",
      f"Kennungen haben höchstens {LONGEST_ID} Zeichen, die von Ereignissen {LONGEST_EVENT_ID}, Namen {LONGEST_NAME}. "
      "Mehr gehört in die Dokumentation des Elements.",
      f"Ids have {LONGEST_ID} characters at most, those of events {LONGEST_EVENT_ID}, names {LONGEST_NAME}. "
      "More belongs into the element's documentation.")
def too_long(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A database would refuse the instance when it gets there."""
    ids = [(one.id, one.line, one.id, LONGEST_ID) for one in diagram.processes]
    ids += [(one.id, one.line, one.process, LONGEST_EVENT_ID if one.kind in _WAITING else LONGEST_ID)
            for one in diagram.nodes]
    for ident, line, process, most in ids:
        if len(ident) > most:
            yield Complaint(ident, line, f"Die Kennung „{_short(ident)}“ ist {len(ident)} Zeichen lang.",
                            f"The id “{_short(ident)}” is {len(ident)} characters long.", process)
    names = [(one.id, one.line, one.id, one.name, LONGEST_NAME) for one in diagram.processes]
    names += [(one.id, one.line, one.process, one.name, LONGEST_NAME) for one in diagram.nodes]
    names += [(one.id, one.line, "", one.name, LONGEST_ID) for one in diagram.named.values()]
    for ident, line, process, name, most in names:
        if len(name) > most and name != ident:
            yield Complaint(ident, line, f"Der Name „{_short(name)}“ ist {len(name)} Zeichen lang.",
                            f"The name “{_short(name)}” is {len(name)} characters long.", process)


def _short(text: str) -> str:
    return f"{text[:30]}…"


RULES: tuple[Rule, ...] = (too_long,)
