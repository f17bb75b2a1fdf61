"""The main menu: what stands in it for whom, and which line one is on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from flask import request

from engine.model.people import ADMIN, ANALYST, SUPERVISOR
from engine.model.text import Text, text
from engine.web import state
from engine.web.extension import Link, WebExtension
from engine.web.rendering import address


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the menu."""

    #: What it is called.
    label: str
    #: Where it leads.
    href: str
    #: Its icon.
    icon: str
    #: Whether this is the page one is on.
    here: bool = False
    #: Name of the number beside it, filled in by the pulse; empty: none.
    count: str = ""


@dataclass(frozen=True, kw_only=True)
class Menu:
    """The main menu."""

    #: For everybody.
    work: tuple[Item, ...]
    #: For heads.
    head: tuple[Item, ...] = ()
    #: For analysts.
    workshop: tuple[Item, ...] = ()
    #: For administrators.
    admin: tuple[Item, ...] = ()


def menu(extensions: Iterable[WebExtension]) -> Menu:
    """Return the menu for who is signed in."""
    actor = state.signed_in()
    if actor is None:
        return Menu(work=())
    work = [
        _item("inbox.show", text("Inbox"), "inbox", "inbox"),
        _item("cases.find", text("Cases"), "folders"),
        _item("notices.show", text("Notifications"), "bell", "notices"),
    ]
    work += [_link(one) for ext in extensions if ext.menu for one in ext.menu()]
    head = [_item("office.show", text("Workload of the office"), "scale")]
    return Menu(
        work=tuple(work),
        head=tuple(head) if actor.holds(SUPERVISOR) else (),
        workshop=tuple(_workshop()) if actor.holds(ANALYST) else (),
        admin=tuple(_item(*one) for one in _ADMIN) if actor.holds(ADMIN) else (),
    )


def _item(endpoint: str, label: Text, icon: str, count: str = "", more: Sequence[str] = ()) -> Item:
    # A page belongs to the menu's line of its blueprint: a case under "cases", and so on.
    here = _blueprint(request.endpoint or "") in {_blueprint(endpoint), *more}
    return Item(label=state.said(label), href=address(endpoint), icon=icon, here=here, count=count)


def _blueprint(endpoint: str) -> str:
    return endpoint.partition(".")[0]


def _link(link: Link) -> Item:
    return Item(
        label=state.said(link.label),
        href=link.href,
        icon=link.icon or "chevron-right",
        here=request.script_root + request.path == link.href,
    )


def _workshop() -> list[Item]:
    found = [
        _item("workshop_home.index", text("Workshop"), "git-branch"),
        _item("workshop_rehearsals.show", text("Rehearsals"), "player-track-next"),
        _item("workshop_coverage.show", text("Coverage"), "gavel"),
    ]
    blueprint = _blueprint(request.endpoint or "")
    if blueprint.startswith("workshop_") and not any(one.here for one in found):
        found[0] = replace(found[0], here=True)
    return found


#: Administrators' lines: endpoint, name, icon, number beside it, further blueprints under it.
_ADMIN: Sequence[tuple[str, Text, str, str, tuple[str, ...]]] = (
    ("cockpit_overview.show", text("Overview"), "layout-board", "", ("cockpit_filters",)),
    ("cockpit_search.show", text("All cases"), "folders", "", ("cockpit_case",)),
    ("cockpit_incidents.index", text("Incidents"), "alert-triangle", "incidents", ()),
    ("cockpit_jobs.index", text("Jobs"), "refresh", "", ("cockpit_handlers",)),
    ("cockpit_batches.index", text("Batches"), "list-check", "", ("cockpit_choosing",)),
    ("cockpit_processes.index", text("Processes"), "sitemap", "", ("cockpit_migration",)),
    ("cockpit_statistics.show", text("Statistics"), "chart-bar", "", ()),
    ("cockpit_calendar.show", text("Working calendar"), "calendar", "", ()),
    ("cockpit_audit.show", text("Audit log"), "history", "", ()),
    (
        "cockpit_offices.index",
        text("Administration"),
        "settings",
        "",
        (
            "cockpit_people",
            "substitutions",
            "cockpit_settings",
            "cockpit_reference",
            "cockpit_sandbox",
        ),
    ),
)
