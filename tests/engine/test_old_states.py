"""Whatever an earlier release left running comes to its end under this one; see old_states/."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.history import seal
from engine.settings import Settings
from engine.wiring import open_house
from tests.engine.old_states import __main__ as writer
from tests.engine.old_states import database
from tests.engine.old_states.way import Way

RELEASES = sorted(folder for folder in writer.HERE.iterdir() if (folder / database.FILES["sqlite"]).exists())
MODELS = [file for folder in RELEASES for file in sorted(folder.glob("*.json"))]


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}" if path.suffix == ".json" else path.name


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("file", MODELS, ids=name)
def test_from_every_place_it_waited_at_an_old_instance_goes_on_as_it_would_have(file: Path) -> None:
    old = read(file)
    files = {path: text.encode() for path, text in old["files"].items()}
    for start, place in enumerate(old["places"]):
        way = Way(old["model"], files)
        way.take_up(place)
        for number in range(start, len(old["acts"])):
            way.do(old["acts"][number])
            assert way.stands() == old["then"][number + 1], f"from place {start}, after act {number}"


@pytest.mark.parametrize("file", MODELS, ids=name)
def test_the_rows_of_an_old_instance_name_what_its_state_holds(file: Path) -> None:
    old = read(file)
    for start, place in enumerate(old["places"]):
        way = Way(old["model"], {path: text.encode() for path, text in old["files"].items()})
        way.take_up(place)
        assert way.stands() == old["then"][start]
        for task in way.tasks:
            assert way.seen(task)["idee_id"]


@pytest.mark.parametrize("folder", RELEASES, ids=name)
def test_the_database_of_an_old_release_is_brought_up_to_date_and_its_instances_end(
    folder: Path, empty_database_url: str, tmp_path: Path
) -> None:
    database.load(folder, empty_database_url)
    house = open_house(Settings(database_url=empty_database_url, var_dir=str(tmp_path), secret_key="old"))
    try:
        for file in sorted(folder.glob("*.json")):
            old = read(file)
            half = database.middle(old["acts"])
            trip = database.Trip(house, old["model"])
            trip.take_up(datetime.fromisoformat(old["places"][half]["now"]))
            for number in range(half, len(old["acts"])):
                trip.do(old["acts"][number])
                then = old["then"][number + 1]
                assert trip.stands() == (then["tasks"], then["ended"]), f"{old['model']} after act {number}"
        with house.look() as work:
            assert list(seal.verify(work)) == []
    finally:
        house.database.engine.dispose()


def test_this_release_has_left_its_states() -> None:
    assert writer.HERE / writer.release() in RELEASES, "python -m tests.engine.old_states write"


def test_what_a_release_left_behind_is_never_written_again() -> None:
    again = subprocess.run([sys.executable, "-m", "tests.engine.old_states", "write"], cwd=writer.ROOT,
                           capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "does not change" in again.stderr
