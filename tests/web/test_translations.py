"""English is complete: every text of the pages has a translation, and what is compiled is what is written."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.web.conftest import County, Reader
from web.language import local

WEB = Path(__file__).parents[2] / "web"
ENGLISH = WEB / "translations/en/LC_MESSAGES/messages"
HELP = WEB / "templates/help"


def written() -> set[str]:
    """The German texts in code and templates."""
    with (WEB / "translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    found = extract_from_dir(WEB, methods, options, keywords, directory_filter=lambda path: "node_modules" not in path)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def translated() -> dict[str, object]:
    """German texts and their translations."""
    with ENGLISH.with_suffix(".po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    return {entry.id if isinstance(entry.id, str) else entry.id[0]: entry.string for entry in catalogue if entry.id}


def test_every_text_has_a_translation_and_every_translation_a_text() -> None:
    known = translated()
    assert sorted(written() - known.keys()) == [], "add these to messages.po, see translations/babel.cfg"
    assert sorted(known.keys() - written()) == [], "nothing says these any more"
    empty = [text for text, english in known.items()
             if not english or (isinstance(english, tuple) and not all(english))]
    assert empty == []


def test_translations_name_the_same_placeholders() -> None:
    for german, english in translated().items():
        for one in english if isinstance(english, tuple) else (english,):
            wanted = set(re.findall(r"%\(\w+\)s|\{\w+\}", german))
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", str(one))) in (wanted, wanted | {"%(num)s"}), german


def test_the_compiled_texts_are_the_written_ones() -> None:
    with ENGLISH.with_suffix(".mo").open("rb") as file:
        compiled = {entry.id if isinstance(entry.id, str) else entry.id[0]: _plain(entry.string)
                    for entry in read_mo(file) if entry.id}
    assert compiled == {text: _plain(english) for text, english in translated().items()}, \
        "pybabel compile -d web/translations"


def _plain(english: object) -> object:
    return list(english) if isinstance(english, list | tuple) else english


def test_every_explanation_exists_in_both_languages() -> None:
    assert {path.name for path in (HELP / "de").iterdir()} == {path.name for path in (HELP / "en").iterdir()}


def test_the_switch_is_remembered_and_comes_back_to_the_same_page(public: Reader) -> None:
    public.get("/ideen?thema=umwelt")
    assert 'lang="de"' in public.page
    answer = public.get("/sprache/en?weiter=/ideen?thema=umwelt")
    assert answer.headers["Location"] == "/ideen?thema=umwelt"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    public.get(answer.headers["Location"])
    assert "Idea store" in public.reads() and "Smart environment" in public.reads()
    public.get("/sprache/xx")
    public.get("/")
    assert 'lang="en"' in public.page, "an unknown language changes nothing"


def test_engine_sentences_follow_the_reader(public: Reader) -> None:
    public.get("/sprache/en")
    public.get("/ideen/2026-99999")
    assert "No idea is published under this number" in public.reads()
    public.get("/ideen/neu")
    public.post("/ideen", title="x")
    assert "Please check" in public.reads() and "Bitte" not in public.reads()


def test_days_and_moments_are_written_as_readers_write_them(county: County, public: Reader) -> None:
    private = county.hand_in()
    public.get(private)
    assert re.search(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d Uhr", public.reads())
    public.get("/sprache/en")
    public.get(private)
    assert re.search(r"\d{1,2} [A-Z][a-z]{2,3} \d{4}, \d\d:\d\d", public.reads())


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "\\\\evil", "ideen", "", None])
def test_only_addresses_of_our_own_are_gone_back_to(address: str | None) -> None:
    assert local(address) is None
