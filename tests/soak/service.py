"""The service as an operator runs it: `reifegrad serve` and workers, each a process of its own that can be killed."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.soak.browser import Browser, Lost

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60
COMMANDS = {"web": ("serve", "--no-worker"), "worker": ("worker",)}


class Service:
    """Processes on one database; a context manager that waits until the pages answer."""

    def __init__(self, url: str, folder: Path, *, webs: int = 1, workers: int = 2) -> None:
        self.folder, self._url = folder, url
        self.ports = [free_port() for _ in range(webs)]
        self._kinds = ["web"] * webs + ["worker"] * workers
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._log = (self.folder / "service.log").open("ab")
        self._running = [self._begin(place) for place in range(len(self._kinds))]
        try:
            for port in self.ports:
                until(lambda port=port: _answers(port), "the pages answer", SECONDS_TO_START)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._log.close()

    def any_of(self, kind: str, chance: random.Random) -> int:
        """The place of one process of this kind."""
        return chance.choice([place for place, other in enumerate(self._kinds) if other == kind])

    def kill(self, place: int) -> bool:
        """Kill one process without notice and start another in its place; whether it was alive until then."""
        self._running[place].send_signal(signal.SIGKILL)
        killed = self._running[place].wait() == -signal.SIGKILL
        self._running[place] = self._begin(place)
        return killed

    def died(self) -> list[str]:
        """Which processes ended although nobody killed them."""
        return [f"{kind} ended by itself with {process.returncode}, see {self.folder}/service.log"
                for kind, process in zip(self._kinds, self._running, strict=True) if process.poll() is not None]

    def _begin(self, place: int) -> "subprocess.Popen[bytes]":
        kind = self._kinds[place]
        port = self.ports[place] if kind == "web" else 0
        environment = {**os.environ, "REIFEGRAD_DATABASE_URL": self._url, "REIFEGRAD_VAR_DIR": str(self.folder),
                       "REIFEGRAD_PORT": str(port), "REIFEGRAD_SECRET_KEY": "only for soaking", "LOG_LEVEL": "WARNING"}
        environment = {name: value for name, value in environment.items() if name not in ("DATABASE_URL", "PORT")}
        return subprocess.Popen([sys.executable, "-m", "web.cli", *COMMANDS[kind]], cwd=ROOT, env=environment,
                                stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)


def until(holds: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Wait until something holds; TimeoutError says what did not come about in time."""
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError(f"after {seconds} seconds it is still not so that {what}")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    try:
        return Browser(port).get("/healthz").status == 200
    except Lost:
        return False


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
