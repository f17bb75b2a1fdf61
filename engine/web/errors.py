"""Errors as people read them: what happened, what it means for the case, what to do next.

One table maps the engine's errors to HTTP; nothing else knows both. A stack trace goes to the log,
never to a page.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine import errors
from engine.model.text import Text, text
from engine.watching import points
from engine.web import state

StaleForm = Callable[[], ResponseReturnValue | None]

log = logging.getLogger(__name__)

#: Error → status; the most derived class that fits counts.
STATUS: dict[type[errors.ZholdamaError], int] = {
    errors.Refused: 400,
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.SignatureRefused: 409,
    errors.StepFailed: 500,
    errors.Unavailable: 503,
    errors.ZholdamaError: 500,
}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What an error page says."""

    #: What happened.
    title: Text
    #: What it means for the case.
    meaning: Text
    #: What to do next.
    advice: Text


#: Seconds after which a program that was told 503 may try again; a person is told "a minute".
RETRY_AFTER = "10"
#: The same by status; too many attempts are counted for a minute first.
LATER = {503: RETRY_AFTER, 429: "60"}
#: A form larger than this is not carried along by an error page; no form of ours comes near.
KEPT_LIMIT = 400_000

NOTHING_CHANGED = text("Nothing was sent, signed or changed.")
TROUBLES: dict[int, Trouble] = {
    400: Trouble(
        title=text("The request cannot be understood"),
        meaning=NOTHING_CHANGED,
        advice=text("Go back, load the page again and repeat what you did."),
    ),
    403: Trouble(
        title=text("This is not open to you"),
        meaning=NOTHING_CHANGED,
        advice=text("If it belongs to your work, ask the head of your office for the role."),
    ),
    404: Trouble(
        title=text("There is no such page"),
        meaning=text("The case or task may be finished, withdrawn or given to another office."),
        advice=text("Look for the case by its number in the list of cases."),
    ),
    405: Trouble(
        title=text("The request cannot be understood"),
        meaning=NOTHING_CHANGED,
        advice=text("Go back, load the page again and repeat what you did."),
    ),
    409: Trouble(
        title=text("Somebody was faster"),
        meaning=text("Your last act was not carried out; what others did stands."),
        advice=text("Load the page again to see how things are now."),
    ),
    413: Trouble(
        title=text("The file is too large"),
        meaning=text("It was not kept; everything else you entered is."),
        advice=text("Scan it again with a lower resolution, or split it."),
    ),
    429: Trouble(
        title=text("Too many attempts"),
        meaning=text("For a minute no further attempt is looked at."),
        advice=text("Wait a minute, check login and language of the keyboard, and try again."),
    ),
    500: Trouble(
        title=text("An error on our side"),
        meaning=text("Your last act was not carried out; the case stands as before."),
        advice=text("Try again in a minute. If it happens again, tell the administrator."),
    ),
    503: Trouble(
        title=text("The system is not available at the moment"),
        meaning=text("Your last act was not carried out; the case stands as before."),
        advice=text("Try again in a minute."),
    ),
}
#: When nobody can say whether a commit stands. To send a task's form twice is the same as once.
IN_DOUBT = Trouble(
    title=text("The system is not available at the moment"),
    meaning=text(
        "Whether your last act was carried out is not known: "
        "the connection broke while it was being kept."
    ),
    advice=text("Try again in a minute. A form that was kept already is not sent twice."),
)


#: When an administrator keeps a process from starting cases.
NO_STARTS = Trouble(
    title=text("No new case is started at the moment"),
    meaning=text("Cases that run go on."),
    advice=text("Ask the administrator how long it lasts, and try again then."),
)
#: What is told of an error otherwise than by its status.
ITS_OWN: Mapping[type[errors.ZholdamaError], Trouble] = {
    errors.InDoubt: IN_DOUBT,
    errors.StartsSuspended: NO_STARTS,
}


def status_of(error: errors.ZholdamaError) -> int:
    """Return the HTTP status of an engine's error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def told(error: errors.ZholdamaError, said: str) -> ResponseReturnValue:
    """Answer a script: the sentence, the status, and when to come back."""
    status = status_of(error)
    return {"error": said}, status, _later(status)


def for_script() -> bool:
    """Tell whether a script of the workshop asks: it is answered in JSON, errors too."""
    asked = request.headers.get("X-Requested-With") == "fetch"
    return asked and request.path.startswith("/workshop/")


def _later(status: int) -> dict[str, str]:
    return {"Retry-After": LATER[status]} if status in LATER else {}


def _fitting(status: int) -> Trouble:
    return TROUBLES.get(status) or TROUBLES[400 if status < 500 else 500]


def page(
    status: int, said: Text | None = None, trouble: Trouble | None = None
) -> ResponseReturnValue:
    """Draw an error: a page, or for a part of a page a notice in its corner."""
    trouble = trouble or _fitting(status)
    later = _later(status)
    if for_script():
        return {"error": state.said(said or trouble.title)}, status, later
    if request.headers.get("HX-Request"):
        body = render_template("parts/toast.html", trouble=trouble, said=said, **_traced())
        return body, status, {"HX-Retarget": "#toast", "HX-Reswap": "innerHTML", **later}
    kept = _kept() if status == 503 else []
    body = render_template(
        "error.html", status=status, trouble=trouble, said=said, kept=kept, **_traced()
    )
    return body, status, later


def _kept() -> list[tuple[str, str]]:
    """Return what was posted, for the page to carry along until it can be sent; never a password.

    Without the database nothing else can keep it.
    """
    if request.method != "POST" or any("password" in name for name in request.form):
        return []
    pairs = [(key, value) for key, value in request.form.items(multi=True) if key != "csrf_token"]
    return pairs if sum(len(key) + len(value) for key, value in pairs) <= KEPT_LIMIT else []


def _traced() -> dict[str, str]:
    """Return the number by which the request is found in the logs."""
    return {"reference": points.trail().request}


def _own(error: errors.ZholdamaError) -> ResponseReturnValue:
    status = status_of(error)
    if status == 503:
        # Hundreds of them a minute while a database is away: no lines of code.
        log.warning("%s at %s: %s", type(error).__name__, request.endpoint, error.text.msgid)
    elif status >= 500:
        log.error("%s at %s", type(error).__name__, request.endpoint, exc_info=error)
    return page(status, error.text, ITS_OWN.get(type(error)))


def _token(error: CSRFError, stale: StaleForm) -> ResponseReturnValue:
    log.info("form without a valid token at %s: %s", request.endpoint, error.description)
    return stale() or page(400, text("This page was open for too long, or from another session."))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    if error.code is not None and error.code < 400:
        return error.get_response()
    return page(error.code or 500)


def _unknown(error: Exception) -> ResponseReturnValue:
    log.error("unexpected %s at %s", type(error).__name__, request.endpoint, exc_info=error)
    return page(500)


def explain(app: Flask, stale: StaleForm) -> None:
    """Register the handlers; `stale` may draw a form again whose token has become old."""
    app.register_error_handler(errors.ZholdamaError, _own)
    app.register_error_handler(CSRFError, lambda error: _token(error, stale))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)
