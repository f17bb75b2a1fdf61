"""Printed forms: Typst templates filled with data, as PDF/A. The only importer of typst.

A template reads its data with ``json(bytes(sys.inputs.data))``: values arrive as values and never
as markup, so nothing a person typed can become a command. It sees the files of its own folder and
no others; fonts are the ones embedded in the wheel, the same on every machine, with every Kazakh
letter.
"""

import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from engine.errors import ValueRefused
from engine.model.text import text


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def pdf(template: Path | str, data: Mapping[str, object], *, at: datetime) -> bytes:
    """Return a template (a file, or the source itself as `str`) filled with data, as PDF/A-2a.

    `data` holds what JSON can, and dates, which become ISO text. `at` (UTC) is written into the
    file as the moment it was made: the same data at the same moment give the same bytes. The
    template must name its title and language. Raises `ValueRefused` with Typst's message and line.
    """
    if isinstance(template, Path):
        return _compiled(template, data, at)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.typ")
        path.write_text(template, encoding="utf-8")
        return _compiled(path, data, at)


def _compiled(template: Path, data: Mapping[str, object], at: datetime) -> bytes:
    import typst  # noqa: PLC0415  7 MB that only who prints needs

    inputs = {"data": json.dumps(data, default=_plain, ensure_ascii=False)}
    try:
        return typst.compile(
            template,
            root=template.parent,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            # Archive format, accessible (tagged): kept for years, and readable to all.
            pdf_standards=["a-2a"],
            timestamp=at,
        )
    except RuntimeError as error:  # Typst's own error is one, too
        said = str(error).strip()
        raise ValueRefused(
            text("The printed form cannot be made: {reason}", reason=said)
        ) from error
