"""Where real cases spend their time, on the diagram and as a table."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from engine.model.substitution import begins
from engine.services import definitions
from engine.services.workshop import heat
from engine.services.workshop.saying import type_of
from engine.web import rendering, say, state
from engine.web.asking import day
from engine.web.policy import allow
from engine.web.workshop.migration import LOOKERS

blueprint = Blueprint("workshop_heat", __name__)

#: Period without dates in the address.
USUAL = timedelta(days=365)


@blueprint.get("/processes/<key>/heat")
@allow(LOOKERS)
def show(key: str) -> ResponseReturnValue:
    """Show the heat of a process: of a version, a region, a period."""
    since, until = _period()
    with state.reading() as uow:
        versions = heat.versions(uow, key)
        wanted = request.args.get("version", "")
        chosen = next((one.id for one in versions if wanted in {one.id, str(one.number)}), "")
        asked = heat.Query(
            process=key,
            since=begins(since),
            until=begins(until + timedelta(days=1)),
            definition_id=chosen,
            region=request.args.get("region", "")[:9],
        )
        seen = heat.heat(uow, state.context(), state.actor(), asked)
        regions = sorted((rendering.region_name(code), code) for code in heat.regions(uow))
    language = state.language()
    return render_template(
        "workshop/heat.html",
        key=key,
        seen=seen,
        versions=versions,
        regions=regions,
        since=since,
        until=until,
        days=lambda spent: say.in_days(spent, seen.day, language),
        type_of=type_of,
        warm=[row for row in seen.rows if row.level or row.open or row.late],
        cold=[row for row in seen.rows if not (row.level or row.open or row.late)],
        marks=[_mark(row, seen.day, language) for row in seen.rows if row.level],
    )


def _period() -> tuple[date, date]:
    """Return the local days asked for; what is no day, or the wrong way round, is the usual."""
    today = say.local(state.now()).date()
    until = day(request.args.get("until", ""), today)
    since = day(request.args.get("since", ""), until - USUAL)
    return (since, until) if since <= until else (until - USUAL, until)


def _mark(row: heat.Warmth, day: timedelta, language: str) -> dict[str, Any]:
    """Return what is drawn on an element: its colour, and its median as a number."""
    over = row.term is not None and row.median is not None and row.median / day > row.term
    return {
        "id": row.element,
        "css": f"heat-{row.level}",
        "label": say.in_days(row.median, day, language),
        "badge": "heat-n over" if over else "heat-n",
        "title": rendering.pick(row.names, language),
    }


@blueprint.get("/processes/<key>/diagram.bpmn")
@allow(LOOKERS)
def diagram(key: str) -> ResponseReturnValue:
    """Send the diagram of a version (its definition id); the newest without one."""
    with state.reading() as uow:
        versions = heat.versions(uow, key)
        wanted = request.args.get("version", "")
        chosen = next((one.id for one in versions if one.id == wanted), versions[0].id)
        data = definitions.diagram(uow, chosen)
    return Response(data, mimetype="application/xml")
