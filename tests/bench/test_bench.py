"""The bench measures what it says: the right processes, real acts, figures of the agreed shape."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import models
from tests.bench.meter import figures

NODES = r"<bpmn:(startEvent|userTask|scriptTask|exclusiveGateway|endEvent) "


@pytest.mark.parametrize(("tasks", "scripts", "nodes"), [(2, False, 6), (10, True, 31)])
def test_the_measured_processes_have_the_agreed_number_of_nodes(tasks: int, scripts: bool, nodes: int) -> None:
    made = models.files("probe", tasks, scripts=scripts)
    assert len(re.findall(NODES, made["bpmn/probe.bpmn"].decode())) == nodes


def test_every_form_is_its_own_and_of_the_agreed_size() -> None:
    forms = [content for path, content in models.files("probe", 10, scripts=True).items() if path.startswith("forms/")]
    assert {len(form) for form in forms} == {337}
    assert len(set(forms)) == 10


def test_the_95th_percentile_is_not_the_median() -> None:
    assert figures([0.001] * 18 + [0.5, 0.5])[:2] == (1.0, 500.0)


def test_a_run_prints_a_table_and_writes_the_agreed_json(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--only", "complete,start", "--db", "sqlite", "--json", str(out),
         "--repeats", "6"],
        cwd=Path(__file__).parent.parent.parent, capture_output=True, text=True, timeout=120, check=False,
    )
    assert ran.returncode == 0, ran.stderr
    results = json.loads(out.read_text())["results"]
    assert [one["case"] for one in results] == ["complete-2", "complete-10", "start"]
    for one in results:
        assert {"case", "db", "median_ms", "p95_ms", "per_second", "statements", "commits"} <= set(one)
        assert one["commits"] == 1
        assert one["median_ms"] > 0
        assert f"| {one['case']} | sqlite |" in ran.stdout
