"""This machine's clock beside the database's.

What is due goes by the database's clock, so a wrong machine fires no timer early and drops none.
But records carry the machine's: when a form was signed, from which day a term runs, in which order
things happened. So an installation in earnest does not start on a clock that is more than a minute
off; one that goes wrong later is named by ``zholdama doctor`` and goes on, because stopping a
country's offices is worse than a minute.
"""

from datetime import timedelta

from engine.clock import SystemClock
from engine.store import Database

#: Skew that is worth a word, and that makes records wrong; seconds.
SKEW, MUCH_SKEW = 5.0, 60.0


def ahead(database: Database) -> timedelta:
    """Return how far this machine's clock is ahead of the database's; negative: behind it."""
    with database.reading() as uow:
        # Once before: the connection is open then, and only the clock is compared.
        uow.database_now()
        before = SystemClock().now()
        theirs = uow.database_now()
        after = SystemClock().now()
    return before + (after - before) / 2 - theirs
