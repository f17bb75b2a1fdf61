"""Opens an installation for a command, the way `engine.bootstrap` wires it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from engine import bootstrap, config
from engine.bootstrap import App
from engine.config import Settings
from engine.services import calendar
from engine.services.context import Context


@contextmanager
def opened(settings: Settings | None = None, *, upgrade: bool = False) -> Iterator[App]:
    """Open the installation of the environment, or of these settings; close it afterwards.

    With `upgrade` keys, folder and schema are made where they are missing; without it, a schema
    that is not this program's is `Unavailable`.
    """
    asked = settings or config.from_environment()
    if upgrade:
        asked.key_file.parent.mkdir(parents=True, exist_ok=True)
    app = bootstrap.build(asked, create_keys=upgrade)
    try:
        if upgrade:
            app.database.upgrade()
            _seed_calendar(app)
            _wake_ups().install(app.database)
        else:
            app.database.check_schema()
        if asked.clustered:
            _wake_ups().check(app.database)
        app.sync_clock()
        yield app
    finally:
        app.close()


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
