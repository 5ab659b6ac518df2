"""A process that is killed at any moment leaves nothing half done."""

from pathlib import Path

from tests import soak

SECONDS = 5


def test_killed_workers_leave_whole_chains_and_one_open_task_per_running_instance(
    empty_database_url: str, tmp_path: Path
) -> None:
    left = soak.soak(empty_database_url, tmp_path, SECONDS)
    assert left.broken == []
    assert left.kills >= soak.FEWEST_KILLS
    assert left.completed >= left.kills
