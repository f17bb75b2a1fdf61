"""Very many timers that are due at one moment (reliability, trial 4): the bench's own measurement.

Real processes fire them (`engine.bench.timers`), while clerks read and work: each timer exactly
once, and a page within a second meanwhile.
"""

from pathlib import Path

from engine.bench import timers
from engine.bench.domains import Ground, collect
from engine.bench.timers import Size
from engine.cli.opening import opened
from engine.config import Settings
from engine.store import Keys
from tests.faults.conftest import FULL, Line, Report, times

TIMERS = times(100_000, 300)
#: Milliseconds of a page meanwhile, p95.
PAGE = 1000


def test_each_is_fired_once_and_pages_come_meanwhile(
    some_url: str, tmp_path: Path, report: Report
) -> None:
    settings = Settings(
        database_url=some_url,
        keys=Keys.generate(),
        key_file=tmp_path / "keys",
        authority=tmp_path / "authority",
    )
    found: dict[str, timers.Measured] = {}
    with opened(settings, upgrade=True) as app:
        ground = Ground(app=app, files={}, folder=tmp_path)
        collect(found, timers.measure(ground, Size(crowd=TIMERS, single=times(20, 2))), ())
        dialect = app.database.dialect
    value = {name: one.value for name, one in found.items()}
    assert (value["fired"], value["fired_twice"]) == (TIMERS, 0)
    seconds = value["drained_s"]
    # A few hundred are fired within the time of a page or two: nothing was read meanwhile.
    assert not FULL or "page_p95_ms" in value
    assert value.get("page_p95_ms", 0) < PAGE
    report(
        Line(
            trial=4,
            database=dialect,
            what=f"{TIMERS:,} timers due at once",
            figure=f"{value['fired']:,} fired, {value['fired_twice']} twice, all after "
            f"{seconds:.0f} s; pages p95 {value.get('page_p95_ms', 0):.0f} ms meanwhile",
            goal=f"each exactly once; pages p95 < {PAGE / 1000:g} s meanwhile",
        )
    )
