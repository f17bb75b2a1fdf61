"""Folders of the bench, and the processes that work in them: gone when the bench is.

A bench that ends, is stopped or fails clears its folder. One that is killed (``kill -9``) cannot:
the next one finds the folder without a lock and clears it. A lock goes with the process that holds
it; an id in the folder's name could be a stranger's by then.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

#: How the folders are called.
PREFIX = "bench-"
#: Variable by which a child tells to which folder it belongs; `engine.config` knows the prefix.
VARIABLE = "ZHOLDAMA_BENCH_FOLDER"
#: File in it that is locked while its bench runs.
_LOCK = "running"
#: Seconds between the making of a folder and its lock, at most; and that a process has to end.
_YOUNG, _GRACE = 60.0, 10.0
_PROCESSES = Path("/proc")


@contextmanager
def folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder; afterwards it and what runs in it are gone. Clears dead ones first."""
    parent.mkdir(exist_ok=True)
    sweep(parent)
    found = Path(tempfile.mkdtemp(dir=parent, prefix=PREFIX))
    try:
        with (found / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield found
    finally:
        clear(found)


def sweep(parent: Path) -> list[Path]:
    """Clear the folders that dead benches left; return them."""
    dead = [found for found in sorted(parent.glob(f"{PREFIX}*")) if _dead(found)]
    for found in dead:
        clear(found)
    return dead


def _dead(found: Path) -> bool:
    lock = found / _LOCK
    try:
        if not lock.exists():
            return _age(found) > _YOUNG
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Another bench holds it, or has just cleared it.
        return False
    return True


def _age(found: Path) -> float:
    """Return the seconds since it changed, by the clock that wrote the moment."""
    probe = found.parent / f".{found.name}"
    probe.touch()
    try:
        return probe.stat().st_mtime - found.stat().st_mtime
    finally:
        probe.unlink()


def clear(found: Path) -> None:
    """End what runs in a folder, and remove it."""
    mine = members(found)
    for pid, number in mine.items():
        _send(pid, number)
    end = monotonic() + _GRACE
    while any(map(_runs, mine)) and monotonic() < end:
        sleep(0.05)
    for pid in mine:
        if _runs(pid):
            _send(pid, signal.SIGKILL)
    shutil.rmtree(found, ignore_errors=True)


def members(found: Path) -> dict[int, signal.Signals]:
    """Return the processes of a folder, each with the signal that ends it at once.

    They are PostgreSQL's servers whose data lie in it, and children that were given its name. A
    machine without ``/proc`` shows none.
    """
    name = str(found.absolute()).encode()
    theirs: dict[int, signal.Signals] = {}
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if any(word.startswith(name + b"/") for word in words) and b"postgres" in words[0]:
                theirs[int(process.name)] = signal.SIGQUIT
            elif VARIABLE.encode() + b"=" + name in (process / "environ").read_bytes().split(b"\0"):
                theirs[int(process.name)] = signal.SIGTERM
    theirs.pop(os.getpid(), None)
    return theirs


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _runs(pid: int) -> bool:
    """Tell whether a process is there and has not ended: a zombie has."""
    try:
        said = (_PROCESSES / str(pid) / "stat").read_text()
    except OSError:
        return False
    return said.rsplit(")", 1)[-1].split()[0] != "Z"
