"""The README's tables of what runs: made of the models, never typed."""

from collections.abc import Iterable, Sequence

from tests.bench.table import written
from tests.processes.standard.patterns import NOT_IN_BPMN, PATTERNS
from tests.processes.standard.reading import Model, models
from tests.processes.standard.rows import GROUPS

SHOWN = 3


def coverage() -> str:
    """Every kind of element and feature: whether it runs, and the models that show it."""
    lines: list[Sequence[str]] = []
    for group, rows in GROUPS.items():
        lines.append((f"**{group}**", "", ""))
        for row, text in rows.items():
            proof = [model for model in models() if row in model.covers]
            lines.append((text, state(proof), _names(proof)))
    return written(("element", "state", "shown by"), lines)


def patterns() -> str:
    """The workflow patterns 1 to 43: whether they run, and the models that show it."""
    lines = []
    for number, name in enumerate(PATTERNS, 1):
        proof = [model for model in models() if number in model.patterns]
        said = f"not in BPMN: {NOT_IN_BPMN[number]}" if number in NOT_IN_BPMN else state(proof, notes=False)
        lines.append((str(number), name, said, _names(proof)))
    return written(("no.", "pattern", "state", "shown by"), lines)


def state(proof: Iterable[Model], *, notes: bool = True) -> str:
    """What these models say together: runs, runs with a note, or refused."""
    proof = list(proof)
    if all(model.refused is not None for model in proof):
        return "refused"
    said = list(dict.fromkeys(model.note for model in proof if model.note)) if notes else []
    return "; ".join(["runs", *said])


def _names(proof: list[Model]) -> str:
    running_first = sorted(proof, key=lambda model: model.refused is not None)
    shown = [f"{model.name}" for model in running_first[:SHOWN]]
    return ", ".join([*shown, f"{len(proof) - SHOWN} more"] if len(proof) > SHOWN else shown)
