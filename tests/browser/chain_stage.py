"""A whole installation for the chain: bootstrap's wiring, sandbox, executor, tick and server.

Only the calendar day is not the machine's: the demo's clock begins on a Monday morning, and an
administrator moves it, in the browser, as on any demo.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from waitress.server import create_server

from engine.bootstrap import SHIFT, App, build
from engine.cli.serving import working
from engine.clock import ShiftedClock, SystemClock
from engine.config import Settings, domains
from engine.store import Keys
from engine.web import create_app
from handlers.registries.sandbox.server import Sandbox
from tests.acceptance.kandas_stage import PASSWORD, make_template, start_sandbox

#: Monday, 7 September 2026, 10:00 in Kazakhstan.
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Running:
    """An installation that runs."""

    #: Address of the pages.
    address: str
    #: The wired installation.
    app: App
    #: The outside systems.
    sandbox: Sandbox


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Furnish an installation in a folder and run it on a free port of this machine."""
    written = Keys.generate()
    path = folder / "installation.db"
    shutil.copyfile(make_template(folder, Keys.parse(written)), path)
    sandbox = start_sandbox(folder / "authority")
    settings = Settings(
        database_url=f"sqlite:///{path}",
        keys=written,
        demo=True,
        demo_password=PASSWORD,
        authority=sandbox.keys,
        extensions=domains(),
        values={**sandbox.settings, "registries.timeout": "15"},
    )
    shift = START - SystemClock().now()
    app = build(settings, clock=ShiftedClock(shift))
    with app.database.begin() as uow:
        uow.settings.set(SHIFT, str(int(shift.total_seconds())))
        uow.commit()
    try:
        with working(app), _served(app) as address:
            yield Running(address=address, app=app, sandbox=sandbox)
    finally:
        app.close()
        sandbox.stop()


@contextmanager
def _served(app: App) -> Iterator[str]:
    server = create_server(create_app(app), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=5)
