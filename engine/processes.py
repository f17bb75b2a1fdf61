"""The program's own processes: started, waited for, stopped.

A command that runs several of them (`zholdama cluster`, `zholdama bench`) and the trials of
``tests/faults`` start them through here, so that what is tried is what is run.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from engine.errors import Unavailable, ZholdamaError
from engine.model.text import text

log = logging.getLogger(__name__)

#: What a child runs; its arguments follow.
_PROGRAM = (sys.executable, "-c", "from engine.cli import main; main()")
#: Seconds between two looks at a child that is starting.
_LOOK = 0.02
#: Seconds after which something that was started counts as steady, and the longest pause before
#: something that is not steady is started again.
STEADY, LONGEST_PAUSE = 20.0, 10.0


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
    return found


class Child:
    """One process of ``zholdama``; each start is a new one with the same arguments.

    It is watched on a port of its own (``ZHOLDAMA_METRICS_PORT``), which tells when it is ready.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        fds: Sequence[int] = (),
        folder: Path | None = None,
    ) -> None:
        """Name it; nothing runs yet.

        `environment` is added to this process's own; what it writes goes to the end of `log`, or
        where this process writes; `fds` are handed on; `folder` is where it runs.
        """
        self.name = name
        self.port = free_port()
        self._arguments = tuple(arguments)
        self._environment = dict(environment or {})
        self._log = log
        self._fds = tuple(fds)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the process that runs, or of the last one."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start; returns at once."""
        said = {**os.environ, **self._environment, "ZHOLDAMA_METRICS_PORT": str(self.port)}
        stream = None if self._log is None else self._log.open("ab")
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [*_PROGRAM, *self._arguments],
                env={**said, "PYTHONUNBUFFERED": "1"},
                cwd=self._folder,
                stdout=stream,
                stderr=stream,
                pass_fds=self._fds,
            )
        finally:
            if stream is not None:
                stream.close()

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.poll() is None

    def code(self) -> int | None:
        """Return what it ended with, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def wait_ready(self, patience: float = 60.0) -> None:
        """Wait until it says that it can work; `Unavailable` if it ends, or does not in time."""
        end = monotonic() + patience
        while not self.ready():
            if not self.alive() or monotonic() > end:
                raise Unavailable(text("The process {name} did not start", name=self.name))
            sleep(_LOOK)

    def ready(self) -> bool:
        """Tell whether it says that it can work."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self._process is not None and self.alive():
            self._process.send_signal(number)

    def leave(self) -> None:
        """Have it begin to stop; returns at once."""
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL), and bury it."""
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def stop(self, grace: float = 20.0) -> int:
        """Have it stop in order (SIGTERM); kill it if it does not; return its exit code."""
        if self._process is None:
            return 0
        self.leave()
        try:
            return self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()


class Kept(Protocol):
    """Something that is to run all the time."""

    name: str

    @property
    def pid(self) -> int:
        """Return the id of its process."""
        ...

    def start(self) -> None:
        """Start it; `ZholdamaError` or `OSError` if it cannot be."""
        ...

    def alive(self) -> bool:
        """Tell whether it runs."""
        ...

    def leave(self) -> None:
        """Have it begin to stop, unless others need it to; returns at once."""
        ...

    def stop(self) -> object:
        """Have it stop in order, and wait for that."""
        ...


class Keeper:
    """Keeps processes running: what ended is started again, at once, then after longer pauses.

    For one machine without a service manager of its own; it holds no state.
    """

    def __init__(self, kept: Sequence[Kept], on_start: Callable[[Kept], None]) -> None:
        """Keep these, in this order; `on_start` hears of every start."""
        self._kept = kept
        self._on_start = on_start
        self._again = {one.name: _Again() for one in kept}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start all, in order; an error of the first one that cannot be started is raised."""
        for one in self._kept:
            self._start(one)

    def keep(self) -> None:
        """Look after them until `release` is called, or a signal raises here."""
        while not self._stopping.wait(_LOOK):
            for one in self._kept:
                if not one.alive() and self._again[one.name].due():
                    self._restart(one)

    def release(self) -> None:
        """Have `keep` return."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop all: who can at once, then whoever is left, the last first."""
        for one in self._kept:
            one.leave()
        for one in reversed(self._kept):
            one.stop()

    def _start(self, one: Kept) -> None:
        self._again[one.name].note()
        one.start()
        self._on_start(one)

    def _restart(self, one: Kept) -> None:
        log.warning("%s (process %d) ended; it is started again", one.name, one.pid)
        try:
            self._start(one)
        except (ZholdamaError, OSError):
            log.warning("%s could not be started", one.name, exc_info=True)


class _Again:
    """When something that ended may be started again."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._pause = 0.0

    def note(self) -> None:
        """A start is being tried."""
        now = monotonic()
        lasted = now - self._began
        self._pause = 0.0 if lasted > STEADY else min(max(self._pause * 2, 0.5), LONGEST_PAUSE)
        self._began = now

    def due(self) -> bool:
        """Tell whether the pause since the last start is over."""
        return monotonic() - self._began >= self._pause
