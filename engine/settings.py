"""The environment, read once, as one frozen record."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from engine.errors import Invalid

PREFIX = "REIFEGRAD_"


@dataclass(frozen=True)
class Settings:
    """Everything an operator can set; each field's environment variable is REIFEGRAD_ and its name in capitals.

    DATABASE_URL and PORT are also read without the prefix, as hosting platforms set them.
    """

    database_url: str = ""
    """SQLAlchemy URL; empty: a SQLite file in var_dir."""
    var_dir: str = "var"
    """Folder for the SQLite file, the key of the session cookie and mails that are not sent."""
    secret_key: str = ""
    """Signs session cookies; empty: made once and kept in var_dir/secret_key."""
    base_url: str = "http://127.0.0.1:8080"
    """Where people reach the service; links in mails begin with it. Not set: host and port."""
    host: str = "127.0.0.1"
    """Address that `reifegrad serve` listens on."""
    port: int = 8080
    """Port that `reifegrad serve` listens on."""
    threads: int = 8
    """Threads that answer requests."""
    secure_cookies: bool = False
    """Cookies only over HTTPS; switch on behind TLS."""
    smtp_host: str = ""
    """Mail server; empty: mails are written to var_dir/outbox as .eml files."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_user: str = ""
    """User at the mail server; empty: no sign-in."""
    smtp_password: str = ""
    """Password at the mail server."""
    smtp_starttls: bool = True
    """Encrypt the connection to the mail server with STARTTLS."""
    mail_from: str = "Reifegrad <noreply@localhost>"
    """Sender of all mails."""
    sandbox_seconds: float = 1.0
    """Time a condition, script or decision table of a model may take, in seconds."""
    sandbox_megabytes: int = 64
    """Memory a condition, script or decision table of a model may take, in megabytes."""
    step_limit: int = 1000
    """Elements one step may pass before it counts as an endless loop."""
    step_seconds: float = 30.0
    """Time one step may take, in seconds, counted after each of its elements; longer is an incident."""
    upload_megabytes: int = 5
    """Largest file that may be uploaded, in megabytes."""
    session_minutes: int = 480
    """Minutes after which an idle sign-in ends."""
    operator_name: str = "Landkreis Mayen-Koblenz"
    """Who runs the service, as named on its pages."""
    operator_mail: str = "smart@example.org"
    """Contact address on the pages and for feedback on accessibility."""

    @property
    def var(self) -> Path:
        """var_dir as a path, made if it is missing."""
        path = Path(self.var_dir)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def url(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.var / 'reifegrad.db').resolve()}"

    def key(self) -> str:
        """The key that signs cookies; made at first use and kept with rights for its owner alone."""
        if self.secret_key:
            return self.secret_key
        path = self.var / "secret_key"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return path.read_text()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from *environment*; Invalid names a variable whose value cannot be read."""
    values: dict[str, object] = {}
    for field in fields(Settings):
        name = field.name.upper()
        plain = environment.get(name) if name in ("DATABASE_URL", "PORT") else None
        text = environment.get(PREFIX + name, plain)
        if text is None or (text == "" and field.type is not str):
            continue
        try:
            values[field.name] = _read(field.type, text)
        except ValueError:
            raise Invalid(
                "Die Einstellung {name} hat den Wert „{text}“; erwartet wird {kind}.",
                "The setting {name} is “{text}”; expected is {kind}.",
                name=PREFIX + name, text=text, kind=getattr(field.type, "__name__", field.type),
            ) from None
    if "base_url" not in values and {"host", "port"} & values.keys():
        values["base_url"] = f"http://{values.get('host', Settings.host)}:{values.get('port', Settings.port)}"
    return Settings(**values)  # type: ignore[arg-type]  # each value was read by its field's own type


def _read(kind: object, text: str) -> object:
    if kind is bool:
        if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            raise ValueError(text)
        return text.lower() in ("1", "true", "yes", "on")
    if kind is int:
        return int(text)
    return float(text) if kind is float else text
