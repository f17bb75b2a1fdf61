"""Two versions of a file side by side: drawn, and as a list of what changed.

``a`` is the version before and ``b`` the one after: ``deployed``, ``branch``, ``mine``, or the id
of a deployment.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import forms
from engine.errors import NotFound, Refused
from engine.model.differences import Attribute, Change, Kind
from engine.model.text import Text, text
from engine.services.workshop import branches, sides
from engine.services.workshop.saying import Piece, attribute_of, pieces, type_of, value_of
from engine.services.workshop.sides import BRANCH, DEPLOYED, MINE, Comparison, Side
from engine.web import say, state
from engine.web.formrender import render
from engine.web.policy import ANALYSTS, allow
from engine.web.rendering import asset

blueprint = Blueprint("workshop_compare", __name__)

#: Groups of the list, in order, with their headings and icons.
GROUPS = (
    (Kind.CHANGED, text("Changed"), "pencil"),
    (Kind.ADDED, text("Added"), "plus"),
    (Kind.REMOVED, text("Removed"), "minus"),
    (Kind.MOVED, text("Moved"), "arrows-move"),
)
CHOICES = {
    DEPLOYED: text("Deployed last"),
    BRANCH: text("As saved in the branch"),
    MINE: text("As I typed it"),
}
#: Attributes whose values are coordinates or code: shown in another type face.
_CODE = re.compile(
    r"(in|out)put\[.*|bounds|waypoints|label@bounds|.*Ref|.*Expression.*|camunda:(?!property\[(name|doc):).*"
)
_NAMES = re.compile(r'\b(id|for|name|aria-describedby|aria-labelledby)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Line:
    """One attribute, before and after."""

    #: What people call it.
    label: str
    #: As it stands in the file.
    name: str
    #: What it said, laid out by what stayed and what went; None: nothing.
    old: tuple[Piece, ...] | None
    #: What it says; None: nothing.
    new: tuple[Piece, ...] | None
    #: Whether it is code rather than words.
    code: bool


@dataclass(frozen=True, kw_only=True)
class Item:
    """One element of the list."""

    #: What happened to it.
    change: Change
    #: Its type in words.
    type: str
    #: What changed.
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Elements to which the same happened."""

    #: ``added``, ``removed``, ``changed`` or ``moved``.
    kind: str
    #: Heading.
    title: str
    #: Icon that stands for it, also on the drawing.
    icon: str
    #: They.
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for."""

    #: Branch.
    branch: str
    #: File.
    name: str
    #: The version before.
    a: str
    #: The version after.
    b: str


def _asked() -> Asked:
    said = request.args
    return Asked(
        branch=said.get("branch") or branches.MAIN,
        name=said.get("name", ""),
        a=said.get("a") or DEPLOYED,
        b=said.get("b") or BRANCH,
    )


@blueprint.get("/compare")
@allow(ANALYSTS)
def show() -> ResponseReturnValue:
    """Draw two versions of a file, and what differs."""
    asked = _asked()
    with state.reading() as uow:
        branch = branches.find(uow, asked.branch).name
        found = sides.compare(uow, state.actor(), branch, asked.name, asked.a, asked.b)
        history = sides.history(uow, asked.name)
    groups = _groups(found.difference.changes)
    return render_template(
        "workshop/compare.html",
        asked=asked,
        found=found,
        groups=groups,
        choices=_choices([*history, found.old, found.new]),
        titles={"a": state.said(found.old.title), "b": state.said(found.new.title)},
        problem=state.said(found.problem) if found.problem else "",
        marks=[_mark(item.change) for group in groups for item in group.items],
        drawn=_drawn(found) if found.kind == "form" else {},
    )


@blueprint.get("/compare/content")
@allow(ANALYSTS)
def send_content() -> ResponseReturnValue:
    """Send one version of a file as it is, for the drawing; 404 if that version has none."""
    asked = _asked()
    with state.reading() as uow:
        side = sides.side(uow, state.actor(), asked.branch, asked.name, asked.a)
    if side.content is None:
        raise NotFound(text("This version has no such file"))
    return Response(side.content, mimetype="application/xml")


def _choices(known: Iterable[Side]) -> dict[str, str]:
    """Return the versions one may choose, by key."""
    said = {key: state.said(words) for key, words in CHOICES.items()}
    for side in known:
        day = say.moment(side.at, state.language()) if side.at else ""
        said.setdefault(
            side.key, f"{state.said(side.title)} · {day}" if day else state.said(side.title)
        )
    return said


def _groups(changes: Iterable[Change]) -> list[Group]:
    by: dict[Kind, list[Item]] = {kind: [] for kind in Kind}
    for change in changes:
        by[change.kind].append(_item(change))
    return [
        Group(kind=kind.value, title=state.said(title), icon=icon, items=tuple(by[kind]))
        for kind, title, icon in GROUPS
        if by[kind]
    ]


def _item(change: Change) -> Item:
    lines = tuple(_line(one) for one in change.attributes)
    return Item(change=change, type=state.said(type_of(change.type)), lines=lines)


def _line(attribute: Attribute) -> Line:
    old, new = (_value(attribute, value) for value in (attribute.old, attribute.new))
    laid = pieces(old or "", new or "")
    return Line(
        label=state.said(_said(attribute_of(attribute.name))),
        name=attribute.name,
        old=None if old is None else _kept(laid, "new"),
        new=None if new is None else _kept(laid, "old"),
        code=_CODE.match(attribute.name) is not None,
    )


def _value(attribute: Attribute, value: str | None) -> str | None:
    found = value_of(attribute, value)
    return state.said(found) if isinstance(found, Text) else found


def _said(words: Text | str) -> Text | str:
    """Return a sentence with the sentences in it said as well."""
    if isinstance(words, str):
        return words
    inner = {
        key: state.said(one) if isinstance(one, Text) else one for key, one in words.params.items()
    }
    return Text(words.msgid, inner)


def _kept(laid: Sequence[Piece], without: str) -> tuple[Piece, ...]:
    return tuple(piece for piece in laid if piece.kind != without)


def _mark(change: Change) -> dict[str, str]:
    """Return what the script puts on the drawings."""
    return {"kind": change.kind.value, "id": change.element, "was": change.was}


def _drawn(found: Comparison) -> dict[str, Markup]:
    """Return both forms as clerks see them, to be looked at only."""
    return {
        letter: _form(side.content, letter)
        for letter, side in (("a", found.old), ("b", found.new))
        if side.content is not None
    }


def _form(content: bytes, letter: str) -> Markup:
    try:
        form = forms.load(content)
    except Refused as problem:
        return Markup('<p class="muted">{}</p>').format(state.said(problem.text))
    drawn = render(form, {}, {}, state.language(), sprite=asset("icons.svg"))
    return Markup(_NAMES.sub(lambda one: _renamed(one, letter), drawn))  # noqa: S704  rendered above


def _renamed(found: re.Match[str], letter: str) -> str:
    """Return an attribute whose ids are this side's own: both forms stand on one page."""
    names = " ".join(f"{letter}-{name}" for name in found[2].split())
    return f'{found[1]}="{names}"'
