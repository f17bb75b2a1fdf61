"""Has a process watched as its settings say: health, metrics on an address of their own, spans."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from engine.bootstrap import App
from engine.cli.listening import listening
from engine.cli.words import say
from engine.config import Watching
from engine.model.text import text
from engine.watching import points
from engine.watching.health import LOOP_SILENCE, TICK_SILENCE, Health, Heart

#: Readers of metrics and probes at once.
THREADS = 2


@contextmanager
def watched(app: App, **expected: Callable[[], bool]) -> Iterator[Health]:
    """Watch this process until the block ends; yield what answers its probes.

    It is ready only while what is `expected` lives. Raises `Unavailable` if the port for watching
    is taken, `ValueRefused` without the extra.
    """
    watching, health = app.settings.watching, Health(app.database)
    for name, alive in expected.items():
        health.expect(name, alive)
    with ExitStack() as stack:
        tracer = stack.enter_context(_tracing()) if watching.traces else None
        meter = stack.enter_context(_counting(app, watching, health)) if watching.port else None
        stack.callback(points.install)
        points.install(meter=meter, tracer=tracer)
        yield health


@contextmanager
def _tracing() -> Iterator[points.Tracer]:
    from engine.watching import tracing  # noqa: PLC0415  an extra

    provider = tracing.exporting()
    try:
        yield tracing.tracer_of(provider)
    finally:
        provider.shutdown()


@contextmanager
def _counting(app: App, watching: Watching, health: Health) -> Iterator[points.Meter]:
    # Who is not watched need not wait for it.
    from engine.watching.gauges import Collected  # noqa: PLC0415  needs the package below
    from engine.watching.meter import Prometheus  # noqa: PLC0415  a package that only counting needs

    meter = Prometheus()
    meter.registry.register(Collected(app.database, app.context))
    with _listening(watching, health, meter.written):
        yield meter


@contextmanager
def _listening(watching: Watching, health: Health, metrics: Callable[[], bytes]) -> Iterator[None]:
    from waitress import create_server  # noqa: PLC0415  no other command needs a server

    from engine.watching.listener import application  # noqa: PLC0415  the same

    with listening(watching.host, watching.port) as sockets:
        served = application(health, metrics)
        server = create_server(served, sockets=sockets, threads=THREADS, ident=None)
        thread = threading.Thread(target=server.run, name="watching", daemon=True)
        thread.start()
        url = f"http://{watching.host}:{watching.port}/metrics"
        say(text("Metrics are read at {url}", url=url))
        try:
            yield
        finally:
            server.close()
            thread.join(timeout=5)


def expect_tick(health: Health) -> Callable[[], None]:
    """Be ready only while the tick lives; return what it is to call."""
    tick = Heart(TICK_SILENCE)
    health.expect("tick", tick.alive)
    return tick.beat


def expect_work(health: Health, app: App) -> Callable[[], None]:
    """Be ready only while tick and executor live and can work; return what the tick is to call."""
    loop = Heart(LOOP_SILENCE)
    health.expect("executor", loop.alive)
    health.expect("hands", lambda: not app.executor.spent)
    app.executor.on_round = loop.beat
    return expect_tick(health)
