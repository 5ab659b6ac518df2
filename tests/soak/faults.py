"""The faults, each a scene: the service under load, something breaks, and it goes on by itself.

Every scene starts on an empty database, ends when all is quiet, and returns
what it saw; `Outcome.findings` is empty if nothing was lost, doubled or half
done.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from engine.runtime.instances import Instance
from engine.settings import Settings
from engine.wiring import House, open_house
from tests import postgres
from tests.soak import models, truth
from tests.soak.load import Ledger, Load
from tests.soak.service import Service, until


@dataclass
class Outcome:
    """What a scene left behind."""

    faults: int = 0
    """How many processes were killed, connections cut, servers crashed."""
    acknowledged: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    """How often which answer came."""
    findings: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another scene in."""
        self.faults += other.faults
        self.acknowledged += other.acknowledged
        self.answers = {name: self.answers.get(name, 0) + other.answers.get(name, 0)
                        for name in {**self.answers, **other.answers}}
        self.findings += other.findings


class Scene:
    """The service under load on one database."""

    def __init__(self, house: House, service: Service, load: Load, chance: random.Random) -> None:
        self.house, self.service, self.chance = house, service, chance
        self.load, self.ledger = load, load.ledger

    def goes_on(self, more: int = 4) -> None:
        """Wait until so many further acts are acknowledged."""
        before = self.ledger.acknowledged
        until(lambda: self.ledger.acknowledged >= before + more or self.ledger.wrong, "people get their work done")

    def is_refused(self) -> None:
        """Wait until somebody reads that the database is away."""
        before = self.ledger.answers["refused"]
        until(lambda: self.ledger.answers["refused"] > before or self.ledger.wrong, "somebody is refused")

    def passed_on(self) -> int:
        """How many filings the workers have started so far."""
        with self.house.look() as work:
            return work.session.scalar(
                select(func.count()).select_from(Instance).where(Instance.process_id == models.FILING)) or 0

    def pause(self, longest: float = 0.6) -> None:
        """Let a random moment pass, so that the next fault hits whatever happens then."""
        time.sleep(self.chance.uniform(0, longest))


def kills(url: str, folder: Path, seed: int, fewest: int, seconds: float = 0) -> Outcome:
    """Web servers and workers are killed at random moments, at least *fewest* times and for *seconds*."""
    outcome = Outcome()
    with _scene(url, folder, seed, outcome) as scene:
        end = time.monotonic() + seconds
        while (outcome.faults < fewest or time.monotonic() < end) and not scene.ledger.wrong:
            kind = "web" if outcome.faults % 2 else "worker"
            scene.pause()
            outcome.faults += scene.service.kill(scene.service.any_of(kind, scene.chance))
            if kind == "web":
                scene.goes_on()
            else:
                before = scene.passed_on()
                until(lambda before=before: scene.passed_on() > before or scene.ledger.wrong, "messages are passed on")
    return outcome


def cuts(server: postgres.Server, name: str, folder: Path, seed: int, fewest: int, seconds: float = 0) -> Outcome:
    """Connections of the service are cut at random, under load."""
    outcome = Outcome()
    ours = f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
    with _scene(server.url(name), folder, seed, outcome) as scene:
        end = time.monotonic() + seconds
        while (outcome.faults < fewest or time.monotonic() < end) and not scene.ledger.wrong:
            scene.pause(0.1)
            [unlucky] = scene.chance.choice(server.ask(ours) or [(0,)])
            outcome.faults += server.ask(f"SELECT pg_terminate_backend({unlucky})") == [(True,)]
        scene.goes_on()
    return outcome


def crashes(server: postgres.Server, name: str, folder: Path, seed: int, fewest: int, seconds: float = 0) -> Outcome:
    """PostgreSQL is killed with all its processes, and started again."""
    outcome = Outcome()
    with _scene(server.url(name), folder, seed, outcome) as scene:
        end = time.monotonic() + seconds
        while (outcome.faults < fewest or time.monotonic() < end) and not scene.ledger.wrong:
            scene.pause()
            until(lambda: server.commits(name), "somebody commits")
            server.crash()
            outcome.faults += 1
            scene.is_refused()
            server.again()
            scene.goes_on()
    return outcome


def promotion(primary: postgres.Server, name: str, folder: Path, seed: int) -> Outcome:
    """The primary is killed, its standby takes its place, and the service finds it by itself."""
    outcome = Outcome()
    with postgres.Standby(primary) as standby, _scene(standby.url_of_both(name), folder, seed, outcome) as scene:
        scene.pause()
        until(lambda: primary.commits(name), "somebody commits")
        primary.crash()
        outcome.faults += 1
        scene.is_refused()
        standby.promote()
        scene.goes_on(10)
    return outcome


def full_disk(url: str, disk: Path, folder: Path, seed: int, mend: Callable[[], None] = lambda: None) -> Outcome:
    """The disk under the database at *url* is full for a while; *mend* is called once there is room again."""
    outcome = Outcome()
    with _scene(url, folder, seed, outcome) as scene:
        rubbish = disk / "rubbish"
        _fill(rubbish)
        outcome.faults += 1
        scene.is_refused()
        rubbish.unlink()
        mend()
        scene.goes_on()
    return outcome


@contextmanager
def _scene(url: str, folder: Path, seed: int, outcome: Outcome) -> Iterator[Scene]:
    house = open_house(Settings(database_url=url, var_dir=str(folder), secret_key="only for soaking"))
    models.settle(house)
    ledger = Ledger()
    try:
        with Service(url, folder) as service:
            with Load(service.ports, seed) as load:
                ledger = load.ledger
                scene = Scene(house, service, load, random.Random(seed))
                scene.goes_on(8)
                yield scene
            until(lambda: truth.quiet(house), "timers, messages and mails come to rest")
            outcome.findings += service.died()
        outcome.findings += truth.findings(house, ledger)
        outcome.findings += truth.finish(house, ledger, folder)
    except TimeoutError as error:
        outcome.findings.append(str(error))
    finally:
        outcome.acknowledged, outcome.answers = ledger.acknowledged, dict(ledger.answers)
        house.database.engine.dispose()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as rubbish:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    rubbish.write(b"\0" * size)
            except OSError:
                continue
