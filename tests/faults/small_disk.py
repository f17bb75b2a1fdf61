"""A small disk that can be filled up, and given room again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

#: Octets that are written at once when a disk is filled.
BLOCK = 64 * 1024


class SmallDisk:
    """A file system in memory with a limit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (BLOCK, 4096, 1):
                self._fill(file.fileno(), bytes(size))

    @staticmethod
    def _fill(file: int, block: bytes) -> None:
        try:
            while os.write(file, block) == len(block):
                pass
        except OSError:
            return

    def full(self) -> bool:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize < BLOCK

    def make_room(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount one; a machine that forbids it fails the trial, and is told what is missing."""
    folder.mkdir(parents=True)
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "trial", str(folder)]
    try:
        subprocess.run(mounting, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.fail(
            f"A full disk cannot be tried here: this machine does not let this user mount a "
            f"small file system ({error}). Run the trials as root, or with CAP_SYS_ADMIN."
        )
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a process that is being stopped may still have a file open.
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()
        with suppress(OSError):  # of others' disks beside it
            folder.parent.rmdir()
