"""The working calendar: a year, the decrees behind it, and who is affected by one to come.

A decree names several days at once (a bridge that is off, the Saturday worked for it). Before it is
kept, whoever sets it sees which deadlines would move; afterwards they are worked out again as a
batch, each case for itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import FormRefused, NotFound
from engine.model.text import Text, Words, text
from engine.services import access, calendar
from engine.services.cockpit import calling, deadlines, reckoning
from engine.services.cockpit.reckoning import Edited, Shift
from engine.web import say, state
from engine.web.asking import whole
from engine.web.cockpit.yearview import months
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_calendar", __name__)

#: Lines for days that the form offers.
LINES = 8
#: Longest order and note.
LONGEST = 200
#: Years that the page shows.
FIRST, LAST = 2000, 2100
#: Affected deadlines that are listed; the rest is counted.
LISTED = 100
#: Terms that are looked at in one request: about a second.
AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form of a decree."""

    #: Days and whether they are worked, as written, by line.
    days: Sequence[tuple[str, str]] = ()
    #: The order, and what is said of the days.
    source: str = ""
    note: str = ""
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)


def _year() -> int:
    now = say.local(state.now()).year
    return whole(request.args.get("year", ""), now, least=FIRST, most=LAST)


def _page(typed: Typed, year: int, status: int = 200) -> ResponseReturnValue:
    changed = reckoning.read(request.args.get("changed", ""))
    with state.reading() as uow:
        found = calendar.list_days(uow, year)
        days = calendar.load(uow, state.context())
        everywhere = access.reach(uow, state.actor()) is None
    body = render_template(
        "cockpit/calendar.html",
        year=year,
        days=found,
        months=months(year, days, {one.day: one for one in found}),
        weekdays=[
            say.weekday(date(2024, 1, 1) + timedelta(days=n), state.language()) for n in range(7)
        ],
        typed=typed,
        lines=LINES,
        everywhere=everywhere,
        changed=sorted(changed),
        changed_written=reckoning.written(changed),
        today=say.local(state.now()).date(),
        first=FIRST,
        last=LAST,
    )
    return body, status


@blueprint.get("/calendar/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show a year with its exceptions, and the form of a decree."""
    return _page(Typed(), _year())


def _sent() -> Typed:
    said = request.values
    return Typed(
        days=[
            (said.get(f"day-{n}", "").strip()[:20], said.get(f"works-{n}", "0")[:1])
            for n in range(1, LINES + 1)
        ],
        source=said.get("source", "").strip(),
        note=said.get("note", "").strip(),
    )


def _read(typed: Typed) -> dict[date, bool]:
    """Return the days of a decree; `FormRefused` by field."""
    errors: dict[str, Sequence[Text]] = {}
    found: dict[date, bool] = {}
    for number, (written, works) in enumerate(typed.days, 1):
        if not written:
            continue
        day, why = _day(written, found)
        if day is None:
            errors[f"day-{number}"] = [why] if why else []
        else:
            found[day] = works == "1"
    if not found and not errors:
        errors["day-1"] = [text("Write the date as a day of the calendar.")]
    errors.update(_words(typed))
    if errors:
        raise FormRefused(text("The form is not complete"), errors)
    return found


def _day(written: str, before: Mapping[date, bool]) -> tuple[date | None, Text | None]:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None, text("Write the date as a day of the calendar.")
    if not FIRST <= day.year <= LAST:
        return None, text("A year between {first} and {last}", first=FIRST, last=LAST)
    if day in before:
        return None, text("This day stands here twice.")
    return day, None


def _words(typed: Typed) -> dict[str, Sequence[Text]]:
    errors: dict[str, Sequence[Text]] = {}
    if not typed.source:
        errors["source"] = [text("Name the order that this day comes from.")]
    for name, written in (("source", typed.source), ("note", typed.note)):
        if len(written) > LONGEST or not written.isprintable():
            errors[name] = [text("At most {most} characters", most=LONGEST)]
    return errors


def _refused(typed: Typed, refused: FormRefused) -> ResponseReturnValue:
    known = Typed(days=typed.days, source=typed.source, note=typed.note, errors=refused.errors)
    return _page(known, _year(), status=400)


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A deadline that would move, as the page tells it."""

    #: The shift.
    shift: Shift
    #: The step's name.
    step: Words


@dataclass(frozen=True, kw_only=True)
class Part:
    """What was counted so far."""

    #: Deadlines to list.
    rows: Sequence[Affected]
    #: Deadlines that move, and terms that were looked at, in all.
    moved: int
    looked: int
    #: Where to go on; empty: that was all.
    next: str
    #: How many of those listed stand on the page.
    listed: int


def _part(
    change: Edited, after: str = "", *, moved: int = 0, looked: int = 0, listed: int = 0
) -> Part:
    ctx, actor = state.context(), state.actor()
    rows: list[Affected] = []
    seen = 0
    with state.reading() as uow:
        reckoner = reckoning.Reckoner(uow, ctx, change)
        while True:
            found = deadlines.survey(uow, ctx, actor, change, after=after, reckoner=reckoner)
            seen, moved, after = seen + found.examined, moved + len(found.shifts), found.next
            room = 0 if listed else LISTED - len(rows)
            for one in found.shifts[:room]:
                rows.append(Affected(shift=one, step=_step(uow, one)))
            if not after or seen >= AT_ONCE:
                break
    return Part(rows=rows, moved=moved, looked=looked + seen, next=after, listed=listed + len(rows))


def _step(uow: Any, shift: Shift) -> Words:
    return calling.step_of(uow, state.context(), shift.definition, shift.process, shift.element)


@blueprint.get("/calendar/change")
@allow(ADMINS)
def preview() -> ResponseReturnValue:
    """Show which deadlines a decree would move, before it is kept."""
    if not request.args:
        return _page(Typed(), _year())
    typed = _sent()
    try:
        days = _read(typed)
    except FormRefused as refused:
        return _refused(typed, refused)
    with state.reading() as uow:
        access.everywhere(uow, state.actor())
        change = reckoning.edited(uow, state.context(), days)
    part = _part(change)
    return render_template(
        "cockpit/calendar_change.html",
        typed=typed,
        days=sorted(days.items()),
        written=reckoning.written(days),
        same=[day for day, works in days.items() if change.before.is_working(day) == works],
        part=part,
    )


@blueprint.get("/calendar/affected")
@allow(ADMINS)
def affected() -> ResponseReturnValue:
    """Go on counting whom a decree would affect."""
    days = reckoning.read(request.args.get("days", ""))
    if not days:
        raise NotFound(text("No day is named that would change"))
    with state.reading() as uow:
        change = reckoning.edited(uow, state.context(), days)
    counted = {
        name: whole(request.args.get(name, ""), 0, least=0, most=10**8)
        for name in ("moved", "looked", "listed")
    }
    part = _part(change, request.args.get("after", "")[:60], **counted)
    # The rows that stand on the page are those of the first part.
    template = "calendar_count" if request.headers.get("HX-Request") else "calendar_alone"
    return render_template(f"cockpit/{template}.html", part=part, written=reckoning.written(days))


@blueprint.post("/calendar/change")
@allow(ADMINS)
def decree() -> ResponseReturnValue:
    """Keep a decree; offer to work out the deadlines that it moves."""
    typed = _sent()
    try:
        days = _read(typed)
    except FormRefused as refused:
        return _refused(typed, refused)
    with state.writing() as uow:
        were = calendar.decree(
            uow, state.context(), state.actor(), days, source=typed.source, note=typed.note
        )
        uow.commit()
    flash(state.said("The day is set; deadlines from now on follow it."), "ok")
    where = url_for(
        "cockpit_calendar.show", year=min(days).year, changed=reckoning.written(were) or None
    )
    return redirect(where, code=303)
