"""``zholdama deploy``."""

from datetime import datetime
from pathlib import Path

import click

from engine.cli.files import gather
from engine.cli.opening import opened
from engine.cli.words import say
from engine.errors import ValueRefused
from engine.model.calendar import ZONE
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.services import deploying

PLACE = click.Path(path_type=Path)


@click.command(help="Deploy a folder of diagrams, tables and forms, together and unchangeable.")
@click.argument("paths", nargs=-1, required=True, type=PLACE, metavar="DIR…")
@click.option("--note", default="", help="What changed, for the list of deployments.")
@click.option("--tag", default="", help="Short name of the deployment, e.g. of a release.")
@click.option(
    "--from",
    "since",
    default="",
    metavar="MOMENT",
    help="When it takes effect, e.g. '2027-01-01 00:00' (time of Almaty); at once without it.",
)
def deploy(paths: tuple[Path, ...], note: str, tag: str, since: str) -> None:
    """Deploy what changed; say of which processes there is a new version now."""
    wish = deploying.Wish(note=note, tag=tag, active_from=moment(since))
    gathered = gather(list(paths))
    with opened() as app, app.database.begin() as uow:
        uow.definitions.lock()
        before = uow.definitions.number_of_newest()
        name = deploying.deploy(uow, app.context, SYSTEM, gathered.files, wish)
        made = uow.definitions.deployment(name)
        files = len(uow.definitions.files(name))
        versions = sorted((one.key, one.version) for one in uow.definitions.of_deployment(name))
        uow.commit()
    later = made is not None and made.state == deploying.SCHEDULED
    if made is None or not (later or made.number > before):
        say(text("Nothing changed: {name} stands.", name=name))
        return
    say(text("Deployed {files} files as {name}.", files=files, name=name))
    for key, version in versions:
        say(text("{process}: version {version}", process=key, version=version))
    if later:
        at = f"{made.active_from.astimezone(ZONE):%Y-%m-%d %H:%M}"
        say(text("It takes effect on {moment}.", moment=at))


def moment(said: str) -> datetime | None:
    """Read a local moment (Asia/Almaty), ISO 8601; nothing: None. `ValueRefused`."""
    if not said.strip():
        return None
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError as problem:
        raise ValueRefused(
            text("{said} is no moment such as 2027-01-01 00:00", said=said)
        ) from problem
    return found if found.tzinfo else found.replace(tzinfo=ZONE)
