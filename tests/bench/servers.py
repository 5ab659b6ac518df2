"""Real processes of the service: started on a database, ended afterwards, their memory read."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Served:
    """A web server that answers."""

    process: "subprocess.Popen[bytes]"
    port: int
    seconds: float
    """From its start to its first answered page."""

    @property
    def address(self) -> str:
        """Its start page."""
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def serving(url: str) -> Iterator[Served]:
    """`reifegrad serve` on the database at *url*, without a worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(url, "serve", "--no-worker", PORT=str(port)) as (process, begun):
        served = Served(process, port, 0)
        while not _answers(served.address):
            if process.poll() is not None or time.perf_counter() - begun > SECONDS_TO_START:
                raise RuntimeError("reifegrad serve does not answer")
            time.sleep(0.005)
        yield Served(process, port, time.perf_counter() - begun)


@contextmanager
def running(url: str, *words: str, **settings: str) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """`reifegrad` with these words on the database at *url*, and when it was started."""
    with tempfile.TemporaryDirectory(prefix="reifegrad-bench-") as folder:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "DATABASE_URL": url, "REIFEGRAD_VAR_DIR": folder,
                                            "REIFEGRAD_SECRET_KEY": "only for measuring", "LOG_LEVEL": "ERROR",
                                            **settings},
        )
        try:
            yield process, begun
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def megabytes(pid: int) -> float:
    """The memory a process holds, its children's (the sandbox for scripts) included."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _resident(pid) + sum(megabytes(int(child)) for child in children)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0) / 1024


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
