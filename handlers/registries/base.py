"""What all clients share: settings, outcomes, faults, and an exchange as it went over the wire.

Settings (`Call.settings`; all values are text):

========================================  ==================================================
``registries.url``                        base address; a system is at ``<url>/<system>``
``registries.<system>.url``               address of one system, instead of the above
``registries.timeout``                    seconds for one question in all; default 4
``registries.key``                        PEM file with our key and certificate
``registries.trust``                      PEM file with the certificates we trust
``registries.keys``                       demo authority's directory, instead of these two
``registries.gateway_bin``                BIN that must stand in the gateway's certificate
``registries.bin``, ``registries.sender`` our BIN; our sender code at the gateway
``registries.gbd_fl.service``             service id at the gateway
``registries.gbd_fl.token``               token of the person's consent (КДП), where demanded
``registries.civil_registry.<act>_since`` first day of electronic acts (A-30), ISO dates; a case's
                                          own (``kandas.<act>_from``) goes first
``registries.probation_owner``            who answers for data on probation (B-06): ``probation``,
                                          ``enforcement`` or both, with a comma; empty: nobody is
                                          asked
``registries.signals.key``                key that the family card's signals are sealed with, 32
                                          characters at least; empty: none are taken
``registries.signals.previous_key``       the key before it, while both are in use
``registries.signals.per_minute``         signals taken in a minute by one process; default 60
========================================  ==================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from engine.errors import ZholdamaError
from engine.model.text import text
from engine.signing import Authority, Identity
from engine.signing.authority import read, trusted

#: Seconds for one question, from connecting to the last byte.
TIMEOUT = 4.0
#: BINs of the demo: the product's owner and the gateway. Synthetic (`domain.md` §1).
OUR_BIN, GATEWAY_BIN = "240140000011", "240140000021"
OUR_NAME, GATEWAY_NAME = "Zholdama", "Gateway sandbox"

T = TypeVar("T")


class Outcome(StrEnum):
    """How a question ended. The first six are answers, the rest are faults."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    #: The system knows something otherwise than the application.
    MISMATCH = "mismatch"
    #: There was nothing to ask about, e.g. no adopted child.
    NOT_ASKED = "not_asked"
    #: The system may not be asked yet: see `handlers.registries.supervision`.
    OFF = "off"
    #: The system answered, and what it said is for few to see.
    ANSWERED = "answered"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    OTHER_PERSON = "other_person"
    WRONG_SIGNATURE = "wrong_signature"
    REFUSED = "refused"


#: Fault → what admins read. No personal data.
SENTENCES: Mapping[Outcome, str] = {
    Outcome.UNAVAILABLE: "The outside system does not answer.",
    Outcome.MALFORMED: "The outside system's answer cannot be read.",
    Outcome.OTHER_PERSON: "The outside system answered about another person or another question.",
    Outcome.WRONG_SIGNATURE: "The signature of the outside system's answer does not hold.",
    Outcome.REFUSED: "The outside system refused the question.",
}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and its answer as they went over the wire; personal data, kept encrypted."""

    #: Body as sent.
    request: str
    #: Body as received; empty if nothing came.
    response: str
    #: Time from asking to the last byte.
    took: timedelta = timedelta()
    #: What the system knows the question by, the same for every attempt; may be empty.
    label: str = ""


class RegistryFault(ZholdamaError):
    """A system gave no usable answer; `outcome` names why, `exchange` what went over the wire."""

    def __init__(self, outcome: Outcome, exchange: Exchange) -> None:
        """Keep both; the sentence holds no personal data."""
        super().__init__(text(SENTENCES[outcome]))
        self.outcome = outcome
        self.exchange = exchange


@dataclass(frozen=True, kw_only=True)
class Reply(Generic[T]):
    """A usable answer."""

    #: What the system knows; None: it knows nothing ("not found" is an answer).
    value: T | None
    #: As it went over the wire.
    exchange: Exchange


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the table above, read by name."""

    #: Name → value.
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return ``registries.<name>``."""
        return self.values.get(f"registries.{name}", default)

    def url(self, system: str) -> str:
        """Return the address of a system; empty if none is configured."""
        base = self.text("url").rstrip("/")
        return self.text(f"{system}.url", f"{base}/{system}" if base else "")

    @property
    def timeout(self) -> float:
        """Return the seconds that one question may take in all."""
        return float(self.text("timeout", str(TIMEOUT)))

    def date(self, name: str, default: date) -> date:
        """Return a date, written in ISO form."""
        return date.fromisoformat(self.text(name, default.isoformat()))

    def identity(self, at: datetime) -> Identity:
        """Return our key for messages at `at` (UTC)."""
        if path := self.text("key"):
            return read(Path(path))
        return self._authority().system(self.text("bin", OUR_BIN), OUR_NAME, at)

    def trust(self, at: datetime) -> Sequence[Any]:
        """Return the certificates of the authorities we trust."""
        if path := self.text("trust"):
            return trusted(Path(path).read_bytes())
        return self._authority().trust(at)

    def _authority(self) -> Authority:
        return Authority(self.values["registries.keys"])


class Client:
    """What a system's client begins with. Its public methods are what handlers need of the system.

    Who puts something else in a system's place does so behind its address (the sandbox does): then
    signatures, frames and the wire are tried too. Each method takes what is asked, an idempotency
    key, the moment (UTC), returns a `Reply`, and raises `RegistryFault`.
    """

    def __init__(self, settings: Settings) -> None:
        """Ask at the addresses that the settings name."""
        self._settings = settings
