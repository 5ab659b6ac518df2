"""A document becomes a file that an archive keeps and a screen reader reads."""

from datetime import date
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents import contents
from engine.documents.contents import Document
from engine.documents.printing import pdf

LETTER = Document(
    "Niederschrift", "Kreisausschuss, 14.04.2026", "Landkreis Mayen-Koblenz", date(2026, 4, 14),
    (contents.heading("Öffentlicher Teil"), contents.paragraph("Herr Müller fragte.\nFrau Groß antwortete."),
     contents.quote("Der Kreisausschuss beschließt."), contents.facts(("Ja", "13"), ("Nein", "0")),
     contents.table(("Name", "Stimme"), [("Anna Schäfer", "Ja")])))


def opened(document: Document) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(pdf(document)))


def kinds(node: pikepdf.Object) -> list[str]:
    """The structure types of a PDF's tags, in reading order."""
    found = [str(node["/S"])] if "/S" in node else []
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            found += kinds(child)
    return found


def test_the_file_says_that_it_keeps_to_pdf_a_2a_and_pdf_ua_1() -> None:
    with opened(LETTER).open_metadata() as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"], said["pdfuaid:part"]) == ("2", "A", "1")
        assert said["dc:title"] == "Niederschrift, Kreisausschuss, 14.04.2026"


def test_the_file_has_a_language_a_title_to_show_and_tags() -> None:
    file = opened(LETTER)
    root = file.Root
    assert (str(root["/Lang"]), bool(root["/MarkInfo"]["/Marked"])) == ("de", True)
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    found = kinds(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD"} <= set(found)
    assert found.index("/H1") < found.index("/H2") < found.index("/Table")


def test_the_fonts_are_in_the_file() -> None:
    file = opened(LETTER)
    fonts = [thing for thing in file.objects
             if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"]
    assert fonts and all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert pdf(LETTER) == pdf(LETTER)


@pytest.mark.parametrize("text", [
    "#panic(\"x\")", "$x$ *fett* _kursiv_ `code`", "\\ # [ ] { } @nobody <label>", "= nicht"])
def test_what_people_wrote_is_never_markup(text: str) -> None:
    document = Document(text, text, text, date(2026, 1, 1), (
        contents.heading(text), contents.paragraph(text), contents.quote(text), contents.facts((text, text)),
        contents.table((text,), [(text,)])))
    with opened(document).open_metadata() as said:
        assert said["dc:title"] == f"{text}, {text}"


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_can_be_printed(text: str) -> None:
    assert pdf(Document("Brief", "An alle", "Kreis", date(2026, 1, 1), (contents.paragraph(text),)))


def test_what_no_font_has_becomes_a_box_and_the_rest_stays() -> None:
    document = Document("Brief", "Für Ξενία, Юрий und 🌳 ڈ", "Kreis", date(2026, 1, 1))
    with pikepdf.open(BytesIO(pdf(document))).open_metadata() as said:
        assert said["dc:title"].startswith("Brief, Für Ξενία, Юрий und □")


def test_a_document_is_restored_from_what_was_kept() -> None:
    kept = Document.restored(LETTER.plain())
    assert kept == LETTER and kept.digest() == LETTER.digest()
