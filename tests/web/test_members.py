"""Members answer their invitation and say where they have a conflict of interest, before any papers open."""

from typing import Any
from uuid import UUID

import pytest

from engine.council import invitations, meetings, recusals
from engine.council.agendas import AgendaItem
from tests.council import Council
from tests.web.conftest import Reader, reader_of

COMMITTEE = ("kreisausschuss", "2026-04-14T17:00")


@pytest.fixture
def meeting(council: Council) -> tuple[UUID, UUID, UUID]:
    """A meeting members were invited to: its id, a public item, a non-public one."""
    found = council.meeting(*COMMITTEE)
    public = council.item(found, "Mitfahrbank", proposal="Der Maßnahme wird zugestimmt.")
    closed = council.item(found, "Grundstück", public=False, public_reason="Preis", proposal="Kauf für 90.000 Euro.")
    council.invite(found)
    return found, public, closed


@pytest.fixture
def member(council: Council, meeting: Any, time_machine: Any) -> Reader:
    """Renate Escher, who sits in the Kreisausschuss."""
    return reader_of(council, time_machine, "renate.escher")


def test_the_list_says_what_waits_for_an_answer(member: Reader) -> None:
    page = member.get("/meine-sitzungen").text
    assert "14.04.2026, 17:00 Uhr" in page and "Antwort fehlt" in page
    assert 'href="/meine-sitzungen"' in member.get("/").text


def test_a_member_says_whether_they_come(council: Council, meeting: Any, member: Reader) -> None:
    address = f"/meine-sitzungen/{meeting[0]}"
    member.get(address)
    member.post(f"{address}/antwort", answer="kommt")
    with council.look() as work:
        row = invitations.own(work, meetings.show(work, meeting[0]), council.person("renate.escher"))
        assert row is not None and row.answer == "kommt"
    assert "Ihre Antwort: Ich komme." in member.get(address).text


def test_a_deputy_must_be_named(meeting: Any, member: Reader) -> None:
    address = f"/meine-sitzungen/{meeting[0]}"
    member.get(address)
    answer = member.post(f"{address}/antwort", answer="vertretung")
    assert answer.status_code == 422 and "Bitte wählen Sie, wer Sie vertritt." in answer.text


def test_papers_open_only_after_the_question_of_bias(meeting: Any, member: Reader) -> None:
    found, public, _ = meeting
    assert "Der Maßnahme wird zugestimmt." not in member.get(f"/meine-sitzungen/{found}").text
    member.post(f"/meine-sitzungen/punkte/{public}/vorlage")
    assert "Der Maßnahme wird zugestimmt." in member.get(f"/meine-sitzungen/{found}").text


def test_who_is_biased_does_not_see_non_public_papers(council: Council, meeting: Any, member: Reader) -> None:
    found, _, closed = meeting
    member.get(f"/meine-sitzungen/{found}")
    without = member.post(f"/meine-sitzungen/punkte/{closed}/befangenheit", reason=" ")
    assert without.status_code == 422 and "§ 16 Abs. 1 LKO" in without.text
    member.post(f"/meine-sitzungen/punkte/{closed}/befangenheit", reason="Mir gehört das Nachbargrundstück.")
    page = member.get(f"/meine-sitzungen/{found}").text
    assert "Sie sind befangen" in page and "90.000" not in page
    assert member.post(f"/meine-sitzungen/punkte/{closed}/vorlage").status_code == 409
    assert "90.000" not in member.get(f"/meine-sitzungen/{found}").text
    with council.look() as work:
        assert recusals.excluded(work, work.get(AgendaItem, closed)) == {council.person("renate.escher")}


def test_a_strangers_meetings_stay_closed(council: Council, meeting: Any, time_machine: Any) -> None:
    stranger = reader_of(council, time_machine, "carla.rossmann")
    assert stranger.get(f"/meine-sitzungen/{meeting[0]}").status_code == 403
