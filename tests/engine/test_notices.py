"""Mails leave after the commit, once, and are not lost when the server is away."""

import socket
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from engine import notices, worker
from engine.notices import Notice
from engine.settings import Settings
from engine.wiring import House


def waiting(house: Any) -> int:
    with house.look() as work:
        return work.session.scalar(select(func.count()).select_from(Notice)) or 0


def queue(house: Any, clock: Any, **values: Any) -> None:
    with house.work(now=clock.now) as work:
        notices.queue(work, "ada@example.org", "status_changed", number="2026-00001", title="Ümläute",
                      status="Qualifiziert", **values)


def outbox(house: Any) -> list[Any]:
    files = sorted(Path(house.settings.var_dir, "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


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


def test_a_busy_mail_server_gets_the_mail_later_and_once(house: Any, clock: Any) -> None:
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings = Settings(database_url=house.settings.database_url, var_dir=house.settings.var_dir,
                            smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
        mailing = House(settings, house.database)
        queue(mailing, clock)
        worker.send_notices(mailing, clock.now)
        assert handler.mails == [] and waiting(house) == 1
        handler.busy = False
        assert worker.send_notices(mailing, clock.now) == 0  # not at once: the server asked for time
        worker.send_notices(mailing, clock.advance(minutes=5))
        worker.send_notices(mailing, clock.advance(minutes=5))
        assert [envelope.rcpt_tos for envelope in handler.mails] == [["ada@example.org"]]
        assert waiting(house) == 0
    finally:
        controller.stop()


def test_a_mail_nobody_takes_is_given_up_and_counted(house: Any, clock: Any) -> None:
    settings = Settings(database_url=house.settings.database_url, var_dir=house.settings.var_dir,
                        smtp_host="127.0.0.1", smtp_port=1)
    mailing = House(settings, house.database)
    queue(mailing, clock)
    for _ in range(notices.TRIES):
        worker.send_notices(mailing, clock.advance(days=1))
    with mailing.look() as work:
        assert notices.stuck(work) == 1
