"""What runs without anybody asking: due timers, messages, notices and seals.

Any number of workers may run on one database.  Each takes a row that nobody
else holds, acts and deletes it in one transaction: a crash is a rollback, and
another worker goes on.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from engine import notices
from engine.errors import EngineError, ProcessFailed, Unavailable
from engine.history import seal
from engine.ideas import dialogues
from engine.runtime import instances, retries, timers
from engine.wiring import House

ROUNDS = 100_000
log = structlog.get_logger("worker")


def run_due(house: House, now: datetime | None = None) -> int:
    """Do everything that is due at *now* (None: the clock's), until nothing is left; return how many acts that was."""
    done = 0
    while acts := fire_timers(house, now) + deliver_messages(house, now):
        done += acts
    return done + announce(house, now) + send_notices(house, now)


def fire_timers(house: House, now: datetime | None = None) -> int:
    """Wake every instance whose moment has come, each in its own transaction."""
    return _repeat(lambda: _fire(house, now or datetime.now(UTC)))


def deliver_messages(house: House, now: datetime | None = None) -> int:
    """Deliver the messages that are on their way, each in its own transaction."""
    return _repeat(lambda: _pass_on(house, now or datetime.now(UTC)))


def announce(house: House, now: datetime | None = None) -> int:
    """Tell people of new tasks."""
    with house.work(now=now) as work:
        return notices.announce_tasks(work)


def send_notices(house: House, now: datetime | None = None) -> int:
    """Send the mails that are due."""
    return _repeat(lambda: _send(house, now or datetime.now(UTC)))


def seal_chains(house: House, now: datetime | None = None) -> int:
    """Seal what happened since the last seal, and write the seals' hashes to the log, for keeping elsewhere.

    Returns how many chains were sealed.
    """
    chains = 0
    while True:
        with house.work(now=now) as work:
            made = seal.seal(work)
        if made is None:
            return chains
        log.info("sealed", number=made.number, chains=made.chains, hash=made.hash)
        chains += made.chains


def erase_contacts(house: House, now: datetime | None = None) -> int:
    """Erase contact data whose time is over."""
    with house.work(now=now) as work:
        return dialogues.erase_old_contacts(work)


def schedule(house: House, scheduler: BaseScheduler) -> BaseScheduler:
    """Give *scheduler* everything a worker does; it is not started."""
    for act, seconds in ((fire_timers, 1), (deliver_messages, 1), (send_notices, 5), (announce, 30)):
        scheduler.add_job(_guarded(act), "interval", args=[house], seconds=seconds, max_instances=1, coalesce=True,
                          id=act.__name__, misfire_grace_time=None)
    for act, hour in ((erase_contacts, 2), (seal_chains, 3)):
        scheduler.add_job(_guarded(act), "cron", args=[house], hour=hour, minute=30, max_instances=1, coalesce=True,
                          id=act.__name__, misfire_grace_time=None)
    return scheduler


def in_background(house: House) -> BaseScheduler:
    """Start a worker in threads of this process; `.shutdown()` stops it."""
    _quiet()
    scheduler = schedule(house, BackgroundScheduler(timezone="Europe/Berlin"))
    scheduler.start()
    return scheduler


def run(house: House) -> None:
    """Work until the process is stopped."""
    _quiet()
    schedule(house, BlockingScheduler(timezone="Europe/Berlin")).start()


def _fire(house: House, now: datetime) -> bool:
    instance_id: UUID | None = None
    try:
        with house.work(now=now) as work:
            instance_id = instances.due_instance(work)
            if instance_id is None:
                return False
            instances.wake(work, instance_id)
        return True
    except Unavailable:
        raise
    except EngineError as error:
        if instance_id is None:
            raise
        with house.work(now=now) as work:
            for timer in timers.due(work, instance_id):
                retries.failed(work, instance_id, "timer", timer.key, error)
        _warn("timer", instance_id, error)
        return True


def _pass_on(house: House, now: datetime) -> bool:
    held: tuple[UUID, UUID] | None = None
    try:
        with house.work(now=now) as work:
            message = instances.due_message(work)
            if message is None:
                return False
            held = (message.sender_id, message.id)
            instances.pass_on(work, message)
        return True
    except Unavailable:
        raise
    except EngineError as error:
        if held is None:
            raise
        with house.work(now=now) as work:
            retries.failed(work, held[0], "message", str(held[1]), error)
        _warn("message", held[0], error)
        return True


def _send(house: House, now: datetime) -> bool:
    with house.work(now=now) as work:
        notice = notices.due(work)
        if notice is None:
            return False
        if not notices.send(work, notice):
            log.warning("mail not sent", notice=str(notice.id), tries=notice.tries, error=notice.error)
        return True


def _repeat(act: Callable[[], bool]) -> int:
    done = 0
    while done < ROUNDS and act():
        done += 1
    return done


def _guarded(act: Callable[[House], Any]) -> Callable[[House], None]:
    def guarded(house: House) -> None:
        try:
            act(house)
        except Unavailable as error:
            log.warning("database unavailable", act=act.__name__, error=error.en)

    guarded.__name__ = act.__name__
    return guarded


def _warn(kind: str, instance_id: UUID, error: EngineError) -> None:
    log.warning("step failed", kind=kind, instance=str(instance_id),
                element=error.element if isinstance(error, ProcessFailed) else None, error=error.en)


def _quiet() -> None:
    # A late run is nothing to report: what is due is done at the next one.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
