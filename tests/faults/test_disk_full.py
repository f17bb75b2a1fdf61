"""The disk of the database is full (reliability, trial 8): a small file system, filled to the brim.

Nothing that was acknowledged is lost, what is there can be read, who sends something is told so
with what she typed still on the page, and work goes on by itself once there is room.

PostgreSQL has two disks that may be full: that of its tables, where statements fail one by one; and
that of its log of changes, where it stops as a whole, and whoever looks after it starts it again.
"""

import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from subprocess import CalledProcessError
from time import monotonic, sleep

import httpx
import pytest

from engine.processes import Child
from tests.faults.clerks import Clerk, gone_home
from tests.faults.conftest import Line, Report, times
from tests.faults.outside import Outside
from tests.faults.postgres import Server, own_server
from tests.faults.site import PEOPLE
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.stage import Stage, staged

#: Times that the disk is filled, and tasks that are worked on each time before and after.
FILLS, LOG_FILLS = times(10, 1), times(2, 1)
TASKS = times(30, 4)
#: Megabytes of the small disks.
SQLITE_ROOM, TABLES_ROOM, LOG_ROOM = 128, 192, 192
#: Octets that a clerk writes into each form: they fill what the database had set aside.
LONG = 34_000
#: Seconds until work has resumed.
GOAL = 10.0
PATIENCE = 60.0
#: What the page says, in the languages of those who read it.
SAID = {
    "kk": "Дерекқордың дискісі толды",
    "ru": "Диск базы данных переполнен",
    "en": "The disk of the database is full",
}


class Trial:
    """Clerks at an installation whose disk is filled and emptied."""

    def __init__(self, stage: Stage, web: Child, clerk: Clerk) -> None:
        self.stage, self.web, self.clerk = stage, web, clerk
        self.refused = 0
        #: Whether nothing can be read either.
        self.log_full = False
        #: Seconds from the room to the first form that was taken.
        self.resumed: list[float] = []
        self._cases = 0

    def begin(self, number: int) -> list[str]:
        """Start cases, wait until the handlers are done, claim all that waits; return it."""
        for _ in range(number):
            self._cases += 1
            self.stage.start("at_once", f"K-{self._cases}")
        waits(lambda: len(self.stage.table("user_task")) == self._cases, "handlers did not go on")
        waiting = [row.id for row in self.stage.table("user_task", status="open")]
        for task in waiting:
            assert self.clerk.ask("POST", f"/inbox/tasks/{task}/claim").status_code == 303
        return waiting

    def work_until_refused(self, waiting: list[str], said: str) -> str:
        """Complete tasks until one is refused; return that task."""
        for task in waiting:
            answer = self.complete(task)
            if answer.status_code == 503:
                assert said in answer.text, answer.text
                self.refused += 1
                return task
            assert answer.status_code == 303, answer.text
        pytest.fail("the disk was never full")

    def complete(self, task: str) -> httpx.Response:
        """Send a claimed task; what is typed must be on the page of a refusal."""
        note = f"{task} " + "сөз " * (LONG // 7)
        answer = self.clerk.ask("POST", f"/tasks/{task}", _act="send", note=note)
        if answer.status_code == 303:
            self.clerk.acknowledged[task] = note
        elif answer.status_code == 503:
            assert note.strip() in answer.text, "what was typed is not on the page"
            # Not the page of an error: the form itself, while the case can be read.
            assert self.log_full or "data-draft" in answer.text, answer.text
        return answer

    def kept(self, task: str) -> bool:
        """Keep what is being typed, as the page does by itself; tell whether all of it was."""
        for n in range(20):
            draft = f"{n} " + "сөз " * (LONG // 7)
            if self.clerk.ask("POST", f"/tasks/{task}/draft", note=draft).status_code != 200:
                return False
        return True

    def readable(self, task: str) -> None:
        for path in ("/inbox/", f"/tasks/{task}"):
            assert self.clerk.ask("GET", path).status_code == 200

    def goes_on(self, task: str) -> None:
        """Send the refused task until it is taken, with nobody doing anything to the processes."""
        since = monotonic()
        while self.complete(task).status_code != 303:
            assert monotonic() - since < PATIENCE, "work did not resume"
            sleep(0.1)
        self.resumed.append(monotonic() - since)

    def whole(self) -> None:
        """Check that all that was acknowledged stands, and nothing that was refused in half."""
        self.stage.consistent()
        assert not self.stage.table("incident")
        done = {row.id for row in self.stage.table("user_task", status="completed")}
        assert set(self.clerk.acknowledged) == done
        assert not self.clerk.wrong, self.clerk.wrong
        assert self.web.alive()


@contextmanager
def trial(url: str, folder: Path) -> Iterator[Trial]:
    """One process of pages and jobs, one clerk."""
    with closing(Outside()) as outside, staged(url, folder, outside) as stage:
        stage.environment["ZHOLDAMA_JOBS"] = "embedded"
        web, address = stage.web("web")
        web.wait_ready()
        clerk = Clerk(address, PEOPLE[0])
        with gone_home([clerk]):
            yield Trial(stage, web, clerk)


def speak(clerk: Clerk, language: str) -> str:
    """Read in a language; return what a full disk is called in it."""
    clerk.ask("POST", "/language", code=language)
    return SAID[language]


def waits(come: Callable[[], object], lost: str) -> None:
    end = monotonic() + PATIENCE
    while not come():
        assert monotonic() < end, lost
        sleep(0.05)


def test_sqlite(tmp_path: Path, sqlite_template: Path, report: Report) -> None:
    with small_disk(tmp_path / "disk", SQLITE_ROOM) as disk:
        path = disk.folder / "zholdama.db"
        path.write_bytes(sqlite_template.read_bytes())
        with trial(f"sqlite:///{path}", tmp_path / "site") as at:
            for n in range(FILLS):
                said = speak(at.clerk, tuple(SAID)[n % len(SAID)])
                filled_and_emptied(at, disk, said, lambda: use_up_reserve(path))
            at.whole()
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    tell(report, at, "sqlite", f"the disk filled {FILLS} times under work, then emptied")


def use_up_reserve(path: Path) -> None:
    """Have SQLite give back the room that its log has from earlier work."""
    with closing(sqlite3.connect(path)) as database:
        waits(
            lambda: database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0,
            "the log of SQLite is never empty",
        )


def filled_and_emptied(
    at: Trial, disk: SmallDisk, said: str, before: Callable[[], None] = lambda: None
) -> None:
    """Fill the disk under work, look what can be done, make room, see that all goes on."""
    first, *waiting = at.begin(TASKS)
    assert at.complete(first).status_code == 303
    before()
    disk.fill()
    refused = at.work_until_refused(waiting, said)
    at.readable(refused)
    disk.make_room()
    at.goes_on(refused)
    at.begin(1)


def tell(report: Report, at: Trial, database: str, what: str) -> None:
    report(
        Line(
            trial=8,
            database=database,
            what=what,
            figure=f"{len(at.clerk.acknowledged)} acknowledged forms, none lost; {at.refused} "
            f"refused by a 503 with what was typed; pages readable meanwhile; work resumed after "
            f"{max(at.resumed):.1f} s",
            goal="no acknowledged write lost, pages readable, integrity, resumes by itself",
        )
    )


@pytest.mark.postgresql
def test_postgresql(tmp_path: Path, report: Report) -> None:
    # Not under pytest's folders: the server is another user.
    base = Path(tempfile.gettempdir()) / f"zholdama-disk-{uuid.uuid4().hex[:8]}"
    with (
        small_disk(base / "tables", TABLES_ROOM) as tables,
        small_disk(base / "log", LOG_ROOM) as log,
    ):
        wal = log.folder / "pg_wal"
        wal.mkdir()
        with own_server(tables.folder / "server", wal) as server:
            with trial(server.make_database(), tmp_path / "site") as at:
                for n in range(FILLS):
                    said = speak(at.clerk, tuple(SAID)[n % len(SAID)])
                    filled_and_emptied(at, tables, said)
                tell(report, at, "postgresql", f"the tables' disk filled {FILLS} times")
                at.refused, at.resumed = 0, []
                for _ in range(LOG_FILLS):
                    log_filled(at, log, server)
                at.whole()
                tell(report, at, "postgresql", f"the disk of its log filled {LOG_FILLS} times")
            server.verify()


def log_filled(at: Trial, disk: SmallDisk, server: Server) -> None:
    """Fill the disk of the log until the server stops; make room and start it, as systemd would."""
    first, *_ = at.begin(TASKS)
    at.log_full = True
    disk.fill()
    while at.kept(first):
        server.use_up_log()
    assert at.complete(first).status_code == 503
    at.refused += 1
    disk.make_room()
    since = monotonic()
    while not server.answers():
        with suppress(CalledProcessError):
            server.start()
        assert monotonic() - since < PATIENCE, "PostgreSQL does not start again"
    at.goes_on(first)
