"""People find their tasks, take them up, answer them; nothing they typed is lost on the way."""

from collections.abc import Callable

import pytest

from tests.web.conftest import IDEA, County, Reader

SignedIn = Callable[[str], Reader]
GOOD = {"ausgang": "ja", "notiz": "Das passt."}


@pytest.fixture
def task(county: County) -> str:
    """The address of the open task of reading an idea."""
    county.hand_in()
    return county.task("petra", "read")


def test_a_task_waits_for_the_seats_of_its_body_and_for_nobody_else(task: str, signed_in: SignedIn) -> None:
    petra, cora = signed_in("petra"), signed_in("cora")
    petra.get("/aufgaben?ansicht=gremien")
    assert task in petra.page
    cora.get("/aufgaben?ansicht=gremien")
    assert task not in cora.page
    guest = signed_in("gast")
    assert guest.get(task).status_code == 403


def test_a_task_that_is_claimed_moves_to_my_tasks_and_back(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    assert petra.post(f"{task}/uebernahme").status_code == 303
    petra.get("/aufgaben")
    assert task in petra.page
    petra.get(task)
    assert petra.post(f"{task}/freigabe").status_code == 303
    petra.get("/aufgaben")
    assert task not in petra.page


def test_the_second_to_claim_reads_who_was_first(task: str, signed_in: SignedIn) -> None:
    petra, paul = signed_in("petra"), signed_in("paul")
    petra.get(task)
    paul.get(task)
    petra.post(f"{task}/uebernahme")
    assert paul.post(f"{task}/uebernahme").status_code == 409
    assert "Petra hat diese Aufgabe bereits übernommen" in paul.reads()


def test_the_task_page_shows_what_is_needed_to_decide(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    said = petra.reads()
    assert IDEA["text"] in said
    assert "Bitte lesen Sie die Idee genau" in said, "what the diagram says of the step"
    assert f"Es geht um {IDEA['title']} ." in said, "process data stands in the form's texts"
    assert "Was bisher geschah" in said and "Wo steht der Vorgang?" in said
    picture = petra.get(f"{task}/bild.svg")
    assert picture.mimetype == "image/svg+xml" and "sandbox" in picture.headers["Content-Security-Policy"]


def test_a_draft_keeps_whatever_was_typed(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    assert petra.post(f"{task}/entwurf", notiz="Halb fer", merkmale=["neu"]).status_code == 303
    petra.get(task)
    assert "Halb fer" in petra.page
    assert 'value="neu" checked' in petra.page


def test_a_draft_is_saved_without_a_page_while_somebody_types(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    answer = petra.client.post(f"{task}/entwurf", data={"csrf_token": petra.token(), "notiz": "Von selbst"},
                               headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 204
    petra.get(task)
    assert "Von selbst" in petra.page


def test_wrong_answers_are_named_and_kept_as_a_draft(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    assert petra.post(f"{task}/erledigung", merkmale=["klein"]).status_code == 422
    assert 'href="#f-ausgang"' in petra.page and 'href="#f-notiz"' in petra.page
    assert 'value="klein" checked' in petra.page
    petra.get(task)
    assert 'value="klein" checked' in petra.page, "it is still there when the page is opened anew"


def test_completing_hands_the_idea_on(task: str, county: County, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    answer = petra.post(f"{task}/erledigung", **GOOD, rueckruf="0261 1234")
    assert answer.status_code == 303
    petra.get(answer.headers["Location"])
    assert f"Erledigt: „Idee lesen“ zu „{IDEA['title']}“." in petra.reads()
    petra.get("/aufgaben?ansicht=erledigt")
    assert task in petra.page
    assert county.task("cora", "decide")


def test_a_task_is_completed_once_and_the_second_reads_who_and_when(task: str, signed_in: SignedIn) -> None:
    petra, paul = signed_in("petra"), signed_in("paul")
    petra.get(task)
    paul.get(task)
    petra.post(f"{task}/erledigung", **GOOD)
    answer = paul.post(f"{task}/erledigung", ausgang="nein", notiz="Meine lange Begründung")
    assert answer.status_code == 409
    assert "Petra bereits am" in paul.reads()
    assert "Meine lange Begründung" in paul.reads(), "what was typed can still be copied"


def test_who_sends_the_same_answers_twice_reads_that_all_is_well(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get(task)
    answers = {"ausgang": "nein", "notiz": "Das passt.", "merkmale": ["neu", "klein"], "rueckruf": "0261 1234"}
    assert petra.post(f"{task}/erledigung", **answers).status_code == 303
    again = petra.post(f"{task}/erledigung", **answers)
    assert again.status_code == 303
    petra.get(again.headers["Location"])
    assert "Diese Antworten waren bereits gespeichert, die Aufgabe ist erledigt." in petra.reads()


@pytest.mark.parametrize("changed", [{"notiz": "Das passt doch nicht."}, {"rueckruf": "0261 9999"}, {"notiz": ""}])
def test_who_sends_other_answers_later_reads_which_ones_count(
    task: str, signed_in: SignedIn, changed: dict[str, str]
) -> None:
    petra = signed_in("petra")
    petra.get(task)
    answers = {"ausgang": "nein", "notiz": "Das passt.", "rueckruf": "0261 1234"}
    petra.post(f"{task}/erledigung", **answers)
    assert petra.post(f"{task}/erledigung", **{**answers, **changed}).status_code == 409
    assert "Sie haben die Aufgabe „Idee lesen“ bereits am" in petra.reads()
    assert "Es gelten Ihre Antworten von da." in petra.reads()


def test_a_task_whose_idea_was_withdrawn_is_gone(county: County, signed_in: SignedIn) -> None:
    private = county.hand_in()
    task = county.task("petra", "read")
    petra, author = signed_in("petra"), county.reader()
    petra.get(task)
    author.get(f"{private}/rueckzug")
    assert author.post(f"{private}/rueckzug").status_code == 303
    answer = petra.post(f"{task}/erledigung", **GOOD)
    assert answer.status_code == 410
    assert "entfallen" in petra.reads() and "Das passt." in petra.reads()


def test_without_a_seat_nothing_can_be_done(task: str, signed_in: SignedIn) -> None:
    for login in ("cora", "gast", "rita"):
        reader = signed_in(login)
        reader.get("/konto-gibt-es-nicht")
        for act in ("uebernahme", "entwurf", "erledigung"):
            assert reader.post(f"{task}/{act}", **GOOD).status_code == 403, (login, act)


def test_filters_stay_in_the_address(task: str, signed_in: SignedIn) -> None:
    petra = signed_in("petra")
    petra.get("/aufgaben?ansicht=gremien&suche=weiher&prozess=pruefen&gremium=stabsstelle_pm")
    assert task in petra.page
    assert 'value="weiher"' in petra.page
    petra.get("/aufgaben?ansicht=gremien&suche=flughafen")
    assert task not in petra.page and "Keine Aufgabe passt" in petra.reads()
    petra.get("/aufgaben?ansicht=gremien&frist=ueberfaellig")
    assert task not in petra.page


def test_a_long_inbox_says_where_it_stops_counting_and_searching(
    county: County, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("web.language.MOST", "engine.runtime.inbox.MOST"):
        monkeypatch.setattr(name, 1)
    monkeypatch.setattr("engine.runtime.inbox.SEARCHED", 1)
    for _ in range(3):
        county.hand_in()
    petra = signed_in("petra")
    petra.get("/aufgaben?ansicht=gremien")
    said = petra.reads()
    assert "1+ über 1" in said, "a sign for the eye, words for the ear"
    assert "Über 1 Treffer, Seite 1." in said
    petra.get("/aufgaben?ansicht=gremien&suche=gibtesnicht")
    assert "Keine Treffer. Gesucht wurde in den ersten 1 Aufgaben dieser Liste" in petra.reads()
