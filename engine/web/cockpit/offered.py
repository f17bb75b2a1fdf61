"""Acts that the page of a case offers: those that make sense for it, and where their forms are."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from engine.model.text import Text
from engine.services.cockpit import catalogue
from engine.services.cockpit.caseviews import CaseHead
from engine.services.cockpit.operations import Subject
from engine.services.views import CaseState
from engine.web import rendering


@dataclass(frozen=True, kw_only=True)
class Act:
    """A button that leads to an act."""

    #: Name of the operation.
    name: str
    #: What it says.
    title: Text
    #: Icon.
    icon: str
    #: Where it leads.
    href: str


#: Icons of acts, in the order of the buttons. What is not named here stands in the menu behind.
ICONS = {
    "suspend": "player-pause",
    "resume": "player-play",
    "move-token": "arrows-move",
    "migrate": "git-branch",
    "restart": "rotate",
    "send-message": "mail",
    "send-signal": "broadcast",
    "recompute-deadlines": "calendar-time",
    "set-variable": "pencil",
    "remove-variable": "eraser",
    "delete": "trash-x",
    "cancel": "trash",
}
#: How many of them are buttons; the rest is in the menu.
BUTTONS = 3
#: Acts that are offered elsewhere: at a variable.
ELSEWHERE = frozenset({"set-variable", "remove-variable"})
#: States in which an act makes sense; all others always do.
_FITS = {
    "suspend": {CaseState.ACTIVE},
    "resume": {CaseState.SUSPENDED},
    "cancel": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "move-token": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "migrate": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "send-message": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "send-signal": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "recompute-deadlines": {CaseState.ACTIVE, CaseState.SUSPENDED},
    "delete": {CaseState.COMPLETED, CaseState.CANCELLED, CaseState.FAILED},
}


def act_href(kind: str, subject: str, name: str, /, **values: Any) -> str:
    """Return where an act's form is, with a way back to this page; "" if there is no such act."""
    if (Subject(kind), name) not in catalogue.operations():
        return ""
    asked = {name: str(value) for name, value in values.items() if value}
    form = url_for("cockpit_acts.show", kind=kind, subject=subject, name=name)
    # Fields of an act may be called as parts of its address are.
    return f"{form}?{urlencode({**asked, 'next': rendering.here()})}"


def acts_of(case: CaseHead) -> list[Act]:
    """Return what can be done to a case, in the order of the buttons."""
    found = [
        Act(
            name=name,
            title=one.title,
            icon=ICONS.get(name, "chevron-right"),
            href=act_href("case", case.id, name),
        )
        for (subject, name), one in catalogue.operations().items()
        if subject is Subject.CASE and name not in ELSEWHERE and _fits(name, case)
    ]
    order = list(ICONS)
    return sorted(found, key=lambda act: order.index(act.name) if act.name in order else 99)


def _fits(name: str, case: CaseHead) -> bool:
    return name not in _FITS or case.state in _FITS[name]
