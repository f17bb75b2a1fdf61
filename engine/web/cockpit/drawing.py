"""What the script of a case's page draws: where it stands, what it passed, one step of its past."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.i18n import translate
from engine.model.text import text
from engine.services.cockpit.caseviews import CaseHead, EventLine, Visit
from engine.services.cockpit.inspecting import MANY, MOST
from engine.web import rendering, say


def many(count: int, most: int = MANY) -> str:
    """Write a number that was counted up to a bound: ``12``, ``999+``."""
    return str(count) if count < most else f"{most - 1}+"


def some(count: int) -> str:
    """Write the number beside a tab: ``12``, ``99+``, nothing for none."""
    return many(count, MOST) if count else ""


def in_days(length: timedelta, day: timedelta, language: str) -> str:
    """Say working time: ``2,5 ж.к.``, below a tenth of a working day in hours and minutes."""
    count = length / day
    if count < 0.1:
        return say.span(length, language)
    return translate(text("{n} w.d.", n=_decimal(count, language)), language)


def seconds(length: timedelta | None, language: str) -> str:
    """Say how long a job took: ``1,4 с``; nothing if that is not known."""
    if length is None:
        return ""
    return translate(text("{n} s", n=_decimal(length.total_seconds(), language)), language)


def _decimal(number: float, language: str) -> str:
    return say.decimal(number, language) if number < 100 else f"{number:.0f}"


def standing(case: CaseHead, language: str, now: datetime) -> Mapping[str, object]:
    """Return what is drawn on the diagram."""
    return {
        "here": {one.element: one.here for one in case.visits if one.here},
        "passed": [one.element for one in case.visits if one.left],
        "flows": case.flows,
        "stopped": {one.element: one.incidents for one in case.visits if one.incidents},
        "timers": {
            one.element: say.moment(one.timer, language, now=now)
            for one in case.visits
            if one.timer is not None
        },
        "times": {one.element: many(one.left) for one in case.visits if one.left > 1},
        "took": {one.element: _took(one, case.day, language) for one in case.visits if one.longest},
    }


def _took(visit: Visit, day: timedelta, language: str) -> Mapping[str, Any]:
    length = visit.spent or timedelta()
    return {"label": in_days(length, day, language), "over": visit.over}


def step(line: EventLine, words: str, who: str, language: str) -> Mapping[str, object]:
    """Return one row of history, to be played."""
    return {
        "n": line.number,
        "at": f"{say.moment(line.at, language)}:{say.local(line.at):%S}",
        "who": who,
        "what": line.what,
        "words": words,
        "element": line.element,
        "name": rendering.pick(line.names, language) or line.element,
        "token": line.token,
        "flows": line.detail.get("flows", ()),
    }
