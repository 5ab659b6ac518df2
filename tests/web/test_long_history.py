"""A history of any length is read page by page, none of its entries twice, none left out."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from engine.database import new_id
from engine.history import events
from engine.history.events import Event
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from tests.web.conftest import County, Reader

SignedIn = Callable[[str], Reader]
MANY = 260


@pytest.fixture
def task(county: County) -> str:
    """The address of an open task in an instance to which very much has happened."""
    county.hand_in()
    address = county.task("petra", "read")
    with county.house.work() as work:
        instance = instances.lock(work, work.get(tasks.Task, UUID(address[-36:])).instance_id)
        for number in range(MANY):
            if number % 3:
                events.record(work, "message.received", instance, instance, name=f"Nachricht Nr. {number}", payload={})
            else:
                events.record(work, "instance.moved", instance, instance, path=["read"])
    return address


def instance_of(county: County, task: str) -> UUID:
    with county.house.look() as work:
        owner: UUID = work.get(tasks.Task, UUID(task[-36:])).instance_id
        return owner


def shown(page: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'id="e(\d+)"', page)]


def told(county: County, instance: UUID, *without: str) -> list[int]:
    with county.house.look() as work:
        return list(work.session.scalars(select(Event.seq).where(
            Event.chain_id == instance, Event.verb.not_in(["instance.moved", *without])).order_by(Event.seq)))


def test_the_audit_page_opens_at_the_latest_entries_and_leads_to_all(
    county: County, task: str, signed_in: SignedIn
) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    everything = told(county, owner)
    rita.get(f"/revision/vorgaenge/{owner}")
    assert shown(rita.page)[-1] == everything[-1] and len(shown(rita.page)) < 100
    assert "Seite 3 von 3" in rita.reads()
    found: list[int] = []
    for number in (1, 2, 3):
        rita.get(f"/revision/vorgaenge/{owner}?verlauf={number}")
        found += shown(rita.page)
    assert found == everything
    rita.get(f"/revision/vorgaenge/{owner}?verlauf=99")
    assert "Seite 3 von 3" in rita.reads()


def test_a_way_stands_at_its_entry_on_the_other_side_of_a_border_too(
    county: County, task: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    ways: dict[int, list[str]] = {}
    for size in (100, 10, 7):
        monkeypatch.setattr("web.audit.ENTRIES", size)
        ways[size] = []
        with county.house.look() as work:
            pages = -(-work.get(Instance, owner).chain_length // size)
        for number in range(1, pages + 1):
            rita.get(f"/revision/vorgaenge/{owner}?verlauf={number}")
            ways[size] += re.findall(r"Weg \(Eintrag (\d+)\)", rita.page)
    assert len(ways[100]) > MANY // 4
    assert ways[10] == ways[7] == ways[100]


def test_a_long_chain_is_checked_when_asked_for(
    county: County, task: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    rita.get(f"/revision/vorgaenge/{owner}")
    assert "Die Kette ist unversehrt" in rita.reads()
    monkeypatch.setattr("web.audit.CHECKED", 10)
    rita.get(f"/revision/vorgaenge/{owner}")
    assert "Die Kette ist lang und wurde eben nicht geprüft" in rita.reads()
    rita.get(f"/revision/vorgaenge/{owner}?pruefung=ja")
    assert "Die Kette ist unversehrt" in rita.reads()


def test_the_tasks_of_a_long_instance_come_in_pages(county: County, task: str, signed_in: SignedIn) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    with county.house.work() as work:
        model = work.get(tasks.Task, UUID(task[-36:]))
        row = {column.key: getattr(model, column.key) for column in tasks.Task.__mapper__.column_attrs}
        done = {"closed_at": work.now, "closed_by": county.ids["petra"], "closed_as": "completed"}
        work.session.execute(insert(tasks.Task), [{**row, **done, "id": new_id()} for _ in range(120)])
    pages = [rita.get(f"/revision/vorgaenge/{owner}?aufgaben={number}").text for number in (1, 2, 3)]
    found = [set(re.findall(r'href="(/aufgaben/[^"?]+)"', page)) for page in pages]
    assert [len(one) for one in found] == [50, 50, 21] and len(set.union(*found)) == 121
    last = rita.get(f"/revision/vorgaenge/{owner}").text
    assert set(re.findall(r'href="(/aufgaben/[^"?]+)"', last)) == found[2]


def test_whoever_works_on_a_task_reads_the_latest_and_finds_what_was_before(
    county: County, task: str, signed_in: SignedIn
) -> None:
    petra, owner = signed_in("petra"), instance_of(county, task)
    everything = told(county, owner, "service.called", "decision.made", "message.sent")
    found: list[int] = []
    address = task
    while True:
        petra.get(address)
        assert 0 < len(shown(petra.page)) <= 50
        found = shown(petra.page) + found
        older = re.search(r'href="([^"]+vor=\d+)[^"]*">Was davor geschah', petra.page)
        if older is None:
            break
        address = older[1]
    assert found == everything
    assert "Zum jüngsten Eintrag" in petra.page


def test_the_way_in_the_diagram_comes_from_both_ends_of_a_very_long_history(
    county: County, task: str, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    with county.house.look() as work:
        found = work.get(Instance, owner)
        whole, ends = instances.passed(work, found), instances.passed(work, found, 20)
        assert whole[:1] == ends[:1] and len(ends) < len(whole)
        assert instances.passed(work, found, MANY) == whole
    monkeypatch.setattr("web.audit.WAY", 20)
    rita.get(f"/revision/vorgaenge/{owner}")
    assert "Gezeigt ist der Weg aus den ersten und den letzten 20 Einträgen." in rita.reads()


def test_nonsense_in_the_address_is_no_error(county: County, task: str, signed_in: SignedIn) -> None:
    rita, owner = signed_in("rita"), instance_of(county, task)
    for nonsense in ("0", "-1", "x", "9" * 30):
        audit = f"/revision/vorgaenge/{owner}?verlauf={nonsense}&aufgaben={nonsense}"
        for address in (audit, f"{task}?vor={nonsense}"):
            answer: Any = rita.get(address)
            assert answer.status_code == 200
