"""How the work goes, in figures: times against terms, ways back, weeks, what will be late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.model.substitution import begins
from engine.model.text import text
from engine.services import audit
from engine.services.cockpit.statistics import asking, xes
from engine.services.cockpit.statistics.asking import Query, kept
from engine.services.cockpit.statistics.forecast import forecast
from engine.services.cockpit.statistics.returns import returns
from engine.services.cockpit.statistics.steps import steps
from engine.services.cockpit.statistics.weeks import weeks
from engine.services.workshop import heat
from engine.web import rendering, say, state
from engine.web.asking import day
from engine.web.cockpit import figures
from engine.web.files import XLSX, attachment
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_statistics", __name__)

#: Period without dates in the address: a quarter.
USUAL = timedelta(days=91)
#: Parts of the page, by the name in its address.
PARTS = {
    "steps": text("Time per step"),
    "returns": text("Sent back"),
    "weeks": text("By week"),
    "forecast": text("Late this week"),
}
#: What is counted for each.
COUNTED: Mapping[str, Callable[..., Any]] = {
    "steps": steps,
    "returns": returns,
    "weeks": weeks,
    "forecast": forecast,
}
#: What the address says of a query.
ASKED = ("since", "until", "process", "version", "region", "office")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for, as the form shows it."""

    #: For the services.
    query: Query
    #: First and last local day.
    since: date
    until: date
    #: Number of the version; empty: all.
    version: str


@blueprint.get("/statistics/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show one part of the figures of a period."""
    part = request.args.get("show", "steps")
    part = part if part in PARTS else "steps"
    with state.reading() as uow:
        asked = _asked(uow)
        found = kept(uow, state.context(), state.actor(), asked.query, COUNTED[part])
        choices = _choices(uow, asked)
    language = state.language()
    return render_template(
        "cockpit/statistics.html",
        part=part,
        parts=PARTS,
        asked=asked,
        found=found,
        link=lambda **more: url_for("cockpit_statistics.show", **_address(part, more)),
        export=lambda name: url_for(f"cockpit_statistics.{name}", **_address("", {})),
        days=lambda spent: say.in_days(spent, found.day, language),
        percent=lambda share: figures.percent(share, language),
        number=lambda value: say.decimal(value, language, bare=True),
        chart=figures.chart(part, found, language),
        case_href=lambda case: url_for("cockpit_case.show", instance_id=case),
        **choices,
    )


@blueprint.get("/statistics/statistics.xlsx")
@allow(ADMINS)
def workbook() -> ResponseReturnValue:
    """Send all tables of a period as a workbook."""
    with state.reading() as uow:
        asked = _asked(uow)
        found = {
            part: kept(uow, state.context(), state.actor(), asked.query, count)
            for part, count in COUNTED.items()
        }
    data = figures.workbook(found, state.language(), at=state.now())
    return attachment(data, f"statistics-{asked.since}-{asked.until}.xlsx", XLSX)


@blueprint.get("/statistics/export.xes")
@allow(ADMINS)
def export() -> ResponseReturnValue:
    """Send the history of the period's cases as an event log (IEEE 1849), packed, as it is read."""
    with state.reading() as uow:
        asked = _asked(uow)
        # Whether it may be asked for is seen before the first byte goes out; that it was is kept.
        scope = asking.ground(uow, state.actor(), asked.query).scope
        told = {"cases": uow.statistics.count(scope), "process": asked.query.process}
    with state.writing() as uow:
        audit.append(uow, state.context(), state.actor(), "statistics.export", "cases", told)
        uow.commit()
    found = state.installation(), state.context(), state.actor()

    def flow() -> Any:
        installation, ctx, actor = found
        with installation.database.reading() as uow:
            yield from xes.packed(xes.log(uow, ctx, actor, asked.query))

    return attachment(flow(), f"events-{asked.since}-{asked.until}.xes.gz", "application/gzip")


def _address(part: str, more: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of this page's address with some changed; empty ones are left out."""
    said = {name: request.args.get(name, "") for name in ASKED} | {"show": part} | dict(more)
    return {name: value for name, value in said.items() if value}


def _asked(uow: Any) -> Asked:
    today = say.local(state.now()).date()
    until = min(day(request.args.get("until", ""), today), today)
    since = day(request.args.get("since", ""), until - USUAL)
    if not timedelta() <= until - since < asking.LONGEST:
        since = until - USUAL
    process = request.args.get("process", "")[:255]
    number = request.args.get("version", "")
    versions = heat.versions(uow, process) if process else ()
    chosen = next((one for one in versions if str(one.number) == number), None)
    return Asked(
        query=Query(
            since=begins(since),
            until=begins(until + timedelta(days=1)),
            process=process,
            definition_id=chosen.id if chosen else "",
            region=request.args.get("region", "")[:9],
            office=request.args.get("office", "")[:100],
        ),
        since=since,
        until=until,
        version=number if chosen else "",
    )


def _choices(uow: Any, asked: Asked) -> dict[str, Any]:
    """Return what the form offers: processes, versions, regions, offices."""
    language = state.language()
    offices = asking.all_offices(uow, state.actor())
    regions = {one.region: rendering.region_name(one.region) for one in offices if one.region}
    process = asked.query.process
    return {
        "processes": {
            row.key: rendering.pick(row.names, language) or row.key
            for row in uow.statistics.processes()
        },
        "versions": [one.number for one in heat.versions(uow, process)] if process else [],
        "regions": sorted(regions.items(), key=lambda pair: pair[1]),
        "offices": sorted(
            (rendering.pick(one.names, language), one.code)
            for one in offices
            if asked.query.region in {"", one.region}
        ),
    }
