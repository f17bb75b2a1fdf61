"""How each system of the sandbox behaves at the moment."""

import threading
from collections.abc import Mapping
from enum import StrEnum


class Mode(StrEnum):
    """What a system does with a question."""

    #: Answers.
    OK = "ok"
    #: Knows nothing and nobody.
    NOT_FOUND = "not_found"
    #: Answers after longer than anybody waits.
    SLOW = "slow"
    #: Says 503.
    DOWN = "down"
    #: Answers with half of an answer.
    MALFORMED = "malformed"
    #: Answers with a signature that does not hold.
    WRONG_SIGNATURE = "wrong_signature"
    #: Answers about somebody else.
    OTHER_PERSON = "other_person"


class Sending(StrEnum):
    """How the family card sends a signal."""

    #: As agreed.
    OK = "ok"
    #: Half of it, sealed.
    MALFORMED = "malformed"
    #: With the seal of another message.
    WRONG_SIGNATURE = "wrong_signature"
    #: Once more, byte for byte.
    DUPLICATE = "duplicate"
    #: With the time of an hour ago.
    LATE = "late"


class Switches:
    """Mode by system; safe between threads."""

    def __init__(self, systems: tuple[str, ...]) -> None:
        """Start with everything in order."""
        self._lock = threading.Lock()
        self._modes = dict.fromkeys(systems, Mode.OK)
        self._questions = dict.fromkeys(systems, 0)

    def set(self, system: str, mode: Mode) -> None:
        """Switch a system; `KeyError` if there is no such system."""
        with self._lock:
            if system not in self._modes:
                raise KeyError(system)
            self._modes[system] = mode

    def asked(self, system: str) -> Mode:
        """Count a question and return the mode; `KeyError` if there is no such system."""
        with self._lock:
            self._questions[system] += 1
            return self._modes[system]

    def modes(self) -> Mapping[str, str]:
        """Return the mode of each system."""
        with self._lock:
            return {system: mode.value for system, mode in self._modes.items()}

    def questions(self) -> Mapping[str, int]:
        """Return how many questions each system got."""
        with self._lock:
            return dict(self._questions)
