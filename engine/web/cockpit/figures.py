"""Figures as people read them: numbers, charts, sheets of a workbook."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from engine.i18n import translate
from engine.model.text import Text, text
from engine.paper import charts, sheets
from engine.paper.charts import Row, Series
from engine.paper.sheets import Column, Sheet, Value
from engine.services.cockpit.statistics.forecast import Forecast
from engine.services.cockpit.statistics.returns import Returns
from engine.services.cockpit.statistics.steps import Steps, Timed
from engine.services.cockpit.statistics.weeks import Week
from engine.web import say
from engine.web.rendering import law_names, pick

#: Bars of a chart, and names under a line: more are not told apart.
MOST_BARS, MOST_NAMES = 6, 7
#: Form of a share and of a number of days in a sheet.
_SHARE, _DAYS = "0%", "0.0"


def percent(share: float | None, language: str) -> str:
    """Say a share as ``87 %``; a dash where there is none."""
    if share is None:
        return "–"
    # Not all of them is not a hundred, and some of them is not none.
    whole = min(max(round(100 * share), 1 if share > 0 else 0), 99 if share < 1 else 100)
    return f"{whole}\N{NO-BREAK SPACE}%"


def chart(part: str, found: Any, language: str) -> Markup:
    """Return the picture of a part of the statistics; empty where there is nothing to draw."""
    drawn = ""
    if part == "steps" and found.steps:
        drawn = _times(found, language)
    elif part == "weeks" and len(found) > 1:
        drawn = _course(found, language)
    elif part == "returns" and found.back:
        drawn = _back(found, language)
    return Markup(drawn)  # noqa: S704  (`engine.paper.charts` escapes every word)


def _times(found: Steps, language: str) -> str:
    def days(one: timedelta) -> float:
        return round(one / found.day, 2)

    def said(msgid: Text) -> str:
        return translate(msgid, language)

    series = [
        Series(name=said(text("Median")), ink="accent"),
        Series(name=said(text("9 in 10 within")), ink="soon", pattern="stripes"),
        Series(name=said(text("Term")), ink="late", pattern="hollow"),
    ]
    rows = [
        Row(
            name=pick(one.names, language) or one.element,
            values=[days(one.median), days(one.p90), one.term],
            words=[
                say.in_days(one.median, found.day, language),
                say.in_days(one.p90, found.day, language),
                "–" if one.term is None else str(one.term),
            ],
        )
        for one in found.steps[:MOST_BARS]
    ]
    return charts.grouped("times", said(text("Working days per step")), series, rows)


def _back(found: Returns, language: str) -> str:
    series = [
        Series(name=translate(text("sent back"), language), ink="late", pattern="stripes"),
        Series(name=translate(text("passed on"), language), ink="done"),
    ]
    rows = [
        Row(
            name=pick(one.names, language),
            values=[one.back, one.decided - one.back],
            words=[percent(one.share, language)],
        )
        for one in found.steps[:MOST_BARS]
    ]
    title = translate(text("Decisions: sent back and passed on"), language)
    return charts.stacked("back", title, series, rows)


def _course(found: Sequence[Week], language: str) -> str:
    series = [
        Series(name=translate(text("cases begun"), language), ink="accent"),
        Series(name=translate(text("cases ended"), language), ink="done", pattern="stripes"),
    ]
    every = -(-len(found) // MOST_NAMES)
    rows = [
        Row(
            name="" if (len(found) - 1 - place) % every else f"{one.monday:%d.%m}",
            values=[one.began, one.ended],
        )
        for place, one in enumerate(found)
    ]
    return charts.lines("weeks", translate(text("Cases by week"), language), series, rows)


class _Sheets:
    """Tables in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def sheet(
        self, name: Text, columns: Sequence[tuple[Text, str]], rows: Iterable[Sequence[Value]]
    ) -> Sheet:
        heads = [
            Column(title=translate(title, self._language), number=form) for title, form in columns
        ]
        return Sheet(name=translate(name, self._language), columns=heads, rows=list(rows))

    def steps(self, found: Steps) -> Iterable[Sheet]:
        columns = (
            *self._where(),
            (text("Completed"), ""),
            (text("With a deadline"), ""),
            (text("In time"), ""),
            (text("Share in time"), _SHARE),
            (text("Median, working days"), _DAYS),
            (text("9 in 10 within, working days"), _DAYS),
            (text("Term"), ""),
            (text("Share of the time"), _SHARE),
        )
        for name, rows in (
            (text("Steps"), found.steps),
            (text("Offices"), found.offices),
            (text("Steps by office"), found.both),
        ):
            yield self.sheet(name, columns, [self._timed(one, found.day) for one in rows])

    def _timed(self, one: Timed, day: timedelta) -> list[Value]:
        return [
            *self._named(one),
            one.done,
            one.dated,
            one.kept,
            one.in_time,
            round(one.median / day, 3),
            round(one.p90 / day, 3),
            one.term,
            round(one.share, 4),
        ]

    @staticmethod
    def _where() -> Sequence[tuple[Text, str]]:
        names = (text("Process"), text("Step"), text("Paragraph"), text("Office"))
        return [(name, "") for name in names]

    def _named(self, one: Any) -> list[Value]:
        language = self._language
        step = pick(one.names, language) or one.element
        law = law_names(getattr(one, "law", ()), language)
        return [one.process, step, law, pick(one.office_names, language) or one.office]

    def returns(self, found: Returns) -> Iterable[Sheet]:
        columns = (
            *self._where(),
            (text("Why it may"), ""),
            (text("Decided"), ""),
            (text("Sent back"), ""),
            (text("Share"), _SHARE),
        )
        rows = [
            [*self._named(one), one.reason, one.decided, one.back, one.share] for one in found.both
        ]
        yield self.sheet(text("Sent back"), columns, rows)

    def weeks(self, found: Sequence[Week]) -> Iterable[Sheet]:
        names = (
            text("Week from"),
            text("Cases begun"),
            text("Cases ended"),
            text("Tasks completed"),
            text("With a deadline"),
            text("In time"),
        )
        rows = [
            [one.monday, one.began, one.ended, one.done, one.dated, one.kept, one.in_time]
            for one in found
        ]
        columns = [*((name, "") for name in names), (text("Share in time"), _SHARE)]
        yield self.sheet(text("By week"), columns, rows)

    def forecast(self, found: Forecast) -> Iterable[Sheet]:
        columns = (
            *self._where(),
            (text("Due this week"), ""),
            (text("Late already"), ""),
            (text("Late by the end of the week, expected"), _DAYS),
        )
        rows = [
            [*self._named(one), one.waiting, one.late, round(one.expected, 2)] for one in found.rows
        ]
        yield self.sheet(text("Late this week"), columns, rows)
        likely: list[list[Value]] = [
            [
                one.business_key,
                pick(one.names, self._language),
                pick(one.office_names, self._language),
                say.local(one.due),
                one.chance,
            ]
            for one in found.likely
        ]
        heads = ((text("Case"), ""), (text("Step"), ""), (text("Office"), ""))
        more = ((text("Deadline"), ""), (text("Chance of being late"), _SHARE))
        yield self.sheet(text("Probably late"), (*heads, *more), likely)


def workbook(found: Mapping[str, Any], language: str, *, at: datetime) -> bytes:
    """Return all parts of the statistics as a workbook, every value with its type."""
    made = _Sheets(language)
    tables = [one for part, counted in found.items() for one in getattr(made, part)(counted)]
    return sheets.workbook(tables, title=translate(text("Statistics"), language), at=at)
