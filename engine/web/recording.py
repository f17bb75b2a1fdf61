"""What the audit log keeps of looking: every refusal, and what administrators read of people.

Whose work a case is may read it unrecorded: history tells who that is. An administrator sees every
case by virtue of the role alone, so each look is written down; and so is each attempt at what is
not for somebody's eyes, whether it exists or not. Ids and names of views are kept, never values.
"""

import contextlib
import logging

from flask import Flask, Response, request

from engine.errors import ZholdamaError
from engine.model.people import ADMIN, Actor
from engine.services import audit
from engine.web import state

log = logging.getLogger(__name__)

REFUSED, READ = "access.refused", "access.read"
#: Parts of an address that name something of a case.
NAMING = ("task_id", "instance_id", "document_id")
#: Longest id worth keeping: no real one is longer, and whoever guesses may send anything.
LONGEST = 64


def _subject() -> str:
    """Return what was asked for: the view and the ids in its address."""
    ids = [
        f"{name.removesuffix('_id')}:{str(value)[:LONGEST]}"
        for name, value in (request.view_args or {}).items()
    ]
    return " ".join([str(request.endpoint), *ids])[:300].replace("\0", "")


def _act(someone: Actor, answer: Response) -> str:
    if answer.status_code in {403, 404}:
        return REFUSED
    read = request.method == "GET" and answer.status_code == 200
    named = any(name in (request.view_args or {}) for name in NAMING)
    return READ if read and named and someone.holds(ADMIN) else ""


def _record(answer: Response) -> Response:
    someone = state.signed_in()
    act = _act(someone, answer) if someone and request.endpoint else ""
    if someone is None or not act or request.endpoint == "assets.send":
        return answer
    # The answer is made already: that its record failed must not take it away.
    with contextlib.suppress(ZholdamaError):
        with state.writing() as uow:
            audit.append(uow, state.context(), someone, act, _subject())
            uow.commit()
        return answer
    log.error("%s by %s could not be recorded: %s", act, someone.account, _subject())
    return answer


def keep_record(app: Flask) -> None:
    """Record refusals and administrators' looks."""
    app.after_request(_record)
