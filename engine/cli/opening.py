"""Opens an installation for a command, the way `engine.bootstrap` wires it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from engine import bootstrap, config
from engine.bootstrap import App
from engine.config import Settings
from engine.errors import Unavailable
from engine.model.people import ADMIN, Actor, ActorKind, Candidate
from engine.model.text import text
from engine.services import calendar
from engine.services.context import Context
from engine.store.gauges import Gauges
from engine.store.reach import explained
from engine.watching import clocks

log = logging.getLogger(__name__)

#: Whoever has a shell on the machine may look at every case; it is recorded as the system's look.
INSPECTOR = Actor(
    kind=ActorKind.SYSTEM, name="command line", memberships=frozenset({Candidate(ADMIN, "*")})
)


@contextmanager
def opened(
    settings: Settings | None = None, *, upgrade: bool = False, works: bool = False
) -> Iterator[App]:
    """Open the installation of the environment, or of these settings; close it afterwards.

    With `upgrade` keys, folder and schema are made where they are missing; without it, a schema
    that is not this program's is `Unavailable`. So is a database that cannot be reached, or that
    was written with other keys: the sentence says what to mend. With `works` (it will serve or do
    jobs) so is a clock that is far off the database's.
    """
    asked = settings or config.from_environment()
    made = upgrade and not asked.keys and not asked.key_file.exists()
    if made:
        asked.key_file.parent.mkdir(parents=True, exist_ok=True)
    app = bootstrap.build(asked, create_keys=upgrade)
    try:
        with explained(app.database.url, make=upgrade):
            _prepare(app, upgrade=upgrade, keys_made=made)
        if works:
            _check_clock(app)
        yield app
    finally:
        app.close()


def _prepare(app: App, *, upgrade: bool, keys_made: bool) -> None:
    if upgrade:
        app.database.upgrade()
    else:
        app.database.check_schema()
    _check_keys(app, made=keys_made)
    if upgrade:
        _seed_calendar(app)
        _wake_ups().install(app.database)
    if app.settings.clustered:
        _wake_ups().check(app.database)
    app.sync_clock()


def _check_keys(app: App, *, made: bool) -> None:
    """Refuse keys that do not open what the database holds; two rows are read.

    Keys that were `made` a moment ago for a database that has others go again. After any other
    failure they stay: somebody else who starts at this moment may work with them already.
    """
    try:
        with app.database.reading() as uow:
            Gauges(uow).unseal_one()
    except Unavailable as problem:
        if made:
            app.settings.key_file.unlink(missing_ok=True)
        raise Unavailable(
            text(
                "The keys do not open what the database holds: bring back those it was "
                "written with ({keys})",
                keys="ZHOLDAMA_KEYS" if app.settings.keys else app.settings.key_file,
            )
        ) from problem


def _check_clock(app: App) -> None:
    """Refuse a clock that would make records wrong; the demo's people are invented anyway."""
    seconds = clocks.ahead(app.database).total_seconds()
    if abs(seconds) <= clocks.MUCH_SKEW or app.settings.demo:
        tell = log.warning if abs(seconds) > clocks.SKEW else log.info
        tell("this machine's clock is %+.1f s off the database's", seconds)
        return
    ahead = text(
        "This machine's clock is {seconds} s ahead of the database's: records would carry wrong "
        "moments. Have both machines keep time by NTP, then start again",
        seconds=f"{seconds:.0f}",
    )
    behind = text(
        "This machine's clock is {seconds} s behind the database's: records would carry wrong "
        "moments. Have both machines keep time by NTP, then start again",
        seconds=f"{-seconds:.0f}",
    )
    raise Unavailable(ahead if seconds > 0 else behind)


def _wake_ups() -> ModuleType:
    from engine.jobs import cluster  # noqa: PLC0415  a quarter of a second, for who needs it

    return cluster


def _seed_calendar(app: App) -> None:
    """Give the years around this one their days off; a year that has some is left as it is."""
    this = app.context.now().year
    with app.database.begin() as uow:
        empty = [year for year in range(this - 1, this + 3) if not calendar.list_days(uow, year)]
        if calendar.seed(uow, app.context, empty):
            uow.commit()


def context() -> Context:
    """Return a context without a database: what a check needs."""
    bootstrap.load_domains(config.from_environment().extensions)
    return Context()
