"""What the outside systems bring to the pages: in the demo, the switches of their sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import NotFound, Unavailable
from engine.model.text import Text, text
from engine.web.extension import OutsideSystem, WebExtension

#: Seconds that the sandbox, on this machine, may take.
PATIENCE = 3.0


class Board:
    """The switches of the sandbox at an address."""

    def __init__(self, address: str) -> None:
        """Ask there."""
        # The sandbox's own words, only where there is one: a server in use does without.
        from handlers.registries.sandbox import page  # noqa: PLC0415

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
        import httpx  # noqa: PLC0415  (for the demo alone)

        method = "GET" if said is None else "POST"
        try:
            answer = httpx.request(
                method, self._address + path, json=said, timeout=PATIENCE, trust_env=False
            )
            answer.raise_for_status()
        except httpx.HTTPError as problem:
            raise Unavailable(text("The sandbox of the outside systems is away")) from problem
        found: Mapping[str, Any] = answer.json()
        return found


def switchboard(settings: Mapping[str, str]) -> Board | None:
    """Return the switches of the demo's sandbox; None: there is none."""
    address = settings.get("registries.url", "")
    return Board(address) if address else None


page_extension = WebExtension(name="registries", switchboard=switchboard)
