"""The tables of a quarter: by field, by body, and what the family card and follow-ups say."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.i18n import known, translate
from engine.model.text import Text, text
from engine.paper.sheets import Column
from handlers.people.regions import name as region_name
from handlers.support import offices
from handlers.support.figures.names import COUNTED, DAYS, FOLLOW_UPS, STEPS, Table
from handlers.support.records import Count, Indicators, Time


class Tables:
    """The tables of one quarter in one language."""

    def __init__(self, now: Indicators, before: Indicators | None, language: str) -> None:
        """Show `now`, and where it helps the quarter before it."""
        self._now, self._before = now, before
        self._language = language

    def said(self, sentence: Text) -> str:
        """Return a sentence in the reader's language."""
        return translate(sentence, self._language)

    def _names(
        self, counts: Iterable[Count], name: Callable[[str], str]
    ) -> list[tuple[str, Count]]:
        return [(name(one.code), one) for one in counts]

    def of_fields(self) -> list[tuple[str, Count]]:
        """Return the counts by field, in the order of S-5."""
        order = list(offices.FIELDS)
        counts = sorted(self._now.fields, key=lambda one: order.index(one.code))
        return self._names(counts, lambda code: offices.field_name(code, self._language))

    def counts(
        self, title: str, of: Text, found: Sequence[tuple[str, Count]], names: Sequence[str]
    ) -> Table:
        """Return a table of counts with its sums."""
        labels = dict(COUNTED)
        columns = [Column(title=self.said(of))]
        columns += [
            Column(title=self.said(labels[name]), number=DAYS if name == "days" else "")
            for name in names
        ]
        rows = [(name, *(getattr(one, key) for key in names)) for name, one in found]
        whole = self._now.total
        rows.append((self.said(text("In all")), *(getattr(whole, key) for key in names)))
        return Table(title=title, columns=tuple(columns), rows=tuple(rows), sums=1)

    def times_table(self, title: str, before: Mapping[str, Time]) -> Table:
        """Return how often each step was taken and how long it took."""
        columns = (
            Column(title=self.said(text("Step"))),
            Column(title=self.said(text("How often"))),
            Column(title=self.said(text("Days on average")), number=DAYS),
            Column(title=self.said(text("Days at most")), number=DAYS),
            Column(title=self.said(text("The quarter before, days on average")), number=DAYS),
        )
        rows = [
            (
                self.said(STEPS[one.step]),
                one.count,
                one.days,
                one.longest,
                before[one.step].days if one.step in before else None,
            )
            for one in self._now.times
        ]
        return Table(title=title, columns=columns, rows=tuple(rows))

    def tables(self) -> Iterable[Table]:
        """Yield the tables that have no chart."""
        every = [name for name, _ in COUNTED]
        yield self.counts(
            self.said(text("Measures by field")), text("Field"), self.of_fields(), every
        )
        bodies = self._names(self._now.bodies, self._body)
        yield self.counts(self.said(text("Measures by body")), text("Body"), bodies, every)
        yield self._statuses()
        yield self._levels()
        yield self._follow_ups()

    def _body(self, code: str) -> str:
        field = offices.field_name(offices.field_of(code), self._language)
        return f"{field}, {region_name(offices.place_of(code), self._language, short=True)}"

    def _statuses(self) -> Table:
        """Return which social statuses people got and lost, by the card."""
        codes = sorted({*self._now.gained, *self._now.lost})
        columns = (
            Column(title=self.said(text("Social status"))),
            Column(title=self.said(text("have it now"))),
            Column(title=self.said(text("have it no longer"))),
        )
        rows = tuple(
            (self._status(code), self._now.gained.get(code, 0), self._now.lost.get(code, 0))
            for code in codes
        )
        title = self.said(text("Social statuses that came and went"))
        return Table(title=title, columns=columns, rows=rows)

    def _status(self, code: str) -> str:
        key = f"status:{code}"
        # The card's list is not published: a word of its own stands as the card says it.
        return translate(key, self._language) if known(key, self._language) else code

    def _levels(self) -> Table:
        columns = (
            Column(title=self.said(text("Level at intake"))),
            Column(title=self.said(text("Level at completion"))),
            Column(title=self.said(text("Plans"))),
        )
        unknown = self.said(text("not known"))
        rows = tuple(
            (_or(before, unknown), _or(after, unknown), count)
            for before, ends in sorted(self._now.statuses.items())
            for after, count in sorted(ends.items())
        )
        title = self.said(text("Well-being of families whose plan was completed"))
        return Table(title=title, columns=columns, rows=rows)

    def _follow_ups(self) -> Table:
        columns = (
            Column(title=self.said(text("Follow-up"))),
            Column(title=self.said(text("Plans"))),
        )
        rows = tuple(
            (self.said(FOLLOW_UPS.get(result, Text(result))), count)
            for result, count in sorted(self._now.followups.items())
        )
        title = self.said(text("Families after their plan"))
        return Table(title=title, columns=columns, rows=rows)


def _or(level: str, unknown: str) -> str:
    return unknown if level == "unknown" else level
