"""What every test may ask for: a database of either kind, a house on it, a clock, people.

A database is never built twice: the schema, the county before its first idea,
and the whole demo county are each made once per run, and a test gets a copy.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from tests import postgres
from tests.clock import Clock

ROOT = Path(__file__).parent.parent
KINDS = ("sqlite", "postgresql")
PATIENCE = 180
WATCHED = os.environ.get("CI", "").lower() in ("", "0", "false")


# Property tests: the same examples each time in `make test`; `--hypothesis-profile=nightly` draws many new ones
# with no limit of time: a busy machine is no finding
UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("test", max_examples=200, derandomize=True, **UNHURRIED)
settings.register_profile("nightly", max_examples=2_000, print_blob=True, **UNHURRIED)
settings.load_profile("test")


# Which tests run

def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that needs a database runs once on each kind, unless it is marked for one."""
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("database_kind", marker.args if marker else KINDS, scope="session", indirect=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Where nobody watches, a test that did not run is a failure, and the last lines say so."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and not WATCHED:
        terminalreporter.section("skipped, which counts as a failure where CI is set", red=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longreprtext or report.longrepr}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make the run fail where CI is set and a test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not WATCHED and session.exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# Databases

@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this test run's own; skips where none is installed."""
    if postgres.binaries() is None:
        pytest.skip(postgres.INSTALL)
    with postgres.Server() as server:
        yield server


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """"sqlite" or "postgresql"; a test that uses it runs on both."""
    kind: str = request.param
    if kind == "postgresql":
        request.getfixturevalue("postgres_server")
    return kind


def _made_once(path: Path, make: Callable[[], None]) -> None:
    """Let one of the parallel runs make a file; the others wait for it, at most PATIENCE seconds."""
    done, end = path.with_suffix(".done"), time.monotonic() + PATIENCE
    try:
        os.close(os.open(path.with_suffix(".begun"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        while not done.exists():
            if time.monotonic() > end:
                raise TimeoutError(f"another run began {path} and did not end") from None
            time.sleep(0.1)
        return
    make()
    done.touch()


class Templates:
    """Databases made once, to be copied: each is made at its first use by the function under its name."""

    def __init__(self, kind: str, folder: Path, server: postgres.Server | None) -> None:
        self.kind, self._folder, self._server = kind, folder, server
        self._made: dict[str, str] = {}

    def copy(self, name: str, make: Callable[[str], None] | None, folder: Path) -> tuple[str, Callable[[], None]]:
        """A copy of the database that `make(url)` fills (None: an empty one), and what removes it."""
        if make is not None and name not in self._made:
            url, self._made[name] = self._empty(name)
            if self._server is not None:
                make(url)
            else:
                _made_once(Path(self._made[name]), lambda: make(url))
        if self._server is not None:
            copied = self._server.create(self._made[name] if make else "template0")
            return self._server.url(copied), lambda: self._server.drop(copied) if self._server else None
        path = folder / "reifegrad.db"
        if make is not None:
            shutil.copyfile(self._made[name], path)
        return f"sqlite:///{path}", lambda: None

    def _empty(self, name: str) -> tuple[str, str]:
        if self._server is not None:
            made = self._server.create()
            return self._server.url(made), made
        path = self._folder / f"{name}.db"
        return f"sqlite:///{path}", str(path)


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Templates:
    """The databases of this kind that tests copy."""
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    return Templates(database_kind, _shared(tmp_path_factory, "databases"), server)


def _shared(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder for all parallel runs: each has one of its own in one that they share."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / name
    shared.mkdir(exist_ok=True)
    return shared


def _schema(url: str) -> None:
    from engine.wiring import open_house

    house = open_house(_settings(url), create=True)
    house.database.engine.dispose()


def _deployed(url: str) -> None:
    _load(url, ideas=False)


def _told(url: str) -> None:
    _load(url, ideas=True)


def _load(url: str, *, ideas: bool) -> None:
    from engine.wiring import open_house
    from web.cli import load_demo

    house = open_house(_settings(url), create=True)
    load_demo(house, ideas=ideas)
    house.database.engine.dispose()


def _settings(url: str, var: Path | None = None) -> Any:
    from engine.settings import Settings

    return Settings(database_url=url, var_dir=str(var or tempfile.gettempdir()), secret_key="only for tests")


@pytest.fixture
def empty_database_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A database without a single table."""
    url, remove = templates.copy("empty", None, tmp_path)
    yield url
    remove()


@pytest.fixture
def database_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the schema and nothing in it."""
    url, remove = templates.copy("schema", _schema, tmp_path)
    yield url
    remove()


@pytest.fixture
def deployed_database_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the county's people and bodies, and bpmn/ and forms/ deployed."""
    url, remove = templates.copy("deployed", _deployed, tmp_path)
    yield url
    remove()


@pytest.fixture
def demo_database_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the whole demo county, its seventy ideas on their way."""
    url, remove = templates.copy("told", _told, tmp_path)
    yield url
    remove()


@pytest.fixture(scope="module")
def demo_database_of_a_file(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for all tests of a file together, which only read it."""
    url, remove = templates.copy("told", _told, tmp_path_factory.mktemp("county"))
    yield url
    remove()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed with little work: what that is to cost attackers, each signing in would cost the tests."""
    from engine.identity import people

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The templates of pages are compiled once in all parallel runs, not anew for the application of each test."""
    cache = FileSystemBytecodeCache(str(_shared(tmp_path_factory, "pages")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": cache})
        yield


# Houses

@pytest.fixture
def clock() -> Clock:
    """A clock that stands on a Monday morning until the test moves it."""
    return Clock()


@pytest.fixture
def open_house_on(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Opens a house on a database's URL, with a var/ of the test's own, and closes it after the test."""
    from engine.wiring import open_house

    with ExitStack() as closing:
        def opened(url: str) -> Any:
            house = open_house(_settings(url, tmp_path / "var"), create=False)
            closing.callback(house.database.engine.dispose)
            return house

        yield opened


@pytest.fixture
def house(database_url: str, open_house_on: Callable[[str], Any]) -> Any:
    """A house with its schema and nothing in it, on SQLite and on PostgreSQL."""
    return open_house_on(database_url)


@pytest.fixture
def deployed_house(deployed_database_url: str, open_house_on: Callable[[str], Any]) -> Any:
    """The county before its first idea: people, bodies, bpmn/ and forms/; on SQLite and on PostgreSQL."""
    return open_house_on(deployed_database_url)


@pytest.fixture
def demo_house(demo_database_url: str, open_house_on: Callable[[str], Any]) -> Any:
    """The whole demo county as `make run` shows it; on SQLite and on PostgreSQL. Its making takes its time."""
    return open_house_on(demo_database_url)


@pytest.fixture
def council(deployed_house: Any, clock: Clock) -> Any:
    """The county's bodies before their first meeting, as their office works with them (tests/council.py)."""
    from tests.council import Council

    return Council(deployed_house, clock)


@pytest.fixture
def person_in(clock: Clock) -> Callable[..., UUID]:
    """`person_in(house, "ada", "cdo", "kreistag")` adds a person with seats in these bodies and returns the id.

    A body that does not exist yet is made.
    """
    from engine.identity import bodies, people

    def added(house: Any, login: str, *body_keys: str, **seat: Any) -> UUID:
        with house.work(now=clock.now) as work:
            person = people.add(work, login, login.capitalize(), f"{login}@example.org")
            for key in body_keys:
                body = bodies.find(work, key) or bodies.add_body(work, key, key)
                bodies.seat(work, person, body, **seat)
            person_id: UUID = person.id
        return person_id

    return added
