"""One executor per SQLite file: whoever works on it holds a lock beside it, and says who that is.

Two embedded schedulers on one file would share its one writer's place and wait for each other; on
PostgreSQL any number may work, and nothing is locked. The lock is the kernel's (``flock``) on
``<file>.lock``: it goes with the process however that ends, so nothing stale ever blocks, and the
text in the file is only for people. SQLite's own locks are of another kind (``fcntl``), on another
file: neither disturbs the other. The file stays when the lock goes, because two processes must
find the same one.
"""

import json
import logging
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from engine.clock import SystemClock
from engine.errors import Unavailable
from engine.model.text import Text, text

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module's name, and nothing for it

log = logging.getLogger(__name__)
#: Longest note that is read: it is only as trustworthy as whoever may write into the folder.
_LONGEST = 4096


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who works on a file."""

    #: Id of the process.
    pid: int
    #: Name of its machine.
    host: str
    #: Since when, UTC, to the second.
    since: str
    #: Command that was typed.
    command: str

    def refusal(self, file: Path) -> Text:
        """Say that somebody else must not work there now."""
        return text(
            "Process {pid} on {host} works on {file} since {since} UTC ({command}). "
            "A SQLite file has one executor: stop that one, or move to PostgreSQL",
            pid=self.pid,
            host=self.host,
            file=file,
            since=self.since,
            command=self.command,
        )


def _myself() -> Holder:
    name, *arguments = sys.argv or ["zholdama"]
    return Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        since=SystemClock().now().isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"),
        command=shlex.join([Path(name).name, *arguments]),
    )


def place_of(file: Path) -> Path:
    """Return the lock's file: the same one by whatever path or link the database is reached."""
    whole = file.resolve()
    return whole.with_name(f"{whole.name}.lock")


@contextmanager
def alone(file: Path | None) -> Iterator[None]:
    """Hold the lock of a SQLite file until the block ends; None: a server's database, no lock.

    Raises `Unavailable`, which names the holder, if another process works on the file.
    """
    if file is None:
        yield
        return
    if fcntl is None:
        log.warning("this system has no flock: nobody can see that a second executor starts")
        yield
        return
    descriptor = os.open(place_of(file), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, file)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        raise Unavailable(_told(os.read(descriptor, _LONGEST), file)) from problem
    os.ftruncate(descriptor, 0)
    os.write(descriptor, json.dumps(asdict(_myself()), ensure_ascii=False).encode())


def _told(written: bytes, file: Path) -> Text:
    """Say who holds the lock; between its taking it and its note there is a moment without one."""
    try:
        found = json.loads(written)
        holder = Holder(**{name: found[name] for name in Holder.__dataclass_fields__})
        datetime.fromisoformat(holder.since)
    except (ValueError, KeyError, TypeError):
        return text("Another process works on {file}: stop it first", file=file)
    return holder.refusal(file)
