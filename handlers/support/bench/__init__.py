"""What the plans of order 74 promise, measured by ``zholdama bench`` (issue 4)."""

from collections.abc import Iterator

from engine.bench.domains import Ground, Measured
from handlers.registries.sandbox.server import serve
from handlers.support.bench import pages, sixty
from handlers.support.bench.office import Office


def measure(ground: Ground) -> Iterator[Measured]:
    """Measure on an empty installation."""
    sandbox = serve(0, keys=ground.folder / "sandbox")
    try:
        office = Office.opened(ground.app.database, ground.app.context, sandbox.settings)
        office.move_in(ground.files)
        yield from sixty.measure(office)
        yield from pages.measure(office, ground.app)
    finally:
        sandbox.stop()
