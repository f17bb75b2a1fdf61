"""Logs on the standard error: a line of text, or a JSON object, for each record; never a person.

What keeps personal data out, in this order:

1. The engine logs ids, keys and names of classes only; a test reads every call of a log.
2. An exception is written as the names of its classes and the lines of code it came through, not
   with its text: ``int("Сейтова")`` has a name in it. An error of ours shows its sentence without
   the values in it.
3. What packages of others log is cut to its pattern, their arguments are left out.
4. Of what remains, numbers of six digits and more (an IIN, a card, a telephone; not those inside of
   a UUID), query strings, and words in letters that are not English are masked.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TextIO

from engine.config import Watching
from engine.errors import ZholdamaError
from engine.watching.points import Trail, trail

#: Packages whose records are believed to follow rule 1.
OURS = ("engine", "handlers")
#: Fields that a record may bring along by ``extra``.
FIELDS = ("route", "method", "status", "ms", "statements", "outcome")
#: UUIDs, with hyphens or without, stay: they are how logs are read at all.
_MASKED = re.compile(
    r"(?P<id>\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{32}\b)"
    r"|\?\S+|\d{6,}|[^\x00-\x7f]+"
)
#: Most frames of an exception that are written.
FRAMES = 30


def masked(said: str) -> str:
    """Return a text without what may tell of a person; UUIDs stay."""
    return _MASKED.sub(lambda found: found["id"] or "…", said)


def _ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] in OURS


def message_of(record: logging.LogRecord) -> str:
    """Return what a record says, without what may tell of a person."""
    if _ours(record):
        return masked(record.getMessage())
    return masked(re.sub(r"%[^a-zA-Z%]*[a-zA-Z]", "…", str(record.msg)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _named(error: BaseException, *, whole: bool) -> str:
    name = type(error).__name__
    if whole:
        return f"{name}: {error}"
    return f"{name}: {error.text.msgid}" if isinstance(error, ZholdamaError) else name


def _place(path: str) -> str:
    return "/".join(PurePath(path).parts[-3:])


def error_of(error: BaseException, *, whole: bool = False) -> dict[str, object]:
    """Return the classes of an error and its causes, and the lines of code, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {
        "chain": [_named(one, whole=whole) for one in _chain(error)],
        "frames": [f"{_place(one.filename)}:{one.lineno} {one.name}" for one in frames],
    }


def _trail_of(found: Trail) -> dict[str, object]:
    every = {
        "request": found.request,
        "job": found.job,
        "attempt": found.attempt,
        "topic": found.topic,
        "instance": found.instance,
    }
    return {name: value for name, value in every.items() if value}


def fields_of(record: logging.LogRecord, *, whole: bool = False) -> dict[str, object]:
    """Return a record as the fields of a JSON line; times in UTC."""
    moment = datetime.fromtimestamp(record.created, UTC)
    found: dict[str, object] = {
        "time": moment.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message_of(record),
        **_trail_of(trail()),
        **{name: record.__dict__[name] for name in FIELDS if name in record.__dict__},
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        found["error"] = error_of(error, whole=whole)
    return found


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, *, whole: bool = False) -> None:
        """With `whole`, errors come with their texts, whoever they name."""
        super().__init__()
        self._whole = whole

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(fields_of(record, whole=self._whole))


class Lines(JsonLines):
    """Text for people: time, level, what happened, ids, and an error's lines below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines."""
        found = fields_of(record, whole=self._whole)
        head = [str(found.pop(name)) for name in ("time", "level", "logger", "message")]
        error = found.pop("error", None)
        line = " ".join([*head, *(f"{name}={value}" for name, value in found.items())])
        if not isinstance(error, dict):
            return line
        return "\n  ".join([line, *error["chain"], *(f"at {one}" for one in error["frames"])])


def configure(watching: Watching, stream: TextIO | None = None) -> logging.Handler:
    """Have this process log as the settings say; what threads and warnings say goes there too."""
    handler = logging.StreamHandler(stream or sys.stderr)
    kind = JsonLines if watching.log == "json" else Lines
    handler.setFormatter(kind(whole=watching.debug))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(watching.level.upper())
    logging.captureWarnings(True)
    threading.excepthook = _of_thread
    return handler


def _of_thread(found: threading.ExceptHookArgs) -> None:
    """Log what ended a thread: by itself Python prints it with its text."""
    if found.exc_value is None or isinstance(found.exc_value, SystemExit):
        return
    name = found.thread.name if found.thread else "?"
    log = logging.getLogger("engine.watching")
    log.error("thread %s ended by an error", name, exc_info=found.exc_value)
