"""A whole installation for a story: bootstrap's wiring, sandbox, executor, tick and server.

Only the calendar day is not the machine's: the demo's clock begins on a Monday morning, and an
administrator moves it, in the browser, as on any demo.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.bootstrap import SHIFT, App, build
from engine.cli.serving import working
from engine.clock import ShiftedClock, SystemClock
from engine.config import Settings, domains
from engine.store import Keys
from engine.web import create_app
from handlers.kandas import staff as kandas_staff
from handlers.kandas.rehearsal import Case
from handlers.registries.sandbox.families import families
from handlers.registries.sandbox.server import Sandbox
from handlers.support import staff as support_staff
from tests.acceptance.kandas_stage import (
    PASSWORD,
    Stage,
    make_template,
    on_stage,
    start_sandbox,
)
from tests.serving import served

#: Monday, 7 September 2026, 10:00 in Kazakhstan.
START = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)

#: Whose offices and people there are.
CASTS = (kandas_staff, support_staff)
#: Other families at the centre, for pictures: where they are left, when they came, where they go.
BEFORE = (
    ("recheck", datetime(2026, 9, 3, 5, 0, tzinfo=UTC), "10"),
    ("rework", datetime(2026, 9, 4, 5, 0, tzinfo=UTC), "59"),
    ("application", datetime(2026, 9, 4, 10, 0, tzinfo=UTC), "10"),
    ("scans", datetime(2026, 9, 7, 4, 10, tzinfo=UTC), "59"),
    ("recheck", datetime(2026, 9, 7, 4, 20, tzinfo=UTC), "10"),
    ("registration", datetime(2026, 9, 7, 4, 40, tzinfo=UTC), "47"),
)
RETURNED = {
    "decision": "return",
    "remarks": [{"field": "members", "text": "Отбасы құрамы картаға сәйкес емес"}],
}


@dataclass(frozen=True, kw_only=True)
class Running:
    """An installation that runs."""

    #: Address of the pages.
    address: str
    #: The wired installation.
    app: App
    #: The outside systems.
    sandbox: Sandbox


def neighbours(stage: Stage) -> None:
    """Have other families come before ours."""
    for number, (stop, moment, destination) in enumerate(BEFORE):
        stage.until(moment)
        case = stage.open(families()[number], "cc.61.1", destination)
        _play(stage, case, stop)


def _play(stage: Stage, case: Case, stop: str) -> None:
    for _ in range(12):
        (here,) = stage.open_elements(case)
        if here == stop:
            return
        stage.work(case, here, RETURNED if stop == "rework" and here == "head_check" else None)
    raise AssertionError(f"{stop} was never reached")


@contextmanager
def running(
    folder: Path, *, before: Callable[[Stage], None] | None = None, start: datetime = START
) -> Iterator[Running]:
    """Furnish an installation in a folder and run it on a free port of this machine.

    `before` has things happen, as if people had done them, before anybody looks.
    """
    written = Keys.generate()
    path = make_template(folder, Keys.parse(written), CASTS)
    sandbox = start_sandbox(folder / "authority")
    if before is not None:
        with on_stage(path, folder, Keys.parse(written), sandbox) as stage:
            before(stage)
        path = folder / "case.db"
    settings = Settings(
        database_url=f"sqlite:///{path}",
        keys=written,
        demo=True,
        demo_password=PASSWORD,
        authority=sandbox.keys,
        extensions=domains(),
        values={**sandbox.settings, "registries.timeout": "15"},
    )
    shift = start - SystemClock().now()
    app = build(settings, clock=ShiftedClock(shift))
    with app.database.begin() as uow:
        uow.settings.set(SHIFT, str(int(shift.total_seconds())))
        uow.commit()
    try:
        with working(app), served(create_app(app)) as address:
            yield Running(address=address, app=app, sandbox=sandbox)
    finally:
        app.close()
        sandbox.stop()
