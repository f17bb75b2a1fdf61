"""``zholdama cluster`` and its parts, as real processes on a real PostgreSQL."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import psycopg
import pytest

from engine.cli.ownpostgres import OwnPostgres
from engine.processes import Child, Keeper, free_port
from engine.store import Keys
from tests.acceptance.test_cli import PROGRAM, environment

pytestmark = pytest.mark.postgresql
STARTED = re.compile(r"^(?P<name>[a-z]+(-\d)?): .*?(?P<pid>\d+)", re.MULTILINE)


def until(found: Callable[[], object], patience: float = 60.0) -> None:
    end = monotonic() + patience
    while not found():
        assert monotonic() < end, "it never came"
        sleep(0.05)


class Installation:
    """A cluster that runs, as somebody who started it sees it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.output = folder / "output.txt"

    def pids(self) -> dict[str, int]:
        """Return the process that runs now under each name."""
        found = STARTED.finditer(self.output.read_text())
        return {one["name"]: int(one["pid"]) for one in found}

    def ready(self) -> bool:
        """Tell whether a page comes."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def cluster(folder: Path, url: str, keys: str) -> Iterator[Installation]:
    """Run one web process of each kind twice, until the block ends."""
    port = free_port()
    found = Installation(folder, port)
    said = environment(
        ZHOLDAMA_DATABASE_URL=url, ZHOLDAMA_KEYS=keys, ZHOLDAMA_LANG="en", PYTHONUNBUFFERED="1"
    )
    with found.output.open("wb") as stream:
        process = subprocess.Popen(
            [PROGRAM, "cluster", "--port", str(port)],
            cwd=folder,
            env=said,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        until(found.ready)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    assert code == 0, found.output.read_text()
    assert found.output.read_text().rstrip().endswith("Stopped.")
    for pid in found.pids().values():
        assert not Path(f"/proc/{pid}").exists(), "a process was left behind"


class Visitors:
    """People who look at a page again and again."""

    def __init__(self, url: str) -> None:
        self.answers: Counter[int] = Counter()
        self._url = url
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._look) for _ in range(3)]

    def _look(self) -> None:
        with httpx.Client(base_url=self._url, timeout=30) as client:
            while not self._over.is_set():
                try:
                    self.answers[client.get("/sign-in").status_code] += 1
                except httpx.TransportError:
                    self.answers[0] += 1
                sleep(0.01)

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_whatever_is_killed_comes_back_and_nobody_sees_an_error(
    tmp_path: Path, postgres_url: str
) -> None:
    with cluster(tmp_path, postgres_url, Keys.generate()) as running:
        before = running.pids()
        assert set(before) == {"web-1", "web-2", "worker-1", "worker-2"}
        with Visitors(running.url) as visitors:
            for name in ("web-1", "worker-2"):
                os.kill(before[name], signal.SIGKILL)
            until(lambda: running.pids()["web-1"] != before["web-1"])
            until(lambda: running.pids()["worker-2"] != before["worker-2"])
            until(lambda: visitors.answers[200] > 20)
        assert running.ready()
        after = running.pids()
        assert {name for name in after if after[name] != before[name]} == {"web-1", "worker-2"}
        # A request that the killed process held has no answer; no other answer is anything but 200.
        assert set(visitors.answers) <= {200, 0}
        assert visitors.answers[0] <= 3


def test_a_stopped_web_process_finishes_its_answers(tmp_path: Path, postgres_url: str) -> None:
    """Several on one socket: one is told to stop again and again, and no request is lost."""
    said = environment(
        ZHOLDAMA_DATABASE_URL=postgres_url, ZHOLDAMA_KEYS=Keys.generate(), ZHOLDAMA_JOBS="clustered"
    )
    subprocess.run([PROGRAM, "db", "upgrade"], env=said, cwd=tmp_path, check=True)
    with socket.create_server(("127.0.0.1", 0)) as shared:
        fd = shared.fileno()
        web = [
            Child(
                f"web-{n}",
                ["serve", "--fd", str(fd)],
                environment=said,
                fds=(fd,),
                folder=tmp_path,
                log=tmp_path / "log",
            )
            for n in (1, 2)
        ]
        for one in web:
            one.start()
        try:
            for one in web:
                one.wait_ready()
            answers: Counter[int] = Counter()
            with Visitors(f"http://127.0.0.1:{shared.getsockname()[1]}") as visitors:
                until(lambda: visitors.answers[200] > 10)
                assert web[0].stop() == 0
                so_far = visitors.answers[200]
                until(lambda: visitors.answers[200] > so_far + 10)
                answers.update(visitors.answers)
        finally:
            for one in web:
                one.stop()
    # A kept-alive connection may be closed between two requests; then the client opens another.
    assert set(answers) <= {200, 0}
    assert answers[0] <= 3


def test_sqlite_is_not_for_several_processes(tmp_path: Path) -> None:
    said = environment(ZHOLDAMA_DATABASE_URL=f"sqlite:///{tmp_path}/one.db", ZHOLDAMA_LANG="en")
    done = subprocess.run(
        [PROGRAM, "cluster", "--port", "0"],
        env=said,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "need PostgreSQL" in done.stderr
    subprocess.run([PROGRAM, "db", "upgrade"], env=said, cwd=tmp_path, check=True)
    done = subprocess.run(
        [PROGRAM, "worker"],
        env={**said, "ZHOLDAMA_JOBS": "clustered"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "not for SQLite" in done.stderr


def test_a_server_of_its_own_is_started_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The postmaster is killed; the keeper finds it, and the database is whole."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        server = OwnPostgres(Path(name) / "var" / "postgresql")
        Path(name).chmod(0o755)
        started: list[int] = []
        keeper = Keeper([server], lambda one: started.append(one.pid))
        keeper.start()
        looking = threading.Thread(target=keeper.keep)
        looking.start()
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            os.kill(server.pid, signal.SIGKILL)
            until(lambda: len(started) == 2)
            with psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        finally:
            keeper.release()
            looking.join(60)
            keeper.stop()
            until(lambda: not server.alive())
