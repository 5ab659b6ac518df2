"""The other engines do the same work in their own words, in pinned versions."""

import json
from pathlib import Path

import pytest

from tests import postgres
from tests.bench import models
from tests.bench.peers import __main__ as peers

HERE = Path(peers.__file__).parent


def test_the_same_process_is_written_in_javascript_for_the_other_engine() -> None:
    text = peers.in_javascript(models.files("zehn", 10, scripts=True)["bpmn/zehn.bpmn"]).decode()
    assert text.count("${environment.output.t") == 9 and ">ok_" not in text
    assert text.count("environment.variables.summe += ") == 9 and "summe = summe" not in text


def test_what_npm_installs_is_pinned_and_names_no_address() -> None:
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "bpmn-engine" in wanted and "pg" in wanted
    assert all("integrity" in package for path, package in locked.items() if path)
    assert "://" not in (HERE / "package-lock.json").read_text()


def test_without_node_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert peers.installed(tmp_path / "node") is None
    assert "apt-get install nodejs npm" in capsys.readouterr().err


@pytest.mark.skipif(postgres.binaries() is None, reason=postgres.INSTALL)
def test_plain_spiffworkflow_does_the_same_processes_to_their_ends(tmp_path: Path) -> None:
    with postgres.Server() as server:
        rows = [row for process, steps, scripts in peers.PROCESSES
                for row in peers.beside(server, tmp_path, None, process, steps, scripts, 10)]
    assert [(row["process"], row["engine"][:5], row["repeats"]) for row in rows] == [
        ("zwei", "Reife", 10), ("zwei", "Spiff", 10), ("zehn", "Reife", 10), ("zehn", "Spiff", 10)]
    assert all(row["median_ms"] > 0 and row["state_bytes"] > 100 for row in rows)
    assert "| zehn (ten tasks) | Reifegrad |" in peers.table(rows)
