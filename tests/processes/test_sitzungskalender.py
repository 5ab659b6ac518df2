"""A body's calendar convenes one meeting after another, when its day comes or its calendar changes."""

from datetime import datetime, timedelta
from typing import Any

from engine import spiff
from engine.spiff import Arrival
from tests.vocabulary import MEETING, MORNING, Process, specification


class Dates:
    """What the calendar knows: the meetings still to be convened, each with its day."""

    def __init__(self, *days: int) -> None:
        self.days, self.dissolved = list(days), False
        self.process: Process | None = None

    def next(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments == {"gremium": "kreisausschuss"}
        again = (self.process.now if self.process is not None else MORNING) + timedelta(days=182)
        day = MORNING + timedelta(days=self.days[0]) if self.days else again
        return {"sitzung_id": MEETING if self.days else None, "aufgeloest": self.dissolved,
                "anberaumen_am": day.isoformat()}


def calendar(dates: Dates) -> Process:
    def convened(arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments == {"sitzung_id": MEETING}
        dates.days.pop(0)
        return {}

    dates.process = Process("s_sitzungskalender", "kalender_eingerichtet", gremium="kreisausschuss",
                            answers={"council/next_date": dates.next, "council/convene": convened})
    return dates.process


def changed(process: Process) -> None:
    process._keep(spiff.deliver(specification("s_sitzungskalender"), process.step.state,
                                Arrival("kalender_geaendert", "kreisausschuss", {}), process.now, process._call))


def announced(process: Process) -> list[tuple[str, dict[str, Any]]]:
    return [(one.name, one.payload) for one in process.sent]


def due(process: Process) -> datetime:
    found = process.next_due()
    assert found is not None
    return found


def test_each_meeting_is_convened_when_its_day_comes_and_not_before() -> None:
    process = calendar(Dates(10, 50, 90))
    process.clock.advance(days=9)
    assert announced(process) == []
    process.clock.advance(days=1)
    assert announced(process) == [("sitzung_anberaumt", {"sitzung_id": MEETING})]
    process.clock.advance(days=80)
    assert len(announced(process)) == 3


def test_a_change_of_the_calendar_is_looked_at_at_once() -> None:
    dates = Dates(50)
    process = calendar(dates)
    dates.days = [10, 50]
    changed(process)
    assert due(process) == MORNING + timedelta(days=10)
    dates.days = []
    changed(process)
    process.clock.advance(days=60)
    assert announced(process) == []


def test_without_a_date_it_looks_again_by_itself() -> None:
    dates = Dates()
    process = calendar(dates)
    process.clock.advance(days=181)
    looked = len(process.called("council/next_date"))
    dates.days = [183]
    process.clock.advance(days=1)
    assert len(process.called("council/next_date")) == looked + 1
    process.clock.advance(days=1)
    assert len(announced(process)) == 1


def test_the_calendar_of_a_body_whose_time_is_over_ends() -> None:
    dates = Dates()
    process = calendar(dates)
    dates.dissolved = True
    changed(process)
    process.ends_at("end_aufgeloest")
