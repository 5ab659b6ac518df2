"""Ids and names that a database could not hold."""

from tests.engine.definitions.cases import Case, row
from tests.engine.definitions.conftest import END, START, drawing, lane, line, simple, task

MESSAGE = '<bpmn:message id="m" name="{}"/>'


def one_task(ident="t", name="t"):
    """A task of this id and name in a lane."""
    drawn = task(ident).replace(f"Aufgabe {ident}", name)
    return drawing(lane("kreistag", ident) + START + drawn + END + line("start", ident, "end"))


def received(ident="e", name="antrag"):
    """A message that is waited for."""
    waits = f'<bpmn:receiveTask id="{ident}" messageRef="m"/>'
    return row((ident, waits), before=MESSAGE.format(name))


CASES = [
    Case("too-long", "t" * 121, one_task("t" * 121), one_task("t" * 120)),
    Case("too-long", "t", one_task(name="x" * 251), one_task(name="x" * 250)),
    Case("too-long", "p" * 121, simple("p" * 121), simple("p" * 120), known={"forms": None}),
    Case("too-long", "e" * 51, received("e" * 51), received("e" * 50)),
    Case("too-long", "m", received(name="n" * 121), received(name="n" * 120)),
]
