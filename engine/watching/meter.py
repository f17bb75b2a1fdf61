"""Counts what the points tell, for Prometheus. One per process, with a registry of its own."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Summary,
    disable_created_metrics,
    generate_latest,
)

from engine.watching.points import Meter

#: Upper bounds in seconds: of what people wait for, of waits for locks, of how late jobs begin.
STEPS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 4)
REQUESTS = (0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.4, 1, 4)
LOCKS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5, 30)
LATE = (0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
HANDLERS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60)


class Prometheus(Meter):
    """The counters of this process. Labels are names from diagrams and routes: few, no people."""

    def __init__(self) -> None:
        """Begin at nought."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package leaves it untyped
        self.registry = own = CollectorRegistry()
        self._steps = Histogram(
            "zholdama_step_seconds",
            "Durable steps, from the first statement to the commit.",
            ["process"],
            buckets=STEPS,
            registry=own,
        )
        self._failed = Counter(
            "zholdama_step_failures", "Steps that raised.", ["process", "error"], registry=own
        )
        self._jobs = Histogram(
            "zholdama_job_seconds",
            "Jobs recorded; without the time of a handler.",
            ["kind", "topic", "outcome"],
            buckets=STEPS,
            registry=own,
        )
        self._late = Histogram(
            "zholdama_job_lateness_seconds",
            "How long after it was due a job was first tried.",
            ["kind"],
            buckets=LATE,
            registry=own,
        )
        self._handling = Histogram(
            "zholdama_handler_seconds",
            "Handlers, each attempt.",
            ["topic", "outcome"],
            buckets=HANDLERS,
            registry=own,
        )
        self._of_the_web()

    def _of_the_web(self) -> None:
        self._locks = Histogram(
            "zholdama_lock_wait_seconds",
            "Waits for the queue of writers (SQLite) and for locked rows.",
            ["lock"],
            buckets=LOCKS,
            registry=self.registry,
        )
        self._requests = Histogram(
            "zholdama_request_seconds",
            "Requests by route.",
            ["route", "method", "status"],
            buckets=REQUESTS,
            registry=self.registry,
        )
        self._statements = Summary(
            "zholdama_request_statements",
            "Statements sent to the database by a request.",
            ["route", "method"],
            registry=self.registry,
        )

    def step(self, process: str, seconds: float) -> None:
        """Count a durable step."""
        self._steps.labels(process).observe(seconds)

    def step_failed(self, process: str, error: str) -> None:
        """Count a step that raised."""
        self._failed.labels(process, error).inc()

    def job(self, kind: str, topic: str, outcome: str, seconds: float) -> None:
        """Count a recorded job."""
        self._jobs.labels(kind, topic, outcome).observe(seconds)

    def job_begun(self, kind: str, lateness: float) -> None:
        """Count how late a job was."""
        self._late.labels(kind).observe(max(0.0, lateness))

    def handler(self, topic: str, outcome: str, seconds: float) -> None:
        """Count an attempt of a handler."""
        self._handling.labels(topic, outcome).observe(seconds)

    def lock(self, kind: str, seconds: float) -> None:
        """Count a wait."""
        self._locks.labels(kind).observe(seconds)

    def request(
        self, route: str, method: str, status: int, seconds: float, statements: int
    ) -> None:
        """Count a request."""
        self._requests.labels(route, method, status).observe(seconds)
        self._statements.labels(route, method).observe(statements)

    def written(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
