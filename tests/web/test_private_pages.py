"""Whoever handed in an idea follows it, answers, adds and withdraws by a private link alone."""

import re

from engine.ideas import ideas
from tests.web.conftest import IDEA, County, Reader


def asked(county: County) -> str:
    """An idea about which a question is open; its private page."""
    private = county.hand_in()
    task = county.task("petra", "read")
    petra = county.reader("petra")
    petra.get(task)
    assert petra.post(f"{task}/erledigung", ausgang="fragen", notiz="Unklar").status_code == 303
    return private


def test_the_private_page_shows_what_was_handed_in_and_where_it_stands(county: County, public: Reader) -> None:
    private = county.hand_in()
    public.get(private)
    assert IDEA["text"] in public.reads() and "Wo steht meine Idee?" in public.reads()


def test_private_pages_are_kept_nowhere_and_tell_nobody_where_they_came_from(county: County, public: Reader) -> None:
    answer = public.get(county.hand_in())
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_wrong_link_is_not_found(public: Reader) -> None:
    for page in ("", "/eingang", "/rueckzug"):
        assert public.get(f"/meine-idee/falsch{page}").status_code == 404
    assert "persönlichen Link kennen wir nicht" in public.reads()


def test_a_question_is_answered_on_the_private_page(county: County, public: Reader) -> None:
    private = asked(county)
    public.get(private)
    assert "Wir haben eine Frage an Sie" in public.reads() and "Wo genau?" in public.reads()
    assert "31.01.2030" in public.reads()
    assert public.post(f"{private}/antwort", text="").status_code == 422
    assert public.post(f"{private}/antwort", text="Direkt am Steg.").status_code == 303
    public.get(private)
    assert "Wir haben eine Frage an Sie" not in public.reads()
    assert "Direkt am Steg." in public.reads()


def test_an_answer_without_a_question_is_refused(county: County, public: Reader) -> None:
    private = county.hand_in()
    public.get(private)
    assert public.post(f"{private}/antwort", text="Ungefragt.").status_code == 409
    assert "keine Rückfrage offen" in public.reads()


def test_withdrawing_is_asked_twice_and_stays_visible(county: County, public: Reader) -> None:
    private = county.hand_in()
    public.get(f"{private}/rueckzug")
    assert "Idee wirklich zurückziehen?" in public.reads()
    assert public.post(f"{private}/rueckzug").status_code == 303
    public.get(private)
    assert "Zurückgezogen" in public.reads()
    public.get(f"{private}/rueckzug")
    assert "nicht mehr möglich" in public.reads()
    assert public.post(f"{private}/rueckzug", token=Reader.token(public)).status_code == 409


def test_a_mail_address_is_confirmed_by_a_click_and_not_by_opening_the_link(county: County, public: Reader) -> None:
    county.hand_in(mail="ich@example.org")
    county.run_due()
    box = county.house.settings.var / "outbox"
    letters = [path.read_bytes().decode("utf-8", "replace") for path in sorted(box.iterdir())]
    found = re.search(r"/kontakt/([\w-]+)", "".join(letters).replace("=\r\n", "").replace("=\n", ""))
    assert found is not None, letters
    address = f"/kontakt/{found[1]}"

    def confirmed() -> bool:
        with county.house.look() as work:
            idea = ideas.listing(work).rows[0]
            contact = ideas.contact_of(work, idea.id)
            return contact is not None and contact.confirmed_at is not None

    public.get(address)
    assert not confirmed(), "mail scanners open links, too"
    assert public.post(address).status_code == 200
    assert "Danke, Ihre Adresse ist bestätigt" in public.reads() and confirmed()


def test_a_wrong_confirmation_link_is_not_found(public: Reader) -> None:
    public.get("/kontakt/falsch")
    assert public.post("/kontakt/falsch").status_code == 404
