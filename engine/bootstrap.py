"""The only place where things are wired: database, clock, domains, signer, executor."""

from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

from engine.clock import Clock, ShiftedClock, SystemClock
from engine.config import Settings
from engine.errors import ValueRefused
from engine.i18n import add_catalogues
from engine.jobs import executor
from engine.jobs.executor import Executor
from engine.model.text import text
from engine.rehearsing import Rehearsals
from engine.services.context import Context
from engine.services.retention import Housekeeping
from engine.signing import DemoSigner, DemoVerifier
from engine.store import Database, Keys

#: Setting that keeps how far the demo's clock was moved, in seconds.
SHIFT = "clock.shift"


@dataclass(frozen=True, kw_only=True)
class App:
    """An installation, wired. Nothing runs yet, nothing is deployed by itself."""

    #: Settings, the secret key filled in.
    settings: Settings
    #: The database.
    database: Database
    #: What services use.
    context: Context
    #: Does what is due; `Executor.start` has it work in a thread.
    executor: Executor
    #: Rehearsals of the workshop; None: there are none here.
    rehearsals: Rehearsals | None = None

    def sync_clock(self) -> None:
        """Follow the demo's clock when another process moved it; cheap, once a second."""
        clock = self.context.clock
        if isinstance(clock, ShiftedClock):
            clock.offset = shift_of(self.database)

    def close(self) -> None:
        """Close the database's connections, and what rehearsals have open."""
        if self.rehearsals is not None:
            self.rehearsals.close()
        self.database.close()


def load_domains(packages: tuple[str, ...]) -> None:
    """Import packages of domains: their handlers, adapters, faces, tables and catalogues.

    A package is read with its modules ``records``, ``handlers`` and ``forms``, where it has them.

    A package may have a function ``setup()``, called once it is imported, and one
    ``check_settings(values)``, called by `build`. `ValueRefused` names a package that cannot be
    found; an error inside of one is not hidden.
    """
    for name in packages:
        if find_spec(name) is None:
            raise ValueRefused(
                text("There is no package {name}; see ZHOLDAMA_EXTENSIONS", name=name)
            )
        package = import_module(name)
        for part in ("records", "handlers", "forms"):
            if find_spec(f"{name}.{part}") is not None:
                import_module(f"{name}.{part}")
        setup = getattr(package, "setup", None)
        if setup is not None:
            setup()
        add_catalogues(name)


def check_settings(settings: Settings) -> None:
    """Look at the settings: a bad one stops the start, not the first case or night.

    A package's ``check_settings`` raises `ValueRefused` that names the setting.
    """
    Housekeeping.check(settings.values)
    for name in settings.extensions:
        check = getattr(import_module(name), "check_settings", None)
        if check is not None:
            check(settings.values)


def keys_of(settings: Settings, *, create: bool = False) -> Keys:
    """Read the keys; with `create`, make the key file if there is none."""
    if settings.keys:
        return Keys.parse(settings.keys)
    if not create and not settings.key_file.exists():
        raise ValueRefused(
            text(
                "There are no keys: set ZHOLDAMA_KEYS, or have 'zholdama db upgrade' make {file}",
                file=settings.key_file,
            )
        )
    return Keys.load(settings.key_file, create=create)


def shift_of(database: Database) -> timedelta:
    """Return how far the demo's clock was moved."""
    with database.reading() as uow:
        return timedelta(seconds=int(uow.settings.get(SHIFT, "0")))


def build(settings: Settings, *, clock: Clock | None = None, create_keys: bool = False) -> App:
    """Wire an installation. Opens no connection; `App.sync_clock` reads the demo's shift.

    Raises `ValueRefused` for a setting that cannot be, a missing package or missing keys.
    """
    load_domains(settings.extensions)
    check_settings(settings)
    keys = keys_of(settings, create=create_keys)
    database = Database(settings.database_url, keys)
    whole = replace(settings, secret_key=settings.secret_key or keys.blind("session cookies"))
    context = Context(
        clock=clock or (ShiftedClock() if settings.demo else SystemClock()),
        signer=DemoSigner(settings.authority) if settings.authority else None,
        verifier=DemoVerifier(settings.authority) if settings.authority else None,
        settings=settings.values,
    )
    works = Executor(database, context, executor.Settings(lease=settings.lease))
    return App(
        settings=whole,
        database=database,
        context=context,
        executor=works,
        # Beside the keys: what belongs to this machine and to nobody else.
        rehearsals=Rehearsals(settings.key_file.parent / "rehearsals", whole),
    )
