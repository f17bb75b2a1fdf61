"""The report of a batch as a file: one line for each subject, what became of it and why."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from engine.model.text import Text, text
from engine.services.cockpit import batchlooks
from engine.services.cockpit.batchviews import Outcome, Report, Row
from engine.web import say, state
from engine.web.cockpit import acts
from engine.web.files import XLSX, attachment

#: What an outcome is called.
OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.WAITING: text("waits"),
    Outcome.DONE: text("done"),
    Outcome.REFUSED: text("refused"),
    Outcome.CHANGED: text("changed meanwhile"),
    Outcome.UNDONE: text("taken back"),
}


def whole(uow: Any, batch_id: str) -> tuple[Report, Sequence[Row]]:
    """Return a batch with all its rows."""
    report = batchlooks.show(uow, state.actor(), batch_id)
    found: list[Row] = []
    after = 0
    while True:
        page = batchlooks.rows(uow, state.actor(), batch_id, after=after, size=1000)
        found += page.rows
        after = page.next
        if not after:
            return report, found


def as_text(report: Report, found: Sequence[Row]) -> Response:
    """Return rows separated by commas."""
    file = io.StringIO()
    out = csv.writer(file)
    out.writerow(_titles())
    out.writerows([_tame(cell) for cell in _cells(row)] for row in found)
    # Programs that open it take the letters for what they are by the mark at the beginning.
    data = ("\ufeff" + file.getvalue()).encode()
    return attachment(data, _name(report, "csv"), "text/csv; charset=utf-8")


def as_workbook(report: Report, found: Sequence[Row]) -> Response:
    """Return rows as a workbook."""
    from engine.paper import sheets  # noqa: PLC0415  only who asks for a workbook needs it

    title = state.said(report.batch.operation.title)
    rows = sheets.Sheet(
        name=title,
        columns=[sheets.Column(title=one) for one in _titles()],
        rows=[_cells(row) for row in found],
    )
    book = sheets.workbook([rows], title=title, at=state.now())
    return attachment(book, _name(report, "xlsx"), XLSX)


def _titles() -> list[str]:
    said = (text("No."), text("Subject"), text("Id"), text("Outcome"), text("Cause"), text("When"))
    return [state.said(one) for one in said]


def _cells(row: Row) -> list[Any]:
    return [
        row.number,
        acts.said(row.label),
        row.subject,
        state.said(OUTCOMES[row.outcome]),
        acts.said(row.cause) if row.cause else "",
        f"{say.local(row.at):%Y-%m-%d %H:%M:%S}" if row.at else "",
    ]


def _tame(cell: Any) -> Any:
    """Return a cell that no program takes for a formula."""
    risky = isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{cell}" if risky else cell


def _name(report: Report, ending: str) -> str:
    return f"batch-{report.batch.id[:12]}.{ending}"
