"""What a check finds, and what it looks at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from engine.config import Settings
from engine.errors import ZholdamaError
from engine.model.text import Text
from engine.services.context import Context, Database


class Level(Enum):
    """How bad it is."""

    #: As it should be.
    OK = "ok"
    #: Works, and should not stay so.
    WARNING = "warning"
    #: Does not work, or may lose something.
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found."""

    #: Name of the check, for machines.
    check: str
    #: How bad it is.
    level: Level
    #: What was found.
    said: Text
    #: What to do; None: nothing.
    remedy: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Patient:
    """An installation that is looked at."""

    #: Its settings.
    settings: Settings
    #: Its database.
    database: Database
    #: Its clock, and which handlers it has.
    ctx: Context


Check = Callable[[Patient], Iterator[Finding]]


def fine(check: str, said: Text) -> Finding:
    """Return that all is well."""
    return Finding(check=check, level=Level.OK, said=said)


def warning(check: str, said: Text, remedy: Text) -> Finding:
    """Return what should not stay so."""
    return Finding(check=check, level=Level.WARNING, said=said, remedy=remedy)


def error(check: str, said: Text, remedy: Text | None = None) -> Finding:
    """Return what does not work."""
    return Finding(check=check, level=Level.ERROR, said=said, remedy=remedy)


def refused(check: str, problem: ZholdamaError) -> Finding:
    """Return what an error of ours says as a finding."""
    return error(check, problem.text)
