"""The doctor: what is wrong is found, named in three languages, and comes with its remedy."""

import ast
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from engine.clock import SystemClock, TestClock
from engine.config import Settings, Watching
from engine.handling import Call, Extensions
from engine.i18n import catalogue
from engine.jobs import cluster as wake_ups
from engine.services.context import Context
from engine.store import Database, Keys
from engine.store.gauges import Gauges
from engine.watching import clocks
from engine.watching.doctor import Finding, Level, Patient, examine, storage
from engine.watching.doctor.cluster import cluster
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, Question, World

ROOT = Path(__file__).parents[3]


@pytest.fixture
def patient(database: Database, tmp_path: Path) -> Patient:
    """A sound installation, on a database of each kind in turn."""
    key_file = tmp_path / "keys"
    key_file.touch(mode=0o600)
    settings = Settings(database_url=str(database.url), key_file=key_file)
    ctx = Context(clock=SystemClock(), extensions=Extensions(), faces={})
    return Patient(settings=settings, database=database, ctx=ctx)


def bad(patient: Patient) -> dict[str, Finding]:
    """What is not well, by the msgid; fsync, which the tests' server does without, left out."""
    found = (one for one in examine(patient) if one.level is not Level.OK)
    return {one.said.msgid: one for one in found if one.said.params.get("name") != "fsync"}


def only(patient: Patient) -> Finding:
    [found] = bad(patient).values()
    assert found.remedy is not None, "each finding has its remedy"
    return found


def test_a_sound_installation_has_nothing_to_report(patient: Patient) -> None:
    assert bad(patient) == {}
    checks = {one.check for one in examine(patient)}
    assert {"disk", "schema", "clock", "jobs"} <= checks


@pytest.mark.parametrize(
    ("changed", "check", "level"),
    [
        ({"host": "0.0.0.0"}, "settings", Level.ERROR),
        ({"https": True}, "settings", Level.WARNING),
        ({"watching": Watching(debug=True)}, "settings", Level.WARNING),
        ({"watching": Watching(host="0.0.0.0", port=9100)}, "settings", Level.WARNING),
        ({"authority": Path("var/authority")}, "demo", Level.ERROR),
        ({"values": {"registries.gbd_fl.url": "http://127.0.0.1:8801/x"}}, "demo", Level.WARNING),
        ({"demo": True, "https": True, "proxy": "10.0.0.1"}, "demo", Level.ERROR),
    ],
)
def test_settings(patient: Patient, changed: dict[str, Any], check: str, level: Level) -> None:
    found = only(replace(patient, settings=replace(patient.settings, **changed)))
    assert (found.check, found.level) == (check, level)


def test_keys_that_others_may_read(patient: Patient) -> None:
    patient.settings.key_file.chmod(0o640)
    assert only(patient).check == "keys"


def test_keys_of_another_installation(
    database: Database, clock: TestClock, patient: Patient
) -> None:
    World(database, clock)
    other = Database(
        str(database.url.render_as_string(hide_password=False)), Keys.parse(Keys.generate())
    )
    found = only(replace(patient, database=other))
    assert (found.check, found.level) == ("keys", Level.ERROR)
    other.close()


def test_a_database_that_a_demo_made(patient: Patient) -> None:
    with patient.database.begin() as uow:
        uow.settings.set("demo", "made")
        uow.commit()
    found = only(patient)
    assert (found.check, found.level) == ("demo", Level.ERROR)


def test_a_schema_that_is_not_ours_stops_the_rest(patient: Patient) -> None:
    with patient.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    found = only(patient)
    assert found.check == "schema"
    assert found.remedy is not None
    assert "zholdama db upgrade" in found.remedy.msgid


def test_a_database_out_of_reach(keys: Keys, patient: Patient) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:9/none", keys)
    assert only(replace(patient, database=gone)).check == "database"
    gone.close()


def test_a_file_without_its_log(sqlite: Database, patient: Patient) -> None:
    if patient.database.dialect != "sqlite":
        pytest.skip("SQLite's")
    ours = patient.database
    found = [*storage._sqlite(SimpleNamespace(setting=lambda name: "delete"), ours)]  # type: ignore[arg-type]
    assert [one.level for one in found] == [Level.ERROR]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("setting", "value", "level"),
    [
        ("synchronous_commit", "off", Level.ERROR),
        ("timezone", "America/New_York", Level.WARNING),
    ],
)
def test_settings_of_postgresql(
    postgres_url: str, keys: Keys, patient: Patient, setting: str, value: str, level: Level
) -> None:
    database = Database(postgres_url, keys)
    with database.engine.begin() as connection:
        name = connection.execute(sa.text("SELECT current_database()")).scalar()
        connection.execute(sa.text(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'"))
    database.engine.dispose()
    found = only(replace(patient, database=database))
    assert (found.check, found.level) == ("database", level)
    database.close()


@pytest.mark.postgresql
def test_a_server_without_fsync_is_named(postgres_url: str, keys: Keys, patient: Patient) -> None:
    database = Database(postgres_url, keys)
    with database.reading() as uow:
        if storage.Gauges(uow).setting("fsync") == "on":
            pytest.skip("this server keeps what it acknowledges")
    found = [*storage.database(replace(patient, database=database))]
    assert any(one.said.params.get("name") == "fsync" for one in found)
    database.close()


@pytest.mark.parametrize(("seconds", "level"), [(20, Level.WARNING), (3600, Level.ERROR)])
def test_a_clock_that_is_off(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, seconds: int, level: Level
) -> None:
    real = SystemClock().now
    off = SimpleNamespace(now=lambda: real() - timedelta(seconds=seconds))
    monkeypatch.setattr(clocks, "SystemClock", lambda: off)
    found = only(patient)
    assert (found.check, found.level) == ("clock", level)


@pytest.mark.parametrize(("free", "level"), [(1024**3, Level.WARNING), (50 * 1024**2, Level.ERROR)])
def test_a_disk_that_is_nearly_full(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _place: usage)
    found = only(patient)
    assert (found.check, found.level) == ("disk", level)


@pytest.fixture
def world(database: Database, clock: TestClock) -> World:
    """An installation with one process that asks."""
    return World(database, clock)


def of(world: World, patient: Patient) -> Patient:
    return replace(patient, ctx=world.ctx)


@pytest.mark.parametrize(
    ("late", "level"), [(timedelta(minutes=5), Level.WARNING), (timedelta(hours=1), Level.ERROR)]
)
def test_jobs_that_nobody_does(
    world: World, patient: Patient, late: timedelta, level: Level
) -> None:
    world.handler(lambda query, call: Answer())
    world.deploy(ASKING)
    world.start("asking")
    world.clock.advance(late)
    found = only(of(world, patient))
    assert (found.check, found.level) == ("jobs", level)


def test_jobs_without_a_handler_leases_and_incidents(world: World, patient: Patient) -> None:
    def ask(query: Question, call: Call) -> Answer:
        raise ValueError("never")

    world.handler(ask)
    world.deploy(ASKING.replace(b"R3/PT1M", b"R1/PT1M"))
    world.start("asking")
    world.executor().run_due()
    assert only(of(world, patient)).check == "incidents"
    del world.ctx.extensions.handlers["test.ask"]
    world.start("asking", "K-2")
    found = {one.check for one in bad(of(world, patient)).values()}
    assert found == {"incidents"}, "another process may have the handler, and take it"
    world.clock.advance(timedelta(minutes=1))
    found = {one.check for one in bad(of(world, patient)).values()}
    assert found == {"incidents", "handlers"}
    with world.database.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE job SET state='claimed', locked_until=:at WHERE state='ready'"),
            {
                "at": "2026-01-01 00:00:00.000000"
                if world.database.dialect == "sqlite"
                else "2026-01-01Z"
            },
        )
    found = {one.check for one in bad(of(world, patient)).values()}
    assert found == {"incidents", "leases"}


def clustered(patient: Patient) -> Patient:
    return replace(patient, settings=replace(patient.settings, jobs="clustered"))


def test_a_cluster_on_sqlite(sqlite: Database, patient: Patient) -> None:
    found = [*cluster(clustered(replace(patient, database=sqlite)))]
    assert [(one.check, one.level) for one in found] == [("cluster", Level.ERROR)]
    assert [*cluster(replace(patient, database=sqlite))] == []


@pytest.mark.postgresql
def test_a_cluster_in_which_nobody_works(
    postgres_url: str, keys: Keys, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url, keys)
    one = clustered(replace(patient, database=database))
    assert [found.level for found in cluster(one)] == [Level.ERROR], "no table of workers yet"
    wake_ups.install(database)
    assert [found.level for found in cluster(one)] == [Level.ERROR], "nobody in it"
    listener = wake_ups.Listener(database, lambda: None, lambda: None)
    listener.start()
    try:
        end = monotonic() + 20
        while bad_of(cluster(one)) and monotonic() < end:
            sleep(0.05)
        assert [(found.level, found.said.params) for found in cluster(one)] == [
            (Level.OK, {"count": 1, "webs": 0})
        ]
        monkeypatch.setattr(Gauges, "most_clients", lambda _: 40)
        [tight] = cluster(one)
        assert (tight.level, tight.said.params["want"]) == (Level.WARNING, 48)
        monkeypatch.setattr(Gauges, "most_clients", lambda _: 50)
        monkeypatch.setattr(Gauges, "clients", lambda _: 45)
        [tight] = cluster(one)
        assert (tight.level, tight.said.params["used"]) == (Level.WARNING, 45)
    finally:
        listener.stop()
        database.close()


def bad_of(found: Iterator[Finding]) -> list[Finding]:
    return [one for one in found if one.level is not Level.OK]


def sentences() -> Iterator[str]:
    for path in [*ROOT.glob("engine/watching/**/*.py"), ROOT / "engine/config.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if called and node.func.id == "text" and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                yield str(node.args[0].value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_sentence_is_translated(language: str) -> None:
    known, found = catalogue(language), set(sentences())
    assert len(found) > 40
    for sentence in found:
        assert known.get(sentence), sentence
        fields = {part.split("}")[0] for part in sentence.split("{")[1:]}
        assert all(f"{{{name}}}" in known[sentence] for name in fields), sentence


def test_nothing_is_changed(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    note: Callable[..., None] = lambda *sent: seen.append(str(sent[2]))  # noqa: E731
    for engine in (patient.database.engine, patient.database.reader):
        sa.event.listen(engine, "before_cursor_execute", note)
    list(examine(patient))
    assert seen
    assert all(one.split()[0] in {"SELECT", "PRAGMA"} for one in seen), seen
