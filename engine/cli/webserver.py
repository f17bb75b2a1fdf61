"""Serves a WSGI application by waitress until a signal, and then finishes what has begun."""

import logging
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socket import socket
from time import monotonic
from types import FrameType
from typing import Any

from waitress import create_server, wasyncore

#: Requests at once.
THREADS = 8
#: Seconds that answers which have begun get after the signal.
GRACE = 10.0
#: Seconds after which the loop looks up by itself.
NAP = 1.0

Wsgi = Callable[..., Iterable[bytes]]


class WebServer:
    """A server on a socket that may be shared with other processes."""

    def __init__(self, application: Wsgi, sockets: list[socket], *, proxy: str = "") -> None:
        """Accept nothing yet; `proxy` is the address of a reverse proxy that is believed."""
        # It warns whenever a request waits for a thread; a few threads always have some.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._channels: dict[int, Any] = {}
        self._server = create_server(
            application,
            map=self._channels,
            sockets=sockets,
            threads=THREADS,
            ident=None,
            **proxied(proxy),
        )
        self._stopping = False

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._server.effective_port)

    def run(self, begun: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT; answers that have begun are given, no more are taken.

        `begun` is called as soon as a signal would end it so.
        """
        with self._stopping_on(signal.SIGTERM), self._stopping_on(signal.SIGINT):
            begun()
            while not self._stopping:
                wasyncore.loop(timeout=NAP, map=self._channels, count=1)
            self._drain()

    @contextmanager
    def _stopping_on(self, number: signal.Signals) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True
            self._server.pull_trigger()

        before = signal.signal(number, stop)
        try:
            yield
        finally:
            signal.signal(number, before)

    def _drain(self) -> None:
        self._server.del_channel()
        end = monotonic() + GRACE
        while self._busy() and monotonic() < end:
            wasyncore.loop(timeout=0.05, map=self._channels, count=1)
        self._server.task_dispatcher.shutdown(timeout=0)
        wasyncore.close_all(self._channels)

    def _busy(self) -> bool:
        """Tell whether an answer is being made, or is not all sent."""
        return any(
            getattr(channel, "requests", None) or getattr(channel, "total_outbufs_len", 0)
            for channel in tuple(self._channels.values())
        )


def proxied(proxy: str) -> dict[str, object]:
    """Return how waitress is to believe a reverse proxy.

    Without it all people behind one share its address, and with it their attempts to sign in.
    """
    if not proxy:
        return {}
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }
