"""The history is append-only, chained, and says where it was changed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from engine.history import events, seal, trail
from engine.history.checkpoints import Seal, SealEntry
from engine.history.events import HOUSE, Chain, Event, PersonalDatum
from engine.identity import bodies, people
from engine.identity.people import Person


@pytest.fixture
def history(house: Any, clock: Any) -> Any:
    """A house in which three things have happened, at three moments."""
    for name in ("ada", "ben", "eva"):
        with house.work(now=clock.advance(minutes=1)) as work:
            people.add(work, name, name.capitalize(), f"{name}@example.org")
    return house


def broken(house: Any) -> list[tuple[UUID | None, int | None, str]]:
    with house.look() as work:
        return [(one.chain_id, one.seq, one.what.en) for one in seal.verify(work)]


def sealed(work: Any, number: int) -> list[int]:
    return list(work.session.scalars(select(SealEntry.length).where(SealEntry.number == number)))


def tamper(house: Any, *statements: Any) -> None:
    with house.work() as work:
        for statement in statements:
            work.session.execute(statement.execution_options(synchronize_session=False))


def test_a_whole_history_verifies(history: Any) -> None:
    assert broken(history) == []


def test_each_event_hashes_the_one_before_it(history: Any) -> None:
    with history.look() as work:
        rows = list(work.session.scalars(select(Event).order_by(Event.seq)))
        assert [row.seq for row in rows] == [1, 2, 3]
        head = ""
        for row in rows:
            assert row.hash == events.digest_of(row, head)
            head = row.hash
        assert work.get(Chain, HOUSE).chain_head == head


@pytest.mark.parametrize("change", [
    {"verb": "person.changed"},
    {"actor_kind": "person"},
    {"particulars": {}},
    {"subject_id": UUID(int=7)},
    {"for_id": UUID(int=7)},
], ids=lambda change: next(iter(change)))
def test_a_changed_event_is_named(history: Any, change: dict[str, Any]) -> None:
    tamper(history, update(Event).where(Event.seq == 2).values(**change))

    [(chain, seq, what)] = broken(history)

    assert (chain, seq) == (HOUSE, 2)
    assert "was changed afterwards" in what


def test_a_removed_event_is_missed(history: Any) -> None:
    tamper(history, delete(Event).where(Event.seq == 2))
    assert [(seq, what) for _, seq, what in broken(history)] == [(2, "Event 2 is missing; 3 follows.")]


def test_events_cut_off_at_the_end_are_missed(history: Any) -> None:
    tamper(history, delete(Event).where(Event.seq == 3))
    [(_, _, what)] = broken(history)
    assert what == "The chain ends with event 2, its instance says 3."


def test_a_chain_without_any_events_is_missed(history: Any) -> None:
    tamper(history, delete(Event))
    assert [what for _, _, what in broken(history)] == ["All events of the chain are missing."]


def test_a_chain_written_anew_does_not_fit_its_seal(history: Any, clock: Any) -> None:
    with history.work(now=clock.advance(hours=1)) as work:
        assert seal.seal(work) is not None
    with history.work() as work:  # somebody with the database's password forges the last event and its hash
        last = work.session.scalar(select(Event).where(Event.seq == 3))
        before = work.session.scalar(select(Event.hash).where(Event.seq == 2))
        last.verb = "person.changed"
        last.hash = work.get(Chain, HOUSE).chain_head = events.digest_of(last, before)
    assert [(seq, what) for _, seq, what in broken(history)] == [(3, "Event 3 is not what was sealed.")]


def test_a_seal_covers_only_what_is_new_and_a_second_one_nothing(history: Any, clock: Any) -> None:
    with history.work(now=clock.now) as work:
        first = seal.seal(work)
        assert first is not None and (first.chains, sealed(work, first.number)) == (1, [3])
    with history.work(now=clock.now) as work:
        assert seal.seal(work) is None
    with history.work(now=clock.advance(minutes=1)) as work:
        people.add(work, "ida", "Ida", "ida@example.org")
    with history.work(now=clock.now) as work:
        second = seal.seal(work)
        assert second is not None and (second.number, sealed(work, 2)) == (2, [4])
    assert broken(history) == []


def test_a_forged_seal_is_named(history: Any, clock: Any) -> None:
    with history.work(now=clock.now) as work:
        seal.seal(work)
    tamper(history, delete(SealEntry))
    assert "Seal 1 was changed" in broken(history)[0][2]


@pytest.mark.parametrize("forge", [
    update(SealEntry).values(head="00" * 32), update(SealEntry).values(length=2), update(Seal).values(hash="00" * 32),
    update(Seal).values(at=datetime(2026, 1, 1, tzinfo=UTC)), update(Seal).values(number=2),
], ids=["head", "length", "hash", "moment", "number"])
def test_whatever_is_changed_in_a_seal_is_named(history: Any, clock: Any, forge: Any) -> None:
    with history.work(now=clock.now) as work:
        seal.seal(work)
    tamper(history, forge)
    assert any("Seal" in what and "was changed" in what for _, _, what in broken(history))


def test_a_seal_that_was_removed_is_missed(history: Any, clock: Any) -> None:
    with history.work(now=clock.now) as work:
        seal.seal(work)
    tamper(history, delete(Seal))
    assert [what for _, _, what in broken(history)] == ["Seal 1 is missing; what it fixed is still there."]


def test_a_sealed_chain_that_was_removed_with_its_owner_is_missed(history: Any, clock: Any) -> None:
    with history.work(now=clock.now) as work:
        seal.seal(work)
    tamper(history, delete(Event), delete(Chain))
    assert [(chain, what) for chain, _, what in broken(history)] == [(HOUSE, "All events of the chain are missing.")]


def test_personal_data_stand_beside_the_history_and_can_be_erased(history: Any, clock: Any) -> None:
    with history.work(now=clock.now) as work:
        ada = work.session.scalar(select(Person).where(Person.login == "ada"))
        stored = work.session.scalar(select(Event.particulars).where(Event.subject_id == ada.id))
        assert "Ada" not in str(stored)
        assert events.erase(work, ada.id) == 1
    with history.look() as work:
        [entry] = [one for one in trail.of_house(work, people.names).rows if one.subject_id == ada.id]
        assert entry.particulars["name"] == trail.ERASED
    assert broken(history) == []


def test_a_changed_personal_value_is_named(history: Any) -> None:
    tamper(history, update(PersonalDatum).where(PersonalDatum.value == "Ben").values(value="Bert"))
    assert [(seq, what) for _, seq, what in broken(history)] == [(2, "A personal value of event 2 was changed.")]


def test_an_entry_says_who_acted_and_for_whom(history: Any, person_in: Any, clock: Any) -> None:
    boss, deputy = person_in(history, "boss", "administration"), person_in(history, "deputy")
    with history.work(now=clock.now) as work:
        bodies.appoint_deputy(work, work.get(Person, boss), work.get(Person, deputy),
                              valid_from=bodies.today(work), valid_to=bodies.today(work))
    from engine.work import Actor
    with history.work(Actor("person", deputy), now=clock.now) as work:
        events.record(work, "person.changed", work.get(Person, boss), for_id=boss)
    with history.look() as work:
        entry = trail.of_house(work, people.names).rows[0]
    assert (entry.actor.de, entry.acting_for) == ("Deputy", "Boss")
