"""What runs: `python -m tests.processes.standard [--readme]` prints the tables or writes them into the README."""

import argparse

from tests.bench.table import put
from tests.processes.standard import tables
from tests.processes.standard.reading import models


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes.standard", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="write the tables into the README")
    if parser.parse_args().readme:
        put("coverage", tables.coverage())
        put("patterns", tables.patterns())
    else:
        print(tables.coverage(), tables.patterns(), f"{len(models())} models", sep="\n\n")


if __name__ == "__main__":
    main()
