"""The points at which the engine tells what it does. Standard library only: all rooms may import.

By default nobody listens and a point costs a fraction of a microsecond. `install` is called once by
the command that starts a process; a listener returns at once and never raises.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """Whom the present work is for: ids only, so that logs, jobs and spans can be brought together.

    A job carries the request that caused it, however much later it runs.
    """

    #: Correlation id of the request, or of the one that caused the job; empty: nobody's.
    request: str = ""
    #: Job id.
    job: str = ""
    #: Attempt at the job, from 1; 0 outside of jobs.
    attempt: int = 0
    #: External topic, message name or called process of the job.
    topic: str = ""
    #: Instance id.
    instance: str = ""


class Meter:
    """What a listener is told; this one lets it pass."""

    def step(self, process: str, seconds: float) -> None:
        """Note a step that is durable; `seconds` from its first statement to its commit."""

    def step_failed(self, process: str, error: str) -> None:
        """Note a step that raised: the name of the error's class."""

    def job(self, kind: str, topic: str, outcome: str, seconds: float) -> None:
        """Note a job that was recorded: done, error, retry, dead, postponed, lost, unrecorded."""

    def job_begun(self, kind: str, lateness: float) -> None:
        """Note a first attempt, so many seconds after it was due."""

    def handler(self, topic: str, outcome: str, seconds: float) -> None:
        """Note that a handler returned or raised."""

    def lock(self, kind: str, seconds: float) -> None:
        """Note a wait: for the ``writer`` of SQLite, or a statement that locks an ``instance``."""

    def request(
        self, route: str, method: str, status: int, seconds: float, statements: int
    ) -> None:
        """Note an answered request; `route` as it is declared, e.g. ``/tasks/<task_id>``."""


class Span(Protocol):
    """A span that is open."""

    def set_attribute(self, key: str, value: str | int) -> object:
        """Add what was known only later; names as ``zholdama.route``."""
        ...


#: Opens a span: name and attributes, ids and keys only.
Tracer = Callable[[str, dict[str, str | int]], AbstractContextManager[Span]]


@dataclass(slots=True)
class _Listeners:
    """Who listens in this process."""

    #: Counts.
    meter: Meter
    #: Opens spans; None: nobody traces.
    tracer: Tracer | None


class _Sent(threading.local):
    """What this thread has sent to databases."""

    statements = 0


_NOTHING: AbstractContextManager[Span | None] = nullcontext()
_trail: ContextVar[Trail] = ContextVar("trail", default=Trail())  # noqa: B039  it is frozen
_sent = _Sent()
listeners = _Listeners(Meter(), None)


def install(*, meter: Meter | None = None, tracer: Tracer | None = None) -> None:
    """Have this process listened to; what is not given falls silent."""
    listeners.meter = meter or Meter()
    listeners.tracer = tracer


def trail() -> Trail:
    """Return whom the present work is for."""
    return _trail.get()


@contextmanager
def following(found: Trail) -> Iterator[None]:
    """Work for somebody in this block."""
    token = _trail.set(found)
    try:
        yield
    finally:
        _trail.reset(token)


def on_statement(*_sent_to_the_cursor: object) -> None:
    """Count a statement of this thread."""
    _sent.statements += 1


def statements() -> int:
    """Return how many statements this thread has sent so far."""
    return _sent.statements


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span | None]:
    """Open a span if somebody traces. Names and ids only: no values, no texts of errors."""
    tracer = listeners.tracer
    return _NOTHING if tracer is None else tracer(name, attributes)


class Stepping:
    """Times a step from its first line to its commit; one that is rolled back is not counted."""

    __slots__ = ("_after_commit", "_began", "_process", "_span")

    def __init__(
        self, process: str, instance: str, after_commit: Callable[[Callable[[], None]], None]
    ) -> None:
        """Name the process; `after_commit` of the unit of work tells when it is durable."""
        self._process = process
        self._after_commit = after_commit
        self._span = span("step", process=process, instance=instance)

    def __enter__(self) -> None:
        """Begin."""
        self._span.__enter__()
        self._began = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Count it once it is durable; a failure at once."""
        self._span.__exit__(kind, error, traceback)
        if kind is None:
            self._after_commit(self._durable)
        else:
            listeners.meter.step_failed(self._process, kind.__name__)

    def _durable(self) -> None:
        listeners.meter.step(self._process, perf_counter() - self._began)
