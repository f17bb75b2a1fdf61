"""The connection to PostgreSQL breaks at any statement of a page (reliability, trial 2, in small).

For each page: its connection is cut before its first statement, then before its second, and so on,
and around its commit, until it comes through whole. Each time the person reads a 503 that says when
to come back; the same page works the next moment; and what is sent twice happens once. A commit may
be cut before the server hears of it, and after: then it stands, and nobody was told.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse

from engine.clock import SystemClock, TestClock
from engine.jobs.executor import Executor, Settings
from engine.store import Database, Keys
from engine.store.counting import rows
from engine.web import create_app
from tests.concurrency.jobs_diagrams import ASKING
from tests.concurrency.jobs_world import Answer, World
from tests.faults.conftest import Line, Report, times
from tests.faults.wire import Wire
from tests.sample_office import furnish
from tests.unit.web.conftest import Person

NOTE = "Төлеухан Ардақ"
#: Each moment, or every other one.
STEP = times(1, 2)


class Cutter:
    """Cuts the connection of the n-th statement, or around a commit; then no more."""

    def __init__(self, database: Database, wire: Wire, url: str) -> None:
        self._url, self._wire = url, wire
        #: Statements until it cuts; None: it does not.
        self.left: int | None = None
        #: Whether a commit that is cut stands on the server.
        self.kept = False
        for engine in (database.engine, database.reader):
            event.listen(engine, "before_cursor_execute", lambda conn, *_: self.burn(conn))
            event.listen(engine, "commit", self.burn_commit)

    def burn(self, connection: Connection) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            self.left = None
            self.cut(connection.connection.driver_connection)

    def burn_commit(self, connection: Connection) -> None:
        if self.left == 1 and self.kept:
            self.left, self._wire.swallow = None, True
        else:
            self.burn(connection)

    def cut(self, driver: Any) -> None:
        with psycopg.connect(self._url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [driver.info.backend_pid])


class Stand:
    """Somebody at pages whose database is cut off."""

    def __init__(self, wire: Wire, url: str, keys: Keys, clock: TestClock) -> None:
        self.database = Database(wire.url, keys)
        self.office = furnish(self.database, clock, cases=0)
        self.cutter = Cutter(self.database, wire, url)
        self.person = Person(create_app(self.office))
        self.token = self.person.token()
        self.me = self.office.actor("aigul").account
        with self.person.client.session_transaction() as session:
            session["_user_id"] = self.me
            session["language"] = "en"
        self.cuts = 0
        self.numbers = count()

    def task(self) -> str:
        """Start a case; return its task."""
        case = self.office.start(f"Т-26-{next(self.numbers):05}")
        [row] = self.table("user_task", instance_id=case)
        return str(row.id)

    def table(self, name: str, **equal: object) -> list[Any]:
        with self.database.reading() as uow:
            return rows(uow, name, **equal)

    def sweep(self, prepare: Callable[[], str], act: Callable[[str], TestResponse]) -> int:
        """Cut at every moment of an act; return how many there are."""
        for moment in range(1, 200, STEP):
            for kept in (False, True):
                made = prepare()
                self.cutter.left, self.cutter.kept = moment, kept
                first = act(made)
                whole, self.cutter.left = self.cutter.left is not None, None
                if whole:
                    assert first.status_code in {200, 303}
                    return moment - 1
                self.refused(first)
                again = act(made)
                assert again.status_code in {200, 303}, again.text
        pytest.fail("the page never ends")

    def refused(self, answer: TestResponse) -> None:
        self.cuts += 1
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"].isdigit()
        assert "again in a minute" in answer.text
        assert "Traceback" not in answer.text

    def get(self, path: str) -> TestResponse:
        return self.person.get(path)

    def post(self, path: str, **form: str) -> TestResponse:
        answer = self.person.client.post(path, data={"csrf_token": self.token, **form})
        if answer.status_code == 503:
            assert not form or NOTE in answer.text, "what was typed is not on the page"
        return answer


@pytest.fixture
def stand(postgres_url: str, keys: Keys, clock: TestClock) -> Iterator[Stand]:
    # Not under pytest's folders: a socket's path may have 107 letters.
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Wire(Path(folder), postgres_url)) as wire,
    ):
        made = Stand(wire, postgres_url, keys, clock)
        yield made
        made.database.close()


@pytest.mark.postgresql
def test_a_page_says_503_wherever_its_connection_breaks_and_works_the_next_moment(
    stand: Stand, report: Report
) -> None:
    one = stand.task()
    stand.sweep(lambda: one, lambda task: stand.get("/inbox/"))
    stand.sweep(lambda: one, lambda task: stand.get(f"/tasks/{task}"))
    stand.sweep(stand.task, lambda task: stand.post(f"/inbox/tasks/{task}/claim"))

    def claimed() -> str:
        task = stand.task()
        assert stand.post(f"/inbox/tasks/{task}/claim").status_code == 303
        return task

    moments = stand.sweep(
        claimed, lambda task: stand.post(f"/tasks/{task}", _act="send", name=NOTE)
    )
    assert moments > 8, "the sweep swept nothing"
    written_once(stand)
    assert stand.database.connections() == {"writing": 0, "reading": 0}
    report(
        Line(
            trial=2,
            database="postgresql",
            what=f"a connection cut at each statement and commit of a page, {stand.cuts} times",
            figure="503 each time, the next request works, what was sent twice happened once",
            goal="503 not 500; a commit in doubt stands once or not at all",
        )
    )


def written_once(stand: Stand) -> None:
    events = stand.table("event")
    said = Counter((row.instance_id, row.what, row.element) for row in events)
    assert max(said.values()) == 1
    done = [row for row in stand.table("user_task", element="accept") if row.status == "completed"]
    assert len(done) > 4
    assert all(said[row.instance_id, "completed", "accept"] == 1 for row in done)


@pytest.mark.postgresql
def test_what_an_executor_claimed_without_hearing_of_it_waits_for_no_lease(
    postgres_url: str, keys: Keys
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Wire(Path(folder), postgres_url)) as wire,
        closing(Database(postgres_url, keys)) as direct,
        closing(Database(wire.url, keys)) as theirs,
    ):
        world = World(direct, SystemClock())
        world.handler(lambda query, call: Answer())
        world.deploy(ASKING)
        executor = Executor(theirs, world.ctx, Settings(lease=timedelta(hours=1)))
        case = world.start("asking")
        with theirs.begin() as uow:
            uow.commit()  # a first connection commits by itself
        wire.swallow = True
        executor.start()
        end = monotonic() + 20
        while world.elements(case) != ["reading"]:
            assert monotonic() < end, world.jobs()
            sleep(0.05)
        executor.stop()
        assert not wire.swallow
        [job] = world.jobs(kind="handler")
        assert job.attempts == 2, "the first claim was committed, and nobody heard of it"
