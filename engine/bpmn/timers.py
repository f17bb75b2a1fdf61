"""When a timer is due, and when again. ISO 8601 values, and the working calendar's functions.

Forms of a value, whatever of ``timeDate``, ``timeDuration`` or ``timeCycle`` it stands in:

=====================  ==============================================================
a moment               datetime, or its ISO text; without a zone: the country's time
a duration             timedelta, ``PT5M``, ``P2W``, ``P1Y2M3DT4H``: from now
a cycle                ``R3/PT1H`` (three times), ``R/PT1H`` (until cancelled), with a start
                       ``R/2026-01-01T09:00:00+05:00/P1D``; or ``{"first": moment, "next": name}``
                       with a function ``name(moment) -> moment`` (`calendar_functions`)
=====================  ==============================================================
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from engine.bpmn.formulas import Environment
from engine.errors import ExpressionError
from engine.model.calendar import ZONE, WorkingCalendar
from engine.model.text import text

#: A cycle may not go round faster: it would only be load.
SHORTEST_CYCLE = timedelta(seconds=1)

Recurrence = Mapping[str, object]

_DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def _wrong(value: object) -> ExpressionError:
    return ExpressionError(
        text("{value} is neither a moment, nor a duration, nor a cycle (ISO 8601)", value=value)
    )


def is_duration(source: str) -> bool:
    """Tell whether a text is an ISO duration."""
    return _DURATION.fullmatch(source) is not None


def after(start: datetime, source: str) -> datetime:
    """Return the moment an ISO duration after `start`; months keep the day where it exists."""
    return _after(start, source, 1)


def _after(start: datetime, source: str, times: int) -> datetime:
    """Return the moment so many durations after `start`: from its own day, months do not drift."""
    months, rest = _parts(source)
    try:
        return _months_after(start, times * months) + times * rest
    except (OverflowError, ValueError) as exc:
        raise _wrong(source) from exc


def _parts(source: str) -> tuple[int, timedelta]:
    """Return the months of an ISO duration, and the rest of it, which has a length."""
    found = _DURATION.fullmatch(source)
    if found is None:
        raise _wrong(source)
    parts = {
        key: float(value) for key, value in found.groupdict().items() if value and key != "sign"
    }
    sign = -1 if found["sign"] else 1
    months = sign * int(parts.pop("years", 0) * 12 + parts.pop("months", 0))
    try:
        return months, sign * timedelta(**parts)
    except OverflowError as exc:
        raise _wrong(source) from exc


def _months_after(start: datetime, months: int) -> datetime:
    if not months:
        return start
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(years, month + 1)[1])
    return start.replace(year=years, month=month + 1, day=day)


def moment(value: object, now: datetime) -> datetime:
    """Return what a date or duration means, in UTC. Raises `ExpressionError`."""
    if isinstance(value, str):
        value = _read(value.strip(), now)
    if isinstance(value, timedelta):
        value = now + value
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise _wrong(value)
    aware = value if value.tzinfo else value.replace(tzinfo=ZONE)
    return aware.astimezone(UTC)


def _read(source: str, now: datetime) -> datetime:
    if is_duration(source):
        return after(now, source)
    try:
        return datetime.fromisoformat(source)
    except ValueError as exc:
        raise _wrong(source) from exc


def first(value: object, now: datetime) -> tuple[datetime, Recurrence | None]:
    """Return when a timer is first due (UTC) and, for a cycle, what tells the next time."""
    if isinstance(value, Mapping):
        if set(value) != {"first", "next"} or not isinstance(value["next"], str):
            raise _wrong(dict(value))
        return moment(value["first"], now), {"next": value["next"]}
    if isinstance(value, str) and value.strip().upper().startswith("R"):
        return _cycle(value.strip(), now)
    return moment(value, now), None


def _cycle(source: str, now: datetime) -> tuple[datetime, Recurrence | None]:
    head, *rest = source.split("/")
    times = head[1:]
    if (times and not times.isdigit()) or not 1 <= len(rest) <= 2 or not is_duration(rest[-1]):
        raise _wrong(source)
    every = rest[-1]
    if after(now, every) - now < SHORTEST_CYCLE:
        raise ExpressionError(text("The cycle {value} is shorter than a second", value=source))
    due = moment(rest[0], now) if len(rest) == 2 else after(now, every)
    if times == "":
        return due, {"every": every}
    if int(times) == 0:
        raise _wrong(source)
    return due, {"every": every, "left": int(times) - 1} if int(times) > 1 else None


def following(
    due: datetime, again: Recurrence, env: Environment
) -> tuple[datetime, Recurrence | None]:
    """Return the next due moment after `due` has fired, perhaps late, and what tells the next.

    A counted cycle keeps its count: three times are three times, however late. One without end
    goes on from the present moment: a night offline does not cause a hundred firings at once.
    """
    function = again.get("next")
    if isinstance(function, str):
        call = env.functions.get(function)
        if call is None:
            raise ExpressionError(text("There is no function {name}", name=function))
        return moment(call(max(due, env.now)), env.now), again
    every, left = str(again["every"]), again.get("left")
    if isinstance(left, int):
        return after(due, every), {"every": every, "left": left - 1} if left > 1 else None
    return _past(due, every, env.now), again


def _past(due: datetime, every: str, now: datetime) -> datetime:
    """Return the first time of a cycle after `due` that is not over; a month has no one length."""
    months, rest = _parts(every)
    if not months:
        return due + rest * max(1, -((due - now) // rest))
    times = 1
    while _after(due, every, times) < now:
        times += 1
    return _after(due, every, times)


def calendar_functions(
    calendar: WorkingCalendar, now: datetime
) -> dict[str, Callable[..., object]]:
    """Return the engine's functions for expressions, at a moment, on a working calendar.

    ``working_days(n)`` end of the n-th working day from now · ``working_days(n, from)`` the same
    from the end of another term · ``working_day_end(date)`` end of the working day on that date, or
    of the next one if it is a day off · ``halfway(due)`` moment when half of the working time until
    `due` is over · ``working_day_cycle(due)`` for a ``timeCycle``: at `due`, then at each end of a
    working day · ``next_working_close(moment)``.
    """

    def working_days(days: object, start: object = None) -> datetime:
        number = int(str(days))
        if start is None:
            return calendar.due(now, number)
        return calendar.due_from(moment(start, now), number)

    def working_day_end(day: object) -> datetime:
        return calendar.day_end(moment(day, now).astimezone(ZONE).date())

    def halfway(due: object) -> datetime:
        return calendar.halfway(now, moment(due, now))

    def next_working_close(start: object) -> datetime:
        return calendar.next_close(moment(start, now))

    def working_day_cycle(due: object) -> dict[str, object]:
        return {"first": moment(due, now), "next": "next_working_close"}

    return {
        "working_days": working_days,
        "working_day_end": working_day_end,
        "halfway": halfway,
        "working_day_cycle": working_day_cycle,
        "next_working_close": next_working_close,
    }


#: Names that `calendar_functions` gives, for checks.
CALENDAR_FUNCTIONS = frozenset(
    {"working_days", "working_day_end", "halfway", "working_day_cycle", "next_working_close"}
)
