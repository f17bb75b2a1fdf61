"""What the audit log keeps of looking: every refusal, and what administrators read of people.

Whose work a case is may read it unrecorded: history tells who that is. An administrator sees every
case by virtue of the role alone, so each look is written down; and so is each attempt at what is
not for somebody's eyes, whether it exists or not. A domain that shows what few may see says so with
`restricted`: then the look of anybody is written down. Ids and names of views are kept, never
values.
"""

import contextlib
import logging

from flask import Flask, Response, g, request

from engine.errors import ZholdamaError
from engine.model.people import ADMIN, Actor
from engine.services import audit
from engine.web import state

log = logging.getLogger(__name__)

REFUSED, READ = "access.refused", "access.read"
#: Parts of an address that name something of a case.
NAMING = ("task_id", "instance_id", "document_id", "incident_id", "job_id")
#: Longest id worth keeping: no real one is longer, and whoever guesses may send anything.
LONGEST = 64


def restricted(*what: str) -> None:
    """Have it written down that this page shows restricted data; `what` names them by their ids.

    E.g. ``risks``, ``plan:Ж-26-00122``, ``person:…``. The same is written once for a page.
    """
    g.setdefault("restricted", {})[" ".join(what)] = None


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


def _looks(someone: Actor, answer: Response) -> list[tuple[str, str]]:
    """Return what is to be written of one answer: acts with their subjects."""
    act = _act(someone, answer)
    found = [(act, _subject())] if act else []
    if answer.status_code not in {403, 404}:
        shown = g.get("restricted", {})
        found += [(READ, f"{request.endpoint} {one}"[:300]) for one in shown]
    return found


def _record(answer: Response) -> Response:
    someone = state.signed_in()
    if someone is None or not request.endpoint or request.endpoint == "assets.send":
        return answer
    looks = _looks(someone, answer)
    if not looks:
        return answer
    # The answer is made already: that its record failed must not take it away.
    with contextlib.suppress(ZholdamaError):
        with state.writing() as uow:
            for act, subject in looks:
                audit.append(uow, state.context(), someone, act, subject)
            uow.commit()
        return answer
    acts = ", ".join(act for act, _ in looks)
    # Not what was asked for: whoever guesses at addresses may write a name into one.
    log.error("%s by %s could not be recorded: %s", acts, someone.account, request.endpoint)
    return answer


def keep_record(app: Flask) -> None:
    """Record refusals and administrators' looks."""
    app.after_request(_record)
