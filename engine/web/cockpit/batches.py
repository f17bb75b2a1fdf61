"""Batches: what would become of what was chosen, how far it is, how it went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused
from engine.model.text import Text, text
from engine.services.cockpit import batches, batchlooks, drawing
from engine.services.cockpit.batchviews import Batch, Outcome, State
from engine.services.cockpit.operations import Subject
from engine.web import recording, rendering, state
from engine.web.asking import choice, whole
from engine.web.cockpit import acts, batchreports
from engine.web.cockpit.choosing import look_at
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_batches", __name__)

#: Rows of a page: looked at, and of a report.
PREVIEWS, ROWS = 20, 50
#: What a state is called.
STATES: Mapping[State, Text] = {
    State.DRAWING: text("is being drawn up"),
    State.DRAWN: text("waits to be started"),
    State.RUNNING: text("is running"),
    State.STOPPED: text("is stopped"),
    State.FINISHED: text("is finished"),
}


# --- looking ------------------------------------------------------------------------------------


@blueprint.get("/batches/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List batches, newest first."""
    with state.reading() as uow:
        found = batchlooks.list_page(
            uow, state.actor(), after=request.args.get("after", "")[:32], size=ROWS + 1
        )
    more = found[ROWS - 1].id if len(found) > ROWS else ""
    return render_template("cockpit/batches.html", found=found[:ROWS], more=more, states=STATES)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form that starts a batch."""

    reason: str = ""
    number: str = ""
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    #: Why it was not done, if not for a field.
    trouble: Text | None = None


@blueprint.get("/batches/<batch_id>")
@allow(ADMINS)
def show(batch_id: str) -> ResponseReturnValue:
    """Show a batch: what it would do, how far it is, how it went."""
    return _page(batch_id, Typed())


def _page(batch_id: str, typed: Typed, status: int = 200) -> ResponseReturnValue:
    outcome = choice(Outcome, request.args.get("outcome", ""), None)
    foreseen = request.args.get("foreseen") == "1"
    after = whole(request.args.get("after", ""), 0, least=0, most=10**8)
    actor = state.actor()
    with state.reading() as uow:
        report = batchlooks.show(uow, actor, batch_id)
        recording.restricted(f"batch:{batch_id}")
        if report.batch.state is State.DRAWN:
            about = (uow, state.context(), actor, batch_id)
            page = batchlooks.previews(*about, foreseen=foreseen, after=after, size=PREVIEWS)
        else:
            page = batchlooks.rows(uow, actor, batch_id, outcome=outcome, after=after, size=ROWS)
    body = render_template(
        "cockpit/batch.html",
        report=report,
        batch=report.batch,
        progress=_progress(report.batch),
        page=page,
        outcome=outcome,
        foreseen=foreseen,
        typed=typed,
        states=STATES,
        outcomes=batchreports.OUTCOMES,
        said=acts.said,
        subject_address=_address,
    )
    return body, status


#: Kinds of subjects that have a page: its endpoint, and what that calls the subject's id.
_LINKED: Mapping[Subject, tuple[str, str]] = {
    Subject.CASE: ("cockpit_case.show", "instance_id"),
    Subject.INCIDENT: ("cockpit_incidents.show", "incident_id"),
    Subject.JOB: ("cockpit_jobs.show", "job_id"),
}


def _address(kind: Subject, subject: str) -> str:
    """Return the address of a subject's page; empty: it has none."""
    endpoint, name = _LINKED.get(kind, ("", ""))
    return rendering.address(endpoint, **{name: subject}) if endpoint else ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a batch is, in words and parts of a bar."""

    #: Parts of the bar, hundredths of its length: class, where it begins, how long it is.
    parts: Sequence[tuple[str, float, float]]
    #: Hundredths that are dealt with.
    percent: int
    #: How many a second; empty: nobody knows.
    rate: str
    #: How long it will take; empty: nobody knows.
    left: str


def _progress(batch: Batch) -> Progress:
    looking = batch.state is State.DRAWN
    counts = (
        [("d", batch.looked)]
        if looking
        else [
            ("d", batch.done),
            ("u", batch.undone),
            ("c", batch.changed),
            ("r", batch.refused),
        ]
    )
    whole_ = max(1, batch.total)
    parts, at = [], 0.0
    for name, n in counts:
        length = 100 * n / whole_
        parts.append((name, round(at, 2), round(length, 2)))
        at += length
    rate, left = batch.rate(state.now()), batch.left(state.now())
    return Progress(
        parts=parts,
        percent=int(at),
        rate=f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}",
        left="" if left is None else _span(left),
    )


def _span(seconds: float) -> str:
    if seconds < 60:
        return state.said(text("{n} s", n=max(1, round(seconds))))
    minutes, rest = divmod(round(seconds), 60)
    return state.said(text("{n} min {s} s", n=minutes, s=rest))


@blueprint.get("/batches/<batch_id>/progress")
@allow(ADMINS)
def progress(batch_id: str) -> ResponseReturnValue:
    """Return the part of the page that tells how far it is; all of it when its state changed."""
    before = request.args.get("state", "")
    with state.reading() as uow:
        batch, report = batchlooks.progress(uow, state.actor(), batch_id), None
        if before and batch.state.value != before:
            return Response(headers={"HX-Refresh": "true"})
        if batch.state is State.DRAWN:
            report = batchlooks.show(uow, state.actor(), batch_id)
            batch = report.batch
    # While it is looked at somebody may be writing why: only the counts are drawn anew.
    more = {"report": report, "renewed": True} if report else {}
    return render_template(
        "cockpit/batch_progress.html",
        batch=batch,
        progress=_progress(batch),
        states=STATES,
        outcomes=batchreports.OUTCOMES,
        said=acts.said,
        **more,
    )


# --- acting -------------------------------------------------------------------------------------


@blueprint.post("/batches/<batch_id>/start")
@allow(ADMINS)
def start(batch_id: str) -> ResponseReturnValue:
    """Start it, or say what is missing."""
    reason, number = request.form.get("reason", ""), request.form.get("number", "")
    try:
        with state.writing() as uow:
            batches.start(
                uow,
                state.context(),
                state.actor(),
                batch_id,
                reason[: acts.REASON],
                number[:20],
            )
            uow.commit()
    except FormRefused as refused:
        typed = Typed(reason=reason[: acts.TYPED], number=number[:20], errors=refused.errors)
        return _page(batch_id, typed, 400)
    except Conflict as error:
        return _page(batch_id, Typed(reason=reason[: acts.TYPED], trouble=error.text), 409)
    return _to(batch_id)


def _to(batch_id: str) -> ResponseReturnValue:
    return redirect(url_for("cockpit_batches.show", batch_id=batch_id), code=303)


Act = Callable[[Any, Any, Any, str], Any]


def _acted(batch_id: str, act: Act) -> ResponseReturnValue:
    """Do something to a batch; lead to it, or to the one that it made."""
    try:
        with state.writing() as uow:
            made = act(uow, state.context(), state.actor(), batch_id)
            uow.commit()
        if made:
            look_at(made)
    except Conflict as error:
        return _page(batch_id, Typed(trouble=error.text), 409)
    return _to(made or batch_id)


@blueprint.post("/batches/<batch_id>/stop")
@allow(ADMINS)
def stop(batch_id: str) -> ResponseReturnValue:
    """Hold it up."""
    return _acted(batch_id, batches.stop)


@blueprint.post("/batches/<batch_id>/go-on")
@allow(ADMINS)
def go_on(batch_id: str) -> ResponseReturnValue:
    """Let it go on."""
    return _acted(batch_id, batches.go_on)


@blueprint.post("/batches/<batch_id>/again")
@allow(ADMINS)
def again(batch_id: str) -> ResponseReturnValue:
    """Draw a batch of just those that failed."""
    return _acted(batch_id, drawing.again)


@blueprint.post("/batches/<batch_id>/undo")
@allow(ADMINS)
def undo(batch_id: str) -> ResponseReturnValue:
    """Draw a batch that takes back what was done."""
    return _acted(batch_id, drawing.undo)


@blueprint.post("/batches/<batch_id>/drop")
@allow(ADMINS)
def drop(batch_id: str) -> ResponseReturnValue:
    """Forget a batch that was never begun."""
    with state.writing() as uow:
        batches.drop(uow, state.context(), state.actor(), batch_id)
        uow.commit()
    flash(state.said("The batch was given up; nothing was touched."), "ok")
    return redirect(url_for("cockpit_batches.index"), code=303)


# --- the report as a file -------------------------------------------------------------------------


@blueprint.get("/batches/<batch_id>/report.csv")
@allow(ADMINS)
def report_csv(batch_id: str) -> ResponseReturnValue:
    """Send the report as a table that every program reads."""
    with state.reading() as uow:
        return batchreports.as_text(*batchreports.whole(uow, batch_id))


@blueprint.get("/batches/<batch_id>/report.xlsx")
@allow(ADMINS)
def report_xlsx(batch_id: str) -> ResponseReturnValue:
    """Send the report as a workbook."""
    with state.reading() as uow:
        return batchreports.as_workbook(*batchreports.whole(uow, batch_id))
