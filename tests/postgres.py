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
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psycopg

INSTALL = "PostgreSQL is not installed: apt-get install postgresql"
SECONDS_TO_START = 30
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
TIGHT = ("-c", "min_wal_size=2MB", "-c", "max_wal_size=8MB", "-c", "shared_buffers=4MB")
SLOW = ("-c", "commit_delay=40000", "-c", "commit_siblings=0")
STANDBY = "reifegrad_standby"


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
    account. `durable` keeps fsync on, as an operator would. `data` is where
    its files lie, if not in a folder of its own (an empty folder); `tight`
    takes little room there. `slow` lets each commit linger, so that whatever
    breaks is likely to break in the middle of one.
    """

    def __init__(
        self, durable: bool = False, data: Path | None = None, tight: bool = False, slow: bool = False
    ) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError(INSTALL)
        self._binaries = found
        self._data, self._tight = data, tight
        self._options = (*(() if durable else FAST), *(TIGHT if tight else ()), *(SLOW if slow else ()))

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="reifegrad-pg-"))
        self.data = self._data or self.folder / "data"
        self._user = _unprivileged() if os.geteuid() == 0 else None
        if self._user:
            for folder in [self.folder, *([self._data] if self._data else [])]:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._log = (self.folder / "log").open("wb")
        try:
            self._fill()
            self._process = self._start()
        except BaseException:
            self._log.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
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
        self.say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {self._by_files}')
        return name

    @cached_property
    def _by_files(self) -> str:
        # since 15 a copy goes through the log page by page, which takes five times as long
        [[version]] = self.ask("SHOW server_version_num")
        return "STRATEGY FILE_COPY" if int(version) >= 150000 else ""

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

    def ask(self, question: str) -> list[Any]:
        """The rows that answer one question, asked beside the tests' databases."""
        with psycopg.connect(host=str(self.folder), user="reifegrad", dbname="postgres", autocommit=True) as connection:
            return connection.execute(question.encode()).fetchall()

    def dump(self, name: str) -> str:
        """The database *name* as SQL statements, whoever owns it."""
        return subprocess.run(
            [self._binaries / "pg_dump", "-h", self.folder, "-U", "reifegrad", "--no-owner", "--no-privileges",
             "--inserts", name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True, check=True,
        ).stdout

    def stop(self) -> None:
        """End the server as a failing machine would, without notice; `again` brings it back."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(10)

    def commits(self, name: str) -> bool:
        """Whether somebody's commit is under way at this moment in the database *name*."""
        return bool(self.ask(f"SELECT 1 FROM pg_stat_activity WHERE datname = '{name}' AND state = 'active' "
                             "AND query = 'COMMIT'"))

    def crash(self) -> None:
        """Kill every process of the server, as a power cut does; `again` brings it back by crash recovery."""
        family = [self._process.pid, *_children(self._process.pid)]
        for member in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        self._process.wait(10)
        give_up = time.monotonic() + 10
        while any(_lives(member) for member in family):  # the next server refuses to start beside them
            if time.monotonic() > give_up:
                raise RuntimeError("processes of PostgreSQL outlive a kill")
            time.sleep(0.01)

    def mend(self) -> None:
        """Wait until the server answers again, and start it where it gave up, as an operator's watchdog does."""
        give_up = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                self.again()
            with contextlib.suppress(psycopg.OperationalError):
                self.say("SELECT 1")
                return
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL does not come back:\n" + (self.folder / "log").read_text(errors="replace"))

    def again(self) -> None:
        """Start the server on what it had stored when it stopped."""
        self._process = self._start()

    def _fill(self) -> None:
        self._run("initdb", "--no-sync", "--auth=trust", "--username=reifegrad", "--encoding=UTF8", "--locale=C.UTF-8",
                  *(("--wal-segsize=1",) if self._tight else ()), "-D", str(self.data)).check_returncode()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [self._binaries / "postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses=",
             "-c", "max_connections=60", *self._options],
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


class Standby(Server):
    """A second server that holds whatever *primary* has acknowledged, and takes its place when told to.

    From then on the primary acknowledges nothing that this one does not hold.
    """

    def __init__(self, primary: Server) -> None:
        super().__init__(durable=True)
        self._primary = primary

    def __enter__(self) -> Self:
        super().__enter__()
        for statement in (f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'", "SELECT pg_reload_conf()"):
            self._primary.say(statement)
        give_up = time.monotonic() + SECONDS_TO_START
        while self._primary.ask("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            if time.monotonic() > give_up:
                raise RuntimeError("the standby does not follow:\n" + (self.folder / "log").read_text(errors="replace"))
            time.sleep(0.05)
        return self

    def promote(self) -> None:
        """Take the place of the primary, which must be gone."""
        assert self.ask("SELECT pg_promote(true, 30)") == [(True,)]

    def url_of_both(self, name: str) -> str:
        """The URL of the database *name* on whichever of the two may be written to."""
        return (f"postgresql+psycopg://reifegrad@/{name}?host={self._primary.folder},{self.folder}"
                "&target_session_attrs=read-write")

    def _fill(self) -> None:
        source = f"host={self._primary.folder} user=reifegrad application_name={STANDBY}"
        self._run("pg_basebackup", "-d", source, "-D", str(self.data), "--write-recovery-conf", "--checkpoint=fast",
                  "--no-sync").check_returncode()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("no unprivileged account: neither postgres nor nobody")
