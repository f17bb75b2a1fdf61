"""What the outside systems bring to the pages: in the demo, the switches of their sandbox."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from engine.errors import NotFound, Unavailable
from engine.model.text import Text, text
from engine.web.extension import OutsideSystem, WebExtension

#: Seconds that the sandbox, on this machine, may take, and octets it may answer.
PATIENCE, MOST = 3.0, 1_000_000


class Board:
    """The switches of the sandbox at an address."""

    def __init__(self, address: str) -> None:
        """Ask there."""
        # The sandbox's own words, only where there is one: a server in use does without.
        from handlers.registries.sandbox import page  # noqa: PLC0415  of a demo alone

        self._address = address.rstrip("/")
        self._names = {name: text(said) for name, said in page.NAMES.items()}
        self.modes: Mapping[str, Text] = {
            mode.value: text(said) for mode, said in page.MODES.items()
        }

    def systems(self) -> Sequence[OutsideSystem]:
        """Return the systems; `Unavailable` if nobody answers."""
        modes, questions = self._ask("/switches"), self._ask("/journal")["questions"]
        return [
            OutsideSystem(
                name=name,
                title=self._names.get(name, Text(name)),
                mode=mode,
                questions=questions.get(name, 0),
            )
            for name, mode in modes.items()
        ]

    def switch(self, system: str, mode: str) -> None:
        """Have a system behave in a way; `NotFound`, `Unavailable`."""
        if system not in self._names or mode not in self.modes:
            raise NotFound(text("There is no such switch"))
        self._ask(f"/switches/{system}", {"mode": mode})

    def _ask(self, path: str, said: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        place = urlsplit(self._address)
        asked = HTTPConnection(str(place.hostname), place.port or 80, timeout=PATIENCE)
        body = None if said is None else json.dumps(said).encode()
        try:
            with closing(asked):
                kind = {"Content-Type": "application/json"}
                asked.request("GET" if said is None else "POST", path, body, kind)
                answer = asked.getresponse()
                found: Mapping[str, Any] = json.loads(answer.read(MOST))
        except (OSError, HTTPException, ValueError) as problem:
            raise Unavailable(text("The sandbox of the outside systems is away")) from problem
        if answer.status != HTTPStatus.OK:
            raise Unavailable(text("The sandbox of the outside systems is away"))
        return found


def switchboard(settings: Mapping[str, str]) -> Board | None:
    """Return the switches of the demo's sandbox; None: there is none."""
    address = settings.get("registries.url", "")
    return Board(address) if address else None


page_extension = WebExtension(name="registries", switchboard=switchboard)
