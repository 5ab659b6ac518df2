"""Mails on their way out: to the mail server, or as files where there is none."""

import smtplib
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Self

from engine.notices import Attachment, Notice
from engine.settings import Settings


class Post:
    """One connection to the mail server, opened for the first mail; use it as a context manager."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._server: smtplib.SMTP | None = None
        self.is_open = True
        """False once the server cannot be reached or does not let us in: that would be so for every other mail."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()

    def send(self, notice: Notice) -> str | None:
        """Send one mail; what went wrong, or None."""
        mail = _written(self._settings, notice, self._now)
        try:
            if self._settings.smtp_host:
                self._connected().send_message(mail)
            else:
                _keep(self._settings, notice, mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return str(error)[:500]  # this one only
        except (OSError, smtplib.SMTPException) as error:
            self.is_open = False
            return str(error)[:500] or type(error).__name__
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            settings = self._settings
            self._server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20)
            if settings.smtp_starttls:
                self._server.starttls()
            if settings.smtp_user:
                self._server.login(settings.smtp_user, settings.smtp_password)
        return self._server


def _written(settings: Settings, notice: Notice, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.mail_from, notice.to, notice.subject
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{notice.id}@reifegrad.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notice.text)
    if notice.attachment is not None:
        file = Attachment(**notice.attachment)
        params = {"method": file.method} if file.method else {}
        mail.add_attachment(file.text, subtype=file.subtype, filename=file.name, params=params)
    return mail


def _keep(settings: Settings, notice: Notice, mail: EmailMessage) -> None:
    folder = settings.var / "outbox"
    folder.mkdir(exist_ok=True)
    unfinished = folder / f".{notice.id}.part"
    unfinished.write_bytes(bytes(mail))
    unfinished.rename(folder / f"{notice.id}.eml")
