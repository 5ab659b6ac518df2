"""Where the house is put together: read this to see what talks to what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine import migrations, notices, spiff
from engine.council import (
    attendance,
    ballots,
    calendar_files,
    calendars,
    circulars,
    entries,
    invitations,
    minutes,
    out_of_session,
    papers,
    recusals,
    standing_orders,
)
from engine.council import operations as council
from engine.database import Database, open_database, unavailable
from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.definitions.findings import Finding
from engine.history import checkpoints, events
from engine.ideas import (
    contest_operations,
    contests,
    dialogues,
    operations,
    resolutions,
    similar,
    statuses,
    strategies,
    strategy_operations,
)
from engine.identity import bodies
from engine.runtime import incidents
from engine.settings import Settings
from engine.work import ENGINE, Actor, Handler, Work

HANDLERS: Mapping[str, Handler] = {**operations.OPERATIONS, **council.OPERATIONS, **out_of_session.OPERATIONS,
                                   **contest_operations.OPERATIONS, **strategy_operations.OPERATIONS}
"""What a service task can do: its operation's name and the function that does it."""

TABLES = (events, checkpoints, bodies, deployments, notices, dialogues, resolutions, similar, statuses, incidents,
          calendars, calendar_files, standing_orders, invitations, attendance, recusals, ballots, entries, circulars,
          minutes, papers, contests, strategies)
"""The modules whose tables make up the schema."""


@dataclass(frozen=True)
class House:
    """The engine, ready for work."""

    settings: Settings
    database: Database
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)

    def work(self, actor: Actor = ENGINE, now: datetime | None = None) -> Work:
        """Open one piece of work that writes, for one actor at one moment (None: now)."""
        return self._open(actor, now, writing=True)

    def look(self, actor: Actor = ENGINE, now: datetime | None = None) -> Work:
        """Open one piece of work that only reads."""
        return self._open(actor, now, writing=False)

    def _open(self, actor: Actor, now: datetime | None, *, writing: bool) -> Work:
        session = (self.database.writing if writing else self.database.reading)()
        return Work(session, actor, now or datetime.now(UTC), self.handlers, self.settings, keeps=writing)


def open_house(settings: Settings, create: bool = True) -> House:
    """Open the engine on the settings' database; with *create* its schema is brought up to date first."""
    database = open_database(settings.url)
    if create:
        with unavailable():
            migrations.upgrade(database.writing.kw["bind"])
    spiff.configure(settings.sandbox_seconds, settings.sandbox_megabytes)
    return House(settings, database)


def deploy(work: Work, files: Mapping[str, bytes]) -> list[Deployment]:
    """Deploy files on the bodies and operations of this house; see `deployments.deploy`."""
    return deployments.deploy(work, files, bodies=bodies.keys(work), operations=HANDLERS.keys())


def check(work: Work, files: Mapping[str, bytes]) -> list[Finding]:
    """What is wrong with files, measured by the bodies and operations of this house."""
    return deployments.findings(work, files, bodies=bodies.keys(work), operations=HANDLERS.keys())
