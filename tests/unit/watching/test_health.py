"""Probes: alive, ready, and what readiness is made of; on both databases."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from engine.errors import Unavailable
from engine.model.text import text
from engine.store import Database, Keys
from engine.watching import health
from engine.watching.health import Health, Heart
from engine.watching.listener import application, probe


class Failing:
    """A database that can be taken away, and that counts who asks."""

    def __init__(self, inner: Database) -> None:
        self.inner = inner
        self.away = False
        self.asked = 0

    @contextmanager
    def reading(self):
        self.asked += 1
        if self.away:
            raise Unavailable(text("The database is busy; please try again"))
        with self.inner.reading() as uow:
            yield uow

    def check_schema(self) -> None:
        self.inner.check_schema()


def test_a_sound_installation_is_ready(database: Database) -> None:
    assert Health(database).ready()


def test_a_schema_that_is_not_ours_is_not_ready(database: Database) -> None:
    with database.engine.begin() as connection:
        changed = (
            "UPDATE alembic_version SET version_num = 'later' WHERE version_num LIKE 'engine%'"
        )
        connection.execute(sa.text(changed))
    assert Health(database).trouble() == "schema"


def test_an_unreachable_server_is_not_ready(keys: Keys) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:9/none", keys)
    assert Health(gone).trouble() == "database"
    gone.close()


def test_readiness_comes_back_with_the_database(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH", 0.0)
    failing = Failing(sqlite)
    found = Health(failing)
    assert found.ready()
    failing.away = True
    assert probe(found, "readyz") == (503, "not ok\n")
    assert probe(found, "healthz") == (200, "ok\n")
    failing.away = False
    assert found.ready()


def test_who_asks_in_a_loop_costs_one_statement_a_second(sqlite: Database) -> None:
    failing = Failing(sqlite)
    found = Health(failing)
    for _ in range(200):
        assert found.ready()
    assert failing.asked <= 2


def test_a_heart_that_stops_is_noticed(sqlite: Database) -> None:
    found, tick = Health(sqlite), Heart(patience=0.05)
    found.expect("tick", tick.alive)
    assert found.ready()
    tick._last -= 1
    assert found.trouble() == "tick"
    tick.beat()
    assert found.ready()


def test_the_listener_knows_three_addresses(sqlite: Database) -> None:
    answer = application(Health(sqlite), lambda: b"metrics")
    seen: dict[str, tuple[str, bytes]] = {}
    for path in ("/metrics", "/healthz", "/readyz", "/admin"):
        statuses: list[str] = []
        body = b"".join(
            answer({"PATH_INFO": path}, lambda status, _headers, into=statuses: into.append(status))
        )
        seen[path] = (statuses[0], body)
    assert seen == {
        "/metrics": ("200 OK", b"metrics"),
        "/healthz": ("200 OK", b"ok\n"),
        "/readyz": ("200 OK", b"ok\n"),
        "/admin": ("404 Not Found", b"not found\n"),
    }
