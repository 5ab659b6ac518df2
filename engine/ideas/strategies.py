"""The region's strategy and its Digitale Agenda, version by version.

An idea keeps the version of the strategy it was rated with; whoever reads its
paper sees which.
"""

from datetime import date, datetime, time

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Conflict
from engine.history import events
from engine.ideas import statuses
from engine.ideas.ideas import Idea
from engine.ideas.resolutions import Resolution
from engine.identity import permissions
from engine.identity.bodies import BERLIN
from engine.runtime import instances, messages
from engine.runtime.instances import Instance
from engine.work import Work

CHANGE, CONTINUE, STOPPED = "strategie_aenderung", "agenda_eingerichtet", "agenda_eingestellt"
CONTINUES = "s_agenda_fortschreiben"
KEY_DAY = (1, 15)
"""Month and day on which the Digitale Agenda is continued."""
ADOPTED = ("beschlossen", "geaendert_beschlossen")
ON_AGENDA = ("beschlossen", "geaendert_beschlossen", "umsetzung", "umgesetzt")


class Strategy(Table):
    """One version of the strategy, as the Kreistag adopted it."""

    __tablename__ = "strategy"

    version: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    decided_on: Mapped[date]
    wording: Mapped[str]
    """The resolution that adopted it"""
    published_at: Mapped[datetime]

    @property
    def stand(self) -> str:
        """How papers name it."""
        return f"Fassung {self.version} vom {self.decided_on:%d.%m.%Y}"


class AgendaEdition(Table):
    """One continuation of the Digitale Agenda: a year's list of measures, as it was adopted."""

    __tablename__ = "agenda_edition"

    decided_on: Mapped[date]
    text: Mapped[str]
    wording: Mapped[str]
    until: Mapped[datetime]
    """Measures adopted up to this moment are on it"""


def begin_change(work: Work) -> Instance:
    """Begin to change the strategy: the office writes a draft."""
    permissions.require(work, "strategy")
    return instances.start_by_message(work, CHANGE, {}, title="Änderung der Strategie", business_key="Strategie")


def continue_yearly(work: Work) -> Instance:
    """Let the Digitale Agenda be continued each year. Conflict if that runs already."""
    permissions.require(work, "strategy")
    if is_continued(work):
        raise Conflict("Die jährliche Fortschreibung läuft schon.", "The yearly continuation is running already.")
    return instances.start_by_message(work, CONTINUE, {}, title="Fortschreibung der Digitalen Agenda",
                                      business_key="Digitale Agenda")


def stop_continuing(work: Work) -> Instance:
    """End the yearly continuation while it waits for its day. Conflict if it does not."""
    permissions.require(work, "strategy")
    if messages.receiver(work, STOPPED, "agenda") is None:
        raise Conflict("Die Fortschreibung wartet gerade nicht auf ihren Stichtag. Bitte schließen Sie sie in diesem "
                       "Jahr erst ab.", "The continuation is not waiting for its day just now. Please finish this "
                       "year's first.")
    return instances.deliver(work, STOPPED, "agenda", {})


def is_continued(work: Work) -> bool:
    """Whether the process that continues the agenda is running."""
    return bool(work.session.scalar(select(func.count()).select_from(Instance).where(
        Instance.process_id == CONTINUES, Instance.ended_at.is_(None))))


def publish(work: Work, instance: Instance, *, title: str, text: str, decided_on: date, wording: str) -> Strategy:
    """Publish the next version of the strategy; the old ones stay readable."""
    last = current(work)
    row = work.add(Strategy(version=(last.version if last is not None else 0) + 1, title=title.strip()[:200],
                            text=text.strip(), decided_on=decided_on, wording=wording, published_at=work.now))
    work.session.flush()
    events.record(work, "strategy.published", row, instance, version=row.version, title=row.title)
    return row


def current(work: Work) -> Strategy | None:
    """The strategy that holds now, or None before the first one."""
    return work.session.scalar(select(Strategy).order_by(Strategy.version.desc()).limit(1))


def versions(work: Work) -> list[Strategy]:
    """All versions, the latest first."""
    return list(work.session.scalars(select(Strategy).order_by(Strategy.version.desc())))


def rate_with(work: Work, idea: Idea) -> Strategy | None:
    """The version an idea is rated with: the one that holds when it is rated first, and that one for good."""
    if idea.strategy_version is None:
        holds = current(work)
        idea.strategy_version = holds.version if holds is not None else None
    if idea.strategy_version is None:
        return None
    return work.session.scalar(select(Strategy).where(Strategy.version == idea.strategy_version))


def rated_before(work: Work, version: int) -> list[Idea]:
    """The ideas still on their way that were rated with an older version than *version*, by number."""
    query = select(Idea).where(Idea.strategy_version < version, Idea.status.not_in(sorted(statuses.FINAL)))
    return list(work.session.scalars(query.order_by(Idea.number)))


def next_day(work: Work) -> datetime:
    """The next day on which the agenda is continued, at 9:00 in Berlin."""
    now = work.now.astimezone(BERLIN)
    this_year = datetime.combine(date(now.year, *KEY_DAY), time(9), BERLIN)
    return this_year if now < this_year else datetime.combine(date(now.year + 1, *KEY_DAY), time(9), BERLIN)


def adopted_since_last(work: Work) -> list[tuple[Idea, Resolution]]:
    """The measures adopted since the agenda was continued last, in the order of their resolutions."""
    last = editions(work)
    query = select(Idea, Resolution).join(Resolution, Resolution.idea_id == Idea.id).where(
        Resolution.result.in_(ADOPTED), Idea.status.in_(ON_AGENDA))
    if last:
        query = query.where(Resolution.recorded_at > last[0].until)
    rows = work.session.execute(query.order_by(Resolution.recorded_at, Resolution.id))
    return [(idea, resolution) for idea, resolution in rows]


def continue_agenda(work: Work, instance: Instance, *, text: str, decided_on: date, wording: str,
                    until: datetime) -> AgendaEdition:
    """Publish a year's continuation of the agenda."""
    row = work.add(AgendaEdition(text=text, decided_on=decided_on, wording=wording, until=until))
    work.session.flush()
    events.record(work, "agenda.continued", row, instance, day=decided_on)
    return row


def editions(work: Work) -> list[AgendaEdition]:
    """The continuations of the agenda, the latest first."""
    return list(work.session.scalars(select(AgendaEdition).order_by(AgendaEdition.until.desc())))
