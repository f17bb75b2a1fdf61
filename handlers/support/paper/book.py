"""A quarter as a workbook: a sheet of numbers, a sheet for each table, a sheet of what was written.

Names stand in the reader's language; what the centre typed is text and stays text.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.i18n import translate
from engine.model.calendar import ZONE
from engine.model.text import Text, text
from engine.paper.sheets import Column, Sheet, Value, workbook
from handlers.support import content
from handlers.support.figures import EFFECTS, Fact, Figures, Table, quarter_name
from handlers.support.records import Conclusion


def book(
    found: Conclusion, figures: Figures | None, *, centre: str, language: str, at: datetime
) -> bytes:
    """Return a quarter as XLSX; `at` (UTC) is the moment of its making."""
    sheets = [_written(found, centre, language)]
    if figures:
        sheets.insert(0, _numbers(figures, language))
        sheets += [_sheet(one) for one in (*(c.table for c in figures.charts), *figures.tables)]
    title = translate(text("Conclusion on the joint work"), language)
    return workbook(sheets, title=f"{title}: {centre}", at=at)


def roll_up(table: Table, *, quarter: str, language: str, at: datetime) -> bytes:
    """Return a table of many centres in one quarter as XLSX."""
    title = f"{table.title}: {quarter_name(quarter, language)}"
    return workbook([_sheet(table)], title=title, at=at)


def _sheet(table: Table) -> Sheet:
    return Sheet(name=table.title, columns=table.columns, rows=table.rows, sums=table.sums)


def _numbers(figures: Figures, language: str) -> Sheet:
    def said(sentence: Text) -> str:
        return translate(sentence, language)

    return Sheet(
        name=said(text("Indicators")),
        columns=(
            Column(title=said(text("Indicator"))),
            Column(title=figures.quarter, number="General"),
            Column(title=figures.before or said(text("the quarter before")), number="General"),
        ),
        rows=[*_facts(figures.plans), *_facts(figures.measures)],
    )


def _facts(facts: Iterable[Fact]) -> Iterable[tuple[Value, ...]]:
    for one in facts:
        yield one.label, one.now, one.before


def _written(found: Conclusion, centre: str, language: str) -> Sheet:
    effect = EFFECTS.get(str(found.content.get("effect")))
    rows: list[tuple[Text, Value]] = [
        (text("Centre"), centre),
        (text("Quarter"), quarter_name(found.quarter, language)),
        (text("Number"), found.number),
        (text("Version"), found.version),
        (text("Effect of the joint work"), translate(effect, language) if effect else None),
        (text("Conclusion"), str(found.content.get("findings") or "") or None),
        *_points(text("Shortcoming {n}"), content.points(found.content, "shortcomings")),
        *_points(text("Proposal {n}"), content.points(found.content, "proposals")),
        (text("Approved by"), found.approved_by or None),
        (text("Approved"), _local(found.approved_at)),
        (text("Sent"), _local(found.sent_at)),
        (text("Read"), _local(found.read_at)),
    ]
    columns = (Column(title=translate(text("What"), language)), Column(title=""))
    return Sheet(
        name=translate(text("Conclusion"), language),
        columns=columns,
        rows=[(translate(label, language), value) for label, value in rows],
    )


def _points(label: Text, points: Sequence[str]) -> Iterable[tuple[Text, Value]]:
    for place, one in enumerate(points, 1):
        yield Text(label.msgid, {"n": place}), one


def _local(when: datetime | None) -> datetime | None:
    return when.astimezone(ZONE) if when else None
