"""An installation of real processes on one database, and people who work in it by HTTP."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx

from engine.clock import Clock, SystemClock
from engine.handling import Extensions
from engine.jobs import cluster
from engine.model.people import SYSTEM, Candidate
from engine.processes import Child, free_port
from engine.services import accounts, audit, definitions, instances, organisations
from engine.services.context import Context
from engine.store import Database, Keys
from engine.store.counting import rows
from tests.faults.domain.bodies import HANDLERS

ROOT = Path(__file__).parents[2]
PASSWORD = "a password of the trials"
#: Both may do what the office has to do.
PEOPLE = ("aigul", "bolat")
CLERK = Candidate("clerk", "office")
#: Seconds that an answer may take before the trial calls it lost.
PATIENCE = 60.0
#: Package that the processes load instead of the Ministry's.
DOMAIN = "tests.faults.domain"


class Site:
    """A database with one office and two clerks; its processes are children of the trial."""

    def __init__(
        self, url: str, folder: Path, *, clock: Clock | None = None, keys: str = ""
    ) -> None:
        """Hire the people; no process runs yet.

        Sites side by side in one trial need the same `keys`: a process has one ring of them.
        """
        written = keys or Keys.generate()
        self.url, self.folder = url, folder
        self.database = Database(url, Keys.parse(written))
        self.ctx = Context(clock=clock or SystemClock(), extensions=_handlers(), faces={})
        self.environment = {
            "ZHOLDAMA_DATABASE_URL": url,
            "ZHOLDAMA_KEYS": written,
            "ZHOLDAMA_EXTENSIONS": DOMAIN,
            "ZHOLDAMA_LANG": "en",
            "PYTHONPATH": str(ROOT),
        }
        if self.database.dialect == "postgresql":
            cluster.install(self.database)
            self.environment["ZHOLDAMA_JOBS"] = "clustered"
            # What starts cases here stands for a process of pages, which wakes the workers.
            self.ctx.bell.carry(cluster.WakeUps())
        self._running = ExitStack()
        with self.database.begin() as uow:
            organisations.create(
                uow, self.ctx, SYSTEM, code="office", names={"kk": "office"}, kind="office"
            )
            for login in PEOPLE:
                accounts.create(
                    uow,
                    self.ctx,
                    SYSTEM,
                    login=login,
                    password=PASSWORD,
                    name=login.title(),
                    memberships=[CLERK],
                )
            uow.commit()

    def close(self) -> None:
        """Stop every process, then the connections."""
        self._running.close()
        self.database.close()

    # Processes.

    def child(self, name: str, *arguments: str, **environment: str) -> Child:
        """Start a process; wait with `Child.wait_ready`."""
        made = Child(
            name,
            arguments,
            environment={**self.environment, **environment},
            log=self.folder / f"{name}.log",
        )
        self._running.callback(made.stop)
        made.start()
        return made

    def web(self, name: str) -> tuple[Child, str]:
        """Start a web process; return it and its address."""
        port = free_port()
        return self.child(name, "serve", "--port", str(port)), f"http://127.0.0.1:{port}"

    def webs(self) -> list[str]:
        """Start two web processes, or the one that SQLite has; return two addresses, ready."""
        made = [self.web(f"web{n}") for n in range(1 if self.database.dialect == "sqlite" else 2)]
        for one, _ in made:
            one.wait_ready()
        return [made[0][1], made[-1][1]]

    def worker(self, name: str, **environment: str) -> Child:
        """Start a worker."""
        return self.child(name, "worker", **environment)

    def logged(self) -> str:
        """Return what all processes wrote."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    # The office.

    def deploy(self, *diagrams: bytes, forms: Mapping[str, bytes] | None = None) -> None:
        """Deploy."""
        files = {f"processes/{n}.bpmn": diagram for n, diagram in enumerate(diagrams)}
        with self.database.begin() as uow:
            definitions.deploy(uow, self.ctx, SYSTEM, {**files, **(forms or {})})
            uow.commit()

    def start(self, process: str, number: str, ctx: Context | None = None) -> str:
        """Start a case; return its id."""
        with self.database.begin() as uow:
            case = instances.start(uow, ctx or self.ctx, SYSTEM, process, number, {"key": number})
            uow.commit()
        return case

    # What the tables say.

    def table(self, name: str, **equal: object) -> list[Any]:
        """Return rows as they stand."""
        with self.database.reading() as uow:
            return rows(uow, name, **equal)

    def chain_holds(self) -> bool:
        """Verify the audit chain."""
        with self.database.reading() as uow:
            return audit.verify(uow).broken == 0


def _handlers() -> Extensions:
    """Know the handlers, so that diagrams with them may be deployed."""
    found = Extensions()
    for one in HANDLERS:
        found.add_handler(one)
    return found


@contextmanager
def installed(url: str, folder: Path, *diagrams: bytes, **forms: bytes) -> Iterator[Site]:
    """Set an office up on an empty database; everything that was started is stopped."""
    site = Site(url, folder)
    try:
        site.deploy(*diagrams, forms={f"forms/{name}.json": form for name, form in forms.items()})
        yield site
    finally:
        site.close()


class Person:
    """Somebody at a browser of her own."""

    def __init__(self, address: str, login: str) -> None:
        """Sign in, and read in English."""
        self.client = httpx.Client(base_url=address, timeout=PATIENCE)
        self.token = ""
        self._renew()
        self.post("/sign-in", {"login": login, "password": PASSWORD}, expect=302)
        self._renew()
        self.post("/language", {"code": "en"}, expect=303)

    def _renew(self) -> None:
        self.token = self.client.get("/session").json()["csrf"]

    def at(self, address: str) -> "Person":
        """Return the same session at another web process."""
        other = object.__new__(Person)
        other.client = httpx.Client(
            base_url=address, timeout=PATIENCE, cookies=dict(self.client.cookies)
        )
        other.token = self.token
        return other

    def post(
        self, path: str, form: Mapping[str, str] | None = None, expect: int = 0
    ) -> httpx.Response:
        """Send a form; `expect` a status."""
        found = self.client.post(path, data={"csrf_token": self.token, **(form or {})})
        assert expect in {0, found.status_code}, f"{path}: {found.status_code} {found.text}"
        return found

    def claim(self, task: str) -> httpx.Response:
        """Take a task."""
        return self.post(f"/inbox/tasks/{task}/claim")

    def revision(self, task: str) -> str:
        """Open a task; return the revision its form carries."""
        found = re.search(r'name="_revision" value="(\d+)"', self.client.get(f"/tasks/{task}").text)
        assert found, f"{task} has no form to send"
        return found[1]

    def send(self, task: str, revision: str, **fields: str) -> httpx.Response:
        """Send a task's form."""
        return self.post(f"/tasks/{task}", {"_act": "send", "_revision": revision, **fields})

    def close(self) -> None:
        """Leave."""
        self.client.close()


def closing(people: Sequence[Person]) -> ExitStack:
    """Have people leave at the end of a block."""
    stack = ExitStack()
    for one in people:
        stack.callback(one.close)
    return stack


def at_once(
    pool: ThreadPoolExecutor, acts: Sequence[Callable[[], httpx.Response]]
) -> list[httpx.Response]:
    """Let several act at the same moment."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], httpx.Response]) -> httpx.Response:
        gate.wait()
        return act()

    return list(pool.map(one, acts))
