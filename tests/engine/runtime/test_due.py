"""Workers take many rows at once: nothing is done twice or lost, and one that fails hurts only itself."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text

from engine import worker
from engine.database import NEVER, new_id
from engine.errors import Unavailable
from engine.history import seal
from engine.history.events import Event
from engine.runtime import due, instances, messages, retries, timers
from engine.runtime.instances import Instance
from engine.runtime.timers import Timer


def happened(waiting: Any, verb: str) -> int:
    with waiting.house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Event).where(Event.verb == verb)) or 0


def whole(waiting: Any) -> bool:
    with waiting.house.look() as work:
        return list(seal.verify(work)) == []


def test_many_instances_are_woken_in_few_transactions(waiting: Any) -> None:
    for _ in range(120):
        waiting.start(teiler=3)
    waiting.clock.advance(days=1)
    commits: list[Any] = []
    event.listen(waiting.house.database.engine, "commit", commits.append)
    assert waiting.fire() == 120
    assert len(commits) < 60, "a slow machine may cut a batch short, but not to one each"
    assert happened(waiting, "timer.fired") == 120 and whole(waiting)


def test_an_instance_that_fails_hurts_none_of_those_taken_with_it(waiting: Any) -> None:
    good = [waiting.start(teiler=3) for _ in range(4)]
    bad = waiting.start(teiler=0)
    good += [waiting.start(teiler=4) for _ in range(4)]
    waiting.clock.advance(days=1)
    waiting.fire()
    assert all(waiting.path(one)[-1] == "gerechnet" for one in good)
    assert "morgen" not in waiting.path(bad) and waiting.timers(bad)["morgen"].tries == 1
    assert happened(waiting, "timer.fired") == 8 and whole(waiting)


def test_three_tries_with_growing_pauses_then_an_incident_with_element_line_error_and_data(waiting: Any) -> None:
    bad = waiting.start(teiler=0, thema="Bank")
    waiting.clock.advance(days=1)
    pauses = []
    for _ in range(retries.TRIES):
        assert waiting.incidents() == []
        waiting.fire()
        pauses.append(waiting.timers(bad)["morgen"].try_at - waiting.clock.now)
        waiting.clock.advance(minutes=5)
    assert pauses[:2] == [timedelta(minutes=1), timedelta(minutes=4)]
    assert waiting.timers(bad)["morgen"].try_at == NEVER
    [incident] = waiting.incidents()
    assert (incident.instance_id, incident.kind, incident.element) == (bad, "timer", "rechnen")
    assert incident.line is not None and "ZeroDivisionError" in incident.error
    assert incident.data["values"] == {"teiler": 0, "thema": "Bank"}
    waiting.clock.advance(days=30)
    waiting.fire()
    assert len(waiting.incidents()) == 1 and waiting.timers(bad)["morgen"].tries == retries.TRIES


def test_a_timer_that_fails_holds_up_no_other_of_its_instance(waiting: Any) -> None:
    bad = waiting.start(teiler=0)
    waiting.clock.advance(days=2)
    waiting.fire()
    assert waiting.path(bad)[-1] == "gemerkt_e"
    assert {name: row.tries for name, row in waiting.timers(bad).items()} == {"morgen": 1}


def test_what_two_workers_see_fail_at_once_counts_as_one_try(waiting: Any) -> None:
    bad = waiting.start(teiler=0)
    waiting.clock.advance(days=1)
    key = waiting.timers(bad)["morgen"].key
    for _ in range(2):
        with waiting.house.work(now=waiting.clock.now) as work:
            retries.failed(work, bad, "timer", key, ZeroDivisionError("/"))
    assert waiting.timers(bad)["morgen"].tries == 1


def test_a_failure_of_what_another_worker_did_meanwhile_is_none(waiting: Any) -> None:
    one = waiting.start(teiler=3)
    waiting.clock.advance(days=1)
    key = waiting.timers(one)["morgen"].key
    waiting.fire()
    with waiting.house.work(now=waiting.clock.now) as work:
        assert retries.failed(work, one, "timer", key, ZeroDivisionError("/")) is None
    assert waiting.incidents() == []


def test_a_database_that_is_away_uses_no_try(waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = waiting.start(teiler=3)
    waiting.clock.advance(days=1)

    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("weg", "away")

    with monkeypatch.context() as patched, pytest.raises(Unavailable):
        patched.setattr(instances, "moved", away)
        waiting.fire()
    assert waiting.timers(one)["morgen"].tries == 0
    assert waiting.fire() == 1


def test_a_state_that_cannot_be_read_becomes_an_incident_and_stops_nobody_else(waiting: Any) -> None:
    broken, sound = waiting.start(teiler=3), waiting.start(teiler=3)
    with waiting.house.work() as work:
        work.get(Instance, broken).state = b"not a state"
    for _ in range(retries.TRIES + 1):
        waiting.clock.advance(days=1)
        waiting.fire()
    assert "gerechnet" in waiting.path(sound)
    assert {(one.instance_id, one.element) for one in waiting.incidents()} == {(broken, "morgen"), (broken, "danach")}
    assert all("line 1 column 1" in one.error for one in waiting.incidents())


def test_due_timers_of_a_suspended_instance_are_not_looked_at_again(waiting: Any) -> None:
    one = waiting.start(teiler=3)
    with waiting.house.work(now=waiting.clock.now) as work:
        work.get(Instance, one).status = "suspended"  # by hand: its timers are not parked
    waiting.clock.advance(days=1)
    waiting.fire()
    with waiting.house.look(now=waiting.clock.now) as work:
        assert due.next_timer(work) == NEVER
        assert timers.due(work, one) == []
    with waiting.house.work(now=waiting.clock.now) as work:
        work.get(Instance, one).status = "running"
        timers.unpark(work, one, retries.TRIES)
    assert waiting.fire() == 1 and waiting.path(one)[-1] == "gerechnet"


def test_messages_arrive_in_the_order_they_were_sent(waiting: Any) -> None:
    one = waiting.start("hoeren", idee_id="i", teiler=3)
    for word in ("a", "b"):
        waiting.send(one, "ruf", "i", wort=word)
    assert waiting.deliver() == 2
    with waiting.house.look() as work:
        heard = [entry.particulars["payload"]["wort"] for entry in
                 instances.history(work, work.get(Instance, one)) if entry.verb == "message.received"]
    assert heard == ["a", "b"] and waiting.path(one)[-1] == "rechnen"


def test_a_message_waits_behind_one_that_another_worker_is_delivering(waiting: Any) -> None:
    one = waiting.start("hoeren", idee_id="i", teiler=3)
    first, second = (waiting.send(one, "ruf", "i", wort=word) for word in ("a", "b"))
    with waiting.house.look(now=waiting.clock.now) as work:
        rows = {row.id: row for row in (work.get(messages.Message, key) for key in (first, second))}
        assert due._ahead(work, [rows[second]])[("i", "")][0].id == first
    if waiting.house.database.dialect == "postgresql":  # on SQLite nobody else can write meanwhile
        with waiting.house.work(now=waiting.clock.now) as busy:
            assert [row.id for row in due.messages(busy, 1)] == [first]
            assert waiting.deliver() == 0 and waiting.message(second) is not None
    assert waiting.deliver() == 2


def test_a_message_that_is_tried_again_holds_up_those_of_its_name_and_no_other(waiting: Any) -> None:
    one = waiting.start("hoeren", idee_id="i", teiler=3)
    other = waiting.start("hoeren", idee_id="k", teiler=3)
    lost, behind = (waiting.send(one, "niemand", "i") for _ in range(2))
    waiting.send(one, "ruf", "i", wort="a")
    waiting.send(other, "ruf", "k", wort="a")
    waiting.deliver()
    assert waiting.path(one)[-1] == waiting.path(other)[-1] == "zaehlen"
    held, later = waiting.message(lost), waiting.message(behind)
    assert held is not None and later is not None
    assert (held.tries, later.tries) == (1, 0) and later.try_at == held.try_at > waiting.clock.now


def test_a_message_that_fails_in_its_receiver_is_the_receivers_incident(waiting: Any) -> None:
    sender = waiting.start(teiler=3)
    one = waiting.start("hoeren", idee_id="i", teiler=0)
    for word in ("a", "b"):
        waiting.send(sender, "ruf", "i", wort=word)
    for _ in range(retries.TRIES):
        waiting.deliver()
        waiting.clock.advance(minutes=5)
    [incident] = waiting.incidents()
    assert (incident.instance_id, incident.kind, incident.element) == (one, "message", "rechnen")
    assert incident.data["values"] == {"idee_id": "i", "teiler": 0, "wort": "b", "erster": "a"}
    assert waiting.path(one)[-1] == "zaehlen" and whole(waiting)


@pytest.mark.databases("postgresql")
def test_a_message_to_an_instance_that_somebody_is_working_on_waits_and_uses_no_try(waiting: Any) -> None:
    one = waiting.start("hoeren", idee_id="i", teiler=3)
    free = waiting.start("hoeren", idee_id="k", teiler=3)
    busy, sent = waiting.send(one, "ruf", "i", wort="a"), waiting.send(free, "ruf", "k", wort="a")
    with waiting.house.work(now=waiting.clock.now) as work:
        instances.lock(work, one)
        assert waiting.deliver() == 1 and waiting.message(sent) is None
    left = waiting.message(busy)
    assert left is not None and left.tries == 0
    assert waiting.deliver() == 1


@pytest.mark.databases("postgresql")
def test_a_worker_passes_by_what_another_one_holds(waiting: Any) -> None:
    for _ in range(4):
        waiting.start(teiler=3)
    waiting.clock.advance(days=1)
    with waiting.house.work(now=waiting.clock.now) as work:
        held = {instance.id for instance, _ in due.instances(work, 2)}
        assert len(held) == 2
        assert waiting.fire() == 2
    assert waiting.fire() == 2 and happened(waiting, "timer.fired") == 4


def test_a_worker_told_to_stop_takes_up_no_more(waiting: Any) -> None:
    for _ in range(3):
        waiting.start(teiler=3)
    waiting.clock.advance(days=1)
    stop = threading.Event()
    stop.set()
    assert worker.fire_timers(waiting.house, waiting.clock.now, stop) == 0


def test_a_look_costs_one_statement_that_reads_one_end_of_an_index(waiting: Any) -> None:
    fill(waiting, 5000)
    statements: list[str] = []
    engine = waiting.house.database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    with waiting.house.look(now=waiting.clock.now) as work:
        assert due.next_timer(work) is not None
    looks = [one for one in statements if one.startswith("SELECT")]
    assert len(looks) == 1 and "ix_timer_try_at" in plan(waiting, looks[0])
    with waiting.house.work(now=waiting.clock.now) as work:
        statements.clear()
        assert len(due.instances(work, 50)) == 50
        [take] = [one for one in statements if "JOIN timer" in one]
        work.session.rollback()
    said = plan(waiting, take, waiting.clock.now, 50)
    assert "ix_timer_try_at" in said and "Sort" not in said and "TEMP B-TREE" not in said, said


def fill(waiting: Any, count: int) -> None:
    """Instances with a timer each, half of them due."""
    model = waiting.start(teiler=3)
    with waiting.house.work() as work:
        one = instances.lock(work, model)
        row = {name: getattr(one, name) for name in Instance.__mapper__.columns.keys()}  # noqa: SIM118  # no dict
        keys = [new_id() for _ in range(count)]
        work.session.execute(insert(Instance), [{**row, "id": key} for key in keys])
        moment = waiting.clock.now - timedelta(seconds=count // 2)
        work.session.execute(insert(Timer), [
            {"instance_id": key, "key": "k", "element": "morgen", "due_at": moment + timedelta(seconds=number),
             "try_at": moment + timedelta(seconds=number), "tries": 0} for number, key in enumerate(keys)
        ])
    with waiting.house.work() as work:
        work.session.execute(text("ANALYZE"))


def plan(waiting: Any, statement: str, *values: Any) -> str:
    """How the database goes about a statement, in its own words."""
    sqlite = waiting.house.database.dialect == "sqlite"
    asked = ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement
    given: Any = tuple(values)
    if sqlite:
        given = tuple(value if isinstance(value, int) else str(value) for value in (*values, 0)[:asked.count("?")])
    elif values:
        asked, given = asked.replace("%(try_at_1)s::TIMESTAMP WITH TIME ZONE", "%(now)s").replace(
            "%(param_1)s::INTEGER", "%(most)s"), {"now": values[0], "most": values[1]}
    with waiting.house.database.engine.connect() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(asked, given or None))

