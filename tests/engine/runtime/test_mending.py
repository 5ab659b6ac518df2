"""Whoever may puts data right and retries; history keeps the old value, the new one and the name."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from engine.errors import Conflict, Forbidden, Invalid
from engine.history import seal
from engine.runtime import instances, mending, retries
from engine.runtime.instances import Instance
from engine.work import Actor


def failed(waiting: Any, **data: Any) -> Any:
    """An instance whose timer failed for good; returns its incident."""
    waiting.start(**data)
    waiting.clock.advance(days=1)
    for _ in range(retries.TRIES):
        waiting.fire()
        waiting.clock.advance(minutes=5)
    [incident] = waiting.incidents()
    return incident


def mend(waiting: Any, person: UUID, incident: Any, **typed: str) -> Any:
    new = {name.replace("neu_", "neu."): typed.pop(name) for name in list(typed) if name.startswith("neu_")}
    with waiting.house.work(Actor("person", person), waiting.clock.now) as work:
        return mending.mend(work, incident.id, {**typed, **new})


@pytest.fixture
def owner(waiting: Any, person_in: Any) -> UUID:
    """A process owner."""
    person: UUID = person_in(waiting.house, "otto", "prozessverantwortung")
    return person


def test_data_are_mended_and_the_step_is_tried_again(waiting: Any, owner: UUID) -> None:
    incident = failed(waiting, teiler=0, thema="Bank")
    mend(waiting, owner, incident, teiler="4")
    assert waiting.incidents() == []
    waiting.fire()
    assert waiting.path(incident.instance_id)[-1] == "gerechnet"
    with waiting.house.look() as work:
        entries = instances.history(work, work.get(Instance, incident.instance_id))
        [told] = [entry for entry in entries if entry.verb == "instance.data_mended"]
        assert told.particulars["changes"] == {"teiler": {"old": 0, "new": 4}} and told.actor.de == "Otto"
        assert [entry.verb for entry in entries if entry.verb.startswith("incident")] == [
            "incident.raised", "incident.resolved"]
        assert list(seal.verify(work)) == []


def test_a_value_that_was_missing_is_added(waiting: Any, owner: UUID) -> None:
    incident = failed(waiting)
    assert "teiler" in incident.error
    mend(waiting, owner, incident, neu_name="teiler", neu_wert="3")
    waiting.fire()
    assert waiting.path(incident.instance_id)[-1] == "gerechnet"


def test_what_came_with_a_message_is_mended_in_the_message(waiting: Any, owner: UUID) -> None:
    one = waiting.start("hoeren", idee_id="i", teiler=5)
    waiting.send(one, "ruf", "i", wort="a")
    sent = waiting.send(one, "ruf", "i", wort="b", teiler=0)
    for _ in range(retries.TRIES):
        waiting.deliver()
        waiting.clock.advance(minutes=5)
    [incident] = waiting.incidents()
    with waiting.house.look() as work:
        assert {field.name: field.text for field in mending.fields(work, incident)} == {
            "idee_id": "i", "erster": "a", "wort": "b", "teiler": "0"}
    mend(waiting, owner, incident, teiler="2", erster="c")
    assert waiting.message(sent).payload == {"wort": "b", "teiler": 2}
    waiting.deliver()
    assert waiting.path(one)[-1] == "rechnen"
    with waiting.house.look() as work:
        [entry] = [entry for entry in instances.history(work, work.get(Instance, one))
                   if entry.verb == "instance.data_mended"]
    assert entry.particulars["changes"] == {"teiler": {"old": 0, "new": 2}, "erster": {"old": "a", "new": "c"}}


def test_only_those_in_charge_may(waiting: Any, person_in: Any) -> None:
    incident = failed(waiting, teiler=0)
    for login, body in (("ada", "panel"), ("rita", "revision"), ("stella", "stabsstelle_pm")):
        with pytest.raises(Forbidden):
            mend(waiting, person_in(waiting.house, login, body), incident, teiler="4")
    assert waiting.incidents()[0].id == incident.id


def test_each_wrong_value_is_named_and_nothing_is_written(waiting: Any, owner: UUID) -> None:
    incident = failed(waiting, teiler=0, seit=date(2026, 3, 1), liste=[1])
    with pytest.raises(Invalid) as refused:
        mend(waiting, owner, incident, teiler="viele", seit="30.02.2026", liste="[1,", neu_name="1a", neu_wert="1")
    assert set(refused.value.fields) == {"teiler", "seit", "liste", "neu.name"}
    [still] = waiting.incidents()
    assert still.id == incident.id
    with waiting.house.look() as work:
        assert {one.name: one.text for one in mending.fields(work, still)} == {
            "teiler": "0", "seit": "01.03.2026", "liste": "[\n  1\n]"}


def test_nothing_changed_is_said_so(waiting: Any, owner: UUID) -> None:
    incident = failed(waiting, teiler=0, text="a\nb")
    with pytest.raises(Invalid) as refused:
        mend(waiting, owner, incident, teiler=" 0 ", text="a\r\nb")
    assert "nichts geändert" in refused.value.de and refused.value.fields == {}


def test_an_incident_is_mended_once(waiting: Any, owner: UUID) -> None:
    incident = failed(waiting, teiler=0)
    mend(waiting, owner, incident, teiler="4")
    with pytest.raises(Conflict):
        mend(waiting, owner, incident, teiler="3")


@pytest.mark.parametrize(("old", "text", "new"), [
    (1, "1.234", 1234), (Decimal("1.5"), "2,25", Decimal("2.25")), (1.5, "2,25", 2.25),
    (True, "false", False), ("alt", " neu ", "neu"), (date(2026, 1, 1), "24.12.2026", date(2026, 12, 24)),
    (datetime(2026, 1, 1, 12, tzinfo=UTC), "24.12.2026 14:30", datetime(2026, 12, 24, 13, 30, tzinfo=UTC)),
    (None, '"Text"', "Text"), ([1], '[1, {"a": null}]', [1, {"a": None}]),
    ([date(2026, 1, 1)], '[{"~date": "2026-01-02"}]', [date(2026, 1, 2)]),
])
def test_a_value_is_typed_as_people_write_it_and_stays_of_its_kind(old: Any, text: str, new: Any) -> None:
    found = mending.read({"x": old}, {"x": text})["x"]
    assert found == new and type(found) is type(new)
    with pytest.raises(Invalid):  # and what is shown is what was there
        mending.read({"x": old}, {"x": mending.shown(old)})


def test_a_value_becomes_one_of_another_kind_by_its_name(waiting: Any) -> None:
    assert mending.read({"x": "3"}, {"x": "3", mending.NEW_NAME: "x", mending.NEW_VALUE: "3"}) == {"x": 3}


@pytest.mark.parametrize("text", ['{"~date": "nie"}', '{"~x": 1}', "nan", "", "[1", '{"~span": "1"}'])
def test_what_cannot_be_read_as_json_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        mending.read({}, {mending.NEW_NAME: "x", mending.NEW_VALUE: text})
