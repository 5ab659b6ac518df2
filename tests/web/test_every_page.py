"""Every page, to every kind of reader, in both languages: whole, named, and under the strict policy."""

import re
from collections import Counter

import pytest
from lxml import html

from engine import wiring
from engine.identity import bodies
from tests.web import models
from tests.web.conftest import County, Reader

PUBLIC = ["/", "/sitzungen", "/beschluesse", "/wer-entscheidet-was", "/strategie", "/wettbewerbe",
          "/wettbewerbe/keiner",
          "/beschluesse?suche=zzz", "/ideen",
          "/ideen?suche=zzz", "/ideen/neu", "/anmelden", "/hilfe", "/hilfe/buerger",
          "/hilfe/bearbeitung", "/hilfe/prozesse", "/hilfe/revision", "/hilfe/sitzungsdienst",
          "/hilfe/mitglieder", "/hilfe/verwaltung",
          "/leichte-sprache",
          "/gebaerdensprache", "/barrierefreiheit", "/datenschutz", "/impressum", "/kontakt/abc", "/gibt-es-nicht",
          "/meine-idee/falsch"]
STAFF = ["/aufgaben", "/aufgaben?ansicht=gremien", "/aufgaben?ansicht=erledigt", "/aufgaben?suche=zzz", "/prozesse",
         "/prozesse/pruefen/1", "/prozesse/pruefen/1/formulare/pruefen/read"]
AUDIT = ["/revision", "/revision?suche=zzz", "/revision/haus", "/revision/pruefung", "/revision/pruefung?jetzt=ja",
         "/revision/stoerungen", "/revision/stoerungen?alle=ja"]
ADMIN = ["/verwaltung", "/verwaltung/personen", "/verwaltung/personen?suche=zzz", "/verwaltung/personen/neu",
         "/verwaltung/gremien", "/verwaltung/gremien/neu", "/verwaltung/gremien/cdo", "/verwaltung/vertretungen"]
LANGUAGES = ("de", "en")


def check(address: str, page: str, language: str) -> None:
    """What holds for every page."""
    tree = html.document_fromstring(page)
    where = f"{address} ({language})"
    assert page.startswith("<!doctype html>"), where
    assert tree.get("lang") == language, where
    title = tree.findtext("head/title") or ""
    assert re.fullmatch(r".{3,} – Reifegrad", title), f"{where}: {title!r}"
    assert len(tree.xpath("//h1")) == 1, where
    assert len(tree.xpath("//main")) == 1, where
    assert "{{" not in page and "%(" not in page and "Undefined" not in page, where
    repeated = [name for name, count in Counter(tree.xpath("//@id")).items() if count > 1]
    assert not repeated, f"{where}: repeated ids {repeated}"
    ids = set(tree.xpath("//@id"))
    for reference in tree.xpath("//label/@for | //@aria-labelledby | //@aria-describedby"):
        assert set(reference.split()) <= ids, f"{where}: nothing has the id {reference}"
    for field in tree.xpath("//main//input[not(@type='hidden')] | //main//select | //main//textarea"):
        if field.xpath("ancestor::*[@hidden]"):
            continue
        assert tree.xpath(f"//label[@for='{field.get('id')}']"), f"{where}: {field.get('name')} has no label"
    for form in tree.xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']"), f"{where}: a form without its token"
    assert not tree.xpath("//@style | //script[not(@src)] | //@*[starts-with(name(), 'on')]"), f"{where}: inline code"
    for address_used in tree.xpath("//@src | //link/@href | //form/@action"):
        assert address_used.startswith("/"), f"{where}: {address_used} leaves this machine"


def read(reader: Reader, address: str, language: str) -> None:
    reader.get(f"/sprache/{language}")
    answer = reader.get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    check(address, answer.text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_pages(county: County, language: str) -> None:
    private = county.hand_in()
    reader = county.reader()
    reader.get("/ideen")
    number = re.search(r"/ideen/(\d{4}-\d{5})", reader.page)
    assert number is not None
    for address in [*PUBLIC, private, f"{private}/eingang", f"{private}/rueckzug", f"/ideen/{number[1]}"]:
        read(reader, address, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_those_who_work_on_tasks(county: County, language: str) -> None:
    county.hand_in()
    task = county.task("petra", "read")
    for address in [*STAFF, task, *AUDIT, *ADMIN]:  # the last two refuse, on a page like any other
        read(county.reader("petra"), address, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_auditors_owners_and_administrators(county: County, language: str) -> None:
    county.hand_in()
    auditor = county.reader("rita")
    auditor.get("/revision")
    instance = auditor.page.split('href="/revision/vorgaenge/')[1].split('"')[0]
    for address in [*AUDIT, f"/revision/vorgaenge/{instance}", *STAFF]:
        read(auditor, address, language)
    for address in [*ADMIN, f"/verwaltung/personen/{county.ids['petra']}", *STAFF]:
        read(county.reader("ada"), address, language)
    for kind in ("organ", "working_group", "advisory"):
        with county.house.work() as work:
            bodies.add_body(work, f"runde_{kind}", f"Runde {kind}", kind=kind, statutory_number=15)
        read(county.reader("ada"), f"/verwaltung/gremien/runde_{kind}/geschaeftsordnung", language)
    steered = [f"/revision/vorgaenge/{instance}/{act}" for act in ("anhalten", "fortsetzen", "abbrechen", "versetzen")]
    with county.house.work() as work:
        wiring.deploy(work, {"bpmn/pruefen.bpmn": models.diagram().replace("Idee lesen", "Lesen").encode()})
    versions = ["/prozesse/pruefen/2", "/prozesse/pruefen/1/hebung", "/prozesse/pruefen/2/hebung"]
    for address in [*STAFF, *steered, *versions]:
        read(county.reader("otto"), address, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_that_say_what_was_wrong(county: County, language: str) -> None:
    county.hand_in()
    for login, address in (
        (None, "/ideen"), (None, "/anmelden"), ("petra", county.task("petra", "read") + "/erledigung"),
        ("ada", "/verwaltung/personen"), ("ada", "/verwaltung/gremien"), ("ada", "/verwaltung/gremien/cdo"),
        ("ada", "/verwaltung/gremien/cdo/sitze"), ("ada", "/verwaltung/vertretungen"),
        ("ada", f"/verwaltung/personen/{county.ids['petra']}"), ("otto", "/prozesse/staende"),
        ("otto", "/prozesse/pruefung"), ("petra", "/abmelden"), (None, "/aufgaben/x"),
    ):
        reader = county.reader(login)
        reader.get(f"/sprache/{language}")
        answer = reader.post(address, token="stale" if address == "/abmelden" else None)
        assert 400 <= answer.status_code < 500, address
        check(address, answer.text, language)


def test_static_files_may_be_kept_for_a_year_because_their_address_names_their_version(public: Reader) -> None:
    public.get("/")
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', public.page):
        assert "?v=" in address
        answer = public.client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]
        answer.close()
    assert "no-cache" in public.get("/").headers["Cache-Control"]


def test_what_one_person_sees_is_kept_nowhere(county: County) -> None:
    for address in ("/aufgaben", "/prozesse", "/"):
        assert county.reader("petra").get(address).headers["Cache-Control"] == "no-store", address


def test_the_menu_offers_what_the_reader_may_do(county: County) -> None:
    offered = {"petra": [], "rita": ["Revision"], "ada": ["Revision", "Verwaltung"]}
    for login, wanted in offered.items():
        reader = county.reader(login)
        reader.get("/aufgaben")
        menu = reader.page.split("<nav class=\"rg-nav\"")[1].split("</nav>")[0]
        assert [name for name in ("Revision", "Verwaltung") if name in menu] == wanted, login
