"""The way through the offices, ready to be drawn: five bars in a list, a strip in a task."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from engine.i18n import known, translate
from engine.model.calendar import WorkingCalendar
from engine.model.text import text
from engine.services.views import StopState, WayStop
from engine.web import say

_CSS = {StopState.DONE: "d", StopState.HERE: "n", StopState.AHEAD: "f"}
_STATES = {
    StopState.DONE: text("passed"),
    StopState.HERE: text("here"),
    StopState.AHEAD: text("not yet"),
}


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One office."""

    #: Place on the way, from 1.
    number: int
    #: Its name.
    name: str
    #: Class: ``d`` passed, ``n`` here, ``f`` ahead.
    css: str
    #: The same in words, for who does not see it.
    state: str
    #: Who did it or has it.
    who: str
    #: When it was done, what is left, or what it is given.
    words: str
    #: Whether the case crosses into the next group after it.
    crossing: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Offices of one side."""

    #: What the side is called, e.g. «Шығу өңірі»; may be empty.
    name: str
    #: Which it is, e.g. «Абай облысы»; may be empty.
    label: str
    #: Its offices.
    stops: tuple[Stop, ...]


@dataclass(frozen=True, kw_only=True)
class Strip:
    """The whole way."""

    #: Groups in order.
    groups: tuple[Group, ...] = ()
    #: ``late``, ``soon`` or empty: colour of the office where the case is.
    kind: str = ""
    #: One sentence for who does not see it.
    said: str = ""
    #: All offices.
    stops: tuple[Stop, ...] = field(default_factory=tuple)


def draw(
    way: Sequence[WayStop],
    language: str,
    now: datetime,
    calendar: WorkingCalendar,
    due: datetime | None = None,
) -> Strip:
    """Return the strip; `due` is the deadline where the stop itself has none."""
    stops: list[Stop] = []
    groups: list[Group] = []
    for key, members in groupby(way, key=lambda stop: stop.group):
        found, name = list(members), _group_name(key, language)
        made = [
            _stop(one, len(stops) + n, name, language, now, calendar, crossing=one is found[-1])
            for n, one in enumerate(found, 1)
        ]
        stops += made
        label = next((one.label for one in found if one.label), "")
        groups.append(Group(name=name, label=label, stops=tuple(made)))
    here = next((one for one in way if one.state is StopState.HERE), None)
    return Strip(
        groups=tuple(groups),
        stops=tuple(stops),
        kind=_kind(here, now, calendar, language, due),
        said=_said(stops, language),
    )


def _group_name(key: str, language: str) -> str:
    msgid = f"way:{key}"
    return translate(msgid, language) if known(msgid, language) else ""


def _short(name: str, group: str) -> str:
    """Return an office's name without its side, where the heading over it says the side."""
    office, _, side = name.rpartition(", ")
    return office if office and side.casefold() == group.casefold() else name


def _stop(
    stop: WayStop,
    number: int,
    group: str,
    language: str,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    crossing: bool,
) -> Stop:
    return Stop(
        number=number,
        name=_short(stop.names.get(language) or stop.names["kk"], group),
        css=_CSS[stop.state],
        state=translate(_STATES[stop.state], language),
        who=stop.who,
        words=_words(stop, language, now, calendar),
        crossing=crossing,
    )


def _words(stop: WayStop, language: str, now: datetime, calendar: WorkingCalendar) -> str:
    if stop.state is StopState.DONE and stop.at:
        at = say.moment(stop.at, language, now=now)
        return translate(text("signed · {at}", at=at), language) if stop.signed else at
    if stop.state is StopState.HERE and stop.due:
        return say.due(stop.due, now, calendar, language).words
    if stop.state is StopState.AHEAD and stop.term:
        days = say.working_days(stop.term, language)
        return translate(text("{days} are given", days=days), language)
    return ""


def _kind(
    here: WayStop | None,
    now: datetime,
    calendar: WorkingCalendar,
    language: str,
    due: datetime | None,
) -> str:
    when = (here.due if here else None) or due
    if here is None or when is None:
        return ""
    kind = say.due(when, now, calendar, language).kind
    return kind if kind in {"late", "soon"} else ""


def _said(stops: Sequence[Stop], language: str) -> str:
    here = next((stop for stop in stops if stop.css == "n"), None)
    if here is None:
        done = sum(stop.css == "d" for stop in stops)
        return translate(
            text("{done} of {all} offices passed", done=done, all=len(stops)), language
        )
    return translate(
        text("office {n} of {all}: {name}", n=here.number, all=len(stops), name=here.name), language
    )
