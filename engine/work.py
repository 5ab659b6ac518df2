"""One piece of work: one actor, one moment, one transaction.

Every verb of the engine takes a `Work` first.  Whatever it writes stands or
falls together with its entry in the history.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session

from engine.database import Base, at_once, unavailable
from engine.errors import NotFound
from engine.settings import Settings

Row = TypeVar("Row", bound=Base)
Handler = Callable[["Work", Any, dict[str, Any]], dict[str, Any]]
"""A service task's operation: handler(work, instance, arguments) -> result, all plain JSON values."""

NAMES = {
    "Person": ("Person", "person"),
    "Body": ("Gremium", "body"),
    "Seat": ("Sitz", "seat"),
    "Deputy": ("Vertretung", "deputy"),
    "Task": ("Aufgabe", "task"),
    "Instance": ("Vorgang", "instance"),
    "Deployment": ("Prozessstand", "deployment"),
    "Idea": ("Idee", "idea"),
    "Incident": ("Störung", "incident"),
    "Meeting": ("Sitzung", "meeting"),
    "Contest": ("Wettbewerb", "contest"),
    "Strategy": ("Strategie", "strategy"),
    "Circular": ("Umlauf", "circular"),
    "AgendaItem": ("Tagesordnungspunkt", "agenda item"),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a person who signed in, a citizen without an account, or the engine itself."""

    kind: Literal["person", "citizen", "engine"]
    id: UUID | None = None


ENGINE = Actor("engine")
CITIZEN = Actor("citizen")


@dataclass
class Work:
    """What a verb needs to know of its caller."""

    session: Session
    actor: Actor
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    keeps: bool = True
    """Whether the work is committed at its end; False for work that only looks."""

    def get(self, table: type[Row], key: object) -> Row:
        """Return the row of *table* under *key*; NotFound if there is none."""
        row = self.session.get(table, key)
        if row is None:
            raise missing(table)
        return row

    def add(self, row: Row) -> Row:
        """Add *row* to what this work writes and return it; its id is known at once."""
        self.session.add(row)
        return row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            with unavailable():
                if kind is None and self.keeps and (self.session.new or self.session.dirty or self.session.deleted):
                    with at_once(self.session):
                        self.session.flush()
                if isinstance(error, DBAPIError | NoConnectionLeft):
                    raise error
            if kind is None and self.keeps:
                with unavailable(committing=True):
                    self.session.commit()
        finally:
            self._end(looked=kind is None and not self.keeps)

    def _end(self, looked: bool) -> None:
        # Ends what was not committed, and leaves what was read readable. Where the connection is gone the database
        # has ended it already: no reason to fail for somebody who has got what they asked for.
        try:
            if looked and self.session.in_transaction():
                # Nothing is to be taken back, and with a rollback psycopg would forget its prepared statements.
                self.session.expunge_all()
                self.session.commit()
            self.session.close()
        except DBAPIError:
            self.session.invalidate()


def missing(table: type[Base]) -> NotFound:
    """The sentence for a row that is not there."""
    de, en = NAMES.get(table.__name__, ("Eintrag", "entry"))
    return NotFound(f"{de} nicht gefunden. Bitte prüfen Sie die Adresse.",
                    f"No such {en}. Please check the address.")


@dataclass(frozen=True)
class Page:
    """One page of a longer list: its rows, and where it stands."""

    rows: list[Any]
    total: int
    number: int = 1
    size: int = 25
    more: bool = False
    """Whether there are more than `total`: counting stops where nobody reads on."""
    looked_at: int | None = None
    """How many rows a search looked at, if there were more; None: all."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))
