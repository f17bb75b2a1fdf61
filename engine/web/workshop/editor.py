"""The frame of the editors, and the editor of diagrams in it.

The branch's page decides by a file's suffix which editor shows it (`show` here, `tables.show`,
`formeditor.show`); all three draw ``workshop/frame.html`` with a `Page`. What happens then is the
browser's: it asks the addresses that the page carries.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, urlencode

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine.model.text import Text
from engine.web import state
from engine.web.security import widen
from engine.web.workshop.words import EDITOR_WORDS, FRAME_WORDS

#: The one style attribute that the diagrams' panel carries, by its hash: ``height: 100%``.
PANEL_STYLE = (
    "'unsafe-hashes' 'sha256-" + b64encode(sha256(b"height: 100%").digest()).decode() + "'"
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the frame of an editor shows and asks."""

    #: Branch, as addresses name it.
    branch: str
    #: Branch, as people call it.
    branch_name: str
    #: File, as deployments name it.
    name: str
    #: What stands over the page until the file tells its own name.
    title: str
    #: Name of the script and style sheet, without suffix.
    bundle: str
    #: Word on the last tab.
    text_tab: str
    #: Who is signed in, as others see it.
    me: str
    #: Whether the branch takes no more changes.
    closed: bool
    #: Addresses by the script's names for them.
    addresses: Mapping[str, str]


def addresses(branch: str, name: str) -> dict[str, str]:
    """Return what the frame's script asks and its links lead to."""
    top = f"{request.script_root}/workshop"
    here, file = f"{top}/b/{quote(branch, safe='')}", quote(name)
    other = urlencode({"branch": branch, "name": name})
    return {
        "branch_page": f"{here}/",
        "file": f"{here}/files/{file}",
        "copy": f"{here}/copies/{file}",
        "check": f"{here}/check",
        "mend": f"{here}/mend",
        "catalogue": f"{here}/catalogue?{urlencode({'name': name})}",
        "templates": f"{top}/templates.json?{urlencode({'lang': state.language()})}",
        "editors": f"{here}/edit/",
        "rehearse": f"{here}/rehearsals",
        "deploy": f"{here}/deploy",
        "compare": f"{top}/compare?{other}&a=deployed&b=mine",
        "compare_branch": f"{top}/compare?{other}&a=branch&b=mine",
    }


def page_of(
    branch: str,
    name: str,
    *,
    bundle: str,
    text_tab: str,
    branch_name: str = "",
    closed: bool = False,
) -> Page:
    """Return what the frame needs for one file."""
    return Page(
        branch=branch,
        branch_name=branch_name or branch,
        name=name,
        title=name.rpartition("/")[2],
        bundle=bundle,
        text_tab=text_tab,
        me=state.actor().name,
        closed=closed,
        addresses=addresses(branch, name),
    )


def words(*more: Mapping[str, Text]) -> dict[str, str]:
    """Return the frame's sentences, and an editor's own, in the language of the request."""
    return {key: state.said(one) for each in (FRAME_WORDS, *more) for key, one in each.items()}


def draw(
    template: str,
    page: Page,
    own: Mapping[str, Text],
    *,
    styles: str = "'unsafe-inline'",
    **more: object,
) -> ResponseReturnValue:
    """Draw an editor.

    `styles` is what this page allows beyond its own style sheets: most editors' libraries write
    some from scripts.
    """
    widen(style_src=f"'self' {styles}")
    return render_template(template, page=page, words=words(own), **more)


def show(
    branch: str, name: str, *, branch_name: str = "", closed: bool = False
) -> ResponseReturnValue:
    """Draw the editor of one diagram; `closed` is for a branch that takes no more changes."""
    page = page_of(
        branch, name, bundle="editor", text_tab="XML", branch_name=branch_name, closed=closed
    )
    return draw("workshop/editor.html", page, EDITOR_WORDS, styles=PANEL_STYLE)
