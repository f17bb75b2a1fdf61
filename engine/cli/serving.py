"""``zholdama serve``, ``worker``, ``demo`` and ``sandbox``: what runs until it is stopped."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import socket
from types import FrameType
from typing import Protocol

import click

from engine import config
from engine.bootstrap import App
from engine.cli.files import FOLDERS, gather
from engine.cli.housekeeping import by_itself
from engine.cli.listening import handed_over, listening
from engine.cli.offers import offers
from engine.cli.opening import opened
from engine.cli.watching import expect_tick, expect_work, watched
from engine.cli.words import progress, say
from engine.config import Settings
from engine.demo import Cast, Play, merged
from engine.errors import ValueRefused
from engine.jobs.lock import alone
from engine.jobs.scheduler import Tick
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.services import definitions
from engine.store import Database
from engine.watching import logs
from engine.watching.health import Health

PORT = click.IntRange(0, 65535)
#: Requests at once.
THREADS = 8
#: Setting that tells how far the making of a demo came.
MARK, FILLING = "demo", "filling"


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
    settings = replace(_settings(demo=demo), port=port)
    logs.configure(settings.watching)
    with ExitStack() as stack:
        # The port first: nothing is made for a server that could not listen.
        sockets = stack.enter_context(
            listening(settings.host, port) if fd is None else handed_over(fd)
        )
        if demo:
            found = sockets[0].getsockname()[1]
            settings = stack.enter_context(_with_sandboxes(replace(settings, port=found)))
        app = stack.enter_context(opened(settings, upgrade=demo))
        if demo:
            fill(app)
        health = stack.enter_context(watched(app))
        stack.enter_context((waking if settings.clustered else working)(app, health))
        _serve(app, sockets, health)
    say(text("Stopped."))


def _serve(app: App, sockets: list[socket], health: Health) -> None:
    # Imported here: the other commands need no pages.
    from waitress import create_server  # type: ignore[import-untyped]  # noqa: PLC0415

    from engine.web import create_app  # noqa: PLC0415

    # It warns whenever a request waits for a thread; eight threads on two cores always have some.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        create_app(app, health),
        sockets=sockets,
        threads=THREADS,
        ident=None,
        **proxied(app.settings.proxy),
    )
    url = f"http://{app.settings.host}:{server.effective_port}"
    _tell_logins(app)
    say(text("Zholdama listens on {url} (stop it with Ctrl+C)", url=url))
    with _exiting_on(signal.SIGTERM):
        server.run()


def proxied(proxy: str) -> dict[str, object]:
    """Return how waitress is to believe a reverse proxy.

    Without it all people behind one share its address, and with it their attempts to sign in.
    """
    if not proxy:
        return {}
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


def _tell_logins(app: App) -> None:
    """List the demo's accounts, as the page of sign-in does in the demo."""
    if not app.settings.demo:
        return
    say(text("Sign in with password {password} as:", password=app.settings.demo_password))
    for one in merged(one for cast in _casts(app) for one in cast.officers):
        roles = ", ".join(map(str, one.memberships))
        click.echo(f"  {one.login:<24} {one.name} ({roles})")


def _casts(app: App) -> list[Cast]:
    return [cast() for cast in offers(app.settings.extensions, "demo", "cast")]


def _settings(*, demo: bool) -> Settings:
    settings = config.from_environment()
    if not demo:
        return settings
    return replace(
        settings,
        demo=True,
        demo_password=settings.demo_password or "zholdama",
        authority=settings.authority or Path("var/authority"),
    )


@contextmanager
def working(app: App, health: Health | None = None) -> Iterator[None]:
    """Have the executor work, woken by the tick and by what commits here."""
    app.context.bell.listen(app.executor.wake)
    beat = expect_work(health or Health(app.database), app)
    tick = Tick(beat, app.sync_clock, app.executor.wake, by_itself(app))
    file = Database.file_of(app.settings.database_url)
    with alone(file), _running(app.executor, tick):
        yield


@contextmanager
def working_with_others(app: App, health: Health) -> Iterator[None]:
    """Have the executor work, woken by what commits anywhere in the cluster, and by its tick."""
    from engine.jobs.cluster import Listener  # noqa: PLC0415  see `engine.cli.opening`

    app.context.bell.listen(app.executor.wake)
    listener = Listener(app.database, app.executor.wake, by_itself(app, every=timedelta()))
    tick = Tick(expect_work(health, app), app.sync_clock)
    with _running(app.executor, tick, listener):
        yield


@contextmanager
def waking(app: App, health: Health) -> Iterator[None]:
    """Do no jobs here, but have those of the cluster who do them be woken by what commits."""
    from engine.jobs.cluster import WakeUps  # noqa: PLC0415

    app.context.bell.carry(WakeUps())
    with _running(Tick(expect_tick(health), app.sync_clock)):
        yield


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


@contextmanager
def _exiting_on(number: signal.Signals) -> Iterator[None]:
    """Leave by `SystemExit` on a signal, so that everything open is closed in order."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    before = signal.signal(number, leave)
    try:
        yield
    finally:
        signal.signal(number, before)


@click.command(help="Do jobs only: an executor beside a server, on the same database.")
def worker() -> None:
    """Run tick and executor until stopped."""
    settings = config.from_environment()
    logs.configure(settings.watching)
    work = working_with_others if settings.clustered else working
    with opened(settings) as app, watched(app) as health, work(app, health):
        say(text("Working as {name} (stop with Ctrl+C)", name=app.executor.name))
        with _exiting_on(signal.SIGTERM):
            _wait()
    say(text("Stopped."))


def _wait() -> None:
    """Sleep until a signal ends it."""
    try:
        threading.Event().wait()
    except (KeyboardInterrupt, SystemExit):
        return


@click.command(help="Fill an empty installation with the demo's offices, people and cases.")
def demo() -> None:
    """Deploy the project's processes and let the domains fill the database."""
    with _with_sandboxes(_settings(demo=True)) as settings, opened(settings, upgrade=True) as app:
        fill(app)


def fill(app: App) -> None:
    """Deploy what the project holds, and play what each domain brings; again does nothing.

    Raises `ValueRefused` for a demo whose making was broken off: half of one misleads.
    """
    if _marked(app) == FILLING:
        raise ValueRefused(
            text(
                "The making of the demo was broken off. Delete {database} and start again.",
                database=app.database.url.database or "",
            )
        )
    folders = [Path(name) for name in FOLDERS if Path(name).is_dir()]
    if not folders:
        raise ValueRefused(text("There is no folder 'processes' here: start it in the project."))
    files = gather(folders).files
    if _marked(app):
        _deploy(app, files)
        return
    _mark(app, FILLING)
    with progress(text("Demo cases"), 0) as bar:
        play = Play(
            app,
            _casts(app),
            lambda done, of: bar.update(bar.task_ids[0], completed=done, total=of),
        )
        play.furnish(files, app.settings.demo_password or "zholdama")
        play.play()
    _mark(app, "made")


def _deploy(app: App, files: Mapping[str, bytes]) -> None:
    """Take over what changed since the demo was made."""
    with app.database.begin() as uow:
        definitions.deploy(uow, app.context, SYSTEM, files, "demo")
        uow.commit()


def _mark(app: App, said: str) -> None:
    with app.database.begin() as uow:
        uow.settings.set(MARK, said)
        uow.commit()


def _marked(app: App) -> str:
    with app.database.reading() as uow:
        return uow.settings.get(MARK)


@click.command(help="Start the sandbox of the outside systems alone, until stopped.")
@click.option("--port", type=PORT, default=8801, help="Port to listen on.")
def sandbox(port: int) -> None:
    """Run the sandbox of the first domain that offers one."""
    settings = _settings(demo=True)
    with listening(settings.host, port):
        pass
    with _with_sandboxes(settings, port) as found:
        for name, value in sorted(found.values.items()):
            click.echo(f"{name} = {value}")
        say(text("The sandbox is up (stop it with Ctrl+C)"))
        with _exiting_on(signal.SIGTERM):
            _wait()


@contextmanager
def _with_sandboxes(settings: Settings, port: int = 0) -> Iterator[Settings]:
    """Start every sandbox that a domain offers; yield the settings that lead handlers to them.

    Each is told where the installation is: some outside systems speak first.
    """
    running = [start(port) for start in offers(settings.extensions, "sandbox", "start")]
    try:
        for one in running:
            one.home(f"http://{settings.host}:{settings.port}")
            settings = settings.with_values(one.settings)
        yield settings
    finally:
        for one in running:
            one.stop()
