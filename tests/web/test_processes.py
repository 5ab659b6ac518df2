"""Everybody who signs in reads the processes; their owners upload, read what is wrong, and deploy."""

import io
import re
from collections.abc import Callable
from typing import Any

from tests.web import models
from tests.web.conftest import County, Reader

SignedIn = Callable[[str], Reader]
SHOWN = "/prozesse/pruefen/1"


def upload(reader: Reader, files: dict[str, bytes], **fields: str) -> Any:
    """Send files to be checked."""
    reader.get("/prozesse")
    sent = [(io.BytesIO(body), name) for name, body in files.items()]
    data = {"csrf_token": reader.token(), **fields, "dateien": sent}
    return reader._kept(reader.client.post("/prozesse/pruefung", data=data, content_type="multipart/form-data"))


def test_a_version_is_shown_as_a_picture_and_as_a_table(signed_in: SignedIn, county: County) -> None:
    reader = signed_in("gast")
    reader.get("/prozesse")
    assert SHOWN in reader.page
    reader.get(SHOWN)
    said = reader.reads()
    assert "Idee lesen" in said and "Aufgabe mit Formular" in said and "14 Tage" in said
    assert "sonst: Entscheiden" in said, "where a gateway goes otherwise"
    picture = reader.get(f"{SHOWN}/bild.svg")
    assert picture.status_code == 200 and "default-src 'none'" in picture.headers["Content-Security-Policy"]


def test_files_come_back_exactly_as_they_were_deployed(signed_in: SignedIn, county: County) -> None:
    reader = signed_in("gast")
    answer = reader.get(f"{SHOWN}/dateien/bpmn/pruefen.bpmn")
    assert answer.data == models.diagram().encode()
    assert reader.get(f"{SHOWN}/dateien/bpmn/anderes.bpmn").status_code == 404
    assert reader.get("/prozesse/pruefen/2").status_code == 404


def test_only_owners_are_offered_and_may_deploy(signed_in: SignedIn, county: County) -> None:
    petra = signed_in("petra")
    petra.get("/prozesse")
    assert "Neuen Stand hochladen" not in petra.reads()
    assert upload(petra, {"pruefen.bpmn": models.diagram().encode()}).status_code == 403


def test_findings_name_file_element_line_and_rule(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    broken = models.diagram().replace('value="read"', 'value="gibt_es_nicht"')
    answer = upload(otto, {"pruefen.bpmn": broken.encode()})
    assert answer.status_code == 422
    said = otto.reads()
    assert "pruefen.bpmn" in said and re.search(r"Zeile \d+ read", said) and "gibt_es_nicht" in said
    assert "verhindert die Bereitstellung" in said
    assert "Jetzt bereitstellen" not in said


def test_a_sound_file_is_deployed_only_after_a_second_click(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    better = models.diagram().replace('name="Idee lesen"', 'name="Idee gründlich lesen"')
    assert upload(otto, {"pruefen.bpmn": better.encode()}).status_code == 200
    otto.get("/prozesse")
    assert "/prozesse/pruefen/2" not in otto.page
    upload(otto, {"pruefen.bpmn": better.encode()})
    packed = re.search(r'name="dateien" value="([^"]+)"', otto.page)
    assert packed is not None
    answer = otto.post("/prozesse/staende", dateien=packed[1])
    assert answer.headers["Location"] == "/prozesse/pruefen/2"
    otto.get("/prozesse/pruefen/2")
    assert "Idee gründlich lesen" in otto.reads()
    otto.get(SHOWN)
    assert "Idee gründlich lesen" not in otto.reads() and "älterer Stand" in otto.reads()


def test_files_between_check_and_deployment_cannot_be_changed_or_borrowed(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    upload(otto, {"pruefen.bpmn": models.diagram().encode().replace(b"lesen", b"sehen")})
    packed = re.search(r'name="dateien" value="([^"]+)"', otto.page)
    assert packed is not None
    assert otto.post("/prozesse/staende", dateien=packed[1][:-2] + "xx").status_code == 422
    assert "Prüfung liegt zu lange zurück" in otto.reads()


def test_hostile_and_unreadable_files_get_a_sentence(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><bpmn:definitions>&a;</bpmn:definitions>'
    for name, body in (("a.bpmn", b"<kaputt"), ("b.bpmn", entities), ("c.dmn", b""), ("d.json", b"{"),
                       ("e.txt", b"hallo"), ("f.bpmn", b"\x00\xff" * 50)):
        assert upload(otto, {name: body}).status_code == 422, name
        assert name in otto.reads(), name
    assert upload(otto, {}).status_code == 422
    assert "mindestens eine Datei" in otto.reads()


def test_a_file_that_is_too_large_is_named(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    assert upload(otto, {"gross.bpmn": b"<x>" + b" " * (5 * 2**20)}).status_code == 422
    assert "„gross.bpmn“ ist größer als 5 MB" in otto.reads()


def test_a_form_alone_finds_its_process(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    answer = upload(otto, {"read.json": models.files()["forms/pruefen/read.json"].replace(b"Wie weiter?", b"Was nun?")})
    assert answer.status_code == 200, otto.reads()
    assert "Keine Beanstandungen" in otto.reads() or "Hinweis" in otto.reads()
