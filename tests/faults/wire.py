"""A wire to PostgreSQL that can be cut when nobody can know what became of a commit."""

import select
import socket
import threading
from pathlib import Path

import psycopg


class Wire:
    """A socket in a folder that leads to the server's; cut on purpose."""

    def __init__(self, folder: Path, url: str) -> None:
        """Lead from `folder` to the server of this address."""
        told = psycopg.conninfo.conninfo_to_dict(url)
        self._there = f"{told['host']}/.s.PGSQL.{told.get('port', 5432)}"
        self.url = f"postgresql://postgres:@/{told['dbname']}?host={folder}"
        #: The next commit is carried to the server, and its answer is not carried back.
        self.swallow = False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Lead nowhere any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with here, socket.socket(socket.AF_UNIX) as there:
            there.connect(self._there)
            while self._carried(here, there):
                pass

    def _carried(self, here: socket.socket, there: socket.socket) -> bool:
        """Carry what came from either side to the other; False: the wire is cut."""
        for ready in select.select([here, there], [], [])[0]:
            data = self._read(ready)
            if not data or not self._write(there if ready is here else here, data):
                return False
            if ready is here and self.swallow and b"COMMIT\0" in data:
                self.swallow = False
                return not self._read(there)
        return True

    @staticmethod
    def _write(side: socket.socket, data: bytes) -> bool:
        """False: who should read it is gone; what cuts a connection may cut it at any moment."""
        try:
            side.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    @staticmethod
    def _read(side: socket.socket) -> bytes:
        try:
            return side.recv(1 << 16)
        except ConnectionResetError:
            return b""
