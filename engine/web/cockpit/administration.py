"""What the pages of the installation itself share: their tabs, and leafing through a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, g, request, url_for

from engine.model.text import Text, text
from engine.services import access
from engine.web import rendering, state
from engine.web.asking import whole

#: Has no pages: brings what templates ask for.
blueprint = Blueprint("cockpit_administration", __name__)

#: Endpoint → its name on the tabs, and whether it is for those who administer everything.
TABS: Sequence[tuple[str, Text, bool]] = (
    ("cockpit_offices.index", text("Offices"), False),
    ("cockpit_people.index", text("Employees"), False),
    ("substitutions.show", text("Substitution"), False),
    ("cockpit_settings.index", text("Settings"), True),
    ("cockpit_reference.handlers", text("Handlers' reference"), False),
    ("cockpit_reference.forms", text("Forms"), False),
    ("cockpit_reference.regions", text("Regions"), False),
    ("cockpit_sandbox.show", text("Demo"), True),
)


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab."""

    #: What it says.
    label: str
    #: Where it leads.
    href: str
    #: Whether one is there.
    here: bool


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """Which part of a list is shown, and the addresses of the parts beside it."""

    #: First and last one shown, from 1; 0: there is none.
    first: int
    last: int
    #: How many there are.
    total: int
    #: Address of the part before; empty: this is the first.
    back: str
    #: Address of the part after; empty: this is the last.
    on: str


def everywhere() -> bool:
    """Tell whether she who asks administers the whole installation; asked once in a request."""
    if "everywhere" not in g:
        with state.reading() as uow:
            g.everywhere = access.reach(uow, state.actor()) is None
    return bool(g.everywhere)


@blueprint.app_template_global("admin_tabs")
def tabs() -> list[Tab]:
    """Return the tabs of the pages of the installation that are hers to see."""
    here = request.endpoint or ""
    whole_, demo = everywhere(), state.installation().settings.demo
    return [
        Tab(
            label=state.said(label),
            href=rendering.address(endpoint),
            here=_same(endpoint, here),
        )
        for endpoint, label, all_of_it in TABS
        if (whole_ or not all_of_it) and (demo or endpoint != "cockpit_sandbox.show")
    ]


def _same(endpoint: str, here: str) -> bool:
    """Tell whether a page belongs to a tab; the reference has several, by their first word."""
    if endpoint.startswith("cockpit_reference."):
        return here.partition("_of")[0].rstrip("s") == endpoint.rstrip("s")
    return endpoint.partition(".")[0] == here.partition(".")[0]


def asked(name: str, most: int = 100) -> str:
    """Return a part of the address."""
    return request.args.get(name, "").strip()[:most]


def skipped() -> int:
    """Return how many the address leaves out."""
    return whole(request.args.get("skip", ""), 0, least=0, most=1_000_000)


def leaf(skip: int, shown: int, total: int, size: int) -> Leaf:
    """Return the part of a list that is shown, with the addresses of its neighbours."""
    return Leaf(
        first=skip + 1 if shown else 0,
        last=skip + shown,
        total=total,
        back=_at(max(0, skip - size)) if skip else "",
        on=_at(skip + size) if skip + shown < total else "",
    )


def _at(skip: int) -> str:
    kept = {key: value for key, value in request.args.items() if key != "skip" and value}
    kept |= {"skip": str(skip)} if skip else {}
    here = url_for(str(request.endpoint), **(request.view_args or {}))
    return here + ("?" + urlencode(kept) if kept else "")


def regions() -> list[tuple[str, str]]:
    """Return the regions there are, code and name, in the order of the classifier."""
    return [(code, rendering.region_name(code)) for code in state.context().extensions.regions]
