"""What every template can use: sentences, formats, addresses of assets, who is signed in."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request, url_for
from markupsafe import Markup

from engine.i18n import known, translate, translate_count
from engine.model.people import ADMIN, ANALYST, SUPERVISOR, Actor, StandIn
from engine.model.text import Text, text, unpacked
from engine.services import organisations
from engine.web import say, state

STATIC = Path(__file__).parent / "static"


@cache
def manifest() -> Mapping[str, str]:
    """Return asset → first digits of its hash; empty before the first build."""
    path = STATIC / "manifest.json"
    found: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a view, as `flask.url_for` does; without parameters from a cache.

    A page has two dozen of those, in its menus, forms and buttons; together they took longer than
    any of its statements.
    """
    if values or endpoint.startswith("."):
        return url_for(endpoint, **values)
    return _addressed((request.script_root, endpoint), lambda: url_for(endpoint))


def asset(name: str, *, plain: bool = False) -> str:
    """Return the address of an asset; its hash lets browsers keep it for a year."""
    version: dict[str, Any] = {} if plain else {"v": manifest().get(name, "0")}
    return _addressed(
        (request.script_root, name, plain), lambda: url_for("assets.send", name=name, **version)
    )


def _addressed(key: tuple[object, ...], make: Callable[[], str]) -> str:
    """Return an address from the application's cache: there are as many as views and assets."""
    known: dict[tuple[object, ...], str] = current_app.extensions["zholdama.addresses"]
    found = known.get(key)
    if found is None:
        found = known[key] = make()
    return found


@cache
def pdf_drawer() -> str:
    """Return the asset that draws PDF; its folder carries its version."""
    return next((name for name in manifest() if name.endswith("/pdf.js")), "pdf/pdf.js")


def me_tag() -> str:
    """Return a tag by which a browser tells the habits of its people apart; it names nobody."""
    secret = state.installation().settings.secret_key.encode()
    whole = hmac.new(secret, f"habits:{state.actor().account}".encode(), hashlib.sha256)
    return whole.hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Me:
    """Who is signed in, as the frame shows it."""

    #: Full name.
    name: str
    #: Two letters.
    initials: str
    #: Role and office.
    office: str
    #: In whose place she works today, each person once.
    places: tuple[StandIn, ...] = ()


@cache
def _names_of(code: str, _round: int) -> Mapping[str, str]:
    with state.reading() as uow:
        return organisations.load(uow, code).names


def office_name(code: str, language: str) -> str:
    """Return an organisation's name; asked for once an hour."""
    names = _names_of(code, int(state.now().timestamp()) // 3600)
    return names.get(language) or names.get("kk", code)


def forget_offices() -> None:
    """Ask for the offices' names anew: one was changed. Other processes do so within the hour."""
    _names_of.cache_clear()


#: Roles of the engine's own.
OWN_ROLES = {
    ADMIN: text("administrator"),
    ANALYST: text("analyst"),
    SUPERVISOR: text("head of the office"),
}


def role_name(role: str, language: str) -> str:
    """Return what a role is called; the bare name if the domain has no words for it."""
    key = f"role:{role}"
    if role in OWN_ROLES and not known(key, language):
        return translate(OWN_ROLES[role], language)
    return translate(key, language) if known(key, language) else role


def who_am_i(actor: Actor, language: str) -> Me:
    """Return name, letters and office of who is signed in."""
    held = sorted(actor.own, key=lambda one: (one.role in {SUPERVISOR, ADMIN}, one))
    office = ", ".join(
        f"{role_name(one.role, language)}, {office_name(one.organisation, language)}"
        for one in held[:1]
    )
    places = {one.account: one for one in sorted(actor.standing_in)}
    return Me(
        name=actor.name,
        initials=say.initials(actor.name),
        office=office,
        places=tuple(places.values()),
    )


def region_name(code: str) -> str:
    """Return what a region is called; the bare code where nobody has a name for it."""
    if not code:
        return state.said(text("the whole country"))
    names = state.context().extensions.regions.get(code)
    return pick(names, state.language()) or code


def dotted(name: str) -> Markup:
    """Return a name of parts with dots, which may be broken before each: a handler's topic."""
    return Markup("<wbr>.").join(name.split("."))


def law_names(laws: Sequence[str], language: str) -> str:
    """Return paragraphs as people cite them: ``K-9, K-10`` → «170-бұйрық, 9, 10-тармақ»."""
    acts: dict[str, list[str]] = {}
    for law in laws:
        act, _, number = law.partition("-")
        acts.setdefault(act, []).append(number)
    return "; ".join(_cited(act, numbers, language) for act, numbers in acts.items())


def _cited(act: str, numbers: Sequence[str], language: str) -> str:
    key = f"law:{act}"
    if not known(key, language):
        return ", ".join(f"{act}-{number}" for number in numbers)
    return translate(Text(key, {"n": ", ".join(numbers)}), language)


def pick(names: Mapping[str, str] | None, language: str) -> str:
    """Return the name in a language, else in Kazakh."""
    if not names:
        return ""
    return names.get(language) or names.get("kk") or next(iter(names.values()))


def _sentence(msgid: str | Text, /, **params: object) -> str:
    said = msgid if isinstance(msgid, Text) else Text(msgid, params)
    return translate(said, state.language())


def _count(one: str, many: str, n: int, /, **params: object) -> str:
    return translate_count(one, many, n, state.language(), **params)


def _moment(when: datetime | None, relative: bool = False) -> str:
    if when is None:
        return ""
    return say.moment(when, state.language(), now=state.now() if relative else None)


def _day(when: date | datetime | None, weekday: bool = False) -> str:
    if when is None:
        return ""
    there = say.local(when).date() if isinstance(when, datetime) else when
    today = say.local(state.now()).date()
    return say.day(there, state.language(), today=today, weekday=weekday)


def flashes() -> list[tuple[str, str]]:
    """Return what the page before wanted to say."""
    found: list[Any] = list(get_flashed_messages(with_categories=True))
    return [(pair[0], pair[1]) for pair in found]


def here() -> str:
    """Return the address of this page, for coming back to it."""
    path = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return request.script_root + path


def dress(app: Flask, menu: Callable[[], object]) -> None:
    """Give the templates their functions, filters and variables; `menu` makes the main menu."""
    jinja: Any = app.jinja_env
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.globals.update(_=_sentence, n_=_count, asset=asset, flashes=flashes)
    app.extensions["zholdama.addresses"] = {}
    jinja.globals.update(url_for=address)
    jinja.globals.update(me_tag=me_tag, pdf_drawer=pdf_drawer)
    jinja.filters.update(
        moment=_moment,
        day=_day,
        iin=say.masked_iin,
        pick=lambda names: pick(names, state.language()),
        size=lambda octets: say.size(octets, state.language()),
        short_name=say.short_name,
        office=lambda code: office_name(code, state.language()),
        clock=say.clock_time,
        region=region_name,
        role=lambda role: role_name(role, state.language()),
        law=lambda laws: law_names(laws, state.language()),
        dotted=dotted,
        people=lambda n: say.people(n, state.language()),
        # What an executor wrote down of a failure: a sentence with its values.
        sentence=lambda written: translate(unpacked(written), state.language()),
    )

    @app.context_processor
    def variables() -> dict[str, object]:
        # Functions, not values: an error page must not need the database.
        return {
            "language": state.language(),
            "sprite": asset("icons.svg"),
            "here": here(),
            "menu_now": menu,
            "me_now": lambda: who_am_i(state.actor(), state.language()),
            "demo_password": state.installation().settings.demo_password,
        }
