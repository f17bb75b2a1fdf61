"""Tables as a workbook (XLSX) that opens in any office. The only importer of XlsxWriter.

Values keep their types: a number is a number, a day is a day. What somebody typed can never become
a formula: text is written as text, and marked so that editing the cell keeps it text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Imported by who makes a workbook: no start need wait for it.
    import xlsxwriter

#: What a cell may hold; None: nothing.
Value = str | int | float | date | datetime | None
#: First characters by which a program may take text for a formula.
_LEADING = frozenset("=+-@")
#: Most characters that a cell holds.
LONGEST = 32_767
#: What the format allows in no text: control characters but tab and ends of line.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: Widest and narrowest column, characters.
WIDEST, NARROWEST = 60, 8


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a sheet."""

    #: Heading.
    title: str
    #: How numbers are shown, e.g. ``0.0`` or ``0%``; empty: as they are.
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table: one sheet of a workbook."""

    #: Name on the tab; what is forbidden there is left out.
    name: str
    #: Columns.
    columns: Sequence[Column]
    #: Rows, as wide as there are columns. Moments are aware and stand in their own zone's time.
    rows: Sequence[Sequence[Value]]
    #: How many rows at the end are sums.
    sums: int = 0


def workbook(sheets: Sequence[Sheet], *, title: str, at: datetime) -> bytes:
    """Return sheets as XLSX, the first rows frozen; `at` (UTC) is written in as its making."""
    import xlsxwriter  # noqa: PLC0415  2 MB that only who writes a workbook needs

    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        created = at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "author": "Zholdama", "created": created})
        formats = _Formats(book)
        taken: set[str] = set()
        for sheet in sheets:
            _write(book.add_worksheet(_tab(sheet.name, taken)), sheet, formats)
    return file.getvalue()


def _tab(name: str, taken: set[str]) -> str:
    """Return a name that a tab may have: 31 characters, none of ``[]:*?/\\``, no two alike."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip("' ")[:31] or "1"
    found, number = plain, 1
    while found.casefold() in taken:
        number += 1
        found = f"{plain[: 30 - len(str(number))]} {number}"
    taken.add(found.casefold())
    return found


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], object] = {}

    def of(self, **properties: object) -> object:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **properties})
        return self._made[key]


def _write(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, formats: _Formats) -> None:
    head = formats.of(bold=True, text_wrap=True, bottom=1)
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, _clean(column.title), head)
        page.set_column(place, place, _width(sheet, place))
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    first_sum = len(sheet.rows) - sheet.sums
    for number, row in enumerate(sheet.rows):
        bold: dict[str, object] = {"bold": True, "top": 1} if number >= first_sum else {}
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(page, (number + 1, place), value, column, formats, bold)


def _width(sheet: Sheet, place: int) -> int:
    said = [str(row[place]) for row in sheet.rows if row[place] is not None]
    longest = max(map(len, said), default=0)
    return min(max(longest + 2, len(sheet.columns[place].title) // 2 + 2, NARROWEST), WIDEST)


def _cell(
    page: xlsxwriter.worksheet.Worksheet,
    where: tuple[int, int],
    value: Value,
    column: Column,
    formats: _Formats,
    look: dict[str, object],
) -> None:
    if value is None:
        page.write_blank(*where, None, formats.of(**look))
    elif isinstance(value, datetime):
        plain = value.replace(tzinfo=None)  # the format knows no zones
        page.write_datetime(*where, plain, formats.of(num_format="dd.mm.yyyy hh:mm", **look))
    elif isinstance(value, date):
        page.write_datetime(*where, value, formats.of(num_format="dd.mm.yyyy", **look))
    elif isinstance(value, int | float):
        number = {"num_format": column.number} if column.number else {}
        page.write_number(*where, value, formats.of(**number, **look))
    else:
        quoted = {"quote_prefix": True} if value.lstrip()[:1] in _LEADING else {}
        page.write_string(*where, _clean(value), formats.of(text_wrap=True, **quoted, **look))


def _clean(said: str) -> str:
    return _CONTROL.sub("", said.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST]
