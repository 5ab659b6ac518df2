"""The worker's process: several share the work, one that is told to stop finishes, and nothing kills it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from engine import wiring, worker
from engine.errors import Unavailable
from engine.history import seal
from engine.history.events import Event
from engine.identity import bodies
from engine.runtime import instances
from engine.runtime.timers import Timer
from engine.wiring import House
from tests import postgres
from tests.engine.spiff.models import catch, end_event, process, start_event, timer_definition

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60
WAIT = process("warten", start_event(), catch("z", timer_definition("dauer")), end_event(), flows="start > z > end")


def deploy(house: House) -> None:
    with house.work() as work:
        bodies.add_body(work, "panel", "Panel")
        work.session.flush()
        wiring.deploy(work, {"bpmn/warten.bpmn": WAIT})


def start(house: House, count: int, span: str = "PT0S", ago: timedelta = timedelta(0)) -> None:
    with house.work(now=datetime.now(UTC) - ago) as work:
        for _ in range(count):
            instances.start(work, "warten", {"dauer": span})


def fired(house: House) -> int:
    with house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Event).where(Event.verb == "timer.fired")) or 0


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; a failed test where it does not come."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, "it does not come"
        time.sleep(0.05)


@pytest.fixture
def begin(house: House, tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """`begin()` starts `reifegrad worker` on the house's database in a process of its own."""
    begun: list[subprocess.Popen[bytes]] = []
    environment = {**os.environ, "REIFEGRAD_DATABASE_URL": house.settings.database_url,
                   "REIFEGRAD_VAR_DIR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}

    def one() -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen([sys.executable, "-c", "from web.cli import main; main(['worker'])"],
                                      env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL))
        return begun[-1]

    yield one
    for one_of in begun:
        if one_of.poll() is None:
            one_of.kill()
        one_of.wait()


def test_two_processes_share_the_timers_and_fire_each_once(house: House, begin: Any) -> None:
    deploy(house)
    start(house, 400)
    workers = [begin(), begin()]
    until(lambda: fired(house) == 400)
    for one in workers:
        one.send_signal(signal.SIGTERM)
    assert [one.wait(PATIENCE) for one in workers] == [0, 0]
    with house.look() as work:
        assert work.session.scalar(select(func.count()).select_from(Timer)) == 0
        assert work.session.scalar(select(func.count(func.distinct(Event.chain_id))).where(
            Event.verb == "timer.fired")) == 400
        assert list(seal.verify(work)) == []


def test_a_worker_told_to_end_stops_within_seconds_and_leaves_nothing_half_done(house: House, begin: Any) -> None:
    deploy(house)
    start(house, 1500)
    one = begin()
    until(lambda: fired(house) > 0)
    one.send_signal(signal.SIGTERM)
    told = time.monotonic()
    assert one.wait(PATIENCE) == 0
    assert time.monotonic() - told < 10
    with house.look() as work:
        assert list(seal.verify(work)) == []
        left = work.session.scalar(select(func.count()).select_from(Timer)) or 0
    assert fired(house) + left == 1500


def test_a_timer_fires_at_its_second(house: House) -> None:
    deploy(house)
    working = worker.in_background(house)
    try:
        start(house, 1, "PT2S")
        until(lambda: fired(house) == 1)
        with house.look() as work:
            late = work.session.scalars(select(Event.at).where(Event.verb == "timer.fired")).one()
            due = work.session.scalars(select(Event.at).where(Event.verb == "instance.started")).one()
        assert timedelta(0) <= late - due - timedelta(seconds=2) < timedelta(seconds=1)
    finally:
        working.shutdown()


def test_an_exception_in_one_job_kills_neither_it_nor_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(house)
    calls = []

    def breaks(*_: Any, **__: Any) -> int:
        calls.append(1)
        raise RuntimeError("a bug")

    monkeypatch.setattr(worker.due, "next_message", breaks)
    working = worker.in_background(house)
    try:
        start(house, 3)
        until(lambda: fired(house) == 3 and len(calls) > 2)
    finally:
        working.shutdown()


def test_a_worker_with_nothing_to_do_costs_three_small_looks_a_second(house: House) -> None:
    deploy(house)
    start(house, 20, "P9D")
    statements: list[str] = []
    working = worker.in_background(house)
    try:
        time.sleep(1.5)
        event.listen(house.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        time.sleep(3)
        looks = [one for one in statements if not one.startswith("BEGIN")]
        assert 0 < len(looks) <= 3 * 5
        assert all(one.startswith("SELECT min(") for one in looks)
    finally:
        working.shutdown()


def test_what_is_being_done_is_finished_before_the_worker_stops(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(house)
    start(house, 1)
    begun, moved = threading.Event(), instances.moved

    def slowly(*given: Any) -> None:
        begun.set()
        time.sleep(1)
        moved(*given)

    monkeypatch.setattr(instances, "moved", slowly)
    working = worker.in_background(house)
    assert begun.wait(PATIENCE)
    working.shutdown()
    assert fired(house) == 1


def test_a_database_that_comes_back_is_worked_on_again(tmp_path: Path) -> None:
    if postgres.binaries() is None:
        pytest.skip(postgres.INSTALL)
    with postgres.Server(durable=True) as server, server.database() as url:
        house = wiring.open_house(wiring.Settings(database_url=url, var_dir=str(tmp_path), secret_key="only for tests"))
        deploy(house)
        working = worker.in_background(house)
        try:
            server.stop()
            time.sleep(2.5)
            with pytest.raises(Unavailable):
                start(house, 1)
            server.again()
            start(house, 2)
            until(lambda: fired(house) == 2)
        finally:
            working.shutdown()
            house.database.engine.dispose()
