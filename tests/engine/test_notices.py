"""Mails leave after the commit, once, and are not lost when the server is away."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, update

from engine import notices, worker
from engine.notices import Notice
from engine.settings import Settings
from engine.wiring import House
from tests.mails import outbox


def waiting(house: Any) -> int:
    with house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Notice)) or 0


def queue(house: Any, clock: Any, **values: Any) -> None:
    with house.work(now=clock.now) as work:
        notices.queue(work, "ada@example.org", "status_changed", number="2026-00001", title="Ümläute",
                      status="Qualifiziert", **values)


def test_without_a_mail_server_a_mail_becomes_a_file(house: Any, clock: Any) -> None:
    queue(house, clock, reason="Gut.\nSehr gut.")
    assert outbox(house) == []
    assert worker.send_notices(house, clock.now) == 1
    [mail] = outbox(house)
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "Ihre Idee 2026-00001: Qualifiziert"
    assert "„Ümläute“" in mail.get_content()
    assert waiting(house) == 0


def test_a_mail_of_an_act_that_failed_does_not_leave(house: Any, clock: Any) -> None:
    with pytest.raises(RuntimeError), house.work(now=clock.now) as work:
        notices.queue(work, "ada@example.org", "status_changed")
        raise RuntimeError
    assert waiting(house) == 0


def test_a_title_cannot_smuggle_a_header_in(house: Any, clock: Any) -> None:
    with house.work(now=clock.now) as work:
        notices.queue(work, "ada@example.org", "status_changed", number="1\nBcc: all@example.org", status="x")
    worker.send_notices(house, clock.now)
    [mail] = outbox(house)
    assert mail["Bcc"] is None


class Server:
    """A mail server that may be told to be busy."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.busy = True

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.busy:
            return "451 busy, try again"
        self.mails.append(envelope)
        return "250 OK"


@contextmanager
def mail_server(handler: Any) -> Iterator[int]:
    """A mail server on a free port, which is given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def mailing(house: Any, port: int) -> House:
    """The house with a mail server."""
    settings = Settings(database_url=house.settings.database_url, var_dir=house.settings.var_dir,
                        smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    return House(settings, house.database)


def test_a_busy_mail_server_gets_the_mail_later_and_once(house: Any, clock: Any) -> None:
    handler = Server()
    with mail_server(handler) as port:
        sending = mailing(house, port)
        queue(house, clock)
        worker.send_notices(sending, clock.now)
        assert handler.mails == [] and waiting(house) == 1
        handler.busy = False
        assert worker.send_notices(sending, clock.now) == 0  # not at once: the server asked for time
        worker.send_notices(sending, clock.advance(minutes=5))
        worker.send_notices(sending, clock.advance(minutes=5))
        assert [envelope.rcpt_tos for envelope in handler.mails] == [["ada@example.org"]]
        assert waiting(house) == 0


def test_a_mail_nobody_takes_is_given_up_and_counted(house: Any, clock: Any) -> None:
    queue(house, clock)
    for _ in range(notices.TRIES):
        worker.send_notices(mailing(house, 1), clock.advance(days=1))
    with house.look() as work:
        assert notices.stuck(work) == 1


def test_a_mail_that_a_worker_took_is_nobody_elses_until_its_time_is_over(house: Any, clock: Any) -> None:
    queue(house, clock)
    with house.work(now=clock.now) as work:
        assert len(notices.take(work)) == 1
    # ... and this worker dies here
    assert worker.send_notices(house, clock.now) == 0
    assert worker.send_notices(house, clock.advance(minutes=14)) == 0 and outbox(house) == []
    assert worker.send_notices(house, clock.advance(minutes=2)) == 1 and waiting(house) == 0


def test_a_mail_that_goes_out_twice_says_so_by_its_id(house: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(house, clock)
    with monkeypatch.context() as patched:
        patched.setattr(notices, "settle", lambda *_: None)  # the worker dies before it is written down
        worker.send_notices(house, clock.now)
    [first] = outbox(house)
    worker.send_notices(house, clock.advance(hours=1))
    [second] = outbox(house)
    assert first["Message-ID"] == second["Message-ID"] and waiting(house) == 0


def test_a_slow_mail_server_holds_nothing_that_others_need(house: Any, clock: Any, tmp_path: Path) -> None:
    """While the mail is on its way, others may write: no row is locked, nor is the whole file on SQLite."""
    others: list[int] = []

    class Slow:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            with house.work(now=clock.now) as work:
                others.append(work.session.execute(update(Notice).values(subject="anders")).rowcount)
            return "250 OK"

    with mail_server(Slow()) as port:
        queue(house, clock)
        assert worker.send_notices(mailing(house, port), clock.now) == 1
    assert others == [1] and waiting(house) == 0


def test_one_connection_carries_many_mails_and_a_refused_one_stops_no_other(house: Any, clock: Any) -> None:
    greeted: list[str] = []
    taken: list[str] = []

    class Choosy:
        async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str,
                              responses: list[str]) -> list[str]:
            greeted.append(hostname)
            session.host_name = hostname
            return responses

        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
            if address.startswith("nobody"):
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            taken.extend(envelope.rcpt_tos)
            return "250 OK"

    with house.work(now=clock.now) as work:
        for name in ("ada", "nobody", "ben", "eva"):
            notices.queue(work, f"{name}@example.org", "status_changed", number="1", status="x")
    with mail_server(Choosy()) as port:
        assert worker.send_notices(mailing(house, port), clock.now) == 3
    assert len(greeted) == 1 and [one.partition("@")[0] for one in taken] == ["ada", "ben", "eva"]
    assert waiting(house) == 1


def test_a_server_that_is_down_costs_one_mail_a_try_and_the_others_none(house: Any, clock: Any) -> None:
    for _ in range(3):
        queue(house, clock)
    worker.send_notices(mailing(house, 1), clock.now)
    with house.look() as work:
        assert sorted(work.session.scalars(select(Notice.tries))) == [0, 0, 1]
