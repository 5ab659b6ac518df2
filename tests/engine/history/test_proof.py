"""Whatever was changed is found, by one process or by several, in however many stretches the history is read."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, event, func, insert, select, update

from engine.database import new_id
from engine.history import events, proof, seal
from engine.history.checkpoints import Seal, SealEntry
from engine.history.events import NEW_CHAIN, Chain, Event, PersonalDatum

CHAINS = 12


@pytest.fixture
def chains(house: Any, clock: Any) -> list[UUID]:
    """Chains of four events each, one of them with a personal value, all sealed."""
    made: list[UUID] = []
    with house.work(now=clock.now) as work:
        for number in range(CHAINS):
            chain = work.add(Chain(id=new_id(), **NEW_CHAIN))
            made.append(chain.id)
            for step in range(4):
                said = events.conceal(work, chain, "name", f"Ada {number}") if step == 2 else step
                events.record(work, "body.changed", chain, chain, step=step, said=said)
    with house.work(now=clock.now) as work:
        assert seal.seal(work) is not None
    return made


def found(house: Any, **how: Any) -> list[tuple[UUID | None, int | None, str]]:
    with house.look() as work:
        return [(one.chain_id, one.seq, one.what.en) for one in seal.verify(work, **how)]


def after(house: Any, *statements: Any) -> None:
    with house.work() as work:
        for statement in statements:
            work.session.execute(statement.execution_options(synchronize_session=False))


def of(chain: UUID, seq: int) -> Any:
    return (Event.chain_id == chain) & (Event.seq == seq)


def damage(chains: list[UUID]) -> list[Any]:
    """One of each kind of tampering, each in a chain of its own."""
    changed, removed, cut, emptied, orphan, gone = chains[1:7]
    unsealed, added = chains[8:10]
    extra = Event.__table__.c
    return [
        update(Event).where(of(changed, 2)).values(verb="body.added"),
        delete(Event).where(of(removed, 2)),
        delete(Event).where(of(cut, 4)),
        delete(Event).where(Event.chain_id == emptied),
        delete(Chain).where(Chain.id == orphan),
        delete(Event).where(Event.chain_id == gone), delete(Chain).where(Chain.id == gone),
        update(PersonalDatum).where(PersonalDatum.value == "Ada 7").values(value="Eva"),
        update(SealEntry).where(SealEntry.chain_id == unsealed).values(head="00" * 32),
        insert(Event).from_select(
            [column.name for column in extra],
            select(*(extra.seq + 1 if column.name == "seq" else column for column in extra)).where(of(added, 4))),
    ]


WANTED = [
    (1, 2, "Event 2 (“body.added”) was changed afterwards."),
    (2, 2, "Event 2 is missing; 3 follows."),
    (3, 3, "The chain ends with event 3, its instance says 4."),
    (3, 4, "The sealed event 4 is missing."),
    (4, 1, "All events of the chain are missing."),
    (5, None, "The chain's instance is gone."),
    (6, 1, "All events of the chain are missing."),
    (7, 3, "A personal value of event 3 was changed."),
    (8, 4, "Event 4 is not what was sealed."),
    (9, 5, "Event 5 (“body.changed”) was changed afterwards."),
]


@pytest.mark.parametrize("processes", [1, 2])
def test_each_kind_of_tampering_is_found_once(
    house: Any, chains: list[UUID], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(seal, "ENOUGH", 0)
    monkeypatch.setattr(proof, "STRETCH", 8)  # two chains a stretch
    assert found(house, processes=processes) == []
    after(house, *damage(chains))
    assert found(house, processes=processes) == [
        (None, 1, "Seal 1 was changed, or one before it removed."),
        *((chains[place], seq, what) for place, seq, what in WANTED),
    ]


def test_one_chain_alone_is_judged_as_among_all(house: Any, chains: list[UUID]) -> None:
    after(house, *damage(chains))
    alone = [one for chain in chains for one in found(house, chain_id=chain)]
    assert alone == [(chains[place], seq, what) for place, seq, what in WANTED]


def test_rows_are_compared_across_every_border_of_what_is_read_at_once(
    house: Any, chains: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    after(house, *damage(chains))
    everything = set(found(house))
    for rows in (1, 3, 5):
        monkeypatch.setattr(proof, "ROWS", rows)
        assert set(found(house)) == everything


def test_it_is_told_how_far_it_has_come(
    house: Any, chains: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "STRETCH", 16)
    told: list[tuple[int, int]] = []
    found(house, watch=lambda done, total: told.append((done, total)))
    assert told == [(16, 48), (32, 48), (48, 48), (48, 48)]


def test_what_happens_meanwhile_is_no_finding(house: Any, chains: list[UUID]) -> None:
    def go_on(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "FROM event" in statement and not done:
            done.append(True)
            with house.work() as work:
                chain = work.get(Chain, chains[3])
                events.record(work, "body.changed", chain, chain)

    done: list[bool] = []
    event.listen(house.database.engine, "before_cursor_execute", go_on)
    try:
        assert found(house) == []
    finally:
        event.remove(house.database.engine, "before_cursor_execute", go_on)
    assert done


def test_a_long_list_of_chains_is_sealed_by_several_seals_that_follow_each_other(
    house: Any, chains: list[UUID], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import worker

    monkeypatch.setattr(seal, "CHAINS", 5)
    with house.work(now=clock.now) as work:
        for chain in work.session.scalars(select(Chain)):
            events.record(work, "body.changed", chain, chain)
    assert worker.seal_chains(house, clock.now) == CHAINS
    with house.look() as work:
        assert [(one.number, one.chains) for one in seal.seals(work)] == [(4, 2), (3, 5), (2, 5), (1, CHAINS)]
    assert found(house) == []


@pytest.mark.databases("postgresql")
def test_sealing_waits_for_nobody_who_works_on_an_instance(house: Any, chains: list[UUID], clock: Any) -> None:
    def grow(work: Any, chain: UUID) -> None:
        row = work.session.scalar(select(Chain).where(Chain.id == chain).with_for_update())
        events.record(work, "body.changed", row, row)

    with house.work(now=clock.now) as work:
        grow(work, chains[0])
        grow(work, chains[1])
    with house.work(now=clock.now) as busy:
        grow(busy, chains[0])
        busy.session.flush()
        with house.work(now=clock.now) as work:
            made = seal.seal(work)
            assert made is not None and made.chains == 1
    with house.work(now=clock.now) as work:
        made = seal.seal(work)
        assert made is not None and made.chains == 1
    assert found(house) == []


def test_all_events_of_an_act_are_written_by_one_statement(house: Any, chains: list[UUID]) -> None:
    seen: list[str] = []

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", executed)
    with house.work() as work:
        chain = work.get(Chain, chains[0])
        for step in range(50):
            events.record(work, "body.changed", chain, chain, step=step)
    event.remove(house.database.engine, "before_cursor_execute", executed)
    assert sum(statement.startswith("INSERT INTO event") for statement in seen) == 1
    assert found(house) == []


@pytest.mark.parametrize("undo", [lambda work: work.session.rollback(), lambda work: None], ids=["rollback", "error"])
def test_what_is_undone_leaves_no_event(house: Any, chains: list[UUID], undo: Callable[[Any], None]) -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone), house.work() as work:
        chain = work.get(Chain, chains[0])
        events.record(work, "body.changed", chain, chain)
        undo(work)
        raise Undone
    with house.work() as work:
        chain = work.get(Chain, chains[0])
        events.record(work, "body.changed", chain, chain)
        work.session.rollback()
        chain = work.get(Chain, chains[0])
        events.record(work, "body.changed", chain, chain, step=7)
    with house.look() as work:
        assert work.session.scalar(select(func.count()).where(Event.chain_id == chains[0])) == 5
    assert found(house) == []


def test_what_is_hashed_is_the_text_that_stands_in_the_row(house: Any, chains: list[UUID]) -> None:
    after(house, update(Event).where(of(chains[0], 1)).values(particulars='{"said": 0,"step":0}'))
    assert found(house) == [(chains[0], 1, "Event 1 (“body.changed”) was changed afterwards.")]


def test_seals_are_numbered_without_a_gap(house: Any, chains: list[UUID]) -> None:
    after(house, update(Seal).values(number=2), update(SealEntry).values(number=2))
    assert found(house)[0] == (None, 2, "Seal 2 was changed, or one before it removed.")


def test_it_is_known_how_long_all_chains_are(house: Any, chains: list[UUID]) -> None:
    with house.look() as work:
        assert seal.length(work) == 4 * CHAINS
