"""Rows of lists, ready to be drawn: what services tell of a task or case, in one language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from engine.handling import CaseCard
from engine.i18n import translate
from engine.model.calendar import WorkingCalendar
from engine.model.text import Text, text
from engine.services.views import CaseRow, CaseState, Group, InboxRow, TaskView
from engine.web import rendering, say, strips
from engine.web.extension import Term

GROUPS: dict[Group, Text] = {
    Group.OVERDUE: text("Overdue"),
    Group.TODAY: text("Today"),
    Group.LATER: text("Later"),
    Group.DONE: text("Completed"),
}

CASE_STATES: dict[CaseState, Text] = {
    CaseState.ACTIVE: text("under way"),
    CaseState.SUSPENDED: text("suspended"),
    CaseState.COMPLETED: text("completed"),
    CaseState.FAILED: text("failed"),
    CaseState.CANCELLED: text("cancelled"),
}


@dataclass(frozen=True, kw_only=True)
class Eye:
    """Whose eyes read: language, time, calendar."""

    #: One of `engine.model.people.LANGUAGES`.
    language: str
    #: The present moment.
    now: datetime
    #: The working calendar.
    calendar: WorkingCalendar


@dataclass(frozen=True, kw_only=True)
class Row:
    """A task in a list."""

    #: The services' row.
    task: InboxRow
    #: The family's name, or the case number without a face.
    title: str
    #: The step.
    step: str
    #: Its deadline; None: no term.
    due: say.Due | None
    #: The way through the offices.
    strip: strips.Strip
    #: Card of the case; None without a face.
    card: CaseCard | None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Rows that belong together by their deadline."""

    #: Which.
    group: Group
    #: Heading.
    title: str
    #: Its rows.
    rows: tuple[Row, ...]


def task_due(task: InboxRow | TaskView, eye: Eye, *, long: bool = False) -> say.Due | None:
    """Return how a task's deadline stands, or when it was completed; None: it has no term."""
    if task.completed:
        return say.done(task.completed, eye.language, eye.now)
    if task.due is None:
        return None
    return say.due(task.due, eye.now, eye.calendar, eye.language, long=long)


def case_total(term: Term | None, eye: Eye, *, ended: datetime | None = None) -> say.Due | None:
    """Return how the term of a whole case stands; an ended case stands as it ended."""
    if term is None:
        return None
    return say.total(term.since, term.due, ended or eye.now, eye.calendar, eye.language)


def row(task: InboxRow, eye: Eye) -> Row:
    """Return a task as a list shows it."""
    return Row(
        task=task,
        title=task.card.title if task.card else task.business_key,
        step=rendering.pick(task.names, eye.language),
        due=task_due(task, eye),
        strip=strips.draw(task.way, eye.language, eye.now, eye.calendar, task.due),
        card=task.card,
    )


def sections(tasks: Iterable[InboxRow], eye: Eye) -> list[Section]:
    """Return tasks under the headings of their deadlines, in the order they come."""
    made = (row(task, eye) for task in tasks)
    return [
        Section(group=group, title=translate(GROUPS[group], eye.language), rows=tuple(found))
        for group, found in groupby(made, key=lambda one: one.task.group)
    ]


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """A case in a list."""

    #: The services' row.
    case: CaseRow
    #: The family's name, or the case number.
    title: str
    #: Open steps.
    steps: str
    #: What is left of the earliest deadline; how it ended.
    due: say.Due | None
    #: State in words.
    state: str
    #: The way through the offices.
    strip: strips.Strip


def case_lines(cases: Sequence[CaseRow], eye: Eye) -> list[CaseLine]:
    """Return cases as a list shows them."""
    return [
        CaseLine(
            case=case,
            title=case.card.title if case.card else case.business_key,
            steps=", ".join(rendering.pick(names, eye.language) for names in case.steps),
            due=say.due(case.due, eye.now, eye.calendar, eye.language) if case.due else None,
            state=translate(CASE_STATES[case.state], eye.language),
            strip=strips.draw(case.way, eye.language, eye.now, eye.calendar, case.due),
        )
        for case in cases
    ]
