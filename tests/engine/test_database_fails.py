"""A database that fails under load is answered with a sentence, loses no acknowledged act, and is found again.

The service is never started anew: web server and workers go on by themselves.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.soak import faults
from tests.soak.disk import NoMount, small_disk

pytestmark = pytest.mark.xdist_group("faults")
SEED = 7
CUTS = 8  # `make soak` cuts hundreds


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL of the test's own, as an operator would run it, which may be broken in the middle of a commit."""
    if postgres.binaries() is None:
        pytest.skip(postgres.INSTALL)
    with postgres.Server(durable=True, slow=True) as running:
        yield running


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk of the test's own."""
    try:
        with small_disk(64) as place:
            yield place
    except NoMount as error:
        pytest.skip(str(error))


def test_after_a_crash_of_postgresql_people_go_on(server: postgres.Server, tmp_path: Path) -> None:
    left = faults.crashes(server, server.create(), tmp_path, SEED, 1)
    assert left.findings == [], f"seed {SEED}"
    assert left.faults == 1 and left.answers["refused"] > 0


def test_connections_that_are_cut_cost_at_most_a_second_try(server: postgres.Server, tmp_path: Path) -> None:
    left = faults.cuts(server, server.create(), tmp_path, SEED, CUTS)
    assert left.findings == [], f"seed {SEED}"
    assert left.faults >= CUTS


def test_a_promoted_standby_holds_whatever_was_acknowledged(server: postgres.Server, tmp_path: Path) -> None:
    left = faults.promotion(server, server.create(), tmp_path, SEED)
    assert left.findings == [], f"seed {SEED}"
    assert left.faults == 1 and left.answers["refused"] > 0


def test_on_a_full_disk_sqlite_refuses_and_goes_on_once_there_is_room(disk: Path, tmp_path: Path) -> None:
    left = faults.full_disk(f"sqlite:///{disk}/soak.db", disk, tmp_path, SEED)
    assert left.findings == [], f"seed {SEED}"
    assert left.answers["refused"] > 0


def test_on_a_full_disk_postgresql_is_refused_and_found_again(disk: Path, tmp_path: Path) -> None:
    if postgres.binaries() is None:
        pytest.skip(postgres.INSTALL)
    (disk / "data").mkdir()
    with postgres.Server(durable=True, data=disk / "data", tight=True) as server:
        left = faults.full_disk(server.url(server.create()), disk, tmp_path, SEED, server.mend)
    assert left.findings == [], f"seed {SEED}"
    assert left.answers["refused"] > 0
