"""A diagram that fails costs nobody their text, and its owners see where to look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import wiring, worker
from engine.errors import ProcessFailed
from engine.identity import bodies
from engine.runtime import incidents, instances
from tests.engine.runtime.waiting import DIVIDE
from tests.web.conftest import County


def test_a_failing_step_keeps_the_text_and_becomes_an_incident(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.hand_in()
    task = county.task("petra", "read")
    petra = county.reader("petra")
    petra.get(task)

    def fails(*args: Any) -> None:
        raise ProcessFailed("Der Schritt „Fragen“ ist gescheitert.", "The step has failed.", element="ask", line=17,
                            cause="name 'frage' is not defined")

    with monkeypatch.context() as patched:
        patched.setattr(instances, "complete_task", fails)
        answer = petra.post(f"{task}/erledigung", ausgang="fragen", notiz="Viel Arbeit")
    assert answer.status_code == 500
    assert "Der Schritt „Fragen“ ist gescheitert." in petra.reads() and "Viel Arbeit" in petra.page
    petra.get(task)
    assert "Viel Arbeit" in petra.page, "it is kept as a draft"

    rita = county.reader("rita")
    rita.get("/revision/stoerungen")
    said = rita.reads()
    assert "name 'frage' is not defined" in said and "ask, Zeile 17" in said
    assert "Schritt wiederholen" not in said, "auditors change nothing"

    otto = county.reader("otto")
    otto.get("/revision/stoerungen")
    retry = otto.page.split('action="/revision/stoerungen/')[1].split('"')[0]
    assert rita.post(f"/revision/stoerungen/{retry}").status_code == 403
    assert otto.post(f"/revision/stoerungen/{retry}").status_code == 303
    otto.get("/revision/stoerungen")
    assert "Keine offene Störung" in otto.reads()
    otto.get("/revision/stoerungen?alle=ja")
    assert "behoben" in otto.reads() and "Otto" in otto.reads()


def broken(county: County, **data: Any) -> str:
    """An instance whose timer fails for good; returns the address of its incident."""
    with county.house.work() as work:
        bodies.add_body(work, "panel", "Panel")
        work.session.flush()
        wiring.deploy(work, {"bpmn/teilen.bpmn": DIVIDE})
        instances.start(work, "teilen", data, business_key="2026-00007", title="Teilen")
    for days in range(1, 4):
        worker.fire_timers(county.house, datetime.now(UTC) + timedelta(days=days))
    with county.house.look() as work:
        return f"/revision/stoerungen/{incidents.listing(work).rows[0].id}"


def test_an_incident_shows_element_error_and_data_and_what_to_do(county: County) -> None:
    address = broken(county, teiler=0, thema="Bank am Weiher")
    rita = county.reader("rita")
    rita.get("/revision/stoerungen")
    assert address in rita.page
    assert rita.get(address).status_code == 200
    said = rita.reads()
    assert "Störung bei „RECHNEN“" in said and "Zeile" in said and "ZeroDivisionError" in said
    assert "thema Bank am Weiher" in said and "Was zu tun ist" in said
    assert "Berichtigen und wiederholen" not in said, "auditors change nothing"
    assert county.reader("petra").get(address).status_code == 403


def test_a_process_owner_puts_the_data_right_and_the_step_succeeds(county: County) -> None:
    address = broken(county, teiler=0)
    otto = county.reader("otto")
    otto.get(address)
    answer = otto.post(f"{address}/berichtigung", **{"wert.teiler": "viele"})
    assert answer.status_code == 422 and "Bitte eine Zahl eingeben" in otto.reads() and 'value="viele"' in otto.page
    answer = otto.post(f"{address}/berichtigung", **{"wert.teiler": "0"})
    assert answer.status_code == 422 and "Sie haben nichts geändert" in otto.reads()
    assert otto.post(f"{address}/berichtigung", **{"wert.teiler": "4"}).status_code == 303
    worker.fire_timers(county.house, datetime.now(UTC) + timedelta(days=9))
    with county.house.look() as work:
        [found] = [one for one in instances.listing(work).rows if one.process_id == "teilen"]
        assert "gerechnet" in instances.passed(work, found)
    otto.get(f"/revision/vorgaenge/{found.id}")
    assert "teiler: 0 → 4" in otto.reads()
    otto.get(address)
    assert "behoben" in otto.reads() and "Berichtigen" not in otto.reads()
    assert otto.post(f"{address}/berichtigung", **{"wert.teiler": "5"}).status_code == 409


def test_an_auditor_who_sends_the_form_anyway_is_refused(county: County) -> None:
    address = broken(county, teiler=0)
    rita = county.reader("rita")
    rita.get(address)
    assert rita.post(f"{address}/berichtigung", **{"wert.teiler": "4"}).status_code == 403
