"""Opens an installation for a command, the way `engine.bootstrap` wires it."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine import bootstrap, config
from engine.bootstrap import App
from engine.config import Settings
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
        else:
            app.database.check_schema()
        app.sync_clock()
        yield app
    finally:
        app.close()


def context() -> Context:
    """Return a context without a database: what a check needs."""
    bootstrap.load_domains(config.from_environment().extensions)
    return Context()
