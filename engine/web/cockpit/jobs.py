"""What is to happen later: jobs by state, and one of them."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.services import access, definitions
from engine.services.cockpit import jobs
from engine.services.cockpit.jobs import KINDS, Lane
from engine.web import rendering, state
from engine.web.asking import choice
from engine.web.cockpit.drawing import seconds
from engine.web.policy import ADMINS, allow
from engine.web.say import span

blueprint = Blueprint("cockpit_jobs", __name__)

FILTERS = ("kind", "handler", "process", "executor", "case")
LANES: Mapping[Lane, Text] = {
    Lane.DUE: text("Due"),
    Lane.RUNNING: text("Running"),
    Lane.RETRY: text("Waiting to be tried again"),
    Lane.WAITING: text("Later"),
    Lane.PAUSED: text("Paused"),
    Lane.SUSPENDED: text("Suspended"),
    Lane.DEAD: text("Given up"),
    Lane.DONE: text("Done"),
}
#: Lists whose rows can be chosen: something can be done to many of them at once.
CHOOSABLE = frozenset({Lane.DUE, Lane.RETRY, Lane.WAITING, Lane.PAUSED, Lane.SUSPENDED})
#: What would stand in an empty list, and why it is good or no harm that nothing does.
EMPTY: Mapping[Lane, Text] = {
    Lane.DUE: text("What is due is done within a second: nothing waits for an executor."),
    Lane.RUNNING: text("What executors do at this moment stands here; they have nothing to do."),
    Lane.RETRY: text("What failed and will be tried again by itself stands here. Nothing did."),
    Lane.WAITING: text("Timers and reminders to come stand here."),
    Lane.PAUSED: text("What waits because its handler is paused stands here. No handler is."),
    Lane.SUSPENDED: text("What administrators suspended stands here. They suspended nothing."),
    Lane.DEAD: text("What failed after all attempts stands here, each with an incident."),
    Lane.DONE: text("What was done stands here, the newest first."),
}
STATES: Mapping[str, Text] = {
    "ready": text("ready"),
    "claimed": text("running"),
    "done": text("done"),
    "dead": text("given up"),
    "cancelled": text("withdrawn"),
    "suspended": text("suspended"),
}


def _said() -> dict[str, str]:
    written = {name: request.args.get(name, "") for name in (*FILTERS, "state")}
    found = {name: value.replace("\0", "").strip()[:255] for name, value in written.items()}
    return {name: value for name, value in found.items() if value}


def _address(**changes: str) -> str:
    found = {name: value for name, value in {**_said(), **changes}.items() if value}
    return rendering.address("cockpit_jobs.index", **found)


@blueprint.get("/jobs/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List jobs of one state; a further page comes as rows alone."""
    said, actor, ctx = _said(), state.actor(), state.context()
    lane, after = choice(Lane, said.get("state", ""), Lane.DUE), request.args.get("after", "")[:200]
    words = {"lane": lane, "choosable": lane in CHOOSABLE, "address": _address, **_words()}
    if after and request.headers.get("HX-Request"):
        with state.reading() as uow:
            found = jobs.page(uow, ctx, actor, said, after=after, counted=False)
        return render_template("cockpit/jobs/rows.html", page=found, **words)
    with state.reading() as uow:
        found = jobs.page(uow, ctx, actor, said, after=after)
        counts = jobs.counts(uow, ctx, actor)
        named = {one.key: one.names for one in definitions.list_latest(uow)}
        everywhere = access.reach(uow, actor) is None
    language = state.language()
    return render_template(
        "cockpit/jobs/index.html",
        page=found,
        lanes=LANES,
        empty_words=EMPTY[lane],
        counts=counts,
        said=said,
        everywhere=everywhere,
        kinds={one.value: name for one, name in KINDS.items()},
        topics=sorted(ctx.extensions.handlers),
        processes=[(one, rendering.pick(names, language)) for one, names in sorted(named.items())],
        **words,
    )


@blueprint.get("/jobs/<job_id>")
@allow(ADMINS)
def show(job_id: str) -> ResponseReturnValue:
    """Show one job."""
    with state.reading() as uow:
        found = jobs.detail(uow, state.context(), state.actor(), job_id)
    return render_template("cockpit/jobs/show.html", found=found, row=found.row, **_words())


def _words() -> dict[str, object]:
    language = state.language()
    return {
        "states": STATES,
        "kind_words": KINDS,
        "seconds": lambda one: seconds(one, language),
        "span": lambda one: span(one, language),
    }
