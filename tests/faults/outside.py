"""An outside system: a real HTTP server that remembers who asked under which key, and when."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, NamedTuple

#: How long a call is held at most.
PATIENCE = 50.0


class Asked(NamedTuple):
    """One call."""

    at: float
    pid: int


class Outside:
    """Answers calls; which of them it keeps waiting, and so in the middle, `holds` says."""

    def __init__(self, holds: Callable[[str, int], bool] = lambda key, count: False) -> None:
        """Hold a call if `holds(key, how often it was asked)` says so."""
        self.calls: dict[str, list[Asked]] = defaultdict(list)
        #: Keys of calls that are being held, by process.
        self.held: dict[int, set[str]] = defaultdict(set)
        #: Until it is told otherwise.
        self.holding = True
        self._holds = holds
        self._lock = threading.Lock()
        self._dead: dict[int, threading.Event] = defaultdict(threading.Event)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def close(self) -> None:
        for one in list(self._dead.values()):
            one.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def bury(self, pid: int) -> set[str]:
        """Return the keys that a dead process was asking about."""
        self._dead[pid].set()
        with self._lock:
            return set(self.held.pop(pid, set()))

    def keys(self) -> dict[str, list[Asked]]:
        """Return all calls so far, by key."""
        with self._lock:
            return {key: list(calls) for key, calls in self.calls.items()}

    def _take(self, key: str, pid: int) -> tuple[int, bool]:
        with self._lock:
            self.calls[key].append(Asked(monotonic(), pid))
            count = len(self.calls[key])
            holding = self.holding and self._holds(key, count)
            if holding:
                self.held[pid].add(key)
        return count, holding

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        outside = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if not sent:
                    return  # killed before it had said all
                said = json.loads(sent)
                count, holding = outside._take(said["key"], said["pid"])
                if holding:
                    outside._dead[said["pid"]].wait(PATIENCE)
                    return  # who asked is dead
                body = json.dumps({"asked": count}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        return Answering
