"""``zholdama doctor``: what is wrong with this installation, each finding with its remedy."""

import json
from collections.abc import Iterator
from contextlib import suppress

import click

from engine import bootstrap, config
from engine.cli.words import tell
from engine.config import Settings
from engine.errors import Unavailable, ZholdamaError
from engine.model.text import text
from engine.services.context import Database
from engine.store.reach import explained
from engine.watching.doctor import Finding, Level, Patient, examine, refused

#: How a finding is marked, and its level in words.
MARKS = {
    Level.OK: ("+", text("ok")),
    Level.WARNING: ("!", text("warning")),
    Level.ERROR: ("x", text("error")),
}


@click.command(help="Say what is wrong with this installation; exit code 1 if there are errors.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Examine, print, exit with 1 if something does not work."""
    found = list(_found())
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            _show(one)
    if any(one.level is Level.ERROR for one in found):
        raise click.exceptions.Exit(1)


def _found() -> Iterator[Finding]:
    """Open the installation step by step: the first step that fails is the last finding."""
    stage = "settings"
    try:
        settings = config.from_environment()
        bootstrap.load_domains(settings.extensions)
        bootstrap.check_settings(settings)
        stage = "keys"
        bootstrap.keys_of(settings)
        stage = "database"
        _refuse_missing(settings)
        app = bootstrap.build(settings)
    except ZholdamaError as error:
        yield refused(stage, error)
        return
    try:
        # Without a database `examine` says so; the demo's clock is the machine's then.
        with suppress(ZholdamaError), explained(app.database.url, make=False):
            app.sync_clock()
        yield from examine(_patient(app))
    finally:
        app.close()


def _patient(app: bootstrap.App) -> Patient:
    return Patient(settings=app.settings, database=app.database, ctx=app.context)


def _refuse_missing(settings: Settings) -> None:
    """Refuse a SQLite file that is not there: looking would make an empty one."""
    path = Database.file_of(settings.database_url)
    if path is not None and not path.exists():
        raise Unavailable(
            text("There is no database {file}: run 'zholdama db upgrade'", file=str(path))
        )


def _show(one: Finding) -> None:
    mark, level = MARKS[one.level]
    click.echo(f"{mark} {one.check}: {tell(one.said)} ({tell(level)})")
    if one.remedy is not None:
        click.echo(f"    {tell(one.remedy)}")


def _plain(one: Finding) -> dict[str, str]:
    remedy = "" if one.remedy is None else tell(one.remedy)
    return {
        "check": one.check,
        "level": one.level.value,
        "message": tell(one.said),
        "remedy": remedy,
    }
