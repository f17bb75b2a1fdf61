"""What is read on the address for watching: ``/metrics``, ``/healthz``, ``/readyz``. Plain WSGI."""

from collections.abc import Callable, Iterable
from typing import Any

from engine.watching.health import Health

TEXT = "text/plain; charset=utf-8"
#: What Prometheus expects of its text format.
METRICS = "text/plain; version=0.0.4; charset=utf-8"

Start = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]


def probe(health: Health, name: str) -> tuple[int, str]:
    """Answer ``healthz`` or ``readyz``: a status and a word, nothing of the reason."""
    ready = name == "healthz" or health.ready()
    return (200, "ok\n") if ready else (503, "not ok\n")


def application(health: Health, metrics: Callable[[], bytes]) -> Wsgi:
    """Return the WSGI application."""

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", "")).removeprefix("/")
        if path == "metrics":
            start("200 OK", [("Content-Type", METRICS)])
            return [metrics()]
        if path in {"healthz", "readyz"}:
            status, said = probe(health, path)
            start(f"{status} {'OK' if status == 200 else 'Service Unavailable'}", _headers())
            return [said.encode()]
        start("404 Not Found", _headers())
        return [b"not found\n"]

    return answer


def _headers() -> list[tuple[str, str]]:
    return [("Content-Type", TEXT), ("Cache-Control", "no-store")]
