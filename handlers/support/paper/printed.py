"""The conclusion as PDF (S-14): what the centre says, its numbers, charts and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.i18n import translate
from engine.model.calendar import ZONE
from engine.model.text import Text, text
from engine.paper import pdf
from handlers.support import content
from handlers.support.figures import (
    EFFECTS,
    Chart,
    Fact,
    Figures,
    Table,
    decimal,
    quarter_name,
)
from handlers.support.records import Conclusion

TEMPLATE = Path(__file__).with_name("conclusion.typ")


@dataclass(frozen=True, kw_only=True)
class Signed:
    """An electronic signature under the conclusion."""

    #: Who signed.
    name: str
    #: Of which office.
    office: str
    #: When (UTC).
    at: datetime
    #: Serial number of the certificate; empty: not said.
    serial: str = ""


def conclusion(
    found: Conclusion,
    figures: Figures | None,
    *,
    centre: str,
    language: str,
    at: datetime,
    signatures: Sequence[Signed] = (),
) -> bytes:
    """Return a conclusion as PDF/A in a language; without figures, if none are gathered yet.

    `centre`: its name; `at` (UTC): the moment of printing.
    """
    printer = _Printer(language)
    data = {
        "language": language,
        "title": printer.said(text("Conclusion on the joint work")),
        "centre": centre,
        "quarter": quarter_name(found.quarter, language),
        "text": printer.written(found),
        "facts": printer.facts(figures) if figures else [],
        "charts": [printer.chart(one) for one in figures.charts] if figures else [],
        "tables": [printer.table(one) for one in printer.tables(figures)] if figures else [],
        "words": {
            "indicator": printer.said(text("Indicator")),
            "now": printer.said(text("this quarter")),
            "before": printer.said(text("the quarter before")),
        },
        "mark": printer.mark(found, signatures),
    }
    # The PDF's date has no room for fractions of a second.
    return pdf(TEMPLATE, data, at=at.replace(microsecond=0))


class _Printer:
    """Says the parts in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def said(self, sentence: Text) -> str:
        return translate(sentence, self._language)

    def written(self, found: Conclusion) -> list[dict[str, object]]:
        """Return what the centre wrote, part by part; nothing while nothing is written."""
        if not found.version:
            return []
        effect = EFFECTS.get(str(found.content.get("effect")))
        parts = [
            (text("Effect of the joint work"), self.said(effect) if effect else "", ()),
            (text("Conclusion"), str(found.content.get("findings") or ""), ()),
            (text("Shortcomings"), *self._points(found, "shortcomings")),
            (text("Proposals"), *self._points(found, "proposals")),
        ]
        return [
            {"heading": self.said(heading), "said": said, "points": list(points)}
            for heading, said, points in parts
        ]

    def _points(self, found: Conclusion, key: str) -> tuple[str, Sequence[str]]:
        points = content.points(found.content, key)
        return ("" if points else self.said(text("None were found.")), points)

    def facts(self, figures: Figures) -> list[dict[str, object]]:
        """Return the numbers against the quarter before."""
        return [
            {"heading": self.said(text("Plans")), "rows": [self._fact(x) for x in figures.plans]},
            {
                "heading": self.said(text("Measures")),
                "rows": [self._fact(one) for one in figures.measures],
            },
        ]

    def _fact(self, one: Fact) -> Mapping[str, str]:
        return {
            "label": one.label,
            "now": decimal(one.now, self._language),
            "before": decimal(one.before, self._language),
        }

    def chart(self, one: Chart) -> Mapping[str, str]:
        return {"title": one.title, "svg": one.svg}

    def tables(self, figures: Figures) -> list[Table]:
        """Return the tables that no bar says in full already, the longest last."""
        behind = [one.table for one in figures.charts if one.key in {"times", "people"}]
        return [*behind, *figures.tables]

    def table(self, one: Table) -> Mapping[str, object]:
        rows = [[self._cell(value) for value in row] for row in one.rows]
        columns = [column.title for column in one.columns]
        return {"title": one.title, "columns": columns, "rows": rows, "sums": one.sums}

    def _cell(self, value: object) -> str:
        if value is None or isinstance(value, int | float):
            return decimal(value, self._language)
        return str(value)

    def mark(self, found: Conclusion, signatures: Sequence[Signed]) -> Mapping[str, object] | None:
        """Return the mark of the electronic document; None while nothing is written."""
        if not found.version:
            return None
        lines = [
            text("Electronic document {number}, version {n}.", number=found.number, n=found.version)
        ]
        lines += _who(
            text("Written by {name}, {at}.", name=found.by, at=_moment(found.at)), found.at
        )
        approved = text(
            "Approved by {name}, {at}.", name=found.approved_by, at=_moment(found.approved_at)
        )
        lines += _who(approved, found.approved_at)
        sent = text("Sent to the body for family policy: {at}.", at=_moment(found.sent_at))
        lines += _who(sent, found.sent_at)
        signed = [
            text(
                "Signature: {name}, {office}, {at}.", name=x.name, office=x.office, at=_moment(x.at)
            )
            for x in signatures
        ]
        return {
            "lines": [self.said(one) for one in lines],
            "digest": content.conclusion_digest(found.quarter, found.content),
            "signatures": [self.said(one) for one in signed],
        }


def _who(sentence: Text, when: datetime | None) -> list[Text]:
    return [sentence] if when is not None else []


def _moment(when: datetime | None) -> str:
    return f"{when.astimezone(ZONE):%d.%m.%Y %H:%M}" if when else ""
