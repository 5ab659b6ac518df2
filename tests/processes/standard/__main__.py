"""What runs: `python -m tests.processes.standard [NAME …] [--readme]`.

Without names it prints the tables of what runs, or writes them into the
README; with names it runs these models and says how each went.
"""

import argparse
import sys

from tests.bench.table import put
from tests.processes.standard import tables
from tests.processes.standard.reading import Model, models


def main() -> int:
    """Make the tables, or run the models that are named; 1 if one of them went otherwise than expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes.standard", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="run these models")
    parser.add_argument("--readme", action="store_true", help="write the tables into the README")
    arguments = parser.parse_args()
    if arguments.names:
        return max([_run(model) for model in models() if model.name in arguments.names], default=2)
    if arguments.readme:
        put("coverage", tables.coverage())
        put("patterns", tables.patterns())
    else:
        print(tables.coverage(), tables.patterns(), f"{len(models())} models", sep="\n\n")
    return 0


def _run(model: Model) -> int:
    outcome = model.rehearse()
    print(model.file, model.documentation, sep="\n")
    for act in outcome.acts:
        print(f"  {act.kind} {act.what}: {' → '.join(act.path)}")
    if outcome.refused:
        print("  refused:", *(f"{one.rule} at {one.element or one.file}" for one in outcome.findings
                              if one.severity == "error"))
    print(f"  ended with {outcome.ended}, open: {', '.join(outcome.open) or 'nothing'}, data: {outcome.data}")
    for said in outcome.differences:
        print(f"  not as expected: {said.en}")
    return int(bool(outcome.differences))


if __name__ == "__main__":
    sys.exit(main())
