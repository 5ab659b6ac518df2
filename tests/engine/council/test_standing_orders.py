"""Standing orders: the law's numbers for organs, their own for all others, and no number that the law forbids."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.council import calendars, meetings, standing_orders
from engine.council.standing_orders import OWN_RULES, PROVISIONS, Orders
from engine.errors import Forbidden, Invalid
from engine.history.events import Event
from tests.council import Council, refused

ADMINISTRATION = "nadine.proempler"


def orders(council: Council, key: str) -> Orders:
    with council.look() as work:
        return standing_orders.of(work, meetings.body_of(work, key))


def change(council: Council, key: str, **said: Any) -> Orders:
    """Set numbers; a tuple gives the basis too."""
    with council.work(ADMINISTRATION) as work:
        return standing_orders.change_all(work, meetings.body_of(work, key), {
            name: value if isinstance(value, tuple) else (value, "") for name, value in said.items()})


def test_every_number_says_where_it_comes_from_and_stands_in_both_languages(council: Council) -> None:
    for key in ("kreistag", "kreisausschuss", "kreisvorstand", "lenkungsgruppe"):
        found = orders(council, key)
        assert all(found.basis[name] and hasattr(found, name) for name in PROVISIONS)
    assert all(one.label.de and one.label.en and one.label.de != one.label.en for one in PROVISIONS.values())


def test_the_laws_numbers_are_shipped(council: Council) -> None:
    found = orders(council, "kreistag")
    assert (found.notice_days, found.urgent_days, found.second_minimum, found.circular) == (4, 1, 3, "notlage")
    assert (found.agenda_consent, found.public, found.deputies) == ("kreisvorstand", True, False)
    board, committee = orders(council, "kreisvorstand"), orders(council, "kreisausschuss")
    assert (board.public, board.tie_chair, board.basis["tie_chair"]) == (False, True, "§ 53 LKO")
    assert (committee.deputies, committee.agenda_consent, committee.public) == (True, "", True)
    advice = orders(council, "lenkungsgruppe")
    assert (advice.organ, advice.quorum, advice.circular, advice.basis["quorum"]) == (False, False, "ja", OWN_RULES)


def test_a_changed_number_holds_for_its_body_alone_and_names_its_basis(council: Council) -> None:
    found = change(council, "kreisausschuss", editorial_days=(21, "§ 3 Geschäftsordnung"), minutes_days=10)
    assert (found.editorial_days, found.basis["editorial_days"]) == (21, "§ 3 Geschäftsordnung")
    assert (found.minutes_days, found.basis["minutes_days"]) == (10, PROVISIONS["minutes_days"].basis)
    assert orders(council, "kreisausschuss") == found
    assert orders(council, "kreistag").editorial_days == 14


def test_each_change_stands_in_the_history_and_what_stays_does_not(council: Council) -> None:
    change(council, "kreisausschuss", editorial_days=21, send_days=10)
    change(council, "kreisausschuss", editorial_days=21)
    with council.look() as work:
        query = select(Event).where(Event.verb == "standing_order.changed")
        told = [event.particulars for event in work.session.scalars(query)]
    assert [(one["name"], one["value"]) for one in told] == [("editorial_days", 21)]


@pytest.mark.parametrize(("key", "said", "parts"), [
    ("kreisausschuss", {"notice_days": 3}, ("4 bis 60", "§ 27 Abs. 3 LKO")),
    ("kreisausschuss", {"notice_days": (7, "§ 4 Hauptsatzung")}, ("nur der Kreistag", "§ 27 Abs. 3 Satz 1")),
    ("kreistag", {"notice_days": (7, "§ 4 Geschäftsordnung")}, ("Hauptsatzung",)),
    ("kreistag", {"urgent_days": 2}, ("keine Wahl", "§ 34 Abs. 3 GemO")),
    ("kreistag", {"urgent_days": 0}, ("keine Wahl",)),
    ("kreistag", {"second_minimum": 2}, ("keine Wahl", "§ 32 Abs. 1 Satz 2 LKO")),
    ("kreistag", {"quorum": False}, ("keine Wahl", "§ 32 Abs. 1 LKO")),
    ("kreistag", {"public": False}, ("keine Wahl", "§ 28 Abs. 1 LKO")),
    ("kreistag", {"agenda_consent": ""}, ("keine Wahl", "§ 27 Abs. 5 LKO")),
    ("kreistag", {"deputies": True}, ("keine Wahl", "§§ 22, 23 LKO")),
    ("kreistag", {"circular": "ja"}, ("Notlage", "§ 28 Abs. 3 LKO")),
    ("kreistag", {"minutes_days": 32}, ("1 bis 28", "§ 34 LKO")),
    ("kreistag", {"hybrid": True}, ("Geschäftsordnung", "§ 35a GemO")),
    ("kreisvorstand", {"public": True}, ("keine Wahl", "§ 52 LKO")),
    ("kreisvorstand", {"tie_chair": False}, ("keine Wahl", "§ 53 LKO")),
    ("kreisausschuss", {"deputies": False}, ("keine Wahl", "§§ 37 bis 40 LKO")),
    ("lenkungsgruppe", {"agenda_consent": "gibt_es_nicht"}, ("anderes Gremium",)),
    ("lenkungsgruppe", {"agenda_consent": "lenkungsgruppe"}, ("anderes Gremium",)),
    ("lenkungsgruppe", {"circular": "vielleicht"}, ("Möglichkeiten",)),
    ("lenkungsgruppe", {"notice_days": True}, ("eine Zahl",)),
    ("lenkungsgruppe", {"notice_days": "7"}, ("eine Zahl",)),
    ("lenkungsgruppe", {"notice_days": 61}, ("0 bis 60", OWN_RULES)),
    ("lenkungsgruppe", {"quorum": 1}, ("ja oder nein",)),
    ("lenkungsgruppe", {"send_days": (20, "x" * 300)}, ("zu lang",)),
])
def test_what_the_law_or_sense_forbids_is_refused_at_its_field(
    council: Council, key: str, said: dict[str, Any], parts: tuple[str, ...]
) -> None:
    before = orders(council, key)
    with refused(Invalid, *parts):
        change(council, key, **said)
    assert orders(council, key) == before


@pytest.mark.parametrize(("said", "field"), [
    ({"send_days": 4}, "send_days"), ({"editorial_days": 9}, "editorial_days"),
    ({"lead_weeks": 2}, "lead_weeks"), ({"circular_days": 3}, "circular_days"),
    ({"circular_reminder_days": 7}, "circular_reminder_days"), ({"send_days": 15}, "send_days"),
])
def test_numbers_that_do_not_fit_each_other_are_refused(council: Council, said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        change(council, "kreisausschuss", **said)
    assert set(caught.value.fields) == {field}


def test_numbers_that_fit_only_together_are_changed_together(council: Council) -> None:
    found = change(council, "kreisausschuss", editorial_days=9, send_days=7)
    assert (found.editorial_days, found.send_days) == (9, 7)


def test_the_kreistag_lengthens_its_period_in_the_hauptsatzung(council: Council) -> None:
    found = change(council, "kreistag", notice_days=(6, "§ 4 Abs. 2 Hauptsatzung"))
    assert (found.notice_days, found.basis["notice_days"]) == (6, "§ 4 Abs. 2 Hauptsatzung")


def test_an_organ_may_be_stricter_where_the_law_lets_it(council: Council) -> None:
    found = change(council, "kreisausschuss", circular="nein", minutes_days=7, agenda_consent="kreisvorstand",
                   hybrid=(True, "§ 8 Geschäftsordnung"))
    assert (found.circular, found.minutes_days, found.hybrid) == ("nein", 7, True)
    assert found.agenda_consent == "kreisvorstand"


def test_only_the_administration_changes_them(council: Council) -> None:
    with refused(Forbidden, "Berechtigung"), council.work() as work:
        standing_orders.change(work, meetings.body_of(work, "kreisausschuss"), "editorial_days", 21, "")


def test_meetings_not_yet_convened_follow_the_new_orders(council: Council) -> None:
    change(council, "kreisausschuss", lead_weeks=4)
    council.calendar("kreisausschuss", months=[6], hour=17)
    change(council, "kreisausschuss", editorial_days=21)
    with council.look() as work:
        planned = meetings.listing(work, body=meetings.body_of(work, "kreisausschuss")).rows[0]
        assert (planned.state, f"{planned.day:%d.%m.%Y}") == ("geplant", "09.06.2026")
    council.run("2026-05-12T18:00")
    with council.look() as work:
        found = meetings.show(work, planned.id)
        assert found.state == "terminiert"
        assert f"{found.editorial_at.astimezone(meetings.BERLIN):%d.%m.%Y %H:%M}" == "20.05.2026 00:00"


def test_a_longer_lead_is_heard_by_the_bodys_calendar_at_once(council: Council) -> None:
    change(council, "kreisausschuss", lead_weeks=4)
    council.calendar("kreisausschuss", months=[6], hour=17)
    change(council, "kreisausschuss", lead_weeks=30)
    council.run()
    with council.look() as work:
        body = meetings.body_of(work, "kreisausschuss")
        assert calendars.of(work, body) is not None
        assert meetings.listing(work, body=body).rows[0].state == "terminiert"
