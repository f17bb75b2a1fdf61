"""``zholdama demo`` and ``sandbox``: an installation to try, with the outside systems beside it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from engine import config
from engine.bootstrap import App
from engine.cli.files import FOLDERS, gather
from engine.cli.listening import PORT, listening
from engine.cli.offers import offers
from engine.cli.opening import opened
from engine.cli.waiting import until_stopped
from engine.cli.words import progress, say
from engine.config import Settings
from engine.demo import Cast, Play, merged
from engine.errors import ValueRefused
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.services import definitions

#: Setting that tells how far the making of a demo came.
MARK, FILLING = "demo", "filling"


def demo_settings(*, demo: bool) -> Settings:
    """Return the settings of the environment, with those of a demo if it is one."""
    settings = config.from_environment()
    if not demo:
        return settings
    return replace(
        settings,
        demo=True,
        demo_password=settings.demo_password or "zholdama",
        authority=settings.authority or Path("var/authority"),
    )


def tell_logins(app: App) -> None:
    """List the demo's accounts, as the page of sign-in does in the demo."""
    if not app.settings.demo:
        return
    say(text("Sign in with password {password} as:", password=app.settings.demo_password))
    for one in merged(one for cast in _casts(app) for one in cast.officers):
        roles = ", ".join(map(str, one.memberships))
        click.echo(f"  {one.login:<24} {one.name} ({roles})")


def _casts(app: App) -> list[Cast]:
    return [cast() for cast in offers(app.settings.extensions, "demo", "cast")]


@click.command(help="Fill an empty installation with the demo's offices, people and cases.")
def demo() -> None:
    """Deploy the project's processes and let the domains fill the database."""
    with (
        with_sandboxes(demo_settings(demo=True)) as settings,
        opened(settings, upgrade=True) as app,
    ):
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
    """Take over what changed since the demo was made, but for what an analyst deployed over it."""
    with app.database.begin() as uow:
        if definitions.was_deployed(uow, files):
            return
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
    settings = demo_settings(demo=True)
    with listening(settings.host, port):
        pass
    with with_sandboxes(settings, port) as found:
        for name, value in sorted(found.values.items()):
            click.echo(f"{name} = {value}")
        say(text("The sandbox is up (stop it with Ctrl+C)"))
        until_stopped()


@contextmanager
def with_sandboxes(settings: Settings, port: int = 0) -> Iterator[Settings]:
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
