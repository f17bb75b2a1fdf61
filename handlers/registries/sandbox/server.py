"""The sandbox's HTTP server: systems, switches and a page, on 127.0.0.1 only.

===============================  ================================================================
``POST /gbd_fl``                 the gateway's SOAP message
``POST /<system>/<service>``     the JSON contract
``GET /switches``                ``{"gbd_fl": "ok", …}``
``POST /switches/<system>``      JSON ``{"mode": "down"}`` or a form; modes: see `Mode`
``POST /signals/<family>``       has the family card tell the installation of a family; JSON
                                 ``{"mode": "ok"}`` or a form; modes: see `Sending`
``GET /journal``                 how many questions each system got, and what the Portal, the
                                 unified system and the family card were told
``GET /``                        the page; ``?lang=kk|ru|en``
===============================  ================================================================
"""

import json
import secrets
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from engine.clock import SystemClock
from engine.model.people import LANGUAGES
from engine.signing import Authority
from handlers.registries import SYSTEMS
from handlers.registries.sandbox.contracted import Contracted
from handlers.registries.sandbox.families import Family, families
from handlers.registries.sandbox.gateway import Gateway
from handlers.registries.sandbox.hardships import hardships
from handlers.registries.sandbox.page import POLICY, page
from handlers.registries.sandbox.sender import Sender
from handlers.registries.sandbox.switches import Mode, Sending, Switches
from handlers.registries.sandbox.world import World

#: Largest question, bytes.
MAX_QUESTION = 2 * 1024 * 1024
#: Seconds that a slow system takes: longer than any client waits.
SLOW = 30.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A stop must not wait for a slow system's last answer.
    block_on_close = False

    def __init__(
        self, port: int, data: Sequence[Family], keys: Path | str, slow: float, seal: str
    ) -> None:
        authority = Authority(keys)
        self.world = World(data, hardships())
        self.sender = Sender(hardships(), seal or secrets.token_hex(32), SystemClock().now)
        self.switches = Switches(SYSTEMS)
        self.gateway = Gateway(authority, self.world)
        self.contracted = Contracted(authority, self.world)
        self.slow = slow
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 60

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/switches":
            self._json(200, self.server.switches.modes())
        elif parts.path == "/journal":
            self._json(200, self._journal())
        elif parts.path == "/":
            self._page(self._language(parts.query))
        else:
            self._send(404, b"", {})

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isascii() or not size.isdigit() or int(size) > MAX_QUESTION:
            self._send(413, b"", {})
            return
        body = self.rfile.read(int(size))
        parts = urlsplit(self.path)
        system, _, service = parts.path.strip("/").partition("/")
        if system == "switches":
            self._switch(service, body, parts.query)
        elif system == "signals":
            self._signal(service, body, parts.query)
        elif system in SYSTEMS:
            self._ask(system, service, body)
        else:
            self._send(404, b"", {})

    def _ask(self, system: str, service: str, body: bytes) -> None:
        mode = self.server.switches.asked(system)
        if mode is Mode.DOWN:
            self._send(503, b"", {})
            return
        if mode is Mode.SLOW and self.server.stopping.wait(self.server.slow):
            return
        if system == "gbd_fl":
            status, answer = self.server.gateway.answer(body, mode)
            self._send(status, answer, {"Content-Type": "text/xml; charset=utf-8"})
            return
        status, answer, headers = self.server.contracted.answer(
            system, service, body, dict(self.headers), mode
        )
        self._send(status, answer, {"Content-Type": "application/json; charset=utf-8", **headers})

    def _journal(self) -> Mapping[str, object]:
        world = self.server.world
        plans = {number: [one.status for one in told] for number, told in world.care.plans.items()}
        completions = {number: one.result for number, one in world.care.completions.items()}
        return {
            "questions": self.server.switches.questions(),
            "steps": world.steps,
            "plans": plans,
            "completions": completions,
        }

    def _switch(self, system: str, body: bytes, query: str) -> None:
        if self._foreign():
            return
        try:
            self.server.switches.set(system, Mode(self._mode(body)))
        except (ValueError, KeyError, TypeError):
            self._json(400, {"systems": SYSTEMS, "modes": [mode.value for mode in Mode]})
            return
        self._back(query, self.server.switches.modes())

    def _signal(self, family: str, body: bytes, query: str) -> None:
        if self._foreign():
            return
        try:
            mode = Sending(self._mode(body))
            sent = self.server.sender.send(int(family), mode)
        except (ValueError, KeyError, TypeError):
            known = list(self.server.sender.hardships)
            self._json(400, {"families": known, "modes": [mode.value for mode in Sending]})
            return
        self._back(query, {"status": sent.status, "code": sent.code}, f"#family-{sent.family}")

    def _foreign(self) -> bool:
        """Refuse what another site's page has a browser send."""
        origin = self.headers.get("Origin")
        foreign = bool(origin) and urlsplit(str(origin)).netloc != self.headers.get("Host")
        if foreign:
            self._send(403, b"", {})
        return foreign

    @property
    def _is_form(self) -> bool:
        return "json" not in self.headers.get("Content-Type", "")

    def _mode(self, body: bytes) -> str:
        """Return the mode that a form or JSON names; `ValueError`, `KeyError` or `TypeError`."""
        told = body.decode()
        return str(parse_qs(told)["mode"][0] if self._is_form else json.loads(told)["mode"])

    def _back(self, query: str, data: object, anchor: str = "") -> None:
        if self._is_form:
            self._send(303, b"", {"Location": f"/?lang={self._language(query)}{anchor}"})
        else:
            self._json(200, data)

    def _language(self, query: str) -> str:
        asked = parse_qs(query).get("lang", [LANGUAGES[0]])[0]
        return asked if asked in LANGUAGES else LANGUAGES[0]

    def _page(self, language: str) -> None:
        switches = self.server.switches
        content = page(
            switches.modes(), switches.questions(), self.server.sender, language
        ).encode()
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        self._send(200, content, headers)

    def _json(self, status: int, data: object) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        self._send(status, body, {"Content-Type": "application/json; charset=utf-8"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # The asker lost patience, as with a slow system; there is nobody to tell.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: questions hold personal data."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    #: Address, e.g. ``http://127.0.0.1:8801``: the value of ``registries.url``.
    url: str
    #: The server.
    server: _Server
    #: Directory of the demo authority that both sides use.
    keys: Path
    #: What is left to do once it has stopped.
    ended: Callable[[], None] = lambda: None

    @property
    def settings(self) -> Mapping[str, str]:
        """Return the settings with which the handlers find it (`handlers.registries.base`)."""
        return {
            "registries.url": self.url,
            "registries.keys": str(self.keys),
            "registries.signals.key": self.server.sender.key,
        }

    def home(self, address: str) -> None:
        """Say where the installation is, e.g. ``http://127.0.0.1:8080``: signals go there."""
        self.server.sender.home = address.rstrip("/")

    def switch(self, system: str, mode: Mode | str) -> None:
        """Switch a system, as ``POST /switches/<system>`` does."""
        self.server.switches.set(system, Mode(mode))

    def modes(self) -> Mapping[str, str]:
        """Return how each system behaves at the moment."""
        return self.server.switches.modes()

    def stop(self) -> None:
        """Stop; slow answers are broken off."""
        self.server.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.ended()


def serve(
    port: int,
    data: Sequence[Family] | None = None,
    *,
    keys: Path | str,
    slow: float = SLOW,
    seal: str = "",
) -> Sandbox:
    """Start the sandbox in threads of this process; port 0 takes a free one.

    `keys` is the demo authority's directory (setting ``registries.keys``), `slow` the seconds that
    a slow system takes, `seal` the key of the card's signals (setting ``registries.signals.key``;
    empty: one of its own). Raises `OSError` if the port is in use.
    """
    server = _Server(port, families() if data is None else data, keys, slow, seal)
    threading.Thread(target=server.serve_forever, args=(0.05,), name="sandbox", daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    return Sandbox(url=url, server=server, keys=Path(keys))


#: Settings of the outside systems that lead nowhere: a rehearsal keeps them.
HARMLESS = frozenset({"registries.timeout", "registries.probation_owner"})


def outside(name: str) -> bool:
    """Tell whether a setting belongs to the real outside systems, not to be known in a rehearsal.

    The convention of `engine.rehearsing`: addresses, keys and trust are the sandbox's own there.
    """
    ours = name.startswith("registries.")
    return ours and name not in HARMLESS and not name.endswith("_since")


def start(port: int) -> Sandbox:
    """Start the sandbox for a demo, with keys of its own that are gone when it stops.

    What `zholdama serve` calls by convention; `Sandbox.settings` goes to the handlers.
    """
    keys = tempfile.TemporaryDirectory(prefix="zholdama-sandbox-")
    try:
        return replace(serve(port, keys=keys.name), ended=keys.cleanup)
    except OSError:
        keys.cleanup()
        raise
