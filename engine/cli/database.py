"""``zholdama db …``: the schema, moving to another database, backups."""

from pathlib import Path

import click

from engine import bootstrap, config
from engine.cli.housekeeping import clean
from engine.cli.opening import opened
from engine.cli.words import progress, say
from engine.errors import ValueRefused
from engine.model.text import text
from engine.services import audit
from engine.store import Database, Keys
from engine.store.moving import backup, copy, restore

NEW_FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("db", help="The database.")
def db() -> None:
    """Hold the commands about the database."""


@db.command("upgrade", help="Bring the schema to the newest version.")
def upgrade() -> None:
    """Run the migrations of every package."""
    with opened(upgrade=True):
        say(text("The schema is up to date."))


db.add_command(clean)


def _keys(settings: config.Settings) -> Keys:
    """Load the domains, whose tables are moved too, and return the keys."""
    bootstrap.load_domains(settings.extensions)
    return bootstrap.keys_of(settings)


@db.command("copy", help="Copy everything to another, empty database; start again what broke off.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option(
    "--anew", is_flag=True, help="Throw away what a broken-off copy left, and begin anew."
)
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=500,
    show_default=True,
    help="Rows per transaction.",
)
def copy_command(source: str, target: str, anew: bool, batch: int) -> None:
    """Copy, compare row by row, verify the chain of the audit log on the copy."""
    keys = _keys(config.from_environment())
    with progress(text("Rows copied and compared"), 0) as bar:
        done = copy(
            source,
            target,
            keys,
            anew=anew,
            batch=batch,
            told=lambda table, done, of: bar.update(
                bar.task_ids[0], completed=done, total=of, description=table
            ),
        )
    rows = sum(one.rows for one in done)
    say(text("{rows} rows in {tables} tables are the same in both.", rows=rows, tables=len(done)))
    _verify(target, keys)
    say(text("Set ZHOLDAMA_DATABASE_URL to the new address; keep the keys where they are."))


def _verify(url: str, keys: Keys) -> None:
    """Say how long the audit chain is; a broken one stops here."""
    database = Database(url, keys)
    try:
        database.check_schema()
        with database.reading() as uow:
            found = audit.verify(uow)
    finally:
        database.close()
    if found.broken:
        raise ValueRefused(text("The chain is broken at entry {number}.", number=found.broken))
    say(text("The chain holds: {count} entries, head {head}.", count=found.count, head=found.head))


@db.command("backup", help="Write everything but the keys into a file, while people work on.")
@click.argument("file", type=NEW_FILE)
def backup_command(file: Path) -> None:
    """Back up the database of the environment."""
    settings = config.from_environment()
    keys = _keys(settings)
    with progress(text("Backup"), 0) as bar:
        made = backup(
            settings.database_url,
            file,
            keys,
            lambda done, of: bar.update(bar.task_ids[0], completed=done, total=of),
        )
    say(text("{file}: {size} bytes ({kind}).", file=made.file, size=made.size, kind=made.kind))
    say(
        text(
            "THE KEYS ARE NOT IN IT. Without {keys} nobody can read this backup: "
            "keep them too, and elsewhere.",
            keys="ZHOLDAMA_KEYS" if settings.keys else settings.key_file,
        )
    )


@db.command("restore", help="Bring a backup back into a database that is empty or not there.")
@click.argument("file", type=OLD_FILE)
def restore_command(file: Path) -> None:
    """Restore into the database of the environment."""
    settings = config.from_environment()
    keys = _keys(settings)
    with progress(text("Restore"), 0) as bar:
        restore(
            file,
            settings.database_url,
            keys,
            lambda done, of: bar.update(bar.task_ids[0], completed=done, total=of),
        )
    say(text("{file} is restored.", file=file))
    _verify(settings.database_url, keys)
    say(
        text(
            "What happened after the backup is gone; what outside systems were told since "
            "may be told again."
        )
    )
