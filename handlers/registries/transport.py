"""One HTTP question with one deadline for all of it. The only importer of httpx."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from engine.watching import points
from handlers.registries.base import Exchange, Outcome, RegistryFault

if TYPE_CHECKING:
    # Imported by who asks: it costs a twentieth of the start, and most processes never do.
    import httpx

#: Largest answer that is read, bytes.
MAX_ANSWER = 2 * 1024 * 1024
#: Statuses that mean "come again later".
BUSY = frozenset({408, 425, 429, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Response:
    """What came back."""

    #: HTTP status.
    status: int
    #: Body.
    body: bytes
    #: Headers, names in lower case.
    headers: Mapping[str, str]
    #: Both sides as text, for the log of answers.
    exchange: Exchange


@cache
def _client() -> httpx.Client:
    # One for the process: making one costs tens of milliseconds for the TLS context. Proxies of the
    # environment are not followed: these are addresses inside the state's network.
    import httpx  # noqa: PLC0415  5 MB that only who calls outside needs

    return httpx.Client(trust_env=False, follow_redirects=False)


def _text(data: bytes) -> str:
    # NUL cannot be stored as text in PostgreSQL.
    return data.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


class _Question:
    """A request under way, with what is left of its time."""

    def __init__(self, body: bytes, seconds: float, label: str) -> None:
        self._body = body
        self._label = label
        self._started = time.monotonic()
        self._seconds = seconds
        self.answer = b""

    def exchange(self) -> Exchange:
        took = timedelta(seconds=time.monotonic() - self._started)
        return Exchange(
            request=_text(self._body), response=_text(self.answer), took=took, label=self._label
        )

    def fault(self, outcome: Outcome) -> RegistryFault:
        return RegistryFault(outcome, self.exchange())

    def read(self, response: httpx.Response) -> None:
        """Read bit by bit: a per-read time-out alone would let a slow sender hold us for hours."""
        for piece in response.iter_bytes():
            self.answer += piece
            if len(self.answer) > MAX_ANSWER:
                raise self.fault(Outcome.MALFORMED)
            if time.monotonic() - self._started > self._seconds:
                raise self.fault(Outcome.UNAVAILABLE)


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Response:
    """Post and return the answer, whatever its status below "busy".

    Raises `RegistryFault`: unavailable (no address, no connection, no full answer in `seconds`,
    busy), malformed (an answer of more than 2 MB).
    """
    import httpx  # noqa: PLC0415  5 MB that only who calls outside needs

    question = _Question(body, seconds, headers.get("X-Correlation-Id", ""))
    if not url:
        raise question.fault(Outcome.UNAVAILABLE)
    timeout = httpx.Timeout(seconds, connect=min(seconds, 2.0))
    try:
        with (
            points.span("call", host=httpx.URL(url).host),
            _client().stream(
                "POST", url, content=body, headers=dict(headers), timeout=timeout
            ) as response,
        ):
            question.read(response)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise question.fault(Outcome.UNAVAILABLE) from error
    if response.status_code in BUSY:
        raise question.fault(Outcome.UNAVAILABLE)
    return Response(
        status=response.status_code,
        body=question.answer,
        headers={name.lower(): value for name, value in response.headers.items()},
        exchange=question.exchange(),
    )
