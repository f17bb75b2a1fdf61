"""The plan board as plain data: measures × fields, the meter, what is expected of whom.

Shape and words of a state come first, its colour last: a cell is read without colour too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from engine.i18n import translate, translate_count
from engine.model.calendar import WorkingCalendar
from engine.model.text import Text, text
from engine.web import say
from handlers.people.regions import name as region_name
from handlers.support import offices, services
from handlers.support.records import Measure, MeasureState, Member
from handlers.support.records.seen import Board
from handlers.support.rights import Part

#: Icons of the fields of S-5.
ICONS: Mapping[str, str] = {
    "education": "school",
    "health": "stethoscope",
    "employment": "briefcase",
    "social": "heart-handshake",
    "sport": "ball-football",
    "culture": "masks-theater",
    "tourism": "luggage",
    "family": "home-heart",
    "housing": "home",
    "youth": "friends",
    "policy": "speakerphone",
    "interior": "shield",
}
#: State → class, icon, words. ``late`` is no state of a measure but of the clock.
LOOKS: Mapping[str, tuple[str, str, Text]] = {
    "done": ("ok", "check", text("measure:done")),
    "review": ("chk", "eye", text("measure:review")),
    "in_work": ("run", "progress", text("measure:in_work")),
    "returned": ("soon", "rotate", text("measure:returned")),
    "late": ("late", "alarm", text("measure:late")),
    "sent": ("wait", "send", text("measure:sent")),
    "planned": ("wait", "calendar", text("measure:planned")),
    "carried": ("wait", "truck", text("measure:carried")),
    "impossible": ("wait", "ban", text("measure:impossible")),
    "refused": ("wait", "user-x", text("measure:refused")),
    "withdrawn": ("wait", "x", text("measure:withdrawn")),
}
#: The meter's parts in order: states, class.
PARTS: Sequence[tuple[tuple[str, ...], str]] = (
    (("done",), "ok"),
    (("review",), "chk"),
    (("in_work",), "run"),
    (("returned",), "ret"),
    (("late",), "late"),
    (("sent", "planned", "carried"), ""),
    (("impossible", "refused"), "not"),
)


@dataclass(frozen=True, kw_only=True)
class Eye:
    """Whose eyes read: language, time, calendar."""

    #: One of `engine.model.people.LANGUAGES`.
    language: str
    #: The present moment.
    now: datetime
    #: The working calendar.
    calendar: WorkingCalendar

    def said(self, sentence: Text) -> str:
        """Return a sentence in the reader's language."""
        return translate(sentence, self.language)

    def day(self, when: datetime) -> str:
        """Say a day without its weekday, the time if it is today."""
        today = say.local(self.now).date()
        there = say.local(when)
        if there.date() == today:
            return self.said(text("today {time}", time=say.clock_time(when)))
        return say.day(there.date(), self.language, today=today, weekday=False)

    def age(self, born: date | None) -> str:
        """Say an age in full years; empty while the day of birth is unknown."""
        if born is None:
            return ""
        today = say.local(self.now).date()
        years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return translate_count("{n} year old", "{n} years old", years, self.language)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One measure of one body."""

    #: Place of the measure in the plan: the end of its number and address.
    place: int
    #: Class: ``ok``, ``run``, ``chk``, ``soon``, ``late`` or ``wait``.
    css: str
    #: Icon: its shape tells the state.
    icon: str
    #: The state in a word.
    words: str
    #: Round, term, day.
    lines: tuple[str, ...]
    #: Field's name.
    field: str
    #: Body's name, number and moment, shown on hover.
    title: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the board: what is to be done, by one body or by several."""

    #: Places of its measures, e.g. ``3, 4``.
    places: str
    #: What is to be done.
    title: str
    #: Whom it is for; empty where the group has only one.
    whom: str
    #: Expected result.
    expected: str
    #: Field → its cell.
    cells: Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows for children, for adults, for the whole family."""

    #: Heading.
    title: str
    #: Names with ages.
    people: str
    #: Whether these are the children's: their interest comes first (S-7.2).
    children: bool
    #: Rows.
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of the meter."""

    #: Class.
    css: str
    #: How many measures.
    count: int
    #: E.g. ``5 орындалды``.
    words: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The board, ready to be drawn."""

    #: Fields that occur: code, name, icon.
    fields: tuple[tuple[str, str, str], ...]
    #: Groups, the children's first.
    groups: tuple[Group, ...]
    #: The meter.
    shares: tuple[Share, ...]
    #: Measures in all, without those withdrawn.
    total: int
    #: Of them done.
    done: int
    #: Rows.
    lines: int
    #: Bodies that take part.
    bodies: int


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Terms of open tasks by the measure's number: what counts besides the plan's own term."""

    #: When the centre's look at a report is due (S-11.2).
    review: Mapping[str, datetime] = field(default_factory=dict)
    #: When rework is due, which is sooner than the plan's term (B-10).
    rework: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, found: Measure) -> datetime | None:
        """Return the term that counts for a measure now."""
        if found.state is MeasureState.REVIEW:
            return self.review.get(found.number)
        if found.state is MeasureState.RETURNED:
            return self.rework.get(found.number, found.due)
        return found.due


def look_of(found: Measure, now: datetime, terms: Terms) -> str:
    """Return the key of `LOOKS` of a measure now."""
    waits = found.state in {MeasureState.SENT, MeasureState.IN_WORK, MeasureState.RETURNED}
    due = terms.of(found)
    return "late" if waits and due is not None and due < now else found.state.value


def body_name(code: str, language: str, region: str = "") -> str:
    """Return a body's name by its field; with its region if that is not `region`."""
    said = offices.field_name(offices.field_of(code), language)
    place = offices.place_of(code)
    if region and place != region:
        said += f", {region_name(place, language, short=True)}"
    return said


def cell(found: Measure, eye: Eye, terms: Terms) -> Cell:
    """Return a measure's cell."""
    css, icon, words = LOOKS[look_of(found, eye.now, terms)]
    moment = found.closed_at or terms.of(found)
    hover = [found.number, body_name(found.body, eye.language, offices.place_of(found.centre))]
    if moment is not None:
        hover.append(say.moment(moment, eye.language))
    return Cell(
        place=found.place,
        css=css,
        icon=icon,
        words=eye.said(words),
        lines=tuple(_lines(found, eye, terms)),
        field=offices.field_name(found.field, eye.language),
        title=" · ".join(hover),
    )


def _lines(found: Measure, eye: Eye, terms: Terms) -> Iterable[str]:
    look, due = look_of(found, eye.now, terms), terms.of(found)
    days = eye.calendar.working_days_left(due, eye.now) if due is not None else 0
    if look == "late" and days:
        yield translate_count("by {n} day", "by {n} days", days, eye.language)
    if found.rounds and found.open:
        yield eye.said(text("round {n}", n=found.rounds + 1))
    elif found.rounds:
        yield translate_count(
            "came back {n} time", "came back {n} times", found.rounds, eye.language
        )
    if found.escalated_at is not None and found.open:
        yield eye.said(text("the head knows"))
    if look in {"impossible", "refused"}:
        yield eye.said(text("reason given"))
    moment = found.closed_at or due
    if moment is not None and look not in {"planned", "carried"}:
        yield eye.day(moment)


def picture(board: Board, eye: Eye, terms: Terms) -> Picture:
    """Return a board as it is drawn."""
    shown = list(board.measures)
    counted = [one for one in shown if one.state is not MeasureState.WITHDRAWN]
    used = {one.field for one in shown}
    groups = tuple(_groups(board, eye, terms))
    return Picture(
        fields=tuple(
            (code, offices.field_name(code, eye.language), ICONS[code])
            for code in offices.FIELDS
            if code in used
        ),
        groups=groups,
        shares=tuple(shares(counted, eye, terms)),
        total=len(counted),
        done=sum(one.state is MeasureState.DONE for one in counted),
        lines=sum(len(one.lines) for one in groups),
        bodies=len({one.body for one in counted}),
    )


def shares(counted: Sequence[Measure], eye: Eye, terms: Terms) -> Iterable[Share]:
    """Yield the parts of the meter that are not empty."""
    looks = [look_of(one, eye.now, terms) for one in counted]
    for states, css in PARTS:
        here = [one for one in states if one in looks]
        words = ", ".join(f"{looks.count(one)} {eye.said(LOOKS[one][2])}" for one in here)
        if here:
            yield Share(css=css, count=sum(looks.count(one) for one in here), words=words)


def _groups(board: Board, eye: Eye, terms: Terms) -> Iterable[Group]:
    family = {one.person.id: one for one in board.members}
    named = Part.MEASURES in board.parts
    kinds = (
        (text("Children"), [one for one in board.measures if one.child]),
        (
            text("Adults") if named else text("Adults and the whole family"),
            [one for one in board.measures if not one.child and (one.person or not named)],
        ),
        (
            text("The whole family"),
            [one for one in board.measures if named and not one.child and not one.person],
        ),
    )
    for title, found in kinds:
        if found:
            people = [
                family[one] for one in dict.fromkeys(m.person for m in found) if one in family
            ]
            yield Group(
                title=eye.said(title),
                people=" · ".join(_person(one, eye) for one in people),
                children=found[0].child,
                lines=tuple(_rows(found, people, eye, terms)),
            )


def _person(found: Member, eye: Eye) -> str:
    first = found.person.name if found.child else found.person.full_name
    parts = [first, eye.age(found.person.born)]
    if found.deceased:
        parts.append(eye.said(text("died")))
    return ", ".join(part for part in parts if part)


def _rows(
    found: Sequence[Measure],
    people: Sequence[Member],
    eye: Eye,
    terms: Terms,
) -> Iterable[Line]:
    """Yield rows: one task shared by several bodies stands in one of them."""
    names = {one.person.id: one.person.name for one in people} if len(people) > 1 else {}
    for number, shared in enumerate(_shared(found)):
        first = shared[0]
        yield Line(
            places=", ".join(str(one.place) for one in shared),
            title=title_of(first, eye.language) or eye.said(text("Measure {n}", n=number + 1)),
            whom=names.get(first.person, ""),
            expected=first.expected,
            cells={one.field: cell(one, eye, terms) for one in shared},
        )


def title_of(found: Measure, language: str) -> str:
    """Return what is to be done; for whom the text is not, what service it is, or the field."""
    if found.title:
        return found.title
    if found.service:
        return services.name(found.service, language)
    return offices.field_name(found.field, language)


def _shared(found: Sequence[Measure]) -> list[list[Measure]]:
    """Group measures that are the same task for the same person, at bodies of different fields."""
    rows: list[list[Measure]] = []
    open_rows: dict[tuple[str, str], list[Measure]] = {}
    for one in found:
        key = (one.title, one.person)
        row = open_rows.get(key)
        if one.title and row is not None and one.field not in {other.field for other in row}:
            row.append(one)
        else:
            open_rows[key] = [one]
            rows.append(open_rows[key])
    return rows


def by_field(found: Iterable[Measure]) -> list[tuple[str, list[Measure]]]:
    """Return measures by field, in the order of S-5."""
    order = list(offices.FIELDS)
    ordered = sorted(found, key=lambda one: (order.index(one.field), one.place))
    return [(field, list(some)) for field, some in groupby(ordered, key=lambda one: one.field)]
