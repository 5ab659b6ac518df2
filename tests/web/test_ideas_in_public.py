"""Anybody can hand in an idea, find it in the idea store and see what became of it."""

from sqlalchemy import update

from engine.identity.bodies import Body
from tests.web.conftest import IDEA, County, Reader


def test_an_idea_that_is_handed_in_gets_a_number_and_a_private_link(public: Reader) -> None:
    public.get("/ideen/neu")
    answer = public.post("/ideen", **IDEA)
    assert answer.status_code == 303
    assert public.get(answer.headers["Location"]).status_code == 200
    assert "Danke, Ihre Idee ist angekommen" in public.reads()
    assert "-00001" in public.reads()
    assert "/meine-idee/" in public.reads(), "the private link is shown"


def test_wrong_fields_are_named_and_nothing_typed_is_lost(public: Reader) -> None:
    public.get("/ideen/neu")
    answer = public.post("/ideen", title="Ha", text="Zu kurz", theme="freizeit", mail="keine adresse")
    assert answer.status_code == 422
    assert "Zu kurz" in public.page and "keine adresse" in public.page
    assert 'href="#f-title"' in public.page, "the summary leads to the field"
    assert "<title>Fehler: " in public.page


def test_a_machine_that_fills_in_the_hidden_field_is_refused(public: Reader) -> None:
    public.get("/ideen/neu")
    assert public.post("/ideen", **IDEA, webseite="http://spam.example").status_code == 422
    public.get("/ideen")
    assert IDEA["title"] not in public.page


def test_somebody_under_16_needs_consent(public: Reader) -> None:
    public.get("/ideen/neu")
    assert public.post("/ideen", **IDEA, under_16="true").status_code == 422
    assert "Sorgeberechtigten" in public.reads()
    assert public.post("/ideen", **IDEA, under_16="true", consent="true").status_code == 303


def test_a_public_idea_is_found_by_word_theme_and_place(county: County, public: Reader) -> None:
    county.hand_in()
    for found in ("suche=weiher", "thema=freizeit", "gemeinde=maifeld", "stand=eingegangen", "sortierung=titel"):
        public.get(f"/ideen?{found}")
        assert IDEA["title"] in public.page, found
    for missed in ("suche=flughafen", "thema=umwelt", "gemeinde=mayen", "stand=beschlossen"):
        public.get(f"/ideen?{missed}")
        assert IDEA["title"] not in public.page, missed
        assert "Keine Idee passt" in public.reads()


def test_nonsense_in_the_address_is_as_good_as_nothing(county: County, public: Reader) -> None:
    county.hand_in()
    assert public.get("/ideen?seite=-1&thema=x%27--&sortierung=9&seite=abc").status_code == 200
    assert IDEA["title"] in public.page


def test_the_list_can_be_taken_away_as_a_table_and_as_a_feed(county: County, public: Reader) -> None:
    county.hand_in(title="=1+1 ist eine Formel")
    table = public.get("/ideen.csv?thema=freizeit")
    assert table.mimetype == "text/csv"
    assert "'=1+1 ist eine Formel" in table.text, "a spreadsheet must not run it"
    feed = public.get("/ideen/atom.xml")
    assert feed.mimetype == "application/atom+xml" and "=1+1" in feed.text


def test_an_ideas_page_says_where_it_stands_what_is_next_and_who(county: County, public: Reader) -> None:
    county.hand_in()
    public.get("/ideen?suche=weiher")
    number = public.page.split("/ideen/2")[1].split('"')[0]
    assert public.get(f"/ideen/2{number}").status_code == 200
    said = public.reads()
    assert "Was kommt als Nächstes?" in said and "Stabsstelle Pm" in said
    assert 'aria-current="step"' in public.page


def test_a_decision_stands_on_the_page_with_wording_and_votes(county: County, public: Reader) -> None:
    county.hand_in()
    petra, cora = county.reader("petra"), county.reader("cora")
    task = county.task("petra", "read")
    petra.get(task)
    assert petra.post(f"{task}/erledigung", ausgang="ja", notiz="Gut.").status_code == 303
    task = county.task("cora", "decide")
    cora.get(task)
    assert cora.post(f"{task}/erledigung", wortlaut="Der Kreis baut eine Bank.").status_code == 303
    public.get("/ideen?suche=weiher")
    number = public.page.split("/ideen/2")[1].split('"')[0]
    public.get(f"/ideen/2{number}")
    assert "Der Kreis baut eine Bank." in public.reads()
    assert "3 Ja, 1 Nein, 0 Enthaltungen" in public.reads()
    with county.house.work() as work:
        work.session.execute(update(Body).values(kind="advisory"))
    public.get(f"/ideen/2{number}")
    assert "Der Kreis baut eine Bank." in public.reads()
    assert "3 Ja" not in public.reads(), "advice is given, not counted out in public"


def test_a_refusal_stands_on_the_page_with_its_reason(county: County, public: Reader) -> None:
    county.hand_in()
    petra = county.reader("petra")
    task = county.task("petra", "read")
    petra.get(task)
    petra.post(f"{task}/erledigung", ausgang="nein", notiz="Die Bank steht schon.")
    public.get("/ideen?suche=weiher")
    number = public.page.split("/ideen/2")[1].split('"')[0]
    public.get(f"/ideen/2{number}")
    assert "Nicht weiterverfolgt" in public.reads()
    assert "Nutzen nur für Einzelne (K1). Die Bank steht schon." in public.reads()


def test_the_text_of_business_secrets_is_never_shown(county: County, public: Reader) -> None:
    county.hand_in(business_secret="true", text="Das geheime Rezept lautet: drei Löffel Zimt und Geduld.")
    public.get("/ideen")
    number = public.page.split("/ideen/2")[1].split('"')[0]
    public.get(f"/ideen/2{number}")
    assert "Zimt" not in public.page and "Betriebsgeheimnisse" in public.reads()


def test_an_idea_that_is_not_public_is_not_found(public: Reader) -> None:
    assert public.get("/ideen/2026-99999").status_code == 404
    assert "keine Idee veröffentlicht" in public.reads()
