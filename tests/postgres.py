"""A real PostgreSQL for the tests: started in a folder of its own, reached by its socket, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from uuid import uuid4

import psycopg

INSTALL = "PostgreSQL is not installed: apt-get install postgresql"
SECONDS_TO_START = 30
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


def binaries() -> Path | None:
    """The folder with initdb and postgres: the newest Debian has, else the one on the PATH, else None."""
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Server:
    """A running PostgreSQL; use it as a context manager.

    PostgreSQL refuses to run as root, so root hands it to an unprivileged
    account. `durable` keeps fsync on, as an operator would.
    """

    def __init__(self, durable: bool = False) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError(INSTALL)
        self._binaries = found
        self._durable = durable

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="reifegrad-pg-"))
        self._user = _unprivileged() if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._log = (self.folder / "log").open("wb")
        try:
            self._run("initdb", "--no-sync", "--auth=trust", "--username=reifegrad", "--encoding=UTF8",
                      "--locale=C.UTF-8", "-D", str(self.folder / "data")).check_returncode()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGINT)  # ends connections, then the server
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(10)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of the database *name*."""
        return f"postgresql+psycopg://reifegrad@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database that is a copy of *template* and return its name."""
        name = f"t_{uuid4().hex}"
        self.say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove the database *name*, whoever is still connected."""
        self.say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a fresh copy of *template*, which is removed afterwards."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def say(self, statement: str) -> None:
        """Run one statement outside any transaction, beside the tests' databases."""
        with psycopg.connect(host=str(self.folder), user="reifegrad", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """End the server as a failing machine would, without notice; `again` brings it back."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(10)

    def again(self) -> None:
        """Start the server on what it had stored when it stopped."""
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=",
             "-c", "max_connections=60", *(() if self._durable else FAST)],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=self.folder, **self._account(),
        )
        give_up = time.monotonic() + SECONDS_TO_START
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                self.say("SELECT 1")
                return process
            if process.poll() is not None or time.monotonic() > give_up:
                process.kill()
                raise RuntimeError("PostgreSQL did not start:\n" + (self.folder / "log").read_text(errors="replace"))
            time.sleep(0.05)

    def _run(self, command: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([self._binaries / command, *arguments], stdin=subprocess.DEVNULL, stdout=self._log,
                              stderr=self._log, cwd=self.folder, check=False, **self._account())

    def _account(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("no unprivileged account: neither postgres nor nobody")
