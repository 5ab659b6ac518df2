"""Process owners and administrators steer instances on pages that ask once more; others read who is in charge."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from engine import wiring
from tests.web import models
from tests.web.conftest import IDEA, County, Reader
from web.app import create_app

SignedIn = Callable[[str], Reader]
ACTS = ("anhalten", "fortsetzen", "abbrechen", "versetzen")
WHY = "Die Rechtslage wird geklärt"


def instance_page(reader: Reader) -> str:
    """The address of the one instance there is."""
    reader.get("/revision")
    found = re.search(r'href="(/revision/vorgaenge/[0-9a-f-]+)"', reader.page)
    assert found is not None
    return found[1]


def choice(reader: Reader, said: str) -> str:
    """The value of the option that reads *said*."""
    found = re.search(rf'<option value="([^"]+)"[^>]*>{re.escape(said)}</option>', reader.page)
    assert found is not None, re.findall(r"<option[^>]*>([^<]+)", reader.page)
    return found[1]


@pytest.fixture
def page(county: County) -> str:
    """The page of an instance that waits for Petra to read an idea."""
    county.hand_in()
    return instance_page(county.reader("otto"))


def test_only_those_who_may_are_offered_to_steer(county: County, page: str, signed_in: SignedIn) -> None:
    for login, may in (("otto", True), ("ada", True), ("rita", False)):
        reader = signed_in(login)
        reader.get(page)
        assert ("Eingreifen" in reader.reads()) == may, login
    for login in ("rita", "petra", "gast"):
        reader = signed_in(login)
        for act in ACTS:
            assert reader.get(f"{page}/{act}").status_code == 403, (login, act)
            assert reader.post(f"{page}/{act}", reason=WHY, to="1:gone").status_code == 403, (login, act)


def test_a_suspended_instance_tells_everybody_who_suspended_it_and_why(
    county: County, page: str, signed_in: SignedIn
) -> None:
    otto, petra = signed_in("otto"), signed_in("petra")
    task = county.task("petra", "read")
    otto.get(f"{page}/anhalten")
    assert "Vorgang anhalten?" in otto.reads() and "Idee lesen" in otto.reads()
    assert otto.post(f"{page}/anhalten", reason=WHY).headers["Location"] == page
    otto.get(page)
    assert "Der Vorgang ruht jetzt." in otto.page and "Fortsetzen" in otto.reads() and WHY in otto.reads()

    petra.get("/aufgaben?ansicht=gremien")
    assert "Idee lesen ruht" in petra.reads()
    petra.get(task)
    assert "Dieser Vorgang ruht" in petra.reads() and "Otto hat ihn am" in petra.reads()
    assert "Sie müssen nichts tun" in petra.reads() and "Aufgabe abschließen" not in petra.reads()


def test_what_was_typed_while_the_instance_was_suspended_is_kept(
    county: County, page: str, signed_in: SignedIn
) -> None:
    otto, petra = signed_in("otto"), signed_in("petra")
    task = county.task("petra", "read")
    petra.get(task)
    otto.get(f"{page}/anhalten")
    otto.post(f"{page}/anhalten", reason=WHY)
    answer = petra.post(f"{task}/erledigung", ausgang="nein", notiz="Gibt es schon")
    assert answer.status_code == 409 and "Gibt es schon" in petra.reads() and WHY in petra.reads()
    otto.get(f"{page}/fortsetzen")
    otto.post(f"{page}/fortsetzen", reason="Geklärt")
    petra.get(task)
    assert "Gibt es schon" in petra.page and "Aufgabe abschließen" in petra.reads()
    assert petra.post(f"{task}/erledigung", ausgang="nein", notiz="Gibt es schon").status_code == 303


def test_a_withdrawal_while_the_instance_rests_says_that_it_waits(county: County, signed_in: SignedIn) -> None:
    private = county.hand_in()
    otto, author = signed_in("otto"), county.reader()
    page = instance_page(otto)
    otto.get(f"{page}/anhalten")
    otto.post(f"{page}/anhalten", reason=WHY)
    author.get(f"{private}/rueckzug")
    author.post(f"{private}/rueckzug")
    author.get(private)
    assert "sobald sie weitergeht" in author.reads()
    otto.post(f"{page}/fortsetzen", reason="Geklärt")
    county.run_due()
    otto.get(page)
    assert "beendet: Zurückgezogen" in otto.reads()


def test_a_cancelled_instance_is_over_and_its_idea_keeps_its_page(county: County, signed_in: SignedIn) -> None:
    private = county.hand_in()
    otto, petra, public = signed_in("otto"), signed_in("petra"), county.reader()
    page, task = instance_page(otto), county.task("petra", "read")
    otto.get(f"{page}/abbrechen")
    assert otto.post(f"{page}/abbrechen", reason="Doppelt angelegt").status_code == 303
    otto.get(page)
    said = otto.reads()
    assert "abgebrochen" in said and "Vorgang abgebrochen: Doppelt angelegt" in said and "Eingreifen" not in said
    petra.get(task)
    assert "Diese Aufgabe ist entfallen" in petra.reads()
    public.get("/ideen")
    number = re.search(r"/ideen/(\d{4}-\d{5})", public.page)
    for address in (private, f"{private}/rueckzug", *([f"/ideen/{number[1]}"] if number else [])):
        assert public.get(address).status_code == 200, address
    assert otto.get(f"{page}/abbrechen").status_code == 404


def test_an_instance_is_moved_where_the_page_offers_it(county: County, page: str, signed_in: SignedIn) -> None:
    otto = signed_in("otto")
    otto.get(f"{page}/versetzen")
    value = choice(otto, "Idee lesen → Entscheiden")
    assert otto.post(f"{page}/versetzen", reason="Liegt schriftlich vor", to=value).status_code == 303
    otto.get(page)
    assert "Vorgang von „Idee lesen“ nach „Entscheiden“ versetzt: Liegt schriftlich vor" in otto.reads()
    assert county.task("cora", "decide")


@pytest.mark.parametrize("act", ACTS)
def test_without_a_reason_the_page_comes_back_and_says_so(
    county: County, page: str, signed_in: SignedIn, act: str
) -> None:
    otto = signed_in("otto")
    if act == "fortsetzen":
        otto.get(f"{page}/anhalten")
        otto.post(f"{page}/anhalten", reason=WHY)
    otto.get(f"{page}/{act}")
    value = choice(otto, "Idee lesen → Entscheiden") if act == "versetzen" else ""
    assert otto.post(f"{page}/{act}", reason=" ", to=value).status_code == 422
    assert "Grund: Bitte nennen Sie den Grund" in otto.reads()
    if value:
        assert f'value="{value}" selected' in otto.page, "the choice made stays"


@pytest.mark.parametrize("to", ["", "1", "7:gibt-es-nicht", "9999:decide"])
def test_a_place_that_was_not_offered_is_refused(county: County, page: str, signed_in: SignedIn, to: str) -> None:
    otto = signed_in("otto")
    otto.get(f"{page}/versetzen")
    assert otto.post(f"{page}/versetzen", reason=WHY, to=to).status_code in (409, 422)
    assert county.task("petra", "read")


def test_an_unknown_instance_or_act_is_not_found(county: County, page: str, signed_in: SignedIn) -> None:
    otto = signed_in("otto")
    otto.get(page)
    assert otto.get(f"{page}/loeschen").status_code == 404
    unknown = "/revision/vorgaenge/00000000-0000-0000-0000-000000000001"
    assert otto.get(f"{unknown}/anhalten").status_code == 404
    assert otto.post(f"{unknown}/anhalten", reason=WHY).status_code == 404


# -- many at once


def redeploy(county: County, *changes: tuple[str, str]) -> None:
    source = models.diagram()
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    with county.house.work() as work:
        wiring.deploy(work, {"bpmn/pruefen.bpmn": source.encode()})


PLAN = "/prozesse/pruefen/2/hebung"
RENAMED = ('name="Idee lesen"', 'name="Idee genau lesen"')


def boxes(reader: Reader) -> list[str]:
    return re.findall(r'name="vorgang" value="([^"]+)" checked', reader.page)


def test_the_page_of_a_process_leads_to_the_plan(county: County, signed_in: SignedIn) -> None:
    county.hand_in()
    redeploy(county, RENAMED)
    otto, petra = signed_in("otto"), signed_in("petra")
    otto.get("/prozesse/pruefen/2")
    assert "Ein Vorgang läuft auf einem anderen Stand. Auf diesen Stand heben" in otto.reads() and PLAN in otto.page
    petra.get("/prozesse/pruefen/2")
    assert PLAN not in petra.page
    assert petra.get(PLAN).status_code == petra.post(PLAN, reason=WHY).status_code == 403


def test_chosen_instances_are_migrated_and_the_report_names_them(county: County, signed_in: SignedIn) -> None:
    county.hand_in()
    county.hand_in(title="Noch eine Bank")
    redeploy(county, RENAMED)
    otto = signed_in("otto")
    otto.get(PLAN)
    said = otto.reads()
    assert "2 Treffer" in said and "kann gehoben werden" in said
    assert "„Idee lesen“ heißt künftig „Idee genau lesen“." in said
    chosen = boxes(otto)
    assert len(chosen) == 2
    assert otto.post(PLAN, reason="Neuer Name", vorgang=chosen[0]).status_code == 200
    assert "Ein Vorgang läuft jetzt auf Stand 2" in otto.reads()
    otto.get(PLAN)
    assert len(boxes(otto)) == 1
    petra = signed_in("petra")
    petra.get("/aufgaben?ansicht=gremien")
    assert "Idee genau lesen" in petra.reads() and "Idee lesen" in petra.reads()


def test_what_cannot_go_is_named_and_cannot_be_chosen(county: County, signed_in: SignedIn) -> None:
    county.hand_in()
    redeploy(county, ('id="read"', 'id="lesen"'), (">read<", ">lesen<"),
             ('targetRef="read"', 'targetRef="lesen"'), ('sourceRef="read"', 'sourceRef="lesen"'))
    otto = signed_in("otto")
    otto.get(PLAN)
    assert "bleibt auf seinem Stand" in otto.reads()
    assert "„Idee lesen“ (read): Das Element gibt es im neuen Stand nicht mehr." in otto.reads()
    assert boxes(otto) == [] and "Gewählte Vorgänge heben" not in otto.reads()
    [value] = re.findall(r'name="vorgang" value="([^"]+)" disabled', otto.page)
    otto.post(PLAN, reason=WHY, vorgang=value)
    assert "Kein Vorgang wurde gehoben" in otto.reads()
    assert "Das Element gibt es im neuen Stand nicht mehr" in otto.reads()


def test_an_instance_that_moved_on_since_the_plan_is_not_touched(county: County, signed_in: SignedIn) -> None:
    county.hand_in()
    redeploy(county, RENAMED)
    otto, petra = signed_in("otto"), signed_in("petra")
    otto.get(PLAN)
    [value] = boxes(otto)
    task = county.task("petra", "read")
    petra.get(task)
    petra.post(f"{task}/erledigung", ausgang="fragen", notiz="Wo?")
    otto.post(PLAN, reason=WHY, vorgang=value)
    assert "Inzwischen weitergegangen" in otto.reads()


@pytest.mark.parametrize(("sent", "said"), [
    ({"reason": ""}, "Bitte wählen Sie mindestens einen Vorgang"),
    ({"reason": WHY, "vorgang": "unsinn"}, "Bitte wählen Sie mindestens einen Vorgang"),
    ({"reason": WHY, "vorgang": "1:1"}, "Bitte wählen Sie mindestens einen Vorgang"),
])
def test_a_plan_sent_without_choice_comes_back(
    county: County, signed_in: SignedIn, sent: dict[str, str], said: str
) -> None:
    county.hand_in()
    redeploy(county, RENAMED)
    otto = signed_in("otto")
    otto.get(PLAN)
    assert otto.post(PLAN, **sent).status_code == 422
    assert said in otto.reads()


def test_a_plan_sent_without_a_reason_keeps_the_choice(county: County, signed_in: SignedIn) -> None:
    county.hand_in()
    county.hand_in(title="Noch eine Bank")
    redeploy(county, RENAMED)
    otto = signed_in("otto")
    otto.get(PLAN)
    one = boxes(otto)[1]
    assert otto.post(PLAN, reason="", vorgang=one).status_code == 422
    assert "Grund: Bitte nennen Sie den Grund" in otto.reads() and boxes(otto) == [one]


def test_where_nothing_runs_on_another_version_the_plan_is_empty(county: County, signed_in: SignedIn) -> None:
    otto = signed_in("otto")
    otto.get("/prozesse/pruefen/1/hebung")
    assert "Kein Vorgang läuft auf einem anderen Stand" in otto.reads()
    assert otto.get("/prozesse/pruefen/9/hebung").status_code == 404


# -- bounds


@pytest.mark.parametrize(("limits", "said"), [
    ({"step_limit": 1}, "läuft im Kreis"), ({"step_seconds": 0.0}, "länger als 0 Sekunden")])
def test_a_completion_that_goes_too_far_keeps_the_text_and_becomes_an_incident(
    county: County, limits: dict[str, float], said: str
) -> None:
    county.hand_in()
    task = county.task("petra", "read")
    limited(county, **limits)
    petra, otto = county.reader("petra"), county.reader("otto")
    petra.get(task)
    assert petra.post(f"{task}/erledigung", ausgang="nein", notiz="Gibt es schon").status_code == 500
    assert said in petra.reads() and "Gibt es schon" in petra.page
    petra.get(task)
    assert "Gibt es schon" in petra.page and "Aufgabe abschließen" in petra.reads()
    otto.get("/revision/stoerungen")
    assert "without waiting, round and round" in otto.reads() or "longer than 0 seconds" in otto.reads()


def limited(county: County, **limits: float) -> None:
    county.house = replace(county.house, settings=replace(county.house.settings, **limits))
    county.app = create_app(county.house)


def test_an_idea_whose_process_goes_too_far_is_not_lost_and_the_house_notes_it(county: County) -> None:
    limited(county, step_limit=1)
    author, otto = county.reader(), county.reader("otto")
    author.get("/ideen/neu")
    assert author.post("/ideen", **IDEA).status_code == 500
    said = author.reads()
    assert "läuft im Kreis" in said and "Die Prozessverantwortung muss den Prozess berichtigen" in said
    assert IDEA["text"] in author.page, "it is kept, to be sent once more"
    otto.get("/revision/haus")
    assert "konnte nicht beginnen, bei „split“: more than 1 steps without waiting" in otto.reads()
    limited(county, step_limit=1000)
    assert county.hand_in(), "once the process is mended"


def test_a_withdrawal_whose_process_goes_too_far_becomes_an_incident(county: County) -> None:
    private = county.hand_in()
    limited(county, step_seconds=0.0)
    author, otto = county.reader(), county.reader("otto")
    author.get(f"{private}/rueckzug")
    assert author.post(f"{private}/rueckzug").status_code == 500
    otto.get("/revision/stoerungen")
    assert "longer than 0 seconds" in otto.reads() and "away" in otto.reads()
