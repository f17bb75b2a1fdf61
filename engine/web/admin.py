"""What an administrator does by hand: the working calendar, the audit log, demo time."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import ShiftedClock
from engine.errors import NotFound
from engine.i18n import translate_count
from engine.model.text import text
from engine.services import accounts, audit
from engine.web import say, state
from engine.web.asking import whole
from engine.web.policy import ADMINS, allow

incidents = Blueprint("incidents", __name__)
trail = Blueprint("trail", __name__)

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


@trail.get("/")
@allow(ADMINS)
def show_trail() -> ResponseReturnValue:
    """Show the audit log, newest first."""
    before = whole(request.args.get("before", ""), 0, least=0, most=10**15)
    with state.reading() as uow:
        rows = audit.list_rows(uow, before=before)
        names = {one.id: one.name for one in accounts.list_accounts(uow)}
    return render_template(
        "admin/trail.html", rows=rows, names=names, older=rows[-1].number if rows else 0
    )


@trail.post("/verify")
@allow(ADMINS)
def verify() -> ResponseReturnValue:
    """Walk the whole chain and say whether every link fits."""
    with state.reading() as uow:
        report = audit.verify(uow)
    if report.broken:
        said = state.said(text("Link {number} of the chain does not fit.", number=report.broken))
        flash(said, "late")
    else:
        whole_chain = translate_count(
            "{n} link, all of them fit. Head: {head}",
            "{n} links, all of them fit. Head: {head}",
            report.count,
            state.language(),
            head=report.head[:16],
        )
        flash(whole_chain, "ok")
    return redirect(url_for("trail.show_trail"), code=303)
