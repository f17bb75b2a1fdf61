"""``zholdama serve`` and ``worker``: what runs until it is stopped."""

import ctypes
import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from socket import socket
from typing import Protocol

import click

from engine import config
from engine.bootstrap import App
from engine.cli.demo import demo_settings, fill, tell_logins, with_sandboxes
from engine.cli.hours import counting
from engine.cli.housekeeping import by_itself
from engine.cli.listening import PORT, handed_over, listening
from engine.cli.opening import opened
from engine.cli.publishing import publishing
from engine.cli.waiting import exiting_on, until_stopped
from engine.cli.watching import expect_tick, expect_work, watched
from engine.cli.words import say
from engine.jobs.lock import alone
from engine.jobs.presence import Kind, Presence
from engine.jobs.scheduler import Tick
from engine.model.text import text
from engine.store import Database
from engine.watching import logs
from engine.watching.health import Health

#: glibc's number of "how many arenas may there be" (``malloc.h``).
_ARENAS = -8


def save_memory() -> None:
    """Have all threads take memory from one arena; must come before the first thread.

    By itself glibc gives each thread an arena of its own, and each keeps what its largest page
    took: 7 of 147 MB. Nobody waits for the one that is left: Python runs one thread at a time.
    """
    # Elsewhere (musl, macOS) there is no such switch, and nothing to be switched.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)


def settle() -> None:
    """Look no more for garbage in what a process has made for good when it starts.

    Python walks all that lives whenever it collects: with our code and tables that held a page up
    for 150 ms now and then.
    """
    gc.collect()
    gc.freeze()


@click.command(help="Serve the pages and, unless clustered, do the jobs, until stopped.")
@click.option("--port", type=PORT, envvar="ZHOLDAMA_PORT", default=8080, help="Port to listen on.")
@click.option("--demo", is_flag=True, help="Make and fill a demo first, with a sandbox beside it.")
@click.option(
    "--fd",
    type=click.IntRange(3),
    help="Listen on this open socket, which several processes may share (systemd: 3).",
)
def serve(port: int, demo: bool, fd: int | None) -> None:
    """Run web server, tick and, unless there are workers for it, an executor in one process."""
    save_memory()
    settings = replace(demo_settings(demo=demo), port=port)
    logs.configure(settings.watching)
    with ExitStack() as stack:
        # From here on whatever is open is closed in order, also while it is still being opened.
        stack.enter_context(exiting_on(signal.SIGTERM))
        # The port first: nothing is made for a server that could not listen.
        sockets = stack.enter_context(
            listening(settings.host, port) if fd is None else handed_over(fd)
        )
        if demo:
            found = sockets[0].getsockname()[1]
            settings = stack.enter_context(with_sandboxes(replace(settings, port=found)))
        app = stack.enter_context(opened(settings, upgrade=demo, works=True))
        if demo:
            fill(app)
        pages = threading.Event()
        health = stack.enter_context(watched(app, pages=pages.is_set))
        stack.enter_context((waking if settings.clustered else working)(app, health))
        _serve(app, sockets, health, pages)
    say(text("Stopped."))


def _serve(app: App, sockets: list[socket], health: Health, pages: threading.Event) -> None:
    # Imported here: the other commands need no pages.
    from engine.cli.webserver import WebServer  # noqa: PLC0415  a worker has no pages
    from engine.web import create_app  # noqa: PLC0415  the same

    server = WebServer(create_app(app, health), sockets, proxy=app.settings.proxy)
    settle()
    url = f"http://{app.settings.host}:{server.port}"
    tell_logins(app)
    say(text("Zholdama listens on {url} (stop it with Ctrl+C)", url=url))
    server.run(pages.set)


@contextmanager
def working(app: App, health: Health | None = None, kind: Kind = Kind.WEB) -> Iterator[None]:
    """Have the executor work, woken by the tick and by what commits here."""
    app.context.bell.listen(app.executor.wake)
    beat = expect_work(health or Health(app.database), app)
    own = (by_itself(app), publishing(app), counting(app))
    tick = Tick(beat, app.sync_clock, app.executor.wake, *own)
    file = Database.file_of(app.settings.database_url)
    with alone(file), _running(app.executor, tick, _presence(app, kind)):
        yield


@contextmanager
def working_with_others(app: App, health: Health) -> Iterator[None]:
    """Have the executor work, woken by what commits anywhere in the cluster, and by its tick."""
    from engine.jobs.cluster import Listener  # noqa: PLC0415  see `engine.cli.opening`

    app.context.bell.listen(app.executor.wake)
    listener = Listener(app.database, app.executor.wake, by_itself(app, every=timedelta()))
    own = (publishing(app), counting(app))
    tick = Tick(expect_work(health, app), app.sync_clock, *own)
    with _running(app.executor, tick, listener, _presence(app, Kind.WORKER)):
        yield


@contextmanager
def waking(app: App, health: Health) -> Iterator[None]:
    """Do no jobs here, but have those of the cluster who do them be woken by what commits."""
    from engine.jobs.cluster import WakeUps  # noqa: PLC0415  see `engine.cli.opening`

    app.context.bell.carry(WakeUps())
    here = _presence(app, Kind.WEB, works=False)
    with _running(Tick(expect_tick(health), app.sync_clock), here):
        yield


def _presence(app: App, kind: Kind, *, works: bool = True) -> Presence:
    return Presence(app.database, app.context, app.executor.name, kind, works=works)


class _Runs(Protocol):
    """What works in the background."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End in order."""
        ...


@contextmanager
def _running(*parts: _Runs) -> Iterator[None]:
    """Start them in order, stop them in the opposite one."""
    with ExitStack() as stack:
        for part in parts:
            part.start()
            stack.callback(part.stop)
        yield


@click.command(help="Do jobs only: an executor beside a server, on the same database.")
def worker() -> None:
    """Run tick and executor until stopped."""
    save_memory()
    settings = config.from_environment()
    logs.configure(settings.watching)
    work = working_with_others if settings.clustered else partial(working, kind=Kind.WORKER)
    with ExitStack() as stack:
        stack.enter_context(exiting_on(signal.SIGTERM))
        app = stack.enter_context(opened(settings, works=True))
        stack.enter_context(work(app, stack.enter_context(watched(app))))
        say(text("Working as {name} (stop with Ctrl+C)", name=app.executor.name))
        until_stopped()
    say(text("Stopped."))
