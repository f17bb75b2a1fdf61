"""People: accounts with their roles, making and changing them, closing and opening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Conflict, FormRefused, ValueRefused
from engine.i18n import translate_count
from engine.model.people import LANGUAGES, Candidate
from engine.model.text import Text
from engine.services import accounts
from engine.services.cockpit import offices, people, trail
from engine.services.cockpit.people import PeopleQuery, PersonView, PersonWish
from engine.services.shapes import roles
from engine.web import rendering, searching, state
from engine.web.cockpit.administration import asked, leaf, skipped
from engine.web.policy import ADMINS, allow
from engine.web.recording import restricted

blueprint = Blueprint("cockpit_people", __name__)

#: Empty lines for further roles in a form, and the most roles that are taken.
SPARE, MOST = 2, 60
#: Rows of the audit log on an account's page.
TRAIL = 8


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form: as it is, or what was sent and refused."""

    login: str = ""
    name: str = ""
    iin: str = ""
    language: str = LANGUAGES[0]
    #: Role and office of each line.
    roles: tuple[tuple[str, str], ...] = ()
    stamp: str = ""
    #: Errors by field.
    errors: Mapping[str, Sequence[Text]] = field(default_factory=dict)
    #: Why it was not saved, if not for a field.
    trouble: Text | None = None


@blueprint.get("/people/")
@allow(ADMINS)
def index() -> ResponseReturnValue:
    """List accounts; a search by IIN is written down as a look."""
    plain = searching.cleaned("cockpit_people.index")
    if plain is not None:
        return plain
    with state.reading() as uow:
        query = PeopleQuery(
            words=searching.words(uow),
            office=asked("office"),
            role=asked("role"),
            state=asked("state", 10),
            skip=skipped(),
        )
        found = people.find(uow, state.context(), state.actor(), query)
        places = offices.offices_of(uow, state.actor())
    if found.by_iin:
        restricted("by IIN", *(f"account:{row.id}" for row in found.rows))
    return render_template(
        "cockpit/people/index.html",
        query=query,
        page=found,
        offices=_named([one.code for one in places]),
        roles=_roles(),
        leaf=leaf(query.skip, len(found.rows), found.total, people.PAGE),
    )


@blueprint.post("/people/find")
@allow(ADMINS)
def search() -> ResponseReturnValue:
    """Search: lead to the list with the words sealed in its address."""
    return searching.led("cockpit_people.index")


def _named(codes: Sequence[str]) -> list[tuple[str, str]]:
    named = [(one, rendering.office_name(one, state.language())) for one in codes]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


def _roles() -> list[tuple[str, str]]:
    found = sorted(roles(state.context().extensions))
    named = [(one, rendering.role_name(one, state.language())) for one in found]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


@blueprint.get("/people/new")
@allow(ADMINS)
def new() -> ResponseReturnValue:
    """Show the form of a new account."""
    office = asked("office")
    return _form(Typed(roles=(("", office),) if office else ()), None)


@blueprint.post("/people/")
@allow(ADMINS)
def make() -> ResponseReturnValue:
    """Make an account."""
    typed = _sent()
    wish = PersonWish(
        name=typed.name,
        language=typed.language,
        memberships=_held(typed),
        login=typed.login,
        password=request.form.get("password", "")[:200],
        iin=typed.iin,
    )
    try:
        with state.writing() as uow:
            made = people.create(uow, state.context(), state.actor(), wish)
            uow.commit()
    except FormRefused as refused:
        return _form(replace(typed, errors=refused.errors), None, 400)
    flash(state.said("The account is made."), "ok")
    return redirect(url_for("cockpit_people.show", account_id=made), code=303)


def _sent() -> Typed:
    said = request.form
    pairs = zip(said.getlist("role")[:MOST], said.getlist("place")[:MOST], strict=False)
    return Typed(
        login=said.get("login", "").strip()[:100],
        name=said.get("name", "").strip()[:1000],
        iin="".join(said.get("iin", "").split())[:20],
        language=said.get("language", "")[:2],
        roles=tuple((role[:100], place[:100]) for role, place in pairs if role or place),
        stamp=said.get("stamp", "")[:64],
    )


def _held(typed: Typed) -> tuple[Candidate, ...]:
    return tuple(dict.fromkeys(Candidate(role, place) for role, place in typed.roles))


@blueprint.get("/people/<account_id>")
@allow(ADMINS)
def show(account_id: str) -> ResponseReturnValue:
    """Show an account."""
    view = _load(account_id)
    return _form(_as_it_is(view), view)


def _load(account_id: str) -> PersonView:
    with state.reading() as uow:
        return people.load(uow, state.context(), state.actor(), account_id)


def _as_it_is(view: PersonView) -> Typed:
    return Typed(
        login=view.row.login,
        name=view.row.name,
        language=view.language,
        roles=tuple((one.role, one.organisation) for one in view.row.memberships),
        stamp=view.stamp,
    )


@blueprint.post("/people/<account_id>")
@allow(ADMINS)
def change(account_id: str) -> ResponseReturnValue:
    """Change name, language and roles."""
    typed = _sent()
    wish = PersonWish(
        name=typed.name,
        language=typed.language,
        memberships=_held(typed),
        stamp=typed.stamp,
    )
    try:
        with state.writing() as uow:
            people.change(uow, state.context(), state.actor(), account_id, wish)
            uow.commit()
    except FormRefused as refused:
        view = _load(account_id)
        return _form(replace(typed, errors=refused.errors), view, 400)
    except Conflict as refused:
        view = _load(account_id)
        # Who saves once more has seen what it became: it stands beside the form.
        return _form(replace(typed, trouble=refused.text, stamp=view.stamp), view, 409)
    flash(state.said("The account is saved."), "ok")
    return redirect(url_for("cockpit_people.show", account_id=account_id), code=303)


def _form(typed: Typed, view: PersonView | None, status: int = 200) -> ResponseReturnValue:
    with state.reading() as uow:
        places = offices.offices_of(uow, state.actor())
        subject = f"account:{view.row.id}" if view else ""
        rows = trail.about(uow, state.context(), state.actor(), subject, TRAIL) if view else ()
    held = {one.organisation for one in view.row.memberships} if view else set()
    body = render_template(
        "cockpit/people/person.html",
        typed=typed,
        view=view,
        me=view is not None and view.row.id == state.actor().account,
        lines=[*typed.roles, *[("", "")] * SPARE],
        offices=_named(sorted({one.code for one in places} | held)),
        roles=_roles(),
        tongues=(("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")),
        trail=rows,
        shortest=accounts.SHORTEST,
    )
    return body, status


@blueprint.post("/people/<account_id>/password")
@allow(ADMINS)
def password(account_id: str) -> ResponseReturnValue:
    """Give a new password; whoever is signed in by the old one is not any more."""
    said = request.form.get("password", "")[:200]
    try:
        with state.writing() as uow:
            accounts.set_password(uow, state.context(), state.actor(), account_id, said)
            uow.commit()
    except ValueRefused as refused:
        view = _load(account_id)
        errors = {"password": [refused.text]}
        return _form(replace(_as_it_is(view), errors=errors), view, 400)
    flash(state.said("The new password holds; all sessions are ended."), "ok")
    return redirect(url_for("cockpit_people.show", account_id=account_id), code=303)


@blueprint.post("/people/<account_id>/sessions")
@allow(ADMINS)
def end_sessions(account_id: str) -> ResponseReturnValue:
    """End all sessions."""
    with state.writing() as uow:
        accounts.end_sessions_of(uow, state.context(), state.actor(), account_id)
        uow.commit()
    flash(state.said("All sessions are ended."), "ok")
    return redirect(url_for("cockpit_people.show", account_id=account_id), code=303)


@blueprint.post("/people/<account_id>/close")
@allow(ADMINS)
def close(account_id: str) -> ResponseReturnValue:
    """Close an account; her open tasks go back to the queues if that was ticked."""
    give_back = request.form.get("give_back") == "1"
    with state.writing() as uow:
        back = people.close(uow, state.context(), state.actor(), account_id, give_back=give_back)
        uow.commit()
    flash(
        translate_count(
            "The account is closed; {n} task went back to the queue.",
            "The account is closed; {n} tasks went back to the queue.",
            back,
            state.language(),
        ),
        "ok",
    )
    return redirect(url_for("cockpit_people.show", account_id=account_id), code=303)


@blueprint.post("/people/<account_id>/open")
@allow(ADMINS)
def reopen(account_id: str) -> ResponseReturnValue:
    """Open a closed account again."""
    with state.writing() as uow:
        accounts.set_active(uow, state.context(), state.actor(), account_id, active=True)
        uow.commit()
    flash(state.said("The account is open again."), "ok")
    return redirect(url_for("cockpit_people.show", account_id=account_id), code=303)
