"""The bench's pages by HTTP, small: what is measured is really done, once, by real processes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.bench import http
from engine.bench.clerks import CLERKS, TASKS, Office
from engine.bench.domains import Ground, Measured, collect
from engine.bench.http import Size
from engine.bench.visitor import Visitor
from engine.cli.opening import opened
from engine.config import Settings
from engine.errors import Conflict, Unavailable
from engine.store import Keys
from engine.store.counting import rows
from tests.serving import served

SMALL = Size(rounds=4, together=2, sent=3, web=1, workers=1)
ONE = {
    "claim_open_complete_p95_ms",
    "claim_open_complete_ms",
    "claim_ms",
    "open_ms",
    "complete_ms",
    "onward_ms",
}
FOUR = {
    "rounds_per_second",
    "completions_per_second",
    "completion_of_four_p95_ms",
    "web_processor_ms_per_completion",
}


def settings_of(url: str, folder: Path) -> Settings:
    """An installation without domains."""
    return Settings(database_url=url, keys=Keys.generate(), key_file=folder / "keys")


def test_what_is_measured_is_done_once(database_url: str, tmp_path: Path) -> None:
    found: dict[str, Measured] = {}
    with opened(settings_of(database_url, tmp_path), upgrade=True) as app:
        ground = Ground(app=app, files={}, folder=tmp_path)
        collect(found, http.measure(ground, SMALL), ())
        with app.database.reading() as uow:
            done = {row.id for row in rows(uow, "user_task", status="completed")}
            told = Counter(row.token for row in rows(uow, "event", what="completed"))
        several = app.database.dialect == "postgresql"
    assert set(found) == ONE | (FOUR if several else set())
    assert all(one.value > 0 for one in found.values())
    sent = CLERKS * (SMALL.together + SMALL.sent) if several else 0
    assert len(done) == TASKS + SMALL.rounds + sent
    assert told == dict.fromkeys(done, 1)
    # A round is its four requests.
    parts = sum(found[name].value for name in ("claim_ms", "open_ms", "complete_ms", "onward_ms"))
    assert found["claim_open_complete_p95_ms"].value > parts / 2


def test_what_was_not_completed_gives_no_figure(sqlite_url: str, tmp_path: Path) -> None:
    with opened(settings_of(sqlite_url, tmp_path), upgrade=True) as app:
        office = Office(Ground(app=app, files={}, folder=tmp_path))
        (task,) = office.start(1)
        with pytest.raises(Conflict):
            office.refuse_unless_once([task])


@pytest.fixture
def refusing() -> Iterator[int]:
    """A server that answers everything with 404; its port."""

    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no"]

    with served(app) as address:
        yield int(address.rsplit(":", 1)[-1])


def test_a_clerk_takes_no_refusal_for_an_answer(refusing: int) -> None:
    visitor = Visitor(refusing)
    try:
        for act in (lambda: visitor.claim("x"), lambda: visitor.form("/tasks/x")):
            with pytest.raises(Unavailable, match="404"):
                act()
    finally:
        visitor.close()
