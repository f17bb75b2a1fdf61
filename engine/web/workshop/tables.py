"""The editor of decision tables: dmn-js in the editors' frame (`editor.draw`)."""

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from engine.model.text import Text, text
from engine.web.workshop.editor import draw, page_of

#: What the script says beside the frame's words; placeholders are filled in by it.
WORDS: Mapping[str, Text] = {
    "requirements": text("How the decisions hang together"),
    "unnamed": text("(without a name)"),
    "rule": text("rule {n}", n="{n}"),
    "dmn_foreign": text(
        "This file is not DMN 1.3, the version that the editor draws. It can be checked, compared,"
        " downloaded and deployed all the same."
    ),
    "dmn_broken": text("The file cannot be drawn: {why}", why="{why}"),
    "more": text("and {n} more below", n="{n}"),
}


def show(
    branch: str, name: str, *, branch_name: str = "", closed: bool = False
) -> ResponseReturnValue:
    """Draw the editor of one file of tables; `closed`: the branch takes no more changes."""
    page = page_of(
        branch, name, bundle="tables", text_tab="XML", branch_name=branch_name, closed=closed
    )
    return draw("workshop/tables.html", page, WORDS)
