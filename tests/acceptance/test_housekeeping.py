"""House-keeping: how long cases are kept, and that nothing of people stays when they go."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import bpmn
from engine.bootstrap import check_settings
from engine.cli.housekeeping import by_itself
from engine.clock import TestClock
from engine.config import Settings
from engine.errors import ValueRefused
from engine.handling import Extensions
from engine.model.people import SYSTEM
from engine.services import audit, definitions, instances, retention
from engine.services.context import Context
from engine.services.retention import Housekeeping
from engine.store import Database, Keys, blind_index
from engine.store.moving.keycheck import place_of, sealed_columns
from engine.store.moving.side import raw, tables
from handlers.registries.sandbox.families import families
from tests.acceptance.kandas_stage import Stage, make_template, start_sandbox, wired
from tests.contract.diagrams import FILES
from tests.contract.world import World, populated
from tests.moving.stage import opened

LIVED = b'<process id="letters" camunda:historyTimeToLive="%s"'


def living(said: str) -> dict[str, bytes]:
    whole = FILES["letters.bpmn"].replace(b'<process id="letters"', LIVED % said.encode())
    assert whole != FILES["letters.bpmn"]
    return {**FILES, "letters.bpmn": whole}


def context(clock: TestClock, **settings: str) -> Context:
    values = {f"housekeeping.{name}": value for name, value in settings.items()}
    return Context(clock=clock, extensions=Extensions(), faces={}, settings=values)


@pytest.mark.parametrize(
    ("said", "days"), [("180", 180), ("P180D", 180), ("P2W", 14), ("P10Y", 3660), ("", None)]
)
def test_a_time_to_live_is_read_as_camunda_users_write_it(said: str, days: int | None) -> None:
    parsed = bpmn.parse(living(said)["letters.bpmn"], "letters.bpmn")
    assert parsed.processes["letters"].process.days_kept == days


@pytest.mark.parametrize("said", ["soon", "P1M2D", "-5", "${days}", "PT5H"])
def test_a_time_to_live_that_cannot_be_read_is_an_error(said: str) -> None:
    found = bpmn.parse(living(said)["letters.bpmn"], "letters.bpmn")
    assert [one.code for one in found.problems if one.code == "bpmn.time-to-live"]
    assert not found.processes


def test_the_check_warns_of_a_time_shorter_than_the_law_wants(clock: TestClock) -> None:
    def codes(days: str, retention: str) -> list[str]:
        ctx = context(clock, retention=retention)
        return [one.code for one in definitions.check(living(days), ctx)]

    assert "bpmn.time-to-live" in codes("30", "3660")
    assert "bpmn.time-to-live" not in codes("4000", "3660")
    assert "bpmn.time-to-live" not in codes("30", "30")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("retention", "0"),
        ("retention", "x"),
        ("hours", "22-6"),
        ("batch", "-1"),
        ("hours", "25:00-06:00"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, said: str) -> None:
    with pytest.raises(ValueRefused, match=f"HOUSEKEEPING__{name.upper()} must be"):
        Housekeeping.read({f"housekeeping.{name}": said})


def test_a_setting_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValueRefused, match=r"HOUSEKEEPING__HOUR$"):
        check_settings(Settings(values={"housekeeping.hour": "22:00-06:00"}))
    values = {"registries.probation_owner": "justice"}
    with pytest.raises(ValueRefused, match="justice"):
        check_settings(Settings(values=values, extensions=("handlers.registries",)))


def test_quiet_hours_go_over_midnight() -> None:
    local = {hour: datetime(2026, 11, 25, hour, tzinfo=UTC) for hour in range(24)}
    quiet = [(hour + 5) % 24 for hour, moment in local.items() if Housekeeping().quiet(moment)]
    assert sorted(quiet) == [0, 1, 2, 3, 4, 5, 22, 23]
    assert not any(
        Housekeeping.read({"housekeeping.hours": "never"}).quiet(one) for one in local.values()
    )


def world_of(database: Database, clock: TestClock, ctx: Context, days: str) -> World:
    world = populated(database, ctx, clock)
    with database.begin() as uow:
        definitions.deploy(uow, ctx, SYSTEM, living(days), "with a time to live")
        uow.commit()
    return world


def clean(world: World) -> int:
    """Do what a quiet night does; return how many cases were removed."""
    removed = 0
    with world.database.begin() as uow:
        retention.date_ended(uow, world.ctx)
        uow.commit()
    while True:
        with world.database.begin() as uow:
            count = retention.remove_batch(uow, world.ctx, SYSTEM)
            uow.commit()
        removed += count
        if not count:
            return removed


def ended(world: World, key: str) -> str:
    case, task = world.written(key)
    world.complete("checker", world.claim("checker", task), decision="accept")
    return case


def test_ended_cases_go_after_their_time_and_others_stay(
    database: Database, clock: TestClock
) -> None:
    ctx = context(clock, retention="30", batch="2")
    world = world_of(database, clock, ctx, "100")
    gone = [ended(world, f"N-{number}") for number in range(5)]
    open_, _ = world.written("N-9")
    clock.advance(timedelta(days=99))
    late = ended(world, "N-8")
    assert clean(world) == 0
    clock.advance(timedelta(days=2))
    assert clean(world) == 5
    with database.reading() as uow:
        left = set(uow.execute(sa.text("SELECT id FROM instance")).scalars())
        owned = uow.execute(sa.text("SELECT DISTINCT instance_id FROM event")).scalars()
        assert left == set(owned) == {open_, late}
        assert not left & set(gone)
        assert audit.verify(uow).broken == 0
        acts = [row.act for row in audit.list_rows(uow)]
    assert acts.count("case.removed") == 5
    assert clean(world) == 0


def test_a_time_below_the_law_is_raised_to_it(database: Database, clock: TestClock) -> None:
    world = world_of(database, clock, context(clock, retention="400"), "10")
    ended(world, "N-1")
    clock.advance(timedelta(days=399))
    assert clean(world) == 0
    clock.advance(timedelta(days=2))
    assert clean(world) == 1


def test_without_a_time_to_live_a_case_is_kept_for_ever(sqlite: Database, clock: TestClock) -> None:
    ctx = context(clock, retention="1")
    world = populated(sqlite, ctx, clock)
    ended(world, "N-1")
    clock.advance(timedelta(days=40_000))
    assert clean(world) == 0


def test_a_case_whose_called_case_goes_on_stays_whole(sqlite: Database, clock: TestClock) -> None:
    world = world_of(sqlite, clock, context(clock, retention="1"), "1")
    caller, called = ended(world, "N-1"), world.start("N-2")
    with sqlite.begin() as uow:
        joined = sa.text("UPDATE instance SET root_id = :root, parent_id = :root WHERE id = :one")
        uow.connection.execute(joined, {"root": caller, "one": called})
        uow.commit()
    clock.advance(timedelta(days=10))
    assert clean(world) == 0
    with sqlite.begin() as uow:
        instances.cancel(uow, world.ctx, world["admin"], called, "over")
        uow.commit()
    clock.advance(timedelta(days=10))
    assert clean(world) == 1
    with sqlite.reading() as uow:
        assert uow.execute(sa.text("SELECT count(*) FROM instance")).scalar() == 0


@pytest.fixture
def stage(tmp_path: Path, keys: Keys) -> Iterator[Stage]:
    path = make_template(tmp_path, keys)
    shutil.copy(path, tmp_path / "case.db")
    database = Database(f"sqlite:///{tmp_path}/case.db", keys)
    sandbox = start_sandbox(tmp_path / "authority")
    try:
        yield wired(database, sandbox)
    finally:
        database.close()
        sandbox.stop()


def everything_said(database: Database) -> str:
    """Return every value of every table, opened: what somebody with the keys could read."""
    said: list[str] = []
    with database.reading() as uow:
        for found in tables():
            sealed = sealed_columns(found)
            first = next(iter(found.primary_key.columns)).name
            for row in uow.execute(sa.select(raw(found))).mappings():
                for name, value in row.items():
                    if value is not None and name in sealed:
                        place = place_of(found, name, row[first])
                        value = uow.keys.unseal(bytes(value), place)
                    said.append(
                        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    )
    return "\n".join(said)


def remove(stage: Stage, number: str) -> None:
    """Have the time of one ended case be over, and remove it."""
    with stage.begin() as uow:
        past = sa.text(
            "UPDATE instance SET removal_at = ended_at"
            " WHERE business_key = :key AND ended_at IS NOT NULL"
        )
        assert uow.connection.execute(past, {"key": number}).rowcount == 1, "it did not end"
        assert retention.remove_batch(uow, stage.ctx, SYSTEM) == 1
        uow.commit()


@pytest.mark.slow
def test_nothing_of_a_removed_family_can_be_read_any_more(stage: Stage) -> None:
    """One family's case is played to its end and removed, another's stays: walk all columns."""
    going, staying = families()[0], families()[1]
    case = stage.open(going, "cc.47.1", "10")
    while open_ := stage.open_elements(case):
        stage.work(case, open_[0])
    other = stage.open(staying, "cc.47.1", "10")
    for _ in range(6):
        stage.work(other, stage.open_elements(other)[0])
    iins = [one.person.iin for one in going.members if one.person.iin]
    names = {going.applicant.surname + " " + going.applicant.name, *iins}
    before = everything_said(stage.database)
    assert any(one in before for one in iins)
    assert case.number in before
    remove(stage, case.number)
    after = everything_said(stage.database)
    found = sorted(one for one in {*names, blind_index(str(iins[0]))} if one in after)
    assert found == []
    left = [line for line in after.splitlines() if case.number in line]
    assert all("case:" in line or line == "" for line in left), left
    assert staying.applicant.surname in after
    stage.work(other, stage.open_elements(other)[0])
    with stage.reading() as uow:
        assert audit.verify(uow).broken == 0


def test_the_command_removes_and_says_how_many(
    sqlite_template: Path, clock: TestClock, tmp_path: Path
) -> None:
    written = Keys.generate()
    shutil.copyfile(sqlite_template, tmp_path / "one.db")
    clock.set(clock.now() - timedelta(days=4000))
    with opened(f"sqlite:///{tmp_path}/one.db", Keys.parse(written)) as database:
        world = world_of(database, clock, context(clock), "3660")
        for number in range(30):
            ended(world, f"N-{number}")
    done = subprocess.run(
        [Path(sys.executable).parent / "zholdama", "--lang", "en", "db", "clean"],
        env={
            "PATH": os.environ["PATH"],
            "ZHOLDAMA_KEYS": written,
            "ZHOLDAMA_DATABASE_URL": f"sqlite:///{tmp_path}/one.db",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "30 cases were removed." in done.stdout


@dataclass
class Installation:
    """What house-keeping needs of `engine.bootstrap.App`."""

    database: Database
    context: Context


def test_the_tick_works_in_the_hours_set_and_once_a_minute(
    sqlite: Database, clock: TestClock
) -> None:
    ctx = context(clock, retention="1", batch="1", hours="22:00-06:00")
    world = world_of(sqlite, clock, ctx, "1")
    for number in range(3):
        ended(world, f"N-{number}")
    look = by_itself(anything(Installation(sqlite, ctx)))

    def left() -> int:
        with sqlite.reading() as uow:
            return int(uow.execute(sa.text("SELECT count(*) FROM instance")).scalar_one())

    clock.set(datetime(2026, 12, 1, 9, tzinfo=UTC))  # two in the afternoon
    look()
    assert left() == 3
    clock.set(datetime(2026, 12, 1, 18, tzinfo=UTC))  # eleven in the evening
    look()
    look()
    assert left() == 2, "a batch of one, and not twice in a minute"
    clock.advance(timedelta(minutes=1))
    look()
    assert left() == 1


def anything(one: Any) -> Any:
    return one


def test_two_processes_remove_side_by_side(postgres_url: str, keys: Keys, clock: TestClock) -> None:
    """What one has taken the other leaves out; nothing is removed twice."""
    with opened(postgres_url, keys) as database:
        ctx = context(clock, retention="1", batch="2")
        world = world_of(database, clock, ctx, "1")
        for number in range(4):
            ended(world, f"N-{number}")
        clock.advance(timedelta(days=9))
        with database.begin() as uow:
            assert retention.date_ended(uow, ctx) == 4
            uow.commit()
        with database.begin() as one, database.begin() as other:
            assert len(one.removals.due(ctx.due_now(one), 2)) == 2
            assert len(other.removals.due(ctx.due_now(other), 9)) == 2
        assert clean(world) == 4


def test_waste_is_told_once_it_is_worth_while(database: Database, clock: TestClock) -> None:
    world = world_of(database, clock, context(clock, retention="1"), "1")
    with database.reading() as uow:
        before = uow.removals.waste()
        assert 0 <= before <= 1
    if database.dialect == "sqlite":
        with database.begin() as uow:
            uow.settings.set("large", "x" * 3_000_000)
            uow.commit()
        with database.begin() as uow:
            uow.settings.set("large", "")
            uow.commit()
        with database.reading() as uow:
            assert retention.wasted(uow) > 0.5
    assert world
