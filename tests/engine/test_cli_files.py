"""`reifegrad check` and `reifegrad run` look at files, need no database, and tell by their exit status how it is."""

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from engine.definitions import scenarios
from tests.engine.definitions.conftest import form_file, simple
from tests.engine.spiff.models import call, end_event, process, rule, script, start_event, table, user
from web import cli

ROOT = Path(__file__).parent.parent.parent
REHEARSALS = sorted(ROOT.glob("bpmn/rehearsals/*.yaml"))
ISLAND = process("p", start_event(), user("insel"), end_event(), flows="start > end")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Any]:
    """Runs a command in an empty folder, without a database; returns status, output and the error stream."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("REIFEGRAD_DATABASE_URL", "sqlite:////nowhere/at/all.db")

    def ran(*words: object) -> tuple[int, str, str]:
        status = cli.main([str(word) for word in words])
        told = capsys.readouterr()
        return status, told.out, told.err

    yield ran
    structlog.reset_defaults()


def put(name: str, body: bytes | str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def rules(told: str) -> list[str]:
    return [one["rule"] for one in json.loads(told)]


def test_the_shipped_files_have_no_findings(run: Any) -> None:
    status, told, _ = run("check", ROOT / "bpmn", ROOT / "forms")
    count = len([*ROOT.glob("bpmn/**/*.*mn"), *ROOT.glob("forms/*/*.json")])
    assert (status, told) == (0, f"{count} files, 0 findings\n")
    assert run("check", ROOT / "bpmn/p1_idee_qualifizieren.bpmn")[0] == 0, "what it calls lies beside it"
    assert run("check", ROOT / "forms/p4_umsetzung/t4_start.json")[0] == 0


def test_a_finding_is_one_line_as_compilers_say_it(run: Any) -> None:
    put("p.bpmn", ISLAND)
    status, told, _ = run("check", "p.bpmn")
    line = next(line for line in told.splitlines() if "unreachable-element" in line)
    assert status == 1
    assert line.startswith("p.bpmn:5: error unreachable-element insel: ")
    assert line.endswith(" Connect the element with the rest or delete it.")
    assert told.splitlines()[-1].startswith("1 file, ")


def test_findings_come_in_the_readers_language(run: Any) -> None:
    put("p.bpmn", ISLAND)
    german = run("check", "p.bpmn", "--language", "de")[1]
    assert "Verbinden Sie das Element" in german and german.splitlines()[-1].startswith("1 Datei, ")
    assert json.loads(run("check", "p.bpmn", "--json", "--language", "de")[1])[0]["message"] in german


def test_the_systems_language_is_the_readers() -> None:
    from engine.files import telling

    assert [telling.language(said) for said in (
        {"LANG": "de_DE.UTF-8"}, {"LANG": "de_DE", "LC_ALL": "C"}, {"LC_MESSAGES": "de"}, {}, {"LANG": ""},
    )] == ["de", "en", "de", "en", "en"]


def test_findings_as_json_hold_everything(run: Any) -> None:
    put("p.bpmn", ISLAND)
    status, told, _ = run("check", "p.bpmn", "--json")
    found = {one["rule"]: one for one in json.loads(told)}
    one = found["unreachable-element"]
    assert set(one) == {"file", "process", "element", "line", "rule", "severity", "message", "hint"}
    assert (status, one["file"], one["process"], one["element"], one["line"], one["severity"]) == (
        1, "p.bpmn", "p", "insel", 5, "error")
    assert one["message"] and one["hint"]


def test_warnings_alone_are_well(run: Any) -> None:
    put("p.bpmn", process("p", start_event(), end_event(), flows="start > end"))
    status, told, _ = run("check", "p.bpmn", "--json")
    assert status == 0 and {one["severity"] for one in json.loads(told)} == {"warning"}


@pytest.mark.parametrize(("name", "body"), [
    ("p.bpmn", b""), ("p.bpmn", b"\0\1\2\xff"), ("p.bpmn", b"PK\3\4 a zip"), ("p.bpmn", b"<x"), ("d.dmn", b"text"),
    ("f.json", b"{"), ("f.json", b"\xff\xfe"), ("f.json", b"[" * 100_000), ("p.yaml", b"a: 1"),
    ("p.bpmn", b" " * 6_000_000),
])
def test_a_file_that_is_no_xml_and_no_json_is_unreadable(run: Any, name: str, body: bytes) -> None:
    put(name, body)
    status, told, err = run("check", name, "--json")
    assert (status, err) == (2, "") and rules(told)
    assert {one["file"] for one in json.loads(told)} == {name}


@pytest.mark.parametrize(("name", "body"), [
    ("p.bpmn", b"<x/>"), ("p.bpmn", table("d", "x", "y", "- => 1")), ("d.dmn", ISLAND), ("f.json", b"{}"),
    ("f.json", b"[]"),
])
def test_a_file_of_another_kind_can_be_read_and_is_wrong(run: Any, name: str, body: bytes) -> None:
    put(name, body)
    assert run("check", name)[0] == 1


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "UTF-8-SIG"])
def test_files_in_other_encodings_are_read(run: Any, encoding: str) -> None:
    text = process("p", start_event(), end_event("ende"), flows="start > ende").decode()
    text = text.replace("UTF-8", encoding.removesuffix("-SIG"), 1).replace('name="ENDE"', 'name="Ämter"')
    put("p.bpmn", text.encode(encoding))
    assert run("check", "p.bpmn")[0] == 0


def test_what_cannot_be_opened_is_named_and_the_rest_is_looked_at(run: Any) -> None:
    put("p.bpmn", ISLAND)
    put("leer/x.txt", "")
    status, told, _ = run("check", "fehlt.bpmn", "p.bpmn", "leer", "--json")
    found = {(one["file"], one["rule"]) for one in json.loads(told)}
    assert status == 2
    assert {("fehlt.bpmn", "file-unreadable"), ("leer", "file-unreadable"), ("p.bpmn", "unreachable-element")} <= found
    assert "fehlt.bpmn: error file-unreadable: The file cannot be read" in run("check", "fehlt.bpmn")[1]


def test_a_file_that_the_system_does_not_hand_out_is_unreadable(run: Any) -> None:
    Path("p.bpmn").symlink_to("p.bpmn")
    status, told, _ = run("check", "p.bpmn")
    assert status == 2 and told.startswith("p.bpmn: error file-unreadable: The file cannot be read (")


def test_folders_are_searched_for_what_is_ours(run: Any) -> None:
    put("a/b/p.bpmn", ISLAND)
    put("a/forms/p/f.json", form_file())
    put("a/package.json", '{"name": "no form"}')
    put("a/data.xml", "<x/>")
    put("a/export.xml", ISLAND.replace(b'"p"', b'"q"'))
    put("a/.git/q.bpmn", b"hidden")
    put("a/p.yaml", "process: p")
    status, told, _ = run("check", "a", "--json")
    assert status == 1
    assert {one["file"] for one in json.loads(told)} == {"a/b/p.bpmn", "a/export.xml"}
    assert run("check", "a")[1].splitlines()[-1].startswith("3 files")


def test_what_lies_beside_counts_only_if_it_is_asked_for(run: Any) -> None:
    put("p.bpmn", process("p", start_event(), call("c", "q"), end_event(), flows="start > c > end"))
    put("q.bpmn", process("q", start_event(), rule("b", "d"), end_event(), flows="start > b > end"))
    put("other.bpmn", process("p", start_event(), flows=""))
    put("broken.bpmn", b"<x")
    assert rules(run("check", "p.bpmn", "--json")[1]) == ["missing-diagram-part"]
    put("decisions/d.dmn", table("d", "x", "y", "- => 1"))
    assert rules(run("check", "q.bpmn", "--json")[1]) == ["missing-diagram-part"]
    Path("decisions/d.dmn").unlink()
    assert "undefined-call" in rules(run("check", "q.bpmn", "--json")[1])


def test_a_form_beside_its_diagram_is_its_form(run: Any) -> None:
    put("x/p.bpmn", simple())
    assert "unknown-form" in rules(run("check", "x", "--json")[1])
    put("x/f.json", form_file())
    assert run("check", "x")[0] == run("check", "x/p.bpmn")[0] == run("check", "x/p.bpmn", "x/f.json")[0] == 0
    put("y/p/g.json", b'{"components": 1}')
    os.chdir("y/p")
    assert {one["file"] for one in json.loads(run("check", "g.json", "--json")[1])} == {"g.json"}


def test_lanes_are_measured_by_the_bodies_given(run: Any) -> None:
    put("p/p.bpmn", simple(body="bauamt"))
    put("p/f.json", form_file())
    assert rules(run("check", "p", "--json")[1]) == ["unknown-body"]
    assert run("check", "p", "--body", "bauamt")[0] == 0


def test_a_terminal_without_umlauts_ends_no_command(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put("p.bpmn", ISLAND)
    poor = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", poor)
    assert cli.main(["check", "p.bpmn", "--language", "de"]) == 1
    poor.seek(0)
    assert "\\u201e" in poor.read()


# -- run --------------------------------------------------------------------------------------------------------------

TWO = process("p", start_event(), user("t"), script("s", "y = x + 1"), end_event(), flows="start > t > s > end")


@pytest.mark.parametrize("path", REHEARSALS, ids=lambda path: path.stem)
def test_the_shipped_rehearsals_are_met(run: Any, path: Path) -> None:
    status, told, _ = run("run", ROOT / "bpmn" / f"{path.stem}.bpmn", "--script", path)
    assert status == 0, told
    assert f"reifegrad run bpmn/{path.stem}.bpmn --script bpmn/rehearsals/{path.name}" in path.read_text()


def test_there_is_a_rehearsal_to_learn_from() -> None:
    assert REHEARSALS


@pytest.mark.parametrize("name", ["web/templates/help/de/prozesse.html", "web/templates/help/en/prozesse.html",
                                  "README.md"])
def test_the_examples_in_the_documents_can_be_read(name: str) -> None:
    text = (ROOT / name).read_text()
    (example,) = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>|```yaml\n(.*?)```", text, re.DOTALL)
    assert scenarios.read("".join(example), name).actions


def test_without_a_script_it_starts_and_says_where_it_waits(run: Any) -> None:
    put("p.bpmn", TWO)
    status, told, _ = run("run", "p.bpmn")
    assert (status, told.splitlines()) == (0, [
        "2026-03-02 09:00  start  start", "2026-03-02 09:00  open: t (T)", "Data: {}",
    ])


def test_a_script_is_played_and_the_trace_printed(run: Any) -> None:
    put("p.bpmn", TWO)
    put("p.yaml", "data: {x: 1}\nactions: [{complete: t}]\nexpect: {trace: [start, t, s, end], data: {y: 2}}")
    status, told, _ = run("run", "p.bpmn", "--script", "p.yaml", "--language", "de")
    assert (status, told.splitlines()) == (0, [
        "2026-03-02 09:00  Beginn     start", "2026-03-02 09:00  Aufgabe t  t → s → end",
        "2026-03-02 09:00  beendet mit end", 'Daten: {"x":1,"y":2}',
    ])
    whole = json.loads(run("run", "p.bpmn", "--script", "p.yaml", "--json")[1])
    assert (whole["ok"], whole["trace"], whole["ended"], whole["data"]) == (
        True, ["start", "t", "s", "end"], "end", {"x": 1, "y": 2})
    assert [(act["kind"], act["what"], act["path"]) for act in whole["acts"]] == [
        ("start", "", ["start"]), ("complete", "t", ["t", "s", "end"])]


def test_what_was_expected_and_did_not_come_is_said(run: Any) -> None:
    put("p.bpmn", TWO)
    put("p.yaml", "expect: {ended: end}")
    status, told, _ = run("run", "p.bpmn", "--script", "p.yaml")
    assert status == 1 and told.splitlines()[-1] == "Difference: Ended with: expected end, found –."
    assert json.loads(run("run", "p.bpmn", "--script", "p.yaml", "--json")[1])["differences"]


def test_a_process_that_fails_or_is_wrong_is_status_one(run: Any) -> None:
    put("p.bpmn", TWO)
    put("p.yaml", "actions: [{complete: t}]")
    status, told, _ = run("run", "p.bpmn", "--script", "p.yaml")
    assert status == 1 and "Failed (action 1, element s, line 6)" in told and "'x' is not defined" in told
    put("q.bpmn", ISLAND)
    status, told, _ = run("run", "q.bpmn")
    assert status == 1 and "unreachable-element" in told


@pytest.mark.parametrize("body", ["actions: 1", "a: [", b"\xff"])
def test_a_script_that_is_none_is_status_two_with_its_line(run: Any, body: bytes | str) -> None:
    put("p.bpmn", TWO)
    put("p.yaml", body)
    status, told, _ = run("run", "p.bpmn", "--script", "p.yaml")
    assert status == 2 and told.startswith("p.yaml:1: error script")
    assert json.loads(run("run", "p.bpmn", "--script", "p.yaml", "--json")[1])["findings"]


def test_files_that_cannot_be_read_are_status_two(run: Any) -> None:
    put("p.bpmn", b"no xml")
    assert run("run", "fehlt.bpmn")[0] == run("run", "p.bpmn")[0] == 2
    put("p.bpmn", TWO)
    assert run("run", "p.bpmn", "--script", "fehlt.yaml")[0] == 2
    put("p.yaml", "with: [fehlt.dmn]")
    assert run("run", "p.bpmn", "--script", "p.yaml")[0] == 2


def test_what_the_script_or_the_diagram_names_is_found_beside_it(run: Any) -> None:
    put("bpmn/p.bpmn", process("p", start_event(), call("c", "q"), end_event(), flows="start > c > end"))
    put("bpmn/q.bpmn", process("q", start_event(), rule("b", "d"), end_event("eq"), flows="start > b > eq"))
    put("proben/tabelle.dmn", table("d", "x", "y", "- => 1"))
    put("proben/p.yaml", "with: [tabelle.dmn]\ndata: {x: 0}\nexpect: {data: {y: 1}}")
    status, told, _ = run("run", "bpmn/p.bpmn", "--script", "proben/p.yaml")
    assert status == 0, told


def test_one_of_several_processes_is_chosen(run: Any) -> None:
    put("a.bpmn", TWO)
    put("b.bpmn", process("q", start_event(), end_event(), flows="start > end"))
    status, told, _ = run("run", "a.bpmn", "b.bpmn")
    assert status == 1 and "Name it by “process”: p, q" in told
    assert "ended with end" in run("run", "a.bpmn", "b.bpmn", "--process", "q")[1]
