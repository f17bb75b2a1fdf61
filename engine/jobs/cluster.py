"""Wake-ups between processes on one PostgreSQL, by Procrastinate; the only importer of it.

The `job` table stays the truth. What lies in Procrastinate's tables are hints, and all of them may
be lost: an executor looks by itself every few seconds, and the tick below once a second.

::

    web:     step ─ job row ─ wake-up (savepoint) ─ COMMIT ─┐ NOTIFY
    worker:  Procrastinate ◀────────────────────────────────┘─▶ Executor.wake ─▶ claim, do, record
             tick, once a second in the whole cluster ────────▶ Executor.wake
             house-keeping, once a minute in the whole cluster

At most one wake-up waits at a time: who brings a second one finds the first. That is a unique
violation, which would spoil the step's transaction without the savepoint (measured: the commit says
all is well, and the step is lost). The first one may be taken before the second one's rows are
committed; so a worker looks once more when it lets go of a wake-up.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from engine.errors import Unavailable, ZholdamaError
from engine.model.text import text
from engine.services.context import Database, UnitOfWork

log = logging.getLogger(__name__)

QUEUE = "zholdama"
#: Names of what is put there.
WAKE, TICK, KEEP_HOUSE = "zholdama.wake", "zholdama.tick", "zholdama.keep_house"
#: Once a second, once a minute: the last of six fields are the seconds.
EVERY_SECOND, EVERY_MINUTE = "* * * * * *", "* * * * * 0"
#: Seconds for which a worker holds on to a wake-up: more of them in that time become one.
LINGER = 0.05
#: Seconds until a listener that lost the database tries again: first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
#: Setting of the database that tells whose tables lie there.
MARK = "wakeups.schema"

#: What stands in the way for ten seconds is not waited for.
_DROP = r"""
DO $$ DECLARE found record; BEGIN
  SET LOCAL lock_timeout = 10000;
  DROP TABLE IF EXISTS procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
    procrastinate_workers CASCADE;
  FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE proname LIKE 'procrastinate\_%' AND pg_function_is_visible(oid)
  LOOP EXECUTE 'DROP ROUTINE IF EXISTS ' || found.name || ' CASCADE'; END LOOP;
  FOR found IN SELECT oid::regtype AS name FROM pg_type
    WHERE typname LIKE 'procrastinate\_%' AND pg_type_is_visible(oid)
  LOOP EXECUTE 'DROP TYPE IF EXISTS ' || found.name || ' CASCADE'; END LOOP;
END $$
"""


def install(database: Database) -> None:
    """Make the tables of wake-ups, or make them anew for another release of Procrastinate.

    Nothing in them is worth keeping. On SQLite there is nothing to do.
    """
    if database.dialect != "postgresql":
        return
    with database.begin() as uow:
        if uow.settings.get(MARK) == _release():
            return
        _run(uow, _DROP)
        _run(uow, _deferring().schema_manager.get_schema())
        uow.settings.set(MARK, _release())
        uow.commit()


def check(database: Database) -> None:
    """Raise `Unavailable` unless wake-ups can be left in this database."""
    if database.dialect != "postgresql":
        raise Unavailable(
            text("Several processes need PostgreSQL; ZHOLDAMA_JOBS=clustered is not for SQLite")
        )
    with database.reading() as uow:
        found = uow.settings.get(MARK)
    if found != _release():
        raise Unavailable(
            text("The database has no tables for wake-ups; run 'zholdama db upgrade'")
        )


def _release() -> str:
    return version("procrastinate")


def _run(uow: UnitOfWork, statements: str) -> None:
    # Several statements at once, and per cent signs that stand for themselves.
    uow.connection.exec_driver_sql(statements, execution_options={"no_parameters": True})


def _deferring() -> App:
    return App(connector=SyncPsycopgConnector())


class WakeUps:
    """Leaves wake-ups in the transactions of this process: a messenger of the `Bell`."""

    def __init__(self) -> None:
        """Open nothing: the transaction's own connection is used."""
        # Procrastinate tells of each wake-up, ours is the job's own line.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._app = _deferring()

    def __call__(self, uow: UnitOfWork) -> None:
        """Leave one, unless one waits already; never the reason why a step is not committed."""
        try:
            with uow.savepoint():
                self._app.configure_task(
                    WAKE, queue=QUEUE, queueing_lock=WAKE, connection=uow.driver
                ).defer()
        except AlreadyEnqueued:
            return
        except (ConnectorException, ZholdamaError):
            # If the connection is gone the commit says so; if not, it costs one tick.
            log.warning("a wake-up could not be left; the tick finds the work")


class Listener:
    """Procrastinate's worker in a thread: wakes the executor of this process."""

    def __init__(
        self, database: Database, wake: Callable[[], None], keep_house: Callable[[], None]
    ) -> None:
        """Name what is called: `wake` at once and never waits, `keep_house` in a thread."""
        # The engine's own address: it says how a server that is gone without a word is noticed.
        address = database.engine.url.set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        self._wake = wake
        self._keep_house = keep_house
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._working: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)

    def start(self) -> None:
        """Listen until `stop`."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what runs is waited for."""
        self._stopping.set()
        if self._loop is not None and self._working is not None:
            self._loop.call_soon_threadsafe(self._working.cancel)
        self._thread.join(timeout=20)

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        """Listen again and again; a database that is away for a while ends nothing."""
        self._loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = self._loop.time()
            self._working = asyncio.create_task(self._work())
            try:
                await self._working
            except asyncio.CancelledError:
                return
            # Whatever it was: the executor goes on by itself, and listening is tried again.
            except Exception:
                log.warning("listening for wake-ups broke off", exc_info=True)
            lasted = self._loop.time() - began
            pause = FIRST_PAUSE if lasted > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _work(self) -> None:
        connector = PsycopgConnector(conninfo=self._address, min_size=1, max_size=2)
        app = App(connector=connector)
        self._take_tasks(app)
        async with app.open_async():
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=2,
                delete_jobs="always",
                install_signal_handlers=False,
            )

    def _take_tasks(self, app: App) -> None:
        @app.task(name=WAKE, queue=QUEUE, queueing_lock=WAKE)
        async def wake() -> None:
            self._wake()
            await asyncio.sleep(LINGER)
            # For whoever found this one waiting, and has committed since.
            self._wake()

        @app.periodic(cron=EVERY_SECOND)
        @app.task(name=TICK, queue=QUEUE, queueing_lock=TICK)
        async def tick(timestamp: int) -> None:
            self._wake()

        @app.periodic(cron=EVERY_MINUTE)
        @app.task(name=KEEP_HOUSE, queue=QUEUE, queueing_lock=KEEP_HOUSE)
        async def keep_house(timestamp: int) -> None:
            await _forget_stalled(app)
            await asyncio.to_thread(self._keep_house)


async def _forget_stalled(app: App) -> None:
    """Remove wake-ups whose worker died with them in its hands: somebody else looked meanwhile."""
    manager: Any = app.job_manager
    for stalled in await manager.get_stalled_jobs(queue=QUEUE):
        await manager.finish_job(stalled, status=Status.FAILED, delete_job=True)
