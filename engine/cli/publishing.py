"""The head of the audit chain, written outside the database once a day while serving."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from engine.bootstrap import App
from engine.errors import ZholdamaError
from engine.services import heads

log = logging.getLogger(__name__)
#: How often the tick asks whether a day is over.
EVERY = timedelta(minutes=1)


def publish(app: App, file: Path) -> heads.Head | None:
    """Append the head to a file; None: nothing came to the chain since the last one."""
    with app.database.begin() as uow:
        made = heads.publish(uow, app.context, file)
        uow.commit()
    return made


def publishing(app: App) -> Callable[[], None]:
    """Return what a tick calls: the head is published once a day, by whoever comes first."""
    file = heads.file_of(app.settings.values, app.settings.own_key_file)
    last: list[object] = []

    def look() -> None:
        now = app.context.now()
        minute = int(now.timestamp()) // int(EVERY.total_seconds())
        if file is None or last == [minute]:
            return
        last[:] = [minute]
        with app.database.reading() as uow:
            due = heads.due(uow, app.context)
        if due and file.parent.is_dir():
            _try(app, file)

    return look


def _try(app: App, file: Path) -> None:
    try:
        publish(app, file)
    except (ZholdamaError, OSError):
        log.exception("the head of the audit log could not be published; a minute later again")
