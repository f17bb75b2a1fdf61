"""Part ``process``: how long a process takes to start, and what memory it holds once it works.

Real processes of ``zholdama serve`` and ``zholdama worker``, in the folder where the bench was
started, on an installation with the project's processes deployed. A start is counted from the
moment the process is made until it says that it can work. Memory is what the kernel says: pages
of its own and shared ones (``Rss``), and shared ones divided among those who share (``Pss``).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from engine.bench.chain import CANDIDATE, FORM, FORM_JSON, PROCESS, chain
from engine.bench.domains import Ground, Measured
from engine.errors import Unavailable
from engine.model.people import SYSTEM, Candidate
from engine.model.text import text
from engine.processes import Child, free_port, ready_at
from engine.services import accounts, definitions, instances, organisations

#: Goals of the design: seconds until ready, megabytes of memory.
READY, MEMORY = 1.5, 150.0
#: How often a process is started, and how often its pages are asked for.
STARTS, ROUNDS = 5, 10
#: Cases that wait for the clerk; each has a timer that the worker fires.
CASES = 20
#: Seconds between two looks at a process that starts, and until it is given up.
LOOK, PATIENCE = 0.005, 60.0
LOGIN, PASSWORD = "bench", "measured by the bench"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_TASK = re.compile(r'/tasks/([0-9a-f]{32})"')


def measure(ground: Ground) -> Iterator[Measured]:
    """Start web processes and workers, ask for pages, look at memory."""
    furnish(ground)
    port = free_port()
    said = {**ground.environment(), "ZHOLDAMA_LOG_LEVEL": "error"}
    log = ground.folder / "log"
    web = Child("web", ["serve", "--port", str(port)], environment=said, log=log)
    yield from _started("web", [_start(web, port) for _ in range(STARTS - 1)])
    with _running(web, port):
        browse(f"http://127.0.0.1:{port}")
        yield from _memory("web", web.pid)
    worker = Child("worker", ["worker"], environment=said, log=log)
    yield from _started("worker", [_start(worker, worker.port) for _ in range(STARTS - 1)])
    with _running(worker, worker.port):
        sleep(1)
        yield from _memory("worker", worker.pid)


def furnish(ground: Ground) -> None:
    """Deploy the project's processes and the chain, hire a clerk, start cases for her."""
    app = ground.app
    with app.database.begin() as uow:
        organisations.create(
            uow, app.context, SYSTEM, code="bench", names={"kk": "bench"}, kind="bench"
        )
        accounts.create(
            uow,
            app.context,
            SYSTEM,
            login=LOGIN,
            password=PASSWORD,
            name="Bench",
            memberships=[Candidate.parse(CANDIDATE)],
        )
        files = {"processes/chain.bpmn": chain(2), f"forms/{FORM}.json": FORM_JSON}
        for some in (ground.files, files):
            if some:
                definitions.deploy(uow, app.context, SYSTEM, some, "bench")
        for number in range(CASES):
            instances.start(uow, app.context, SYSTEM, PROCESS, f"B-{number}", {"rework": False})
        uow.commit()


@contextmanager
def _running(child: Child, port: int) -> Iterator[float]:
    """Start a process; yield the seconds until it could work; stop it."""
    began = perf_counter()
    child.start()
    try:
        end = monotonic() + PATIENCE
        while not ready_at(port):
            if not child.alive() or monotonic() > end:
                raise Unavailable(text("The process {name} did not start", name=child.name))
            sleep(LOOK)
        yield perf_counter() - began
    finally:
        child.stop()


def _start(child: Child, port: int) -> float:
    with _running(child, port) as seconds:
        return seconds


def _started(name: str, seconds: list[float]) -> Iterator[Measured]:
    yield Measured(name=f"{name}_start_s", value=round(median(seconds), 2), most=READY)
    yield Measured(name=f"{name}_start_longest_s", value=round(max(seconds), 2))


def browse(address: str) -> int:
    """Sign in and ask for the pages of a working day; return how many were answered."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    token = _TOKEN.search(_page(browser, f"{address}/sign-in"))
    if token is None:
        raise Unavailable(text("The process {name} did not start", name="web"))
    sent = {"csrf_token": token[1], "login": LOGIN, "password": PASSWORD}
    inbox = _page(browser, f"{address}/sign-in", sent)
    tasks = [f"/tasks/{one}" for one in dict.fromkeys(_TASK.findall(inbox))]
    asked = ["/inbox/", "/inbox/?box=mine", "/cases/", "/notifications/", *tasks] * ROUNDS
    for path in asked:
        _page(browser, address + path)
    return len(asked)


def _page(browser: OpenerDirector, address: str, sent: Mapping[str, str] | None = None) -> str:
    body = urlencode(sent).encode() if sent else None
    with browser.open(address, body, timeout=30) as answer:
        found: str = answer.read().decode()
    return found


def _memory(name: str, pid: int) -> Iterator[Measured]:
    held = memory(pid)
    yield Measured(name=f"{name}_memory_mb", value=held["Rss"], most=MEMORY)
    yield Measured(name=f"{name}_memory_shared_mb", value=held["Pss"])


def memory(pid: int) -> dict[str, float]:
    """Return what the kernel says a process holds, in megabytes, by name (``Rss``, ``Pss``, …)."""
    said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split() for line in said)
    return {row[0].rstrip(":"): round(int(row[1]) / 1024, 1) for row in rows}
