"""House-keeping: ``zholdama db clean``, and the same by itself at quiet hours while serving."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import click

from engine.bootstrap import App
from engine.cli.opening import opened
from engine.cli.words import progress, say
from engine.model.people import SYSTEM
from engine.model.text import text
from engine.services import retention, settings
from engine.services.retention import Housekeeping

log = logging.getLogger(__name__)
#: The tick looks this often, so that house-keeping takes a small share of a quiet night.
EVERY = timedelta(minutes=1)


def date_some(app: App) -> int:
    """Date ended cases, one transaction; return how many."""
    with app.database.begin() as uow:
        count = retention.date_ended(uow, app.context)
        uow.commit()
    return count


def remove_some(app: App) -> int:
    """Remove a batch of cases, one transaction; return how many."""
    with app.database.begin() as uow:
        count = retention.remove_batch(uow, app.context, SYSTEM)
        uow.commit()
    return count


def by_itself(app: App, *, every: timedelta = EVERY) -> Callable[[], None]:
    """Return what a tick calls: in the hours set one batch, not again before `every` is over."""
    known = settings.Overlay(app.database, app.context, fresh=60)
    last: list[datetime] = []

    def look() -> None:
        now = app.context.now()
        rested = not last or not timedelta() <= now - last[0] < every
        if not (rested and Housekeeping.read(known.current()).quiet(now)):
            return
        last[:] = [now]
        date_some(app)
        removed = remove_some(app)
        if removed:
            log.info("%d cases were removed, their time to be kept is over", removed)

    return look


@click.command("clean", help="Remove ended cases whose time to be kept is over, now.")
def clean() -> None:
    """Date what ended, remove what is due, say what a vacuum would give back."""
    with opened() as app:
        while date_some(app):
            pass
        removed = 0
        with progress(text("Cases removed"), 0) as bar:
            while count := remove_some(app):
                removed += count
                bar.update(bar.task_ids[0], completed=removed, total=removed)
        say(text("{count} cases were removed.", count=removed))
        with app.database.reading() as uow:
            share = retention.wasted(uow)
    if share:
        say(
            text(
                "{percent} % of the database holds nothing; VACUUM gives it back "
                "(SQLite: while nobody serves it; PostgreSQL: VACUUM ANALYZE at any time)",
                percent=round(share * 100),
            )
        )
