"""The migrations make exactly the tables the program speaks to, on both databases."""

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from engine.errors import Unavailable
from engine.services import instances
from engine.store import Database, Keys, migrate
from tests.contract.world import World


def test_migrations_and_tables_agree(database: Database) -> None:
    assert migrate.differences(database.engine) == []


def test_a_checked_schema_is_accepted(database: Database) -> None:
    database.check_schema()


def test_an_empty_database_is_refused_with_the_cure(tmp_path, keys: Keys) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db", keys)
    with pytest.raises(Unavailable, match="zholdama db upgrade"):
        empty.check_schema()
    empty.close()


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    with database.begin() as uow:
        uow.settings.set("kept", "yes")
        uow.commit()
    database.upgrade()
    with database.reading() as uow:
        assert uow.settings.get("kept") == "yes"


def downgrade(database: Database, to: str) -> None:
    script = ScriptDirectory.from_config(migrate._config())

    def steps(revision: object, _context: object) -> object:
        return script._downgrade_revs(to, revision)

    connecting = database.engine.begin()
    with connecting as connection, migrate._environment(connection, steps) as environment:
        environment.run_migrations()


def test_reasons_given_before_there_was_a_place_for_them_are_sealed(world: World) -> None:
    """What 0004 left readable is moved; what it says otherwise stays where it is."""
    case = world.start()
    with world.database.begin() as uow:
        instances.suspend(uow, world.ctx, world["admin"], case, "")
        uow.commit()
    downgrade(world.database, "engine_0004")
    old = '{"kept":1,"reason":"Асан is away"}'
    with world.database.engine.begin() as connection:
        said = sa.text("UPDATE event SET detail = :old WHERE what = 'suspended'")
        connection.execute(said, {"old": old})
        connection.execute(sa.text("UPDATE instance SET status = 'cancelled', failure = 'Асан'"))
    world.database.upgrade()
    with world.database.reading() as uow:
        raw = uow.connection.execute(sa.text("SELECT detail FROM event WHERE what = 'suspended'"))
        assert raw.scalar_one() == '{"kept":1}'
        newest = instances.history(uow, world.ctx, world["writer"], case)[0]
        assert newest.detail == {"kept": 1, "reason": "Асан is away"}
        assert instances.view(uow, world.ctx, world["admin"], case).failure == ""
    assert migrate.differences(world.database.engine) == []
