"""What a quarter is shown with: its parts as plain data, and what they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.i18n import translate
from engine.model.text import Text, text
from engine.paper.sheets import Column, Value
from handlers.support import quarters

#: How a number of days is shown in a workbook, and a share.
DAYS = "0.0"
#: Steps that are timed → their names.
STEPS: Mapping[str, Text] = {
    "approval": text("From intake to approval"),
    "dispatch": text("From approval to sending"),
    "report": text("From sending to the first report"),
    "review": text("From a report to its mark"),
}
#: How a follow-up ended.
FOLLOW_UPS: Mapping[str, Text] = {
    "stable": text("stable"),
    "at_risk": text("at risk"),
    "relapsed": text("fell back"),
}
#: How a centre judges the joint work, a key of the form of the conclusion.
EFFECTS: Mapping[str, Text] = {
    "effective": text("effective"),
    "partly": text("partly effective"),
    "ineffective": text("not effective"),
}
#: What is counted of measures, in the order of tables.
COUNTED: Sequence[tuple[str, Text]] = (
    ("total", text("Measures")),
    ("done", text("Done")),
    ("late", text("Late")),
    ("returned", text("Returned")),
    ("escalated", text("Escalated")),
    ("refused", text("Refused by the person")),
    ("impossible", text("Impossible")),
    ("withdrawn", text("Withdrawn")),
    ("open", text("Open at the end")),
    ("days", text("Days on average")),
)
#: What is counted of plans.
PLANS: Sequence[tuple[str, Text]] = (
    ("opened", text("Plans opened")),
    ("running", text("Plans running at the end")),
    ("completed", text("Plans completed in full")),
    ("exceptions", text("Plans closed with exceptions")),
    ("closed", text("Plans that ended otherwise")),
    ("relapsed", text("Plans after a relapse")),
    ("children", text("Children in the plans")),
)
#: How the card found people: key of `Indicators.changes` → its name.
CHANGES: Sequence[tuple[str, Text]] = (
    ("improved", text("better")),
    ("unchanged", text("the same")),
    ("worsened", text("worse")),
    ("unknown", text("not known")),
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What stands behind a chart, in words and numbers."""

    #: What it shows.
    title: str
    #: Columns; the first is what the others are of.
    columns: tuple[Column, ...]
    #: Rows.
    rows: tuple[tuple[Value, ...], ...]
    #: How many rows at the end are sums.
    sums: int = 0


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture with its table."""

    #: Id inside a page.
    key: str
    #: What it shows.
    title: str
    #: The picture (SVG).
    svg: str
    #: The same in numbers.
    table: Table


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number against the quarter before."""

    #: What is counted.
    label: str
    #: This quarter; None: not known.
    now: float | None
    #: The quarter before; None: not known.
    before: float | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A centre's quarter, ready to be shown."""

    #: E.g. ``2026 жылғы 4-тоқсан``.
    quarter: str
    #: The quarter before that the numbers are held against; empty: there is none.
    before: str
    #: Of plans.
    plans: tuple[Fact, ...]
    #: Of measures.
    measures: tuple[Fact, ...]
    #: Charts, each with its table.
    charts: tuple[Chart, ...]
    #: Tables without a chart.
    tables: tuple[Table, ...]


def quarter_name(said: str, language: str) -> str:
    """Say a quarter: ``2026 жылғы 4-тоқсан``."""
    found = quarters.parse(said)
    return translate(text("Quarter {n} of {year}", n=found.number, year=str(found.year)), language)


def decimal(value: float | None, language: str) -> str:
    """Say a number with the language's decimal sign; a dash for what is not known."""
    if value is None:
        return "–"
    said = f"{value:.1f}" if isinstance(value, float) else str(value)
    return said if language == "en" else said.replace(".", ",")
