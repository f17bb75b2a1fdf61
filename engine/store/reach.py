"""Why a database cannot be reached, in words an operator can act on.

A running installation says "out of reach" and tries again; who starts one has usually written the
address wrong, and is told what exactly. The server's own words are not parsed: they are in the
server's language. What is wrong is found by trying the parts: is there a server at that place, is
there a database of that name, is the file there, may it be written, is it SQLite's.
"""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, exc, make_url

from engine.errors import Unavailable, ValueRefused
from engine.model.text import Text, text

#: Seconds to wait for a server when looking what is wrong.
PATIENCE = 5
#: Databases that a PostgreSQL server usually has.
_USUAL = ("postgres", "template1")
#: SQLSTATE of a right that is missing.
_NO_RIGHT = "42501"
SCHEMES = text("The database's address must begin with sqlite:/// or postgresql://")


def parsed(url: str) -> URL:
    """Read a database's address; `ValueRefused` if it is none."""
    try:
        return make_url(url)
    except (exc.ArgumentError, ValueError) as problem:
        if url.startswith(("sqlite://", "postgresql://")):
            # Not the address itself: it may carry a password.
            said = text("The database's address cannot be read: see ZHOLDAMA_DATABASE_URL")
            raise ValueRefused(said) from problem
        raise ValueRefused(SCHEMES) from problem


@contextmanager
def explained(url: URL, *, make: bool) -> Iterator[None]:
    """Say what is wrong with the database if the block cannot reach it; `Unavailable`.

    `make`: a SQLite file that is not there may be made.
    """
    if url.get_backend_name() == "sqlite":
        _look_at(url, make=make)
    try:
        yield
    except (Unavailable, exc.DatabaseError) as problem:
        said = _rights(url, problem) or diagnosis(url)
        if said is None:
            raise
        raise Unavailable(said) from problem


def _look_at(url: URL, *, make: bool) -> None:
    """Look before it is opened: opening makes what is not there, and needs no right to write."""
    file = Path(str(url.database)).absolute()
    if not file.parent.is_dir():
        raise Unavailable(text("There is no folder {folder} for the database", folder=file.parent))
    if not make and not file.exists():
        said = text("There is no database {file}: run 'zholdama db upgrade'", file=str(file))
        raise Unavailable(said)
    wrong = _of_file(file) if file.exists() else None
    if wrong is not None:
        raise Unavailable(wrong)


def _rights(url: URL, problem: Exception) -> Text | None:
    original = getattr(problem, "orig", None) or getattr(problem.__cause__, "orig", None)
    if getattr(original, "sqlstate", "") != _NO_RIGHT:
        return None
    return text(
        "User {user} has not the rights it needs in database {name}: make it the owner",
        user=url.username or "",
        name=url.database or "",
    )


def diagnosis(url: URL) -> Text | None:
    """Return what is wrong with reaching a database; None: nothing that can be seen from here."""
    if url.get_backend_name() == "sqlite":
        return _of_file(Path(str(url.database)).absolute())
    return _of_server(url)


def _of_file(file: Path) -> Text | None:
    if file.is_dir():
        return text("{file} is a folder, not a database", file=file)
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=0)) as connection:
            connection.execute("PRAGMA schema_version")
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as problem:
        return _of_sqlite(problem, file)
    # SQLite opens what it may only read without a word.
    effective = os.access in os.supports_effective_ids
    rights = [os.access(one, os.W_OK, effective_ids=effective) for one in (file, file.parent)]
    if not all(rights):
        return _unwritable(file)
    return None


def _of_sqlite(problem: sqlite3.Error, file: Path) -> Text | None:
    # The lower byte is the kind, the upper ones say more.
    kind = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if kind == sqlite3.SQLITE_NOTADB:
        return text("{file} is not a SQLite database", file=file)
    if kind == sqlite3.SQLITE_CORRUPT:
        return text("{file} is damaged: restore a backup", file=file)
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return _unwritable(file)
    return None


def _unwritable(file: Path) -> Text:
    return text("No permission to write {file}: SQLite writes the file and its folder", file=file)


def _place(url: URL) -> tuple[str, int]:
    """Return host (or folder of a socket) and port."""
    host = url.host or _option(url, "host") or "localhost"
    return host, int(url.port or _option(url, "port") or 5432)


def _option(url: URL, name: str) -> str:
    found = url.query.get(name, "")
    return found if isinstance(found, str) else found[0]


def _of_server(url: URL) -> Text | None:
    host, port = _place(url)
    place = host if host.startswith("/") else f"{host}:{port}"
    try:
        _connect(url, str(url.database or "")).close()
    except psycopg.OperationalError as problem:
        if not _answers(host, port):
            return text(
                "No PostgreSQL server answers at {place}: see that it runs, "
                "and ZHOLDAMA_DATABASE_URL",
                place=place,
            )
        return _refusal(url, place, problem)
    return None


def _refusal(url: URL, place: str, problem: psycopg.OperationalError) -> Text:
    user, name = url.username or "", url.database or ""
    if _lacks(url, name):
        return text(
            "The server at {place} has no database {name}: create it, "
            "then run 'zholdama db upgrade'",
            place=place,
            name=name,
        )
    return text(
        "The server at {place} does not let user {user} into database {name}; "
        "it says: {reason}. See user and password in ZHOLDAMA_DATABASE_URL",
        place=place,
        user=user,
        name=name,
        reason=str(problem).strip().splitlines()[-1].split("FATAL:")[-1].strip(),
    )


def _lacks(url: URL, name: str) -> bool:
    """Tell whether a server that lets this user in elsewhere has no such database."""
    for usual in _USUAL:
        try:
            with closing(_connect(url, usual)) as connection:
                asked = "SELECT 1 FROM pg_database WHERE datname = %s"
                return connection.execute(asked, [name]).fetchone() is None
        except psycopg.Error:
            continue
    return False


def _connect(url: URL, name: str) -> psycopg.Connection[tuple[object, ...]]:
    whole = url.set(drivername="postgresql", database=name)
    plain = whole.render_as_string(hide_password=False)
    return psycopg.connect(plain, connect_timeout=PATIENCE)


def _answers(host: str, port: int) -> bool:
    """Tell whether somebody listens there."""
    try:
        if host.startswith("/"):
            with closing(socket.socket(socket.AF_UNIX)) as probe:
                probe.settimeout(PATIENCE)
                probe.connect(f"{host}/.s.PGSQL.{port}")
        else:
            socket.create_connection((host, port), PATIENCE).close()
    except OSError:
        return False
    return True
