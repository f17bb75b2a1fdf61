"""A WSGI application behind the product's own server, on a free port of this machine."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from waitress.server import create_server


@contextlib.contextmanager
def served(app: Callable[..., Any], *, threads: int = 4, **adjusted: object) -> Iterator[str]:
    """Serve until the block ends; yield the address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=threads, **adjusted)
    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except (OSError, ValueError):
            if not closing.is_set():  # otherwise its sockets were closed under it
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        closing.set()
        server.close()
        thread.join(timeout=5)
