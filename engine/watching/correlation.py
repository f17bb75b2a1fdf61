"""The id by which a request is found again: in its answer, on its error page, in logs and jobs."""

import re
import uuid

#: What is taken over from ``X-Request-ID``: no room for a sentence or a name with a space.
_FORM = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}")
#: An id that a person is known by. One UUID in 300 has such a run too, and is made anew.
_PERSON = re.compile(r"\d{12}")


def correlation(given: str | None) -> str:
    """Return the given id if it is well formed and cannot be somebody's IIN, else a new one.

    Well formed: 8 to 64 letters of English, digits, hyphens and underscores, a digit among them
    (a word alone may be a name).
    """
    if given and _FORM.fullmatch(given) and re.search(r"\d", given) and not _PERSON.search(given):
        return given
    return uuid.uuid4().hex
