"""A quarter in pictures."""

from collections.abc import Callable, Iterable, Sequence

from engine.model.text import Text, text
from engine.paper import charts
from engine.paper.charts import Row, Series
from engine.paper.sheets import Column
from handlers.support import quarters
from handlers.support.figures.names import (
    CHANGES,
    COUNTED,
    PLANS,
    STEPS,
    Chart,
    Fact,
    Figures,
    Table,
    decimal,
    quarter_name,
)
from handlers.support.figures.tables import Tables
from handlers.support.records import Conclusion, Indicators, Time


def figures(found: Conclusion, earlier: Sequence[Conclusion], language: str) -> Figures | None:
    """Return a quarter as it is shown; None: its numbers are not gathered yet.

    `earlier`: quarters of the same centre before it, the newest first.
    """
    if found.indicators is None:
        return None
    before = _directly_before(found, earlier)
    return _Drawing(found.indicators, before, language).figures(earlier)


def _directly_before(found: Conclusion, earlier: Sequence[Conclusion]) -> Indicators | None:
    wanted = str(quarters.parse(found.quarter).previous)
    return next((one.indicators for one in earlier if one.quarter == wanted), None)


class _Drawing(Tables):
    """Draws one quarter in one language."""

    def figures(self, earlier: Sequence[Conclusion]) -> Figures:
        now, before = self._now, self._before
        drawn = [
            self._ended(),
            self._late(),
            self._times(),
            self._people(),
            self._course(earlier),
        ]
        return Figures(
            quarter=quarter_name(now.quarter, self._language),
            before=quarter_name(before.quarter, self._language) if before else "",
            plans=tuple(self._facts(PLANS, now, before)),
            measures=tuple(self._facts(COUNTED, now.total, before.total if before else None)),
            charts=tuple(one for one in drawn if one is not None),
            tables=tuple(one for one in self.tables() if one.rows),
        )

    def _facts(
        self, names: Iterable[tuple[str, Text]], now: object, before: object | None
    ) -> Iterable[Fact]:
        for name, label in names:
            held = getattr(before, name) if before is not None else None
            yield Fact(label=self.said(label), now=getattr(now, name), before=held)

    def _chart(
        self,
        key: str,
        title: Text,
        draw: Callable[[str, str, Sequence[Series], Sequence[Row]], str],
        series: Sequence[Series],
        rows: Sequence[Row],
        table: Table,
    ) -> Chart:
        said = self.said(title)
        return Chart(key=key, title=said, svg=draw(key, said, series, rows), table=table)

    def _ended(self) -> Chart | None:
        """How the measures of each field stood at the end of the quarter."""
        names = ("done", "open", "impossible", "refused", "withdrawn")
        looks = (
            ("done", "solid"),
            ("accent", "hollow"),
            ("soon", "stripes"),
            ("late", "dots"),
            ("quiet", "cross"),
        )
        title = text("Measures by field: how they stood at the end of the quarter")
        return self._by_field("ended", title, names, looks, charts.stacked)

    def _late(self) -> Chart | None:
        names = ("late", "returned")
        looks = (("late", "stripes"), ("soon", "dots"))
        title = text("Late and returned measures by field")
        return self._by_field("late", title, names, looks, charts.grouped)

    def _by_field(
        self,
        key: str,
        title: Text,
        names: Sequence[str],
        looks: Sequence[tuple[str, str]],
        draw: Callable[[str, str, Sequence[Series], Sequence[Row]], str],
    ) -> Chart | None:
        found = self.of_fields()
        if not found:
            return None
        labels = dict(COUNTED)
        series = [
            Series(name=self.said(labels[name]), ink=ink, pattern=pattern)
            for name, (ink, pattern) in zip(names, looks, strict=True)
        ]
        rows = [
            Row(name=field, values=[getattr(one, name) for name in names]) for field, one in found
        ]
        table = self.counts(self.said(title), text("Field"), found, names)
        return self._chart(key, title, draw, series, rows, table)

    def _times(self) -> Chart | None:
        now = self._now.times
        if not any(one.count for one in now):
            return None
        before = {one.step: one for one in self._before.times} if self._before else {}
        quarters_ = [quarter_name(self._now.quarter, self._language)]
        looks = [("accent", "solid")]
        if self._before:
            quarters_.append(quarter_name(self._before.quarter, self._language))
            looks.append(("quiet", "hollow"))
        series = [
            Series(name=name, ink=ink, pattern=pattern)
            for name, (ink, pattern) in zip(quarters_, looks, strict=True)
        ]
        rows = [self._time(one, before.get(one.step), len(series)) for one in now]
        title = text("How long the steps took, calendar days on average")
        table = self.times_table(self.said(title), before)
        return self._chart("times", title, charts.grouped, series, rows, table)

    def _time(self, now: Time, before: Time | None, series: int) -> Row:
        values = [now.days, before.days if before else None][:series]
        return Row(
            name=self.said(STEPS[now.step]),
            values=values,
            words=[decimal(value, self._language) for value in values],
        )

    def _people(self) -> Chart | None:
        """Return how people's social status changed by the family card; None: it did not answer."""
        found = self._now.changes
        if not found.get("people"):
            return None
        unknown = found["people"] - found.get("known", 0)
        numbers = {**found, "unknown": unknown}
        looks = (("done", "solid"), ("quiet", "hollow"), ("late", "stripes"), ("quiet", "dots"))
        series = [
            Series(name=self.said(label), ink=ink, pattern=pattern)
            for (_, label), (ink, pattern) in zip(CHANGES, looks, strict=True)
        ]
        values = [numbers.get(name, 0) for name, _ in CHANGES]
        name = self.said(text("People in the plans of the quarter"))
        title = text("Changes of social status by the digital family card")
        rows = [(self.said(label), numbers.get(key, 0)) for key, label in CHANGES]
        table = Table(
            title=self.said(title),
            columns=(
                Column(title=self.said(text("Level of well-being"))),
                Column(title=self.said(text("People"))),
            ),
            rows=(*rows, (self.said(text("In all")), found["people"])),
            sums=1,
        )
        return self._chart(
            "people", title, charts.stacked, series, [Row(name=name, values=values)], table
        )

    def _course(self, earlier: Sequence[Conclusion]) -> Chart | None:
        """Return lines over up to five quarters; None: there is only this one."""
        past = [one.indicators for one in reversed(earlier) if one.indicators is not None][-4:]
        course = [*past, self._now]
        if len(course) < 2:
            return None
        names = ("done", "late", "returned")
        looks = (("done", "solid"), ("late", "stripes"), ("soon", "dots"))
        labels = dict(COUNTED)
        series = [
            Series(name=self.said(labels[name]), ink=ink, pattern=pattern)
            for name, (ink, pattern) in zip(names, looks, strict=True)
        ]
        rows = [
            Row(name=_short(one.quarter), values=[getattr(one.total, name) for name in names])
            for one in course
        ]
        title = text("Measures over the quarters")
        columns = [Column(title=self.said(text("Quarter")))]
        columns += [Column(title=one.name) for one in series]
        said = tuple(
            (quarter_name(one.quarter, self._language), *row.values)
            for one, row in zip(course, rows, strict=True)
        )
        table = Table(title=self.said(title), columns=tuple(columns), rows=said)
        return self._chart("course", title, charts.lines, series, rows, table)


def _short(quarter: str) -> str:
    """Say a quarter under a chart: ``4.26``."""
    found = quarters.parse(quarter)
    return f"{found.number}.{found.year % 100:02d}"
