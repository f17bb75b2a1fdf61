"""The first page of administrators: how all cases stand."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.services.cockpit import overview
from engine.web import say, state
from engine.web.cockpit.search import total_words
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_overview", __name__)

#: What the numbers are called, in the order of the page.
TITLES: Mapping[str, Text] = {
    "running": text("Running"),
    "late": text("Late"),
    "incident": text("Cases with an incident"),
    "suspended": text("Suspended"),
    "started": text("Started today"),
    "ended": text("Ended today"),
}
#: What the trends are called.
TRENDS: Mapping[str, Text] = {
    "started": text("Started"),
    "ended": text("Ended"),
    "late": text("Late"),
    "incidents": text("Cases with an incident"),
}
#: Numbers of which more is worse.
_BAD = frozenset({"late", "incident", "incidents"})


@blueprint.get("/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show the overview."""
    with state.reading() as uow:
        seen = overview.see(uow, state.context(), state.actor())
    regions: dict[str, list[int]] = {}
    for one in seen.offices:
        sums = regions.setdefault(one.region, [0, 0])
        sums[0] += one.open
        sums[1] += one.late
    oldest = seen.queue.oldest if seen.queue else None
    return render_template(
        "cockpit/overview.html",
        seen=seen,
        titles=TITLES,
        trends=TRENDS,
        bad=_BAD,
        words=total_words,
        cases=cases,
        regions=sorted(regions.items(), key=lambda one: -one[1][1]),
        offices={one.code: one.names for one in seen.offices},
        waits=say.span(state.now() - oldest, state.language()) if oldest else "",
        bars=_bars,
    )


def cases(query: Mapping[str, str] | None = None, /, **more: str) -> str:
    """Return the address of the list of cases behind a number."""
    return url_for("cockpit_search.show") + "?" + urlencode({**(query or {}), **more})


def _bars(trend: Any) -> list[dict[str, Any]]:
    """Return the bars of a trend: place and height in hundredths, day and value."""
    most = max((value or 0 for _, value in trend.days), default=0) or 1
    step = 100 / len(trend.days)
    return [
        {
            "x": round(k * step + 0.6, 2),
            "width": round(step - 1.2, 2),
            "height": round(max(56 * (value or 0) / most, 1.5 if value else 0.5), 2),
            "day": moment,
            "value": value,
        }
        for k, (moment, value) in enumerate(trend.days)
    ]
