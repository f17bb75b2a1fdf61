"""The demo's own page: its clock, and how the stand-ins for outside systems behave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import ShiftedClock
from engine.errors import NotFound, Unavailable, ValueRefused
from engine.model.text import Text, text
from engine.services import access, audit
from engine.web import say, state
from engine.web.extension import OutsideSystem, Switchboard, WebExtension
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_sandbox", __name__)

#: Name of the setting that keeps the demo's shift, in seconds.
SHIFT = "clock.shift"
#: How far the clock may be moved at once, hours.
STEPS = (1, 24, 24 * 7, 24 * 30)


@dataclass(frozen=True, kw_only=True)
class Board:
    """One package's switches, as they stand."""

    #: The package's short name.
    name: str
    #: Ways to behave by name.
    modes: Sequence[tuple[str, str]]
    #: The systems.
    systems: Sequence[OutsideSystem]


@blueprint.get("/sandbox/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show the clock and the switches."""
    _refuse_outside()
    clock = state.clock()
    trouble: Text | None = None
    boards: list[Board] = []
    for name, board in _boards():
        try:
            boards.append(_board(name, board))
        except Unavailable as away:
            trouble = away.text
    return render_template(
        "cockpit/sandbox.html",
        boards=boards,
        trouble=trouble,
        shift=clock.offset if isinstance(clock, ShiftedClock) else None,
        now=state.now(),
        steps=STEPS,
        links=[link for one in _extensions() if one.admin_links for link in one.admin_links()],
    )


def _refuse_outside() -> None:
    """Refuse wherever this is no demo, and whoever administers a region only."""
    if not state.installation().settings.demo:
        raise NotFound(text("Only a demo has this page."))
    with state.reading() as uow:
        access.everywhere(uow, state.actor())


def _extensions() -> Sequence[WebExtension]:
    found: Sequence[WebExtension] = current_app.extensions["zholdama.pages"]
    return found


def _boards() -> Sequence[tuple[str, Switchboard]]:
    settings = state.context().settings
    made = [(one.name, one.switchboard(settings)) for one in _extensions() if one.switchboard]
    return [(name, board) for name, board in made if board is not None]


def _board(name: str, board: Switchboard) -> Board:
    modes = [(mode, state.said(said)) for mode, said in board.modes.items()]
    return Board(name=name, modes=modes, systems=board.systems())


@blueprint.post("/sandbox/<board>/<system>")
@allow(ADMINS)
def switch(board: str, system: str) -> ResponseReturnValue:
    """Have a system behave otherwise."""
    _refuse_outside()
    mode = request.form.get("mode", "")[:40]
    found = dict(_boards()).get(board)
    if found is None:
        raise NotFound(text("There is no such switch"))
    found.switch(system, mode)
    with state.writing() as uow:
        subject = f"sandbox:{system}"
        audit.append(uow, state.context(), state.actor(), "sandbox.switch", subject, {"to": mode})
        uow.commit()
    flash(state.said("From the next question on it behaves so."), "ok")
    return redirect(url_for("cockpit_sandbox.show", _anchor=f"system-{system}"), code=303)


@blueprint.post("/sandbox/clock")
@allow(ADMINS)
def move_clock() -> ResponseReturnValue:
    """Move the demo's clock forward; timers that become due fire at the next tick."""
    _refuse_outside()
    clock, said = state.clock(), request.form.get("hours", "24")
    if not isinstance(clock, ShiftedClock):
        raise NotFound(text("Only a demo has a clock that can be moved."))
    if said not in {str(one) for one in STEPS}:
        raise ValueRefused(text("Choose how far the clock is to be moved."))
    shift = clock.offset + timedelta(hours=int(said))
    with state.writing() as uow:
        uow.settings.set(SHIFT, str(int(shift.total_seconds())))
        told = {"hours": int(said)}
        audit.append(uow, state.context(), state.actor(), "clock.move", "installation", told)
        uow.commit()
    clock.offset = shift
    moment = say.moment(clock.now(), state.language())
    flash(state.said(text("The demo's clock shows {moment} now.", moment=moment)), "ok")
    return redirect(url_for("cockpit_sandbox.show"), code=303)


@blueprint.app_template_filter("hours_said")
def hours_said(hours: int) -> str:
    """Return how far a step moves the clock, in words."""
    words = {
        1: text("An hour forward"),
        24: text("A day forward"),
        168: text("A week forward"),
        720: text("A month forward"),
    }
    return state.said(words[hours])
