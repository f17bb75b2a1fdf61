"""A stored value that cannot be read stops its own case, as an incident, and nobody else's."""

import pytest
from sqlalchemy import text as sql

from engine.errors import Damaged
from engine.model.people import ADMIN, Actor, Candidate
from engine.services.cockpit.operations import Subject
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, World
from tests.concurrency.mending import act

ADMINISTRATOR = Actor(account="", name="root", memberships=frozenset({Candidate(ADMIN, "office")}))


def spoil(world: World, table: str, column: str, key: str) -> bytes:
    """Change the last byte of a sealed value; return what stood there."""
    with world.database.begin() as uow:
        connection = uow.connection
        where = {"id": key}
        read = sql(f"SELECT {column} FROM {table} WHERE id = :id")
        before = bytes(connection.execute(read, where).scalar_one())
        worse = before[:-1] + bytes([before[-1] ^ 1])
        _write(world, table, column, key, worse, connection)
        uow.commit()
    return before


def _write(
    world: World, table: str, column: str, key: str, value: bytes, connection: object
) -> None:
    connection.execute(  # type: ignore[attr-defined]
        sql(f"UPDATE {table} SET {column} = :value WHERE id = :id"), {"value": value, "id": key}
    )


@pytest.fixture
def asked(world: World) -> list[str]:
    """Three cases whose handlers are due."""
    world.handler(lambda _query, _call: Answer())
    world.deploy(ASKING)
    return [world.start("asking", f"K-{n}") for n in range(3)]


@pytest.mark.parametrize("of", ["job", "instance"])
def test_one_that_is_damaged_keeps_no_other_waiting(
    world: World, asked: list[str], of: str
) -> None:
    first = asked[0]
    [job] = world.jobs("ready", instance_id=first)
    if of == "job":
        spoil(world, "job", "payload", job.id)
    else:
        spoil(world, "instance", "state", first)
    world.executor().run_due()
    assert [world.elements(case) for case in asked[1:]] == [["reading"], ["reading"]]
    assert world.elements(first) == []
    [incident] = world.incidents()
    assert incident.instance_id == first
    assert [row.id for row in world.jobs("dead")] == [job.id]
    assert world.executor().run_due() == 0, "it is not tried for ever"
    assert world.chain_holds()


def test_once_it_can_be_read_an_administrator_has_it_tried_again(
    world: World, asked: list[str]
) -> None:
    [job] = world.jobs("ready", instance_id=asked[0])
    before = spoil(world, "job", "payload", job.id)
    world.executor().run_due()
    [incident] = world.incidents()
    with world.database.begin() as uow:
        _write(world, "job", "payload", job.id, before, uow.connection)
        uow.commit()
    act(world, ADMINISTRATOR, Subject.INCIDENT, "retry", incident.id)
    world.executor().run_due()
    assert world.elements(asked[0]) == ["reading"]
    assert not world.incidents()


def test_reading_it_says_what_it_is(world: World, asked: list[str]) -> None:
    spoil(world, "instance", "state", asked[0])
    with world.database.reading() as uow, pytest.raises(Damaged):
        uow.instances.state(asked[0])
