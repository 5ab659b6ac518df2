"""Beside others: `python -m tests.bench.peers [--repeats N] [--json FILE] [--readme]`.

The two-task and the ten-task process on one PostgreSQL, one engine after the other: Reifegrad, plain SpiffWorkflow with
its own serializer, and the npm package bpmn-engine. A completion is everywhere one transaction: lock and read the
instance, complete the task that waits, run on, write, commit durably. The others save their state and nothing else;
Reifegrad also keeps the inbox, checks the form and who may, and writes the chained history. Conditions and scripts are
those of each engine's own language; Reifegrad's run in its sandbox.

bpmn-engine is installed by npm into a temporary folder, in the versions of package-lock.json beside this file. The JSON
file is {"machine": text, "results": [row, …]}, a row {"process", "engine", "median_ms", "p95_ms", "ratio",
"state_bytes", "repeats"}, ratio being the median as a multiple of Reifegrad's, state_bytes the largest stored state.
"""

import argparse
import itertools
import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import structlog

from tests import postgres
from tests.bench import models
from tests.bench.bank import Bank
from tests.bench.meter import figures
from tests.bench.peers.plain import Plain
from tests.bench.table import machine, number, put, written

HERE = Path(__file__).parent
PROCESSES = (("zwei", 2, False), ("zehn", 10, True))
WARM_UP = 40
"""How many completions each engine does unmeasured."""
INSTALL_NODE = "Node is not installed, so bpmn-engine is left out: apt-get install nodejs npm"
TABLES = ("CREATE TABLE {}_instance (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, "
          "ended boolean NOT NULL DEFAULT false)")


def main() -> int:
    """Measure all engines that can be; print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=300, help="how many completions are measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if postgres.binaries() is None:
        print(postgres.INSTALL, file=sys.stderr)
        return 0
    where = machine()
    with postgres.Server(durable=True) as server, tempfile.TemporaryDirectory(prefix="reifegrad-bench-") as name:
        folder = Path(name)
        node = installed(folder / "node")
        rows = [row for process, steps, scripts in PROCESSES
                for row in beside(server, folder, node, process, steps, scripts, arguments.repeats)]
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": where, "results": rows}, indent=2) + "\n")
    if arguments.readme:
        put("peers", f"{where}.\n\n{table(rows)}")
    return 0


def installed(folder: Path) -> Path | None:
    """A folder with bpmn-engine and pg in the pinned versions; None, and a sentence why, where that cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print(INSTALL_NODE, file=sys.stderr)
        return None
    folder.mkdir()
    for file in ("package.json", "package-lock.json", "engine.mjs"):
        shutil.copy(HERE / file, folder)
    ran = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True,
                         capture_output=True, check=False)
    if ran.returncode:
        print(f"npm could not install bpmn-engine, so it is left out:\n{ran.stderr}", file=sys.stderr)
        return None
    return folder


def beside(
    server: postgres.Server, folder: Path, node: Path | None, process: str, steps: int, scripts: bool, repeats: int,
) -> list[dict[str, Any]]:
    """The rows of one process: the same completions on each engine, on one database."""
    database = server.create()
    with psycopg.connect(host=str(server.folder), user="reifegrad", dbname=database) as connection:
        for peer in ("plain", "node"):
            connection.execute(TABLES.format(peer).encode())
    instances, warm_up = -(-repeats // steps), -(-WARM_UP // steps)
    source = models.files(process, steps, scripts=scripts)[f"bpmn/{process}.bpmn"]
    found = [("Reifegrad", *ours(Bank(server.url(database), "postgresql", folder), process, steps, instances, warm_up))]
    plain = Plain(str(server.folder), "reifegrad", database, process, source)
    found.append(("SpiffWorkflow, its own serializer", plain.times(steps, instances, warm_up), plain.bytes))
    plain.close()
    if node is not None:
        (node / f"{process}.bpmn").write_bytes(in_javascript(source))
        settings = {"source": f"{process}.bpmn", "host": str(server.folder), "user": "reifegrad", "database": database,
                    "instances": instances, "warmUp": warm_up, "steps": steps}
        said = subprocess.run(["node", "engine.mjs", json.dumps(settings)], cwd=node, text=True, capture_output=True,
                              check=False)
        if said.returncode:
            raise RuntimeError(f"bpmn-engine: {said.stderr}")
        measured = json.loads(said.stdout)
        found.append(("bpmn-engine (Node)", measured["times"], measured["bytes"]))
    first = figures([ms / 1000 for ms in found[0][1]])[0]
    rows = []
    for engine, times, size in found:
        median, p95, _ = figures([ms / 1000 for ms in times])
        rows.append({"process": process, "engine": engine, "median_ms": median, "p95_ms": p95,
                     "ratio": round(median / first, 2), "state_bytes": size, "repeats": len(times)})
        print("  " + "  ".join(f"{key} {value}" for key, value in rows[-1].items()), file=sys.stderr, flush=True)
    return rows


def ours(bank: Bank, process: str, steps: int, instances: int, warm_up: int) -> tuple[list[float], int]:
    """The milliseconds of each completion, looking the task up not counted, and the bytes of the largest state."""
    times: list[float] = []
    size = 0
    for turn, (task, step) in enumerate(itertools.islice(bank.walk(process, steps), (warm_up + instances) * steps)):
        begun = time.perf_counter()
        bank.complete(task, step)
        if turn >= warm_up * steps:
            times.append((time.perf_counter() - begun) * 1000)
        else:
            size = max(size, bank.scalar("SELECT max(length(state)) FROM instance"))
    bank.close()
    return times, size


def in_javascript(source: bytes) -> bytes:
    """The same process with its conditions and scripts as bpmn-engine reads them."""
    text = re.sub(r"(<bpmn:conditionExpression)>ok_(\d+)<",
                  r'\1 xsi:type="bpmn:tFormalExpression">${environment.output.t\2.ok_\2}<', source.decode())
    text = re.sub(r"<bpmn:scriptTask ", '<bpmn:scriptTask scriptFormat="javascript" ', text)
    text = re.sub(r"<bpmn:script>summe = summe \+ (\d+)<",
                  r"<bpmn:script>environment.variables.summe += \1; next();<", text)
    types = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return text.replace("<bpmn:definitions ", f"<bpmn:definitions {types} ", 1).encode()


def table(rows: list[dict[str, Any]]) -> str:
    """One row a process and engine."""
    titles = ("process", "engine", "median ms", "95 % ms", "× Reifegrad", "largest state, bytes")
    return written(titles, [
        (f"{row['process']} ({'two' if row['process'] == 'zwei' else 'ten'} tasks)", row["engine"],
         number(row["median_ms"]), number(row["p95_ms"]), number(row["ratio"]), f"{row['state_bytes']:,}")
        for row in rows])


if __name__ == "__main__":
    sys.exit(main())
