"""The part of the bench that looks at one long case measures what it says."""

import pytest

from engine.bench import instance
from engine.bench.domains import Ground
from engine.bootstrap import App
from engine.clock import SystemClock
from engine.config import Settings
from engine.jobs.executor import Executor
from engine.services.context import Context
from engine.store import Database, Keys


def test_a_long_case_is_written_and_looked_at(
    sqlite_url: str, keys: Keys, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in {"ROWS": 100, "TASKS": 2, "ASKED": 2}.items():
        monkeypatch.setattr(instance, name, number)
    database = Database(sqlite_url, keys)
    context = Context(clock=SystemClock())
    app = App(
        settings=Settings(secret_key="s" * 32),
        database=database,
        context=context,
        executor=Executor(database, context),
    )
    told = {one.name: one for one in instance.measure(Ground(app=app, files={}, folder=tmp_path))}
    database.close()
    assert told["rows"].value >= 100
    assert told["page_p95_ms"].most == 150
    pages = {"page", "page_short", "history_json", "staff_page"}
    pages |= {f"tab_{tab}" for tab in instance.TABS}
    assert {f"{one}_{kind}" for one in pages for kind in ("p95_ms", "cpu_ms")} < set(told)
    assert all(one.value > 0 for one in told.values())
