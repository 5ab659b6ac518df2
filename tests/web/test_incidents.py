"""A diagram that fails costs nobody their text, and its owners see where to look."""

from typing import Any

import pytest

from engine.errors import ProcessFailed
from engine.runtime import instances
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
