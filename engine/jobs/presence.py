"""Tells the others that this process is there: a row, and a sign of life every ten seconds.

Each sign is a transaction of its own, of one statement. One that fails costs nothing: the next one
is tried ten seconds later, and whoever reads the table takes a process for gone only after three.
A process that works ends on the way the pauses of handlers whose time is over.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from importlib.metadata import PackageNotFoundError, version

from engine.errors import ZholdamaError
from engine.services import pauses
from engine.services.context import Context, Database

log = logging.getLogger(__name__)

#: Seconds between two signs of life.
EVERY = 10.0
#: After so long without one nobody asks for a process any more.
FORGOTTEN = timedelta(days=1)


class Kind(Enum):
    """What a process is for."""

    #: It serves pages, and may work besides.
    WEB = "web"
    #: It only works.
    WORKER = "worker"


class Presence:
    """The row of one process; `start` it, `stop` it."""

    def __init__(
        self, database: Database, ctx: Context, name: str, kind: Kind, *, works: bool
    ) -> None:
        """Name the process as its jobs name it; `works`: it does jobs."""
        self._database = database
        self._ctx = ctx
        self._name = name
        self._kind = kind
        self._works = works
        self._ended = threading.Event()
        self._silent = False
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)

    def start(self) -> None:
        """Say that it is there, then say so again and again in a thread."""
        self._try(self._begin)
        self._thread.start()

    def stop(self) -> None:
        """Say that it goes."""
        self._ended.set()
        self._thread.join(timeout=EVERY)
        self._try(self._end)

    def _live(self) -> None:
        while not self._ended.wait(EVERY):
            self._try(self.beat)

    def _try(self, act: Callable[[], None]) -> None:
        """Act; what fails is told once, and tried again with the next sign."""
        try:
            act()
            self._silent = False
        except ZholdamaError:
            if not self._silent:
                log.warning("no sign of life could be given; it is tried again")
            self._silent = True
        # The thread's last border: an error of ours must not make a living process look dead.
        except Exception:
            log.exception("no sign of life could be given; it is tried again")

    def _begin(self) -> None:
        with self._database.begin() as uow:
            now = uow.database_now()
            uow.executors.forget(now - FORGOTTEN)
            uow.executors.begin(self._row(), now)
            uow.commit()

    def _row(self) -> dict[str, object]:
        topics = sorted(self._ctx.extensions.handlers) if self._works else []
        return {
            "id": self._name,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "kind": self._kind.value,
            "works": self._works,
            "release": release(),
            "topics": topics,
        }

    def beat(self) -> None:
        """Give a sign of life now, and end the pauses that are over."""
        with self._database.begin() as uow:
            known = uow.executors.beat(self._name, uow.database_now())
            if self._works:
                pauses.end_over(uow, self._ctx)
            uow.commit()
        if not known:
            self._begin()

    def _end(self) -> None:
        with self._database.begin() as uow:
            uow.executors.end(self._name, uow.database_now())
            uow.commit()


def release() -> str:
    """Return the version of this program."""
    try:
        return version("zholdama")
    except PackageNotFoundError:
        return "?"
