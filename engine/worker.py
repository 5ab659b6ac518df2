"""What runs without anybody asking: due timers, messages, notices and seals.

Any number of workers may run on one database.  Each takes rows that nobody
else holds, several in one transaction, acts and writes down what came of it
before it commits: a crash is a rollback, and another worker goes on.  If one
of several fails, all are rolled back and done again one by one, so that it
hurts none but itself.  A worker with nothing to do costs one look into an
index a second for each of timers, messages and mails.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from engine import notices
from engine.errors import Conflict, EngineError, ProcessFailed, Unavailable
from engine.history import seal
from engine.ideas import dialogues
from engine.notices.post import Post
from engine.runtime import due, instances, messages, retries, timers
from engine.runtime.messages import Message
from engine.wiring import House
from engine.work import Work

AT_ONCE = 50
"""Instances or messages in one transaction."""
LONG_ENOUGH = 0.25
"""Seconds after which a transaction takes up no more: others may wait for what it holds."""
RACES = 3
"""How often a message is tried at once when somebody else was faster; after that it is a failure."""
ROUNDS = 100_000
EVERY_SECOND = timedelta(seconds=1)
ASKED = threading.Event()
"""Never set: nobody asked this worker to stop."""
Act = Callable[[House, threading.Event], None]
log = structlog.get_logger("worker")


def run_due(house: House, now: datetime | None = None) -> int:
    """Do everything that is due at *now* (None: the clock's), until nothing is left; return how many acts that was."""
    done = 0
    while acts := fire_timers(house, now) + deliver_messages(house, now):
        done += acts
    return done + announce(house, now) + send_notices(house, now)


def fire_timers(house: House, now: datetime | None = None, stop: threading.Event = ASKED) -> int:
    """Wake every instance whose moment has come; return how many were."""
    return _repeat(lambda: _fire(house, now or datetime.now(UTC), stop), stop)


def deliver_messages(house: House, now: datetime | None = None, stop: threading.Event = ASKED) -> int:
    """Deliver the messages that are on their way; return how many were."""
    return _repeat(lambda: _pass_on(house, now or datetime.now(UTC), stop), stop)


def announce(house: House, now: datetime | None = None) -> int:
    """Tell people of new tasks."""
    with house.look(now=now) as work:
        if not notices.anything_new(work):
            return 0
    with house.work(now=now) as work:
        return notices.announce_tasks(work)


def send_notices(house: House, now: datetime | None = None, stop: threading.Event = ASKED) -> int:
    """Send the mails that are due; no row is locked meanwhile. Returns how many were tried."""
    return _repeat(lambda: _send(house, now or datetime.now(UTC), stop), stop)


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


class Worker:
    """Everything a worker does, at its times, in threads of this process."""

    def __init__(self, house: House) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a late run is nothing to report: it does what is due
        self._house, self._stop = house, threading.Event()
        self.scheduler: BaseScheduler = BackgroundScheduler(timezone="Europe/Berlin")
        for act, upcoming in ((fire_timers, due.next_timer), (deliver_messages, due.next_message),
                              (send_notices, notices.next_due)):
            self._add(_to_the_second(act, upcoming), "interval", seconds=1)
        self._add(_simply(announce), "interval", seconds=30)
        self._add(_simply(erase_contacts), "cron", hour=2, minute=30)
        self._add(_simply(seal_chains), "cron", hour=3, minute=30)

    def start(self) -> "Worker":
        """Begin to work."""
        self.scheduler.start()
        return self

    def shutdown(self, wait: bool = True) -> None:
        """Stop: what is being done is finished, nothing more is taken up."""
        self._stop.set()
        self.scheduler.shutdown(wait=wait)

    def _add(self, act: Act, trigger: str, **when: int) -> None:
        self.scheduler.add_job(_Guarded(act), trigger, args=[self._house, self._stop], max_instances=1, coalesce=True,
                               id=act.__name__, misfire_grace_time=None, **when)


def in_background(house: House) -> Worker:
    """Start a worker in threads of this process; `.shutdown()` stops it."""
    return Worker(house).start()


def run(house: House) -> None:
    """Work until the process is told to end (SIGTERM, SIGINT); what is being done is finished."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    worker = in_background(house)
    told.wait()
    worker.shutdown()


def _fire(house: House, now: datetime, stop: threading.Event) -> int:
    taken: list[UUID] = []
    try:
        with house.work(now=now) as work:
            found = due.instances(work, AT_ONCE)
            taken = [instance.id for instance, _ in found]
            done, begun = 0, monotonic()
            for instance, waiting in found:
                instances.fire(work, instance, waiting)
                done += 1
                if stop.is_set() or monotonic() - begun > LONG_ENOUGH:
                    break
        return done
    except Unavailable:
        raise
    except Exception:
        if not taken:
            raise
        return sum(_fire_alone(house, now, instance_id) for instance_id in taken if not stop.is_set())


def _fire_alone(house: House, now: datetime, instance_id: UUID) -> int:
    """Wake one instance, each due timer in a transaction of its own, so that a failure is known by its timer."""
    with house.look(now=now) as work:
        keys = [timer.key for timer in timers.due(work, instance_id)]
    for key in keys:
        try:
            with house.work(now=now) as work:
                instances.wake(work, instance_id, only=key)
        except Unavailable:
            raise
        except Exception as error:
            _failed(house, now, instance_id, "timer", key, error)
    return len(keys)


def _pass_on(house: House, now: datetime, stop: threading.Event) -> int:
    taken: list[UUID] = []
    try:
        with house.work(now=now) as work:
            found = due.messages(work, AT_ONCE)
            taken = [message.id for message in found]
            return _passed_on(work, found, stop)
    except Unavailable:
        raise
    except Exception:
        if not taken:
            raise
        return sum(_pass_on_alone(house, now, message_id) for message_id in taken if not stop.is_set())


def _passed_on(work: Work, found: list[Message], stop: threading.Event) -> int:
    done, begun = 0, monotonic()
    busy = set()  # whom a message could not reach now, none that was sent later may reach before it
    for message in found:
        if message.lane in busy:
            continue
        if instances.pass_on(work, message) is None:
            busy.add(message.lane)
        else:
            done += 1
        if stop.is_set() or monotonic() - begun > LONG_ENOUGH:
            break
    return done


def _pass_on_alone(house: House, now: datetime, message_id: UUID) -> int:
    for turn in range(RACES):
        receiver: UUID | None = None
        try:
            with house.work(now=now) as work:
                message = next(iter(due.messages(work, 1, message_id)), None)
                if message is None:
                    return 0
                receiver = messages.recipient(work, message) or message.sender_id
                return int(instances.pass_on(work, message) is not None)
        except Unavailable:
            raise
        except Exception as error:
            if isinstance(error, Conflict) and turn < RACES - 1:  # somebody was faster
                continue
            if receiver is None:
                raise
            _failed(house, now, receiver, "message", str(message_id), error)
            return 1
    return 0


def _send(house: House, now: datetime, stop: threading.Event) -> int:
    with house.work(now=now) as work:
        batch = notices.take(work)
    sent, left = 0, batch
    with Post(house.settings, now) as post:
        while left and post.is_open and not stop.is_set():
            notice, *left = left
            error = post.send(notice)
            with house.work(now=now) as work:
                notices.settle(work, notice, error)
            if error is None:
                sent += 1
            else:
                log.warning("mail not sent", notice=str(notice.id), error=error)
    if left:
        with house.work(now=now) as work:
            notices.give_back(work, left)
    return sent


def _repeat(act: Callable[[], int], stop: threading.Event) -> int:
    done = 0
    while done < ROUNDS and not stop.is_set() and (acts := act()):
        done += acts
    return done


def _simply(act: Callable[[House], int]) -> Act:
    def acts(house: House, stop: threading.Event) -> None:
        act(house)

    acts.__name__ = act.__name__
    return acts


def _to_the_second(act: Callable[..., int], upcoming: Callable[[Work], datetime | None]) -> Act:
    """*act* at each moment of the next second at which something is due; nothing but a look if nothing is."""

    def acts(house: House, stop: threading.Event) -> None:
        end = datetime.now(UTC) + EVERY_SECOND
        while not stop.is_set():
            with house.look() as work:
                moment = upcoming(work)
            if moment is None or moment > end:
                return
            if stop.wait((moment - datetime.now(UTC)).total_seconds()) or not act(house, None, stop):
                return

    acts.__name__ = act.__name__
    return acts


class _Guarded:
    """An act that never kills the worker: what it raises is logged, a database that is away once until it is back."""

    def __init__(self, act: Act) -> None:
        self._act, self._away = act, False
        self.__name__ = act.__name__

    def __call__(self, house: House, stop: threading.Event) -> None:
        try:
            self._act(house, stop)
        except Unavailable as error:
            if not self._away:
                log.warning("database unavailable", act=self.__name__, error=error.en)
            self._away = True
            return
        except Exception:
            log.exception("failed", act=self.__name__)
            return
        if self._away:
            log.info("database available again", act=self.__name__)
        self._away = False


def _failed(house: House, now: datetime, instance_id: UUID, kind: str, key: str, error: Exception) -> None:
    with house.work(now=now) as work:
        retries.failed(work, instance_id, kind, key, error)
    log.warning("step failed", kind=kind, instance=str(instance_id),
                element=error.element if isinstance(error, ProcessFailed) else None,
                error=error.en if isinstance(error, EngineError) else repr(error))
