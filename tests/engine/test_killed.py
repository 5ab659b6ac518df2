"""Web servers and workers that are killed at any moment lose nothing, double nothing, leave nothing half done."""

from pathlib import Path

import pytest

from tests.soak import faults

SEED = 7
KILLS = 2  # `make soak` kills a hundred times


@pytest.mark.xdist_group("faults")
def test_killed_under_load_every_acknowledged_act_is_there_once(empty_database_url: str, tmp_path: Path) -> None:
    left = faults.kills(empty_database_url, tmp_path, SEED, KILLS)
    assert left.findings == [], f"seed {SEED}"
    assert left.faults >= KILLS
    assert left.acknowledged >= KILLS * 4
