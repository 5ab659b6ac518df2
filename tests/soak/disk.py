"""A small disk of a test's own: a file system in memory that is full after a few megabytes."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CANNOT = "a disk of the test's own cannot be mounted here: that needs root and the right to mount"


class NoMount(Exception):
    """This machine does not let us mount; the text says why."""


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes, mounted until the block ends; NoMount where that is not possible."""
    if os.geteuid() != 0:
        raise NoMount(CANNOT)
    with tempfile.TemporaryDirectory(prefix="reifegrad-disk-") as folder:
        os.chmod(folder, 0o711)  # PostgreSQL works under an account of its own
        with _mounted(Path(folder, "disk"), megabytes) as place:
            yield place


@contextmanager
def _mounted(place: Path, megabytes: int) -> Iterator[Path]:
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", place],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        raise NoMount(f"{CANNOT} ({mounted.stderr.strip()})")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
