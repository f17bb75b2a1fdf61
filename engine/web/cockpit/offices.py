"""Offices: the list by region and kind, one office, making and changing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused
from engine.model.people import LANGUAGES
from engine.model.text import Text
from engine.services import access
from engine.services.cockpit import offices, people
from engine.services.cockpit.offices import OfficeQuery, OfficeWish
from engine.services.cockpit.people import PeopleQuery
from engine.web import rendering, state
from engine.web.cockpit.administration import asked, everywhere, leaf, regions, skipped
from engine.web.policy import ADMINS, allow

blueprint = Blueprint("cockpit_offices", __name__)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form: as it is, or what was sent and refused."""

    code: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    region: str = ""
    bin: str = ""
    stamp: str = ""
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    #: Why it was not saved, if not for a field.
    trouble: Text | None = None


@blueprint.get("/offices/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List offices."""
    query = OfficeQuery(
        words=asked("q"), region=asked("region", 9), kind=asked("kind", 32), skip=skipped()
    )
    with state.reading() as uow:
        found = offices.find(uow, state.context(), state.actor(), query)
    return render_template(
        "cockpit/offices/index.html",
        query=query,
        page=found,
        most=offices.MOST,
        whole=everywhere(),
        leaf=leaf(query.skip, len(found.rows), found.total, offices.PAGE),
    )


@blueprint.get("/offices/new")
@allow(ADMINS)
def new() -> ResponseReturnValue:
    """Show the form of a new office, which is the Ministry's to make."""
    with state.reading() as uow:
        access.everywhere(uow, state.actor())
    return _form(Typed(region=asked("region", 9), kind=asked("kind", 32)))


@blueprint.post("/offices/")
@allow(ADMINS)
def make() -> ResponseReturnValue:
    """Make an office."""
    return _saved(_sent(request.form.get("code", "").strip()[:100], ""))


@blueprint.get("/offices/<code>")
@allow(ADMINS)
def show(code: str) -> ResponseReturnValue:
    """Show an office: its form, its people."""
    with state.reading() as uow:
        found, stamp = offices.load(uow, state.actor(), code)
    typed = Typed(
        code=found.code,
        names=found.names,
        kind=found.kind,
        region=found.region,
        bin=found.bin,
        stamp=stamp,
    )
    return _form(typed)


@blueprint.post("/offices/<code>")
@allow(ADMINS)
def change(code: str) -> ResponseReturnValue:
    """Change an office."""
    with state.reading() as uow:
        offices.load(uow, state.actor(), code)
    return _saved(_sent(code, request.form.get("stamp", "")[:64]))


def _sent(code: str, stamp: str) -> Typed:
    said = request.form
    return Typed(
        code=code,
        names={one: said.get(f"name-{one}", "").strip()[:1000] for one in LANGUAGES},
        kind=said.get("kind", "").strip()[:64],
        region=said.get("region", "").strip()[:9],
        bin="".join(said.get("bin", "").split())[:20],
        stamp=stamp or ("-" if request.view_args else ""),
    )


def _saved(typed: Typed) -> ResponseReturnValue:
    wish = OfficeWish(
        code=typed.code,
        names=typed.names,
        kind=typed.kind,
        region=typed.region,
        bin=typed.bin,
        stamp=typed.stamp,
    )
    try:
        with state.writing() as uow:
            offices.save(uow, state.context(), state.actor(), wish)
            uow.commit()
    except FormRefused as refused:
        return _form(replace(typed, errors=refused.errors), 400)
    except Conflict as refused:
        return _form(replace(typed, trouble=refused.text, stamp=_stamp(typed.code)), 409)
    rendering.forget_offices()
    flash(state.said("The office is saved."), "ok")
    return redirect(url_for("cockpit_offices.show", code=typed.code), code=303)


def _stamp(code: str) -> str:
    """Return the stamp of an office as it is now: who saves once more has seen what it became."""
    with state.reading() as uow:
        return offices.load(uow, state.actor(), code)[1]


def _offered(hers: Sequence[str]) -> list[tuple[str, str]]:
    """Return the regions that an office may be of: an administrator of a region has hers."""
    known = regions() or [(one, one) for one in hers if one]
    return known if everywhere() else [one for one in known if one[0] in hers]


def _form(typed: Typed, status: int = 200) -> ResponseReturnValue:
    there = bool(typed.stamp)
    with state.reading() as uow:
        reach = offices.offices_of(uow, state.actor())
        found = offices.load(uow, state.actor(), typed.code)[0] if there else None
        who = (
            people.find(uow, state.context(), state.actor(), PeopleQuery(office=typed.code)).rows
            if there
            else ()
        )
    body = render_template(
        "cockpit/offices/office.html",
        typed=typed,
        office=found,
        people=who,
        kinds=offices.kinds(reach),
        whole=everywhere(),
        regions=_offered(offices.regions(reach)),
    )
    return body, status
