"""What the sender of a signal is told."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.model.text import Text, text

#: Most problems that a refusal names.
PROBLEMS = 10


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the sender is told."""

    #: HTTP status.
    status: int
    #: Word for a program.
    code: str
    #: Sentence for people.
    text: Text
    #: Where the message is wrong, e.g. ``applicant.iin: value_error``.
    problems: tuple[str, ...] = ()
    #: Seconds after which it makes sense to come again; 0: not said.
    after: int = 0

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers."""
        told = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
        return told | ({"Retry-After": str(self.after)} if self.after else {})

    @property
    def body(self) -> bytes:
        """Return the JSON."""
        told = {"status": {"code": self.code, "message": str(self.text)}}
        return json.dumps(told | {"problems": self.problems}).encode()


class Refusal(Answer):
    """Why a signal is not believed."""


OFF = Refusal(status=503, code="OFF", text=text("Signals are not taken here."))
TOO_LARGE = Refusal(status=413, code="TOO_LARGE", text=text("The signal is too large."))
NOT_JSON = Refusal(status=415, code="NOT_JSON", text=text("A signal is sent as application/json."))
UNSIGNED = Refusal(status=401, code="UNSIGNED", text=text("The signal has no time or no seal."))
WRONG = Refusal(status=401, code="WRONG_SIGNATURE", text=text("The seal does not hold."))
LATE = Refusal(status=401, code="LATE", text=text("The time of the signal is too far from ours."))
TOO_MANY = Refusal(
    status=429, code="TOO_MANY", text=text("Too many signals; try again later."), after=60
)
ACCEPTED = Answer(status=202, code="ACCEPTED", text=text("The signal is kept."))
KNOWN = Answer(status=200, code="KNOWN", text=text("The signal was kept before."))
CONFLICT = Refusal(
    status=409, code="CONFLICT", text=text("Another signal was kept under this number.")
)


class Known(Protocol):
    """What tells one message from another."""

    @property
    def digest(self) -> str:
        """Return the message's SHA-256."""
        ...


def malformed(problems: Sequence[str]) -> Refusal:
    """Refuse with places and kinds of what is wrong, without the values."""
    sentence = text("The signal cannot be read.")
    return Refusal(status=400, code="MALFORMED", text=sentence, problems=tuple(problems))


def receipt(signal: Known, known: str | None) -> Answer:
    """Return the answer to a signal; `known`: digest of what was kept before under its id."""
    if known is None:
        return ACCEPTED
    return KNOWN if hmac.compare_digest(known, signal.digest) else CONFLICT
