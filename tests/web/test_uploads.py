"""Whatever is uploaded gets an answer: findings under their files, never an error of ours."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from markupsafe import escape

from tests.web import models
from tests.web.conftest import County, Reader
from tests.web.test_processes import upload
from web import cli, studio

SignedIn = Callable[[str], Reader]


def diagram(changes: dict[str, str] | None = None) -> bytes:
    """The county's diagram with each text replaced by another."""
    text = models.diagram()
    for old, new in (changes or {}).items():
        text = text.replace(old, new)
    return text.encode()


FORM = '{"type": "default", "id": "read", "components": [%s]}'
NUMBER = FORM % '{"type": "number", "key": "n", "label": "n", "validate": {"min": %s}}'
LONG = "a" * 5000
STRANGE: list[tuple[str, bytes]] = [
    ("p.bpmn", b""), ("p.bpmn", b"\0" * 100), ("p.bpmn", bytes(range(256))), ("p.bpmn", b"PK\3\4" + b"\1" * 99),
    ("p.bpmn", '<?xml version="1.0" encoding="ISO-8859-1"?><ä/>'.encode("latin-1")),
    ("p.bpmn", "<ä/>".encode("latin-1")),
    ("p.bpmn", models.diagram().encode("utf-16")), ("p.bpmn", b'<?xml version="1.0" encoding="klingon"?><x/>'),
    ("p.bpmn", models.diagram().replace("UTF-8", "UTF-16").encode("utf-16")),
    ("p.bpmn", models.diagram().replace("UTF-8", "ISO-8859-1").encode("latin-1")),
    ("p.bpmn", b"<a>" * 5000 + b"</a>" * 5000), ("p.xml", b"<x/>"),
    ("p.bpmn", b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
    ("p.bpmn", re.sub(rb' id="[^"]*"', b"", diagram())), ("p.bpmn", re.sub(rb'Ref="[^"]*"', b"", diagram())),
    ("p.bpmn", diagram({"read": LONG})), ("p.bpmn", diagram({"pruefen": LONG})), ("p.bpmn", diagram({"Idee": LONG})),
    ("p.bpmn", diagram({"idee_eingereicht": LONG})), ("p.bpmn", diagram({"P14D": LONG})),
    ("pruefen.bpmn", diagram({"Idee": "&lt;script&gt;alert(1)&lt;/script&gt;"})),
    ("d.dmn", b""), ("d.dmn", b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision/></definitions>'),
    ("read.json", b""), ("read.json", b"\xef\xbb\xbf{}"), ("read.json", b"[" * 50_000), ("read.json", b"\xff\xfe"),
    ("read.json", (FORM % '{"type": "textfield", "key": "\\ud800", "label": "\\udfff"}').encode()),
    ("read.json", (FORM % '{"type": "textfield", "key": "k", "label": "\\udfff"}').encode()),
    ("read.json", (NUMBER % ("9" * 5000)).encode()), ("read.json", (NUMBER % "1e999999999").encode()),
    ("read.json", (NUMBER % "NaN").encode()),
    ("read.json", (FORM % '1, null, [], {"type": []}, {"type": {}, "key": 3}, {"type": "text", "text": 1}').encode()),
    ("read.json", (FORM % f'{{"type": "textfield", "key": "{LONG}", "label": "{LONG}"}}').encode()),
    ("\u202egnp.bpmn", b"<x"), ("<b>.bpmn", b"<x"), ("ohne endung.BPMN", b"<x"), ("..bpmn", b"<x"),
    ("a.b.bpmn20.xml", b"<x"),
]


@pytest.mark.parametrize("number", range(len(STRANGE)))
def test_no_file_is_too_strange_for_an_answer(number: int, signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    name, body = STRANGE[number]
    answer = upload(otto, {name: body})
    assert answer.status_code in (200, 422), answer.status_code
    if answer.status_code == 200:
        packed = re.search(r'name="dateien" value="([^"]+)"', otto.page)
        assert packed is not None
        assert otto.post("/prozesse/staende", dateien=packed[1]).status_code in (303, 422)
    assert "<script>alert" not in otto.page


def test_findings_stand_under_their_files_errors_first(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    island = '<bpmn:userTask id="insel"/></bpmn:process>'
    upload(otto, {"a.bpmn": diagram({"pruefen": "a", "idee_eingereicht": "b", "</bpmn:process>": island}),
                  "kaputt.bpmn": b"<x", "pruefen.bpmn": diagram()})
    headings = [text for text in re.findall(r"<h2[^>]*>([^<]+)</h2>", otto.page) if "." in text]
    assert headings == ["a.bpmn", "kaputt.bpmn", "pruefen.bpmn"], "errors before warnings"
    table = otto.page[otto.page.index("a.bpmn</h2>"):otto.page.index("kaputt.bpmn</h2>")]
    severities = re.findall(r'kern-label">(Fehler|Hinweis)<', table)
    assert severities == sorted(severities) and set(severities) == {"Fehler", "Hinweis"}
    assert "kaputt.bpmn : 1 Fehler" in otto.reads() or "kaputt.bpmn: 1 Fehler" in otto.reads()


def test_of_a_thousand_findings_the_first_are_shown(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    many = "".join(f'<bpmn:userTask id="insel{n}"/>' for n in range(300))
    upload(otto, {"pruefen.bpmn": diagram({"</bpmn:process>": f"{many}</bpmn:process>"})})
    assert otto.page.count("<tr") == studio.MOST_SHOWN + 1
    assert "weitere Funde stehen nicht hier" in otto.reads()


def test_a_name_that_no_table_could_hold_is_refused(signed_in: SignedIn, county: County) -> None:
    otto = signed_in("otto")
    assert upload(otto, {f"{'a' * 120}.bpmn": diagram()}).status_code == 422
    assert "zu langen Namen" in otto.reads()


def test_the_page_finds_what_the_command_finds(
    signed_in: SignedIn, county: County, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "pruefen.bpmn"
    broken.write_bytes(diagram({'value="read"': 'value="gibt_es_nicht"', 'isExecutable="true"': ""}))
    otto = signed_in("otto")
    upload(otto, {broken.name: broken.read_bytes()})
    capsys.readouterr()
    assert cli.main(["check", str(broken), "--json", "--language", "de"]) == 1
    structlog.reset_defaults()
    found = [one for one in json.loads(capsys.readouterr().out) if "decide" not in one["message"]]
    assert {one["rule"] for one in found} >= {"not-executable", "unknown-form"}
    for one in found:
        assert escape(one["message"]) in otto.page and escape(one["hint"]) in otto.page, one
