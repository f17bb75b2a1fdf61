"""Quarters of many centres, and a region as it stands now: numbers without names (S-13, B-11).

A centre finds its own quarters here, the supervising office its region's, the family-policy body
those of the country.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import NotFound
from engine.model.people import Actor
from engine.model.text import Text, text
from engine.paper import charts
from engine.paper.charts import Row, Series
from engine.paper.sheets import Column, Value
from engine.services.views import NotificationView
from engine.web import rendering, state
from engine.web.extension import Link
from engine.web.files import XLSX
from engine.web.policy import allow, roles
from handlers.people.regions import REGIONS
from handlers.people.regions import name as region_name
from handlers.support import offices, paper, rights
from handlers.support.figures import EFFECTS, Table, quarter_name
from handlers.support.offices import OVERSEER, POLICY
from handlers.support.pages import frame
from handlers.support.pages.blueprint import blueprint
from handlers.support.pages.quarter import READERS, send
from handlers.support.records import Conclusion, Count, overviews, rollups
from handlers.support.records.overviews import Overview
from handlers.support.records.rollups import RollUp

#: What a roll-up counts of measures.
COLUMNS: Sequence[tuple[str, Text]] = (
    ("total", text("Measures")),
    ("done", text("Done")),
    ("late", text("Late")),
    ("returned", text("Returned")),
    ("refused", text("Refused by the person")),
    ("impossible", text("Impossible")),
)


@dataclass(frozen=True, kw_only=True)
class CentreLine:
    """A centre in a roll-up."""

    #: The conclusion it sent.
    found: Conclusion
    #: Its name.
    name: str
    #: Its measures.
    measures: Count
    #: How it judges the joint work.
    effect: str


@dataclass(frozen=True, kw_only=True)
class RegionLines:
    """A region in a roll-up."""

    #: Its sums.
    region: rollups.Region
    #: Its name.
    name: str
    #: Its centres.
    centres: tuple[CentreLine, ...]
    #: Names of the centres whose conclusion is awaited.
    awaited: tuple[str, ...]


def menu(someone: Actor) -> list[Link]:
    """Return the menu's lines: the region as it stands now, and the quarters."""
    known = rights.reach(someone)
    found = [
        Link(
            label=text("Plans of the region"),
            href=url_for("support.region", region=one),
            icon="map-pin",
        )
        for one in sorted(known.regions)[:1]
    ]
    if known.centres or known.regions or known.policy:
        found.append(
            Link(label=text("Quarters"), href=url_for("support.quarters"), icon="chart-bar")
        )
    return found


def _lines(found: RollUp) -> Iterable[RegionLines]:
    for one in found.regions:
        yield RegionLines(
            region=one,
            name=region_name(one.code, state.language()),
            centres=tuple(_centre(held) for held in one.conclusions),
            awaited=tuple(rendering.office_name(code, state.language()) for code in one.awaited),
        )


def _centre(held: Conclusion) -> CentreLine:
    effect = EFFECTS.get(str(held.content.get("effect")))
    return CentreLine(
        found=held,
        name=rendering.office_name(held.centre, state.language()),
        measures=held.indicators.total if held.indicators else Count(),
        effect=state.said(effect) if effect else "",
    )


def _asked(known: Sequence[str]) -> str:
    asked = request.args.get("quarter", "")
    return asked if asked in known else (known[0] if known else "")


@blueprint.get("/quarters")
@allow(READERS)
def quarters() -> ResponseReturnValue:
    """Show the centre's own quarters, and what was sent to region or family-policy body."""
    with state.reading() as uow:
        own = rollups.own_quarters(uow.session, state.actor())
        known = rollups.quarters_sent(uow.session, state.actor())
        asked = _asked(known)
        found = rollups.roll_up(uow.session, state.actor(), asked) if asked else None
        lines = list(_lines(found)) if found else []
    language = state.language()
    several = len(rights.reach(state.actor()).centres) > 1
    return render_template(
        "support/quarters.html",
        own=[(one, _own_name(one, several=several)) for one in own],
        receives=bool(rights.reach(state.actor()).regions or rights.reach(state.actor()).policy),
        known=[(one, quarter_name(one, language)) for one in known],
        asked=asked,
        found=found,
        lines=lines,
        columns=COLUMNS,
        picture=_picture(lines),
    )


def _own_name(found: Conclusion, *, several: bool) -> str:
    said = quarter_name(found.quarter, state.language())
    return f"{said}, {rendering.office_name(found.centre, state.language())}" if several else said


def _picture(lines: Sequence[RegionLines]) -> Markup | None:
    """Draw how the measures of each region stood; of each centre, if there is one region."""
    names = (("done", "done", "solid"), ("late", "late", "stripes"), ("returned", "soon", "dots"))
    labels = dict(COLUMNS)
    series = [
        Series(name=state.said(labels[name]), ink=ink, pattern=pattern)
        for name, ink, pattern in names
    ]
    counted = [(one.name, one.region.measures) for one in lines]
    if len(lines) == 1:
        counted = [(one.name, one.measures) for one in lines[0].centres]
    rows = [
        Row(name=name, values=[getattr(one, key) for key, _, _ in names]) for name, one in counted
    ]
    if not rows:
        return None
    title = state.said(text("Measures done, late and returned"))
    # `engine.paper.charts` escapes every word.
    return Markup(charts.grouped("rollup", title, series, rows))  # noqa: S704


@blueprint.get("/quarters.xlsx")
@allow(roles(OVERSEER, POLICY))
def rollup_xlsx() -> ResponseReturnValue:
    """Return the roll-up of a quarter as a workbook."""
    with state.reading() as uow:
        asked = _asked(rollups.quarters_sent(uow.session, state.actor()))
        found = rollups.roll_up(uow.session, state.actor(), asked) if asked else None
        if found is None:
            raise NotFound(text("There is no such quarter, or it is not yours to see"))
        table = _table(list(_lines(found)), found)
    data = paper.roll_up(table, quarter=asked, language=state.language(), at=state.now())
    return send(data, XLSX, f"quarter-{asked}.xlsx", "attachment")


def _table(lines: Sequence[RegionLines], found: RollUp) -> Table:
    heads = (text("Region"), text("Centre"), text("Effect of the joint work"))
    columns = [Column(title=state.said(one)) for one in (*heads, text("Plans running at the end"))]
    columns += [Column(title=state.said(label)) for _, label in COLUMNS]
    rows: list[tuple[Value, ...]] = [
        (line.name, one.name, one.effect, _running(one.found), *_counted(one.measures))
        for line in lines
        for one in line.centres
    ]
    rows.append((state.said(text("In all")), None, None, found.running, *_counted(found.measures)))
    title = state.said(text("Conclusions of the centres"))
    return Table(title=title, columns=tuple(columns), rows=tuple(rows), sums=1)


def _running(found: Conclusion) -> int:
    return found.indicators.running if found.indicators else 0


def _counted(found: Count) -> tuple[int, ...]:
    return tuple(getattr(found, name) for name, _ in COLUMNS)


def of_notice(row: NotificationView) -> str:
    """Return where the region or the family-policy body reads what it was told: it has no case."""
    held = rights.reach(state.actor())
    if row.kind in {"support_superior", "support_escalated"}:
        return url_for("support.region", region=min(held.regions)) if held.regions else ""
    if not (held.regions or state.actor().holds(POLICY)):
        return ""
    if row.kind == "support_conclusion":
        return url_for("support.quarter", number=row.business_key)
    return url_for("support.quarters")


@blueprint.get("/regions/<region>")
@allow(roles(OVERSEER))
def region(region: str) -> ResponseReturnValue:
    """Show how a region's plans stand now, by centre, field and body: numbers without names."""
    with state.reading() as uow:
        found = (
            overviews.region_overview(uow.session, state.actor(), region, state.now())
            if region in REGIONS
            else None
        )
    if found is None:
        raise NotFound(text("There is no such region, or it is not yours to see"))
    return render_template(
        "support/region.html",
        name=region_name(region, state.language()),
        region=region,
        regions=_regions(),
        states=_states(found),
        loads=list(_loads(found, region)),
        picture=_late_picture(found),
    )


def _regions() -> list[tuple[str, str, str]]:
    codes = sorted(rights.reach(state.actor()).regions)
    return [
        (one, region_name(one, state.language()), url_for("support.region", region=one))
        for one in codes
    ]


def _states(found: Overview) -> list[tuple[str, int]]:
    return [(state.said(words), found.plans.get(one, 0)) for one, words in frame.STATES.items()]


def _loads(found: Overview, region: str) -> Iterable[Mapping[str, object]]:
    """Yield the tables: what is with whom, by centre, by field, by body."""
    language = state.language()
    yield {
        "key": "centres",
        "title": text("By centre"),
        "rows": [(rendering.office_name(one.code, language), one) for one in found.centres],
    }
    order = list(offices.FIELDS)
    fields = sorted(found.fields, key=lambda one: order.index(one.code))
    yield {
        "key": "fields",
        "title": text("By field"),
        "rows": [(offices.field_name(one.code, language), one) for one in fields],
    }


def _late_picture(found: Overview) -> Markup | None:
    """Draw what is with the bodies by field, and what of it is late."""
    order = list(offices.FIELDS)
    rows = [
        Row(
            name=offices.field_name(one.code, state.language()),
            values=[one.open - one.late, one.late, one.review],
        )
        for one in sorted(found.fields, key=lambda one: order.index(one.code))
        if one.open or one.review
    ]
    if not rows:
        return None
    series = [
        Series(name=state.said(text("in work, in time"))),
        Series(name=state.said(text("in work, late")), ink="late", pattern="stripes"),
        Series(name=state.said(text("the centre looks at it")), ink="quiet", pattern="dots"),
    ]
    title = state.said(text("What the bodies have to do now, by field"))
    return Markup(charts.stacked("now", title, series, rows))  # noqa: S704
