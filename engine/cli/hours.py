"""The figures of every hour, written by the tick."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from engine.bootstrap import App
from engine.errors import Conflict
from engine.services.cockpit import hourly

log = logging.getLogger(__name__)


def counting(app: App) -> Callable[[], None]:
    """Return what a tick calls: once an hour it writes figures, unless another process did."""
    last: list[datetime] = []

    def look() -> None:
        hour = app.context.now().replace(minute=0, second=0, microsecond=0)
        if last == [hour]:
            return
        # Counted without the lock that a writer of SQLite holds.
        with app.database.reading() as uow:
            found = hourly.gather(uow, app.context)
        with contextlib.suppress(Conflict), app.database.begin() as uow:
            hourly.write(uow, found)
            uow.commit()
        last[:] = [hour]
        log.info("figures of %d hours", len(found))

    return look
