"""What an administrator does by hand: demo time."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from engine.clock import ShiftedClock
from engine.errors import NotFound
from engine.model.text import text
from engine.services import audit
from engine.web import say, state
from engine.web.policy import ADMINS, allow

incidents = Blueprint("incidents", __name__)

#: Name of the setting that keeps the demo's shift, in seconds.
SHIFT = "clock.shift"


@incidents.post("/clock")
@allow(ADMINS)
def move_clock() -> ResponseReturnValue:
    """Move the demo's clock a day forward; timers that become due fire at the next tick."""
    clock = state.clock()
    if not (state.installation().settings.demo and isinstance(clock, ShiftedClock)):
        raise NotFound(text("Only a demo has a clock that can be moved."))
    shift = clock.offset + timedelta(days=1)
    with state.writing() as uow:
        uow.settings.set(SHIFT, str(int(shift.total_seconds())))
        audit.append(uow, state.context(), state.actor(), "clock.move", "installation", {"days": 1})
        uow.commit()
    clock.offset = shift
    said = say.moment(clock.now(), state.language())
    flash(state.said(text("The demo's clock shows {moment} now.", moment=said)), "ok")
    return redirect(url_for("cockpit_incidents.index"), code=303)
