"""Every request under its correlation id: counted, logged, traced; probes for who looks after it.

Outside of Flask, so that an error of whatever part has its id and its line too.
"""

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue

from engine.watching import points
from engine.watching.correlation import correlation
from engine.watching.health import Health
from engine.watching.listener import TEXT, probe
from engine.web.policy import PUBLIC, allow

log = logging.getLogger(__name__)

blueprint = Blueprint("watching", __name__)
HEADER = "X-Request-ID"
#: Where the route of a request is left for `Watched`.
ROUTE = "zholdama.route"
#: Others, which anybody may invent, are counted as one.
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"})

Wsgi = Callable[..., Iterable[bytes]]


class Watched:
    """The pages' WSGI application, watched."""

    def __init__(self, inner: Wsgi) -> None:
        """Watch an application."""
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request under its id, and give the id back."""
        found = correlation(environ.get("HTTP_X_REQUEST_ID"))
        status = ["500"]

        def started(said: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            status[0] = said[:3]
            return start(said, [*headers, (HEADER, found)], *more)

        began, before = perf_counter(), points.statements()
        with points.following(points.Trail(request=found)), points.span("request") as span:
            try:
                return self._inner(environ, started)
            finally:
                told = _Answered(environ, int(status[0]))
                told.tell(perf_counter() - began, points.statements() - before, span)


class _Answered:
    """A request with its answer, as it is told."""

    def __init__(self, environ: dict[str, Any], status: int) -> None:
        method = str(environ.get("REQUEST_METHOD"))
        self.method = method if method in METHODS else "OTHER"
        self.route = str(environ.get(ROUTE, "-"))
        self.status = status

    def tell(self, seconds: float, statements: int, span: points.Span | None) -> None:
        """Tell whoever listens: counters, log, span."""
        route, method, status = self.route, self.method, self.status
        points.listeners.meter.request(route, method, status, seconds, statements)
        more: dict[str, str | int] = {"route": route, "method": method, "status": status}
        if log.isEnabledFor(logging.INFO):
            ms = round(seconds * 1000, 1)
            log.info("request", extra={**more, "ms": ms, "statements": statements})
        if span is not None:
            for name, value in more.items():
                span.set_attribute(f"zholdama.{name}", value)


def _note_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


@blueprint.get("/healthz")
@allow(PUBLIC)
def healthz() -> ResponseReturnValue:
    """Answer while the process lives."""
    return _probed("healthz")


@blueprint.get("/readyz")
@allow(PUBLIC)
def readyz() -> ResponseReturnValue:
    """Answer whether the process can do its work."""
    return _probed("readyz")


def _probed(name: str) -> ResponseReturnValue:
    health: Health = current_app.extensions["zholdama.health"]
    status, said = probe(health, name)
    return said, status, {"Content-Type": TEXT, "Cache-Control": "no-store"}


def watch(app: Flask, health: Health) -> None:
    """Watch an application; the first to be called, so that every other part is inside."""
    app.extensions["zholdama.health"] = health
    app.before_request(_note_route)
    app.wsgi_app = Watched(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.register_blueprint(blueprint)
