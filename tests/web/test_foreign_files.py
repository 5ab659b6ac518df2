"""Whatever is uploaded, the page says what is wrong with it."""

from collections.abc import Callable

import pytest

from tests.engine.definitions import foreign
from tests.web.conftest import Reader
from tests.web.test_processes import upload

FILES = {**foreign.drawn(), **foreign.coded(), **foreign.hostile()}
SOUND = {*foreign.coded(), "default_namespace.bpmn", "other_prefix.bpmn", "pools.bpmn"}


@pytest.mark.parametrize("file", FILES)
def test_an_uploaded_file_is_answered_with_findings(signed_in: Callable[[str], Reader], file: str) -> None:
    otto = signed_in("otto")
    body = FILES[file].replace(b'"bauamt"', b'"cdo"')
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = FILES[file].decode("utf-16").replace('"bauamt"', '"cdo"').encode("utf-16")
    answer = upload(otto, {file: body})
    assert answer.status_code == (200 if file in SOUND else 422), otto.reads()
    assert file in otto.reads()
    assert ("die Bereitstellung" in otto.reads()) == (file not in SOUND)
