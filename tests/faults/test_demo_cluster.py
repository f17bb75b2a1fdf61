"""The whole of it: ``zholdama cluster --demo``, people at work, and every process killed in turn.

Two web processes, two workers and PostgreSQL by one command, as `make cluster` starts them. Only in
the long run: the demo takes a minute to be made. Killing by short trials is in
``tests/acceptance/test_cluster.py``.
"""

import os
import re
import signal
import subprocess
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx
import pytest

from engine.services import audit
from engine.store import Database, Keys
from engine.store.counting import rows
from tests.acceptance.test_cli import PROGRAM, environment
from tests.acceptance.test_cluster import STARTED, until
from tests.faults.conftest import FULL, Line, Report
from tests.faults.site import ROOT

pytestmark = [pytest.mark.postgresql, pytest.mark.skipif(not FULL, reason="make faults")]
#: Who works: each has cases of the demo before her.
PEOPLE = ("cc47-1", "cc10-1", "mc47-1", "fsc10-1", "fsc47-1", "leo47-1")
#: Times that each process is killed.
ROUNDS = 3
CASE = re.compile(r'href="/cases/([0-9a-f-]{32,36})"')
TASK = re.compile(r"/inbox/tasks/([0-9a-f-]{32,36})/claim")


class Clerk:
    """Reads, claims, releases and comments, again and again; remembers what was acknowledged."""

    def __init__(self, url: str, login: str) -> None:
        self.answers: Counter[int] = Counter()
        self.commented: set[str] = set()
        self.doubtful: set[str] = set()
        self._client = httpx.Client(base_url=url, timeout=30)
        self._sign_in(login)

    def _sign_in(self, login: str) -> None:
        token = self._client.get("/session").json()["csrf"]
        said = {"csrf_token": token, "login": login, "password": "zholdama"}
        assert self._client.post("/sign-in", data=said).status_code == 302
        self._token = self._client.get("/session").json()["csrf"]

    def work(self, over: threading.Event) -> None:
        while not over.is_set():
            try:
                self._round()
            except httpx.TransportError:
                # The process that held the request was killed: no answer, and so no promise.
                self.answers[0] += 1
                sleep(0.1)

    def close(self) -> None:
        """Leave."""
        self._client.close()

    def _get(self, path: str) -> str:
        found = self._client.get(path, follow_redirects=True)
        self.answers[found.status_code] += 1
        return found.text if found.status_code == 200 else ""

    def _post(self, path: str, **fields: str) -> int:
        found = self._client.post(path, data={"csrf_token": self._token, **fields})
        self.answers[found.status_code] += 1
        return found.status_code

    def _round(self) -> None:
        inbox = self._get("/inbox/?box=office")
        for task in TASK.findall(inbox)[:1]:
            self._post(f"/inbox/tasks/{task}/claim")
            self._get(f"/tasks/{task}")
            self._post(f"/inbox/tasks/{task}/release")
        for case in CASE.findall(self._get("/cases/"))[:1]:
            said = f"note {uuid4().hex}"
            self.doubtful.add(said)
            status = self._post(f"/cases/{case}/comments", body=said)
            if status == 303:
                self.commented.add(said)
                self.doubtful.discard(said)


class Cluster:
    """The command, its output, and whom it runs."""

    def __init__(self, folder: Path) -> None:
        for name in ("processes", "forms"):
            (folder / name).symlink_to(ROOT / name)
        self.folder, self.output = folder, folder / "output.txt"
        self.said = environment(ZHOLDAMA_LANG="en", PYTHONUNBUFFERED="1")
        with self.output.open("wb") as stream:
            self._process = subprocess.Popen(
                [PROGRAM, "cluster", "--demo", "--port", "0"],
                cwd=folder,
                env=self.said,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        found = re.search(r"listens on (http://\S+)", self.output.read_text())
        return found[1] if found else ""

    def pids(self) -> dict[str, int]:
        return {one["name"]: int(one["pid"]) for one in STARTED.finditer(self.output.read_text())}

    def up(self) -> bool:
        """Tell whether it serves; fail if it ended."""
        assert self._process.poll() is None, self.output.read_text()
        return bool(self.url) and ready(self.url)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0, self.output.read_text()


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_any_of_them_may_die_and_nothing_is_lost(report: Report) -> None:
    with ExitStack() as stack:
        # Not pytest's folder, which no other user may enter: PostgreSQL does not run as root.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        cluster = Cluster(folder)
        stack.callback(cluster.stop)
        until(cluster.up, 300)
        clerks = [Clerk(cluster.url, login) for login in PEOPLE]
        admin = Clerk(cluster.url, "admin")
        for one in (*clerks, admin):
            stack.callback(one.close)
        over = threading.Event()
        threads = [threading.Thread(target=one.work, args=(over,)) for one in clerks]
        stack.callback(lambda: [one.join() for one in threads])
        stack.callback(over.set)
        for one in threads:
            one.start()
        longest = 0.0
        for name in ("web-1", "worker-1", "postgresql", "web-2", "worker-2") * ROUNDS:
            # Timers, reminders and handlers by the dozen, for the workers.
            until(lambda: admin._post("/admin/sandbox/clock") == 303)
            before = cluster.pids()[name]
            began = monotonic()
            os.kill(before, signal.SIGKILL)
            until(lambda name=name, before=before: cluster.pids()[name] != before)
            until(lambda: ready(cluster.url))
            longest = max(longest, monotonic() - began)
            sleep(2)
        over.set()
        for one in threads:
            one.join()
        answers = sum((one.answers for one in clerks), Counter())
        _whole(cluster, clerks)
        assert answers[200] > 50
        assert not [code for code in answers if code >= 500 and code != 503], answers
    report(
        Line(
            trial=0,
            database="postgresql",
            what=f"`zholdama cluster --demo` under {len(clerks)} people; each of two webs, two"
            f" workers and PostgreSQL killed {ROUNDS} times",
            figure=f"{sum(len(one.commented) for one in clerks)} acknowledged comments, all there;"
            f" {answers[200] + answers[303]} answers, {answers[503]} times 503,"
            f" {answers[0]} cut off, no 500; ready again after at most {longest:.1f} s",
            goal="nothing lost, no 500",
        )
    )


def _whole(cluster: Cluster, clerks: list[Clerk]) -> None:
    """Check what must hold: comments and lines of history stand once, jobs and chain."""
    url = f"postgresql://postgres@/zholdama?host={cluster.folder}/var/postgresql"
    keys = Keys.parse((cluster.folder / "var/zholdama.keys").read_text())
    database = Database(url, keys)

    def table(name: str, **equal: object) -> list[Any]:
        with database.reading() as uow:
            return rows(uow, name, **equal)

    try:
        until(lambda: not table("job", state="claimed"))
        written = Counter(row.body for row in table("comment"))
        for one in clerks:
            assert all(written[said] == 1 for said in one.commented), "a comment was lost"
            assert all(written[said] <= 1 for said in one.doubtful)
        lines = Counter(
            (row.instance_id, row.what, row.element, row.token, row.at) for row in table("event")
        )
        assert max(lines.values()) == 1, "a line of history stands twice"
        with database.reading() as uow:
            assert audit.verify(uow).broken == 0
    finally:
        database.close()
