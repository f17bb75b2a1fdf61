"""Offices, for administrators: by region and kind, with their heads and what waits there."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Conflict, FormRefused
from engine.model.numbers import bin_problem
from engine.model.people import LANGUAGES, Actor
from engine.model.text import Text, text
from engine.services import access, organisations
from engine.services.cockpit import stamps
from engine.services.context import Context, UnitOfWork
from engine.services.views import OrganisationView

#: Offices on a page, and the most tasks that are counted.
PAGE, MOST = 50, 1000
#: Longest name.
LONGEST = 300
#: A code: kind and region with dots between, e.g. ``cc.47.1``.
_CODE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class OfficeQuery:
    """What a list of offices is narrowed to."""

    #: Part of a name or code.
    words: str = ""
    #: Region; ``-``: the whole country; empty: all.
    region: str = ""
    #: Kind; empty: all.
    kind: str = ""
    #: How many to leave out: the pages before.
    skip: int = 0


@dataclass(frozen=True, kw_only=True)
class OfficeRow:
    """An office in the list."""

    #: The office.
    office: OrganisationView
    #: Account id and name of who heads it.
    heads: tuple[tuple[str, str], ...]
    #: Open accounts with a role there.
    people: int
    #: Open tasks there, at most `MOST`.
    open: int


@dataclass(frozen=True, kw_only=True)
class OfficePage:
    """A page of offices."""

    #: By region and code.
    rows: tuple[OfficeRow, ...]
    #: How many there are in all.
    total: int
    #: Regions and kinds to choose from.
    regions: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OfficeWish:
    """What an office is to be."""

    #: Code; of an office that is there it stays.
    code: str
    #: Names by language; the Kazakh one is needed.
    names: Mapping[str, str]
    #: Kind, e.g. ``cc``.
    kind: str
    #: Region; empty: the whole country.
    region: str = ""
    #: BIN; may be empty.
    bin: str = ""
    #: Stamp of the state that was looked at; empty: it is a new office.
    stamp: str = ""


def find(uow: UnitOfWork, ctx: Context, actor: Actor, query: OfficeQuery) -> OfficePage:
    """Return offices in reach, a page of them (admin)."""
    found = offices_of(uow, actor)
    rows = [one for one in found if _fits(one, query)]
    rows.sort(key=lambda one: (one.region, one.code))
    shown = rows[query.skip : query.skip + PAGE]
    codes = [one.code for one in shown]
    heads, people = uow.organisations.heads(codes), uow.organisations.people_at(codes)
    work = uow.organisations.work_at(codes, MOST)
    return OfficePage(
        rows=tuple(
            OfficeRow(
                office=one,
                heads=tuple(heads.get(one.code, ())),
                people=people.get(one.code, 0),
                open=work.get(one.code, 0),
            )
            for one in shown
        ),
        total=len(rows),
        regions=regions(found),
        kinds=kinds(found),
    )


def regions(found: Iterable[OrganisationView]) -> tuple[str, ...]:
    """Return the regions of some offices; empty: the whole country."""
    return tuple(sorted({one.region for one in found}))


def kinds(found: Iterable[OrganisationView]) -> tuple[str, ...]:
    """Return the kinds of some offices."""
    return tuple(sorted({one.kind for one in found}))


def offices_of(uow: UnitOfWork, actor: Actor) -> tuple[OrganisationView, ...]:
    """Return all offices in reach, by code (admin)."""
    access.admin(actor)
    known = access.reach(uow, actor)
    found = organisations.list_organisations(uow)
    return tuple(one for one in found if known is None or one.code in known)


def _fits(one: OrganisationView, query: OfficeQuery) -> bool:
    if query.kind and one.kind != query.kind:
        return False
    if query.region and one.region != query.region.replace("-", ""):
        return False
    whole = " ".join([one.code, one.bin, *one.names.values()]).casefold()
    return all(part in whole for part in query.words.casefold().split())


def load(uow: UnitOfWork, actor: Actor, code: str) -> tuple[OrganisationView, str]:
    """Return an office and its stamp (admin); `NotFound` for one out of reach."""
    access.admin(actor)
    if not access.reaches(uow, actor, code):
        raise organisations.none(code)
    found = organisations.load(uow, code)
    return found, _stamp(found)


def _stamp(one: Any) -> str:
    said = [*(one.names.get(code, "") for code in LANGUAGES), one.kind, one.region, one.bin]
    return stamps.of(said)


def save(uow: UnitOfWork, ctx: Context, actor: Actor, wish: OfficeWish) -> None:
    """Make an office, or change one (admin).

    `FormRefused` with errors by field, `Conflict` if somebody else changed it meanwhile, `NotFound`
    for one out of reach.
    """
    access.admin(actor)
    beyond = _beyond(uow, actor, wish)
    there = uow.organisations.lock(wish.code)
    errors = _errors(wish, ctx.extensions.regions) | beyond
    if there is not None and not wish.stamp and not beyond:
        errors["code"] = [text("There is an office with this code")]
    if errors:
        raise FormRefused(text("Please check the marked fields"), errors)
    if wish.stamp and (there is None or _stamp(there) != wish.stamp):
        raise Conflict(text("Somebody else changed this office meanwhile; look again"))
    organisations.create(
        uow,
        ctx,
        actor,
        code=wish.code,
        names={code: said.strip() for code, said in wish.names.items() if said.strip()},
        kind=wish.kind,
        region=wish.region,
        bin=wish.bin,
    )


def _beyond(uow: UnitOfWork, actor: Actor, wish: OfficeWish) -> dict[str, list[Text]]:
    """Return what an administrator of a region may not do; `NotFound` for an office elsewhere.

    She changes the offices there only, none moves between regions, and she makes none: domains read
    the region off the code, so that a code of her choice could reach another one.
    """
    known = access.reach(uow, actor)
    if known is None:
        return {}
    if not wish.stamp:
        return {"code": [text("New offices are made by the Ministry")]}
    if wish.code not in known:
        raise organisations.none(wish.code)
    regions = {row.region for row in uow.organisations.some(sorted(known))}
    if wish.region not in regions:
        return {"region": [text("You change the offices of your region only")]}
    return {}


def _errors(wish: OfficeWish, regions: Collection[str]) -> dict[str, list[Text]]:
    """Return what is wrong, by field; `regions`: those there are, any will do if none is known."""
    found: dict[str, list[Text]] = {}
    if not _CODE.fullmatch(wish.code) or len(wish.code) > 100:
        found["code"] = [text("Write a code of small Latin letters, digits and dots: cc.47.1")]
    if not wish.names.get("kk", "").strip():
        found["name-kk"] = [text("Write the name in Kazakh")]
    for code, said in wish.names.items():
        if len(said) > LONGEST:
            found[f"name-{code}"] = [text("At most {most} characters", most=LONGEST)]
    if not re.fullmatch(r"[a-z0-9_]{1,32}", wish.kind, re.ASCII):
        found["kind"] = [text("Write the kind in small Latin letters: cc, mc, leo")]
    if wish.region and regions and wish.region not in regions:
        found["region"] = [text("Choose a region")]
    problem = bin_problem(wish.bin) if wish.bin else None
    if problem is not None:
        found["bin"] = [problem]
    return found
