"""Part ``instance``: the administrators' page of a case with ten thousand rows of history.

One case is sent back again and again, as real steps. Measured is the whole page as the application
answers it (signed in, rendered, in this process), each of its tabs, a page of the history to be
played back, and the staff's page of the same case; beside it the page of a case that has just
begun, and how many statements either takes.
"""

import gc
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter, process_time
from typing import Any

from engine.bench.chain import CANDIDATE, FORM, FORM_JSON, PROCESS, chain
from engine.bench.domains import Ground, Measured
from engine.bench.figures import p95
from engine.bootstrap import App
from engine.model.people import ADMIN, SYSTEM, Actor, Candidate
from engine.model.text import text
from engine.services import accounts, definitions, instances, organisations, signing_in, tasks
from engine.services.context import UnitOfWork
from engine.store.counting import settle
from engine.web import create_app

#: Rows of history.
ROWS = 10_000
#: User tasks of the diagram.
TASKS = 8
#: Goal of the design: milliseconds of 95 pages in 100.
MOST = 150.0
#: How often each page is asked for, after once to warm up.
ASKED = 20
#: Tabs that are asked for alone.
TABS = ("tasks", "jobs", "variables", "history", "audit", "tree")


def measure(ground: Ground) -> Iterator[Measured]:
    """Write one long case and a short one, then look at them."""
    stage = Stage(ground.app)
    short, long = stage.start("B-short"), stage.start("B-long")
    with ground.bar(text("rows of history"), ROWS) as advance:
        rows = stage.rework(long, ROWS, advance)
    settle(ground.app.database)
    yield Measured(name="rows", value=float(rows))
    client = stage.client()
    yield from _page(client, "page", f"/admin/cases/{long}/", most=MOST)
    yield from _page(client, "page_short", f"/admin/cases/{short}/")
    yield from _page(client, "history_json", f"/admin/cases/{long}/history.json")
    yield from _page(client, "staff_page", f"/cases/{long}")
    for tab in TABS:
        part = {"HX-Request": "true", "HX-Target": "tab"}
        yield from _page(client, f"tab_{tab}", f"/admin/cases/{long}/?tab={tab}", headers=part)


class Stage:
    """A clerk who completes what the chain offers, and an administrator who looks on."""

    def __init__(self, app: App) -> None:
        """Deploy the chain and hire both."""
        self._app = app
        database, ctx = app.database, app.context
        with database.begin() as uow:
            organisations.create(
                uow, ctx, SYSTEM, code="bench", names={"kk": "bench"}, kind="bench"
            )
            clerk, self._admin = (self._hire(uow, role) for role in (CANDIDATE, f"{ADMIN}@bench"))
            files = {"processes/chain.bpmn": chain(TASKS), f"forms/{FORM}.json": FORM_JSON}
            definitions.deploy(uow, ctx, SYSTEM, files, "bench")
            uow.commit()
        with database.reading() as uow:
            self._clerk: Actor = signing_in.load(uow, clerk)

    def _hire(self, uow: UnitOfWork, role: str) -> str:
        return accounts.create(
            uow,
            self._app.context,
            SYSTEM,
            login=role.partition("@")[0],
            password="measured by the bench",  # noqa: S106  an account of a throw-away database
            name="Bench",
            memberships=[Candidate.parse(role)],
        )

    def start(self, key: str) -> str:
        """Start a case; return its id."""
        with self._app.database.begin() as uow:
            made = instances.start(
                uow, self._app.context, self._clerk, PROCESS, key, {"rework": False}
            )
            uow.commit()
        return made

    def rework(self, case: str, rows: int, advance: Callable[[int], None]) -> int:
        """Send a case back until it has so many rows of history; return how many it has."""
        there = 0
        while there < rows:
            for step in range(TASKS):
                self._complete(case, rework=step == TASKS - 1)
            before, there = there, self._rows(case)
            advance(min(there, rows) - before)
        return there

    def _complete(self, case: str, *, rework: bool) -> None:
        ctx = self._app.context
        with self._app.database.begin() as uow:
            (task,) = uow.tasks.open_of(case)
            tasks.claim(uow, ctx, self._clerk, task.id)
            tasks.complete(uow, ctx, self._clerk, task.id, {"rework": rework})
            uow.commit()

    def _rows(self, case: str) -> int:
        with self._app.database.reading() as uow:
            return int(uow.inspecting.counts(case, 10 * ROWS).history)

    def client(self) -> Any:
        """Return a client at which the administrator is signed in."""
        client = create_app(self._app).test_client()
        with client.session_transaction() as session:
            session["_user_id"] = self._admin
        return client


def _page(
    client: Any, name: str, address: str, *, most: float | None = None, **more: Any
) -> Iterator[Measured]:
    """Yield the time of a page, and what this process computes for it."""
    times, computed = [], []
    # As a web process does when it has started: what the bench holds is not looked through.
    gc.collect()
    gc.freeze()
    for number in range(ASKED + 1):
        began, idle = perf_counter(), process_time()
        answer = client.get(address, **more)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status}")
        if number:
            computed.append((process_time() - idle) * 1000)
            times.append((perf_counter() - began) * 1000)
    yield Measured(name=f"{name}_p95_ms", value=p95(times), most=most)
    yield Measured(name=f"{name}_cpu_ms", value=round(median(computed), 1))
