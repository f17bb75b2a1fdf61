"""Very many timers that are due at one moment (reliability, trial 4): the bench's own measurement.

Real processes fire them (`engine.bench.timers`), while clerks read and work: each timer exactly
once, and a page within a second meanwhile. Some hundreds of them: ``test_jobs_crowd``.
"""

from pathlib import Path

import pytest

from engine.bench import timers
from engine.bench.domains import Ground, collect
from engine.bench.timers import Size
from engine.cli.opening import opened
from engine.config import Settings
from engine.store import Keys
from tests.faults.conftest import FULL, Line, Report

pytestmark = pytest.mark.skipif(not FULL, reason="make faults")
TIMERS = 100_000
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
        collect(found, timers.measure(ground, Size(crowd=TIMERS, single=20)), ())
        dialect = app.database.dialect
    value = {name: one.value for name, one in found.items()}
    assert (value["fired"], value["fired_twice"]) == (TIMERS, 0)
    seconds = value["drained_s"]
    assert value["page_p95_ms"] < PAGE
    report(
        Line(
            trial=4,
            database=dialect,
            what=f"{TIMERS:,} timers due at once",
            figure=f"{value['fired']:,} fired, {value['fired_twice']} twice, all after "
            f"{seconds:.0f} s; pages p95 {value['page_p95_ms']:.0f} ms meanwhile",
            goal=f"each exactly once; pages p95 < {PAGE / 1000:g} s meanwhile",
        )
    )
