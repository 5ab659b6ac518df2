"""Auditors retrace everything and change nothing."""

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import text

from tests.journeys import Journey
from tests.web.conftest import County, Reader, reader_of

SignedIn = Callable[[str], Reader]


@pytest.fixture
def instance(county: County) -> str:
    """The address of the instance of an idea that was read and handed on."""
    county.hand_in()
    task = county.task("petra", "read")
    petra = county.reader("petra")
    petra.get(task)
    petra.post(f"{task}/erledigung", ausgang="ja", notiz="Das passt.", rueckruf="0261 1234", merkmale=["neu"])
    rita = county.reader("rita")
    rita.get("/revision")
    address = rita.page.split('href="/revision/vorgaenge/')[1].split('"')[0]
    return f"/revision/vorgaenge/{address}"


def test_an_instance_tells_who_did_what_when_with_which_answers(instance: str, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    assert rita.get(instance).status_code == 200
    said = rita.reads()
    assert "Aufgabe „Idee lesen“ erledigt Petra" in said
    assert "Begründung Das passt." in said and "Merkmale Neu" in said
    assert "Die Kette ist unversehrt" in said
    assert "Weg (Eintrag" in said and "Idee eingereicht → " in said
    assert "Prüfsumme des Prozessstands" in said
    assert 'id="diagramm-pruefen"' in rita.page


def test_the_history_is_taken_away_whole_or_as_a_table(instance: str, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    whole = json.loads(rita.get(f"{instance}/verlauf.json").text)
    assert [event["seq"] for event in whole["events"]] == list(range(1, whole["chain_length"] + 1))
    assert whole["events"][-1]["hash"] == whole["chain_head"]
    table = rita.get(f"{instance}/verlauf.csv")
    assert table.mimetype == "text/csv" and "Petra" in table.text


def test_a_changed_entry_is_seen_at_once(instance: str, county: County, signed_in: SignedIn) -> None:
    with county.house.work() as work:
        work.session.execute(text("UPDATE event SET at = '2020-01-01 00:00:00' WHERE verb = 'task.completed'"))
    rita = signed_in("rita")
    rita.get(instance)
    assert "Die Kette ist verletzt" in rita.reads() and "nachträglich geändert" in rita.reads()
    rita.get("/revision/pruefung?jetzt=ja")
    assert "Eine Stelle stimmt nicht" in rita.reads()


def test_the_house_has_a_history_of_its_own(instance: str, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    rita.get("/revision/haus")
    assert "Prozess „Idee prüfen“ bereitgestellt" in rita.reads()
    assert "Sitz vergeben: Revision" in rita.reads() and "Person Rita" in rita.reads()


def test_the_whole_history_is_checked_when_asked(instance: str, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    rita.get("/revision/pruefung")
    assert "unversehrt" not in rita.reads()
    rita.get("/revision/pruefung?jetzt=ja")
    assert "Der ganze Verlauf ist unversehrt" in rita.reads()


def test_instances_are_found_by_filters(instance: str, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    for found in ("suche=weiher", "prozess=pruefen", "status=running"):
        rita.get(f"/revision?{found}")
        assert instance in rita.page, found
    for missed in ("suche=flughafen", "prozess=x", "status=ended"):
        rita.get(f"/revision?{missed}")
        assert instance not in rita.page, missed


def test_an_auditor_changes_nothing(instance: str, county: County, signed_in: SignedIn) -> None:
    rita = signed_in("rita")
    rita.get("/revision")
    task = county.task("cora", "decide")
    assert rita.post(f"{task}/erledigung", wortlaut="Ich beschließe.").status_code == 403
    assert "nichts ändern" in rita.reads()
    for address in ("/verwaltung/personen", "/verwaltung/vertretungen", "/prozesse/staende", "/prozesse/pruefung"):
        assert rita.post(address, name="x").status_code == 403, address
    assert rita.post("/revision/stoerungen/00000000-0000-0000-0000-000000000000/wiederholung").status_code in (403, 404)


def test_the_audit_area_is_closed_to_others(instance: str, signed_in: SignedIn) -> None:
    for login in ("petra", "cora", "gast"):
        reader = signed_in(login)
        for address in ("/revision", instance, f"{instance}/verlauf.json", "/revision/haus", "/revision/pruefung"):
            assert reader.get(address).status_code == 403, (login, address)


def test_a_history_too_long_for_a_page_is_left_to_the_command(
    instance: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.audit.AT_ONCE", 3)
    rita = signed_in("rita")
    rita.get("/revision/pruefung?jetzt=ja")
    assert "zu lang für eine Seite" in rita.reads() and "reifegrad verify" in rita.reads()
    assert "unversehrt" not in rita.reads()


def test_the_whole_record_comes_as_one_file_with_checksums(council: Any, time_machine: Any) -> None:
    journey = Journey(council)
    journey.goes_to("t3_pruefung")
    auditor = reader_of(council, time_machine, "ulrich.hasbach")
    address = f"/revision/vorgaenge/{journey.instance('p3_entscheiden').id}"
    assert f"{address}/akte.zip" in auditor.get(address).text
    answer = auditor.get(f"{address}/akte.zip")
    assert f"akte-{journey.number}.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert {"SHA256SUMS", "vorlage-137-2026.pdf", "brief.pdf"} <= set(file.namelist())
        sums = dict(reversed(line.split("  ")) for line in file.read("SHA256SUMS").decode().splitlines())
        assert all(sha256(file.read(name)).hexdigest() == said for name, said in sums.items())
    office = reader_of(council, time_machine, "christa.weinand")
    assert office.get(f"{address}/akte.zip").status_code == 403
