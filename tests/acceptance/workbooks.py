"""Reads a workbook back, by the format's own rules and not by the library that wrote it."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.xml import Element, parse

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: Day zero of a workbook's dates.
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001


@dataclass(frozen=True)
class Cell:
    """A cell as it is stored."""

    #: ``text``, ``number`` or ``formula``.
    kind: str
    #: Its value.
    value: object
    #: Whether editing it keeps it text.
    quoted: bool = False
    #: How a number is shown.
    form: str = ""


@dataclass(frozen=True)
class Page:
    """A sheet."""

    #: Its rows; a cell that is empty is left out.
    rows: list[list[Cell]]
    #: How many rows stay at the top.
    frozen: int


def read(data: bytes) -> Mapping[str, Page]:
    """Return sheets by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name in found if "vba" in name.lower() or "external" in name.lower()]
    book = parse(found["xl/workbook.xml"])
    shared = [
        "".join(part.text or "" for part in one.iter(f"{MAIN}t"))
        for one in parse(found["xl/sharedStrings.xml"]).iter(f"{MAIN}si")
    ]
    looks = parse(found["xl/styles.xml"])
    forms = {
        str(one.get("numFmtId")): str(one.get("formatCode")) for one in looks.iter(f"{MAIN}numFmt")
    }
    styles = [one for group in looks.iter(f"{MAIN}cellXfs") for one in group]
    names = [str(one.get("name")) for one in book.iter(f"{MAIN}sheet")]
    return {
        name: _page(parse(found[f"xl/worksheets/sheet{place}.xml"]), shared, styles, forms)
        for place, name in enumerate(names, 1)
    }


def _page(
    sheet: Element, shared: list[str], styles: list[Element], forms: Mapping[str, str]
) -> Page:
    pane = next(iter(sheet.iter(f"{MAIN}pane")), None)
    frozen = int(pane.get("ySplit") or 0) if pane is not None else 0
    rows = [
        [cell for one in row.iter(f"{MAIN}c") if (cell := _cell(one, shared, styles, forms))]
        for row in sheet.iter(f"{MAIN}row")
    ]
    return Page(rows=rows, frozen=frozen)


def _cell(
    one: Element, shared: list[str], styles: list[Element], forms: Mapping[str, str]
) -> Cell | None:
    if one.find(f"{MAIN}f") is not None:
        return Cell("formula", one.findtext(f"{MAIN}f"))
    value = one.findtext(f"{MAIN}v")
    if value is None:
        return None
    style = styles[int(one.get("s") or 0)]
    if one.get("t") == "s":
        return Cell("text", shared[int(value)], quoted=style.get("quotePrefix") == "1")
    assert one.get("t") in {None, "n"}
    return Cell("number", float(value), form=forms.get(style.get("numFmtId") or "", ""))


def moment(cell: Cell) -> datetime:
    """Return the moment that a number stands for."""
    assert isinstance(cell.value, float)
    return EPOCH + timedelta(days=cell.value)
