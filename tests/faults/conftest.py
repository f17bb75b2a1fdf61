"""The trials of faults: each writes its figure into a report that people can read.

``make test`` runs them short; ``make faults`` runs them as long as the design says, and prints the
report (`ZHOLDAMA_TEST_FAULTS=full`; `ZHOLDAMA_TEST_REPORT` names a file of JSON lines for it).
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

#: Whether the trials have the length that the design names.
FULL = os.environ.get("ZHOLDAMA_TEST_FAULTS") == "full"
REPORT = os.environ.get("ZHOLDAMA_TEST_REPORT", "")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the report."""

    #: Number of the trial in the design.
    trial: int
    #: ``sqlite``, ``postgresql`` or empty where the database makes no difference.
    database: str
    #: What was done, with how many times.
    what: str
    #: What came out.
    figure: str
    #: What it had to be.
    goal: str


Report = Callable[[Line], None]


@pytest.fixture
def report() -> Report:
    """Write a line of the report; only a trial that held writes one, at its end."""

    def write(line: Line) -> None:
        if REPORT:
            with Path(REPORT).open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")

    return write


def times(full: int, short: int) -> int:
    """Return how often a trial is repeated in this run."""
    return full if FULL else short


@pytest.fixture(params=["sqlite_url", "postgres_url"] if FULL else ["postgres_url"])
def some_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database, of each kind in turn; in a short run of one of them.

    For trials that take seconds by their nature, and go the same way on both.
    """
    return str(request.getfixturevalue(request.param))
