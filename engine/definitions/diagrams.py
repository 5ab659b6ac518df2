"""What we ask of a diagram before it may be deployed: one rule, one function.

Rules look at plain values (`engine.spiff.Diagram`), never at XML.  A rule
yields complaints; its id, how grave it is and what to do stand above it.  To
add one, write the function into the file of its noun in rules/ and list it in
RULES there; tests/engine/definitions/cases/ wants a good and a bad diagram.
"""

from collections.abc import Collection, Mapping
from typing import Any

from engine.definitions import foreign, rules
from engine.definitions.findings import Finding, ordered
from engine.definitions.rules import (
    PEOPLE,
    Known,
    Rule,
    activities,
    body_of,
    compensation,
    correlations,
    errors,
    events,
    expressions,
    flows,
    gateways,
    lengths,
    loops,
    names,
    processes,
    references,
    schema,
    task_bodies,
    tasks,
    timers,
    unsupported,
)
from engine.definitions.rules.processes import MOST_ELEMENTS, too_large
from engine.errors import Sentence
from engine.spiff import Diagram

__all__ = ["PEOPLE", "RULES", "Known", "Rule", "body_of", "check", "task_bodies"]

RULES: tuple[Rule, ...] = (
    *processes.RULES, *flows.RULES, *gateways.RULES, *loops.RULES, *events.RULES, *errors.RULES, *activities.RULES,
    *compensation.RULES, *correlations.RULES, *references.RULES, *tasks.RULES, *timers.RULES, *expressions.RULES,
    *names.RULES, *unsupported.RULES, *schema.RULES, *lengths.RULES, *foreign.RULES,
)


def check(
    diagram: Diagram, forms: Collection[str] | Mapping[str, Any] | None = None, bodies: Collection[str] | None = None,
    processes: Collection[str] | Mapping[str, Diagram] | None = None,
    decisions: Collection[str] | Mapping[str, Collection[str]] | None = None,
    operations: Collection[str] | None = None,
) -> list[Finding]:
    """Everything the rules have to say about *diagram*, in the order of its lines.

    The sets hold what it may refer to (forms as process/form); None: not
    asked.  Mappings say more, see `Known`. Of a file with processes that run
    and others that are only drawn, the latter are asked for little; of a file
    that is too large nothing else is said.
    """
    known = Known(forms, bodies, processes, decisions, operations)
    runs = rules.running(diagram)
    asked = RULES if len(diagram.nodes) <= MOST_ELEMENTS else (too_large,)
    return ordered(
        Finding(diagram.file, said.process or rules.process_of(diagram, said.element), said.element, said.line, rule.id,
                said.severity or rule.severity, Sentence(said.de, said.en), said.hint or rule.hint)
        for rule in asked for said in rule.look(diagram if rule.whole else runs, known)
    )
