"""``zholdama xes``: the history of cases as an event log for process mining."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from engine.cli.opening import INSPECTOR, opened
from engine.cli.words import progress, say, speaker
from engine.errors import ValueRefused
from engine.model.calendar import ZONE
from engine.model.substitution import begins
from engine.model.text import text
from engine.services.cockpit.statistics import asking, xes

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("xes", help="Write the history of cases as an event log (XES, IEEE 1849).")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--process", default="", metavar="KEY", help="Only cases of this process.")
@click.option("--from", "since", type=DAY, metavar="DAY", help="Only cases begun on or after it.")
@click.option("--until", type=DAY, metavar="DAY", help="Only cases begun on or before it.")
def command(file: Path, process: str, since: datetime | None, until: datetime | None) -> None:
    """Write a log; a file whose name ends with .gz is packed. No names of people are in it."""
    with opened() as app, app.database.reading() as uow:
        today = app.context.now().astimezone(ZONE).date()
        last = until.date() if until else today
        first = since.date() if since else last - (asking.LONGEST - timedelta(days=1))
        if first > last:
            raise ValueRefused(text("The period ends before it begins"))
        query = asking.Query(
            since=begins(first), until=begins(last + timedelta(days=1)), process=process
        )
        total = uow.statistics.count(asking.ground(uow, INSPECTOR, query).scope)
        with progress(text("Cases written"), total) as bar, file.open("wb") as out:
            parts = xes.log(
                uow,
                app.context,
                INSPECTOR,
                query,
                language=speaker.language,
                told=lambda count: bar.advance(bar.task_ids[0], count),
            )
            for part in xes.packed(parts) if file.suffix == ".gz" else parts:
                out.write(part)
    say(text("{count} cases were written to {file}.", count=total, file=file))
