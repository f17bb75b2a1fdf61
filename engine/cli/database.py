"""``zholdama db upgrade``."""

import click

from engine.cli.opening import opened
from engine.cli.words import say
from engine.model.text import text


@click.group("db", help="The database.")
def db() -> None:
    """Hold the commands about the database."""


@db.command("upgrade", help="Bring the schema to the newest version.")
def upgrade() -> None:
    """Run the migrations of every package."""
    with opened(upgrade=True):
        say(text("The schema is up to date."))
