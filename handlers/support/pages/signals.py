"""The one address that another system speaks to: the digital family card's signals (S-2, S-4.8).

No form, no session, no language: the seal says who speaks (`handlers.registries.signals`), and
every answer is JSON, refusals and failures too.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from engine.clock import SystemClock
from engine.errors import ZholdamaError
from engine.services.views import CaseView
from engine.web import state
from engine.web.extension import Panel
from engine.web.policy import MACHINES, allow
from handlers.registries import signals
from handlers.registries.signals import Refusal, Signal
from handlers.support import cases, offices
from handlers.support.pages import telling
from handlers.support.pages.blueprint import blueprint
from handlers.support.pages.panels import INTAKE
from handlers.support.records import seen
from handlers.support.records.signals import noted
from handlers.support.rights import Part

log = logging.getLogger(__name__)

#: A signal of a region where no centre looks after families.
NO_CENTRE = "region: no_centre"


@allow(MACHINES)
def signal() -> ResponseReturnValue:
    """Take a signal: open a plan, or note it on the one that the family has."""
    try:
        answer = _taken()
    except ZholdamaError:
        log.exception("a signal was not kept")
        return _json(503, "UNAVAILABLE", "The signal was not kept; send it again.")
    return Response(answer.body, answer.status, dict(answer.headers))


def _taken() -> signals.Answer:
    # Not `get_data`: what is larger than any signal is not read to its end.
    body = request.stream.read(signals.MAX_BODY + 1)
    with state.reading() as uow:  # nobody without the seal gets as far as a lock
        settings = cases.settings_of(uow, state.context())
    # The card knows nothing of a demo's shifted clock.
    found = signals.receive(dict(request.headers), body, settings, SystemClock().now())
    if isinstance(found, Refusal):
        log.warning("a signal was refused: %s", found.code)
        return found
    return _kept(found)


def _kept(found: Signal) -> signals.Answer:
    with state.writing() as uow:
        if not _has_centre(uow, found):
            return signals.malformed([NO_CENTRE])
        taken = cases.accept_signal(uow, state.context(), found)
        uow.commit()
    answer = signals.receipt(found, taken.known)
    log.info("signal %s: %s, plan %s", found.message_id, answer.code, taken.plan)
    return answer


def sections(uow: Any, view: CaseView, language: str) -> Sequence[Panel]:
    """Return what the card has signalled of a plan's family, for who sees the ground."""
    number = view.business_key
    held = seen.board(uow.session, state.actor(), number)
    if held is None or Part.GROUND not in held.parts:
        return []
    words = telling.labels(uow, view.definition_id, INTAKE, language)
    found = [
        (one, words.get(f"grounds:{one.content.get('ground')}", ""))
        for one in noted(uow.session, number)
    ]
    return [Panel(template="support/panel_signals.html", context={"found": found})] if found else []


def _has_centre(uow: Any, found: Signal) -> bool:
    code = offices.centre(found.region)
    return offices.is_centre(code) and uow.organisations.find(code) is not None


def _json(status: int, code: str, message: str) -> Response:
    body = json.dumps({"status": {"code": code, "message": message}, "problems": []})
    return Response(body, status, mimetype="application/json")


@blueprint.record
def _placed(setup: BlueprintSetupState) -> None:
    """Give the route the address that the card knows, outside of the pages' prefix."""
    setup.app.add_url_rule(signals.PATH, "support.signal", signal, methods=["POST"])
