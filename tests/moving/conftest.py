"""People whose passwords cost nothing to hash; a PostgreSQL database with nothing in it."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from argon2 import PasswordHasher


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    small = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("engine.services.accounts._hasher", small)


@pytest.fixture
def empty(postgres_server: str) -> Iterator[str]:
    """Address of a PostgreSQL database without any schema."""
    name = f"zh_empty_{os.urandom(6).hex()}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    info = psycopg.conninfo.conninfo_to_dict(postgres_server)
    yield (
        f"postgresql://{info.get('user', '')}:{info.get('password', '')}@/{name}"
        f"?host={info.get('host', '')}&port={info.get('port', 5432)}"
    )
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
