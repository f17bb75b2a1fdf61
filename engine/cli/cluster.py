"""``zholdama cluster``: several processes on one machine, kept running by this one."""

import signal
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from engine.cli.demo import demo_settings, fill, tell_logins, with_sandboxes
from engine.cli.listening import PORT, listening
from engine.cli.opening import opened
from engine.cli.ownpostgres import OwnPostgres
from engine.cli.waiting import exiting_on
from engine.cli.words import say
from engine.config import Settings
from engine.errors import ValueRefused
from engine.model.text import text
from engine.processes import Child, Keeper, Kept
from engine.watching import logs

#: Where the processes write, and where a PostgreSQL of its own lies.
LOGS, POSTGRESQL = Path("var/log"), Path("var/postgresql")
NUMBER = click.IntRange(1, 64)


@click.command(help="Run several processes of pages and jobs on one machine, until stopped.")
@click.option("--port", type=PORT, envvar="ZHOLDAMA_PORT", default=8080, help="Port to listen on.")
@click.option("--web", type=NUMBER, default=2, show_default=True, help="Processes of pages.")
@click.option("--workers", type=NUMBER, default=2, show_default=True, help="Processes of jobs.")
@click.option("--demo", is_flag=True, help="Make and fill a demo first, with a sandbox beside it.")
def cluster(port: int, web: int, workers: int, demo: bool) -> None:
    """Start a PostgreSQL where none is named, then everything; what dies is started again."""
    with ExitStack() as stack:
        settings = replace(demo_settings(demo=demo), port=port, jobs="clustered")
        logs.configure(settings.watching)
        [shared] = stack.enter_context(listening(settings.host, port))
        settings = replace(settings, port=shared.getsockname()[1])
        server = _server(settings)
        if server is not None:
            server.start()
            stack.callback(server.stop)
            settings = replace(settings, database_url=server.url)
        if demo:
            settings = stack.enter_context(with_sandboxes(settings))
        _furnish(settings, demo=demo)
        children = _children(settings, shared, web, workers)
        _keep([*([server] if server else []), *children], settings)
    say(text("Stopped."))


def _server(settings: Settings) -> OwnPostgres | None:
    """Return a PostgreSQL to be looked after here, unless the settings name one."""
    if settings.database_url.startswith("postgresql"):
        return None
    if settings.database_url != Settings.database_url:
        raise ValueRefused(
            text("Several processes need PostgreSQL: ZHOLDAMA_DATABASE_URL names something else")
        )
    return OwnPostgres(POSTGRESQL)


def _furnish(settings: Settings, *, demo: bool) -> None:
    """Bring the schema, and make the demo."""
    with opened(settings, upgrade=True) as app:
        if demo:
            fill(app)
            tell_logins(app)


def _children(settings: Settings, shared: socket.socket, web: int, workers: int) -> list[Child]:
    LOGS.mkdir(parents=True, exist_ok=True)
    said = settings.as_environment()
    fd = shared.fileno()

    def child(name: str, *arguments: str, fds: tuple[int, ...] = ()) -> Child:
        log = LOGS / f"{name}.log"
        return Child(name, arguments, environment=said, log=log, fds=fds)

    return [
        *(child(f"worker-{n}", "worker") for n in range(1, workers + 1)),
        *(child(f"web-{n}", "serve", "--fd", str(fd), fds=(fd,)) for n in range(1, web + 1)),
    ]


def _keep(kept: list[Kept], settings: Settings) -> None:
    """Run until a signal."""
    keeper = Keeper(kept, _told)
    try:
        with exiting_on(signal.SIGTERM):
            keeper.start()
            url = f"http://{settings.host}:{settings.port}"
            say(text("Zholdama listens on {url} (stop it with Ctrl+C)", url=url))
            keeper.keep()
    except (KeyboardInterrupt, SystemExit):
        say(text("Stopping…"))
    finally:
        keeper.stop()


def _told(one: Kept) -> None:
    say(text("{name}: process {pid}", name=one.name, pid=one.pid))
