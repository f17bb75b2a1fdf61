"""What an administrator does by hand: the working calendar, the audit log, demo time."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import ShiftedClock
from engine.errors import NotFound, ValueRefused
from engine.i18n import translate_count
from engine.model.text import text
from engine.services import accounts, audit, calendar
from engine.web import say, state
from engine.web.asking import whole
from engine.web.policy import ADMINS, allow

incidents = Blueprint("incidents", __name__)
days = Blueprint("days", __name__)
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


@days.get("/")
@allow(ADMINS)
def show_days() -> ResponseReturnValue:
    """Show a year's exceptions of the working calendar."""
    this_year = say.local(state.now()).year
    year = whole(request.args.get("year", ""), this_year, least=2000, most=2100)
    with state.reading() as uow:
        found = calendar.list_days(uow, year)
    return render_template("admin/days.html", days=found, year=year)


@days.post("/")
@allow(ADMINS)
def override() -> ResponseReturnValue:
    """Set a date by an order."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError as error:
        raise ValueRefused(text("Write the date as a day of the calendar.")) from error
    source = request.form.get("source", "").strip()[:200]
    if not source:
        raise ValueRefused(text("Name the order that this day comes from."))
    with state.writing() as uow:
        calendar.override(
            uow,
            state.context(),
            state.actor(),
            day,
            working=request.form.get("working") == "1",
            source=source,
            note=request.form.get("note", "").strip()[:200],
        )
        uow.commit()
    flash(state.said("The day is set; deadlines from now on follow it."), "ok")
    return redirect(url_for("days.show_days", year=day.year), code=303)


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
