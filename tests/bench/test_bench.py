"""The bench measures what it says: the right processes, real acts, figures of the agreed shape."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from engine.history import seal
from tests import postgres
from tests.bench import aims, cases, growing, models, table
from tests.bench.bank import Bank
from tests.bench.meter import Result, figures

ROOT = Path(__file__).parent.parent.parent
NODES = r"<bpmn:(startEvent|userTask|scriptTask|exclusiveGateway|endEvent) "
FIELDS = {"case", "db", "median_ms", "p95_ms", "per_second", "floor_ms", "ratio", "statements", "commits", "repeats"}
LABELS = [
    "complete-2", "complete-10", "start", "loop, pass 1", "loop, pass 100", "loop, pass 10,000", "many-200-start",
    "many-200", "four", "timers-1", "timers-2", "timer-late", "message-send", "message-deliver", "idle-0",
    "idle-100000", "inbox-1000", "inbox-100000", "inbox-1000000", "ideas-5000", "ideas-5000-search", "history-10000",
    "verify-1000000", "web-complete", "web-ideas", "check-200", "stored-10", "ready", "memory", "memory-worker",
]


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


def test_a_floor_does_what_the_act_does_and_the_act_itself_leaves_nothing(
    empty_database_url: str, tmp_path: Path
) -> None:
    bank = Bank(empty_database_url, empty_database_url.split(":")[0].split("+")[0], tmp_path)
    walk = bank.walk("zehn", 10)
    for number in range(10):
        task, step = next(walk)
        if number % 2:
            bank.complete(task, step)
            continue
        before = bank.count("event")
        sent = bank.floor.record(lambda task=task, step=step: bank.complete(task, step))
        assert sent.writes and bank.count("event") == before and bank.count("task", "closed_at IS NULL") == 1
        assert bank.floor.replay(sent) > 0
        assert bank.count("event") > before
    with bank.house.look() as work:
        assert work.session.scalars(text("SELECT status FROM instance")).all() == ["ended"]
        assert not list(seal.verify(work))
    assert bank.count("task", "closed_as = 'completed'") == 10
    bank.close()


def run(tmp_path: Path, *words: str) -> tuple[list[dict[str, Any]], str]:
    out = tmp_path / "bench.json"
    ran = subprocess.run([sys.executable, "-m", "tests.bench", "--json", str(out), "--repeats", "5", "--scale", "0.002",
                          *words], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(out.read_text())["results"], ran.stdout


def test_every_case_measures_real_acts_and_says_so_in_a_table_and_in_json(tmp_path: Path) -> None:
    results, shown = run(tmp_path, "--db", "sqlite")
    reading = [one for one in results if one["case"].startswith(("inbox", "history", "ideas"))]
    assert {one["commits"] for one in reading} == {0} and all(one["ratio"] < 200 for one in reading), reading
    assert [label(one) for one in results] == LABELS
    for one in results:
        assert set(one) >= FIELDS
        assert one["repeats"] > 0 and f"| {label(one)} | sqlite |" in shown
        assert one["median_ms"] or one.get("megabytes") or one.get("kilobytes"), one
        assert one["floor_ms"] is None or one["ratio"] > 0.1
    found = {label(one): one for one in results}
    assert {one: found[one]["commits"] for one in ("complete-2", "complete-10", "start")} == dict.fromkeys(
        ("complete-2", "complete-10", "start"), 1)
    assert found["four"]["refused"] == 0 and found["four"]["commits"] == 4


@pytest.mark.skipif(postgres.binaries() is None, reason=postgres.INSTALL)
def test_on_postgresql_it_also_says_what_several_processes_do(tmp_path: Path) -> None:
    results, shown = run(tmp_path, "--db", "postgresql", "--only", "complete-2,growing")
    assert [one["processes"] for one in results if one["case"].startswith("growing")] == [1, 2] * 3
    assert all(one["per_second"] > 0 for one in results if one["case"].startswith("growing"))
    assert re.search(r"\| web servers, asked over HTTP \| [\d.,]+ a second \| [\d.,]+ a second \([\d.]+ ×\) \|", shown)


def label(row: dict[str, Any]) -> str:
    return f"{row['case']}, pass {row['pass']:,}" if "pass" in row else str(row["case"])


def test_an_aim_says_by_how_much_it_is_missed() -> None:
    slow, fast = Result("complete-2", "postgresql", 5.0, ratio=1.5), Result("complete-2", "sqlite", 5.0, ratio=2.5)
    one, other = aims.judged([slow, fast])
    assert aims.told(one) == "≤ 4 ms: **missed by 25%**; ≤ 2 × floor: met"
    assert aims.told(other) == "≤ 2 × floor: **missed by 25%**"
    first, last = (Result("loop", "sqlite", ms, more={"pass": number}) for ms, number in ((2.0, 1), (2.1, 10_000)))
    assert aims.told(aims.judged([first, last])[1]) == "≤ 1.1 × pass 1: met"


def test_every_aim_is_about_a_case_that_is_measured() -> None:
    assert {aim.case for aim in aims.AIMS} <= set(LABELS)
    assert all(any(one.startswith(name) for one in LABELS) for name in cases.cases(1))


def test_the_tables_stand_between_their_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before <!-- bench -->old<!-- /bench --> after")
    table.put("bench", table.table([Result("start", "sqlite", 1.5)]), readme)
    assert readme.read_text().startswith("before <!-- bench -->\n| case |")
    assert readme.read_text().endswith("|  |\n<!-- /bench --> after") and "old" not in readme.read_text()


def test_the_table_of_several_processes_names_how_many_times_one_it_is() -> None:
    rows = [Result(f"growing-firing-{count}", "postgresql", per_second=rate)
            for count, rate in ((1, 200.0), (2, 340.0), (4, 500.0))]
    assert "| workers that fire timers | 200 a second | 340 a second (1.70 ×) | 500 a second (2.50 ×) |" in \
        growing.table(rows)
