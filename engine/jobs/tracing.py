"""Where in the code an attempt failed, as administrators may read it: frames, and no people.

Lines of code name nobody; texts of errors may. What the inputs hold, addresses of mail, telephones
and long numbers are hidden wherever they stand, also half of a name (law 6). The result is bounded:
the innermost frames, which are the ones that tell, are kept.
"""

import re
import traceback
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePath

#: Longest trace, bytes, and how much of its beginning is kept when it is cut.
LONGEST, BEGINNING = 20_000, 2_000
#: Errors behind an error, and frames of each, that are written out.
ERRORS, FRAMES = 8, 60
#: Shorter words of the inputs are too common to be hidden.
SHORTEST = 3
HIDDEN = "…"
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: A telephone as people write it: a plus or an eight, then digits with what stands between them.
_PHONE = re.compile(r"(?<![\w.])(?:\+\d|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)")
_NUMBERS = re.compile(r"\d{6,}")
_WORD = re.compile(r"[^\W\d_]{3,}(?:-[^\W\d_]+)*")


def traced(error: BaseException, inputs: Mapping[str, object]) -> str:
    """Return the frames of an error and of those behind it, the innermost last; see the module."""
    hidden = _hidden(inputs)
    parts = [_written(one, hidden) for one in _chain(error)]
    return cut("\n\n".join(reversed(parts)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, then what it came of."""
    found: BaseException | None = error
    for _ in range(ERRORS):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _written(error: BaseException, hidden: re.Pattern[str] | None) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    lines = [f"{_place(one.filename)}:{one.lineno} {one.name}\n    {one.line}" for one in frames]
    said = masked(f"{type(error).__name__}: {error}", hidden)
    return "\n".join([*lines, said])


def _place(filename: str) -> str:
    """Return the end of a path: where a program is installed is nobody's business."""
    return "/".join(PurePath(filename).parts[-3:])


def hide(said: str, inputs: Mapping[str, object]) -> str:
    """Return the text of an error without people and what the inputs hold."""
    return masked(said, _hidden(inputs))


def masked(said: str, hidden: re.Pattern[str] | None = None) -> str:
    """Return a text without mail, telephones, long numbers and what is to be hidden besides."""
    for pattern in (hidden, _MAIL, _PHONE, _NUMBERS):
        said = pattern.sub(HIDDEN, said) if pattern else said
    return said


def _hidden(inputs: Mapping[str, object]) -> re.Pattern[str] | None:
    """Return a pattern of what the inputs hold: whole values, and the words of texts."""
    words = {word for value in _values(inputs) for word in _words(value)}
    if not words:
        return None
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _values(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


def _words(value: object) -> Iterator[str]:
    if isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, str):
        whole = value.strip()
        if SHORTEST <= len(whole) <= 200:
            yield whole
        yield from _WORD.findall(value[:2000])


def cut(trace: str) -> str:
    """Return a trace of at most `LONGEST` bytes: its beginning, and as much of its end."""
    whole = trace.encode()
    if len(whole) <= LONGEST:
        return trace
    gap = f"\n  {HIDDEN}\n".encode()
    kept = whole[:BEGINNING] + gap + whole[BEGINNING + len(gap) - LONGEST :]
    return kept.decode(errors="ignore")
