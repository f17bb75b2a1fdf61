"""Who substitutes whom: the form and the list, for the head of an office and for administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import FormRefused, ValueRefused
from engine.model.text import Text, text
from engine.services import access, organisations, substitutions
from engine.services.views import SubstitutionView
from engine.services.wishes import Wish
from engine.web import rendering, say, state
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("substitutions", __name__)

#: Longest date that anybody writes.
WRITTEN = 20


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form: nothing yet, or what was sent and refused."""

    #: Account ids.
    absent: str = ""
    substitute: str = ""
    #: Days as they were written.
    first: str = ""
    last: str = ""
    #: Role names that were ticked.
    roles: tuple[str, ...] = ()
    #: Whether open tasks are to be handed over.
    hand_over: bool = False
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """From where somebody looks: her own office, or the administrator's page."""

    #: Blueprint's endpoints: the page itself, setting, ending.
    show: str
    create: str
    end: str
    #: Codes of the offices she may choose among, and their names.
    offices: Sequence[tuple[str, str]]
    #: The office that is chosen; empty: none yet, the list shows all.
    office: str


def _sent() -> Typed:
    said = request.form
    return Typed(
        absent=said.get("absent", "")[:64],
        substitute=said.get("substitute", "")[:64],
        first=said.get("first", "").strip()[:WRITTEN],
        last=said.get("last", "").strip()[:WRITTEN],
        roles=tuple(one[:100] for one in said.getlist("roles")[:50]),
        hand_over="hand_over" in said,
    )


def _day(written: str) -> date | None:
    """Read ``31.12.2026`` or ``2026-12-31``; None if it is no day."""
    for pattern in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(written, pattern).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    return None


def page(desk: Desk, typed: Typed, status: int = 200) -> ResponseReturnValue:
    """Draw the list and the form."""
    with state.reading() as uow:
        found = substitutions.list_open(uow, state.context(), state.actor(), desk.office)
        people = (
            substitutions.colleagues(uow, state.context(), state.actor(), desk.office)
            if desk.office
            else ()
        )
    away = next((one for one in people if one.account == typed.absent), None)
    body = render_template(
        "office/substitutions.html",
        desk=desk,
        typed=typed,
        found=found,
        people=people,
        away=away,
        roles=substitutions.roles_of([away] if away else people),
        # Today, unless something was typed: also if that was an empty field.
        day=typed.first if typed.errors else f"{say.local(state.now()):%d.%m.%Y}",
    )
    return body, status


def create(desk: Desk) -> ResponseReturnValue:
    """Set a substitution, or show the form again with its errors at the fields."""
    if not desk.office:
        raise ValueRefused(text("Choose the office first."))
    typed = _sent()
    wish = Wish(
        organisation=desk.office,
        absent=typed.absent,
        substitute=typed.substitute,
        first=_day(typed.first),
        last=_day(typed.last),
        roles=typed.roles,
        hand_over=typed.hand_over,
    )
    try:
        with state.writing() as uow:
            substitutions.create(uow, state.context(), state.actor(), wish)
            uow.commit()
    except FormRefused as refused:
        return page(desk, _with(typed, refused), status=400)
    flash(state.said("The substitution is set; both people have been told."), "ok")
    return redirect(url_for(desk.show, office=desk.office), code=303)


def _with(typed: Typed, refused: FormRefused) -> Typed:
    known: dict[str, Any] = {**vars(typed), "errors": refused.errors}
    return Typed(**known)


def end(desk: Desk, substitution_id: str) -> ResponseReturnValue:
    """End one now."""
    with state.writing() as uow:
        substitutions.end(uow, state.context(), state.actor(), substitution_id)
        uow.commit()
    flash(state.said("The substitution is ended; what was claimed is back in the queue."), "ok")
    return redirect(url_for(desk.show, office=desk.office or None), code=303)


def in_force(code: str) -> tuple[SubstitutionView, ...]:
    """Return what an office's own page tells: in force and to come."""
    with state.reading() as uow:
        return substitutions.list_open(uow, state.context(), state.actor(), code)


# The administrator's page.


def _anywhere(chosen: str) -> Desk:
    with state.reading() as uow:
        found = organisations.list_organisations(uow)
        codes = [one.code for one in found if access.reaches(uow, state.actor(), one.code)]
    language = state.language()
    names = sorted(((one, rendering.office_name(one, language)) for one in codes), key=_by_name)
    return Desk(
        show="substitutions.show",
        create="substitutions.set_one",
        end="substitutions.end_one",
        offices=names,
        office=chosen if chosen in codes else "",
    )


def _by_name(office: tuple[str, str]) -> tuple[str, str]:
    return office[1], office[0]


@blueprint.get("/")
@allow(ADMINS)
def show() -> ResponseReturnValue:
    """Show all substitutions, and the form for a chosen office."""
    desk = _anywhere(request.args.get("office", ""))
    return page(desk, Typed(absent=request.args.get("absent", "")[:64]))


@blueprint.post("/")
@allow(ADMINS)
def set_one() -> ResponseReturnValue:
    """Set one in any office."""
    return create(_anywhere(request.form.get("office", "")))


@blueprint.post("/<substitution_id>/end")
@allow(ADMINS)
def end_one(substitution_id: str) -> ResponseReturnValue:
    """End one of any office."""
    return end(_anywhere(request.form.get("office", "")), substitution_id)
