"""Minutes (§ 34 LKO, § 41 GemO): filled in by the evening, signed by two, sent, objected to, corrected."""

from uuid import UUID

import pytest
from sqlalchemy import select

from engine.council import agendas, meetings, minutes, recusals
from engine.errors import Conflict, Forbidden, Invalid
from engine.identity.people import Person
from engine.notices import Notice
from engine.runtime import instances
from tests.council import Council, refused

EVENING = "2026-04-14T17:00"


@pytest.fixture
def held(council: Council) -> tuple[UUID, dict[str, UUID]]:
    """A Kreisausschuss that has decided in public and in private, once by name and once with somebody excluded."""
    found = council.meeting("kreisausschuss", EVENING)
    items = {
        "named": council.item(found, "Mitfahrbank"),
        "recused": council.item(found, "Seniorentreff"),
        "closed": council.item(found, "Grundstück am Weiher", public=False,
                               public_reason="Berechtigte Interessen einzelner (§ 28 Abs. 1 LKO)"),
    }
    council.invite(found)
    council.run(EVENING)
    council.opened(found)
    there = council.arrive(found, 12)
    council.vote(found, items["named"], way="namentlich", named=dict.fromkeys(there, "ja"))
    council.concluded(items["named"])
    with council.work() as work:
        recusals.declare(work, items["recused"], "Mitglied im Vorstand des Trägers.", person_id=there[3])
    council.vote(found, items["recused"], 10, 1)
    council.concluded(items["recused"])
    council.vote(found, items["closed"], 12)
    council.concluded(items["closed"])
    council.complete(found, "m_sitzung")
    return found, items


def text(council: Council, meeting_id: UUID, *, public: bool = False) -> str:
    """Everything the minutes say, as one text."""
    with council.look() as work:
        said = minutes.document(work, meetings.show(work, meeting_id), public=public)
    return "\n".join([said.subtitle, *(f"{block.text} {block.columns} {block.rows}" for block in said.blocks)])


def test_the_evening_has_filled_in_who_came_what_was_decided_and_how(
    council: Council, held: tuple[UUID, dict[str, UUID]]
) -> None:
    said = text(council, held[0])
    for part in ("12 von 15 Mitgliedern", "12 Ja, 0 Nein", "('Name', 'Stimme')", "Ausgeschlossen (§ 16 LKO)",
                 "10 Ja, 1 Nein", "1 ausgeschlossen", "Grundstück am Weiher", "§ 33"):
        assert part in said, said


def test_the_public_part_keeps_what_is_not_public(council: Council, held: tuple[UUID, dict[str, UUID]]) -> None:
    said = text(council, held[0], public=True)
    assert "Mitfahrbank" in said and "öffentlicher Teil" in said
    for secret in ("Grundstück", "Nichtöffentlicher Teil", "Ausgeschlossen", "Anwesenheit"):
        assert secret not in said


def test_nobody_is_sent_minutes_that_two_have_not_signed(
    council: Council, held: tuple[UUID, dict[str, UUID]]
) -> None:
    with refused(Invalid, "noch nicht", "unterschrieben", "§ 34 LKO"):
        council.complete(held[0], "m_niederschrift")
    with council.work() as work:
        minutes.sign(work, held[0], "chair")
    with refused(Invalid, "unterschrieben"):
        council.complete(held[0], "m_niederschrift")
    with council.work() as work:
        minutes.sign(work, held[0], "recorder")
    council.complete(held[0], "m_niederschrift")
    assert council.open_tasks(held[0]) == {}


def test_the_chair_signs_alone_and_nobody_else_does(council: Council, held: tuple[UUID, dict[str, UUID]]) -> None:
    with council.work("marlene.thielen") as work:
        assert minutes.sign(work, held[0], "chair").chair_signed_at == council.clock.now
    with pytest.raises(Forbidden), council.work("marlene.thielen") as work:
        minutes.sign(work, held[0], "recorder")


def test_whoever_changes_the_minutes_asks_both_to_sign_again(
    council: Council, held: tuple[UUID, dict[str, UUID]]
) -> None:
    council.signed(held[0])
    with council.work() as work:
        row = minutes.remark(work, held[0], {str(held[1]["named"]): "Frau Thielen berichtet.", "": "  "})
        assert not row.is_signed and list(row.remarks) == [str(held[1]["named"])]
    assert "Frau Thielen berichtet." in text(council, held[0])


def test_what_was_sent_stays_whatever_changes_later(council: Council, held: tuple[UUID, dict[str, UUID]]) -> None:
    council.signed(held[0])
    council.complete(held[0], "m_niederschrift")
    before = text(council, held[0])
    with council.work() as work:
        work.get(Person, council.person("marlene.thielen")).name = "Ganz Anders"
        agendas.of(work, meetings.show(work, held[0]))[-1].title = "Etwas anderes"
    assert text(council, held[0]) == before
    with refused(Conflict, "schon verschickt", "Berichtigung"), council.work() as work:
        minutes.remark(work, held[0], {"": "Nachgeschoben"})


def test_members_are_told_where_the_minutes_are(council: Council, held: tuple[UUID, dict[str, UUID]],
) -> None:
    council.signed(held[0])
    with council.work() as work:
        instances.complete_task(work, council.open_tasks(held[0])["m_niederschrift"], {})
    with council.look() as work:
        told = set(work.session.scalars(select(Notice.to).where(Notice.subject.contains("Niederschrift: Kreisaus"))))
        assert told == {work.get(Person, one).mail for one in council.members(held[0])} and len(told) == 15


def test_p41_gemo_a_member_objects_until_the_next_meeting_and_a_correction_is_a_new_version(
    council: Council, held: tuple[UUID, dict[str, UUID]]
) -> None:
    with refused(Conflict, "liegt noch nicht vor"), council.work("marlene.thielen") as work:
        minutes.object_to(work, held[0], "Es waren 11.")
    council.signed(held[0])
    council.complete(held[0], "m_niederschrift")
    with refused(Invalid, "Bitte"), council.work("marlene.thielen") as work:
        minutes.object_to(work, held[0], " ")
    with council.work("marlene.thielen") as work:
        assert minutes.object_to(work, held[0], "Es waren 11.").objections[0]["text"] == "Es waren 11."
    with pytest.raises(Forbidden), council.work("moritz.plaidter") as work:
        minutes.object_to(work, held[0], "Ich gehöre nicht dazu.")
    before = text(council, held[0])
    with council.work() as work:
        assert minutes.correct(work, held[0], {"": "Berichtigt: Es waren 11."}).version == 2
    assert "Fassung 2" in text(council, held[0]) and "Es waren 11." in text(council, held[0])
    with council.look() as work:
        first, _ = minutes.versions(work, meetings.show(work, held[0]))
        assert first.content is not None and "Fassung 2" not in before


def test_p41_gemo_after_the_next_meeting_nobody_objects(council: Council, held: tuple[UUID, dict[str, UUID]]) -> None:
    council.signed(held[0])
    council.complete(held[0], "m_niederschrift")
    following = council.begun("kreisausschuss", "2026-06-09T17:00")
    council.complete(following, "m_sitzung")
    with refused(Conflict, "09.06.2026", "§ 41 GemO"), council.work("marlene.thielen") as work:
        minutes.object_to(work, held[0], "Zu spät.")


def test_one_person_does_not_sign_for_both(council: Council) -> None:
    found = council.invited("kreisausschuss", EVENING)
    council.run(EVENING)
    with council.work() as work:
        chair = council.person("marlene.thielen")
        meetings.open_session(work, found, chair_id=chair, recorder_id=chair)
    council.complete(found, "m_sitzung")
    with refused(Invalid, "zwei Personen"), council.work() as work:
        minutes.sign(work, found, "chair")


def test_minutes_wait_for_the_meeting_to_be_closed(council: Council) -> None:
    found = council.begun("kreisausschuss", EVENING)
    with refused(Conflict, "wenn die Sitzung geschlossen ist"), council.work() as work:
        minutes.sign(work, found, "chair")
