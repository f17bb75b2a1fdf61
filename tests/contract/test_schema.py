"""The migrations make exactly the tables the program speaks to, on both databases."""

import pytest

from engine.errors import Unavailable
from engine.store import Database, Keys, migrate


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
